"""Units, instants, identifiers, canonical bytes and errors: what every room may stand on."""
