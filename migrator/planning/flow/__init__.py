"""Control flow: what waits for what, what may be skipped or fail, branches and copies."""
