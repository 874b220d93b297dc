"""Collections of documents, indexes and mapped classes: stores whose calls name the data in other ways than by an argument's text.

In: the object that a method is called on, and the call. Out: directions and names of tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.source.tree import descend
from migrator.analyzers.io.python.attributes import OF_CLASS, class_attribute, library_bases, made_bases
from migrator.analyzers.io.python.names import metadata_schema, names_of, rendered
from migrator.analyzers.io.python.values import (
    Instance,
    Made,
    OwnClass,
    Scope,
    Step,
    alternatives,
)
from migrator.model.assets import Direction
from migrator.model.values import Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

READ, WRITE = Direction.INPUT, Direction.OUTPUT

_DOCUMENTS = {
    **dict.fromkeys(("find", "find_one", "aggregate", "count_documents", "distinct", "watch"), READ),
    **dict.fromkeys(
        (
            "insert_one", "insert_many", "update_one", "update_many", "replace_one", "bulk_write",
            "find_one_and_update", "find_one_and_replace",
        ),
        WRITE,
    ),
}  # fmt: skip
_CLIENTS = ("pymongo.", "motor.")
_MONGO_HOOK = "MongoHook"
_SESSION = {
    **dict.fromkeys(("query", "get", "get_one"), READ),
    **dict.fromkeys(
        (
            "add", "add_all", "merge", "bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings",
        ),
        WRITE,
    ),
}  # fmt: skip
BULK = frozenset(
    f"{package}.helpers.{function}"
    for package in ("elasticsearch", "opensearchpy")
    for function in ("bulk", "parallel_bulk", "streaming_bulk", "async_bulk", "async_streaming_bulk")
)
"""Functions that write documents, each of which names its index."""


def collection_access(owner: Value, step: Step) -> tuple[Direction, str] | None:
    """The collection (`database.collection`) that a method of MongoDB's client reads or writes."""
    made = owner.made if isinstance(owner, Instance) else owner
    direction = _DOCUMENTS.get(step.name)
    if direction is None or not isinstance(made, Made):
        return None
    hook = made.root.endswith(_MONGO_HOOK)
    if not hook and not made.root.startswith(_CLIENTS):
        return None
    path: list[str | None] = []
    for one in made.steps[1:]:
        if one.name == "get_collection" and hook:
            path = [rendered(one.argument(1, "mongo_db")), rendered(one.argument(0, "mongo_collection"))]
        elif one.name in ("[]", "get_database", "get_collection"):
            path.append(rendered(one.argument(0, "name")))
        elif not one.called:
            path.append(one.name)
    if not path or path[-1] is None:
        return None
    return direction, ".".join(part for part in path[-2:] if part)


def mapped_accesses(
    owner: Value, step: Step, node: cst.Call, evaluator: Evaluator, scope: Scope
) -> Iterator[tuple[Direction, str]]:
    """Tables of the mapped classes that a method of SQLAlchemy's session is given: `session.query(Order.id)`, `session.add(Order())`,
    `session.query(Order).update({"open": False})`."""
    query = owner.step("query") if step.name == "update" and isinstance(owner, Made) else None
    updated = mapped_table(evaluator, query.args[0]) if query is not None and query.args else None
    if updated is not None:
        yield WRITE, updated
    direction = _SESSION.get(step.name)
    if direction is None:
        return
    for position, value in enumerate(step.args):
        found: list[Value] = [
            one for item in alternatives(value) for one in (item if isinstance(item, (list, tuple)) else [item])
        ]
        given = node.args[position].value if position < len(node.args) else None
        if direction is READ and type(given) is cst.Attribute:
            found.append(quietly(evaluator, given.value, scope))
        for one in found:
            name = mapped_table(evaluator, one.cls if isinstance(one, Instance) else one)
            if name is not None:
                yield direction, name


def mapped_table(evaluator: Evaluator, value: Value) -> str | None:
    """The table of a class that SQLAlchemy maps, with its schema."""
    if not isinstance(value, OwnClass):
        return None
    name = class_attribute(evaluator, value, "__tablename__")
    if not isinstance(name, str) and _is_table_model(evaluator, value):
        name = value.node.name.value.lower()
    if not isinstance(name, str):
        return None
    settings = class_attribute(evaluator, value, "__table_args__")
    last = settings[-1] if isinstance(settings, (list, tuple)) and settings else settings
    schema = last.get("schema") if isinstance(last, dict) else None
    if not isinstance(schema, str):
        made = (class_attribute(evaluator, value, "metadata"), *made_bases(evaluator, value))
        schema = next((found for one in made if (found := metadata_schema(one)) is not None), None)
    return f"{schema}.{name}" if isinstance(schema, str) else name


def _is_table_model(evaluator: Evaluator, cls: OwnClass) -> bool:
    """Whether SQLModel maps a class to a table, which is called as the class is unless it says otherwise."""
    given = next(
        (one.value for one in cls.node.keywords if one.keyword is not None and one.keyword.value == "table"), None
    )
    if type(given) is not cst.Name or given.value != "True":
        return False
    return any(base.startswith("sqlmodel.") for base in library_bases(evaluator, cls))


def mapped_name(evaluator: Evaluator, value: Value) -> str | None:
    """The table that an object of SQLAlchemy stands for: a `Table`, a mapped class, a column of one of them."""
    if not isinstance(value, Made):
        return mapped_table(evaluator, value)
    column = value.step(OF_CLASS)
    return mapped_table(evaluator, column.args[0]) if column is not None else rendered(value)


def bulk_indexes(step: Step, evaluator: Evaluator, scope: Scope) -> list[str]:
    """Indexes that a bulk helper of Elasticsearch writes: `index=`, or the `_index` of the documents, where the code that makes them names it."""
    given = list(names_of(step.kwargs["index"])) if "index" in step.kwargs else []
    if given:
        return given
    function = evaluator.calls[-1].node if evaluator.calls else scope.module.tree
    for tree in (function, scope.module.tree):
        found: list[str] = []
        for item in descend(tree):
            if (
                type(item) is cst.DictElement
                and type(item.key) is cst.SimpleString
                and item.key.evaluated_value == "_index"
            ):
                found += names_of(quietly(evaluator, item.value, scope))
        if found:
            return list(dict.fromkeys(found))
    return []


def quietly(evaluator: Evaluator, node: cst.BaseExpression, scope: Scope) -> Value:
    """The value of an expression whose calls were looked at already."""
    evaluator.quiet += 1
    try:
        return evaluator.eval(node, scope)
    finally:
        evaluator.quiet -= 1
