"""`migrator.toml`: what is understood, and how a mistake is told."""

from pathlib import Path

import pytest

from migrator.config import Config, load_config
from migrator.diagnostics import MigratorError


def write(folder: Path, text: str) -> Path:
    path = folder / "migrator.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_means_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(None, tmp_path) == Config()


def test_all_keys(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "our_rules.py").touch()
    path = write(
        tmp_path,
        """
        airflow_version = 2.11
        roots = ["plugins"]
        rules = "our_rules.py"
        airflowignore_syntax = "glob"
        [variables]
        schema = "analytics"
        limits = {rows = 10}
        [env]
        STAGE = "prod"
        [connections]
        warehouse = "postgres"
        """,
    )
    config = load_config(path, tmp_path)
    assert config.airflow_version == "2"
    assert config.roots == (tmp_path / "plugins",)
    assert config.rules == tmp_path / "our_rules.py"
    assert config.airflowignore_syntax == "glob"
    assert config.variables == {"schema": "analytics", "limits": {"rows": 10}}
    assert config.env == {"STAGE": "prod"}
    assert config.connections == {"warehouse": "postgres"}


def test_file_in_the_folder_is_found_and_the_current_folder_comes_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dags, here = tmp_path / "dags", tmp_path / "here"
    dags.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    write(here, 'airflow_version = "2"')
    assert load_config(None, dags).airflow_version == "2"
    write(dags, 'airflow_version = "3"')
    assert load_config(None, dags).airflow_version == "3"
    (dags / "a.py").touch()
    assert load_config(None, dags / "a.py").airflow_version == "3"


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("\n\nairflow_versoin = '2'\n", "migrator.toml:3: `airflow_versoin`: unknown key", "did you mean `airflow_version`?"),
        ("airflow_version = '4'\n", "migrator.toml:1: `airflow_version`: input should be '2' or '3'", "correct the value"),
        ("airflow_version = true\n", "migrator.toml:1: `airflow_version`: input should be '2' or '3'", "correct the value"),
        ("[env]\nA = 'x'\nSTAGE = 3\n", "migrator.toml:3: `env.STAGE`: input should be a valid string", "correct the value"),
        ("roots = 'x'\n", "migrator.toml:1: `roots`: input should be a valid tuple", "correct the value"),
        ("zzz = 1\n", "migrator.toml:1: `zzz`: unknown key", "the keys are `airflow_version`, `roots`"),
        ("a = \n", "is not valid TOML: Invalid value (at line 1, column 5)", "correct it"),
        ("roots = ['gone']\n", "`roots` names `gone`, which is not a folder", "correct the path"),
        ("rules = 'gone.py'\n", "`rules` names `gone.py`, which is not a file", "correct the path"),
    ],
)  # fmt: skip
def test_mistakes_are_located(tmp_path: Path, text: str, message: str, help: str) -> None:
    with pytest.raises(MigratorError) as caught:
        load_config(write(tmp_path, text), tmp_path)
    assert caught.value.code == "MIG010"
    assert message in caught.value.message
    assert help in caught.value.help


def test_a_wrong_value_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(MigratorError) as caught:
        load_config(write(tmp_path, "[env]\nPASSWORD = ['hunter2']\n"), tmp_path)
    assert "hunter2" not in caught.value.message


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(MigratorError, match="cannot be read: No such file"):
        load_config(tmp_path / "other.toml", tmp_path)
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MigratorError, match="is not valid TOML"):
        load_config(tmp_path / "b.toml", tmp_path)
