"""Whole generated projects: they load, pass their own checks, keep the invariant, and do what Airflow did."""
