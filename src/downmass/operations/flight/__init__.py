"""A simulated flight: a world, a device's executive, ground control, and the loop that runs them."""
