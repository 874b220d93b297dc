"""Classes of the team's own that derive from Airflow's operators, sensors and hooks, read as the plain classes that they can become.

In: a class of a module. Out: `PlainClass`: what is to be cut out so that nothing of Airflow is left (its base, `super().__init__`, the
arguments that only that took, settings of Airflow's user interface), and which attributes it has without Airflow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import cast

import libcst as cst

from migrator.analyzers.callables.classes import keyword_arguments
from migrator.analyzers.callables.classes.class_members import (
    changed_attributes,
    instance_of,
    is_attribute_of,
    methods_of,
    own_method,
    set_in,
)
from migrator.analyzers.callables.classes.working_bases import CALLING, WORKING_BASES
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.resolve import named
from migrator.analyzers.callables.source.scopes import Scope
from migrator.analyzers.callables.source.signatures import end_of_parameter
from migrator.analyzers.callables.source.tree import descend, keywords, positional, statements
from migrator.model.frozen import dataclass
from migrator.model.source import Span

PLAIN_BASES = frozenset(
    {"BaseBranchOperator", "BaseHook", "BaseNotifier", "BaseOperator", "BaseSensorOperator", "LoggingMixin"}
)
"""Classes of Airflow that only tie their subclasses to it: what one of these does, it says itself."""
_SETTINGS = frozenset(
    {
        "operator_extra_link_dict",
        "operator_extra_links",
        "template_ext",
        "template_fields",
        "template_fields_renderers",
        "ui_color",
        "ui_fgcolor",
    }
)
"""Class attributes that only Airflow reads: its renderer of templates and its user interface."""
_USER_INTERFACE = frozenset({"get_connection_form_widgets", "get_ui_field_behaviour"})
"""Methods of hooks that describe a form of Airflow's user interface."""
_DROPPED = frozenset({"apply_defaults"})
MAX_BASES = 20


@dataclass(frozen=True, slots=True)
class PlainClass:
    """A class that derives, itself or through others of the folder, from `PLAIN_BASES` or one of `WORKING_BASES` alone.

    `selves` are the scopes of its methods with the name of the instance there; `members` the attributes that it and its bases in the folder
    have; `fixed` those that are set once, in `__init__`. `fields` gives the attributes that are a parameter of `__init__` as it is, `plain`
    those parameters that are nothing else. `refusal` is why the class cannot be a plain one, empty if it can.
    """

    node: cst.ClassDef
    selves: Mapping[Scope, str] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    parameters: tuple[cst.Param, ...] = ()
    """Of `__init__`, without the instance and those that are cut out."""
    forwarded: frozenset[str] = frozenset()
    """Parameters of `__init__` that only Airflow's takes, and that have no default."""
    bases: tuple[Span, str] | None = None
    """The brackets with the bases, and what is to stand there."""
    cuts: tuple[Span, ...] = ()
    rewrites: tuple[tuple[Span, str], ...] = ()
    """Places, and what is to stand there."""
    gone: frozenset[cst.CSTNode] = frozenset()
    """What is cut out."""
    decorators: tuple[cst.Decorator, ...] = ()
    refusal: str = ""
    work: str = ""
    """The one of `WORKING_BASES` that it derives from."""
    changed: frozenset[str] = frozenset()
    """Attributes of that which its methods may change before the work is done."""
    inherited: frozenset[str] = frozenset()
    """Methods that its bases in the folder define."""


def plain_class(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> PlainClass | None:
    """What makes a plain class of `node`; None where it has nothing to do with `PLAIN_BASES`."""
    return _Reader(workspace, module, node).read()


def part_of(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, whole: cst.ClassDef, members: frozenset[str]
) -> PlainClass:
    """A class that has nothing to do with Airflow itself, but is a base of `whole`, which has these `members` and those that Airflow's classes give."""
    return PlainClass(
        node,
        selves={module.table.scopes[f]: name for f in methods_of(node) if (name := instance_of(f))},
        members=members
        | frozenset(name for where, cls in ancestry(workspace, module, whole) for name in members_of(where, cls)),
    )


def own_attributes(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef
) -> dict[tuple[Scope, str], frozenset[str]]:
    """By the methods' scopes and the names of the instance there: the attributes that are set once, in `__init__`."""
    reader = _Reader(workspace, module, node)
    fixed = frozenset(reader._fixed(own_method(node, "__init__")))
    return {(module.table.scopes[f], name): fixed for f in methods_of(node) if (name := instance_of(f))}


def method_of(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, name: str
) -> tuple[ModuleInfo, cst.FunctionDef] | None:
    """The method of that name, the class's own or that of its nearest base in the folder, with its module."""
    found = owner_of(workspace, module, node, name)
    return (found[0], found[2]) if found is not None else None


def owner_of(
    workspace: Workspace, module: ModuleInfo, node: cst.ClassDef, name: str
) -> tuple[ModuleInfo, cst.ClassDef, cst.FunctionDef] | None:
    """The same with the class that defines it."""
    for where, cls in ancestry(workspace, module, node):
        found = own_method(cls, name)
        if found is not None:
            return where, cls, found
    return None


def ancestry(workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> list[tuple[ModuleInfo, cst.ClassDef]]:
    """The class and its bases in the folder, nearest first."""
    found, queue = [(module, node)], [(module, node)]
    while queue and len(found) < MAX_BASES:
        where, cls = queue.pop(0)
        for base in cls.bases:
            meant = named(workspace, where, base.value) if type(base.value) is cst.Name else None
            target = meant[1].node if meant is not None and meant[1] is not None else None
            if meant is not None and type(target) is cst.ClassDef and all(target is not one for _, one in found):
                found.append((meant[0], target))
                queue.append((meant[0], target))
    return found


class _Reader:
    def __init__(self, workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> None:
        self.workspace, self.module, self.node = workspace, module, node
        self.line = ancestry(workspace, module, node)
        self.gone: list[cst.CSTNode] = []
        self.cuts: list[Span] = []
        self.rewrites: list[tuple[Span, str]] = []
        self.taken: dict[cst.CSTNode, str] = {}
        """Calls that take an argument out of `**kwargs`, and the parameter in whose place."""

    def read(self) -> PlainClass | None:
        own = [base for base in self.node.bases if self._is_plain_base(base)]
        through = any(_is_plain(where, base) for where, cls in self.line[1:] for base in cls.bases)
        if not own and not through:
            return None
        init = own_method(self.node, "__init__")
        self._cut_settings()
        parameters, refusal = self._initializer(init, bool(own))
        members = frozenset(name for where, cls in self.line for name in members_of(where, cls))
        work = self._work()
        changed = changed_attributes([cls for _, cls in self.line], work)
        if (
            work
            and not refusal
            and (others := sorted(members & WORKING_BASES[work] - changed - CALLING.get(work, set())))
        ):
            refusal = f"sets or defines `{others[0]}`, which `{work}` works with"
        fields, plain = self._fields(init)
        return PlainClass(
            self.node,
            selves={self.module.table.scopes[f]: name for f in methods_of(self.node) if (name := instance_of(f))},
            members=members,
            fixed=frozenset(self._fixed(init)),
            fields=fields,
            plain=plain,
            parameters=parameters,
            forwarded=frozenset(self._forwarded()),
            bases=self._bases(own) if own else None,
            cuts=tuple(self.cuts),
            rewrites=tuple(self.rewrites),
            gone=frozenset([*self.gone, *own]),
            decorators=tuple(d for f in methods_of(self.node) for d in f.decorators if self._is_dropped(d)),
            refusal=refusal,
            work=work,
            changed=changed,
            inherited=frozenset(method.name.value for _, cls in self.line[1:] for method in methods_of(cls)),
        )

    def _work(self) -> str:
        """The operator whose work the class inherits; empty for one that only ties it to Airflow."""
        names = (_base_name(where, base) for where, cls in self.line for base in cls.bases)
        return next((name for name in names if name in WORKING_BASES), "")

    # ------------------------------------------------------------------------------------------ Airflow's part of it

    def _is_plain_base(self, base: cst.Arg) -> bool:
        return _is_plain(self.module, base)

    def _is_dropped(self, decorator: cst.Decorator) -> bool:
        name = self.module.qualified(decorator.decorator)
        return name.startswith("airflow.") and name.rpartition(".")[2] in _DROPPED

    def _bases(self, own: list[cst.Arg]) -> tuple[Span, str]:
        """The brackets of the class, and what of them stays."""
        kept = [self.module.text(arg.value) for arg in self.node.bases if arg not in own]
        kept += [f"{arg.keyword.value}={self.module.text(arg.value)}" for arg in self.node.keywords if arg.keyword]
        start = self.module.places.offsets(self.node.name)[1]
        last = [*self.node.bases, *self.node.keywords][-1]
        end = self.module.source.text.index(")", self.module.places.offsets(last.value)[1]) + 1
        return self.module.between(start, end), f"({', '.join(kept)})" if kept else ""

    def _cut_settings(self) -> None:
        settings = [one for one in statements(self.node.body) if _setting(one) in _SETTINGS]
        inside = {item for setting in settings for item in descend(setting)}
        # `template_fields = (*BashOperator.template_fields, "day")` does not ask for its own.
        read = {i.attr.value for i in descend(self.node) if type(i) is cst.Attribute and i not in inside}
        for statement in statements(self.node.body):
            if (
                type(statement) is cst.FunctionDef
                and (statement.name.value in _USER_INTERFACE or _makes_tasks(statement, self.node) - read)
            ) or (statement in settings and _setting(statement) not in read):
                self._cut(statement)

    def _cut(self, statement: cst.CSTNode) -> None:
        self.gone.append(statement)
        self.cuts.append(self.module.whole_lines(statement))

    # ------------------------------------------------------------------------------------------------------- __init__

    def _initializer(self, init: cst.FunctionDef | None, own: bool) -> tuple[tuple[cst.Param, ...], str]:
        """The parameters that remain, and why the class cannot do without Airflow's `__init__`."""
        if init is None:
            return (), ""
        params = init.params
        named_ones = [*params.posonly_params, *params.params, *params.kwonly_params][1:]
        if any(own_method(cls, "__init__") is not None for _, cls in self.line[1:]):
            return self._through_base(init, named_ones)
        inner = [line for line in _lines(init) if _is_super_init(line)]
        keywords_by = params.star_kwarg.name.value if params.star_kwarg is not None else ""
        setting = [statement for statement, _ in keyword_arguments.settings(init, keywords_by)]
        for line in (*inner, *setting):
            self._cut(line)
        inside: set[cst.CSTNode] = {
            read.node for line in (*inner, *setting) for read in self.module.table.reads_in(line)
        }
        more = self._taken(init, keywords_by, inside)
        inside |= {cst.ensure_type(call.func, cst.Attribute).value for call in self.taken if type(call) is cst.Call}
        scope = self.module.table.scopes[init]
        reads: dict[str, list[bool]] = {}
        for read in self.module.table.reads_in(init):
            if self.module.table.scope_of(read) is scope:
                reads.setdefault(read.name, []).append(read.node in inside)
        stars = [star for star in (params.star_arg, params.star_kwarg) if type(star) is cst.Param]
        for star in stars:
            if not all(reads.get(star.name.value, ())):
                return tuple(named_ones), f"its `__init__` reads `{star.star}{star.name.value}`"
        gone = [p for p in named_ones if reads.get(p.name.value) and all(reads[p.name.value])]
        self._cut_parameters(init, [*gone, *stars])
        kept = [p for p in named_ones if p not in gone]
        self._add_parameters(init, more, any(p in params.kwonly_params for p in kept))
        return (*kept, *more), ""

    def _taken(self, init: cst.FunctionDef, star: str, inside: set[cst.CSTNode]) -> list[cst.Param]:
        """Parameters in the place of what is taken out of `**kwargs`; `inside` are reads that are cut out."""
        found: dict[str, cst.Param] = {}
        for one in keyword_arguments.taken(init, star):
            if cst.ensure_type(one.call.func, cst.Attribute).value not in inside:
                self.taken[one.call] = one.name
                found.setdefault(one.name, cst.Param(cst.Name(one.name), default=one.default))
        return list(found.values())

    def _add_parameters(self, init: cst.FunctionDef, more: list[cst.Param], keyword_only: bool) -> None:
        """Puts parameters in the place of `**kwargs`, and their names in that of what took them out of it."""
        if not more or init.params.star_kwarg is None:
            return
        end = end_of_parameter(self.module, init.params.star_kwarg)
        texts = [
            f"{p.name.value}={p.default.value if type(p.default) is cst.Name else self.module.text(p.default)}"
            if p.default is not None
            else p.name.value
            for p in more
        ]
        self.rewrites.append((self.module.between(end, end), f", {'' if keyword_only else '*, '}{', '.join(texts)}"))
        self.rewrites += [(self.module.span(call), name) for call, name in self.taken.items()]

    def _forwarded(self) -> Iterator[str]:
        for node in self.gone:
            if type(node) is cst.Param and node.default is None and node.star in ("", None):
                yield node.name.value

    def _through_base(self, init: cst.FunctionDef, own: list[cst.Param]) -> tuple[tuple[cst.Param, ...], str]:
        """The same where a base of the folder has Airflow's part of it: what the class's `__init__` gives on must be what that takes."""
        star, calls = init.params.star_kwarg, [line for line in _lines(init) if _is_super_init(line)]
        name = star.name.value if star is not None else ""
        base, taken = self._base(), {}
        if base is not None:
            taken = {param.name.value: param for param in base.parameters}
        if len(calls) != 1:
            return tuple(own), f"its `__init__` hands `**{name}` on" if star is not None else ""
        if type(init.params.star_arg) is cst.Param:
            return tuple(own), f"its `__init__` hands `*{init.params.star_arg.name.value}` on"
        given = _arguments(calls[0])
        if not all(keyword in taken for keyword in given):
            self._cut_arguments(calls[0], [keyword for keyword in given if keyword not in taken])
        reads = [read for read in self.module.table.reads_in(init) if read.name == name]
        setting = [one for one, names in keyword_arguments.settings(init, name) if not names & taken.keys()]
        for statement in setting:
            self._cut(statement)
        kept_ones = [one for one, names in keyword_arguments.settings(init, name) if names & taken.keys()]
        inside = {read.node for one in (calls[0], *setting, *kept_ones) for read in self.module.table.reads_in(one)}
        if star is not None and not all(read.node in inside for read in reads):
            return tuple(own), f"its `__init__` reads `**{name}`"
        gone = self._unread(init, own)
        self._cut_parameters(init, gone)
        kept = [param for param in own if param not in gone]
        named_ones = {param.name.value for param in own} | given.keys()
        more = (
            [param for taken_name, param in taken.items() if taken_name not in named_ones] if star is not None else []
        )
        return (*kept, *more), base.refusal if base is not None else ""

    def _base(self) -> PlainClass | None:
        """The nearest base in the folder that has an `__init__`, be it one of a mixin that has nothing to do with Airflow."""
        for where, cls in self.line[1:]:
            init = own_method(cls, "__init__")
            if init is not None:
                given = init.params
                named_ones = (*given.posonly_params, *given.params, *given.kwonly_params)
                return plain_class(self.workspace, where, cls) or PlainClass(cls, parameters=named_ones[1:])
        return None

    def _unread(self, init: cst.FunctionDef, own: list[cst.Param]) -> list[cst.Param]:
        """Parameters that only arguments which are cut out read."""
        scope, inside = self.module.table.scopes[init], {item for node in self.gone for item in descend(node)}
        reads: dict[str, list[bool]] = {}
        for read in self.module.table.reads_in(init):
            if self.module.table.scope_of(read) is scope:
                reads.setdefault(read.name, []).append(read.node in inside)
        return [param for param in own if reads.get(param.name.value) and all(reads[param.name.value])]

    def _cut_arguments(self, line: cst.SimpleStatementLine, names: list[str]) -> None:
        """Cuts arguments of the call that only Airflow's `__init__` takes."""
        call = _super_init(line)
        args, places = (call.args if call is not None else ()), self.module.places
        for number, arg in enumerate(args):
            if arg.keyword is None or arg.keyword.value not in names:
                continue
            self.gone.append(arg)
            if number + 1 < len(args):
                start, end = places.offsets(arg.keyword)[0], _start_of(places.offsets, args[number + 1])
            else:
                start = places.offsets(args[number - 1].value)[1] if number else places.offsets(arg.keyword)[0]
                end = places.offsets(arg.value)[1]
            self.cuts.append(self.module.between(start, end))

    def _cut_parameters(self, init: cst.FunctionDef, gone: list[cst.Param]) -> None:
        """Cuts parameters with the comma in front of them; a `*` stays where others can only be given by name."""
        params, places = init.params, self.module.places
        keyword_only = [param for param in params.kwonly_params if param not in gone]
        star = params.star_arg
        end = places.offsets((params.posonly_params or params.params)[0].name)[1]
        entries: list[tuple[cst.CSTNode, int]] = []
        for param in (*params.posonly_params, *params.params):
            entries.append((param, end_of_parameter(self.module, param)))
        if type(star) is cst.Param:
            entries.append((star, end_of_parameter(self.module, star)))
        elif type(star) is cst.ParamStar:
            before = entries[-1][1]
            entries.append((star, self.module.source.text.index("*", before) + 1))
        entries += [(param, end_of_parameter(self.module, param)) for param in params.kwonly_params]
        if params.star_kwarg is not None:
            entries.append((params.star_kwarg, end_of_parameter(self.module, params.star_kwarg)))
        for entry, stop in entries:
            is_star = entry is star
            cut = entry in gone or (type(entry) is cst.ParamStar and not keyword_only)
            if cut and is_star and type(entry) is cst.Param and keyword_only:
                begin = places.offsets(entry.name)[0]
                self.cuts.append(self.module.between(begin, stop))
            elif cut:
                self.cuts.append(self.module.between(end, stop))
            if cut:
                self.gone.append(entry)
            end = stop

    # -------------------------------------------------------------------------------------------------- attributes

    def _fields(self, init: cst.FunctionDef | None) -> tuple[dict[str, str], frozenset[str]]:
        if init is None:
            return {}, frozenset()
        name, scope = instance_of(init), self.module.table.scopes[init]
        parameters = {
            p.name.value for p in (*init.params.params, *init.params.kwonly_params, *init.params.posonly_params)
        }
        found: dict[str, str] = {}
        out: dict[str, str] = {}
        for line in _lines(init):
            small = line.body[0] if len(line.body) == 1 else None
            for target, value in _pairs(small):
                kept = _kept(value)
                if is_attribute_of(target, name) and kept in parameters:
                    assert type(target) is cst.Attribute
                    found[target.attr.value] = kept
                elif is_attribute_of(target, name) and value in self.taken:
                    assert type(target) is cst.Attribute
                    out[target.attr.value] = self.taken[value]
        counts: dict[str, int] = {}
        cut = {item for node in self.gone for item in descend(node)}
        for read in self.module.table.reads_in(init):
            if self.module.table.scope_of(read) is scope and read.node not in cut:
                counts[read.name] = counts.get(read.name, 0) + 1
        bound_once = {p for p in parameters if len(scope.bindings.get(p, ())) == 1}
        fields = {a: p for a, p in found.items() if p in bound_once}
        once = {p for p in found.values() if counts.get(p) == 1 and p in bound_once}
        fields |= out
        once |= {name for name in out.values() if [*self.taken.values()].count(name) == 1}
        base = self._base()
        for line in _lines(init) if base is not None else ():
            call = _super_init(line)
            if call is None or base is None:
                continue
            given, star = keywords(call), any(arg.star == "**" for arg in call.args)
            for attribute, parameter in base.fields.items():
                value = given.get(parameter)
                if type(value) is cst.Name and value.value in bound_once:
                    fields.setdefault(attribute, value.value)
                    once |= {value.value} if counts.get(value.value) == 1 and parameter in base.plain else set()
                elif value is None and star:
                    fields.setdefault(attribute, parameter)
                    once |= {parameter} & base.plain
        return fields, frozenset(once)

    def _fixed(self, init: cst.FunctionDef | None) -> Iterator[str]:
        """Attributes that are set in one place only, and that in `__init__`."""
        places: dict[str, list[bool]] = {}
        for where, cls in self.line:
            for method in methods_of(cls):
                for attribute in set_in(method):
                    places.setdefault(attribute, []).append(method is init and where is self.module)
        yield from (attribute for attribute, found in places.items() if found == [True])


def _is_plain(module: ModuleInfo, base: cst.Arg) -> bool:
    name = _base_name(module, base)
    return name in PLAIN_BASES or name in WORKING_BASES


def _base_name(module: ModuleInfo, base: cst.Arg) -> str:
    """The name of a base class of Airflow's; empty for others."""
    name = module.qualified(base.value)
    return name.rpartition(".")[2] if name.startswith("airflow.") else ""


def _makes_tasks(method: cst.FunctionDef, cls: cst.ClassDef) -> set[str]:
    """The name of a class or static method that makes an object of its class, as it is called while the DAG is made; nothing for others."""
    kinds = {one.decorator.value for one in method.decorators if type(one.decorator) is cst.Name}
    if not kinds & {"classmethod", "staticmethod"}:
        return set()
    makers = {cls.name.value, *([instance_of(method)] if "classmethod" in kinds else [])}
    calls = (item.func for item in descend(method.body) if type(item) is cst.Call)
    makes = any(type(func) is cst.Name and func.value in makers for func in calls)
    return {method.name.value} if makes else set()


def _lines(function: cst.FunctionDef) -> Iterator[cst.SimpleStatementLine]:
    """The simple statements of a function, at any depth."""
    yield from (item for item in descend(function.body) if type(item) is cst.SimpleStatementLine)


def _super_init(line: cst.SimpleStatementLine) -> cst.Call | None:
    """The call of `super().__init__(...)`, `super(Class, self).__init__(...)` or `BaseOperator.__init__(self, ...)`."""
    small = line.body[0] if len(line.body) == 1 else None
    call = small.value if type(small) is cst.Expr else None
    func = call.func if type(call) is cst.Call else None
    if type(call) is not cst.Call or type(func) is not cst.Attribute or func.attr.value != "__init__":
        return None
    if type(func.value) is cst.Call:
        return call if type(func.value.func) is cst.Name and func.value.func.value == "super" else None
    own = type(func.value) is cst.Name and func.value.value in {*PLAIN_BASES, *WORKING_BASES} and bool(positional(call))
    return call if own else None


def _is_super_init(line: cst.SimpleStatementLine) -> bool:
    return _super_init(line) is not None


def _arguments(line: cst.SimpleStatementLine) -> dict[str, cst.BaseExpression]:
    """What a call of `super().__init__` is given by name."""
    call = _super_init(line)
    return keywords(call) if call is not None else {}


def _start_of(offsets: Callable[[cst.CSTNode], tuple[int, int]], arg: cst.Arg) -> int:
    """Where an argument starts, with its name or stars."""
    return offsets(arg.keyword)[0] if arg.keyword is not None else offsets(arg.value)[0] - len(arg.star)


def _target_and_value(small: cst.CSTNode | None) -> tuple[cst.CSTNode | None, cst.CSTNode | None]:
    if type(small) is cst.Assign and len(small.targets) == 1:
        return small.targets[0].target, small.value
    if type(small) is cst.AnnAssign:
        return small.target, small.value
    return None, None


def _pairs(small: cst.CSTNode | None) -> Iterator[tuple[cst.CSTNode | None, cst.CSTNode | None]]:
    """What an assignment sets to what, element by element where it sets several at once."""
    target, value = _target_and_value(small)
    if isinstance(target, (cst.Tuple, cst.List)) and isinstance(value, (cst.Tuple, cst.List)):
        if len(target.elements) == len(value.elements):
            yield from zip(
                (element.value for element in target.elements),
                (element.value for element in value.elements),
                strict=True,
            )
        return
    yield target, value


def _assigned(small: cst.CSTNode) -> str:
    target, _ = _target_and_value(small)
    return target.value if type(target) is cst.Name else ""


def _setting(statement: cst.CSTNode) -> str:
    """What a statement of a class sets, and nothing else; empty for others."""
    simple = type(statement) is cst.SimpleStatementLine and len(statement.body) == 1
    return _assigned(cast("cst.SimpleStatementLine", statement).body[0]) if simple else ""


def _kept(value: cst.CSTNode | None) -> str:
    """The name that an expression gives, or a collection without templates in its place: `options`, `options or {}`, `days or [1, 2]`."""
    if type(value) is cst.BooleanOperation and type(value.operator) is cst.Or and _is_collection(value.right):
        value = value.left
    return value.value if type(value) is cst.Name else ""


def _is_collection(node: cst.CSTNode) -> bool:
    texts = (part.value for part in descend(node) if isinstance(part, (cst.SimpleString, cst.FormattedStringText)))
    return isinstance(node, (cst.Dict, cst.List, cst.Tuple)) and not any("{" in text for text in texts)


def members_of(module: ModuleInfo, node: cst.ClassDef) -> Iterator[str]:
    """What a class defines, and the attributes that its methods set."""
    yield from module.table.scopes[node].bindings
    for method in methods_of(node):
        yield from set_in(method)
