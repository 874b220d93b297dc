"""Which rule a task gets, which arguments are lost, and rules of the team's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migrator.diagnostics import MigratorError
from migrator.operators import load_user_rules, registry_with, rule_for
from migrator.operators.common import unread, unread_defaults
from migrator.operators.docs import TARGET, main, render
from tests.operators.fake import FUNCTION, make_dag, make_task

BASH = "airflow.providers.standard.operators.bash.BashOperator"


def name_of(task: Any) -> str | None:
    rule = rule_for(task)
    return None if rule is None else rule.name


def test_by_class_old_or_new() -> None:
    assert name_of(make_task("airflow.operators.bash_operator.BashOperator")) == "bash"
    assert name_of(make_task("airflow.providers.apache.spark.operators.spark_jdbc.SparkJDBCOperator")) is None


def test_by_the_nearest_base() -> None:
    own = make_task(
        "include.operators.LoadOperator", bases=("include.operators.Base", BASH, "airflow.sdk.BaseOperator")
    )
    assert name_of(own) == "bash"
    assert name_of(make_task("include.operators.Other", bases=("airflow.sdk.BaseOperator",))) is None


@pytest.mark.parametrize(("overrides", "expected"), [(("__init__",), "bash"), (("__init__", "execute"), None)])
def test_a_class_that_does_other_work_has_no_rule(overrides: tuple[str, ...], expected: str | None) -> None:
    own = make_task("include.operators.LoadOperator", bases=(BASH, "airflow.sdk.BaseOperator"), overrides=overrides)
    assert name_of(own) == expected


def test_by_the_decorator_where_the_class_is_not_known() -> None:
    assert name_of(make_task("somewhere._Decorated", decorator="task.short_circuit")) == "short-circuit"
    assert name_of(make_task("somewhere._Decorated", decorator="task.docker")) == "docker-function"
    assert name_of(make_task("somewhere._Decorated", decorator="task.snowpark")) is None


def test_unread_arguments() -> None:
    arguments = {
        "bash_command": "make",
        "output_encoding": "latin-1",  # ignored by the rule
        "retries": 3,  # carried by planning
        "priority_weight": 10,  # lost
        "pool_slots": 1,  # asks for nothing
        "email_on_failure": False,
        "on_failure_callback": FUNCTION,  # carried
        "on_output": FUNCTION,  # not read by the rule
        "cwd": None,
        "poke_interval": 60,  # only sensors have it
    }
    task = make_task(BASH, arguments)
    rule = rule_for(task)
    assert rule is not None
    assert unread(task, rule) == ["on_output", "poke_interval", "priority_weight"]


def test_arguments_of_sensors() -> None:
    arguments = {"filepath": "/x", "mode": "reschedule", "exponential_backoff": True, "poke_interval": 5}
    task = make_task("airflow.sensors.filesystem.FileSensor", arguments)
    rule = rule_for(task)
    assert rule is not None
    assert unread(task, rule) == ["exponential_backoff"]


def test_dotted_arguments_count_as_read() -> None:
    task = make_task(
        "airflow.providers.google.cloud.operators.bigquery.BigQueryInsertJobOperator", {"configuration": {"query": {}}}
    )
    rule = rule_for(task)
    assert rule is not None and unread(task, rule) == []


def test_default_args_are_judged_once_for_the_dag() -> None:
    dag = replace(
        make_dag(),
        default_args={
            "owner": "a",
            "email": ["x@y.z"],
            "sla": 3,
            "max_retry_delay": 60,
            "on_failure_callback": FUNCTION,
            "retries": 1,
            "conn_id": "only some take it",
        },
    )
    assert unread_defaults(dag) == ["max_retry_delay"]


RULE_FILE = """
from migrator.model.bodies import RunShell
from migrator.operators.rule import Lowering, Rule


def lower(task, context):
    return Lowering("work", RunShell(context.template(task.arguments["image"])))


RULES = (
    Rule("docker", ("airflow.providers.docker.operators.docker.DockerOperator",), "Runs it.", lower, frozenset({"image"})),
    Rule("own-bash", ("airflow.providers.standard.operators.bash.BashOperator",), "Otherwise.", lower),
)
"""


def test_rules_of_the_team_go_first(tmp_path: Path) -> None:
    file = tmp_path / "rules.py"
    file.write_text(RULE_FILE)
    registry = registry_with(load_user_rules(file))
    docker = rule_for(make_task("airflow.operators.docker_operator.DockerOperator"), registry)
    bash = rule_for(make_task(BASH), registry)
    assert docker is not None and docker.name == "docker"
    assert bash is not None and bash.name == "own-bash"
    assert name_of(make_task(BASH)) == "bash"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "does not exist"),
        ("1/0", "raised ZeroDivisionError"),
        ("RULES = 3", "no `RULES`"),
        ("x = 1", "no `RULES`"),
    ],
)
def test_a_wrong_file_of_rules(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "rules.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(MigratorError, match=message) as caught:
        load_user_rules(file)
    assert caught.value.code == "MIG010"


def test_the_page_of_rules_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == render()
    assert main(["--check"]) == 0
