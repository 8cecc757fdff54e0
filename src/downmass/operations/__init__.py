"""The only imperative room: load, decide, sign, append; ask; export."""
