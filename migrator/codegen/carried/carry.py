"""Where the team's own functions go, and how generated code refers to them.

A function that only one node calls becomes the body of that node's function (see `inline`). Others stand unchanged in the module of their DAG, or,
where several DAGs need them, in `lib/`. Modules of the folder that are no DAG files are carried whole.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from pathlib import PurePosixPath

from migrator.analyzers.callables import CallableAnalyzer, Closure, Piece
from migrator.codegen.carried import lambdas
from migrator.codegen.carried.beside import Beside
from migrator.codegen.carried.carried_file import CarriedFile
from migrator.codegen.carried.local_modules import LocalModules, libraries
from migrator.codegen.carried.resigned import resigned
from migrator.codegen.carried.source_text import FunctionText, carried_text, names_read, parse_function
from migrator.codegen.python.code import Code
from migrator.codegen.python.library_names import module_of_name
from migrator.codegen.python.module import Module, imported_name
from migrator.codegen.python.naming import GENERATED_IMPORTS, identifier, package_name, unique
from migrator.codegen.python.serialize import Environment, serialize
from migrator.codegen.walk import calls
from migrator.model.airflow import AirflowProject
from migrator.model.bodies import CallFunction, SourceEdit
from migrator.model.expressions import ErrorClass, Expr
from migrator.model.frozen import dataclass
from migrator.model.plan import DagPlan, MigrationPlan
from migrator.model.values import CallableValue, Value

_GENERATED_NAMES = frozenset(
    {
        "EmailServer",
        "ObjectStore",
        "PermanentFailure",
        "PokeReturnValue",
        "Skipped",
        "SlackWebhook",
        "SqlDatabase",
        "asset_events",
        "awaited_partitions",
        "comes_true",
        "common",
        "date_of_run",
        "keep_value",
        "last_value",
        "elements_of",
        "events_by_asset",
        "events_by_uri",
        "failure_as_output",
        "is_done",
        "is_newest",
        "newest_partition",
        "render_file",
        "render_text",
        "retry_policy",
        "run_bash",
        "run_command",
        "run_conf",
        "runs_in_progress",
        "same_partition",
        "suppress",
        "time_limit",
        "unskipped",
        "update_tags",
        "updated_assets",
        "value_of",
        "wait_until_true",
    }
)
"""Names that generated modules import from the project's own helpers, or define."""
_PARAMETERS = frozenset({"config", "context"})
"""Names that functions of generated nodes have as parameters."""
_ITS_NAMES = re.compile(r"\b(?:locals|vars|dir)\(\)")
"""Code that looks at the names around it has to stand in a function of its own."""
_OF_FOLDER = frozenset({"local", "missing", "outside"})
"""Kinds of imports that mean modules of the folder, or of what is around it."""
_COMPATIBLE = frozenset({"Iterator", "Any"})
Place = tuple[str, int]
"""A function, by its file and offset."""


@dataclass(frozen=True, slots=True)
class InlineFunction:
    """A function whose body may stand in a node's function, and the constants that have to be set in front of it."""

    text: FunctionText
    constants: Mapping[str, Value]


class UserCode:
    """The carried code of one project. Modules ask it for references; afterwards `modules` and `files` hold what it made."""

    def __init__(self, plan: MigrationPlan, project: AirflowProject, name: str) -> None:
        self.plan, self.project = plan, project
        self.analyzer = CallableAnalyzer(project)
        self.local = LocalModules(project, self.analyzer, self._rendered)
        self.local_with_airflow = LocalModules(
            project, self.analyzer, self._rendered, keeps_airflow=True, plain=self.local
        )
        self._libraries: set[str] = set()
        self._files: dict[str, CarriedFile] = {}
        self._with_airflow: dict[str, CarriedFile] = {}
        """Files of code that keeps Airflow as a library."""
        self._count: dict[Place | tuple[str, int, str], int] = {}
        """How often a function is called, in all and by each DAG."""
        self._rows: dict[Place, tuple[str, str] | None] = {}
        """The factory (DAG id and family) whose rows alone call a function; None where others do."""
        self._enclosed: dict[Place, set[str]] = {}
        """What each function was made with that stands in another one, by the function around it."""
        self._carried: dict[tuple[str, str, int], dict[tuple[object, ...], str]] = {}
        """The forms in which a function stands in a module and their names, by the module's path and the function's place."""
        self._names: dict[tuple[str, str], Place] = {}
        """The place of the function or class that has a name in a module, by the module's path."""
        self._modules: dict[str, Module] = {}
        self._makers = {dag.source for dag in plan.dags}
        self._survey()
        taken = {module.partition(".")[0] for module in self.third_party}
        self.package = package_name(name, self.local.top_level | taken)
        self.beside = Beside(plan, project, self.package)
        self.local_with_airflow.prefix = f"{self.package}.with_airflow"

    @property
    def third_party(self) -> set[str]:
        """The modules of libraries that carried code imports, by their full names where they are known."""
        found = self._libraries | self.local.third_party | self.local_with_airflow.third_party
        longer = {module.partition(".")[0] for module in found if "." in module}
        return {module for module in found if module not in longer or module in self.local.third_party}

    def need_library(self, name: str) -> None:
        """Notes a library that generated code imports for the carried code's sake."""
        self._libraries.add(name)

    # ------------------------------------------------------------------------------------------------------- survey

    def _is_whole_with_airflow(self, path: str) -> bool:
        """Whether code with Airflow as a library is imported from its file as that is."""
        return path not in self._makers and self.local_with_airflow.is_clean(path)

    def _closure(self, call: CallFunction) -> Closure:
        return self.analyzer.facts(call.callable, keep=call.keeps_airflow).closure

    def _survey(self) -> None:
        for dag in self.plan.dags:
            for asking in (*dag.operations, dag.by_hand):
                row = getattr(asking, "row", None)
                for call in calls(asking):
                    self._count_call(dag, call)
                    self._note_row(call, (dag.dag_id, row.family) if row is not None else None)
            for target in dag.environment:
                self._count_call(dag, CallFunction(target))
        stems: set[str] = set()
        for path in sorted(self._files):
            file = self._files[path]
            file.cut_unneeded()
            file.home = self._home(file)
            if file.home == "lib":
                long = identifier(str(PurePosixPath(path).with_suffix("")))
                short = identifier(PurePosixPath(path).stem)
                file.stem = unique(long if short in stems else short, stems)
                stems.add(file.stem)

    def _note_row(self, call: CallFunction, family: tuple[str, str] | None) -> None:
        if call.callable.span is not None:
            place = (call.callable.span.file, call.callable.span.start)
            known = self._rows.setdefault(place, family)
            self._rows[place] = family if known == family else None

    def _count_call(self, dag: DagPlan, call: CallFunction) -> None:
        span = call.callable.span
        if span is None:
            return
        closure = self._closure(call)
        if call.keeps_airflow:
            self._count_kept(dag, span.file, closure)
            return
        file = self._files.setdefault(span.file, CarriedFile(span.file))
        file.dags.add(dag.dag_id)
        file.closures.append(closure)
        file.changed |= bool(call.added_parameters or _dropped(call))
        file.cuts.append((closure, tuple(edit for edit in call.edits if edit.unneeded)))
        for edit in call.edits:
            # The function's own file may come along as well: packages import it.
            self.local.edit(edit)
            if edit.span.file == span.file and not edit.unneeded:
                file.edits[edit.span.start, edit.span.end] = edit
        place = (span.file, span.start)
        self._enclosed.setdefault(place, set()).add(repr(closure.constants))
        for key in (place, (*place, dag.dag_id)):
            self._count[key] = self._count.get(key, 0) + 1
        if call.environment is None or call.environment.makes:
            self._libraries.update(closure.third_party)
            self._libraries |= libraries(closure.imports, "third_party")
        self.local.carry_imported(span.file, closure.imports)

    def _count_kept(self, dag: DagPlan, path: str, closure: Closure) -> None:
        file = self._with_airflow.setdefault(path, CarriedFile(path))
        file.dags.add(dag.dag_id)
        if self._is_whole_with_airflow(path):
            self.local_with_airflow.carry(path)
            return
        self._libraries |= libraries(closure.imports, "third_party", "airflow")
        self.local_with_airflow.carry_imported(path, closure.imports)

    def _home(self, file: CarriedFile) -> str:
        makers = [dag.dag_id for dag in self.plan.dags if dag.source == file.path]
        if not makers and not file.edits and not file.changed and self.local.is_clean(file.path):
            self.local.carry(file.path)
            return "whole"
        if len(file.dags) == 1 and (not makers or makers == sorted(file.dags)):
            return "logic" if self._clashes(file) else "dag"
        return "lib"

    def _clashes(self, file: CarriedFile) -> bool:
        """Whether its names and those of generated code mean different things, so that they cannot share a module."""
        for closure in file.closures:
            bound = {name for piece in closure.pieces for name in piece.names}
            if bound & (GENERATED_IMPORTS.keys() | _GENERATED_NAMES | _PARAMETERS):
                return True
            for found in closure.imports:
                if found.type_checking and found.kind in _OF_FOLDER:
                    return True
                generated = GENERATED_IMPORTS.get(found.binds)
                other = generated != self.local.statement(file.path, found) and found.binds not in _COMPATIBLE
                if not found.inside and (found.binds in _GENERATED_NAMES or (generated is not None and other)):
                    return True
        return False

    # --------------------------------------------------------------------------------------------------- references

    def reference(self, call: CallFunction, dag: DagPlan, main: Module, module: Module) -> str:
        """Makes the callee known in `module` and returns the expression that names it. `main` is the DAG's own module."""
        target = call.callable
        if target.span is None:
            library, qualname = module_of_name(target.module, target.qualname)
            if library in ("builtins", ""):
                return qualname
            self._libraries.add(library)
            return _import_from(module, library, qualname)
        file = self._files[target.span.file]
        if file.home == "whole":
            return _import_from(module, self.local.names[file.path], target.qualname)
        home = self._module_of(file, dag, main, "<locals>" in target.qualname)
        name = self._carry(call, file, home, dag, main)
        return name if home is module else _import_from(module, home.name, name)

    def late_import(self, call: CallFunction, dag: DagPlan, main: Module) -> tuple[str, str]:
        """Module and qualified name of a callee that needs Airflow's library, which is to be imported only where it runs."""
        target = call.callable
        if target.span is None:
            self._libraries.add(target.module)
            return target.module, target.qualname
        file = self._with_airflow[target.span.file]
        if self._is_whole_with_airflow(file.path):
            return self.local_with_airflow.full_name(file.path), target.qualname
        home = self._module_with_airflow(file)
        return home.name, self._carry(call, file, home, dag, main)

    def _module_with_airflow(self, file: CarriedFile) -> Module:
        """Where code that keeps Airflow stands: apart from what is loaded as definitions, so that nothing else needs Airflow to be there."""
        name = self.local_with_airflow.place_beside(file.path)
        path = f"src/{name.replace('.', '/')}.py"
        if path not in self._modules:
            self._modules[path] = Module(path, name)
        return self._modules[path]

    def _is_of_rows(self, target: CallableValue) -> bool:
        """Whether only the rows of one factory call the function."""
        return target.span is not None and self._rows.get((target.span.file, target.span.start)) is not None

    def _is_made_anew(self, target: CallableValue) -> bool:
        """Whether a function has free variables that are not the same wherever it is called."""
        place = (target.span.file, target.span.start) if target.span is not None else ("", 0)
        return self._is_of_rows(target) or len(self._enclosed.get(place, ())) > 1

    def given_constants(self, call: CallFunction) -> Mapping[str, Value]:
        """Free variables of a function that is made anew for each call: it takes them as arguments, where it is not a method."""
        made_anew = self._is_made_anew(call.callable)
        if not made_anew or call.callable.kind not in ("function", "lambda") or call.keeps_airflow:
            return {}
        return self._closure(call).constants

    def inline(
        self,
        call: CallFunction,
        dag: DagPlan,
        main: Module,
        reserved: Iterable[str],
        runs_on: bool = False,
        ends_plainly: bool = False,
    ) -> InlineFunction | None:
        """The function, if its body can stand in the node's own function; what it needs is carried then.

        `reserved` are names that the generated lines around the body use: the body must not bind them. `runs_on`: something is to follow the
        body, so that it must not return early; `ends_plainly`: nor return at all.
        """
        target = call.callable
        if target.span is None or target.kind != "function" or call.args or target.is_async or target.is_generator:
            return None
        file = self._files[target.span.file]
        closure = self.analyzer.facts(target).closure
        root = next((piece for piece in closure.pieces if piece.root), None)
        place = (target.span.file, target.span.start)
        # Each DAG that a factory makes has the functions inside of the factory to itself.
        nested = file.home == "lib" and "<locals>" in target.qualname
        alone = self._count[(*place, dag.dag_id) if nested else place] == 1 or (
            "<locals>" in target.qualname and self._is_of_rows(target)
        )
        if root is None or not alone or file.home not in ("dag", "lib") or any(_skips(edit) for edit in call.edits):
            return None
        if not self._reads(file).isdisjoint(root.names):
            return None
        text, imports = self._text(file, root, call.edits)
        function = parse_function(text)
        if function is None or function.decorators.strip() or _ITS_NAMES.search(text):
            return None
        if (runs_on and function.returns_early) or (ends_plainly and function.final < len(function.body)):
            return None
        function = resigned(function, call)
        names = {parameter.name for parameter in function.parameters}
        if {p.name for p in function.parameters if not p.default} - {*call.kwargs, call.pushes}:
            return None  # It is called without an argument that it needs, and fails by that.
        kinds = {parameter.kind for parameter in function.parameters}
        if kinds & {"var_positional", "var_keyword", "positional_only"} or not set(call.kwargs) <= names:
            return None
        defaulted = names - set(call.kwargs)
        if (function.bound | defaulted) & {*reserved, *closure.constants} or names & {*closure.constants}:
            return None
        main.need(imports)
        self._carry_needs(closure, file, dag, main, main)
        constants = closure.constants if self._is_of_rows(target) else self._constants_into(main, closure)
        return InlineFunction(function, constants)

    def expression(self, call: CallFunction, dag: DagPlan, main: Module, module: Module, bound: Set[str]) -> str:
        """The expression of a lambda, for the place where it would be called with arguments that are called like its parameters; what it needs is
        made known in `module`. Empty where it must be called, as it reads one of the names that are `bound` there otherwise."""
        target = call.callable
        if target.kind != "lambda" or target.span is None or any(_variant(call)):
            return ""
        file = self._files[target.span.file]
        closure = self._closure(call)
        root = next((piece for piece in closure.pieces if piece.root), None)
        if root is None or closure.constants or file.home not in ("dag", "lib"):
            return ""
        text, imports = self._text(file, root, call.edits, closure)
        found = lambdas.as_expression(text)
        if names_read(found) & bound:
            return ""
        if found:
            self._carry_needs(closure, file, dag, main, module)
            module.need(imports)
        return found

    def _module_of(self, file: CarriedFile, dag: DagPlan, main: Module, nested: bool) -> Module:
        if file.home == "dag" or (file.home == "lib" and nested):
            return main
        folder = (
            f"{main.path.rpartition('/')[0].removeprefix(f'src/{self.package}/')}/logic"
            if file.home == "logic"
            else f"lib/{file.stem}"
        )
        path = f"src/{self.package}/{folder}.py"
        if path not in self._modules:
            self._modules[path] = Module(path, f"{self.package}.{folder.replace('/', '.')}")
        return self._modules[path]

    # ------------------------------------------------------------------------------------------------------ carrying

    def carry_environment(self, dag: DagPlan, main: Module) -> None:
        """Puts what changes the environment of a DAG's tasks into its module."""
        closures = [self._closure(CallFunction(statement)) for statement in dag.environment]
        changes = [next(piece for piece in closure.pieces if piece.root) for closure in closures]
        for closure, change in zip(closures, changes, strict=True):
            file, place = self._files[closure.file], (closure.file, change.span.start, 0)
            if place not in main.carried:
                needs = tuple(piece for piece in closure.pieces if all(piece.span != other.span for other in changes))
                self._carry_needs(replace(closure, pieces=needs), file, dag, main, main)
                main.carried[place], imports = self._text(file, change, ())
                main.need(imports)

    def _carry(self, call: CallFunction, file: CarriedFile, home: Module, dag: DagPlan, main: Module) -> str:
        """Puts a function and what it needs into its module; returns the name it has there."""
        target = call.callable
        closure = self._closure(call)
        self._carry_needs(closure, file, dag, main, home)
        root = next((piece for piece in closure.pieces if piece.root), None)
        if target.span is None or root is None:  # part of another piece, as a method is of its class
            return target.qualname
        if target.kind in ("class", "method"):
            # All tasks of a class share its text; as the base of another one it may stand there already.
            if (root.span.file, root.span.start, 0) not in home.carried:
                text, imports = self._text(file, root, file.edits.values() if not call.keeps_airflow else (), closure)
                home.need(imports)
                home.taken.update(root.names)
                home.carried[root.span.file, root.span.start, 0] = text
            return target.qualname
        constants = {} if self._is_made_anew(target) else self._constants_into(home, closure)
        shown = {name: serialize(value, Environment(self.package)) for name, value in constants.items()}
        variant = (*_variant(call), tuple((name, code.text) for name, code in shown.items()))
        place = (root.span.file, root.span.start)
        known = self._carried.setdefault((home.path, place[0], place[1]), {})
        if variant in known:
            return known[variant]
        name = self._free_name(home, root, first=not known) if root.names else ""
        text, imports = self._text(file, root, call.edits, closure)
        home.need(imports.union(*(code.imports for code in shown.values())))
        if target.kind == "lambda":
            # Several may stand in one line.
            wish = lambdas.name_of(self.project.sources[file.path], target.span, call.task_id)
            name = unique(f"{wish}_{len(known) + 1}" if known else wish, home.taken)
            text = lambdas.as_function(text, name)
        known[variant] = name
        home.taken.add(name)
        if any(variant) or name not in root.names or self.given_constants(call):
            function = parse_function(text)
            defaults = {key: code.text for key, code in shown.items()}
            defaults |= dict.fromkeys(self.given_constants(call), "")
            text = resigned(function, call, name, defaults).text() if function is not None else text
        # Under its own name it stands once, also where other code needs it.
        home.carried[place[0], place[1], 0 if name in root.names else len(known)] = text
        return name

    def _free_name(self, home: Module, piece: Piece, first: bool) -> str:
        """The name of a function in a module: its own, if it is the `first` of its forms and no other definition of its file has that name there."""
        name, place = piece.names[0], (piece.span.file, piece.span.start)
        if not first or self._names.setdefault((home.path, name), place) != place:
            name = unique(name, home.taken)
            self._names[home.path, name] = place
        return name

    def _carry_needs(self, closure: Closure, file: CarriedFile, dag: DagPlan, main: Module, user: Module) -> None:
        """Carries the rest of a closure; `user` is the module in which the function that needs it will stand."""
        binds = any(
            piece.names and not piece.root for piece in closure.pieces
        )  # else nobody would import what it has elsewhere
        for piece in closure.pieces:
            if piece.root:
                continue
            home = user
            if not closure.keeps_airflow and binds:
                home = self._module_of(file, dag, main, file.home == "lib" and self._is_nested(piece))
            place = (piece.span.file, piece.span.start, 0)
            if place not in home.carried:
                text, imports = self._text(file, piece, file.edits.values(), closure)
                home.need(imports)
                home.taken.update(piece.names)
                for name in piece.names:
                    self._names.setdefault((home.path, name), place[:2])
                home.carried[place] = text
                self._imports_into(home, closure, file)
            if home is not user:
                user.need(f"from {home.name} import {name}" for name in piece.names)
                if home is not main and not piece.names and not self._reads_of(closure):
                    user.need([f"import {home.name}  # noqa: F401 - it tells libraries how to work"])
        self._imports_into(user, closure, file)

    def _reads_of(self, closure: Closure) -> bool:
        """Whether the callable itself reads what another piece binds, for which its module imports that one's."""
        bound = {name for piece in closure.pieces if not piece.root for name in piece.names}
        roots = [piece for piece in closure.pieces if piece.root]
        return not roots or any(not bound.isdisjoint(self._names_read(piece)) for piece in roots)

    def _imports_into(self, home: Module, closure: Closure, file: CarriedFile) -> None:
        """Adds the imports of a closure; what of them is not needed in this very module, the linter takes out again."""
        for found in closure.imports:
            if (
                found.inside
                or (found.kind == "airflow" and not closure.keeps_airflow)
                or (found.kind == "future" and home.loads_definitions)
            ):
                continue
            if (found.kind in _OF_FOLDER and found.type_checking) or (found.kind == "local" and found.file is None):
                continue
            local = self.local_with_airflow if closure.keeps_airflow else self.local
            unread = "  # noqa: F401 - it registers what others look up" if found.for_effect else ""
            home.need([f"{local.statement(file.path, found)}{unread}"])

    def _constants_into(self, home: Module, closure: Closure) -> dict[str, Value]:
        """Sets free variables of an enclosing function at the top of a module; returns those whose name has another value there."""
        left: dict[str, Value] = {}
        for name, value in closure.constants.items():
            code = serialize(value, Environment(self.package))
            line = f"{name} = {code.text}"
            if home.carried.setdefault(("", 0, name), line) != line:
                left[name] = value
                continue
            home.need(code.imports)
            home.taken.add(name)
        return left

    def _text(
        self, file: CarriedFile, piece: Piece, edits: Iterable[SourceEdit], closure: Closure | None = None
    ) -> tuple[str, frozenset[str]]:
        text, imports = carried_text(
            self.project.sources[file.path],
            piece.span,
            drop=piece.drop,
            edits=[edit for edit in edits if edit.span.file == file.path],
            indent=piece.indent,
            render=self._rendered,
        )
        for found in closure.imports if closure is not None and closure.keeps_airflow else ():
            if found.inside and found.kind == "local":
                written = self.project.sources[file.path].cut(found.span)
                names = [other for other in closure.imports if other.span == found.span] if closure else []
                text = text.replace(written, self.local_with_airflow.renamed_statement(file.path, written, names))
        return text, imports

    def _rendered(self, expression: Expr) -> Code:
        return serialize(expression, Environment(self.package))

    def _reads(self, file: CarriedFile) -> frozenset[str]:
        """Names that anything carried of a file reads. Looked for once: a file of many functions has as many that ask."""
        if file.reads is None:
            pieces = {piece for closure in file.closures for piece in closure.pieces}
            file.reads = frozenset[str]().union(*map(self._names_read, pieces))
        return file.reads

    def _names_read(self, piece: Piece) -> frozenset[str]:
        """Names that a piece reads, its dropped decorators aside."""
        source = self.project.sources[piece.span.file]
        text, _ = carried_text(source, piece.span, drop=piece.drop, indent=piece.indent, render=lambda _: Code(""))
        return names_read(text)

    def _is_nested(self, piece: Piece) -> bool:
        """Whether a piece stands inside a function of its file."""
        tree = _tree(self.project.sources[piece.span.file].text) if piece.indent else None
        return tree is not None and any(
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.lineno < piece.span.line <= (node.end_lineno or node.lineno)
            for node in ast.walk(tree)
        )

    # ------------------------------------------------------------------------------------------------------- result

    def carried_files(self) -> dict[str, str]:
        """The modules of the folder that are carried under their own names, by their path in the project."""
        files = {**self.local.files(), **self.local_with_airflow.files()}
        files |= self.beside.looking(files, self._places())
        if self._with_airflow:
            note = '"""The team\'s own modules that use Airflow as a library: only steps that need it import them."""\n'
            files.setdefault(f"src/{self.package}/with_airflow/__init__.py", note)
        return files

    def data_files(self, modules: Iterable[Module]) -> dict[str, str]:
        """Files that carried code reads from beside it, by their new place: that of `modules`, and that of modules carried whole."""
        return self.beside.files(modules, self.carried_files(), self._places())

    def _places(self) -> list[tuple[str, str]]:
        """The files that are carried whole, and their places in the project."""
        return [*self.local.places().items(), *self.local_with_airflow.places().items()]

    def modules(self) -> list[Module]:
        """Modules that hold carried functions apart from their DAG's module."""
        return [self._modules[path] for path in sorted(self._modules)]


def _variant(call: CallFunction) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return call.added_parameters, call.dropped_parameters


def _dropped(call: CallFunction) -> set[str]:
    """The parameters that a function has to lose: one for all other arguments may stay, as it is given none."""
    stay = {parameter.name for parameter in call.callable.parameters if parameter.kind == "var_keyword"}
    return {*call.dropped_parameters} - stay


def _skips(edit: SourceEdit) -> bool:
    return isinstance(edit.expression, ErrorClass) and edit.expression.kind == "skip"


def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _import_from(module: Module, source: str, qualname: str) -> str:
    """Imports the first part of a qualified name, under another name where that is taken; returns how to write it."""
    top, _, rest = qualname.partition(".")
    statement = f"from {source} import {top}"
    if statement not in module.imports and (top in module.taken or top in _PARAMETERS):
        known = next((other for other in module.imports if other.startswith(f"{statement} as ")), "")
        if not known:
            alias = module.claim(f"{identifier(source.rpartition('.')[2])}_{top}")
            known = f"{statement} as {alias}"
        statement = known
    module.need([statement])
    name = imported_name(statement)
    return f"{name}.{rest}" if rest else name
