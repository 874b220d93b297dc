"""Pushes and pulls in helpers, several keys, xcom args by index, multiple_outputs in classic operators, do_xcom_push off, op_args from output."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, XComArg, get_current_context, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


def _push(key: str, value: Any) -> None:
    get_current_context()["ti"].xcom_push(key=key, value=value)


def read_users(ds: str) -> pd.DataFrame:
    day = int(ds[-2:])
    return pd.DataFrame({"user": list("abcd"), "spent": [day, 20, 3, 40]})


def split(ti, threshold: int = 10) -> None:
    users = ti.xcom_pull(task_ids="read_users")
    big = users[users["spent"] > threshold]
    _push("big", big["user"].tolist())
    ti.xcom_push(key="small", value=[user for user in users["user"] if user not in set(big["user"])])
    ti.xcom_push(key="total", value=int(users["spent"].sum()))


def write(name: str, users: list, total: Any = None) -> str:
    path = DATA_DIR / f"{name}.txt"
    path.write_text(f"{','.join(users)} {total}")
    return path.name


with DAG("user_segments", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    users = PythonOperator(task_id="read_users", python_callable=read_users)
    segments = PythonOperator(task_id="split", python_callable=split, op_kwargs={"threshold": 15})
    big = PythonOperator(
        task_id="write_big",
        python_callable=write,
        op_args=["big_{{ ds }}", XComArg(segments, key="big")],
        op_kwargs={"total": segments.output["total"]},
    )
    small = PythonOperator(
        task_id="write_small", python_callable=write, op_args=["small_{{ ds }}", XComArg(segments, "small")]
    )

    @task(multiple_outputs=True)
    def stats(total) -> dict[str, int]:
        return {"double": total * 2, "half": total // 2}

    @task
    def show(double, half, name, ti=None, ds=None):
        first, second = ti.xcom_pull(task_ids=["write_big", "write_small"])
        (DATA_DIR / f"show_{ds}").write_text(f"{double} {half} {name} {first} {second}")

    numbers = stats(segments.output["total"])
    shown = show(numbers["double"], numbers["half"], big.output)
    tail = BashOperator(
        task_id="tail",
        bash_command="echo {{ ti.xcom_pull(task_ids='split', key='big') | length }} "
        "{{ ti.xcom_pull(task_ids='stats', key='half') }} > $DATA_DIR/tail_{{ ds }}",
        append_env=True,
        do_xcom_push=False,
    )
    users >> segments
    small >> shown >> tail
