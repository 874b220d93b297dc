"""What each task is for: data, a check, waiting, control, or another effect; with the reason.

Comes in: tasks with their references. Goes out: one of `asset`, `check`, `sensor`, `control` and `side_effect` with a sentence why. What
a task becomes is planning's decision; this tells what it is.
"""

from __future__ import annotations

import re

from migrator.analyzers.io.catalogue import Entry, entry_for
from migrator.analyzers.io.context import RANK
from migrator.analyzers.io.dbt import commands, makes_models, runs_only_tests
from migrator.model.airflow import Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.changed import replace
from migrator.operators.common import is_sensor

_OF_ENTRY = {"check": "check", "sensor": "sensor", "control": "control", "action": "side_effect", "hook": "side_effect"}
"""Roles of the catalogue that stand for one of a task, where it writes no data."""
_STEERS = ("branch", "short_circuit", "run_if", "skip_if")
_CONTROL_BASES = ("BaseBranchOperator", "SkipMixin")
_CHECK = re.compile(r"(?:^|_)(?:checks?|validates?|validation|quality|expectations?|assert|verify)(?:_|$)")


_CHECKS = re.compile(r"\bsoda\s+scan\b|\bgreat_expectations\b[^\n;|&]*\bcheckpoint\s+run\b|\bdata-?diff\b|\bpytest\b")
"""Programs whose work is to fail where data are wrong."""
_SETTINGS = re.compile(
    r"^(?:get|load|read|fetch|build|prepare|resolve|make|set|create|add|generate|calculate|compute|determine|decide|find|choose|pick)_"
    r"(?:\w+_)?(?:configs?|configuration|conf|settings?|params?|parameters?|options|env|env_vars?|environment|environments|credentials?|secrets?|tokens?|"
    r"conn|connections?|ids?|arns?|date|dates|time|times|timestamp|date_range|paths?|uris?|urls?|filenames?|file_names?|names?|queries|query|"
    r"partitions?|batches|chunks|flag|date_to_dict)$"
)
"""Names of functions that look up what others work with."""
_MESSAGES = re.compile(
    r"(?:^|_)(?:notify|notification|alert|send|mail|email|slack|log|print|report_status|cleanup|delete|remove|trigger|submit|start|stop|wait|shutdown|terminate)(?:_|$)"
)


_DATA = re.compile(
    r"(?:^|_)(?:e[lt][lt]|extract|ingest|load|import|export|transform|upload|download|unload|scrape|aggregate|enrich|backfill|insert|process|compute|calculate|"
    r"collect|fetch|parse|convert|predict|score|populate|materialize|train)(?:s|_|$|\d)"
)
"""Words of names of tasks that make data."""
_RUNS_CODE = re.compile(
    r"\b(?:python3?|java|rscript|node|bash|sh|docker|make|poetry|spark-submit|meltano|gcloud|az|sqlldr|impdp|expdp|tbuild|fastload|dtexec|pmcmd|kitchen|pan|sas|matlab|julia|dotnet)\s|\.(?:sh|py|jar|r|js)\b",
    re.I,
)
"""Commands whose work stands in a file elsewhere."""


def role_of(task: Task) -> tuple[str, str]:
    """The role of a task whose references are known, and why."""
    entry = entry_for(task)
    if is_sensor(task) or (task.decorator or "").startswith("task.sensor"):
        return "sensor", entry.why if entry is not None and entry.role == "sensor" else "its class is a sensor"
    if _steers(task, entry):
        return (
            "control",
            entry.why if entry is not None and entry.role == "control" else "it decides what runs after it",
        )
    if entry is not None and entry.role == "check":
        return "check", entry.why
    written = _written(task)
    if written is not None:
        return "asset", f"it writes `{written.name}`: {written.evidence.why}"
    if task.makes:
        return "asset", task.makes
    if entry is not None and entry.role == "asset" and entry.writes:
        return "asset", entry.why
    if makes_models(task):
        return "asset", "it runs dbt, whose models it makes"
    if runs_only_tests(task):
        return "check", "it runs tests of dbt"
    if any(_CHECKS.search(text) for text in commands(task)):
        return "check", "it runs a program that checks data"
    if entry is not None and entry.role in _OF_ENTRY:
        return _OF_ENTRY[entry.role], entry.why
    reads = [ref for ref in task.refs if ref.direction is Direction.INPUT and ref.kind != "xcom"]
    data = [ref for ref in task.refs if ref.direction is Direction.INPUT and ref.kind != "api"]
    if task.fails_on and (data or task.fails_on.endswith("checks data")):
        return "check", task.fails_on
    if reads and _is_check(task):
        return "check", f"by its name it checks `{reads[0].name}`"
    handed = next((ref for ref in task.refs if ref.direction is Direction.OUTPUT and ref.kind == "xcom"), None)
    reads_for_others = entry is not None and entry.role == "read"
    settings = task.returns == "setting" or _gives_settings(task)
    if handed is not None and not reads_for_others and (settings or (handed.reference and not reads)):
        return "side_effect", f"what it hands on names or sets something: {handed.evidence.why}"
    if handed is not None and (entry is None or entry.role != "job" or task.callable is not None or reads):
        return "asset", f"it hands its result on: {handed.evidence.why}"
    taken = [ref for ref in task.refs if ref.direction is Direction.INPUT and ref.kind != "api" and not ref.reference]
    if handed is None and taken and task.returns == "data" and not _is_message(task):
        return "asset", f"it returns what it computes of `{taken[0].name}`"
    by_name = _by_name(task, entry)
    if by_name is not None:
        return by_name
    if entry is not None and entry.role == "job":
        return "side_effect", entry.why
    return "side_effect", "it reads data and writes none that is known" if reads else "no data that it makes is known"


def _by_name(task: Task, entry: Entry | None) -> tuple[str, str] | None:
    """What a task is for by its name alone, where code that cannot be seen does its work."""
    if task.callable is not None or (entry is not None and entry.role != "job"):
        return None
    if (
        entry is not None
        and task.option("bash_command") is not None
        and not any(map(_RUNS_CODE.search, commands(task)))
    ):
        return None
    words = [task.task_id.rpartition(".")[2].lower()]
    if entry is None:
        words.append(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", task.operator).lower())
    for word in words:
        if _CHECK.search(word):
            return "check", f"by its name, `{word}`, it checks data"
    for word in words:
        if _DATA.search(word) and not _MESSAGES.search(word):
            return "asset", f"by its name, `{word}`, it makes data, which its arguments do not tell"
    return None


def with_role(task: Task) -> Task:
    """The task with its role and the reason."""
    role, reason = role_of(task)
    return replace(task, role=role, role_reason=reason)


def _steers(task: Task, entry: Entry | None) -> bool:
    """Whether the task decides what runs, or does nothing itself. A task without work that declares outlets makes them known."""
    if entry is not None and entry.role == "control":
        return not task.outlets
    words = (task.decorator or "").partition(".")[2]
    return words.startswith(_STEERS) or any(base.endswith(_CONTROL_BASES) for base in task.bases)


def _written(task: Task) -> AssetRef | None:
    """The surest data that the task writes; creating an empty table or deleting rows makes none."""
    for ref in sorted(task.refs, key=lambda ref: RANK[ref.confidence]):
        weak = ref.confidence is Confidence.POSSIBLE and ref.kind == "table" and "{?}" not in ref.name
        if ref.direction is Direction.OUTPUT and ref.kind != "xcom" and not weak:
            return ref
    return None


def _words(task: Task) -> list[str]:
    """The task's id and its function's name."""
    return [task.task_id.rpartition(".")[2].lower(), task.callable.name.lower() if task.callable else ""]


def _gives_settings(task: Task) -> bool:
    return task.callable is not None and any(_SETTINGS.match(name) for name in _words(task))


def _is_message(task: Task) -> bool:
    return any(_MESSAGES.search(name) for name in _words(task))


def _is_check(task: Task) -> bool:
    operator = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", task.operator).lower()
    return any(_CHECK.search(name) for name in (*_words(task), operator))
