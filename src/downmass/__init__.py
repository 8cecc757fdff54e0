"""Downmass: one campaign of in-space manufacturing, from order to released and settled batch."""

__version__ = "0.1.0"
