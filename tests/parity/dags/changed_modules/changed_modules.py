"""A file that changes modules of the team's own before its tasks run: a value, and by a function a method of a class."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, task
from tailor import cloth, habits
from tailor.cutting import cut

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

cloth.UNIT = "inch"
habits.cut_double()  # the customers of this shop want so


with DAG("changed_modules", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def show(ds=None):
        habits.rest(ds)
        Path(DATA_DIR, f"cut_{ds}.txt").write_text(str(cut(3, 4)))

    @task
    def tell(ds=None):
        return f"{cloth.UNIT} on {ds}"

    show()
    tell()
