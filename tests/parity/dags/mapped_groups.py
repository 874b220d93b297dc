"""Task groups that are expanded: over a literal list with `partial`, over a result, with what comes after all copies."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task, task_group

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")

with DAG("mapped_groups", schedule=None, start_date=datetime(2024, 1, 1), catchup=False):

    @task_group
    def etl(name, factor):
        @task
        def extract(text):
            return len(text)

        @task
        def scale(value, by):
            return value * by

        @task
        def write(text, value):
            Path(DATA_DIR, f"{text}_{value}").touch()
            return value

        return write(name, scale(extract(name), factor))

    @task
    def total(values):
        Path(DATA_DIR, "total").write_text(str(sum(values)))

    @task
    def names():
        return ["x", "y"]

    @task_group(group_id="per_file")
    def per_file(name):
        @task
        def get(name):
            return name.upper()

        @task
        def put(name):
            Path(DATA_DIR, f"put_{name}").touch()

        done = BashOperator(task_id="done", bash_command="echo done >> $DATA_DIR/done")
        put(get(name)) >> done

    @task
    def finish():
        Path(DATA_DIR, "finished").touch()

    total(etl.partial(factor=2).expand(name=["a", "bb", "ccc"]))
    per_file.expand(name=names()) >> finish()
