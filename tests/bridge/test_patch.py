"""The line in a DAG file: nothing else changes, and it can be taken out again."""

from __future__ import annotations

import ast
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from migrator.bridge.patch import LINE, patched, reverted
from migrator.cli import app
from migrator.diagnostics import MigratorError

SAMPLES = Path(__file__).parents[2] / "sample_dags"
DAG = (
    '"""Orders."""\nfrom __future__ import annotations\nfrom airflow import DAG\n'
    "from airflow.operators.bash import BashOperator\n"
    'with DAG("orders"):\n    BashOperator(task_id="t", bash_command="date")\n'
)
FILES = {
    "plain": DAG.encode(),
    "crlf": DAG.replace("\n", "\r\n").encode(),
    "old mac": DAG.replace("\n", "\r").encode(),
    "mixed": DAG.replace("\n", "\r\n", 3).encode(),
    "tabs": DAG.replace("    ", "\t").encode(),
    "bom": b"\xef\xbb\xbf" + DAG.encode(),
    "no newline": DAG.rstrip().encode(),
    "no newline, crlf": DAG.replace("\n", "\r\n").rstrip().encode(),
    "blank lines": (DAG + "\n\n\n").encode(),
    "blanks without a newline": (DAG + "    ").encode(),
    "comment": (DAG + "# the end, caf\u00e9").encode(),
    "latin-1": b"# coding: latin-1\n# caf\xe9\n" + DAG.encode(),
    "shift-jis": b"# -*- coding: shift_jis -*-\n" + "# \u6ce8\u6587\n".encode("shift_jis") + DAG.encode(),
    "main": (DAG + 'if __name__ == "__main__":\n    print("x")').encode(),
    "form feed": (DAG + "\f\n").encode(),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_only_the_line_is_added_and_it_can_be_taken_out(data: bytes) -> None:
    after = patched(data)
    assert after.startswith(data)
    assert after[len(data) :].strip(b"\r\n") == LINE.encode()
    assert len(ast.parse(after).body) == len(ast.parse(data).body) + 2
    assert patched(after) == after
    assert reverted(after) == data
    assert reverted(data) == data


def test_newlines_are_those_of_the_file() -> None:
    assert patched(FILES["crlf"]).endswith(b"\r\n" + LINE.encode() + b"\r\n")
    assert patched(FILES["no newline, crlf"]).endswith(b"\r\n" + LINE.encode())
    assert patched(FILES["old mac"]).endswith(b"\r" + LINE.encode() + b"\r")


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.py")), ids=lambda path: path.relative_to(SAMPLES).as_posix())
def test_files_as_teams_write_them(path: Path) -> None:
    data = path.read_bytes()
    assert reverted(patched(data)) == data


LINES = st.sampled_from(
    ["x = 1", "", "# c", "if x:\n    pass", "    ", "\f", "'''\n'''", "y = (1,\n 2)", "z = 1 + \\\n 2", "\u00e4 = 2"]
)


@given(st.lists(LINES), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_any_file(lines: list[str], newline: str, ends: bool, bom: bool) -> None:
    text = "\n".join(lines).replace("\n", newline) + (newline if ends else "")
    data = (b"\xef\xbb\xbf" if bom else b"") + text.encode()
    try:
        ast.parse(data)
    except SyntaxError:
        with pytest.raises(MigratorError):
            patched(data)
        return
    after = patched(data)
    assert after.startswith(data)
    assert reverted(after) == data


@pytest.mark.parametrize("data", [b"x = (", b"\xff\xfe", b"print 'x'\n", b"# coding: nonsense\n", b"x = 1\n\0"])
def test_what_is_no_python_is_refused(data: bytes) -> None:
    with pytest.raises(MigratorError) as caught:
        patched(data)
    assert caught.value.code == "MIG640"


def test_a_call_written_by_hand_stays() -> None:
    data = (DAG + "from dagster_proxy import proxy_dags\nproxy_dags(globals())\n").encode()
    assert patched(data) == data
    with pytest.raises(MigratorError, match="in a way"):
        reverted(data)


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "dags" / "orders.py"
    path.parent.mkdir()
    path.write_bytes(FILES["crlf"])
    path.chmod(0o640)
    run = CliRunner().invoke
    shown = run(app, ["patch", str(path.parent), "orders", "--diff"])
    assert shown.exit_code == 0
    assert f"+{LINE}" in shown.stdout
    assert path.read_bytes() == FILES["crlf"]
    done = run(app, ["patch", str(path.parent), "orders"])
    assert done.exit_code == 0
    assert "Copy `for_airflow/dagster_proxy.py`" in done.stdout
    assert path.read_bytes() == patched(FILES["crlf"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "nothing was changed" in run(app, ["patch", str(path.parent), "orders"]).stdout
    assert run(app, ["patch", str(path.parent), "orders", "--revert"]).exit_code == 0
    assert path.read_bytes() == FILES["crlf"]


def test_the_command_is_refused(tmp_path: Path) -> None:
    outside, folder = tmp_path / "orders.py", tmp_path / "dags"
    outside.write_text(DAG)
    folder.mkdir()
    run = CliRunner().invoke
    (folder / "orders.py").symlink_to(outside)
    linked = run(app, ["patch", str(folder), "orders"])
    assert linked.exit_code == 2
    assert outside.read_text() == DAG
    (folder / "orders.py").unlink()
    shutil.copy(outside, folder)
    missing = run(app, ["patch", str(folder), "other"])
    assert (missing.exit_code, "MIG507" in missing.stderr) == (2, True)
