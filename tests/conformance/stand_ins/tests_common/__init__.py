"""Stands in for the helpers of Airflow's repository that its system tests import and no package brings."""
