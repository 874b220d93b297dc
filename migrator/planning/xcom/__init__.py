"""Values that tasks hand to each other."""
