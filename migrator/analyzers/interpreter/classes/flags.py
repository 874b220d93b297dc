"""`enum.Flag` and `enum.IntFlag`: members put together by `|`, `&`, `^` and `~`, as Python 3.11 does it."""

from __future__ import annotations

from typing import Any

import libcst as cst

from migrator.analyzers.interpreter.classes.enums import enum_members, is_data_class, is_flag, members_of
from migrator.analyzers.interpreter.language.operations import BINARY
from migrator.analyzers.interpreter.values import MISSING, Class, EnumMember

OPERATORS = (cst.BitOr, cst.BitAnd, cst.BitXor)


def combined(kind: type[cst.CSTNode], left: Any, right: Any) -> Any:
    """`left | right` and the like; MISSING where the sides are not flags of one class (or, of an IntFlag, a number)."""
    cls = next((side.cls for side in (left, right) if is_flag_member(side)), None)
    if cls is None:
        return MISSING
    bits = [_bits(cls, side) for side in (left, right)]
    return MISSING if None in bits else of_bits(cls, BINARY[kind][1](*bits))


def inverted(member: EnumMember) -> EnumMember | None:
    """`~member`: all flags of the class that it has not; None for an IntFlag, whose bits have no end."""
    cls, bits = member.cls, member.attributes["value"]
    if cls is None or is_data_class(cls):
        return None
    return of_bits(cls, bits ^ _mask(cls))


def is_flag_member(value: Any) -> bool:
    """Whether the value is a member, or several, of a flag class whose bits are known."""
    known = isinstance(value, EnumMember) and value.cls is not None and is_flag(value.cls)
    return known and type(value.attributes["value"]) is int


def parts(member: EnumMember) -> list[EnumMember]:
    """The single flags that a member has, as it is iterated."""
    assert member.cls is not None
    return [one for one in enum_members(member.cls) if one.attributes["value"] & member.attributes["value"]]


def of_bits(cls: Class, bits: int) -> EnumMember:
    """The member of the class with these bits: a named one, else one that is made (once, since flags compare by identity)."""
    named = {member.attributes["value"]: member for member in members_of(cls).values()}
    made: dict[int, EnumMember] = cls.options.setdefault("combinations", {})
    if bits not in named and bits not in made:
        single = [one for one in enum_members(cls) if one.attributes["value"] & bits]
        rest = bits & ~sum(one.attributes["value"] for one in single)
        names = [one.attributes["name"] for one in single] + ([str(rest)] if rest else [])
        made[bits] = EnumMember(cls, "|".join(names) or None, bits, is_data_class(cls))
    return named.get(bits) or made[bits]


def _bits(cls: Class, side: Any) -> int | None:
    if is_flag_member(side):
        return int(side.attributes["value"]) if side.cls is cls else None
    return side if type(side) is int and is_data_class(cls) and side >= 0 else None


def is_within(cls: Class, bits: Any) -> bool:
    """Whether `cls(bits)` is a member or a combination of members."""
    return type(bits) is int and bits >= 0 and (is_data_class(cls) or not bits & ~_mask(cls))


def _mask(cls: Class) -> int:
    mask = 0
    for member in enum_members(cls):
        mask |= member.attributes["value"]
    return mask
