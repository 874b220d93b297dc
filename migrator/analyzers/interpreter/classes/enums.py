"""`enum` classes of the analyzed code: their members, made when the class statement ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    Descriptor,
    EnumMember,
    Env,
    Function,
    Opaque,
    RaiseSignal,
    is_symbolic,
)

if TYPE_CHECKING:
    import libcst as cst

    from migrator.analyzers.interpreter.machine import Machine

_DATA = frozenset({"builtins.str", "builtins.int", "enum.StrEnum", "enum.IntEnum", "enum.IntFlag"})


def is_enum(cls: Class) -> bool:
    """Whether the class derives from one of `enum`'s classes."""
    return any(
        path.startswith("enum.") or path.endswith(("Enum", "StrEnum", "IntEnum")) for path in cls.external_bases()
    )


def is_data_class(cls: Class) -> bool:
    """Whether the members act as their values: the class also derives from str or int."""
    return any(path in _DATA or path.endswith(("StrEnum", "IntEnum")) for path in cls.external_bases())


def is_flag(cls: Class) -> bool:
    """Whether members are sets of bits."""
    return any(path in ("enum.Flag", "enum.IntFlag") for path in cls.external_bases())


def is_member_name(cls: Class, name: str) -> bool:
    """Whether an attribute of the class body is a member."""
    value = cls.namespace.get(name, MISSING)
    return not name.startswith("_") and not isinstance(value, (Function, Class, Descriptor))


class EnumBody(dict[str, Any]):
    """What an enum's class body is run in: `auto()` has its value from the assignment on, so that `RW = R | W` can be told."""

    def __init__(self, machine: Machine, cls: Class, node: cst.CSTNode, env: Env) -> None:
        super().__init__()
        self.machine, self.cls, self.node, self.env = machine, cls, node, env

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(value, Opaque) and value.path == "enum.auto":
            earlier = [item for key, item in self.items() if is_member_name(self.cls, key)]
            self.machine.charge(len(earlier) // 10)
            value = _generated(self.machine, self.cls, name, earlier, self.node, self.env)
            value = _automatic(self.cls.external_bases(), name, earlier) if value is MISSING else value
        super().__setitem__(name, value)


def complete(machine: Machine, cls: Class, node: cst.CSTNode, env: Env) -> None:
    """Replaces the values of the class body by members; equal values are names of one member."""
    members: dict[str, EnumMember] = {}
    if not is_enum(cls):
        return
    for name in [name for name in cls.namespace if is_member_name(cls, name)]:
        value = cls.namespace[name]
        machine.charge(len(members) // 10)
        alias = next((m for m in members.values() if _equal(m.attributes["value"], value)), None)
        if alias is None:
            alias = EnumMember(cls, name, value, is_data_class(cls))
            _initialize(machine, cls, alias, value, node, env)
        members[name] = alias
        cls.namespace[name] = alias
    cls.namespace["_members_"] = members


def _generated(machine: Machine, cls: Class, name: str, earlier: list[Any], node: cst.CSTNode, env: Env) -> Any:
    """What the class's own `_generate_next_value_` gives for `auto()`, else MISSING."""
    hook = cls.find("_generate_next_value_")
    inner = hook.function if isinstance(hook, Descriptor) else hook
    if not isinstance(inner, Function):
        return MISSING
    return machine.call(inner, [name, 1, len(earlier), list(earlier)], {}, node, env)


def _automatic(paths: list[str], name: str, earlier: list[Any]) -> Any:
    if any(path.endswith("StrEnum") for path in paths):
        return name.lower()
    numbers = [value for value in earlier if isinstance(value, int)]
    if any(path.endswith("Flag") for path in paths):
        return 1 << max(numbers, default=0).bit_length()
    return numbers[-1] + 1 if numbers else 1


def _equal(first: Any, second: Any) -> bool:
    if is_symbolic(first) or is_symbolic(second):
        return first is second
    return type(first) is type(second) and bool(first == second)


def _initialize(machine: Machine, cls: Class, member: EnumMember, value: Any, node: cst.CSTNode, env: Env) -> None:
    """Runs the class's own `__new__` or `__init__` on a member: a tuple gives the arguments."""
    arguments = list(value) if isinstance(value, tuple) else [value]
    new, init = cls.find("__new__"), cls.find("__init__")
    if isinstance(new, Function):
        made = machine.call(new, [cls, *arguments], {}, node, env)
        attributes = getattr(made, "attributes", None)
        if isinstance(attributes, dict):
            member.attributes.update(attributes)
            member.attributes["value"] = attributes.get("_value_", value)
    if isinstance(init, Function):
        machine.call(BoundMethod(init, member), arguments, {}, node, env)
        member.attributes["value"] = member.attributes["_value_"]


def members_of(cls: Class) -> dict[str, EnumMember]:
    """All names with their members, aliases too."""
    for entry in cls.mro():
        if isinstance(entry, Class) and entry.namespace.get("_members_"):
            found: dict[str, EnumMember] = entry.namespace["_members_"]
            return found
    return {}


def enum_members(cls: Class) -> list[Any]:
    """The members of an Enum class, in order, each once; of a flag class those of one bit."""
    found = list({id(member): member for member in members_of(cls).values()}.values())
    return [one for one in found if _is_single(one.attributes["value"])] if is_flag(cls) else found


def _is_single(bits: Any) -> bool:
    return isinstance(bits, int) and bits > 0 and bits & (bits - 1) == 0


def enum_value(value: Any) -> Any:
    """The value of an Enum member; other values unchanged."""
    return value.attributes["value"] if isinstance(value, EnumMember) else value


def is_data_enum(value: Any) -> bool:
    """An Enum member whose class also derives from str or int, so that it acts as its value."""
    return isinstance(value, EnumMember) and value.is_data


def lookup(machine: Machine, cls: Class, call: Call) -> Any:
    """`Class(value)`, or for a class without members `Class(name, names)`."""
    from migrator.analyzers.interpreter.language.calls import call_value

    wanted = machine.settle(call.argument(0, "value"), call.node, call.env)
    if is_symbolic(wanted):
        return machine.unknown(call.node, call.env, "the member is not known")
    for member in members_of(cls).values():
        if member is wanted or (not is_symbolic(member.attributes["value"]) and member.attributes["value"] == wanted):
            return member
    missing = cls.find("_missing_")
    if isinstance(missing, Descriptor) and isinstance(missing.function, Function):
        inner = Call([wanted], {}, call.node, call.env)
        found = call_value(machine, BoundMethod(missing.function, cls), inner)
        if found is not None:
            return found
    if is_flag(cls):
        from migrator.analyzers.interpreter.classes import flags

        if flags.is_within(cls, wanted):
            return flags.of_bits(cls, wanted)
    raise RaiseSignal("ValueError", f"{wanted!r} is not a valid {cls.name}")


def functional(machine: Machine, path: str, call: Call) -> Any:
    """`Enum("Name", "A B")`: the class."""
    import libcst as cst

    from migrator.analyzers.interpreter.values import External

    name, names = call.argument(0, "value"), machine.settle(call.argument(1, "names"), call.node, call.env)
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    start = call.kwargs.get("start", 1)
    if isinstance(names, (list, tuple)):
        pairs = [tuple(n) if isinstance(n, (tuple, list)) else (n, i) for i, n in enumerate(names, start)]
        if any(len(pair) != 2 for pair in pairs):
            return machine.unknown(call.node, call.env, "the names of the members are not known")
        names = {pair[0]: pair[1] for pair in pairs}
    if isinstance(names, dict):
        machine.charge(len(names) * 20)
    if not isinstance(name, str) or not isinstance(names, dict) or not all(isinstance(n, str) for n in names):
        return machine.unknown(call.node, call.env, "the names of the members are not known")
    body = cst.IndentedBlock([])
    cls = Class(name, name, call.env.module, cst.ClassDef(cst.Name("Enum"), body), [External(path)], {})
    cls.namespace = EnumBody(machine, cls, call.node, call.env)
    for member, value in names.items():
        cls.namespace[member] = value
    complete(machine, cls, call.node, call.env)
    return cls
