"""Builtin functions, the standard library and others that DAG files use while they load."""
