"""The clouds' command lines: AWS, Google, Azure, Hadoop's file system."""

from __future__ import annotations

import re

from migrator.analyzers.io.programs import Call, Effects, Program, Sql, copied
from migrator.analyzers.io.shell import Command

_SCHEMES = ("s3://", "gs://", "hdfs://", "abfs://", "abfss://", "wasbs://")


def _aws(call: Call, command: Command, effects: Effects) -> None:
    verb = tuple(call.plain[:2])
    if call.plain[:1] == ("s3",) and verb[1:] in (("cp",), ("mv",), ("sync",)):
        copied(
            effects, call.plain[2:], move=verb[1] == "mv", folders=verb[1] == "sync" or "--recursive" in call.options
        )
    elif verb == ("s3", "rm"):
        effects.removes += call.plain[2:]
    elif call.plain[:1] == ("s3api",) and (bucket := call.option("--bucket")) and (key := call.option("--key")):
        name = f"s3://{bucket}/{key}"
        if verb[1:] == ("put-object",):
            effects.writes.append(name)
            effects.reads += call.all("--body")
        elif verb[1:] == ("get-object",):
            effects.reads.append(name)
            effects.writes += call.plain[2:3]
        elif verb[1:] == ("copy-object",):
            effects.writes.append(name)
            effects.reads += [f"s3://{source.lstrip('/')}" for source in call.all("--copy-source")]
    elif verb == ("athena", "start-query-execution"):
        effects.sql += [Sql("athena", text) for text in call.all("--query-string")]
    elif verb == ("redshift-data", "execute-statement"):
        effects.sql += [Sql("redshift", text) for text in call.all("--sql")]


def _s3cmd(call: Call, command: Command, effects: Effects) -> None:
    verb = call.plain[0] if call.plain else ""
    if verb in ("put", "get", "cp", "mv", "sync"):
        copied(effects, call.plain[1:], move=verb == "mv", folders=verb == "sync")


def _below_bucket(words: tuple[str, ...]) -> list[str]:
    """The words, a bucket alone as the folder that it is."""
    return [*words[:-1], *(f"{word}/" if re.fullmatch(r"gs://[^/]+", word) else word for word in words[-1:])]


def _gsutil(call: Call, command: Command, effects: Effects) -> None:
    verb = call.plain[0] if call.plain else ""
    if verb in ("cp", "mv", "rsync"):
        recursive = {"-r", "-R"} & set(call.options)
        # A folder that is copied into a bucket or a folder keeps its name there.
        inside = bool(recursive) and not (call.plain[-1].endswith("/") or call.plain[-1].count("/") == 2)
        copied(effects, _below_bucket(call.plain[1:]), move=verb == "mv", folders=verb == "rsync" or inside)
    elif verb == "cat":
        effects.reads += call.plain[1:]
    elif verb == "rm":
        effects.removes += call.plain[1:]
    elif verb == "compose":
        copied(effects, call.plain[1:], folders=True)


def _gcloud(call: Call, command: Command, effects: Effects) -> None:
    if call.plain[:1] == ("storage",):
        _gsutil(Call("gsutil", call.words, call.options, call.plain[1:], call.given), command, effects)
    elif call.plain[:2] == ("sql", "export") and len(call.plain) > 4:
        effects.writes.append(call.plain[4])
    elif call.plain[:2] == ("sql", "import") and len(call.plain) > 4:
        effects.reads.append(call.plain[4])


def _bq(call: Call, command: Command, effects: Effects) -> None:
    verb, rest = (
        (call.plain[0] if call.plain else ""),
        [word.replace(":", ".", 1) if "://" not in word else word for word in call.plain[1:]],
    )
    if verb == "query":
        text = " ".join(call.plain[1:]) or command.stdin
        if text:
            effects.sql.append(Sql("bigquery", text))
        effects.sql += [Sql("bigquery", file=name) for name in command.reads]
        effects.tables += [(True, name.replace(":", ".", 1), "bigquery") for name in call.all("--destination_table")]
        command.reads = []
    elif verb == "load" and len(rest) > 1:
        effects.tables.append((True, rest[0].partition("$")[0], "bigquery"))
        effects.reads += rest[1].split(",")
    elif verb == "extract" and len(rest) > 1:
        effects.tables.append((False, rest[0], "bigquery"))
        effects.writes += rest[1].split(",")
    elif verb == "cp" and len(rest) > 1:
        effects.tables += [(False, name, "bigquery") for name in rest[0].split(",")]
        effects.tables.append((True, rest[1], "bigquery"))
    elif (verb == "insert" and rest) or (
        verb == "mk"
        and rest
        and {"-t", "--table", "--view", "--materialized_view", "--external_table_definition"} & set(call.options)
    ):
        effects.tables.append((True, rest[0], "bigquery"))


def _az(call: Call, command: Command, effects: Effects) -> None:
    container, name = (
        call.option("--container-name", "-c", "--destination-container", "--source"),
        call.option("--name", "-n", "--pattern"),
    )
    blob = f"abfs://{container}/{name}" if container and name else (f"abfs://{container}" if container else None)
    if call.plain[:2] != ("storage", "blob") or blob is None:
        return
    verb = call.plain[2] if len(call.plain) > 2 else ""
    if verb in ("upload", "upload-batch"):
        effects.writes.append(blob)
        effects.reads += call.all("--file", "-f", "--source", "-s")
    elif verb in ("download", "download-batch"):
        effects.reads.append(blob)
        effects.writes += call.all("--file", "-f", "--destination", "-d")


def _azcopy(call: Call, command: Command, effects: Effects) -> None:
    if call.plain[:1] in (("copy",), ("cp",), ("sync",)):
        copied(effects, [word.partition("?")[0] for word in call.plain[1:3]], folders=True)


def _dfs(call: Call, command: Command, effects: Effects) -> None:
    """`hdfs dfs -put a /b`, `hadoop fs -get /b a`."""
    if call.words[:1] not in (("dfs",), ("fs",)) or len(call.words) < 2:
        return
    verb, words = call.words[1], [word for word in call.words[2:] if not word.startswith("-")]
    there = [word if word.startswith(_SCHEMES) or "://" in word else f"hdfs://{word}" for word in words]
    if verb in ("-put", "-copyFromLocal", "-moveFromLocal", "-appendToFile"):
        copied(effects, [*words[:-1], *there[-1:]])
    elif verb in ("-get", "-copyToLocal", "-getmerge"):
        copied(effects, [*there[:-1], *words[-1:]])
    elif verb in ("-cp", "-mv"):
        copied(effects, there, move=verb == "-mv")
    elif verb in ("-cat", "-text"):
        effects.reads += there
    elif verb in ("-rm", "-rmr"):
        effects.removes += there


def _distcp(call: Call, command: Command, effects: Effects) -> None:
    if call.plain[:1] == ("distcp",):
        copied(effects, call.plain[1:], folders=True)
    else:
        _dfs(call, command, effects)


_AWS = frozenset(
    [
        "--profile",
        "--region",
        "--exclude",
        "--include",
        "--acl",
        "--sse",
        "--storage-class",
        "--endpoint-url",
        "--bucket",
        "--key",
        "--body",
        "--copy-source",
        "--query-string",
        "--sql",
        "--query",
        "--output",
        "--content-type",
        "--database",
        "--cluster-identifier",
        "--sse-kms-key-id",
    ]
)
_BQ = frozenset(
    [
        "--destination_table",
        "--project_id",
        "--location",
        "--dataset_id",
        "--schema",
        "--view",
        "--time_partitioning_field",
        "-n",
        "-F",
    ]
)

PROGRAMS = {
    "aws": Program(_aws, _AWS),
    "awslocal": Program(_aws, _AWS),
    "s3cmd": Program(_s3cmd, frozenset({"-c", "--config"})),
    "gsutil": Program(_gsutil, frozenset({"-h", "-o", "-x"})),
    "gcloud": Program(_gcloud, frozenset({"--project", "--account", "--database", "--table"})),
    "bq": Program(_bq, _BQ),
    "az": Program(
        _az,
        frozenset(
            [
                "--container-name",
                "-c",
                "--name",
                "-n",
                "--file",
                "-f",
                "--source",
                "-s",
                "--destination",
                "-d",
                "--account-name",
                "--account-key",
                "--pattern",
                "--connection-string",
            ]
        ),
    ),
    "azcopy": Program(_azcopy),
    "hdfs": Program(_dfs),
    "hadoop": Program(_distcp),
}
