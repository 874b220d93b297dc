"""Copies of a mapped task put together, in a row, pulled one by one; commands with `map_index`."""

import json
import os
from datetime import datetime
from pathlib import Path

from airflow.decorators import dag, task
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

OUT = os.environ.get("DATA_DIR", "/tmp/data")


def _write(name, size, ti):
    Path(f"{OUT}/w_{name}_{ti.map_index}").write_text(str(size))
    return {"name": name, "size": size}


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, max_active_tasks=4)
def copies_put_together():
    @task
    def configs():
        return [{"name": "a", "size": 1}, {"name": "b", "size": 2}]

    @task
    def chunk(n: int, size: int = 2) -> list[list[int]]:
        data = list(range(n))
        return [data[i : i + size] for i in range(0, n, size)]

    @task(max_active_tis_per_dag=2)
    def add_all(numbers: list[int]) -> int:
        return sum(numbers)

    @task
    def reduce(parts):
        Path(OUT, "reduced").write_text(json.dumps({"sum": sum(parts), "n": len(parts), "second": parts[1]}))
        return sum(parts)

    @task
    def pulled(ti=None):
        parts = ti.xcom_pull(task_ids="add_all")
        one = ti.xcom_pull(task_ids="add_all", map_indexes=1)
        Path(OUT, "pulled").write_text(f"{list(parts)} {one}")

    @task
    def mult(x, y):
        return x * y

    written = PythonOperator.partial(task_id="write", python_callable=_write).expand(op_kwargs=configs())
    cmds = BashOperator.partial(task_id="cmds", do_xcom_push=True).expand(
        bash_command=["echo one", f"echo two | tee {OUT}/two", "echo three {{ ti.map_index }}"]
    )

    @task
    def show(outs, rows):
        Path(OUT, "shown").write_text(f"{list(outs)} {sorted(r['name'] for r in rows)}")

    parts = add_all.expand(numbers=chunk(5))
    total = reduce(parts)
    parts >> pulled()
    show(cmds.output, written.output)
    products = mult.partial(y=total).expand(x=[1, 2, 3])
    reduce.override(task_id="reduce_again")(products)
    mult.override(task_id="second").partial(y=2).expand(x=products)


copies_put_together()
