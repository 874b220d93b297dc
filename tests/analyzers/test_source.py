"""`Folder`: paths, reads, imports; nothing outside the roots."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.analyzers.source import Folder, decode, escape_name, unescape_name
from migrator.diagnostics import Diagnostic, MigratorError
from migrator.model.source import SourceFile


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """`dags/` with a helper package, `plugins/` beside it, and a file that nobody may see."""
    (tmp_path / "dags" / "team" / "utils").mkdir(parents=True)
    (tmp_path / "plugins" / "ops").mkdir(parents=True)
    (tmp_path / "dags" / "a.py").write_text("x = 1\n")
    (tmp_path / "dags" / "team" / "b.py").touch()
    (tmp_path / "dags" / "team" / "utils" / "__init__.py").touch()
    (tmp_path / "dags" / "team" / "utils" / "dates.py").touch()
    (tmp_path / "plugins" / "ops" / "copy.py").touch()
    (tmp_path / "secret.txt").write_text("s3cret")
    return tmp_path


def test_paths_are_named_relative_to_the_folder(place: Path) -> None:
    folder = Folder(place / "dags")
    assert folder.relative("team/b.py") == "team/b.py"
    assert folder.relative(str(place / "dags" / "team" / "b.py")) == "team/b.py"
    assert folder.relative("team/../a.py") == "a.py"
    assert folder.relative(str(place / "dags")) == "."
    assert folder.relative("not/there.sql") == "not/there.sql"
    assert folder.absolute("a.py") == (place / "dags" / "a.py").resolve()


@pytest.mark.parametrize(
    "path", ["../secret.txt", "/etc/passwd", "team/../../secret.txt", "link", "a\0b", "~/.ssh/id_rsa"]
)
def test_nothing_outside_is_seen(place: Path, path: str) -> None:
    (place / "dags" / "link").symlink_to(place / "secret.txt")
    folder = Folder(place / "dags")
    assert folder.read_text(path) is None
    assert not folder.is_file(path)
    assert folder.source(path) is None


def test_links_to_folders_outside_are_not_seen(place: Path) -> None:
    (place / "dags" / "up").symlink_to(place)
    folder = Folder(place / "dags")
    assert folder.read_text("up/secret.txt") is None
    assert folder.listdir("up") == ()
    assert folder.glob(".", "*/secret.txt") == ()
    assert folder.glob(".", "../*") == ()
    assert folder.source("up/dags/a.py") is not None, "the link leads back into the folder"


def test_further_roots_have_their_own_name(place: Path) -> None:
    folder = Folder(place / "dags", (place / "plugins", place / "dags" / "team"))
    assert folder.relative(str(place / "plugins" / "ops" / "copy.py")) == "plugins/ops/copy.py"
    assert folder.is_file("plugins/ops/copy.py")
    assert folder.relative(str(place / "dags" / "team" / "b.py")) == "team/b.py"
    assert folder.is_file("team/b.py")


def test_a_root_whose_name_is_taken_gets_a_number(place: Path) -> None:
    (place / "dags" / "plugins").mkdir()
    folder = Folder(place / "dags", (place / "plugins",))
    assert folder.relative(str(place / "plugins" / "ops" / "copy.py")) == "plugins_2/ops/copy.py"
    assert folder.is_file("plugins_2/ops/copy.py")
    assert not folder.is_file("plugins/ops/copy.py")


def test_a_linked_folder_keeps_the_name_that_was_given(place: Path) -> None:
    (place / "current").symlink_to(place / "dags")
    folder = Folder.open(place / "current")
    assert folder.relative(str(place / "current" / "a.py")) == "a.py"
    assert folder.relative(str(place / "dags" / "a.py")) == "a.py"


def test_reads_have_a_limit_and_only_take_regular_files(place: Path) -> None:
    (place / "dags" / "big.sql").write_text("x" * 2000)
    os.mkfifo(place / "dags" / "pipe.py")
    folder = Folder(place / "dags", max_bytes=1000)
    assert folder.read_text("big.sql") is None
    found = folder.source("big.sql")
    assert isinstance(found, Diagnostic)
    assert (found.code, found.span.file) == ("MIG006", "big.sql")
    assert "2,000 bytes" in found.message
    assert folder.source("pipe.py") is None, "reading it would wait forever"
    assert folder.source("team") is None


def test_read_text_is_what_open_gives(place: Path) -> None:
    (place / "dags" / "q.sql").write_bytes(b"\xef\xbb\xbfselect 1\r\nfrom t\r\n")
    assert Folder(place / "dags").read_text("q.sql") == "select 1\nfrom t\n"
    (place / "dags" / "bin.sql").write_bytes(b"\xff\xfe")
    assert Folder(place / "dags").read_text("bin.sql") is None


def test_source_is_read_once(place: Path) -> None:
    folder = Folder(place / "dags")
    first = folder.source("a.py")
    assert isinstance(first, SourceFile)
    (place / "dags" / "a.py").write_text("changed")
    assert folder.source(str(place / "dags" / "a.py")) is first


@pytest.mark.parametrize(
    ("data", "text", "encoding", "bom"),
    [
        (b"", "", "utf-8", False),
        (b"\xef\xbb\xbfx = 1\r\n", "x = 1\r\n", "utf-8", True),
        ("# coding: latin-1\nx = 'é'\n".encode("latin-1"), "# coding: latin-1\nx = 'é'\n", "iso-8859-1", False),
        ("#!x\n# -*- coding: shift_jis -*-\n'日本'\r".encode("shift_jis"), "#!x\n# -*- coding: shift_jis -*-\n'日本'\r", "shift_jis", False),
    ],
)  # fmt: skip
def test_decode(data: bytes, text: str, encoding: str, bom: bool) -> None:
    assert decode(data) == (text, encoding, bom)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"x = 1\ny = '\xe9'\n", 2),
        (b"# coding: no-such-codec\n", 1),
        (b"# coding: base64\nx\n", 1),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1),
        ("x = 1\n".encode("utf-16"), 1),
    ],
)
def test_undecodable_files_are_a_finding(tmp_path: Path, data: bytes, line: int) -> None:
    (tmp_path / "a.py").write_bytes(data)
    found = Folder(tmp_path).source("a.py")
    assert isinstance(found, Diagnostic)
    assert (found.code, found.span.line) == ("MIG005", line)


def test_hostile_names_are_escaped_and_can_be_given_back(tmp_path: Path) -> None:
    name = b"evil\n\x1b[31m\xff\\.py"
    (tmp_path / os.fsdecode(name)).write_text("x = 1")
    folder = Folder(tmp_path)
    (shown,) = folder.listdir(".")
    assert shown == "evil\\x0a\\x1b[31m\\udcff\\\\.py"
    found = folder.source(shown)
    assert isinstance(found, SourceFile)
    assert found.path == shown
    assert folder.relative(os.fsdecode(name)) == shown


@given(st.text(st.characters(exclude_characters="\0/"), min_size=1))
def test_escaping_is_reversible_and_leaves_nothing_dangerous(name: str) -> None:
    shown = escape_name(name)
    assert unescape_name(shown) == name
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}


@given(st.text(max_size=40))
def test_no_path_leaves_the_roots(path: str) -> None:
    folder = Folder(Path(__file__).parent)
    real = folder.absolute(path)
    assert real is None or real.is_relative_to(Path(__file__).parent.resolve())


def test_imports_by_the_names_of_the_folders_above(tmp_path: Path) -> None:
    package = tmp_path / "airflow" / "example_dags"
    (package / "parts").mkdir(parents=True)
    (package / "parts" / "steps.py").touch()
    folder = Folder(package)
    assert folder.module_candidates("airflow.example_dags.parts.steps", "a.py") == ["parts/steps.py"]
    assert folder.is_named("airflow.example_dags.parts") and not folder.is_named("airflow.models")


def test_glob(place: Path) -> None:
    folder = Folder(place / "dags")
    assert folder.glob(".", "*.py") == ("a.py",)
    assert folder.glob("", "**/*.py") == ("a.py", "team/b.py", "team/utils/__init__.py", "team/utils/dates.py")
    assert folder.glob("team", "*/dates.py") == ("team/utils/dates.py",)
    assert folder.glob(str(place / "dags" / "team"), "**") == ("team", "team/utils")
    assert folder.glob(".", "team/b.py") == ("team/b.py",)
    assert folder.glob(".", "no/*") == ()


@pytest.mark.parametrize(
    ("dotted", "importer", "expected"),
    [
        ("team.utils", "a.py", ["team/utils/__init__.py"]),
        ("team.utils.dates", "a.py", ["team/utils/dates.py"]),
        ("dags.team.b", "a.py", ["team/b.py"]),
        ("utils.dates", "team/b.py", ["team/utils/dates.py"]),
        ("ops.copy", "a.py", ["plugins/ops/copy.py"]),
        ("plugins.ops.copy", "a.py", ["plugins/ops/copy.py"]),
        ("airflow.models", "a.py", []),
        ("team", "a.py", []),
        ("../secret", "a.py", []),
        ("a..b", "a.py", []),
    ],
)
def test_imports(place: Path, dotted: str, importer: str, expected: list[str]) -> None:
    assert Folder(place / "dags", (place / "plugins",)).module_candidates(dotted, importer) == expected


def test_imports_in_a_repository_that_holds_dags_and_plugins(place: Path) -> None:
    folder = Folder(place)
    assert folder.module_candidates("ops.copy", "dags/team/b.py") == ["plugins/ops/copy.py"]
    assert folder.module_candidates("team.b", "dags/a.py") == ["dags/team/b.py"]
    assert folder.module_candidates("dags.a", "dags/team/b.py") == ["dags/a.py"]
    (place / "sub" / "x" / "plugins").mkdir(parents=True)
    (place / "sub" / "x" / "plugins" / "hooks.py").touch()
    assert folder.module_candidates("hooks", "sub/x/dags/d.py") == ["sub/x/plugins/hooks.py"]
    (place / "sub" / "x" / "src" / "acme").mkdir(parents=True)
    (place / "sub" / "x" / "src" / "acme" / "operators.py").touch()
    assert folder.module_candidates("acme.operators", "sub/x/dags/d.py") == ["sub/x/src/acme/operators.py"]


def test_namespace_packages(place: Path) -> None:
    folder = Folder(place / "dags")
    assert folder.namespace_directories("team", "a.py") == ["team"]
    assert folder.namespace_directories("team.utils", "a.py") == []
    assert folder.namespace_directories("dags.team", "a.py") == ["team"]
    assert folder.module_at("team/b") == "team/b.py"
    assert folder.module_at("team") is None


def test_open(place: Path) -> None:
    assert Folder.open(place / "dags").only is None
    single = Folder.open(place / "dags" / "a.py")
    assert (single.root, single.only) == (place / "dags", "a.py")
    with pytest.raises(MigratorError, match="No such file or directory") as caught:
        Folder.open(place / "gone")
    assert caught.value.code == "MIG001"
    os.mkfifo(place / "pipe")
    with pytest.raises(MigratorError, match="neither a folder nor a file"):
        Folder.open(place / "pipe")
    with pytest.raises(MigratorError, match="null"):
        Folder.open(Path("a\0b"))
