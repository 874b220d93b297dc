"""Takes files from the landing folder of a file-system connection."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from airflow.providers.standard.hooks.filesystem import FSHook
from airflow.sdk import DAG, BaseOperator, task
from helpers.fs import landing_path


class PickUpOperator(BaseOperator):
    template_fields = ("pattern",)

    def __init__(self, *, pattern: str, fs_conn_id: str = "landing", **kwargs):
        super().__init__(**kwargs)
        self.pattern = pattern
        self.fs_conn_id = fs_conn_id

    def execute(self, context):
        base = Path(FSHook(self.fs_conn_id).get_path())
        found = sorted(path.name for path in base.glob(self.pattern))
        self.log.info("found %s", found)
        return found


with DAG("landing_files", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as dag:

    @task
    def drop(ds=None):
        folder = landing_path("incoming")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("a", "b"):
            (folder / f"{name}_{ds}.json").write_text(json.dumps({"name": name}))

    pick = PickUpOperator(task_id="pick", pattern="incoming/*_{{ ds }}.json")

    @task
    def merge(names, ds=None):
        rows = [json.loads((landing_path("incoming") / name).read_text()) for name in names]
        target = landing_path(f"merged_{ds}.json")
        target.write_text(json.dumps(rows))
        return len(rows)

    drop() >> pick
    merge(pick.output)
