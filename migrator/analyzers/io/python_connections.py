"""Which database an expression of a function is connected to: a connection, cursor, engine or Airflow hook.

In: an expression in a frame. Out: its `Store`. Follows names that are bound once and methods that lead from one to the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from migrator.analyzers.callables.fold import Frame
from migrator.analyzers.callables.tree import keywords, positional
from migrator.analyzers.io.python_library import SYSTEMS
from migrator.model.values import Text

MAX_STEPS = 10
_URL = re.compile(r"(\w+)(?:\+\w+)?://")
_URL_SYSTEMS = {"postgresql": "postgres"}
_HOOK_SYSTEMS = (
    "postgres",
    "mysql",
    "sqlite",
    "mssql",
    "bigquery",
    "snowflake",
    "redshift",
    "databricks",
    "duckdb",
    "trino",
    "presto",
    "oracle",
    "hive",
)
"""Looked for in the names of hook classes."""


@dataclass(frozen=True, slots=True)
class Store:
    """A database: its Dagster kind and the Airflow connection that leads there, where known."""

    system: str | None = None
    connection: str | None = None


def store_of(frame: Frame, node: cst.CSTNode | None) -> Store:
    """The database behind an expression; an empty Store where the code does not tell."""
    for _ in range(MAX_STEPS):
        if isinstance(node, cst.Attribute):
            node = node.value
        elif isinstance(node, cst.Name):
            qualified = frame.module.qualified(node)
            if qualified:
                return Store(SYSTEMS.get(qualified.partition(".")[0]))
            node = _bound(frame, node)
        elif isinstance(node, cst.Call):
            found = _made(frame, node)
            if found is not None:
                return found
            node = node.func
        else:
            break
    return Store()


def _made(frame: Frame, call: cst.Call) -> Store | None:
    """What a call connects to, if it is a library's or a hook's constructor."""
    qualified = frame.module.qualified(call.func)
    if not qualified:
        return None
    if qualified in ("sqlalchemy.create_engine", "sqlalchemy.engine.create_engine"):
        args = positional(call)
        url = frame.value(args[0]) if args else None
        start = url.parts[0] if isinstance(url, Text) and url.parts else url
        match = _URL.match(start) if isinstance(start, str) else None
        return Store(_URL_SYSTEMS.get(match[1], match[1]) if match is not None else None)
    name = qualified.rpartition(".")[2]
    if name.endswith("Hook"):
        given = [value for key, value in keywords(call).items() if key.endswith("conn_id")] or positional(call)[:1]
        connection = frame.value(given[0]) if given else None
        system = next((system for system in _HOOK_SYSTEMS if system in name.lower()), None)
        return Store(system, connection if isinstance(connection, str) else None)
    return Store(SYSTEMS.get(qualified.partition(".")[0]))


def _bound(frame: Frame, node: cst.Name) -> cst.CSTNode | None:
    """What a name was assigned, or what a `with` made it, where that is one thing."""
    read = frame.module.table.by_node.get(node)
    bindings = frame.module.table.bindings_of(read) if read is not None else []
    if len(bindings) != 1:
        return None
    made = bindings[0].node
    if isinstance(made, (cst.Assign, cst.AnnAssign)):
        return made.value
    if isinstance(made, cst.With):
        for item in made.items:
            name = item.asname.name if item.asname is not None else None
            if isinstance(name, cst.Name) and name.value == node.value:
                call = item.item
                closing = isinstance(call, cst.Call) and frame.module.qualified(call.func) == "contextlib.closing"
                return call.args[0].value if closing and isinstance(call, cst.Call) and call.args else call
    return None
