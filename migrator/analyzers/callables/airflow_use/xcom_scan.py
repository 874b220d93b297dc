"""The part of the search that reads what code pulls and pushes by `xcom_pull` and `xcom_push`.

In: a call of one of these. Out: a use of that kind, with what is known of the tasks, the key and the copies that it means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import libcst as cst

from migrator.analyzers.callables.airflow_use.pulled_ids import (
    PRIOR,
    computed_pull,
    default_behind,
    given_id,
    has_key_behind,
    is_of_arguments,
    told_copies,
    told_run,
    told_unmapped,
)
from migrator.analyzers.callables.airflow_use.variable_scan import VariableScanner
from migrator.analyzers.callables.folding.fold import MAX_CHOICES
from migrator.analyzers.callables.folding.given import given_expression
from migrator.analyzers.callables.source.resolve import is_always_reached
from migrator.analyzers.callables.source.tree import keywords, positional
from migrator.model.values import Symbolic, Value, is_known

_PULL_ARGUMENTS = ("task_ids", "dag_id", "key")
_PUSH_ARGUMENTS = ("key", "value")


class XComScanner(VariableScanner):
    """The part of a scanner that knows pulls and pushes."""

    called_by_code: bool

    def pull(self, node: cst.Call) -> None:
        given = self.xcom_arguments(node, _PULL_ARGUMENTS)
        alone = told_unmapped(self.frame, given)
        values = {name: self.frame.value(given[name]) if name in given else None for name in _PULL_ARGUMENTS}
        task_ids = values["task_ids"]
        if isinstance(task_ids, tuple):
            task_ids = list(task_ids)
        told = is_of_arguments(task_ids) and not self.called_by_code
        if self.called_by_code and (parameter := self.given_by_caller(given.get("task_ids"))):
            task_ids, told, alone = parameter, True, {**alone, "open": True}
            others = {name: self.given_by_caller(given.get(name)) for name in ("key", "dag_id")}
            values |= {name: other for name, other in others.items() if other is not None}
        asks: dict[str, Any] = {}
        if "task_ids" in given and not is_known(task_ids) and not told:
            index, task_ids = self.frame.values(given["task_ids"]), self.frame.unknown(given["task_ids"])
            if 0 < len(index) < MAX_CHOICES and all(isinstance(task_id, str) for task_id in index):
                if given.keys() - {"default"} == {"task_ids", "key"} and has_key_behind(self.module, given, values):
                    self.pull_by_key(node, given, list(dict.fromkeys(index)), alone)
                    return
                self.pull_member(node, "task_ids", list(dict.fromkeys(index)), values, given, alone)
                return
            if (computed := computed_pull(self.frame, node, given, values, not self.called_by_code)) is not None:
                self.pull_as_written(node, given, computed | alone)
                return
            asked = None if self.called_by_code else given_expression(self.frame, given["task_ids"])
            asks = {"asked": asked} if asked is not None and "default" not in given else {}
        one = isinstance(task_ids, str)
        if (one or isinstance(task_ids, list)) and "key" in given and not is_known(values["key"]):
            keys = self.frame.values(given["key"])
            if keys and all(isinstance(key, str) for key in keys):
                values["key"] = list(dict.fromkeys(keys))
                self.pull_member(node, "key", task_ids, values, given, alone)
                return
            if one and given.keys() - {"default"} == {"task_ids", "key"}:
                self.pull_by_key(node, given, task_ids, alone)
                return
        prior = given.pop(PRIOR, None)
        own_id = self.is_own_id(given.get("task_ids"))
        more = alone | given_id(self.frame, given, task_ids, own_id) | told_run(self.frame, given)
        more |= told_copies(self.frame, given) | asks
        more |= {"default": self.module.span(given["default"])} if "default" in given else {}
        other = sorted(set(given) - set(_PULL_ARGUMENTS)) + ["*" for arg in node.args if arg.star]
        self.use(
            "xcom_pull",
            "ti",
            self.module.span(node),
            node,
            task_ids=task_ids,
            key=values["key"] if "key" in given else "return_value",
            dag_id=values["dag_id"],
            prior=self.frame.value(prior) if prior is not None else False,
            other=tuple(other),
            **more,
        )
        self.consume(node)
        for name in given.keys() & ({"dag_id", "default"} if "dags" in more else {"default"}):
            self.stays(given[name])

    def given_by_caller(self, node: cst.BaseExpression | None) -> Symbolic | None:
        """What an expression is that is a parameter of the function, as whoever calls that gives it."""
        read = self.module.table.by_node.get(node) if isinstance(node, cst.Name) else None
        bindings = self.module.table.bindings_of(read) if read is not None else []
        own = len(bindings) == 1 and bindings[0].kind == "parameter"
        if read is None or not own or self.module.table.scope_of(read) is not self.module.table.scopes.get(self.piece):
            return None
        return Symbolic("argument", read.name, "is given by the caller", name=read.name)

    def context_given(self, node: cst.Call) -> cst.BaseExpression | None:
        """Of `self.xcom_push(context, ...)`, as operators of Airflow 2 have it: the context."""
        if type(node.func) is not cst.Attribute or not self.is_attribute(node.func, node.func.attr.value):
            return None
        given = next(iter(positional(node)), None) or keywords(node).get("context")
        part = self.reader.part(given) if given is not None else None
        return given if part is not None and part.is_whole else None

    def xcom_arguments(self, node: cst.Call, names: tuple[str, ...]) -> dict[str, cst.BaseExpression]:
        """The arguments of a push or pull by name, the context aside."""
        context = self.context_given(node)
        args = [arg for arg in positional(node) if arg is not context]
        if context is not None:
            self.consume(context)
        named = {name: value for name, value in keywords(node).items() if value is not context}
        return dict(zip(names, args, strict=False)) | named

    def pull_as_written(
        self, node: cst.Call, given: Mapping[str, cst.BaseExpression], detail: Mapping[str, Value]
    ) -> None:
        """A pull whose ids or key are only known at run time, by their text."""
        self.use("xcom_pull", "ti", self.module.span(node), **detail)
        self.consume(node)
        for name, argument in given.items():
            if name != "key" or "by_key" in detail:
                self.stays(argument)

    def pull_by_key(
        self, node: cst.Call, given: Mapping[str, cst.BaseExpression], task_ids: Value, more: Mapping[str, Value]
    ) -> None:
        """A pull of one task, or of one of known ones, by a key that is only known at run time."""
        span = self.module.span(given["key"])
        ids: dict[str, Value] = {} if isinstance(task_ids, str) else {"index": self.module.span(given["task_ids"])}
        ids |= {**default_behind(self.module, given), **more}
        self.pull_as_written(node, given, {"task_ids": task_ids, "key": None, "by_key": span, **ids})

    def pull_member(
        self,
        node: cst.Call,
        index: str,
        task_ids: Value,
        values: dict[str, Value],
        given: Mapping[str, cst.BaseExpression],
        more: Mapping[str, Value],
    ) -> None:
        """A pull in a loop over tasks, or over keys, that are known: the argument `index` tells which."""
        other = set(given) - {*_PULL_ARGUMENTS, PRIOR}
        prior = self.frame.value(given[PRIOR]) if PRIOR in given else False
        key = values["key"] if "key" in given else "return_value"
        detail = {"task_ids": task_ids, "key": key, "dag_id": values["dag_id"], "prior": prior}
        detail["other"] = (*sorted(other), *("*" for arg in node.args if arg.star))
        detail = {**more, **default_behind(self.module, given), **detail, "index": self.module.span(given[index])}
        self.use("xcom_pull", "ti", self.module.span(node), **detail)
        self.consume(node)
        if "default" in given:
            self.stays(given["default"])

    def push(self, node: cst.Call) -> None:
        given = self.xcom_arguments(node, _PUSH_ARGUMENTS)
        value, line = given.get("value"), self.line
        small = line.body[0] if type(line) is cst.SimpleStatementLine and len(line.body) == 1 else None
        key = self.frame.value(given["key"]) if "key" in given else Symbolic("unknown", "")
        detail: dict[str, Value] = {}
        if "key" in given and not isinstance(key, str):
            keys = self.frame.values(given["key"])
            known = keys and all(isinstance(one, str) for one in keys)
            detail = {"keys": tuple(keys) if known else None, "written": self.module.span(given["key"])}
        self.use(
            "xcom_push",
            "ti",
            self.module.span(node),
            key=key,
            **detail,
            certain=is_always_reached(self.module, line),
            value=self.module.span(value) if value is not None else None,
            statement=type(small) is cst.Expr and small.value is node,
            other=tuple(sorted(set(given) - set(_PUSH_ARGUMENTS))),
        )
        for argument in given.values():
            self.visit(argument)
