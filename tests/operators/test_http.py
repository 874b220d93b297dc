"""Requests to web services: what a task becomes, and what the generated resource sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import dagster as dg
import pytest
import requests

from migrator.codegen.resources.resources import class_source
from migrator.model.bodies import HttpRequest, PollUntil
from migrator.model.expressions import InputValue
from migrator.operators.rule import Untranslatable
from tests.operators.fake import FUNCTION, lower, make_task

OPERATOR = "airflow.providers.http.operators.http.HttpOperator"
SENSOR = "airflow.providers.http.sensors.http.HttpSensor"


def test_a_request_says_only_what_the_task_says() -> None:
    body = lower(make_task(OPERATOR, {"endpoint": "jobs", "data": "x", "extra_options": {"timeout": 5}}))[0].body
    assert body == HttpRequest("http_default", "POST", {"endpoint": "jobs", "data": "x", "timeout": 5})


def test_functions_get_the_response_first() -> None:
    body = lower(make_task(OPERATOR, {"method": "GET", "response_check": FUNCTION, "response_filter": FUNCTION}))[
        0
    ].body
    assert isinstance(body, HttpRequest)
    assert [call.args for call in (body.check, body.filter) if call] == [(InputValue("response"),)] * 2


def test_a_sensor_asks_by_get() -> None:
    body = lower(make_task(SENSOR, {"endpoint": "done", "request_params": {"a": 1}, "poke_interval": 5}))[0].body
    assert body == PollUntil(HttpRequest("http_default", "GET", {"endpoint": "done", "data": {"a": 1}}), interval=5.0)


@pytest.mark.parametrize(
    "arguments",
    [{"pagination_function": FUNCTION}, {"auth_type": FUNCTION}, {"extra_options": {"check_response": False}}],
)
def test_requests_that_stay(arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        lower(make_task(OPERATOR, arguments))


class Sent:
    """Stands in for `requests.request`, and answers with a status."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.given: dict[str, Any] = {}

    def __call__(self, method: str, url: str, **given: Any) -> requests.Response:
        self.given = {"method": method, "url": url, **given}
        response = requests.Response()
        response.status_code, response.url = self.status, url
        return response


@pytest.fixture
def api() -> Any:
    names: dict[str, Any] = {
        "Any": Any,
        "Mapping": Mapping,
        "dg": dg,
        "requests": requests,
        "unquote": unquote,
        "urlsplit": urlsplit,
    }
    exec(class_source("http"), names)
    return names["HttpApi"](url="https://me:p%40ss@host:8443/v1")


def test_what_the_resource_sends(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(200)
    monkeypatch.setattr(requests, "request", sent)
    api.request("GET", "items", data={"a": "1"}, timeout=3)
    assert sent.given == {
        "method": "GET",
        "url": "https://host:8443/v1/items",
        "headers": None,
        "auth": ("me", "p@ss"),
        "params": {"a": "1"},
        "timeout": 3,
    }
    api.request("POST", "/items", data="text")
    assert sent.given["url"] == "https://host:8443/v1/items"
    assert sent.given["data"] == "text"


def test_errors_show_no_password(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "request", Sent(500))
    with pytest.raises(requests.HTTPError) as error:
        api.request("GET", "items")
    assert "p@ss" not in str(error.value)
    assert "p%40ss" not in str(error.value)
    with pytest.raises(requests.HTTPError):
        api.find("GET", "items")


def test_nothing_there_is_no_error_where_it_is_waited_for(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "request", Sent(404))
    assert api.find("GET", "items") is None
    with pytest.raises(requests.HTTPError):
        api.request("GET", "items")
