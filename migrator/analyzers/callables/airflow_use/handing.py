"""Functions of the team's own that are handed Airflow's context, or an object of it, by other code of theirs.

In: such a call. Out: `Handed`: the function as it takes what it uses of the context instead (`HandedForm`), and what of the call changes for that.
The form of a function is the same for all that call it; where one cannot be found, or other code of its module calls the function with
something else, there is none.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.callables.airflow_use.asking import filled_parameters, fills_otherwise
from migrator.analyzers.callables.airflow_use.callees import callee, is_own
from migrator.analyzers.callables.airflow_use.callers import CallerSearch
from migrator.analyzers.callables.airflow_use.context import ContextReader, Part, context_parameters
from migrator.analyzers.callables.airflow_use.context_need import (
    MAX_DEPTH,
    asks_for_context,
    may_start_runs,
    needs_context,
)
from migrator.analyzers.callables.airflow_use.given_pulls import is_given, opened, spent_parameters, told_by_call
from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS
from migrator.analyzers.callables.airflow_use.object_calls import properties
from migrator.analyzers.callables.airflow_use.use_names import RUN_BASE, is_fixed, same, wish_for
from migrator.analyzers.callables.classes.base_calls import method_of_base
from migrator.analyzers.callables.classes.overriding import overriding
from migrator.analyzers.callables.facts import ContextUse, HandedForm
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.signatures import cuts, parameters_of, places
from migrator.model.bodies import SourceEdit
from migrator.model.changed import replace
from migrator.model.expressions import (
    InputValue,
    MoreArguments,
    OtherName,
    PulledMember,
    PulledOr,
    PushedValue,
    Signature,
)
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import Value, is_known

if TYPE_CHECKING:
    from migrator.analyzers.callables.airflow_use.class_scan import Scan

FORMED = frozenset("argument base handed key mapping member members present unread ways xcom_pull xcom_push".split())
"""Uses that the form of a function says all about."""
_REPLACED = frozenset({"argument", "key", "mapping", "member", "members", "xcom_pull"})
UNREAD = frozenset({"base", "key", "xcom_push"})
"""Uses whose value a method may be given although it has nothing to do with it."""
_PUSHES = "outputs"
"""The parameter that takes the dict into which values are put that are handed over by name."""
_OF_OPERATORS = frozenset(
    {"choose_branch", "execute", "notify", "poke", "post_execute", "pre_execute", "render_template_fields"}
)
Parts = tuple[tuple[str, Part], ...]
"""What a function is handed, by its parameter."""
Scanning = Callable[[cst.FunctionDef, ContextReader, Frame], "Scan"]


@dataclass(frozen=True, slots=True)
class Handed:
    """`detail` is that of a `ContextUse` of kind `handed`, or empty for `unread`; `nodes` are the arguments that hand on the context, `names` the
    expressions that name what is called, where these are others than what stands in front of the parentheses."""

    span: Span
    detail: Mapping[str, Value]
    nodes: tuple[cst.CSTNode, ...]
    names: tuple[cst.BaseExpression, ...] = ()


def handed(reader: ContextReader, frame: Frame, call: cst.Call, scan: Scanning) -> Handed | None:
    """What a call that hands on the context becomes; None where it does not, or it cannot be told what the function does with it."""
    given = [arg for arg in call.args if live(reader.part(arg.value)) is not None]
    module = frame.module
    if not given and not (asks_for_context(frame.workspace, module) or may_start_runs(frame.workspace, module)):
        return None
    found = callee(frame.workspace, module, call.func, bool(given))
    if found is None or not (given or needs_context(frame.workspace, found[0], found[1])):
        return None
    where, function, bound = found
    taken = taken_by(reader, function, call.args, given, bound) if given else ((), ())
    if taken is None or fills_otherwise(where, function, call, given, bound):
        return None
    parts, kept = taken
    rest = given_beside(function, call.args) or None
    if is_own(call.func):
        form = form_of_any(frame.workspace, where, function, parts, reader.given, scan, frame.line, rest)
    else:
        form = form_of(frame.workspace, where, function, parts, reader.given, scan, rest=rest)
    if (
        form is None
        or not (given or form.parameters)
        or set(form.parameters) & {arg.keyword.value for arg in call.args if arg.keyword is not None}
    ):
        return None
    told = told_by_call(frame, where, function, call, bound, form)
    if told is None:
        return None
    form, spent = told
    given += spent
    to_base = {"to_base": True} if method_of_base(frame.workspace, module, call.func) is not None else {}
    return handing_on(module, call, given, {"form": form, "kept": kept, **to_base})


def handing_on(module: ModuleInfo, call: cst.Call, given: Sequence[cst.Arg], told: Mapping[str, Value]) -> Handed:
    """A call that hands on the context by some of its arguments, with what is `told` of what it calls."""
    text = module.source.text
    end = text.rindex(")", 0, module.places.offsets(call)[1])
    found_places = places(module, call.args, module.places.offsets(call.func)[1])
    stay = [arg not in given for arg in call.args]
    last = found_places[-1][1] if any(stay) else end
    detail: dict[str, Value] = {
        "form": told["form"],
        "cuts": tuple(cuts(module, found_places, stay, end)),
        "place": module.between(last, last),
        "after": any(stay),
        **told,
    }
    return Handed(module.span(call), detail, tuple(arg.value for arg in given))


def live(part: Part | None) -> Part | None:
    return part if part is not None and not part.has_default and (part.is_whole or part.is_live) else None


def taken_by(
    reader: ContextReader, function: cst.FunctionDef, args: Sequence[cst.Arg], given: Sequence[cst.Arg], bound: bool
) -> tuple[Parts, tuple[str, ...]] | None:
    """What of the context each parameter of the function gets, and those that stay as they are but are filled by `**context`."""
    params = function.params
    if params.posonly_params:
        return None
    slots = [param.name.value for param in params.params][1 if bound else 0 :]
    names = {*slots, *(param.name.value for param in params.kwonly_params)}
    parts: dict[str, Part] = {}
    filled: set[str] = set()
    for place, arg in enumerate(args):
        part = live(reader.part(arg.value)) if arg in given else None
        if arg.star == "**" and part is not None and part.is_whole:
            continue
        if arg.star:
            return None
        name = arg.keyword.value if arg.keyword is not None else slots[place] if place < len(slots) else ""
        rest = params.star_arg if arg.keyword is None else params.star_kwarg
        if name not in names and part is None and isinstance(rest, cst.Param):
            continue
        if name not in names:
            return None
        filled.add(name)
        if part is not None:
            parts[name] = Part(part.name)
    kept: list[str] = []
    if any(arg.star for arg in given):
        if params.star_kwarg is None:
            return None
        parts[params.star_kwarg.name.value] = Part("context")
        for param in (*params.params[1 if bound else 0 :], *params.kwonly_params):
            name = param.name.value
            if name in filled:
                continue
            if name in CONTEXT_KEYS and live(Part(name)) is not None:
                parts[name] = Part("ti" if name == "task_instance" else name)
            elif name in CONTEXT_KEYS or param.default is None or name in reader.given:
                kept.append(name)
    return tuple(sorted(parts.items())), tuple(kept)


def given_beside(function: cst.FunctionDef, args: Sequence[cst.Arg]) -> frozenset[str]:
    """The names of arguments that only `**kwargs` takes."""
    names = {param.name.value for param in (*function.params.params, *function.params.kwonly_params)}
    return frozenset(arg.keyword.value for arg in args if arg.keyword is not None) - names


def form_of(
    workspace: Workspace,
    module: ModuleInfo,
    function: cst.FunctionDef,
    parts: Parts,
    given: frozenset[str],
    scan: Scanning,
    also: Mapping[str, ContextUse] = MappingProxyType({}),
    rest: frozenset[str] | None = None,
) -> HandedForm | None:
    """The function as it takes what it uses of the context, of which `parts` come by its parameters, and what it takes `also` as others of its
    name use that; with `rest`, its `**kwargs` stay for what else it is given, as these names are. None where it cannot."""
    parts = tuple(
        sorted({**dict.fromkeys(filled_parameters(module, function), Part("context")), **dict(parts)}.items())
    )
    key = (module.file, module.places.offsets(function)[0], parts, given, tuple(also), rest)
    return formed(workspace, key, lambda: Former(workspace, module, function, parts, given, scan, also, rest))


def formed(workspace: Workspace, key: tuple[Any, ...], former_of: Callable[[], Former]) -> HandedForm | None:
    """The form that a former makes with those of all that call it, made once for each `key`; None where it cannot, or where it leads back to itself."""
    state = workspace.handing
    if key in state.forms:
        return state.forms[key]
    if key in state.active or len(state.active) >= MAX_DEPTH:
        return None
    known = set(state.forms)
    state.active.append(key)
    try:
        former = former_of()
        state.forms[key] = form = former.form()
        readers = former.readers(form) if form is not None else None
        if form is not None and readers is not None:
            state.forms[key] = replace(form, readers=readers)
        else:
            # What was found meanwhile may rest on this form.
            state.forms.update(dict.fromkeys((state.forms.keys() - known) | {key}))
    finally:
        state.active.remove(key)
    return state.forms[key]


def form_of_any(
    workspace: Workspace,
    module: ModuleInfo,
    function: cst.FunctionDef,
    parts: Parts,
    given: frozenset[str],
    scan: Scanning,
    line: Sequence[cst.ClassDef] = (),
    rest: frozenset[str] | None = None,
) -> HandedForm | None:
    """The form of a method that classes below override: all take the same. None where one uses what only its own task can be given; of an object whose
    class and its bases are `line`, what only the methods of others use is marked as unread."""
    others = overriding(workspace, module, function)
    if others is None:
        return None
    methods = [(module, function, parts)]
    slots = [param.name.value for param in function.params.params]
    for where, method in others:
        names = dict(zip(slots, (param.name.value for param in method.params.params), strict=False))
        methods.append((where, method, tuple(sorted((names.get(name, name), part) for name, part in parts))))
    forms: list[HandedForm] = []
    wanted: dict[str, ContextUse] = {}
    for where, method, taken in methods:
        form = form_of(workspace, where, method, taken, given, scan, rest=rest)
        if form is None or any(name in wanted and not same(wanted[name], use) for name, use in form.parameters.items()):
            return None
        forms.append(form)
        wanted |= form.parameters
    if all(form.parameters.keys() == wanted.keys() for form in forms):
        return replace(forms[0], readers=(*forms[0].readers, *forms[1:]))
    own = [form for (where, method, _), form in zip(methods, forms, strict=True) if where.enclosing(method)[0] in line]
    needed = {name for form in own for name in form.parameters}
    unread = {name for name, use in wanted.items() if use.kind not in UNREAD and name not in needed}
    if not line and any(use.kind not in UNREAD for use in wanted.values()):
        return None
    # What one keeps under a name of its own goes by that name in the others.
    given_once: dict[str, ContextUse] = {}
    for name, use in sorted(
        wanted.items(), key=lambda item: item[1].assigned is None or item[1].assigned.name != item[0]
    ):
        kept = use.assigned is not None and use.assigned.name == name
        if kept or not any(same(use, known) for known in given_once.values()):
            given_once[name] = use
    for also in (given_once, wanted):
        made = [
            with_also(workspace, method, form, given, scan, also, rest)
            for method, form in zip(methods, forms, strict=True)
        ]
        found = [form for form in made if form is not None]
        if len(found) == len(methods):
            parameters = {name: as_unread(use) if name in unread else use for name, use in found[0].parameters.items()}
            return replace(found[0], parameters=parameters, readers=(*found[0].readers, *found[1:]))
    return None


def as_unread(use: ContextUse) -> ContextUse:
    """A use whose value nobody reads."""
    return replace(use, detail={**use.detail, "unread": True})


def with_also(
    workspace: Workspace,
    method: tuple[ModuleInfo, cst.FunctionDef, Parts],
    form: HandedForm,
    given: frozenset[str],
    scan: Scanning,
    also: Mapping[str, ContextUse],
    rest: frozenset[str] | None = None,
) -> HandedForm | None:
    """A form that takes all of `also`; None where the method has another meaning for one of the names."""
    module, function, parts = method
    read = {one.name for one in module.table.reads_in(function)} | set(module.table.scopes[function].bindings)
    if (also.keys() - form.parameters.keys()) & read:
        return None
    made = form_of(workspace, module, function, parts, given, scan, also, rest)
    return made if made is not None and made.parameters.keys() == also.keys() else None


class Former(CallerSearch):
    """Makes the form of one function."""

    def __init__(
        self,
        workspace: Workspace,
        module: ModuleInfo,
        function: cst.FunctionDef,
        parts: Parts,
        given: frozenset[str],
        scan: Scanning,
        also: Mapping[str, ContextUse],
        rest: frozenset[str] | None = None,
    ) -> None:
        self.workspace, self.module, self.function, self.scan = workspace, module, function, scan
        self.parts, self.given, self.also = parts, given, also
        star = function.params.star_kwarg
        self.kept = {star.name.value} if rest is not None and star is not None else set[str]()
        self.beside = rest or frozenset[str]()
        around = module.enclosing(function)[:1]
        self.name = function.name.value
        """What calls of it name: of `__init__` the class."""
        self.owner = around[0] if around and isinstance(around[0], cst.ClassDef) else None
        if self.name == "__init__" and self.owner is not None:
            self.name = self.owner.name.value
        self.scope = module.table.scopes[function]
        self.parameters: dict[str, ContextUse] = dict(also)
        self.edits: list[SourceEdit] = []
        self.calls: list[HandedForm] = []
        self.pushes: list[ContextUse] = []
        self.spent = frozenset[str]()
        self.names = {read.name for read in module.table.reads_in(function)} | set(self.scope.bindings)

    def form(self) -> HandedForm | None:
        filled = filled_parameters(self.module, self.function)
        if any(len(self.scope.bindings.get(name, ())) != 1 and name not in filled for name, _ in self.parts):
            return None
        parameters = [(self.scope, name, part) for name, part in self.parts]
        reader = ContextReader(self.module, self.function, parameters, self.given | self.beside)
        frame = self.frame(reader)
        found = self.scan(self.function, reader, frame)
        if any(not blocker.library for blocker in found.blockers):
            return None
        if self.owner is None:
            self.spent = spent_parameters(self.module, self.function, found.uses)
        self._signature()
        self.edits += [SourceEdit(self.module.whole_lines(one), remove=True) for one in properties(self.function)]
        if not all(map(self.replace, self.own_uses(found))) or not self.others() or not self._add_parameters():
            return None
        parts = tuple((name, part.name) for name, part in self.parts)
        return HandedForm(
            self.function.name.value,
            self.place(),
            parts,
            self.parameters,
            tuple(self.edits),
            tuple(self.calls),
            pushes=tuple(self.pushes),
            spent=self.spent,
        )

    def place(self) -> Span:
        """Where the function stands."""
        return self.module.span(self.function)

    def own_uses(self, found: Scan) -> list[ContextUse]:
        """The uses that are replaced by parameters."""
        return found.uses

    def others(self) -> bool:
        """Replaces what other code uses for which the function takes parameters; False where that cannot be."""
        return True

    def frame(self, reader: ContextReader) -> Frame:
        """Where the function is read."""
        return Frame(self.workspace, self.module, reader)

    # ------------------------------------------------------------------------------------------------------ its text

    def gone(self) -> set[str]:
        """The parameters that are cut: those that took the context."""
        return ({name for name, _ in self.parts} - self.kept) | self.spent

    def _signature(self) -> None:
        """Cuts parameters."""
        entries, found, stay = self._entries()
        end = self.module.source.text.index(")", found[-1][1]) if entries else 0
        self.edits += [SourceEdit(cut, OtherName("")) for cut in cuts(self.module, found, stay, end)]

    def _entries(self) -> tuple[list[cst.Param | cst.ParamStar], list[tuple[int, int]], list[bool]]:
        """The parameters, where they stand, and which of them stay."""
        gone = self.gone()
        entries = parameters_of(self.function.params)
        found = places(self.module, entries, self.module.places.offsets(self.function.name)[1])
        stay = [not isinstance(entry, cst.Param) or entry.name.value not in gone for entry in entries]
        return entries, found, stay

    def _add_parameters(self) -> bool:
        """Adds those that take its parts, in front of `**kwargs`; they are given by name. False where no parameter would be left behind a `*`."""
        entries, found, stay = self._entries()
        left = [(entry, place) for entry, place, stays in zip(entries, found, stay, strict=True) if stays]
        rest = [entry for entry, _ in left if isinstance(entry, cst.Param) and entry.star == "**"]
        front = [(entry, place) for entry, place in left if entry not in rest]
        names = list(self.parameters)
        if front and isinstance(front[-1][0], cst.ParamStar) and not names:
            return False
        if not names:
            return True
        only_named = any(isinstance(entry, cst.ParamStar) or entry.star == "*" for entry, _ in front)
        if not only_named and any(isinstance(entry, cst.Param) and entry.default is not None for entry, _ in front):
            names.insert(0, "*")
        # Where all parameters are cut, the new ones stand where the first began.
        opening = self.module.source.text.index("(", self.module.places.offsets(self.function.name)[1]) + 1
        place = front[-1][1][1] if front else found[0][0] if found else opening
        added = Signature(tuple(names)) if front else OtherName(", ".join(names) + (", " if rest else ""))
        self.edits.append(SourceEdit(self.module.between(place, place), added))
        return True

    def replace(self, use: ContextUse) -> bool:
        """Puts a parameter in the place of a use; False where that cannot be."""
        if use.kind == "argument" and use.name in self.beside:
            return True
        if use.kind == "alias":
            self.edits.append(SourceEdit(use.span, remove=True))
        elif use.kind == "unread":
            self.edits.append(SourceEdit(use.span, OtherName("")))
        elif use.kind == "library":
            self.edits.append(SourceEdit(use.span, use.detail["text"]))
        elif use.kind == "present":
            self.edits.append(SourceEdit(use.span, True))
        elif use.kind == "base":
            if use.name != "execute":
                return False
            self.edits.append(SourceEdit(use.span, OtherName(f"{self.parameter(RUN_BASE, use)}()")))
        elif use.kind == "ways":
            self.edits.append(SourceEdit(use.span, OtherName(self.parameter("ways", use) + use.detail["member"])))
        elif use.kind == "handed":
            return self._hand_on(use)
        elif use.kind == "xcom_push":
            value = use.detail.get("value")
            if not use.detail.get("statement") or use.detail.get("other") or not isinstance(value, Span):
                return False
            key = use.detail["key"] if isinstance(use.detail.get("key"), str) else use.detail.get("written")
            if not isinstance(key, str | Span):
                return False
            if not (name := self.outputs(use)):
                return False
            self.pushes.append(use)
            self.edits.append(SourceEdit(use.span, PushedValue(name, key, value)))
        elif use.kind in _REPLACED:
            if use.kind == "xcom_pull" and not is_fixed(use.detail) and not is_given(use.detail):
                return False
            if use.kind in ("argument", "key") and not is_known(use.detail.get("default")):
                return False
            if "index" in use.detail:
                name = self.parameter(wish_for(use), use)
                several, default = use.detail.get("several") is True, use.detail.get("default")
                member = PulledMember(name, use.detail["index"], several, default=None if several else default)
                self.edits.append(SourceEdit(use.span, member))
                return True
            if use.kind == "xcom_pull" and isinstance(default := use.detail.get("default"), Span):
                self.edits.append(SourceEdit(use.span, PulledOr(self.parameter(wish_for(use), use), default)))
                return True
            assigned = use.assigned
            if assigned is not None and (assigned.removable or assigned.starts):
                taken = self.parameters.get(assigned.name)
                if taken is None or same(taken, use):
                    self.parameters[assigned.name] = use
                    self.edits.append(SourceEdit(assigned.span, remove=True))
                    return True
            if assigned is not None and assigned.together and assigned.removable:
                return False
            self.edits.append(SourceEdit(use.span, InputValue(self.parameter(wish_for(use), use))))
        return use.kind not in ("escape", "parameter", "waiting")

    def parameter(self, wish: str, use: ContextUse) -> str:
        """The parameter that stands for a use."""
        for name, known in self.parameters.items():
            if same(known, use) and name not in self.scope.bindings:
                return name
        name, number = wish, 1
        while name in self.names or name in self.parameters or keyword.iskeyword(name):
            number += 1
            name = f"{wish}_{number}"
        self.parameters[name] = use
        return name

    def outputs(self, use: ContextUse) -> str:
        """The parameter that takes the dict of what is pushed; empty where its name means something else."""
        if _PUSHES in self.names:
            return ""
        self.parameters.setdefault(_PUSHES, use)
        return _PUSHES

    def _hand_on(self, use: ContextUse) -> bool:
        form = use.detail["form"]
        if use.detail["kept"]:
            return False
        values: dict[str, InputValue] = {}
        for name, inner in form.parameters.items():
            given = self.outputs(inner) if inner.kind == "xcom_push" else self.parameter(name, opened(inner))
            if not given or inner.detail.get("open"):
                return False
            values[name] = InputValue(given)
        if use.detail.get("to_base") and form.name == self.function.name.value:
            # That of the base takes what all of its name do.
            values |= {name: InputValue(name) for name in self.also if name not in form.parameters}
        self.edits += [SourceEdit(cut, OtherName("")) for cut in use.detail["cuts"]]
        if values:
            more = MoreArguments(values, bool(use.detail["after"]), "calls" in use.detail)
            self.edits.append(SourceEdit(use.detail["place"], more))
        self.calls.append(form)
        return True

    # ------------------------------------------------------------------------------------------------- other callers

    def readers(self, own: HandedForm) -> tuple[HandedForm, ...] | None:
        """Other functions that call this one, in modules that may be carried whole: they must be made so, too. None where one cannot."""
        found: dict[Span, HandedForm] = {}
        for module in self.reading(self.name):
            if self.escapes(module):
                return None
            for outer, calls in self.calls_in(module):
                forms = self._reader(module, outer, calls) if calls else None
                if forms is None:
                    return None
                found |= {form.function: form for form in forms}
        return tuple(found.values())

    def _reader(
        self, module: ModuleInfo, outer: cst.FunctionDef, calls: Sequence[cst.Call]
    ) -> tuple[HandedForm, ...] | None:
        """The form of a function that calls this one; none where that is made elsewhere. None where it calls it with something else."""
        state, place = self.workspace.handing, (module.file, module.places.offsets(outer)[0])
        known = [
            key[2] for key in [*state.active, *(key for key, form in state.forms.items() if form)] if key[:2] == place
        ]
        if known and place not in state.roots:
            return ()
        around = module.enclosing(outer)[:1]
        if around and isinstance(around[0], cst.ClassDef) and outer.name.value in _OF_OPERATORS:
            return ()
        parts = self._inferred(module, outer, calls)
        asks = bool(parts) or needs_context(self.workspace, module, outer)
        made = form_of(self.workspace, module, outer, parts, self.given, self.scan) if asks else None
        if place in state.roots:
            return (replace(made, by_airflow=True),) if made is not None else ()
        functions = [call.function for call in made.calls] if made is not None else []
        return (made,) if made is not None and self.place() in functions else None

    def _inferred(self, module: ModuleInfo, outer: cst.FunctionDef, calls: Sequence[cst.Call]) -> Parts:
        """What a function is handed that hands its parameters on to this one."""
        parts = {name: part for _, name, part, _ in context_parameters(module, outer, ()) if live(part) is not None}
        own = dict(self.parts)
        slots = [param.name.value for param in self.function.params.params]
        slots = slots[1:] if slots[:1] in (["self"], ["cls"]) else slots
        for call in calls:
            for place, arg in enumerate(call.args):
                name = arg.keyword.value if arg.keyword is not None else slots[place] if place < len(slots) else ""
                if name in own and isinstance(arg.value, cst.Name) and not arg.star:
                    kinds = {binding.kind for binding in module.table.scopes[outer].bindings.get(arg.value.value, ())}
                    parts |= {arg.value.value: own[name]} if kinds == {"parameter"} else {}
        return tuple(sorted(parts.items()))
