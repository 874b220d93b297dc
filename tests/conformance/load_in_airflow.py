"""Runs inside an Airflow environment: writes down what Airflow loads from a folder of DAG files.

    AIRFLOW_PYTHON load_in_airflow.py FOLDER OUTPUT.json

Every file is loaded by a DagBag in a forked process of its own: its top-level code runs, and must not disturb the next file's.
Works with Airflow 2.11 and 3, so nothing of Airflow is imported before `main` has set its environment. As many files are
loaded at a time as there are processors.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 120


def main() -> None:
    folder, output = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="airflow-home-") as home:
        os.environ["AIRFLOW_HOME"] = home
        os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
        os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(folder)
        os.environ["AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT"] = str(TIMEOUT_SECONDS)
        os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
        sys.path.insert(0, str(folder))

        import airflow
        from airflow.utils.db import initdb

        initdb()
        paths = [path for path in sorted(folder.rglob("*.py")) if may_hold_dags(path)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            files = list(pool.map(lambda path: load_apart(path, folder), paths))
    output.write_text(json.dumps({"airflow": airflow.__version__, "files": files}, indent=1))


def may_hold_dags(path: Path) -> bool:
    """Airflow's safe mode: other files are not loaded at all."""
    text = path.read_bytes().lower()
    return b"airflow" in text and (b"dag" in text or b"asset" in text)


def load_apart(path: Path, folder: Path) -> dict[str, Any]:
    """Loads one file in a child process, which may take TIMEOUT_SECONDS."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=load_into, args=(path, sender))
    child.start()
    sender.close()
    result: dict[str, Any] = {"loaded": False, "error": "timed out or died", "dags": []}
    try:
        if receiver.poll(TIMEOUT_SECONDS):
            result = receiver.recv()
    except EOFError:
        pass
    child.kill()
    child.join()
    return {"file": path.relative_to(folder).as_posix(), **result}


def load_into(path: Path, sender: Any) -> None:
    try:
        sender.send({"loaded": True, "error": None, "dags": load(path)})
    except BaseException:
        sender.send({"loaded": False, "error": traceback.format_exc()[-2000:], "dags": []})


def load(path: Path) -> list[dict[str, Any]]:
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    bag = DagBag(dag_folder=os.devnull)
    bag.process_file(str(path), only_if_updated=False)
    for error in bag.import_errors.values():
        raise RuntimeError(error)
    return [
        {"dag_id": dag.dag_id, "schedule": schedule_of(dag), "tasks": [task_record(task) for task in dag.tasks]}
        for dag in bag.dags.values()
    ]


def schedule_of(dag: Any) -> str | None:
    """Cron text, `timedelta:SECONDS`, `@once`, `@continuous`, `assets:URI,...`, `timetable:CLASS`, or None."""
    timetable = dag.timetable
    name = type(timetable).__name__
    if name == "NullTimetable":
        return None
    if name in ("OnceTimetable", "ContinuousTimetable"):
        return "@once" if name == "OnceTimetable" else "@continuous"
    for attribute in ("_expression", "expression"):
        if isinstance(getattr(timetable, attribute, None), str):
            return str(getattr(timetable, attribute))
    delta = getattr(timetable, "delta", None) or getattr(timetable, "_delta", None)
    seconds = seconds_of(delta) if name.startswith("Delta") else None
    if seconds is not None:
        return f"timedelta:{seconds:g}"
    condition = getattr(timetable, "asset_condition", None) or getattr(timetable, "dataset_condition", None)
    if condition is not None and name in ("AssetTriggeredTimetable", "DatasetTriggeredTimetable"):
        return "assets:" + ",".join(sorted(names_in(condition)))
    return f"timetable:{name}"


def seconds_of(delta: Any) -> float | None:
    """The length of a `timedelta`, or of a `relativedelta` that is the same length at any date; None for others."""
    if hasattr(delta, "total_seconds"):
        return float(delta.total_seconds())
    absolute = ("year", "month", "day", "weekday", "hour", "minute", "second", "microsecond")
    varying = any(getattr(delta, name, 1) for name in ("years", "months", "leapdays"))
    if varying or any(getattr(delta, name, None) is not None for name in absolute):
        return None
    return float(((delta.days * 24 + delta.hours) * 60 + delta.minutes) * 60 + delta.seconds + delta.microseconds / 1e6)


def names_in(condition: Any) -> set[str]:
    """URIs, else names, of the assets that a condition is made of."""
    if getattr(condition, "objects", None):
        return {name for part in condition.objects for name in names_in(part)}
    return {str(getattr(condition, "uri", None) or getattr(condition, "name", condition))}


def task_record(task: Any) -> dict[str, Any]:
    rule = getattr(task, "trigger_rule", None)
    return {
        "task_id": task.task_id,
        "operator": task.task_type,
        "mapped": "Mapped" in type(task).__name__,
        "trigger_rule": str(getattr(rule, "value", rule)),
        "retries": plain(getattr(task, "retries", None)),
        "pool": plain(getattr(task, "pool", None)),
        "group_id": getattr(getattr(task, "task_group", None), "group_id", None),
        "upstream": sorted(task.upstream_task_ids),
    }


def plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


if __name__ == "__main__":
    main()
