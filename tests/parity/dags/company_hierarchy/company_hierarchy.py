"""Operators of a hierarchy over several modules: a mixin with a state of its own, an abstract base, a constructor by name."""

from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG
from company_base.files import FileOperator
from company_base.mixins import DATA_DIR


class CheckedFile(FileOperator):
    """Looks at what was extracted."""

    at_least = 1

    def extract(self, context):
        rows = super().extract(context)
        if len(rows) < self.at_least:
            raise ValueError("too few")
        return rows[::-1]


class StampedFile(FileOperator):
    """Has a name of its own for its file."""

    def __init__(self, **kwargs):
        kwargs.setdefault("target", "stamped_{{ ds_nodash }}")
        super().__init__(**kwargs)


def show(ti):
    Path(DATA_DIR, "shown.txt").write_text(
        f"{ti.xcom_pull(task_ids='plain')} {ti.xcom_pull(task_ids='daily_users', key='path')}"
    )


with DAG("company_hierarchy", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    plain = FileOperator(task_id="plain", target="plain")
    users = FileOperator.daily("users", rows=3)
    checked = CheckedFile(task_id="checked", target="checked", team="qa", prefix="c")
    (
        plain
        >> StampedFile(task_id="stamped", rows=1, owner="stamps")
        >> users
        >> checked
        >> PythonOperator(task_id="show", python_callable=show)
    )
