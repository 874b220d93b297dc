"""A project that people edit while its DAGs go on changing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import migrate

DAG = '''\
from airflow.sdk import dag, task


@dag(schedule="@daily", tags=["shop"])
def orders():
    @task(retries=1)
    def extract() -> list[int]:
        """Reads the orders."""
        return [1, 2]

    @task
    def count(rows: list[int]) -> int:
        return len(rows)

    count(extract())


orders()
'''


def generate(dags: Path, project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return migrate("generate", dags, "-o", project, *options, env=os.environ)


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "orders.py").write_text(DAG)
    return tmp_path / "dags"


@pytest.fixture
def project(dags: Path, tmp_path: Path) -> Path:
    done = generate(dags, tmp_path / "shop")
    assert done.returncode == 0, done.stderr
    return tmp_path / "shop"


def assets(project: Path) -> Path:
    return project / "src/shop/defs/orders/assets.py"


def test_check_tells_whether_the_project_is_behind_the_dags(dags: Path, project: Path) -> None:
    assert generate(dags, project, "--check").returncode == 0
    (dags / "orders.py").write_text(DAG.replace("retries=1", "retries=4"))
    before = assets(project).read_text()
    behind = generate(dags, project, "--check")
    assert (behind.returncode, "assets.py" in behind.stdout) == (1, True)
    assert assets(project).read_text() == before
    assert generate(dags, project).returncode == 0
    assert generate(dags, project, "--check").returncode == 0


def test_an_edit_and_a_change_of_the_dag_are_joined(dags: Path, project: Path) -> None:
    text = assets(project).read_text()
    assets(project).write_text(text.replace("return len(rows)", "return len(set(rows))"))
    assert generate(dags, project, "--check").returncode == 0
    (dags / "orders.py").write_text(DAG.replace("retries=1", "retries=4"))
    done = generate(dags, project)
    assert (done.returncode, "1 file merged with what was edited" in done.stdout) == (0, True), done.stdout
    merged = assets(project).read_text()
    assert "max_retries=4" in merged
    assert "return len(set(rows))" in merged


def test_where_they_meet_both_are_kept(dags: Path, project: Path) -> None:
    text = assets(project).read_text()
    assets(project).write_text(text.replace("return len(rows)", "return len(set(rows))"))
    (dags / "orders.py").write_text(DAG.replace("return len(rows)", "return 2 * len(rows)"))
    done = generate(dags, project)
    assert (done.returncode, "MIG515" in done.stdout) == (1, True)
    merged = assets(project).read_text()
    for line in ("<<<<<<< edited", "return len(set(rows))", "return 2 * len(rows)", ">>>>>>> generated now"):
        assert line in merged
    (dags / "orders.py").write_text(DAG.replace("return len(rows)", "return 3 * len(rows)"))
    refused = generate(dags, project)
    assert (refused.returncode, "error[MIG514]" in refused.stderr) == (2, True)
    assert assets(project).read_text() == merged


def test_what_was_deleted_by_hand_stays_away(dags: Path, project: Path) -> None:
    tests = sorted((project / "tests").rglob("test_*.py"))
    tests[0].unlink()
    done = generate(dags, project)
    assert (done.returncode, "Deleted by hand" in done.stdout) == (0, True)
    assert not tests[0].exists()
    assert generate(dags, project, "--restore").returncode == 0
    assert tests[0].exists()


def test_a_new_use_of_a_renamed_function_is_told(dags: Path, project: Path) -> None:
    assets(project).write_text(assets(project).read_text().replace("extract", "read_orders"))
    (dags / "orders.py").write_text(
        DAG.replace(
            "    count(extract())",
            "    @task\n    def clean() -> None:\n        print()\n\n    rows = extract()\n    count(rows)\n    rows >> clean()",
        )
    )
    done = generate(dags, project)
    assert (done.returncode, "warning[MIG518]" in done.stdout) == (1, True), done.stdout
    assert "src/shop/defs/orders/assets.py: extract" in done.stdout


def test_edits_follow_a_dag_with_a_new_id(dags: Path, project: Path) -> None:
    assets(project).write_text(assets(project).read_text().replace("return len(rows)", "return len(set(rows))"))
    (dags / "orders.py").write_text(DAG.replace("def orders", "def all_orders").replace("\norders()", "\nall_orders()"))
    done = generate(dags, project)
    assert done.returncode == 0, done.stdout
    assert "src/shop/defs/orders/assets.py -> src/shop/defs/all_orders/assets.py" in done.stdout
    assert not assets(project).exists()
    assert "return len(set(rows))" in (project / "src/shop/defs/all_orders/assets.py").read_text()


def test_an_edit_follows_what_is_generated_as_before_in_another_folder(dags: Path, project: Path) -> None:
    """The code of ops says nothing of the DAG."""
    steps = (
        "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.bash import BashOperator\n"
        'with DAG("steps", schedule=None):\n    BashOperator(task_id="clean", bash_command="date")\n'
    )
    (dags / "steps.py").write_text(steps)
    assert generate(dags, project).returncode == 0
    ops = project / "src/shop/defs/steps/ops.py"
    ops.write_text(ops.read_text().replace('"date"', '"edited"'))
    (dags / "steps.py").write_text(steps.replace('"steps"', '"new_steps"'))
    done = generate(dags, project)
    assert done.returncode == 0, done.stderr
    assert '"edited"' in (project / "src/shop/defs/new_steps/ops.py").read_text()
    assert not ops.exists()


def test_an_edited_file_whose_dags_are_elsewhere_now_is_told_and_keeps_what_it_needs(dags: Path, project: Path) -> None:
    loop = (
        "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.python import PythonOperator\n\n\n"
        "def load(table):\n    print(table)\n\n\n"
        'for table in ["a", "b"]:\n    with DAG(f"load_{table}", schedule=None):\n'
        '        PythonOperator(task_id="load", python_callable=load, op_args=[table])\n'
    )
    (dags / "loop.py").write_text(loop)
    assert generate(dags, project).returncode == 0
    factory = project / "src/shop/defs/load/definitions.py"
    factory.write_text(factory.read_text() + "# edited\n")
    (dags / "loop.py").write_text(loop.replace('["a", "b"]', '["a"]'))
    done = generate(dags, project)
    assert done.returncode == 1, done.stderr
    assert "warning[MIG519]" in done.stdout
    assert "  src/shop/defs/load/definitions.py: load_a\n" in done.stdout
    assert (project / "src/shop/lib/loop.py").exists(), "the edited file imports it"
    assert "# edited" in factory.read_text()


def test_a_file_that_cannot_be_read_for_now_takes_no_dag_from_the_project(dags: Path, project: Path) -> None:
    (dags / "other.py").write_text(DAG.replace("def orders", "def other").replace("\norders()", "\nother()"))
    assert generate(dags, project).returncode == 0
    before = assets(project).read_text()
    (dags / "orders.py").write_text(DAG.replace("def orders", "def (orders"))
    done = generate(dags, project)
    assert (done.returncode, assets(project).read_text()) == (2, before)
    assert "error[MIG509]: `orders.py` cannot be read, and the project has DAGs of it: `orders`" in done.stderr
    (dags / ".airflowignore").write_text("orders.py\n")
    assert generate(dags, project).returncode == 0
    assert not assets(project).exists(), "the DAG is to go"


STEPS = """\
from airflow.sdk import dag
from airflow.providers.standard.operators.bash import BashOperator

TOKEN = "{token}"


@dag(schedule=None)
def {dag}():
    BashOperator(task_id="clean", bash_command=f"curl -H 'X-Token: {{TOKEN}}' https://example.com/{dag}")


{dag}()
"""


def test_a_new_dag_takes_no_name_from_another(dags: Path, project: Path) -> None:
    """Neither an op's, by which its history is found, nor an environment variable's, which holds a secret where the project is deployed."""
    (dags / "orders.py").write_text(STEPS.format(dag="orders", token="ghp_16C7e42F292c6912E7710c838347Ae178B4a"))
    assert generate(dags, project).returncode == 0
    ops = project / "src/shop/defs/orders/ops.py"
    before = ops.read_text()
    (dags / "a_new.py").write_text(STEPS.format(dag="a_new", token="ghp_26C7e42F292c6912E7710c838347Ae178B4b"))
    assert generate(dags, project).returncode == 0
    assert ops.read_text() == before
    new = (project / "src/shop/defs/a_new/ops.py").read_text()
    assert 'name="a_new__clean"' in new
    assert "GITHUB_TOKEN_2" in new
    assert generate(dags, project, "--check").returncode == 0
    (dags / "a_new.py").unlink()
    assert generate(dags, project).returncode == 0
    assert ops.read_text() == before


COPY = """\
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

with DAG("{dag}", schedule="@daily"):
    BashOperator(task_id="export", bash_command="aws s3 cp /tmp/{dag} s3://lake/{file}")
"""


def test_a_new_dag_changes_no_asset_key(dags: Path, project: Path) -> None:
    """What an asset is called is what its materializations are found by."""
    (dags / "orders.py").write_text(COPY.format(dag="orders", file="exports/orders.csv"))
    assert generate(dags, project).returncode == 0
    before = assets(project).read_text()
    assert 'key=["lake", "exports", "orders"]' in before
    (dags / "a_new.py").write_text(COPY.format(dag="a_new", file="exports/orders.parquet"))
    assert generate(dags, project).returncode == 0
    assert assets(project).read_text() == before
    new = (project / "src/shop/defs/a_new/assets.py").read_text()
    assert 'key=["lake", "exports", "orders", "parquet"]' in new
    command = [sys.executable, "-m", "migrator", "verify", str(dags), str(project)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert verified.returncode == 0, verified.stdout


def test_dags_are_added_one_after_another(dags: Path, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    for name in ("returns", "stock"):
        (dags / f"{name}.py").write_text(DAG.replace("orders()", f"{name}()"))

    def homes(*options: str) -> set[str]:
        done = generate(dags, project, *options)
        assert done.returncode == 0, done.stderr
        return {path.name for path in (project / "src/shop/defs").iterdir()} & {"orders", "returns", "stock"}

    assert homes("--select", "orders") == {"orders"}
    assert homes("--select", "returns") == {"orders", "returns"}
    command = [sys.executable, "-m", "migrator", "verify", str(dags), str(project), "--no-tests"]
    verified = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (verified.returncode, "4 tasks of 2 DAGs" in verified.stdout) == (0, True), verified.stdout
    (dags / "orders.py").unlink()
    assert homes() == {"returns"}
    assert homes("--all") == {"returns", "stock"}


@pytest.mark.parametrize(
    "text", ['{"dags": [\n<<<<<<< ours\n"orders"\n=======\n"stock"\n>>>>>>> theirs\n]}', '{"dags": [1]}', "[]"]
)
def test_a_list_of_dags_that_cannot_be_read_does_not_widen_the_project(tmp_path: Path, text: str) -> None:
    from migrator.codegen.writing.selection import SELECTION, selection_for
    from migrator.diagnostics import MigratorError

    (tmp_path / ".migrator").mkdir()
    (tmp_path / SELECTION).write_text(text)
    with pytest.raises(MigratorError, match="does not tell which DAGs"):
        selection_for(tmp_path, (), everything=False)
    assert selection_for(tmp_path, (), everything=True) is None
