"""From what was read (`AirflowProject`) to what the Dagster project will be made of (`MigrationPlan`)."""
