"""Orbits: element sets, ground tracks, passes over landing sites, decay and burns."""
