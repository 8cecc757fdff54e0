"""Slips, gates and failures ahead: what past campaigns say of this one, in thousands of futures."""
