"""Text formatting: `%`, `str.format`, f-strings and `string.Template`; unknown parts stay in the text."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.classes.enums import enum_value, is_data_enum
from migrator.analyzers.interpreter.language import computed
from migrator.analyzers.interpreter.language.operations import (
    _STR_SAFE,
    instance_text,
    join_text,
    repr_of,
    text_of,
    weigh,
)
from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    ControlFlow,
    Env,
    External,
    Function,
    Instance,
    LabelledText,
    Native,
    Opaque,
    RaiseSignal,
    TextValue,
    contains_symbolic,
)
from migrator.model.values import Symbolic, Text

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_PERCENT = re.compile(r"%(?:\((?P<key>[^)]*)\))?(?P<spec>[-#0 +]*\d*(?:\.\d+)?)(?P<type>[diouxXeEfFgGcrsa%])")
_LARGE = re.compile(r"\d{5,}")


def _needs_machine(value: Any) -> bool:
    """Whether text of the value (or of what it holds) is not Python's own to make."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
    return any(isinstance(item, (Instance, Opaque, External, TextValue, LabelledText)) for item in items)


def percent_format(machine: Machine, template: str | Text, value: Any, node: cst.CSTNode, env: Env) -> Any:
    """`template % value`."""
    if isinstance(template, Text):
        return machine.unknown(node, env, "the format is not known")
    if _LARGE.search(re.sub(r"%(?:\([^)]*\))?[-#0 +]*", "%", template)) and re.search(r"%[^a-zA-Z%]*\d{5,}", template):
        return machine.unknown(node, env, "the result would be too large")
    widths = value if isinstance(value, tuple) else (value,)
    if "*" in template and any(isinstance(width, int) and abs(width) > 10_000 for width in widths):
        return machine.unknown(node, env, "the result would be too large")
    if not contains_symbolic(value) and isinstance(value, _STR_SAFE) and not _needs_machine(value):
        weigh(machine, value)
        try:
            return join_text([template % value])
        except ControlFlow:
            raise
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None
    parts: list[Any] = []
    position, index = 0, 0
    for match in _PERCENT.finditer(template):
        parts.append(template[position : match.start()])
        position = match.end()
        if match["type"] == "%":
            parts.append("%")
            continue
        if match["key"] is not None:
            item = value.get(match["key"], MISSING) if isinstance(value, dict) else MISSING
        else:
            items = value if isinstance(value, tuple) else (value,)
            item = items[index] if index < len(items) else MISSING
            index += 1
        if item is MISSING:
            parts.append(machine.unknown(node, env, "unknown value"))
        elif match["type"] not in "sra" and is_data_enum(item):
            parts.append(percent_format(machine, match.group(), enum_value(item), node, env))
        elif match["type"] in "ra":
            parts.append(repr_of(machine, item, node, env))
        elif match["spec"] and not contains_symbolic(item) and isinstance(item, _STR_SAFE):
            parts.append(percent_format(machine, f"%{match['spec']}{match['type']}", (item,), node, env))
        elif match["spec"] and isinstance(item, Symbolic):
            found = machine.unknown(node, env, "its format is not known")
            found = computed.told(found, "operator", "%", [f"%{match['spec']}{match['type']}", item])
            parts.append(Text((found,)))
        else:
            parts.append(text_of(machine, item, node, env))
    parts.append(template[position:])
    return join_text(parts)


def format_value(machine: Machine, value: Any, spec: str, conversion: str | None, node: cst.CSTNode, env: Env) -> Any:
    """One replacement field of an f-string or `str.format`."""
    if conversion in ("r", "a"):
        value = repr_of(machine, value, node, env)
        if conversion == "a" and isinstance(value, str):
            value = ascii(value)[1:-1]
    elif conversion == "s":
        value = text_of(machine, value, node, env)
    if isinstance(value, LabelledText):
        value = value.label
    if isinstance(value, (Instance, TextValue)) and value.cls is not None:
        method = value.cls.find("__format__")
        if isinstance(method, Function):
            result = machine.call(BoundMethod(method, value), [spec], {}, node, env)
            return result if isinstance(result, (str, Text)) else Text((result,))
        if spec and is_data_enum(value) and isinstance(enum_value(value), int):
            value = enum_value(value)  # `f"{Level.HIGH:02d}"`
        elif isinstance(value, Instance) and is_data_enum(value):
            value = instance_text(machine, value, ("__str__",), node, env)
    if spec and isinstance(value, _STR_SAFE) and not contains_symbolic(value):
        if _LARGE.search(spec):
            return machine.unknown(node, env, "the result would be too large")
        weigh(machine, value)
        try:
            return join_text([format(value, spec)])
        except ControlFlow:
            raise
        except Exception as error:
            raise RaiseSignal(type(error).__name__, str(error)) from None
    if spec and isinstance(value, Symbolic):
        return Text((computed.told(machine.unknown(node, env, "its format is not known"), "format", spec, [value]),))
    return text_of(machine, value, node, env)


def str_format(machine: Machine, template: str, name: str, call: Call) -> Any:
    """`str.format` and `str.format_map`."""
    kwargs = call.kwargs
    if name == "format_map":
        kwargs = call.args[0] if call.args and isinstance(call.args[0], dict) else {}
    return _Format(machine, call, name, kwargs).text(template)


class _Format:
    """One call of `str.format`."""

    def __init__(self, machine: Machine, call: Call, name: str, kwargs: dict[str, Any]) -> None:
        self.machine, self.call, self.name, self.kwargs = machine, call, name, kwargs
        self.automatic = 0

    def text(self, template: str, depth: int = 2) -> Any:
        parts: list[Any] = []
        try:
            fields = list(string.Formatter().parse(template))
        except ValueError as error:
            raise RaiseSignal("ValueError", str(error)) from None
        for literal, field, spec, conversion in fields:
            parts.append(literal)
            if field is None:
                continue
            if not re.match(r"^[^.\[]*(\.\w+|\[[^\]]*\])*$", field) or depth == 0:
                return self.machine.unknown(self.call.node, self.call.env, "the format is not evaluated")
            value = self.value(field)
            inner = self.text(spec, depth - 1) if spec and "{" in spec else spec or ""
            if not isinstance(inner, str):
                parts.append(Text((self.machine.unknown(self.call.node, self.call.env, "the format is not known"),)))
                continue
            parts.append(format_value(self.machine, value, inner, conversion, self.call.node, self.call.env))
        return join_text(parts)

    def value(self, field: str) -> Any:
        """What a field's name (`0`, `name.attribute[item]`) means."""
        from migrator.analyzers.interpreter.language.attributes import get_attribute
        from migrator.analyzers.interpreter.language.items import get_item

        machine, call = self.machine, self.call
        head = re.split(r"[.\[]", field, maxsplit=1)[0]
        if head == "":
            key: Any = self.automatic
            self.automatic += 1
        else:
            key = int(head) if head.isdigit() and len(head) < 10 else head
        if isinstance(key, int):
            value = call.args[key] if key < len(call.args) and self.name == "format" else MISSING
        else:
            value = self.kwargs[key] if key in self.kwargs else self.missing(key)
        if value is MISSING:
            if call.star:
                return machine.unknown(call.node, call.env, "an unknown value is formatted")
            raise RaiseSignal("KeyError" if isinstance(key, str) else "IndexError", str(key))
        for attribute, item in re.findall(r"\.(\w+)|\[([^\]]*)\]", field[len(head) :]):
            if attribute:
                value = get_attribute(machine, value, attribute, call.node, call.env)
            else:
                value = get_item(machine, value, int(item) if item.isdigit() else item, call.node, call.env)
        return value

    def missing(self, key: str) -> Any:
        """What a dict with a `__missing__` of its own (`format_map(Default(...))`) gives."""
        cls = getattr(self.kwargs, "cls", None)
        method = cls.find("__missing__") if cls is not None else MISSING
        if isinstance(method, Function):
            return self.machine.call(BoundMethod(method, self.kwargs), [key], {}, self.call.node, self.call.env)
        return MISSING


_TEMPLATE = re.compile(r"\$(?:(?P<escaped>\$)|(?P<named>[_a-zA-Z]\w*)|\{(?P<braced>[_a-zA-Z]\w*)\})")


def template_attribute(machine: Machine, value: Opaque, name: str, node: cst.CSTNode, env: Env) -> Any:
    """`substitute`, `safe_substitute` and `template` of a `string.Template`; MISSING for others."""
    text = value.args[0] if value.args else value.kwargs.get("template")
    if name == "template":
        return text
    if name not in ("substitute", "safe_substitute") or not isinstance(text, str):
        return MISSING

    def substitute(m: Machine, call: Call) -> Any:
        given = call.args[0] if call.args else {}
        if not isinstance(given, dict):
            return m.unknown(call.node, call.env, "an argument is not known")
        given = {**given, **call.kwargs}
        parts: list[Any] = []
        position = 0
        for match in _TEMPLATE.finditer(text):
            parts.append(text[position : match.start()])
            position = match.end()
            key = match["named"] or match["braced"]
            if match["escaped"]:
                parts.append("$")
            elif key in given:
                parts.append(text_of(m, given[key], call.node, call.env))
            elif name == "substitute":
                raise RaiseSignal("KeyError", repr(key))
            else:
                parts.append(match[0])
        return join_text([*parts, text[position:]])

    return Native(name, substitute)
