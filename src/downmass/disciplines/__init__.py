"""Pure knowledge, side by side; none imports another, none touches a file or a clock."""
