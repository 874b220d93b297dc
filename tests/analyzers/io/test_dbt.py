"""What tasks that run dbt read and write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrator.analyzers.io.dbt import dbt_refs
from migrator.analyzers.source import Folder
from migrator.model.assets import Confidence, Direction
from migrator.model.source import Span
from tests.analyzers.io.builders import bash_task, dag, inferred, names, task

FILES = {
    "dbt_project.yml": """
name: shop
profile: shop
model-paths: [models]
models:
  shop:
    staging:
      +materialized: view
      +tags: [early]
    marts:
      +schema: mart
""",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: postgres, schema: analytics, password: x}\n",
    "models/sources.yml": """
sources:
  - name: raw
    schema: raw_data
    tables:
      - {name: orders, identifier: orders_v2}
      - {name: items}
models:
  - name: fct_orders
    columns:
      - {name: id, data_tests: [not_null]}
""",
    "models/staging/stg_orders.sql": "-- ref('nothing')\nselect * from {{ source('raw', 'orders') }}",
    "models/staging/stg_items.sql": "{# source('raw', 'no') #} select * from {{ source('raw', 'items') }}",
    "models/staging/both.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('stg_items') }}",
    "models/marts/fct_orders.sql": "{{ config(tags=['daily'], alias='orders') }} select * from {{ ref('stg_orders') }} join {{ ref('both') }}",
    "models/marts/off.sql": "{{ config(enabled=false) }} select 1",
    "seeds/countries.csv": "a\n1",
    "snapshots/s.sql": "{% snapshot orders_history %}{{ config(target_schema='history') }} select * from {{ ref('stg_orders') }}{% endsnapshot %}",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "dbt" / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def io(command: str, root: Path, place: str | None = "dbt/shop") -> tuple[list[str], list[str], list[str]]:
    refs, findings = dbt_refs(command.split(), place, Folder.open(root), Span("d.py", 1), "t")
    reads, writes = ([ref.name for ref in refs if ref.direction is side] for side in Direction)
    return sorted(reads), sorted(writes), [finding.code for finding in findings]


STAGING = ["analytics.stg_items", "analytics.stg_orders"]
RAW = ["raw_data.items", "raw_data.orders_v2"]


@pytest.mark.parametrize(
    ("command", "reads", "writes"),
    [
        ("dbt run", RAW, ["analytics_mart.orders", *STAGING]),
        ("dbt --quiet run --select staging", RAW, STAGING),
        ("dbt run -s shop.staging --target prod", RAW, STAGING),
        ("dbt run --models stg_orders fct_orders", ["analytics.stg_items", RAW[1]], ["analytics.stg_orders", "analytics_mart.orders"]),
        ("dbt run --select stg_orders+", ["analytics.stg_items", RAW[1]], ["analytics.stg_orders", "analytics_mart.orders"]),
        ("dbt run --select 1+fct_orders", ["analytics.stg_items", RAW[1]], ["analytics.stg_orders", "analytics_mart.orders"]),
        ("dbt run --select +fct_orders --exclude stg_items", ["analytics.stg_items", RAW[1]], ["analytics.stg_orders", "analytics_mart.orders"]),
        ("dbt run --select tag:daily", STAGING, ["analytics_mart.orders"]),
        ("dbt run --select tag:early,stg_o*", RAW[1:], STAGING[1:]),
        ("dbt run --select path:models/marts", STAGING, ["analytics_mart.orders"]),
        ("dbt run --select models/marts", STAGING, ["analytics_mart.orders"]),
        ("dbt run --select config.materialized:view", RAW, ["analytics_mart.orders", *STAGING]),
        ("dbt run --select source:raw.items+", ["analytics.stg_orders", "raw_data.items"], ["analytics.stg_items", "analytics_mart.orders"]),
        ("dbt seed", [], ["analytics.countries"]),
        ("dbt snapshot", ["analytics.stg_orders"], ["history.orders_history"]),
        ("dbt test --select fct_orders", ["analytics_mart.orders"], []),
        ("dbt deps", [], []),
        ("dbt docs generate", [], []),
        ("dbt", [], []),
    ],
)  # fmt: skip
def test_selections(command: str, reads: list[str], writes: list[str], root: Path) -> None:
    assert io(command, root) == (sorted(reads), sorted(writes), [])


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("dbt run --select state:modified+", "MIG407"),
        ("dbt run --select {var:models}", "MIG407"),
        ("dbt run --selector nightly", "MIG407"),
        ("dbt run --select no_such_model", "MIG407"),
        ("dbt run --project-dir /elsewhere/other", "MIG406"),
    ],
)
def test_what_is_not_known_is_told(command: str, code: str, root: Path) -> None:
    assert io(command, root) == ([], [], [code])


def test_the_only_project_is_taken_where_the_place_is_not_known(root: Path) -> None:
    refs, _ = dbt_refs(["dbt", "seed"], "{var:DBT_DIR}", Folder.open(root), Span("d.py", 1))
    assert [(ref.name, ref.confidence, ref.system) for ref in refs] == [
        ("analytics.countries", Confidence.LIKELY, "postgres")
    ]
    assert refs[0].evidence.span.file == "dbt/shop/seeds/countries.csv"
    second = root / "dbt" / "second"
    second.mkdir()
    (second / "dbt_project.yml").write_text("name: second", encoding="utf-8")
    assert io("dbt seed", root, "{var:DBT_DIR}")[2] == ["MIG406"]


def test_a_manifest_goes_before_the_files(root: Path) -> None:
    def node(kind: str, name: str, *parents: str, **more: object) -> dict[str, object]:
        common = {
            "resource_type": kind,
            "name": name,
            "alias": name,
            "database": "db",
            "schema": "s",
            "fqn": ["shop", name],
        }
        return {**common, "depends_on": {"nodes": list(parents)}, "config": {}, **more}

    manifest = {
        "nodes": {
            "model.shop.a": node("model", "a", "source.shop.raw.x"),
            "model.shop.b": node("model", "b", "model.shop.a"),
        },
        "sources": {"source.shop.raw.x": node("source", "x", identifier="x1", schema="raw")},
    }
    target = root / "dbt" / "shop" / "target"
    target.mkdir()
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert io("dbt build", root) == (["db.raw.x1"], ["db.s.a", "db.s.b"], [])
    (target / "manifest.json").write_text("{broken", encoding="utf-8")
    assert "analytics.countries" in io("dbt build", root)[1]


def test_commands_and_operators(root: Path) -> None:
    script = 'set -e\nexport X=1\ncd dbt/shop &&\n  dbt seed --vars \'{"day": "{{ ds }}"}\'; echo dbt run'
    operator = task("t", ("DbtSeedOperator", "airflow_dbt.operators.dbt_operator"), arguments={"dir": "dbt/shop"})
    cosmos = task(
        "t",
        ("DbtRunLocalOperator", "cosmos.operators.local"),
        arguments={"project_dir": "dbt/shop", "select": ["stg_items"]},
    )
    found = [inferred(dag(one), root=root).dags[0].tasks[0].refs for one in (bash_task(script), operator, cosmos)]
    assert [names(refs, Direction.OUTPUT) for refs in found] == [["analytics.countries"]] * 2 + [
        ["analytics.stg_items"]
    ]


def test_a_project_outside_the_folder_is_not_read(root: Path) -> None:
    inner = root / "dags"
    inner.mkdir()
    assert io("dbt seed --project-dir ../dbt/shop", inner) == ([], [], ["MIG406"])
