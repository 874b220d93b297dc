"""Parameters and arguments that are cut out of the list they stand in, with the commas that go with them."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from migrator.analyzers.callables.modules import ModuleInfo
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
        last: cst.BaseExpression
        if isinstance(entry, cst.Arg):
            last = entry.value
        else:
            last = entry.default or (entry.annotation.annotation if entry.annotation is not None else entry.name)
        begin_of_last, end = expression_place(module, last)
        start = begin_of_last if isinstance(entry, cst.Arg) and entry.keyword is None else start
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
