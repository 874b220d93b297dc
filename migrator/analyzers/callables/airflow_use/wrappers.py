"""Functions that a decorator of the team's own puts around others, and that ask Airflow for something themselves.

In: such a function (`def wrapper(*args, **kwargs)`). Out: `WrapperForm`: the same as it takes what it asks for by parameters of its own, in front of
its `**kwargs`, or finds it there under the name that it looks for. What is called is the decorated function, by its own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import libcst as cst

from migrator.analyzers.callables.airflow_use.class_scan import Scan
from migrator.analyzers.callables.airflow_use.context import ContextReader, Part
from migrator.analyzers.callables.airflow_use.handing import FORMED, Former, Scanning
from migrator.analyzers.callables.airflow_use.names import DICT_KEYS, PLAIN_KEYS
from migrator.analyzers.callables.airflow_use.pulled_ids import OF_DECORATOR, is_of_arguments
from migrator.analyzers.callables.airflow_use.use_names import is_fixed, wish_for
from migrator.analyzers.callables.facts import ContextUse, HandedForm
from migrator.analyzers.callables.folding.fold import Frame, own_arguments
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.tree import descend
from migrator.model.bodies import SourceEdit
from migrator.model.changed import replace
from migrator.model.expressions import InputValue
from migrator.model.frozen import dataclass
from migrator.model.values import Symbolic, Value

_SETTLED = FORMED | {"alias", "escape", "parameter"}


@dataclass(frozen=True, slots=True)
class WrapperForm:
    """What a decorator's function takes beside what it hands on to the decorated one."""

    form: HandedForm
    passed: Mapping[str, ContextUse]
    """What it reads of its `**kwargs` and leaves there, by name."""
    by_place: bool
    """It has names of its own for what is given by position, or looks into its `*args`."""
    reads: str = ""
    """`read` where it looks through its `**kwargs`, for what the function takes, which is given by name; `shown` where it only prints them."""
    adds: bool = False
    """It may give the decorated function arguments by names that it was not given itself."""


def wrapper_form(
    workspace: Workspace, module: ModuleInfo, function: cst.FunctionDef, scan: Scanning
) -> WrapperForm | None:
    """The form of a decorator's function; None where it uses Airflow's context in another way."""
    place = (module.file, module.places.offsets(function)[0])
    if place not in workspace.wrapper_forms:
        former = _WrapperFormer(workspace, module, function, workspace.wrappers.get(place, frozenset()), scan)
        form, by_place = former.form(), _takes_by_place(module, function)
        workspace.wrapper_forms[place] = (
            None
            if form is None
            else WrapperForm(replace(form, parts=()), former.passed, by_place, former.reads, former.adds())
        )
    found = workspace.wrapper_forms[place]
    assert found is None or isinstance(found, WrapperForm)
    return found


def with_given(form: WrapperForm, given: Mapping[str, Value]) -> WrapperForm:
    """The form of a decorator's function, with what the decorator was given in the place of its parameters' names."""
    parameters: dict[str, ContextUse] = {}
    for name, use in form.form.parameters.items():
        asked = use.detail.get("task_ids")
        if isinstance(asked, Symbolic) and asked.kind == OF_DECORATOR and asked.source in given:
            use = replace(use, detail={**use.detail, "task_ids": given[asked.source]})
        parameters[name] = use
    return replace(form, form=replace(form.form, parameters=parameters))


def with_wrappers(found: Scan, frame: Frame, node: cst.CSTNode, scan: Scanning) -> Scan:
    """What a piece uses, with the form of each decorator's function in it in the place of what that asks for."""
    workspace, module = frame.workspace, frame.module
    for function in _wrappers_in(workspace, module, node):
        made = wrapper_form(workspace, module, function, scan)
        if made is None:
            continue
        span = module.span(function)
        inside = [use for use in found.uses if span.start <= use.span.start and use.span.end <= span.end]
        found.uses = [use for use in found.uses if use not in inside or use.kind not in _SETTLED]
        if made.form.edits:
            found.uses.append(ContextUse("reform", made.form.name, span, {"form": made.form}, own=False))
    return found


def _wrappers_in(workspace: Workspace, module: ModuleInfo, node: cst.CSTNode) -> Iterator[cst.FunctionDef]:
    starts = {start for file, start in workspace.wrappers if file == module.file}
    for inner in descend(node) if starts else ():
        if type(inner) is cst.FunctionDef and inner is not node and module.places.offsets(inner)[0] in starts:
            yield inner


def _takes_by_place(module: ModuleInfo, function: cst.FunctionDef) -> bool:
    star = function.params.star_arg
    if function.params.params or function.params.posonly_params or not isinstance(star, cst.Param):
        return True
    handed = {arg.value for node in descend(function) if type(node) is cst.Call for arg in node.args if arg.star == "*"}
    reads = [read for read in module.table.reads_in(function) if read.name == star.name.value]
    return any(read.node not in handed for read in reads)


class _WrapperFormer(Former):
    """Leaves the parameters as they are: the decorated function may need all of them."""

    def __init__(
        self, workspace: Workspace, module: ModuleInfo, function: cst.FunctionDef, taken: frozenset[str], scan: Scanning
    ) -> None:
        star = function.params.star_kwarg
        self.rest, self.taken = star.name.value if star is not None else "", taken
        whole = bool(self.rest) and "**" in taken
        super().__init__(
            workspace, module, function, ((self.rest, Part("context")),) if whole else (), frozenset(), scan, {}
        )
        self.passed: dict[str, ContextUse] = {}
        self.reads = ""
        self.forwarded = {
            module.span(arg.value)
            for node in descend(function)
            if type(node) is cst.Call and self._is_of_decorator(node.func)
            for arg in node.args
            if arg.star == "**"
        }

    def _is_of_decorator(self, func: cst.BaseExpression) -> bool:
        """Whether what is called came by a parameter of a function around: it is the decorated function."""
        read = self.module.table.by_node.get(func)
        scope = self.module.table.scope_of(read) if read is not None else None
        return (
            read is not None
            and scope is not None
            and scope is not self.scope
            and {binding.kind for binding in scope.bindings.get(read.name, ())} == {"parameter"}
        )

    def frame(self, reader: ContextReader) -> Frame:
        told = own_arguments(self.module, self.function, {self.rest}, False)
        for around in self.module.enclosing(self.function):
            given = own_arguments(self.module, around, (), False)
            told |= {(scope, name): Symbolic(OF_DECORATOR, name, name=name) for scope, name in given}
        frame = Frame(self.workspace, self.module, reader, told)
        frame.by_task = True
        return frame

    def gone(self) -> set[str]:
        return set()

    def parameter(self, wish: str, use: ContextUse) -> str:
        return super().parameter(f"run_{wish}" if wish in self.taken else wish, use)

    def replace(self, use: ContextUse) -> bool:
        if use.kind == "escape":
            return any(span.start <= use.span.start and use.span.end <= span.end for span in self.forwarded)
        if use.kind == "mapping" or (use.kind == "member" and use.name in PLAIN_KEYS | DICT_KEYS):
            if not use.detail.get("shown"):
                self.reads = "read"
            self.reads = self.reads or "shown"
            if use.kind == "member":
                self.passed[use.name] = use
            return True
        if use.kind == "member":
            return False
        if use.kind == "xcom_pull" and is_of_arguments(use.detail.get("task_ids")) and self._is_told(use):
            self.edits.append(SourceEdit(use.span, InputValue(self.parameter(wish_for(use), use))))
            return True
        if self._stays_there(use):
            self.passed[use.name] = use
            return True
        return super().replace(use)

    def adds(self) -> bool:
        """Whether the decorated function may be given more by name than what this one is given."""
        calls = (node for node in descend(self.function) if type(node) is cst.Call and self._is_of_decorator(node.func))
        named = any(arg.keyword is not None for call in calls for arg in call.args)
        changed = rf"\b{self.rest}(\.(setdefault|update)\(|\[[^]]+\]\s*=[^=])"
        return named or self.reads == "read" or bool(self.rest and re.search(changed, self.module.text(self.function)))

    def _is_told(self, use: ContextUse) -> bool:
        """Whether a pull is the same for all that call the function, but for the arguments that the task gives."""
        ids: dict[str, Value] = {"task_ids": None}
        return use.detail.get("task_ids") is not None and is_fixed({**use.detail, **ids}) and "index" not in use.detail

    def _stays_there(self, use: ContextUse) -> bool:
        """Whether a use reads a value of `**kwargs` by its name, which may as well be given by that."""
        text = self.module.source.text[use.span.start : use.span.end]
        read = text.startswith((f"{self.rest}[", f"{self.rest}.get("))
        plain = use.kind == "argument" or (use.kind == "key" and use.name in PLAIN_KEYS)
        return bool(self.rest) and read and plain and not use.path
