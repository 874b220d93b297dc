"""Classes of the team's own that derive from Airflow's operators, sensors and hooks, read as the plain classes that they can become.

In: a class of a module. Out: `PlainClass`: what is to be cut out so that nothing of Airflow is left (its base, `super().__init__`, the
arguments that only that took, settings of Airflow's user interface), and which attributes it has without Airflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import cast

import libcst as cst

from migrator.analyzers.callables.airflow_use.names import INSTANCE_MEMBERS
from migrator.analyzers.callables.classes import keyword_arguments
from migrator.analyzers.callables.classes.asked_attributes import Asked, asked_while_made
from migrator.analyzers.callables.classes.class_members import (
    changed_attributes,
    instance_of,
    methods_of,
    own_method,
    set_in,
)
from migrator.analyzers.callables.classes.class_text import first_place, margin_of
from migrator.analyzers.callables.classes.hierarchy import ancestry, members_of
from migrator.analyzers.callables.classes.initializers import (
    arguments_of,
    assigned,
    is_super_init,
    lines_of,
    super_init,
)
from migrator.analyzers.callables.classes.kept_parameters import fields_of
from migrator.analyzers.callables.classes.operator_settings import operator_settings, set_there
from migrator.analyzers.callables.classes.working_bases import (
    CALLING,
    DECORATED,
    HOLDING,
    PLAIN_BASES,
    SETTABLE,
    WORKING_BASES,
)
from migrator.analyzers.callables.classes.written_templates import (
    only_for,
    staying,
    templates_of_tasks,
    written_templates,
)
from migrator.analyzers.callables.facts import Fields
from migrator.analyzers.callables.source.modules import ModuleInfo, Workspace
from migrator.analyzers.callables.source.scopes import Scope
from migrator.analyzers.callables.source.signatures import cuts, end_of_parameter, expression_place, places
from migrator.analyzers.callables.source.tree import descend, statements
from migrator.model.frozen import dataclass
from migrator.model.source import Span

_SETTINGS = frozenset(
    {
        "operator_extra_link_dict",
        "operator_extra_links",
        "template_ext",
        "template_fields",
        "template_fields_renderers",
        "custom_operator_name",
        "ui_color",
        "ui_fgcolor",
    }
)
"""Class attributes that only Airflow reads: its renderer of templates and its user interface."""
_USER_INTERFACE = frozenset({"get_connection_form_widgets", "get_ui_field_behaviour"})
"""Methods of hooks that describe a form of Airflow's user interface."""
_DROPPED = frozenset({"apply_defaults"})


@dataclass(frozen=True, slots=True)
class PlainClass:
    """A class that derives, itself or through others of the folder, from `PLAIN_BASES` or one of `WORKING_BASES` alone.

    `selves` are the scopes of its methods with the name of the instance there; `members` the attributes that it and its bases in the folder
    have; `fixed` those that are set once, in `__init__`. `refusal` is why the class cannot be a plain one, empty if it can.
    """

    node: cst.ClassDef
    selves: Mapping[Scope, str] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    fields: Fields = Fields()
    parameters: tuple[cst.Param, ...] = ()
    """Of `__init__`, without the instance and those that are cut out."""
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Parameters in the place of what `__init__` asks its object for that Airflow's gave it, and the members of the context that say the same."""
    kept: frozenset[str] = frozenset()
    """Attributes of Airflow's that its `__init__`, or that of a base, keeps."""
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
    waits: bool = False
    """It is a sensor, which asks its `poke` in Airflow's `execute`."""


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


class _Reader:
    def __init__(self, workspace: Workspace, module: ModuleInfo, node: cst.ClassDef) -> None:
        self.workspace, self.module, self.node = workspace, module, node
        self.line = ancestry(workspace, module, node)
        self.gone: list[cst.CSTNode] = []
        self.cuts: list[Span] = []
        self.rewrites: list[tuple[Span, str]] = []
        self.taken: dict[cst.CSTNode, str] = {}
        """What takes an argument out of `**kwargs`, and the parameter in whose place."""
        self.asked: dict[str, tuple[str, ...]] = {}
        self.kept: set[str] = set()
        """Attributes of Airflow's that `__init__` keeps."""

    def read(self) -> PlainClass | None:
        own = [base for base in self.node.bases if self._is_plain_base(base)]
        through = any(_is_plain(where, base) for where, cls in self.line[1:] for base in cls.bases)
        if not own and not through:
            return None
        init = own_method(self.node, "__init__")
        self._cut_settings()
        parameters, refusal = self._initializer(init, bool(own))
        work = self._work()
        members = frozenset(self._members(work)) | self.kept
        changed = changed_attributes([cls for _, cls in self.line], work)
        if (
            work not in ("", *HOLDING)
            and not refusal
            and (others := sorted(members & WORKING_BASES[work] - changed - CALLING.get(work, set())))
        ):
            refusal = f"sets or defines `{others[0]}`, which `{work}` works with"
        return PlainClass(
            self.node,
            selves={self.module.table.scopes[f]: name for f in methods_of(self.node) if (name := instance_of(f))},
            members=members,
            fixed=frozenset(self._fixed(init)),
            fields=self._fields(init),
            parameters=parameters,
            asked=dict(self.asked),
            kept=frozenset(self.kept),
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
            waits=any(
                _base_name(where, base) == "BaseSensorOperator" for where, cls in self.line for base in cls.bases
            ),
        )

    def _members(self, work: str) -> Iterator[str]:
        """What the class and its bases in the folder define and set, without what their `__init__` sets of the operator that they derive from."""
        for where, cls in self.line:
            init, cut = own_method(cls, "__init__"), list[str]()
            for one in operator_settings(init, SETTABLE.get(work, frozenset())) if init is not None else ():
                cut += set_there(one, instance_of(init)) if init is not None else ()
            found = [*members_of(where, cls)]
            yield from (name for name in found if found.count(name) > cut.count(name))

    def _work(self) -> str:
        """The operator whose work the class inherits; empty for one that only ties it to Airflow."""
        names = [_base_name(where, base) for where, cls in self.line for base in cls.bases]
        return next((name for name in sorted(names, key=HOLDING.__contains__) if name in WORKING_BASES), "")

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
            base = self._base()
            self.kept |= base.kept if base is not None else set()
            return (), ""
        params = init.params
        named_ones = [*params.posonly_params, *params.params, *params.kwonly_params][1:]
        if any(own_method(cls, "__init__") is not None for _, cls in self.line[1:]):
            return self._through_base(init, named_ones)
        inner = [line for line in lines_of(init) if is_super_init(line)]
        keywords_by = params.star_kwarg.name.value if params.star_kwarg is not None else ""
        setting = [statement for statement, _ in keyword_arguments.settings(init, keywords_by)]
        setting += operator_settings(init, SETTABLE.get(self._work(), frozenset()))
        written = self._written(init, named_ones, (*inner, *setting))
        asked = self._asked(frozenset(), inner)
        place = next((one for one in inner if one in statements(init.body)), None)
        place = place if any(one.kept for one in asked) else None
        cut = {line for line in (*inner, *setting) if line is not place}
        setting += only_for(self.module, init, {*cut, *(node for nodes in written.values() for node in nodes)})
        for line in (*inner, *setting):
            self.gone.append(line) if line is place else self._cut(line)
        inside: set[cst.CSTNode] = {
            read.node for line in (*inner, *setting) for read in self.module.table.reads_in(line)
        }
        inside |= {item for nodes in written.values() for node in nodes for item in descend(node)}
        more = self._taken(init, keywords_by, inside)
        inside |= {item for node in self.taken for item in descend(node)}
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
        more += [cst.Param(cst.Name(name)) for name in written]
        added = [*more, *self._add_asked(init, asked, place, [*kept, *more])]
        self._add_parameters(init, added, any(p in params.kwonly_params for p in kept))
        if not (kept or added) and all(self._is_nothing(line) for line in statements(init.body)):
            self._cut_whole(init)
        return (*kept, *added), ""

    def _is_nothing(self, statement: cst.CSTNode) -> bool:
        """Whether nothing is left of a statement."""
        small = statement.body[0] if type(statement) is cst.SimpleStatementLine else None
        text = type(small) is cst.Expr and type(small.value) is cst.SimpleString
        return statement in self.gone or text

    def _cut_whole(self, init: cst.FunctionDef) -> None:
        """Cuts an `__init__` of which nothing is left, unless it is all that the class has."""
        if len(list(statements(self.node.body))) > 1:
            whole = self.module.whole_lines(init)
            self.cuts = [cut for cut in self.cuts if not whole.start <= cut.start < whole.end]
            self._cut(init)

    def _written(
        self, init: cst.FunctionDef, own: list[cst.Param], lines: Sequence[cst.CSTNode] = ()
    ) -> dict[str, tuple[cst.CSTNode, ...]]:
        """Parameters in the place of template fields that `__init__` writes or computes, with what they replace. `lines` are cut out of it."""
        found: dict[str, tuple[cst.CSTNode, ...]] = {}
        work = WORKING_BASES.get(self._work(), frozenset())
        templates = templates_of_tasks(self.workspace, self.module, self.node)
        fields = self._fields(init, lines) if templates else Fields()
        values = written_templates(self.workspace, self.module, self.node, work, templates, fields, bool(lines))
        nodes = {node for written in values for node in written.nodes}
        alone = only_for(self.module, init, nodes) if lines else []
        others = staying(self.workspace, self.module, self.node, own, [*lines, *alone, *nodes])
        for written in values:
            name = self._free(
                init, written.attribute.strip("_"), [*others, *(cst.Param(cst.Name(one)) for one in found)]
            )
            found[name] = written.nodes
            self.asked[name] = ("self", written.attribute)
            self.gone += written.nodes
            first, *rest = written.nodes
            if isinstance(first, cst.BaseExpression):
                self.rewrites.append((self.module.between(*expression_place(self.module, first)), name))
                continue
            self.rewrites.append((self.module.span(first), f"{instance_of(init)}.{written.attribute} = {name}"))
            self.cuts += map(self.module.whole_lines, rest)
        return found

    def _asked(self, given: frozenset[str], calls: Iterable[cst.CSTNode] = ()) -> tuple[Asked, ...]:
        """What `__init__` asks its object for, but for what is cut out, as are the `calls` of Airflow's."""
        gone = frozenset(item for node in (*self.gone, *calls) for item in descend(node))
        return asked_while_made(self.workspace, self.module, self.node, given, gone)

    def _add_asked(
        self,
        init: cst.FunctionDef,
        asked: Iterable[Asked],
        place: cst.SimpleStatementLine | None,
        others: list[cst.Param],
    ) -> list[cst.Param]:
        """Parameters in the place of what `__init__` asks its object for of Airflow's. What the object keeps of that is set in the place of a statement, or
        first."""
        instance, kept, names = instance_of(init), [], []
        for one in asked:
            name = self._free(init, one.name, others)
            names.append(name)
            self.asked[name] = INSTANCE_MEMBERS[one.name]
            if one.kept:
                self.kept.add(one.name)
                kept.append(f"{instance}.{one.name} = {name}")
            text = f"{instance}.{one.name}" if one.kept else name
            for read in one.reads:
                self.gone.append(read)
                self.rewrites.append((self.module.span(read), text))
        margin = margin_of(self.module, init)
        if kept and place is not None:
            self.rewrites.append((self.module.span(place.body[0]), f"\n{margin}".join(kept)))
        elif kept:
            first = first_place(self.module, init)
            self.rewrites.append((first, "".join(f"{margin}{line}\n" for line in kept)))
        return [cst.Param(cst.Name(name)) for name in names]

    def _free(self, init: cst.FunctionDef, name: str, others: Iterable[cst.Param]) -> str:
        """The name of a new parameter, which none of the `others` has, and no variable of `__init__`."""
        bindings = self.module.table.scopes[init].bindings.get(name, ())
        taken = name in {param.name.value for param in others} or any(one.kind != "parameter" for one in bindings)
        return f"full_{name}" if taken else name

    def _taken(self, init: cst.FunctionDef, star: str, inside: set[cst.CSTNode]) -> list[cst.Param]:
        """Parameters in the place of what is taken out of `**kwargs`; `inside` are reads that are cut out."""
        found: dict[str, cst.Param] = {}
        for one in keyword_arguments.taken(init, star):
            if one.read not in inside:
                self.taken[one.node] = one.name
                self.rewrites.append((self.module.span(one.node), one.name))
                found.setdefault(one.name, cst.Param(cst.Name(one.name), default=one.default))
        return list(found.values())

    def _add_parameters(self, init: cst.FunctionDef, more: list[cst.Param], only_named: bool) -> None:
        """Adds parameters behind the others, those that are cut out aside, which are given by name (`only_named`: so are those in front of them)."""
        if not more:
            return
        entries = [*init.params.posonly_params, *init.params.params, *init.params.kwonly_params]
        star, rest = init.params.star_arg, init.params.star_kwarg
        if type(star) is cst.Param and not init.params.kwonly_params:
            entries.append(star)
        if rest is not None and rest in self.gone:
            entries.append(rest)
        end = end_of_parameter(self.module, entries[-1])
        texts = [
            f"{p.name.value}={p.default.value if type(p.default) is cst.Name else self.module.text(p.default)}"
            if p.default is not None
            else p.name.value
            for p in more
        ]
        only_named |= type(star) is cst.Param and star not in self.gone
        self.rewrites.append((self.module.between(end, end), f", {'' if only_named else '*, '}{', '.join(texts)}"))

    def _forwarded(self) -> Iterator[str]:
        for node in self.gone:
            if type(node) is cst.Param and node.default is None and node.star in ("", None):
                yield node.name.value

    def _through_base(self, init: cst.FunctionDef, own: list[cst.Param]) -> tuple[tuple[cst.Param, ...], str]:
        """The same where a base of the folder has Airflow's part of it: what the class's `__init__` gives on must be what that takes."""
        star, calls = init.params.star_kwarg, [line for line in lines_of(init) if is_super_init(line)]
        name = star.name.value if star is not None else ""
        base, taken = self._base(), {}
        if base is not None:
            taken = {param.name.value: param for param in base.parameters}
        if len(calls) != 1:
            return tuple(own), f"its `__init__` hands `**{name}` on" if star is not None else ""
        given = arguments_of(calls[0])
        positional, is_only_handed_on = self._positional(init, calls[0])
        if positional is not None and not is_only_handed_on:
            return tuple(own), f"its `__init__` hands `*{positional.name.value}` on"
        self._cut_arguments(calls[0], [keyword for keyword in given if keyword not in taken])
        reads = [read for read in self.module.table.reads_in(init) if read.name == name]
        settings = [
            (one, names) for one, names in keyword_arguments.settings(init, name) if keyword_arguments.ANY not in names
        ]
        setting = [one for one, names in settings if not names & taken.keys()]
        for statement in (*setting, *operator_settings(init, SETTABLE.get(self._work(), frozenset()))):
            self._cut(statement)
        kept_ones = [one for one, names in settings if names and names <= taken.keys()]
        inside = {read.node for one in (calls[0], *setting, *kept_ones) for read in self.module.table.reads_in(one)}
        if star is not None and not all(read.node in inside for read in reads):
            return tuple(own), f"its `__init__` reads `**{name}`"
        named_ones = {param.name.value for param in own} | given.keys()
        asked = base.asked if base is not None else {}
        self.kept |= base.kept if base is not None else set()
        if hidden := sorted(asked.keys() & {param.name.value for param in own} - given.keys()):
            return tuple(own), f"its base needs a `{hidden[0]}` of another meaning"
        self.asked |= {one: path for one, path in asked.items() if one not in named_ones}
        added = self._asked_of_base(init, own, {one: given[one] for one in asked if one in given}, asked)
        written = self._written(init, own)
        gone = self._unread(init, own)
        self._cut_parameters(init, [*gone, *([positional] if positional is not None else [])])
        kept = [param for param in own if param not in gone]
        added += [cst.Param(cst.Name(one)) for one in written]
        found = self._asked(frozenset(self.kept))
        added += self._add_asked(init, found, None, [*kept, *added])
        self._add_parameters(init, added, any(param in init.params.kwonly_params for param in kept))
        more = (
            [param for taken_name, param in taken.items() if taken_name not in named_ones] if star is not None else []
        )
        return (*kept, *added, *more), base.refusal if base is not None else ""

    def _asked_of_base(
        self,
        init: cst.FunctionDef,
        own: list[cst.Param],
        given: Mapping[str, cst.BaseExpression],
        asked: Mapping[str, tuple[str, ...]],
    ) -> list[cst.Param]:
        """Parameters in the place of what a base gets from Airflow and not from this `__init__`, which gives it `given`, such as a task's id without that of
        its group."""
        added: list[cst.Param] = []
        for name, value in given.items():
            reads = [
                read
                for read in self.module.table.reads_in(init)
                if type(value) is cst.Name and read.name == value.value
            ]
            if len(reads) == 1 and reads[0].name in {param.name.value for param in own}:
                self.asked[reads[0].name] = asked[name]
                continue
            wanted = self._free(init, name, [*own, *added])
            self.asked[wanted] = asked[name]
            self.gone.append(value)
            self.rewrites.append((self.module.span(value), wanted))
            added.append(cst.Param(cst.Name(wanted)))
        return added

    def _positional(self, init: cst.FunctionDef, line: cst.SimpleStatementLine) -> tuple[cst.Param | None, bool]:
        """The parameter `*args`, and whether it only goes on to the base, for nothing: operators are given all by name."""
        star, call = init.params.star_arg, super_init(line)
        if type(star) is not cst.Param or call is None:
            return None, True
        reads = [read.node for read in self.module.table.reads_in(init) if read.name == star.name.value]
        return star, [arg.value for arg in call.args if arg.star == "*"] == reads

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
        """Cuts arguments of the call that only Airflow's `__init__` takes, and those that nothing is in."""
        call = super_init(line)
        if call is None:
            return
        gone = [arg for arg in call.args if arg.star == "*" or (arg.keyword is not None and arg.keyword.value in names)]
        found = places(self.module, call.args, self.module.places.offsets(call.func)[1])
        end = self.module.source.text.rindex(")", 0, self.module.places.offsets(call)[1])
        self.gone += gone
        self.cuts += cuts(self.module, found, [arg not in gone for arg in call.args], end)

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

    def _fields(self, init: cst.FunctionDef | None, lines: Sequence[cst.CSTNode] = ()) -> Fields:
        """What `__init__` keeps, without what is cut out of it and these `lines`."""
        base = self._base()
        known = base.fields if base is not None else Fields()
        gone = frozenset(item for node in (*self.gone, *lines) for item in descend(node))
        return fields_of(self.module, init, gone, self.taken, known) if init is not None else known

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
    """The name of a base class of Airflow's, that of the operator which does the work under a decorator; empty for others."""
    name = module.qualified(base.value)
    last = name.rpartition(".")[2] if name.startswith("airflow.") else ""
    return DECORATED.get(last, last)


def _makes_tasks(method: cst.FunctionDef, cls: cst.ClassDef) -> set[str]:
    """The name of a class or static method that makes an object of its class, as it is called while the DAG is made; nothing for others."""
    kinds = {one.decorator.value for one in method.decorators if type(one.decorator) is cst.Name}
    if not kinds & {"classmethod", "staticmethod"}:
        return set()
    makers = {cls.name.value, *([instance_of(method)] if "classmethod" in kinds else [])}
    calls = (item.func for item in descend(method.body) if type(item) is cst.Call)
    makes = any(type(func) is cst.Name and func.value in makers for func in calls)
    return {method.name.value} if makes else set()


def _setting(statement: cst.CSTNode) -> str:
    """What a statement of a class sets, and nothing else; empty for others."""
    simple = type(statement) is cst.SimpleStatementLine and len(statement.body) == 1
    return assigned(cast("cst.SimpleStatementLine", statement).body[0]) if simple else ""
