"""The folder that a generated project gets, and that it does no harm where it cannot do its work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from migrator.bridge import render_bridge
from migrator.model.plan import DagPlan, MigrationPlan
from migrator.state.inventory import DagEntry, Inventory, TaskEntry, inventory_path, inventory_text

PLAN = MigrationPlan((DagPlan("sales", "sales", "assets"),), ())


def test_both_sides_get_their_files() -> None:
    files = render_bridge(PLAN, "shop")
    assert sorted(files) == [
        "for_airflow/README.md",
        "for_airflow/airflow_local_settings.py",
        "for_airflow/dagster_proxy.py",
        "for_airflow/pyproject.toml",
        "src/shop/defs/airflow_bridge/observe.py",
    ]
    assert "src/shop/migration/state" in files["for_airflow/README.md"]


def test_nothing_is_added_where_there_is_no_dag() -> None:
    assert render_bridge(MigrationPlan((), ()), "shop") == {}


@pytest.mark.parametrize(
    ("environment", "before", "assets", "told"),
    [
        ({}, "", [], ""),
        ({"AIRFLOW_URL": "http://127.0.0.1:9"}, "", ["airflow/dag/sales", "clean"], ""),
        ({"AIRFLOW_URL": "http://127.0.0.1:9"}, "sys.modules['migrator.bridge.client'] = None", [], "Airflow is not observed"),
        ({"AIRFLOW_URL": "http://127.0.0.1:9"}, "sys.modules['migrator'] = None", [], "Airflow is not observed"),
    ],
    ids=["no url", "airflow is down", "a library is missing", "toolkit not installed"],
)  # fmt: skip
def test_the_project_loads_whatever_is_missing(
    tmp_path: Path, environment: dict[str, str], before: str, assets: list[str], told: str
) -> None:
    task = TaskEntry(task_id="b", operator="X", disposition="asset", assets=(("clean",),))
    entry = DagEntry(dag_id="sales", file="sales.py", form="assets", folder="sales", tasks=(task,))
    files = render_bridge(PLAN, "shop") | {
        inventory_path("shop"): inventory_text(Inventory(package="shop", airflow_version="3", dags=(entry,))),
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
