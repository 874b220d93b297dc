"""A folder of DAG files made up for measuring: `python -m benchmarks.corpus FOLDER [NUMBER]`.

The files are of the kinds that teams have, in fixed proportions, each with names of its own: TaskFlow, SQL with template files, a factory in a
shared helper module, a loop over a YAML file, sensors and branches, and large files.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HELPERS = '''"""What the DAGs of the team share."""

from datetime import datetime, timedelta

from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator

OWNER = "data-platform"
REGIONS = {"eu": "europe-west1", "us": "us-east1", "apac": "asia-east1"}


def default_args(retries=2, **others):
    return {"owner": OWNER, "retries": retries, "retry_delay": timedelta(minutes=5), **others}


def make_export(name, tables, schedule="@daily"):
    with DAG(name, schedule=schedule, start_date=datetime(2024, 1, 1), default_args=default_args(), tags=["export"]) as dag:
        start, end = EmptyOperator(task_id="start"), EmptyOperator(task_id="end")
        for region, location in REGIONS.items():
            for table in tables:
                export = BashOperator(
                    task_id=f"export_{table}_{region}",
                    bash_command=f"export --table {table} --to s3://lake/{location}/{table}/{{{{ ds }}}}.parquet",
                )
                start >> export >> end
    return dag
'''

_TASKFLOW = '''"""Orders of shop {n}, cleaned and summed up each day."""

from datetime import datetime

import pandas as pd
from airflow.sdk import dag, task

from common.helpers import default_args

LIMIT = {n}


def cleaned(frame: pd.DataFrame) -> pd.DataFrame:
    """Orders with an amount, without those that were made twice."""
    frame = frame.dropna(subset=["amount"])
    return frame.drop_duplicates("order_id")


@dag(dag_id="shop_{n}", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, default_args=default_args(retries=3))
def shop():
    @task
    def extract(ds=None) -> str:
        path = f"/data/shop_{n}/orders_{{ds}}.csv"
        frame = pd.read_csv(f"s3://landing/shop_{n}/{{ds}}/orders.csv")
        cleaned(frame).to_csv(path, index=False)
        return path

    @task
    def total(path: str) -> dict:
        frame = pd.read_csv(path)
        if len(frame) > LIMIT:
            frame = frame.head(LIMIT)
        return {{"orders": len(frame), "amount": float(frame["amount"].sum())}}

    @task
    def publish(figures: dict, ds=None) -> None:
        row = pd.DataFrame([{{"day": ds, **figures}}])
        row.to_parquet(f"/data/figures/shop_{n}/{{ds}}.parquet")

    publish(total(extract()))


shop()
'''

_SQL = '''"""Mart {n} of the warehouse."""

from datetime import datetime

from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLColumnCheckOperator, SQLExecuteQueryOperator

from common.helpers import default_args

with DAG(
    "mart_{n}",
    schedule="30 {hour} * * *",
    start_date=datetime(2024, 1, 1),
    default_args=default_args(),
    tags=["marts"],
) as dag:
    stage = SQLExecuteQueryOperator(
        task_id="stage",
        conn_id="warehouse",
        sql="""
            create or replace table staging.customers_{n} as
            select c.customer_id, c.country, max(o.ordered_at) as last_order, count(*) as orders
            from raw.customers_{n} c
            join raw.orders_{n} o on o.customer_id = c.customer_id
            where o.day = '{{{{ ds }}}}'
            group by 1, 2
        """,
    )
    mart = SQLExecuteQueryOperator(task_id="mart", conn_id="warehouse", sql="sql/mart_{n}.sql")
    check = SQLColumnCheckOperator(
        task_id="check",
        conn_id="warehouse",
        table="marts.customers_{n}",
        column_mapping={{"customer_id": {{"null_check": {{"equal_to": 0}}}}}},
    )
    stage >> mart >> check
'''

_SQL_FILE = "insert into marts.customers_{n}\nselect customer_id, country, orders from staging.customers_{n}\nwhere last_order >= '{{{{ ds }}}}';\n"

_FACTORY = '''"""Exports of system {n}, from Airflow."""

from common.helpers import make_export

TABLES = ["accounts_{n}", "contacts_{n}", "invoices_{n}"]

dag = make_export("export_{n}", TABLES)
'''

_YAML = '''"""Loads of partner {n}, as its YAML file lists them."""

from datetime import datetime
from pathlib import Path

import yaml
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

from common.helpers import default_args


def load(source: str, table: str, ds: str) -> int:
    with open(f"{{source}}/{{ds}}.json") as lines:
        rows = [line for line in lines if line.strip()]
    print(f"{{len(rows)}} rows for {{table}}")
    return len(rows)


config = yaml.safe_load((Path(__file__).parent / "config" / "partner_{n}.yaml").read_text())

with DAG(config["dag_id"], schedule=config["schedule"], start_date=datetime(2024, 1, 1), default_args=default_args()) as dag:
    previous = None
    for entry in config["sources"]:
        current = PythonOperator(
            task_id=f"load_{{entry['table']}}",
            python_callable=load,
            op_kwargs={{"source": entry["path"], "table": entry["table"], "ds": "{{{{ ds }}}}"}},
        )
        if previous:
            previous >> current
        previous = current
'''

_YAML_FILE = """dag_id: partner_{n}
schedule: "0 {hour} * * *"
sources:
  - {{table: products_{n}, path: /incoming/partner_{n}/products}}
  - {{table: prices_{n}, path: /incoming/partner_{n}/prices}}
  - {{table: stock_{n}, path: /incoming/partner_{n}/stock}}
"""

_SENSORS = '''"""Feed {n}: waits, decides, loads."""

from datetime import datetime

from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator
from airflow.providers.standard.sensors.filesystem import FileSensor

from common.helpers import REGIONS, default_args


def choose(**context):
    day = context["logical_date"]
    return "weekly" if day.weekday() == 0 else "daily"


with DAG("feed_{n}", schedule="@hourly", start_date=datetime(2024, 1, 1), default_args=default_args(1)) as dag:
    wait = FileSensor(task_id="wait", filepath="/incoming/feed_{n}.csv", poke_interval=60, timeout=3600)
    branch = BranchPythonOperator(task_id="branch", python_callable=choose)
    daily = BashOperator(task_id="daily", bash_command="load --mode daily --feed {n}")
    weekly = BashOperator(task_id="weekly", bash_command="load --mode weekly --feed {n}")
    join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
    wait >> branch >> [daily, weekly] >> join
    for region in REGIONS:
        join >> BashOperator(task_id=f"publish_{{region}}", bash_command=f"publish {{region}} {n}")
'''

_STEP = '''

def step_{k}(ds: str) -> str:
    """Step {k} of the long chain."""
    source = "/data/long_{n}/step_{k}/" + ds + ".csv"
    frame = pd.read_csv(source)
    frame["amount"] = frame["amount"].fillna(0) * {k}
    frame = frame[frame["amount"] > 0]
    target = "/data/long_{n}/result_{k}/" + ds + ".csv"
    frame.to_csv(target, index=False)
    return target
'''

_LONG_HEAD = '''"""Chain {n}: many steps in one file."""

from datetime import datetime

import pandas as pd
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator
'''

_KINDS = ("taskflow", "sql", "factory", "yaml", "sensors", "taskflow", "sql", "factory", "yaml", "long")


def long_file(number: int, steps: int) -> str:
    """A DAG file of `steps` functions that are tasks, each after the one before."""
    lines = [_LONG_HEAD.format(n=number), *(_STEP.format(n=number, k=k) for k in range(steps))]
    lines.append(f'\n\nwith DAG("long_{number}", schedule="@daily", start_date=datetime(2024, 1, 1)) as dag:\n')
    for k in range(steps):
        lines.append(
            f'    task_{k} = PythonOperator(task_id="step_{k}", python_callable=step_{k}, op_kwargs={{"ds": "{{{{ ds }}}}"}})\n'
        )
    lines += [f"    task_{k} >> task_{k + 1}\n" for k in range(steps - 1)]
    return "".join(lines)


def many_tasks(number: int) -> str:
    """A DAG file whose loops make `number` tasks of ten kinds, in layers of ten that follow each other."""
    return f'''"""One DAG of {number:,} tasks."""

from datetime import datetime

from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator


def count(table: str) -> None:
    with open(f"/data/{{table}}.csv") as lines:
        print(table, sum(1 for _ in lines))


with DAG("many_tasks", schedule="@daily", start_date=datetime(2024, 1, 1)) as dag:
    before = []
    for layer in range({number // 10}):
        tasks = []
        for kind in range(10):
            name = f"{{layer}}_{{kind}}"
            if kind < 3:
                task = BashOperator(task_id=f"export_{{name}}", bash_command=f"export --to /data/t_{{name}}.csv")
            elif kind < 6:
                task = PythonOperator(task_id=f"count_{{name}}", python_callable=count, op_args=[f"t_{{name}}"])
            else:
                sql = f"insert into marts.t_{{name}} select a, b from staging.t_{{name}}"
                task = SQLExecuteQueryOperator(task_id=f"fill_{{name}}", conn_id="warehouse", sql=sql)
            tasks.append(task)
        if before:
            before[0] >> tasks
        before = tasks
'''


def long_chain(terms: int) -> str:
    """A DAG file with one chain `t0 >> t1 >> ...`."""
    tasks = "".join(f'    t{k} = EmptyOperator(task_id="t{k}")\n' for k in range(terms))
    return _EMPTY_HEAD + tasks + "    " + " >> ".join(f"t{k}" for k in range(terms)) + "\n"


def deep_list(depth: int) -> str:
    """A DAG file with a list in a list in a list."""
    return f"{_EMPTY_HEAD}    EmptyOperator(task_id='one')\nDEEP = {'[' * depth}{']' * depth}\n"


_EMPTY_HEAD = """from datetime import datetime

from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("empty", schedule=None, start_date=datetime(2024, 1, 1)) as dag:
"""


def write_sql(folder: Path, megabytes: int) -> None:
    """Writes one DAG for each megabyte, with ten SQL files of some 100 kB each."""
    (folder / "sql").mkdir(parents=True)
    for n in range(megabytes):
        for k in range(10):
            (folder / "sql" / f"load_{n}_{k}.sql").write_text(
                "".join(_SQL_STATEMENT.format(n=f"{n}_{k}_{m}") for m in range(100_000 // len(_SQL_STATEMENT)))
            )
        (folder / f"load_{n}.py").write_text(_SQL_DAG.format(n=n))


_SQL_STATEMENT = """insert into marts.customers_{n} (customer_id, country, orders, amount)
with paid as (
    select customer_id, sum(amount) as amount, count(*) as orders from raw.payments_{n} where state = 'paid' group by customer_id
)
select c.customer_id, coalesce(c.country, 'unknown'), p.orders, round(p.amount / 100.0, 2)
from raw.customers_{n} c left join paid p on p.customer_id = c.customer_id
where c.deleted_at is null and (c.kind in ('a', 'b') or c.score > 10);

"""
_SQL_DAG = """from datetime import datetime

from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("load_{n}", schedule="@daily", start_date=datetime(2024, 1, 1)) as dag:
    for k in range(10):
        SQLExecuteQueryOperator(task_id=f"load_{{k}}", conn_id="warehouse", sql=f"sql/load_{n}_{{k}}.sql")
"""


def write(folder: Path, number: int) -> None:
    """Writes `number` DAG files with what they read and import."""
    for name in ("common", "sql", "config"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "common" / "__init__.py").write_text("")
    (folder / "common" / "helpers.py").write_text(_HELPERS)
    templates = {"taskflow": _TASKFLOW, "sql": _SQL, "factory": _FACTORY, "yaml": _YAML, "sensors": _SENSORS}
    for n in range(number):
        kind = _KINDS[n % len(_KINDS)]
        text = long_file(n, 12) if kind == "long" else templates[kind].format(n=n, hour=n % 24)
        (folder / f"{kind}_{n:05}.py").write_text(text)
        if kind == "sql":
            (folder / "sql" / f"mart_{n}.sql").write_text(_SQL_FILE.format(n=n))
        if kind == "yaml":
            (folder / "config" / f"partner_{n}.yaml").write_text(_YAML_FILE.format(n=n, hour=n % 24))


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5_000)
