"""Everything that can happen, by the part of a campaign's life it belongs to."""
