"""Renderers: each makes the source of one kind of operation."""
