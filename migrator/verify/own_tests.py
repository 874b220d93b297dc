"""Runs a generated project's own tests, in a process of its own and within a time limit.

Comes in: the project's folder. Goes out: how many passed, and which did not, as findings.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.source import Span
from migrator.verify import quick_databases

TIMEOUT = 900.0
"""Seconds that all tests together may take."""


@dataclass(frozen=True, slots=True)
class OwnTests:
    """`not_run` says why there was no run, and then all else is empty."""

    passed: int = 0
    findings: tuple[Diagnostic, ...] = ()
    not_run: str = ""


def run_tests(project_dir: Path, environment: Mapping[str, str]) -> OwnTests:
    """Runs the tests below `tests/` with pytest of the running interpreter."""
    if not (project_dir / "tests").is_dir():
        return OwnTests(not_run="the project has no tests")
    if importlib.util.find_spec("pytest") is None:
        return OwnTests(not_run="pytest is not installed")
    with tempfile.TemporaryDirectory(prefix="migrate-tests-") as scratch:
        report = Path(scratch, "report.xml")
        options = [
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            quick_databases.__name__,
            f"--junitxml={report}",
            f"--basetemp={scratch}/tmp",
            "tests",
        ]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *options],
                cwd=project_dir,
                env={**environment, "PYTEST_ADDOPTS": ""},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            return OwnTests(findings=(_finding("tests", f"the tests took more than {TIMEOUT:g} seconds"),))
        if not report.exists():
            return OwnTests(
                findings=(
                    _finding(
                        "tests", f"pytest ended with exit code {done.returncode}: {_tail(done.stdout + done.stderr)}"
                    ),
                )
            )
        return _read(report)


def _read(report: Path) -> OwnTests:
    """What pytest's report in the format of JUnit says."""
    passed, findings = 0, []
    for case in ET.parse(report).iter("testcase"):
        outcome = next((child for child in case if child.tag in ("failure", "error")), None)
        if outcome is not None:
            findings.append(_failed(case.attrib, outcome.attrib.get("message", "")))
        elif case.find("skipped") is None:
            passed += 1
    return OwnTests(passed, tuple(findings))


def _failed(case: Mapping[str, str], message: str) -> Diagnostic:
    module, name = case.get("classname", ""), case.get("name", "")
    first = next(iter(message.splitlines()), "")
    path = f"{(module or name).replace('.', '/')}.py"
    return _finding(path, f"the test `{name}` fails: {first}" if first else f"the test `{name}` fails")


def _finding(path: str, message: str) -> Diagnostic:
    return diagnose("MIG521", Span(file=path, line=1), message)


def _tail(text: str) -> str:
    lines: Iterable[str] = text.rstrip().splitlines()[-5:]
    return "\n".join(lines)
