"""Files on the machine and on other machines: copying, packing, downloading."""

from __future__ import annotations

import posixpath
import re

from migrator.analyzers.io.programs import Call, Effects, Program, copied
from migrator.analyzers.io.shell import Command


def _copy(call: Call, command: Command, effects: Effects) -> None:
    target = call.option("-t", "--target-directory")
    if "-d" in call.options and call.program == "install":
        return
    words = call.plain if target is None else (*call.plain, f"{target}/")
    copied(effects, words, move=call.program == "mv" or "--remove-source-files" in call.options)


def _remote(call: Call, command: Command, effects: Effects) -> None:
    """`scp a user@host:/b`: the remote side is a place of its own. `rsync a/ b` copies what is in `a`."""
    contents = call.program == "rsync" and all(word.endswith("/") for word in call.plain[:-1])
    copied(effects, [_url(word) for word in call.plain], folders=contents)


def _url(word: str) -> str:
    host, separator, path = word.partition(":")
    if not separator or "/" in host or host.startswith("{") or word.startswith("/"):
        return word
    return f"sftp://{host.rpartition('@')[2]}/{path.lstrip('/')}"


def _rclone(call: Call, command: Command, effects: Effects) -> None:
    if call.plain[:1] in (("copy",), ("copyto",), ("sync",), ("move",), ("moveto",)):
        words = [
            word if "/" in word.partition(":")[0] or ":" not in word else f"rclone://{word.replace(':', '/', 1)}"
            for word in call.plain[1:]
        ]
        copied(effects, words, folders=True, move=call.plain[0].startswith("move"))


_WORD = re.compile(r"(?:\{\{[^{}]*\}\}|[^\s{]|\{)+")
"""A word of a script; a template's braces stay together."""


def _lftp(call: Call, command: Command, effects: Effects) -> None:
    """`lftp -c 'open HOST; put FILE -o TARGET'`: what its own language moves between here and there."""
    text = call.option("-c", "-e") or command.stdin or ""
    place = next(iter(call.plain), "")
    for line in re.split(r"[;\n]|&&", text):
        words = _WORD.findall(line)
        plain = [word for word in words[1:] if not word.startswith("-")]
        if not plain:
            continue
        there = f"{place.partition('://')[0] if '://' in place else 'ftp'}://{place.rpartition('://')[2].rpartition('@')[2].strip('/')}"
        if words[0] == "open":
            place = plain[-1]
        elif words[0] == "put":
            effects.reads.append(plain[0])
            target = plain[1] if "-o" in words and len(plain) > 1 else posixpath.basename(plain[0])
            effects.writes.append(f"{there}/{target.lstrip('/')}")
        elif words[0] == "get":
            effects.reads.append(f"{there}/{plain[0].lstrip('/')}")
            effects.writes += plain[1:2] if "-o" in words else []
        elif words[0] == "mirror" and {"-R", "--reverse"} & set(words):
            effects.reads.append(plain[0])
            effects.writes.append(f"{there}/{plain[-1].lstrip('/')}")
        elif words[0] == "mirror":
            effects.reads.append(f"{there}/{plain[0].lstrip('/')}")
            effects.writes += plain[1:2]


def _remove(call: Call, command: Command, effects: Effects) -> None:
    effects.removes += call.plain


def _tee(call: Call, command: Command, effects: Effects) -> None:
    effects.writes += call.plain


def _filter(call: Call, command: Command, effects: Effects) -> None:
    """Programs that read files and say something: a source only where what they say goes on to a file or program."""
    words = call.plain
    if call.program in ("grep", "egrep", "zgrep", "sed", "awk", "gawk", "jq", "cut", "tr"):
        words = (
            words[1:]
            if call.program not in ("cut",) and not {"-e", "-f", "--expression"} & set(call.options)
            else words
        )
    if call.program == "sed" and any(name.startswith("-i") or name == "--in-place" for name in call.options):
        effects.reads += words
        effects.writes += words
    elif command.writes or command.piped:
        effects.reads += words
    if call.program == "sort" and (target := call.option("-o", "--output")) is not None:
        effects.writes.append(target)


def _gzip(call: Call, command: Command, effects: Effects) -> None:
    to_output = {"-c", "--stdout", "--to-stdout", "-dc", "-cd"} & set(call.options)
    unpack = call.program in ("gunzip", "bunzip2", "unxz", "unzstd") or {"-d", "--decompress", "-df", "-fd"} & set(
        call.options
    )
    ending = {
        "gzip": ".gz",
        "gunzip": ".gz",
        "bzip2": ".bz2",
        "bunzip2": ".bz2",
        "xz": ".xz",
        "unxz": ".xz",
        "zstd": ".zst",
        "unzstd": ".zst",
        "pigz": ".gz",
    }[call.program]
    target = call.option("-o") if "zst" in call.program else None
    if target is not None:
        effects.reads += call.plain
        effects.writes.append(target)
        return
    for word in call.plain:
        effects.reads.append(word)
        if to_output or {"-t", "-l"} & set(call.options):
            continue
        kept = {"-k", "--keep", "-kf", "-fk", "-dk"} & set(call.options) or (
            "zst" in call.program and "--rm" not in call.options
        )
        effects.writes.append(word.removesuffix(ending) if unpack else f"{word}{ending}")
        if not kept:
            effects.removes.append(word)


def _tar(call: Call, command: Command, effects: Effects) -> None:
    letters = "".join(name.lstrip("-") for name in call.options if not name.startswith("--"))
    words = list(call.plain)
    if words and call.words[0] == words[0]:
        letters, words = words[0], words[1:]  # tar xzf a.tar
    archive = call.option("-f", "--file")
    if archive is None and "f" in letters and words:
        archive, words = words[0], words[1:]
    folder = call.option("-C", "--directory")
    if archive is None:
        return
    if "c" in letters or "--create" in call.options:
        effects.writes.append(archive)
        effects.reads += [
            f"{folder}/{word}" if folder and not word.startswith("/") else word for word in words if word != "."
        ] or ([folder] if folder else [])
    elif "x" in letters or "--extract" in call.options:
        effects.reads.append(archive)
        if folder is not None:
            effects.writes.append(folder)


def _zip(call: Call, command: Command, effects: Effects) -> None:
    if call.plain:
        effects.writes.append(call.plain[0])
        effects.reads += call.plain[1:]


def _unzip(call: Call, command: Command, effects: Effects) -> None:
    if call.plain:
        effects.reads.append(call.plain[0])
        if (folder := call.option("-d")) is not None:
            effects.writes.append(folder)


def _curl(call: Call, command: Command, effects: Effects) -> None:
    urls = [word for word in (*call.plain, *call.all("--url")) if "://" in word]
    method = call.option("-X", "--request")
    sends = {"-d", "--data", "--data-raw", "--data-binary", "-F", "--form", "--json", "-T", "--upload-file"} & set(
        call.options
    )
    if (method or "GET").upper() == "GET" and not sends:
        effects.apis += urls
    effects.writes += [word for word in call.all("-o", "--output") if word != "-"]
    if any(
        name == "-O" or name == "--remote-name" or (name.startswith("-") and not name.startswith("--") and "O" in name)
        for name in call.options
    ):
        effects.writes += [posixpath.basename(url.partition("?")[0]) for url in urls]


def _wget(call: Call, command: Command, effects: Effects) -> None:
    urls = [word for word in call.plain if "://" in word]
    effects.apis += urls
    target, folder = call.option("-O", "--output-document"), call.option("-P", "--directory-prefix")
    if target is not None:
        effects.writes += [target] if target != "-" else []
    else:
        names = [posixpath.basename(url.partition("?")[0]) for url in urls]
        effects.writes += [f"{folder}/{name}" if folder else name for name in names if name]


def _split(call: Call, command: Command, effects: Effects) -> None:
    effects.reads += call.plain[:1]
    effects.writes += [f"{prefix}*" for prefix in call.plain[1:2]]


_FILTERS = (
    *("cat", "zcat", "gzcat", "head", "tail", "sort", "uniq", "cut", "paste", "join", "comm", "wc", "tac", "nl"),
    *(
        "grep",
        "egrep",
        "zgrep",
        "sed",
        "awk",
        "gawk",
        "jq",
        "iconv",
        "csvcut",
        "csvgrep",
        "csvsort",
        "csvstack",
        "in2csv",
        "xmlstarlet",
    ),
)
_CURL = frozenset(
    [
        "-o",
        "--output",
        "-X",
        "--request",
        "-d",
        "--data",
        "--data-raw",
        "--data-binary",
        "-H",
        "--header",
        "-u",
        "--user",
        "-A",
        "-b",
        "-F",
        "--form",
        "-T",
        "--upload-file",
        "--retry",
        "--url",
        "-e",
        "--cacert",
        "--cert",
        "--key",
        "-m",
        "--max-time",
        "--connect-timeout",
        "-w",
        "--json",
        "-x",
    ]
)

PROGRAMS = {
    **dict.fromkeys(
        ("cp", "mv", "install", "ln"), Program(_copy, frozenset({"-t", "--target-directory", "-m", "-o", "-g"}))
    ),
    "rsync": Program(_remote, frozenset({"-e", "--rsh", "--exclude", "--include"})),
    "scp": Program(_remote, frozenset({"-i", "-P", "-o", "-F", "-c", "-l"})),
    "rclone": Program(_rclone, frozenset({"--config"})),
    "lftp": Program(_lftp, frozenset({"-c", "-e", "-u", "-p"})),
    "rm": Program(_remove),
    "tee": Program(_tee),
    **dict.fromkeys(
        _FILTERS, Program(_filter, frozenset({"-o", "--output", "-d", "-n", "-k", "-t", "-F", "-v", "-f1", "-c"}))
    ),
    **dict.fromkeys(
        ("gzip", "gunzip", "bzip2", "bunzip2", "xz", "unxz", "zstd", "unzstd", "pigz"),
        Program(_gzip, frozenset({"-o"})),
    ),
    "tar": Program(_tar, frozenset({"-f", "--file", "-C", "--directory", "--exclude"})),
    "zip": Program(_zip),
    "unzip": Program(_unzip, frozenset({"-d"})),
    "curl": Program(_curl, _CURL),
    "wget": Program(
        _wget,
        frozenset(
            {"-O", "--output-document", "-P", "--directory-prefix", "--header", "--user", "--password", "-U", "-T"}
        ),
    ),
    "split": Program(_split, frozenset({"-l", "-b", "-n", "-a"})),
}
