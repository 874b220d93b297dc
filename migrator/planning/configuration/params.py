"""DAG params as fields of a configuration class."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from migrator.model.airflow import Dag
from migrator.model.changed import replace
from migrator.model.expressions import EnvValue, Expr, Format
from migrator.model.plan import ConfigField
from migrator.model.values import ObjectValue, Value, is_known
from migrator.operators.rule import Untranslatable
from migrator.planning.naming.identifiers import identifier, unique

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list[Any]",
    "object": "dict[str, Any]",
}
_BOUNDS = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "pattern": "pattern",
}
"""Keywords of JSON Schema, and what pydantic calls them."""
_OF_PYDANTIC = frozenset({"config", "model_config", "copy", "json", "dict", "schema"})
"""Names that pydantic's models have themselves."""
_ITEMS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def config_fields(dag: Dag) -> tuple[ConfigField, ...]:
    """One field per param, in the order of the DAG; a default that is not known makes the field required."""
    return tuple(_named(name, _field(field_name(name, dag), value)) for name, value in dag.params.items())


def _named(param: str, field: ConfigField) -> ConfigField:
    return field if field.name == param else replace(field, param=param)


def with_defaults(fields: tuple[ConfigField, ...], dag: Dag, context: TaskContext) -> tuple[ConfigField, ...]:
    """The fields, where a default that the environment tells is read there."""
    return tuple(
        _read_there(field, default_of(value), context) if field.required else field
        for field, value in zip(fields, dag.params.values(), strict=True)
    )


def _read_there(field: ConfigField, default: Value, context: TaskContext) -> ConfigField:
    try:
        read = context.expression(default)
    except Untranslatable:
        return field
    parts = read.parts if isinstance(read, Format) else (read,)
    if not all(isinstance(part, str | EnvValue) for part in parts):
        return field
    plain = isinstance(read, Format) or not read.json
    read = Format(tuple(map(_on_import, parts))) if isinstance(read, Format) else _on_import(read)
    return replace(field, default=read, required=False, type="str" if plain and field.type == "Any" else field.type)


def _on_import(part: Expr) -> Expr:
    """A part of a default, which is read when the project is loaded: not where code keeps a Variable."""
    return replace(part, stored="") if isinstance(part, EnvValue) else part


def default_of(value: Value) -> Value:
    """The default of a param; `...` where it has none."""
    if isinstance(value, ObjectValue) and value.type.rpartition(".")[2] == "Param":
        return value.args[0] if value.args else value.kwargs.get("default", ...)
    return value


def is_untyped(value: Value) -> bool:
    """Whether a param is declared without a type, so that Airflow takes any value for it."""
    return not isinstance(value, ObjectValue) or not {"type", "enum"} & value.kwargs.keys()


def field_name(param: str, dag: Dag) -> str:
    """The name of the field that a param of a DAG becomes."""
    return _field_names(tuple(dag.params))[param]


@functools.lru_cache(maxsize=1024)
def _field_names(params: tuple[str, ...]) -> dict[str, str]:
    """The fields' names: what is a name already keeps it, and of those that look alike (`a-b`, `a b`) each has its own.

    None is called as another param is: a run tells fields by the params' names, and Dagster takes a field's own name for it, too.
    """
    found: dict[str, str] = {}
    for param in sorted(params, key=lambda param: identifier(param, fallback="param") != param):
        name = identifier(param, fallback="param")
        taken = {*found.values(), *(other for other in params if other != param)}
        found[param] = unique(f"{name}_param" if name in _OF_PYDANTIC else name, taken)
    return found


def is_default(value: Value, param: str, context: TaskContext) -> bool:
    """Whether a value that a task gives for a param of its DAG is another default for the same field, which a run may be told otherwise: one that
    the field can hold, of a task that is alone (rows of a loop share their configuration)."""
    if param not in context.dag.params or not is_known(value) or context.ended is not None:
        return False
    if sum(other.span == context.task.span for other in context.dag.tasks) > 1:
        return False
    known = next(field for field in context.facts.config if field.name == field_name(param, context.dag))
    if value is None:
        return known.nullable
    return (not known.enum or value in known.enum) and known.type in (type_of(value), "Any")


def _field(name: str, value: Value) -> ConfigField:
    if isinstance(value, ObjectValue) and value.type.rpartition(".")[2] == "Param":
        return _typed(name, default_of(value), value.kwargs)
    return _typed(name, value, {})


def _typed(name: str, default: Value, schema: Mapping[str, Value]) -> ConfigField:
    known = default is not ... and is_known(default)
    given = schema.get("type")
    kinds = [kind for kind in (given if isinstance(given, (list, tuple)) else [given]) if isinstance(kind, str)]
    nullable = "null" in kinds or (known and default is None)
    kinds = [kind for kind in kinds if kind != "null"]
    type_name = _schema_type(kinds, schema) if kinds else type_of(default if known else None)
    if known and _lacks_items(default):
        type_name = "Any"
    description = schema.get("description") or schema.get("title")
    allowed = schema.get("enum")
    return ConfigField(
        name,
        type_name,
        default=default if known else None,
        required=not known,
        nullable=nullable,
        description=description if isinstance(description, str) else "",
        bounds=_bounds(type_name, schema),
        enum=tuple(allowed) if isinstance(allowed, (list, tuple)) and is_known(allowed) else (),
    )


def _lacks_items(default: Value) -> bool:
    """Whether None is among the members: Dagster 1.13 takes no such dictionary or list where it checks their members."""
    items = default.values() if isinstance(default, Mapping) else default if isinstance(default, (list, tuple)) else ()
    return None in list(items)


def _bounds(type_name: str, schema: Mapping[str, Value]) -> dict[str, Any]:
    """The conditions that pydantic has for values of the type."""
    if type_name in ("int", "float"):
        kinds: tuple[type, ...] = (int, float)
        names = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    elif type_name == "str" or type_name.startswith("list"):
        kinds, names = (int,), {"minLength", "maxLength"} if type_name == "str" else {"minItems", "maxItems"}
    else:
        return {}
    found = {_BOUNDS[name]: schema[name] for name in _BOUNDS if name in names and type(schema.get(name)) in kinds}
    pattern = schema.get("pattern")
    return {**found, "pattern": pattern} if type_name == "str" and isinstance(pattern, str) else found


def _schema_type(kinds: list[str], schema: Mapping[str, Value]) -> str:
    if len(kinds) != 1:
        return "Any"
    if kinds[0] == "array":
        items = schema.get("items")
        item = items.get("type") if isinstance(items, Mapping) else None
        return f"list[{_ITEMS.get(item, 'Any')}]" if isinstance(item, str) else "list[Any]"
    return _TYPES.get(kinds[0], "Any")


def type_of(value: Any) -> str:
    """The annotation that fits a value."""
    for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str")):
        if isinstance(value, kind):
            return name
    if isinstance(value, (list, tuple)):
        items = {type_of(item) for item in value}
        return f"list[{items.pop()}]" if len(items) == 1 and "Any" not in str(items) else "list[Any]"
    return "dict[str, Any]" if isinstance(value, Mapping) else "Any"
