"""The tests that a generated project comes with."""
