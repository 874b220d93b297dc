"""The folder that a generated project gets, and that it does no harm where it cannot do its work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.bridge import render_bridge
from migrator.model.plan import AssetOut, DagPlan, KeepInAirflow, MigrationPlan


def kept(dag_id: str, task_id: str, key: str, *deps: str) -> KeepInAirflow:
    return KeepInAirflow(
        dag_id, task_id, (AssetOut((dag_id, key)),), tuple((dag_id, dep) for dep in deps), "MIG201", ""
    )


PLAN = MigrationPlan(
    dags=(
        DagPlan("sales", "sales", "assets", (kept("sales", "a", "raw"), kept("sales", "b", "clean", "raw"))),
        DagPlan("moved", "moved", "assets"),
        DagPlan("legacy", "legacy", "airflow", reason="no rule"),
    ),
    dispositions=(),
)


def test_only_dags_with_tasks_in_airflow_are_listed_with_what_comes_last() -> None:
    files = render_bridge(PLAN, "shop")
    assert sorted(files) == ["src/shop/defs/airflow_bridge/dags.json", "src/shop/defs/airflow_bridge/observe.py"]
    assert json.loads(files["src/shop/defs/airflow_bridge/dags.json"]) == {"legacy": [], "sales": [["sales", "clean"]]}


def test_nothing_is_added_where_nothing_stays() -> None:
    assert render_bridge(MigrationPlan((DagPlan("moved", "moved", "assets"),), ()), "shop") == {}


@pytest.mark.parametrize(
    ("environment", "before", "assets", "told"),
    [
        ({}, "", [], ""),
        ({"AIRFLOW_URL": "http://127.0.0.1:9"}, "", ["airflow/dag/legacy", "airflow/dag/sales", "sales/clean"], "does not answer now"),
        ({"AIRFLOW_URL": "http://127.0.0.1:9"}, "sys.modules['migrator.bridge.instance'] = None", [], "Airflow is not observed"),
        ({"AIRFLOW_URL": "http://127.0.0.1:9"}, "sys.modules['migrator'] = None", [], "Airflow is not observed"),
    ],
    ids=["no url", "airflow is down", "a library is missing", "toolkit not installed"],
)  # fmt: skip
def test_the_project_loads_whatever_is_missing(
    tmp_path: Path, environment: dict[str, str], before: str, assets: list[str], told: str
) -> None:
    files = render_bridge(PLAN, "shop") | {
        "pyproject.toml": '[tool.dg]\ndirectory_type = "project"\n\n[tool.dg.project]\nroot_module = "shop"\n',
        "src/shop/__init__.py": "",
        "src/shop/defs/__init__.py": "",
        "src/shop/definitions.py": (
            "from pathlib import Path\n\nimport dagster as dg\n\n\n@dg.definitions\ndef defs():\n"
            "    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)\n"
        ),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    script = (
        f"import sys\n{before}\nsys.path.insert(0, 'src')\nfrom shop.definitions import defs\n"
        "print(sorted(spec.key.to_user_string() for spec in defs().resolve_all_asset_specs()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:shop", "-c", script],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == str(assets)
    assert told in done.stderr
