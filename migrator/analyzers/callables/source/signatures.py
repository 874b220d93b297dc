"""Parameters and arguments that are cut out of the list they stand in, with the commas that go with them."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.model.source import Span

Entry = cst.Arg | cst.Param | cst.ParamStar


def parameters_of(params: cst.Parameters) -> list[cst.Param | cst.ParamStar]:
    """The parameters in the order in which they are written; without those that can only be given by position."""
    star = [params.star_arg] if isinstance(params.star_arg, (cst.Param, cst.ParamStar)) else []
    rest = [params.star_kwarg] if params.star_kwarg is not None else []
    return [*params.params, *star, *params.kwonly_params, *rest]


def expression_place(module: ModuleInfo, node: cst.BaseExpression) -> tuple[int, int]:
    """Where an expression begins and ends, its brackets included."""
    text = module.source.text
    start, end = module.places.offsets(node)
    for _ in getattr(node, "lpar", ()):
        start = text.rindex("(", 0, start)
    for _ in getattr(node, "rpar", ()):
        end = text.index(")", end) + 1
    return start, end


def end_of_parameter(module: ModuleInfo, param: cst.Param) -> int:
    """Where a parameter ends, its comma aside."""
    annotation = param.annotation.annotation if param.annotation is not None else None
    last = param.default or annotation or param.name
    before = annotation if param.default is not None and annotation is not None else param.name
    return _closed(module, last, module.places.offsets(before)[1])


def _closed(module: ModuleInfo, node: cst.BaseExpression, begin: int, around: int = 0) -> int:
    """Where an expression ends with the brackets around it; between `begin` and the expression only those open, but for the `around` first ones."""
    start, end = module.places.offsets(node)
    for _ in range(module.source.text.count("(", begin, start) - around):
        end = module.source.text.index(")", end) + 1
    return end


def value_place(module: ModuleInfo, arg: cst.Arg) -> tuple[int, int]:
    """Where the value of an argument that is given by name begins and ends, its brackets included."""
    text = module.source.text
    assert arg.keyword is not None
    begin = text.index("=", module.places.offsets(arg.keyword)[1]) + 1
    end = _closed(module, arg.value, begin)
    return begin + len(text[begin:end]) - len(text[begin:end].lstrip()), end


def places(module: ModuleInfo, entries: Sequence[Entry], begin: int) -> list[tuple[int, int]]:
    """Where each argument or parameter of a list begins and ends, its stars, default and brackets included; the list begins at `begin`."""
    text, found = module.source.text, []
    for entry in entries:
        if isinstance(entry, cst.ParamStar):
            begin = text.index("*", begin)
            found.append((begin, begin + 1))
            begin += 1
            continue
        start = module.places.offsets(entry)[0]
        if isinstance(entry, cst.Arg):
            opening = module.places.offsets(entry.keyword)[1] if entry.keyword is not None else begin
            end = _closed(module, entry.value, opening, around=int(entry.keyword is None and not found))
            inner = module.places.offsets(entry.value)[0]
            first = text.find("(", opening + int(not found and entry.keyword is None), inner)
            start = start if entry.keyword is not None else min(inner, first) if first >= 0 else inner
        else:
            end = end_of_parameter(module, entry)
        star = entry.star if isinstance(entry.star, str) else ""
        if star and not text.startswith(star, start):
            start = text.rindex(star, 0, start)
        found.append((start, end))
        begin = end
    return found


def cuts(module: ModuleInfo, found: Sequence[tuple[int, int]], stay: Sequence[bool], end: int) -> list[Span]:
    """The spans to cut so that only some parts of a list remain; `end` is where the list ends if none does."""
    if True not in stay:
        return [module.between(found[0][0], end)] if found else []
    first = stay.index(True)
    cut = [module.between(found[0][0], found[first][0])] if first else []
    for number in range(first + 1, len(found)):
        if not stay[number]:
            cut.append(module.between(found[number - 1][1], found[number][1]))
    return cut
