"""Enums, named tuples and objects as arguments; several callables of one class."""

import enum
import os
from collections import namedtuple
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, BaseOperator, task

OUT = os.environ.get("DATA_DIR", "/tmp/data")


class Level(enum.Enum):
    RAW = "raw"
    GOLD = "gold"


class Priority(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Source(NamedTuple):
    name: str
    level: Level = Level.RAW


Range = namedtuple("Range", ["lo", "hi"])


class Loader:
    TABLE = "t_{}"

    def __init__(self, source: Source, folder: str | None = None):
        self.source = source
        self.folder = folder or OUT

    def extract(self, ti, ds):
        Path(self.folder, f"extract_{self.source.name}_{ds}").write_text(self.TABLE.format(self.source.level.value))
        ti.xcom_push(key="rows", value=3)
        return self.source.name

    def load(self, ti, **context):
        rows = ti.xcom_pull(task_ids=f"extract_{self.source.name}", key="rows")
        name = ti.xcom_pull(task_ids=f"extract_{self.source.name}")
        Path(self.folder, f"load_{name}_{context['ds']}").write_text(str(rows))
        return rows


class LevelOperator(BaseOperator):
    template_fields = ("text",)

    def __init__(self, level: Level, priority: Priority, span: Range, text="{{ ds }}", **kwargs):
        super().__init__(**kwargs)
        self.level, self.priority, self.span, self.text = level, priority, span, text

    def execute(self, context):
        Path(OUT, f"level_{self.task_id}").write_text(
            f"{self.level.name} {self.priority > 1} {self.span.hi - self.span.lo} {self.text} {self.level is Level.GOLD}"
        )


def describe(level, source, ds):
    assert isinstance(level, Level)
    Path(OUT, f"describe_{ds}").write_text(f"{level.name}/{source.name}/{source.level.value}/{source._fields}")


with DAG("own_values", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False):
    for source in [Source("a"), Source("b", Level.GOLD)]:
        loader = Loader(source)
        e = PythonOperator(task_id=f"extract_{source.name}", python_callable=loader.extract)
        l = PythonOperator(task_id=f"load_{source.name}", python_callable=loader.load)
        e >> l
    PythonOperator(task_id="describe", python_callable=describe, op_kwargs={"level": Level.GOLD, "source": Source("x")})
    LevelOperator(task_id="lev", level=Level.GOLD, priority=Priority.HIGH, span=Range(1, 5))

    @task
    def flow(level, when=datetime(2024, 2, 3)):
        return f"{level.value} {when:%d}"

    flow(Level.RAW)
