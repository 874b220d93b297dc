"""`.airflowignore`: which paths a pattern file excludes, in both of Airflow's syntaxes.

Comes in: the text of a pattern file and where it stands. Goes out: rules, and a diagnostic for each line that is no pattern. `regexp` (the default
of Airflow 2) searches a path relative to the DAG folder; `glob` (the default of Airflow 3) is gitignore's, with Airflow's deviation that
a pattern without a slash inside is matched with the last part of the path alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, Protocol

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.frozen import dataclass
from migrator.model.source import Span

IGNORE_FILE = ".airflowignore"

Syntax = Literal["regexp", "glob"]

_COMMENT = re.compile(r"\s*#.*")
_NESTED_REPEAT = re.compile(r"\((?:[^()\\]|\\.)*(?<!\\)[*+}](?:[^()\\]|\\.)*\)[*+{]")
"""`(a+)+`: linear in the engine that Airflow 2 uses, exponential in Python's."""
_ONLY_REGEXP = re.compile(r"\.\*|\\|^\^|\$$|\.\+|\||\(\?")
_ONLY_GLOB = re.compile(r"\*\*|^[*!/]|(?<![.)\]])\*")


class Rule(Protocol):
    def decide(self, path: str, is_dir: bool) -> bool | None:
        """True: ignored; False: taken back in; None: says nothing. `path` is relative to the DAG folder."""


@dataclass(frozen=True, slots=True)
class RegexpRule:
    pattern: re.Pattern[str]

    def decide(self, path: str, is_dir: bool) -> bool | None:
        return True if self.pattern.search(path) else None


@dataclass(frozen=True, slots=True)
class GlobRule:
    pattern: re.Pattern[str]
    include: bool
    anchor: str | None
    """The directory (relative, `` for the folder itself) that the pattern is relative to; None: the last part of the path is matched."""
    dir_only: bool

    def decide(self, path: str, is_dir: bool) -> bool | None:
        if self.dir_only and not is_dir:
            return None
        if self.anchor is None:
            path = path.rpartition("/")[2]
        elif self.anchor:
            path = path.removeprefix(self.anchor + "/")
        return self.include if self.pattern.match(path + "/" * is_dir) else None


def is_ignored(path: str, is_dir: bool, rules: Sequence[Rule]) -> bool:
    """Whether the rules, of which later ones override earlier ones, exclude the path."""
    ignored = False
    for rule in rules:
        decision = rule.decide(path, is_dir)
        if decision is not None:
            ignored = decision
    return ignored


def read_rules(text: str, file: str, directory: str, syntax: Syntax) -> tuple[list[Rule], list[Diagnostic]]:
    """The rules of a pattern file; `file` is its name for diagnostics, `directory` where it stands, relative to the DAG folder."""
    rules: list[Rule] = []
    diagnostics: list[Diagnostic] = []
    for number, line in enumerate(text.split("\n"), 1):
        pattern = _COMMENT.sub("", line.rstrip("\r"))
        if not pattern:
            continue
        try:
            rule = _regexp(pattern) if syntax == "regexp" else _glob(pattern, directory)
        except ValueError as error:
            span = Span(file, number, 1, number, len(pattern) + 1)
            diagnostics.append(diagnose("MIG013", span, f"`{pattern}` is not a valid {syntax} pattern: {error}"))
        else:
            if rule is not None:
                rules.append(rule)
    return rules, diagnostics


def guess_syntax(text: str) -> Syntax:
    """The syntax that a pattern file seems to be written in, where neither it nor Airflow's version is given; `glob` in doubt."""
    lines = [pattern for line in text.splitlines() if (pattern := _COMMENT.sub("", line).strip())]
    if any(_ONLY_GLOB.search(line) for line in lines):
        return "glob"
    return "regexp" if any(_ONLY_REGEXP.search(line) for line in lines) else "glob"


def _regexp(pattern: str) -> Rule:
    if _NESTED_REPEAT.search(pattern):
        raise ValueError("a repetition inside a repetition could take forever")
    try:
        return RegexpRule(re.compile(pattern))
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from None


def _glob(pattern: str, directory: str) -> Rule | None:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    if pattern.strip() == "/":
        return None
    anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
    dir_only = pattern.lstrip("!").rstrip().endswith("/")
    compiled = GitIgnoreSpecPattern(pattern)
    if compiled.include is None or compiled.regex is None:
        return None
    return GlobRule(compiled.regex, compiled.include, directory if anchored else None, dir_only)
