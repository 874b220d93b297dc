"""Large literals of the team's code keep their names in generated code."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.codegen.carried.constants import find_constant, is_large
from migrator.config import Config
from migrator.model.source import SourceFile
from migrator.pipeline import analyze

SECRETS = {name: {"opitem": f"{name} of the shop", "opfield": "production.value"} for name in ("URL", "KEY", "TOKEN")}
TEXT = f"from conf.env import ENV\n\nSECRETS = {SECRETS!r}\nTWICE = {SECRETS!r}\nTWICE = []\n".replace(
    "'production.value'", "f'production.value'"
)
ENV = {f"NAME_{number}": f"value {number} of the environment" for number in range(6)}
SOURCES = {"a.py": SourceFile("a.py", TEXT), "conf/env.py": SourceFile("conf/env.py", f"ENV = {ENV!r}\n")}


def test_a_literal_has_the_name_of_the_dag_file() -> None:
    assert find_constant(SECRETS, "a.py", SOURCES) == ("SECRETS", SECRETS)
    assert find_constant({**SECRETS, "URL": {}}, "a.py", SOURCES) is None
    assert find_constant(dict(reversed(SECRETS.items())), "a.py", SOURCES) is None


def test_a_literal_may_be_imported_and_have_more() -> None:
    assert find_constant(ENV, "a.py", SOURCES) == ("ENV", ENV)
    assert find_constant({**ENV, "TARGET": "s3"}, "a.py", SOURCES) == ("ENV", ENV)
    assert find_constant({"TARGET": "s3", **ENV}, "a.py", SOURCES) is None


def test_only_large_plain_literals_get_a_name() -> None:
    assert is_large(SECRETS, repr(SECRETS))
    assert not is_large({"a": 1}, "{'a': 1}")
    assert not is_large({"a": [object()]}, "x" * 500)


UPDATED = f"""
from airflow.sdk import dag, task

OTHERS = {SECRETS!r}
SHOP = {ENV!r}
SHOP.update(OTHERS)


@task
def load(settings):
    return len(settings)


@dag(schedule=None)
def shop():
    load(SHOP)


shop()
"""


def test_a_literal_that_another_one_was_added_to_says_both_names(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(UPDATED)
    analysis = analyze(tmp_path, Config())
    files = render_project(analysis.plan, analysis.project, "shop_data")
    assert "{**SHOP, **OTHERS}" in "".join(text for path, text in files.items() if path.startswith("src/"))
