"""From a task's Python callable to a call of the same function outside Airflow.

The function moves unchanged. Where it touches Airflow's context, the place is replaced by a new keyword parameter and the
call gives its value. What cannot be replaced raises `Untranslatable` (MIG203).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.analyzers.callables import (
    FORMED,
    PLAIN_KEYS,
    RUN_BASE,
    CallableFacts,
    Closure,
    ContextUse,
    HandedForm,
    arranged,
    given_parameters,
    method_of_object,
)
from migrator.analyzers.callables.airflow_use.wrappers import WrapperForm
from migrator.model.bodies import CallFunction, SourceEdit
from migrator.model.changed import replace
from migrator.model.expressions import (
    AddedMetadata,
    BranchWays,
    ClassLogger,
    ErrorClass,
    Expr,
    InputValue,
    MethodCall,
    OtherName,
    OwnAttributes,
    PulledOr,
)
from migrator.model.source import Span
from migrator.model.values import CallableValue, ObjectValue, Parameter, Value
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.told import asked_of, told_by
from migrator.planning.callables.callees import (
    by_whom,
    forms_of,
    in_order,
    is_inside,
    must_stay_positional,
    obstacle,
    pulled_name,
    resigned,
    takes_context,
    text_of,
)
from migrator.planning.callables.decorated_calls import DecoratedCalls, asks_itself, refuse_other_arguments
from migrator.planning.callables.given_values import GivenValues, may_differ
from migrator.planning.callables.handing_on import HandingOn
from migrator.planning.callables.lifecycle import LifecycleCalls
from migrator.planning.callables.made_objects import object_made_with
from migrator.planning.callables.resource_calls import ResourceCalls
from migrator.planning.configuration.variable_calls import VariableCalls
from migrator.planning.expressions import values as expressions
from migrator.planning.expressions.members import lacks, member, parameter_for
from migrator.planning.naming.identifiers import RESERVED, identifier, otherwise, parameter_name, variables, without

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_ERRORS = {
    "AirflowBadRequest": "failure",
    "AirflowConfigException": "failure",
    "AirflowException": "failure",
    "AirflowFailException": "final",
    "AirflowNotFoundException": "missing",
    "AirflowSensorTimeout": "timeout",
    "AirflowSkipException": "skip",
    "AirflowTaskTimeout": "overtime",
}
_BY_FORM = {("overtime", "except"): "end", ("skip", "elsewhere"): "elsewhere"}
_SILENT = ("alias", "annotation")


def call(
    context: TaskContext, callable: CallableValue | None, filled: bool = False, beside: frozenset[str] | None = None
) -> CallFunction:
    """The call of the task's callable with the task's arguments, or of another function without arguments; with `filled`, of one whose
    parameters are all given values by whoever calls it, whatever their names; with `beside`, of one that Airflow hands its context, and these values."""
    own = callable is None
    target = context.task.callable if callable is None else callable
    if target is None:
        raise Untranslatable("MIG207", "its callable is only known at run time", context.task.span)
    wrappers = context.facts.analyzer.wrappers(target) if target.original is not None else None
    refuse_other_arguments(target, wrappers or (), given_parameters(context.task) if own else target.kwargs)
    shown = target.parameters if target.takes_others else ()
    if target.original is not None and (wrappers is not None or not asks_itself(context, target)):
        # The decorator goes along with the function that it stands above.
        target = replace(target.original, args=target.args, kwargs=target.kwargs)
    if target.span is None:
        if target.kind != "library" or target.module.partition(".")[0] in ("", "airflow"):
            raise Untranslatable("MIG203", f"`{target.qualname}` is not a function of these files", context.task.span)
        facts = CallableFacts(Closure(""))
    else:
        given = given_parameters(context.task) if own else frozenset(target.kwargs) | (beside or frozenset())
        if filled:
            given = frozenset(parameter.name for parameter in target.parameters if parameter.kind != "var_keyword")
        # Airflow hands its context to callbacks; other functions, as those of `.map`, get what they are about.
        whole = takes_context(target) if beside is not None or context.ended is not None else ""
        facts = context.facts.analyzer.facts(target, given, whole=whole)
    if facts.yields_metadata:
        target = replace(target, is_generator=False, returns_value=facts.returns_value)
    if facts.blockers:
        blocker = facts.blockers[0]
        raise Untranslatable("MIG203", blocker.reason, blocker.span)
    receiver = target.receiver
    if isinstance(receiver, ObjectValue) and receiver.made is not None and facts.instance is not None:
        return method_call(
            context, method_of_object(target), facts, object_made_with(context, receiver, facts), own=own
        )
    if target.span is not None and not context.facts.names.agree(by_whom(target.span), "Airflow"):
        raise Untranslatable(
            "MIG203", f"another function hands Airflow's context on to `{target.qualname}`", target.span
        )
    draft = _Call(context, target, facts, own=own, wrappers=wrappers or (), shown=shown)
    draft.bind(own)
    draft.give_wrappers()
    draft.reform_wrappers()
    draft.replace_context()
    draft.keep_called()
    return draft.finish()


def formed_call(context: TaskContext, target: CallableValue, form: HandedForm) -> tuple[CallFunction, dict[str, Expr]]:
    """A function to which a template hands Airflow's context on, as it takes what it uses of that; and what this is worth, by its parameters."""
    facts = context.facts.analyzer.facts(target, frozenset(parameter.name for parameter in target.parameters))
    if facts.blockers:
        raise Untranslatable("MIG203", facts.blockers[0].reason, facts.blockers[0].span)
    draft = _Call(context, target, facts, own=False)
    draft.bind(False)
    draft.replace_context()
    draft.keep_called(frozenset(inner.function for inner in form.all()))
    given = draft.taken_by(form)
    return draft.finish(), given


def formed_lambda(
    context: TaskContext, target: CallableValue, parts: Collection[str]
) -> tuple[CallFunction, dict[str, Expr]]:
    """The same of a lambda that is handed objects of the context by the names that these have there."""
    given = frozenset(parameter.name for parameter in target.parameters) - {*parts}
    facts = context.facts.analyzer.facts(target, given)
    if facts.blockers or target.span is None:
        reason = facts.blockers[0].reason if facts.blockers else "its code is not known"
        raise Untranslatable("MIG203", reason, context.task.span)
    draft = _Call(context, target, facts, own=False)
    draft.replace_context()
    draft.keep_called()
    if not context.facts.names.agree(text_of(target.span), in_order(draft.edits)):
        raise Untranslatable("MIG203", "another task needs the lambda in another form", target.span)
    return replace(draft.finish(), kwargs={}, inline=False), draft.added


def method_call(
    context: TaskContext,
    target: CallableValue,
    facts: CallableFacts,
    made_with: Mapping[str, Expr],
    own: bool | None = None,
    base: Mapping[str, Expr] | None = None,
) -> CallFunction:
    """The call of a method of one of the team's own classes, on an object that is made for it: of the plain class that an operator's becomes, or
    (`own` is given: whether with the task's arguments) of a class that only the method's callers know.

    `base` is what the operator that its class derives from does and holds, by name.

    All tasks of the class share its text: Untranslatable where another one needs it otherwise.
    """
    draft = _Call(
        context, replace(target, returns_value=facts.returns_value), facts, own=own is not False, base=base or {}
    )
    if own is not None:
        draft.bind(own)
    draft.replace_context()
    draft.keep_called()
    call = replace(draft.finish(), made_with=made_with)
    method = facts.instance.method if facts.instance is not None else None
    inside = [edit for edit in call.edits if target.span is not None and is_inside(edit.span, target.span)]
    methods = facts.instance.methods if facts.instance is not None else {}
    # What is not asked for of an object may be what another task asks for, in the form that it needs.
    forms = forms_of((span for span, needed in methods.items() if needed), inside, draft.formed)
    if target.span is not None:
        apart = {*methods, *([method] if method is not None else [])}
        forms[text_of(target.span)] = tuple(
            edit for edit in inside if not edit.unneeded and not any(is_inside(edit.span, span) for span in apart)
        )
    if method is not None:
        # Another method may hand the context on to this one, which then has the same text.
        forms[text_of(method)] = in_order(edit for edit in draft.formed if is_inside(edit.span, method))
    if not all(context.facts.names.agree(thing, form) for thing, form in forms.items()):
        raise Untranslatable("MIG203", f"another task needs `{target.qualname}` in another form", context.task.span)
    return call


def unchanged_call(context: TaskContext, target: CallableValue, facts: CallableFacts) -> CallFunction:
    """The call of the task's own function with the task's arguments, for a function that is given Airflow's context as it is."""
    draft = _Call(context, target, facts)
    draft.bind(True)
    extra = {
        name: expressions.translate(value, context, templated=True, wish=name, paths=True)
        for name, value in draft.extra.items()
    }
    return CallFunction(
        target,
        args=tuple(draft.args),
        kwargs={**draft.kwargs, **extra},
        returns=facts.returns_value,
        keeps_airflow=True,
    )


@dataclass
class _Call(DecoratedCalls, GivenValues, ResourceCalls, VariableCalls, HandingOn, LifecycleCalls):
    context: TaskContext
    target: CallableValue
    facts: CallableFacts
    args: list[Expr] = field(default_factory=list)
    kwargs: dict[str, Expr] = field(default_factory=dict)
    edits: list[SourceEdit] = field(default_factory=list)
    added: dict[str, Expr] = field(default_factory=dict)
    rebound: set[str] = field(default_factory=set)
    dropped: list[str] = field(default_factory=list)
    own: bool = True
    """It is the task's own callable, not another function such as a callback."""
    pushes: str = ""
    extra: dict[str, Value] = field(default_factory=dict)
    """Arguments that only `**kwargs` takes."""
    formed: list[SourceEdit] = field(default_factory=list)
    """Edits of the function itself by which it takes what it uses of the context."""
    base: Mapping[str, Expr] = field(default_factory=dict)
    """What the operator that the class derives from does (`execute`), and its attributes."""
    attributes: dict[str, str] = field(default_factory=dict)
    """Attributes that Airflow's class gave the object, and the parameters that say the same."""
    whole: ContextUse | None = None
    steps: dict[str, MethodCall] = field(default_factory=dict)
    wrappers: tuple[WrapperForm, ...] = ()
    pushes_around: str = ""
    passes: bool = False
    shown: tuple[Parameter, ...] = ()
    """The parameters of the decorator's function, where it takes others than the function itself."""

    # ---------------------------------------------------------------------------------------------- arguments

    def bind(self, own: bool) -> None:
        """Gives each parameter what the task calls the function with."""
        target, task = self.target, self.context.task
        positional = [(value, False) for value in target.args]
        named = {name: (value, False) for name, value in target.kwargs.items()}
        if own:
            positional += [(value, True) for value in task.call_args]
            named |= {name: (value, True) for name, value in task.call_kwargs.items()}
        parameters = {parameter.name: parameter for parameter in (*target.parameters, *self.shown)}
        slots = [p for p in self.shown or target.parameters if p.kind in ("positional_only", "positional_or_keyword")]
        by_position = must_stay_positional(target.parameters, len(positional)) or any(w.by_place for w in self.wrappers)
        for index, (value, templated) in enumerate(positional):
            parameter = slots[index].name if index < len(slots) else ""
            expression = expressions.translate(value, self.context, templated=templated, wish=parameter, paths=True)
            if by_position or not parameter:
                self.args.append(expression)
            else:
                self.kwargs[parameter] = expression
        # What a library's function takes is not known: what it is given it has.
        takes_any = target.span is None or any(
            p.kind == "var_keyword" and p.name not in self.facts.context_parameters for p in target.parameters
        )
        for name, (value, templated) in named.items():
            if name in parameters or takes_any or name == "**":
                self.kwargs[name] = expressions.translate(
                    value, self.context, templated=templated, wish=name.strip("*"), paths=True
                )
            else:
                self.extra[name] = value

    # ----------------------------------------------------------------------------------------- Airflow's context

    def reform_wrappers(self) -> None:
        """Has the decorators' functions take what they ask for: a module that does not import Airflow is carried as it is but for that."""
        for form in (wrapper.form for wrapper in self.wrappers if wrapper.form.edits):
            self._reform(form, form.function)

    def keep_called(self, formed: frozenset[Span] = frozenset()) -> None:
        """Sees to it that no other task has the functions changed that the code calls as they are: all but those that are `formed`."""
        for span in self.facts.called:
            if span not in formed and not self.context.facts.names.agree(text_of(span), ()):
                raise Untranslatable(
                    "MIG203", "it calls a function to which another task hands Airflow's context on", span
                )

    def replace_context(self) -> None:
        """Replaces each use of the context, and drops the parameters that it came in by."""
        filled = {use.name: use for use in self.facts.context_uses if use.kind == "parameter" and use.own}
        kept: set[str] = set()
        star = self.star = self.kept_star()
        for name in self.facts.context_parameters:
            use = filled.get(name)
            if self._keeps_default(name) or name == star or self.passes_on(name):
                continue
            as_it_is = name == "params" or (use is not None and name in PLAIN_KEYS)
            if as_it_is and (use is None or use.detail.get("used", True)):
                self.kwargs[name] = member(name, (), self.context)
                kept.add(name)
            else:
                self.dropped.append(name)
        cut = [use.span for use in self.facts.context_uses if use.kind == "xcom_push" and not self._pushes_count()]
        cut += [span for use in self.facts.context_uses if use.kind == "message" for span in use.detail["dead"]]
        for use in self.facts.context_uses:
            if any(is_inside(use.span, span) for span in cut):
                continue
            if use.kind == "parameter" or ("params" in kept and self._is_in_params(use)):
                continue
            if star and self.stands(use, star):
                continue
            before = len(self.edits)
            self._replace(use)
            if use.own and (use.kind in FORMED or use.kind in ("alias", "base")):
                self.formed += self.edits[before:]

    def _keeps_default(self, name: str) -> bool:
        """Whether a parameter is called like a member of the context that its Airflow has not, or does not give a function under `@asset`, and has a default."""
        defaults = {parameter.name for parameter in self.target.parameters if parameter.has_default}
        given_none = self.context.task.decorator == "asset" or lacks(name, self.context)
        return name in PLAIN_KEYS and name in defaults and given_none

    def _is_in_params(self, use: ContextUse) -> bool:
        """Whether a use asks the parameter `params` for something that it holds: what the DAG or the task declares."""
        declared = {*self.context.dag.params, *(self.context.task.option("params") or ())}
        return use.name == "params" and use.kind in ("key", "escape") and (not use.path or use.path[0] in declared)

    def _replace(self, use: ContextUse) -> None:
        if use.kind in _SILENT:
            self.edits.append(SourceEdit(use.span, remove=True))
        elif use.kind == "unneeded":
            self.edits.append(SourceEdit(use.span, remove=True, unneeded=True))
        elif use.kind == "library":
            self.edits.append(SourceEdit(use.span, use.detail["text"]))
        elif use.kind == "default":
            number, default = next((n, p.default) for n, p in enumerate(self.target.parameters) if p.name == use.name)
            if len(self.args) <= number:
                self.kwargs.setdefault(use.name, expressions.translate(default, self.context, templated=False))
            self.edits.append(SourceEdit(use.span, OtherName("None")))
        elif use.kind == "enclosed":
            self._enclose(use)
        elif use.kind == "present":
            self.edits.append(SourceEdit(use.span, True))
        elif use.kind == "unread":
            self.edits.append(SourceEdit(use.span, OtherName("")))
        elif use.kind == "rewrite":
            text = str(use.detail["text"])
            self.edits.append(SourceEdit(use.span, OtherName(text) if text else None, remove=not text))
        elif use.kind == "logger":
            self.edits.append(SourceEdit(use.span, ClassLogger(str(use.detail["margin"]))))
        elif use.kind == "exception":
            self._exception(use)
        elif use.kind == "variable":
            self._variable(use)
        elif use.kind == "stored":
            self._stored(use)
        elif use.kind == "hook":
            self._hook(use)
        elif use.kind == "message":
            self._message(use)
        elif use.kind == "hook_class":
            self._hook_object(use)
        elif use.kind == "connection":
            self._connection(use)
        elif use.kind == "attribute" and self.takes_attributes():
            self.attributes[use.name] = self._named(self._attribute(use), use.name)
        elif use.kind == "inherited":
            self._inherit(use.detail["form"], use)
        elif use.kind in ("lifecycle", "waiting"):
            self.call_methods(use)
        elif use.kind == "reform":
            self._reform(use.detail["form"], use.span)
        elif not use.own or use.kind == "escape":
            raise self._cannot(use)
        elif use.kind == "handed":
            self._hand_on(use)
        elif use.kind == "xcom_push":
            self._push(use)
        elif use.kind == "metadata":
            self._tell(use)
        elif use.kind == "asset_events" and "index" not in use.detail:
            self._parameter(use, *asked_of(use, self._asset(use), self.context))
        elif "index" in use.detail or "by_key" in use.detail or (use.kind == "xcom_pull" and self._ways(use)):
            self._pull_member(use)
        elif use.kind == "xcom_pull" and (key := self._own_key(use)) is not None:
            self._pull_own(use, key)
        elif use.kind == "xcom_pull" and self._has_default(use):
            name = self._named(self._value(use), pulled_name(use))
            self.edits.append(SourceEdit(use.span, PulledOr(name, use.detail["default"])))
        elif use.kind == "xcom_pull":
            self._parameter(use, self._value(use), use.assigned.name if use.assigned else pulled_name(use))
        elif use.kind in ("argument", "key", "mapping"):
            wish = {"argument": use.name, "mapping": "values"}.get(use.kind)
            self._parameter(use, self._value(use), wish or parameter_for(use.name, use.path))
        elif use.kind == "base" and use.name in self.base:
            name = self._named(self.base[use.name], RUN_BASE if use.name == "execute" else use.name)
            self.edits.append(
                SourceEdit(use.span, OtherName(f"{name}()") if use.name == "execute" else InputValue(name))
            )
        elif use.kind == "ways":
            self.edits.append(SourceEdit(use.span, OtherName(self._named(BranchWays(), "ways") + use.detail["member"])))
        elif use.kind == "member":
            negated = use.detail.get("negated")
            self._parameter(use, self._value(use), f"{'lacks' if negated else 'has'}_{identifier(use.name)}")
        else:
            raise self._cannot(use)

    def _attribute(self, use: ContextUse) -> Expr:
        """An attribute that Airflow's class gives its instances."""
        if not use.detail.get("base"):
            return member(str(use.path[0]), use.path[1:], self.context)
        if use.name not in self.base:
            raise self._cannot(use)
        return self.base[use.name]

    def _value(self, use: ContextUse) -> Expr:
        """What a use of the context stands for."""
        if use.kind == "xcom_pull":
            return self._pulled(use)
        if use.kind == "base" and use.name in self.base:
            return self.base[use.name]
        if use.kind in ("mapping", "ways"):
            return self.mapping(use) if use.kind == "mapping" else BranchWays()
        if use.kind == "members":
            return {str(name): member(str(name), (), self.context) for name in use.detail["names"]}
        if use.kind == "member":
            return self.is_there(use)
        if use.kind == "key":
            return self.member_asked(use)
        if use.name in self.extra:
            return self._translated(use.name)
        if use.detail.get("has_default"):
            return self._default(use)
        return self.lacking(use)

    def _parameter(self, use: ContextUse, value: Expr, wish: str) -> None:
        """Puts a new parameter in the place of the use, or the value itself where it is plain and the same for all callers."""
        if value is None and use.assigned is None and self._is_alone():
            self.edits.append(SourceEdit(use.span, OtherName("None")))
            return
        plain = isinstance(value, (str, int)) and self.facts.instance is None
        if plain and use.assigned is None and self._is_alone():
            self.edits.append(SourceEdit(use.span, value))
            return
        assigned = use.assigned
        if assigned is not None and (assigned.removable or assigned.starts) and assigned.name not in RESERVED:
            same = self.added.get(assigned.name, self.kwargs.get(assigned.name, value))
            if same == value and assigned.name not in self.kwargs:
                self.added[assigned.name] = value
                self.rebound |= {assigned.name} if assigned.starts else set()
                self.edits.append(SourceEdit(assigned.span, remove=True))
                return
        if assigned is not None and assigned.together and assigned.removable:
            raise self._cannot(use)
        self.edits.append(SourceEdit(use.span, InputValue(self._named(value, wish))))

    def _named(self, value: Expr, wish: str) -> str:
        """The parameter by which the function gets a value."""
        # That two things are the same plain value here says nothing of where else the function is called.
        usable = (name for name, known in self.added.items() if known == value and name not in self.rebound)
        same = (name for name in usable if not may_differ(value) or name == parameter_name(wish))
        name = next(same, "")
        if not name:
            name = self._unique(parameter_name(wish))
            self.added[name] = value
        return name

    def _tell(self, use: ContextUse) -> None:
        """Has the function call a parameter with the metadata of an asset."""
        name = self._named(*told_by(use, self.facts.context_uses, self.context))
        self.edits.append(SourceEdit(use.span, AddedMetadata(name, str(use.detail["opening"]))))
        self.edits += [SourceEdit(span, OtherName(text)) for span, text in use.detail["rest"]]

    def _translated(self, name: str) -> Expr:
        return expressions.translate(self.extra[name], self.context, templated=True, wish=name, paths=True)

    def _unique(self, wish: str) -> str:
        """A name that means nothing in the function yet: the one wished for, or that with a number."""
        text, taken = self._text(), {*self.added, *RESERVED, *(self.kwargs if self.star else ())}
        if text:
            taken |= {parameter.name for parameter in self.target.parameters} - {*self.facts.context_parameters}
            taken |= {name for wrapper in self.wrappers for name in wrapper.form.parameters}
        # What does not stand in the text is none of its names, for which it need not be read token by token.
        return wish if wish not in text and wish not in taken else otherwise(wish, taken | variables(text))

    def _text(self) -> str:
        """The function's source without the places that are replaced or cut; empty if it has none."""
        instance = self.facts.instance
        if instance is not None and instance.whole:
            return ""
        span = instance.method if instance is not None else self.target.span
        source = self.context.project.sources.get(span.file) if span is not None else None
        if span is None or source is None:
            return ""
        uses = [use for use in self.facts.context_uses if use.own]
        # Of a call that hands on the context its function and its other arguments stay.
        gone = [use.span for use in uses if use.kind != "handed"]
        gone += [cut for use in uses if use.kind in ("handed", "message") for cut in use.detail["cuts"]]
        return without(
            source.cut(span),
            [
                (part.start - span.start, part.end - span.start)
                for part in gone
                if part.file == span.file and span.start <= part.start and part.end <= span.end
            ],
        )

    def _default(self, use: ContextUse) -> Expr:
        if not use.detail.get("has_default"):
            return None
        return expressions.translate(use.detail.get("default"), self.context, templated=False)

    def _exception(self, use: ContextUse) -> None:
        kind = _ERRORS.get(use.name)
        if kind is None:
            raise self._cannot(use)
        kind = _BY_FORM.get((kind, str(use.detail.get("form"))), kind)
        if kind == "skip":
            self.context.may_skip()
        self.edits.append(SourceEdit(use.span, ErrorClass(kind)))

    def _cannot(self, use: ContextUse) -> Untranslatable:
        return Untranslatable("MIG203", obstacle(use), use.span)

    # --------------------------------------------------------------------------------------------------- result

    def finish(self) -> CallFunction:
        self.note_connections()
        self.note_told_errors()
        kwargs = {**self.kwargs, **self.added}
        added = (*self.added, *filter(None, [self.pushes if not self.pushes_around else ""]))
        instance = self.facts.instance
        if instance is not None and instance.signature is not None:
            if self.attributes and instance.body is not None:
                attributes = tuple(sorted(self.attributes.items()))
                self.edits.append(SourceEdit(instance.body, OwnAttributes(instance.name, attributes, instance.margin)))
            parameters = added if instance.of_airflow else arranged(instance.own, tuple(self.dropped), added)
            if instance.of_airflow or added or self.dropped:
                self.formed += resigned(instance.signature, parameters)
                self.edits += resigned(instance.signature, parameters)
        self.edits += self.made_method(added)
        return CallFunction(
            self.target,
            args=tuple(self.args),
            kwargs=kwargs,
            returns=self.facts.returns_value,
            inline=self._inline(kwargs),
            edits=tuple(sorted(self.edits, key=lambda edit: (edit.span.file, edit.span.start))),
            added_parameters=added,
            pushes=self.pushes,
            dropped_parameters=tuple(dict.fromkeys(self.dropped)),
            task_id=self.context.task.task_id if self.target.kind == "lambda" else "",
        )

    def _is_alone(self) -> bool:
        """Whether no other task calls the function."""
        span = self.target.span
        return span is not None and self.context.facts.calls.get((span.file, span.start), 0) == 1

    def _inline(self, kwargs: Mapping[str, Expr]) -> bool:
        """The body may stand in the node's own function: nobody else calls it and each argument is an input of that name."""
        target = self.target
        if self.wrappers or (self.pushes and self.facts.returns_value) or "**" in kwargs:
            return False
        plain = target.kind == "function" and not (
            target.is_async or target.is_generator or self.facts.closure.constants
        )
        if not self._is_alone() or not plain or self.args or target.args or target.closure:
            return False
        parameters = [p for p in target.parameters if p.name not in self.dropped]
        if any(p.kind in ("var_positional", "var_keyword") for p in parameters):
            return False
        bound = all(kwargs[p.name] == InputValue(p.name) if p.name in kwargs else p.has_default for p in parameters)
        return bound and all(self.added[name] == InputValue(name) for name in self.added)
