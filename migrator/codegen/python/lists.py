"""Lists that are made of other lists, as source: what `.map`, `.filter`, `.zip` and `.concat` did to a task's result.

Comes in: the list, and what gives the code of its parts. Goes out: the code of the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migrator.codegen.python.code import Code, joined
from migrator.model.bodies import CallFunction
from migrator.model.expressions import ChangedList, ErrorClass, Expr, MayLack


def changed_list(value: ChangedList, code: Callable[[Any], Code], package: str, lacking: frozenset[str]) -> Code:
    """The code of the list: `code` gives that of its parts; `lacking` are names of inputs that may be None."""
    if value.kind == "zip":
        return _zipped(value, code, package)
    source = code(value.source)
    if value.kind == "handed":
        return _handed(source, isinstance(value.source, dict), lacking, value.omits)
    if value.kind == "concat":
        parts = [source, *map(code, value.others)]
        return joined(f"[{', '.join(f'*{part.operand}' for part in parts)}]", parts)
    if value.kind == "elements":
        helper = Code("", frozenset({f"from {package}.elements import elements_of"}))
        return joined(f"elements_of({source.text})", [source, helper])
    if value.kind == "members":
        return _members(value, source)
    function = code(value.function)
    if _skips(value):
        return joined(f"unskipped({function.text}, {source.text})", [source, function, _unskipped(package)])
    one = "item" if "item" not in source.names else "element"
    test = f" if {function.text}({one})" if value.kind == "filter" else ""
    result = one if value.kind == "filter" else f"{function.text}({one})"
    return joined(f"[{result} for {one} in {source.text}{test}]", [source, function])


def elements_with_work(value: object, text: Callable[[Any], str], variable: str) -> tuple[str, str] | None:
    """The list that copies are made of, and what a copy gets of its element `variable`, where a function says of some elements that there is nothing to do.

    The rest keep their numbers then, which they do not in the list of what is left. None where there is no such function.
    """
    return _element(value, text, variable) if _leaves_out(value) else None


def _leaves_out(value: object) -> bool:
    """Whether elements may be left out, of which it can be told what they were made of."""
    if not isinstance(value, ChangedList):
        return False
    if value.kind == "map":
        return _skips(value) or _leaves_out(value.source)
    return value.kind == "zip" and not value.fills and any(map(_leaves_out, (value.source, *value.others)))


def _element(value: Expr, text: Callable[[Any], str], variable: str) -> tuple[str, str]:
    """A list before functions are called with its elements, and what they make of its element `variable`."""
    if isinstance(value, ChangedList) and value.kind == "map":
        source, element = _element(value.source, text, variable)
        function = text(value.function)
        return source, f"{f'({function})' if function.startswith('lambda') else function}({element})"
    if not isinstance(value, ChangedList) or not _leaves_out(value):
        return text(value), variable
    parts = (value.source, *value.others)
    made = [
        _element(part, text, f"{variable}[{at}]") if _leaves_out(part) else (text(part), f"{variable}[{at}]")
        for at, part in enumerate(parts)
    ]
    last = max(at for at, part in enumerate(parts) if _leaves_out(part)) + 1
    # What no function is called with goes along as it is.
    rest = [f"*{variable}[{last}:]"] if last < len(parts) else []
    elements = ", ".join([*(element for _, element in made[:last]), *rest])
    return f"zip({', '.join(source for source, _ in made)}, strict=False)", f"({elements})"


def _zipped(value: ChangedList, code: Callable[[Any], Code], package: str) -> Code:
    if _leaves_out(value):
        # What an element was put together with goes with it, where the function says of it that there is nothing to do.
        used: list[Code] = []

        def text(part: Expr) -> str:
            used.append(code(part))
            return used[-1].text

        source, element = _element(value, text, "pair")
        return joined(f"unskipped(lambda pair: {element}, {source})", [*used, _unskipped(package)])
    parts = [code(value.source), *map(code, value.others)]
    lists = ", ".join(part.text for part in parts)
    if not value.fills:
        return joined(f"list(zip({lists}, strict=False))", parts)
    fill, needed = code(value.fill), Code("", frozenset({"import itertools"}))
    return joined(f"list(itertools.zip_longest({lists}, fillvalue={fill.text}))", [*parts, fill, needed])


def _unskipped(package: str) -> Code:
    return Code("", frozenset({f"from {package}.exceptions import unskipped"}))


def _members(value: ChangedList, source: Code) -> Code:
    """What each copy of a step handed over by a name; a copy that did not is left out."""
    one = "copy" if "copy" not in source.names else "item"
    key, *rest = value.path
    picked = "".join(f"[{str(step)!r}]" if isinstance(step, str) else f"[{step}]" for step in (key, *rest))
    may_lack = isinstance(key, MayLack) or key == "return_value"
    test = f" if {one}.get({str(key)!r}) is not None" if may_lack else ""
    return joined(f"[{one}{picked} for {one} in {source.text}{test}]", [source])


def _handed(values: Code, by_name: bool, lacking: frozenset[str], omits: bool) -> Code:
    """The values of several tasks without those that lack, where some of them may: names of inputs in `lacking`, or others (`omits`)."""
    if not (omits or values.names & lacking):
        return values
    if by_name:
        return joined(f"{{name: value for name, value in {values.operand}.items() if value is not None}}", [values])
    return joined(f"[value for value in {values.text} if value is not None]", [values])


def _skips(value: ChangedList) -> bool:
    """Whether the function says of some elements that there is nothing to do."""
    return isinstance(value.function, CallFunction) and ErrorClass("skip") in (
        edit.expression for edit in value.function.edits
    )
