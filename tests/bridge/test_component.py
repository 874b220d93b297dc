"""The bridge's settings from a `defs.yaml`."""

import subprocess
import sys
from pathlib import Path

from migrator.state.inventory import DagEntry, Inventory, inventory_path, inventory_text

DEFINITIONS = """from pathlib import Path

import dagster as dg


@dg.definitions
def defs():
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""
SETTINGS = """type: migrator.bridge.component.AirflowBridge
attributes:
  url: http://127.0.0.1:9
  username: dagster
  password: '{{ env.PASSWORD_OF_AIRFLOW }}'
  observe_seconds: 60
"""
SHOW = """
import sys

sys.path.insert(0, "src")
from shop.definitions import defs

made = defs()
print(sorted(spec.key.to_user_string() for spec in made.resolve_all_asset_specs()))
print([(sensor.name, sensor.minimum_interval_seconds) for sensor in made.sensors])
"""


def test_the_component_defines_what_the_environment_would(tmp_path: Path) -> None:
    entry = DagEntry(dag_id="sales", file="sales.py", form="assets", folder="sales")
    files = {
        inventory_path("shop"): inventory_text(Inventory(package="shop", airflow_version="3", dags=(entry,))),
        "pyproject.toml": '[tool.dg]\ndirectory_type = "project"\n\n[tool.dg.project]\nroot_module = "shop"\n',
        "src/shop/__init__.py": "",
        "src/shop/defs/__init__.py": "",
        "src/shop/definitions.py": DEFINITIONS,
        "src/shop/defs/airflow_bridge/defs.yaml": SETTINGS,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=tmp_path,
        env={"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), "PASSWORD_OF_AIRFLOW": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["['airflow/dag/sales']", "[('airflow_observer', 60), ('airflow_dags', 600)]"]
