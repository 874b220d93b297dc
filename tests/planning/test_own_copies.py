"""What the copies of a mapped task have to themselves: the values at their number (`map_indexes=ti.map_index`), and the data that only one of them makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen import render_project
from migrator.config import Config
from migrator.pipeline import analyze

DAG = """\
import datetime as dt
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task, task_group

with DAG("own", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task
    def numbers():
        return [1, 3, 2]

    @task
    def half(x):
        return x / 2

    @task
    def told(x, ti=None):
        first = ti.xcom_pull(task_ids="numbers", map_indexes=ti.map_index)
        return ti.xcom_pull(task_ids="half", map_indexes=ti.map_index), first

    @task_group
    def each(x):
        @task
        def double(x):
            return x * 2

        double(x) >> BashOperator(task_id="show", bash_command="echo {{ ti.xcom_pull('each.double', map_indexes=ti.map_index) | abs }}")

    found = numbers()
    halves = half.expand(x=found)
    halves >> told.expand(x=found)
    halves >> BashOperator.partial(task_id="show", append_env=True, bash_command="echo {{ ti.xcom_pull('half', map_indexes=ti.map_index) }}").expand(env=[{"A": "1"}])
    each.expand(x=found)
    halves >> BashOperator(task_id="once", bash_command="echo {{ ti.xcom_pull('numbers', map_indexes=ti.map_index) }}")
"""


@pytest.mark.parametrize(
    "pull", ["ti.xcom_pull(task_ids='each.double')", "ti.xcom_pull(task_ids='each.double', map_indexes=[0, 1])"]
)
def test_a_copy_of_a_group_that_asks_for_all_copies(tmp_path: Path, pull: str) -> None:
    """They run at the same time: it is up to chance which of them have handed over anything by then."""
    (tmp_path / "own.py").write_text(DAG.replace("ti.xcom_pull('each.double', map_indexes=ti.map_index)", pull))
    kept = {row.task_id: row.reason for row in analyze(tmp_path, Config()).plan.dispositions if row.kind == "airflow"}
    assert "takes what all copies of `each.double` have handed over by then" in kept["each.show"]


def test_a_copy_takes_what_the_one_of_its_number_handed_over(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(DAG)
    analysis = analyze(tmp_path, Config())
    assert "airflow" not in {row.kind for row in analysis.plan.dispositions}
    files = render_project(analysis.plan, analysis.project, "data")
    code = "".join(text for path, text in files.items() if "/defs/own/" in path)
    assert "told(x=x, first=None, half=half[int(context.get_mapping_key())])" in code
    assert 'f"echo {half[int(context.get_mapping_key())]}"' in code
    assert 'render_text("echo {{ double | abs }}", double=double)' in code
    assert 'f"echo {numbers}"' in code


MAKERS = """\
import datetime as dt
from airflow.sdk import DAG, task

PARTNERS = ["acme", "bolt", "cargo"]

with DAG("own", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task
    def fetch(partner):
        with open(f"/data/{partner}/orders.csv", "w") as file:
            file.write("1")
        {more}
        return partner

    @task
    def add_up(partners):
        return len(partners)

    @task.branch
    def choose():
        return "fetch" if dt.date.today().day > 1 else "rest"

    @task
    def rest():
        return 1

    fetched = fetch.expand(partner=PARTNERS)
    choose() >> [fetched, rest()]
    add_up(fetched)
"""


def makers(tmp_path: Path, more: str = "") -> str:
    (tmp_path / "own.py").write_text(MAKERS.replace("{more}", more))
    analysis = analyze(tmp_path, Config())
    return render_project(analysis.plan, analysis.project, "data")["src/data/defs/own/ops.py"]


def test_each_copy_reports_what_it_makes_itself(tmp_path: Path) -> None:
    code = makers(tmp_path)
    assert '"1": ["data", "bolt", "orders"]' in code
    assert "dg.AssetMaterialization(assets_of_copies[context.get_mapping_key()]" in code
    assert code.count("AssetMaterialization(") == 1


def test_what_some_copies_make_is_reported_by_these_and_what_all_make_by_each(tmp_path: Path) -> None:
    code = makers(
        tmp_path,
        "open('/data/all.csv', 'w').write(partner)\n        open({'acme': '/data/big.csv', 'cargo': '/data/big.csv'}.get(partner, '/data/small.csv'), 'w')",
    )
    assert 'if context.get_mapping_key() in ("0", "2"):' in code
    assert '    context.log_event(dg.AssetMaterialization(["data", "all"]' in code


@pytest.mark.parametrize(
    "elements", ["known.expand(name=PARTNERS)", "listed().map(lambda name: name)", "listed().concat(listed())"]
)
def test_copies_whose_numbers_may_shift_report_everything_and_that_is_told(tmp_path: Path, elements: str) -> None:
    """A copy above that is skipped, or an element that `.map` leaves out, has no number: those after it move up."""
    functions = """\
    @task
    def known(name):
        return name

    @task
    def listed():
        return ["acme", "bolt", "cargo"]

    @task
    def add_up("""
    text = MAKERS.replace("    @task\n    def add_up(", functions)
    (tmp_path / "own.py").write_text(text.replace("{more}", "").replace("partner=PARTNERS", f"partner={elements}"))
    analysis = analyze(tmp_path, Config())
    code = render_project(analysis.plan, analysis.project, "data")["src/data/defs/own/ops.py"]
    assert "get_mapping_key" not in code
    assert any("each copy reports all of them" in delta.dagster for delta in analysis.plan.deltas)


OF_GROUP = """\
import datetime as dt
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task, task_group

with DAG("own", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
    @task_group
    def each(name):
        BashOperator(task_id="show", bash_command="echo $NAME > /data/$NAME", env={"NAME": name}, append_env=True)

    each.expand(name=["a_{{ ds }}", "b_{{ ds }}"])
    BashOperator.partial(task_id="alone").expand(bash_command=["echo a_{{ ds }}", "echo b_{{ ds }}"])
"""


def test_only_elements_of_tasks_are_rendered(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OF_GROUP)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop")
    code = "\n".join(text for path, text in files.items() if "/defs/own/" in path)
    assert '["a_{{ ds }}", "b_{{ ds }}"]' in code
    assert 'f"echo a_{context.partition_key}"' in code
