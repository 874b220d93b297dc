"""Operators, sensors and hooks of the team's own: templates, inheritance, hooks as attributes, XComs, mapping."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.sdk import DAG, BaseHook, BaseOperator, BaseSensorOperator, Context

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class FolderHook(BaseHook):
    """Files in a folder, told apart by the kind of a connection."""

    conn_name_attr = "folder_conn_id"
    default_conn_name = "warehouse"

    def __init__(self, folder_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder_conn_id = folder_conn_id

    def get_conn(self) -> Path:
        return Path(DATA_DIR) / self.get_connection(self.folder_conn_id).conn_type

    def write(self, name: str, text: str) -> None:
        path = self.get_conn() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.log.info("writing %s", path)
        path.write_text(text)


class ReportOperator(BaseOperator):
    """Writes a report.

    :param name: of the file, templated
    """

    template_fields: Sequence[str] = ("name", "text", "notes")
    ui_color = "#ededed"

    def __init__(
        self,
        *,
        name: str,
        text: str = "the day {{ ds }}",
        folder_conn_id: str = "warehouse",
        times: int | None = None,
        notes: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.text = text
        self.folder_conn_id = folder_conn_id
        self.notes = notes or ["nothing", "else"]
        self.times = times or 1  # once, where nothing is said

    def execute(self, context: Context) -> str:
        lines = [
            f"{self.task_type} {self.task_id} of {self.dag_id}",
            context["ds"],
            *self._lines(),
            *self.notes,
            type(self).__name__,
        ]
        if "never" in self.text:
            raise AirflowException("never")
        FolderHook(folder_conn_id=self.folder_conn_id).write(self.name, "\n".join(lines))
        context["ti"].xcom_push(key="lines", value=len(lines))
        return self.name

    def _lines(self) -> list[str]:
        return [self.text] * self.times


class LoudReportOperator(ReportOperator):
    """The same in capital letters."""

    def _lines(self) -> list[str]:
        self.log.info("loud")
        return [line.upper() for line in super()._lines()]


class KeepOperator(BaseOperator):
    template_fields = ("day",)

    def __init__(self, table, reports, day="{{ ds }}", sqlite_conn_id="warehouse", *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.table = table
        self.reports = reports
        self.day = day
        self.sqlite_conn_id = sqlite_conn_id

    def execute(self, context):
        ti = context["ti"]
        self.hook = SqliteHook(sqlite_conn_id=self.sqlite_conn_id)
        self.hook.run(f"CREATE TABLE IF NOT EXISTS {self.table} (day TEXT, report TEXT, lines INT)")
        for report in self.reports:
            name = ti.xcom_pull(task_ids="plain")
            self.hook.run(
                f"INSERT INTO {self.table} VALUES (?, ?, ?)",
                parameters=(self.day, f"{report}:{name}", ti.xcom_pull(task_ids="plain", key="lines")),
            )
        return self.hook.get_first(f"SELECT COUNT(*) FROM {self.table}")[0]


class FileSensor(BaseSensorOperator):
    template_fields = ("path",)

    def __init__(self, path: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.path = path

    def poke(self, context) -> bool:
        self.log.info("looking for %s", self.path)
        return Path(self.path).exists()


class SquareOperator(BaseOperator):
    def __init__(self, number: int, power: int = 2, **kwargs) -> None:
        super().__init__(**kwargs)
        self.number = number
        self.power = power

    def execute(self, context) -> int:
        if self.number == 3:
            raise AirflowSkipException("not three")
        Path(DATA_DIR, f"{self.number}_to_{self.power}_{context['ds']}.txt").write_text(str(self.number**self.power))
        return self.number**self.power


with DAG("own_operators", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    plain = ReportOperator(task_id="plain", name="{{ ds_nodash }}.txt", notes=["{{ ts }}"])
    loud = LoudReportOperator(task_id="loud", name="loud.txt", text="{{ macros.ds_add(ds, 1) }}", times=2)
    there = FileSensor(task_id="there", path=f"{DATA_DIR}/sqlite/{{{{ ds_nodash }}}}.txt", poke_interval=1, timeout=10)
    keep = KeepOperator(task_id="keep", table="reports", reports=["a", "b"])
    plain >> [loud, there] >> keep
    for number in (2, 3):
        keep >> SquareOperator(task_id=f"square_{number}", number=number)
    SquareOperator.partial(task_id="powers", power=3).expand(number=[4, 5])
