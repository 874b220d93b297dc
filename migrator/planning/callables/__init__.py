"""The team's own functions and classes, called outside Airflow."""
