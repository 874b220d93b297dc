"""The cache and the pool of processes never change what comes out."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import migrator.pipeline.cache
import migrator.pipeline.files
from migrator.analyzers.discovery import discover
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.model.source import Span
from migrator.model.values import CallableValue, Member, MemberNumber, MemberText, NamedTuple, PathString, Symbolic
from migrator.pipeline import Analysis, analyze, pool
from migrator.pipeline.files import FileAnalyzer, FileOutcome
from migrator.pipeline.pickling import from_bytes, to_bytes
from migrator.pipeline.store import Store, cache_folder
from migrator.report.output import render

SAMPLES = Path(__file__).parent.parent / "sample_dags"
PRODUCTION = Path(__file__).parent / "fixtures" / "production"

HELPER = "TAGS = ['a']\ndef name(): return 'first'\n"
READER = """
from pathlib import Path
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
from helpers import name, TAGS
HERE = Path(__file__).parent
with DAG(name(), schedule="@daily", tags=TAGS):
    for path in sorted((HERE / "parts").glob("*.txt")):
        BashOperator(task_id=path.stem, bash_command=path.read_text())
    BashOperator(task_id="extra" if (HERE / "flag").exists() else "plain", bash_command="x")
"""
OTHER = """
from airflow.sdk import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
with DAG("other"):
    SQLExecuteQueryOperator(task_id="q", conn_id="db", sql="q.sql")
"""


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    folder = tmp_path / "dags"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "one.txt").write_text("echo 1")
    (folder / "helpers.py").write_text(HELPER)
    (folder / "reader.py").write_text(READER)
    (folder / "other.py").write_text(OTHER)
    (folder / "q.sql").write_text("insert into t select * from s")
    return folder


@pytest.fixture
def analyzed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were analyzed, not taken from the cache."""
    paths: list[str] = []
    plain = migrator.pipeline.files.FileAnalyzer.analyze

    def analyze(self: migrator.pipeline.files.FileAnalyzer, path: str) -> migrator.pipeline.files.FileOutcome:
        paths.append(path)
        return plain(self, path)

    monkeypatch.setattr(migrator.pipeline.files.FileAnalyzer, "analyze", analyze)
    return paths


def tasks(analysis: Analysis) -> list[str]:
    return [task.id for task in analysis.project.tasks()]


def test_nothing_changed(dags: Path, tmp_path: Path, analyzed: list[str]) -> None:
    plain = analyze(dags, Config())
    first = analyze(dags, Config(), cache=tmp_path / "cache")
    assert analyzed == ["other.py", "reader.py"] * 2
    second = analyze(dags, Config(), cache=tmp_path / "cache")
    assert analyzed == ["other.py", "reader.py"] * 2
    assert plain == first == second
    assert tasks(plain) == ["other.q", "first.one", "first.plain"]


def change_helper(dags: Path) -> None:
    (dags / "helpers.py").write_text(HELPER.replace("first", "second"))


def add_part(dags: Path) -> None:
    (dags / "parts" / "two.txt").write_text("echo 2")


def change_part(dags: Path) -> None:
    (dags / "parts" / "one.txt").write_text("echo one")


def add_flag(dags: Path) -> None:
    (dags / "flag").write_text("")


def hide_helper(dags: Path) -> None:
    """A package of that name comes before the module."""
    (dags / "helpers").mkdir()
    (dags / "helpers" / "__init__.py").write_text("TAGS = []\ndef name(): return 'package'\n")


def change_query(dags: Path) -> None:
    (dags / "q.sql").write_text("insert into t select * from elsewhere")


def remove_query(dags: Path) -> None:
    (dags / "q.sql").unlink()


@pytest.mark.parametrize(
    ("change", "files"),
    [
        (change_helper, ["reader.py"]),
        (add_part, ["reader.py"]),
        (change_part, ["reader.py"]),
        (add_flag, ["reader.py"]),
        (hide_helper, ["reader.py"]),
        (change_query, ["other.py"]),
        (remove_query, ["other.py"]),
    ],
)
def test_a_change_is_seen_by_what_looks_at_it(
    dags: Path, tmp_path: Path, analyzed: list[str], change: object, files: list[str]
) -> None:
    before = analyze(dags, Config(), cache=tmp_path / "cache")
    assert callable(change)
    change(dags)
    analyzed.clear()
    after = analyze(dags, Config(), cache=tmp_path / "cache")
    assert analyzed == files
    assert after == analyze(dags, Config())
    assert after != before


def test_a_change_while_it_is_analyzed_is_seen_by_the_next_run(
    dags: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = migrator.pipeline.files.FileAnalyzer.analyze

    def analyze_and_change(
        self: migrator.pipeline.files.FileAnalyzer, path: str
    ) -> migrator.pipeline.files.FileOutcome:
        outcome = plain(self, path)
        change_helper(dags)
        change_part(dags)
        return outcome

    with monkeypatch.context() as patch:
        patch.setattr(migrator.pipeline.files.FileAnalyzer, "analyze", analyze_and_change)
        analyze(dags, Config(), cache=tmp_path / "cache")
    assert analyze(dags, Config(), cache=tmp_path / "cache") == analyze(dags, Config())


def test_a_helper_that_one_file_changes_is_evaluated_anew_for_the_next(tmp_path: Path) -> None:
    """As in Airflow, which loads each file in a process of its own."""
    (tmp_path / "helpers.py").write_text(HELPER)
    text = "from airflow.sdk import DAG\nfrom helpers import TAGS\nTAGS.append('{0}')\ndag = DAG('{0}', tags=TAGS)\n"
    for name in ("x", "y"):
        (tmp_path / f"{name}.py").write_text(text.format(name))
    assert [dag.tags for dag in analyze(tmp_path, Config()).project.dags] == [("a", "x"), ("a", "y")]


@pytest.mark.parametrize(
    "config",
    [Config(variables={"a": "b"}), Config(env={"A": "b"}), Config(airflow_version="2"), Config(connections={"a": "b"})],
    ids=["variables", "env", "version", "connections"],
)
def test_settings_count(dags: Path, tmp_path: Path, analyzed: list[str], config: Config) -> None:
    analyze(dags, Config(), cache=tmp_path / "cache")
    analyzed.clear()
    assert analyze(dags, config, cache=tmp_path / "cache") == analyze(dags, config)
    assert analyzed == ["other.py", "reader.py"] * 2


def test_another_version_of_the_tool_finds_nothing(
    dags: Path, tmp_path: Path, analyzed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    analyze(dags, Config(), cache=tmp_path / "cache")
    analyzed.clear()
    monkeypatch.setattr(migrator.pipeline.cache, "_tool", lambda: "another")
    analyze(dags, Config(), cache=tmp_path / "cache")
    assert analyzed == ["other.py", "reader.py"]


def test_a_selection_is_a_run_of_its_own(dags: Path, tmp_path: Path) -> None:
    analyze(dags, Config(), cache=tmp_path / "cache")
    chosen = analyze(dags, Config(), cache=tmp_path / "cache", select=["other"])
    assert [dag.dag_id for dag in chosen.plan.dags] == ["other"]


# --------------------------------------------------------------------------------------------------------- a bad cache


def file_of(cache: Path) -> Path:
    (file,) = cache.glob("*.sqlite3")
    return file


@pytest.mark.parametrize(
    "damage", [b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 5_000], ids=["empty", "text", "pages"]
)
def test_damaged_file(dags: Path, tmp_path: Path, damage: bytes) -> None:
    cache = tmp_path / "cache"
    plain = analyze(dags, Config(), cache=cache)
    file_of(cache).write_bytes(damage)
    assert analyze(dags, Config(), cache=cache) == plain
    assert analyze(dags, Config(), cache=cache) == plain


def test_damaged_entries(dags: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    plain = analyze(dags, Config(), cache=cache)
    with sqlite3.connect(file_of(cache)) as connection:
        connection.execute("UPDATE entry SET data = substr(data, 1, size / 2)")
    assert analyze(dags, Config(), cache=cache) == plain


def test_no_place_for_it(dags: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert analyze(dags, Config(), cache=tmp_path / "file" / "cache") == analyze(dags, Config())


def test_locked_by_another_run(dags: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrator.pipeline.store, "_SECONDS", 0.01)
    cache = tmp_path / "cache"
    plain = analyze(dags, Config(), cache=cache)
    other = sqlite3.connect(file_of(cache), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert analyze(dags, Config(), cache=cache) == plain
    other.execute("ROLLBACK")
    other.close()


def test_only_the_user_can_read_it(dags: Path, tmp_path: Path) -> None:
    analyze(dags, Config(), cache=tmp_path / "cache")
    assert file_of(tmp_path / "cache").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


def test_what_others_can_write_is_not_read(dags: Path, tmp_path: Path, analyzed: list[str]) -> None:
    analyze(dags, Config(), cache=tmp_path / "cache")
    file_of(tmp_path / "cache").chmod(0o666)
    analyzed.clear()
    analyze(dags, Config(), cache=tmp_path / "cache")
    assert analyzed == ["other.py", "reader.py"]


def test_its_size_is_bounded(tmp_path: Path) -> None:
    for number in range(20):
        store = Store(tmp_path, max_bytes=10_000)
        store.put(str(number), os.urandom(1_000))
        store.close()
    store = Store(tmp_path, max_bytes=10_000)
    assert 5 <= len(store.get(map(str, range(20)))) <= 10
    store.close()


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "airflow-dagster-migrator"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() != Path("relative/airflow-dagster-migrator")


class _Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("true",)


def test_what_is_read_back_runs_nothing() -> None:
    with pytest.raises(pickle.UnpicklingError):
        from_bytes(pickle.dumps(_Evil()))
    with pytest.raises(pickle.UnpicklingError):
        from_bytes(b"cmigrator.pipeline.stack\nwith_deep_stack\n.")


@pytest.mark.parametrize(
    "value",
    [
        Span("a.py", 1, 2, 3, 4, 5, 6),
        Symbolic("variable", "x", "why", span=Span("a.py", 1)),
        CallableValue("f", "f", "m"),
        PathString("a/b"),
        MemberText("raw", Member(CallableValue("Layer", "Layer", "m"), "RAW", True)),
        MemberNumber(3, Member(CallableValue("Level", "Level", "m"), "HIGH")),
        NamedTuple("m.Row", ("a", "b"), (1, "x"), CallableValue("Row", "Row", "m")),
        dt.datetime(2024, 1, 1, tzinfo=ZoneInfo("Europe/Paris")),
        dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc),
        {"a": [1.5, b"x", frozenset({1}), (None, True)], 2: dt.timedelta(days=1)},
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_come_back_as_they_were(value: object) -> None:
    found = from_bytes(to_bytes(value))
    assert (type(found), found) == (type(value), value)
    assert getattr(found, "__dict__", None) == getattr(value, "__dict__", None)


@pytest.mark.parametrize("folder", [SAMPLES, *sorted(PRODUCTION.iterdir())], ids=lambda folder: folder.name)
def test_what_is_found_in_a_file_can_be_sent_and_kept(folder: Path) -> None:
    """A file of which that does not hold is analyzed again in each run, by one process: nothing but the time that it takes would tell."""
    opened = Folder.open(folder)
    files = [file.path for file in discover(opened, Config()).files if file.status == "analyzed"]
    analyzer = FileAnalyzer(opened, Config(), frozenset(files))
    for file in files:
        assert isinstance(from_bytes(to_bytes(analyzer.analyze(file))), FileOutcome)


# ------------------------------------------------------------------------------------------------------- many processes


def test_any_number_of_processes_and_the_cache_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MIN_CHARACTERS", 1)
    ways: list[dict[str, object]] = [{}, {"jobs": 2, "cache": tmp_path}, {"cache": tmp_path}]
    texts = [render(analyze(SAMPLES, Config(), **way), "json", terminal=False) for way in ways]  # type: ignore[arg-type]
    assert texts[0] == texts[1] == texts[2]


def work_that_dies(analyzer: object, path: str) -> bytes:
    if "dies" in path:
        os.kill(os.getpid(), signal.SIGKILL)
    if "hangs" in path:
        while True:
            pass
    return path.encode()


@pytest.mark.parametrize("many", [0, 8], ids=["one file ahead", "one file at a time"])
def test_a_process_that_dies_loses_its_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    import multiprocessing

    monkeypatch.setattr(pool, "_MANY", many)
    monkeypatch.setattr(pool, "_context", lambda: multiprocessing.get_context("fork"))
    monkeypatch.setattr(pool, "_bytes", work_that_dies)
    paths = ["a", "dies_1", "b", "hangs", "c", "dies_2", "d"]
    job = pool.Job(tmp_path, Config(), frozenset(), seconds=1)
    with ExitStack() as later:
        done = dict(pool.analyze_in_processes(paths, job, 2, later))
    assert sorted(done) == sorted(paths)
    assert [path for path in paths if done[path] == path.encode()] == ["a", "b", "c", "d"]
    told = {path: from_bytes(done[path]).result.diagnostics[0].message for path in ("dies_1", "hangs")}
    assert told["dies_1"] == "the file made this tool fail: its process ended (SIGKILL)"
    assert told["hangs"] == "the file made this tool fail: it takes more than 1 s"


_KILLED = """
import multiprocessing, os, signal, sys
from contextlib import ExitStack
from pathlib import Path
from migrator.config import Config
from migrator.pipeline import pool

pool._context = lambda: multiprocessing.get_context("fork")
pool._bytes = lambda analyzer, path: str(os.getpid()).encode()
for _, process in pool.analyze_in_processes("abcd", pool.Job(Path(sys.argv[1]), Config(), frozenset()), 2, ExitStack()):
    print(process.decode(), flush=True)
    if process != (first := globals().setdefault("first", process)):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_processes_end_when_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == -signal.SIGKILL
    left = {int(line) for line in done.stdout.split()}
    assert len(left) == 2
    deadline = time.monotonic() + 10
    while left and time.monotonic() < deadline:
        left = {process for process in left if Path(f"/proc/{process}").exists()}
        time.sleep(0.01)
    assert not left


_PRELOADED = """
import sys
from pathlib import Path
import migrator.pipeline.preload
from migrator.analyzers.discovery import discover
from migrator.analyzers.source import Folder
from migrator.config import Config
from migrator.pipeline.files import FileAnalyzer

known = set(sys.modules)
folder = Folder.open(Path(sys.argv[1]))
files = [file.path for file in discover(folder, Config()).files if file.status == "analyzed"]
analyzer = FileAnalyzer(folder, Config(), frozenset(files))
assert any(analyzer.analyze(file).result.dags for file in files)
print(*sorted(name for name in set(sys.modules) - known if name.startswith("migrator.")))
"""


def test_what_processes_need_is_imported_before_they_start() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PRELOADED, str(SAMPLES)], stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout.split() == []


def test_processes_are_started_where_they_pay() -> None:
    assert pool.processes(8, 100_000, 300) == 1
    assert pool.processes(8, 900_000, 300) == 4
    assert pool.processes(2, 9_000_000, 300) == 2
    assert pool.processes(8, 9_000_000, 3) == 3
