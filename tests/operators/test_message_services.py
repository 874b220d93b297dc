"""Messages to people: what rules make of their arguments, and what the generated classes send."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import dagster as dg
import jinja2
import pandas as pd
import pytest
import requests
from tabulate import tabulate

from migrator.codegen.resources.resources import class_source
from migrator.model.bodies import UseResource
from migrator.model.expressions import Format
from migrator.model.values import Text
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

ROWS = "airflow.providers.slack.transfers.sql_to_slack_webhook.SqlToSlackWebhookOperator"
FILE = "airflow.providers.slack.operators.slack.SlackAPIFileOperator"
TELEGRAM = "airflow.providers.telegram.operators.telegram.TelegramOperator"


def used(operator: str, **arguments: Any) -> UseResource:
    body = lower(make_task(operator, arguments))[0].body
    assert isinstance(body, UseResource)
    return body


def test_rows_in_a_message_are_left_for_the_method() -> None:
    given = {"sql": "SELECT 1", "sql_conn_id": "dwh", "slack_webhook_conn_id": "ops"}
    body = used(ROWS, **given, slack_message="a {{ results_df }} b", slack_channel="#c")
    assert (body.resource, body.method) == ("ops", "send_rows")
    assert body.arguments["text"] == "a {{ results_df }} b" and body.arguments["channel"] == "#c"
    other = used(ROWS, **given, slack_message="{{ ds }} {{ rows | tabulate }}", results_df_name="rows")
    assert other.arguments["text"] == "{{ ds }} {{ rows | tabulate }}" and other.arguments["rows_name"] == "rows"
    for message in ("{% for row in results_df %}{% endfor %}", Text(("a", "b"))):
        with pytest.raises(Untranslatable):
            used(ROWS, **given, slack_message=message)
    with pytest.raises(Untranslatable, match="sql_hook_params"):
        used(ROWS, **given, slack_message="a", sql_hook_params={"a": 1})


def test_a_file_or_a_text_is_posted() -> None:
    assert used(FILE, filename="/a.csv", channels="#c").arguments == {"channels": "#c", "path": "/a.csv"}
    assert used(FILE, filename="a.csv", content="1").arguments == {"filename": "a.csv", "content": "1"}


def test_what_telegram_is_told() -> None:
    assert used(TELEGRAM, text="a", chat_id="1", token="t").arguments == {"text": "a", "chat_id": "1"}
    told = used(TELEGRAM, telegram_kwargs={"text": "a", "parse_mode": "Markdown"}).arguments
    assert told == {"text": "a", "options": {"parse_mode": "Markdown"}}
    with pytest.raises(Untranslatable):
        used(TELEGRAM)


def test_messages_of_telegram(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    answers = [SimpleNamespace(ok=True), SimpleNamespace(ok=False, status_code=400, text="no such chat")]

    def post(url: str, json: Any, timeout: float) -> Any:
        sent.append((url, json))
        return answers.pop(0)

    monkeypatch.setattr(requests, "post", post)
    bot = service("telegram", "send", url="https://-100:12%3AT@api.telegram.org")
    bot.send("done")
    body = {"parse_mode": "HTML", "disable_web_page_preview": True, "chat_id": "-100", "text": "done"}
    assert sent == [("https://api.telegram.org/bot12:T/sendMessage", body)]
    with pytest.raises(dg.Failure, match="400: no such chat"):
        bot.send("done", chat_id=5, options={"parse_mode": "Markdown"})
    assert sent[1][1] == {**body, "chat_id": 5, "parse_mode": "Markdown"}
    service("telegram", "send").send("only logged")
    assert len(sent) == 2


def test_files_of_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    posted: list[Any] = []

    class WebClient:
        def __init__(self, token: str) -> None:
            assert token == "xoxb"

        def conversations_list(self, types: str, limit: int) -> list[Any]:
            return [{"channels": [{"id": "C1", "name": "ops"}]}, {"channels": [{"id": "C2", "name": "team"}]}]

        def files_upload_v2(self, **given: Any) -> None:
            posted.append({name: value for name, value in given.items() if value is not None})

    stand_in(monkeypatch, slack_sdk={"WebClient": WebClient})
    slack = service("slack_api", "post_file", "post_rows", token="xoxb")
    slack.post_file("#ops,C9", path="/tmp/a.csv", comment="hi")
    plain = {"file": "/tmp/a.csv", "filename": "a.csv", "initial_comment": "hi"}
    assert posted == [{"channel": "C9", **plain}, {"channel": "C1", **plain}]
    database = SimpleNamespace(frame=lambda query, parameters: pd.DataFrame({"a": [1]}))
    slack.post_rows(database, "SELECT 1", "rows.csv", ["team"], options={"index": False}, title="Rows")
    assert posted[2] == {"channel": "C2", "content": "a\n1\n", "filename": "rows.csv", "title": "Rows"}
    with pytest.raises(dg.Failure, match="nowhere"):
        slack.post_file("#nowhere", content="a", filename="b")


def test_rows_are_put_into_a_message() -> None:
    names: dict[str, Any] = {"dg": dg, "jinja2": jinja2, "tabulate": tabulate, "json": json, "Any": Any}
    exec("from __future__ import annotations\n" + class_source("slack", ("send_rows",)), names)
    told: list[Any] = []
    webhook = names["SlackWebhook"](url="")
    type(webhook).send = lambda self, **given: told.append(given)
    database = SimpleNamespace(frame=lambda query, parameters: pd.DataFrame({"a": [1]}))
    webhook.send_rows(
        database, "SELECT 1", "{{ rows['a'].sum() }} {{ rows | tabulate(headers='keys') }}", rows_name="rows"
    )
    assert told == [{"text": "1 " + tabulate(pd.DataFrame({"a": [1]}), headers="keys"), "channel": None}]


def test_dates_stand_beside_the_rows() -> None:
    task = make_task(ROWS, {"sql": "SELECT 1", "sql_conn_id": "dwh", "slack_message": "a {{ results_df }}"})
    lowering, context = lower(task)
    assert isinstance(lowering.body, UseResource) and not isinstance(lowering.body.arguments["text"], Format)
    assert context.called == ["frame", "send_rows"]
