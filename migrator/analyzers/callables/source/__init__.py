"""Modules of the folder: scopes, names, and what a function needs of its file."""
