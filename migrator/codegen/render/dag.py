"""What the modules of one DAG share while they are rendered."""

from __future__ import annotations

import functools
import keyword
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from migrator.codegen.carried.carry import UserCode
from migrator.codegen.carried.constants import find_constant, is_large
from migrator.codegen.carried.shared_settings import SharedSettings
from migrator.codegen.partitions import PartitionsCode, key_of_run, key_partitions, render_partitions
from migrator.codegen.python.code import Code
from migrator.codegen.python.dates import DateSource, of_timetable, unpartitioned
from migrator.codegen.python.handed_on import made_by
from migrator.codegen.python.module import Module
from migrator.codegen.python.naming import class_name, identifier
from migrator.codegen.python.serialize import Environment, literal, serialize, text_literal
from migrator.codegen.render.task_table import task_table
from migrator.codegen.resources.kinds import CLIENT_CLASSES, RESOURCE_CLASSES
from migrator.codegen.walk import dates, may_lack, partitions_told, uses_config
from migrator.model.assets import AssetKey
from migrator.model.bodies import CallFunction, ValueOrNone
from migrator.model.expressions import EnvValue, Expr, Format, TemplateText
from migrator.model.plan import (
    ConfigField,
    CreateAsset,
    CreateCheck,
    CreateJob,
    CreateOp,
    CreateResource,
    DagPlan,
    KeyPartitions,
    Retry,
)

if TYPE_CHECKING:
    from migrator.codegen.render.function import Function

_AnyNode = TypeVar("_AnyNode", bound=CreateAsset | CreateCheck | CreateOp)

_NO_FIELDS = frozenset(keyword.kwlist) | {"Any", "bool", "dg", "dict", "dt", "float", "int", "list", "os", "str"}
"""Names that a class of fields reads, or must not take. Those of other built-in functions (`format`, `id`) stand for nothing in it."""


def _with_default(setting: ConfigField, default: Expr) -> ConfigField:
    """The field with a default that a task gives for its param: of the DAG's `Param`, nothing but the type is left then, as Airflow has it."""
    return replace(setting, default=default, required=False, description="", bounds={})


@dataclass(frozen=True, slots=True)
class StepFunction:
    """A function that steps call, and the resources of a step that it takes."""

    name: str
    resources: tuple[str, ...]


@dataclass
class DagCode:
    """One DAG: its plan, its modules (by stem: `assets`, `checks`, `ops`, `automation`), and names that they share.

    `main` is the module that defines what the others import: partitions, config, carried functions. `files` gives the place of each template file: (path
    in the project, expression of its folder relative to the DAG's modules, name in it).
    """

    plan: DagPlan
    package: str
    user: UserCode
    resources: Mapping[str, CreateResource]
    modules: dict[str, Module] = field(default_factory=dict)
    partitions: PartitionsCode | None = None
    keys_name: str = ""
    """The name of the partitions, where they are no dates."""
    config_class: str = ""
    config_fields: dict[str, str] = field(default_factory=dict)
    assets: dict[AssetKey, str] = field(default_factory=dict)
    """Python name of each asset function in the module `assets`, as far as it has been rendered."""
    op_functions: dict[str, str] = field(default_factory=dict)
    """Python name of each op's function, by the op's name."""
    ambiguous: frozenset[str] = frozenset()
    """Names that more than one node of the project would have; see `node_names`."""
    node_names: frozenset[str] = frozenset()
    """All names that nodes of the project would have."""
    step_calls: dict[str, StepFunction] = field(default_factory=dict)
    """The functions that steps call, by the names that the plan gives them."""
    op_parameters: dict[str, dict[str, str]] = field(default_factory=dict)
    """Parameters of each op's function that are not called as planned, by the op's name."""
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Of each template file: the constant that holds its folder, and its path in there."""
    folders: Mapping[str, str] = field(default_factory=dict)
    """Expression of the folder behind each such constant."""
    retries: dict[Retry, str] = field(default_factory=dict)
    shared_literals: dict[str, str] = field(default_factory=dict)
    shared_settings: Sequence[SharedSettings] = ()
    """Dictionaries that have a name in the project."""
    days_in_utc: bool = False
    """Whether days are days in UTC, as the DAGs of the project have several timezones."""
    partitions_of: dict[AssetKey, PartitionsCode] = field(default_factory=dict)
    """Of each partitioned asset of the project: its partitions."""
    keyed: Mapping[AssetKey, KeyPartitions] = field(default_factory=dict)
    """The assets of the project whose partitions are no dates, with these."""
    others: Mapping[str, DagCode] = field(default_factory=dict)
    """All DAGs of the project, by their ids."""
    factory: str = ""
    """The folder of the factory that the DAG is rendered for: all of its code stands in one module then, under names that its DAGs share."""
    general: bool = False
    """In a factory whose DAGs have partitions or schedules of several kinds: the code is written in the way that holds for all of them."""
    common_names: Mapping[str, str] = field(default_factory=dict)
    """In a factory: what nodes are called in all of its DAGs whose own names are others in each."""
    spelled: bool = False
    """In a factory whose DAGs depend on all that a loop makes in some and on a part of it in others: what they depend on is written out."""
    functions: dict[str, Function] = field(default_factory=dict)
    """The function of each asset, op and check, by the operation's name."""
    references: dict[str, str] = field(default_factory=dict)
    """How to refer to what a factory made of a row, by the operation's name."""
    _row_functions: dict[tuple[str, int], str] = field(default_factory=dict)
    task_table: str = ""
    """The name of the table of its tasks, once something has asked for it."""
    _inner_names: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """Of each module: the names of functions that only stand in those of factories, and of which families."""
    _constants: dict[tuple[str, str], str] = field(default_factory=dict)

    @functools.cached_property
    def values_or_none(self) -> frozenset[str]:
        """The ops that give the value of another one, or None."""
        found = (operation for operation in self.plan.operations if isinstance(operation, CreateOp))
        return frozenset(operation.name for operation in found if isinstance(operation.body, ValueOrNone))

    def function_name(self, operation: CreateAsset | CreateCheck | CreateOp, module: Module, suffix: str) -> str:
        """A free name for the function of a node; all rows of a factory have the same. It stands within the factory's function, so that another
        factory of the module may have it as well."""
        row = operation.row
        if row is None:
            return module.claim(self.common_name(operation.name), suffix)
        place = (row.family, row.place)
        if place not in self._row_functions:
            wish, within = identifier(row.name, suffix.strip("_")), self._inner_names.setdefault(module.name, {})
            free = wish in within and row.family not in within[wish]
            name = wish if free else module.claim(wish, suffix)
            within.setdefault(name, set()).add(row.family)
            self._row_functions[place] = name
        return self._row_functions[place]

    def rows_agree(self, operation: CreateAsset | CreateCheck | CreateOp, field_name: str) -> bool:
        """Whether a field of an operation is the same in all rows of its factory (always, where it is in none)."""
        own = getattr(operation, field_name)
        return all(getattr(other, field_name) == own for other in self.rows_with(operation))

    def rows_with(self, operation: _AnyNode) -> Iterator[_AnyNode]:
        """The operation, and the others that are rows of the same table in its factory."""
        row = operation.row
        if row is None:
            yield operation
            return
        place = (row.family, row.place)
        for other in self.plan.operations:
            if (
                isinstance(other, type(operation))
                and other.row is not None
                and place == (other.row.family, other.row.place)
            ):
                yield other

    @property
    def folder(self) -> str:
        """The package below `defs` where the code stands."""
        return self.factory or self.plan.folder

    def shared_name(self, name: str) -> str:
        """A name for something of the DAG; in a factory without what only says which DAG it is."""
        return (name.removeprefix(self.plan.folder).strip("_") or "job") if self.factory else name

    def common_name(self, node: str) -> str:
        """What the functions and variables of a node are called, in a factory the same in all DAGs."""
        return self.common_names.get(node, node)

    def node_name(self, name: str) -> str:
        """The name by which Dagster knows an op, or a function that makes several assets."""
        if name not in self.ambiguous:
            return name
        longer = f"{self.plan.folder}__{name}"
        return f"{longer}_step" if longer in self.node_names else longer

    @property
    def main(self) -> Module:
        stems = {CreateAsset: "assets", CreateOp: "ops", CreateCheck: "checks"}
        for kind, stem in stems.items():
            if any(isinstance(operation, kind) for operation in self.plan.operations):
                return self.module(stem)
        return self.module("automation")

    @property
    def job_tags(self) -> Mapping[str, str]:
        """The tags of the DAG's job; what its runs have anyway."""
        jobs = [operation for operation in self.plan.operations if isinstance(operation, CreateJob)]
        return jobs[0].tags if jobs else {}

    def module(self, stem: str) -> Module:
        """The DAG's module of that name, made when it is first asked for."""
        if self.factory:
            stem = self.plan.folder  # each DAG has its own until they are put together
        if stem not in self.modules:
            base = f"{self.package}.defs.{self.folder}"
            path = f"src/{self.package}/defs/{self.folder}/{stem}.py"
            self.modules[stem] = Module(path, f"{base}.{stem}", taken={"dg", "common", "retry_policy"})
        return self.modules[stem]

    # ------------------------------------------------------------------------------------------- shared definitions

    def define_partitions(self) -> None:
        """Puts the partitions into the main module."""
        main = self.main
        if self.plan.keys is not None:
            self.keys_name = main.claim("partitions")
            main.need(["import dagster as dg"])
            main.setup.append(f"{self.keys_name} = {key_partitions(self.plan.keys)}")
        if self.plan.partitions is None:
            return
        self.partitions = render_partitions(
            self.plan.partitions, dates(self.plan.operations), main.taken, self.days_in_utc
        )
        if self.factory:
            self.partitions = replace(self.partitions, name="partitions", general=self.general)
        main.taken.add(self.partitions.name)
        comment = (
            ""
            if self.plan.partitions.start_known
            else "# The first day is not known: the DAG's start date is only computed when it runs.\n"
        )
        main.setup.append(f"{comment}{self.partitions.name} = {main.use(self.partitions.definition)}")

    def partitioned_keys(self) -> set[AssetKey]:
        """Keys of the assets that have the DAG's partitions."""
        if self.partitions is None:
            return set()
        made = [operation for operation in self.plan.operations if isinstance(operation, CreateAsset)]
        return {output.key for operation in made if operation.partitioned for output in operation.outputs}

    def keyed_assets(self) -> Iterator[tuple[AssetKey, KeyPartitions]]:
        """The assets whose partitions are no dates, with these: the DAG's own, or those that its ops tell."""
        for operation in self.plan.operations:
            if isinstance(operation, CreateAsset) and self.plan.keys is not None:
                yield from ((output.key, self.plan.keys) for output in operation.outputs)
            elif isinstance(operation, CreateOp):
                told = partitions_told(operation.body)
                for output in operation.materializes:
                    own = KeyPartitions(told[output.key]) if output.key in told else self.plan.keys
                    yield from [(output.key, own)] if own is not None else ()

    def use_partitions(self, module: Module) -> str:
        """The partitions' name, known in `module`."""
        assert self.partitions is not None or self.keys_name
        name = self.partitions.name if self.partitions is not None else self.keys_name
        if module is self.main:
            return name
        statement = f"from {self.main.name} import {name}"
        if statement not in module.imports and name in module.taken:
            alias = f"{self.plan.folder}_{name}"
            module.need([f"{statement} as {alias}"])
            return alias
        module.need([statement])
        return name

    def define_config(self) -> None:
        """Puts the config class into the main module, where something reads it."""
        if not self.plan.config or not any(map(uses_config, self.plan.operations)):
            return
        main = self.main
        self.config_class = main.claim(f"{class_name(self.factory or self.plan.dag_id)}Config")
        main.need(["import dagster as dg"])
        rows = []
        for setting in self.plan.config:
            name = f"{setting.name}_" if setting.name in _NO_FIELDS else setting.name
            self.config_fields[setting.name] = name
            rows.append(f"    {name}: {self._field(setting, main)}")
        main.setup.append(f"class {self.config_class}(dg.Config):\n" + "\n".join(rows))

    def use_config(self, module: Module, node: str, defaults: Mapping[str, Expr]) -> str:
        """The name, known in `module`, of the config class; where the function `node` has other `defaults` for some fields, that of a class of its own."""
        if module is not self.main:
            module.need([f"from {self.main.name} import {self.config_class}"])
        if not defaults:
            return self.config_class
        rows = [
            f"    {self.config_fields[setting.name]}: {self._field(_with_default(setting, defaults[setting.name]), module)}"
            for setting in self.plan.config
            if setting.name in defaults
        ]
        name = module.claim(f"{class_name(node)}Config")
        module.setup.append(f"class {name}({self.config_class}):\n" + "\n".join(rows))
        return name

    def _field(self, setting: ConfigField, module: Module) -> str:
        kind = setting.type
        if setting.enum and all(isinstance(value, str) for value in setting.enum):
            module.need(["from typing import Literal"])
            kind = f"Literal[{', '.join(text_literal(value) for value in setting.enum)}]"
        if "Any" in kind:
            module.need(["from typing import Any"])
        if setting.nullable and "None" not in kind:
            kind = f"{kind} | None"
        default = "" if setting.required else self._default(setting, module)
        param = setting.param or setting.name
        # The configuration of a run says the param's name, as the conf of a run does in Airflow.
        arguments = [f"alias={text_literal(param)}"] if self.config_fields[setting.name] != param else []
        arguments += [f"{name}={literal(value)}" for name, value in setting.bounds.items()]
        if default and may_lack(setting.default):
            # The project loads without it: it is read when a run needs it.
            arguments, default = [f"default_factory=lambda: {default}", *arguments], ""
        if setting.description:
            arguments.append(f"description={text_literal(setting.description)}")
        if not arguments:
            return f"{kind} = {default}" if default else kind
        module.need(["from pydantic import Field"])
        return f"{kind} = Field({', '.join([*([f'default={default}'] if default else []), *arguments])})"

    def _default(self, setting: ConfigField, module: Module) -> str:
        if not isinstance(setting.default, (EnvValue, Format)):
            return literal(setting.default)
        return self.expression(setting.default, module, self.environment(module, None)).text

    def define_retries(self, operations: Iterable[CreateAsset | CreateOp]) -> None:
        """Gives the retry policy that several nodes share a name in the main module."""
        agreed = [operation.retry for operation in operations if self.rows_agree(operation, "retry")]
        given = [retry for retry in agreed if retry is not None]
        for retry in dict.fromkeys(given):
            if (given.count(retry) > 1 or self.factory) and retry not in self.retries:
                name = "retry_policy" if not self.retries else self.main.claim("retry_policy")
                self.retries[retry] = name
                self.main.need(["import dagster as dg"])
                self.main.setup.append(f"{name} = {retry_policy(retry)}")

    def retry(self, retry: Retry, module: Module, alone: bool = False) -> str:
        """The expression of a retry policy; with `alone`, not by the name that it may have."""
        if retry not in self.retries or alone:
            return retry_policy(retry)
        if module is not self.main:
            module.need([f"from {self.main.name} import {self.retries[retry]}"])
        return self.retries[retry]

    def upstream(self, keys: Iterable[AssetKey], partitioned: bool = True) -> str:
        """A list of assets to depend on: functions of the module by name, others by key.

        Partitions of different timezones cannot be mapped onto each other: there the newest partition counts. Of those in two dimensions that differ, all.
        """
        return f"[{', '.join(self._dependency(key, partitioned) for key in keys)}]"

    def partition_mapping(self, key: AssetKey, partitioned: bool) -> str:
        """The partition mapping to an upstream asset where Dagster has none of its own."""
        keys = self.plan.keys
        if keys is not None and (key in self.keyed or key in self.partitions_of):
            other_keys = keys.each or keys.dimensions or keys.dated or key in self.partitions_of
            return "dg.AllPartitionMapping()" if other_keys and self.keyed.get(key) != keys else ""
        if partitioned and self.partitions is not None and key in self.keyed:
            return "dg.AllPartitionMapping()"
        own, other = self.partitions, self.partitions_of.get(key)
        if not partitioned or own is None or other is None:
            return ""
        if own.timezone != other.timezone:
            return "dg.LastPartitionMapping()"
        differ = (own.source.keys, own.source.cron) != (other.source.keys, other.source.cron)
        if own.source.keys and other.source.keys and differ:
            return "dg.AllPartitionMapping()"
        before = self.plan.shifts.get(key, 0) + own.days_moved - other.days_moved
        return f"dg.TimeWindowPartitionMapping(start_offset=-{before}, end_offset=-{before})" if before else ""

    def _dependency(self, key: AssetKey, partitioned: bool) -> str:
        mapping = self.partition_mapping(key, partitioned)
        if mapping:
            return f"dg.AssetDep({key_expression(key)}, partition_mapping={mapping})"
        return self.assets.get(key) or key_expression(key)

    def define_shared(self, name: str, text: str) -> None:
        """Gives a literal that several nodes share a name in the main module."""
        self.shared_literals[text] = self.main.claim(name)
        self.main.setup.append(f"{self.shared_literals[text]} = {text}")

    def shared(self, text: str) -> str:
        """The name of a literal, if it has one; else the literal."""
        return self.shared_literals.get(text, text)

    # -------------------------------------------------------------------------------------------------- expressions

    def run_dates(self, partitioned: bool, module: Module) -> DateSource:
        """How a function of a run, in `module`, reads its date."""
        if partitioned and self.partitions is not None:
            previous = Code(
                "previous_date(context)",
                frozenset({f"from {self.package}.run_context import previous_date"}),
                frozenset({"context"}),
            )
            return replace(self.partitions.dates(), previous=previous)
        if self.plan.by_hand is not None:
            return of_timetable(self.package, self.timetable(self.plan.by_hand, module))
        source = unpartitioned(self.package, self.plan.interval, self.plan.tells_interval)
        if not self.keys_name:
            return source
        assert self.plan.keys is not None
        return replace(source, partition=key_of_run(self.plan.keys))

    def timetable(self, method: CallFunction, module: Module) -> Code:
        """A timetable of the team's own, of which `method` is a method, as a new object; its class is made known in `module`."""
        environment = self.environment(module, None)
        made = {name: serialize(value, environment) for name, value in (method.made_with or {}).items()}
        owner = self.user.reference(method, self.plan, self.main, module).rpartition(".")[0]
        self.user.need_library("pendulum")
        return Code(made_by(owner, made), frozenset().union(*(code.imports for code in made.values())))

    def environment(self, module: Module, date_source: DateSource | None, run_context: str = "context") -> Environment:
        """What expressions in a function of `module` may refer to."""
        return Environment(
            package=self.package,
            dates=date_source,
            config_fields=self.config_fields,
            function_name=lambda call: (
                self.user.reference(call, self.plan, self.main, module),
                self.user.given_constants(call),
            ),
            template_file=lambda text: self._template_file(text, module),
            constant=lambda value, text: self._constant(value, text, module),
            run_context=run_context,
            shared=[(one.name, one.entries) for one in self.shared_settings],
            task_table=lambda states: task_table(states, self, module),
        )

    def _constant(self, value: object, text: str, module: Module) -> str:
        """A large literal by the name that it has in the DAG's file, under which it stands in the module then; else its own text."""
        found = find_constant(value, self.plan.source, self.user.project.sources) if is_large(value, text) else None
        if found is None:
            return text
        name, known = found
        place = (module.path, name)
        if place not in self._constants:
            self._constants[place] = module.claim(name)
            module.setup.append(f"{self._constants[place]} = {literal(known)}")
        name = self._constants[place]
        if not isinstance(value, dict) or not isinstance(known, dict) or len(value) == len(known):
            return name
        more = {key: item for key, item in value.items() if key not in known}
        rest = self._constant(more, literal(more), module)
        return f"{{**{name}, {rest[1:]}" if rest.startswith("{") else f"{{**{name}, **{rest}}}"

    def expression(self, value: object, module: Module, environment: Environment) -> Code:
        """The source of an expression, its imports added to the module."""
        code = serialize(value, environment)
        module.need(code.imports)
        return code

    def _template_file(self, text: TemplateText, module: Module) -> Code:
        constant, rest = self.files[text.file or ""]
        line = f"{constant} = {self.folders[constant]}"
        if line not in module.setup:
            module.setup.append(line)
            module.taken.add(constant)
        steps = " / ".join(text_literal(part) for part in [rest])
        return Code(f"{constant} / {steps}", frozenset({"from pathlib import Path"}), simple=False)

    def resource_class(self, name: str, module: Module) -> str:
        """The class of a resource, known in `module`."""
        return resource_class(self.resources[name], self.package, module)


def resource_class(resource: CreateResource, package: str, module: Module) -> str:
    """The name of a resource's class, imported in `module`."""
    home, name = CLIENT_CLASSES.get(resource.kind) or (f"{package}.resources", RESOURCE_CLASSES[resource.kind])
    module.need([f"from {home} import {name}"])
    return name


def retry_policy(retry: Retry) -> str:
    """`dg.RetryPolicy(...)`; a delay of a second's fraction is kept as it is."""
    arguments = [f"max_retries={retry.max_retries}"]
    if retry.delay:
        delay = int(retry.delay) if retry.delay == int(retry.delay) else retry.delay
        arguments.append(f"delay={delay}")
    if retry.exponential and retry.delay:
        # Nothing doubles to nothing, and Dagster refuses the one without the other.
        arguments.append("backoff=dg.Backoff.EXPONENTIAL")
    return f"dg.RetryPolicy({', '.join(arguments)})"


def key_literal(key: AssetKey) -> str:
    """An asset key where nothing else can be meant: text for one part, else a list."""
    return text_literal(key[0]) if len(key) == 1 else literal(list(key))


def key_expression(key: AssetKey) -> str:
    """An asset key in a list of assets: text for one part, else `dg.AssetKey([...])`."""
    return text_literal(key[0]) if len(key) == 1 else f"dg.AssetKey({literal(list(key))})"
