"""Objects of the team's own that keep Airflow's context, or an object of it, in an attribute: `Recorder(ti)`, whose methods ask `self.ti`.

In: a call of such a class. Out: `Handed`, as of a call of one function: `__init__` takes what any method uses of the context, and keeps that instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from migrator.analyzers.callables.airflow_use.callees import class_named, has_below
from migrator.analyzers.callables.airflow_use.class_scan import Scan
from migrator.analyzers.callables.airflow_use.context import ContextReader, Part
from migrator.analyzers.callables.airflow_use.handing import (
    Former,
    Handed,
    Parts,
    Scanning,
    as_unread,
    formed,
    handing_on,
    live,
    taken_by,
)
from migrator.analyzers.callables.airflow_use.object_calls import escaping
from migrator.analyzers.callables.airflow_use.use_names import same
from migrator.analyzers.callables.classes.class_members import (
    instance_of,
    is_attribute_of,
    methods_of,
    own_method,
    set_in,
)
from migrator.analyzers.callables.classes.data_classes import Field, fields_of
from migrator.analyzers.callables.classes.hierarchy import members_of
from migrator.analyzers.callables.facts import ContextUse, HandedForm
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.tree import descend, statements
from migrator.model.bodies import SourceEdit
from migrator.model.changed import replace
from migrator.model.expressions import OtherName
from migrator.model.source import Span

_BY_NAME = re.compile(
    r"\b(?:vars|getattr|setattr|hasattr|asdict|astuple|get_current_context)\(|__dict__|__slots__|__getattr"
)
"""What asks an object for attributes that are not named, or asks for the context by itself."""
_TYPES = {
    **dict.fromkeys(("ds", "ds_nodash", "dag_id", "run_id", "task_id", "ts", "ts_nodash"), "str"),
    **dict.fromkeys(("map_index", "try_number"), "int"),
    "xcom_push": "dict",
}
"""What members of the context are."""


def handed_object(reader: ContextReader, frame: Frame, call: cst.Call, scan: Scanning) -> Handed | None:
    """What a call of a class becomes whose object keeps the context that it is given; None for any other, or where it cannot be told."""
    given = [arg for arg in call.args if live(reader.part(arg.value)) is not None]
    found = class_named(frame.workspace, frame.module, call.func) if given else None
    if found is None or has_below(frame.workspace, found[1]):
        return None
    module, cls = found
    init, fields = own_method(cls, "__init__"), fields_of(module, cls)
    made = init or (_as_function(cls, fields) if fields else None)
    taken = taken_by(reader, made, call.args, given, True) if made is not None else None
    if made is None or taken is None or taken[1]:
        return None
    form = _form_of(frame.workspace, module, cls, init, taken[0], reader.given, scan)
    named = {arg.keyword.value for arg in call.args if arg.keyword is not None}
    if form is None or form.parameters.keys() & named:
        return None
    if init is None and _by_place(call, given) > sum(not one.has_default for one in fields) - len(taken[0]):
        return None  # It would be taken for a field that stands in front now.
    form = _as_needed(frame.workspace, frame.module, call, cls, form)
    return handing_on(frame.module, call, given, {"form": form, "kept": ()})


def _as_needed(
    workspace: Workspace, module: ModuleInfo, call: cst.Call, cls: cst.ClassDef, form: HandedForm
) -> HandedForm:
    """The form, in which values of other tasks are marked as unread that only methods use which nobody calls on this object."""
    pulled = {name for name, use in form.parameters.items() if use.kind == "xcom_pull"}
    read = module.table.by_node.get(call.func)
    scope = read.scope if read is not None and pulled else None
    while scope is not None and scope.kind != "function":
        scope = scope.parent
    if scope is None or escaping(workspace, module, nodes := list(descend(scope.node)), cls) is not None:
        return form
    asked = {item.attr.value for item in nodes if isinstance(item, cst.Attribute)}
    methods = {method.name.value: method for method in methods_of(cls)}
    queue = [name for name in methods if name in asked or name.startswith("__")]
    called = set(queue)
    while queue:
        named = {item.attr.value for item in descend(methods[queue.pop()]) if isinstance(item, cst.Attribute)}
        queue += (named & methods.keys()) - called
        called |= named
    unread = {name for name in pulled if not called & form.users.get(name, called)}
    parameters = {name: as_unread(use) if name in unread else use for name, use in form.parameters.items()}
    return replace(form, parameters=parameters)


def _by_place(call: cst.Call, given: Sequence[cst.Arg]) -> int:
    return sum(arg.keyword is None and arg not in given for arg in call.args)


def _form_of(
    workspace: Workspace,
    module: ModuleInfo,
    cls: cst.ClassDef,
    init: cst.FunctionDef | None,
    parts: Parts,
    given: frozenset[str],
    scan: Scanning,
) -> HandedForm | None:
    key = (module.file, module.places.offsets(init or cls)[0], parts, given, "object")
    methods = methods_of(cls)
    if not methods:
        return None

    def former() -> Former:
        if init is not None:
            return _ObjectFormer(workspace, module, init, parts, given, scan, {})
        return _FieldsFormer(workspace, module, methods[0], parts, given, scan, {})

    return formed(workspace, key, former)


class _ObjectFormer(Former):
    """Makes the form of an `__init__` whose object keeps parts of the context."""

    instance = ""
    """The name of the object in the method that is read; empty in `__init__` itself."""
    method = "__init__"
    keeping: Sequence[cst.SimpleStatementLine]
    """The lines that keep them."""
    holding: Mapping[str, Part]
    """The attributes that they are kept in."""
    stored: dict[str, ContextUse]
    """Attributes that `__init__` sets to what it uses of the context, and nothing else sets."""
    lifted: dict[str, str]
    """The attributes that hold what methods use, and the parameters that give it."""
    users: dict[str, set[str]]
    """The methods that use each parameter."""

    def form(self) -> HandedForm | None:
        assert self.owner is not None
        self.keeping, self.holding, self.stored, self.lifted, self.users = [], {}, {}, {}, {}
        if not self._holds() or _BY_NAME.search(self.module.text(self.owner)) or self._is_asked_elsewhere():
            return None
        if any(not isinstance(base.value, cst.Name) or base.value.value != "object" for base in self.owner.bases):
            return None
        self.taken = {*members_of(self.module, self.owner)}
        form = super().form()
        keeping = tuple(self.module.span(line) for line in self.keeping)
        return replace(form, users=self._users(), forwards=keeping) if form is not None else None

    def _users(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(methods) for name, methods in self.users.items()}

    def _holds(self) -> bool:
        """Finds what the object keeps of the context; False where that is nothing, or may be set again."""
        assert self.owner is not None
        own = instance_of(self.function)
        parameters = [(self.scope, name, part) for name, part in self.parts]
        reader = ContextReader(self.module, self.function, parameters, self.given)
        holding: dict[str, Part] = {}
        keeping: list[cst.SimpleStatementLine] = []
        for line in descend(self.function.body):
            target, value = _set_by(line)
            part = live(reader.part(value)) if value is not None else None
            if part is None or not is_attribute_of(target, own) or not isinstance(line, cst.SimpleStatementLine):
                continue
            assert isinstance(target, cst.Attribute)
            if self._times_set(target.attr.value) != 1:
                return False
            holding[target.attr.value] = part
            keeping.append(line)
        self.holding, self.keeping = holding, keeping
        return bool(holding) and not self.owner.decorators

    def _times_set(self, name: str) -> int:
        assert self.owner is not None
        return [one for method in methods_of(self.owner) for one in set_in(method)].count(name)

    def own_uses(self, found: Scan) -> list[ContextUse]:
        lines = [self.module.span(line) for line in self.keeping]
        inside = [use for use in found.uses if any(one.start <= use.span.start < one.end for one in lines)]
        for line in statements(self.function.body):
            target, value = _set_by(line)
            use = next((one for one in found.uses if value is not None and one.span == self.module.span(value)), None)
            if use is not None and use not in inside and is_attribute_of(target, instance_of(self.function)):
                assert isinstance(target, cst.Attribute)
                if self._times_set(target.attr.value) == 1:
                    self.stored[target.attr.value] = use
        return [use for use in found.uses if use not in inside]

    def others(self) -> bool:
        assert self.owner is not None
        for method in methods_of(self.owner):
            if method is self.function or not (name := instance_of(method)):
                continue
            kept = {(self.module.table.scopes[method], name): self.holding}
            reader = ContextReader(self.module, method, (), self.given, kept)
            found = self.scan(method, reader, Frame(self.workspace, self.module, reader))
            if any(not blocker.library for blocker in found.blockers):
                return False
            self.instance, self.method = name, method.name.value
            if not all(self.replace(replace(use, assigned=None)) for use in found.uses if _asks(use)):
                return False
        self.instance = ""
        self._keep()
        return True

    def _keep(self) -> None:
        """Has `__init__` keep what methods use in the place of the context."""
        for number, line in enumerate(self.keeping):
            span = self.module.whole_lines(line)
            margin = self.module.source.text[span.start : self.module.places.offsets(line)[0]]
            text = "".join(f"{margin}{one}\n" for one in self._lines()) if not number else ""
            self.edits.append(SourceEdit(span, OtherName(text) if text else None, remove=not text))

    def _lines(self) -> list[str]:
        own = instance_of(self.function)
        return [f"{own}.{name} = {given}" for name, given in self.lifted.items()]

    def parameter(self, wish: str, use: ContextUse) -> str:
        given = self._given(wish, use)
        name = self.lifted.get(given.removeprefix(f"{self.instance}."), given)
        self.users.setdefault(name, set()).add(self.method)
        return given

    def _given(self, wish: str, use: ContextUse) -> str:
        if not self.instance:
            return super().parameter(wish, use)
        stored = next((name for name, known in self.stored.items() if same(known, use)), None)
        if stored is not None:
            return f"{self.instance}.{stored}"
        for attribute, given in self.lifted.items():
            if same(self.parameters[given], use):
                return f"{self.instance}.{attribute}"
        self.instance, outer = "", self.instance
        given = super().parameter(wish if wish not in self.taken else f"run_{wish}", use)
        self.instance = outer
        self.lifted[given] = given
        self.taken.add(given)
        return f"{outer}.{given}"

    def outputs(self, use: ContextUse) -> str:
        given = super().outputs(use)
        if not self.instance or not given:
            return given
        self.lifted[given] = given
        return f"{self.instance}.{given}"

    def _is_asked_elsewhere(self) -> bool:
        """Whether code that may have such an object asks for an attribute of that name of anything but `self`."""
        assert self.owner is not None
        inside = set(descend(self.owner))
        for module in self._modules():
            for node in descend(module.tree):
                if isinstance(node, cst.Attribute) and node.attr.value in self.holding:
                    method = (
                        inside and node in inside and isinstance(node.value, cst.Name) and node.value.value == "self"
                    )
                    if not method and not _is_of_context(module, node):
                        return True
        return False

    def _modules(self) -> Iterator[ModuleInfo]:
        assert self.owner is not None
        name = self.owner.name.value
        for file in [file for file, source in self.workspace.sources.items() if name in source.text]:
            try:
                yield self.workspace.module(file)
            except ModuleUnreadable:
                continue


class _FieldsFormer(_ObjectFormer):
    """The same of a class of data, which has no `__init__` of its own: fields take what is used."""

    def form(self) -> HandedForm | None:
        assert self.owner is not None
        self.function = _as_function(self.owner, fields_of(self.module, self.owner))
        self.name, self.names = self.owner.name.value, set()
        self.keeping, self.holding, self.stored, self.lifted, self.users = [], {}, {}, {}, {}
        if not self._holds() or _BY_NAME.search(self.module.text(self.owner)) or self._is_asked_elsewhere():
            return None
        self.taken = {*members_of(self.module, self.owner)}
        if not self.others():
            return None
        edits, calls, pushes = tuple(self.edits), tuple(self.calls), tuple(self.pushes)
        return HandedForm(
            self.name, self.place(), (), self.parameters, edits, calls, pushes=pushes, users=self._users()
        )

    def place(self) -> Span:
        assert self.owner is not None
        return self.module.span(self.owner)

    def means_this(self, module: ModuleInfo, node: cst.BaseExpression) -> bool:
        found = class_named(self.workspace, module, node) if isinstance(node, cst.Name) else None
        return found is not None and found[1] is self.owner

    def _holds(self) -> bool:
        assert self.owner is not None
        fields = {one.name: one for one in fields_of(self.module, self.owner)}
        self.holding = {name: Part(part.name) for name, part in self.parts}
        self.keeping = [fields[name].line for name in fields if name in self.holding]
        last = [one.line for one in fields.values() if not one.has_default]
        # The new ones stand behind all that may be given by position.
        self.keeping = sorted(
            {*self.keeping, *last[-1:]}, key=lambda line: self.module.places.offsets(line), reverse=True
        )
        fit = all(name in fields and not fields[name].has_default for name in self.holding)
        return fit and all(not self._times_set(name) for name in self.holding) and not self.owner.bases

    def _keep(self) -> None:
        held = (
            {one.line for one in fields_of(self.module, self.owner) if one.name in self.holding}
            if self.owner
            else set()
        )
        for number, line in enumerate(self.keeping):
            span = self.module.whole_lines(line)
            margin = self.module.source.text[span.start : self.module.places.offsets(line)[0]]
            kept = "" if line in held else self.module.source.text[span.start : span.end]
            text = kept + "".join(f"{margin}{one}\n" for one in self._lines()) if not number else kept
            self.edits.append(SourceEdit(span, OtherName(text) if text else None, remove=not text))

    def _lines(self) -> list[str]:
        types = {given: _TYPES.get(_told(self.parameters[given]), "object") for given in self.lifted.values()}
        return [f"{name}: {types[given]}" for name, given in self.lifted.items()]


def _told(use: ContextUse) -> str:
    if use.kind == "xcom_push":
        return use.kind
    return str((use.name, *use.path)[-1]) if use.kind == "key" and not use.detail.get("has_default") else ""


def _as_function(cls: cst.ClassDef, fields: Sequence[Field]) -> cst.FunctionDef:
    """What makes an object of a class of data, as if it were written."""
    params = [cst.Param(cst.Name(one.name), default=cst.Name("None") if one.has_default else None) for one in fields]
    body = cst.IndentedBlock([])
    return cst.FunctionDef(cst.Name(cls.name.value), cst.Parameters([cst.Param(cst.Name("self")), *params]), body)


def _set_by(line: cst.CSTNode) -> tuple[cst.BaseExpression | None, cst.BaseExpression | None]:
    """What a line that is nothing but `target = value` sets, and to what."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        return small.targets[0].target, small.value
    return (small.target, small.value) if isinstance(small, cst.AnnAssign) else (None, None)


def _is_of_context(module: ModuleInfo, node: cst.Attribute) -> bool:
    """Whether an attribute is one of a module or of something that Airflow gives (`airflow.models.dag`)."""
    return bool(module.qualified(node))


def _asks(use: ContextUse) -> bool:
    return use.kind != "annotation"
