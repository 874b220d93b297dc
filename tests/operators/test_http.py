"""Requests to web services: what a task becomes, and what the generated resource sends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import dagster as dg
import pytest
import requests

from migrator.codegen.resources.resources import class_source
from migrator.model.bodies import HttpRequest, PollUntil
from migrator.model.expressions import InputValue
from migrator.model.values import CallableValue
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
    [{"pagination_function": "next_page"}, {"auth_type": FUNCTION}, {"extra_options": {"check_response": False}}],
)
def test_requests_that_stay(arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        lower(make_task(OPERATOR, arguments))


def test_pages_are_asked_for_one_after_the_other() -> None:
    lowering, context = lower(
        make_task(OPERATOR, {"method": "GET", "pagination_function": FUNCTION, "response_filter": FUNCTION})
    )
    body = lowering.body
    assert isinstance(body, HttpRequest) and body.pages == FUNCTION and body.filter is not None
    assert body.filter.args == (InputValue("responses"),) and context.called == ["request_pages"]
    waits = lower(make_task(SENSOR, {"response_error_codes_allowlist": ["404", "503"]}))[0].body
    assert waits == PollUntil(HttpRequest("http_default", "GET", nothing=("404", "503")))
    basic = CallableValue("HTTPBasicAuth", "HTTPBasicAuth", "requests.auth", "library")
    assert isinstance(lower(make_task(OPERATOR, {"auth_type": basic}))[0].body, HttpRequest)


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


def test_pages_and_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {"Any": Any, "Callable": Callable, "Collection": Collection, "Mapping": Mapping, "dg": dg}
    names |= {"requests": requests, "unquote": unquote, "urlsplit": urlsplit}
    exec(class_source("http", ("request_pages", "nothing", "save")), names)
    api = names["HttpApi"](url="https://host")
    sent: list[Any] = []

    def request(method: str, url: str, **given: Any) -> Any:
        sent.append((url, given.get("params"), given["headers"]))
        status = 503 if url.endswith("busy") else 200
        return SimpleNamespace(status_code=status, content=b"page", raise_for_status=lambda: None)

    monkeypatch.setattr(requests, "request", request)
    pages = [{"data": {"page": 2}, "headers": {"B": "2"}}, {"endpoint": "more"}, None]
    found = api.request_pages("GET", lambda response: pages.pop(0), "items", {"n": 5}, {"A": "1"})
    assert len(found) == 3
    assert sent == [
        ("https://host/items", {"n": 5}, {"A": "1"}),
        ("https://host/items", {"n": 5, "page": 2}, {"A": "1", "B": "2"}),
        ("https://host/more", {"n": 5}, {"A": "1"}),
    ]
    assert api.find("GET", "busy", nothing=["503"]) is None and api.find("GET", "busy", nothing=["404"]) is not None
    written: list[Any] = []
    api.save(
        SimpleNamespace(write=lambda *given: written.append(given)), "lake", "a.json", endpoint="items", replace=True
    )
    assert written == [(b"page", "lake", "a.json", True)]
