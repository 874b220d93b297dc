"""Shell commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, RenderedCall, RunShell
from migrator.model.changed import replace
from migrator.model.expressions import EnvValue, Expr, Format, InputValue, Merged, TemplateText, WholeEnvironment
from migrator.model.values import CallableValue, is_known
from migrator.operators.common import CALL_ARGUMENTS, argument, computed, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

BASH = "airflow.providers.standard.operators.bash.BashOperator"
_SKIP = 99
"""The exit code by which a command skips its task, unless the task says otherwise."""

_CONTEXT_VARIABLES = {
    "AIRFLOW_CTX_DAG_ID": "{{ dag.dag_id }}",
    "AIRFLOW_CTX_TASK_ID": "{{ task.task_id }}",
    "AIRFLOW_CTX_EXECUTION_DATE": "{{ ts }}",
    "AIRFLOW_CTX_LOGICAL_DATE": "{{ ts }}",
    "AIRFLOW_CTX_TRY_NUMBER": "{{ ti.try_number }}",
    "AIRFLOW_CTX_DAG_RUN_ID": "{{ run_id }}",
    "AIRFLOW_CTX_DAG_OWNER": "{{ task.owner }}",
}
"""What Airflow tells each command in its environment (`airflow/sdk/execution_time/context.py`, 3.3); of 2.11 the date is the third, of 3 the fourth."""


def _run(task: Task, context: LoweringContext) -> Lowering:
    command = _command(task, context)
    env = context.template(argument(task, "env"))
    inherits = env is None or flag(task, "append_env")
    if isinstance(env, (WholeEnvironment, Merged)) and (beside := _beside_the_environment(env)) is not None:
        env, inherits = beside, True
    is_json = isinstance(env, EnvValue) and env.json
    if env is not None and not is_json and not isinstance(env, Mapping | InputValue | Merged):
        raise Untranslatable("MIG207", "its environment is only known at run time", task.argument_spans.get("env"))
    cwd, text = argument(task, "cwd"), _text(command, context)
    asked = [name for name in _CONTEXT_VARIABLES if name in text]
    if asked and isinstance(env, Merged):
        env = Merged((*env.parts, {name: context.template(_CONTEXT_VARIABLES[name]) for name in asked}))
    if asked and isinstance(env, InputValue):
        raise Untranslatable(
            "MIG207", f"its command asks for `{asked[0]}`, and its environment is another task's value"
        )
    of_context = {name: context.template(_CONTEXT_VARIABLES[name]) for name in asked}
    body = RunShell(
        command=command,
        env={**env, **of_context} if isinstance(env, Mapping) else env or of_context,
        append_env=inherits,
        cwd=None if cwd is None else context.template(cwd),
        skip_exit_codes=_skip_codes(task, _written(task, text, context)),
        processor=_processor(task, context),
    )
    return Lowering("work", body)


def _beside_the_environment(env: WholeEnvironment | Merged) -> Expr:
    """What is set over all environment variables; None where these are not the first."""
    first, *rest = env.parts if isinstance(env, Merged) else (env,)
    if not isinstance(first, WholeEnvironment) or not all(isinstance(part, Mapping) for part in rest):
        return None
    return {name: value for part in rest for name, value in part.items()}


def _processor(task: Task, context: LoweringContext) -> CallFunction | None:
    """The function that makes the task's value of the last line of the output."""
    given = argument(task, "output_processor")
    if given is None:
        return None
    if not isinstance(given, CallableValue):
        raise Untranslatable(
            "MIG207", "its `output_processor` is only known at run time", task.argument_spans.get("output_processor")
        )
    name = given.parameters[0].name if given.kind == "lambda" and given.parameters else "output"
    call = context.call(given)
    return replace(call, args=(InputValue(name), *call.args), inline=False)


def _command(task: Task, context: LoweringContext) -> Expr:
    if task.decorator is not None:
        return computed(task, context)
    return context.files(required(task, "bash_command"), (".sh", ".bash"))[0]


def _skip_codes(task: Task, command: str) -> tuple[int, ...]:
    """The exit codes that skip the task; `command` is its text, with its templates as they are written."""
    given = argument(task, "skip_on_exit_code", _SKIP)
    if isinstance(given, int):
        # Every command has the default: to carry it where no command can mean it would only be noise.
        exits = re.search(rf"\bexit\s+(?:{given}\b|\{{\{{[^}}]*\b{given}\b)", command)
        return (given,) if "skip_on_exit_code" in task.arguments or exits else ()
    if given is None:
        return ()
    if isinstance(given, (list, tuple)) and all(isinstance(code, int) for code in given):
        return tuple(given)
    raise Untranslatable("MIG207", "the exit codes that skip it are only known at run time", task.span)


def _written(task: Task, text: str, context: LoweringContext) -> str:
    """What is written down of the command, or of those of all copies; where another task makes it, the file of the DAG."""
    given = task.expand.get("bash_command", task.expand.get("**", argument(task, "bash_command")))
    if text or (is_known(given) and "xcom_pull" not in str(given)):
        return f"{text} {given}"
    source = context.project.sources.get(task.span.file)
    return source.text if source is not None else ""


def _text(expression: Expr, context: LoweringContext) -> str:
    """The literal text in an expression; the source of a function that makes it."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, TemplateText):
        return str(expression.text)
    if isinstance(expression, RenderedCall):
        return _text(expression.call, context)
    if isinstance(expression, CallFunction):
        span = expression.callable.span
        source = context.project.sources.get(span.file) if span is not None else None
        return source.cut(span) if source is not None and span is not None else ""
    parts: Iterable[Expr] = expression.parts if isinstance(expression, Format) else ()
    return "".join(_text(part, context) for part in parts)


RULES = (
    Rule(
        name="bash",
        operators=(BASH, "airflow.providers.standard.decorators.bash._BashDecoratedOperator"),
        summary="Runs the same command by bash, with its environment and working directory. Under `@task.bash` the same function returns it.",
        lower=_run,
        carried=frozenset(
            {"bash_command", "env", "append_env", "cwd", "skip_on_exit_code", "output_processor", *CALL_ARGUMENTS}
        ),
        ignored={"output_encoding": "output is read as UTF-8"},
        command=("bash_command",),
        computed="bash_command",
        examples=(
            Example(
                title="A command with a date",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("export", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    BashOperator(
        task_id="export",
        bash_command="./export.sh --day {{ ds }} > exports/{{ ds }}.csv",
        cwd="/opt/shop",
        env={"MODE": "full"},
    )
""",
                expected=(
                    "./export.sh --day {context.partition_key} > exports/{context.partition_key}.csv",
                    "/opt/shop",
                    '"MODE": "full"',
                ),
            ),
            Example(
                title="A function that returns the command",
                dag="""
from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1))
def backups():
    @task.bash(env={"LEVEL": "9"}, append_env=True)
    def compress(folder: str) -> str:
        return f"tar --create --gzip --file {folder}.tar.gz {folder}"

    compress("orders")


backups()
""",
                expected=('compress(folder="orders")', '"LEVEL": "9"', "tar --create --gzip"),
                disposition="step",
            ),
        ),
    ),
)
