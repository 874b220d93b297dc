"""Decorators of the team's own around those of Airflow: of tasks, branches, conditions and sensors."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.decorators.branch_python import _BranchPythonDecoratedOperator
from airflow.providers.standard.decorators.python import _PythonDecoratedOperator
from airflow.providers.standard.decorators.sensor import DecoratedSensorOperator
from airflow.providers.standard.decorators.short_circuit import _ShortCircuitDecoratedOperator
from airflow.sdk import DAG, task
from airflow.sdk.bases.decorator import task_decorator_factory

DATA = Path(os.environ.get("DATA_DIR", "/tmp/data"))


class AuditedOperator(_PythonDecoratedOperator):
    custom_operator_name = "@audited"

    def __init__(self, *, reason="routine", **kwargs):
        super().__init__(**kwargs)
        self.reason = reason

    def execute(self, context):
        trail = DATA / f"{self.task_id}.log"
        try:
            value = super().execute(context)
        except Exception as error:
            self.note(trail, context, f"error {error}")
            raise
        self.note(trail, context, f"ok {value}")
        return value

    def note(self, trail, context, text):
        with trail.open("a") as f:
            f.write(f"{context['ds']} {self.reason}: {text}\n")


class CountedOperator(_PythonDecoratedOperator):
    def execute_callable(self):
        return len(self.python_callable(*self.op_args, **self.op_kwargs))


class LoudBranchOperator(_BranchPythonDecoratedOperator):
    def __init__(self, *, loud=False, **kwargs):
        super().__init__(**kwargs)
        self.loud = loud


class StrictOperator(_ShortCircuitDecoratedOperator):
    custom_operator_name = "@strict"


class PatientSensor(DecoratedSensorOperator):
    def __init__(self, *, poke_interval=0.1, **kwargs):
        super().__init__(poke_interval=poke_interval, **kwargs)


def audited(python_callable=None, multiple_outputs=None, **kwargs):
    return task_decorator_factory(
        python_callable=python_callable,
        multiple_outputs=multiple_outputs,
        decorated_operator_class=AuditedOperator,
        **kwargs,
    )


def counted(python_callable=None, **kwargs):
    return task_decorator_factory(python_callable=python_callable, decorated_operator_class=CountedOperator, **kwargs)


def routed(python_callable=None, **kwargs):
    return task_decorator_factory(
        python_callable=python_callable, decorated_operator_class=LoudBranchOperator, **kwargs
    )


def strict(python_callable=None, **kwargs):
    return task_decorator_factory(python_callable=python_callable, decorated_operator_class=StrictOperator, **kwargs)


def patient(python_callable=None, **kwargs):
    return task_decorator_factory(python_callable=python_callable, decorated_operator_class=PatientSensor, **kwargs)


with DAG("audited_tasks", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):

    @audited(reason="count of {{ ds }}")
    def racks(ds=None):
        return ["a", "b", ds]

    @counted
    def number(names):
        return names

    @audited
    def keep(names, count, ts_nodash=None):
        (DATA / f"{ts_nodash}.txt").write_text(f"{names} {count}")

    @routed(loud=True)
    def choose(count):
        return "many" if count > 2 else "few"

    @strict
    def goes_on(names):
        return "2024-01-06" in names

    @patient
    def is_there():
        return DATA.exists()

    @task
    def many():
        (DATA / "many.txt").write_text("many")

    @task
    def few():
        (DATA / "few.txt").write_text("few")

    @task
    def after(day):
        (DATA / f"after_{day}.txt").write_text(day)

    names = racks()
    count = number(names)
    names >> is_there()
    keep(names, count)
    choose(count) >> [many(), few()]
    goes_on(names) >> after("{{ ds }}")
