"""Operators whose `__init__` looks into its keyword arguments."""

import os
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, BaseOperator, BaseSensorOperator

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")
PATIENCE = {"poke_interval": 0.1, "timeout": 5}


class WriteOperator(BaseOperator):
    template_fields = ("text",)

    def __init__(self, text, *args, **kwargs):
        self.folder = kwargs.pop("folder", "plain")
        kwargs.setdefault("owner", "writers")
        super().__init__(*args, **kwargs)
        self.text = text

    def execute(self, context):
        path = Path(DATA_DIR) / self.folder / f"{self.task_id}_{context['ds']}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{self.text} by {context['task'].owner}")
        return str(path)


class ExistsSensor(BaseSensorOperator):
    template_fields = ("path",)

    def __init__(self, path, **kwargs):
        kwargs.setdefault("mode", "reschedule")
        kwargs.setdefault("poke_interval", 1)
        kwargs["timeout"] = 20
        super().__init__(**kwargs)
        self.path = path

    def poke(self, context):
        return os.path.exists(self.path)


class CopyOperator(BaseOperator):
    template_fields = ["source", "target"]

    def __init__(self, source, target, overwrite=False, **kwargs):
        if "retries" not in kwargs:
            kwargs["retries"] = 1
        super().__init__(**kwargs)
        self.source, self.target, self.overwrite = source, target, overwrite

    def execute(self, context):
        if os.path.exists(self.target) and not self.overwrite:
            raise ValueError(f"{self.target} is there")
        Path(self.target).write_text(Path(self.source).read_text())


class LookSensor(BaseSensorOperator):
    """Puts its keyword arguments together with others, of which those that are given come last."""

    def __init__(self, *, goal, **kwargs):
        kwargs = {"poke_interval": 60, **PATIENCE, **kwargs}
        super().__init__(**kwargs)
        self.goal = goal

    def poke(self, context):
        path = Path(DATA_DIR, f"{self.task_id}_{context['ds']}")
        seen = len(path.read_text()) if path.exists() else 0
        path.write_text("x" * (seen + 1))
        return seen >= self.goal


class QuickSensor(LookSensor):
    def __init__(self, **kwargs):
        kwargs = {"goal": 1, **kwargs}
        super().__init__(**kwargs)


class NoteOperator(BaseOperator):
    def __init__(self, **kwargs):
        kwargs = dict(kwargs)
        kwargs = {"mark": "none", **kwargs}
        self.mark = kwargs.pop("mark")
        kwargs.update(owner="noters")
        kwargs |= {"retries": 1}
        super().__init__(**kwargs)

    def execute(self, context):
        Path(DATA_DIR, f"{self.task_id}_{context['ds']}").write_text(f"{self.mark} of {self.owner}, {self.retries}")


with DAG("kwargs_ops", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    write = WriteOperator(task_id="write", text="hello {{ ds }}", folder="notes")
    there = ExistsSensor(task_id="there", path=f"{DATA_DIR}/notes/write_{{{{ ds }}}}")
    copy = CopyOperator(
        task_id="copy",
        source="{{ ti.xcom_pull(task_ids='write') }}",
        target=f"{DATA_DIR}/copy_{{{{ ds_nodash }}}}",
        overwrite=True,
    )
    write >> there >> copy
    copy >> LookSensor(task_id="look", goal=2) >> QuickSensor(task_id="quick") >> QuickSensor(task_id="slow", goal=3)
    NoteOperator(task_id="note")
    NoteOperator(task_id="marked", mark="big", owner="nobody")
