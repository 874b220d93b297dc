"""A small analysis with something of everything, put together by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from migrator.diagnostics import Diagnostic, Severity, diagnose
from migrator.model.airflow import AirflowProject, Dag, Schedule, Task, TaskGroup
from migrator.model.assets import AssetRef, Confidence, DataAsset, Direction, Evidence
from migrator.model.plan import DagPlan, Delta, Disposition, MigrationPlan, Wave
from migrator.model.source import SourceFile, Span
from migrator.model.templates import TemplateUse
from migrator.model.values import ObjectValue, Symbolic, Text

TEXT = """\
from airflow import DAG
with DAG("orders"):
    load = PostgresOperator(task_id="load", sql="insert into sales.orders select 1")
"""


@dataclass(frozen=True)
class Analysis:
    project: AirflowProject
    plan: MigrationPlan
    files: tuple[SourceFile, ...]
    diagnostics: tuple[Diagnostic, ...]


def span(line: int = 3, column: int = 12, width: int = 16) -> Span:
    return Span("team/orders.py", line, column, line, column + width)


def task(task_id: str, **fields: Any) -> Task:
    return Task(
        "orders", task_id, "PostgresOperator", "airflow.providers.postgres.operators.postgres", span(), **fields
    )


def analysis(**changes: Any) -> Analysis:
    """The analysis; `changes` replaces `dags`, `assets`, `diagnostics`, `dispositions`, `deltas`, `waves` or `files`."""
    source = SourceFile("team/orders.py", TEXT, digest="0")
    prefix = Symbolic("variable", 'Variable.get("P")', name="P")
    ref = AssetRef(
        Direction.OUTPUT,
        "table",
        "sales.orders",
        Confidence.CERTAIN,
        Evidence(span(), "the SQL inserts into it"),
        ("sales", "orders"),
    )
    read = AssetRef(
        Direction.INPUT, "object", str(Text(("s3://b/", prefix))), Confidence.LIKELY, Evidence(span(), "it is read")
    )
    uses = (
        TemplateUse("sql", "date", "ds", "ds", "team/orders.sql", 2),
        TemplateUse("sql", "variable", "SCHEMA", "var.value.SCHEMA | upper", "team/orders.py", 3),
        TemplateUse("sql", "literal", "", "'x'", "team/orders.py", 3),
    )
    orders = Dag(
        "orders",
        span(2, 6, 13),
        Schedule("cron", "0 5 * * *"),
        "2",
        tasks=(
            task("load", refs=(ref, read), templates=uses),
            task("wait", retries=2, pool=prefix, upstream=("load",), group_id="g", mapped=True),
        ),
        groups=(TaskGroup("g"),),
        arguments={"dag_id": "orders", "dagrun_timeout": dt.timedelta(hours=1), "access_token": "s3cret"},
        start_date=dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc),
        catchup=None,
        tags=("sales",),
        params={"day": "x", "limit": ObjectValue("airflow.sdk.Param", (10,)), "where": prefix, "password": "s3cret"},
    )
    dags = changes.get("dags", (orders,))
    diagnostics = changes.get(
        "diagnostics",
        (
            diagnose("MIG201", span(), "`wait` stays in Airflow: no rule translates `OurSensor`"),
            diagnose("MIG003", Span("broken.py", 3, 1), "invalid syntax"),
            replace(
                diagnose("MIG102", span(2), "`regions` is not known, the loop's body was analyzed once"),
                resolved_by=("env:STAGE", "variable:regions", "variable:api_token"),
            ),
            diagnose("MIG303", Span(".", 1), "no import tells Airflow 2 from 3: 3 is assumed"),
        ),
    )
    assets = changes.get(
        "assets",
        (
            DataAsset(
                ("sales", "orders"), "table", "sales.orders", None, "postgres", ("orders.load",), ("orders.wait", "x.y")
            ),
        ),
    )
    plan = MigrationPlan(
        dags=tuple(DagPlan(dag.dag_id, dag.dag_id, "assets") for dag in dags),
        dispositions=changes.get(
            "dispositions",
            (
                Disposition("orders", "load", "asset", "it writes `sales.orders`"),
                Disposition("orders", "wait", "airflow", "no rule translates `OurSensor`", "MIG201"),
            ),
        ),
        deltas=changes.get(
            "deltas", (Delta("orders", "wait", Severity.WARNING, "waits | polls", "depends", "launch a backfill"),)
        ),
        waves=changes.get(
            "waves", (Wave(1, ("orders",), "it needs nothing"), Wave(2, ("later",), "it needs `orders`"))
        ),
    )
    project = AirflowProject("/dags", "2", {"team/orders.py": source}, dags, diagnostics, assets)
    files = changes.get(
        "files", (source, SourceFile("broken.py", "", status="error"), SourceFile("util.py", "", status="skipped"))
    )
    return Analysis(project, plan, files, diagnostics)
