"""Measurements of speed and memory; `python -m benchmarks` writes docs/benchmarks.md."""
