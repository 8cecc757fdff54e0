"""Platforms, sites, vehicles, prices, companies, norms and history, each row with source and class."""
