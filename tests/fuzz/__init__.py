"""Programs that nobody wrote: random, mutated, truncated and hostile ones. `python -m tests.fuzz [EXAMPLES]` runs the long profile."""
