"""Prints how the analysis compares with Airflow.

    python -m tests.conformance [--worst N] [--tighten] [--write]

`--tighten` raises the thresholds in `budget.json` to what was measured; it never lowers one. `--write` writes `docs/conformance.md`.
"""

from __future__ import annotations

import argparse

from tests.conformance.budget import read_budget, tighten
from tests.conformance.corpora import CORPORA, PROVIDERS, analysis_of, truth_of
from tests.conformance.page import FILE, page
from tests.conformance.score import FIELDS, PARTS, Score, compare


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__.splitlines()[0])
    parser.add_argument("--worst", type=int, default=5, help="how many wrong files to name per folder (default: 5)")
    parser.add_argument(
        "--tighten", action="store_true", help="raise the thresholds in budget.json to what was measured"
    )
    parser.add_argument("--write", action="store_true", help="write docs/conformance.md")
    arguments = parser.parse_args()
    answers = {corpus: (truth_of(corpus), analysis_of(corpus)) for corpus in CORPORA}
    scores = {corpus.name: compare(truth, analysis) for corpus, (truth, analysis) in answers.items()}
    for name, score in scores.items():
        print(table(name, score, arguments.worst))
    if arguments.tighten:
        tighten({name: score.figures() for name, score in scores.items()})
    if arguments.write:
        FILE.write_text(page(scores, answers[PROVIDERS]))
    budget = read_budget()
    short = [line for name, score in scores.items() for line in budget.shortfalls(name, score.figures())]
    print("\n".join(short) or "within the budget")
    raise SystemExit(bool(short))


def table(name: str, score: Score, worst: int) -> str:
    lines = [f"{name}: {score.files} files that load in Airflow"]
    lines += [
        f"  {part:<14} precision {score.precision(part):.4f}  recall {score.recall(part):.4f}  F1 {score.f1(part):.4f}"
        f"   {score.hits[part]} of {score.truth[part]}, {score.found[part]} found"
        for part in PARTS
    ]
    lines += [
        f"  {field:<14} right {score.share_right(field):.4f}   {score.right[field]} of {score.asked[field]}"
        for field in FIELDS
    ]
    lines.append(
        f"  read wrongly   {len(score.wrong)} files; wrong without a finding: {100 * score.silent_share:.2f} % of all that was compared"
    )
    for file in sorted(score.wrong, key=lambda file: -len(file.lines()))[:worst]:
        shown = file.lines()
        lines.append(
            f"    {'told' if file.told else 'silent'}: {file.file}: {', '.join(shown[:4])}{' ...' if shown[4:] else ''}"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
