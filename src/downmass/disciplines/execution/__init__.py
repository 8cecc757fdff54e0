"""Recipes and their execution: what may run, what ran, what it was told to do, and what is due."""
