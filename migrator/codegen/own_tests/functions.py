"""Tests of the functions of a generated project: each is called as it is, with small inputs and with stand-ins for its resources.

Comes in: the rendered DAGs and the texts of the project's modules. Goes out: test functions in the tests of each DAG, and what cannot be
tested without the systems that it works on, with the reason. What a test expects is what a trial of the function came to.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from migrator.codegen.own_tests.expectations import Call, TestBody, body_of
from migrator.codegen.own_tests.structure import example_run
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.function import Function
from migrator.codegen.resources.kinds import CLIENT_CLASSES
from migrator.codegen.walk import may_lack
from migrator.model.bodies import AllValues, AnyCopy, DoNothing, FailRun, NoValue, RunOperator, ValueOrNone, ValuesThere
from migrator.model.plan import CreateAsset, CreateCheck, CreateOp
from migrator.trials import Event, Outcome, Parameter, Trial, TrialRun

_DATE = dt.datetime(2024, 3, 1, tzinfo=dt.timezone.utc)
"""The date of runs without partitions."""
_HELPERS = (AllValues, AnyCopy, DoNothing, FailRun, NoValue, ValueOrNone, ValuesThere)
"""Bodies that are nothing but wiring."""
_CLIENTS = frozenset(name for _, name in CLIENT_CLASSES.values())
"""Clients of Dagster Pipes, of which generated code only calls `run`."""
_CONTEXTS = {
    "dg.AssetExecutionContext": "build_asset_context",
    "dg.OpExecutionContext": "build_op_context",
    "dg.AssetCheckExecutionContext": "build_asset_check_context",
}


@dataclass
class FunctionTests:
    """`blocks` are test functions with the imports that they need, by DAG id; `untested` says why a function has none: (module, function,
    reason)."""

    blocks: dict[str, list[tuple[str, frozenset[str]]]] = field(default_factory=dict)
    untested: list[tuple[str, str, str]] = field(default_factory=list)


def function_tests(
    dags: Iterable[DagCode], homes: Mapping[str, str], modules: Mapping[str, str], package: str
) -> FunctionTests:
    """Tests of all functions that can be called without the systems that they work on. `modules` are the project's modules by path, `homes`
    those of factories by the ids of the DAGs that they make."""
    found = FunctionTests()
    sources = {path.removeprefix("src/"): text for path, text in modules.items() if path.startswith("src/")}
    methods = _methods(sources.get(f"{package}/resources.py", ""))
    with TrialRun(sources, package) as run:
        for dag in dags:
            if dag.plan.dag_id in homes:
                row = (
                    homes[dag.plan.dag_id],
                    "all",
                    "a factory makes them, which only gives the definitions of whole DAGs",
                )
                found.untested += [row] if row not in found.untested else []
                continue
            _Dag(dag, run, methods, found).test()
    return found


class _Dag:
    def __init__(self, dag: DagCode, run: TrialRun, methods: Mapping[str, Mapping[str, str]], found: FunctionTests):
        self.dag, self.run, self.methods, self.found = dag, run, methods, found
        self.outcomes: dict[Any, Outcome] = {}
        """By the name of an operation, and by the key of an asset that holds its value."""
        self.seen: set[tuple[str, int]] = set()

    def test(self) -> None:
        for operation in self.dag.plan.operations:
            if not isinstance(operation, CreateAsset | CreateOp | CreateCheck) or isinstance(operation.body, _HELPERS):
                continue
            function = self.dag.functions.get(operation.name)
            if function is None:
                continue
            outcome, call = self._outcome(operation, function)
            self._keep(operation, outcome)
            row = operation.row
            if row is not None:
                # The rows of a factory differ in values only: one of them is tested.
                if (row.family, row.place) in self.seen:
                    continue
                self.seen.add((row.family, row.place))
            reason = outcome.reason
            if not reason and call is not None:
                test, reason = self._body(call, outcome)
                if test is not None:
                    imports = frozenset(test.imports) | {
                        f"from {function.module.name.rpartition('.')[0]} import {call.module}"
                    }
                    block = f"def test_{function.name}({', '.join(test.fixtures)}) -> None:\n{test.text}"
                    self.found.blocks.setdefault(self.dag.plan.dag_id, []).append((block, imports))
                    continue
            self.found.untested.append((function.module.path, function.name, reason))

    def _body(self, call: Call, outcome: Outcome) -> tuple[TestBody | None, str]:
        """The test, or why there is none."""
        try:
            found = body_of(call, outcome)
        except TypeError:
            return None, "it makes a value that no literal says"
        return found, "" if found is not None else "it does nothing that a test could see"

    def _keep(self, operation: CreateAsset | CreateOp | CreateCheck, outcome: Outcome) -> None:
        self.outcomes[operation.name] = outcome
        if isinstance(operation, CreateAsset):
            for output in operation.outputs:
                if output.stores_value:
                    self.outcomes[output.key] = outcome

    def _outcome(
        self, operation: CreateAsset | CreateOp | CreateCheck, function: Function
    ) -> tuple[Outcome, Call | None]:
        reference = self.dag.references.get(operation.name)
        if self.dag.factory or reference is None:
            return Outcome("it is made by a function of its own for each DAG"), None
        if isinstance(operation.body, RunOperator):
            return Outcome("it runs with Airflow's library"), None
        partitions = self.dag.partitions
        partitioned = function.dates is not None and partitions is not None and self._partitioned(operation)
        moment = example_run(partitions) if partitioned and partitions is not None else (_DATE, _DATE, "")
        if moment is None:
            return Outcome("the key of a partition is not known"), None
        is_asset = isinstance(operation, CreateAsset)
        parts = partitions.parts_of(moment[2]) if partitioned and partitions is not None else []
        keys = parts[0] if parts else {}
        parameters = self._parameters(operation, function)
        if isinstance(parameters, str):
            return Outcome(parameters), None
        is_check = isinstance(operation, CreateCheck)
        path = function.module.path.removeprefix("src/")
        outcome = self.run.run(
            Trial(
                path,
                reference,
                parameters,
                *moment,
                keys,
                has_key=not is_check,
                has_window=bool(partitioned and is_asset),
            )
        )
        module = function.module.name.rpartition(".")[2]
        call = Call(
            module,
            f"{module}.{reference}",
            parameters,
            _CONTEXTS[function.context],
            "" if is_check else moment[2],
            keys,
            moment[0],
            function.returns,
            is_check,
            {name: self._unused(function, name) for name in function.resources},
            "**os.environ" in "".join(function.lines) + function.verbatim,
        )
        return outcome, call

    def _partitioned(self, operation: CreateAsset | CreateOp | CreateCheck) -> bool:
        return operation.partitioned if isinstance(operation, CreateAsset | CreateCheck) else True

    def _parameters(
        self, operation: CreateAsset | CreateOp | CreateCheck, function: Function
    ) -> dict[str, Parameter] | str:
        found: dict[str, Parameter] = {}
        if "context" in function.used:
            found["context"] = Parameter("context")
        if "config" in function.used and self.dag.config_class:
            settings = [one for one in self.dag.plan.config if not (one.required or may_lack(one.default))]
            values = {setting.name: setting.default for setting in settings}
            values |= function.defaults
            if len(values) < len(self.dag.plan.config):
                return "its configuration has no defaults"
            fields = {self.dag.config_fields[name]: value for name, value in values.items()}
            found["config"] = Parameter("config", function.config_class, fields=fields)
        sources = {
            function.renamed.get(given.parameter, given.parameter): given for given in getattr(operation, "inputs", ())
        }
        for name, annotation in function.inputs.items():
            given = sources.get(name)
            value = self._upstream(given) if given is not None else None
            value = value if value is not None and _fits(value[0], annotation) else None
            found[name] = Parameter("value", annotation, values=(value[0],) if value is not None else ())
        for name, kind in function.resources.items():
            if kind in _CLIENTS:
                found[name] = Parameter("resource", kind, returns={"run": "None"})
            elif kind in self.methods:
                found[name] = Parameter("resource", kind, returns=self.methods[kind])
            else:
                return f"it works on a `{kind}`"
        return found

    def _upstream(self, given: Any) -> tuple[Any] | None:
        """The value that an upstream function returns, in a tuple; None where it is not known."""
        outcome = self.outcomes.get(given.asset or given.node)
        if outcome is None or outcome.reason or given.output != "result" or given.behind:
            return None
        if given.mapped:
            elements = (
                [event.arguments["0"] for event in outcome.result if event.type == "DynamicOutput"]
                if outcome.yields
                else []
            )
            return (elements[0],) if elements else None
        if outcome.yields or outcome.result is None or _holds_event(outcome.result):
            return None
        return ([outcome.result] if given.collected else outcome.result,)

    def _unused(self, function: Function, resource: str) -> bool:
        """Whether nothing reads what the resource returns: neither the function, nor any that it hands the resource on to."""
        code = "\n".join(function.lines)
        if function.verbatim:
            code = f"def body():\n{function.margin}pass\n{function.verbatim}"
        try:
            nodes = list(ast.walk(ast.parse(code)))
        except SyntaxError:
            return False
        calls = [node for node in nodes if isinstance(node, ast.Call) and _is_of(node.func, resource)]
        if len(calls) < sum(isinstance(node, ast.Name) and node.id == resource for node in nodes):
            return False
        alone = [node.value for node in nodes if isinstance(node, ast.Expr)]
        return all(any(call is statement for statement in alone) for call in calls)


_PLAIN: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (float,), "bool": (bool,)}


def _fits(value: Any, annotation: str) -> bool:
    """Whether Dagster, which checks inputs against plain annotations, takes a value."""
    kinds = _PLAIN.get(annotation)
    return kinds is None or (isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)))


def _is_of(function: ast.expr, resource: str) -> bool:
    return (
        isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == resource
    )


def _holds_event(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_event, value.values()))
    return isinstance(value, Event) or (isinstance(value, list | tuple) and any(map(_holds_event, value)))


def _methods(resources: str) -> dict[str, dict[str, str]]:
    """Of each class of the project's resources: how its methods annotate their results."""
    tree = ast.parse(resources)
    return {
        node.name: {
            method.name: ast.unparse(method.returns) if method.returns is not None else ""
            for method in node.body
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("_")
        }
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
