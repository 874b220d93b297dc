"""Python functions: PythonOperator, `@task`, and their relatives with an environment of their own."""

from __future__ import annotations

import ast
from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, Choose, PythonEnvironment
from migrator.model.expressions import InputValue
from migrator.model.values import AssetValue, CallableValue, ObjectValue, Value
from migrator.operators.common import CALL_ARGUMENTS, CALL_IGNORED, argument, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

ASSET_CLASS = "airflow.sdk.definitions.asset.decorators._AssetMainOperator"
"""The class of the tasks that Airflow's `@asset` makes."""

_OPERATORS = "airflow.providers.standard.operators.python."
_DECORATORS = "airflow.providers.standard.decorators."
_UNTRANSLATED = (
    "index_urls",
    "index_urls_from_connection_ids",
    "pip_install_options",
    "skip_on_exit_code",
    "string_args",
)
"""Arguments of functions in an environment of their own that change what comes out."""


def _call(task: Task, context: LoweringContext) -> Lowering:
    return Lowering("work", context.call())


def _asset(task: Task, context: LoweringContext) -> Lowering:
    """A function under Airflow's `@asset`: its required parameters are the context, or are given assets: its own as `self`, others by their names."""
    target = task.callable
    parts = ("context", "outlet_events")
    given = [one.name for one in target.parameters if not one.has_default and one.name not in parts] if target else []
    if target is None or not given:
        return Lowering("work", context.call())
    made = [asset for other in context.project.tasks() for asset in _outlets(other)]
    bound: dict[str, Value] = {}
    for name in given:
        asset = next(iter(_outlets(task)), None) if name == "self" else next((a for a in made if a.name == name), None)
        if asset is None or not _asks_for_names_only(task, name, context):
            raise Untranslatable("MIG203", f"its function takes `{name}` from Airflow", task.span)
        bound[name] = ObjectValue("types.SimpleNamespace", kwargs={"name": asset.name, "uri": asset.uri}, source=name)
    return Lowering("work", context.call(replace(target, kwargs={**target.kwargs, **bound})))


def _outlets(task: Task) -> list[AssetValue]:
    outlets = task.arguments.get("outlets")
    return [one for one in outlets if isinstance(one, AssetValue)] if isinstance(outlets, (list, tuple)) else []


def _asks_for_names_only(task: Task, parameter: str, context: LoweringContext) -> bool:
    """Whether the function reads nothing of a parameter but `name` and `uri`, or the events of that asset."""
    span = task.callable.span if task.callable is not None else None
    source = context.project.sources.get(span.file) if span is not None else None
    tree = source.parse(span) if span is not None and source is not None else None
    if tree is None:
        return False
    reads = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == parameter]
    named = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("name", "uri") and isinstance(node.ctx, ast.Load)
    ]
    named += [
        node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript) and _are_events(node.value, parameter)
    ]
    decorators = [node for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) for node in one.decorator_list]
    outside = {id(node) for decorator in decorators for node in ast.walk(decorator)}
    return all(id(node) in outside or any(node is one for one in named) for node in reads)


def _are_events(node: ast.expr, parameter: str) -> bool:
    """Whether something is the context's `outlet_events`, for the function's own asset as `self`, or else its `inlet_events`."""
    events = "outlet_events" if parameter == "self" else "inlet_events"
    if isinstance(node, ast.Subscript):
        node = node.slice
        return isinstance(node, ast.Constant) and node.value == events
    return isinstance(node, ast.Name) and node.id == events


def _own_environment(task: Task, context: LoweringContext) -> Lowering:
    call = isolated(task, context)
    if not task.operator.lstrip("_").startswith("Branch"):
        return Lowering("work", call)
    return Lowering("branch", Choose(call, {}))


def sent_away(task: Task, context: LoweringContext) -> CallFunction:
    """The call of a function whose source runs elsewhere, for which it uses nothing of Airflow's. Raises Untranslatable."""
    for name in _UNTRANSLATED:
        if argument(task, name) not in (None, [], (), {}, "pickle"):
            raise Untranslatable("MIG204", f"its argument `{name}` has no translation", task.argument_spans.get(name))
    call = context.call()
    target = call.callable
    if target.span is None or target.is_async or target.is_generator or target.kind != "function":
        raise Untranslatable("MIG204", "it is no plain function, which its environment needs", task.span)
    if any(not edit.remove and not isinstance(edit.expression, InputValue) for edit in call.edits) or call.pushes:
        raise Untranslatable("MIG204", "it uses Airflow in an environment of its own", task.span)
    return call


def isolated(task: Task, context: LoweringContext) -> CallFunction:
    """The call of a function in an environment of its own. Raises Untranslatable."""
    call = sent_away(task, context)
    made = any(word in (task.decorator or task.operator).lower() for word in ("virtualenv",))
    requirements = argument(task, "requirements") or ()
    if isinstance(requirements, str) and "\n" in requirements:
        requirements = [line for line in requirements.splitlines() if line.strip()]
    version = argument(task, "python_version")
    if made and version is not None and not isinstance(version, (str, int, float)):
        raise Untranslatable("MIG204", "the version of its Python is only known at run time", task.span)
    python = None if made else required(task, "python")
    own = isinstance(python, CallableValue) and (python.module, python.name) == ("sys", "executable")
    environment = PythonEnvironment(
        made,
        list(context.files(requirements, (".txt",))) if made else (),
        None if python is None or own else context.template(python),
        str(version) if version is not None else None,
        flag(task, "system_site_packages", True),
        context.template(argument(task, "env_vars")),
        flag(task, "inherit_env", True),
    )
    return replace(call, inline=False, environment=environment)


PYTHON = Rule(
    name="python",
    operators=(_OPERATORS + "PythonOperator", _DECORATORS + "python._PythonDecoratedOperator"),
    summary="Calls the same function, moved over unchanged; what it took from Airflow's context becomes parameters.",
    lower=_call,
    carried=frozenset({*CALL_ARGUMENTS, "templates_exts"}),
    ignored=CALL_IGNORED,
    examples=(
        Example(
            title="A TaskFlow function hands its result to the next",
            dag="""
import json
from pathlib import Path

import pendulum
from airflow.decorators import dag, task


@dag(schedule=None, start_date=pendulum.datetime(2024, 1, 1))
def prices():
    @task
    def extract():
        return json.loads(Path("prices.json").read_text())

    @task
    def load(rows: list):
        # One line per row.
        Path("prices.txt").write_text("\\n".join(str(row) for row in rows))

    load(extract())


prices()
""",
            expected=('return json.loads(Path("prices.json").read_text())', "# One line per row.", "rows: list"),
        ),
        Example(
            title="A classic operator with arguments",
            dag="""
from datetime import datetime
from pathlib import Path

from airflow import DAG
from airflow.operators.python import PythonOperator


def report(region, day, **context):
    Path(f"report_{region}_{day}.txt").write_text("done")


with DAG("reports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    PythonOperator(
        task_id="report",
        python_callable=report,
        op_kwargs={"region": "eu", "day": "{{ ds }}"},
        provide_context=True,
    )
""",
            expected=('"eu"', "context.partition_key"),
        ),
    ),
)

ASSET = Rule(
    name="asset",
    operators=(ASSET_CLASS,),
    summary="An asset that calls the same function. Of the assets that it is given, it may ask for `name`, `uri` and their events.",
    lower=_asset,
    carried=frozenset({"python_callable"}),
    examples=(
        Example(
            title="A function under `@asset`",
            dag="""
from pathlib import Path

from airflow.sdk import asset


@asset(uri="file:///data/greeting.txt", schedule="@daily")
def greeting():
    Path("/data/greeting.txt").write_text("hello")
""",
            expected=('Path("/data/greeting.txt").write_text("hello")',),
        ),
        Example(
            title="A function that takes Airflow's context",
            dag="""
from pathlib import Path

from airflow.sdk import asset


@asset(schedule="@daily")
def day(context):
    Path(f"/data/{context['ds']}.txt").write_text("hello")
""",
            expected=("context.partition_key", "/data/{ds}.txt"),
        ),
    ),
)

OWN_ENVIRONMENT = Rule(
    name="python-own-environment",
    operators=(
        _OPERATORS + "PythonVirtualenvOperator",
        _OPERATORS + "ExternalPythonOperator",
        _OPERATORS + "BranchPythonVirtualenvOperator",
        _OPERATORS + "BranchExternalPythonOperator",
        _DECORATORS + "python_virtualenv._PythonVirtualenvDecoratedOperator",
        _DECORATORS + "external_python._PythonExternalDecoratedOperator",
        _DECORATORS + "branch_virtualenv._BranchPythonVirtualenvDecoratedOperator",
        _DECORATORS + "branch_external_python._BranchExternalPythonDecoratedOperator",
    ),
    summary="Calls the same function in a process of the other Python: a virtual environment with its requirements, made for the call, or"
    " the interpreter at its path. What the function uses of Airflow's context becomes arguments.",
    lower=_own_environment,
    carried=frozenset(
        {
            *("env_vars", "inherit_env", "op_args", "op_kwargs", "python", "python_callable", "python_version"),
            *("requirements", "system_site_packages", *_UNTRANSLATED),
        }
    ),
    ignored={
        **CALL_IGNORED,
        "expect_airflow": "there is no Airflow beside the function",
        "expect_pendulum": "dates are made in the step",
        "serializer": "arguments and results go as pickles; what pickle cannot take fails the step",
        "use_airflow_context": "the function gets exactly what it uses",
        "use_dill": "arguments and results go as pickles",
        "venv_cache_path": "the environment is made for each call; uv and pip keep what they downloaded",
    },
    examples=(
        Example(
            title="A function in a virtual environment",
            dag="""
from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1))
def isolated():
    @task.virtualenv(requirements=["polars==1.9.0"])
    def crunch(ds=None):
        import polars

        return f"{ds} {polars.__version__}"

    crunch()


isolated()
""",
            expected=(
                "def crunch(ds",
                "run_in_virtualenv(",
                'requirements=["polars==1.9.0"]',
            ),
            disposition="step",
        ),
    ),
)

RULES = (PYTHON, ASSET, OWN_ENVIRONMENT)
