"""Runs inside a user's Airflow environment: writes down what Airflow loads from DAG files. It needs nothing but Airflow.

    AIRFLOW_PYTHON load.py FOLDER OUTPUT < files.json

`files.json` is `{"files": [...], "timeout": seconds}`, the paths relative to FOLDER. OUTPUT gets one JSON object a line: first
`{"airflow": version}`, then for each file `{"file", "loaded", "error", "dags"}`. Each file is loaded by a DagBag in a forked process of
its own: its top-level code runs, and must not disturb the next file's. Works with Airflow 2.4 to 3.x on Python 3.7 or newer, so
it is written in the Python of that time, and nothing of Airflow is imported before the environment is set.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, TextIO

HOME = "AIRFLOW_HOME"
DATABASES = ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__SQL_ALCHEMY_CONN")


def main() -> None:
    folder, output = os.path.realpath(sys.argv[1]), Path(sys.argv[2])
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="airflow-home-") as home:
        fresh = prepare(folder, home)
        sys.path[:0] = [folder, *asked.get("roots", ())]
        with output.open("w", encoding="utf-8") as out:
            import airflow  # type: ignore[import-not-found,unused-ignore]

            tell(out, {"airflow": airflow.__version__})
            if fresh:
                from airflow.utils.db import initdb  # type: ignore[import-not-found,unused-ignore]

                initdb()
            bag_class()
            for name in asked["files"]:
                record = apart(str(Path(folder, name)), asked["timeout"])
                tell(out, dict(record, file=name))


def prepare(folder: str, home: str) -> bool:
    """Sets the environment. True where there is no Airflow home: a throw-away one is made then."""
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = folder
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
    known = HOME in os.environ or any(name in os.environ for name in DATABASES)
    if known or (Path.home() / "airflow" / "airflow.cfg").is_file():
        return False
    os.environ[HOME] = home
    plugins = Path(folder, "plugins")
    if plugins.is_dir():
        os.environ.setdefault("AIRFLOW__CORE__PLUGINS_FOLDER", str(plugins))
    return True


def tell(out: TextIO, record: dict[str, Any]) -> None:
    out.write(json.dumps(record) + "\n")
    out.flush()


def bag_class() -> Any:
    try:
        from airflow.dag_processing.dagbag import DagBag  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from airflow.models.dagbag import DagBag  # type: ignore[import-not-found,unused-ignore]
    return DagBag


def apart(path: str, timeout: float) -> dict[str, Any]:
    """Loads one file in a child process, which may take `timeout` seconds."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        load_into(path, writer)
    os.close(writer)
    data, ended = read_until(reader, time.monotonic() + timeout)
    os.close(reader)
    if not ended:
        try:
            os.killpg(child, signal.SIGKILL)
        except OSError:
            os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        result: dict[str, Any] = json.loads(data.decode("utf-8"))
        return result
    except ValueError:
        why = "its code ended the process" if ended else f"it took more than {timeout:g} seconds"
        return {"loaded": False, "error": why, "dags": []}


def load_into(path: str, writer: int) -> None:
    """In the child: sends what the file holds, and ends the process without its exit handlers."""
    try:
        os.setsid()
        try:
            result: dict[str, Any] = {"loaded": True, "error": None, "dags": load(path)}
        except BaseException:
            result = {"loaded": False, "error": traceback.format_exc()[-2000:], "dags": []}
        with os.fdopen(writer, "w") as pipe:
            json.dump(result, pipe)
    finally:
        os._exit(0)


def read_until(reader: int, deadline: float) -> tuple[bytes, bool]:
    """The bytes up to the end of the stream, and whether it ended in time."""
    chunks: list[bytes] = []
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return b"".join(chunks), False
        chunk = os.read(reader, 1 << 16)
        if not chunk:
            return b"".join(chunks), True
        chunks.append(chunk)


def load(path: str) -> list[dict[str, Any]]:
    bag = bag_class()(dag_folder=os.devnull)
    bag.process_file(path, only_if_updated=False)
    for error in bag.import_errors.values():
        raise RuntimeError(error)
    return [
        {
            "dag_id": dag.dag_id,
            "schedule": schedule_of(dag),
            "catchup": bool(dag.catchup),
            "tasks": [task_record(task) for task in dag.tasks],
        }
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
    delta: Any = getattr(timetable, "delta", None) or getattr(timetable, "_delta", None)
    seconds = seconds_of(delta) if name.startswith("Delta") else None
    if seconds is not None:
        return f"timedelta:{seconds:g}"
    condition = getattr(timetable, "asset_condition", None) or getattr(timetable, "dataset_condition", None)
    if name in ("AssetTriggeredTimetable", "DatasetTriggeredTimetable"):
        if condition is None:  # Airflow 2.4 to 2.8 keep the datasets elsewhere
            return "assets:" + ",".join(sorted(str(item.uri) for item in getattr(dag, "dataset_triggers", ())))
        return "assets:" + ",".join(sorted(names_in(condition)))
    return "timetable:" + name


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
    if hasattr(condition, "objects"):
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
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


if __name__ == "__main__":
    main()
