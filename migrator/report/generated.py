"""What `migrate generate` and `migrate verify` say when they are done."""

from __future__ import annotations

import difflib
import io
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from migrator.diagnostics import CATALOGUE, Diagnostic
from migrator.report import Analysis
from migrator.report.summaries import resolvers, resolvers_text, what_to_give
from migrator.report.words import became, clean, count, severities

MAX_FILES = 40
MAX_RESOLVERS = 5


class Written(Protocol):
    """Paths relative to the project, as `migrator.codegen.write_project` gives them."""

    @property
    def created(self) -> Sequence[str]: ...
    @property
    def updated(self) -> Sequence[str]: ...
    @property
    def deleted(self) -> Sequence[str]: ...
    @property
    def unchanged(self) -> Sequence[str]: ...
    @property
    def merged(self) -> Sequence[str]: ...
    @property
    def conflicts(self) -> Sequence[str]: ...
    @property
    def kept(self) -> Sequence[str]: ...
    @property
    def needed(self) -> Sequence[str]: ...
    @property
    def doubled(self) -> Sequence[str]: ...
    @property
    def left_out(self) -> Sequence[str]: ...
    @property
    def outdated(self) -> Sequence[str]: ...
    @property
    def moved(self) -> Sequence[str]: ...
    @property
    def undefined(self) -> Sequence[str]: ...


def describe(analysis: Analysis, written: Written, *, dags: str, out: str, dry_run: bool) -> str:
    """What was written, what the tasks became, what to do next."""
    lines = [*_files(written, out, dry_run), "", *_tasks(analysis)]
    if not dry_run:
        lines += ["", *_next_steps(dags, out)]
    return "\n".join(lines) + "\n"


def _files(written: Written, out: str, dry_run: bool) -> list[str]:
    groups = (
        ("create", "created", written.created),
        ("update", "updated", written.updated),
        ("delete", "deleted", written.deleted),
        ("merge", "merged with what was edited", written.merged),
        ("leave a conflict in", "left with a conflict", written.conflicts),
    )
    changes = [(infinitive, participle, paths) for infinitive, participle, paths in groups if paths]
    if not changes:
        unchanged = count(len(written.unchanged), "file")
        return [f"`{clean(out)}` is up to date: {unchanged}, nothing to change.", *_people(written)]
    if not dry_run:
        said = ", ".join(f"{count(len(paths), 'file')} {participle}" for _, participle, paths in changes)
        unchanged = f", {len(written.unchanged):,} unchanged" if written.unchanged else ""
        return [f"Wrote the Dagster project to `{clean(out)}`: {said}{unchanged}.", *_people(written)]
    total = sum(len(paths) for _, _, paths in changes)
    lines = [f"Would change {count(total, 'file')} in `{clean(out)}` (nothing was written):"]
    shown = [f"  {infinitive} {clean(path)}" for infinitive, _, paths in changes for path in paths]
    lines += shown[:MAX_FILES]
    if total > MAX_FILES:
        lines.append(f"  ... and {total - MAX_FILES:,} more")
    return [*lines, *_people(written)]


def _people(written: Written) -> list[str]:
    """What concerns the files that people edited or deleted."""
    lines = []
    for code, places in (
        ("MIG515", written.conflicts),
        ("MIG518", written.undefined),
        ("MIG519", written.doubled),
    ):
        if places:
            lines += ["", f"{CATALOGUE[code].severity.value}[{code}]: {CATALOGUE[code].title}, in:"]
            lines += [f"  {clean(place)}" for place in places]
            lines.append(f"help: {CATALOGUE[code].remedy}")
    if written.moved:
        lines.append(f"Moved, and merged where they are now: {', '.join(map(clean, written.moved))}.")
    if written.kept:
        lines.append(f"Generated no more, kept because edited: {', '.join(map(clean, written.kept))}.")
    if written.needed:
        lines.append(f"Generated no more, kept because edited files need it: {', '.join(map(clean, written.needed))}.")
    if written.left_out:
        lines.append(
            f"Deleted by hand, not written again: {', '.join(map(clean, written.left_out))} (`--restore` does)."
        )
    if written.outdated:
        lines.append(
            f"Deleted by hand, and the DAGs changed what they held: {', '.join(map(clean, written.outdated))}"
            " (`--restore` writes them)."
        )
    return lines


def _tasks(analysis: Analysis) -> list[str]:
    plan = analysis.plan
    chosen, known = len(plan.dags), len(analysis.project.dags)
    dags = f"{chosen:,} of {count(known, 'DAG')}" if chosen < known else count(chosen, "DAG")
    lines = [f"{dags} with {count(len(plan.dispositions), 'task')} became: {became(plan.dispositions) or 'nothing'}."]
    reasons = Counter(found.code for found in plan.dispositions if found.kind == "airflow" and found.code)
    if reasons:
        lines.append("What stays in Airflow does so because of:")
        lines += [
            f"  {number:>5,}  {code} {CATALOGUE[code].title}"
            for code, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        ]
    told = resolvers(analysis.diagnostics)
    if told:
        named = ", ".join(clean(what_to_give(item)) for item in told[:MAX_RESOLVERS])
        more = f" and {len(told) - MAX_RESOLVERS} more" if len(told) > MAX_RESOLVERS else ""
        lines.append(f"{resolvers_text(analysis.diagnostics)}: {named}{more}")
    if analysis.diagnostics:
        lines.append(f"{severities(analysis.diagnostics)}: `migrate analyze` shows them.")
    return lines


def _next_steps(dags: str, out: str) -> list[str]:
    quoted = shlex.quote(out)
    return [
        "Next:",
        f"  migrate verify {shlex.quote(dags)} {quoted}    # check that nothing was lost",
        f"  cd {quoted}",
        "  python -m venv .venv && .venv/bin/pip install -e '.[dev]'",
        "  .venv/bin/dg dev    # open the Dagster UI",
    ]


class Replayed(Protocol):
    """What `migrator.verify.ticks.replay` gives: Airflow's runs by DAG id, and why other DAGs were left out."""

    @property
    def begin(self) -> object: ...
    @property
    def by(self) -> str: ...
    @property
    def runs(self) -> Mapping[str, int]: ...
    @property
    def left_out(self) -> Mapping[str, str]: ...
    @property
    def findings(self) -> Sequence[Diagnostic]: ...


def describe_replay(analysis: Analysis, found: Replayed, *, terminal: bool) -> str:
    """Which schedules were replayed, what differs, and what could not be compared."""
    from migrator.report.output import columns
    from migrator.report.terminal import console_for, finished, print_diagnostics

    buffer = io.StringIO()
    console = console_for(buffer, terminal=terminal, width=columns(terminal))
    same = len(found.runs) - len(found.findings)
    if found.findings:
        print_diagnostics(found.findings, analysis.project.sources, console, limit=100)
    total = count(sum(found.runs.values()), "run")
    lines = [
        f"Ticks of a year from {found.begin}, by {found.by}: {count(len(found.runs), 'schedule')} with {total};"
        f" {same} start the same runs for the same dates."
    ]
    if found.left_out:
        lines.append("Not compared:")
        lines += [f"  {dag_id}: {why}" for dag_id, why in found.left_out.items()]
    told = finished(buffer, terminal=terminal) if found.findings else ""
    return told + "\n".join(lines) + "\n"


def describe_verification(analysis: Analysis, findings: Sequence[Diagnostic], *, terminal: bool) -> str:
    """What falls short in a generated project, or that nothing does."""
    from migrator.report.output import columns
    from migrator.report.terminal import console_for, finished, print_diagnostics

    tasks = count(len(analysis.plan.dispositions), "task")
    dags = count(len(analysis.plan.dags), "DAG")
    if not findings:
        return f"The project loads. All {tasks} of {dags} are accounted for, and no dependency is lost.\n"
    buffer = io.StringIO()
    console = console_for(buffer, terminal=terminal, width=columns(terminal))
    print_diagnostics(findings, analysis.project.sources, console, limit=100)
    return finished(buffer, terminal=terminal)


class OwnTests(Protocol):
    """What `migrator.verify.own_tests.run_tests` gives."""

    @property
    def passed(self) -> int: ...
    @property
    def findings(self) -> Sequence[Diagnostic]: ...
    @property
    def not_run(self) -> str: ...


def describe_tests(analysis: Analysis, found: OwnTests, *, terminal: bool) -> str:
    """What came of the project's own tests."""
    from migrator.report.output import columns
    from migrator.report.terminal import console_for, finished, print_diagnostics

    if found.not_run:
        return f"Its own tests were not run: {found.not_run}.\n"
    if not found.findings:
        return f"Its own {count(found.passed, 'test')} pass.\n"
    buffer = io.StringIO()
    console = console_for(buffer, terminal=terminal, width=columns(terminal))
    print_diagnostics(found.findings, analysis.project.sources, console, limit=100)
    return finished(buffer, terminal=terminal)


class Rendering(Protocol):
    """What `migrator.verify.render.compare_rendered` gives."""

    @property
    def compared(self) -> int: ...
    @property
    def tasks(self) -> int: ...
    @property
    def differences(self) -> Sequence[RenderedTwice]: ...
    @property
    def skipped(self) -> Mapping[str, str]: ...
    @property
    def error(self) -> str: ...


class RenderedTwice(Protocol):
    """What a task's command or SQL comes to for one date on both sides."""

    @property
    def dag_id(self) -> str: ...
    @property
    def task_id(self) -> str: ...
    @property
    def date(self) -> str: ...
    @property
    def airflow(self) -> str: ...
    @property
    def dagster(self) -> str: ...


def describe_rendering(found: Rendering) -> str:
    """How many commands and statements are the same on both sides, those that are not as a diff, and what was not compared."""
    if found.error:
        return "\n".join(["Commands and SQL could not be compared:", *map(clean, found.error.splitlines())]) + "\n"
    lines = [
        f"Commands and SQL of {count(found.tasks, 'task')}, {count(found.compared, 'text')} for all dates:"
        f" {found.compared - len(found.differences)} are the same on both sides."
    ]
    for row in found.differences[:MAX_FILES]:
        lines.append(f"{clean(row.dag_id)}.{clean(row.task_id)} {row.date}".rstrip())
        one, other = row.airflow.splitlines(), row.dagster.splitlines()
        difference = difflib.unified_diff(one, other, "Airflow", "Dagster", n=1, lineterm="")
        lines += [f"  {clean(line)}" for line in difference]
    if found.skipped:
        by_reason: dict[str, list[str]] = {}
        for task, why in found.skipped.items():
            by_reason.setdefault(why, []).append(task)
        lines.append("Not compared:")
        for why, tasks in sorted(by_reason.items(), key=lambda item: -len(item[1])):
            shown = ", ".join(map(clean, tasks[:3])) + (f" and {len(tasks) - 3} more" if len(tasks) > 3 else "")
            lines.append(f"  {shown}: {clean(why)}")
    return "\n".join(lines) + "\n"
