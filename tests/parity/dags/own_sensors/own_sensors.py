"""Waits for files and rows with sensors of our own."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.exceptions import AirflowSkipException
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.sensors.python import PythonSensor
from airflow.sdk import DAG, BaseSensorOperator, PokeReturnValue

DATA_DIR = os.environ.get("DATA_DIR", "/tmp/data")


class FileCountSensor(BaseSensorOperator):
    """Waits until a folder holds so many files."""

    template_fields = ("folder", "pattern")

    def __init__(self, *, folder, pattern="*", at_least=1, **kwargs):
        kwargs.setdefault("mode", "reschedule")
        super().__init__(**kwargs)
        self.folder = folder
        self.pattern = pattern
        self.at_least = at_least

    def poke(self, context):
        found = list(Path(self.folder).glob(self.pattern))
        self.log.info("%d of %d", len(found), self.at_least)
        return PokeReturnValue(is_done=len(found) >= self.at_least, xcom_value=sorted(p.name for p in found))


class RowsSensor(BaseSensorOperator):
    template_fields = ["table", "where"]

    def __init__(self, table, where="1 = 1", conn_id="warehouse", skip_if_missing=False, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.table = table
        self.where = where
        self.conn_id = conn_id
        self.skip_if_missing = skip_if_missing

    def _hook(self):
        return SqliteHook(sqlite_conn_id=self.conn_id)

    def poke(self, context):
        exists = self._hook().get_first("SELECT COUNT(*) FROM sqlite_master WHERE name = ?", parameters=[self.table])[0]
        if not exists:
            if self.skip_if_missing:
                raise AirflowSkipException(f"no {self.table}")
            return False
        return self._hook().get_first(f"SELECT COUNT(*) FROM {self.table} WHERE {self.where}")[0] > 0


class MarkerSensor(PythonSensor):
    """Waits for the marker of a dataset."""

    def __init__(self, dataset, **kwargs):
        super().__init__(python_callable=has_marker, op_args=[dataset], op_kwargs={"day": "{{ ds }}"}, **kwargs)


def has_marker(dataset, day):
    return (Path(DATA_DIR) / "markers" / f"{dataset}_{day}").exists()


def produce(ds):
    for folder in ("markers", "in"):
        (Path(DATA_DIR) / folder).mkdir(parents=True, exist_ok=True)
    (Path(DATA_DIR) / "markers" / f"sales_{ds}").write_text("")
    for part in range(2):
        (Path(DATA_DIR) / "in" / f"{ds}_{part}.csv").write_text(str(part))
    hook = SqliteHook("warehouse")
    hook.run("CREATE TABLE IF NOT EXISTS sales (day TEXT)")
    hook.run("INSERT INTO sales VALUES (?)", parameters=(ds,))


def finish(ti, ds):
    names = ti.xcom_pull(task_ids="files")
    (Path(DATA_DIR) / f"finished_{ds}.txt").write_text(" ".join(names))


with DAG("own_sensors", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:
    make = PythonOperator(task_id="produce", python_callable=produce)
    files = FileCountSensor(
        task_id="files", folder=f"{DATA_DIR}/in", pattern="{{ ds }}_*.csv", at_least=2, poke_interval=1, timeout=30
    )
    rows = RowsSensor(
        task_id="rows",
        table="sales",
        where="day = '{{ ds }}'",
        poke_interval=1,
        timeout=timedelta(seconds=30),
        mode="reschedule",
    )
    missing = RowsSensor(task_id="missing", table="refunds", skip_if_missing=True, poke_interval=1, timeout=30)
    marker = MarkerSensor(task_id="marker", dataset="sales", poke_interval=1, timeout=30)
    end = PythonOperator(task_id="finish", python_callable=finish, trigger_rule="none_failed")
    make >> [files, rows, missing, marker] >> end
