"""Python functions that run in a container: `@task.docker`, `@task.kubernetes`, and `@task.kubernetes_cmd`, whose function makes the command."""

from __future__ import annotations

from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, PythonEnvironment, RenderedCall, UseResource
from migrator.operators.calls import use
from migrator.operators.common import CALL_ARGUMENTS, CALL_IGNORED, argument, computed, flag
from migrator.operators.containers import (
    CLOUD_PLACE,
    DOCKER,
    DOCKER_HOST,
    KUBERNETES,
    docker_container,
    docker_deltas,
    pod,
)
from migrator.operators.python import sent_away
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_FILE = "/airflow/xcom/return.json"
"""Where a container leaves its value for the one beside it, which hands it over."""
_PICKLES = {
    "expect_airflow": "there is no Airflow beside the function",
    "serializer": "arguments and results go as pickles; what pickle cannot take fails the step",
    "use_dill": "arguments go as pickles; what pickle cannot take fails the step",
    "multiple_outputs": "members of the result are picked where they are used",
}


def _called(call: CallFunction, container: UseResource, python: str, result: str, returns: bool) -> CallFunction:
    environment = PythonEnvironment(made=False, python=python, container=container, result=result)
    return replace(call, inline=False, environment=environment, returns=call.returns and returns)


def _docker(task: Task, context: LoweringContext) -> Lowering:
    call = sent_away(task, context)
    container = use(task, context, DOCKER_HOST, "call", docker_container(task, context), kind="docker")
    python = argument(task, "python_command", "python3")
    if not isinstance(python, str):
        raise Untranslatable("MIG207", "the Python of its container is only known at run time", task.span)
    return Lowering("work", _called(call, container, python, "-", True), deltas=docker_deltas(task, context))


def _kubernetes(task: Task, context: LoweringContext) -> Lowering:
    call = sent_away(task, context)
    hands_over = flag(task, "do_xcom_push")
    if not hands_over and "return_value" in context.taken_keys:
        raise Untranslatable("MIG201", "its value is taken, but its pod hands none over", task.span)
    lowering = pod(task, context)
    assert isinstance(lowering.body, UseResource)
    result = _FILE if hands_over else ""
    return replace(lowering, body=_called(call, lowering.body, "python", result, hands_over))


def _kubernetes_command(task: Task, context: LoweringContext) -> Lowering:
    call = computed(task, context)
    if isinstance(call, RenderedCall) or call.pushes or call.callable.is_generator or call.callable.is_async:
        raise Untranslatable("MIG205", "its function is no plain one that makes a command", task.span)
    lowering = pod(task, context)
    assert isinstance(lowering.body, UseResource)
    environment = PythonEnvironment(
        made=False, container=lowering.body, makes="args" if flag(task, "args_only") else "command"
    )
    called = replace(call, inline=False, environment=environment, returns=flag(task, "do_xcom_push"))
    return replace(lowering, body=called)


_COMMAND_EXAMPLE = Example(
    title="A function that makes the command of a pod",
    dag="""
from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule="@daily", start_date=datetime(2024, 1, 1))
def loads():
    @task.kubernetes_cmd(image="acme/load:2", namespace="jobs")
    def load(day):
        return ["load", "--day", day]

    load("{{ ds }}")


loads()
""",
    expected=("kubernetes.run(", "command=load(day=context.partition_key)"),
    disposition="step",
)
_ARGUMENTS_EXAMPLE = Example(
    title="A function that makes the arguments of an image's own command",
    dag="""
from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule="@daily", start_date=datetime(2024, 1, 1))
def loads():
    @task.kubernetes_cmd(image="acme/load:2", args_only=True, service_account_name="loader", image_pull_policy="Always")
    def load(day):
        return ["--day", day]

    load("{{ ds }}")


loads()
""",
    expected=(
        '"args": load(day=context.partition_key)',
        '"image_pull_policy": "Always"',
        '"service_account_name": "loader"',
    ),
    disposition="step",
)
_DOCKER_EXAMPLE = Example(
    title="A function in a container",
    dag="""
from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule="@daily", start_date=datetime(2024, 1, 1))
def scores():
    @task.docker(image="python:3.12-slim", environment={"STAGE": "prod"})
    def score(day):
        import math

        return {"day": day, "score": math.pi}

    @task
    def tell(found):
        print(found["score"])

    tell(score("{{ ds }}"))


scores()
""",
    expected=(
        "docker_host.call(",
        'image="python:3.12-slim"',
        "command=python_command(",
        'kwargs={"day": context.partition_key}',
        'result="-"',
    ),
)
_POD_EXAMPLE = Example(
    title="A function in a pod",
    dag="""
from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule="@daily", start_date=datetime(2024, 1, 1))
def scores():
    @task.kubernetes(image="python:3.12-slim", namespace="jobs")
    def score(day):
        print(day)

    score("{{ ds }}")


scores()
""",
    expected=("kubernetes.run(", 'namespace="jobs"', "command=python_command(", 'python="python"'),
    disposition="step",
)
_POD = (KUBERNETES.carried - {"cmds", "arguments", *CLOUD_PLACE}) | CALL_ARGUMENTS
RULES = (
    Rule(
        name="docker-function",
        operators=("airflow.providers.docker.decorators.docker._DockerDecoratedOperator",),
        summary="Calls the same function in the same container: its source and its arguments go there as the command, and its value comes back as the last"
        " line of the output.",
        lower=_docker,
        carried=(DOCKER.carried - {"command"}) | CALL_ARGUMENTS | {"python_command"},
        ignored={**CALL_IGNORED, **DOCKER.ignored, **_PICKLES, "command": "the command calls the function"},
        examples=(_DOCKER_EXAMPLE,),
    ),
    Rule(
        name="kubernetes-function",
        operators=("airflow.providers.cncf.kubernetes.decorators.kubernetes._KubernetesDecoratedOperator",),
        summary="Calls the same function in the same pod: its source and its arguments go there as the command, and with `do_xcom_push` its value comes back"
        " as JSON.",
        lower=_kubernetes,
        carried=_POD,
        ignored={
            **CALL_IGNORED,
            **KUBERNETES.ignored,
            **_PICKLES,
            "cmds": "the command calls the function",
            "arguments": "the command calls the function",
        },
        examples=(_POD_EXAMPLE,),
    ),
    Rule(
        name="kubernetes-command",
        operators=("airflow.providers.cncf.kubernetes.decorators.kubernetes_cmd._KubernetesCmdDecoratedOperator",),
        summary="Runs the same pod, whose command (with `args_only`, the arguments of the image's own) is what the function returns.",
        lower=_kubernetes_command,
        carried=_POD | {"args_only"},
        ignored={
            **CALL_IGNORED,
            **KUBERNETES.ignored,
            "cmds": "the function makes the command",
            "arguments": "the function makes the command",
        },
        examples=(_COMMAND_EXAMPLE, _ARGUMENTS_EXAMPLE),
    ),
)
