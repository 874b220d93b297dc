"""The HTML report as a file: nothing in it can act, nothing secret is in it, and it does not change without a reason."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from migrator.cli import app
from migrator.config import load_config
from migrator.effort import PlanSettings
from migrator.pipeline import analyze
from migrator.report.page import embedded, render
from migrator.roadmap import make_roadmap
from migrator.secrets.masking import cover_source

HOSTILE = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>\u2028"

DAGS = '''
from datetime import datetime
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator

PASSWORD = "hunter2"
URL = "postgres://bob:hunter2@host/db"
"""</script><script>alert(1)</script>"""

with DAG("orders", schedule="@daily", start_date=datetime(2024, 1, 1), doc_md="</script><script>alert(2)</script>", params={"api_key": "hunter2"}):
    load = SQLExecuteQueryOperator(task_id="load", conn_id="w", sql="INSERT INTO dwh.orders SELECT * FROM src.orders")
    send = BashOperator(task_id="send", bash_command="curl -H 'Authorization: Bearer hunter2hunter2' https://bob:hunter2@host/x", env={"TOKEN": "hunter2"})
    load >> send
with DAG("revenue", schedule="@daily", start_date=datetime(2024, 1, 1)):
    SQLExecuteQueryOperator(task_id="sum", conn_id="w", sql="INSERT INTO dwh.revenue SELECT * FROM dwh.orders")
'''


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("dags")
    (folder / "orders.py").write_text(DAGS)
    analysis = analyze(folder, load_config(None, folder))
    roadmap = make_roadmap(analysis.project, analysis.plan, PlanSettings())
    return render(analysis, roadmap, PlanSettings(), HOSTILE)


def held(page: str, name: str) -> Any:
    """What a block of data in the page holds."""
    (text,) = re.findall(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def test_the_page_holds_what_was_found(page: str) -> None:
    data = held(page, "data")
    orders, revenue = data["dags"]
    assert (orders["id"], revenue["work"]["needs"]) == ("orders", ["orders"])
    assert [task["becomes"] for task in orders["tasks"]] == ["asset", "asset"] or orders["tasks"][0][
        "becomes"
    ] == "asset"
    assert orders["tasks"][1]["up"] == [0]
    labels = [node["label"] for node in revenue["after"]["nodes"]]
    assert "dwh/revenue" in " ".join(labels)
    after = revenue["after"]
    external = [node["label"] for node in after["nodes"] if node["kind"] == "external"]
    assert any("dwh/orders" in label for label in external)
    assert data["links"][0][:3] == ["orders", "revenue", "data"]
    assert held(page, "sources")["orders.py"].count("\n") == DAGS.count("\n")


def test_nothing_in_it_can_act(page: str) -> None:
    assert page.count("<script") == 3
    assert page.count("</script>") == 3
    assert "alert(1)" in held(page, "sources")["orders.py"], "it is there, as text"
    assert "<img" not in page
    for place in (' src="', "<link", "@import", "url(http", "fetch(", "innerHTML", "eval("):
        assert place not in re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL), place


def test_the_policy_names_the_script_and_the_style(page: str) -> None:
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0]
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"sha256-{digest}" in policy.replace("&#43;", "+").replace("&#x2F;", "/")
    assert policy.startswith("default-src &#39;none&#39;")


def test_no_secret_is_in_it(page: str) -> None:
    assert "hunter2" not in page


@pytest.mark.parametrize("value", [HOSTILE, "\ud800", "]]>", "&lt;", "\u2029", "a\\u003cb"])
def test_embedded_data_is_what_it_was(value: str) -> None:
    text = embedded({"x": value})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text)["x"] == value


@pytest.mark.parametrize(
    ("code", "covered"),
    [
        ('password = "hunter2"', 'password = "*******"'),
        ("connect(user='bob', password='hunter2')", "connect(user='bob', password='*******')"),
        ('{"api_key": f"hunter2"}', '{"api_key": f"*******"}'),
        ('os.environ["DB_PASSWORD"] = "hunter2"', 'os.environ["DB_PASSWORD"] = "*******"'),
        ('Variable.get("api_token", default_var="hunter2")', 'Variable.get("api_token", default_var="*******")'),
        ('os.getenv("SECRET", "hunter2")', 'os.getenv("SECRET", "*******")'),
        ('TOKEN: str = (\n    "hunter2"\n)', 'TOKEN: str = (\n    "*******"\n)'),
        ('"postgres://bob:hunter2@host"', '"postgres://bob:*******@host"'),
        ('token = """a\nb"""', 'token = """*\n*"""'),
        ("# AKIAABCDEFGHIJKLMNOP", "# ********************"),
        (
            'def f(password: str) -> None:\n    """What it does."""',
            'def f(password: str) -> None:\n    """What it does."""',
        ),
        ('Variable.get("api_token")', 'Variable.get("api_token")'),
        ('password == "x"', 'password == "x"'),
        ('secret_name = "db"', 'secret_name = "db"'),
        ('print("password:", "shown")', 'print("password:", "shown")'),
    ],
)
def test_secrets_in_code_are_covered(code: str, covered: str) -> None:
    assert cover_source(code) == covered


@pytest.mark.parametrize(
    "text", ['"' * 100_000, "'''" * 50_000, 'x=("\\' * 30_000, "://a:" * 60_000, "eyJaaaaaaaaaaa." * 20_000]
)
def test_covering_hostile_text_takes_no_long_time(text: str) -> None:
    import time

    begun = time.process_time()
    assert len(cover_source(text)) == len(text)
    assert time.process_time() - begun < 15


def test_the_command_writes_it_and_twice_the_same(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "orders.py").write_text(DAGS)
    texts = []
    for name in ("a.html", "b.html"):
        target = tmp_path / name
        done = CliRunner().invoke(
            app,
            [
                "analyze",
                str(tmp_path / "dags"),
                "--format",
                "html",
                "-o",
                str(target),
                "--fail-on",
                "never",
                "--no-cache",
            ],
        )
        assert done.exit_code == 0, done.output
        texts.append(target.read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert texts[0].startswith("<!doctype html>")
    refused = CliRunner().invoke(app, ["analyze", str(tmp_path / "dags"), "--format", "html", "--against", "http://x"])
    assert refused.exit_code == 2


def test_no_dag_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    analysis = analyze(tmp_path, load_config(None, tmp_path))
    page = render(analysis, make_roadmap(analysis.project, analysis.plan, PlanSettings()), PlanSettings(), "empty")
    assert held(page, "data")["dags"] == []
