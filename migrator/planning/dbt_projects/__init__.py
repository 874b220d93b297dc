"""Tasks that run dbt projects of the DAG folder."""
