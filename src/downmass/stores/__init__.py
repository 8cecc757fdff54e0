"""Where entries are kept: one port, several stores, one promise."""
