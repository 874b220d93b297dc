"""Airflow's own objects and functions, and libraries that make DAGs, while DAG files are evaluated."""
