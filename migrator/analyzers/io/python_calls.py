"""Files, tables and models that a task's Python function reads and writes, by the library calls in it.

In: a task with its callable. Out: references and findings. The calls in the function and in functions of the folder that it calls are
looked up in `python_library`; the names are folded as far as the code says them, with what the task hands over, what upstream tasks
return, and the dates of the run left visible (`python_frames`). A name of which nothing is known gives nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

import libcst as cst

from migrator.analyzers.callables import CallableAnalyzer
from migrator.analyzers.callables.fold import Frame
from migrator.analyzers.callables.modules import ModuleUnreadable
from migrator.analyzers.callables.tree import children, dotted, keywords, positional
from migrator.analyzers.io.context import better, make_ref
from migrator.analyzers.io.names import usable
from migrator.analyzers.io.python_connections import Store, store_of
from migrator.analyzers.io.python_frames import TaskFrames
from migrator.analyzers.io.python_library import (
    FUNCTIONS,
    METHODS,
    OPENERS,
    PATH_METHODS,
    PATH_MOVES,
    READ,
    SPARK_FORMATS,
    SQL_FUNCTIONS,
    SQL_METHODS,
    URL_SYSTEMS,
    WRITE,
    Access,
)
from migrator.diagnostics import Diagnostic, diagnose
from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetRef, Confidence, Direction
from migrator.model.values import Symbolic, Text, Value, show

MAX_CALLS = 200
"""Functions of the folder that are entered for one task."""
MAX_DEPTH = 6
_SQL = re.compile(
    r"^\s*(?:--[^\n]*\n\s*)*(?:with|select|insert|merge|create|delete|update|copy|truncate|replace)\s", re.I
)
_IDENTIFIER = re.compile(r"^[\w.\"`{}:\[\]-]+$")


def python_refs(
    task: Task, analyzer: CallableAnalyzer, project: AirflowProject
) -> tuple[list[AssetRef], list[Diagnostic]]:
    """What the task's callable reads and writes, in the order of the code; empty if it has none that can be read."""
    dag = next((dag for dag in project.dags if dag.dag_id == task.dag_id), None)
    if dag is None or task.callable is None:
        return [], []
    walker = _Walker()
    try:
        for frame, function in TaskFrames(analyzer, dag).frames(task):
            walker.walk(function, frame, "")
    except (ModuleUnreadable, RecursionError):
        return [], []
    return list(walker.found.values()), list(walker.diagnostics.values())


class _Walker:
    """Follows the calls from one function; `found` is keyed so that each thing is listed once for each direction."""

    def __init__(self) -> None:
        self.found: dict[tuple[Direction, str, str], AssetRef] = {}
        self.diagnostics: dict[tuple[str, int], Diagnostic] = {}
        self.entered: set[tuple[object, ...]] = set()

    def walk(self, function: cst.FunctionDef | cst.Lambda, frame: Frame, helper: str, depth: int = 0) -> None:
        """All calls of a function; `helper` is its name if it is not the task's own."""
        calls = list(_calls(function.body))
        called = {dotted(call.func) for call, _ in calls}
        for call, inside in calls:
            if inside and inside in called:  # of a nested function, which is entered with its arguments
                continue
            self.call(call, frame, helper)
            target = frame.function(call.func)
            if target is None or depth >= MAX_DEPTH:
                continue
            module, definition = target
            for inner in frame.alternatives(lambda: frame.call(module, definition, call)):  # noqa: B023
                scope = module.table.scopes[definition]
                own = sorted((name, repr(v)) for (around, name), v in inner.arguments.items() if around is scope)
                key = (definition, *own)
                if key not in self.entered and len(self.entered) < MAX_CALLS:
                    self.entered.add(key)
                    self.walk(definition, inner, definition.name.value, depth + 1)

    # -- one call

    def call(self, call: cst.Call, frame: Frame, helper: str) -> None:
        place = _Place(call, frame, helper)
        qualified = frame.module.qualified(call.func)
        method = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
        owner = call.func.value if isinstance(call.func, cst.Attribute) else None
        if qualified in SQL_FUNCTIONS:
            self.query(place, positional(call)[:1], store_of(frame, _connection(call) or owner))
        elif qualified in FUNCTIONS:
            self.accesses(place, FUNCTIONS[qualified])
        elif qualified in OPENERS or (dotted(call.func) == "open" and not qualified):
            self.opened(place, _argument(call, 0, ("file", "filename")), _argument(call, 1, ("mode",)))
        elif owner is None:
            return
        elif method in METHODS:
            self.accesses(place, METHODS[method])
        elif method in PATH_METHODS:
            self.named(place, PATH_METHODS[method], "file", owner)
        elif method == "open":
            self.opened(place, owner, _argument(call, 0, ("mode",)))
        elif method in PATH_MOVES and len(call.args) == 1:
            self.moved(place, owner, call.args[0].value)
        elif method in SPARK_FORMATS:
            self.spark(place, owner)
        elif method in SQL_METHODS:
            self.query(
                place,
                positional(call)[:1] or [v for k, v in keywords(call).items() if k == "sql"],
                store_of(frame, owner),
            )

    def accesses(self, place: _Place, accesses: tuple[Access, ...]) -> None:
        for access in accesses:
            node = _argument(place.call, access.position, access.keywords)
            if node is None:
                continue
            if access.kind == "table":
                self.table(place, access.direction, node)
            else:
                self.named(place, access.direction, access.kind, node)

    def opened(self, place: _Place, path: cst.BaseExpression | None, mode: cst.BaseExpression | None) -> None:
        """`open`: the mode says which way."""
        value = place.frame.value(mode) if mode is not None else "r"
        if path is None or not isinstance(value, str):
            return
        if "r" in value or "+" in value:
            self.named(place, READ, "file", path)
        if set("wax+") & set(value):
            self.named(place, WRITE, "file", path)

    def moved(self, place: _Place, source: cst.BaseExpression, target: cst.BaseExpression) -> None:
        """`path.rename(target)`; `text.replace(...)` has two arguments."""
        if all(isinstance(place.frame.value(node), (str, Text)) for node in (source, target)):
            self.named(place, READ, "file", source)
            self.named(place, WRITE, "file", target)

    def spark(self, place: _Place, owner: cst.BaseExpression) -> None:
        """`spark.read.parquet(path)`, `frame.write.mode("overwrite").csv(path)`, `spark.read.table(name)`."""
        node: cst.CSTNode = owner
        while isinstance(node, (cst.Call, cst.Attribute)):
            if isinstance(node, cst.Attribute) and node.attr.value in ("read", "write"):
                direction = READ if node.attr.value == "read" else WRITE
                argument = _argument(place.call, 0, ("path", "name"))
                if argument is not None and dotted(place.call.func).endswith(".table"):
                    self.table(place, direction, argument)
                elif argument is not None:
                    self.named(place, direction, "file", argument)
                return
            node = node.func if isinstance(node, cst.Call) else node.value

    def table(self, place: _Place, direction: Direction, node: cst.BaseExpression) -> None:
        owner = place.call.func.value if isinstance(place.call.func, cst.Attribute) else None
        store = store_of(place.frame, _connection(place.call))
        if store == Store():
            store = store_of(place.frame, owner)
        schema = _argument(place.call, None, ("schema",))
        prefix = place.frame.value(schema) if schema is not None else None
        for value in place.frame.values(node):
            name = rendered(value)
            if name is None or not _IDENTIFIER.match(name):
                continue
            if isinstance(prefix, str) and prefix:
                name = f"{prefix}.{name}"
            self.add(place, direction, "table", name, _confidence(node), store)

    def query(self, place: _Place, nodes: list[cst.BaseExpression], store: Store) -> None:
        """SQL as text: the tables that it reads and writes."""
        for node in nodes:
            for value in place.frame.values(node):
                sql = rendered(value)
                if sql is not None and _SQL.match(sql):
                    self.statement(place, sql, store)
                elif sql is not None and _IDENTIFIER.match(sql) and place.shown.endswith("read_sql"):
                    self.add(place, READ, "table", sql, _confidence(node), store)

    def statement(self, place: _Place, sql: str, store: Store) -> None:
        from migrator.analyzers.io.sql import DIALECTS, restored, without_jinja
        from migrator.analyzers.io.sql_statements import analyze_sql

        texts, originals = without_jinja([sql])
        effects = analyze_sql(texts, DIALECTS.get(store.system or ""))
        span = place.frame.module.span(place.call)
        for error in effects.errors if "{?}" not in sql else ():
            self.diagnostics.setdefault((span.file, span.start), diagnose("MIG401", span, error.reason))
        for direction, found in ((READ, effects.reads), (WRITE, effects.writes)):
            for effect in found:
                confidence = Confidence.LIKELY if effect.confidence is Confidence.CERTAIN else effect.confidence
                if effect.kind == "table":
                    self.add(place, direction, "table", restored(effect.name, originals), confidence, store)
                else:
                    self.file(place, direction, "file", restored(effect.name, originals), confidence)

    # -- results

    def named(self, place: _Place, direction: Direction, kind: str, node: cst.BaseExpression) -> None:
        """Files (or what else `kind` says) that an expression names."""
        for value in place.frame.values(node):
            name = rendered(value)
            if name is not None:
                self.file(place, direction, kind, name, _confidence(node))

    def file(self, place: _Place, direction: Direction, kind: str, name: str, confidence: Confidence) -> None:
        scheme, separator, rest = name.partition("://")
        if separator and scheme in ("http", "https"):
            self.add(place, direction, "api", name, confidence, Store())
        elif separator and scheme == "file":
            self.add(place, direction, kind, rest, confidence, Store())
        elif separator:
            shown = kind if kind == "model" else "object"
            self.add(place, direction, shown, name, confidence, Store(URL_SYSTEMS.get(scheme)))
        elif kind != "api" and '"' not in name:
            self.add(place, direction, kind, posixpath.normpath(name), confidence, Store())

    def add(
        self, place: _Place, direction: Direction, kind: str, name: str, confidence: Confidence, store: Store
    ) -> None:
        known = usable(name)
        if known is None:
            return
        what = "reads" if direction is READ else "writes"
        where = f" in `{place.helper}`, which the task calls" if place.helper else ""
        span = place.frame.module.span(place.call)
        ref = make_ref(
            direction,
            kind,
            known,
            confidence,
            span,
            f"`{place.shown}` {what} it{where}",
            system=store.system,
            connection=store.connection,
        )
        # A table that is emptied and then filled is known by the filling.
        key = (direction, kind, known)
        self.found[key] = better(self.found[key], ref) if key in self.found else ref


class _Place:
    """A call and where it stands."""

    __slots__ = ("call", "frame", "helper", "shown")

    def __init__(self, call: cst.Call, frame: Frame, helper: str) -> None:
        self.call, self.frame, self.helper = call, frame, helper
        last = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
        self.shown = dotted(call.func) or f".{last}"


def _calls(node: cst.CSTNode, inside: str = "") -> Iterator[tuple[cst.Call, str]]:
    """Calls below a node in the order of the code, and the name of the nested function they stand in."""
    if isinstance(node, cst.FunctionDef):
        inside = node.name.value
    for child in children(node):
        yield from _calls(child, inside)
    if isinstance(node, cst.Call):
        yield node, inside


def _argument(call: cst.Call, position: int | None, names: tuple[str, ...]) -> cst.BaseExpression | None:
    args, named = positional(call), keywords(call)
    for name in names:
        if name in named:
            return named[name]
    return args[position] if position is not None and position < len(args) else None


def _connection(call: cst.Call) -> cst.BaseExpression | None:
    """The database connection that a call of pandas is given."""
    named = _argument(call, None, ("con", "connection", "engine"))
    args = positional(call)
    return named if named is not None or len(args) < 2 else args[1]


def _confidence(node: cst.BaseExpression) -> Confidence:
    """Certain where the name is written out at the call."""
    if isinstance(node, cst.Call) and len(node.args) == 1 and dotted(node.func).rpartition(".")[2] == "Path":
        node = node.args[0].value
    return Confidence.CERTAIN if isinstance(node, cst.SimpleString) else Confidence.LIKELY


def rendered(value: Value) -> str | None:
    """A folded value as text with unknown parts visible; None where it is no text, or names a temporary file."""
    parts = value.parts if isinstance(value, Text) else (value,)
    if any(isinstance(part, Symbolic) and part.kind == "temporary" for part in parts):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, Symbolic):
        return value.source if value.kind == "context" else show(value)
    if isinstance(value, Text):
        return "".join(rendered(part) or "{?}" for part in value.parts)
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
