"""Failure modes, what they contribute to losses, and what guards against them."""
