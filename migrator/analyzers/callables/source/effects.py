"""Statements at the top of a module that tell a library how to work from then on: `register_adapter(dict, Json)`, `nest_asyncio.apply()`,
`decimal.getcontext().prec = 12`; and those that change another module of the folder: `model.LIMIT = 5`, or the call of a function that puts another
method into one of its classes.

Comes in: a module. Go out: its statements of that kind, and which of them hold for code that asks for certain libraries. No name leads from
that code to them, while Airflow runs the module before each task. What makes parts of DAGs is none, nor is what only writes messages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

import libcst as cst

from migrator.analyzers.callables.source.filling import is_logger
from migrator.analyzers.callables.source.modules import ModuleInfo, ModuleUnreadable, Workspace
from migrator.analyzers.callables.source.resolve import function_named
from migrator.analyzers.callables.source.scopes import Binding
from migrator.analyzers.callables.source.tree import descend, is_for_programs, root_name
from migrator.model.changed import replace
from migrator.model.frozen import dataclass
from migrator.model.source import Span
from migrator.model.values import CallableValue

STATEMENT = "statement"
"""The kind of what is no function, but a statement at the top of a file that changes the environment."""
EFFECT = "effect"
"""The kind of one that tells a library how to work."""

_WORDS = (
    "add_|apply|config|disable|enable|field_size_limit|init|inject|install|load_dotenv|manual_seed|pandas|register|seed"
    "|set(?!up$|up_[^d])|tzset|update|use"
)
_SETS = re.compile(rf"(?!.*dag)(?:\w+\.)+(?:{_WORDS})\w*", re.IGNORECASE)
"""Calls that tell a library how to work. What has a DAG in its name makes one."""
_TEXT = re.compile(
    rf"(?<!\w)(?:{_WORDS})\w*\(|\.\w+(?:\[| ?[+*|]?=(?!=))|^[a-z_][\w.]*\(", re.IGNORECASE | re.MULTILINE
)
"""One of these stands in every module that has such a statement."""
_OF_MESSAGES = frozenset({"logging", "print", "pprint", "warnings"})
"""Messages are Dagster's."""
_NOT_SET = frozenset({"multiprocessing", "os"})
"""The environment has a way of its own (see `process`); how processes start is settled where Dagster starts them."""
_OF_PROCESS = frozenset({"decimal", "gettext", "locale", "random", "socket", "ssl", "sys", "time"})
"""What these are told holds for libraries that use them, too."""
_OF_PYTHON = re.compile(r"sys\.set(?:recursionlimit|_int_max_str_digits|switchinterval)")
"""What is set of the interpreter itself; its paths and streams are those of where it runs."""
_DEFINITIONS = (cst.FunctionDef, cst.ClassDef)


@dataclass(frozen=True, slots=True)
class Effect:
    """A statement, and the libraries that it tells something, or the files of the folder that it changes."""

    unit: cst.CSTNode
    libraries: frozenset[str]
    alone: bool = False
    """No other code of the module names these libraries: it is told for what works behind the code."""

    @property
    def sets_environment(self) -> bool:
        """Whether it reads a file of variables into the environment."""
        return "dotenv" in self.libraries

    def holds_for(self, used: Collection[str]) -> bool:
        """Whether it may change what code does that names these libraries."""
        return self.alone or not self.libraries.isdisjoint(_OF_PROCESS) or not self.libraries.isdisjoint(used)


def may_have_effects(text: str) -> bool:
    """Whether a module of that text can have such statements at all: most need not be parsed for that."""
    return _TEXT.search(text) is not None


def effects(workspace: Workspace, module: ModuleInfo) -> list[Effect]:
    """The statements at the top of a module that tell libraries how to work, in order."""
    found = []
    for unit in module.tree.body:
        if not isinstance(unit, (cst.SimpleStatementLine, cst.If, cst.Try, cst.For)) or is_for_programs(unit):
            continue
        libraries = _told(workspace, module, unit)
        if libraries:
            found.append(Effect(unit, libraries))
    return found


def of_others(
    workspace: Workspace, module: ModuleInfo, found: Iterable[Effect], needs: Sequence[Span]
) -> tuple[Effect, ...]:
    """The effects with `alone` settled; `needs` are the places of what they need themselves."""
    others = [unit for unit in module.tree.body if not any(_holds(span, module.span(unit)) for span in needs)]
    named = _libraries_named(workspace, module, others) if needs else frozenset()
    return tuple(replace(effect, alone=effect.libraries.isdisjoint(named)) for effect in found)


def coming(
    workspace: Workspace, module: ModuleInfo, callable: CallableValue, pieces: Iterable[cst.CSTNode]
) -> list[cst.CSTNode]:
    """The statements that come along with the pieces of a callable."""
    found = workspace.effects.get(module.file, ()) if callable.kind not in (STATEMENT, EFFECT) else ()
    named = _libraries_named(workspace, module, pieces) if found else frozenset()
    return [effect.unit for effect in found if effect.holds_for(named)]


def _holds(span: Span, other: Span) -> bool:
    return span.start <= other.start and other.end <= span.end


def _libraries_named(workspace: Workspace, module: ModuleInfo, units: Iterable[cst.CSTNode]) -> frozenset[str]:
    """The libraries that statements or definitions of a module name, or import inside."""
    table, found = module.table, set[Binding]()
    for unit in units:
        found.update(binding for read in table.reads_in(unit) for binding in table.bindings_of(read))
        if not isinstance(unit, cst.SimpleStatementLine):
            found.update(binding for bindings in table.imports_in(unit) for binding in bindings)
    named = {_library(workspace, module, binding) for binding in found} - {""}
    return frozenset(named).union(*(files_behind(workspace, one) for one in named if one.endswith(".py")))


def files_behind(workspace: Workspace, file: str) -> set[str]:
    """A file of the folder, and those that it imports, at any depth."""
    found, queue = {file}, [file]
    while queue:
        try:
            imported = workspace.imports(queue.pop())
        except ModuleUnreadable:
            continue
        new = {one.file for one in imported if one.file is not None and not one.type_checking} - found
        found |= new
        queue += new
    return found


def _told(workspace: Workspace, module: ModuleInfo, unit: cst.CSTNode) -> frozenset[str]:
    """The libraries that a statement tells something; empty for one that does anything else as well."""
    found: set[str] = set()
    for line in module.table.lines_in(unit):
        if any(isinstance(around, _DEFINITIONS) for around in module.enclosing(line)):
            return frozenset()
        for small in line.body:
            told = {_library_of(workspace, *part) for part in _parts(workspace, module, small)}
            if "" in told:
                return frozenset()
            found |= told
    return frozenset(found - {"logging"})


def _parts(
    workspace: Workspace, module: ModuleInfo, small: cst.BaseSmallStatement
) -> Iterator[tuple[ModuleInfo, cst.CSTNode | None]]:
    """What a small statement sets or calls, and in which module; None for what tells no library anything."""
    if isinstance(small, (cst.Assign, cst.AugAssign)):
        yield from ((module, target) for target in _targets(small) if type(target) is not cst.Name)
    elif type(small) is cst.Expr and type(small.value) is cst.Call:
        function = small.value.func
        root = root_name(function)
        name = module.qualified(function)
        if _SETS.fullmatch(name) or (root is not None and _writes(module, root)):
            yield module, function
        elif changed := _changed(workspace, module, function):
            yield from changed
        else:
            yield module, None
    elif not isinstance(small, (cst.Pass, cst.Import, cst.ImportFrom)):
        yield module, None


def _targets(node: cst.CSTNode) -> list[cst.BaseExpression]:
    if isinstance(node, cst.Assign):
        return [one.target for one in node.targets]
    return [node.target] if isinstance(node, cst.AugAssign) else []


def _changed(workspace: Workspace, module: ModuleInfo, func: cst.CSTNode) -> list[tuple[ModuleInfo, cst.CSTNode]]:
    """What one of the team's own functions sets of modules and classes that it finds at the top of its module, or imports."""
    found = function_named(workspace, module, func)
    if found is None:
        return []
    where, function = found
    targets = [target for node in descend(function) for target in _targets(node) if type(target) is cst.Attribute]
    return [(where, target) for target in targets if _is_shared(where, target)]


def _is_shared(module: ModuleInfo, target: cst.CSTNode) -> bool:
    """Whether an attribute is that of a module or class, not of an object that the function makes or is given."""
    root = root_name(target)
    return root is not None and any(one.kind in ("class", "import") for one in _bindings(module, root))


def _library_of(workspace: Workspace, module: ModuleInfo, node: cst.CSTNode | None) -> str:
    """The library, or the file of the folder, that an expression starts with, `logging` for all that writes messages; empty for anything else."""
    root = root_name(node) if node is not None else None
    if root is None or node is None:
        return ""
    if _writes(module, root):
        return "logging"
    bindings = _bindings(module, root)
    found = {_library(workspace, module, binding) for binding in bindings}
    if any(binding.kind == "class" and binding in module.table.module.bindings[root.value] for binding in bindings):
        found = {module.file}
    library = found.pop() if len(found) == 1 else ""
    other = library == "sys" and not _OF_PYTHON.fullmatch(module.qualified(node))
    return "" if other or library in _NOT_SET else library


def _writes(module: ModuleInfo, root: cst.Name) -> bool:
    """Whether a name is that of what only writes messages."""
    bindings = _bindings(module, root)
    if not bindings:
        return root.value in _OF_MESSAGES
    return all(
        is_logger(module, one) if one.target is None else one.target.module.partition(".")[0] in _OF_MESSAGES
        for one in bindings
    )


def _bindings(module: ModuleInfo, name: cst.Name) -> list[Binding]:
    read = module.table.by_node.get(name)
    return module.table.bindings_of(read) if read is not None else []


def _library(workspace: Workspace, module: ModuleInfo, binding: Binding) -> str:
    """The top package of the library that a name is imported from, or the file of the folder; empty for any other name."""
    target = binding.target
    if target is None or target.is_airflow or binding.type_checking:
        return ""
    kind, file = workspace.finder.find(module.file, target)
    if kind == "local":
        return file or ""
    return target.module.partition(".")[0] if kind in ("stdlib", "third_party") else ""
