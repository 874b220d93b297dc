"""How far a migration is: what was planned (`inventory`), and who runs what now (`stages`).

Both are plain files in the generated project, in `src/<package>/migration/`, versioned with it. The bridge, the dashboard and the commands that
move tasks read the same ones. Nothing here needs Dagster or Airflow.
"""
