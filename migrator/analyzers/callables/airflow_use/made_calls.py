"""Calls of functions that other code of the team's own makes, which hand on Airflow's context: `traced(load)(day, ti=ti)`, or a helper under a decorator.

In: such a call. Out: `Handed`, as of a call of one function: the function that was put around another takes what it uses of the context itself by
parameters of its own, and what is left of the call goes on to the other one, which takes what it uses in the same way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

import libcst as cst

from migrator.analyzers.callables.airflow_use.callers import makes_dags
from migrator.analyzers.callables.airflow_use.context import ContextReader, Part
from migrator.analyzers.callables.airflow_use.handing import (
    Former,
    Handed,
    Parts,
    Scanning,
    form_of,
    given_beside,
    handed,
    handing_on,
    live,
    taken_by,
)
from migrator.analyzers.callables.airflow_use.keeping_objects import handed_object
from migrator.analyzers.callables.airflow_use.names import CONTEXT_KEYS, PLAIN_KEYS
from migrator.analyzers.callables.airflow_use.registries import handed_by_registry
from migrator.analyzers.callables.airflow_use.use_names import same
from migrator.analyzers.callables.facts import ContextUse, HandedForm
from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.made_functions import Line, Link, decorated_calls, line_of, maker_named
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.resolve import function_named, is_always_reached, named
from migrator.analyzers.callables.source.tree import descend, literal_key, positional
from migrator.model.changed import replace
from migrator.model.frozen import dataclass

_SAME = {"task_instance": "ti"}


@dataclass(frozen=True, slots=True)
class _Given:
    """What a function put around another one is handed of the context: by its parameters, by the names in its `**kwargs`, and whether all of it comes so."""

    parts: Parts
    names: frozenset[str]
    whole: bool
    others: frozenset[str]
    """The other names that are given."""


def followed(reader: ContextReader, frame: Frame, call: cst.Call, scan: Scanning) -> Handed | None:
    """What a call of the team's own functions becomes that hands on the context; None where it does not, or it cannot be told what they do with it."""
    found = handed_object(reader, frame, call, scan) or handed(reader, frame, call, scan)
    found = found or handed_by_registry(reader, frame, call, scan)
    return found or handed_by_maker(reader, frame, call, scan)


def handed_by_maker(reader: ContextReader, frame: Frame, call: cst.Call, scan: Scanning) -> Handed | None:
    """What a call of a function becomes that other code makes, and that is handed the context; None for any other, or where it cannot be told."""
    given = [arg for arg in call.args if live(reader.part(arg.value)) is not None]
    line = line_of(frame.workspace, frame.module, call.func) if given else None
    if line is None:
        return None
    around = line.links[:-1] if line.known else line.links
    args, left = list(call.args), list(given)
    taken: list[tuple[Link, _Given]] = []
    for link in around:
        found = _given_to(reader, link, args, left)
        handed_on = _handed_on(link, args)
        if found is None or handed_on is None:
            return None
        taken.append((link, found))
        args, left = handed_on, [arg for arg in left if arg in handed_on]
    last = line.links[-1] if line.known else None
    if last is None and left:
        return None
    names = _parameters(last.function) if last is not None else frozenset[str]()
    forms: list[HandedForm] = []
    wanted: dict[str, ContextUse] = {}
    passed: set[str] = set()
    kept: tuple[str, ...] = ()
    for link, found in taken:
        made = _MakerFormer.made(frame.workspace, link, found, names, scan)
        if made is None or not _fit(wanted, made[0].parameters, passed & made[1]):
            return None
        forms.append(made[0])
        wanted |= made[0].parameters
        passed |= made[1]
    if last is not None:
        parts = taken_by(reader, last.function, args, left, last.bound) if left else ((), ())
        if parts is None or any(_pops(link) & names for link, _ in taken):
            return None
        beside = given_beside(last.function, args)
        rest = beside if beside or passed else None
        form = form_of(frame.workspace, last.module, last.function, parts[0], reader.given, scan, rest=rest)
        if form is None or not _fit(wanted, form.parameters, passed) or (wanted.keys() - passed) & names:
            return None
        kept = tuple(name for name in parts[1] if name not in passed)
        forms.append(form)
        wanted |= form.parameters
    if wanted.keys() & {arg.keyword.value for arg in call.args if arg.keyword is not None}:
        return None
    whole = replace(forms[0], parameters=wanted, readers=(*forms[0].readers, *forms[1:]))
    return replace(handing_on(frame.module, call, given, {"form": whole, "kept": kept}), names=line.names)


def _fit(known: Mapping[str, ContextUse], others: Mapping[str, ContextUse], passed: Collection[str]) -> bool:
    """Whether arguments of one call can be given along with those of another one: none has the name of one that goes no further, or another meaning."""
    shared = known.keys() & others.keys()
    return all(name in passed and same(known[name], others[name]) for name in shared)


def _given_to(reader: ContextReader, link: Link, args: Sequence[cst.Arg], left: Sequence[cst.Arg]) -> _Given | None:
    """What one of the functions around gets; None where it cannot be told."""
    params = link.function.params
    slots = [param.name.value for param in params.params][1 if link.bound else 0 :]
    by_name = {*slots, *(param.name.value for param in params.kwonly_params)}
    if params.posonly_params or any(arg.star == "*" for arg in left):
        return None
    parts: dict[str, Part] = {}
    names: set[str] = set()
    whole = any(arg.star == "**" for arg in left)
    others = {arg.keyword.value for arg in args if arg.keyword is not None and arg not in left}
    for place, arg in enumerate(args):
        part = reader.part(arg.value) if arg in left and not arg.star else None
        if part is None:
            continue
        if arg.keyword is not None and arg.keyword.value not in by_name:
            # In `**kwargs` a member of the context is found by its own name.
            name = arg.keyword.value
            if params.star_kwarg is None or _SAME.get(name, name) != part.name:
                return None
            names.add(name)
        elif arg.keyword is not None or place < len(slots):
            parts[arg.keyword.value if arg.keyword is not None else slots[place]] = Part(part.name)
        elif not isinstance(params.star_arg, cst.Param):
            return None
    if whole and (params.star_kwarg is None or by_name & CONTEXT_KEYS - {*parts} - others):
        return None
    if (names or whole) and params.star_kwarg is not None:
        parts[params.star_kwarg.name.value] = Part("context")
    return _Given(tuple(sorted(parts.items())), frozenset(names), whole, frozenset(others))


def _handed_on(link: Link, args: Sequence[cst.Arg]) -> list[cst.Arg] | None:
    """What the decorated function is called with, if the function around it is called so; None where it cannot be told."""
    params, calls = link.function.params, list(decorated_calls(link.module, link))
    texts = {tuple(link.module.text(arg) for arg in one.args) for one in calls}
    if len(texts) != 1:
        return None if calls else []
    star = params.star_arg.name.value if isinstance(params.star_arg, cst.Param) else ""
    rest = params.star_kwarg.name.value if params.star_kwarg is not None else ""
    slots = len(params.params) - int(link.bound)
    taken = {param.name.value for param in (*params.params, *params.kwonly_params)} | _pops(link)
    found: list[cst.Arg] = []
    for arg in calls[0].args:
        name = arg.value.value if isinstance(arg.value, cst.Name) else ""
        if arg.star == "*" and name == star:
            found += [one for one in args if one.keyword is None and one.star != "**"][slots:]
        elif arg.star == "**" and name == rest:
            found += [one for one in args if one.keyword is not None and one.keyword.value not in taken]
            found += [one for one in args if one.star == "**"]
        elif arg.star:
            return None
        else:
            found.append(arg)
    return found


def _pops(link: Link) -> frozenset[str]:
    """The names that a function takes out of its `**kwargs` before anything else is called with that."""
    star = link.function.params.star_kwarg
    if star is None:
        return frozenset()
    handing = [link.module.places.offsets(one)[0] for one in decorated_calls(link.module, link)]
    first = min(handing, default=0)
    found: set[str] = set()
    for statement in link.function.body.body:
        for node in descend(statement) if isinstance(statement, cst.SimpleStatementLine) else ():
            if isinstance(node, cst.Call) and _is_pop(node, star.name.value):
                key = literal_key(positional(node)[0]) if node.args else None
                before = link.module.places.offsets(node)[0] < first or not handing
                if isinstance(key, str) and before and is_always_reached(link.module, statement):
                    found.add(key)
    return frozenset(found)


def _is_pop(node: cst.Call, star: str) -> bool:
    func = node.func
    popped = isinstance(func, cst.Attribute) and func.attr.value == "pop"
    return popped and isinstance(func, cst.Attribute) and isinstance(func.value, cst.Name) and func.value.value == star


def _last(node: cst.Name | cst.Attribute) -> str:
    return node.attr.value if isinstance(node, cst.Attribute) else node.value


def _parameters(function: cst.FunctionDef) -> frozenset[str]:
    return frozenset(param.name.value for param in (*function.params.params, *function.params.kwonly_params))


class _MakerFormer(Former):
    """Makes the form of a function that was put around another one. Its `**kwargs` stay, as they are handed on."""

    def __init__(self, workspace: Workspace, link: Link, given: _Given, taken: frozenset[str], scan: Scanning) -> None:
        hidden = frozenset[str]() if given.whole else CONTEXT_KEYS - given.names
        also: Mapping[str, ContextUse] = MappingProxyType({})
        super().__init__(workspace, link.module, link.function, given.parts, hidden, scan, also, rest=given.others)
        self.link, self.handed, self.taken = link, given, taken
        self.passed: dict[str, ContextUse] = {}
        """The plain values that it reads of its `**kwargs` by their names, by which they are given."""
        if link.maker is not None:
            self.name = link.maker.name.value
        self.decorated = tuple(self._decorated())
        self.forwarded = {
            self.module.span(arg.value)
            for node in decorated_calls(link.module, link)
            for arg in node.args
            if arg.star == "**"
        }

    @staticmethod
    def made(
        workspace: Workspace, link: Link, given: _Given, taken: frozenset[str], scan: Scanning
    ) -> tuple[HandedForm, frozenset[str]] | None:
        """The form of a link, with those of all that call what its maker makes, and which of its parameters it hands on; None where there is none."""
        active = workspace.handing.active
        key = (link.module.file, link.module.places.offsets(link.function)[0], given.parts, "made")
        if key in active:
            return None
        former = _MakerFormer(workspace, link, given, taken, scan)
        active.append(key)
        try:
            form = former.form()
            readers = former.readers(form) if form is not None else None
        finally:
            active.remove(key)
        if form is None or readers is None:
            return None
        parameters = {**form.parameters, **former.passed}
        form = replace(form, parameters=parameters, readers=readers, forwards=tuple(sorted(former.forwarded)))
        return form, frozenset(former.passed)

    def parameter(self, wish: str, use: ContextUse) -> str:
        return super().parameter(f"run_{wish}" if wish in self.taken else wish, use)

    def replace(self, use: ContextUse) -> bool:
        if use.kind == "escape":
            return any(span.start <= use.span.start and use.span.end <= span.end for span in self.forwarded)
        if use.kind == "argument" and not self.handed.whole:
            return True  # it is one that the call gives, and stays where it is
        if self._stays_there(use):
            self.passed[use.name] = use
            return True
        return use.kind not in ("mapping", "member") and super().replace(use)

    def _stays_there(self, use: ContextUse) -> bool:
        """Whether a use reads a plain value of `**kwargs` by its name, which may as well be given by that."""
        rest = self.function.params.star_kwarg
        text = self.module.source.text[use.span.start : use.span.end]
        read = rest is not None and text.startswith((f"{rest.name.value}[", f"{rest.name.value}."))
        return read and use.kind == "key" and use.name in PLAIN_KEYS and not use.path

    # ------------------------------------------------------------------------------------------------- other callers

    def reading(self, name: str) -> Iterator[ModuleInfo]:
        """The modules that may be carried whole and name the maker, or a function that it stands above."""
        found = {module.file: module for module in super().reading(name)}
        for file, source in self.workspace.sources.items():
            named_there = any(function.name.value in source.text for function in self.decorated)
            if named_there and file not in found and not makes_dags(source.text) and self._is_imported(file):
                with contextlib.suppress(ModuleUnreadable):
                    found[file] = self.workspace.module(file)
        yield from found.values()

    def _decorated(self) -> Iterator[cst.FunctionDef]:
        """The functions of the folder that the maker stands above."""
        for file, source in self.workspace.sources.items():
            if self.name not in source.text:
                continue
            try:
                module = self.workspace.module(file)
            except ModuleUnreadable:
                continue
            for function in descend(module.tree):
                above = function.decorators if isinstance(function, cst.FunctionDef) else ()
                if any(self._names_maker(module, maker_named(one.decorator)) for one in above):
                    assert isinstance(function, cst.FunctionDef)
                    yield function

    def calls_in(self, module: ModuleInfo) -> Iterator[tuple[cst.FunctionDef, list[cst.Call]]]:
        for outer in (node for node in descend(module.tree) if isinstance(node, cst.FunctionDef)):
            inner = {
                part for below in descend(outer.body) if isinstance(below, cst.FunctionDef) for part in descend(below)
            }
            above = {part for decorator in outer.decorators for part in descend(decorator)}
            nodes = [node for node in descend(outer) if node not in inner and node not in above]
            lines = [(node, self._line(module, node)) for node in nodes if isinstance(node, cst.Call)]
            calls = [call for call, line in lines if line is not None]
            covered = {name for _, line in lines if line is not None for name in line.names}
            names = [node for node in nodes if self._names_maker(module, node) or self._names_decorated(module, node)]
            if names:
                yield outer, calls if all(name in covered for name in names) else []

    def _line(self, module: ModuleInfo, call: cst.Call) -> Line | None:
        line = line_of(self.workspace, module, call.func)
        links = line.links if line is not None else ()
        return line if any(link.function is self.function for link in links) else None

    def _names_maker(self, module: ModuleInfo, node: cst.CSTNode | None) -> bool:
        if not isinstance(node, (cst.Name, cst.Attribute)) or _last(node) != self.name:
            return False
        found = function_named(self.workspace, module, node)
        if found is not None:
            return found[1] is self.link.maker
        meant = named(self.workspace, module, node) if isinstance(node, cst.Name) else None
        return meant is not None and meant[1] is not None and meant[1].node is self.link.maker

    def _names_decorated(self, module: ModuleInfo, node: cst.CSTNode) -> bool:
        names = {function.name.value for function in self.decorated}
        if not isinstance(node, (cst.Name, cst.Attribute)) or _last(node) not in names:
            return False
        found = function_named(self.workspace, module, node)
        return found is not None and found[1] in self.decorated

    def _inferred(self, module: ModuleInfo, outer: cst.FunctionDef, calls: Sequence[cst.Call]) -> Parts:
        found = dict(super()._inferred(module, outer, calls))
        for arg in (arg for call in calls for arg in call.args if arg.keyword is not None):
            name = arg.keyword.value if arg.keyword is not None else ""
            if name in self.handed.names and isinstance(arg.value, cst.Name):
                kinds = {one.kind for one in module.table.scopes[outer].bindings.get(arg.value.value, ())}
                found |= {arg.value.value: Part(_SAME.get(name, name))} if kinds == {"parameter"} else {}
        return tuple(sorted(found.items()))
