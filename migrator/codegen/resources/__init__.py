"""Resources of a project: their classes and their settings."""
