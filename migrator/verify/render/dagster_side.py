"""Dagster's side: runs the steps of a generated project with nothing behind bash and databases, and compares what they were handed.

    python -m migrator.verify.render.dagster_side WORK.json ANSWER.json

WORK: the package, how many dates, the environment that the steps find, and the questions. Only steps that run a command or SQL of their own are run; no process is started and no
database is opened. ANSWER: how much was compared, what differs, what could not be compared.
"""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import io
import json
import logging
import os
import subprocess
import sys
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dateutil.relativedelta import relativedelta

from migrator.verify.probe import load
from migrator.verify.quick_databases import make_quick
from migrator.verify.render.airflow_side import Unknown, rendered

_NEWEST = dt.datetime(2024, 7, 1, tzinfo=dt.timezone.utc)
"""Dates are those before it, where a job has as many; they include no day of a changed clock, which `--ticks` looks at."""


def main() -> None:
    make_quick()
    work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        answer = _Comparison(work).answer()
    except BaseException:
        answer = {"error": traceback.format_exc()}
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


class _Recorder:
    """What each step handed to bash and to databases."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = defaultdict(list)

    def note(self, text: object) -> None:
        self.texts[dg.OpExecutionContext.get().op.name].append(str(text))

    def popen(self, command: Any, **_: Any) -> _Process:
        self.note(command[-1] if isinstance(command, (list, tuple)) else command)
        return _Process()

    def run(self, command: Any, **_: Any) -> subprocess.CompletedProcess[str]:
        self.note(command[-1] if isinstance(command, (list, tuple)) else command)
        return subprocess.CompletedProcess(command, 0, "", "")


class _Process:
    """A process that ended well and wrote nothing."""

    returncode = 0

    def __init__(self) -> None:
        self.stdout = io.StringIO()

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class _Comparison:
    def __init__(self, work: dict[str, Any]) -> None:
        self.package, self.dates = work["package"], work["dates"]
        self.questions = {(row["dag_id"], row["task_id"]): row for row in work["questions"]}
        self.repository = load(self.package).get_repository_def()
        os.environ.update(work["settings"])
        self.recorder = _Recorder()
        self.differences: list[dict[str, str]] = []
        self.skipped: dict[str, str] = {}
        self.compared, self.tasks = 0, set[tuple[str, str]]()

    def answer(self) -> dict[str, Any]:
        logging.disable(logging.CRITICAL)
        subprocess.run, subprocess.Popen = self.recorder.run, self.recorder.popen  # type: ignore[assignment,misc]
        self._close_databases()
        for name in sorted({row["job"] for row in self.questions.values()}):
            self._job(name)
        return {
            "compared": self.compared,
            "tasks": len(self.tasks),
            "differences": self.differences,
            "skipped": self.skipped,
        }

    def _close_databases(self) -> None:
        try:
            database: Any = importlib.import_module(f"{self.package}.resources").SqlDatabase
        except (ImportError, AttributeError):
            return
        recorder = self.recorder

        def run(_: object, *statements: Any, parameters: Any = None) -> list[tuple[Any, ...]]:
            for statement in statements:
                for text in [statement] if isinstance(statement, str) else statement:
                    recorder.note(text)
            return []

        database.run = run

    def _job(self, name: str) -> None:
        asked = {task: row for task, row in self.questions.items() if row["job"] == name}
        if not name or not self.repository.has_job(name):
            return self._skip(asked, "its DAG has no job")
        job = self.repository.get_job(name)
        nodes = dict(_nodes(job, {task_id: (dag_id, task_id) for dag_id, task_id in asked}))
        self._skip([task for task in asked if task not in nodes.values()], "no step of the job does its work alone")
        if not nodes:
            return None
        for key, logical_date, start, end in self._runs(job):
            self._run(job, name, nodes, key, logical_date, start, end)
        return None

    def _runs(self, job: Any) -> Iterator[tuple[str | None, dt.datetime, dt.datetime, dt.datetime]]:
        partitions = job.partitions_def
        if partitions is None:
            yield None, _NEWEST, _NEWEST, _NEWEST
            return
        keys = list(partitions.get_partition_keys(current_time=_NEWEST))[-self.dates :]
        for key in keys or list(partitions.get_partition_keys())[: self.dates]:
            window = partitions.time_window_for_partition_key(key)
            yield key, window.start, window.start, window.end

    def _run(
        self,
        job: Any,
        name: str,
        nodes: dict[str, tuple[str, str]],
        key: str | None,
        logical_date: dt.datetime,
        start: dt.datetime,
        end: dt.datetime,
    ) -> None:
        self.recorder.texts.clear()
        until = end if key is not None else start + self._length(nodes.values())
        told = {"airflow/logical_date": logical_date, "airflow/data_interval_end": until}
        tags = {} if key is not None else {name: date.isoformat() for name, date in told.items()}
        with dg.DagsterInstance.ephemeral() as instance:
            job.execute_in_process(
                instance=instance, partition_key=key, tags=tags, raise_on_error=False, op_selection=sorted(nodes)
            )
        for node, task in nodes.items():
            question = self.questions[task]
            try:
                theirs = _plain(rendered(question, logical_date, start, until), question["sql"])
            except Exception as error:
                self._skip([task], str(error) if isinstance(error, Unknown) else f"Jinja says: {error}")
                continue
            ours = _plain(self.recorder.texts.get(node, []), question["sql"])
            if not ours:
                self._skip([task], "its step did not come to its command or SQL without what stands before it")
                continue
            self.compared += 1
            self.tasks.add(task)
            if ours != theirs:
                row = {"dag_id": task[0], "task_id": task[1], "date": key or "", "airflow": theirs, "dagster": ours}
                self.differences.append(row)

    def _length(self, tasks: Iterable[tuple[str, str]]) -> dt.timedelta | relativedelta:
        """How long the data interval of a run without a partition is, which all tasks of a DAG have in common."""
        question = next(self.questions[task] for task in tasks)
        return relativedelta(months=question["months"]) or dt.timedelta(seconds=question["interval"])

    def _skip(self, tasks: Any, why: str) -> None:
        for dag_id, task_id in tasks:
            self.skipped[f"{dag_id}.{task_id}"] = why


def _plain(texts: list[str], sql: bool) -> str:
    """The texts as one, without what neither bash nor a database sees; how far SQL stands to the right as a whole is such a thing."""
    return "\n".join((inspect.cleandoc(text) if sql else text).strip().rstrip(";").strip() for text in texts)


def _nodes(job: Any, tasks: dict[str, tuple[str, str]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The job's nodes that stand for one of the tasks each."""
    layer = job.asset_layer
    for node in job.graph.nodes:
        origin = node.definition.tags.get("airflow/task_id")
        if origin in tasks:
            yield node.name, tasks[origin]
    for asset_key in layer.executable_asset_keys if layer is not None else ():
        asset = layer.get(asset_key)
        origin = asset.metadata.get("airflow/task_id")
        text = str(getattr(origin, "value", origin))
        if text in tasks:
            yield asset.assets_def.node_def.name, tasks[text]


if __name__ == "__main__":
    main()
