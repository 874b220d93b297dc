"""What the operators of the house have in common."""
