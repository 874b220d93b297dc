"""Mapped tasks all of whose copies write one table: by hooks and by SQL, in a row, with markers around them, in a group, with copies that fail and skip. And
loops whose tasks do, with and without one that comes after all of them."""

import os
from datetime import datetime
from pathlib import Path

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, dag, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

DATA = Path(os.environ.get("DATA_DIR", "/tmp/data"))
REGIONS = ["eu", "us", "asia-east"]


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def regional_parts():
    """Sales of each region, which are loaded and summed up region by region."""

    @task
    def load(region: str, ds: str | None = None) -> int:
        amount = len(region) * int(ds[-1])
        hook = SqliteHook("warehouse")
        hook.run("CREATE TABLE IF NOT EXISTS sales (day TEXT, region TEXT, amount INTEGER)")
        hook.run(f"DELETE FROM sales WHERE day = '{ds}' AND region = '{region}'")
        hook.run("INSERT INTO sales VALUES (?, ?, ?)", parameters=(ds, region, amount))
        return amount

    @task
    def note(amount: int, factor: int, data_interval_end=None) -> None:
        hook = SqliteHook("warehouse")
        hook.run("CREATE TABLE IF NOT EXISTS notes (noted TEXT, amount INTEGER)")
        hook.run("INSERT INTO notes VALUES (?, ?)", parameters=(data_interval_end.isoformat(), amount * factor))

    loaded = load.expand(region=REGIONS)
    EmptyOperator(task_id="start") >> loaded
    note.partial(factor=2).expand(amount=loaded) >> EmptyOperator(task_id="end")


@dag(schedule="30 6 * * *", start_date=datetime(2024, 1, 1), catchup=False)
def regional_failures():
    @task
    def load(region: str, ds: str | None = None) -> None:
        if ds == "2024-01-06" and region == "us":
            raise ValueError("no data of the us")
        if ds == "2024-01-06" and region == "eu":
            raise AirflowSkipException("a holiday")
        hook = SqliteHook("warehouse")
        hook.run("CREATE TABLE IF NOT EXISTS loads (day TEXT, region TEXT)")
        hook.run("INSERT INTO loads VALUES (?, ?)", parameters=(ds, region))

    load.expand(region=REGIONS)


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def regional_groups():
    @task_group
    def region_of(region: str):
        @task
        def ask(region: str, ds: str | None = None) -> None:
            hook = SqliteHook("warehouse")
            hook.run("CREATE TABLE IF NOT EXISTS asked (day TEXT, region TEXT)")
            hook.run("INSERT INTO asked VALUES (?, ?)", parameters=(ds, region))

        @task
        def answer(region: str, ds: str | None = None) -> None:
            hook = SqliteHook("warehouse")
            hook.run("CREATE TABLE IF NOT EXISTS answered (day TEXT, region TEXT)")
            hook.run(f"INSERT INTO answered SELECT day, region FROM asked WHERE day = '{ds}' AND region = '{region}'")

        ask(region) >> answer(region)

    region_of.expand(region=REGIONS)


with DAG("regional_sql", schedule="0 */8 * * *", start_date=datetime(2024, 1, 1), catchup=False) as regional_sql:
    stage = SQLExecuteQueryOperator.partial(
        task_id="stage",
        conn_id="warehouse",
        sql=[
            "CREATE TABLE IF NOT EXISTS stage (moment TEXT, region TEXT, amount INTEGER)",
            "INSERT INTO stage VALUES ('{{ ts }}', :region, length(:region))",
        ],
    ).expand(parameters=[{"region": region} for region in REGIONS])
    merge = SQLExecuteQueryOperator.partial(
        task_id="merge",
        conn_id="warehouse",
        sql="""
        CREATE TABLE IF NOT EXISTS merged (day TEXT, region TEXT, amount INTEGER);
        INSERT INTO merged SELECT '{{ ds }}', region, amount FROM stage WHERE region = :region AND moment = '{{ ts }}';
        """,
        split_statements=True,
    ).expand(parameters=[{"region": region} for region in REGIONS])
    stage >> merge


def load_part(region: str, amount: int, ds: str | None = None) -> None:
    if ds == "2024-01-06" and region == "us":
        raise ValueError("no data of the us")
    hook = SqliteHook("warehouse")
    hook.run("CREATE TABLE IF NOT EXISTS parts (day TEXT, region TEXT, amount INTEGER)")
    hook.run("INSERT INTO parts VALUES (?, ?, ?)", parameters=(ds, region, amount))


with DAG("regional_loop", schedule="15 6 * * *", start_date=datetime(2024, 1, 1), catchup=False) as regional_loop:
    start = EmptyOperator(task_id="start")
    for region in REGIONS:
        count = BashOperator(
            task_id=f"count_{region}",
            bash_command=f"echo $(printf {region} | wc -c){{{{ ds[-2:] }}}}",
            do_xcom_push=True,
        )
        load = PythonOperator(
            task_id=f"load_{region}",
            python_callable=load_part,
            op_kwargs={"region": region, "amount": f"{{{{ ti.xcom_pull(task_ids='count_{region}') }}}}"},
        )
        start >> count >> load

with DAG("regional_report", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False) as regional_report:
    report = SQLExecuteQueryOperator(
        task_id="report",
        conn_id="warehouse",
        sql=[
            "CREATE TABLE IF NOT EXISTS reports (day TEXT, amount INTEGER)",
            "INSERT INTO reports SELECT day, SUM(amount) FROM shares WHERE day = '{{ ds }}' GROUP BY day",
        ],
    )
    for region in REGIONS:
        share = SQLExecuteQueryOperator(
            task_id=f"share_{region}",
            conn_id="warehouse",
            sql=[
                "CREATE TABLE IF NOT EXISTS shares (day TEXT, region TEXT, amount INTEGER)",
                f"INSERT INTO shares VALUES ('{{{{ ds }}}}', '{region}', {len(region)})",
            ],
        )
        share >> report

regional_parts()
regional_failures()
regional_groups()
