"""What Airflow did that the Dagster project does not do by itself, in words."""
