"""Pulls that say which copies they mean (`map_indexes`), of mapped and other tasks, in templates and in code."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def keep(name, values):
    Path(DATA_DIR, f"{name}.json").write_text(json.dumps(values))


def keep_rendered(shown):
    keep("rendered", shown)


def pull(ti):
    found = {
        "one of none": ti.xcom_pull(task_ids="one", map_indexes=-1),
        "one of 0": ti.xcom_pull(task_ids="one", map_indexes=0),
        "one of any": ti.xcom_pull(task_ids="one", map_indexes=None),
        "one of list": ti.xcom_pull(task_ids="one", map_indexes=[-1, 0]),
        "copies of none": ti.xcom_pull(task_ids="double", map_indexes=-1),
        "copies of 1": ti.xcom_pull(task_ids="double", map_indexes=1),
        "copies of 9": ti.xcom_pull(task_ids="double", map_indexes=9),
        "copies of any": ti.xcom_pull(task_ids="double", map_indexes=None),
        "copies of list": ti.xcom_pull(task_ids="double", map_indexes=[2, 0]),
        "copies of tuple": ti.xcom_pull(task_ids="double", map_indexes=(0, 9, -1)),
        "copies of range": ti.xcom_pull(task_ids="double", map_indexes=range(2)),
        "copies of an empty list": ti.xcom_pull(task_ids="double", map_indexes=[]),
        "both of none": ti.xcom_pull(task_ids=["one", "double"], map_indexes=-1),
        "both of 1": ti.xcom_pull(task_ids=["one", "double"], map_indexes=1),
        "both of list": ti.xcom_pull(task_ids=["one", "double"], map_indexes=[-1, 1]),
        "both of any": ti.xcom_pull(task_ids=["one", "double"], map_indexes=None),
        "by key": ti.xcom_pull(task_ids="one", key="mark", map_indexes=-1),
        "by key of 1": ti.xcom_pull(task_ids="double", key="mark", map_indexes=1),
        "or default": ti.xcom_pull(task_ids="double", key="lacking", map_indexes=1, default="d"),
        "or default of none": ti.xcom_pull(task_ids="one", key="lacking", map_indexes=-1, default="d"),
        "none or default": ti.xcom_pull(task_ids="double", map_indexes=-1, default="d"),
        "any or default": ti.xcom_pull(task_ids="double", map_indexes=None, default="d"),
    }
    keep("pulled", found)


SHOWN = {
    "one of none": "{{ ti.xcom_pull(task_ids='one', map_indexes=-1) }}",
    "one of 0": "{{ ti.xcom_pull(task_ids='one', map_indexes=0) }}",
    "one of any": "{{ ti.xcom_pull(task_ids='one', map_indexes=None) }}",
    "one of list": "{{ ti.xcom_pull(task_ids='one', map_indexes=[-1, 0]) }}",
    "copies of none": "{{ ti.xcom_pull(task_ids='double', map_indexes=-1) }}",
    "copies of 1": "{{ ti.xcom_pull(task_ids='double', map_indexes=1) }}",
    "copies of any": "{{ ti.xcom_pull(task_ids='double', map_indexes=none) }}",
    "copies of list": "{{ ti.xcom_pull(task_ids='double', map_indexes=[2, 0]) }}",
    "copies of tuple": "{{ ti.xcom_pull(task_ids='double', map_indexes=(0, 9, -1)) }}",
    "copies of an empty list": "{{ ti.xcom_pull(task_ids='double', map_indexes=[]) }}",
    "both of none": "{{ ti.xcom_pull(task_ids=['one', 'double'], map_indexes=-1) }}",
    "both of list": "{{ ti.xcom_pull(task_ids=['one', 'double'], map_indexes=[-1, 1]) }}",
    "both of any": "{{ ti.xcom_pull(task_ids=['one', 'double'], map_indexes=None) }}",
    "by key": "{{ ti.xcom_pull(task_ids='one', key='mark', map_indexes=-1) }}",
    "by key of 1": "{{ ti.xcom_pull(task_ids='double', key='mark', map_indexes=1) }}",
    "counted": "{{ ti.xcom_pull(task_ids='double', map_indexes=[0, 2]) | sum }}",
}

with DAG("copies_by_number", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def one(ti=None):
        ti.xcom_push(key="mark", value="m")
        return 5

    @task
    def double(number, ti=None):
        ti.xcom_push(key="mark", value=f"m{number}")
        return 2 * number

    @task
    def beside(number, ti=None):
        keep(
            f"beside_{number}", [ti.xcom_pull("one", map_indexes=-1), ti.xcom_pull("double", map_indexes=ti.map_index)]
        )

    made = [one(), double.expand(number=[1, 2, 3])]
    made >> PythonOperator(task_id="pull", python_callable=pull)
    made >> PythonOperator(task_id="show", python_callable=keep_rendered, op_args=[SHOWN])
    made >> BashOperator(
        task_id="command",
        bash_command="echo {{ ti.xcom_pull('one', map_indexes=-1) }} {{ ti.xcom_pull('double', map_indexes=-1) }} "
        "{{ ti.xcom_pull('double', map_indexes=2) }} > $DATA_DIR/command.txt",
    )
    made >> beside.expand(number=[7, 8])
