"""Requests to web services, and waiting for what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, HttpRequest
from migrator.model.expressions import Expr, InputValue
from migrator.model.values import CallableValue, Value, show
from migrator.operators.common import argument, delta, poll
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_OPTIONS = frozenset({"allow_redirects", "timeout", "verify"})
"""What `extra_options` may say and `requests` takes as it is."""
_CONNECTION = (
    "the connection says the host, the headers and the kind of authentication",
    "the URL of the resource says the host, and user and password for basic authentication",
    "give other headers to the requests in `resources.py`",
)


def _request(task: Task, context: LoweringContext, data: str, default_method: str) -> HttpRequest:
    arguments: dict[str, Expr] = {}
    for name, value in (("endpoint", argument(task, "endpoint")), ("data", argument(task, data))):
        if value not in (None, "", {}):
            arguments[name] = context.template(value)
    if headers := argument(task, "headers"):
        arguments["headers"] = context.template(headers)
    arguments |= _options(task, context)
    method = context.expression(argument(task, "method", default_method))
    resource = context.resource(argument(task, "http_conn_id", "http_default"), "http")
    pages = _pages(task, context, resource)
    name = "response" if pages is None else "responses"
    check = _function(task, context, "response_check", name)
    return HttpRequest(
        resource, method, arguments, check, _function(task, context, "response_filter", name), pages=pages
    )


def _pages(task: Task, context: LoweringContext, resource: str) -> Expr:
    """The function that tells what to ask for next; None where there is one page. Raises Untranslatable."""
    value = argument(task, "pagination_function")
    if value is None:
        return None
    if not isinstance(value, CallableValue):
        raise Untranslatable(
            "MIG207",
            "its `pagination_function` is only known at run time",
            task.argument_spans.get("pagination_function"),
        )
    context.use_methods(resource, ("request_pages",))
    return context.expression(value)


def _authentication(task: Task) -> None:
    """Raises Untranslatable where the request says who asks in another way than by user and password."""
    value = argument(task, "auth_type")
    if value is not None and not show(value).endswith("HTTPBasicAuth"):
        _refuse(task, "auth_type")


def _options(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = {**_mapping(task, "extra_options"), **_mapping(task, "request_kwargs")}
    if beyond := sorted(set(given) - _OPTIONS - {"json"}):
        raise Untranslatable("MIG201", f"its request has the option `{beyond[0]}`", task.span)
    return {name: context.template(value) for name, value in given.items()}


def _mapping(task: Task, name: str) -> Mapping[str, Value]:
    value = argument(task, name) or {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    return value


def _function(task: Task, context: LoweringContext, name: str, response: str = "response") -> CallFunction | None:
    """The call of a function that gets the response, or all of them, and of Airflow's context what it uses."""
    value = argument(task, name)
    if value is None:
        return None
    if not isinstance(value, CallableValue):
        raise Untranslatable(
            "MIG207", f"its argument `{name}` is only known at run time", task.argument_spans.get(name)
        )
    call = context.call(value)
    return replace(call, args=(InputValue(response), *call.args), inline=False)


def _refuse(task: Task, *names: str) -> None:
    for name in names:
        if argument(task, name):
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))


def _operator(task: Task, context: LoweringContext) -> Lowering:
    _refuse(task, "retry_args")
    _authentication(task)
    body = _request(task, context, "data", "POST")
    return Lowering("work", body, deltas=(delta(context, *_CONNECTION, minor=True),))


def _sensor(task: Task, context: LoweringContext) -> Lowering:
    _authentication(task)
    condition = _request(task, context, "request_params", "GET")
    if codes := argument(task, "response_error_codes_allowlist"):
        if not isinstance(codes, (list, tuple)) or not all(isinstance(code, str) for code in codes):
            raise Untranslatable("MIG207", "the codes that it takes for nothing are only known at run time", task.span)
        condition = replace(condition, nothing=tuple(str(code) for code in codes))
        context.use_methods(condition.resource, ("nothing",))
    return Lowering("sensor", poll(task, condition), deltas=(delta(context, *_CONNECTION, minor=True),))


_CARRIED = frozenset(
    {
        "endpoint",
        "method",
        "headers",
        "extra_options",
        "request_kwargs",
        "http_conn_id",
        "response_check",
        "auth_type",
    }
)
_IGNORED = {
    "log_response": "values are shown as metadata, not in logs",
    "deferrable": "there is no triggerer",
    "tcp_keep_alive": "connections are as short as a request",
    "tcp_keep_alive_idle": "connections are as short as a request",
    "tcp_keep_alive_count": "connections are as short as a request",
    "tcp_keep_alive_interval": "connections are as short as a request",
}

RULES = (
    Rule(
        name="http",
        operators=("airflow.providers.http.operators.http.HttpOperator",),
        summary="The same request by a resource that holds the service's URL; its text, or what the filter makes of it, is the value.",
        lower=_operator,
        carried=_CARRIED | {"data", "response_filter", "pagination_function", "retry_args"},
        ignored=_IGNORED,
        connection=("http_conn_id",),
        default_connection="http_default",
        examples=(
            Example(
                title="A request whose response is checked and taken apart",
                dag="""
from datetime import datetime

from airflow.providers.http.operators.http import HttpOperator
from airflow.sdk import DAG, task


def items(response):
    return response.json()["items"]


with DAG("rates", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    fetch = HttpOperator(
        task_id="fetch",
        http_conn_id="rates_api",
        method="GET",
        endpoint="rates/{{ ds }}",
        data={"base": "EUR"},
        headers={"Accept": "application/json"},
        response_check=lambda response: "items" in response.json(),
        response_filter=items,
    )

    @task
    def store(rates):
        print(len(rates))

    store(fetch.output)
""",
                expected=(
                    "rates_api.request(",
                    'endpoint=f"rates/{context.partition_key}"',
                    'data={"base": "EUR"}',
                    "items(response)",
                    "is not accepted",
                ),
            ),
        ),
    ),
    Rule(
        name="http-sensor",
        operators=("airflow.providers.http.sensors.http.HttpSensor",),
        summary="A Dagster sensor that starts the job when the service answers and the answer is accepted; within a DAG, an op that waits.",
        lower=_sensor,
        carried=_CARRIED
        | {"request_params", "response_error_codes_allowlist", "poke_interval", "timeout", "soft_fail"},
        ignored=_IGNORED,
        connection=("http_conn_id",),
        default_connection="http_default",
        examples=(
            Example(
                title="A service that says when it is ready",
                dag="""
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.providers.http.sensors.http import HttpSensor

with DAG("exports", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    ready = HttpSensor(
        task_id="ready",
        http_conn_id="exports",
        endpoint="status",
        response_check=lambda response: response.json()["ready"],
        poke_interval=30,
    )
    ready >> BashOperator(task_id="load", bash_command="load {{ ds }}")
""",
                expected=('exports.find("GET", endpoint="status")', "is not None"),
                disposition="sensor",
            ),
        ),
    ),
)
