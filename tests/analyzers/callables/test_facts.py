"""Facts of the functions of real files, next to which the expected text stands."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.analyzers.callables import CallableAnalyzer
from tests.analyzers.callables.describe import (
    FIXTURES,
    callable_of,
    describe,
    functions,
    moved,
    project_from,
    project_of,
)

FILES = ["airflow_names", "classic_kwargs", "context_forms", "helpers_constants", "taskflow_nested"]


def described(folder: Path, file: str) -> str:
    analyzer = CallableAnalyzer(project_of(folder))
    source = analyzer.project.sources[file]
    names = functions(analyzer.workspace.module(file))
    texts = {name: describe(analyzer.facts(callable_of(analyzer, file, name)), source) for name in names}
    return "\n".join(f"=== {name}\n{text}" for name, text in texts.items())


@pytest.mark.parametrize("stem", FILES)
def test_facts_of_a_file(stem: str) -> None:
    assert described(FIXTURES, f"{stem}.py") == (FIXTURES / f"{stem}.txt").read_text()


def test_facts_in_a_folder_with_modules_of_its_own() -> None:
    assert described(FIXTURES / "folder", "dags/shop/orders.py") == (FIXTURES / "folder.txt").read_text()


def test_moved_code_defines_every_name_it_reads(tmp_path: Path) -> None:
    analyzer = CallableAnalyzer(project_of(FIXTURES))
    checked = 0
    for stem in FILES:
        source = analyzer.project.sources[f"{stem}.py"]
        for name in functions(analyzer.workspace.module(source.path)):
            facts = analyzer.facts(callable_of(analyzer, source.path, name))
            if facts.blockers or facts.context_uses:
                continue
            imports = [found for found in facts.closure.imports if not found.inside]
            imports.sort(key=lambda found: found.kind != "future")
            head = "\n".join(source.cut(found.span) for found in imports)
            code = f"{head}\n{moved(facts, source)}\n"
            ast.parse(code)
            (tmp_path / f"{stem}_{checked}.py").write_text(code)
            checked += 1
    assert checked >= 8
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_moved_code_runs_as_before() -> None:
    """Everything that gives the constants their values comes along, in its order."""
    analyzer = CallableAnalyzer(project_of(FIXTURES))
    source = analyzer.project.sources["helpers_constants.py"]
    facts = analyzer.facts(callable_of(analyzer, source.path, "build"))
    head = "\n".join(source.cut(found.span) for found in facts.closure.imports if not found.inside)
    namespace: dict[str, object] = {"__name__": "moved"}
    exec(compile(f"{head}\n{moved(facts, source)}", "moved.py", "exec", dont_inherit=True), namespace)
    assert namespace["NAMES"] == ["a", "b", "limit", "region", "z"]
    (row,) = namespace["build"]([{"limit": 2}])  # type: ignore[operator]
    assert (row.region, row.limit) == ("eu", 6)


FILLED = {
    "a decorator": """
HANDLERS = {}
def handler(name, **options):
    def register(function):
        HANDLERS[name] = function
        return function
    return register
@handler("b")
def other(): return "by b"
@handler("a", retries=1)
def some(): return "by a"
def build(): return [HANDLERS[name]() for name in sorted(HANDLERS)]
""",
    "a function": """
HANDLERS = {}
def add(name, text): HANDLERS.update({name: lambda: text})
def add_all(names):
    for name in names:
        add(name, f"by {name}")
for names in ("a", "b"):
    add_all(names)
def build(): return [HANDLERS[name]() for name in sorted(HANDLERS)]
""",
    "an object": """
class Handlers:
    def __init__(self): self.known = {}
    def handler(self, name):
        return lambda function: self.known.setdefault(name, function)
HANDLERS = Handlers()
@HANDLERS.handler("a")
def some(): return "by a"
@HANDLERS.handler("b")
def other(): return "by b"
def build(): return [made() for made in HANDLERS.known.values()]
""",
    "a class": """
class Handlers:
    known = {}
    @classmethod
    def handler(cls, name):
        def register(function):
            cls.known[name] = function
            return function
        return register
@Handlers.handler("a")
def some(): return "by a"
Handlers.handler("b")(lambda: "by b")
def build(): return [made() for made in Handlers.known.values()]
""",
    "its subclasses": """
class Handler:
    known = []
    def __init_subclass__(cls): Handler.known.append(cls)
    def work(self): return f"by {self.name}"
class A(Handler): name = "a"
class Named(A): name = "b"
def build(): return [cls().work() for cls in Handler.known]
""",
    "subclasses that Python lists": """
class Handler:
    name = ""
class A(Handler): name = "a"
class B(Handler): name = "b"
def build(): return [f"by {cls.name}" for cls in Handler.__subclasses__()]
""",
}


@pytest.mark.parametrize("code", FILLED.values(), ids=FILLED)
def test_what_fills_a_registry_moves_along(code: str) -> None:
    analyzer = CallableAnalyzer(project_from({"d.py": f"from airflow.decorators import task\n{code}"}))
    facts = analyzer.facts(callable_of(analyzer, "d.py", "build"))
    namespace: dict[str, object] = {}
    exec(moved(facts, analyzer.project.sources["d.py"]), namespace)
    assert not facts.blockers
    assert namespace["build"]() == ["by a", "by b"]  # type: ignore[operator]


@pytest.mark.parametrize("made", ["logging.getLogger(__name__)", "structlog.get_logger()"])
def test_messages_do_not_fill_a_logger(made: str) -> None:
    code = f"import logging\nimport structlog\nlog = {made}\ndef work():\n    log.info('works')\n"
    code += "def tasks(names):\n    return dict.fromkeys(names, work)\nmade = tasks('ab')\n"
    analyzer = CallableAnalyzer(project_from({"d.py": code}))
    pieces = analyzer.facts(callable_of(analyzer, "d.py", "work")).closure.pieces
    assert [piece.names for piece in pieces] == [("log",), ("work",)]
