from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from migrator.codegen.writing.changes import WriteResult
from migrator.codegen.writing.write import BASE, MANIFEST, write_project
from migrator.diagnostics import MigratorError
from migrator.state.locks import locked

FILES = {"pyproject.toml": "[project]\n", "src/a/b.py": "x = 'ü'\r\n", "src/a/c.py": ""}


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "er" / "project"


def test_a_new_project(out: Path) -> None:
    result = write_project(FILES, out, source="dags")
    assert result == WriteResult(created=("pyproject.toml", "src/a/b.py", "src/a/c.py"))
    assert (out / "src/a/b.py").read_bytes() == "x = 'ü'\r\n".encode()
    assert json.loads((out / MANIFEST).read_text())["source"] == "dags"
    assert json.loads((out / MANIFEST).read_text())["files"] == sorted(FILES)
    assert list(out.parent.iterdir()) == [out]


def test_an_empty_folder_will_do(out: Path) -> None:
    out.mkdir(parents=True, mode=0o700)
    out.chmod(0o750)
    write_project(FILES, out)
    assert names(out) == {*FILES, MANIFEST, BASE}
    assert out.stat().st_mode & 0o777 == 0o750


def test_a_second_run_touches_nothing(out: Path) -> None:
    write_project(FILES, out)
    before = snapshot(out)
    result = write_project(FILES, out)
    assert not result.changed
    assert set(result.unchanged) == set(FILES)
    assert snapshot(out) == before


def test_only_what_changed_is_written(out: Path) -> None:
    write_project(FILES, out)
    before = snapshot(out)
    changed = {"pyproject.toml": "[project]\n", "src/a/b.py": "x = 2\n", "src/d/e.py": "new\n"}
    result = write_project(changed, out)
    assert (result.created, result.updated, result.deleted) == (
        ("src/d/e.py",),
        ("src/a/b.py",),
        ("src/a/c.py",),
    )
    after = snapshot(out)
    assert after["pyproject.toml"] == before["pyproject.toml"]
    assert names(out) == {*changed, MANIFEST, BASE}
    assert write_project(changed, out).changed is False


def test_folders_that_became_empty_go(out: Path) -> None:
    write_project({"a/b/c.py": "", "d.py": ""}, out)
    write_project({"d.py": ""}, out)
    assert not (out / "a").exists()


def test_an_edit_is_merged_with_what_changed(out: Path) -> None:
    text = "import a\n\nx = 1\n\ny = 2\n"
    write_project(FILES | {"src/a/b.py": text}, out)
    (out / "src/a/b.py").write_text(text.replace("x = 1", "x = 10"))
    (out / "notes.txt").write_text("mine")
    result = write_project(FILES | {"src/a/b.py": text.replace("y = 2", "y = 20")}, out)
    assert (result.merged, result.conflicts, result.updated) == (("src/a/b.py",), (), ())
    assert (out / "src/a/b.py").read_text() == "import a\n\nx = 10\n\ny = 20\n"
    assert (out / "notes.txt").read_text() == "mine"


def test_an_edit_survives_run_after_run(out: Path) -> None:
    write_project(FILES, out)
    (out / "src/a/b.py").write_text("mine")
    before = snapshot(out)
    assert write_project(FILES, out).changed is False
    assert snapshot(out) == before
    write_project(FILES | {"src/a/c.py": "y = 3\n"}, out)
    assert write_project(FILES | {"src/a/c.py": "y = 4\n"}, out).updated == ("src/a/c.py",)
    assert (out / "src/a/b.py").read_text() == "mine"


def test_a_conflict_keeps_both_and_must_be_resolved(out: Path) -> None:
    write_project(FILES | {"src/a/b.py": "x = 1\n"}, out)
    (out / "src/a/b.py").write_text("x = 2\n")
    assert write_project(FILES | {"src/a/b.py": "x = 3\n"}, out).conflicts == ("src/a/b.py",)
    assert (out / "src/a/b.py").read_text() == (
        "<<<<<<< edited\nx = 2\n||||||| generated before\nx = 1\n=======\nx = 3\n>>>>>>> generated now\n"
    )
    before = snapshot(out)
    assert write_project(FILES | {"src/a/b.py": "x = 3\n"}, out).conflicts == ("src/a/b.py",)
    assert snapshot(out) == before
    with pytest.raises(MigratorError) as raised:
        write_project(FILES | {"src/a/b.py": "x = 4\n"}, out)
    assert raised.value.code == "MIG514"
    assert snapshot(out) == before
    (out / "src/a/b.py").write_text("x = 2\n")
    assert write_project(FILES | {"src/a/b.py": "x = 3\n", "src/a/c.py": "y = 1\n"}, out).updated == ("src/a/c.py",)
    assert (out / "src/a/b.py").read_text() == "x = 2\n"


def test_an_edited_file_that_is_generated_no_more_is_left(out: Path) -> None:
    write_project(FILES, out)
    (out / "src/a/c.py").write_text("mine")
    result = write_project({"pyproject.toml": "[project]\nx = 1\n", "src/a/b.py": FILES["src/a/b.py"]}, out)
    assert (result.deleted, result.kept) == ((), ("src/a/c.py",))
    assert (out / "src/a/c.py").read_text() == "mine"


def test_an_edit_that_makes_a_file_as_wanted_is_welcome(out: Path) -> None:
    write_project(FILES, out)
    (out / "src/a/c.py").write_text("y = 3\n")
    assert not write_project(FILES | {"src/a/c.py": "y = 3\n"}, out).changed
    assert write_project(FILES | {"src/a/c.py": "y = 4\n"}, out).updated == ("src/a/c.py",)


def test_a_new_file_where_a_person_made_one(out: Path) -> None:
    write_project(FILES, out)
    (out / "src/a/d.py").write_text("mine = 1\n")
    result = write_project(FILES | {"src/a/d.py": "theirs = 1\n"}, out)
    assert result.conflicts == ("src/a/d.py",)
    assert "mine = 1\n" in (out / "src/a/d.py").read_text()


def test_a_file_that_was_deleted_stays_away_unless_wanted(out: Path) -> None:
    write_project(FILES, out)
    (out / "src/a/b.py").unlink()
    result = write_project(FILES | {"src/a/b.py": "new\n"}, out)
    assert (result.created, result.left_out, result.outdated) == ((), (), ("src/a/b.py",))
    assert write_project(FILES | {"src/a/b.py": "new\n"}, out).left_out == ("src/a/b.py",)
    assert not (out / "src/a/b.py").exists()
    assert write_project(FILES, out, restore=True).created == ("src/a/b.py",)


CODE = "import os\n\n\ndef rows():\n    return [1, 2]\n\n\ndef count():\n    return len(rows())\n"


@pytest.mark.parametrize("place", ["src/a/orders.py", "src/other/b.py", "src/a/b/__init__.py"])
def test_what_changed_goes_where_a_person_moved_the_file(out: Path, place: str) -> None:
    write_project({"src/a/b.py": CODE, "src/a/c.py": "unlike = 1\n"}, out)
    (out / place).parent.mkdir(exist_ok=True)
    (out / "src/a/b.py").rename(out / place)
    (out / place).write_text(CODE.replace("import os", "import re"))
    same = write_project({"src/a/b.py": CODE, "src/a/c.py": "unlike = 1\n"}, out)
    assert (same.moved, same.changed, same.left_out) == ((f"src/a/b.py -> {place}",), False, ())
    result = write_project({"src/a/b.py": CODE.replace("[1, 2]", "[1, 2, 3]"), "src/a/c.py": "unlike = 1\n"}, out)
    assert (result.merged, result.left_out) == ((place,), ())
    assert (out / place).read_text() == CODE.replace("import os", "import re").replace("[1, 2]", "[1, 2, 3]")
    assert not (out / "src/a/b.py").exists()


def test_a_file_unlike_the_one_that_was_deleted_is_left_alone(out: Path) -> None:
    write_project({"src/a/b.py": CODE}, out)
    (out / "src/a/b.py").unlink()
    (out / "src/a/d.py").write_text("import os\n\nprint(os.name)\n")
    result = write_project({"src/a/b.py": CODE.replace("[1, 2]", "[]")}, out)
    assert (result.outdated, result.moved) == (("src/a/b.py",), ())
    assert (out / "src/a/d.py").read_text() == "import os\n\nprint(os.name)\n"


def test_edits_go_where_the_dags_have_the_file_now(out: Path) -> None:
    """A DAG with a new id: both files would define the same assets."""
    write_project({"src/old/b.py": CODE, "src/old/c.py": "y = 1\n"}, out)
    (out / "src/old/b.py").write_text(CODE.replace("import os", "import re"))
    wanted = {"src/new/b.py": CODE.replace("[1, 2]", "[1]"), "src/new/c.py": "y = 1\n"}
    result = write_project(wanted, out)
    assert (result.moved, result.merged) == (("src/old/b.py -> src/new/b.py",), ("src/new/b.py",))
    assert (result.created, result.deleted) == (("src/new/c.py",), ("src/old/b.py", "src/old/c.py"))
    assert (out / "src/new/b.py").read_text() == CODE.replace("import os", "import re").replace("[1, 2]", "[1]")
    assert names(out) == {*wanted, MANIFEST, BASE}
    assert not write_project(wanted, out).changed


def test_line_ends_of_windows_are_no_edit_and_stay(out: Path) -> None:
    write_project({"src/a/b.py": CODE}, out)
    (out / "src/a/b.py").write_bytes(CODE.replace("\n", "\r\n").encode())
    assert write_project({"src/a/b.py": CODE}, out).unchanged == ("src/a/b.py",)
    changed = CODE.replace("[1, 2]", "[]")
    assert write_project({"src/a/b.py": changed}, out).updated == ("src/a/b.py",)
    assert (out / "src/a/b.py").read_bytes() == changed.replace("\n", "\r\n").encode()
    (out / "src/a/b.py").write_bytes(changed.replace("os", "re").replace("\n", "\r\n").encode())
    assert write_project({"src/a/b.py": CODE}, out).merged == ("src/a/b.py",)
    assert (out / "src/a/b.py").read_bytes() == CODE.replace("os", "re").replace("\n", "\r\n").encode()


def test_names_that_an_edit_took_away_are_told(out: Path) -> None:
    write_project({"src/a/b.py": CODE}, out)
    (out / "src/a/b.py").write_text(CODE.replace("rows", "orders") + "\n\nprint(nowhere)\n")
    result = write_project({"src/a/b.py": CODE.replace("import os\n", "import os\n\n\ndef new():\n    rows()\n")}, out)
    assert (result.merged, result.undefined) == (("src/a/b.py",), ("src/a/b.py: rows",))


def test_a_script_stays_executable(out: Path) -> None:
    write_project({"run.sh": "echo 1\n"}, out)
    (out / "run.sh").chmod(0o755)
    assert write_project({"run.sh": "echo 2\n"}, out).updated == ("run.sh",)
    assert (out / "run.sh").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("kind", ["bytes", "folder", "link", "file for a folder"])
def test_what_cannot_be_merged_is_left_alone(out: Path, kind: str) -> None:
    write_project(FILES, out)
    (out / "src/a/b.py").unlink()
    if kind == "bytes":
        (out / "src/a/b.py").write_bytes(b"\xff\xfe")
    elif kind == "folder":
        (out / "src/a/b.py").mkdir()
    elif kind == "link":
        (out / "src/a/b.py").symlink_to("nowhere")
    else:
        (out / "src/a/c.py").unlink()
        (out / "src/a").rmdir()
        (out / "src/a").write_text("")
    before = snapshot(out)
    with pytest.raises(MigratorError) as raised:
        write_project(FILES | {"src/a/b.py": "new\n"}, out)
    assert raised.value.code == "MIG502"
    assert snapshot(out) == before


@pytest.mark.parametrize("record", [BASE, MANIFEST])
@pytest.mark.parametrize("damage", ["gone", "nonsense"])
def test_without_the_record_nothing_is_written(out: Path, record: str, damage: str) -> None:
    write_project(FILES, out)
    (out / record).unlink()
    if damage == "nonsense":
        (out / record).write_bytes(b"{}")
    before = snapshot(out)
    with pytest.raises(MigratorError) as raised:
        write_project(FILES | {"src/a/b.py": "new\n"}, out)
    assert raised.value.code == "MIG501"
    assert snapshot(out) == before


@pytest.mark.parametrize("there", ["notes.txt", ".migrator/manifest.json"])
def test_other_peoples_folders_are_left_alone(out: Path, there: str) -> None:
    (out / there).parent.mkdir(parents=True)
    (out / there).write_text("mine")
    with pytest.raises(MigratorError) as raised:
        write_project(FILES, out)
    assert raised.value.code == "MIG501"
    assert names(out) == {there}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(MigratorError) as raised:
        write_project(FILES, tmp_path / "x")
    assert raised.value.code == "MIG501"


@pytest.mark.parametrize("exists", [False, True])
def test_a_dry_run_writes_nothing(out: Path, exists: bool) -> None:
    if exists:
        write_project({"old.py": ""}, out)
    before = snapshot(out.parent) if exists else {}
    result = write_project(FILES, out, dry_run=True)
    assert set(FILES) <= set(result.created)
    assert (snapshot(out.parent) if exists else {}) == before
    assert out.exists() is exists


@pytest.mark.parametrize("path", ["../x.py", "/etc/x", "a/../../x"])
def test_paths_stay_inside(out: Path, path: str) -> None:
    with pytest.raises(ValueError, match="not a path inside"):
        write_project({path: ""}, out)


class _Full:
    """A disk that is full, or a person who presses Ctrl-C, after some files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: int, error: BaseException) -> None:
        self.left, self.error, self.write = after, error, Path.write_bytes
        monkeypatch.setattr(Path, "write_bytes", lambda path, data: self(path, data))

    def __call__(self, path: Path, data: bytes) -> int:
        if not self.left:
            raise self.error
        self.left -= 1
        return self.write(path, data)


@pytest.mark.parametrize("after", [0, 1, 2, 3])
@pytest.mark.parametrize("known", [False, True], ids=["new", "update"])
def test_a_full_disk_leaves_no_half_project(
    out: Path, monkeypatch: pytest.MonkeyPatch, after: int, known: bool
) -> None:
    wanted = {f"src/{name}.py": "new\n" for name in "abcd"}
    if known:
        write_project(dict.fromkeys(wanted, "old\n"), out)
    before = snapshot(out) if known else None
    _Full(monkeypatch, after, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(MigratorError) as raised:
        write_project(wanted, out)
    assert raised.value.code == "MIG503"
    assert "No space left" in raised.value.message
    if known:
        assert snapshot(out) == before
    else:
        assert not out.exists()
        assert not (out.parents[1]).exists()


def test_an_interruption_leaves_no_half_project(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _Full(monkeypatch, 2, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        write_project(FILES, out)
    assert not out.parents[1].exists()


def test_many_at_once_write_one_after_the_other(out: Path) -> None:
    """Whoever comes second merges with what the first wrote: the folder is as one of them left it, and tells so."""
    wanted = [{**{f"src/{n}.py": f"{text}\n" for n in range(20)}, f"src/only_{text}.py": ""} for text in "abcdef"]
    with ThreadPoolExecutor(len(wanted)) as pool:
        list(pool.map(lambda files: write_project(files, out), wanted))
    assert {path: (out / path).read_text() for path in names(out) - {MANIFEST, BASE}} in wanted
    assert not write_project({path: (out / path).read_text() for path in names(out) - {MANIFEST, BASE}}, out).changed


def test_someone_else_writes_all_the_while(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(FILES, out)
    before = snapshot(out)
    monkeypatch.setattr("migrator.codegen.writing.write.PATIENCE", 0.0)
    with locked(os.open((out / MANIFEST).parent, os.O_RDONLY), 0), pytest.raises(MigratorError) as raised:
        write_project({**FILES, "src/a/b.py": "x = 2\n"}, out)
    assert raised.value.code == "MIG508"
    assert snapshot(out) == before
