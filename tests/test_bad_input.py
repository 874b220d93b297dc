"""Input that nobody wishes for: each ends with a finding or a clear error, the right exit code, and never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrator.config import Config
from migrator.pipeline import analyze
from tests.command import migrate

DAG = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
with DAG("good", schedule=None) as dag:
    EmptyOperator(task_id="a") >> EmptyOperator(task_id="b")
"""
HEAD = "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.empty import EmptyOperator\n"


def run(*arguments: str | Path, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    return migrate(*arguments, env=os.environ, timeout=seconds)


def run_afresh(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """In a process that has imported nothing, and could be given a file of the folder for a module."""
    command = [sys.executable, "-m", "migrator", *map(str, arguments)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)


def report(folder: Path, *options: str) -> dict[str, Any]:
    """The JSON report of a folder; the run must not fail and must say nothing else."""
    done = run("analyze", folder, "--format", "json", "--fail-on", "never", *options)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def codes(found: dict[str, Any], file: str) -> set[str]:
    return {diagnostic["code"] for diagnostic in found["diagnostics"] if diagnostic["file"] == file}


@pytest.mark.parametrize("command", ["analyze", "generate", "verify"])
def test_folder_that_does_not_exist(tmp_path: Path, command: str) -> None:
    more = {"analyze": [], "generate": ["-o", str(tmp_path / "out")], "verify": [str(tmp_path)]}[command]
    done = run(command, tmp_path / "gone", *more)
    assert done.returncode == 2
    assert f"error[MIG001]: `{tmp_path}/gone` does not exist" in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "the folder holds no Python file"),
        ({"readme.md": "x"}, "the folder holds no Python file"),
        ({"a.py": "x = 1"}, "no file defines a DAG: 1 skipped because they do not mention Airflow and DAGs"),
        ({"a.py": "# airflow dag"}, "no file defines a DAG: 1 analyzed"),
        ({"a.py": "# airflow dag\nx = ("}, "no file defines a DAG: 1 not readable"),
        (
            dict.fromkeys(("a.py", "b.py"), "import acme\nfrom acme.dags import make_dag\n# airflow\nmake_dag('x')"),
            "no file defines a DAG: 2 analyzed, 2 may do so by `make_dag` of `acme`, which is not in the folder",
        ),
        ({"a.py": "import acme.x as x\n# airflow\nwith x.AcmeDAG('d'): ..."}, "of `acme`, which is not in the folder"),
        (
            {"acme/util.py": "", "a.py": "from acme.dags import make\n# airflow dag\nmake(dag_id='x')"},
            "by `make` of `acme.dags`",
        ),
    ],
)
def test_no_dag(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = run("analyze", tmp_path)
    assert done.returncode == 1
    assert message in " ".join(done.stdout.split()) and "MIG002" in done.stdout
    assert done.stderr == ""


def test_neither_file_nor_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    done = run("analyze", tmp_path / "pipe.py", seconds=20)
    assert (done.returncode, "neither a folder nor a file" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["notes.txt", "dags.zip"])
def test_a_file_that_is_not_python(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("a.py", DAG)
    done = run("analyze", tmp_path / name)
    assert done.returncode == 1
    assert "MIG002" in done.stdout


def test_ten_thousand_files(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"d{number}").mkdir()
        for inner in range(100):
            text = DAG if inner == 0 else "def helper():\n    return 1\n"
            (tmp_path / f"d{number}" / f"f{inner}.py").write_text(text.replace("good", f"dag_{number}"))
    found = report(tmp_path)
    assert found["summary"]["files"] == {"analyzed": 100, "skipped": 9900}
    assert found["summary"]["dags"] == 100


def test_file_of_fifty_thousand_lines(tmp_path: Path) -> None:
    rows = "\n".join(f"ROW_{number} = {{'id': {number}}}" for number in range(50_000))
    (tmp_path / "long.py").write_text(DAG.replace("good", "long") + rows)
    (tmp_path / "good.py").write_text(DAG)
    found = report(tmp_path)
    assert {file["path"]: file["status"] for file in found["files"]} == {"good.py": "analyzed", "long.py": "analyzed"}
    assert [(dag["file"], len(dag["tasks"])) for dag in found["dags"]] == [("good.py", 2), ("long.py", 2)]


DEEP = {
    "chain.py": HEAD + "with DAG('x'):\n    a = EmptyOperator(task_id='a')\n    a" + " >> a" * 8000,
    "calls.py": HEAD + "x = dag" + ".f()" * 5000,
    "lists.py": HEAD + "x = " + "[" * 2000 + "]" * 2000,
    "strings.py": HEAD + "x = " + " + ".join(["'select'"] * 8000),
    "condition.py": HEAD + "x = " + " and ".join(["dag"] * 20_000),
    "branches.py": HEAD + "if dag:\n pass\n" + "elif dag:\n pass\n" * 9000,
}


def test_deep_nesting_does_not_end_the_process(tmp_path: Path) -> None:
    for name, text in DEEP.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "good.py").write_text(DAG)
    found = report(tmp_path)
    assert [dag["dag_id"] for dag in found["dags"]] == ["good"]
    for name in DEEP:
        assert codes(found, name) == {"MIG006"}, name
    assert {file["path"] for file in found["files"] if file["status"] == "error"} == set(DEEP)


@pytest.mark.parametrize("terms", [300, 850])
def test_long_chains_below_the_limit_are_read(tmp_path: Path, terms: int) -> None:
    tasks = f"    ts = [EmptyOperator(task_id=f't{{n}}') for n in range({terms})]\n"
    chain = " >> ".join(f"ts[{number}]" for number in range(terms))
    (tmp_path / "chain.py").write_text(f"{HEAD}with DAG('x'):\n{tasks}    {chain}\n")
    (dag,) = report(tmp_path)["dags"]
    assert len(dag["tasks"]) == terms
    assert sum(len(task["upstream"]) for task in dag["tasks"]) == terms - 1


ENDLESS = {
    "loop.py": "while True:\n    x = 1\n",
    "count.py": "import itertools\nfor n in itertools.count():\n    x = n\n",
    "recursion.py": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "mutual.py": "def f(n):\n    return g(n) + g(n)\ndef g(n):\n    return f(n + 1)\nf(0)\n",
    "grow.py": "x = [1]\nfor n in x:\n    x.append(n)\n",
    "double.py": "x = 'a'\nwhile True:\n    x = x + x\n",
    "power.py": "x = 9 ** 9 ** 9\n",
    "repeat.py": "x = [0] * 10 ** 12\ny = 'a' * 10 ** 12\n",
    "range.py": "x = list(range(10 ** 12))\ny = sum(range(10 ** 12))\n",
    "nested.py": "for a in range(10 ** 4):\n    for b in range(10 ** 4):\n        for c in range(10 ** 4):\n            pass\n",
    "pattern.py": "import re\nx = re.match(r'(a+)+$', 'a' * 64 + 'b')\n",
    "shift.py": "x = 1 << 10 ** 11\n",
    "format.py": "x = f\"{'a':>{10 ** 11}}\"\ny = '%0100000000000d' % 1\nz = 'a'.ljust(10 ** 12)\n",
    "product.py": "import itertools\nx = list(itertools.product(range(1000), repeat=5))\n",
    "yaml.py": "import yaml\nx = yaml.safe_load('a: &a [1,1]\\nb: &b [*a,*a]\\nc: &c [*b,*b]\\nd: &d [*c,*c]\\n')\n",
}


def test_endless_work_in_module_code_is_given_up(tmp_path: Path) -> None:
    for name, text in ENDLESS.items():
        (tmp_path / name).write_text(f"{HEAD}with DAG('{name}'):\n    EmptyOperator(task_id='a')\n{text}")
    (tmp_path / "good.py").write_text(DAG)
    started = time.monotonic()
    found = report(tmp_path)
    assert time.monotonic() - started < 100
    assert {dag["dag_id"] for dag in found["dags"]} == {"good", *ENDLESS}, "what came before the loop is kept"
    for name in ("loop.py", "nested.py"):
        assert "MIG011" in codes(found, name), name


def test_hostile_file_names(tmp_path: Path) -> None:
    names = [
        b"new\nline.py",
        b"\xff\xfe.py",
        b"\x1b[2J.py",
        b"[red].py",
        b"a|b`c.py",
        b"-o.py",
        b"$(id).py",
        b"a b.py",
        b"'quote\".py",
    ]
    for number, name in enumerate(names):
        (tmp_path / os.fsdecode(name)).write_text(DAG.replace("good", f"dag_{number}"))
    found = report(tmp_path)
    assert len(found["dags"]) == len(names)
    paths = {file["path"] for file in found["files"]}
    assert {"new\\x0aline.py", "\\udcff\\udcfe.py", "\\x1b[2J.py", "[red].py"} <= paths
    for form in ("rich", "markdown"):
        done = run("analyze", tmp_path, "--format", form)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout


HOSTILE_IDS = [
    "[red]x[/]", "a\\nb", "\\x1b[2J", "x" * 5000, "a|b", "../../etc/passwd", "`id`", "<script>", "\\udc80", "日本", "", " ", "{{ ds }}",
]  # fmt: skip


def test_hostile_ids(tmp_path: Path) -> None:
    for number, dag_id in enumerate(HOSTILE_IDS):
        (tmp_path / f"a{number}.py").write_text(DAG.replace("good", dag_id), encoding="utf-8")
    assert len(report(tmp_path)["dags"]) >= len(HOSTILE_IDS) - 1
    for form in ("rich", "markdown"):
        done = run("analyze", tmp_path, "--format", form, "--fail-on", "never")
        assert (done.returncode, done.stderr) == (0, "")
        assert "\x1b" not in done.stdout
        assert "\udc80" not in done.stdout


def test_files_that_are_not_what_they_seem(tmp_path: Path) -> None:
    (tmp_path / "bytes.py").write_bytes(b"# airflow dag \xff\xfe\x00")
    (tmp_path / "nul.py").write_bytes(b"# airflow dag\nx = '\x00'\n")
    (tmp_path / "codec.py").write_bytes(b"# coding: no-such\n# airflow dag\n")
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbf" + DAG.replace("good", "bom").encode())
    (tmp_path / "crlf.py").write_bytes(DAG.replace("good", "crlf").replace("\n", "\r\n").encode())
    (tmp_path / "latin.py").write_bytes(b"# coding: latin-1\n" + DAG.replace("good", "caf\xe9").encode("latin-1"))
    (tmp_path / "utf16.py").write_bytes(DAG.encode("utf-16"))
    (tmp_path / "python2.py").write_text("# airflow dag\nprint 'x'\n")
    (tmp_path / "syntax.py").write_text("# airflow dag\nx = (\n")
    (tmp_path / "huge.py").write_text("# airflow dag\n" + "x = 1\n" * 600_000)
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "up").symlink_to(tmp_path.parent)
    found = report(tmp_path)
    assert sorted(dag["dag_id"] for dag in found["dags"]) == ["bom", "café", "crlf"]
    told = {
        "bytes.py": "MIG005", "codec.py": "MIG005", "nul.py": "MIG003", "python2.py": "MIG004",
        "syntax.py": "MIG003", "huge.py": "MIG006", "loop.py": "MIG007", "up": "MIG009",
    }  # fmt: skip
    assert {name: codes(found, name) for name in told} == {name: {code} for name, code in told.items()}


def test_nothing_is_run_or_written_or_reached(tmp_path: Path) -> None:
    dags, secret, marker = tmp_path / "dags", tmp_path / "secret.txt", tmp_path / "ran"
    dags.mkdir()
    secret.write_text("hunter2")
    (dags / "evil.py").write_text(
        HEAD
        + f"""
import os, subprocess, pathlib, sys, builtins
os.system("touch {marker}")
subprocess.run(["touch", "{marker}"])
pathlib.Path("{marker}").write_text("x")
open("{marker}", "w").write("x")
exec("open('{marker}', 'w')")
eval("open('{marker}', 'w')")
__import__("os").system("touch {marker}")
().__class__.__base__.__subclasses__()
text = open("{secret}").read()
other = pathlib.Path(__file__).parent.parent.joinpath("secret.txt").read_text()
with DAG("evil", description=text, tags=[other]):
    EmptyOperator(task_id="a", doc_md=os.environ.get("HOME"))
sys.exit(3)
"""
    )
    done = run_afresh("analyze", dags, "--format", "json", "--fail-on", "never")
    assert done.returncode == 0
    assert not marker.exists()
    assert "hunter2" not in done.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nope = 1\n", "unknown key"),
        ("x = \n", "not valid TOML"),
        ("roots = [1]\n", "`roots.0`"),
        ("a" * 10, "not valid TOML"),
    ],
)
def test_bad_settings(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.py").write_text(DAG)
    (tmp_path / "migrator.toml").write_text(text)
    done = run("analyze", tmp_path)
    assert done.returncode == 2
    assert "error[MIG010]" in done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_file_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(DAG)
    done = run("analyze", tmp_path, "--config", tmp_path / "no.toml")
    assert (done.returncode, "cannot be read" in done.stderr) == (2, True)


def _a_file(place: Path) -> Path:
    (place / "out").write_text("x")
    return place / "out"


def _below_a_file(place: Path) -> Path:
    (place / "file").write_text("x")
    return place / "file" / "out"


def _not_empty(place: Path) -> Path:
    (place / "out").mkdir()
    (place / "out" / "mine.txt").write_text("x")
    return place / "out"


def _refused_by_the_system(place: Path) -> Path:
    return Path("/proc/out")


@pytest.mark.parametrize("make", [_a_file, _below_a_file, _not_empty, _refused_by_the_system])
def test_output_folder_that_cannot_be_used(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "a.py").write_text(DAG)
    out = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = run("generate", tmp_path / "dags", "-o", out)
    assert done.returncode == 2
    assert "error[MIG50" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.rglob("*")) == before, "nothing is left behind"


def test_a_chain_longer_than_dagster_loads_stays_in_airflow(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text(
        "from datetime import datetime\n"
        "from airflow import DAG\n"
        "from airflow.operators.bash import BashOperator\n"
        'with DAG("long", schedule=None, start_date=datetime(2025, 1, 1)):\n'
        '    tasks = [BashOperator(task_id=f"t_{n}", bash_command="true") for n in range(1_000)]\n'
        "    for one, other in zip(tasks, tasks[1:]):\n"
        "        one >> other\n"
    )
    (dag,) = analyze(tmp_path, Config()).plan.dags
    assert (dag.form, dag.reason) == ("airflow", "1,000 of its tasks stand in one chain, which Dagster cannot load")
