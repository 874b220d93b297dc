"""Operators of Airflow that the team's code makes and executes itself: what they do is called without them.

In: the call that makes a `BashOperator` or `PythonOperator`. Out: `Inner`, the changes by which the code runs the command, or calls the function; None where
it is not followed. (Airflow renders no templates of such an operator.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

import libcst as cst

from migrator.analyzers.callables.airflow_use.hooks import held
from migrator.analyzers.callables.airflow_use.messages import executed
from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.resolve import function_named
from migrator.analyzers.callables.source.signatures import cuts, places, value_place
from migrator.analyzers.callables.source.tree import keywords
from migrator.model.expressions import Helper, LibraryText
from migrator.model.frozen import dataclass
from migrator.model.source import Span

ONLY_AIRFLOWS = frozenset(
    {"dag", "do_xcom_push", "doc_md", "owner", "retries", "retry_delay", "task_id", "trigger_rule"}
)
"""Arguments that only tell how Airflow runs a task."""
_COMMAND = frozenset({"append_env", "bash_command", "cwd", "env"})
_CALLED = frozenset({"op_args", "op_kwargs", "python_callable"})
_RUN_COMMAND = Helper("run_command", "operator_work")


@dataclass(frozen=True, slots=True)
class Inner:
    """`library` are places with the helper or text that stands there, `texts` such with plain text; `kept` the arguments that remain, `gone` what does not,
    `runs` the calls that execute the operator."""

    library: tuple[tuple[Span, Helper | LibraryText], ...]
    texts: tuple[tuple[Span, str], ...]
    kept: tuple[cst.Arg, ...]
    gone: tuple[cst.CSTNode, ...] = ()
    runs: tuple[cst.Call, ...] = field(default=())


def find_inner(
    workspace: Workspace, module: ModuleInfo, node: cst.Call, line: cst.CSTNode | None, outer: cst.Call | None
) -> Inner | None:
    """What becomes of the operator that `node` makes; `line` is the statement around, `outer` the call that executes it at once, if that is one."""
    given = keywords(node)
    if len(given) < len(node.args):
        return None
    name = module.qualified(node.func).rpartition(".")[2]
    if name == "BashOperator" and "bash_command" in given and given.keys() <= _COMMAND | ONLY_AIRFLOWS:
        return _command(module, node, line, outer)
    if name == "PythonOperator" and "python_callable" in given and given.keys() <= _CALLED | ONLY_AIRFLOWS:
        return _function(workspace, module, node, outer)
    return None


def _command(module: ModuleInfo, node: cst.Call, line: cst.CSTNode | None, outer: cst.Call | None) -> Inner | None:
    """`BashOperator(bash_command=x, ...).execute(context)`: `run_command(x, ...)`; one that has a name becomes a partial function."""
    given = keywords(node)
    flag = given.get("append_env")
    appends = type(flag) is cst.Name and flag.value == "True"
    # The command is the first argument of `run_command`; by exit code 99 it would skip the task.
    kept = [arg for arg in node.args if arg.keyword is not None and arg.keyword.value in _COMMAND - {"append_env"}]
    first = kept[0].keyword
    known = flag is None or (type(flag) is cst.Name and flag.value in ("True", "False"))
    if not known or first is None or first.value != "bash_command" or "exit 99" in module.text(given["bash_command"]):
        return None
    library: list[tuple[Span, Helper | LibraryText]] = [(module.span(node.func), _RUN_COMMAND)]
    texts = [(span, "") for span in _cuts(module, node, kept)]
    texts.append((module.between(module.places.offsets(first)[0], value_place(module, kept[0])[0]), ""))
    if appends and "env" in given:
        begin, end = next(value_place(module, arg) for arg in kept if arg.value is given["env"])
        if type(given["env"]) is cst.Dict and given["env"].elements:
            library.append((module.between(begin + 1, begin + 1), LibraryText("**os.environ, ", "import os")))
        else:
            library.append((module.between(begin, begin), LibraryText("{**os.environ, **(", "import os")))
            texts.append((module.between(end, end), " or {})}"))
    gone = [arg for arg in node.args if arg not in kept]
    if outer is not None:
        texts.append((module.between(module.places.offsets(node)[1], module.places.offsets(outer)[1]), ""))
        return Inner(tuple(library), tuple(texts), tuple(kept), (*gone, *outer.args))
    found = held(module, node, line)
    runs = executed(module, *found) if found is not None else None
    if found is None or not runs:
        return None
    begin, end = module.places.offsets(node.func)
    library.append((module.between(begin, begin), LibraryText("partial(", "from functools import partial")))
    texts.append((module.between(end, module.source.text.index("(", end) + 1), ", "))
    texts += [
        (module.between(module.places.offsets(run.func)[0] + len(found[1]), module.places.offsets(run)[1]), "()")
        for run in runs
    ]
    return Inner(tuple(library), tuple(texts), tuple(kept), tuple(gone), tuple(runs))


def _function(workspace: Workspace, module: ModuleInfo, node: cst.Call, outer: cst.Call | None) -> Inner | None:
    """`PythonOperator(python_callable=f, op_args=x, op_kwargs=y).execute(context)`: `f(*x, **y)`, where `f` takes nothing of the context."""
    given = keywords(node)
    meant = function_named(workspace, module, given["python_callable"])
    if meant is None or outer is None or _takes_context(meant[1]):
        return None
    kept = [arg for arg in node.args if arg.keyword is not None and arg.keyword.value in _CALLED]
    order = [arg.keyword.value for arg in kept if arg.keyword is not None]
    if order != [name for name in ("python_callable", "op_args", "op_kwargs") if name in order]:
        return None
    found = [value_place(module, arg) for arg in kept]
    # All around the function and its arguments is replaced.
    texts = [(module.between(module.places.offsets(node)[0], found[0][0]), "")]
    for number, name in enumerate(order[1:], 1):
        opening = ", " if number > 1 else "("
        texts.append(
            (module.between(found[number - 1][1], found[number][0]), f"{opening}{'*' if name == 'op_args' else '**'}")
        )
    texts.append((module.between(found[-1][1], module.places.offsets(outer)[1]), ")" if len(order) > 1 else "()"))
    gone = [arg for arg in node.args if arg not in kept]
    return Inner((), tuple(texts), tuple(kept), (*gone, *outer.args))


def _cuts(module: ModuleInfo, node: cst.Call, kept: Sequence[cst.Arg]) -> list[Span]:
    """The spans to cut so that only the kept arguments of a call remain."""
    found = places(module, node.args, module.places.offsets(node.func)[1])
    return cuts(module, found, [arg in kept for arg in node.args], found[-1][1])


def _takes_context(function: cst.FunctionDef) -> bool:
    params = function.params
    names: Sequence[cst.Param] = (*params.posonly_params, *params.params, *params.kwonly_params)
    return params.star_kwarg is not None or any(param.name.value in {*CONTEXT_KEYS, "context"} for param in names)
