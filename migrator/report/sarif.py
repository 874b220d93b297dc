"""The findings as SARIF 2.1.0, for code scanning of pull requests.

Paths are relative to the repository that holds the DAG folder (the nearest folder above with `.git`), because that is what code scanning shows
them in; without one, to the DAG folder.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from migrator import __version__
from migrator.diagnostics import CATALOGUE, Diagnostic
from migrator.report import Analysis
from migrator.report.words import clean
from migrator.secrets.masking import cover_text

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(analysis: Analysis) -> str:
    """The findings as text with a final newline."""
    return json.dumps(document(analysis), indent=2, ensure_ascii=True) + "\n"


def document(analysis: Analysis) -> dict[str, Any]:
    """The findings as plain dicts and lists."""
    codes = sorted({finding.code for finding in analysis.diagnostics})
    prefix = _prefix(Path(analysis.project.root))
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "airflow-dagster-migrator",
                        "semanticVersion": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": list(_results(analysis.diagnostics, codes, prefix)),
            }
        ],
    }


def _prefix(root: Path) -> str:
    """The DAG folder as seen from its repository; empty where it is that, or in none."""
    folder = root if root.is_dir() else root.parent
    for above in (folder, *folder.parents):
        if (above / ".git").exists():
            return folder.relative_to(above).as_posix().removeprefix(".")
    return ""


def _rule(code: str) -> dict[str, Any]:
    doc = CATALOGUE[code]
    help = f"{doc.meaning} To do: {doc.remedy}." if doc.remedy != "none" else doc.meaning
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in doc.title.split()),
        "shortDescription": {"text": doc.title},
        "fullDescription": {"text": doc.meaning},
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": _LEVELS[doc.severity.value]},
    }


def _results(findings: Iterable[Diagnostic], codes: Sequence[str], prefix: str) -> Iterator[dict[str, Any]]:
    """One result for each finding. Its fingerprint holds no line, so that it stays the same finding when code above it changes."""
    seen: dict[str, int] = {}
    for finding in findings:
        message = cover_text(clean(finding.message))
        identity = "\n".join([finding.code, finding.span.file, message])
        seen[identity] = seen.get(identity, 0) + 1
        digest = hashlib.sha256(f"{identity}\n{seen[identity]}".encode("utf-8", "backslashreplace")).hexdigest()
        help = f". Help: {cover_text(clean(finding.help))}" if finding.help and finding.help != "none" else ""
        yield {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": _LEVELS[finding.severity.value],
            "message": {"text": f"{message}{help}."},
            "locations": [{"physicalLocation": _location(finding, prefix)}],
            "partialFingerprints": {"finding/v1": digest},
        }


def _location(finding: Diagnostic, prefix: str) -> dict[str, Any]:
    span = finding.span
    path = posixpath.normpath(posixpath.join(prefix, span.file))
    found: dict[str, Any] = {"artifactLocation": {"uri": quote(path.encode("utf-8", "backslashreplace"), safe="/")}}
    if span.file == ".":
        return found
    region = {"startLine": max(span.line, 1), "startColumn": max(span.column, 1)}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": max(span.end_column, 1)}
    return {**found, "region": region}
