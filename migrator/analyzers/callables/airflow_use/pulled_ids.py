"""Ids of tasks that code computes before it pulls their values: `[f"pull_{name}" for name in names]`, `task.upstream_task_ids`.

Comes in: the expression of the ids. Goes out: what each id looks like, and whether there are several; the expression itself stays in the code,
where it picks from the values of the tasks that have such an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import libcst as cst

from migrator.analyzers.callables.folding.fold import MAX_CHOICES, Frame
from migrator.analyzers.callables.folding.given import given_expression
from migrator.analyzers.callables.folding.library import truth
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.resolve import named
from migrator.analyzers.callables.source.scopes import Scope
from migrator.analyzers.callables.source.tree import dotted, root_name
from migrator.model.frozen import dataclass
from migrator.model.templates import ANY_COPY, NO_COPY, OWN_COPY
from migrator.model.values import Symbolic, Text, Value, is_known, walk

PRIOR = "include_prior_dates"
"""The argument by which a pull asks earlier runs, too."""
UPSTREAM = "task.upstream_task_ids"
"""Stands for the ids of all tasks right before the one that pulls."""
NO_TASKS = "(?!)"
"""Stands for no ids at all, those of an empty list."""
_OWN_ID = [(name, ("task_id",)) for name in ("ti", "task_instance", "task")]
_COPIES = ("list", "set", "sorted", "tuple")


@dataclass(frozen=True, slots=True)
class PulledIds:
    """`pattern` is a regular expression that all ids match, one of whose alternatives may be `UPSTREAM`; `several`: the pull gives a list of values."""

    pattern: str
    several: bool


def pulled_ids(frame: Frame, node: cst.BaseExpression) -> PulledIds | None:
    """What the ids look like; None where nothing is known of them."""
    if isinstance(node, cst.ListComp | cst.GeneratorExp | cst.SetComp):
        inner = pulled_ids(frame, node.elt)
        return PulledIds(inner.pattern, True) if inner is not None and not inner.several else None
    if isinstance(node, cst.IfExp):
        return _either(frame, node)
    if isinstance(node, cst.Call) and dotted(node.func) in _COPIES and len(node.args) == 1:
        inner = pulled_ids(frame, node.args[0].value)
        return PulledIds(inner.pattern, True) if inner is not None and inner.several else None
    if isinstance(node, cst.List | cst.Tuple):
        found = [(pulled_ids(frame, one.value), isinstance(one, cst.StarredElement)) for one in node.elements]
        if any(ids is None or ids.several is not star for ids, star in found):
            return None
        return PulledIds("|".join(ids.pattern for ids, _ in found if ids is not None) or NO_TASKS, True)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        sides = [pulled_ids(frame, side) for side in (node.left, node.right)]
        if all(side is not None and side.several for side in sides):
            return PulledIds("|".join(side.pattern for side in sides if side is not None), True)
    if _is_upstream(frame, node):
        return PulledIds(UPSTREAM, True)
    assigned = _assigned(frame, node) if isinstance(node, cst.Name) else None
    if assigned is not None:
        return pulled_ids(frame, assigned)
    items = _source(frame, node)
    if items is not None:
        inner = pulled_ids(frame, items)
        if inner is not None and inner.several:
            return PulledIds(inner.pattern, False)
    pattern = pattern_of(frame, node)
    return PulledIds(pattern, False) if pattern else None


def _either(frame: Frame, node: cst.IfExp) -> PulledIds | None:
    """What the ids of `a if test else b` look like: those of one side where it is known which."""
    test = truth(frame.value(node.test))
    sides = {True: (node.body,), False: (node.orelse,), None: (node.body, node.orelse)}[test]
    found = [ids for ids in (pulled_ids(frame, side) for side in sides) if ids is not None]
    if len(found) < len(sides) or len({ids.several for ids in found}) > 1:
        return None
    return PulledIds("|".join(dict.fromkeys(ids.pattern for ids in found)), found[0].several)


def computed_pull(
    frame: Frame, node: cst.Call, given: Mapping[str, cst.BaseExpression], values: Mapping[str, Value], own: bool
) -> dict[str, Any] | None:
    """What is known of a pull whose ids the code computes, and maybe its key; None for one that is more than that. `values` are those of the
    arguments in `given`; `own`: the task gives the arguments of the function."""
    ids = given["task_ids"]
    if set(given) <= {"task_ids", "key"} and (listed := _listed_by_param(frame, ids)) is not None:
        key = values["key"] if "key" in given else "return_value"
        fixed = {"task_ids": listed, "key": key, "dag_id": None, "other": (), "several": True}
        return {**fixed, "index": frame.module.span(ids)} if is_known(key) and not _has_star(node) else None
    looped = _given_to_loop(frame, ids)
    found = PulledIds("", False) if looped is not None else pulled_ids(frame, ids)
    asked = given_expression(frame, ids) if found is None and own else None
    if asked is not None and (several := _is_several(frame, ids)) is not None:
        found = PulledIds("", several)
    if found is None or set(given) - {"task_ids", "key", "default", "dag_id", PRIOR} or _has_star(node):
        return None
    dag_id, prior = values["dag_id"], frame.value(given[PRIOR]) if PRIOR in given else False
    if (dag_id is not None or prior is not False) and (
        found.several or not found.pattern or ("key" in given and not is_known(values["key"]))
    ):
        return None
    key = values["key"] if "key" in given else "return_value"
    by_key: dict[str, Value] = {}
    if "key" in given and not is_known(key):
        if found.several or not has_key_behind(frame.module, given, values):
            return None
        by_key = {"by_key": frame.module.span(given["key"])}
    fixed = {
        "key": key,
        "dag_id": dag_id,
        "prior": prior,
        **default_behind(frame.module, given),
        "index": frame.module.span(ids),
        **by_key,
    }
    if looped is not None:
        return {"task_ids": looped, **fixed}
    asks = {"asked": asked} if asked is not None else {}
    return {"task_ids": frame.unknown(ids), **fixed, "pattern": found.pattern, "several": found.several, **asks}


def _is_several(frame: Frame, node: cst.BaseExpression) -> bool | None:
    """Whether an expression of ids is a list, False where it is one id that a loop gives or the code puts together; None where that is not to be seen."""
    if isinstance(node, cst.ListComp | cst.GeneratorExp | cst.SetComp | cst.List | cst.Tuple):
        return True
    if isinstance(node, cst.Call) and dotted(node.func) in _COPIES and len(node.args) == 1:
        return True
    if isinstance(node, cst.FormattedString) or _is_of_loop(frame, node):
        return False
    assigned = _assigned(frame, node) if isinstance(node, cst.Name) else None
    return _is_several(frame, assigned) if assigned is not None else None


def _is_of_loop(frame: Frame, node: cst.BaseExpression) -> bool:
    """Whether an expression is a variable of a loop, or a member of one."""
    root = root_name(node)
    read = frame.module.table.by_node.get(root) if root is not None else None
    bindings = frame.module.table.bindings_of(read) if read is not None else []
    return any(binding.kind == "loop" for binding in bindings)


def has_key_behind(module: ModuleInfo, given: Mapping[str, cst.BaseExpression], values: Mapping[str, Value]) -> bool:
    """Whether a pull is by a key that is only known at run time, and which stands behind the ids in the code."""
    offsets = module.places.offsets
    return "key" in given and not is_known(values["key"]) and offsets(given["task_ids"]) < offsets(given["key"])


def default_behind(module: ModuleInfo, given: Mapping[str, cst.BaseExpression]) -> dict[str, Value]:
    """Where the default stands of a pull that picks by its ids or its key; nothing, but that there is one, where they stand behind it in the code."""
    if "default" not in given:
        return {"other": ()}
    places = {name: module.places.offsets(given[name]) for name in ("task_ids", "key", "default") if name in given}
    last = max(places.values()) == places["default"]
    return {"other": ("default",), **({"default": module.span(given["default"])} if last else {})}


def given_id(
    frame: Frame, given: Mapping[str, cst.BaseExpression], task_ids: Value, of_object: bool
) -> dict[str, Value]:
    """Where the id of a pull is a parameter of the function: its name, and where it stands; `itself` where it is the id of the task that pulls,
    as where it is that `of_object` whose method pulls."""
    node = given.get("task_ids")
    part = frame.reader.part(node) if frame.reader is not None and node is not None else None
    if of_object or (part is not None and (part.name, part.path) in _OWN_ID):
        return {"itself": True}
    if not isinstance(node, cst.Name) or not isinstance(task_ids, Symbolic) or task_ids.kind != "argument":
        return {}
    return {"parameter": node.value, "given": frame.module.span(node)} if task_ids.name == node.value else {}


def told_run(frame: Frame, given: dict[str, cst.BaseExpression]) -> dict[str, Value]:
    """The id of the run that a pull is told, which is taken out of its arguments; and the DAGs one of which it means, where the code computes which, or
    what they look like, with the place that says so."""
    found: dict[str, Value] = {"run_id": frame.value(given.pop("run_id"))} if "run_id" in given else {}
    node = given.get("dag_id")
    if node is None or is_known(frame.value(node)):
        return found
    values = _with_held(frame).values(node)
    known = len(values) < MAX_CHOICES and all(isinstance(dag_id, str) for dag_id in values)
    dags: Value = list(dict.fromkeys(values)) if known else pattern_of(frame, node)
    return found | ({"dags": dags, "index": frame.module.span(node)} if dags else {})


def _with_held(frame: Frame) -> Frame:
    """The same place, where names at the top of the file are what they hold once that has been read."""
    scope, held = frame.module.table.module, frame.workspace.held.get(frame.module.file, {})
    known = {(scope, name): value for name, value in held.items()}
    return Frame(frame.workspace, frame.module, frame.reader, {**frame.arguments, **known}, frame.extra, frame.run)


def told_unmapped(frame: Frame, given: dict[str, cst.BaseExpression]) -> dict[str, Value]:
    """Whether a pull is told that its tasks are not mapped (`NO_COPY`, or `ANY_COPY`), which is taken out of its arguments."""
    copies = copies_pulled(frame, given.get("map_indexes"))
    if copies not in (NO_COPY, ANY_COPY):
        return {}
    del given["map_indexes"]
    return {"unmapped": copies}


def told_copies(frame: Frame, given: dict[str, cst.BaseExpression]) -> dict[str, Value]:
    """The numbers of the copies that a pull is told, which are taken out of its arguments, where they are known."""
    copies = copies_pulled(frame, given.get("map_indexes"))
    if copies is None:
        return {}
    del given["map_indexes"]
    return {"copies": copies}


def copies_pulled(frame: Frame, node: cst.BaseExpression | None) -> int | list[int] | str | None:
    """The numbers of copies that a pull is told, `OWN_COPY` for that of the copy which pulls, `ANY_COPY` for None; None where it is told nothing, or
    they are not known."""
    if node is None:
        return None
    part = frame.reader.part(node) if frame.reader is not None else None
    if part is not None and (part.name, part.path) == ("ti", ("map_index",)):
        return OWN_COPY
    copies = frame.value(node)
    if copies is None or type(copies) is int:
        return ANY_COPY if copies is None else copies
    known = isinstance(copies, list | tuple) and all(type(copy) is int for copy in copies)
    return list(copies) if known else None


def _is_upstream(frame: Frame, node: cst.BaseExpression) -> bool:
    part = frame.reader.part(node) if frame.reader is not None else None
    return part is not None and (part.name, part.path) == ("task", ("upstream_task_ids",))


def _has_star(node: cst.Call) -> bool:
    return any(arg.star for arg in node.args)


def _listed_by_param(frame: Frame, node: cst.BaseExpression) -> Symbolic | None:
    """The param that the ids of a pull are, as a whole; None where they are anything else."""
    found = frame.value(node)
    return found if isinstance(found, Symbolic) and found.kind == "param" else None


def _given_to_loop(frame: Frame, node: cst.BaseExpression) -> Value:
    """What a loop runs over whose variable is the id of a pull, where the task gives it: a parameter of the function, or a member of one; else None."""
    found = _run_over(frame, node) if isinstance(node, cst.Name) else None
    items = frame.value(found) if found is not None else None
    if not isinstance(items, Symbolic) or items.kind != "argument":
        return None
    if any(items.name in around.touches for around in _scopes(_scope_of(frame, node))):
        return None
    return items


def _run_over(frame: Frame, node: cst.Name) -> cst.BaseExpression | None:
    """What a loop runs over whose variable a name is, which nothing else binds."""
    scope = _scope_of(frame, node)
    bindings = scope.bindings.get(node.value, []) if scope is not None else []
    if len(bindings) != 1 or bindings[0].kind != "loop":
        return None
    loop = bindings[0].node
    clause = loop if isinstance(loop, cst.For) else getattr(loop, "for_in", None)
    if clause is None or not isinstance(clause.target, cst.Name) or getattr(clause, "inner_for_in", None) is not None:
        return None
    found = clause.iter
    return found if isinstance(found, cst.BaseExpression) else None


def _source(frame: Frame, node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The list, or set, that an expression is an element of, whichever: `ids[0]`, `next(iter(ids))`, `(one,) = ids`, `for one in ids`."""
    if isinstance(node, cst.Subscript) and len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        return node.value
    if isinstance(node, cst.Call) and len(node.args) == 1 and not _has_star(node):
        given, inner = node.args[0].value, dotted(node.func)
        if inner in ("max", "min"):
            return given
        goes = isinstance(given, cst.Call) and dotted(given.func) in ("iter", "reversed") and len(given.args) == 1
        return given.args[0].value if inner == "next" and isinstance(given, cst.Call) and goes else None
    return (_unpacked(frame, node) or _run_over(frame, node)) if isinstance(node, cst.Name) else None


def _unpacked(frame: Frame, node: cst.Name) -> cst.BaseExpression | None:
    """What a name is an element of, which is bound once, by an assignment to several names."""
    found = named(frame.workspace, frame.module, node)
    statement = found[1].node if found is not None and found[0] is frame.module and found[1] is not None else None
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0].target
    names = target.elements if isinstance(target, cst.Tuple | cst.List) else ()
    plain = all(isinstance(one, cst.Element) and isinstance(one.value, cst.Name) for one in names)
    return statement.value if names and plain else None


def _scope_of(frame: Frame, node: cst.CSTNode) -> Scope | None:
    read = frame.module.table.by_node.get(node) if isinstance(node, cst.Name) else None
    return frame.module.table.scope_of(read) if read is not None else None


def _scopes(scope: Scope | None) -> Iterator[Scope]:
    """A scope and those around it."""
    while scope is not None:
        yield scope
        scope = scope.parent


def _assigned(frame: Frame, node: cst.Name) -> cst.BaseExpression | None:
    """What a name is, which is bound once, by an assignment."""
    found = named(frame.workspace, frame.module, node)
    statement = found[1].node if found is not None and found[0] is frame.module and found[1] is not None else None
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        return statement.value if isinstance(statement.targets[0].target, cst.Name) else None
    return statement.value if isinstance(statement, cst.AnnAssign) else None


def pattern_of(frame: Frame, node: cst.BaseExpression) -> str:
    """A regular expression of an id, some of which is only known at run time; empty where nothing is known."""
    values = frame.values(node)
    found = [_of_text(value) for value in values]
    return "|".join(dict.fromkeys(found)) if found and all(found) else ""


def _of_text(value: Value) -> str:
    parts = value.parts if isinstance(value, Text) else (value,)
    if not any(isinstance(part, str) and re.search(r"\w", part) for part in parts):
        return ""
    return "".join(re.escape(str(part)) if is_known(part) else ".+" for part in parts)


OF_DECORATOR = "decorator's"
"""A symbolic value: what a decorator of the team's own was given that stands around a task's function."""


def is_of_arguments(value: Value) -> bool:
    """Whether all that is not known of a value are arguments that the task gives, or a decorator was given, or attributes of the task's operator."""
    unknown = [part for part in walk(value) if not is_known(part) and not isinstance(part, (Text, list))]
    return all(isinstance(part, Symbolic) and part.kind in ("argument", "attribute", OF_DECORATOR) for part in unknown)
