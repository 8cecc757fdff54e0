"""Execution: recipes, the unit machine, phases, commands, timers, and the plant a simulated flight drives."""
