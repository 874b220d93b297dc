"""AirflowFailException and AirflowSkipException, and classes of the team's own below them, from helpers of helpers, hooks, decorators and managers; after tries."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.models import BaseOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, task
from checks_of_team import Broken, FileHook, NothingToDo, need, quietly, strictly

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


def tries(name):
    path = Path(DATA_DIR, name)
    number = int(path.read_text()) + 1 if path.exists() else 1
    path.write_text(str(number))
    return number


def from_helper(number, task_id):
    tries(task_id)
    return need(number)


def from_hook(rows, task_id):
    tries(task_id)
    return len(FileHook(limit=2).read(rows))


def after_tries(last, task_id):
    """Fails as usual in the first try, and for good or not at all in the second one."""
    if tries(task_id) < 2:
        raise AirflowException("try again")
    raise {"skip": AirflowSkipException, "fail": Broken}[last]("the second time")


@quietly
def decorated(key, task_id):
    tries(task_id)
    return {"a": 1}[key]


def managed(text, task_id):
    tries(task_id)
    with strictly():
        return int(text)


def caught(rows, task_id):
    tries(task_id)
    try:
        FileHook(limit=1).check(rows)
    except NothingToDo:
        return "nothing"
    except AirflowFailException as error:
        return f"too many: {error}"
    return "fine"


class CheckedOperator(BaseOperator):
    """Skips or fails in what its `execute` calls."""

    def __init__(self, number, **kwargs):
        super().__init__(**kwargs)
        self.number = number

    def _checked(self):
        return need(self.number)

    def execute(self, context):
        tries(self.task_id)
        return self._checked()


def note(name, ds=None):
    Path(DATA_DIR, f"{ds}_{name}.txt").write_text(name)


def python(task_id, function, *args):
    return PythonOperator(task_id=task_id, python_callable=function, op_args=args, op_kwargs={"task_id": task_id})


with DAG(
    "errors_of_helpers",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=0)},
):
    WORK = [
        python("helper_skips", from_helper, 0),
        python("helper_fails", from_helper, -1),
        python("helper_works", from_helper, 1),
        python("hook_skips", from_hook, []),
        python("hook_fails", from_hook, [1, 2, 3]),
        python("hook_works", from_hook, [1]),
        python("tried_skips", after_tries, "skip"),
        python("tried_fails", after_tries, "fail"),
        python("decorated_skips", decorated, "b"),
        python("decorated_works", decorated, "a"),
        python("managed_fails", managed, "x"),
        python("managed_works", managed, "1"),
        python("caught_skip", caught, []),
        python("caught_fail", caught, [1, 2]),
        CheckedOperator(task_id="operator_skips", number=0),
        CheckedOperator(task_id="operator_fails", number=-1),
        CheckedOperator(task_id="operator_works", number=2),
    ]
    for work in WORK:
        name = f"after_{work.task_id}"
        work >> PythonOperator(task_id=name, python_callable=note, op_args=[name])

    @task
    def found(number):
        tries(f"copy_{number}")
        return need(number)

    @task(trigger_rule="all_done")
    def total(numbers):
        Path(DATA_DIR, "total.txt").write_text(str(sorted(numbers)))

    total(found.expand(number=[1, 0, -1, 2]))
