"""In which order DAGs and tasks can move, and what must move together."""
