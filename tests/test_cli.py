"""The command line: options, exit codes, what is printed where."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from migrator.diagnostics import CATALOGUE
from migrator.pipeline import Analysis
from tests import command

DAG = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
with DAG("daily_orders", schedule="@daily") as dag:
    BashOperator(task_id="a", bash_command="echo 1") >> BashOperator(task_id="b", bash_command="echo 2")
"""
WARNS = DAG.replace("echo 2", "{{ dag_run.get_task_instances() }}")
BROKEN = "from airflow import DAG\nwith DAG('x':\n"


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "orders.py").write_text(DAG)
    return folder


def migrate(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR", "COLUMNS")
    }
    environment |= options.pop("env", {})
    if not options and not any(name.startswith("PYTHON") and name not in os.environ for name in environment):
        return command.migrate(*arguments, env=environment)
    return subprocess.run(
        [sys.executable, "-m", "migrator", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
        **options,
    )


def test_help_is_light() -> None:
    """What takes long to import is imported by the command that needs it."""
    code = """
import sys
from migrator.cli import main
sys.argv = ["migrate", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    code = end.code
heavy = "dagster airflow sqlglot libcst jinja2 networkx rich yaml pathspec".split()
if len(sys.argv) == 2:
    heavy.append("pydantic")  # typer itself asks it about the options of a command
print(sorted(set(heavy) & set(sys.modules)), code, file=sys.stderr)
"""
    for arguments in (["--help"], ["analyze", "--help"], ["--version"], ["explain", "MIG203"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        assert done.stderr.strip() == "[] 0", arguments
        assert done.stdout


def test_analyze_needs_neither_airflow_nor_dagster(dags: Path) -> None:
    code = """
import sys
from migrator.cli import main
sys.argv = ["migrate", "analyze", sys.argv[1], "-o", sys.argv[2]]
try:
    main()
except SystemExit as end:
    assert end.code == 0
print(sorted({"airflow", "dagster"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(dags), str(dags.parent / "out")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_arguments_the_help_is_shown() -> None:
    done = migrate()
    assert "Usage: migrate [OPTIONS] COMMAND" in done.stdout + done.stderr


def test_version() -> None:
    assert migrate("--version").stdout.startswith("migrate 0.")


def test_console_script_and_module_are_one() -> None:
    from migrator.config import tomllib

    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"migrate": "migrator.cli:main"}


# ---------------------------------------------------------------------------------------------------------------- analyze


def test_analyze_prints_a_report(dags: Path) -> None:
    done = migrate("analyze", dags)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 file, 1 DAG, 2 tasks")
    assert "daily_orders" in done.stdout
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_analyze_one_file(dags: Path) -> None:
    (dags / "other.py").write_text(DAG.replace("daily_orders", "other"))
    report = json.loads(migrate("analyze", dags / "orders.py", "--format", "json").stdout)
    assert [dag["dag_id"] for dag in report["dags"]] == ["daily_orders"]


def test_formats_and_output_file(dags: Path, tmp_path: Path) -> None:
    printed = migrate("analyze", dags, "--format", "json").stdout
    assert json.loads(printed)["schema_version"] == 1
    for number in range(2):
        done = migrate("analyze", dags, "--format", "json", "-o", tmp_path / "report.json")
        assert (done.returncode, done.stdout) == (0, "")
        assert (tmp_path / "report.json").read_text() == printed, f"run {number}"
    assert migrate("analyze", dags, "--format", "markdown").stdout.startswith("# Migration report\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dags", "report.json"]


def test_the_report_of_the_sample_dags_is_what_the_schema_says(tmp_path: Path) -> None:
    import jsonschema

    import migrator.report

    schema = json.loads(Path(migrator.report.__file__).with_name("schema.json").read_text(encoding="utf-8"))
    samples = Path(__file__).parents[1] / "sample_dags"
    done = migrate("analyze", samples, "--format", "json", "--fail-on", "never")
    report = json.loads(done.stdout)
    jsonschema.Draft202012Validator(schema).validate(report)
    assert len(report["dags"]) > 20
    assert {task["disposition"] for dag in report["dags"] for task in dag["tasks"]} >= {"asset", "step", "airflow"}
    assert migrate("analyze", samples, "--format", "json", "--fail-on", "never").stdout == done.stdout


def test_the_airflow_version_option_overrides_the_file(dags: Path) -> None:
    (dags / "migrator.toml").write_text('airflow_version = "2"\n')
    versions = [
        json.loads(migrate("analyze", dags, "--format", "json", *options).stdout)["airflow_version"]
        for options in ([], ["--airflow-version", "3"])
    ]
    assert versions == ["2", "3"]


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [
        (DAG, [], 0),
        (DAG, ["--fail-on", "warning"], 0),
        (WARNS, [], 0),
        (WARNS, ["--fail-on", "warning"], 1),
        (WARNS, ["--fail-on", "error"], 0),
        (BROKEN, [], 1),
        (BROKEN, ["--fail-on", "never"], 0),
        (BROKEN, ["--fail-on", "warning"], 1),
    ],
)
def test_exit_codes(dags: Path, text: str, fail_on: list[str], code: int) -> None:
    (dags / "b.py").write_text(text.replace("daily_orders", "b"))
    assert migrate("analyze", dags, *fail_on).returncode == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["analyze"], "Missing argument"),
        (["analyze", "x", "--format", "yaml"], "--format"),
        (["analyze", "x", "--fail-on", "info"], "--fail-on"),
        (["analyze", "x", "--airflow-version", "1"], "--airflow-version"),
        (["analyze", "x", "--surprise"], "--surprise"),
        (["analyse", "x"], "analyse"),
        (["generate", "x"], "--output"),
        (["explain", "MIG2033"], "did you mean `MIG203`?"),
        (["explain", "nonsense"], "lists all codes"),
    ],
)
def test_wrong_use(arguments: list[str], message: str) -> None:
    done = migrate(*arguments)
    assert done.returncode == 2
    assert message in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


# ---------------------------------------------------------------------------------------------------------------- writing


def test_the_output_file_needs_a_folder(dags: Path, tmp_path: Path) -> None:
    done = migrate("analyze", dags, "-o", tmp_path / "no" / "report.txt")
    assert done.returncode == 2
    assert "error[MIG503]" in done.stderr
    assert "create the folder" in done.stderr
    assert not (tmp_path / "no").exists()


def test_the_output_file_may_not_be_a_folder(dags: Path, tmp_path: Path) -> None:
    done = migrate("analyze", dags, "-o", tmp_path)
    assert (done.returncode, "Is a directory" in done.stderr) == (2, True)


def test_a_full_disk_is_told(dags: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "migrator", "analyze", str(dags)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_existing_report_is_replaced_as_a_whole_and_keeps_its_mode(dags: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "report.txt", tmp_path / "link.txt"
    target.write_text("old" * 10_000)
    target.chmod(0o640)
    link.symlink_to(target)
    assert migrate("analyze", dags, "-o", link).returncode == 0
    assert link.is_symlink()
    assert target.read_text().startswith("1 file")
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_to_not_replaced(dags: Path) -> None:
    done = migrate("analyze", dags, "-o", "/dev/stderr")
    assert done.returncode == 0
    assert "daily_orders" in done.stderr


def test_a_reader_that_leaves_early(dags: Path) -> None:
    for number in range(300):
        (dags / f"d{number}.py").write_text(DAG.replace("daily_orders", f"dag_number_{number}"))
    command = f"{sys.executable} -m migrator analyze {dags} --format json | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "{\n"
    assert done.stderr == ""


def test_text_that_the_output_cannot_encode(dags: Path) -> None:
    (dags / "orders.py").write_text(DAG.replace("daily_orders", "täglich_日本"), encoding="utf-8")
    done = migrate("analyze", dags, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 0
    assert "t\\xe4glich_\\u65e5\\u672c" in done.stdout


ENDLESS = """
from airflow.sdk import DAG
def spin(n):
    return sum(spin(n - 1) for _ in range(50)) if n else 1
with DAG("x"):
    while True:
        spin(3)
"""


def test_interrupted(dags: Path, tmp_path: Path) -> None:
    for number in range(50):
        (dags / f"endless_{number}.py").write_text(ENDLESS)
    out = tmp_path / "report.txt"
    code = (
        "from migrator.cli import main; print('ready', flush=True); main()"  # before that, Python itself is interrupted
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "analyze", str(dags), "-o", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(1.5)
    assert process.poll() is None, "it was to be interrupted while it works"
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert (stdout, stderr.strip()) == ("", "interrupted")
    assert [path.name for path in tmp_path.iterdir()] == ["dags"]


def test_a_bug_is_told_as_one(dags: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import migrator.pipeline
    from migrator import cli

    def fail(*_: object, **__: object) -> Analysis:
        raise AssertionError("unexpected")

    monkeypatch.setattr(migrator.pipeline, "analyze", fail)
    monkeypatch.setattr(sys, "argv", ["migrate", "analyze", str(dags)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert "AssertionError: unexpected" in error
    assert "This is a bug of migrate" in error


# ---------------------------------------------------------------------------------------------------------------- explain


def test_explain() -> None:
    done = migrate("explain", "mig203")
    assert done.returncode == 0
    assert done.stdout.startswith("MIG203: Callable cannot be moved (warning)\n")
    assert "What to do:" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_explain_lists_all_codes() -> None:
    lines = migrate("explain").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(CATALOGUE)


# --------------------------------------------------------------------------------------------------------------- generate


def test_generate_writes_a_project_and_a_second_run_changes_nothing(dags: Path, tmp_path: Path) -> None:
    out = tmp_path / "Our Shop 2"
    first = migrate("generate", dags, "-o", out)
    assert (first.returncode, first.stderr) == (0, "")
    assert (out / "src" / "our_shop_2" / "definitions.py").is_file()
    assert "Wrote the Dagster project" in first.stdout
    assert "1 DAG with 2 tasks became:" in first.stdout
    assert "migrate verify" in first.stdout
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    second = migrate("generate", dags, "-o", out)
    assert second.returncode == 0
    assert "is up to date" in second.stdout
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_dry_run_writes_nothing(dags: Path, tmp_path: Path) -> None:
    done = migrate("generate", dags, "-o", tmp_path / "new", "--dry-run")
    assert done.returncode == 0
    assert "  create pyproject.toml\n" in done.stdout
    assert not (tmp_path / "new").exists()


def test_select(dags: Path, tmp_path: Path) -> None:
    (dags / "other.py").write_text(DAG.replace("daily_orders", "other"))
    done = migrate("generate", dags, "-o", tmp_path / "out", "--select", "other", "--name", "shop")
    assert done.returncode == 0
    assert "1 of 2 DAGs with 2 tasks" in done.stdout
    assert (tmp_path / "out" / "src" / "shop").is_dir()
    done = migrate("generate", dags, "-o", tmp_path / "out2", "--select", "nope")
    assert (done.returncode, "error[MIG507]" in done.stderr) == (2, True)
    assert not (tmp_path / "out2").exists()


@pytest.mark.parametrize("name", ["class", "1x", "a-b", "", "dagster", "json", "a.b"])
def test_names_that_cannot_be_a_package(dags: Path, tmp_path: Path, name: str) -> None:
    done = migrate("generate", dags, "-o", tmp_path / "out", "--name", name)
    assert done.returncode == 2
    assert "cannot be a Python package" in done.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("folder", "name"),
    [("shop", "shop"), ("Our Shop", "our_shop"), ("2nd", "project_2nd"), ("日本", "project"), ("dagster", "dagster_project"), ("class", "class_project")],
)  # fmt: skip
def test_default_names(tmp_path: Path, folder: str, name: str) -> None:
    from migrator.commands.generate import project_name

    assert project_name(None, tmp_path / folder) == name


def test_a_folder_that_is_not_ours_is_left_alone(dags: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    done = migrate("generate", dags, "-o", out)
    assert (done.returncode, "error[MIG501]" in done.stderr) == (2, True)
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_the_project_may_not_lie_inside_the_dag_folder(dags: Path) -> None:
    for target in (dags / "project", dags):
        done = migrate("generate", dags, "-o", target)
        assert (done.returncode, "inside the DAG folder" in done.stderr) == (2, True)
    assert [path.name for path in dags.iterdir()] == ["orders.py"]


def test_the_project_of_one_file_may_lie_beside_it(dags: Path) -> None:
    done = migrate("generate", dags / "orders.py", "-o", dags / "shop")
    assert done.returncode == 0, done.stderr
    assert (dags / "shop" / "pyproject.toml").is_file()


def test_nothing_to_generate(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "a.py").write_text("x = 1\n")
    done = migrate("generate", tmp_path / "dags", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "error[MIG002]: no file defines a DAG: 1 skipped" in done.stderr
    assert not (tmp_path / "out").exists()


# ----------------------------------------------------------------------------------------------------------------- verify


def test_verify_wants_a_generated_project(dags: Path, tmp_path: Path) -> None:
    for target in (tmp_path / "gone", dags):
        done = migrate("verify", dags, target)
        assert (done.returncode, "error[MIG520]" in done.stderr) == (2, True)


@pytest.mark.integration
def test_verify_holds_for_what_was_generated_and_fails_for_what_was_taken_away(dags: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert migrate("generate", dags, "-o", out).returncode == 0
    done = migrate("verify", dags, out)
    assert (done.returncode, done.stdout) == (
        0,
        "The project loads. All 2 tasks of 1 DAG are accounted for, and no dependency is lost.\nIts own 5 tests pass.\n",
    )
    (dags / "more.py").write_text(DAG.replace("daily_orders", "more"))
    done = migrate("verify", dags, out)
    assert done.returncode == 1
    assert "MIG511" in done.stdout
