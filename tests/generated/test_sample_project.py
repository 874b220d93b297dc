"""The project that the sample DAGs become, held against its own tools."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.generated.projects import REPOSITORY, SAMPLE_DAGS, migrate, output_of, run_in

pytestmark = pytest.mark.integration


CACHES = {"__pycache__", ".pytest_cache", ".ruff_cache"}


def digests(project: Path) -> dict[str, str]:
    files = (path for path in project.rglob("*") if path.is_file() and CACHES.isdisjoint(path.parts))
    return {path.relative_to(project).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_nothing_is_lost_and_its_tests_pass(sample_project: Path) -> None:
    done = migrate("verify", SAMPLE_DAGS, sample_project)
    assert done.returncode == 0, output_of(done)
    assert re.search(r"^Its own \d+ tests pass\.$", done.stdout, re.MULTILINE)


def test_its_tests_notice_a_broken_function(sample_project: Path, tmp_path: Path) -> None:
    untested = (sample_project / "tests/README.md").read_text()
    assert "not the same each time" not in untested and "threading" not in untested, "sets in decorators, time limits"
    assert re.search(r"^It depends on the folder.*\n\n.*`dbt_deps`", untested, re.MULTILINE), (
        "no test holds a path of this machine"
    )
    broken = tmp_path / "broken"
    shutil.copytree(sample_project, broken)
    changes = {
        "stock_replenishment/ops.py": ('shortages["value_eur"] > limit', 'shortages["value_eur"] < limit'),
        "marts_daily/sql/staging/stg_orders.sql": ("WHERE order_date =", "WHERE order_date >="),
        "invoice_reminders/assets.py": ("sum(", "max("),
    }
    for path, (old, new) in changes.items():
        target = broken / "src/shop/defs" / path
        text = target.read_text()
        assert old in text
        target.write_text(text.replace(old, new))
    tests = [f"tests/test_{path.partition('/')[0]}.py" for path in changes]
    done = run_in(broken, "pytest", "-q", *tests)
    failed = {line.split("::")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("FAILED")}
    assert failed >= {"test_choose_route_op", "test_stg_orders", "test_totals"}, output_of(done)


def test_the_jobs_of_the_demo_succeed(sample_project: Path, tmp_path: Path) -> None:
    launched = re.findall(r"\$\(call launch,(\w+),([-\d]+)\)", (REPOSITORY / "Makefile").read_text())
    assert len(launched) == 5
    shutil.copytree(SAMPLE_DAGS / "data/raw", tmp_path / "raw")
    environment = {
        "DAGSTER_HOME": str(tmp_path),
        "FERNWOOD_DATA": str(tmp_path),
        "WAREHOUSE_URL": f"duckdb:///{tmp_path}/warehouse.duckdb",
        "PYTHONPATH": str(sample_project / "src"),
    }
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")

    runs = [f"{job}@{day}" for job, day in launched]
    done = run_in(
        sample_project, "python", REPOSITORY / "tests/generated/run_jobs.py", "shop", *runs, environment=environment
    )
    assert done.returncode == 0, output_of(done)
    shown = run_in(REPOSITORY, "python", "demo/warehouse.py", environment=environment)
    assert re.search(r"2026-01-02 │ DE +│ +24 │ +603\.30 │ +203\.40 │", shown.stdout), output_of(shown)


@pytest.mark.parametrize(
    "command",
    [
        ("dg", "check", "defs"),
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
    ],
    ids=" ".join,
)
def test_it_passes_its_own_checks(sample_project: Path, command: tuple[str, ...], tmp_path: Path) -> None:
    done = run_in(sample_project, *command, environment={"DAGSTER_HOME": str(tmp_path)})
    assert done.returncode == 0, output_of(done)


def test_the_inventory_names_modules_that_are_there(sample_project: Path) -> None:
    (path,) = sample_project.glob("src/*/migration/inventory.json")
    tasks = [task for dag in json.loads(path.read_text())["dags"] for task in dag["tasks"]]
    named = {task["module"] for task in tasks if task.get("module")}

    assert named
    assert [module for module in named if not (sample_project / module).is_file()] == []


def test_it_is_the_same_whenever_it_is_generated(sample_project: Path) -> None:
    before = digests(sample_project)
    again = migrate("generate", SAMPLE_DAGS, "-o", sample_project)
    assert again.returncode == 0, output_of(again)
    beside = sample_project.parent / "elsewhere"  # the way to the DAG folder is part of the project
    elsewhere = migrate("generate", SAMPLE_DAGS, "-o", beside, "--name", sample_project.name)
    assert elsewhere.returncode == 0, output_of(elsewhere)
    assert digests(sample_project) == before == digests(beside)


def test_only_the_bridge_knows_the_tool_that_made_it(sample_project: Path) -> None:
    named = {
        path.relative_to(sample_project).as_posix()
        for path in sample_project.rglob("*.py")
        if "migrator" in path.read_text(encoding="utf-8")
    }
    assert named == {f"src/shop/defs/airflow_bridge/{name}.py" for name in ("observe", "status")}
