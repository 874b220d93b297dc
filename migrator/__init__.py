"""Airflow-to-Dagster migration toolkit: reads Airflow DAG files, never runs them, writes a Dagster project."""

__version__ = "0.1.0"
