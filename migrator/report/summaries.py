"""What holds for the whole folder: what its templates use, and what the user could tell to make the unknown known."""

from __future__ import annotations

from collections.abc import Iterable

from migrator.diagnostics import Diagnostic
from migrator.model.airflow import AirflowProject
from migrator.model.frozen import dataclass
from migrator.report.words import count
from migrator.secrets.masking import is_secret

CLASSES = {
    "date": "dates of the run",
    "variable": "Variables",
    "connection": "Connections",
    "param": "params",
    "xcom": "values of other tasks",
    "conf": "configuration of the run",
    "run": "facts of the DAG, run or task",
    "macro": "macros",
    "user_macro": "macros of the DAG",
    "user_filter": "filters of the DAG",
    "local": "names of the template itself",
    "literal": "literals",
    "unknown": "not understood",
}
"""The classes of what templates use, in the order in which they are told, in words."""


@dataclass(frozen=True, slots=True)
class ClassOfUse:
    """All uses of one class: how many, of which names (most used first), by how many tasks."""

    kind: str
    uses: int
    names: tuple[str, ...]
    tasks: int


@dataclass(frozen=True, slots=True)
class Resolver:
    """Something that the user can tell, and how many findings it is part of."""

    kind: str
    """`variable` or `env`."""
    name: str
    findings: int


def template_classes(project: AirflowProject) -> list[ClassOfUse]:
    """What the templates of the project use, by class."""
    found: dict[str, dict[str, int]] = {}
    tasks: dict[str, set[str]] = {}
    for task in project.tasks():
        for use in task.templates:
            names = found.setdefault(use.kind, {})
            names[use.name] = names.get(use.name, 0) + 1
            tasks.setdefault(use.kind, set()).add(task.id)
    order = [*CLASSES, *sorted(found.keys() - CLASSES.keys())]
    return [
        ClassOfUse(
            kind,
            sum(found[kind].values()),
            tuple(sorted(filter(None, found[kind]), key=lambda name: (-found[kind][name], name))),
            len(tasks[kind]),
        )
        for kind in order
        if kind in found
    ]


def resolvers(diagnostics: Iterable[Diagnostic]) -> list[Resolver]:
    """What the user can tell, most useful first. Secrets are not among them: their values are never read."""
    found: dict[str, int] = {}
    for finding in diagnostics:
        for origin in finding.resolved_by:
            found[origin] = found.get(origin, 0) + 1
    ordered = sorted(found, key=lambda origin: (-found[origin], origin))
    parts = [(origin.partition(":"), found[origin]) for origin in ordered]
    return [Resolver(kind, name, number) for (kind, _, name), number in parts if not is_secret(name)]


def resolvers_text(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 Variables and 1 environment variable would resolve 5 unknown structures`; empty where there are none."""
    findings = list(diagnostics)
    told = resolvers(findings)
    if not told:
        return ""
    names = {f"{item.kind}:{item.name}" for item in told}
    structures = sum(not names.isdisjoint(finding.resolved_by) for finding in findings)
    variables = sum(item.kind == "variable" for item in told)
    kinds = [
        count(number, word) for number, word in ((variables, "Variable"), (len(told) - variables, "environment variable"))
        if number
    ]  # fmt: skip
    return f"{' and '.join(kinds)} would resolve {count(structures, 'unknown structure')}"


def what_to_give(item: Resolver) -> str:
    """What to type for it."""
    return f"--env {item.name}=..." if item.kind == "env" else f"[variables] {item.name} = ..."
