"""dbt by its command line, as the operators of the package airflow-dbt run it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import RunShell
from migrator.model.expressions import ConfigValue, EnvValue, Expr, Format, InputValue, Operation, RunConf, RunDate
from migrator.model.walk import walk
from migrator.operators.common import argument, flag
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_COMMANDS = {
    "DbtCleanOperator": ("clean",),
    "DbtDepsOperator": ("deps",),
    "DbtDocsGenerateOperator": ("docs", "generate"),
    "DbtRunOperator": ("run",),
    "DbtSeedOperator": ("seed",),
    "DbtSnapshotOperator": ("snapshot",),
    "DbtTestOperator": ("test",),
}
_MODULES = ("airflow_dbt.operators.dbt_operator", "airflow_dbt.operators", "airflow_dbt")
_SELECTIONS = ("models", "exclude", "select")
_OPTIONS = ("profiles_dir", "target")


def _dbt(task: Task, context: LoweringContext) -> Lowering:
    """The operator's command, its arguments in the order in which the package gives them."""
    names = (task.operator, *(base.rpartition(".")[2] for base in task.bases))
    command = next((_COMMANDS[name] for name in names if name in _COMMANDS), None)
    if command is None:
        raise Untranslatable("MIG201", f"`{task.operator}` runs no known command of dbt", task.span)
    # `dir` and the like are not templates: what looks like one is meant as it is.
    words: list[Expr] = [context.expression(argument(task, "dbt_bin", "dbt"))]
    words += ["--warn-error"] if flag(task, "warn_error") else []
    words += command
    for name in _OPTIONS:
        words += _option(task, context, name)
    if variables := argument(task, "vars"):
        words += ["--vars", as_json(context.template(variables), task)]
    words += [f"--{name}" for name in ("data", "schema") if command == ("test",) and flag(task, name)]
    for name in _SELECTIONS:
        words += _option(task, context, name)
    words += ["--full-refresh"] if flag(task, "full_refresh") else []
    environment = context.template(argument(task, "env") or {})
    if not isinstance(environment, Mapping):
        raise Untranslatable("MIG207", "its environment is only known at run time", task.argument_spans.get("env"))
    folder = argument(task, "dir", ".")
    cwd = None if folder == "." else context.expression(folder)
    return Lowering("work", RunShell(words, environment, append_env=not environment, cwd=cwd, kind="dbt"))


def _option(task: Task, context: LoweringContext, name: str) -> list[Expr]:
    value = argument(task, name)
    return [] if value is None else [f"--{name.replace('_', '-')}", context.expression(value)]


_WRITTEN_AS_IT_RUNS = (ConfigValue, EnvValue, InputValue, Operation, RunConf)
"""Values whose text may need escapes in JSON."""


def as_json(value: Expr, task: Task) -> Expr:
    """The JSON text of dbt's variables, with dates of the run and other values in it. Raises Untranslatable."""
    if any(isinstance(part, _WRITTEN_AS_IT_RUNS) for part in walk(value)):
        return Operation("call", "json.dumps", (_plain(value, task),))
    parts = list(_pieces(value, task))
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)
    return Format(tuple(parts))


def _plain(value: Expr, task: Task) -> Expr:
    """The variables as `json.dumps` takes them: dates are text. Raises Untranslatable."""
    if isinstance(value, RunDate):
        moment = value.format is None and value.field.endswith(("_date", "_end", "_start"))
        return Format((value,)) if moment else value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, task) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, task) for item in value]
    if value is None or isinstance(value, (str, bool, int, float, Format, *_WRITTEN_AS_IT_RUNS)):
        return value
    raise _unknown(task)


def _unknown(task: Task) -> Untranslatable:
    return Untranslatable("MIG207", "a variable of dbt is only known at run time", task.argument_spans.get("vars"))


def _pieces(value: Expr, task: Task) -> list[Expr]:
    if isinstance(value, RunDate):
        return ['"', value, '"']
    if isinstance(value, Format) and all(isinstance(part, (str, RunDate)) for part in value.parts):
        return ['"', *(json.dumps(part)[1:-1] if isinstance(part, str) else part for part in value.parts), '"']
    if isinstance(value, Mapping):
        rows = [[*_pieces(str(key), task), ": ", *_pieces(item, task)] for key, item in value.items()]
        return ["{", *_between(rows), "}"]
    if isinstance(value, (list, tuple)):
        return ["[", *_between([_pieces(item, task) for item in value]), "]"]
    if value is None or isinstance(value, (str, bool, int, float)):
        return [json.dumps(value)]
    raise _unknown(task)


def _between(rows: list[list[Expr]]) -> list[Expr]:
    return [part for number, row in enumerate(rows) for part in ([", ", *row] if number else row)]


RULES = (
    Rule(
        name="dbt",
        operators=tuple(f"{module}.{name}" for module in _MODULES for name in sorted(_COMMANDS)),
        summary="Runs the same dbt command in the same folder.",
        lower=_dbt,
        carried=frozenset(
            {
                "dbt_bin",
                "warn_error",
                "vars",
                "data",
                "schema",
                "full_refresh",
                "env",
                "dir",
                *_OPTIONS,
                *_SELECTIONS,
            }
        ),
        ignored={"verbose": "the output of dbt is the step's log"},
        examples=(
            Example(
                title="Models for a day",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow_dbt.operators.dbt_operator import DbtRunOperator, DbtTestOperator

with DAG(
    "models",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"dir": "/opt/dbt", "profiles_dir": "/opt/dbt/profiles"},
):
    run = DbtRunOperator(task_id="run", select="marts", vars={"day": "{{ ds }}", "full": False})
    run >> DbtTestOperator(task_id="test", select="marts")
""",
                expected=(
                    '"--profiles-dir"',
                    '"--select"',
                    '"marts"',
                    'cwd="/opt/dbt"',
                    "check=True",
                ),
                disposition="step",
            ),
        ),
    ),
)
