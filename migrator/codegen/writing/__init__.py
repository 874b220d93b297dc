"""Files on disk: what changes, what people edited, three-way merge."""
