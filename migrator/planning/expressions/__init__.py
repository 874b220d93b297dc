"""Values and templates of DAG files as expressions of generated code."""
