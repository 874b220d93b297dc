"""Code that finds files by way of `__file__`, where those do not move along with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.codegen.carried.dag_files import at_dags_folder

HEAD = "import os\nfrom pathlib import Path\n\n"


def moved(tmp_path: Path, code: str, source: str = "dag.py") -> str | None:
    (tmp_path / "rows.csv").write_text("a\n")
    (tmp_path / "table.bin").write_bytes(b"\0")
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/one.sql").write_text("select 1")
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed/one.sql").write_text("select 1")
    (tmp_path / "mixed/code.py").write_text("x = 1")
    found = at_dags_folder([HEAD + code], source, "src/shop/defs/shop/assets.py", {"": tmp_path})
    return found[0].removeprefix(HEAD) if found is not None else None


@pytest.mark.parametrize(
    "code",
    [
        "x = 1\n",
        'ROWS = (Path(__file__).parent / "rows.csv").read_text()\n',
        'HERE = Path(__file__).parent\nROWS = open(HERE / "rows.csv")\n',
        'SQL = os.path.join(os.path.dirname(__file__), "sql")\ndef f(name):\n    return open(os.path.join(SQL, name))\n',
    ],
)
def test_what_moves_along_is_found_beside_the_code(tmp_path: Path, code: str) -> None:
    assert moved(tmp_path, code) is None


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("x = __file__\n", 'x = f"{DAGS_FOLDER}/dag.py"\n'),
        ("x = open(os.path.abspath(__file__))\n", 'x = open(os.path.abspath(f"{DAGS_FOLDER}/dag.py"))\n'),
        ("x = os.listdir(os.path.dirname(__file__))\n", "x = os.listdir(DAGS_FOLDER)\n"),
        ("x = os.path.dirname(os.path.dirname(__file__))\n", "x = os.path.dirname(DAGS_FOLDER)\n"),
        ("x = list(Path(__file__).parent.glob('*'))\n", "x = list(Path(DAGS_FOLDER).glob('*'))\n"),
        ("x = Path(__file__).resolve().parents[0] / y\n", "x = Path(DAGS_FOLDER) / y\n"),
        ("x = Path(__file__).parents[1] / y\n", 'x = Path(f"{DAGS_FOLDER}/dag.py").parents[1] / y\n'),
        ("x = Path(os.path.dirname(__file__)) / y\n", "x = Path(DAGS_FOLDER) / y\n"),
        (
            'def f(name):\n    return open(os.path.join(os.path.dirname(__file__), f"{name}.sql"))\n',
            'def f(name):\n    return open(os.path.join(DAGS_FOLDER, f"{name}.sql"))\n',
        ),
        ('x = open(os.path.join(os.path.dirname(__file__), "table.bin"))\n',
         'x = open(os.path.join(DAGS_FOLDER, "table.bin"))\n'),
        ('x = Path(__file__).parent / "mixed"\ny = x.iterdir()\n', 'x = Path(DAGS_FOLDER) / "mixed"\ny = x.iterdir()\n'),
        ('x = Path(__file__).with_name("gone.txt")\n', 'x = Path(f"{DAGS_FOLDER}/dag.py").with_name("gone.txt")\n'),
        ("HERE = Path(__file__).parent\n", "HERE = Path(DAGS_FOLDER)\n"),
        ('HERE = os.path.dirname(__file__)\nx = f"{HERE}/é.csv"\n', 'HERE = DAGS_FOLDER\nx = f"{HERE}/é.csv"\n'),
        ('é = f"{os.path.realpath(__file__)}"\n', "é = f\"{os.path.realpath(f'{DAGS_FOLDER}/dag.py')}\"\n"),
        ("é = f'{__file__}'\n", "é = f'{f\"{DAGS_FOLDER}/dag.py\"}'\n"),
    ],
)  # fmt: skip
def test_what_does_not_is_looked_for_where_the_dag_files_are(tmp_path: Path, code: str, wanted: str) -> None:
    assert moved(tmp_path, code) == wanted


def test_files_below_the_folder_and_in_further_roots(tmp_path: Path) -> None:
    code = "x = os.listdir(os.path.dirname(__file__)), __file__\n"
    below = 'x = os.listdir(f"{DAGS_FOLDER}/shop"), f"{DAGS_FOLDER}/shop/dag.py"\n'
    assert moved(tmp_path, code, "shop/dag.py") == below
    folders = {"": tmp_path / "repo/dags", "repo": tmp_path / "repo"}
    found = at_dags_folder(["x = __file__\n"], "repo/lib/x.py", "src/lib/x.py", folders)
    assert found == ['x = f"{DAGS_FOLDER}/../lib/x.py"\n']
