"""The team's own functions that a callable's code calls as they are, beside those that take what they use of Airflow's context instead of it.

In: the pieces of the callable's code. Out: where these functions stand, of whose text no other task may need another form.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import libcst as cst

from migrator.analyzers.callables.airflow_use.object_calls import escaping, followed_objects
from migrator.analyzers.callables.facts import forms_of
from migrator.analyzers.callables.source.made_functions import called_of, only_returns
from migrator.analyzers.callables.source.resolve import function_named, names_of_folder
from migrator.analyzers.callables.source.tree import descend
from migrator.model.source import Span

if TYPE_CHECKING:
    from migrator.analyzers.callables.source.closure import ClosureBuilder


def called_as_they_are(builder: ClosureBuilder) -> Iterator[Span]:
    """The team's own functions that the code names, but for those that take what they use of the context; blocks for what is both."""
    asking = _asking(builder)
    for node, found in builder.pieces.items():
        if type(node) is cst.FunctionDef and node is not builder.root and node not in builder.forms:
            yield builder.module.span(node)
        made = followed_objects(builder.workspace, builder.module, node)
        for name in names_of_folder(builder.workspace, builder.module, node):
            if name not in found.handing and name not in made and not builder.is_idle(node, name):
                yield from _named(builder, node, name)
        _refuse_escaping(builder, node, asking)


def _refuse_escaping(builder: ClosureBuilder, piece: cst.CSTNode, asking: Collection[cst.ClassDef]) -> None:
    """Blocks for an object that goes on to other code, and whose methods asked for the context and take what they use of it now."""
    nodes = list(descend(piece)) if asking else []
    for cls in asking:
        node = escaping(builder.workspace, builder.module, nodes, cls)
        if node is not None:
            reason = f"hands on an object of `{cls.name.value}`, whose methods use Airflow's context"
            builder.block(reason, builder.module.span(node))


def _asking(builder: ClosureBuilder) -> list[cst.ClassDef]:
    """The classes with methods that asked for the context themselves."""
    uses = [*builder.uses, *(use for found in builder.pieces.values() for use in found.uses)]
    forms = {form.function: form for use in uses for inner in forms_of(use) for form in inner.all() if not form.parts}
    classes = (builder.workspace.class_around(form.function, form.name) for form in forms.values())
    return list(dict.fromkeys(cls for cls in classes if cls is not None))


def _named(builder: ClosureBuilder, piece: cst.CSTNode, name: cst.CSTNode) -> Iterator[Span]:
    workspace, module = builder.workspace, builder.module
    meant = function_named(workspace, module, name)
    if meant is not None and only_returns(module, meant[1], name):
        # Who calls the function around it gets it.
        span = meant[0].span(meant[1])
        if span not in builder.formed and (span.file, span.start) not in workspace.wrappers:
            yield span
        return
    for span in called_of(workspace, module, name):
        # What a decorator puts around a function is called by the name of that.
        is_formed = span in builder.formed
        if (span.file, span.start) in workspace.wrappers or (is_formed and _is_above_formed(builder, piece, name)):
            continue
        yield from _as_it_is(builder, name, span, _text_of(name))
    if meant is not None and meant[1] is not builder.function:
        span = meant[0].span(meant[1])
        if (span.file, span.start) not in workspace.wrappers:
            yield from _as_it_is(builder, name, span, meant[1].name.value)


def _as_it_is(builder: ClosureBuilder, name: cst.CSTNode, span: Span, called: str) -> Iterator[Span]:
    if span in builder.formed:
        builder.block(f"calls `{called}` with Airflow's context and without", builder.module.span(name))
    yield span


def _is_above_formed(builder: ClosureBuilder, piece: cst.CSTNode, name: cst.CSTNode) -> bool:
    """Whether a name stands in a decorator of a function that takes what it uses of the context."""
    return any(
        name in descend(decorator) and builder.module.span(function) in builder.formed
        for function in descend(piece)
        if type(function) is cst.FunctionDef
        for decorator in function.decorators
    )


def _text_of(name: cst.CSTNode) -> str:
    return name.attr.value if type(name) is cst.Attribute else name.value if type(name) is cst.Name else ""
