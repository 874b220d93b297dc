"""Where the modules may be that code of a DAG folder imports.

Comes in: a dotted name, and the file that imports it. Goes out: paths in the folder, without ending, best first. Nothing is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

ROOTS_BESIDE = ("plugins", "src", "include", "lib")
"""Folders next to DAG folders whose packages code imports by their own names.

Airflow has `plugins` on its path; a package is installed from `src` (https://packaging.python.org, "src layout"), and images name `include` or
`lib` in PYTHONPATH.
"""


def parents(path: str) -> list[str]:
    """The directories that hold a relative path, nearest first, the folder itself (``) last."""
    found = []
    while path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found


def module_bases(dotted: str, importer: str, own_path: Sequence[str], further: Iterable[str]) -> list[str]:
    """What `import a.b.c` may mean in the file `importer` of a folder at `own_path`; empty if the name is none.

    That is, as Airflow's `sys.path` has it: the folder (`.`), its `plugins/` and `dags/`, the `further` roots, such folders as teams have next to
    a directory that holds the importer, the folder by its own name (`from dags.utils import x` in a folder called `dags`, `from
    acme.dags.utils import x` in `acme/dags`), and last the directories that hold the importer.
    """
    parts = dotted.split(".")
    if not all(parts) or any("/" in part or "\0" in part for part in parts):
        return []
    around = parents(importer)
    beside = [join(above, name) for above in around[1:] for name in ROOTS_BESIDE]
    tail = "/".join(parts)
    bases = [join(root, tail) for root in ("", "plugins", "dags", *further, *beside)]
    bases += ["/".join(parts[count:]) or "." for count in own_parts(parts, own_path)]
    bases += [join(directory, tail) for directory in around]
    return list(dict.fromkeys(bases))


def own_parts(parts: Sequence[str], own_path: Sequence[str]) -> list[int]:
    """How many parts of a dotted name may be the name of a folder at `own_path`, most first: its path ends with them."""
    return [count for count in range(len(parts), 0, -1) if tuple(parts[:count]) == tuple(own_path[-count:])]


def join(directory: str, name: str) -> str:
    """A path in a directory; a directory `` or `.` is the folder itself, a name `` the directory."""
    return f"{directory}/{name}" if name and directory not in ("", ".") else name or directory
