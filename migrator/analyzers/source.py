"""Safe reading of the files under analysis: which path means which file, and its text.

Comes in: a folder that nobody vouches for. Goes out: `SourceFile`s, texts and listings of what lies inside the folder or one of the
further roots, after links are resolved; never anything outside of them, never a device or pipe, never more bytes than the limit.
`parse_module` (of `parsing`) turns a `SourceFile` into a syntax tree.
"""

from __future__ import annotations

import fnmatch
import hashlib
import io
import os
import re
import stat
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from migrator.analyzers.import_paths import join, module_bases, own_parts
from migrator.analyzers.parsing import parse_module
from migrator.diagnostics import Diagnostic, MigratorError, diagnose
from migrator.model.source import SourceFile, Span

__all__ = ["Folder", "MAX_BYTES", "Read", "decode", "escape_name", "might_contain_dag", "parse_module"]

MAX_BYTES = 3_000_000
"""Larger files are not read: no DAG file written by hand comes near."""

_MAX_ENTRIES = 20_000
"""A pattern is given up after this many directory entries."""

_WILD = re.compile(r"[*?\[]")

_BOM = b"\xef\xbb\xbf"

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(?:\\|x([0-9a-f]{2})|u([0-9a-f]{4}))")


def escape_name(name: str) -> str:
    """A file name that may be shown and written anywhere: control and direction characters, undecodable bytes (as Python gives them) and
    backslashes are escaped (`a\\x0ab.py`)."""

    def escape(match: re.Match[str]) -> str:
        code = ord(match[0])
        return "\\\\" if match[0] == "\\" else f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"

    return _UNSAFE.sub(escape, name)


def unescape_name(name: str) -> str:
    """What `escape_name` was given."""
    return _ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)) if match[1] or match[2] else "\\", name)


def decode(data: bytes) -> tuple[str, str, bool]:
    """The text of a Python file, the codec it was read with, and whether a byte order mark was removed.

    As Python reads it: UTF-8 unless a PEP 263 line says otherwise; newlines are kept as they are. UnicodeError where the bytes do not
    fit, LookupError or SyntaxError where the declared codec does not exist or contradicts the mark.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    bom = data.startswith(_BOM)
    codec = "utf-8" if encoding == "utf-8-sig" else encoding
    return (data[len(_BOM) :] if bom else data).decode(codec), codec, bom


def might_contain_dag(data: bytes) -> bool:
    """Airflow's safe-mode rule: a file whose bytes lack these words is not loaded."""
    lowered = data.lower()
    return b"airflow" in lowered and (b"dag" in lowered or b"asset" in lowered)


class _Located(NamedTuple):
    """A path inside the roots: its name, where it is with links resolved, and where it is as written. Plain texts, as there are many of them, of
    which `pathlib` would take a fifth of the time of a run in which nothing has changed."""

    name: str
    real: str
    written: str


Read = tuple[str, str]
"""Something that was looked at: `path` (what is there, if anything), `names` (of a folder) or `text` (of a file), and the path."""


class Folder:
    """The analyzed folder and further roots: the only files that analysis can see.

    Paths are strings with `/`: relative to the folder, or absolute. A further root that lies beneath the folder needs no name of its
    own; another one is seen as a subfolder of its own name (`plugins/...`, `plugins_2/...` where the folder has one already). Names with
    control characters and the like appear escaped (see `escape_name`), and may be given back so.

    `only` restricts discovery to one file of the folder; the files it imports can still be read.
    """

    def __init__(
        self, root: Path, extra_roots: tuple[Path, ...] = (), *, only: str | None = None, max_bytes: int = MAX_BYTES
    ) -> None:
        self.root = Path(os.path.abspath(root))  # noqa: PTH100 (resolve() would hide the name that the user gave)
        self.only = only
        self.max_bytes = max_bytes
        self._real_root = os.path.realpath(self.root)
        self._extra: dict[str, Path] = {}
        self._real_roots = [self._real_root]
        self._sources: dict[str, SourceFile | Diagnostic | None] = {}
        self._listings: dict[str, tuple[str, ...]] = {}
        self._places: dict[str, _Located | None] = {}
        self._real_paths: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._globs: dict[tuple[str, ...], tuple[tuple[str, ...], frozenset[Read]]] = {}
        self._held: dict[str, tuple[dict[str, list[str]], frozenset[Read]]] = {}
        self._candidates: dict[tuple[str, str], tuple[tuple[str, ...], frozenset[Read]]] = {}
        self._namespaces: dict[tuple[str, str], tuple[tuple[str, ...], frozenset[Read]]] = {}
        self._texts: dict[str, str] = {}
        self._reads: set[Read] = set()
        for extra in extra_roots:
            self._add_root(Path(os.path.abspath(extra)))  # noqa: PTH100

    @classmethod
    def open(cls, path: Path, extra_roots: Iterable[Path] = (), *, max_bytes: int = MAX_BYTES) -> Folder:
        """The folder at `path`, or the folder of the one file at `path`. MigratorError MIG001 if there is neither."""
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise MigratorError("MIG001", f"`{escape_name(str(path))}`: {reason}") from None
        roots = tuple(extra_roots)
        if stat.S_ISDIR(mode):
            if not os.access(path, os.R_OK | os.X_OK):
                raise MigratorError("MIG001", f"`{escape_name(str(path))}`: Permission denied", "check its permissions")
            return cls(path, roots, max_bytes=max_bytes)
        if stat.S_ISREG(mode):
            return cls(path.absolute().parent, roots, only=escape_name(path.name), max_bytes=max_bytes)
        raise MigratorError("MIG001", f"`{escape_name(str(path))}` is neither a folder nor a file")

    # ------------------------------------------------------------------------------------------------- what was looked at

    @contextmanager
    def watch(self) -> Iterator[set[Read]]:
        """The set that gets what is asked of the folder inside: the answers depend on the state of these things, and on nothing else.

        May be nested: what an inner watch sees, the outer one sees as well.
        """
        outer, self._reads = self._reads, set()
        try:
            yield self._reads
        finally:
            outer |= self._reads
            self._reads = outer

    def note(self, reads: Iterable[Read]) -> None:
        """Counts these things as looked at, for an answer that was kept from an earlier time."""
        self._reads.update(reads)

    def state(self, read: Read) -> str:
        """How a thing that was looked at is now; equal as long as all answers about it are. Nothing that can be read is told by it."""
        kind, path = read
        if kind == "text":
            if path not in self._texts:
                self._bytes(path)
            return self._texts[path]
        located = self._locate(path)
        if located is None:
            return "outside"
        if kind == "names":
            return hashlib.sha256("\0".join(self._names(located.real)).encode()).hexdigest()
        return f"{located.name}:{self._kind(located.real)}"

    # ------------------------------------------------------------------------------------------------------------- paths

    @property
    def extra_roots(self) -> tuple[str, ...]:
        """The names of the further roots, with which paths in them begin."""
        return tuple(self._extra)

    @property
    def root_folders(self) -> dict[str, str]:
        """Where the further roots are on disk, by their names."""
        return {name: str(path) for name, path in self._extra.items()}

    def relative(self, path: str | os.PathLike[str]) -> str | None:
        """The path as this folder names it; None if it lies outside the roots (it need not exist)."""
        self._reads.add(("path", os.fspath(path)))
        located = self._locate(os.fspath(path))
        return None if located is None else located.name

    def absolute(self, path: str) -> Path | None:
        """Where a path is on disk, links resolved; None outside the roots."""
        located = self._locate(path)
        return None if located is None else Path(located.real)

    def is_file(self, path: str) -> bool:
        self._reads.add(("path", path))
        located = self._locate(path)
        return located is not None and self._kind(located.real) == "file"

    def is_dir(self, path: str) -> bool:
        self._reads.add(("path", path))
        located = self._locate(path)
        return located is not None and self._kind(located.real) == "folder"

    def _kind(self, real: str) -> str:
        """`file`, `folder`, `other` or `` for nothing; asked once, as nothing is expected to change during an analysis."""
        found = self._kinds.get(real)
        if found is None:
            try:
                mode = os.stat(real).st_mode  # noqa: PTH116
                found = "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"
            except (OSError, ValueError):
                found = ""
            self._kinds[real] = found
        return found

    def listdir(self, path: str) -> tuple[str, ...]:
        """The names in a directory, sorted and escaped; empty if it is none, is outside, or cannot be read."""
        self._reads.add(("names", path))
        located = self._locate(path)
        return () if located is None else self._names(located.real)

    def _names(self, real: str) -> tuple[str, ...]:
        if real not in self._listings:
            try:
                names = os.listdir(real)  # noqa: PTH208
            except OSError:
                names = []
            self._listings[real] = tuple(sorted(map(escape_name, names)))
        return self._listings[real]

    def glob(self, base: str, pattern: str) -> tuple[str, ...]:
        """Files and directories below `base` that match a pattern of pathlib's kind (`*.sql`, `**/*.yaml`), sorted.

        Links are not followed by `**`. What is outside the roots never matches; a very large tree is cut short.
        """
        parts = [part for part in pattern.replace(os.sep, "/").split("/") if part not in ("", ".")]
        start = self.relative(base)
        if start is None or not parts:
            return ()
        key = (start, *parts)
        anywhere = len(parts) > 1 and parts[0] == "**" and not _WILD.search(parts[1])
        holders = self._holders(_top(start)).get(parts[1], ()) if anywhere else ()
        if key not in self._globs:
            with self.watch() as reads:
                matches: Iterator[str]
                if anywhere:
                    matches = (
                        path for one in holders for path in self._found(join(one, parts[1]), parts[2:], _budget())
                    )
                else:
                    matches = self._matches(_top(start), parts, _budget())
                found = sorted(set(matches))
            self._globs[key] = tuple(found), frozenset(reads)
        paths, seen = self._globs[key]
        self.note(seen)
        return paths

    def _holders(self, top: str) -> Mapping[str, Sequence[str]]:
        """The directories, `top` and all below, that hold something of each name: they are walked once for all paths that are asked for."""
        if top not in self._held:
            held: dict[str, list[str]] = {}
            with self.watch() as reads:
                for directory in (top, *self.glob(top or ".", "**")):
                    for name in self.listdir(directory or "."):
                        held.setdefault(name, []).append(directory)
            self._held[top] = held, frozenset(reads)
        found, seen = self._held[top]
        self.note(seen)
        return found

    def _matches(self, directory: str, parts: list[str], budget: Iterator[int]) -> Iterator[str]:
        first, rest = parts[0], parts[1:]
        if first == "..":
            return
        if first == "**":
            if rest:
                yield from self._matches(directory, rest, budget)
            elif directory:
                yield directory
        elif not _WILD.search(first):
            yield from self._found(join(directory, first), rest, budget)
            return
        for name in self.listdir(directory or "."):
            if next(budget, None) is None:
                return
            path = join(directory, name)
            if first == "**":
                located = self._locate(path)
                if located and self.is_dir(path) and not Path(located.written).is_symlink():
                    yield from self._matches(path, parts, budget)
            elif fnmatch.fnmatchcase(name, first):
                yield from self._found(path, rest, budget)

    def _found(self, path: str, rest: list[str], budget: Iterator[int]) -> Iterator[str]:
        if rest:
            if self.is_dir(path):
                yield from self._matches(path, rest, budget)
        else:
            self._reads.add(("path", path))
            located = self._locate(path)
            if located and self._kind(located.real):
                yield path

    # -------------------------------------------------------------------------------------------------------------- reads

    def read_bytes(self, path: str) -> bytes | Diagnostic | None:
        """The bytes of a regular file; None if there is none inside the roots, MIG006 if it is too large, MIG007 if it cannot be read."""
        self._reads.add(("text", path))
        return self._bytes(path)

    def _bytes(self, path: str) -> bytes | Diagnostic | None:
        data = self._load(path)
        state = hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else repr(data)
        if self._texts.setdefault(path, state) != state:
            self._texts[path] = "changed while it was read"
        return data

    def _load(self, path: str) -> bytes | Diagnostic | None:
        located = self._locate(path)
        if located is None:
            return None
        name = located.name
        try:
            status = os.stat(located.real)  # noqa: PTH116
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > self.max_bytes:
                return diagnose("MIG006", Span(name, 1), _too_large(status.st_size, self.max_bytes))
            with Path(located.real).open("rb") as file:
                data = file.read(self.max_bytes + 1)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return diagnose("MIG007", Span(name, 1), f"the file cannot be read: {reason}")
        if len(data) > self.max_bytes:
            return diagnose("MIG006", Span(name, 1), _too_large(len(data), self.max_bytes))
        return data

    def read_text(self, path: str) -> str | None:
        """The text (UTF-8, a byte order mark removed, newlines as `open` gives them) of a file that DAG code reads; None if it cannot be had."""
        data = self.read_bytes(path)
        if not isinstance(data, bytes):
            return None
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            return None

    def source(self, path: str) -> SourceFile | Diagnostic | None:
        """The Python file at `path`, read once; a diagnostic if it cannot be read or decoded, None if there is no such file."""
        name = self.relative(path)
        if name is None:
            return None
        self._reads.add(("text", name))
        if name not in self._sources:
            self._sources[name] = self._read_source(name)
        return self._sources[name]

    def _read_source(self, name: str) -> SourceFile | Diagnostic | None:
        data = self._bytes(name)
        if not isinstance(data, bytes):
            return data
        try:
            text, encoding, bom = decode(data)
        except (UnicodeError, LookupError, SyntaxError) as error:
            line = 1
            if isinstance(error, UnicodeDecodeError) and isinstance(error.object, bytes):
                line += error.object.count(b"\n", 0, error.start)
            return diagnose("MIG005", Span(name, line), f"the file cannot be decoded: {error}")
        status = "analyzed" if might_contain_dag(data) else "skipped"
        return SourceFile(name, text, encoding, hashlib.sha256(data).hexdigest(), status, bom)

    # ------------------------------------------------------------------------------------------------------------ imports

    def module_candidates(self, dotted: str, importer: str) -> list[str]:
        """The files that `import a.b.c` could mean in the file `importer`, likeliest first (`import_paths`).

        Never the importer itself: `import minio` in a `minio.py` means the library. A namespace package has no file: see
        `namespace_directories`.
        """
        place = dotted, importer.rpartition("/")[0]
        known = self._candidates.get(place)
        if known is None:
            with self.watch() as reads:
                found = [self.module_at(base) for base in self._bases(dotted, importer)]
            known = tuple(file for file in found if file is not None), frozenset(reads)
            self._candidates[place] = known
        self.note(known[1])
        return [file for file in known[0] if file != importer or importer.endswith("__init__.py")]

    def namespace_directories(self, dotted: str, importer: str) -> list[str]:
        """The directories without `__init__.py` that `import a.b` could mean, in the order of `module_candidates`."""
        place = dotted, importer.rpartition("/")[0]
        known = self._namespaces.get(place)
        if known is None:
            with self.watch() as reads:
                bases = self._bases(dotted, importer)
                found = tuple(base for base in bases if self.is_dir(base) and self.module_at(base) is None)
            known = self._namespaces[place] = found, frozenset(reads)
        self.note(known[1])
        return list(known[0])

    def module_at(self, prefix: str) -> str | None:
        """The file of the module at a path without its ending: `a/b` is `a/b/__init__.py` or `a/b.py`."""
        options = [f"{prefix}/__init__.py", f"{prefix}.py"] if prefix not in ("", ".") else ["__init__.py"]
        for option in options:
            if self.is_file(option):
                return self.relative(option)
        return None

    def is_named(self, dotted: str) -> bool:
        """Whether a name begins with that of the package which the folder is, as in `a.dags.x` for a folder `a/dags`."""
        return any(count > 1 for count in own_parts(dotted.split("."), self.root.parts))

    def _bases(self, dotted: str, importer: str) -> list[str]:
        return module_bases(dotted, importer, self.root.parts, self._extra)

    # ------------------------------------------------------------------------------------------------------------- inside

    def _add_root(self, path: Path) -> None:
        """Names a further root, unless the folder or an earlier root holds it."""
        if _inside(os.path.normpath(path), os.fspath(self.root)) is not None:
            # Named by its path beneath the folder; its own target counts as inside where it is a link.
            self._extra.setdefault(path.relative_to(self.root).as_posix(), path)
        else:
            name, number = escape_name(path.name) or "root", 1
            unique = name
            while unique in self._extra or (self.root / unique).exists():
                number += 1
                unique = f"{name}_{number}"
            self._extra[unique] = path
        self._real_roots.append(os.path.realpath(path))

    def _locate(self, path: str) -> _Located | None:
        if path not in self._places:
            self._places[path] = self._find(path)
        return self._places[path]

    def _find(self, path: str) -> _Located | None:
        found = self._resolve(path)
        if "\\" in path and (found is None or not os.path.lexists(found.written)):
            return self._resolve(unescape_name(path))
        return found

    def _resolve(self, path: str) -> _Located | None:
        if "\0" in path:
            return None
        if path.startswith(os.sep):
            written = os.path.normpath(path)
        else:
            normal = os.path.normpath(path)
            head = next((name for name in self._extra if normal == name or normal.startswith(name + os.sep)), None)
            base = self.root if head is None else self._extra[head]
            written = os.path.normpath(os.path.join(base, normal if head is None else normal[len(head) + 1 :]))  # noqa: PTH118
        try:
            real = self._real_path(written)
        except (OSError, ValueError):
            return None
        if not any(_inside(real, root) is not None for root in self._real_roots):
            return None
        for candidate in (written, real):
            name = self._name(candidate)
            if name is not None:
                return _Located(escape_name(name.replace(os.sep, "/")), real, written)
        return None

    def _real_path(self, path: str) -> str:
        """`os.path.realpath` of a normal path; that of each directory is looked up once."""
        known = self._real_paths.get(path)
        if known is None:
            directory, name = os.path.split(path)
            if not name or directory == path:
                known = os.path.realpath(path)
            else:
                known = os.path.join(self._real_path(directory), name)  # noqa: PTH118
                known = os.path.realpath(known) if os.path.islink(known) else known  # noqa: PTH114
            self._real_paths[path] = known
        return known

    def _name(self, path: str) -> str | None:
        for root in (os.fspath(self.root), self._real_root):
            inside = _inside(path, root)
            if inside is not None:
                return inside
        for name, extra in self._extra.items():
            for root in (os.fspath(extra), os.path.realpath(extra)):
                inside = _inside(path, root)
                if inside is not None:
                    return name if inside == "." else f"{name}{os.sep}{inside}"
        return None


def _inside(path: str, root: str) -> str | None:
    """The part of an absolute normal path below `root` (`.` for itself); None if it is not below it."""
    if path == root:
        return "."
    prefix = root if root.endswith(os.sep) else root + os.sep
    return path[len(prefix) :] if path.startswith(prefix) else None


def _budget() -> Iterator[int]:
    return iter(range(_MAX_ENTRIES))


def _top(path: str) -> str:
    """A directory as the paths in it begin."""
    return "" if path == "." else path


def _too_large(size: int, limit: int) -> str:
    return f"the file has {size:,} bytes; files of more than {limit:,} bytes are not read"
