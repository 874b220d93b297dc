"""A call in a task's code: where it stands, what it is given, and the names that the parts of an access have there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice, product

import libcst as cst

from migrator.analyzers.callables.source.tree import descend, dotted
from migrator.analyzers.io.python.evaluator import Evaluator
from migrator.analyzers.io.python.library import Access, Argument, Package
from migrator.analyzers.io.python.names import MAX_NAMES, Store, host_of, names_connection, names_of, rendered, store_of
from migrator.analyzers.io.python.values import Instance, Made, OwnFunction, Scope, Step
from migrator.analyzers.nodes import string_value
from migrator.model.assets import Confidence
from migrator.model.source import Span
from migrator.model.values import Symbolic, Text, Value

_DEFAULTS = {"sftp://": "sftp_default", "ftp://": "ftp_default", "redis://": "redis_default"}
"""Airflow's connection where a hook is given none."""


class Place:
    """A call, where it stands, and what it was given."""

    def __init__(self, node: cst.Call, evaluator: Evaluator, scope: Scope, owner: Value, step: Step) -> None:
        self.node, self.evaluator, self.scope, self.owner, self.step = node, evaluator, scope, owner, step
        self._within = evaluator.calls[-1] if len(evaluator.calls) > 1 else None

    @cached_property
    def shown(self) -> str:
        """What is called, as the code has it."""
        function = self.node.func
        return dotted(function) or (f".{function.attr.value}" if type(function) is cst.Attribute else ".")

    @cached_property
    def helper(self) -> str:
        """The function of the folder that the call stands in, where that is not the task's own."""
        return _name(self._within) if self._within is not None else ""

    @cached_property
    def literals(self) -> set[str]:
        """Texts that are written out in the call."""
        found = {string_value(item) for item in descend(self.node) if type(item) is cst.SimpleString}
        return {item for item in found if isinstance(item, str)}

    def span(self) -> Span:
        """Where the call stands."""
        return self.scope.module.span(self.node)


def _name(function: OwnFunction) -> str:
    return function.node.name.value if type(function.node) is cst.FunctionDef else "lambda"


def sure(literal: bool) -> Confidence:
    """Certain where the name is written out at the call."""
    return Confidence.CERTAIN if literal else Confidence.LIKELY


_TAKES_ADDRESS = frozenset(
    [
        *("read_sql", "read_sql_query", "read_sql_table", "to_sql", "read_database", "read_database_uri"),
        *("write_database", "read_postgis", "to_postgis"),
    ]
)
"""Calls whose second argument is a database, or may be the address of one; with others it may be rows that come from one."""


def store_at(place: Place, package: Package | None) -> Store:
    """The database that a call works on: by the connection it is given, else by its object."""
    found = next(
        (place.step.kwargs[n] for n in ("con", "conn", "connection", "engine", "bind") if n in place.step.kwargs), None
    )
    second = place.step.args[1] if len(place.step.args) > 1 else None
    if place.step.name in _TAKES_ADDRESS or (isinstance(second, (Made, Instance)) and not _is_hook(place.owner)):
        found = second if found is None else found
    objects = [one for one in (place.owner, *place.step.args[:1]) if not isinstance(one, (str, Text, Symbolic))]
    for value in (found, *objects):
        store = store_of(value)
        if store != Store():
            return Store(store.system or (package.system if package is not None else None), store.connection)
    return Store(package.system if package is not None else None)


def _is_hook(owner: Value) -> bool:
    """Whether it is one of Airflow's hooks itself, which is given rows from anywhere and reaches its own connection."""
    made = owner.made if isinstance(owner, Instance) else owner
    return isinstance(made, Made) and made.root.endswith("Hook") and len(made.steps) <= 1


def given(place: Place, argument: Argument) -> Value:
    """An argument of the call, or of a step before it; None where it is not given."""
    step: Step | None = place.step
    if argument.steps:
        owner = place.owner.made if isinstance(place.owner, Instance) else place.owner
        step = owner.step(*argument.steps) if isinstance(owner, Made) else None
    if step is None:
        return None
    found = step.argument(argument.position, *argument.names)
    if found is None:
        for head, _, key in (name.partition(".") for name in argument.names if "." in name):
            inner = step.argument(None, head)
            found = inner.get(key) if found is None and isinstance(inner, dict) else found
    return found


def is_query(address: Value, sent: Value) -> bool:
    """Whether a POST asks for data: GraphQL, or a search."""
    shown = (rendered(address) or "").partition("?")[0].rstrip("/").lower()
    if shown.endswith(("/graphql", "/_search", "/search", "/query")):
        return True
    query = sent.get("query") if isinstance(sent, Mapping) else None
    return isinstance(query, str) and query.lstrip().startswith(("{", "query"))


def first(place: Place, access: Access) -> Value:
    return next((given(place, part) for part in access.template if isinstance(part, Argument)), None)


def _texts(place: Place, argument: Argument) -> list[str]:
    """What an argument says, as far as it is a name."""
    value = given(place, argument)
    if argument.until == "." and isinstance(value, (list, tuple)):
        value = ".".join(rendered(one) or "{?}" for one in value)
    found = list(names_of(value))[:MAX_NAMES]
    if argument.until == ":":
        return list(dict.fromkeys(name.partition(":")[0] for name in found))
    if argument.until == "!":
        return list(dict.fromkeys(name.partition("!")[0].strip("'") for name in found))
    if argument.until == "/":
        return list(dict.fromkeys(name.rstrip("/").rpartition("/")[2] for name in found))
    if argument.until == " ":  # a command with its argument
        return [name.partition(" ")[2] for name in found if " " in name]
    return found


def lacks_name(place: Place, access: Access) -> bool:
    """Whether a part of the name is not given at all: the call writes what is named elsewhere."""
    parts = [part for part in access.template if isinstance(part, Argument)]
    return any(given(place, part) is None for part in parts)


def names_at(place: Place, access: Access) -> Iterator[tuple[str, bool]]:
    """The names that an access's template gives, and whether all their parts are written out at the call."""
    columns: list[list[str]] = []
    written_out = True
    for part in access.template:
        if part == "{@}":
            connection = store_of(place.owner).connection
            if connection is None and not names_connection(place.owner):
                connection = _DEFAULTS.get(str(access.template[0]))
            columns.append([f"{{conn:{connection or '?'}}}"])
            continue
        if part == "{#}":
            owner = place.owner.made if isinstance(place.owner, Instance) else place.owner
            columns.append([(host_of(owner) if isinstance(owner, Made) else None) or "{?}"])
            continue
        pieces = part if isinstance(part, tuple) else (part,)
        texts = [[one] if isinstance(one, str) else _texts(place, one) for one in pieces]
        if all(texts):
            columns.append(["".join(row) for row in islice(product(*texts), MAX_NAMES)])
            words = [
                text for one, found in zip(pieces, texts, strict=True) if isinstance(one, Argument) for text in found
            ]
            written_out = written_out and all(text in place.literals for text in words)
        elif not isinstance(part, tuple):
            return
    doubled = re.compile(r"(?<!:)//+" if access.kind == "api" else r"(?<=\})//+")  # `base_url` and `/path`
    for row in islice(product(*columns), MAX_NAMES):
        yield doubled.sub("/", "".join(row)), written_out
