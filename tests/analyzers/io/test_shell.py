"""The commands of shell scripts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.analyzers.io.shell import Command, parse_script


def commands(script: str, **env: str) -> list[Command]:
    return list(parse_script(script, env).commands)


def words(script: str, **env: str) -> list[list[str]]:
    return [command.words for command in commands(script, **env)]


def only(script: str, **env: str) -> Command:
    (found,) = commands(script, **env)
    return found


def test_words_quotes_and_variables() -> None:
    *_, command = commands("""cp "$RAW/a b.csv" '$RAW' ${OUT}/x\\ y.csv $(date +%F) {{ ds }}/z""", RAW="/raw")
    assert command.words == ["cp", "/raw/a b.csv", "$RAW", "{env:OUT}/x y.csv", "{?}", "{{ ds }}/z"]


def test_variables() -> None:
    script = 'A=/a; export B="$A/b"; C=${C:-/c}; A+=x; D=1 cp $A $B $C ${A%/} $D; ls $D'
    assert words(script) == [["cp", "/ax", "/a/b", "/c", "{?}", "1"], ["ls", "{env:D}"]]


def test_variables_inside_of_unquoted_words() -> None:
    script = "F=$OUT/a_$DAY.csv\ncp $F $OUT/$DAY-b.csv > $OUT/x/l_$DAY.txt; awk '{print $NF.x}' \\$X.y"
    copy, print_last = commands(script, OUT="/out", DAY="{{ ds }}")
    assert (copy.words, copy.writes) == (
        ["cp", "/out/a_{{ ds }}.csv", "/out/{{ ds }}-b.csv"],
        ["/out/x/l_{{ ds }}.txt"],
    )
    assert print_last.words == ["awk", "{print $NF.x}", "$X.y"]


def test_redirections() -> None:
    command = only("sort < in.txt >> out.txt 2> err.txt 2>&1")
    assert (command.words, command.reads, command.writes) == (["sort"], ["in.txt"], ["out.txt"])
    assert only("make &> build.txt").writes == []


@pytest.mark.parametrize("script", ['grep ">" genome.fa', "awk '$1 > 5' genome.fa"])
def test_signs_that_are_no_redirections(script: str) -> None:
    assert only(script).writes == []


def test_commands_are_told_apart() -> None:
    found = commands("set -e\nDAY={{ ds }}; echo $DAY | tee a && (cd x; ls) || sudo -u me ls # > no")
    assert [command.words for command in found] == [["set", "-e"], ["echo", "{{ ds }}"], ["tee", "a"], ["ls"], ["ls"]]
    assert [command.folder for command in found] == [None, None, None, "x", None]
    assert [command.piped for command in found] == [False, True, False, False, False]


def test_branches_and_loops() -> None:
    script = "if [ -f a ]; then cp a b; else cp c d; fi; for f in x y; do cp $f /z/$f; done; while read -r line; do echo $line; done"
    assert words(script) == [
        ["cp", "a", "b"],
        ["cp", "c", "d"],
        ["cp", "x", "/z/x"],
        ["cp", "y", "/z/y"],
        ["echo", "{?}"],
    ]
    assert words("for f in /in/*.csv; do cp $f /x; done", f="no") == [["cp", "/in/*.csv", "/x"]]
    assert words("for f in *; do cp $f /x; done", f="no") == [["cp", "{?}", "/x"]]


def test_functions_and_eval() -> None:
    script = 'copy() { cp "$1" /out/$2; }; copy a b; eval "cp $X d"; cp "$1" e'
    assert words(script, X="c") == [["cp", "a", "/out/b"], ["cp", "c", "d"], ["cp", "{?}", "e"]]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("psql <<EOF\ninsert into $T\nEOF", "insert into t\n"),
        ("psql <<'EOF' > /out\ninsert into $T\nEOF", "insert into $T\n"),
        ("psql <<-EOF\n\tselect '{{ ds }}'\n\tEOF", "select '{{ ds }}'"),
        ("cat <<EOF | psql\nselect 1\nEOF\n", "select 1\n"),
        ("echo 'select 1' | psql", "select 1"),
        ('psql <<< "select $T"', "select t"),
    ],
)
def test_what_a_command_is_given(script: str, text: str) -> None:
    found = [command for command in commands(script, T="t") if command.words == ["psql"]]
    assert [command.stdin is not None and command.stdin.strip() for command in found] == [text.strip()]


def test_words_with_choices() -> None:
    assert only("cp s3://b/{x,y}.csv /z").words == ["cp", "s3://b/x.csv", "s3://b/y.csv", "/z"]


@pytest.mark.parametrize("script", ['echo "open', "cp a b\n((", "for x in"])
def test_what_is_no_shell_is_told(script: str) -> None:
    assert not parse_script(script, {}).complete


@pytest.mark.parametrize("broken", ["((\ncp c d", 'echo "open', "if then fi )"])
def test_what_stands_in_front_of_an_error_is_read(broken: str) -> None:
    found = words(f"cp a b\n{broken}")
    assert found[:1] == [["cp", "a", "b"]]
    assert ["d"] not in found


def test_endless_recursion_ends() -> None:
    started = time.process_time()
    assert parse_script("f() { f; g; }; g() { f; }; f", {}).complete is False
    assert time.process_time() - started < 5


@pytest.mark.parametrize("piece", ["a", "a ", "{{", "$x", '"', "$(", "\\\\", "read a ", "'a'", "[[", "a;", "{a,b}"])
def test_long_scripts_take_no_long_time(piece: str) -> None:
    started = time.process_time()
    parse_script(piece * (99_000 // len(piece)), {})
    assert time.process_time() - started < 5


@given(st.text(alphabet="ab $'\"`(){}<>|&;#\n\\=1/\x02", max_size=60))
def test_never_raises(script: str) -> None:
    parse_script(script, {"a": "b"})
