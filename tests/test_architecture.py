"""The rules that hold for the code as a whole: who may import whom, and how long a module may be."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# One worker reads the modules, once for all rules.
pytestmark = pytest.mark.xdist_group("architecture")

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "migrator"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAY_IMPORT = {
    "model": {"model", "diagnostics"},
    "catalogue": {"model.frozen"},
    "diagnostics": {"catalogue", "secrets", "model.frozen", "model.source"},
    "config": {"model", "databases", "diagnostics", "corrections", "effort", "exports", "secrets"},
    "databases": set(),
    "effort": set(),
    "corrections": {"model"},
    "exports": {"databases", "diagnostics"},
    "secrets": {"secrets", "model.frozen"},
    "operators": {"operators", "model", "diagnostics", "config"},
    "analyzers": {
        "analyzers",
        "operators",
        "model",
        "databases",
        "diagnostics",
        "config",
        "corrections",
        "secrets",
    },
    "planning": {"planning", "analyzers", "operators", "model", "diagnostics", "config", "corrections"},
    "codegen": {
        "codegen",
        "analyzers.callables",
        "analyzers.positions",
        "secrets",
        "bridge.render_bridge",
        "dashboard.render_dashboard",
        "trials",
        "model",
        "diagnostics",
        "state",
    },
    "trials": {"trials", "analyzers", "model", "diagnostics", "config"},
    "state": {"state", "model", "diagnostics"},
    "bridge": {"bridge", "state", "model", "diagnostics"},
    "dashboard": {"dashboard", "state", "bridge", "model", "diagnostics", "effort.hours"},
    "verify": {
        "verify",
        "analyzers.templates",
        "operators",
        "planning.timing.timetable",
        "codegen.own_tests.read_on_import",
        "model",
        "diagnostics",
    },
    "report": {"report", "against", "model", "diagnostics", "secrets", "roadmap", "effort"},
    "roadmap": {"roadmap", "against.rest", "model", "diagnostics", "effort"},
    "against": {"against", "diagnostics"},
    "suppressions": {"model", "diagnostics"},
}
"""What each part may import of this package. Parts that are not listed (the command line, the pipeline) may import all."""

STAND_INS = PACKAGE / "analyzers" / "interpreter" / "libraries" / "library_code"
"""Modules that the interpreter reads as it reads a team's code, and nothing imports: those of libraries that build on Airflow import it."""

_IMPORTED_AS = {"python_dateutil": "dateutil", "pyyaml": "yaml"}
INSTALLED = {
    _IMPORTED_AS.get(name, name)
    for requirement in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    for name in [re.split(r"[^\w-]", requirement)[0].lower().replace("-", "_")]
}
"""The packages that come with this one, by the name they are imported under."""

LIVING = {"against", "bridge", "dashboard", "verify"}
"""The only parts that may import Dagster or Airflow: everything else works where neither is installed.
(Of `against` it is the script that runs in the user's Airflow environment.)"""


@cache
def imports(path: Path) -> tuple[tuple[int, str], ...]:
    """Line and dotted name of everything that a module imports, at its top level or inside a function."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def part_of(path: Path) -> str:
    """The package or module directly below `migrator` that a file belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_imports_go_one_way(path: Path) -> None:
    allowed = MAY_IMPORT.get(part_of(path))
    if allowed is None:
        return
    wrong = [
        f"{named(path)}:{line}: {name}"
        for line, name in imports(path)
        if name.startswith("migrator.")
        and not any(f"{name}.".startswith(f"migrator.{prefix}.") for prefix in allowed)
        and name != "migrator.__version__"
    ]
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_dagster_and_airflow_are_imported_by_the_living_parts_only(path: Path) -> None:
    if part_of(path) in LIVING or STAND_INS in path.parents:
        return
    wrong = [
        f"{named(path)}:{line}: {name}"
        for line, name in imports(path)
        if name.split(".")[0] in {"airflow", "dagster", "dagster_airlift"}
    ]
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_what_is_imported_is_installed_without_extras(path: Path) -> None:
    """`pip install` of the package alone must be enough to analyze and generate."""
    if part_of(path) in LIVING or STAND_INS in path.parents:
        return
    wrong = [
        f"{named(path)}:{line}: {name}"
        for line, name in imports(path)
        if (top := name.split(".")[0]) not in sys.stdlib_module_names and top not in {"migrator", *INSTALLED}
    ]
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_modules_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.jinja")), ids=named)
def test_templates_are_short(path: Path) -> None:
    """A long class is a folder of parts, of which a project gets the methods that it calls."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


def test_every_part_has_its_rule() -> None:
    free = {"__init__", "__main__", "cli", "commands", "pipeline"}
    assert {part_of(path) for path in MODULES} - free <= MAY_IMPORT.keys()
