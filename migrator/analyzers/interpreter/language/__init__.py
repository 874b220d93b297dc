"""Python's syntax and the operations on its values."""
