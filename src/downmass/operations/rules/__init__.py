"""What may be recorded: one rule for each entry type that has one, by the part of life it belongs to."""
