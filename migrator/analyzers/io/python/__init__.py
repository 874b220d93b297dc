"""Reading the team's own Python code for what it reads and writes (see `python_calls` for the way in).

`evaluator` (with `expressions`, `statements`, `calls`, `attributes`, `functions`, on `values`) follows the code; `library` says what
calls of libraries touch; `effects` makes references of both; `task` knows what a task's code is called with.
"""
