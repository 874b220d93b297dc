"""Expansion over rows, commands, arguments, a dictionary and lists put together; `map_index`; copies that skip themselves, and
commands of copies that do by their exit code."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def plain(first, second="z"):
    Path(DATA_DIR, f"plain_{first}_{second}").touch()


with DAG("mapped_kinds", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):

    @task
    def files():
        return [{"name": "a", "size": 1}, {"name": "b", "size": 2}]

    @task
    def load(name, size):
        return f"{name}{size}"

    @task
    def numbered(letter, ti=None):
        Path(DATA_DIR, f"numbered_{ti.map_index}_{letter}").touch()

    @task
    def commands():
        return ["touch $DATA_DIR/one", "touch $DATA_DIR/two"]

    @task
    def checks():
        return ["echo fine", "echo nothing to check; exit 99"]

    @task(trigger_rule="none_failed")
    def answers(pinged, checked):
        Path(DATA_DIR, "answers.json").write_text(json.dumps([*pinged, *checked]))

    @task
    def odd(number):
        if number % 2 == 0:
            raise AirflowSkipException("even")
        return number

    @task(trigger_rule="all_done")
    def gather(numbers):
        Path(DATA_DIR, "odd.json").write_text(json.dumps(list(numbers)))

    @task
    def sizes():
        return {"x": 1, "y": 2}

    @task
    def pair(item):
        Path(DATA_DIR, f"pair_{item[0]}_{item[1]}").touch()

    @task
    def some():
        return [1, 2]

    @task
    def more():
        return [3]

    @task
    def show(number):
        Path(DATA_DIR, f"show_{number}").touch()

    load.expand_kwargs(files())
    numbered.expand(letter=["p", "q"])
    PythonOperator.partial(task_id="plain", python_callable=plain).expand(op_args=[["1", "x"], ["2", "y"]])
    PythonOperator.partial(task_id="named", python_callable=plain).expand(op_kwargs=[{"first": "3"}, {"first": "4"}])
    BashOperator.partial(task_id="command").expand(bash_command=commands())
    ping = BashOperator.partial(task_id="ping").expand(
        bash_command=["echo first", "echo nothing; exit 99", "echo {{ ti.map_index }}"]
    )
    check = BashOperator.partial(task_id="check").expand(bash_command=checks())
    answers(ping.output, check.output)
    gather(odd.expand(number=[1, 2, 3, 4]))
    pair.expand(item=sizes())
    show.expand(number=some().concat(more()))
