"""The words of shell scripts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.analyzers.io.shell import Command, commands


def only(script: str, **env: str) -> Command:
    found = commands(script, env)
    assert found is not None and len(found) == 1
    return found[0]


def test_words_quotes_and_variables() -> None:
    command = only("""cp "$RAW/a b.csv" '$RAW' ${OUT}/x\\ y.csv $(date +%F) {{ ds }}/z""", RAW="/raw")
    assert command.words == ["cp", "/raw/a b.csv", "$RAW", "{env:OUT}/x y.csv", "{?}", "{{ ds }}/z"]


def test_redirections() -> None:
    command = only("sort < in.txt >> out.txt 2> err.txt 2>&1")
    assert (command.words, command.reads, command.writes) == (["sort"], ["in.txt"], ["out.txt"])
    assert only("make &> build.txt").writes == []


@pytest.mark.parametrize("script", ['grep ">" genome.fa', "awk '$1 > 5' genome.fa", "[[ 3 > genome.fa ]]"])
def test_signs_that_are_no_redirections(script: str) -> None:
    assert only(script).writes == []


def test_commands_are_told_apart() -> None:
    found = commands("set -e\nDAY={{ ds }}; echo $DAY | tee a && (cd x; ls) || ls # > no", {})
    assert found is not None
    assert [command.words for command in found] == [["set", "-e"], ["echo", "{{ ds }}"], ["tee", "a"], ["ls"], ["ls"]]
    assert [command.folder for command in found] == [None, None, None, "x", None]


def test_variables_of_the_shell_are_not_the_environment() -> None:
    found = commands("for f in a b; do cp $f /x/$f; done; while read -r line; do echo $line; done", {"f": "no"})
    assert found is not None
    assert ["cp", "{?}", "/x/{?}"] in [command.words for command in found]
    assert ["echo", "{?}"] in [command.words for command in found]


@pytest.mark.parametrize("script", ["cat <<EOF\n> x\nEOF", "f() { cp a b; }", "eval cp a b", 'echo "open', "cat <(ls)"])
def test_nothing_is_said_about_what_is_not_followed(script: str) -> None:
    assert commands(script, {}) is None


@pytest.mark.parametrize("piece", ["a", "a ", "{{", "$x", '"', "$(", "\\\\", "read a ", "'a'", "[["])
def test_long_scripts_take_no_long_time(piece: str) -> None:
    started = time.perf_counter()
    commands(piece * (99_000 // len(piece)), {})
    assert time.perf_counter() - started < 5


@given(st.text(alphabet="ab $'\"`(){}<>|&;#\n\\=1/", max_size=60))
def test_never_raises(script: str) -> None:
    commands(script, {"a": "b"})
