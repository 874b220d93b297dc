"""What a task's code is called with, and where it starts.

In: a task. Out: calls of functions (`Entry`) in which the parameters have their values: the task's arguments, results of upstream tasks
where their code tells them, defaults of params, and Airflow's dates by their Jinja names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import libcst as cst

from migrator.analyzers.callables import given_parameters
from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS
from migrator.analyzers.callables.folding.expressions import context_value
from migrator.analyzers.callables.folding.library import text
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.io.names import PLACEHOLDER, visible
from migrator.analyzers.io.python.attributes import (
    class_attribute,
    context_member,
    decorators,
    library_bases,
    member_of_enum,
    special_method,
)
from migrator.analyzers.io.python.calls import call_function, instantiate
from migrator.analyzers.io.python.evaluator import BudgetExceeded, Evaluator, Observer, Silent
from migrator.analyzers.io.python.names import rendered
from migrator.analyzers.io.python.statements import block
from migrator.analyzers.io.python.values import (
    UNKNOWN,
    Context,
    Either,
    Instance,
    Library,
    Made,
    OwnClass,
    OwnFunction,
    Partial,
    Scope,
    Step,
    either,
)
from migrator.analyzers.io.python_calls import handed_functions, handed_objects
from migrator.analyzers.source import Folder
from migrator.analyzers.template_files import find_template_file
from migrator.analyzers.templates import parse_template
from migrator.analyzers.templates.fields import TemplateFields
from migrator.config import Config
from migrator.model.airflow import Dag, Task
from migrator.model.frozen import dataclass
from migrator.model.values import (
    CallableValue,
    MemberNumber,
    MemberText,
    NamedTuple,
    ObjectValue,
    Symbolic,
    Text,
    Value,
    XComValue,
    with_items,
)

MAX_ABOVE = 64
"""Tasks upstream that are asked for what they push."""
_TOLD = (str, int)
MAX_ROWS = 32
"""Elements of a mapped task that are looked at one by one."""
_SYMBOL = re.compile(r"\{(var|env|conn|param|const):([^{}]*)\}")
_KINDS = {"var": "variable", "env": "env", "conn": "connection", "param": "param", "const": "unknown"}
METHODS = ("execute", "poke")
"""Methods of an operator that do its work."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A function of the folder that a task runs, with its arguments; `cls` where it is a method of an operator, then `kwargs` are the
    operator's own."""

    module: ModuleInfo
    node: cst.FunctionDef | cst.Lambda | cst.ClassDef
    args: list[Value]
    kwargs: dict[str, Value]
    outer: Mapping[str, Value]
    receiver: Value = None
    """The object whose method it is, where that is known."""


class TaskCode:
    """The code of the tasks of one DAG."""

    def __init__(
        self, workspace: Workspace, dag: Dag, folder: Folder | None = None, config: Config | None = None
    ) -> None:
        self.workspace, self.dag, self.folder, self.config = workspace, dag, folder, config or Config()
        self._tasks = {task.task_id: task for task in dag.tasks}
        self._results: dict[str, Value] = {}
        self._pushed: dict[str, dict[str, Value]] = {}

    def read(self, task: Task, observer: Observer) -> Value:
        """Reads the task's code; what it returns, where that is known. Raises ModuleUnreadable."""
        results = self.all_results(task, observer)
        self._results.setdefault(task.task_id, _given(task, results))
        return either(results) if results else UNKNOWN

    def all_results(self, task: Task, observer: Observer) -> list[Value]:
        """As `read`, for each element of a mapped task."""
        results: list[Value] = []
        numbered = self.dag.numbers_copies_of(task)
        for number, entry in enumerate(self.entries(task)):
            observer.begins(number if numbered else 0)
            evaluator = Evaluator(self.workspace, observer, TaskRun(self, task), self.folder)
            try:
                results.append(self.run(evaluator, entry, task))
            except BudgetExceeded:
                continue
            self._pushed[task.task_id] = {key: value for key, value in evaluator.pushed.items() if _is_data(value)}
        return results

    def run(self, evaluator: Evaluator, entry: Entry, task: Task) -> Value:
        """Reads one entry."""
        if isinstance(entry.node, cst.ClassDef):
            return self.operator(evaluator, OwnClass(entry.module, entry.node), entry.kwargs)
        outer = Scope(entry.module, dict(entry.outer)) if entry.outer else None
        receiver = entry.receiver if isinstance(entry.receiver, (Instance, OwnClass)) else None
        around = entry.module.enclosing(entry.node)[:1]
        owner = OwnClass(entry.module, around[0]) if around and isinstance(around[0], cst.ClassDef) else None
        given = bool(entry.args) and isinstance(entry.args[0], Instance)
        if isinstance(entry.node, cst.FunctionDef) and "staticmethod" in decorators(entry.node):
            receiver = None
        elif receiver is None and owner is not None and isinstance(entry.node, cst.FunctionDef) and not given:
            receiver = owner if "classmethod" in decorators(entry.node) else self.some_object(evaluator, owner, task)
        function = OwnFunction(entry.module, entry.node, outer, receiver, owner)
        return call_function(evaluator, function, *self.filled(function, entry, task))

    def some_object(self, evaluator: Evaluator, cls: OwnClass, task: Task) -> Value:
        """An object of the class whose method the task runs; of a class of groups or DAGs the one that made the task, with what it was given."""
        kwargs: dict[str, Value] = {}
        if any(base.rpartition(".")[2] in ("TaskGroup", "DAG") for base in library_bases(evaluator, cls)):
            init = class_attribute(evaluator, cls, "__init__")
            params = init.node.params if isinstance(init, OwnFunction) else None
            taken = [one.name.value for one in (*params.params, *params.kwonly_params)] if params is not None else []
            kwargs = {name: self.value(task.bindings[name], task) for name in taken if name in task.bindings}
        evaluator.quiet += 1
        try:
            found = instantiate(evaluator, cls, [], kwargs, UNKNOWN)
        finally:
            evaluator.quiet -= 1
        if isinstance(found, Instance):
            found.exact = False
        return found

    def filled(self, function: OwnFunction, entry: Entry, task: Task) -> tuple[list[Value], dict[str, Value], Value]:
        """Arguments with Airflow's context where the function takes it."""
        params = function.node.params
        names = [param.name.value for param in (*params.posonly_params, *params.params)]
        taken = names[len(entry.args) + (function.receiver is not None) :] if len(entry.args) < len(names) else []
        given = given_parameters(task)
        known = {param.name.value for param in (*params.posonly_params, *params.params, *params.kwonly_params)}
        extra = {key: value for key, value in entry.kwargs.items() if key not in known}
        templates = task.option("templates_dict")
        if isinstance(templates, Mapping):
            extra["templates_dict"] = self.value(dict(templates), task)
        context = Context(extra=extra)
        kwargs = dict(entry.kwargs)
        for param in (*params.posonly_params, *params.params, *params.kwonly_params):
            name = param.name.value
            if name in kwargs or name in given or (name not in taken and param not in params.kwonly_params):
                continue
            if name in CONTEXT_KEYS:
                kwargs[name] = context_member(Evaluator(self.workspace, Silent(), TaskRun(self, task)), context, name)
            elif name == "context" and param.default is None:
                kwargs[name] = context
        if params.star_kwarg is None:
            return entry.args, kwargs, None
        return entry.args, {key: value for key, value in kwargs.items() if key in known}, context

    def operator(self, evaluator: Evaluator, cls: OwnClass, kwargs: dict[str, Value]) -> Value:
        """What an operator of the folder does: its constructor with the task's arguments, then its work."""
        instance = instantiate(evaluator, cls, [], kwargs)
        if not isinstance(instance, Instance):
            return UNKNOWN
        for name, value in kwargs.items():
            instance.attributes.setdefault(name, value)
        for name in METHODS:
            if isinstance(class_attribute(evaluator, cls, name), OwnFunction):
                special_method(evaluator, instance, "render_template_fields", [Context(), UNKNOWN])
                special_method(evaluator, instance, "pre_execute", [Context()])
                result = special_method(evaluator, instance, name, [Context()])
                special_method(evaluator, instance, "post_execute", [Context(), result])
                return result
        return UNKNOWN

    # -- where it starts

    def entries(self, task: Task) -> Iterator[Entry]:
        """The functions that a task runs; several for a mapped task over known elements. Raises ModuleUnreadable."""
        callable = task.callable
        if callable is None:
            if {"execute", "poke"} & set(task.overrides):
                yield from self._operator(task)
            else:
                yield from self._handed(task)
            return
        if callable.span is None:
            return
        module = self.workspace.module(callable.span.file)
        node = module.definition(callable.span, callable.qualname)
        if not isinstance(node, (cst.FunctionDef, cst.Lambda)):
            return
        outer = {name: self.value(value, task) for name, value in callable.closure.items()}
        args = [self.value(value, task) for value in (*callable.args, *task.call_args)]
        kwargs = {name: self.value(v, task) for name, v in {**callable.kwargs, **task.call_kwargs}.items()}
        kwargs = self.defaults(callable, len(args), task) | kwargs
        for row in self.rows(task):
            given, named = (row.pop(name, None) if not task.decorator else None for name in ("op_args", "op_kwargs"))
            elements = list(given) if isinstance(given, (list, tuple)) else args
            named = named if isinstance(named, dict) else {}
            yield Entry(module, node, elements, kwargs | named | row, outer, self.value(callable.receiver, task))

    def defaults(self, function: CallableValue, given: int, task: Task) -> dict[str, Value]:
        """Defaults of parameters: a loop around the function gives each task another one (`def build(model=model)`)."""
        left = [one for index, one in enumerate(function.parameters) if index >= given or one.kind == "keyword_only"]
        return {
            one.name: self.value(one.default, task)
            for one in left
            if one.has_default and isinstance(one.default, (*_TOLD, ObjectValue, CallableValue, NamedTuple, Mapping))
        }

    def _handed(self, task: Task) -> Iterator[Entry]:
        """Functions that an operator is given, with the arguments that stand beside them (`x_callable`, `x_callable_kwargs`)."""
        yield from self._object(task)
        for name, value in handed_functions(task):
            assert value.span is not None
            module = self.workspace.module(value.span.file)
            node = module.definition(value.span, value.qualname)
            if not isinstance(node, (cst.FunctionDef, cst.Lambda)):
                continue
            stem = name.removesuffix("_callable").removesuffix("_function")
            given = [task.option(f"{one}_{end}") for end in ("kwargs", "args") for one in (name, stem)]
            kwargs = next((one for one in given[:2] if isinstance(one, Mapping)), {})
            args = next((one for one in given[2:] if isinstance(one, (list, tuple))), ())
            bound = {key: self.value(one, task) for key, one in {**value.kwargs, **kwargs}.items()}
            outer = {key: self.value(one, task) for key, one in value.closure.items()}
            yield Entry(module, node, [self.value(one, task) for one in (*value.args, *args)], bound, outer)

    def _object(self, task: Task) -> Iterator[Entry]:
        """The object that an operator is given to call, with the operator's arguments for the call."""
        for given in handed_objects(task):
            found = self.value(given, task)
            evaluator = Evaluator(self.workspace, Silent(), folder=self.folder)
            method = class_attribute(evaluator, found.cls, "__call__") if isinstance(found, Instance) else None
            if isinstance(method, OwnFunction):
                args = [self.value(one, task) for one in task.call_args]
                bound = {key: self.value(one, task) for key, one in task.call_kwargs.items()}
                for row in self.rows(task):
                    yield Entry(method.module, method.node, args, bound | row, {}, found)

    def _operator(self, task: Task) -> Iterator[Entry]:
        """The operator's own class."""
        path = task.operator_module.replace(".", "/")
        sources = self.workspace.sources
        files = [name for name in (f"{path}.py", f"{path}/__init__.py") if name in sources]
        files = files or sorted(name for name in sources if name.endswith(f"/{path}.py"))[:1]
        for file in files[:1]:
            module = self.workspace.module(file)
            bindings = module.table.module.bindings.get(task.operator, [])
            node = bindings[0].node if bindings else None
            if type(node) is cst.ClassDef:
                given = self._with_files({**task.inherited, **task.arguments}, task)
                kwargs = {name: self.value(value, task) for name, value in given.items()}
                for row in self.rows(task):
                    yield Entry(module, node, [], kwargs | row, {})

    def _with_files(self, given: dict[str, Value], task: Task) -> dict[str, Value]:
        """The arguments of an operator with the texts of the template files that its template fields name."""
        if self.folder is None:
            return given
        known = TemplateFields(self.folder, self.dag.span.file).of(task)
        if known is None or not known.endings:
            return given
        found = dict(given)
        for name in known.fields:
            value = given.get(name)
            if isinstance(value, str) and value.endswith(known.endings) and len(value.split()) == 1:
                file = find_template_file(self.folder, self.dag, value)
                found[name] = value if file is None else file.text
        return found

    def rows(self, task: Task) -> list[dict[str, Value]]:
        """What each element of a mapped task is called with; unknown values where the elements are not known."""
        rows = task.expand.get("**")
        if isinstance(rows, XComValue):
            found = self.elements(rows, task) or []
            if 0 < len(found) <= MAX_ROWS and all(isinstance(row, dict) for row in found):
                return [{str(key): value for key, value in row.items()} for row in found]
        if isinstance(rows, (list, tuple)) and rows and all(isinstance(row, Mapping) for row in rows):
            return [{str(key): self.value(v, task) for key, v in row.items()} for row in rows[:MAX_ROWS]]
        columns: dict[str, list[Value]] = {}
        for name, values in task.expand.items():
            known = list(values) if isinstance(values, (list, tuple, Mapping)) and name != "**" else []
            columns[name] = [self.value(value, task) for value in known] or self.handed_elements(name, values, task)
        combined = product(*columns.values())
        return [dict(zip(columns, row, strict=True)) for row, _ in zip(combined, range(MAX_ROWS), strict=False)]

    def handed_elements(self, name: str, values: Value, task: Task) -> list[Value]:
        """The elements that an upstream task gives, where its code tells them; else one that is not known."""
        found = self.elements(values, task) if isinstance(values, XComValue) else None
        known = found and len(found) <= MAX_ROWS and not any(one is UNKNOWN for one in found)
        return found if found and known else [Symbolic("unknown", name)]

    def elements(self, value: XComValue, task: Task) -> list[Value] | None:
        """What a value that is handed over consists of, after its `map`, `zip` and `concat`; one that stands for all where the task upstream
        does not tell them. None for what can't be followed."""
        if value.dag_id not in (None, self.dag.dag_id):
            return None
        result = self.result(value.task_id, value.key)
        known = isinstance(result, (list, tuple)) and 0 < len(result) <= MAX_ROWS
        found: list[Value] = list(result) if known else [UNKNOWN]
        others = iter(value.others)
        for operation, given in zip(value.operations, value.given, strict=False):
            if operation == "map" and given:
                found = [self._mapped(given[0], one, task) for one in found]
            elif operation == "concat":
                for other in [next(others, None) for _ in given]:
                    more = self.elements(other, task) if other is not None else None
                    found += [UNKNOWN] if more is None else more
            elif operation != "filter":
                return None
        return found

    def _mapped(self, function: Value, element: Value, task: Task) -> Value:
        """What a function that is given to `map` returns for an element."""
        followed = self.value(function, task)
        evaluator = Evaluator(self.workspace, Silent(), TaskRun(self, task), self.folder)
        try:
            return evaluator.enter(followed, [element], {}) if isinstance(followed, OwnFunction) else UNKNOWN
        except BudgetExceeded:
            return UNKNOWN

    def value(self, value: Value, task: Task) -> Value:
        """An argument as the function gets it: templates rendered as far as they can be, results of tasks looked up."""
        if isinstance(value, XComValue):
            if not value.operations and value.dag_id in (None, self.dag.dag_id):
                return self.result(value.task_id, value.key)
            elements = self.elements(value, task)
            return Symbolic("xcom", value.task_id) if elements is None else elements
        if isinstance(value, (MemberText, MemberNumber)):
            value = self.member(value, task)
        if isinstance(value, str) and "{{" in value:
            value = self.with_pulled(value)
            shown = visible(value, task, self.dag)
            return Symbolic("unknown", value) if shown is None else shown_parts(shown)
        if isinstance(value, Text) and any(isinstance(part, str) and "{{" in part for part in value.parts):
            shown = visible(value, task, self.dag)
            return Symbolic("unknown", str(value)) if shown is None else shown_parts(shown)
        if isinstance(value, NamedTuple):
            members = {name: self.value(item, task) for name, item in zip(value.fields, value, strict=False)}
            return self.own_object(value.type, members) or tuple(members.values())
        if isinstance(value, (list, tuple)):
            return with_items(value, (self.value(item, task) for item in value))
        if isinstance(value, dict):
            return {
                self.function(key, task) if isinstance(key, CallableValue) else key: self.value(item, task)
                for key, item in value.items()
            }
        if isinstance(value, ObjectValue):
            kwargs = {name: self.value(item, task) for name, item in value.kwargs.items()}
            own = None if value.args else self.own_object(value.type, kwargs)
            return own or Made(value.type, (Step(value.type.rpartition(".")[2], tuple(value.args), kwargs),))
        return self.function(value, task) if isinstance(value, CallableValue) else value

    def member(self, value: MemberText | MemberNumber, task: Task) -> Value:
        """A member of an Enum: an object where its class has methods of its own, else its value."""
        cls = self.function(value.member.definition, task)
        if not isinstance(cls, OwnClass):
            return value
        evaluator = Evaluator(self.workspace, Silent(), folder=self.folder)
        return member_of_enum(evaluator, cls, value.member.name, value) or value

    def with_pulled(self, template: str) -> str:
        """A template with the texts that are known of what it pulls from other tasks in place."""
        parsed = parse_template(template) if "xcom_pull" in template else None
        if parsed is None or parsed.error is not None or not parsed.simple:
            return template
        parts = []
        for part in parsed.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            pulls = part.kind == "xcom" and len(part.task_ids) == 1 and part.dag_id is None and not part.prior
            plain = pulls and not part.filters and not part.path and not part.many
            found = rendered(self.result(part.task_ids[0], part.key)) if plain else None
            of_context = found is not None and "{{" in found and "{?}" not in found
            known = found is not None and (of_context or PLACEHOLDER.sub("", found).strip())
            parts.append(str(found) if known else f"{{{{ {part.source.strip()} }}}}")
        return "".join(parts)

    def own_object(self, path: str, attributes: dict[str, Value]) -> Instance | None:
        """An object of a class of the folder, with its attributes; None where the class is not the folder's."""
        try:
            module = self.workspace.module(self.dag.span.file)
        except ModuleUnreadable:
            return None
        evaluator = Evaluator(self.workspace, Silent(), folder=self.folder)
        found = evaluator.module_member(path, module)
        if not isinstance(found, OwnClass) and path.rpartition(".")[2] in module.table.module.bindings:
            found = evaluator.module_name(module, path.rpartition(".")[2])
        return Instance(found, attributes) if isinstance(found, OwnClass) else None

    def function(self, value: CallableValue, task: Task) -> Value:
        """A function that the task is given, with the arguments that are bound to it."""
        found: Value = Library(f"{value.module}.{value.qualname}") if value.module else UNKNOWN
        if value.span is not None:
            try:
                module = self.workspace.module(value.span.file)
            except ModuleUnreadable:
                return UNKNOWN
            node = module.definition(value.span, value.qualname)
            if isinstance(node, cst.ClassDef) and value.kind == "class" and not value.args and not value.kwargs:
                return OwnClass(module, node)
            if not isinstance(node, (cst.FunctionDef, cst.Lambda)):
                return UNKNOWN
            closure = {name: self.value(item, task) for name, item in value.closure.items()}
            receiver = self.value(value.receiver, task)
            bound_to = receiver if isinstance(receiver, (Instance, OwnClass)) else None
            found = OwnFunction(module, node, Scope(module, closure) if closure else None, bound_to)
        if not value.args and not value.kwargs:
            return found
        bound = {name: self.value(item, task) for name, item in value.kwargs.items()}
        return Partial(found, tuple(self.value(item, task) for item in value.args), bound)

    def result(self, task_id: str, key: str) -> Value:
        """What a task hands over under a key, if its code tells."""
        unknown = Symbolic("xcom", task_id)
        task = self._tasks.get(task_id)
        if task is None:
            return unknown
        if task_id not in self._results:
            self._results[task_id] = unknown  # for tasks that lead to themselves
            self._results[task_id] = self._returned(task)
        found = _copied(self._results[task_id])
        if key != "return_value":
            pushed = self._pushed.get(task_id, {})
            return (
                _copied(pushed[key])
                if key in pushed
                else (found.get(key, unknown) if isinstance(found, dict) else unknown)
            )
        return found

    def pushed_above(self, task: Task, key: str) -> Value:
        """What the only task above this one that pushes under the key pushes: Airflow takes it where no task is named."""
        left, seen = list(task.upstream), {task.task_id}
        found: list[Value] = []
        while left and len(seen) <= MAX_ABOVE:
            above = self._tasks.get(left.pop())
            if above is None or above.task_id in seen:
                continue
            seen.add(above.task_id)
            left += above.upstream
            self.result(above.task_id, "return_value")
            pushed = self._pushed.get(above.task_id, {})
            found += [_copied(pushed[key])] if key in pushed else []
        return found[0] if len(found) == 1 and not left else UNKNOWN

    def _returned(self, task: Task) -> Value:
        try:
            return _given(task, self.all_results(task, Silent()))
        except (ModuleUnreadable, RecursionError):
            return Symbolic("xcom", task.task_id)


class TaskRun:
    """The DAG as the code of one task sees it."""

    def __init__(self, code: TaskCode, task: Task) -> None:
        self.code, self.task = code, task

    def result(self, task_id: str, key: str) -> Value:
        return self.code.result(task_id, key)

    def pushed(self, key: str) -> Value:
        return self.code.pushed_above(self.task, key)

    def told(self, setting: Symbolic) -> Value:
        config = self.code.config
        given = config.env if setting.kind == "env" else config.variables
        return None if setting.path else given.get(setting.name or "")

    def param(self, path: tuple[str | int, ...]) -> Value:
        shown = visible("{{ params" + "".join(f"[{part!r}]" for part in path) + " }}", self.task, self.code.dag)
        return Symbolic("unknown", "params") if shown is None else shown_parts(shown)


def _given(task: Task, results: list[Value]) -> Value:
    """What a task hands over to others, where its code returns this."""
    found: Value = results if task.mapped else results[0] if len(results) == 1 else UNKNOWN
    return found if _is_data(found) else Symbolic("xcom", task.task_id)


def _copied(value: Value) -> Value:
    """A result as a task gets it: what its code changes in it, no other task sees."""
    if isinstance(value, (list, tuple)):
        return with_items(value, map(_copied, value))
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, dict) else value


def _is_data(value: Value) -> bool:
    """Whether a result can be handed over as it is: no object of the code."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_data, value))
    if isinstance(value, dict):
        return all(map(_is_data, value.values()))
    if isinstance(value, Either):
        return all(map(_is_data, value.values))
    return isinstance(value, (str, int, float, Text, type(None))) or (
        isinstance(value, Symbolic) and value is not UNKNOWN
    )


def shown_parts(shown: str) -> Value:
    """A name with visible unknown parts as a value."""
    found: list[Value] = []
    position = 0
    for match in PLACEHOLDER.finditer(shown):
        found.append(shown[position : match.start()])
        position = match.end()
        symbol = _SYMBOL.fullmatch(match[0])
        if symbol is not None:
            name, *path = symbol[2].split(".") if symbol[1] == "const" else [symbol[2]]
            found.append(Symbolic(_KINDS[symbol[1]], match[0], name=name, path=tuple(path)))
        elif match[0].startswith("{{"):
            found.append(context_value(match[0][2:-2].strip()))
        else:
            found.append(Symbolic("unknown", match[0]))
    found.append(shown[position:])
    known = [part for part in found if part != ""]
    return known[0] if len(known) == 1 else text(known)


def read_module(
    workspace: Workspace, module: ModuleInfo, args: Sequence[str], observer: Observer, folder: Folder
) -> None:
    """Reads the top level of a module that is run with these arguments."""
    evaluator = Evaluator(workspace, observer, folder=folder)
    evaluator.script = [module.file, *(shown_parts(arg) for arg in args)]
    names: dict[str, Value] = {}
    try:
        block(evaluator, module.tree.body, Scope(module, names))
    except BudgetExceeded:
        return
