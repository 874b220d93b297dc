"""The living part of a migration: Airflow keeps running while tasks move over one by one.

`render_bridge` adds two folders to a generated project. `defs/airflow_bridge` shows in Dagster what runs in Airflow; it is the only
place in a generated project that knows this package. `for_airflow` is for Airflow's workers, and lets them have Dagster do a task's work. Both
are deleted when no DAG is left in Airflow.
"""

from __future__ import annotations

from importlib import resources

from migrator.model.plan import MigrationPlan

FOLDER = "airflow_bridge"
AIRFLOW_SIDE = "for_airflow"
_AIRFLOW_FILES = ("dagster_proxy.py", "airflow_local_settings.py", "pyproject.toml", "README.md")


def render_bridge(plan: MigrationPlan, package: str) -> dict[str, str]:
    """The files of the bridge, path to text; none where the plan has no DAGs. `package` is the import name of the project."""
    if not plan.dags:
        return {}
    here = resources.files(__package__)
    observe = here.joinpath("templates/observe.py.txt").read_text(encoding="utf-8")
    files = {f"src/{package}/defs/{FOLDER}/observe.py": observe}
    for name in _AIRFLOW_FILES:
        text = here.joinpath(f"airflow_side/{name}").read_text(encoding="utf-8")
        files[f"{AIRFLOW_SIDE}/{name}"] = text.replace("<package>", package)
    return files
