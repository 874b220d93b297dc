"""What functions do with small inputs, told without running them; and nothing where it is not certain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from migrator.codegen.resources.resources import template
from migrator.trials import Called, Event, Outcome, Parameter, Trial, TrialRun

MODULE = """
import json
import logging
import os
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from shop.run_context import logical_date
from shop.prices import gross
from shop.templating import render_text

logger = logging.getLogger(__name__)
SEEN = []


@dg.asset
def total(context, rows: list[int]) -> int:
    context.log.info("adding")
    logger.info("rows: %s", rows)
    print(f"{len(rows)} rows of {context.partition_key}")
    return sum(rows)


@dg.asset(ins={"order": dg.AssetIn(total.key)})
def prices(order: dict) -> dict:
    return {"gross": gross(order["net"]), "name": order["product_name"].upper()}


def load(context, warehouse) -> list[tuple]:
    return warehouse.run(f"SELECT * FROM orders WHERE day = '{context.partition_key}'")


def command() -> None:
    subprocess.run(["bash", "-c", "echo " + os.environ["TARGET"]], check=True)


def limit() -> int:
    return int(os.getenv("LIMIT", 5)) * 2


def choose(config):
    yield dg.Output(None, "big" if config.size > 3 else "small")


def dated(context) -> str:
    return logical_date(context).strftime("%Y/%m")


def sql() -> str:
    return (Path(__file__).parent / "sql" / "a.sql").read_text()


def rendered(context) -> str:
    return render_text("{% for n in [1, 2] %}{{ day }}/{{ n }} {% endfor %}", day=context.partition_key)


def lacking() -> str:
    return render_text("{{ limits.label }}", limits={})


def defaulted() -> str:
    return render_text("{{ limits.label | default('none') }}{% if limits.size is defined %}!{% endif %}", limits={})


def place():
    return __file__


def spread(name) -> dict:
    return {**name}


def handed_on(name) -> dict:
    return dict_of(**name)


def dict_of(**members) -> dict:
    return members


def updated(name) -> dict:
    members = {}
    members.update(name)
    return members


def labelled() -> str:
    return first("a", os.environ["REGION"])


def first(one: str, other: str) -> str:
    return one


def folder() -> str:
    (Path(os.environ["TARGET"]) / "scratch").mkdir(parents=True)
    return "scratch"


def shuffled():
    return list({"b", "a"})


def ordered():
    return sorted({"b", "a"})


def nan():
    return [float("nan")]


def frame():
    return pd.concat([])


def now():
    return f"at {dt.datetime.now()}"


def files():
    return Path("/data/a").exists()


def other():
    global SEEN
    SEEN = [1]
    return SEEN


def loop() -> int:
    number = 0
    while True:
        number += 1


def boom(n: int):
    raise ValueError(n)
"""
FILES = {
    "shop/__init__.py": "",
    "shop/prices.py": "def gross(net):\n    return net * 2\n",
    "shop/run_context.py": "def logical_date(context):\n    return context.run.date\n",
    "shop/nodes.py": MODULE.replace("import json\n", "import json\nimport datetime as dt\n"),
    "shop/sql/a.sql": "SELECT 1",
    "shop/templating.py": template("templating.py"),
}
DATE = dt.datetime(2024, 3, 1, tzinfo=dt.timezone.utc)
CONTEXT = Parameter("context")


@pytest.fixture(scope="module")
def outcomes() -> Mapping[str, Outcome]:
    parameters: dict[str, dict[str, Parameter]] = {
        "total": {"context": CONTEXT, "rows": Parameter("value", "list[int]")},
        "prices": {"order": Parameter("value", "dict")},
        "load": {"context": CONTEXT, "warehouse": Parameter("resource", "Db", returns={"run": "list[tuple]"})},
        "choose": {"config": Parameter("config", "C", fields={"size": 5})},
        "dated": {"context": CONTEXT},
        "rendered": {"context": CONTEXT},
        "boom": {"n": Parameter("value", "int")},
        "spread": {"name": Parameter("value", "")},
        "handed_on": {"name": Parameter("value", "")},
        "updated": {"name": Parameter("value", "")},
    }
    names = "total prices load command limit choose dated rendered lacking defaulted sql place shuffled ordered nan frame now files other loop boom spread handed_on updated labelled folder".split()
    with TrialRun(FILES, "shop") as run:
        return {
            name: run.run(
                Trial("shop/nodes.py", name, parameters.get(name, {}), DATE, DATE, key="2024-03-01", has_key=True)
            )
            for name in names
        }


def test_results_prints_and_logs_of_plain_functions(outcomes: Mapping[str, Outcome]) -> None:
    total = outcomes["total"]
    assert (total.arguments, total.result, total.printed) == ({"rows": [1, 2, 3]}, 6, "3 rows of 2024-03-01\n")


def test_small_inputs_get_the_members_that_are_looked_for(outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes["prices"].arguments == {"order": {"net": 2, "product_name": "text"}}
    assert outcomes["prices"].result == {"gross": 4, "name": "TEXT"}


def test_resources_and_processes_are_only_asked(outcomes: Mapping[str, Outcome]) -> None:
    (asked,) = outcomes["load"].calls
    assert (asked.target, asked.method, asked.args) == (
        "warehouse",
        "run",
        ("SELECT * FROM orders WHERE day = '2024-03-01'",),
    )
    assert outcomes["load"].result == [(1,)]
    assert outcomes["command"].env == {"TARGET": "text"}
    assert outcomes["command"].calls == (Called("subprocess", "run", (["bash", "-c", "echo text"],), {"check": True}),)


def test_settings_are_given_a_value_that_the_code_can_read(outcomes: Mapping[str, Outcome]) -> None:
    assert (outcomes["limit"].env, outcomes["limit"].result) == ({"LIMIT": "1"}, 2)


def test_settings_that_come_to_nothing_are_given_all_the_same(outcomes: Mapping[str, Outcome]) -> None:
    assert (outcomes["labelled"].env, outcomes["labelled"].result) == ({"REGION": "text"}, "a")


@pytest.mark.parametrize("name", ["spread", "handed_on", "updated"])
def test_what_is_spread_is_a_mapping(outcomes: Mapping[str, Outcome], name: str) -> None:
    assert isinstance(outcomes[name].arguments["name"], dict)


def test_what_dagster_gets_is_told(outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes["choose"].yields
    assert outcomes["choose"].result == [Event("Output", {"0": None, "1": "big"})]
    assert (outcomes["dated"].result, outcomes["dated"].asked) == ("2024/03", {"logical_date": DATE})


def test_templates_are_filled_in(outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes["rendered"].result == "2024-03-01/1 2024-03-01/2 "
    assert outcomes["defaulted"].result == "none"


def test_what_is_put_in_order_is_certain(outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes["ordered"].result == ["a", "b"]


def test_files_of_the_project_may_be_read(outcomes: Mapping[str, Outcome]) -> None:
    assert outcomes["sql"].result == "SELECT 1"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("frame", "it calls `pandas"),
        ("place", "it depends on the folder"),
        ("shuffled", "not the same each time"),
        ("nan", "not the same each time"),
        ("now", "it depends on the clock"),
        ("files", "only known when it runs"),
        ("folder", "only known when it runs"),
        ("other", "it changes a global variable"),
        ("loop", "it takes too long"),
        ("boom", "it raises ValueError"),
        ("lacking", "it raises UndefinedError"),
    ],
)
def test_what_is_not_certain_has_a_reason(outcomes: Mapping[str, Outcome], name: str, reason: str) -> None:
    assert reason in outcomes[name].reason
