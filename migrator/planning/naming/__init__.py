"""Names that Python and Dagster accept."""
