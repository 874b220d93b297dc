"""Which files Airflow would load."""

import os
import time
import zipfile
from pathlib import Path

import pytest

from migrator.analyzers.discovery import Discovery, discover
from migrator.analyzers.source import Folder
from migrator.config import Config

DAG = "from airflow import DAG\n"


def make(root: Path, *paths: str, text: str = DAG) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def found(root: Path, **settings: str) -> Discovery:
    return discover(Folder.open(root), Config.model_validate(settings))


def paths(discovery: Discovery) -> list[str]:
    return [file.path for file in discovery.files]


def codes(discovery: Discovery) -> list[tuple[str, str]]:
    return [(diagnostic.code, diagnostic.span.file) for diagnostic in discovery.diagnostics]


def test_python_files_in_the_order_of_their_paths(tmp_path: Path) -> None:
    make(tmp_path, "b.py", "a/z.py", "a.py", "a/b/c.py", "readme.md", "x.pyc", "__pycache__/a.py", ".git/hooks/a.py")
    make(tmp_path, "venv/pyvenv.cfg", "venv/lib/a.py")
    assert paths(found(tmp_path)) == ["a.py", "a/b/c.py", "a/z.py", "b.py"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("from airflow import DAG", "analyzed"),
        ("import AIRFLOW # Dag", "analyzed"),
        ("from airflow.sdk import asset", "analyzed"),
        ("import airflow", "skipped"),
        ("dag = 1", "skipped"),
        ("", "skipped"),
    ],
)
def test_safe_mode_is_airflows(tmp_path: Path, text: str, status: str) -> None:
    make(tmp_path, "a.py", text=text)
    (file,) = found(tmp_path).files
    assert (file.path, file.status) == ("a.py", status)


# Each expectation is what Airflow 3.3 (and 2.11) lists for the same tree.
TREE = ("a.py", "ab.py", "foo/a.py", "foo/bar/b.py", "tmp/a.py", "tmp/keep.py", "x/foo.py", "x/tmp_1.py")


@pytest.mark.parametrize(
    ("syntax", "ignore", "expected"),
    [
        ("glob", "foo", ["a.py", "ab.py", "tmp/a.py", "tmp/keep.py", "x/foo.py", "x/tmp_1.py"]),
        ("glob", "a.py", ["ab.py", "foo/bar/b.py", "tmp/keep.py", "x/foo.py", "x/tmp_1.py"]),
        ("glob", "/a.py", ["ab.py", "foo/a.py", "foo/bar/b.py", "tmp/a.py", "tmp/keep.py", "x/foo.py", "x/tmp_1.py"]),
        ("glob", "a.py/\nfoo.py/", list(TREE)),
        ("glob", "tmp/*\n!tmp/keep.py", ["a.py", "ab.py", "foo/a.py", "foo/bar/b.py", "tmp/keep.py", "x/foo.py", "x/tmp_1.py"]),
        ("glob", "tmp/ # rubbish\n!keep.py", ["a.py", "ab.py", "foo/a.py", "foo/bar/b.py", "x/foo.py", "x/tmp_1.py"]),
        ("glob", "**/b.py\n# nothing\n/", ["a.py", "ab.py", "foo/a.py", "tmp/a.py", "tmp/keep.py", "x/foo.py", "x/tmp_1.py"]),
        ("regexp", "foo", ["a.py", "ab.py", "tmp/a.py", "tmp/keep.py", "x/tmp_1.py"]),
        ("regexp", "^tmp", ["a.py", "ab.py", "foo/a.py", "foo/bar/b.py", "x/foo.py", "x/tmp_1.py"]),
        ("regexp", r"a\.py$", ["ab.py", "foo/bar/b.py", "tmp/keep.py", "x/foo.py", "x/tmp_1.py"]),
        ("regexp", "(a|b).py # both", ["tmp/keep.py", "x/foo.py", "x/tmp_1.py"]),
    ],
)  # fmt: skip
def test_airflowignore(tmp_path: Path, syntax: str, ignore: str, expected: list[str]) -> None:
    make(tmp_path, *TREE)
    make(tmp_path, ".airflowignore", text=ignore)
    assert paths(found(tmp_path, airflowignore_syntax=syntax)) == expected


def test_patterns_of_a_subfolder_hold_below_it(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "foo/a.py", "foo/b.py", "foo/bar/a.py", "foo/bar/c.py")
    make(tmp_path, ".airflowignore", text="b.py")
    make(tmp_path, "foo/.airflowignore", text="/a.py\nbar/c.py")
    assert paths(found(tmp_path)) == ["a.py", "foo/bar/a.py"]
    make(tmp_path, "foo/.airflowignore", text="foo/a")
    assert paths(found(tmp_path, airflowignore_syntax="regexp")) == ["a.py", "foo/bar/a.py", "foo/bar/c.py"]


@pytest.mark.parametrize(
    ("version", "ignore", "left"),
    [
        ("2", "x.a", ["b.py"]),
        ("3", "x.a", ["b.py", "xya.py"]),
        (None, "x.*", ["b.py"]),
        (None, "xy*.py", ["b.py"]),
        (None, "xya", ["b.py", "xya.py"]),
    ],
)
def test_the_syntax_follows_the_airflow_version_or_the_patterns(
    tmp_path: Path, version: str | None, ignore: str, left: list[str]
) -> None:
    make(tmp_path, "xya.py", "b.py")
    make(tmp_path, ".airflowignore", text=ignore)
    assert paths(discover(Folder.open(tmp_path), Config.model_validate({"airflow_version": version}))) == left


def test_a_pattern_that_is_none_is_a_finding(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    make(tmp_path, ".airflowignore", text="# fine\n*bad\n(a+)+$\n")
    discovery = found(tmp_path, airflowignore_syntax="regexp")
    assert paths(discovery) == ["a.py"]
    assert [(d.code, d.span.line) for d in discovery.diagnostics] == [("MIG013", 2), ("MIG013", 3)]


def test_links(tmp_path: Path) -> None:
    root = tmp_path / "dags"
    make(tmp_path, "outside/a.py", "secret.py")
    make(root, "real/a.py")
    (root / "again").symlink_to(root / "real")
    (root / "loop").symlink_to(root)
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "out.py").symlink_to(tmp_path / "secret.py")
    (root / "gone.py").symlink_to(root / "nothing.py")
    (root / "self.py").symlink_to(root / "self.py")
    (root / "same.py").symlink_to(root / "real" / "a.py")
    discovery = found(root)
    assert paths(discovery) == ["real/a.py", "same.py"], "a folder's own path counts"
    assert sorted(codes(discovery)) == [
        ("MIG007", "gone.py"), ("MIG007", "self.py"),
        ("MIG009", "again"), ("MIG009", "loop"), ("MIG009", "out"), ("MIG009", "out.py"),
    ]  # fmt: skip


def test_a_link_into_a_further_root_is_followed(tmp_path: Path) -> None:
    make(tmp_path, "shared/a.py", "dags/b.py")
    (tmp_path / "dags" / "common").symlink_to(tmp_path / "shared")
    folder = Folder.open(tmp_path / "dags", [tmp_path / "shared"])
    assert paths(discover(folder, Config())) == ["b.py", "common/a.py"]


def test_what_cannot_be_read_does_not_stop_the_rest(tmp_path: Path) -> None:
    make(tmp_path, "good.py", "locked.py", "closed/a.py")
    (tmp_path / "bytes.py").write_bytes(b"# airflow dag \xff")
    (tmp_path / "huge.py").write_text("# airflow dag\n" * 100_000)
    (tmp_path / "locked.py").chmod(0)
    (tmp_path / "closed").chmod(0)
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "dir.py").mkdir()
    with zipfile.ZipFile(tmp_path / "dags.zip", "w") as archive:
        archive.writestr("a.py", DAG)
    (tmp_path / "broken.zip").write_bytes(b"PK")
    try:
        discovery = discover(Folder.open(tmp_path, max_bytes=100_000), Config())
    finally:
        (tmp_path / "closed").chmod(0o755)
    status = {file.path: file.status for file in discovery.files}
    assert status["good.py"] == "analyzed"
    assert (status["bytes.py"], status["huge.py"]) == ("error", "error")
    expected = {("MIG005", "bytes.py"), ("MIG006", "huge.py"), ("MIG008", "dags.zip")}
    if os.geteuid() != 0:  # root may read everything
        expected |= {("MIG007", "locked.py"), ("MIG007", "closed")}
    assert set(codes(discovery)) == expected


def test_one_file(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.py")
    assert paths(found(tmp_path / "a.py")) == ["a.py"]
    make(tmp_path, "notes.txt")
    assert codes(found(tmp_path / "notes.txt")) == [("MIG002", "notes.txt")]


def test_hostile_names(tmp_path: Path) -> None:
    for name in (b"new\nline.py", b"\xff.py", b"\x1b[2J.py", b"back\\slash.py", b"[bold].py"):
        (tmp_path / os.fsdecode(name)).write_text(DAG)
    discovery = found(tmp_path)
    assert paths(discovery) == ["[bold].py", "\\udcff.py", "\\x1b[2J.py", "back\\\\slash.py", "new\\x0aline.py"]
    assert {file.text for file in discovery.files} == {DAG}
    (only,) = found(tmp_path / "new\nline.py").files
    assert only.path == "new\\x0aline.py"


def test_ten_thousand_files(tmp_path: Path) -> None:
    for folder in range(100):
        (tmp_path / f"d{folder}").mkdir()
        for number in range(100):
            (tmp_path / f"d{folder}" / f"f{number}.py").write_text(DAG)
    started = time.process_time()
    assert len(found(tmp_path).files) == 10_000
    assert time.process_time() - started < 10
