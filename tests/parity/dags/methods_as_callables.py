"""Operators whose function is a method of their own, and static methods of classes that make tasks."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class LoadOperator(PythonOperator):
    def __init__(self, table, **kwargs):
        super().__init__(python_callable=self._load, **kwargs)
        self.table = table

    def _load(self, ds, times=1, **context):
        self._write(f"{self.table}_{ds}", f"{times} {context['task'].task_id} {self.task_id}")
        return self.table

    def _write(self, name, text):
        self.log.info("writing")
        Path(DATA_DIR, f"{name}.txt").write_text(text)


class ReadyGate(ShortCircuitOperator):
    def __init__(self, name, **kwargs):
        self.name = name
        super().__init__(python_callable=self.ready, op_kwargs={"suffix": "txt"}, **kwargs)

    def ready(self, suffix):
        return Path(DATA_DIR, f"{self.name}.{suffix}").exists()


class DayBranch(BranchPythonOperator):
    def __init__(self, even, odd, **kwargs):
        super().__init__(python_callable=self.choose, **kwargs)
        self.even, self.odd = even, odd

    def choose(self, logical_date):
        return self.even if logical_date.day % 2 == 0 else self.odd


class FileThere(PythonSensor):
    def __init__(self, name, **kwargs):
        super().__init__(python_callable=self.there, poke_interval=1, timeout=10, **kwargs)
        self.name = name

    def there(self):
        return Path(DATA_DIR, self.name).exists()


class FlagGate(ShortCircuitOperator):
    def __init__(self, flag, **kwargs):
        super().__init__(python_callable=lambda: flag, **kwargs)


class StaticLoad(PythonOperator):
    def __init__(self, table, **kwargs):
        super().__init__(python_callable=self.load, op_kwargs={"table": table}, **kwargs)

    @staticmethod
    def load(table, ds):
        Path(DATA_DIR, f"static_{table}.txt").write_text(ds)


class Maker:
    """Makes a task of a function that it keeps beside."""

    def __init__(self, name):
        self.name = name

    def task(self):
        return PythonOperator(task_id=f"made_{self.name}", python_callable=self.write)

    @staticmethod
    def write(ds):
        Path(DATA_DIR, f"made_{ds}.txt").write_text(Maker.label(ds))

    @staticmethod
    def label(text):
        return f"made {text}"


def write(name):
    Path(DATA_DIR, name).write_text("x")


with DAG("methods_as_callables", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    a = LoadOperator(task_id="load", table="orders", op_kwargs={"times": 2})
    g = ReadyGate(task_id="gate", name="orders_{{ ds }}")
    g1 = ReadyGate(task_id="gate1", name="orders_2024-01-05")
    n = PythonOperator(task_id="n", python_callable=write, op_args=["n.txt"])
    n1 = PythonOperator(task_id="n1", python_callable=write, op_args=["n1.txt"])
    a >> g >> n
    a >> g1 >> n1
    b = DayBranch(task_id="branch", even="e", odd="o")
    b >> [PythonOperator(task_id=i, python_callable=write, op_args=[f"{i}.txt"]) for i in ("e", "o")]
    s = FileThere(task_id="there", name="orders_2024-01-05.txt")
    a >> s >> StaticLoad(task_id="static", table="t")
    f = FlagGate(task_id="flag", flag=False)
    f >> PythonOperator(task_id="never", python_callable=write, op_args=["never.txt"])
    Maker("m").task()
