"""Messages that the team's code sends by an operator of Airflow that it makes itself, or by a function of Airflow.

In: the call of the operator's class or of the function. Out: the `detail` of a `ContextUse` of kind `message`; None where it is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from migrator.analyzers.callables.airflow_use.context import ContextReader, cut_out, sole_assignment
from migrator.analyzers.callables.airflow_use.hooks import call_arguments, held, method_calls
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.scopes import Scope
from migrator.analyzers.callables.source.tree import descend, keywords, statements
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import Value
from migrator.operators.messages import MESSAGES, Message, message_named

_NOT_ALWAYS = frozenset({cst.BooleanOperation, cst.CompFor, cst.IfExp, cst.Lambda})
"""Expressions of which not all parts are evaluated once."""


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """`detail` as below; `runs` are the calls that execute the operator, `kept` the arguments that are handed on, `cut` the others."""

    detail: Mapping[str, Value]
    runs: list[cst.Call]
    kept: list[cst.Arg]
    cut: list[cst.Arg]


def find_message(
    module: ModuleInfo,
    frame: Frame,
    reader: ContextReader,
    node: cst.Call,
    line: cst.CSTNode | None,
    outer: cst.Call | None,
) -> FoundMessage | None:
    """What is known of a message that is made by `node`.

    The detail: `message` (its name in `MESSAGES`), `beside` (the arguments given that say where something is), `connection` (None where it is not given), `names` (the Span of each keyword that changes with its `=`, and the new name), `cuts` (Spans of arguments that say
    nothing any more, with their commas), `holder` (the name of the operator, empty where it has none), `partial` (where it has one, and arguments without names: the place before
    the making, and the Span of its opening bracket), `runs` (Spans of the calls that execute it), `tail` (Span of such
    a call behind the making), `at_once` (see `_run_at_once`), `dead` (Spans of whole lines that only serve arguments which are cut). `line` is the statement around; `outer` the call that
    executes it at once, if that is one.
    """
    given = {name: frame.value(value) for name, value in keywords(node).items()}
    key = message_named(module.qualified(node.func).rpartition(".")[2], given)
    message = MESSAGES[key]
    arguments, names = call_arguments(module, node), _names(message, node)
    if arguments is None or names is None:
        return None
    known = {*message.fields, *message.connection, *message.ignored, *message.beside}
    if any(name not in known and not argument.is_none for name, argument in zip(names, arguments, strict=True)):
        return None
    runs: list[cst.Call] = []
    holder, tail = "", None
    if outer is not None:
        tail = module.between(module.places.offsets(node)[1], module.places.offsets(outer)[1])
    elif not message.is_function:
        found = held(module, node, line)
        calls = executed(module, *found) if found is not None else None
        if found is None or not calls:
            return None
        runs, holder = calls, found[1]
    pairs = list(zip(names, node.args, strict=True))
    places = [message.fields[name] for name in names if name in message.fields]
    if "" in places[1:]:
        return None
    connection = next((frame.value(arg.value) for name, arg in pairs if name in message.connection), None)
    kept = [arg for name, arg in pairs if name in message.fields]
    cut = [arg for name, arg in pairs if name not in message.fields]
    changed = tuple(
        (argument.name, message.fields[name])
        for name, argument in zip(names, arguments, strict=True)
        if name in message.fields and message.fields[name] != argument.keyword
    )
    begin, end = module.places.offsets(node.func)
    opening = module.between(end, module.source.text.index("(", end) + 1)
    detail: dict[str, Value] = {
        "connection": connection,
        "names": changed,
        "cuts": tuple(_cuts(module, node.args, kept)),
        "holder": holder,
        "partial": (module.between(begin, begin), opening) if holder and "" in places else None,
        "runs": tuple(module.span(run) for run in runs),
        "at_once": _run_at_once(module, reader, line, runs) if holder else None,
        "tail": tail,
        "message": key,
        "beside": tuple(sorted(name for name, value in given.items() if name in message.beside and value is not None)),
        "dead": tuple(span for arg in cut for span in _only_for(module, reader, arg)),
    }
    return FoundMessage(detail, runs, kept, cut)


def _run_at_once(
    module: ModuleInfo, reader: ContextReader, line: cst.CSTNode | None, runs: Sequence[cst.Call]
) -> tuple[Span, str, Span | None] | None:
    """Of an operator that the next statement executes, so that it can do so where it is made: the place in front of the making, what stands there then,
    and the lines of that statement; None for these where it goes on with the result, which has the operator's name then."""
    pair = sole_assignment(line)
    block = module.table.blocks.get(line) if line is not None else None
    if line is None or not isinstance(block, (cst.BaseSuite, cst.Module)) or pair is None or len(runs) != 1:
        return None
    around = list(statements(block))
    after = next(iter(around[around.index(line) + 1 :]), None)
    if type(after) is not cst.SimpleStatementLine or len(after.body) != 1 or runs[0] not in set(descend(after)):
        return None
    place = module.between(module.places.offsets(line)[0], module.places.offsets(pair[1])[0])
    small, target = after.body[0], sole_assignment(after)
    known = target is not None or type(small) in (cst.Expr, cst.Return)
    if getattr(small, "value", None) is not runs[0] or not known:
        return (place, module.source.cut(place), None) if _comes_first(module, after, runs[0]) else None
    if not cut_out(module, after, reader.cut):
        return None
    text = f"{target[0]} = " if target is not None else "return " if type(small) is cst.Return else ""
    return place, text, module.whole_lines(after)


def _comes_first(module: ModuleInfo, line: cst.CSTNode, run: cst.Call) -> bool:
    """Whether the call is made in any case when a statement runs, before any other that stands in front of it."""
    begin, inside = module.places.offsets(run)[0], list(descend(line))
    before = [node for node in inside if type(node) is cst.Call and module.places.offsets(node)[1] <= begin]
    return not before and not any(type(node) in _NOT_ALWAYS for node in inside)


def _cuts(module: ModuleInfo, args: Sequence[cst.Arg], kept: Sequence[cst.Arg]) -> Iterator[Span]:
    """The spans to cut so that only the kept arguments remain: up to the next argument, or from the one before where no kept one follows."""
    places = [module.places.offsets(arg) for arg in args]
    for number, (arg, (start, end)) in enumerate(zip(args, places, strict=True)):
        if arg in kept:
            continue
        if any(later in kept for later in args[number + 1 :]):
            yield module.between(start, places[number + 1][0])
        else:
            yield module.between(places[number - 1][1] if number else start, end)


def _names(message: Message, node: cst.Call) -> list[str] | None:
    """The name of each argument; None where one goes by a position that is not known."""
    found = []
    for place, arg in enumerate(node.args):
        if arg.keyword is not None:
            found.append(arg.keyword.value)
        elif place < len(message.positional):
            found.append(message.positional[place])
        else:
            return None
    return found


def executed(module: ModuleInfo, scope: Scope, name: str) -> list[cst.Call] | None:
    """The calls that execute the operator of that name, if nothing else is done with it."""
    calls = {
        id(call.func.value): call
        for call in method_calls(scope.node)
        if type(call.func) is cst.Attribute and call.func.attr.value == "execute"
    }
    reads = [
        read for read in module.table.reads_in(scope.node) if read.name == name and module.table.scope_of(read) is scope
    ]
    return [calls[id(read.node)] for read in reads] if all(id(read.node) in calls for read in reads) else None


def _only_for(module: ModuleInfo, reader: ContextReader, arg: cst.Arg) -> list[Span]:
    """The whole lines of the statement that gives an argument its value, if nothing else reads that."""
    read = module.table.by_node.get(arg.value) if type(arg.value) is cst.Name else None
    scope = module.table.scope_of(read) if read is not None else None
    if read is None or scope is None or scope.kind != "function" or len(scope.bindings.get(read.name, [])) != 1:
        return []
    line = scope.bindings[read.name][0].statement
    reads = [
        other
        for other in module.table.reads_in(scope.node)
        if other.name == read.name and module.table.scope_of(other) is scope
    ]
    if line is None or len(reads) != 1 or sole_assignment(line) is None or not cut_out(module, line, reader.cut):
        return []
    return [module.whole_lines(line)]
