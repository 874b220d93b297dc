"""Operators of the team's own whose constructors make something of their task's id, of templates, and of what Airflow's constructor was given."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, BaseSensorOperator, TaskGroup

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class TableOperator(BaseOperator):
    """A table that is called like the task, where nothing else is said."""

    template_fields = ("table",)

    def __init__(self, table=None, **kwargs):
        super().__init__(**kwargs)
        self.table = table or self.task_id

    def execute(self, context):
        Path(DATA_DIR, f"table_{self.table}.txt").write_text(context["ds"])


class LogOperator(BaseOperator):
    def __init__(self, folder="logs", **kwargs):
        super().__init__(**kwargs)
        self.path = f"{DATA_DIR}/{folder}_{self.dag_id}_{self.task_id}_{self.params['mode']}.log"

    def execute(self, context):
        Path(self.path).write_text(f"{self.owner} {self.task_id} of {self.dag.dag_id}")


class NamedOperator(BaseOperator):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.name = kwargs["task_id"].upper()
        self.who = self.owner

    def execute(self, context):
        Path(DATA_DIR, f"named_{self.name}.txt").write_text(f"{self.who} {self.params['mode']}")


class PreparedOperator(BaseOperator):
    """Takes its id by name, and has a method of its own prepare what it needs."""

    def __init__(self, task_id, source=None, **kwargs):
        super().__init__(task_id=task_id, **kwargs)
        self.source = source or task_id
        self.step = 2
        self._prepare()

    def _prepare(self):
        self.path = Path(DATA_DIR) / f"prepared_{self.task_id}_{self.step}.txt"

    def execute(self, context):
        self.path.write_text(f"{self.source} {self.retries}")


class JobOperator(BaseOperator):
    def __init__(self, job_name=None, **kwargs):
        super().__init__(**kwargs)
        self.job_name = job_name or f"{self.dag_id}-{self.task_id}"

    def execute(self, context):
        Path(DATA_DIR, f"job_{self.job_name}.txt").write_text(self.describe())

    def describe(self):
        return "a job"


class SparkOperator(JobOperator):
    def __init__(self, memory="1g", *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.memory = memory
        self.title = f"{self.job_name}:{memory}"

    def describe(self):
        return self.title


class DumpOperator(SparkOperator):
    def __init__(self, table, **kwargs):
        super().__init__(task_id=f"dump_{table}", **kwargs)
        self.table = table

    def describe(self):
        return f"{super().describe()} of {self.table}"


class PartitionOperator(BaseOperator):
    """Writes templates of its own, and puts others together."""

    template_fields = ("path", "folder", "name", "note")

    def __init__(self, table, folder=None, suffix="csv", name=None, note="for {{ ds }}", **kwargs):
        super().__init__(**kwargs)
        self.path = f"{table}_{{{{ ds_nodash }}}}.{suffix}"
        self.suffix = suffix
        self.folder = DATA_DIR + "/" + folder
        if name is None:
            name = "{{ task.task_id }}"
        self.name = name
        self.note = note if note else "nothing"

    def execute(self, context):
        folder = Path(self.folder)
        folder.mkdir(exist_ok=True)
        (folder / self.path).write_text(f"{self.name} {self.note} {self.suffix}")


class MarkerSensor(BaseSensorOperator):
    def __init__(self, table, **kwargs):
        super().__init__(**kwargs)
        self.table = table
        self.poke_interval = 1
        self.timeout = 20

    def poke(self, context):
        return Path(DATA_DIR, f"table_{self.table}.txt").exists()


class LoadBash(BashOperator):
    """Says what it runs once Airflow's constructor is done."""

    def __init__(self, table, **kwargs):
        super().__init__(bash_command="exit 1", **kwargs)
        self.table = table
        self.bash_command = f"echo $KIND {self.table} {{{{ ds }}}} > {DATA_DIR}/bash_{self.table}.txt"
        self.env = {"KIND": "daily"}


class LoadPython(PythonOperator):
    def __init__(self, table, **kwargs):
        super().__init__(python_callable=load, **kwargs)
        self.op_kwargs["table"] = table
        self.op_kwargs.update({"times": 3})


def load(table, times=1, day="none"):
    Path(DATA_DIR, f"python_{table}.txt").write_text(f"{table} {times} {day}")


with DAG("own_constructors", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, params={"mode": "x"}):
    orders = TableOperator(task_id="orders")
    customers = TableOperator(task_id="customers", table="cust_{{ ds_nodash }}")
    with TaskGroup("load") as group:
        TableOperator(task_id="items")
        LogOperator(task_id="log", owner="bob")
        NamedOperator(task_id="named", owner="eve")
        PreparedOperator(task_id="prepared", retries=1)
        SparkOperator(task_id="spark", memory="2g")
        DumpOperator(table="orders")
        DumpOperator(table="customers", job_name="named")
    orders >> customers >> group
    for number in (1, 2):
        group >> LogOperator(task_id=f"tail_{number}", folder=f"logs{number}")
    PartitionOperator(task_id="partition", table="orders", folder="{{ ds }}")
    PartitionOperator(task_id="dated", table="orders", folder="all", name="{{ ds }}", note="")
    orders >> MarkerSensor(task_id="marker", table="orders") >> LoadBash(task_id="bash", table="orders")
    LoadPython(task_id="python", table="a")
    LoadPython(task_id="python_days", table="b", op_kwargs={"day": "{{ ds }}"})
