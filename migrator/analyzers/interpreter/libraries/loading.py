"""What code does outside of itself while its file is loaded: it writes files, starts programs, sends requests, opens connections.

The interpreter follows nothing but what runs when a file is loaded, so each such call is one. None of them is made; each is a finding, in helper modules as
in DAG files, as a project makes it only where it carries the code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migrator.analyzers.interpreter.values import Call

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_FOLDER, _WRITES, _TAKES, _STARTS = "makes a folder", "writes a file", "deletes or moves files", "starts a program"
_ASKS, _CONNECTS = "sends a request", "opens a connection"
_BY_MODULE = {
    _FOLDER: {"os": "makedirs mkdir"},
    _WRITES: {"os": "link mkfifo symlink truncate", "shutil": "copy copy2 copyfile copyfileobj copytree"},
    _TAKES: {"os": "remove removedirs rename renames replace rmdir unlink", "shutil": "move rmtree"},
    _STARTS: {"os": "popen system", "subprocess": "Popen call check_call check_output getoutput getstatusoutput run"},
    _ASKS: {
        **dict.fromkeys(("httpx", "requests"), "delete get head options patch post put request"),
        "urllib.request": "urlopen urlretrieve",
    },
    _CONNECTS: {
        **dict.fromkeys(("MySQLdb", "oracledb", "psycopg", "psycopg2", "pymssql", "pymysql", "pyodbc"), "connect"),
        "smtplib": "SMTP SMTP_SSL",
        "snowflake.connector": "connect",
        "socket": "create_connection",
        "sqlite3": "connect",
    },
}
EFFECTS = {
    f"{module}.{name}": what
    for what, modules in _BY_MODULE.items()
    for module, names in modules.items()
    for name in names.split()
}
"""What functions of libraries do, by their qualified names."""
_OF_PATHS = {
    "mkdir": _FOLDER,
    "rmdir": _TAKES,
    "symlink_to": _WRITES,
    "touch": _WRITES,
    "unlink": _TAKES,
    "write_bytes": _WRITES,
    "write_text": _WRITES,
}


def note(machine: Machine, what: str, call: Call) -> None:
    """Adds the finding for a call."""
    node = getattr(call.node, "func", call.node)
    shown = machine.source(node, call.env)[:80]
    message = f"`{shown}` {what} whenever the file is loaded; the project does so only where it carries this code"
    machine.report("MIG112", call.node, call.env, message)


def note_written(machine: Machine, call: Call) -> None:
    """Adds the finding for a file that is opened to write into it."""
    note(machine, _WRITES, call)


def path_effect(name: str) -> Callable[[Machine, Call], Any] | None:
    """What a method of a path does that changes files; None for any other."""
    what = _OF_PATHS.get(name)
    if what is None:
        return None

    def noted(machine: Machine, call: Call) -> Any:
        note(machine, what, call)
        return machine.unknown(call.node, call.env, "files are not written")

    return noted
