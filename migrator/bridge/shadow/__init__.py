"""A shadow run: the asset of a task is made beside Airflow, for one partition, where it changes nothing that is real, and what it makes is
compared with what Airflow made.

What it writes is redirected: tables (through SQLAlchemy) into a schema of their own, files by the environment variables that name their folders
into a copy of these, values by the IO manager. Anything else that Python does outside of that is refused.
"""

from __future__ import annotations

import ast
import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migrator.bridge.client import AirflowClient
from migrator.bridge.shadow.files import ComparedFile, State, compare_file, copy_folder, state_of, written
from migrator.diagnostics import MigratorError
from migrator.state.inventory import DagEntry, Inventory, TaskEntry
from migrator.state.shadow import ShadowResult, add_result

_MOVES = ("asset", "step", "wrapped")
TIMEOUT = 3600.0
"""Seconds that a run may take."""


@dataclass(frozen=True)
class Options:
    """`redirect` are the environment variables whose folder is copied (None: those settings of the project that name a folder);
    `commands` and `network` allow what cannot be watched; `copy_limit` is in bytes."""

    redirect: tuple[str, ...] | None = None
    commands: bool = False
    network: bool = False
    copy_limit: int = 1_000_000_000


@dataclass
class _Folder:
    name: str
    real: Path
    shadow: Path
    before: State = field(default_factory=dict)


def shadow_run(
    project: Path,
    migration: Path,
    inventory: Inventory,
    entry: DagEntry,
    task: TaskEntry,
    partition: str,
    options: Options,
    airflow: AirflowClient | None,
    environment: Mapping[str, str] = os.environ,
) -> ShadowResult:
    """Runs the assets of a task for a partition, compares, and keeps the result.

    MigratorError MIG650 where it is not possible, with the reason, MIG651 where the run fails; nothing is kept then.
    """
    if task.disposition not in _MOVES or not task.node:
        raise MigratorError("MIG650", f"Dagster has nothing that does the work of `{task.task_id}`: {task.reason}")
    if entry.form != "assets" or not task.assets:
        raise MigratorError(
            "MIG650",
            f"`{task.task_id}` became an op in the job `{entry.job}`, which needs what the ops before it make in the same run",
            "run the job in a Dagster of its own, on a copy of the data",
        )
    if entry.dimension:
        raise MigratorError(
            "MIG650",
            f"Airflow's run of a date makes all of `{'/'.join(task.assets[0])}`, one in Dagster that of one `{entry.dimension}` alone",
            "run the job in a Dagster of its own, on a copy of the data",
        )
    with tempfile.TemporaryDirectory(prefix="shadow-") as name:
        root = Path(name).resolve()
        folders = _folders(inventory, options, environment, root)
        values, real = _airflow_values(airflow, entry, task, partition)
        to_shadow = {str(folder.real): str(folder.shadow) for folder in folders}
        spec = {
            "package": inventory.package,
            "keys": task.assets,
            "partition": partition if task.partitioned else "",
            "values": _replaced(values, to_shadow),
            "schema": re.sub(r"\W", "_", f"shadow_{entry.dag_id}_{task.task_id}")[:60].lower(),
            "folder": str(root),
            "writable": [str(root)],
            "commands": options.commands,
            "network": options.network,
            "dagster_home": environment.get("DAGSTER_HOME", ""),
            "tags": {} if task.partitioned or not partition else {"airflow/logical_date": partition},
        }
        made = _run(project, root, spec, _environment(project, folders, root, environment))
        compared = list(_compared(folders, made, real, {there: here for here, there in to_shadow.items()}))
    if not compared:
        raise MigratorError(
            "MIG650",
            f"`{task.task_id}` made nothing that can be compared: no table through SQLAlchemy, no file in a redirected folder, no value that Airflow keeps",
            "name the environment variable of its folder by `--redirect NAME`, or set AIRFLOW_URL to compare what it returns",
        )
    result = _result(task, partition, compared)
    add_result(migration, entry.dag_id, result)
    return result


def _folders(inventory: Inventory, options: Options, environment: Mapping[str, str], root: Path) -> list[_Folder]:
    """Copies of the folders that the run works in."""
    defaults = dict(inventory.settings)
    names = defaults if options.redirect is None else options.redirect
    folders = []
    for name in names:
        value = environment.get(name) or defaults.get(name, "")
        real = Path(value).absolute() if value else None
        if real is None or not real.is_dir():
            if options.redirect is None:
                continue
            raise MigratorError("MIG650", f"the environment variable `{name}` names no folder", "set it as for Dagster")
        folder = _Folder(name, real, root / "data" / name)
        folder.before = copy_folder(real, folder.shadow, options.copy_limit)
        folders.append(folder)
    return folders


def _environment(project: Path, folders: list[_Folder], root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    for name in ("home", "tmp", "work", "cache"):
        (root / name).mkdir(parents=True, exist_ok=True)
    paths = [str((project / "src").resolve()), *filter(None, [environment.get("PYTHONPATH", "")])]
    return {
        **{name: value for name, value in environment.items() if name not in ("AIRFLOW_URL", "DAGSTER_URL")},
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MIGRATION_DASHBOARD": "off",
        "DAGSTER_HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"),
        "XDG_CACHE_HOME": str(root / "cache"),
        "MPLCONFIGDIR": str(root / "cache"),
        **{folder.name: str(folder.shadow) for folder in folders},
    }


def _run(project: Path, root: Path, spec: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    source, target = root / "spec.json", root / "result.json"
    source.write_text(json.dumps(spec), encoding="utf-8")
    command = [sys.executable, "-m", "migrator.bridge.shadow.child", str(source), str(target)]
    # The package is found wherever the command is called from.
    environment = {**environment, "PYTHONPATH": os.pathsep.join([environment["PYTHONPATH"], *filter(None, sys.path)])}
    try:
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, errors="replace", timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired:
        raise MigratorError("MIG651", f"the run did not end within {TIMEOUT:g} s") from None
    if not target.is_file():
        raise MigratorError("MIG651", f"the run ended without a result: {done.stderr.strip()[-500:]}")
    made: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    if "refused" in made:
        raise MigratorError("MIG650", f"a shadow run cannot be had: {made['refused']}", _advice(made["refused"]))
    if "error" in made:
        raise MigratorError("MIG651", f"the run failed: {made['error']}")
    return made


def _advice(refused: str) -> str:
    if "starts a program" in refused:
        return "`--allow-commands` where the program writes only to redirected folders and temporary files"
    if "connects to" in refused:
        return "`--allow-network` where it only reads there"
    if "it writes `" in refused:
        return "name the environment variable that holds that folder by `--redirect NAME`"
    return "run it in a Dagster of its own, on a copy of the data"


# --- what Airflow made -----------------------------------------------------------------------------------------------------


def _airflow_values(
    airflow: AirflowClient | None, entry: DagEntry, task: TaskEntry, partition: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the other tasks of the DAG, and what this one, returned in Airflow's run of the partition, by asset key."""
    if airflow is None:
        return {}, {}
    try:
        run = airflow.run_of_day(entry.dag_id, partition) if partition else airflow.last_run(entry.dag_id)
        if run is None:
            raise MigratorError(
                "MIG650",
                f"Airflow has no successful run of `{entry.dag_id}`{f' for {partition}' if partition else ''}",
                "run it there first: there is nothing to compare with",
            )
        found = {}
        for other in entry.tasks:
            if other.assets and not other.mapped:
                value = airflow.xcom(entry.dag_id, run, other.task_id)
                if value is not None:
                    for key in other.assets:
                        found["/".join(key)] = _value(airflow, value)
    except (KeyError, TypeError, AttributeError) as error:
        raise MigratorError(
            "MIG620", f"what Airflow answers is not what its API says ({type(error).__name__})"
        ) from None
    own = {"/".join(key) for key in task.assets}
    return (
        {key: value for key, value in found.items() if key not in own},
        {key: value for key, value in found.items() if key in own},
    )


def _value(airflow: AirflowClient, value: Any) -> Any:
    """An XCom's value; Airflow 2's API gives the text of its Python form."""
    if airflow.version == 2 and isinstance(value, str):
        try:
            return ast.literal_eval(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return value
    return value


def _replaced(value: Any, places: Mapping[str, str]) -> Any:
    """A value with the paths in it moved from one folder to another one."""
    if isinstance(value, str):
        for here, there in places.items():
            if value == here or value.startswith(f"{here}/"):
                return there + value[len(here) :]
        return value
    if isinstance(value, list):
        return [_replaced(item, places) for item in value]
    if isinstance(value, dict):
        return {key: _replaced(item, places) for key, item in value.items()}
    return value


# --- comparing -------------------------------------------------------------------------------------------------------------


def _compared(
    folders: list[_Folder], made: Mapping[str, Any], real: Mapping[str, Any], to_real: Mapping[str, str]
) -> Iterator[ComparedFile]:
    """All that was made, with what Airflow made."""
    for table in made["tables"]:
        yield ComparedFile(f"table {table['name']}", table["rows_real"], table["rows_shadow"], table["different"])
    for folder in folders:
        for name in written(folder.before, state_of(folder.shadow)):
            yield compare_file(folder.real / name, folder.shadow / name, name)
    for key, value in real.items():
        mine = made["values"].get(key, {"value": None})
        if "problem" in mine:
            yield ComparedFile(f"value of {key}", None, None, mine["problem"])
        else:
            same = _replaced(mine["value"], to_real) == value
            yield ComparedFile(f"value of {key}", None, None, "" if same else "another value")


def _result(task: TaskEntry, partition: str, compared: list[ComparedFile]) -> ShadowResult:
    wrong = [item for item in compared if item.different]
    counted = [item for item in compared if item.rows_real is not None and item.rows_shadow is not None]
    if wrong:
        what = "; ".join(f"{item.name}: {item.different}" for item in wrong[:10])
    else:
        what = f"equal: {', '.join(item.name for item in compared[:10])}"
    return ShadowResult(
        at=dt.datetime.now(dt.timezone.utc).replace(microsecond=0),
        task_id=task.task_id,
        partition=partition,
        equal=not wrong,
        what=what[:1000],
        rows_airflow=sum(item.rows_real or 0 for item in counted) if counted else None,
        rows_dagster=sum(item.rows_shadow or 0 for item in counted) if counted else None,
    )
