"""Programs that make one file of another: encryption, archives, media, documents, tables; and loaders that take a file."""

from __future__ import annotations

from migrator.analyzers.io.programs import Call, Effects, Program, Sql
from migrator.analyzers.io.shell import Command

_ENDINGS = (".gpg", ".asc", ".pgp")


def _gpg(call: Call, command: Command, effects: Effects) -> None:
    """`gpg -o OUT -e IN`; without `-o` the file lies beside the other one."""
    verbs = {"-e", "--encrypt", "-c", "--symmetric", "-d", "--decrypt", "-s", "--sign", "--clearsign"}
    files = [*call.plain, *(value for value in call.all("-d", "--decrypt", "-e", "--encrypt") if value)]
    if not verbs & set(call.options) or not files:
        return
    source, target = files[-1], call.option("-o", "--output")
    effects.reads.append(source)
    if target is None and not command.writes:
        if {"-d", "--decrypt"} & set(call.options):
            return
        target = f"{source}.asc" if {"-a", "--armor"} & set(call.options) else f"{source}.gpg"
    if target not in (None, "-"):
        effects.writes.append(target)


def _in_and_out(call: Call, command: Command, effects: Effects) -> None:
    """Programs that name both by options."""
    effects.reads += call.all("-in", "-i", "--input", "--in")
    effects.writes += call.all("-out", "-o", "--output", "--out")


def _last_is_target(call: Call, command: Command, effects: Effects) -> None:
    """Programs whose last word is the file that they make; `-i` names a source, too."""
    named = call.all("-i")
    words = list(call.plain)
    if len(words) + len(named) < 2 or not words:
        return
    effects.reads += [*named, *words[:-1]]
    effects.writes.append(words[-1])


def _pandoc(call: Call, command: Command, effects: Effects) -> None:
    target = call.option("-o", "--output")
    if target is not None:
        effects.reads += call.plain
        effects.writes.append(target)


def _seven_zip(call: Call, command: Command, effects: Effects) -> None:
    if len(call.plain) < 2:
        return
    verb, archive, *others = call.plain
    if verb in ("a", "u"):
        effects.writes.append(archive)
        effects.reads += others
    elif verb in ("x", "e"):
        effects.reads.append(archive)
        effects.writes += [name[2:] for name in call.options if name.startswith("-o") and len(name) > 2]


def _sqlldr(call: Call, command: Command, effects: Effects) -> None:
    """Oracle's loader: `data=FILE`; the table stands in its control file."""
    pairs = dict(word.partition("=")[::2] for word in call.plain if "=" in word)
    effects.reads += [value for key, value in pairs.items() if key.lower() == "data" and value]


def _csvsql(call: Call, command: Command, effects: Effects) -> None:
    """csvkit: `csvsql --insert --tables T FILE`, `sql2csv --query SQL`."""
    if call.program == "sql2csv":
        effects.sql += [Sql("", text) for text in call.all("--query")]
        return
    effects.reads += call.plain
    if "--insert" in call.options:
        effects.tables += [(True, name, "") for name in call.all("--tables")]


PROGRAMS = {
    **dict.fromkeys(
        ("gpg", "gpg2"),
        Program(
            _gpg,
            frozenset(
                {
                    "-o",
                    "--output",
                    "-r",
                    "--recipient",
                    "-u",
                    "--passphrase",
                    "--passphrase-file",
                    "--homedir",
                    "--pinentry-mode",
                    "--trust-model",
                }
            ),
        ),
    ),
    "openssl": Program(_in_and_out, frozenset({"-in", "-out", "-pass", "-k", "-K", "-iv", "-inkey"})),
    **dict.fromkeys(
        ("ffmpeg", "convert", "xlsx2csv", "pdftotext", "dos2unix", "ssconvert", "cwebp"),
        Program(
            _last_is_target,
            frozenset({"-i", "-f", "-c:v", "-c:a", "-r", "-s", "-d", "-ss", "-t", "-vf", "-resize", "-quality", "-q"}),
        ),
    ),
    "pandoc": Program(_pandoc, frozenset({"-o", "--output", "-f", "-t", "--from", "--to", "--template"})),
    **dict.fromkeys(("7z", "7za", "7zr"), Program(_seven_zip)),
    "sqlldr": Program(_sqlldr),
    **dict.fromkeys(("csvsql", "sql2csv"), Program(_csvsql, frozenset({"--db", "--tables", "--query", "--db-schema"}))),
}
