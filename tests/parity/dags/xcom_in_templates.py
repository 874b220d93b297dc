"""XComs by key and as a whole: within filters and members of Jinja, in an environment, in arguments, in callables."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def push(ti, ds, **_):
    ti.xcom_push(key="found", value={"n": 1})
    ti.xcom_push("names", ["x", "y"])
    return {"ds": ds, "k": 2}


def pull(**context):
    ti = context["ti"]
    found = [
        ti.xcom_pull(task_ids="push", key="found"),
        ti.xcom_pull(key="names", task_ids="push"),
        ti.xcom_pull("push"),
    ]
    Path(DATA_DIR, f"pulled_{context['ds']}.json").write_text(json.dumps(found))


def keep(value, name):
    Path(DATA_DIR, f"kept_{name}.json").write_text(json.dumps(value))


with DAG("xcom_in_templates", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    pushed = PythonOperator(task_id="push", python_callable=push)
    PythonOperator(
        task_id="keep_all",
        python_callable=keep,
        op_args=[pushed.output],
        op_kwargs={"name": "{{ ti.xcom_pull(task_ids='push')['k'] }}"},
    )
    PythonOperator(task_id="keep_one", python_callable=keep, op_kwargs={"value": pushed.output["found"], "name": "one"})
    show = BashOperator(
        task_id="show",
        bash_command='echo \'{{ ti.xcom_pull(task_ids="push", key="found")["n"] + 1 }} '
        '{{ task_instance.xcom_pull("push").ds }} '
        '{{ ti.xcom_pull(task_ids="push", key="names") | join(",") }}\' > $DATA_DIR/shown_{{ ds }}; echo last',
    )
    again = BashOperator(
        task_id="again",
        bash_command="echo {{ ti.xcom_pull(task_ids='show') }} "
        "{{ task_instance.xcom_pull(task_ids='show', key='return_value') | upper }} > $DATA_DIR/again_{{ ds }}",
        do_xcom_push=False,
    )
    BashOperator(
        task_id="in_env",
        bash_command="echo $VALUE > $DATA_DIR/in_env_{{ ds }}",
        env={"VALUE": show.output, "DATA_DIR": DATA_DIR},
    )
    pushed >> [PythonOperator(task_id="pull", python_callable=pull), show]
    show >> again

    @task(multiple_outputs=True)
    def several():
        return {"one": 1, "two": "zwei"}

    @task
    def numbers() -> dict[str, int]:
        return {"u": 1, "v": 2}

    @task
    def use(one, two, u, whole):
        Path(DATA_DIR, "used.json").write_text(json.dumps([one, two, u, whole]))

    parts, whole = several(), numbers()
    use(parts["one"], parts["two"], whole["u"], whole)
