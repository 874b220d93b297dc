"""Prints how what the analyzer says of tasks compares with the labels.

python -m tests.conformance.io --checkouts DIR [--misses] [--repository NAME]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.conformance.io.labels import DIFFICULTIES, DIRECTIONS, ROLES, Label, read_folders, read_labels
from tests.conformance.io.score import NO_DATA, NOT_FOUND, Score, Tasks, compare
from tests.integration.worlds import REPOSITORY


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.io", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--checkouts", type=Path, action="append", required=True, help="a folder of checkouts; may be given again"
    )
    parser.add_argument("--repository", default="", help="only repositories whose name has this in it")
    parser.add_argument("--misses", action="store_true", help="name each miss and each invention, with its place")
    arguments = parser.parse_args()
    labels: list[Label] = []
    reports: dict[str, list[Tasks]] = {}
    absent = []
    for repository, folders in sorted(read_folders().items()):
        if arguments.repository not in repository:
            continue
        root = find_checkout(repository, arguments.checkouts)
        if root is None:
            absent.append(repository)
            continue
        labels += [label for label in read_labels() if label.repository == repository]
        reports[repository] = [analysis_of(root, folder) for folder in folders]
    score = compare(labels, reports)
    print(table(score, labels, reports))
    if arguments.misses:
        print(misses(score))
    if absent:
        print(f"not measured, there is no checkout: {', '.join(absent)}")


def find_checkout(repository: str, parents: Iterable[Path]) -> Path | None:
    """The repository's folder: `owner+name`, or an unpacked sdist."""
    named = repository.replace("/", "+")
    for parent in parents:
        for found in (parent / named, *sorted(parent.glob(f"{named.replace('-', '_')}-[0-9]*/"))):
            if found.is_dir():
                return found
    return None


def analysis_of(root: Path, folder: str) -> Tasks:
    """What `migrate analyze` says of the DAGs of this folder of a checkout."""
    command = [
        sys.executable,
        "-m",
        "migrator",
        "analyze",
        str(root / folder),
        "--format",
        "json",
        "--fail-on",
        "never",
    ]
    done = subprocess.run(
        command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return Tasks(
        folder,
        tuple(
            (dag["dag_id"], (Path(folder) / dag["file"]).as_posix(), {task["task_id"]: task for task in dag["tasks"]})
            for dag in json.loads(done.stdout)["dags"]
        ),
    )


def table(score: Score, labels: list[Label], reports: Mapping[str, list[Tasks]]) -> str:
    """The score for a terminal."""
    said = any(
        task.get("role")
        for found in reports.values()
        for report in found
        for _, _, tasks in report.dags
        for task in tasks.values()
    )
    found = score.tasks - sum(n for (_, role), n in score.roles.items() if role == NOT_FOUND)
    lines = [
        f"{score.tasks} tasks of {len({label.repository for label in labels})} repositories, {found} of them found",
        f"roles {score.role_accuracy():.3f}   ({'as reported' if said else 'from dispositions'}; {sum(len(label.roles) > 1 for label in labels)} tasks have more than one right role)",
        "  " + " " * 14 + "".join(f"{role:>13}" for role in (*ROLES, NOT_FOUND)),
    ]
    for role in ROLES:
        lines.append(f"  {role:<14}" + "".join(f"{score.roles[role, other]:>13}" for other in (*ROLES, NOT_FOUND)))
    for direction in DIRECTIONS:
        lines.append(_row(direction, score, direction, None))
        lines += [
            _row(f"  {level}", score, direction, level)
            for level in (*DIFFICULTIES, NO_DATA)
            if any(score.counts(direction, level))
        ]
    for direction in DIRECTIONS:
        right, missed, _ = score.counts(f"handover {direction}")
        lines.append(
            f"handover {direction:<9} recall {score.recall(f'handover {direction}'):.3f}   {right} right, {missed} missed"
        )
    return "\n".join(lines) + "\n"


def _row(title: str, score: Score, direction: str, level: str | None) -> str:
    right, missed, invented = score.counts(direction, level)
    return (
        f"{title:<18} precision {score.precision(direction, level):.3f}  recall {score.recall(direction, level):.3f}"
        f"   {right} right, {missed} missed, {invented} invented"
    )


def misses(score: Score) -> str:
    """Each difference on a line, by place."""
    rows = sorted(
        score.differences,
        key=lambda one: (one.label.repository, one.label.file, one.label.dag, one.label.task, one.what, one.text),
    )
    return "\n".join(
        f"{one.what:<8} {one.label.repository}/{one.label.file} {one.label.dag}.{one.label.task} {one.direction}: {one.text}"
        + (f"   [{one.place}]" if one.place else "")
        for one in rows
    )


if __name__ == "__main__":
    main()
