"""`ExceptionRetryPolicy`: errors that are tried again, and such that are final, by their kind."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryRule, task

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class NotYet(Exception):
    """It may be there later."""


class NotEver(NotYet):
    """It will not be there."""


POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=NotEver, action=RetryAction.FAIL, reason="it is gone"),
        RetryRule(exception=NotYet, retry_delay=timedelta(seconds=0)),
        RetryRule([KeyError, "json.decoder.JSONDecodeError"], RetryAction.FAIL),
        RetryRule("builtins.OSError", RetryAction.RETRY, match_subclasses=False),
        RetryRule(exception=OSError, action=RetryAction.DEFAULT),
    ],
)
STRICT = ExceptionRetryPolicy([RetryRule(ValueError)], RetryAction.FAIL)


def tries(name):
    path = Path(DATA_DIR, name)
    number = int(path.read_text()) + 1 if path.exists() else 1
    path.write_text(str(number))
    return number


def work(kind, until=9):
    if tries(f"{kind}_{until}") >= until:
        return
    if kind == "key":
        {}["a"]
    if kind == "json":
        json.loads("{")
    kinds = {
        "not_yet": NotYet,
        "not_ever": NotEver,
        "os": OSError,
        "connection": ConnectionError,
        "value": ValueError,
        "airflow": AirflowException,
        "final": AirflowFailException,
        "skip": AirflowSkipException,
    }
    raise kinds[kind](kind)


def after(name):
    Path(DATA_DIR, f"after_{name}").touch()


with DAG(
    "retries_by_kind",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=0), "retry_policy": POLICY},
):
    for kind, until in (
        ("not_yet", 9),
        ("not_yet", 3),
        ("not_ever", 9),
        ("key", 9),
        ("json", 9),
        ("os", 2),
        ("connection", 3),
        ("value", 2),
        ("airflow", 2),
        ("final", 9),
        ("skip", 9),
    ):
        name = f"{kind}_{until}"
        first = PythonOperator(task_id=name, python_callable=work, op_args=[kind, until])
        first >> PythonOperator(task_id=f"after_{name}", python_callable=after, op_args=[name])

    @task(retry_policy=STRICT)
    def strict(kind):
        tries(f"strict_{kind}")
        if kind == "value":
            raise ValueError(kind)
        raise LookupError(kind)

    @task(retry_policy=STRICT, retries=0)
    def never(kind):
        tries(f"never_{kind}")
        raise ValueError(kind)

    @task(retry_policy=STRICT, trigger_rule="all_done")
    def at_the_end():
        if tries("at_the_end") < 2:
            raise ValueError("again")

    [strict("value"), strict("other"), never("value")] >> at_the_end()
