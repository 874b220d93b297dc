# ruff: noqa
# mypy: ignore-errors
"""Airflow loads this from `$AIRFLOW_HOME/config` or from its plugins. Where there is one already, add these lines to it."""

import dagster_proxy

task_policy = dagster_proxy.task_policy
