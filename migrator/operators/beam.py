"""Pipelines of Apache Beam that Airflow starts on its own machine: the same program with the same options, on Dataflow or another runner."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import RunShell
from migrator.model.expressions import Expr, Format
from migrator.model.plan import Delta
from migrator.model.values import ObjectValue, Value, show
from migrator.operators.common import argument, delta, required, text
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_BEAM = "airflow.providers.apache.beam.operators.beam."
_DATAFLOW = "airflow.providers.google.cloud.operators.dataflow."
_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
_SHELL_SAFE = re.compile(r"^[\w@%+=:,./-]*$")


def _mapping(task: Task, name: str) -> dict[str, Value]:
    value = argument(task, name) or {}
    if not isinstance(value, Mapping):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    return {str(key): item for key, item in value.items()}


def _list(task: Task, name: str) -> list[Value]:
    value = argument(task, name) or []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, (list, tuple)):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    return list(value)


def _dataflow(task: Task) -> dict[str, Value]:
    """The settings of Dataflow, of an object of them or a dict."""
    given = argument(task, "dataflow_config") or {}
    if isinstance(given, ObjectValue):
        return dict(given.kwargs)
    if not isinstance(given, Mapping):
        raise Untranslatable("MIG207", "its settings of Dataflow are only known at run time", task.span)
    return {str(key): item for key, item in given.items()}


def _options(task: Task, snake: bool) -> dict[str, Value]:
    """The options of the pipeline in Airflow's order: defaults, what Dataflow's settings say, the pipeline's own. Raises Untranslatable."""
    runner = show(argument(task, "runner") or "DirectRunner")
    found: dict[str, Value] = {"runner": runner}
    found |= _mapping(task, "default_pipeline_options")
    if runner.lower() == "dataflowrunner":
        settings = _dataflow(task)
        found["job_name" if snake else "jobName"] = _job_name(settings.get("job_name") or task.task_id)
        for name, option in (
            ("project_id", "project"),
            ("location", "region"),
            ("service_account", "service_account_email"),
        ):
            if (value := settings.get(name)) is not None:
                found[option if snake or option in ("project", "region") else "serviceAccount"] = value
    found |= _mapping(task, "pipeline_options")
    return {_CAMEL.sub("_", name).lower(): value for name, value in found.items()} if snake else found


def _legacy_options(task: Task, snake: bool) -> dict[str, Value]:
    """The options of the operators of Dataflow from before those of Beam."""
    found: dict[str, Value] = {"runner": "DataflowRunner"}
    found["job_name" if snake else "jobName"] = _job_name(argument(task, "job_name") or task.task_id)
    for name, option in (("project_id", "project"), ("location", "region")):
        if (value := argument(task, name)) is not None:
            found[option] = value
    found |= _mapping(task, "dataflow_default_options") | _mapping(task, "options")
    return {_CAMEL.sub("_", name).lower(): value for name, value in found.items()} if snake else found


def _job_name(name: Value) -> Value:
    return name.replace("_", "-").lower() if isinstance(name, str) and "{" not in name else name


def _arguments(task: Task, context: LoweringContext, options: Mapping[str, Value]) -> Iterable[Expr]:
    for name, value in options.items():
        if name == "labels" and isinstance(value, Mapping):
            value = [text(key, "=", item) for key, item in value.items()]
        if value is None or value is False:
            continue
        if value is True:
            yield f"--{name}"
        elif isinstance(value, (list, tuple)):
            yield from (
                context.template(text(f"--{name}=", item if not isinstance(item, int) else str(item))) for item in value
            )
        elif isinstance(value, Mapping):
            yield f"--{name}={json.dumps(dict(value))}"
        elif isinstance(value, (int, float)):
            yield f"--{name}={value}"
        else:
            yield context.template(text(f"--{name}=", value))


def _fetched(task: Task, context: LoweringContext, file: Value, words: list[Expr], place: str) -> Expr:
    """The command with a program of Cloud Storage fetched before it; the words themselves for a local one."""
    if not show(file).startswith("gs://"):
        return words
    fetch: list[Expr] = ["gcloud", "storage", "cp", context.template(file), place]
    script = _script([fetch, words])
    folder = 'cd "$(mktemp -d)" && '
    return f"{folder}{script}" if isinstance(script, str) else Format((folder, *_parts(script)))


def _parts(expression: Expr) -> tuple[Expr, ...]:
    return expression.parts if isinstance(expression, Format) else (expression,)


def _script(lines: list[list[Expr]]) -> Expr:
    parts: list[Expr] = []
    for number, words in enumerate(lines):
        parts.append(" && " if number else "")
        for position, word in enumerate(words):
            parts += [" " if position else "", *_quoted(word)]
    return (
        "".join(parts)
        if all(isinstance(part, str) for part in parts)
        else Format(tuple(part for part in parts if part != ""))
    )


def _quoted(word: Expr) -> list[Expr]:
    if isinstance(word, str):
        return [shlex.quote(word)]
    pieces = word.parts if isinstance(word, Format) else (word,)
    if any(isinstance(piece, str) and "'" in piece for piece in pieces):
        return ['"', *pieces, '"']
    plain = all(not isinstance(piece, str) or _SHELL_SAFE.match(piece) for piece in pieces)
    return list(pieces) if plain else ["'", *pieces, "'"]


def _deltas(context: LoweringContext, waits: bool) -> tuple[Delta, ...]:
    if not waits:
        return ()
    found = delta(
        context,
        "it waits until the job of Dataflow has ended, under a name that no other job has",
        "the program itself waits where it calls `wait_until_finish` or uses `with beam.Pipeline`; the job has the name that is given",
        "see that the pipeline waits for its end",
        minor=True,
    )
    return (found,)


def _python(task: Task, context: LoweringContext) -> Lowering:
    legacy = task.operator_module + "." == _DATAFLOW
    options = _legacy_options(task, True) if legacy else _options(task, True)
    file = required(task, "py_file")
    program: Expr = "pipeline.py" if show(file).startswith("gs://") else context.template(file)
    # The interpreter of Airflow's machine is that of the environment here.
    interpreter: list[Expr] = ["python"]
    if requirements := _list(task, "py_requirements"):
        packages = [word for entry in requirements for word in ("--with", context.template(entry))]
        interpreter = ["uv", "run", "--no-project", *packages, "python"]
    own = [context.template(option) for option in _list(task, "py_options")]
    words: list[Expr] = [*interpreter, *own, program, *_arguments(task, context, options)]
    body = RunShell(_fetched(task, context, file, words, "pipeline.py"), kind="beam")
    return Lowering("work", body, deltas=_deltas(context, str(options["runner"]).lower() == "dataflowrunner"))


def _java(task: Task, context: LoweringContext) -> Lowering:
    legacy = task.operator_module + "." == _DATAFLOW
    options = _legacy_options(task, False) if legacy else _options(task, False)
    jar, job_class = required(task, "jar"), argument(task, "job_class")
    program: Expr = "pipeline.jar" if show(jar).startswith("gs://") else context.template(jar)
    start: list[Expr] = (
        ["java", "-jar", program] if job_class is None else ["java", "-cp", program, context.template(job_class)]
    )
    words: list[Expr] = [*start, *_arguments(task, context, options)]
    body = RunShell(_fetched(task, context, jar, words, "pipeline.jar"), kind="beam")
    return Lowering("work", body, deltas=_deltas(context, str(options["runner"]).lower() == "dataflowrunner"))


_EXAMPLE = Example(
    title="A pipeline on Dataflow with packages of its own",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.apache.beam.operators.beam import BeamRunPythonPipelineOperator

with DAG("flows", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    BeamRunPythonPipelineOperator(
        task_id="sessions",
        runner="DataflowRunner",
        py_file="/opt/flows/sessions.py",
        pipeline_options={"tempLocation": "gs://lake/tmp", "input": "gs://lake/raw/{{ ds }}/*"},
        py_requirements=["apache-beam[gcp]==2.60.0"],
        py_interpreter="python3",
        dataflow_config={"job_name": "sessions", "project_id": "acme", "location": "europe-west1"},
    )
""",
    expected=(
        '"uv"',
        '"apache-beam[gcp]==2.60.0"',
        '"/opt/flows/sessions.py"',
        '"--job_name=sessions"',
        '"--temp_location=gs://lake/tmp"',
        'f"--input=gs://lake/raw/{context.partition_key}/*"',
    ),
    disposition="step",
)
_IGNORED = {
    "gcp_conn_id": "the program finds the application's credentials",
    "deferrable": "there is no triggerer",
    "py_interpreter": "the interpreter of the environment runs",
    "py_system_site_packages": "the packages that are named are there, and what they need",
    "append_job_name": "the job has the name that is given",
    "check_if_running": "the job has the name that is given",
    "wait_until_finished": "the program itself waits",
    "poll_sleep": "the program itself waits",
    "cancel_timeout": "a run that is ended ends the program",
    "drain_pipeline": "a run that is ended ends the program",
    "multiple_jobs": "the program itself waits",
    "delegate_to": "an argument without effect in today's operators",
}
_PYTHON = {"py_file", "py_options", "py_requirements"}
_OF_BEAM = {"runner", "default_pipeline_options", "pipeline_options", "dataflow_config"}
_OF_DATAFLOW = {"job_name", "project_id", "location", "dataflow_default_options", "options"}
_SUMMARY = "Runs the same program with the same options; one of Cloud Storage is fetched before, by `gcloud`."

RULES = (
    Rule(
        name="beam-python",
        operators=(_BEAM + "BeamRunPythonPipelineOperator",),
        summary=f"{_SUMMARY} Packages of its own are there by `uv`.",
        lower=_python,
        carried=frozenset(_PYTHON | _OF_BEAM),
        ignored=_IGNORED,
        examples=(_EXAMPLE,),
    ),
    Rule(
        name="dataflow-python",
        operators=(_DATAFLOW + "DataflowCreatePythonJobOperator",),
        summary=f"{_SUMMARY} Packages of its own are there by `uv`.",
        lower=_python,
        carried=frozenset(_PYTHON | _OF_DATAFLOW),
        ignored=_IGNORED,
    ),
    Rule(
        name="beam-java",
        operators=(_BEAM + "BeamRunJavaPipelineOperator",),
        summary=_SUMMARY,
        lower=_java,
        carried=frozenset({"jar", "job_class"} | _OF_BEAM),
        ignored=_IGNORED,
    ),
    Rule(
        name="dataflow-java",
        operators=(_DATAFLOW + "DataflowCreateJavaJobOperator",),
        summary=_SUMMARY,
        lower=_java,
        carried=frozenset({"jar", "job_class"} | _OF_DATAFLOW),
        ignored=_IGNORED,
    ),
)
