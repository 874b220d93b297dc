"""Programs that operators start on their own machine: pipelines of Beam, and dbt by cosmos and airflow-dbt-python."""

from __future__ import annotations

from typing import Any

import pytest

from migrator.model.bodies import RunShell
from migrator.model.expressions import Expr
from migrator.model.values import ObjectValue, Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task

BEAM = "airflow.providers.apache.beam.operators.beam."
DATAFLOW = "airflow.providers.google.cloud.operators.dataflow."
COSMOS = "cosmos.operators.local."
DBT_PYTHON = "airflow_dbt_python.operators.dbt."
PROFILE = ObjectValue(
    "cosmos.config.ProfileConfig",
    (),
    {
        "profile_name": "shop",
        "target_name": "dev",
        "profile_mapping": ObjectValue("cosmos.profiles.PostgresUserPasswordProfileMapping", (), {"conn_id": "dwh"}),
    },
)


def command(operator: str, **arguments: Any) -> Expr:
    body = lower(make_task(operator, arguments))[0].body
    assert isinstance(body, RunShell)
    return body.command


def test_pipelines_that_are_there() -> None:
    words = command(
        BEAM + "BeamRunPythonPipelineOperator", py_file="/a.py", pipeline_options={"out": "b", "n": 2, "f": True}
    )
    assert words == ["python", "/a.py", "--runner=DirectRunner", "--out=b", "--n=2", "--f"]
    config = ObjectValue(
        "airflow...DataflowConfiguration", (), {"job_name": "a_b", "location": "eu", "project_id": "p"}
    )
    given = {
        "runner": "DataflowRunner",
        "dataflow_config": config,
        "default_pipeline_options": {"tempLocation": "gs://t"},
    }
    flow = command(
        BEAM + "BeamRunPythonPipelineOperator", py_file="/a.py", py_requirements=["x"], py_options=["-u"], **given
    )
    start = ["uv", "run", "--no-project", "--with", "x", "python", "-u", "/a.py"]
    options = ["--runner=DataflowRunner", "--temp_location=gs://t", "--job_name=a-b", "--project=p", "--region=eu"]
    assert flow == [*start, *options]
    java = command(
        BEAM + "BeamRunJavaPipelineOperator", jar="/a.jar", job_class="A", pipeline_options={"labels": {"a": "b"}}
    )
    assert java == ["java", "-cp", "/a.jar", "A", "--runner=DirectRunner", "--labels=a=b"]


def test_pipelines_that_are_fetched() -> None:
    given = {"dataflow_default_options": {"project": "p"}, "options": {"some": "a b", "none": None, "many": ["c", "d"]}}
    script = command(DATAFLOW + "DataflowCreatePythonJobOperator", py_file="gs://a/b.py", job_name="j", **given)
    run = "python pipeline.py --runner=DataflowRunner --job_name=j --project=p '--some=a b' --many=c --many=d"
    assert script == f'cd "$(mktemp -d)" && gcloud storage cp gs://a/b.py pipeline.py && {run}'
    java = command(DATAFLOW + "DataflowCreateJavaJobOperator", jar="gs://a/b.jar", job_name="j")
    assert str(java).endswith("java -jar pipeline.jar --runner=DataflowRunner --jobName=j")
    with pytest.raises(Untranslatable):
        command(BEAM + "BeamRunPythonPipelineOperator", py_file="/a.py", pipeline_options=Symbolic("unknown", "made()"))


def test_commands_of_cosmos() -> None:
    place = {"project_dir": "/shop", "profile_config": PROFILE}
    lowering, _ = lower(
        make_task(COSMOS + "DbtRunLocalOperator", {**place, "select": ["a", "b"], "full_refresh": True})
    )
    profile = ["--profile", "shop", "--target", "dev"]
    words = ["dbt", "run", "--select", "a", "b", "--full-refresh", *profile]
    assert lowering.body == RunShell(words, cwd="/shop", kind="dbt")
    assert "`dwh`" in lowering.deltas[0].airflow
    macro = command(COSMOS + "DbtRunOperationLocalOperator", **place, macro_name="m", args={"a": 1})
    assert macro == ["dbt", "run-operation", "m", "--args", '{"a": 1}', *profile]
    file = ObjectValue("cosmos.config.ProfileConfig", ("shop", "dev"), {"profiles_yml_filepath": "/shop/profiles.yml"})
    test = command("cosmos.operators.DbtTestOperator", project_dir="/shop", profile_config=file, vars='{"a": 1}')
    assert test == ["dbt", "test", "--vars", '{"a": 1}', *profile, "--profiles-dir", "/shop"]
    with pytest.raises(Untranslatable):
        command(COSMOS + "DbtRunLocalOperator", project_dir="/shop")


def test_commands_of_airflow_dbt_python() -> None:
    words = command(DBT_PYTHON + "DbtSourceFreshnessOperator", project_dir="/shop", profiles_dir="/p", exclude=["a"])
    assert words == ["dbt", "source", "freshness", "--exclude", "a", "--profiles-dir", "/p"]
    with pytest.raises(Untranslatable, match="another store"):
        command(DBT_PYTHON + "DbtRunOperator", project_dir="s3://shop/dbt")
