"""Which expressions of a function denote a part of Airflow's context, through parameters, `get_current_context()` and aliases.

In: a module, a function of it and the parameters that take the context. Out: `Part` of an expression, or None.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

import libcst as cst

from migrator.analyzers.callables.airflow_use.asking import filled_parameters
from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS, DICT_KEYS, LIVE_KEYS, OF_FAILURES, ONLY_IN
from migrator.analyzers.callables.airflow_use.starting import STARTS, is_start
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.scopes import Scope
from migrator.analyzers.callables.source.signatures import cuts, expression_place
from migrator.analyzers.callables.source.tree import descend, literal_index, literal_key, positional, statements
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import Span

WHOLE = "context"
_SAME = {"task_instance": "ti"}
_REACHED = {
    ("ti", "dag_run"): "dag_run",
    ("ti", "task"): "task",
    ("dag_run", "dag"): "dag",
    ("task", "dag"): "dag",
}
"""Objects of the context that other objects of it lead to."""
_HELD = frozenset({("task", ("python_callable",)), ("task", ("task_group",))})
"""Objects of the context of which members are known, but not what leads there."""
_OF_CALLS = (("op_args",), ("op_kwargs",))
"""What a task has of the arguments of the function that it calls."""
_CONSTANTS = frozenset({"False", "None", "True"})
_NOT_ALWAYS = OF_FAILURES.union(*ONLY_IN.values()) - LIVE_KEYS
"""Values of the context that some versions, or some runs, do not have."""


@dataclass(frozen=True, slots=True)
class Part:
    """`name` is the member (`ti` for both its names), `context` for the whole; `path` what is picked below it."""

    name: str
    path: tuple[str | int, ...] = ()
    default: cst.BaseExpression | None = None
    """What `.get` gives where there is no such member; None for None."""
    has_default: bool = False
    argument: bool = False
    """A member of `**kwargs` that is not Airflow's."""

    @property
    def is_whole(self) -> bool:
        return self.name == WHOLE and not self.argument

    @property
    def is_live(self) -> bool:
        """An object that exists in a running Airflow only."""
        return not self.argument and self.name in LIVE_KEYS and not self.path

    @property
    def is_mapping(self) -> bool:
        """A plain dictionary (`params`, `dag_run.conf`), or something inside one."""
        if self.argument or self.has_default:
            return False
        of_call = self.name == "task" and self.path[:1] in _OF_CALLS
        return self.name in DICT_KEYS or of_call or (self.name == "dag_run" and self.path[:1] == ("conf",))

    @property
    def is_container(self) -> bool:
        """`params`, `templates_dict` or `dag_run.conf` itself."""
        return self.is_mapping and self.path in ((), ("conf",)) and (self.name, self.path) != ("dag_run", ())

    @property
    def is_accessor(self) -> bool:
        """`var["value"]` or `var["json"]`."""
        return self.name == "var" and self.path in (("value",), ("json",)) and not self.has_default


DENOTING = frozenset({cst.Attribute, cst.BooleanOperation, cst.Call, cst.IfExp, cst.Name, cst.Subscript})
"""What may denote a part of the context; asked for every expression, as the checks of abstract classes are slow."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A statement that gives parts of the context other names. `gone` are these parts; with `rest`, other values of a tuple, which stay, only
    `cuts` of it go."""

    name: str
    statement: cst.CSTNode
    gone: tuple[cst.BaseExpression, ...] = ()
    rest: tuple[cst.BaseExpression, ...] = ()
    cuts: tuple[Span, ...] = ()


class ContextReader:
    """Reads one function (or any other piece of code, then without parameters)."""

    def __init__(
        self,
        module: ModuleInfo,
        node: cst.CSTNode,
        parameters: Iterable[tuple[Scope, str, Part]] = (),
        given: Iterable[str] = (),
        kept: Mapping[tuple[Scope, str], Mapping[str, Part]] = MappingProxyType({}),
    ) -> None:
        self.module = module
        self.given = frozenset(given)
        self.kept = kept
        """The attributes of objects that hold parts of the context, by the object's name."""
        self.aliases: list[Alias] = []
        self._names: dict[tuple[Scope, str], Part] = {(scope, name): part for scope, name, part in parameters}
        self._dags: dict[tuple[Scope, str], bool] = {}
        self.cut: set[cst.CSTNode] = set()
        """The statements that are to be cut out."""
        self._touching = {*module.table.watched_names(), *(name for _, name in (*self._names, *kept))}
        self._reads = module.table.slices.get(node, (0, 0))
        self._touches: list[int] | None = None
        if self._touching_reads():
            self._take_filled(node)
            for line in module.table.lines_in(node):
                self._follow(line)

    def _touching_reads(self) -> list[int]:
        """The numbers of the reads of names that may stand for something of Airflow."""
        reads, touching = self.module.table.reads, self._touching
        return [number for number in range(*self._reads) if reads[number].name in touching]

    def may_touch(self, node: cst.CSTNode) -> bool:
        """Whether a statement of the piece may have to do with Airflow: it names something that can lead there, or defines a class."""
        if node in self.module.table.marked:
            return True
        if self._touches is None:
            self._touches = self._touching_reads()
        start, end = self.module.table.slices[node]
        return bisect_left(self._touches, start) < bisect_left(self._touches, end)

    def part(self, node: cst.CSTNode) -> Part | None:
        """The part of the context that an expression denotes."""
        if type(node) not in DENOTING:
            return None
        if is_start(self.module, node):
            return Part("dag", (STARTS,))
        if type(node) is cst.Name:
            return self._name(node)
        if type(node) is cst.Attribute:
            base = self.part(node.value)
            return self._attribute(base, node.attr.value) if base is not None else self._kept(node)
        if type(node) is cst.Subscript:
            base = self.part(node.value)
            key = literal_index(node)
            return self._item(base, key) if base is not None and key is not None else None
        if type(node) is cst.Call:
            return self._call(node)
        if type(node) is cst.BooleanOperation and type(node.operator) is cst.Or:
            # `context.get("ti") or context["task_instance"]`: the first is always there.
            left = self.part(node.left)
            return left if left is not None and left.is_live and left == self.part(node.right) else None
        return self._if_there(node) if type(node) is cst.IfExp else None

    def _kept(self, node: cst.Attribute) -> Part | None:
        """What an attribute of an object holds of the context."""
        read = self.module.table.by_node.get(node.value) if self.kept else None
        scope = self.module.table.scope_of(read) if read is not None else None
        return self.kept.get((scope, read.name), {}).get(node.attr.value) if scope is not None and read else None

    def _if_there(self, node: cst.IfExp) -> Part | None:
        """`kwargs["x"] if "x" in kwargs else 5`, which is `kwargs.get("x", 5)`."""
        test = node.test
        if type(test) is not cst.Comparison or len(test.comparisons) != 1:
            return None
        whole, key = self.part(test.comparisons[0].comparator), literal_key(test.left)
        if whole is None or not whole.is_whole or not isinstance(key, str):
            return None
        kind = type(test.comparisons[0].operator)
        found, default = (node.body, node.orelse) if kind is cst.In else (node.orelse, node.body)
        names = {item.value for item in descend(default) if type(item) is cst.Name}
        if kind not in (cst.In, cst.NotIn) or not all(name in _CONSTANTS or name.isupper() for name in names):
            return None
        part = self.part(found)
        if part is None or part != self._item(whole, key):
            return None
        return replace(part, default=default, has_default=True)

    def names_copy(self, line: cst.SimpleStatementLine) -> bool:
        """Whether a line puts a value of the code's own into the context, which only names the copy of a mapped task (`map_index_template`)."""
        targets = _targets(line)
        return bool(targets) and all(self._names_copy(line, target) for target in targets)

    def _names_copy(self, line: cst.SimpleStatementLine, target: cst.BaseExpression) -> bool:
        """Whether what a line sets is an entry of the context that nothing else around it asks for."""
        if type(target) is not cst.Subscript:
            return False
        base, key = self.part(target.value), literal_index(target)
        if base is None or not base.is_whole or not isinstance(key, str) or key in CONTEXT_KEYS:
            return False
        function = next((node for node in self.module.enclosing(line) if type(node) is cst.FunctionDef), line)
        nodes = list(descend(function))
        return not self._used_whole(nodes) and not any(node is not target and self._asks(node, key) for node in nodes)

    def _used_whole(self, nodes: Sequence[cst.CSTNode]) -> bool:
        """Whether the context is used for anything but to ask for an entry of it, or to give it another name."""
        asked: set[cst.CSTNode] = set()
        for node in nodes:
            if type(node) is cst.Subscript or type(node) is cst.Attribute or type(node) is cst.Assign:
                asked.add(node.value)
            elif type(node) is cst.ComparisonTarget:
                asked.add(node.comparator)
        parts = ((node, self.part(node)) for node in nodes if node not in asked)
        return any(part is not None and part.is_whole for _, part in parts)

    def _asks(self, node: cst.CSTNode, key: str) -> bool:
        """Whether an expression is, or looks for, an entry of the context."""
        if type(node) is cst.Subscript:
            base, asked = node.value, literal_index(node)
        elif type(node) is cst.Call and type(node.func) is cst.Attribute and node.args:
            base, asked = node.func.value, literal_key(node.args[0].value)
        elif type(node) is cst.Comparison and len(node.comparisons) == 1:
            base, asked = node.comparisons[0].comparator, literal_key(node.left)
        else:
            return False
        part = self.part(base) if asked == key else None
        return part is not None and part.is_whole

    def _name(self, node: cst.Name) -> Part | None:
        read = self.module.table.by_node.get(node)
        if read is None:
            return None
        scope = self.module.table.scope_of(read)
        if scope is None:
            return None
        known = self._names.get((scope, node.value))
        if known is not None:
            return known
        key = scope, node.value
        if key not in self._dags:
            self._dags[key] = self._is_dag(scope, node.value)
        return Part("dag") if self._dags[key] else None

    def _is_dag(self, scope: Scope, name: str) -> bool:
        """Whether a name stands for a DAG object: `dag = DAG(...)`, `with DAG(...) as dag`."""
        found: list[cst.CSTNode | None] = []
        for binding in scope.bindings[name]:
            if type(binding.node) is cst.Assign:
                found.append(binding.node.value)
            elif type(binding.node) is cst.With:
                items = (item for item in binding.node.items if item.asname is not None)
                found.extend(
                    item.item
                    for item in items
                    if item.asname and type(item.asname.name) is cst.Name and item.asname.name.value == name
                )
            else:
                return False
        return bool(found) and all(type(value) is cst.Call and self._is_airflow(value.func, "DAG") for value in found)

    def _is_airflow(self, node: cst.CSTNode, name: str) -> bool:
        qualified = self.module.qualified(node)
        return qualified.startswith("airflow.") and qualified.endswith(f".{name}")

    def _attribute(self, base: Part, attribute: str) -> Part | None:
        if base.is_live:
            reached = _REACHED.get((base.name, attribute))
            return Part(reached) if reached is not None else replace(base, path=(attribute,))
        if base.is_accessor or (not base.argument and (base.name, base.path) in _HELD):
            return replace(base, path=(*base.path, attribute))
        return None

    def _item(self, base: Part, key: str | int) -> Part | None:
        if base.is_whole:
            return self._member(key) if isinstance(key, str) else None
        if base.is_mapping or base.is_accessor or (base.name == "var" and not base.path):
            return replace(base, path=(*base.path, key))
        return None

    def _member(self, key: str) -> Part:
        if key in CONTEXT_KEYS and key not in self.given:
            return Part(_SAME.get(key, key))
        return Part(key, argument=True)

    def _call(self, node: cst.Call) -> Part | None:
        if self._is_airflow(node.func, "get_current_context"):
            return Part(WHOLE)
        if type(node.func) is not cst.Attribute:
            return None
        base = self.part(node.func.value)
        if base is None:
            return None
        method, arguments = node.func.attr.value, positional(node)
        popped = method == "pop" and base.is_whole
        method = "get" if popped else method
        if (base.name, base.path, method) == ("ti", (), "get_dagrun") and not node.args:
            return Part("dag_run")
        if method != "get" or len(arguments) != len(node.args) or not 1 <= len(arguments) <= 2:
            return None
        key = literal_key(arguments[0])
        found = self._item(base, key) if key is not None else None
        if found is None:
            return None
        if len(arguments) == 2:
            of_conf = (base.name, base.path[:1]) == ("dag_run", ("conf",)) and not found.argument
            names = {item.value for item in descend(arguments[1]) if type(item) is cst.Name}
            if of_conf and names - _CONSTANTS:
                return None  # The default may ask the context, too: the function does the `.get`.
            return replace(found, default=arguments[1], has_default=True)
        if popped:
            return found
        may_lack = found.argument or (found.is_mapping and found.path) or found.name in _NOT_ALWAYS
        return replace(found, has_default=True) if may_lack else found

    def _take_filled(self, node: cst.CSTNode) -> None:
        """Cuts out the statements that give the function the context where its caller does not."""
        for name, statement in filled_parameters(self.module, node).items() if type(node) is cst.FunctionDef else ():
            part = self._names.get((self.module.table.scopes[node], name))
            if part is not None and part.is_whole and cut_out(self.module, statement, self.cut):
                self.aliases.append(Alias(name, statement))

    def _follow(self, statement: cst.SimpleStatementLine) -> None:
        """Takes `name = <object or dictionary of the context>` for an alias, if the name never means anything else."""
        pairs = assignments(statement)
        found = [self._aliased(statement, name, value) for name, value in pairs]
        if not any(found):
            return
        gone = tuple(value for (_, value), alias in zip(pairs, found, strict=True) if alias)
        names = ", ".join(name for (name, _), alias in zip(pairs, found, strict=True) if alias)
        cut: tuple[Span, ...] = ()
        rest = tuple(value for (_, value), alias in zip(pairs, found, strict=True) if not alias)
        if all(found) or self._all_parts(statement, pairs):
            if not cut_out(self.module, statement, self.cut):
                return
        else:
            cut = tuple(_tuple_cuts(self.module, statement, [alias is None for alias in found]))
        for (name, _), alias in zip(pairs, found, strict=True):
            if alias is not None:
                self._names[alias[0], name] = alias[1]
                self._touching.add(name)
        self.aliases.append(Alias(names, statement, gone, rest, cut))

    def _aliased(
        self, statement: cst.SimpleStatementLine, name: str, value: cst.BaseExpression
    ) -> tuple[Scope, Part] | None:
        """The scope in which a name stands for a part of the context, and that part."""
        part = self.part(value)
        if part is None or part.argument:
            return None
        if not (part.is_whole or part.is_live or part.is_container or part.is_accessor):
            return None
        scope = self._scope_binding(statement, name, adds=part.is_whole)
        return (scope, part) if scope is not None else None

    def _all_parts(self, statement: cst.SimpleStatementLine, pairs: Sequence[tuple[str, cst.BaseExpression]]) -> bool:
        """Whether a tuple holds nothing but parts of the context, so that parameters can stand for the whole statement."""
        return all(
            self.part(value) is not None and self._scope_binding(statement, name) is not None for name, value in pairs
        )

    def _scope_binding(self, statement: cst.SimpleStatementLine, name: str, adds: bool = False) -> Scope | None:
        """The function scope in which `statement` alone binds the name and nothing changes what it holds, or only `adds` to the context."""
        scope = next(
            (
                self.module.table.scopes[node]
                for node in self.module.enclosing(statement)
                if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda))
            ),
            None,
        )
        if scope is None or scope.kind != "function" or len(scope.bindings.get(name, [])) != 1:
            return None
        # What the code puts into the context itself is looked for where it is read.
        changed = any(
            type(touch.node) is not cst.Call and not (adds and _adds(touch.statement))
            for touch in scope.touches.get(name, [])
        )
        return scope if scope.bindings[name][0].statement is statement and not changed else None


def _adds(statement: cst.CSTNode | None) -> bool:
    """Whether a line sets nothing but `name["key"]`, with keys that are none of Airflow's context."""
    keys = [literal_index(target) if type(target) is cst.Subscript else None for target in _targets(statement)]
    return bool(keys) and all(isinstance(key, str) and key not in CONTEXT_KEYS for key in keys)


def _targets(statement: cst.CSTNode | None) -> list[cst.BaseExpression]:
    """What a line that is nothing but `target = value` or `target, other = value, another` sets; empty for any other."""
    small = statement.body[0] if type(statement) is cst.SimpleStatementLine and len(statement.body) == 1 else None
    if type(small) is not cst.Assign or len(small.targets) != 1:
        return []
    target = small.targets[0].target
    if type(target) is cst.Tuple and type(small.value) is cst.Tuple:
        return [element.value for element in target.elements]
    return [target]


def sole_assignment(statement: cst.CSTNode | None) -> tuple[str, cst.BaseExpression] | None:
    """Name and value of a line that is nothing but `name = value`."""
    if type(statement) is not cst.SimpleStatementLine or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if type(small) is cst.Assign and len(small.targets) == 1 and type(small.targets[0].target) is cst.Name:
        return small.targets[0].target.value, small.value
    if type(small) is cst.AnnAssign and type(small.target) is cst.Name and small.value is not None:
        return small.target.value, small.value
    return None


def assignments(statement: cst.CSTNode | None) -> list[tuple[str, cst.BaseExpression]]:
    """Names and values of a line that is nothing but `name = value` or `name, other = value, another`; empty for any other."""
    sole = sole_assignment(statement)
    if sole is not None:
        return [sole]
    small = statement.body[0] if type(statement) is cst.SimpleStatementLine and len(statement.body) == 1 else None
    target = small.targets[0].target if type(small) is cst.Assign and len(small.targets) == 1 else None
    if type(small) is not cst.Assign or type(target) is not cst.Tuple or type(small.value) is not cst.Tuple:
        return []
    found = [(item.value, other.value) for item, other in zip(target.elements, small.value.elements, strict=False)]
    pairs = [(item.value, value) for item, value in found if type(item) is cst.Name]
    starred = any(type(item) is cst.StarredElement for item in (*target.elements, *small.value.elements))
    same = len(target.elements) == len(small.value.elements) == len(pairs)
    return pairs if same and not starred else []


def _tuple_cuts(module: ModuleInfo, statement: cst.SimpleStatementLine, stay: Sequence[bool]) -> Iterator[Span]:
    """The spans to cut so that only some names of a tuple, and their values, remain."""
    small = statement.body[0]
    assert type(small) is cst.Assign
    for side in (small.targets[0].target, small.value):
        assert type(side) is cst.Tuple
        found = [expression_place(module, element.value) for element in side.elements]
        yield from cuts(module, found, stay, found[-1][1])


def cut_out(module: ModuleInfo, statement: cst.CSTNode, gone: set[cst.CSTNode]) -> bool:
    """Counts a statement among those that are `gone`; False if nothing would remain in its block."""
    block = module.table.blocks.get(statement)
    if not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return False
    if all(one is statement or one in gone for one in statements(block)):
        return False
    gone.add(statement)
    return True


def context_parameters(
    module: ModuleInfo, function: cst.CSTNode, given: Iterable[str], whole: str = "", of_operator: bool = False
) -> list[tuple[Scope, str, Part, cst.Param]]:
    """Parameters of a function that Airflow fills: all of `**kwargs`, those called as a member of the context, `context`, and `whole`.

    Of a method of an operator (`execute`), all but the first are the context, whatever their names.
    """
    if not isinstance(function, (cst.FunctionDef, cst.Lambda)):
        return []
    scope, params, filled = module.table.scopes[function], function.params, frozenset(given)
    found: list[tuple[Scope, str, Part, cst.Param]] = []
    if of_operator:
        first, *rest = [*params.posonly_params, *params.params, *params.kwonly_params, params.star_kwarg]
        return [(scope, param.name.value, Part(WHOLE), param) for param in rest if param is not None and first]
    for param in (*params.posonly_params, *params.params, *params.kwonly_params):
        name = param.name.value
        if name in filled:
            continue
        if name == whole:
            found.append((scope, name, Part(WHOLE), param))
        elif name in CONTEXT_KEYS:
            found.append((scope, name, Part(_SAME.get(name, name)), param))
        elif name == WHOLE and param.default is None:
            found.append((scope, name, Part(WHOLE), param))
    if params.star_kwarg is not None:
        found.append((scope, params.star_kwarg.name.value, Part(WHOLE), params.star_kwarg))
    return found
