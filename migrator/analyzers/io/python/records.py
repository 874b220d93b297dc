"""Objects that typed classes make of plain data while a callable's body is read: pydantic, msgspec, `dacite`, `cattrs`, and copies of records.

In: a class of the folder and the data it is given. Out: its object, in which members that are annotated with classes of the folder are objects of
these. Dataclasses keep what they are given, as they do in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.io.python.attributes import class_attribute, instance_attribute, library_bases, own_bases
from migrator.analyzers.io.python.values import (
    MEMBER_VALUE,
    UNKNOWN,
    Instance,
    Namespace,
    OwnClass,
    Scope,
    Step,
)
from migrator.model.values import Symbolic, Value

if TYPE_CHECKING:
    from migrator.analyzers.io.python.evaluator import Evaluator

_MODELS = ("pydantic.", "pydantic_settings.", "sqlmodel.", "msgspec.Struct", "mashumaro.")
"""Base classes that make objects of the data of their members."""
_SETTINGS = "BaseSettings"
_FROM_DATA = frozenset({"model_validate", "parse_obj", "model_construct", "construct", "from_dict"})
_FROM_TEXT = frozenset({"model_validate_json", "parse_raw", "from_json"})
_FROM_FILE = "parse_file"
_BY_FUNCTION = {
    "dacite.from_dict": (0, 1),
    "dacite.core.from_dict": (0, 1),
    "cattr.structure": (1, 0),
    "cattrs.structure": (1, 0),
    "msgspec.convert": (1, 0),
    "pydantic.parse_obj_as": (0, 1),
}
"""Functions that make an object of data: where the class and the data stand."""
_KEYWORDS = (("data_class", "cl", "type", "type_"), ("data", "obj"))
_ALL = ("dict", "model_dump", "to_dict")
_COPIES = ("copy", "model_copy")
METHODS = _FROM_DATA | _FROM_TEXT | {_FROM_FILE, *_ALL, *_COPIES}
"""Methods that such classes have of their libraries."""
_LISTS = frozenset({"List", "list", "Sequence", "Iterable", "Tuple", "tuple", "Set", "set", "FrozenSet", "frozenset"})
_TABLES = frozenset({"Dict", "dict", "Mapping", "MutableMapping", "DefaultDict", "OrderedDict"})
_EITHER = frozenset({"Optional", "Union", "Annotated", "ClassVar", "Final"})
_MAX_DEPTH = 8
_MAX_ELEMENTS = 200


def is_model(evaluator: Evaluator, cls: OwnClass) -> bool:
    """Whether the class makes objects of the data that its members are given."""
    return any(base.startswith(_MODELS) for base in library_bases(evaluator, cls))


def fields_of(evaluator: Evaluator, cls: OwnClass) -> dict[str, tuple[cst.BaseExpression, OwnClass]]:
    """The annotated members of a class and of its bases in the folder, in the order of their definition, with their annotations."""
    return {
        statement.target.value: (statement.annotation.annotation, one)
        for one in reversed(own_bases(evaluator, cls))
        for line in one.node.body.body
        for statement in (line.body if type(line) is cst.SimpleStatementLine else (line,))
        if type(statement) is cst.AnnAssign and type(statement.target) is cst.Name
    }


def fill(evaluator: Evaluator, instance: Instance, args: Sequence[Value], kwargs: dict[str, Value]) -> None:
    """Gives an object without `__init__` its annotated members."""
    fields = fields_of(evaluator, instance.cls)
    given = {**dict(zip(fields, args, strict=False)), **kwargs}
    if is_model(evaluator, instance.cls):
        given = _by_alias(evaluator, instance.cls, fields, given)
        given = {
            name: _shaped(evaluator, value, fields[name][0], fields[name][1], 0) if name in fields else value
            for name, value in given.items()
        }
        if any(base.endswith(_SETTINGS) for base in library_bases(evaluator, instance.cls)):
            missing = {
                name: Symbolic("env", "", name=name.upper())
                for name in fields
                if name not in given and class_attribute(evaluator, instance.cls, name) is None
            }
            given |= missing
    instance.attributes.update(given)


def _by_alias(
    evaluator: Evaluator,
    cls: OwnClass,
    fields: dict[str, tuple[cst.BaseExpression, OwnClass]],
    given: dict[str, Value],
) -> dict[str, Value]:
    """The members by their own names where the data have other ones: `Field(alias="from")`."""
    found = dict(given)
    for name in fields if not given.keys() <= fields.keys() else ():
        field = class_attribute(evaluator, cls, name)
        steps = getattr(field, "steps", ())
        alias = steps[0].argument(None, "alias", "validation_alias") if steps else None
        if isinstance(alias, str) and alias in found and name not in found:
            found[name] = found.pop(alias)
    return found


def made_of(evaluator: Evaluator, cls: OwnClass, data: Value) -> Value:
    """An object of the class with these data, and with objects in it where its members are annotated so."""
    if not isinstance(data, dict):
        return data if isinstance(data, Instance) else UNKNOWN
    return _object(evaluator, cls, data, 0)


def _object(evaluator: Evaluator, cls: OwnClass, data: dict[str, Value], depth: int) -> Value:
    from migrator.analyzers.io.python.calls import instantiate

    fields = fields_of(evaluator, cls)
    if not all(isinstance(key, str) for key in data):
        return UNKNOWN
    given = data if is_model(evaluator, cls) else {
        name: _shaped(evaluator, value, fields[name][0], fields[name][1], depth + 1) if name in fields else value
        for name, value in data.items()
    }  # fmt: skip
    return instantiate(evaluator, cls, [], given)


def _shaped(evaluator: Evaluator, value: Value, annotation: cst.BaseExpression, cls: OwnClass, depth: int) -> Value:
    """A value as its annotation says it is kept."""
    if depth > _MAX_DEPTH or not isinstance(value, (dict, list, tuple)):
        return value
    if isinstance(annotation, cst.SimpleString):
        try:
            inner = cst.parse_expression(str(annotation.evaluated_value))
        except cst.ParserSyntaxError:
            return value
        return _shaped(evaluator, value, inner, cls, depth + 1)
    if isinstance(annotation, cst.BinaryOperation):  # `Feed | None`
        for side in (annotation.left, annotation.right):
            found = _shaped(evaluator, value, side, cls, depth + 1)
            if found is not value:
                return found
        return value
    if isinstance(annotation, cst.Subscript):
        return _generic(evaluator, value, annotation, cls, depth)
    if not isinstance(annotation, (cst.Name, cst.Attribute)) or not isinstance(value, dict):
        return value
    evaluator.quiet += 1
    kind = evaluator.eval(annotation, Scope(cls.module, {}, cls.outer))
    evaluator.quiet -= 1
    return _object(evaluator, kind, value, depth) if isinstance(kind, OwnClass) else value


def _generic(evaluator: Evaluator, value: Value, annotation: cst.Subscript, cls: OwnClass, depth: int) -> Value:
    head = annotation.value.attr if isinstance(annotation.value, cst.Attribute) else annotation.value
    name = head.value if isinstance(head, cst.Name) else ""
    inner = [one.slice.value for one in annotation.slice if isinstance(one.slice, cst.Index)]
    if name in _EITHER:
        for one in inner[:1] if name == "Annotated" else inner:
            found = _shaped(evaluator, value, one, cls, depth + 1)
            if found is not value:
                return found
    elif name in _LISTS and isinstance(value, (list, tuple)) and inner:
        return [_shaped(evaluator, one, inner[0], cls, depth + 1) for one in value[:_MAX_ELEMENTS]]
    elif name in _TABLES and isinstance(value, dict) and len(inner) == 2:
        return {key: _shaped(evaluator, one, inner[1], cls, depth + 1) for key, one in value.items()}
    return value


def by_function(evaluator: Evaluator, path: str, step: Step) -> Value:
    """`dacite.from_dict(Settings, data)` and the like; None for all else."""
    places = _BY_FUNCTION.get(path)
    if places is None:
        return None
    kind, data = (step.argument(place, *names) for place, names in zip(places, _KEYWORDS, strict=True))
    return made_of(evaluator, kind, data) if isinstance(kind, OwnClass) else None


def class_method(evaluator: Evaluator, cls: OwnClass, step: Step, scope: Scope) -> Value:
    """`Settings.model_validate(data)` and the like; None for all else."""
    from migrator.analyzers.io.python.file_values import parsed_text

    if not step.args:
        return None
    if step.name in _FROM_DATA:
        return made_of(evaluator, cls, step.args[0])
    if step.name in _FROM_TEXT or step.name == _FROM_FILE:
        found = parsed_text(evaluator, step.args[0], scope, is_path=step.name == _FROM_FILE)
        return None if found is None else made_of(evaluator, cls, found)
    return None


def object_method(evaluator: Evaluator, value: Instance, step: Step) -> Value:
    """What the methods give that such classes have of their libraries: the members as a dict, a copy with others; None for all else."""
    if step.name in _ALL:
        return as_dict(evaluator, value)
    if step.name in _COPIES:
        changed = step.argument(None, "update")
        return Instance(value.cls, {**value.attributes, **(changed if isinstance(changed, dict) else {})}, value.made)
    return None


def as_dict(evaluator: Evaluator, value: Value, depth: int = 0) -> Value:
    """`asdict(value)`: members of members, too."""
    if depth > _MAX_DEPTH:
        return UNKNOWN
    if isinstance(value, Instance):
        if MEMBER_VALUE in value.attributes:
            return value
        names = [*fields_of(evaluator, value.cls), *value.attributes]
        value = {name: instance_attribute(evaluator, value, name) for name in names}
    if isinstance(value, Namespace):
        value = value.attributes
    if isinstance(value, (list, tuple)):
        return [as_dict(evaluator, one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {key: as_dict(evaluator, one, depth + 1) for key, one in value.items()}
    return value
