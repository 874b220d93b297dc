"""Fails where it is imported."""

from airflow import DAG

dag = DAG("broken")
raise RuntimeError("no postgresql://user:hunter2@host/db here")
