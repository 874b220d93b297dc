"""Reading files of the folder for the code under analysis: `open`, `Path.read_text`, listings. Never outside the roots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

from migrator.analyzers.deployed_paths import find_deployed, is_absent
from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.operations import join_text
from migrator.analyzers.interpreter.libraries.loading import note_written
from migrator.analyzers.interpreter.values import MISSING, Call, Env, Native, RaiseSignal
from migrator.model.source import lines_of

if TYPE_CHECKING:
    import libcst as cst

    from migrator.analyzers.interpreter.machine import Machine


class TextFile(AirflowObject):
    """An open file of the folder."""

    __slots__ = ("lines", "name", "text")

    def __init__(self, text: str, name: str | None = None) -> None:
        self.text, self.name = text, name
        self.lines = LazyItems(lines_of(text))

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "read":
            return Native(name, lambda m, call: "".join(self.lines.take()))
        if name == "readlines":
            return Native(name, lambda m, call: self.lines.take())
        if name == "readline":
            return Native(name, lambda m, call: "" if (line := self.lines.next()) is MISSING else line)
        if name == "getvalue":
            return Native(name, lambda m, call: self.text)
        if name == "name":
            return machine.unknown(node, env, "the name of an open file") if self.name is None else self.name
        if name == "write":
            return Native(name, lambda m, call: self.write(call.args[0]))
        if name == "seek":
            return Native(name, lambda m, call: self.seek(call.args[0]))
        if name in ("close", "flush"):
            return Native(name, lambda m, call: None)
        return MISSING

    def write(self, text: Any) -> None:
        """Adds to a text that is written in memory (`io.StringIO`). Raises RaiseSignal (MemoryError) beyond bounds."""
        written = join_text([self.text, text])
        if isinstance(written, str):
            self.text = written
            self.lines = LazyItems([])

    def seek(self, position: Any) -> None:
        if isinstance(position, int):
            self.lines = LazyItems(lines_of(self.text[position:]))

    def items(self, machine: Machine, node: cst.CSTNode, env: Env) -> list[Any]:
        return self.lines.take()


class Entry(AirflowObject):
    """What `os.scandir` gives for a file or folder."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name in ("path", "name"):
            return self.path if name == "path" else self.path.rpartition("/")[2]
        if name in ("is_file", "is_dir"):
            return Native(name, lambda m, call: exists(m, self.path, name.removeprefix("is_"), call))
        return MISSING


def path_text(machine: Machine, value: Any, call: Call) -> str | None:
    """A path as text, None where it is not known."""
    value = machine.settle(value, call.node, call.env)
    if isinstance(value, PurePath):
        return str(value)
    return value if isinstance(value, str) else None


def locate(machine: Machine, value: Any, call: Call) -> str | None:
    """The path as the folder names it: absolute ones inside the roots or of the deployment, relative ones from the DAG folder."""
    path = path_text(machine, value, call)
    deployed = None if path is None else find_deployed(machine.folder, machine.config.paths, path)
    if deployed is None:
        return path
    machine.report("MIG110", call.node, call.env, f"`{path}` was taken for `{deployed}` of the folder")
    return machine.path_of("" if deployed == "." else deployed)


def open_file(machine: Machine, path: Any, mode: Any, call: Call) -> Any:
    """`open(path, mode)`: a file of the folder for reading; unknown for all else."""
    if isinstance(mode, str) and any(letter in mode for letter in "wax+"):
        note_written(machine, call)
        return machine.unknown(call.node, call.env, "files are not written")
    text = read(machine, path, call)
    return TextFile(text, path_text(machine, path, call)) if isinstance(text, str) else text


def read(machine: Machine, path: Any, call: Call) -> Any:
    """The text of a file of the folder. Raises RaiseSignal (FileNotFoundError) where the folder has no such file."""
    name = locate(machine, path, call)
    if name is None:
        return machine.unknown(call.node, call.env, "the file's name is not known")
    text = machine.folder.read_text(name)
    if text is None:
        if machine.folder.relative(name) is None:
            return machine.unknown(call.node, call.env, "the file is outside the folder")
        raise RaiseSignal("FileNotFoundError", name)
    return text


def exists(machine: Machine, path: Any, kind: str, call: Call) -> Any:
    """Whether a file or folder is there; unknown outside the roots."""
    name = locate(machine, path, call)
    if name is None or machine.folder.relative(name) is None:
        if name is not None and is_absent(machine.folder, machine.config.paths, name):
            machine.report("MIG110", call.node, call.env, f"`{name}` was taken for a file that is not in the folder")
            return False
        return machine.unknown(call.node, call.env, "the path is outside the folder")
    is_file, is_dir = machine.folder.is_file(name), machine.folder.is_dir(name)
    return {"exists": is_file or is_dir, "file": is_file, "dir": is_dir}[kind]


def list_folder(machine: Machine, path: Any, call: Call) -> list[str] | None:
    """Names in a folder, sorted; None where it is outside the roots or unknown."""
    name = locate(machine, path, call)
    if name is None or not machine.folder.is_dir(name):
        return None
    return sorted(machine.folder.listdir(name))


def listing(machine: Machine, path: Any, call: Call) -> Any:
    names = list_folder(machine, path, call)
    return machine.unknown(call.node, call.env, "the folder is not known") if names is None else names


def glob(machine: Machine, base: Any, pattern: Any, call: Call) -> Any:
    """Absolute paths below `base` that match."""
    name = locate(machine, base, call)
    pattern = machine.settle(pattern, call.node, call.env)
    if name is None or not isinstance(pattern, str) or machine.folder.relative(name) is None:
        return machine.unknown(call.node, call.env, "the folder is not known")
    return [machine.path_of(found) for found in sorted(machine.folder.glob(name, pattern))]


def iterdir(machine: Machine, value: PurePath, call: Call) -> Any:
    names = list_folder(machine, value, call)
    if names is None:
        return machine.unknown(call.node, call.env, "the folder is not known")
    return LazyItems([value / name for name in names])


def path_glob(machine: Machine, value: PurePath, call: Call, prefix: str = "") -> Any:
    pattern = machine.settle(call.args[0], call.node, call.env)
    found = glob(machine, value, prefix + pattern if isinstance(pattern, str) else pattern, call)
    return LazyItems([PurePosixPath(path) for path in found]) if isinstance(found, list) else found


PATH_METHODS: dict[str, Callable[[Any, PurePath, Call], Any]] = {
    "exists": lambda machine, value, call: exists(machine, value, "exists", call),
    "is_file": lambda machine, value, call: exists(machine, value, "file", call),
    "is_dir": lambda machine, value, call: exists(machine, value, "dir", call),
    "read_text": lambda machine, value, call: read(machine, value, call),
    "open": lambda machine, value, call: open_file(machine, value, call.argument(0, "mode", "r"), call),
    "iterdir": iterdir,
    "glob": path_glob,
    "rglob": lambda machine, value, call: path_glob(machine, value, call, "**/"),
}
