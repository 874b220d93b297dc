"""`migrate assets` and the corrections that it helps to write. The examples of docs/corrections.md run here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from migrator.cli import app
from migrator.config import load_config
from migrator.diagnostics import MigratorError
from migrator.model.plan import CreateAsset
from migrator.pipeline import Analysis, analyze

DOCS = Path(__file__).parents[2] / "docs" / "corrections.md"
EXAMPLES = re.findall(r"^## (.+?)\n.*?```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

DAG_FILE = """
from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator


def sql(task_id, text):
    return SQLExecuteQueryOperator(task_id=task_id, sql=text, conn_id="warehouse")


with DAG("reports", start_date=datetime(2024, 1, 1), schedule="@daily"):
    load = sql("load", "INSERT INTO t_ord_01 SELECT * FROM src")
    tidy = sql("cleanup_orders", "INSERT INTO orders SELECT * FROM t_ord_01")
    call = sql("call_procedure", "CALL analytics.refresh()")
    cache = BashOperator(task_id="refresh_cache", bash_command="cp /in/a.csv /out/cache.csv")
    old = BashOperator(task_id="legacy_copy", bash_command="cp /mnt/lake/orders.csv s3://lake-prod/x.csv")
    note = BashOperator(task_id="note", bash_command="tee /var/run.log < /in/b.csv")
    load >> tidy >> call >> cache >> old >> note

with DAG("finance_daily", start_date=datetime(2024, 1, 1), schedule="@daily"):
    sql("stage", "INSERT INTO staging.tmp SELECT * FROM finance.bills")
    sql("book", "INSERT INTO finance.books SELECT * FROM staging.tmp")

with DAG("marketing_daily", start_date=datetime(2024, 1, 1), schedule="@daily"):
    sql("stage", "INSERT INTO staging.tmp SELECT * FROM clicks")
"""


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "reports.py").write_text(DAG_FILE, encoding="utf-8")
    return folder


def run(*args: object) -> Result:
    return CliRunner().invoke(app, ["assets", *map(str, args)])


def corrected(dags: Path, text: str) -> Analysis:
    (dags / "migrator.toml").write_text(text, encoding="utf-8")
    return analyze(dags, load_config(None, dags))


def keys(analysis: Analysis) -> set[str]:
    return {"/".join(asset.key) for asset in analysis.project.assets}


def codes(analysis: Analysis) -> list[str]:
    return [finding.code for finding in analysis.diagnostics if finding.code.startswith("MIG41")]


def test_the_list(dags: Path) -> None:
    result = run(dags)
    assert result.exit_code == 0, result.output
    assert (
        "warehouse/t_ord_01  table, certain\n  made by reports.load\n  used by reports.cleanup_orders" in result.output
    )
    assert "MIG402 `staging.tmp` is written by `finance_daily.stage` and `marketing_daily.stage`" in result.output


def test_external_and_by_dag(dags: Path) -> None:
    external = run(dags, "--external", "--dag", "marketing_daily")
    assert "1 external data asset." in external.output
    assert "warehouse/clicks" in external.output and "warehouse/src" not in external.output
    assert run(dags, "--dag", "none").exit_code == 2


def test_json_and_markdown(dags: Path) -> None:
    found = json.loads(run(dags, "--format", "json", "--dag", "finance_daily").output)
    assert [asset["key"][1:] for asset in found["assets"]] == [
        ["finance", "bills"],
        ["finance", "books"],
        ["staging", "tmp"],
    ]
    assert found["assets"][0]["evidence"] == [
        {
            "task": "finance_daily.stage",
            "direction": "input",
            "name": "finance.bills",
            "confidence": "certain",
            "file": "reports.py",
            "line": 10,
            "why": "the SQL reads it",
        }
    ]
    assert "| `warehouse/finance/books` | table |" in run(dags, "--format", "markdown").output


def test_why_shows_the_line(dags: Path) -> None:
    result = run(dags, "--why", "warehouse/finance/books")
    assert " --> reports.py:10:" in result.output
    assert 'sql=text, conn_id="warehouse")' in result.output and "^^^" in result.output
    assert "the task is made at reports.py:24" in result.output
    assert "finance_daily.book writes `finance.books`: certain" in run(dags, "--why", "finance.books").output
    unknown = run(dags, "--why", "x/books")
    assert unknown.exit_code == 2 and "warehouse/finance/books" in unknown.output


def test_exported_stubs_change_nothing(dags: Path, tmp_path: Path) -> None:
    target = tmp_path / "stubs.toml"
    plain = corrected(dags, "")
    assert run(dags, "--export", target).exit_code == 0
    assert run(dags, "--export", target).exit_code == 2, "a file that is there is not overwritten"
    stubbed = corrected(dags, target.read_text(encoding="utf-8"))
    assert stubbed.project.assets == plain.project.assets
    assert stubbed.project.dags == plain.project.dags
    assert stubbed.diagnostics == plain.diagnostics
    assert target.read_text(encoding="utf-8").count("[[assets]]") == len(plain.project.assets)


@pytest.mark.parametrize(("title", "example"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_every_example_of_the_page_corrects_something(title: str, example: str, dags: Path) -> None:
    plain, changed = corrected(dags, ""), corrected(dags, example)
    unused = [one.message for one in changed.diagnostics if one.code == "MIG410"]
    # The page's bucket and folders of others are not all in this project, but no example is without effect.
    assert len(unused) < example.count("[[")
    assert changed.project != plain.project or changed.plan != plain.plan


def test_rename_merge_split_drop_add(dags: Path) -> None:
    by_title = dict(EXAMPLES)
    assert "sales/orders" in keys(corrected(dags, by_title["Rename"]))
    merged = corrected(dags, by_title["Merge two into one"])
    assert "lake/orders" in keys(merged)
    split = corrected(dags, by_title["Split one into two"])
    made = {"/".join(asset.key): asset for asset in split.project.assets}
    assert made["finance/tmp"].producers == ("finance_daily.stage",)
    assert made["finance/tmp"].consumers == ("finance_daily.book",)
    assert made["marketing/tmp"].producers == ("marketing_daily.stage",)
    assert "MIG402" not in [finding.code for finding in split.diagnostics]
    dropped = corrected(dags, by_title["Drop"])
    assert not any("run" in key for key in keys(dropped))
    assert not [asset.producers for asset in dropped.project.assets if asset.key == ("warehouse", "orders")]
    added = corrected(dags, by_title["Add what nothing shows"])
    report = next(asset for asset in added.project.assets if asset.name == "analytics.daily_report")
    assert (report.producers, report.confidence.value, report.system) == (
        ("reports.call_procedure",),
        "declared",
        "snowflake",
    )


def test_kinds_and_owners_reach_the_plan(dags: Path) -> None:
    analysis = corrected(dags, dict(EXAMPLES)["Kinds and owners"])
    books = next(asset for asset in analysis.project.assets if asset.key[-1] == "books")
    assert books.owners == ("team:finance", "ada@example.com")
    assert books.kinds == ("snowflake", "table")
    operations = [one for dag in analysis.plan.dags for one in dag.operations]
    (made,) = [one for one in operations if isinstance(one, CreateAsset) and one.task_id == "book"]
    assert (made.owners, made.outputs[0].kinds) == (books.owners, books.kinds)


def test_roles(dags: Path) -> None:
    analysis = corrected(dags, dict(EXAMPLES)["What a task becomes"])
    kinds = {found.task_id: (found.kind, found.code) for found in analysis.plan.dispositions}
    assert kinds["refresh_cache"] == ("step", "")
    assert kinds["legacy_copy"] == ("airflow", "MIG412")
    text = '[[tasks]]\ntask = "load"\nrole = "folded"\n[[tasks]]\ntask = "nowhere"\nrole = "step"'
    folded = corrected(dags, text)
    assert {one.kind for one in folded.plan.dispositions if one.task_id == "load"} == {"folded"}
    assert codes(folded) == ["MIG410"]


def test_a_correction_of_nothing_is_told_with_its_line(dags: Path) -> None:
    text = '[[assets]]\nasset = "warehouse/src"\nkey = "raw/src"\n\n[[assets]]\nmatch = "no.such"\ndrop = true\n'
    (finding,) = [one for one in corrected(dags, text).diagnostics if one.code == "MIG410"]
    assert (finding.span.file, finding.span.line) == ("migrator.toml", 5)
    assert '`match = "no.such"`' in finding.message


@pytest.mark.parametrize(
    "text",
    [
        '[[assets]]\nasset = "a"',
        '[[assets]]\nkey = "a"',
        '[[assets]]\nadd = "a"',
        '[[assets]]\nasset = "a"\nkey = "a b"',
        '[[assets]]\nasset = "a"\nowners = ["Ada"]',
        '[[assets]]\nasset = "a"\nkinds = ["a", "b", "c", "d"]',
        '[[assets]]\nasset = "a"\nkeys = "b"',
        '[[tasks]]\nrole = "step"',
        '[[tasks]]\ntask = "a"\nrole = "boss"',
    ],
)
def test_corrections_that_make_no_sense(text: str, dags: Path) -> None:
    with pytest.raises(MigratorError) as caught:
        corrected(dags, text)
    assert caught.value.code == "MIG010"


def test_why_tells_once_what_a_pattern_reads_of_files_that_a_correction_makes_one(dags: Path) -> None:
    commands = ("cp /in/x /data/n/a/t.csv", "cp /in/x /data/n/b/t.csv", "cat /data/n/*/t.csv > /out/all.csv")
    tasks = [f"    BashOperator(task_id='t{number}', bash_command='{one}')" for number, one in enumerate(commands)]
    head = DAG_FILE.split("with DAG")[0] + "with DAG('parts', start_date=datetime(2024, 1, 1)):\n"
    (dags / "parts.py").write_text(head + "\n".join(tasks), encoding="utf-8")
    (dags / "migrator.toml").write_text('[[assets]]\nmatch = "/data/n/*"\nkey = "n/all"\n', encoding="utf-8")
    output = run(dags, "--why", "n/all").output
    assert output.count("parts.t2 reads `/data/n/*/t.csv`") == 1
    assert output.count("writes `/data/n/") == 2


def test_columns_are_shown(dags: Path) -> None:
    text = "CREATE TABLE finance.sums AS SELECT b.team, sum(b.amount) AS total FROM finance.bills b GROUP BY 1"
    (dags / "sums.py").write_text(
        DAG_FILE.split("with DAG")[0]
        + f"with DAG('sums', start_date=datetime(2024, 1, 1)):\n    sql('sum', '{text}')\n",
        encoding="utf-8",
    )
    result = run(dags, "--why", "warehouse/finance/sums")
    assert "columns: team, total\n" in result.output
    assert "  total is computed from warehouse/finance/bills.amount\n" in result.output
    (found,) = [one for one in json.loads(run(dags, "--format", "json").output)["assets"] if one["key"][-1] == "sums"]
    assert found["column_lineage"]["team"] == [{"key": ["warehouse", "finance", "bills"], "column": "team"}]


def test_values_are_listed_when_asked_for(dags: Path) -> None:
    (dags / "values.py").write_text(
        "from datetime import datetime\nfrom airflow.sdk import dag, task\n\n@dag(start_date=datetime(2024, 1, 1))\ndef v():\n"
        "    @task\n    def one():\n        return 1\n\n    @task\n    def two(x):\n        print(x)\n\n    two(one())\n\nv()\n",
        encoding="utf-8",
    )
    assert "v/one" not in run(dags).output
    assert "v/one  xcom" in run(dags, "--values").output
