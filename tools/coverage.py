"""Counts what the tasks of DAG folders become, and what keeps the others in Airflow: the list to work off.

    python -m tools.coverage FOLDER [FOLDER ...] [--examples N] [--wrap PATTERN]

Prints Markdown: a row for each folder, with the share of all tasks that leave Airflow natively and that of the tasks whose operator has a rule
(those without one, and those of the team's own classes that do not simply follow a base's rule, are left out); then every reason (code, operator, why) with the number of tasks that it keeps in Airflow or
`wrapped`, most frequent first, and with `--examples` the places of some of them. What is private to a task (names, lines) is left out of
the reasons, so that like ones are counted together. `X+Y` reads the folder X with Y as a further root of imports.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from migrator.config import Config
from migrator.model.plan import Disposition
from migrator.operators import rule_for
from migrator.pipeline import Analysis, analyze

KINDS = ("asset", "check", "sensor", "step", "folded", "hook", "wrapped", "airflow")
_PRIVATE = re.compile(r"`[^`]*`")
_KEPT = re.compile(
    r"^(no rule translates `[^`]*`|its argument `[^`]*`|it uses Airflow's `[^`]*`|it uses `[^`]*` of Airflow's context)"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--examples", type=int, default=0, help="how many places to show for each reason")
    parser.add_argument("--full", action="store_true", help="do not leave names out of the reasons")
    parser.add_argument("--top", type=int, default=60, help="how many reasons to show")
    options = parser.parse_args()
    rows: list[tuple[str, Counter[str]]] = []
    ruled: dict[str, Counter[str]] = {}
    reasons: Counter[tuple[str, str, str, str]] = Counter()
    places: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for given in options.folders:
        folder, *roots = given.split("+")
        analysis = analyze(Path(folder), Config(roots=tuple(Path(root).absolute() for root in roots)))
        rows.append((given, Counter(found.kind for found in analysis.plan.dispositions)))
        ruled[given] = Counter(kind for kind, has_rule in outcomes(analysis) if has_rule)
        for reason, place in kept(analysis, options.full):
            reasons[reason] += 1
            places[reason].append(f"{folder}/{place}")
    print(table(rows, ruled))
    print(listing(reasons, places, options.examples, options.top))


def outcomes(analysis: Analysis) -> Iterable[tuple[str, bool]]:
    """What each task became, and whether its operator has a rule."""
    tasks = {(dag.dag_id, task.task_id): task for dag in reversed(analysis.project.dags) for task in dag.tasks}
    for found in analysis.plan.dispositions:
        yield found.kind, rule_for(tasks[found.dag_id, found.task_id]) is not None


def kept(analysis: Analysis, full: bool = False) -> Iterable[tuple[tuple[str, str, str, str], str]]:
    """(what it became, code, operator, why) for each task that is not native, and its place."""
    tasks = {(dag.dag_id, task.task_id): task for dag in reversed(analysis.project.dags) for task in dag.tasks}
    for found in analysis.plan.dispositions:
        if found.kind in ("airflow", "wrapped"):
            task = tasks[found.dag_id, found.task_id]
            why = found.reason if full else general(found)
            place = f"{task.span.file}:{task.span.line} {found.dag_id}.{found.task_id}" if task.span else found.dag_id
            yield (found.kind, found.code, task.operator, why), place


def general(found: Disposition) -> str:
    """A reason without the names of the task's own things."""
    reason = found.reason.partition("library: ")[2] or found.reason
    if head := _KEPT.match(reason):
        return head.group() + _PRIVATE.sub("`…`", reason[head.end() :])
    return _PRIVATE.sub("`…`", reason)


def table(rows: list[tuple[str, Counter[str]]], ruled: dict[str, Counter[str]]) -> str:
    lines = [
        f"| folder | tasks | {' | '.join(KINDS)} | native | with a rule | native of these |",
        f"|---|{'---:|' * (len(KINDS) + 4)}",
    ]
    ruled = {**ruled, "all": sum(ruled.values(), Counter())}
    for name, counts in [*rows, ("all", sum((counts for _, counts in rows), Counter()))]:
        counted = " | ".join(str(counts[kind]) for kind in KINDS)
        of_rules = ruled[name]
        lines.append(
            f"| {name} | {counts.total()} | {counted} | {share(counts)} | {of_rules.total()} | {share(of_rules)} |"
        )
    return "\n".join(lines) + "\n"


def share(counts: Counter[str]) -> str:
    """The share of the tasks that left Airflow natively."""
    total = counts.total()
    return f"{100 * (total - counts['airflow'] - counts['wrapped']) / total:.1f} %" if total else "–"


def listing(
    reasons: Counter[tuple[str, str, str, str]],
    places: dict[tuple[str, str, str, str], list[str]],
    examples: int,
    top: int,
) -> str:
    lines = ["| tasks | became | code | operator | why |", "|---:|---|---|---|---|"]
    for reason, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:top]:
        became, code, operator, why = reason
        lines.append(f"| {number} | {became} | {code} | `{operator}` | {why} |")
        lines += [f"|  | | | | {place} |" for place in places[reason][:examples]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.setrecursionlimit(20_000)
    main()
