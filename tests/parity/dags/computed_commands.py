"""Functions under `@task.bash` that return templates, with an environment, and an exit code that skips."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import dag, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"who": "world"})
def computed_commands():
    @task.bash
    def greet(name: str) -> str:
        return f"echo hello {name} {{{{ ds }}}} {{{{ params.who }}}} | tee {OUT}/greet_{{{{ ds }}}}"

    @task.bash(env={"WHEN": "{{ ts }}"}, append_env=True)
    def stamp(count):
        cmd = "; ".join(f"echo {i} $WHEN" for i in range(count))
        return f"({cmd}) > {OUT}/stamp_{{{{ ds_nodash }}}}"

    @task
    def three():
        return 3

    @task.bash
    def maybe(dag_run=None, ds=None):
        if ds == "2024-01-06":
            return "exit 99"
        return f"touch {OUT}/maybe_{ds} && echo {dag_run.run_type}"

    @task
    def last(text, what):
        with Path(OUT, "last").open("a") as file:
            file.write(f"{text}|{what}\n")

    last(greet("bob"), maybe())
    stamp(three())


computed_commands()
