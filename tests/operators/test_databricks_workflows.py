"""Tasks of Databricks: each a run of its own, or one of a workflow."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg
import pytest

from migrator.model.bodies import UseResource
from migrator.model.values import Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

NOTEBOOK = "airflow.providers.databricks.operators.databricks.DatabricksNotebookOperator"
TASK = "airflow.providers.databricks.operators.databricks.DatabricksTaskOperator"
LAUNCH = "airflow.providers.databricks.operators.databricks_workflow._CreateDatabricksWorkflowOperator"
REPO = "airflow.providers.databricks.operators.databricks_repos.DatabricksReposCreateOperator"


def _member(operator: str, name: str, given: dict[str, Any], **fields: Any) -> Any:
    return make_task(operator, given, task_id=f"flow.{name}", group_id=fields.pop("group_id", "flow"), **fields)


def _launch(given: dict[str, Any], *members: Any) -> dict[str, Any]:
    task = make_task(LAUNCH, {"databricks_conn_id": "lake", **given}, task_id="flow.launch", group_id="flow")
    body = lower(task, *members)[0].body
    assert isinstance(body, UseResource) and body.gives and (body.resource, body.method) == ("lake", "start_workflow")
    return dict(body.arguments)


def test_a_workflow_is_made_of_its_tasks() -> None:
    packages = [{"pypi": {"package": "a"}}, {"pypi": {"package": "b"}}]
    one = {"notebook_path": "/one", "source": "GIT", "notebook_packages": packages, "job_cluster_key": "c"}
    one |= {"notebook_params": {"day": "{{ job.start_time }}"}, "execution_timeout": dt.timedelta(minutes=2)}
    two = {"task_config": {"sql_task": {"warehouse_id": "w"}}, "databricks_task_key": "sql", "existing_cluster_id": "x"}
    members = (
        _member(NOTEBOOK, "one", one, upstream=("flow.launch",)),
        _member(TASK, "in.two", two, group_id="flow.in", upstream=("before", "flow.one"), trigger_rule="all_done"),
        make_task(TASK, {}, task_id="flower", group_id="flower"),
    )
    given = {"python_params": ["a"], "extra_job_params": {"max_concurrent_runs": 2}}
    assert _launch(given, *members) == {
        "job": {
            "name": "shop.flow",
            "tasks": [
                {
                    "task_key": "one",
                    "notebook_task": {
                        "notebook_path": "/one",
                        "source": "GIT",
                        "base_parameters": {"day": "{{ job.start_time }}"},
                    },
                    "libraries": packages,
                    "timeout_seconds": 120,
                    "job_cluster_key": "c",
                },
                {
                    "task_key": "sql",
                    "depends_on": [{"task_key": "one"}],
                    "run_if": "ALL_DONE",
                    "sql_task": {"warehouse_id": "w"},
                    "existing_cluster_id": "x",
                },
            ],
            "max_concurrent_runs": 2,
        },
        "parameters": {"python_params": ["a"]},
    }
    launch = make_task(LAUNCH, {"databricks_conn_id": "lake"}, task_id="flow.launch", group_id="flow")
    waits = lower(members[1], launch)[0].body
    assert isinstance(waits, UseResource) and (waits.resource, waits.method) == ("lake", "wait_for_task")
    assert waits.arguments["task_key"] == "sql"


@pytest.mark.parametrize(
    ("operator", "given"),
    [
        ("airflow.providers.standard.operators.bash.BashOperator", {}),
        (NOTEBOOK, {"notebook_path": "/a", "max_retries": 2}),
        (TASK, {"task_config": {"max_retries": 2}}),
        (TASK, {"task_config": {}, "databricks_task_key": Symbolic("unknown", "key()")}),
        (NOTEBOOK, {"notebook_path": "/a", "notebook_packages": Symbolic("unknown", "packages()")}),
    ],
)
def test_what_is_not_known_of_a_workflow_keeps_it(operator: str, given: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        _launch({}, _member(operator, "one", given))


def test_single_tasks_need_a_cluster_of_their_own() -> None:
    body = lower(make_task(TASK, {"task_config": {"a": 1}, "new_cluster": {"n": 2}}))[0].body
    assert isinstance(body, UseResource)
    assert body.arguments == {"run": {"run_name": "it", "a": 1, "new_cluster": {"n": 2}}}
    for given in ({"task_config": {"a": 1}}, {"task_config": {"a": 1}, "job_cluster_key": "shared"}):
        with pytest.raises(Untranslatable, match="no workflow"):
            lower(make_task(TASK, given))


def test_whose_git_repository_it_is() -> None:
    for url, provider in (
        ("https://github.com/a/b", "gitHub"),
        ("https://me@dev.azure.com/a/b", "azureDevOpsServices"),
        ("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/b", "awsCodeCommit"),
    ):
        body = lower(make_task(REPO, {"git_url": url}))[0].body
        assert isinstance(body, UseResource) and body.arguments == {"git_url": url, "provider": provider}
    for url in ("https://git.acme.com/a", Symbolic("unknown", "url()")):
        with pytest.raises(Untranslatable):
            lower(make_task(REPO, {"git_url": url}))


def _answers(monkeypatch: pytest.MonkeyPatch, *answers: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """What a workspace is asked, which gives these answers."""
    asked: list[tuple[str, str, Any]] = []
    left = list(answers)

    class Response:
        content = b"{}"

        def raise_for_status(self) -> None:
            pass

        def json(self) -> dict[str, Any]:
            return left.pop(0)

    def request(method: str, url: str, **options: Any) -> Response:
        asked.append((method, url.partition("/api/")[2], options.get("json") or options.get("params")))
        return Response()

    stand_in(monkeypatch, requests={"request": request})
    return asked


def _run(life: str, result: str = "", **more: Any) -> dict[str, Any]:
    return {"state": {"life_cycle_state": life, "result_state": result}, **more}


def test_a_workflow_runs_and_its_tasks_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    first = _run("TERMINATED", "FAILED", task_key="one", start_time=1, run_id=11)
    again = _run("RUNNING", task_key="one", start_time=2, run_id=12)
    done = _run("TERMINATED", "SUCCESS", task_key="one", start_time=2, run_id=12)
    asked = _answers(
        monkeypatch,
        {"jobs": [{"job_id": 5}]},
        {},
        {"run_id": 7},
        _run("PENDING"),
        _run("RUNNING"),
        {"tasks": [first, again]},
        {"tasks": [first, done]},
        {"tasks": [first]},
    )
    workspace = service("databricks", "start_workflow", "wait_for_task", url="https://token:t@host")
    run = workspace.start_workflow({"name": "shop.flow", "tasks": []}, {"python_params": ["a"]})
    assert run == {"job_id": 5, "run_id": 7}
    assert asked[2] == ("POST", "2.1/jobs/run-now", {"python_params": ["a"], "job_id": 5})
    workspace.wait_for_task(run, "one")
    with pytest.raises(dg.Failure, match="the task one of the Databricks run 7 ended as FAILED"):
        workspace.wait_for_task(run, "one")


def test_git_folders_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"repos": [{"path": "/Repos/a/b", "id": 3}, {"path": "/Repos/a/bc", "id": 4}]}
    asked = _answers(monkeypatch, {"id": 9}, {"head_commit_id": "c"}, there, there, {"repos": []}, {"id": 8})
    workspace = service("databricks", "create_repo", url="https://token:t@host")
    assert workspace.create_repo("https://github.com/a/b", "gitHub", branch="main") == 9
    assert [call[:2] for call in asked] == [("POST", "2.0/repos"), ("PATCH", "2.0/repos/9")]
    assert workspace.create_repo("u", "gitHub", "/Repos/a/b", exist_ok=True) == 3
    with pytest.raises(dg.Failure, match="is there already"):
        workspace.create_repo("u", "gitHub", "/Repos/a/b")
    assert workspace.create_repo("u", "gitHub", "/Repos/a/b") == 8
