"""Nested task groups with and without prefix, chain, cross_downstream and labels."""

import os
from datetime import datetime

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Label, TaskGroup, chain

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def step(name):
    return BashOperator(task_id=name, bash_command=f"echo {name} >> {OUT}/order.txt")


with DAG("groups_and_chains", schedule=None, start_date=datetime(2024, 1, 1), catchup=False) as dag:
    begin = EmptyOperator(task_id="begin")
    with TaskGroup("ingest") as ingest:
        with TaskGroup("files") as files:
            read = step("read")
            parse = step("parse")
            read >> parse
        clean = step("clean")
        files >> clean
    with TaskGroup("flat", prefix_group_id=False) as flat:
        one = step("one")
        two = step("two")
        one >> two
    end = step("end")
    chain(begin, ingest, Label("then"), flat, end)
