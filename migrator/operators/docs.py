"""Writes docs/rules.md from the rules: `python -m migrator.operators.docs`; with `--check` only tells whether it is current."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from migrator.operators.common import COMMON_ARGUMENTS, SENSOR_ARGUMENTS
from migrator.operators.names import decorator_of
from migrator.operators.python import ASSET_CLASS
from migrator.operators.registry import builtin_rules
from migrator.operators.rule import Example, Rule

TARGET = Path(__file__).parents[2] / "docs" / "rules.md"

_HEAD = """\
# Rules

What a task becomes, by its operator. A rule holds for the operators named and for subclasses that do not override what the
operator does; old import paths of the same classes count too. Every other operator stays in Airflow
(MIG201) and is observed through the bridge.

*Made by `python -m migrator.operators.docs` from the rules in `migrator/operators/`; do not edit.*
"""


def render() -> str:
    """The whole page."""
    rules = builtin_rules()
    parts = [_HEAD, _overview(rules), *(_section(rule) for rule in rules), _common()]
    return "\n".join(parts)


def _overview(rules: Iterable[Rule]) -> str:
    rows = [
        f"| {', '.join(f'`{_short(name)}`' for name in rule.operators)} | [{rule.name}](#{rule.name}) |"
        for rule in rules
    ]
    return "| Operators | Rule |\n| --- | --- |\n" + "\n".join(rows) + "\n"


def _section(rule: Rule) -> str:
    lines = [f"## {rule.name}", "", rule.summary, "", "Operators:", ""]
    lines += [f"- `{name}`" for name in rule.operators]
    if rule.carried:
        lines += ["", "Arguments that are read: " + ", ".join(f"`{name}`" for name in sorted(rule.carried)) + "."]
    if rule.ignored:
        lines += ["", "Arguments that are left out:", ""]
        lines += [f"- `{name}`: {reason}" for name, reason in sorted(rule.ignored.items())]
    if rule.default_connection:
        lines += ["", f"Without a connection: `{rule.default_connection}`."]
    for example in rule.examples:
        lines += _example(example)
    return "\n".join(lines) + "\n"


def _example(example: Example) -> list[str]:
    outcome = f"Becomes: {example.disposition}."
    if example.codes:
        outcome += f" Findings: {', '.join(example.codes)}."
    if example.expected:
        outcome += " The generated code has " + ", ".join(f"`{text}`" for text in example.expected) + "."
    return ["", f"### {example.title}", "", "```python", example.dag.strip(), "```", "", outcome]


def _common() -> str:
    lines = [
        "## Arguments of every operator",
        "",
        "Those that are lost are reported (MIG202) where a task gives them a value that asks for something.",
        "",
        "| Argument | What becomes of it | |",
        "| --- | --- | --- |",
    ]
    for table in (COMMON_ARGUMENTS, SENSOR_ARGUMENTS):
        of = " (sensors)" if table is SENSOR_ARGUMENTS else ""
        lines += [f"| `{name}`{of} | {known.fate} | {known.note} |" for name, known in sorted(table.items())]
    return "\n".join(lines) + "\n"


def _short(path: str) -> str:
    """A class's name, or the decorator that it stands for."""
    decorator = "asset" if path == ASSET_CLASS else decorator_of(path)
    return f"@{decorator}" if decorator else path.rpartition(".")[2]


def main(arguments: list[str]) -> int:
    """0 if the page is, or is now, current; 1 if `--check` found that it is not."""
    text = render()
    if "--check" in arguments:
        if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print(f"{TARGET.name} is stale: run `python -m migrator.operators.docs`", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
