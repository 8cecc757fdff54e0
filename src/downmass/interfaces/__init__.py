"""Doors: parse, call operations, show. No rule lives here."""
