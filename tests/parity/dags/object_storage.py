import os
from datetime import datetime

from airflow.sdk import DAG, ObjectStoragePath, task

BASE = ObjectStoragePath(f"file://{os.environ.get('DATA_DIR', '/tmp/data')}")

with DAG("object_storage", start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False):

    @task
    def write(ds=None) -> str:
        path = BASE / f"raw_{ds}.txt"
        path.write_text("hello\nworld\n")
        with (BASE / f"extra_{ds}.txt").open("w") as f:
            f.write("more")
        return str(path)

    @task
    def count(where: str, ds=None):
        path = ObjectStoragePath(where)
        lines = path.read_text().splitlines()
        out = BASE / "counts" / f"{ds}.txt"
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(str(len(lines)))
        return sorted(p.name for p in BASE.iterdir() if p.name.endswith(".txt"))

    count(write())
