"""What the team's own functions pull and push by `xcom_pull` and `xcom_push`: values of other steps, and a dict that the function fills."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

from migrator.analyzers.callables import CallableFacts, ContextUse
from migrator.analyzers.callables.airflow_use.pulled_ids import NO_TASKS, UPSTREAM
from migrator.analyzers.callables.folding.fold import MAX_CHOICES
from migrator.analyzers.callables.folding.given import TASKS_OF_DAG, GivenExpression
from migrator.model.bodies import SourceEdit
from migrator.model.changed import replace
from migrator.model.expressions import ChangedList, Expr, OtherName, PulledMember, PushedValue
from migrator.model.source import Span
from migrator.model.templates import NO_COPY
from migrator.model.values import AssetValue, ObjectValue, Symbolic, Value
from migrator.operators.common import is_sensor
from migrator.operators.rule import Untranslatable
from migrator.planning.assets.told import events_of
from migrator.planning.callables.callees import is_inside
from migrator.planning.configuration.params import default_of
from migrator.planning.xcom.computed_ids import IDS_BY_PARAM, chosen_by, tasks_like, values_known
from migrator.planning.xcom.not_yet import may_push
from migrator.planning.xcom.other_runs import LISTS_EARLIER, run_told
from migrator.planning.xcom.pulls import number_of_copy, taken_of_copy

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_PLAIN = re.compile(r"""[^\W\d]\w*|\d+|"[^"\\]*"|'[^'\\]*'|\[\]|\{\}""")


class XComCalls(ABC):
    """The part of a call's translation that replaces pulls and pushes."""

    context: TaskContext
    facts: CallableFacts
    edits: list[SourceEdit]
    own: bool
    pushes: str
    pushes_around: str

    @abstractmethod
    def _given(self, value: Value) -> Value: ...

    @abstractmethod
    def _argument_value(self, name: str, unknown: Value) -> Value: ...

    @abstractmethod
    def _plainly_given(self, name: str, unknown: Value) -> Value: ...

    @abstractmethod
    def _attributes(self) -> Mapping[str, Value]: ...

    @abstractmethod
    def _value(self, use: ContextUse) -> Expr: ...

    @abstractmethod
    def _named(self, value: Expr, wish: str) -> str: ...

    @abstractmethod
    def _cannot(self, use: ContextUse) -> Untranslatable: ...

    @abstractmethod
    def _unique(self, wish: str) -> str: ...

    @abstractmethod
    def _pushes_count(self) -> bool: ...

    def _pulled(self, use: ContextUse) -> Expr:
        """What a pull gives: where the code picks from it, and has a default, without what is not handed over."""
        value = self._taken(use)
        picks = isinstance(value, Mapping) and not use.detail.keys() >= {"index", "by_key"}
        return self.context.present(value) if picks and self._has_default(use) else value

    def _taken(self, use: ContextUse) -> Expr:
        detail = use.detail
        task_ids, key = self._given(detail.get("task_ids")), self._given(detail.get("key")) or "return_value"
        unmapped = number_of_copy(detail.get("unmapped"), self.context) is not None
        if detail.get("prior") is True and not unmapped:
            self.context.note(LISTS_EARLIER)
        if "asked" in detail and "pattern" not in detail:
            task_ids = self._asked_ids(detail["asked"])
            if task_ids is None:
                raise self._cannot(use)
        if detail.get("itself"):
            task_ids = self.context.task.task_id
        in_loop = "index" in detail and not {"dags", "pattern"} & detail.keys()
        if in_loop and isinstance(detail.get("task_ids"), Symbolic):
            task_ids = self._listed_by_param(task_ids)
            if not self._are_ids(task_ids):
                raise self._cannot(use)
            task_ids = list(dict.fromkeys(task_ids))
        if isinstance(key, str) and (ways := self._ways(use)):
            return {task_id: self.context.take(task_id, key) for task_id in ways}
        if "dags" in detail:
            asked = isinstance(task_ids, str) and isinstance(key, str) and not {"run_id", "copies"} & detail.keys()
            if not asked or detail.get("prior") not in (True, False) or self._told_by(detail.get("other"), detail):
                raise self._cannot(use)
            dags = self._dags(detail["dags"], task_ids)
            if not dags:
                raise self._cannot(use)
            return {one: self.context.take_last(one, task_ids, key, detail["prior"]) for one in dags}
        if "by_key" in detail:
            if isinstance(task_ids, str):
                return self.context.take_by_key(task_ids)
            task_ids = self._matching(use) if "pattern" in detail else task_ids
            return {task_id: self.context.take_by_key(task_id) for task_id in task_ids}
        several = "index" in detail and isinstance(key, list)
        dag_id, prior = self._given(detail.get("dag_id")) or self.context.dag.dag_id, detail.get("prior", False)
        if (
            several
            and isinstance(dag_id, str)
            and prior in (True, False)
            and not self._told_by(detail.get("other"), detail)
        ):
            if isinstance(task_ids, str) and (dag_id != self.context.dag.dag_id or prior):
                return {one: self.context.take_last(dag_id, task_ids, one, prior is True) for one in key}
            if isinstance(task_ids, str):
                return {one: self.context.take(task_ids, one) for one in key}
            if dag_id == self.context.dag.dag_id and not prior:
                return {one: self.context.take_all(task_ids, one) for one in key}
        if (
            self._told_by(detail.get("other"), detail)
            or not isinstance(dag_id, str)
            or not isinstance(key, str)
            or prior not in (True, False)
        ):
            raise self._cannot(use)
        if "copies" in detail and (dag_id != self.context.dag.dag_id or prior or detail.get("run_id") is not None):
            raise self._cannot(use)
        run = run_told(self.context, self._run_id(detail["run_id"])) if detail.get("run_id") is not None else None
        if dag_id != self.context.dag.dag_id or prior or run is not None:
            if task_ids is None and not self.context.omits_what_lacks:
                task_ids = self.context.task.task_id
            if "pattern" in detail:
                task_ids = self._alike(str(detail["pattern"]), dag_id)
                if not task_ids and detail["pattern"] != NO_TASKS:
                    raise self._cannot(use)
            if "index" in detail and isinstance(task_ids, list):
                return {one: self.context.take_last(dag_id, one, key, prior is True, run) for one in task_ids}
            if isinstance(task_ids, (list, tuple)) and all(isinstance(one, str) for one in task_ids):
                left = [self.context.take_last(dag_id, str(one), key, prior is True, run) for one in task_ids]
                return ChangedList("handed", left, omits=True) if self.context.omits_what_lacks else left
            if not isinstance(task_ids, str):
                raise self._cannot(use)
            return self.context.take_last(dag_id, task_ids, key, prior is True, run)
        wish = use.assigned.name if use.assigned is not None else ""
        if task_ids is None:
            task_ids = self.context.pulled_without_id(key)
            if task_ids is None and not self.context.omits_what_lacks:
                return None
        told = detail.get("copies", NO_COPY if unmapped else None)
        if told is not None and isinstance(task_ids, str | list) and "pattern" not in detail:
            ids, copies = ([one] if isinstance(one, str | int) else one for one in (task_ids, told))
            found = {
                one: [taken_of_copy(one, key, copy, self.context) for copy in copies] for one in dict.fromkeys(ids)
            }
            if "index" in detail:
                return {one: values[0] for one, values in found.items()}
            alone = isinstance(task_ids, str) and isinstance(told, int | str)
            if not alone and "default" in detail and not self.context.omits_what_lacks:
                raise self._cannot(use)
            listed = [value for one in ids for value in found[one]]
            return listed[0] if alone else self.context.without_lacking(listed, map(str, ids))
        if isinstance(task_ids, str):
            return self.context.take(task_ids, key, wish)
        if "pattern" in detail:
            return {task_id: self.context.take(task_id, key) for task_id in self._matching(use)}
        if "index" in detail:
            return {task_id: self.context.take(task_id, key) for task_id in task_ids}
        if isinstance(task_ids, (list, tuple)) and all(isinstance(task_id, str) for task_id in task_ids):
            return self.context.take_all(map(str, task_ids), key)
        raise self._cannot(use)

    def _listed_by_param(self, value: Value) -> Value:
        """What a param is that a pull takes its ids from, unless a run says otherwise; any other value as it is."""
        if not isinstance(value, Symbolic) or value.kind != "param" or value.name is None:
            return value
        params = {**self.context.dag.params, **(self.context.task.option("params") or {})}
        self.context.note(IDS_BY_PARAM)
        return default_of(params.get(value.name))

    def _are_ids(self, given: Value) -> TypeGuard[list[str]]:
        """Whether what the task gives for a parameter are ids of tasks of the DAG, each of which hands over one value."""
        if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
            return False
        known = {task.task_id for task in self.context.dag.tasks}
        return known.issuperset(given) and values_known(map(str, given), self.context) is not None

    def _run_id(self, value: Value) -> Value:
        """The id of the run that a pull names, as the code or the task gives it."""
        of_task = isinstance(value, Symbolic) and value.kind == "argument" and value.name is not None and not value.path
        return self._argument_value(str(value.name), value) if isinstance(value, Symbolic) and of_task else value

    def _dags(self, dags: list[str] | str, task_id: str) -> list[str]:
        """The DAGs that a pull may mean: those that are named, or those with such a task whose ids match a pattern."""
        if not isinstance(dags, str):
            return dags
        found = (dag for dag in self.context.project.dags if re.fullmatch(dags, dag.dag_id))
        return [dag.dag_id for dag in found if any(task.task_id == task_id for task in dag.tasks)]

    def _alike(self, pattern: str, dag_id: str) -> list[str]:
        """The tasks of a DAG whose ids match a pattern."""
        upstream, others = self._of_pattern(pattern)
        dags = (dag for dag in self.context.project.dags if dag.dag_id == dag_id)
        return [
            t.task_id for dag in dags for t in dag.tasks if t.task_id in upstream or re.fullmatch(others, t.task_id)
        ]

    def _of_pattern(self, pattern: str) -> tuple[tuple[str, ...], str]:
        """The tasks right before this one where a pattern stands for them, too, and the rest of the pattern."""
        alternatives = pattern.split("|")
        others = "|".join(one for one in alternatives if one != UPSTREAM) or NO_TASKS
        return self.context.facts.graph.upstream(self.context.task.task_id) if UPSTREAM in alternatives else (), others

    def _ways(self, use: ContextUse) -> list[str]:
        """The tasks one of which a pull means whose id is what a branch has chosen (`xcom_pull(task_ids=via)`); none for any other pull."""
        name, detail = use.detail.get("parameter"), use.detail
        if name is None or detail.get("dag_id") or detail.get("prior") or detail.get("other"):
            return []
        return chosen_by(self._argument_value(name, None), self.context)

    def _pull_member(self, use: ContextUse) -> None:
        """Has the function pick, at run time, from the values of all tasks, keys or assets that it may ask for."""
        wish = {"members": "members", "asset_events": "events"}.get(use.kind, "pulled")
        events = use.kind == "asset_events"
        value, default = (
            self._events(use) if events else self._value(use),
            use.detail["default"] if self._has_default(use) else None,
        )
        name, several = self._named(value, wish), use.detail.get("several") is True
        omits = several and self.context.omits_what_lacks
        index = use.detail.get("index") or use.detail.get("given")
        if default is not None and index is not None and default.start < index.start:
            raise self._cannot(use)
        member = PulledMember(name, index, several, omits, use.detail.get("by_key"), default, exact=events)
        self.edits.append(SourceEdit(use.span, member))

    def _asset(self, use: ContextUse) -> Value:
        """The asset whose events code asks for: as it stands there, or as the task gives it to the function."""
        asset, name = use.detail["asset"], use.detail.get("parameter")
        given = self._argument_value(name, None) if asset is None and isinstance(name, str) else None
        known = given.kwargs if isinstance(given, ObjectValue) else {}
        return AssetValue(str(known["name"]), known.get("uri")) if "name" in known else asset

    def _events(self, use: ContextUse) -> Expr:
        """The events of all assets that a loop asks for, by the key by which the code finds the asset."""
        assets, asked = use.detail["assets"], use.detail["asked"]
        return {
            name: events_of(asset, self.context.asset_key(asset), asked, self.context) for name, asset in assets.items()
        }

    def _matching(self, use: ContextUse) -> list[str]:
        """The tasks before this one whose ids look like those that the code computes."""
        upstream, others = self._of_pattern(str(use.detail["pattern"]))
        if "asked" in use.detail:
            ids = self._asked(use.detail["asked"])
            found = ids if not ids else values_known(ids, self.context)
        elif upstream:
            known = [task.task_id for task in self.context.dag.tasks]
            named = tasks_like(others, self.context) if any(re.fullmatch(others, one) for one in known) else []
            found = values_known(dict.fromkeys([*upstream, *named]), self.context) if named is not None else None
        else:
            found = [] if others == NO_TASKS else tasks_like(others, self.context)
        if found is None:
            raise self._cannot(use)
        return found

    def _asked(self, expression: GivenExpression) -> list[str] | None:
        """The ids that an expression of the code gives in this task; None where they are not known."""
        values = self._values(expression)
        ids = [one for value in values for one in (value if isinstance(value, list | tuple) else [value])]
        known = [one for one in ids if isinstance(one, str)]
        return list(dict.fromkeys(known)) if len(known) == len(ids) and len(values) < MAX_CHOICES else None

    def _asked_ids(self, expression: GivenExpression) -> str | list[str] | None:
        """The id, or list of ids, that an expression of the code gives in this task; None where it is not known, or not always the same."""
        values = self._values(expression)
        ids = values[0] if len(values) == 1 else None
        listed = [one for one in ids if isinstance(one, str)] if isinstance(ids, list | tuple) else []
        if isinstance(ids, list | tuple) and len(listed) == len(ids):
            return listed
        return ids if isinstance(ids, str) else None

    def _values(self, expression: GivenExpression) -> list[Value]:
        ids = [task.airflow_id for task in self.context.dag.tasks]
        return expression.values(self._plainly_given, self._attributes(), {TASKS_OF_DAG: ids})

    def _told_by(self, other: Iterable[str] | None, detail: Mapping[str, Any]) -> set[str]:
        """Further arguments of a pull that change what it gives, but for a default that stands in the code."""
        return set(other or ()) - ({"default"} if isinstance(detail.get("default"), Span) else set())

    def _has_default(self, use: ContextUse) -> bool:
        """Whether a pull of one value looks at its default: Airflow 3 does so only where it is told a `map_indexes`."""
        ids, several = use.detail.get("task_ids"), use.detail.get("several") is True
        single = not several and (
            not isinstance(ids, list) or ("index" in use.detail and not isinstance(use.detail["key"], list))
        )
        unmapped = number_of_copy(use.detail.get("unmapped"), self.context) is not None
        told_one = isinstance(use.detail.get("copies"), int | str) or unmapped
        counts = self.context.omits_what_lacks or told_one
        return isinstance(use.detail.get("default"), Span) and single and counts

    def _own_key(self, use: ContextUse) -> str | None:
        """The key of a pull that takes what the task itself has pushed in this run; None for any other pull."""
        detail = use.detail
        key, ids = self._given(detail.get("key")) or "return_value", self._given(detail.get("task_ids"))
        asks_others = (
            detail.keys() & {"asked", "by_key", "dags", "index", "pattern"} or detail.get("run_id") is not None
        )
        copies = detail.get("copies", NO_COPY)
        dag_id = self._given(detail.get("dag_id")) or self.context.dag.dag_id
        unnamed = ids is None and not detail.get("parameter") and not self.context.omits_what_lacks
        itself = detail.get("itself") or unnamed or ids == self.context.task.task_id
        alone = self.own and not self.context.is_copied and dag_id == self.context.dag.dag_id and copies == NO_COPY
        plain = detail.get("prior", False) is False and not self._told_by(detail.get("other"), detail)
        return key if itself and alone and plain and not asks_others and isinstance(key, str) else None

    def _pull_own(self, use: ContextUse, key: str) -> None:
        """Has the function read what it has pushed so far: Airflow clears that before each try."""
        task, pushed = self.context.task, may_push(self.facts.context_uses, key)
        # What a sensor has pushed is there when it looks again.
        again = is_sensor(task) or (task.decorator or "").startswith("task.sensor")
        if pushed is None or (pushed and (again or self.pushes_around or not self._pushes_count())):
            raise self._cannot(use)
        asks = ""
        if pushed:
            self.pushes = self.pushes or self._unique("outputs")
            asks = f"{self.pushes}.get({json.dumps(key, ensure_ascii=False)}"
        default = use.detail["default"] if self._has_default(use) else None
        if default is None:
            self.edits.append(SourceEdit(use.span, OtherName(f"{asks})" if asks else "None")))
            return
        before, behind = replace(use.span, end=default.start), replace(use.span, start=default.end)
        around = (f"{asks}, ", ")") if asks else ("", "") if self._is_plain(default) else ("(", ")")
        self.edits += [SourceEdit(span, OtherName(text)) for span, text in zip((before, behind), around, strict=True)]

    def _is_plain(self, span: Span) -> bool:
        """Whether an expression of the code needs no parentheses anywhere."""
        return _PLAIN.fullmatch(self.context.project.sources[span.file].cut(span)) is not None

    def _push(self, use: ContextUse) -> None:
        key = use.detail.get("key")
        if not isinstance(key, str):
            key = use.detail.get("written")
            if isinstance(key, Span) and any(is_inside(other.span, use.span) for other in self.facts.context_uses):
                raise self._cannot(use)
        if not use.detail.get("statement") or use.detail.get("other") or not isinstance(key, str | Span):
            raise self._cannot(use)
        value = use.detail.get("value")
        if self.pushes_around:
            raise self._cannot(use)
        if not self._pushes_count():
            # Nobody takes it, and nothing is computed for it.
            self.edits.append(SourceEdit(use.span))
        elif isinstance(value, Span):
            self.pushes = self.pushes or self._unique("outputs")
            self.edits.append(SourceEdit(use.span, PushedValue(self.pushes, key, value)))
        else:
            raise self._cannot(use)
