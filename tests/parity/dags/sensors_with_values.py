"""Sensors whose last answer carries a value: TaskFlow, a plain function, a class of the team's own, one that skips."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import BaseSensorOperator, Context, PokeReturnValue, dag, task

DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


class NewestFileSensor(BaseSensorOperator):
    """Waits for a file of a pattern, and says which is the newest."""

    template_fields = ("pattern",)

    def __init__(self, *, pattern: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.pattern = pattern

    def poke(self, context: Context) -> bool | PokeReturnValue:
        found = sorted(DATA_DIR.glob(self.pattern))
        if not found:
            self.log.info("nothing like %s", self.pattern)
            return False
        return PokeReturnValue(is_done=True, xcom_value=found[-1].name)


def _size(name: str) -> PokeReturnValue:
    path = DATA_DIR / name
    if not path.exists():
        return PokeReturnValue(False)
    return PokeReturnValue(True, {"name": name, "size": path.stat().st_size})


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def sensors_with_values():
    drop = BashOperator(task_id="drop", bash_command=f"printf 'a\\nb\\n' > {DATA_DIR}/in_{{{{ ds }}}}.txt")

    @task.sensor(poke_interval=1, timeout=10, mode="reschedule")
    def rows(ds: str | None = None) -> PokeReturnValue:
        path = DATA_DIR / f"in_{ds}.txt"
        if not path.exists():
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=path.read_text().split())

    @task.sensor(poke_interval=1, timeout=10)
    def plain(ds: str | None = None) -> bool:
        return (DATA_DIR / f"in_{ds}.txt").exists()

    @task.sensor(poke_interval=1, timeout=0, soft_fail=True)
    def never() -> PokeReturnValue:
        return PokeReturnValue(is_done=False, xcom_value="lost")

    @task
    def count(found: list[str], ds: str | None = None) -> int:
        (DATA_DIR / f"count_{ds}").write_text(f"{len(found)} {found}")
        return len(found)

    @task
    def after_never(value: str | None) -> None:
        (DATA_DIR / "after_never").write_text(str(value))

    size = PythonSensor(task_id="size", python_callable=_size, op_args=["in_{{ ds }}.txt"], poke_interval=1, timeout=10)
    newest = NewestFileSensor(task_id="newest", pattern="in_{{ ds[:4] }}*.txt", poke_interval=1, timeout=10)
    show = BashOperator(
        task_id="show",
        bash_command=f"echo {{{{ ti.xcom_pull(task_ids='size')['size'] }}}} > {DATA_DIR}/size_{{{{ ds }}}}",
    )
    found = rows()
    waited = plain()
    drop >> [found, size, newest, waited]
    count(found) >> show
    size >> show
    after_never(never())
    [newest, waited] >> report()


@task
def report(ti=None, ds: str | None = None) -> None:
    (DATA_DIR / f"report_{ds}").write_text(f"{ti.xcom_pull(task_ids='newest')} {ti.xcom_pull(task_ids='plain')}")


sensors_with_values()
