"""A folder of DAG files made up for measuring: `python -m benchmarks.corpus FOLDER [NUMBER]`.

The files are of the kinds that teams have, in fixed proportions, each with names of its own: TaskFlow, SQL with template files, a factory in a
shared helper module, a loop over a YAML file, sensors and branches, and large files. They are as large as real ones: in nine public repositories of
DAGs (433 files) a file has 3.4 kB and 5.4 tasks in the mean, and 2.0 functions of 0.6 kB; 5% of the text are comments, 4% docstrings, 30% texts.
`python -m benchmarks.corpus` prints the same figures of what it writes.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
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
                    bash_command=f"unload --table {table} --to s3://lake/{location}/{table}/{{{{ ds }}}}.parquet",
                )
                start >> export >> end
    return dag
'''

_TASKFLOW = '''"""Orders of shop {n}, cleaned and summed up each day.

The shop puts its export into the landing bucket between one and two in the morning. Where it is late, the run fails and is tried again.
"""

import logging
from datetime import datetime

import pandas as pd
from airflow.sdk import dag, task

from common.helpers import default_args

log = logging.getLogger(__name__)

LIMIT = {n}
COLUMNS = ["order_id", "customer_id", "ordered_at", "amount", "currency", "country", "channel", "voucher"]
# What the shop's system calls the columns, before and after its migration in spring.
RENAMED = {{"orderNumber": "order_id", "customerNumber": "customer_id", "orderDate": "ordered_at", "total": "amount", "cur": "currency"}}
RATES = {{"EUR": 1.0, "USD": 0.92, "GBP": 1.17, "CHF": 1.04, "SEK": 0.087, "PLN": 0.23}}


def cleaned(frame: pd.DataFrame) -> pd.DataFrame:
    """Orders with an amount, without those that were made twice, in the columns that the warehouse knows."""
    frame = frame.rename(columns=RENAMED)
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise ValueError(f"the export of shop {n} has no {{', '.join(missing)}}")
    frame = frame.dropna(subset=["amount"])
    # The shop sends an order again when it changes: the last one counts.
    frame = frame.sort_values("ordered_at").drop_duplicates("order_id", keep="last")
    frame["amount"] = frame["amount"] * frame["currency"].map(RATES).fillna(1.0)
    return frame[COLUMNS]


@dag(
    dag_id="shop_{n}",
    description="Orders of shop {n}",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=default_args(retries=3),
    tags=["shops", "orders"],
)
def shop():
    @task
    def extract(ds=None) -> str:
        """Reads what the shop exported for the day."""
        path = f"/data/shop_{n}/orders_{{ds}}.csv"
        source = f"s3://landing/shop_{n}/{{ds}}/orders.csv"
        log.info("reading %s", source)
        frame = pd.read_csv(source, dtype={{"order_id": str, "customer_id": str}})
        if frame.empty:
            log.warning("no orders in %s", source)
        frame = cleaned(frame)
        frame.to_csv(path, index=False)
        log.info("%d orders written to %s", len(frame), path)
        return path

    @task
    def total(path: str) -> dict:
        """Figures of the day, for the mail to the shop."""
        frame = pd.read_csv(path)
        if len(frame) > LIMIT:
            frame = frame.head(LIMIT)
        by_country = frame.groupby("country")["amount"].sum().sort_values(ascending=False)
        largest = by_country.index[0] if len(by_country) else None
        return {{
            "orders": len(frame),
            "customers": int(frame["customer_id"].nunique()),
            "amount": float(frame["amount"].sum()),
            "with_voucher": int(frame["voucher"].notna().sum()),
            "country": largest,
        }}

    @task
    def publish(figures: dict, ds=None) -> None:
        row = pd.DataFrame([{{"day": ds, **figures}}])
        row["average"] = row["amount"] / row["orders"].clip(lower=1)
        row.to_parquet(f"/data/figures/shop_{n}/{{ds}}.parquet")

    publish(total(extract()))


shop()
'''

_SQL = '''"""Mart {n} of the warehouse: customers with what they ordered.

stage -> mart -> check: the staging table is made anew in each run, the mart is added to. If the check fails, look at the load of the raw
tables first; the mart can be filled again by clearing the run.
"""

from datetime import datetime

from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLColumnCheckOperator, SQLExecuteQueryOperator

from common.helpers import default_args

CONNECTION = "warehouse"
SCHEMAS = {{"raw": "raw", "staging": "staging", "marts": "marts"}}

with DAG(
    "mart_{n}",
    description="Customers with what they ordered, mart {n}",
    schedule="30 {hour} * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=default_args(),
    params={{"full": False, "limit": 100000}},
    tags=["marts", "customers"],
) as dag:
    # All orders of the day with the customers as they were then.
    stage = SQLExecuteQueryOperator(
        task_id="stage",
        conn_id=CONNECTION,
        sql="""
            create or replace table staging.customers_{n} as
            with latest as (
                select customer_id, country, segment, email, valid_from,
                       row_number() over (partition by customer_id order by valid_from desc) as version
                from raw.customers_{n}
                where valid_from <= '{{{{ ds }}}}'
            ),
            paid as (
                select order_id, sum(case when kind = 'refund' then -amount else amount end) as amount
                from raw.payments_{n}
                where state in ('settled', 'captured')
                group by order_id
            )
            select
                c.customer_id,
                c.country,
                coalesce(c.segment, 'unknown') as segment,
                lower(trim(c.email)) as email,
                max(o.ordered_at) as last_order,
                count(distinct o.order_id) as orders,
                round(sum(p.amount), 2) as amount
            from latest c
            join raw.orders_{n} o on o.customer_id = c.customer_id
            left join paid p on p.order_id = o.order_id
            where c.version = 1
              and o.day = '{{{{ ds }}}}'
            group by 1, 2, 3, 4
        """,
    )
    mart = SQLExecuteQueryOperator(
        task_id="mart",
        conn_id=CONNECTION,
        sql="sql/mart_{n}.sql",
        split_statements=True,
        autocommit=False,
    )
    # No customer without a key and none twice: the reports join by it.
    check = SQLColumnCheckOperator(
        task_id="check",
        conn_id=CONNECTION,
        table="marts.customers_{n}",
        column_mapping={{
            "customer_id": {{"null_check": {{"equal_to": 0}}, "unique_check": {{"equal_to": 0}}}},
            "orders": {{"min": {{"geq_to": 0}}}},
        }},
    )
    stage >> mart >> check
'''

_SQL_FILE = "insert into marts.customers_{n}\nselect customer_id, country, orders from staging.customers_{n}\nwhere last_order >= '{{{{ ds }}}}';\n"

_FACTORY = '''"""Exports of system {n}, from Airflow."""

from common.helpers import make_export

# In the order in which the system lets them be read; `history` is read at weekends, by the team of the system itself.
TABLES = ["accounts_{n}", "contacts_{n}", "invoices_{n}"]

COLUMNS = {{
    "accounts_{n}": ["account_id", "name", "industry", "employees", "country", "created_at", "changed_at"],
    "contacts_{n}": ["contact_id", "account_id", "first_name", "last_name", "email", "phone", "created_at", "changed_at"],
    "invoices_{n}": ["invoice_id", "account_id", "issued_at", "due_at", "paid_at", "amount", "currency", "state"],
}}
"""What is exported of each table, as agreed with the owners of the system."""

PERSONAL = {{"first_name", "last_name", "email", "phone"}}


def without_personal_data(columns: list[str]) -> list[str]:
    """The columns that may leave the system, in their order."""
    return [column for column in columns if column not in PERSONAL]


def described(columns: dict[str, list[str]]) -> str:
    """The table of the documentation."""
    lines = ["| table | columns |", "|---|---|"]
    for table, names in columns.items():
        kept = without_personal_data(names)
        left_out = len(names) - len(kept)
        note = f" ({{left_out}} left out)" if left_out else ""
        lines.append(f"| {{table}} | {{', '.join(kept)}}{{note}} |")
    return "\\n".join(lines)


dag = make_export("export_{n}", TABLES)
dag.doc_md = described(COLUMNS)
'''

_YAML = '''"""Loads of partner {n}, as its YAML file lists them.

One task for each source, one after the other: the partner's server takes one connection at a time.
"""

import json
import logging
from datetime import datetime
from pathlib import Path

import yaml
from airflow.sdk import DAG
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.providers.standard.operators.python import PythonOperator

from common.helpers import default_args


log = logging.getLogger(__name__)

# Partners send what they like: these are the spellings seen so far.
SPELLINGS = {{"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}}
REQUIRED = ("id", "name", "changed_at")


def normalized(row: dict) -> dict:
    """A row with lower-case names, without empty values."""
    found = {{}}
    for name, value in row.items():
        if value is None or value == "":
            continue
        name = name.strip().lower().replace(" ", "_").replace("-", "_")
        if isinstance(value, str):
            value = SPELLINGS.get(value.strip().lower(), value.strip())
        found[name] = value
    return found


def load(source: str, table: str, ds: str) -> int:
    """Loads the file of a day; rows that lack something are counted, not loaded."""
    path = f"{{source}}/{{ds}}.json"
    good, bad = [], 0
    with open(path) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = normalized(json.loads(line))
            except ValueError:
                log.warning("%s:%d is no JSON", path, number)
                bad += 1
                continue
            if any(name not in row for name in REQUIRED):
                bad += 1
            else:
                good.append(row)
    if bad > len(good):
        raise ValueError(f"{{bad}} of {{len(good) + bad}} rows of {{path}} cannot be read")
    hook = PostgresHook(postgres_conn_id="warehouse")
    hook.insert_rows(f"incoming.{{table}}", [(row["id"], row["name"], row["changed_at"]) for row in good], target_fields=list(REQUIRED))
    log.info("%d rows for %s", len(good), table)
    return len(good)


config = yaml.safe_load((Path(__file__).parent / "config" / "partner_{n}.yaml").read_text())

with DAG(
    config["dag_id"],
    description="Loads of partner {n}",
    schedule=config["schedule"],
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args=default_args(),
    tags=["partners"],
) as dag:
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


HOLIDAYS = [(1, 1), (5, 1), (12, 25), (12, 26)]
"""Month and day; on these nothing is sent, and the feed of the day before is taken again."""

LOAD = """
set -euo pipefail
mkdir -p /scratch/feed_{n}
cp /incoming/feed_{n}.csv /scratch/feed_{n}/input.csv
load --mode {{{{ params.mode }}}} --feed {n} --input /scratch/feed_{n}/input.csv --output /data/feeds/feed_{n}_{{{{ ds }}}}.parquet
rm -r /scratch/feed_{n}
"""


def choose(**context):
    """Mondays load the whole week, as corrections come in at the weekend."""
    day = context["logical_date"]
    if (day.month, day.day) in HOLIDAYS:
        print(f"{{day:%d %B}} is a holiday")
        return "daily"
    if day.weekday() == 0:
        return "weekly"
    return "daily"


with DAG(
    "feed_{n}",
    description="Feed {n} of the suppliers",
    schedule="@hourly",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=default_args(1),
    tags=["feeds", "suppliers"],
) as dag:
    # The supplier sends between the full hour and ten past; after an hour somebody has to call them.
    wait = FileSensor(
        task_id="wait",
        filepath="/incoming/feed_{n}.csv",
        fs_conn_id="incoming",
        poke_interval=60,
        timeout=3600,
        mode="reschedule",
    )
    branch = BranchPythonOperator(task_id="branch", python_callable=choose)
    daily = BashOperator(
        task_id="daily",
        bash_command=LOAD,
        params={{"mode": "daily"}},
        env={{"FEED": "{n}", "REGION": "eu"}},
        append_env=True,
    )
    weekly = BashOperator(
        task_id="weekly",
        bash_command=LOAD,
        params={{"mode": "weekly"}},
        env={{"FEED": "{n}", "REGION": "eu"}},
        append_env=True,
    )
    join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
    wait >> branch >> [daily, weekly] >> join
    for region in REGIONS:
        join >> BashOperator(task_id=f"publish_{{region}}", bash_command=f"publish {{region}} {n}")
'''

_STEP = '''

def step_{k}(ds: str) -> str:
    """Step {k} of the long chain."""
    source = "/data/long_{n}/step_{k}/" + ds + ".csv"
    frame = pd.read_csv(source, parse_dates=["changed_at"])
    # Amounts come in cents.
    frame["amount"] = frame["amount"].fillna(0) * {k} / 100
    frame = frame[frame["amount"] > 0]
    if frame.empty:
        print("nothing to do in step {k} for " + ds)
    frame = frame.groupby(["account", "currency"], as_index=False).agg(amount=("amount", "sum"), last=("changed_at", "max"))
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


def figures(folder: Path) -> str:
    """How large the files are, to compare with real ones."""
    texts = [path.read_text() for path in folder.glob("*.py")]
    functions = [
        ast.get_source_segment(text, node) or ""
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]
    tokens = [token for text in texts for token in tokenize.generate_tokens(io.StringIO(text).readline)]
    characters = sum(map(len, texts))
    comments = sum(len(token.string) for token in tokens if token.type == tokenize.COMMENT)
    strings = sum(len(token.string) for token in tokens if token.type == tokenize.STRING)
    return (
        f"{len(texts)} files of {characters / len(texts) / 1000:.1f} kB, each with {len(functions) / len(texts):.1f} functions of "
        f"{sum(map(len, functions)) / len(functions) / 1000:.1f} kB; {comments / characters:.0%} comments, {strings / characters:.0%} texts"
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5_000)
    print(figures(Path(sys.argv[1])))
