"""Code that would hang, crash, read elsewhere or do harm if it were run: nothing of it is."""

from __future__ import annotations

import textwrap
import threading
import time
from pathlib import Path

import pytest

from migrator.analyzers.interpreter import FileResult, Interpreter
from migrator.analyzers.interpreter.machine import STEP_BUDGET
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.model.source import SourceFile

HEADER = "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.empty import EmptyOperator\n"


def interpret(folder: Path, code: str, name: str = "dag.py") -> FileResult:
    (folder / name).write_text(HEADER + textwrap.dedent(code))
    opened = Folder.open(folder)
    source = opened.source(name)
    assert isinstance(source, SourceFile)
    return Interpreter(opened, Config()).file(source)


def codes(result: FileResult) -> set[str]:
    return {diagnostic.code for diagnostic in result.diagnostics}


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    pass",
        "for i in range(10**9):\n    x = i",
        "x = [a + b + c for a in range(1000) for b in range(1000) for c in range(1000)]",
        "def f(n):\n    return f(n - 1) + f(n - 2)\nf(60)",
        "import itertools\nfor a in itertools.product(range(300), repeat=4):\n    pass",
        "import itertools\nfor a in itertools.count():\n    while a > 0:\n        a = a + 1",
    ],
)
def test_stops_code_that_does_not_end(tmp_path: Path, code: str) -> None:
    result = interpret(tmp_path, "with DAG('kept'):\n    EmptyOperator(task_id='a')\n" + code)

    assert [dag.dag_id for dag in result.dags] == ["kept"]


def test_says_that_it_stopped(tmp_path: Path) -> None:
    assert "MIG011" in codes(interpret(tmp_path, "while True:\n    pass"))
    assert STEP_BUDGET <= 2_000_000


def test_says_that_a_list_grows_under_its_loop(tmp_path: Path) -> None:
    assert "MIG011" in codes(interpret(tmp_path, "x = [1]\nfor n in x:\n    x.append(n)"))


@pytest.mark.parametrize(
    "code",
    [
        "x = 'a' * 10**12",
        "x = [0] * 10**10",
        "x = 9 ** 9 ** 9",
        "x = 1 << 10**9",
        "x = list(range(10**12))",
        "x = '%0999999999d' % 1",
        "x = f'{1:0999999999}'",
        "x = 'a'.ljust(10**10)",
        "x = 'a'\nfor _ in range(60):\n    x = x + x",
        "import re\nx = re.match('(a+)+$', 'a' * 40 + 'b')",
        "x = int('9' * 1000000)",
    ],
)
def test_makes_no_huge_values(tmp_path: Path, code: str) -> None:
    result = interpret(tmp_path, code + "\nwith DAG('after'):\n    EmptyOperator(task_id='a')")

    assert [dag.dag_id for dag in result.dags] == ["after"]


def test_runs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    code = f"""
    import os, subprocess, pathlib, shutil, socket
    os.system("touch {marker}")
    subprocess.run(["touch", "{marker}"])
    pathlib.Path("{marker}").write_text("x")
    pathlib.Path("{marker}").touch()
    open("{marker}", "w").write("x")
    exec("open('{marker}', 'w')")
    eval("open('{marker}', 'w')")
    __import__("os").system("touch {marker}")
    getattr(os, "system")("touch {marker}")
    ().__class__.__bases__[0].__subclasses__()
    "{{0.__class__.__init__.__globals__}}".format(os)
    os.makedirs("{marker}")
    """
    (tmp_path / "helper.py").write_text(f"open({str(marker)!r}, 'w').write('x')")

    interpret(tmp_path, "import helper\n" + textwrap.dedent(code))

    assert not marker.exists()


def test_reads_only_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("outside")
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "inside.txt").write_text("inside")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    code = """
    import os, pathlib
    names = []
    for path in ("inside.txt", "../secret.txt", "link.txt", "/etc/hostname", os.path.join("..", "secret.txt")):
        try:
            text = open(os.path.join(os.path.dirname(__file__), path)).read().strip()
        except OSError:
            text = "refused"
        names.append(text)
    with DAG("d"):
        for number, name in enumerate(names):
            EmptyOperator(task_id=f"t{number}_{name}")
    """

    tasks = [task.task_id for dag in interpret(folder, code).dags for task in dag.tasks]

    assert tasks[0] == "t0_inside"
    assert not any("outside" in task for task in tasks)


def test_survives_imports_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("from two import B\nA = 'a'\n")
    (tmp_path / "two.py").write_text("import one\nB = 'b'\n")

    result = interpret(tmp_path, "from one import A, B\nwith DAG('d_' + A + B):\n    EmptyOperator(task_id='t')")

    assert [dag.dag_id for dag in result.dags] == ["d_ab"]


def test_survives_a_yaml_bomb(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines))
    code = """
    import yaml, pathlib
    try:
        bomb = yaml.safe_load((pathlib.Path(__file__).parent / "bomb.yaml").read_text())
    except ValueError:
        bomb = {}
    with DAG("d", params=bomb):
        EmptyOperator(task_id="t", params=bomb)
    """

    assert [dag.dag_id for dag in interpret(tmp_path, code).dags] == ["d"]


def test_goes_on_after_a_statement_that_raises(tmp_path: Path) -> None:
    result = interpret(tmp_path, "x = {}['missing']\nwith DAG('d'):\n    EmptyOperator(task_id='t')")

    assert [dag.dag_id for dag in result.dags] == ["d"]
    assert "MIG108" in codes(result)


def test_values_that_contain_themselves(tmp_path: Path) -> None:
    result = interpret(
        tmp_path,
        "x = []\nx.append(x)\ny = {}\ny['y'] = y\nwith DAG('d', params={'x': x, 'y': y}):\n    EmptyOperator(task_id='t')",
    )

    assert [dag.dag_id for dag in result.dags] == ["d"]


def test_sets_of_tasks_are_as_quick_as_lists(tmp_path: Path) -> None:
    code = """
    with DAG("kept") as dag:
        tasks = [EmptyOperator(task_id=f"t{i}") for i in range(30)]
        for before, after in zip(tasks, tasks[1:]):
            before >> after
        EmptyOperator(task_id="last", params={"after": set(tasks)})
    """

    started = time.process_time()
    result = interpret(tmp_path, code)

    assert [len(dag.tasks) for dag in result.dags] == [31]
    assert time.process_time() - started < 5


def test_ends_generators_that_wait_at_a_yield(tmp_path: Path) -> None:
    """Each waits in a thread of its own, also those that never end and those that are left in a context."""
    before = threading.active_count()

    result = interpret(
        tmp_path,
        """
        from contextlib import ExitStack, contextmanager
        def numbers():
            n = 0
            while True:
                try:
                    n += (yield n) or 1
                finally:
                    n += 0
        @contextmanager
        def opened(name):
            with DAG(name, schedule=None) as dag:
                yield dag
                EmptyOperator(task_id="last")
        ids = numbers()
        next(ids)
        ids.send(4)
        def one():
            yield 1
        ended = [list(more) for more in (one() for _ in range(60)) if next(more)]
        many = [numbers() for _ in range(20)]
        firsts = [next(more) for more in many]
        stack = ExitStack()
        stack.enter_context(opened("left_open"))
        with ExitStack() as closing:
            closing.enter_context(opened(f"closed_{next(ids)}"))
        """,
    )

    assert [(dag.dag_id, [task.task_id for task in dag.tasks]) for dag in result.dags] == [
        ("left_open", []),
        ("closed_5", ["last"]),
    ]
    assert threading.active_count() == before
