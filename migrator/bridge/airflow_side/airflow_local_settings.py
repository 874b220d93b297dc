# ruff: noqa
# mypy: ignore-errors
"""Airflow loads this from `$AIRFLOW_HOME/config` or from its plugins. Where there is one already, add this line to it."""

from dagster_proxy import task_policy
