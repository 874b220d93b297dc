"""Reading DAG files without running them: which files, what they define, what their tasks read and write."""
