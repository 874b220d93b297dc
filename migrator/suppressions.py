"""Comments in DAG files that suppress findings: `# migrator: ignore[MIG203, MIG205]`, or `# migrator: ignore` for all codes.

Comes in: the findings of all stages and the files' texts. Goes out: the findings without the suppressed ones, one (MIG012) for each
comment that suppresses nothing, sorted by place, each once. A comment counts on the first or last line of what a finding is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.source import SourceFile, Span

_COMMENT = re.compile(r"#\s*migrator:\s*ignore\b(?:\[([^\]\n]*)\])?")


@dataclass(slots=True)
class _Comment:
    span: Span
    codes: frozenset[str] | None
    """None: all codes."""
    used: set[str] = field(default_factory=set)


def suppress(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> tuple[Diagnostic, ...]:
    """The findings that are left, in order."""
    comments = {path: found for path, source in sources.items() if (found := _comments(source))}
    kept = [finding for finding in diagnostics if not _is_suppressed(finding, comments.get(finding.span.file, {}))]
    kept += [finding for found in comments.values() for comment in found.values() for finding in _unused(comment)]
    unique = {(finding.span, finding.code, finding.message): finding for finding in reversed(kept)}
    return tuple(sorted(unique.values(), key=_order))


def _order(finding: Diagnostic) -> tuple[str, int, int, str, str]:
    return finding.span.file, finding.span.line, finding.span.column, finding.code, finding.message


def _is_suppressed(finding: Diagnostic, comments: Mapping[int, _Comment]) -> bool:
    for line in (finding.span.line, finding.span.end_line):
        comment = comments.get(line)
        if comment is not None and (comment.codes is None or finding.code in comment.codes):
            comment.used.add(finding.code)
            return True
    return False


def _comments(source: SourceFile) -> dict[int, _Comment]:
    """The comments of a file, by line."""
    found: dict[int, _Comment] = {}
    if "migrator:" not in source.text:
        return found
    start = 0
    for number, line in enumerate(source.text.split("\n"), 1):
        match = _COMMENT.search(line)
        if match:
            codes = (
                None if match[1] is None else frozenset(code.strip() for code in match[1].split(",") if code.strip())
            )
            left, right = match.span()
            span = Span(source.path, number, left + 1, number, right + 1, start + left, start + right)
            found[number] = _Comment(span, codes)
        start += len(line) + 1
    return found


def _unused(comment: _Comment) -> Iterator[Diagnostic]:
    if not comment.codes:
        if not comment.used:
            yield diagnose("MIG012", comment.span, "the comment suppresses nothing")
        return
    for code in sorted(comment.codes - comment.used):
        yield diagnose(
            "MIG012", comment.span, f"the comment suppresses no `{code}`", f"remove `{code}` from the comment"
        )
