"""Lists that are made of other lists, as source: what `.map`, `.filter`, `.zip` and `.concat` did to a task's result.

Comes in: the list, and the code of its parts. Goes out: the code of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from migrator.codegen.python.code import Code, joined
from migrator.model.bodies import CallFunction
from migrator.model.expressions import ChangedList, ErrorClass, MayLack


def changed_list(
    value: ChangedList, source: Code, others: Sequence[Code], function: Code | None, fill: Code | None, package: str
) -> Code:
    """The code of the list; `fill` is what shorter lists are filled with, where they are."""
    if value.kind == "concat":
        shown = ", ".join(f"*{code.operand}" for code in (source, *others))
        return joined(f"[{shown}]", [source, *others])
    if value.kind == "zip":
        lists = ", ".join(code.text for code in (source, *others))
        if fill is None:
            return joined(f"list(zip({lists}, strict=False))", [source, *others])
        needed = Code("", frozenset({"import itertools"}))
        return joined(f"list(itertools.zip_longest({lists}, fillvalue={fill.text}))", [source, *others, fill, needed])
    if value.kind == "elements":
        helper = Code("", frozenset({f"from {package}.elements import elements_of"}))
        return joined(f"elements_of({source.text})", [source, helper])
    if value.kind == "members":
        return _members(value, source)
    assert function is not None, f"`{value.kind}` has a function"
    if _skips(value):
        helper = Code("", frozenset({f"from {package}.exceptions import unskipped"}))
        return joined(f"unskipped({function.text}, {source.text})", [source, function, helper])
    one = "item" if "item" not in source.names else "element"
    test = f" if {function.text}({one})" if value.kind == "filter" else ""
    result = one if value.kind == "filter" else f"{function.text}({one})"
    return joined(f"[{result} for {one} in {source.text}{test}]", [source, function])


def _members(value: ChangedList, source: Code) -> Code:
    """What each copy of a step handed over by a name; a copy that did not is left out."""
    one = "copy" if "copy" not in source.names else "item"
    key, *rest = value.path
    picked = "".join(f"[{str(step)!r}]" if isinstance(step, str) else f"[{step}]" for step in (key, *rest))
    may_lack = isinstance(key, MayLack) or key == "return_value"
    test = f" if {one}.get({str(key)!r}) is not None" if may_lack else ""
    return joined(f"[{one}{picked} for {one} in {source.text}{test}]", [source])


def handed_list(values: Code, lacking: frozenset[str], omits: bool) -> Code:
    """The values of several tasks without those that lack, where some of them may: names of inputs in `lacking`, or others (`omits`)."""
    if not (omits or values.names & lacking):
        return values
    return joined(f"[value for value in {values.text} if value is not None]", [values])


def _skips(value: ChangedList) -> bool:
    """Whether the function says of some elements that there is nothing to do."""
    return isinstance(value.function, CallFunction) and ErrorClass("skip") in (
        edit.expression for edit in value.function.edits
    )
