"""What tasks are for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from migrator.config import Config
from migrator.model.values import AssetValue, XComValue
from migrator.pipeline import analyze
from tests.analyzers.io.builders import EMPTY, bash_task, dag, inferred, sql_task, task

PROVIDERS = "airflow.providers."


def role(one: Any) -> tuple[str, str]:
    done = inferred(dag(one)).dags[0].tasks[0]
    return done.role, done.role_reason


@pytest.mark.parametrize(
    ("operator", "fields", "expected"),
    [
        (EMPTY, {}, "control"),
        (EMPTY, {"outlets": (AssetValue("a"),)}, "asset"),
        (("TriggerDagRunOperator", "airflow.providers.standard.operators.trigger_dagrun"), {}, "control"),
        (("_BranchPythonDecoratedOperator", "x"), {"decorator": "task.branch"}, "control"),
        (("Pick", "plugins"), {"bases": ("airflow.sdk.BaseBranchOperator",)}, "control"),
        (("S3KeySensor", f"{PROVIDERS}amazon.aws.sensors.s3"), {"arguments": {"bucket_key": "s3://b/k"}}, "sensor"),
        (("NewSensor", "plugins"), {}, "sensor"),
        (
            ("SQLCheckOperator", f"{PROVIDERS}common.sql.operators.sql"),
            {"arguments": {"sql": "SELECT 1 FROM a"}},
            "check",
        ),
        (("DataQualityOperator", "plugins"), {"arguments": {"source_table": "a.b"}}, "check"),
        (("DataprocCreateClusterOperator", f"{PROVIDERS}google.cloud.operators.dataproc"), {}, "side_effect"),
        (("BigQueryDeleteTableOperator", f"{PROVIDERS}google.cloud.operators.bigquery"), {}, "side_effect"),
        (("SlackAPIPostOperator", f"{PROVIDERS}slack.operators.slack"), {}, "side_effect"),
        (("KubernetesPodOperator", f"{PROVIDERS}cncf.kubernetes.operators.pod"), {}, "side_effect"),
        (
            ("KubernetesPodOperator", f"{PROVIDERS}cncf.kubernetes.operators.pod"),
            {"outlets": (AssetValue("a"),)},
            "asset",
        ),
        (("Unheard", "plugins"), {}, "side_effect"),
    ],
)
def test_roles(operator: tuple[str, str], fields: dict[str, Any], expected: str) -> None:
    found, reason = role(task("t", operator, **fields))
    assert found == expected
    assert reason


def test_roles_by_what_is_written() -> None:
    found, reason = role(sql_task("INSERT INTO a SELECT * FROM b"))
    assert (found, reason.partition(":")[0]) == ("asset", "it writes `a`")
    assert role(sql_task("CREATE TABLE a (id int)"))[0] == "side_effect"
    assert role(bash_task("echo hello"))[0] == "side_effect"


def test_a_result_that_is_handed_on() -> None:
    read = task("read", ("S3ReadObjectOperator", f"{PROVIDERS}amazon.aws.operators.s3"))
    made = task("made", ("EmrCreateJobFlowOperator", f"{PROVIDERS}amazon.aws.operators.emr"))
    taker = task("t", arguments={"x": [XComValue("read"), XComValue("made")]})
    roles = {one.task_id: one.role for one in inferred(dag(read, made, taker)).tasks()}
    assert (roles["read"], roles["made"]) == ("asset", "side_effect")


@pytest.mark.parametrize(
    ("returned", "kind"),
    [
        ("len(rows)", "setting"),
        ("os.environ['STAGE']", "setting"),
        ("{'env': os.environ['STAGE'], 'size': 5}", "setting"),
        ("['eu', 'us']", "setting"),
        ("datetime.now().isoformat()", "setting"),
        ("requests.get('https://x/y').status_code", "setting"),
        ("requests.get('https://x/y').json()", "data"),
        ("{'rows': json.loads(text)}", "data"),
        ("[{'id': 1, 'price': 2.5}]", "data"),
        ("None", ""),
    ],
)
def test_what_a_function_hands_over(tmp_path: Path, returned: str, kind: str) -> None:
    (tmp_path / "dag.py").write_text(
        "import json, os\nfrom datetime import datetime\nimport requests\nfrom airflow.sdk import DAG, task\n"
        "with DAG('d'):\n    @task\n    def give(rows=None, text=None):\n"
        f"        return {returned}\n    give()\n"
    )
    (given,) = analyze(tmp_path, Config()).project.tasks()
    assert given.returns == kind
