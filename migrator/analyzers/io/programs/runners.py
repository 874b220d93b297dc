"""Programs that run other code: shells, Python, Spark, notebooks, dbt, containers, other machines."""

from __future__ import annotations

import re

from migrator.analyzers.io.programs import Call, Effects, Program, ScriptRun, effects_of
from migrator.analyzers.io.shell import Command

_SPARK_VALUES = frozenset(
    [
        "--master",
        "--deploy-mode",
        "--class",
        "--name",
        "--jars",
        "--packages",
        "--exclude-packages",
        "--repositories",
        "--py-files",
        "--files",
        "--archives",
        "--conf",
        "-c",
        "--properties-file",
        "--driver-memory",
        "--driver-java-options",
        "--driver-library-path",
        "--driver-class-path",
        "--executor-memory",
        "--proxy-user",
        "--driver-cores",
        "--total-executor-cores",
        "--executor-cores",
        "--num-executors",
        "--queue",
        "--principal",
        "--keytab",
    ]
)


def _shell(call: Call, command: Command, effects: Effects) -> None:
    if "-c" in call.options or any(
        name.startswith("-") and name.endswith("c") and len(name) <= 4 for name in call.options
    ):
        effects.inner += call.plain[:1] or [value for value in (call.option("-c"),) if value]
    elif call.plain:
        effects.scripts.append(ScriptRun("shell", call.plain[0], _after(call, call.plain[0])))
    elif command.stdin:
        effects.inner.append(command.stdin)


def _after(call: Call, word: str) -> tuple[str, ...]:
    """The words behind the first one that is this."""
    return call.words[call.words.index(word) + 1 :]


def _python(call: Call, command: Command, effects: Effects) -> None:
    values = {"-W", "-X"}
    at = 0
    while at < len(call.words) and call.words[at].startswith("-"):
        option = call.words[at]
        if option == "-m" and at + 1 < len(call.words):
            _module(call.words[at + 1], call.words[at + 2 :], command, effects)
            return
        if option == "-c":
            effects.code += call.words[at + 1 : at + 2]
            return
        if option == "-":
            break
        at += 2 if option in values else 1
    if at < len(call.words) and call.words[at].endswith(".py"):
        effects.scripts.append(ScriptRun("python", call.words[at], call.words[at + 1 :]))
    elif command.stdin and (at == len(call.words) or call.words[at] == "-"):
        effects.code.append(command.stdin)


def _module(name: str, rest: tuple[str, ...], command: Command, effects: Effects) -> None:
    """`python -m name`."""
    if name in ("dbt", "dbt.cli.main"):
        effects.dbt.append(rest)
    elif name in ("papermill", "jupyter"):
        inner = effects_of(Command([name, *rest]))
        effects.reads += inner.reads
        effects.writes += inner.writes
        effects.scripts += inner.scripts
    else:
        effects.scripts.append(ScriptRun("python", f"{name.replace('.', '/')}.py", rest))


def _spark(call: Call, command: Command, effects: Effects) -> None:
    script = next((word for word in call.plain if word.endswith(".py")), None)
    if script is not None and call.plain[0] == script:
        effects.scripts.append(ScriptRun("python", script, _after(call, script)))


def _dbt(call: Call, command: Command, effects: Effects) -> None:
    effects.dbt.append(call.words)


def _papermill(call: Call, command: Command, effects: Effects) -> None:
    if len(call.plain) > 1:
        effects.writes.append(call.plain[1])


def _jupyter(call: Call, command: Command, effects: Effects) -> None:
    if call.plain[:1] == ("nbconvert",) and call.option("--output") is not None:
        effects.writes += call.all("--output")


def _runner(call: Call, command: Command, effects: Effects) -> None:
    """`poetry run x`, `uv run x`, `pipenv run x`, `conda run -n env x`: another command."""
    if call.plain[:1] != ("run",):
        return
    rest = list(call.words[call.words.index("run") + 1 :])
    while rest and rest[0].startswith("-"):
        rest = (
            rest[2:]
            if rest[0] in ("-n", "--name", "-p", "--prefix", "--python", "--with", "--project", "--directory")
            else rest[1:]
        )
    _again(rest, command, effects)


def _again(words: list[str], command: Command, effects: Effects) -> None:
    inner = effects_of(Command(words, stdin=command.stdin, piped=command.piped, writes=[*command.writes]))
    for name in (
        "reads",
        "writes",
        "removes",
        "apis",
        "tables",
        "models",
        "sql",
        "scripts",
        "inner",
        "code",
        "streams",
        "dbt",
    ):
        values = getattr(inner, name)
        getattr(effects, name).extend(value for value in values if name != "writes" or value not in command.writes)


def _xargs(call: Call, command: Command, effects: Effects) -> None:
    rest = list(call.words)
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in ("-I", "-n", "-P", "-d", "-L") else rest[1:]
    marker = call.option("-I") or next(
        (name[2:] for name in call.options if name.startswith("-I") and len(name) > 2), None
    )
    if marker is not None:
        _again([word.replace(marker, "{?}") for word in rest], command, effects)
    else:
        _again([*rest, "{?}"], command, effects)


def _docker(call: Call, command: Command, effects: Effects) -> None:
    """`docker run image command`: what it does to files stays in the container, unless they are in a folder of the host (`-v`); what it does to
    stores does not."""
    verb = call.plain[0] if call.plain else ""
    if verb in ("run", "exec") and len(call.plain) > 2:
        inner = effects_of(Command(list(call.words[call.words.index(call.plain[1]) + 1 :])))
        folders = volumes(call.all("-v", "--volume"))
        effects.reads += [name for path in inner.reads if (name := outside(path, folders)) is not None]
        effects.writes += [name for path in inner.writes if (name := outside(path, folders)) is not None]
        effects.apis += inner.apis
        effects.tables += inner.tables
        effects.sql += [sql for sql in inner.sql if sql.text is not None]
        effects.dbt += inner.dbt


def outside(path: str, folders: list[tuple[str, str]]) -> str | None:
    """A path of a container as the world around it names it; None for one of its own. `folders` are those of the container, and the host's."""
    if "://" in path:
        return path
    return next((f"{host}{path[len(own) :]}" for own, host in folders if f"{path}/".startswith(f"{own}/")), None)


def volumes(words: list[str]) -> list[tuple[str, str]]:
    """Folders of the container and of the host that values of `docker run -v` name; named volumes are no folders of the host."""
    found = (_VOLUME.match(word) for word in words)
    pairs = [(match["target"].rstrip("/"), match["source"].rstrip("/")) for match in found if match is not None]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


_VOLUME = re.compile(r"^(?P<source>(?:\{[^{}]*\}|\{\{.*?\}\}|[/~])[^:]*):(?P<target>/[^:]*)(?::[\w,]+)?$")


def _ssh(call: Call, command: Command, effects: Effects) -> None:
    """What a command does to files of another machine is not told; what it does to stores is."""
    if len(call.plain) > 1:
        from migrator.analyzers.io.shell import parse_script

        for inner in parse_script(" ".join(call.plain[1:]), {}).commands:
            found = effects_of(inner)
            effects.reads += [name for name in found.reads if "://" in name]
            effects.writes += [name for name in found.writes if "://" in name]
            effects.sql += [sql for sql in found.sql if sql.text is not None]
            effects.tables += found.tables


def _kafka(call: Call, command: Command, effects: Effects) -> None:
    """`kafka-console-producer --topic t < file`, `kafka-console-consumer --topic t`, `kcat -P -t t`."""
    produces = "producer" in call.program or "-P" in call.options
    effects.streams += [(produces, topic, "kafka") for topic in call.all("--topic", "-t")]


def _kaggle(call: Call, command: Command, effects: Effects) -> None:
    if "download" in call.plain and (
        name := call.option("-d", "--dataset", "-c") or (call.plain[2] if len(call.plain) > 2 else None)
    ):
        effects.apis.append(f"https://www.kaggle.com/{call.plain[0]}/{name}")
        effects.writes += call.all("-p", "--path")


def _mlflow(call: Call, command: Command, effects: Effects) -> None:
    effects.models += [(False, name, "mlflow") for name in call.all("-m", "--model-uri")]


def _huggingface(call: Call, command: Command, effects: Effects) -> None:
    """`huggingface-cli upload REPO PATH`, `huggingface-cli download REPO`."""
    verb, *words = call.plain or ("",)
    if verb == "upload" and len(words) > 1:
        effects.models.append((True, words[0], "huggingface"))
        effects.reads.append(words[1])
    elif verb == "download" and words:
        effects.models.append((False, words[0], "huggingface"))
        effects.writes += call.all("--local-dir")


def script_call(words: list[str]) -> ScriptRun | None:
    """A script that is called by its own path."""
    if words and words[0].endswith((".sh", ".bash")):
        return ScriptRun("shell", words[0], tuple(words[1:]))
    if words and words[0].endswith(".py"):
        return ScriptRun("python", words[0], tuple(words[1:]))
    return None


PROGRAMS = {
    **dict.fromkeys(("bash", "sh", "zsh", "ksh", "dash", "source", "."), Program(_shell, frozenset({"-o"}))),
    **dict.fromkeys(("python", "pypy", "pythonw"), Program(_python)),
    "spark-submit": Program(_spark, _SPARK_VALUES),
    "dbt": Program(_dbt),
    "papermill": Program(_papermill, frozenset({"-p", "-r", "-y", "-f", "-k", "--kernel", "--cwd"})),
    "jupyter": Program(_jupyter, frozenset({"--output", "--to", "--output-dir"})),
    **dict.fromkeys(("poetry", "pipenv", "uv", "conda", "mamba", "pdm", "hatch", "rye"), Program(_runner)),
    "xargs": Program(_xargs, frozenset({"-I"})),
    **dict.fromkeys(
        ("docker", "podman", "nerdctl"),
        Program(
            _docker,
            frozenset(
                [
                    "-v",
                    "--volume",
                    "-e",
                    "--env",
                    "--name",
                    "--network",
                    "-w",
                    "-u",
                    "--env-file",
                    "--mount",
                    "-p",
                    "--entrypoint",
                    "--platform",
                    "--user",
                    "--workdir",
                ]
            ),
        ),
    ),
    "ssh": Program(_ssh, frozenset({"-i", "-p", "-o", "-l", "-F"})),
    "kaggle": Program(_kaggle, frozenset({"-d", "--dataset", "-c", "-p", "--path", "-f"})),
    **dict.fromkeys(
        ("kafka-console-producer", "kafka-console-consumer", "kcat", "kafkacat"),
        Program(_kafka, frozenset({"--topic", "-t", "-b", "--bootstrap-server", "--broker-list"})),
    ),
    **dict.fromkeys(
        ("huggingface-cli", "hf"),
        Program(_huggingface, frozenset({"--repo-type", "--revision", "--local-dir", "--token", "--commit-message"})),
    ),
    "mlflow": Program(_mlflow, frozenset({"-m", "--model-uri", "-i", "-o"})),
}
