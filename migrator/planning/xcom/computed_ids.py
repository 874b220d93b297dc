"""Ids of tasks that a template computes before it pulls their values: `ti.xcom_pull(task_ids="load_" ~ table)`, `task_ids=params.last`.

Comes in: the text of such a pull and of the template around it. Goes out: the expression of the ids, and what each of them looks like. A template
that is rendered when the code runs picks by the expression from the values of all tasks before this one that have such an id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, nodes

from migrator.analyzers.templates import TemplateExpression, parse_template
from migrator.model.values import Value, XComValue
from migrator.planning.flow.mapping import expanded_groups

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_ANY = ".+"
_MOST = 200
"""Ids that one expression may have; more are not told apart."""

IDS_BY_PARAM = "ids by param"
"""A note: the task pulls values of the tasks that a param lists, which a run may set."""

Patterns = tuple[str, ...]
Param = Callable[[str], Any]
"""The value of a param, where it is the same in all runs; else anything that is no text or list of texts."""


def id_patterns(ids: str, text: str, param: Param) -> Patterns:
    """Regular expressions of the ids that an expression of a template may give; none where too little of them is known."""
    environment = Environment()
    tree = environment.parse(text)
    output = environment.parse(f"{{{{ {ids} }}}}").find(nodes.Output)
    found = _Reader(tree, param).patterns(output.nodes[0]) if output is not None else ()
    return found if all(re.search(r"\w", pattern.replace(_ANY, "")) for pattern in found) else ()


def tasks_like(pattern: str, context: TaskContext) -> list[str] | None:
    """The tasks before this one whose ids match a pattern; None where it cannot be told what their values are."""
    graph, dag = context.facts.graph, context.dag
    before = set(graph.ancestors(context.task.task_id))
    found = [task.task_id for task in dag.tasks if re.fullmatch(pattern, task.task_id)]
    # Tasks after this one have nothing yet: where only those look like it, it is none of the DAG's that is meant.
    later = {context.task.task_id, *graph.descendants(context.task.task_id)}
    if found and later.issuperset(found):
        return []
    return values_known([task_id for task_id in found if task_id in before], context)


def chosen_by(value: Value, context: TaskContext) -> list[str]:
    """The tasks that a branch chooses from, where a value is what it has chosen; else none."""
    plain = isinstance(value, XComValue) and value.key == "return_value" and not value.operations
    branch = value.task_id if isinstance(value, XComValue) and plain else None
    if isinstance(value, str):
        parts = parse_template(value.strip()).parts
        pull = parts[0] if len(parts) == 1 else None
        if isinstance(pull, TemplateExpression) and pull.kind == "xcom" and not (pull.path or pull.filters):
            branch = pull.task_ids[0] if len(pull.task_ids) == 1 and pull.key == "return_value" else None
    source = next((task for task in context.dag.tasks if task.task_id == branch), None)
    if source is None or not any("Branch" in name for name in (source.operator, *source.bases)):
        return []
    ways = [task.task_id for task in context.dag.tasks if source.task_id in task.upstream]
    before = set(context.facts.graph.ancestors(context.task.task_id))
    return values_known((task_id for task_id in ways if task_id in before), context) or []


def values_known(task_ids: Iterable[str], context: TaskContext) -> list[str] | None:
    """The tasks, where there are any and each of them hands over one value; else None."""
    found = list(task_ids)
    meant = [task for task in context.dag.tasks if task.task_id in found]
    several = any(task.mapped or expanded_groups(context.dag, task) for task in meant)
    return found if found and not several else None


def keys_of(key: str, text: str, param: Param) -> Patterns:
    """The keys that an expression of a template may give; none where they are only known at run time."""
    patterns = id_patterns(key, text, param)
    return (
        () if any(_ANY in pattern for pattern in patterns) else tuple(re.sub(r"\\(.)", r"\1", one) for one in patterns)
    )


def argument_of_pull(call: str, name: str = "task_ids") -> str:
    """The expression of an argument (that of the ids may have no name) in the text of `ti.xcom_pull(...)`; empty where there is none."""
    tokens = [(kind, value) for _, kind, value in Environment().lex(f"{{{{ {call} }}}}")]
    depth, start = 0, 0
    arguments: list[list[tuple[str, str]]] = []
    for number, (kind, value) in enumerate(tokens):
        if kind != "operator":
            continue
        depth += (value in "([{") - (value in ")]}")
        if (value, depth) == ("(", 1) and not arguments:
            start = number + 1
        elif (value == "," and depth == 1) or depth == 0 < start:
            arguments.append(list(tokens[start:number]))
            start = number + 1
    for number, argument in enumerate(arguments):
        shown = [value for kind, value in argument if kind != "whitespace"]
        if shown[:2] == [name, "="]:
            return "".join(value for _, value in argument).partition("=")[2].strip()
        if number == 0 and name == "task_ids" and shown[1:2] != ["="]:
            return "".join(value for _, value in argument).strip()
    return ""


class _Reader:
    """Reads expressions of one template, with what its loops and assignments give its names."""

    def __init__(self, tree: nodes.Template, param: Param) -> None:
        self.param = param
        self.given: dict[str, list[nodes.Node]] = {}
        """By name: the lists whose elements it is, and the values that it is set to."""
        self.elements: dict[str, list[nodes.Node]] = {}
        for loop in tree.find_all(nodes.For):
            if isinstance(loop.target, nodes.Name):
                self.elements.setdefault(loop.target.name, []).append(loop.iter)
        for assignment in tree.find_all(nodes.Assign):
            if isinstance(assignment.target, nodes.Name):
                self.given.setdefault(assignment.target.name, []).append(assignment.node)

    def patterns(self, node: nodes.Node, depth: int = 0) -> Patterns:
        """What the text that a node gives may look like."""
        if isinstance(node, nodes.Const):
            return (re.escape(str(node.value)),)
        if isinstance(node, nodes.TemplateData):
            return (re.escape(node.data),)
        if isinstance(node, nodes.Name) and depth < 5 and node.name in {*self.given, *self.elements}:
            values = [self.patterns(value, depth + 1) for value in self.given.get(node.name, ())]
            values += [self._of_elements(value) for value in self.elements.get(node.name, ())]
            return tuple(dict.fromkeys(pattern for found in values for pattern in found))
        if isinstance(node, nodes.Concat):
            return self._joined(node.nodes, depth)
        if isinstance(node, nodes.Add):
            return self._joined([node.left, node.right], depth)
        if (filled := _filled(node)) is not None:
            return self._joined(filled, depth)
        if (name := _param(node)) and isinstance(value := self.param(name), str):
            return (re.escape(value),)
        return (_ANY,)

    def _joined(self, parts: Sequence[nodes.Expr], depth: int) -> Patterns:
        found = [self.patterns(part, depth + 1) for part in parts]
        few = product(*found) if len(found) < 10 and _size(found) <= _MOST else [(_ANY,)]
        return tuple("".join(pieces) for pieces in few)

    def _of_elements(self, node: nodes.Node) -> Patterns:
        values = list(_texts(self.param(name) if (name := _param(node)) else _literal(node)))
        return tuple(map(re.escape, values)) if values else (_ANY,)


def _filled(node: nodes.Node) -> list[nodes.Expr] | None:
    """The parts of the text that `"load_%s" % table`, `"load_%s" | format(table)` or `"load_{}".format(table)` gives; None for any other expression."""
    given: list[nodes.Expr] = []
    text: nodes.Node | None = None
    mark = "%s"
    if isinstance(node, nodes.Mod):
        text, given = node.left, node.right.items if isinstance(node.right, nodes.Tuple) else [node.right]
    elif isinstance(node, nodes.Filter) and node.name == "format" and not node.kwargs:
        text, given = node.node, node.args
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr) and node.node.attr == "format":
        text, given, mark = node.node.node, [] if node.kwargs else node.args, "{}"
    pieces = text.value.split(mark) if isinstance(text, nodes.Const) and isinstance(text.value, str) else []
    if not given or len(pieces) != len(given) + 1 or any(set("%{}") & set(piece) for piece in pieces):
        return None
    parts: list[nodes.Expr] = [nodes.Const(pieces[0])]
    for value, piece in zip(given, pieces[1:], strict=True):
        parts += [value, nodes.Const(piece)]
    return parts


def _size(found: Sequence[Patterns]) -> int:
    size = 1
    for patterns in found:
        size *= len(patterns)
    return size


def _param(node: nodes.Node) -> str:
    """The name of the param that an expression is; empty for any other expression."""
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "params":
        return node.attr
    key = node.arg if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) else None
    named = isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name) and node.node.name == "params"
    return str(key.value) if named and isinstance(key, nodes.Const) else ""


def _literal(node: nodes.Node) -> list[Any]:
    items = node.items if isinstance(node, nodes.List | nodes.Tuple) else []
    return [item.value if isinstance(item, nodes.Const) else None for item in items]


def _texts(value: object) -> Iterator[str]:
    """The texts that a list, or the keys of a mapping, consists of; none where there is anything else in it."""
    items = list(value) if isinstance(value, (list, tuple, Mapping)) else []
    if all(isinstance(item, str) for item in items):
        yield from items
