"""The plan of a migration, from DAG files to what its lead reads."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from migrator.cli import app
from migrator.config import load_config
from migrator.diagnostics import MigratorError
from migrator.effort import DEFAULT_HOURS, PlanSettings
from migrator.pipeline import analyze
from migrator.roadmap import make_roadmap
from migrator.roadmap.activity import read_activity, read_file
from migrator.roadmap.model import Activity, Roadmap
from migrator.state.inventory import find_migration_folder, read_inventory

SAMPLE = Path(__file__).parents[2] / "sample_dags"
HEAD = """
from datetime import datetime
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from acme import AcmeSparkOperator, AcmeMailOperator

def sql(task_id, text):
    return SQLExecuteQueryOperator(task_id=task_id, sql=text, conn_id="warehouse")

def dag(dag_id, **fields):
    return DAG(dag_id, start_date=datetime(2024, 1, 1), schedule="@daily", catchup=False, **fields)
"""
FILES = {
    "data.py": """
with dag("orders", default_args={"owner": "sales"}):
    sql("load", "INSERT INTO dwh.orders SELECT * FROM src.orders")
with dag("revenue", default_args={"owner": "sales"}):
    sql("load", "INSERT INTO dwh.revenue SELECT * FROM dwh.orders")
with dag("forecast", default_args={"owner": "science"}):
    sql("load", "INSERT INTO dwh.forecast SELECT * FROM dwh.revenue")
with dag("publish"):
    BashOperator(task_id="publish", bash_command="publish")
with dag("starts"):
    BashOperator(task_id="a", bash_command="a") >> TriggerDagRunOperator(task_id="go", trigger_dag_id="publish")
""",
    "spark.py": """
for name in ("one", "two", "three"):
    with dag(f"spark_{name}"):
        sql("load", f"INSERT INTO dwh.{name} SELECT 1") >> AcmeSparkOperator(task_id="work")
with dag("spark_and_mail"):
    sql("load", "INSERT INTO dwh.four SELECT 1") >> AcmeSparkOperator(task_id="work") >> AcmeMailOperator(task_id="mail")
""",
}


@pytest.fixture(scope="module")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dags")
    for name, text in FILES.items():
        (folder / name).write_text(HEAD + text)
    return folder


def roadmap(dags: Path, settings: PlanSettings | None = None, **options: Any) -> Roadmap:
    analysis = analyze(dags, load_config(None, dags))
    return make_roadmap(analysis.project, analysis.plan, settings or PlanSettings(), **options)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["plan", *map(str, arguments), "--no-cache"])


def test_the_leverage_list_says_what_a_rule_unlocks(dags: Path) -> None:
    first, second = roadmap(dags).causes
    assert (first.title, first.code) == ("a rule for `AcmeSparkOperator`", "MIG201")
    assert first.unlocks == ("spark_one", "spark_three", "spark_two")
    assert first.dags == ("spark_one", "spark_two", "spark_three", "spark_and_mail")
    assert second.subject == "AcmeMailOperator"
    assert second.unlocks == ("spark_and_mail",), "counted once the rule before it is there"


def test_dags_move_after_those_that_they_need(dags: Path) -> None:
    plan = roadmap(dags)
    wave = {dag.dag_id: dag.wave for dag in plan.dags}
    assert (wave["orders"], wave["revenue"], wave["forecast"]) == (1, 2, 3)
    assert wave["publish"] < wave["starts"], "a job can only start one that is there"
    by_id = {dag.dag_id: dag for dag in plan.dags}
    assert by_id["revenue"].needs == ("orders",)
    assert by_id["revenue"].needed_by == ("forecast",)
    assert plan.path == ("orders", "revenue", "forecast")
    placed = [dag_id for wave in plan.waves for batch in wave.batches for dag_id in batch.dags]
    assert sorted(placed) == sorted(wave)


def test_the_effort_is_the_sum_of_its_parts(dags: Path) -> None:
    plan = roadmap(dags)
    spark = next(dag for dag in plan.dags if dag.dag_id == "spark_one")
    numbers = {part.name: part.number for part in spark.parts}
    assert numbers["dag"] == 1
    assert numbers["asset"] == 1
    assert numbers["repeat"] == 1, "the rule is written once, for all"
    for end in (0, 1):
        expected = sum(number * DEFAULT_HOURS[name][end] for name, number in numbers.items())
        assert (spark.effort.low, spark.effort.high)[end] == pytest.approx(expected)
    whole = sum(dag.effort.low for dag in plan.dags) + plan.shared_effort.low
    assert plan.effort.low == pytest.approx(whole)
    assert plan.shared_effort.low >= 2 * DEFAULT_HOURS["rule"][0]


def test_causes_are_what_one_would_deal_with(tmp_path: Path) -> None:
    """A file for each turn of a loop is one cause, a module that was not found is named, and a rule is missing only where there is none."""
    text = """
from common.connections import WAREHOUSE
with dag("loop"):
    for name in ("a", "b", "c", "d"):
        SQLExecuteQueryOperator(task_id=name, sql=f"nowhere/{name}.sql", conn_id="warehouse")
for name in ("one", "two"):
    with dag(f"far_{name}"):
        SQLExecuteQueryOperator(task_id="load", sql="SELECT 1", conn_id=WAREHOUSE)
with dag(f"all_{WAREHOUSE}"):
    BashOperator(task_id="a", bash_command="a")
with dag("decides"):
    SQLExecuteQueryOperator(task_id="go", sql="SELECT 1", conn_id="warehouse", output_processor=print)
"""
    (tmp_path / "d.py").write_text(HEAD + text)
    plan = roadmap(tmp_path)
    found = {cause.title: cause for cause in plan.causes}
    assert list(found) == [
        "import not found: `common.connections`",
        "`SQLExecuteQueryOperator`: a function of its own makes something of the rows",
        "file not found: `nowhere/a.sql` and 3 like it",
        "its id is only known at run time",
    ]
    assert found["import not found: `common.connections`"].unlocks == ("far_one", "far_two")
    assert "roots" in found["import not found: `common.connections`"].remedy
    assert "rule" not in found["`SQLExecuteQueryOperator`: a function of its own makes something of the rows"].remedy
    loop = next(dag for dag in plan.dags if dag.dag_id == "loop")
    assert {part.name: part.number for part in loop.parts}["setting"] == 1
    assert "all_{?}" in {dag.dag_id for dag in plan.dags}, "what a module that was not found holds is not known"


def test_what_a_loop_makes_is_written_once(tmp_path: Path) -> None:
    text = """
with dag("loop"):
    for number in range(40):
        BashOperator(task_id=f"t{number}", bash_command="t")
"""
    (tmp_path / "d.py").write_text(HEAD + text)
    (only,) = roadmap(tmp_path).dags
    numbers = {part.name: part.number for part in only.parts}
    assert numbers["copy"] == 39
    assert sum(numbers.get(name, 0) for name in ("asset", "step")) == 1


def test_what_is_proxied_together_is_told() -> None:
    only = (SAMPLE, "--select", "loyalty_points")
    done = " ".join(run(*only).output.split())
    assert "4 tasks of 6 in 1 DAG can be proxied before their DAG moves" in done
    assert "together: loyalty_points: collect_points, apply_bonus, count_customers" in done
    assert "`collect_points` hands values to `apply_bonus` by keys, which do not cross" in done
    assert "2 steps in 1 DAG only if what `apply_bonus` returns for `write_points` is JSON" in done
    (dag,) = json.loads(run(*only, "--format", "json").output)["dags"]
    assert [unit["tasks"] for unit in dag["units"] if not unit["blocked"]] == [
        ["collect_points", "apply_bonus", "count_customers"],
        ["write_points"],
    ]
    assert (
        "| `loyalty_points` | `collect_points`, `apply_bonus`, `count_customers` |"
        in run(*only, "--format", "markdown").output
    )


def test_batches_hold_what_one_team_does_in_one_go(tmp_path: Path) -> None:
    text = "".join(
        f'\nwith dag("d{number:02}", default_args={{"owner": "team{number % 2}"}}):\n    BashOperator(task_id="t", bash_command="t")\n'
        for number in range(30)
    )
    (tmp_path / "d.py").write_text(HEAD + text)
    (wave,) = roadmap(tmp_path, PlanSettings(batch_hours=8)).waves
    first, *rest = wave.batches
    assert first.why.startswith("a pilot")
    assert len(first.dags) == 5
    assert all((batch.effort.low + batch.effort.high) / 2 <= 8 for batch in rest)
    teams = [int(dag_id[1:]) % 2 for batch in rest for dag_id in batch.dags]
    assert teams == sorted(teams), "DAGs of one team stand together"
    assert len(rest) > 2


def test_dead_dags_are_left_out(dags: Path) -> None:
    now = dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc)
    alive = Activity(last_run=now - dt.timedelta(days=1))
    ids = [dag.dag_id for dag in roadmap(dags).dags]
    activity = dict.fromkeys(ids, alive) | {
        "orders": Activity(paused=True, last_run=now),
        "publish": Activity(last_run=now - dt.timedelta(days=91)),
        "forecast": Activity(),
    }
    del activity["spark_two"]
    plan = roadmap(dags, activity=activity, now=now, source="x")
    assert {dag.dag_id: dag.dead for dag in plan.dead} == {
        "orders": "it is paused",
        "publish": "its last run was on 2026-08-02",
        "forecast": "it never ran",
        "spark_two": "Airflow does not know it",
    }
    assert plan.saved.high > 0
    assert "spark_two" not in plan.causes[0].dags
    placed = [dag_id for wave in plan.waves for batch in wave.batches for dag_id in batch.dags]
    assert "orders" not in placed
    assert "revenue" in placed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "dag_id,is_paused,last_run\na,False,2026-01-02T03:04:05+00:00\nb,True,\n"),
        ("a.csv", "dag_id,is_paused,last_run\na,f,2026-01-02 03:04:05\nb,t,\n"),
        ("a.json", '[{"dag_id": "a", "is_paused": "False", "last_run": "2026-01-02T03:04:05Z"}, {"dag_id": "b", "is_paused": "True"}]'),
        ("a.json", '{"dag_runs": [{"dag_id": "a", "start_date": "2025-01-01"}, {"dag_id": "a", "start_date": "2026-01-02T03:04:05Z"}, {"dag_id": "b", "paused": true}]}'),
    ],
)  # fmt: skip
def test_exports_of_airflow_are_understood(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    found = read_file(tmp_path / name)
    assert found["a"] == Activity(False, dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc))
    assert found["b"] == Activity(True, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [("[", "not valid JSON"), ("", "no rows"), ("a,b\n1,2\n", "no rows"), ('[{"dag_id": "a"}]', "tells neither")],
)
def test_other_files_are_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "a").write_text(text)
    with pytest.raises(MigratorError, match=told) as caught:
        read_file(tmp_path / "a")
    assert caught.value.code == "MIG015"


def test_the_command_in_all_formats(dags: Path, tmp_path: Path) -> None:
    done = run(dags)
    assert done.exit_code == 0, done.output
    assert "a rule for `AcmeSparkOperator`  unlocks 3 DAGs of 4" in done.output
    document = json.loads(run(dags, "--format", "json").output)
    assert document["summary"]["dags"] == 9
    assert document["critical_path"]["dags"] == ["orders", "revenue", "forecast"]
    assert document["leverage"][0]["unlocks"] == ["spark_one", "spark_three", "spark_two"]
    target = tmp_path / "plan.md"
    assert run(dags, "--format", "markdown", "-o", target).exit_code == 0
    assert "| a rule for `AcmeSparkOperator` | unlocks 3 DAGs of 4 |" in target.read_text()


def test_the_page_and_the_project_have_the_plan_too(dags: Path, tmp_path: Path) -> None:
    activity = tmp_path / "activity.csv"
    rows = "".join(f"{dag.dag_id},{dag.dag_id == 'orders'},2099-01-01\n" for dag in roadmap(dags).dags)
    activity.write_text(f"dag_id,is_paused,last_run\n{rows}")
    page = tmp_path / "report.html"
    told = ["analyze", dags, "--format", "html", "-o", page, "--activity", activity, "--no-cache"]
    assert CliRunner().invoke(app, [*map(str, told), "--fail-on", "never"]).exit_code == 0
    assert '"dead": "it is paused"' in page.read_text() or '"dead":"it is paused"' in page.read_text()
    wrong = CliRunner().invoke(app, ["analyze", str(dags), "--activity", str(activity), "--no-cache"])
    assert wrong.exit_code == 2
    assert "migrate plan" in wrong.output
    project = tmp_path / "project"
    assert CliRunner().invoke(app, ["generate", str(dags), "-o", str(project), "--no-cache"]).exit_code == 0
    inventory = read_inventory(find_migration_folder(project))
    expected = {dag.dag_id: (round(dag.effort.low, 1), round(dag.effort.high, 1)) for dag in roadmap(dags).dags}
    assert {dag.dag_id: dag.effort for dag in inventory.dags} == expected


def test_weights_come_from_the_settings(dags: Path, tmp_path: Path) -> None:
    settings = tmp_path / "migrator.toml"
    settings.write_text("[plan]\nquick_win_hours = 0.1\n[plan.hours]\ndag = 100\n")
    document = json.loads(run(dags, "--config", settings, "--format", "json").output)
    assert document["weights"]["dag"] == [100, 100]
    assert document["summary"]["effort"][0] > 900
    assert document["quick_wins"] == []


@pytest.mark.parametrize(
    ("line", "told"),
    [("dga = 1", "`dga` is not known"), ("dag = [3, 1]", "a range of hours"), ('dag = "x"', "hours.dag")],
)
def test_wrong_weights_are_told(dags: Path, tmp_path: Path, line: str, told: str) -> None:
    settings = tmp_path / "migrator.toml"
    settings.write_text(f"[plan.hours]\n{line}\n")
    with pytest.raises(MigratorError, match="hours") as caught:
        load_config(settings, dags)
    assert told in caught.value.message


@pytest.fixture
def airflow() -> Iterator[str]:
    """The address of what answers as Airflow 3 does, with a paused DAG, one that ran, and one that never did."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.removeprefix("/api/v2").partition("?")
            runs = {"/dags/ran/dagRuns": [{"start_date": "2026-01-02T03:04:05Z"}]}
            answers: dict[str, Any] = {
                "/version": {"version": "3.3.2"},
                "/dags": {
                    "dags": [{"dag_id": name, "is_paused": name == "paused"} for name in ("paused", "ran", "never")],
                    "total_entries": 3,
                },
            }
            if path.endswith("/dagRuns"):
                assert "order_by=-start_date" in query
                answers[path] = {"dag_runs": runs.get(path, [])}
            data = json.dumps(answers.get(path, {})).encode()
            self.send_response(200 if path in answers else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_running_airflow_tells_which_dags_are_dead(airflow: str) -> None:
    assert read_activity(airflow) == {
        "paused": Activity(True, None),
        "ran": Activity(False, dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)),
        "never": Activity(False, None),
    }
