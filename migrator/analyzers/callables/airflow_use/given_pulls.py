"""Pulls of a function of the team's own whose ids, or key, are its parameters: `def newest(task_id): return ti.xcom_pull(task_ids=task_id)`.

In: the form of such a function, and a call of it. Out: the form as that call has it, which says what is pulled, and the arguments that the function takes
no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import libcst as cst

from migrator.analyzers.callables.facts import ContextUse, HandedForm
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.model.changed import replace
from migrator.model.values import Symbolic, Value, is_known

_TOLD = ("task_ids", "key", "dag_id")
"""What of a pull may be a parameter."""
_OPEN = frozenset({"given", "open", "parameter"})
"""What is known of a pull whose id is a parameter; `open` until a call says what it is."""


def is_given(detail: Mapping[str, Value]) -> bool:
    """Whether what is pulled is the same but for what the function is given."""
    told = [detail.get(name) for name in _TOLD]
    plain = (
        is_known(detail.get("prior")) and not detail.get("other") and "index" not in detail and "default" not in detail
    )
    return plain and any(map(_is_argument, told)) and all(is_known(one) or _is_argument(one) for one in told)


def opened(use: ContextUse) -> ContextUse:
    """A use as a function has it that hands its own parameters on: whoever calls that says what is pulled."""
    is_open = use.kind == "xcom_pull" and is_given(use.detail)
    return replace(use, detail={**use.detail, "open": True}) if is_open else use


def spent_parameters(module: ModuleInfo, function: cst.FunctionDef, uses: Iterable[ContextUse]) -> frozenset[str]:
    """The parameters that a function reads only to tell what it pulls."""
    pulls = [use.span for use in uses if use.kind == "xcom_pull" and is_given(use.detail)]
    scope = module.table.scopes[function]
    reads: dict[str, list[bool]] = {}
    for read in module.table.reads_in(function):
        place = module.places.offsets(read.node)[0]
        if module.table.scope_of(read) is scope:
            reads.setdefault(read.name, []).append(any(span.start <= place < span.end for span in pulls))
    names = [param.name.value for param in (*function.params.params, *function.params.kwonly_params)]
    return frozenset(name for name in names if all(reads.get(name, [False])) and len(scope.bindings[name]) == 1)


def told_by_call(
    frame: Frame, where: ModuleInfo, function: cst.FunctionDef, call: cst.Call, bound: bool, form: HandedForm
) -> tuple[HandedForm, list[cst.Arg]] | None:
    """The form with what the call says of its pulls, and the arguments that are cut; None where that is not known."""
    open_pulls = {
        name: use for name, use in form.parameters.items() if use.kind == "xcom_pull" and is_given(use.detail)
    }
    if not open_pulls:
        return form, []
    if any(arg.star for arg in call.args):
        return None
    args = dict(_by_parameter(function, call.args, bound))
    parameters = dict(form.parameters)
    for name, use in open_pulls.items():
        detail = {key: value for key, value in use.detail.items() if key not in _OPEN}
        for key in _TOLD:
            if _is_argument(detail.get(key)):
                detail[key] = _given(frame, where, function, args, str(detail[key].name))
                if not is_known(detail[key]) and not _is_argument(detail[key]):
                    return None
        parameters[name] = replace(use, detail=detail, assigned=None)
    return replace(form, parameters=parameters), [args[name] for name in form.spent if name in args]


def _given(frame: Frame, where: ModuleInfo, function: cst.FunctionDef, args: Mapping[str, cst.Arg], name: str) -> Value:
    if name in args:
        return _own(frame, args[name].value) or frame.value(args[name].value)
    params = (*function.params.params, *function.params.kwonly_params)
    default = next((param.default for param in params if param.name.value == name), None)
    return Frame(frame.workspace, where).value(default) if default is not None else Symbolic("unknown", name)


def _own(frame: Frame, node: cst.BaseExpression) -> Symbolic | None:
    """A parameter of the function around the call, which hands it on."""
    read = frame.module.table.by_node.get(node) if isinstance(node, cst.Name) else None
    bindings = frame.module.table.bindings_of(read) if read is not None else []
    if read is None or len(bindings) != 1 or bindings[0].kind != "parameter":
        return None
    return Symbolic("argument", read.name, "is given by the caller", name=read.name)


def _by_parameter(function: cst.FunctionDef, args: Sequence[cst.Arg], bound: bool) -> Iterator[tuple[str, cst.Arg]]:
    slots = [param.name.value for param in function.params.params][1 if bound else 0 :]
    for place, arg in enumerate(args):
        if arg.keyword is not None:
            yield arg.keyword.value, arg
        elif place < len(slots):
            yield slots[place], arg


def _is_argument(value: Value) -> bool:
    return isinstance(value, Symbolic) and value.kind == "argument" and value.name is not None and not value.path
