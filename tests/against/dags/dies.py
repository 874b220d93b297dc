"""Takes its process with it."""

import os

from airflow import DAG

dag = DAG("dies")
os._exit(3)
