"""The entry: from a `CallableValue` to its `CallableFacts`, each file parsed once."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import libcst as cst

from migrator.analyzers.callables.airflow_use.class_scan import Scan
from migrator.analyzers.callables.airflow_use.context import Part
from migrator.analyzers.callables.airflow_use.handing import form_of
from migrator.analyzers.callables.airflow_use.scan import scan_function
from migrator.analyzers.callables.airflow_use.wrappers import WrapperForm, with_given, wrapper_form
from migrator.analyzers.callables.classes.computed_fields import ComputedField, computed_field
from migrator.analyzers.callables.classes.hierarchy import method_of
from migrator.analyzers.callables.classes.lifecycle import ENTRY, WORK, Step, step_of, steps_of
from migrator.analyzers.callables.classes.mixins import asked_by_mixins
from migrator.analyzers.callables.classes.overriding import is_called_by_super
from migrator.analyzers.callables.facts import Blocker, CallableFacts, Closure, HandedForm, ImportedName
from migrator.analyzers.callables.source.closure import ClosureBuilder
from migrator.analyzers.callables.source.effects import (
    EFFECT,
    STATEMENT,
    effects,
    files_behind,
    may_have_effects,
    of_others,
)
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.process import environment_changes, may_change_environment
from migrator.analyzers.callables.source.trim import CarriedModule, Trimmer
from migrator.analyzers.source import Folder
from migrator.analyzers.trees import Trees
from migrator.model.airflow import AirflowProject, Task
from migrator.model.source import Span
from migrator.model.values import CallableValue, ObjectValue, Text, Value, XComValue, walk

FactsKey = tuple[object, ...]
"""The function, its closure, and the parameters that its task fills."""


class CallableAnalyzer:
    """Answers for one project; keeps the trees of the files that were asked about, so drop it when done.

    `trees` are shared with other analyses; `known` are answers of an earlier analyzer (its `known`), which are not looked for again, and so are
    `environment`, those of `environment_changes` by file.
    """

    def __init__(
        self,
        project: AirflowProject,
        trees: Trees | None = None,
        known: Mapping[FactsKey, CallableFacts] | None = None,
        environment: Mapping[str, tuple[CallableValue, ...]] | None = None,
    ) -> None:
        self.project = project
        self.workspace = Workspace(project.sources, project.root, trees, roots=project.roots)
        self.workspace.held = project.held
        self.workspace.templates = _templates(project)
        self.workspace.handing.roots = frozenset(_called_by_airflow(project))
        self.workspace.registries = project.registries
        self.workspace.task_makers = frozenset(_task_makers(project))
        self.workspace.wrappers = _wrappers(project)
        self._wide: Workspace | None = None
        self._trimmer = Trimmer(self.workspace)
        self._scans: dict[cst.CSTNode, Scan] = {}
        self._closures: dict[int, tuple[Mapping[str, Value], str]] = {}
        """By `id` of a closure, which is kept so that no other gets the same."""
        self.known: dict[FactsKey, CallableFacts] = dict(known or {})
        """All answers so far."""
        self._environment = dict(environment or {})

    def wide_workspace(self, folder: Folder) -> Workspace:
        """The modules of the project and all others of the folder and its further roots, for looking into what is not carried over."""
        if self._wide is None:
            self._wide = self.workspace.widened(folder)
        return self._wide

    def facts(
        self, callable: CallableValue, given: Collection[str] = (), keep: bool = False, whole: str = ""
    ) -> CallableFacts:
        """What the callable needs and touches; cached.

        `given` are the parameters that the task fills (see `given_parameters`): these never take Airflow's context, whatever
        their names. With `keep`, the code is to be moved unchanged, with Airflow as a library: see `Closure.keeps_airflow`. `whole` is
        the parameter that takes all of the context, whatever its name.
        """
        bound = _bound(callable)
        if bound and callable.span is not None:
            return _blocked(callable.span, bound)
        receiver = callable.receiver
        made = receiver.made if isinstance(receiver, ObjectValue) else None
        callable = method_of_object(callable)
        closure = callable.closure
        key = (
            callable.span, callable.module, callable.qualname, self._written(closure) if closure else "{}",
            frozenset(given), keep, whole, made.changed if made is not None else frozenset(),
        )  # fmt: skip
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._analyze(callable, given, keep, whole)
        return found

    def _written(self, closure: Mapping[str, Value]) -> str:
        """The closure as text; that of one object is written once."""
        found = self._closures.get(id(closure))
        if found is None:
            texts = [f"{name!r}: {self._value(value)}" for name, value in closure.items()]
            found = self._closures[id(closure)] = closure, "{" + ", ".join(texts) + "}"
        return found[1]

    def _value(self, value: Value) -> str:
        """A value of a closure as text. Functions beside each other have each other in their closures: each is written once."""
        plain = type(value) is CallableValue and value.span is not None
        if not plain or value.args or value.kwargs or value.receiver is not None:
            return repr(value)
        defaults = [parameter.default for parameter in value.parameters if parameter.has_default]
        return f"{value.kind} {value.qualname} {value.module} {value.span} {defaults} {self._written(value.closure)}"

    def _analyze(self, callable: CallableValue, given: Collection[str], keep: bool, whole: str) -> CallableFacts:
        if callable.span is None:
            return _library(callable)
        if callable.kind not in (STATEMENT, EFFECT):
            self._settle_effects(callable.span.file)
        try:
            module = self.workspace.module(callable.span.file)
            node = self._statement(module, callable) or module.definition(callable.span, callable.qualname)
            if node is None:
                raise ModuleUnreadable(f"`{callable.qualname}` is not found in `{callable.span.file}`")
            if type(node) is cst.ClassDef and callable.kind == "method":
                return self._method(module, node, callable, given, keep)
            facts = self._function(module, node, callable, given, keep, whole)
            held = self.project.held.get(module.file, {})
            if not facts.blockers or not held or keep:
                return facts
            # What fills a name while the file is read may make tasks: what the name holds then can take its place.
            told = self._function(module, node, callable, given, keep, whole, held)
            return facts if told.blockers else told
        except ModuleUnreadable as error:
            return _blocked(callable.span, str(error))
        except RecursionError:
            return _blocked(callable.span, f"`{callable.qualname}` is nested too deeply")

    def _function(
        self,
        module: ModuleInfo,
        node: cst.CSTNode,
        callable: CallableValue,
        given: Collection[str],
        keep: bool,
        whole: str,
        held: Mapping[str, Value] = MappingProxyType({}),
    ) -> CallableFacts:
        scans = {} if held else self._scans
        return ClosureBuilder(
            self.workspace, module, node, callable, given, self._trimmer, scans, keep, whole, held=held
        ).run()

    def _method(
        self, module: ModuleInfo, node: cst.ClassDef, callable: CallableValue, given: Collection[str], keep: bool
    ) -> CallableFacts:
        """A method that is called on an object of the class `node`, which may have it from a base."""
        assert callable.span is not None
        if callable.name == ENTRY and not isinstance(callable.receiver, ObjectValue) and not keep:
            steps = steps_of(self.workspace, module, node)
            if isinstance(steps, str):
                return _blocked(callable.span, steps)
            return self._of_steps(module, node, callable, steps)
        found = method_of(self.workspace, module, node, callable.name)
        if found is None:
            return _blocked(callable.span, f"`{callable.qualname}` is not in the folder")
        where, method = found
        if where is not module:
            return self._inherited(module, node, callable, where, method, keep)
        made = isinstance(callable.receiver, ObjectValue)
        if not (made or keep) and is_called_by_super(self.workspace, module, method):
            # It has the same text for those that call it so.
            step = step_of(self.workspace, module, method, alone=True)
            if step is not None:
                return self._of_steps(module, node, callable, {callable.name: step})
        builder = ClosureBuilder(
            self.workspace, module, node, callable, given, self._trimmer, self._scans, keep, "", method
        )
        return builder.run() if keep else self._with_mixins(module, node, builder.run())

    def _with_mixins(self, module: ModuleInfo, node: cst.ClassDef, facts: CallableFacts) -> CallableFacts:
        """With the attributes that the class's mixins in other modules ask of its object."""
        known = {use.name for use in facts.context_uses if use.kind == "attribute"}
        asked = [use for use in asked_by_mixins(self.workspace, module, node) if use.name not in known]
        return replace(facts, context_uses=(*facts.context_uses, *asked)) if asked else facts

    def _inherited(
        self,
        module: ModuleInfo,
        node: cst.ClassDef,
        callable: CallableValue,
        where: ModuleInfo,
        method: cst.FunctionDef,
        keep: bool,
    ) -> CallableFacts:
        """A method that the class has of one in another module: that is carried as it is, the method made so that it takes what it uses of the
        context."""
        assert callable.span is not None
        made = isinstance(callable.receiver, ObjectValue)
        step = step_of(self.workspace, where, method) if not (made or keep) else None
        if step is None:
            return _blocked(callable.span, f"`{callable.qualname}` is a method of a class in `{where.file}`")
        return self._of_steps(module, node, callable, {callable.name: step})

    def _of_steps(
        self, module: ModuleInfo, node: cst.ClassDef, callable: CallableValue, steps: Mapping[str, Step]
    ) -> CallableFacts:
        """Methods of one object as they take what they use of the context. Where others of its class ask the object for what Airflow gives it, a method
        of the class calls them, which gives it that."""
        builder = ClosureBuilder(self.workspace, module, node, callable, (), self._trimmer, self._scans, steps=steps)
        facts = self._with_mixins(module, node, builder.run())
        if callable.name != WORK or not any(use.kind == "attribute" for use in facts.context_uses):
            return facts
        return self._of_steps(module, node, replace(callable, name=ENTRY), steps)

    def task_facts(self, task: Task) -> CallableFacts | None:
        """The facts of a task's callable as this task calls it; None if it has none."""
        if task.callable is None:
            return None
        return self.facts(task.callable, given_parameters(task))

    def all_facts(self, task: Task) -> tuple[CallableFacts, ...]:
        """The facts of a task's callable, and of the function that the team's own decorators made it of."""
        facts = self.task_facts(task)
        original = task.callable.original if task.callable is not None else None
        wrapped = (self.facts(original, given_parameters(task)),) if original is not None else ()
        return (*((facts,) if facts is not None else ()), *wrapped)

    def computed_field(self, definition: CallableValue) -> ComputedField | None:
        """What the class of an operator has its function compute for the operator of Airflow's that it derives from; None where its `execute` does
        anything else."""
        text = self.text_of_method(definition, WORK)
        return computed_field(text) if text else None

    def text_of_method(self, definition: CallableValue, name: str) -> str:
        """The source of a method of a class, its own or that of its nearest base in the folder; empty where there is none."""
        try:
            module = self.workspace.module(definition.span.file) if definition.span is not None else None
        except ModuleUnreadable:
            return ""
        place = definition.span
        node = module.definition(place, definition.qualname) if module is not None and place is not None else None
        if module is None or type(node) is not cst.ClassDef:
            return ""
        found = method_of(self.workspace, module, node, name)
        return found[0].text(found[1]) if found is not None else ""

    def wrappers(self, callable: CallableValue) -> tuple[WrapperForm, ...] | None:
        """What the functions that decorators put around the callable's original take, from outside to inside; None where one cannot be had so."""
        found: list[WrapperForm] = []
        for wrapper in wrappers_of(callable):
            try:
                module = self.workspace.module(wrapper.span.file) if wrapper.span is not None else None
            except ModuleUnreadable:
                return None
            node = (
                module.definition(wrapper.span, wrapper.qualname)
                if module is not None and wrapper.span is not None
                else None
            )
            if module is None or type(node) is not cst.FunctionDef:
                return None
            form = wrapper_form(self.workspace, module, node, scan_function)
            if form is None:
                return None
            found.append(with_given(form, wrapper.closure))
        return tuple(found) or None

    def handed_form(self, callable: CallableValue, parts: Sequence[tuple[str, str]]) -> HandedForm | None:
        """The function as it takes what it uses of the context, of which it is handed `parts` by its parameters; None where it cannot."""
        if callable.span is None or callable.original is not None:
            return None
        try:
            module = self.workspace.module(callable.span.file)
            node = module.definition(callable.span, callable.qualname)
            if type(node) is not cst.FunctionDef:
                return None
            taken = tuple((name, Part(what)) for name, what in parts)
            return form_of(self.workspace, module, node, taken, frozenset(), scan_function)
        except ModuleUnreadable:
            return None

    def refused(self, task: Task) -> CallableFacts | None:
        """The facts of a task's callable as it is moved unchanged, where something forbids that it is translated; None for any other."""
        facts = self.task_facts(task)
        if facts is None or not facts.blockers or task.callable is None or task.callable.span is None:
            return None
        return self.facts(task.callable, given_parameters(task), keep=True)

    def environment_changes(self, file: str) -> tuple[CallableValue, ...]:
        """The statements at the top of a file that change the environment of all that runs after it, and those that tell libraries how to work and
        cannot come along with functions; `facts` tells what each needs."""
        found = self._environment.get(file)
        if found is None:
            found = self._environment[file] = self._environment_changes(file)
        return found

    def _environment_changes(self, file: str) -> tuple[CallableValue, ...]:
        source = self.project.sources.get(file)
        if source is not None and not (may_change_environment(source.text) or may_have_effects(source.text)):
            return ()
        try:
            module = self.workspace.module(file)
        except ModuleUnreadable:
            return ()
        told = effects(self.workspace, module)
        self._settle_effects(file)
        moving = {effect.unit for effect in self.workspace.effects[file]}
        found = dict.fromkeys(environment_changes(module), STATEMENT)
        found |= {one.unit: STATEMENT for one in told if one.sets_environment}
        found |= {one.unit: EFFECT for one in told if one.unit not in moving and one.unit not in found}
        return tuple(_as_callable(module, node, found[node]) for node in sorted(found, key=module.places.offsets))

    def changed_files(self, file: str) -> dict[str, Span]:
        """The files of the folder that the top of a file changes for all code which uses them, by the statements that do so."""
        self._settle_effects(file)
        module = self.workspace.module(file) if self.workspace.effects[file] else None
        return {
            changed: module.span(effect.unit)
            for effect in self.workspace.effects[file]
            for changed in sorted(effect.libraries)
            if module is not None and changed.endswith(".py")
        }

    def leads_to(self, file: str, other: str) -> bool:
        """Whether a file is another one of the folder, or imports it, at any depth."""
        return other in files_behind(self.workspace, file)

    def _settle_effects(self, file: str) -> None:
        """Finds what the top of a file tells libraries and what of it can be moved."""
        if file in self.workspace.effects:
            return
        self.workspace.effects[file] = ()
        source = self.project.sources.get(file)
        if source is None or not may_have_effects(source.text):
            return
        try:
            module = self.workspace.module(file)
        except ModuleUnreadable:
            return
        told = [(one, self.facts(_as_callable(module, one.unit, EFFECT))) for one in effects(self.workspace, module)]
        moving = [
            (effect, facts)
            for effect, facts in told
            # What modules of the folder use of Airflow is replaced there, for whatever needs them.
            if not facts.blockers and all(use.span.file != file for use in facts.context_uses)
        ]
        needs = [piece.span for _, facts in moving for piece in facts.closure.pieces]
        found = [effect for effect, _ in moving]
        self.workspace.effects[file] = of_others(self.workspace, module, found, needs)

    def _statement(self, module: ModuleInfo, callable: CallableValue) -> cst.CSTNode | None:
        """The statement that stands where a callable does that is no function."""
        if callable.kind not in (STATEMENT, EFFECT):
            return None
        units = [*environment_changes(module), *(effect.unit for effect in effects(self.workspace, module))]
        return next(node for node in units if module.span(node) == callable.span)

    def imports(self, file: str) -> tuple[ImportedName, ...]:
        """All imports of a file at any depth, in file order. Empty if it cannot be read."""
        try:
            return self.workspace.imports(file)
        except ModuleUnreadable:
            return ()

    def carried(self, file: str) -> CarriedModule:
        """What is carried of one of a closure's `local_modules`: its text without the statements that need Airflow."""
        try:
            return self._trimmer.carried(file)
        except ModuleUnreadable:
            return CarriedModule(self.project.sources[file].text)


def _as_callable(module: ModuleInfo, node: cst.CSTNode, kind: str) -> CallableValue:
    """A statement at the top of a module as what `facts` takes."""
    name = module.file.removesuffix(".py").replace("/", ".")
    return CallableValue("", "", name, kind, module.span(node))


def _called_by_airflow(project: AirflowProject) -> Iterator[tuple[str, int]]:
    """File and offset of each function that is the callable of a task, or a callback."""
    for dag in project.dags:
        values = [task.callable for task in dag.tasks]
        values += [value for name, value in [*dag.arguments.items(), *dag.default_args.items()] if "callback" in name]
        values += [value for task in dag.tasks for name, value in task.arguments.items() if "callback" in name]
        for value in walk(values):
            if isinstance(value, CallableValue) and value.span is not None:
                yield value.span.file, value.span.start


def wrappers_of(callable: CallableValue) -> list[CallableValue]:
    """The functions that decorators of the team's own put around the original of a callable, from outside to inside."""
    around, found = callable, [callable]
    while callable.original is not None:
        held = [value for value in around.closure.values() if isinstance(value, CallableValue)]
        if any(value.span == callable.original.span for value in held):
            return found
        inner = next((value for value in held if value.closure and value not in found), None)
        if inner is None:
            break
        around = inner
        found.append(inner)
    return []


def _templates(project: AirflowProject) -> dict[tuple[str, int], dict[str, bool]]:
    """The attributes that hold templates in tasks of the team's own classes, as of `Workspace.templates`."""
    found: dict[tuple[str, int], dict[str, bool]] = {}
    for task in (task for dag in project.dags for task in dag.tasks):
        span = task.definition.span if task.definition is not None else None
        if span is not None and task.definition is not None:
            given = [*task.definition.args, *task.definition.kwargs.values()]
            names = found.setdefault((span.file, span.start), {})
            for name, value in task.attributes.items():
                if any(map(_is_rendered, walk(value))):
                    names[name] = names.get(name, False) or value not in given
    return {place: names for place, names in found.items() if names}


def _is_rendered(value: Value) -> bool:
    return isinstance(value, XComValue) or (
        isinstance(value, str | Text) and ("{{" in str(value) or "{%" in str(value))
    )


def _wrappers(project: AirflowProject) -> dict[tuple[str, int], frozenset[str]]:
    """The functions that decorators put around tasks' functions, as of `Workspace.wrappers`."""
    found: dict[tuple[str, int], frozenset[str]] = {}
    for callable in (task.callable for dag in project.dags for task in dag.tasks if task.callable is not None):
        parameters = callable.original.parameters if callable.original is not None else ()
        names = {"**" if parameter.kind == "var_keyword" else parameter.name for parameter in parameters}
        names |= {"**"} if callable.takes_context else set()
        for span in (wrapper.span for wrapper in wrappers_of(callable) if wrapper.span is not None):
            place = span.file, span.start
            found[place] = found.get(place, frozenset()) | names
    return found


def _task_makers(project: AirflowProject) -> Iterator[tuple[str, int]]:
    """File and offset of each decorator of the team's own that only made a task of a function."""
    for callable in (task.callable for dag in project.dags for task in dag.tasks if task.callable is not None):
        for function in (callable, callable.original):
            yield from ((span.file, span.start) for span in (function.task_makers if function is not None else ()))


def given_parameters(task: Task) -> frozenset[str]:
    """Names of the callable's parameters that the task fills itself, by position or keyword, mapped ones included."""
    if task.callable is None:
        return frozenset()
    original = (None if task.callable.takes_others else task.callable.original) or task.callable
    names = {*task.call_kwargs, *task.callable.kwargs, *task.expand} - {"**"}
    rows = task.expand.get("**")
    if isinstance(rows, list):
        names.update(key for row in rows if isinstance(row, dict) for key in row if isinstance(key, str))
    positional = [p for p in original.parameters if p.kind in ("positional_only", "positional_or_keyword")]
    count = len(task.callable.args) + len(task.call_args)
    names.update(parameter.name for parameter in positional[:count])
    return frozenset(names)


def method_of_object(callable: CallableValue) -> CallableValue:
    """A method that is bound to an object, as a method of that object's class; any other function as it is."""
    receiver = callable.receiver
    if not isinstance(receiver, ObjectValue) or receiver.made is None:
        return callable
    owner = receiver.made.definition
    name = callable.qualname.rpartition(".")[2]
    return replace(
        callable, name=name, qualname=f"{owner.qualname}.{name}", module=owner.module, span=owner.span, body_span=None
    )


def _bound(callable: CallableValue) -> str:
    """Why a method cannot be called by its class and name alone; empty if it can."""
    receiver = callable.receiver
    if isinstance(receiver, ObjectValue):
        if receiver.made is not None:
            return ""
        return f"`{callable.qualname}` is called on an object of `{receiver.type.rpartition('.')[2]}` that the DAG's file makes"
    if isinstance(receiver, CallableValue):
        own = (callable.module, callable.qualname.rpartition(".")[0]) == (receiver.module, receiver.qualname)
        return (
            ""
            if own
            else f"`{callable.qualname}` is called on `{receiver.qualname}`, a class below the one that defines it"
        )
    return ""


def _blocked(span: Span, reason: str) -> CallableFacts:
    return CallableFacts(Closure(span.file), blockers=(Blocker(reason, span),))


def _library(callable: CallableValue) -> CallableFacts:
    """A function of a library needs nothing but its import."""
    top = callable.module.partition(".")[0]
    if top == "airflow" or top.startswith("airflow_"):
        reason = f"is `{callable.module}.{callable.qualname}` of Airflow"
        return CallableFacts(Closure(""), blockers=(Blocker(reason, Span("", 0)),))
    libraries = () if top in sys.stdlib_module_names or not top else (top,)
    return CallableFacts(Closure("", third_party=libraries), returns_value=True)
