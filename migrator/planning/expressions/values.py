"""From the values that the interpreter found to expressions of generated code.

Comes in: a `Value`. Goes out: an `Expr`. What has none raises `Untranslatable`: nothing is replaced by a plausible default.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import textwrap
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

from migrator.analyzers.interpreter.origins import help_for
from migrator.model.bodies import CallFunction
from migrator.model.changed import replace
from migrator.model.expressions import (
    ChangedList,
    ConfigValue,
    Construct,
    DimensionKey,
    EnvValue,
    ErrorClass,
    Expr,
    Format,
    InputValue,
    LastValue,
    LibraryText,
    MadeObject,
    Merged,
    NamedValues,
    ObjectSet,
    Operation,
    OwnMember,
    Picked,
    RunConf,
    WholeEnvironment,
)
from migrator.model.values import (
    AssetValue,
    CallableValue,
    Choice,
    MemberNumber,
    MemberText,
    NamedTuple,
    ObjectValue,
    PathString,
    Symbolic,
    Text,
    Value,
    XComValue,
)
from migrator.model.walk import walk
from migrator.operators.rule import Untranslatable
from migrator.planning.draft import MappedElement

if TYPE_CHECKING:
    from migrator.planning.context import TaskContext

_PLAIN = (
    type(None),
    bool,
    int,
    float,
    complex,
    bytes,
    dt.datetime,
    dt.date,
    dt.time,
    dt.timedelta,
    dt.tzinfo,
    PurePath,
)
_PLAIN_CLASSES = (
    "boto3.dynamodb.conditions.",
    "dateutil.relativedelta.",
    "decimal.",
    "docker.types.",
    "fractions.",
    "google.api_core.retry.",
    "google.cloud.bigquery.",
    "google.protobuf.",
    "types.SimpleNamespace",
    "kubernetes.client.",
    "pandas.Timedelta",
    "pandas.Timestamp",
    "pendulum.duration",
    "pyspark.sql.types.",
    "re.compile",
    "requests.auth.",
    "sqlalchemy.types.",
    "uuid.UUID",
)
"""Where libraries keep classes whose instances only hold what they are made with: to make one is no work, and needs nothing."""
_AT_WORK = ("Api", "Client", "Connection", "Hook", "Session")
"""Endings of names of classes beside them whose instances are connected to something."""
_SHOWN = 60
"""Characters of code in a reason."""
_PATHS = ("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath")


_TAKES_TEMPLATE = re.compile(
    r"(?:@.*\n\s*)*?@(?:\w+\.)*(?:pass_(?:context|environment|eval_context)|(?:eval)?context\w+|environment\w+)\s"
)
"""Decorators by which Jinja gives a function more than the template does."""


def translate(value: Value, context: TaskContext, *, templated: bool, wish: str = "", paths: bool = False) -> Expr:
    """The expression of a value. `templated`: text is Jinja. `wish`: the parameter name that suits a value of another task. `paths`: what takes the value is the
    team's own code, which gets an object of `pathlib`, a member of an Enum and a named tuple as such."""
    if paths and isinstance(value, PathString):
        return Construct("pathlib.Path", (_placed(str(value), context),))
    if paths and isinstance(value, Text) and value.is_path:
        return Construct("pathlib.Path", (translate(Text(value.parts), context, templated=False),))
    if (
        paths
        and isinstance(value, (MemberText, MemberNumber))
        and not (templated and value.member.is_data and isinstance(value, str))
    ):
        return OwnMember(_definition(value.member.definition, context), value.member.name)
    if isinstance(value, str):
        return _placed(context.rendered(str(value)) if templated else str(value), context)
    if isinstance(value, PurePath) and (place := _placed(str(value), context)) != str(value):
        return Construct("pathlib.Path", (place,))
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Text):
        return joined([translate(part, context, templated=templated) for part in value.parts])
    if isinstance(value, Symbolic) and value.choice is not None:
        return _picked(value.choice, context, templated, paths)
    if isinstance(value, Symbolic) and value.parts:
        return Merged(tuple(translate(part, context, templated=templated, paths=paths) for part in value.parts))
    if isinstance(value, Symbolic) and value.made is not None:
        made = value.made
        operands = tuple(translate(item, context, templated=templated, paths=paths) for item in made.operands)
        options = {
            name: translate(item, context, templated=templated, paths=paths) for name, item in made.options.items()
        }
        return Operation(made.kind, made.name, operands, options, made.reading)
    if isinstance(value, Symbolic):
        return _symbolic(value, context)
    if isinstance(value, XComValue):
        return _xcom(value, context, wish)
    if isinstance(value, MappedElement):
        return context.element(value.parameter, value.path)
    if isinstance(value, Mapping):
        return {
            translate(key, context, templated=False, paths=paths): translate(
                item, context, templated=templated, paths=paths
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        items = [translate(item, context, templated=templated, paths=paths) for item in value]
        # Airflow keeps no None, and nothing of what was skipped or failed, in the list of what a mapped task handed over.
        return context.without_lacking(items, copies, mapped=True) if (copies := _copies(value, context)) else items
    if paths and isinstance(value, NamedTuple):
        given = {
            name: translate(item, context, templated=templated, paths=True)
            for name, item in zip(value.fields, value, strict=False)
        }
        if value.definition is None:
            return NamedValues(value.type.rpartition(".")[2], given)
        return MadeObject(_definition(value.definition, context), given)
    if isinstance(value, tuple):
        return tuple(translate(item, context, templated=templated, paths=paths) for item in value)
    if isinstance(value, (set, frozenset)):
        items = sorted(value, key=lambda item: (type(item).__name__, repr(item)))
        members = tuple(translate(item, context, templated=templated, paths=paths) for item in items)
        return ObjectSet(members) if any(isinstance(item, ObjectValue) for item in items) else set(members)
    if isinstance(value, CallableValue):
        return _function(value, context)
    if isinstance(value, ObjectValue):
        return _object(value, context, templated)
    if isinstance(value, AssetValue):
        raise _unknown(context, f"it is given the asset `{value.uri or value.name}` itself")
    raise _unknown(context, f"an argument is a {type(value).__name__}")


def _placed(expression: Expr, context: TaskContext) -> Expr:
    """Text that does not say where the DAGs are on the machine on which they were analyzed."""
    if isinstance(expression, Format):
        return joined([_placed(part, context) for part in expression.parts])
    if not isinstance(expression, str) or context.project.root not in expression or context.project.root == "/":
        return expression
    first, *rest = re.split(rf"(?<![\w./-]){re.escape(context.project.root)}(?![\w.-])", expression)
    return joined([first, *(part for piece in rest for part in (context.dags_folder(), piece))])


def joined(parts: list[Expr]) -> Expr:
    """Text of several expressions; neighbouring literals become one, and a single literal stays text."""
    flat: list[Expr] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Format) else (part,):
            if isinstance(piece, str) and flat and isinstance(flat[-1], str):
                flat[-1] += piece
            elif piece != "":
                flat.append(piece)
    if not flat:
        return ""
    return flat[0] if len(flat) == 1 and isinstance(flat[0], str) else Format(tuple(flat))


def pick(expression: Expr, path: tuple[str | int, ...], context: TaskContext) -> Expr:
    """A member of an expression."""
    for position, step in enumerate(path):
        if isinstance(expression, (EnvValue, ConfigValue, RunConf, InputValue, LastValue)):
            return replace(expression, path=(*expression.path, *path[position:]))
        try:
            expression = expression[step]
        except (KeyError, IndexError, TypeError):
            raise _unknown(context, f"there is no `{step}` in what it takes apart") from None
    return expression


def _unknown(context: TaskContext, reason: str) -> Untranslatable:
    return Untranslatable("MIG207", reason, context.task.span)


def _xcom(value: XComValue, context: TaskContext, wish: str) -> Expr:
    if value.operations:
        return _changed(value, context, wish)
    if value.dag_id not in (None, context.dag.dag_id):
        return context.take_last(str(value.dag_id), value.task_id, value.key, False)
    return context.take(value.task_id, value.key, wish, asked=False)


def _changed(value: XComValue, context: TaskContext, wish: str) -> Expr:
    """A task's result after `.map`, `.filter`, `.zip` and `.concat`, in their order."""
    found = _xcom(replace(value, operations=(), others=(), given=()), context, wish)
    for kind, given in zip(value.operations, value.given, strict=True):
        options = given[-1] if given and isinstance(given[-1], Mapping) else {}
        operands = given[:-1] if options else given
        if kind in ("map", "filter") and len(operands) == 1 and isinstance(operands[0], CallableValue):
            found = ChangedList(kind, found, _reference(operands[0], context))
        elif kind in ("zip", "concat") and all(isinstance(item, XComValue) for item in operands):
            others = tuple(translate(item, context, templated=False) for item in operands)
            fill = translate(options.get("fillvalue"), context, templated=False)
            if "fillvalue" in options and any(part == ErrorClass("skip") for part in walk((found, others))):
                raise _unknown(context, "it fills up lists, and a function leaves elements of one of them out")
            found = ChangedList(kind, found, others=others, fills="fillvalue" in options, fill=fill)
        else:
            raise _unknown(
                context, f"it changes the result of `{value.task_id}` by `.{kind}` in a way that is not known"
            )
    return found


def _reference(function: CallableValue, context: TaskContext) -> Expr:
    """A function, to be called with an element of a list. Raises Untranslatable where it needs more than that."""
    from migrator.planning.callables.functions import call

    source = context.project.sources.get(function.span.file) if function.span is not None else None
    if source is not None and function.span is not None and _TAKES_TEMPLATE.match(source.cut(function.span)):
        raise _unknown(context, f"Jinja gives `{function.qualname}` the context of the template")
    found = call(context, function, filled=True)
    if found.args or found.kwargs or found.pushes:
        raise _unknown(context, f"`{function.qualname}` asks Airflow's context for something")
    return found


def _picked(choice: Choice, context: TaskContext, templated: bool, paths: bool) -> Expr:
    """The value that a Variable or environment variable picks, each of them translated."""
    values = {name: translate(item, context, templated=templated, paths=paths) for name, item in choice.values.items()}
    default = translate(choice.default, context, templated=templated, paths=paths)
    return Picked(translate(choice.key, context, templated=False), values, default, choice.has_default)


def _symbolic(value: Symbolic, context: TaskContext) -> Expr:
    if value.kind == "element" and value.name:
        return context.element_of_group(value.name)
    if value.kind == "dimension" and value.name:
        return DimensionKey(value.name)
    if value.kind == "environment":
        return WholeEnvironment()
    if value.kind == "param" and value.name:
        return context.param(value.name)
    if value.kind in ("variable", "env") and value.name:
        default = translate(value.default, context, templated=False) if value.has_default else None
        if value.kind == "env":
            return context.environment(value.name, default, value.has_default)
        return context.variable(value.name, default, value.has_default, value.is_json, value.path)
    shown = textwrap.shorten(value.source, _SHOWN, placeholder="...")
    reason = f"`{shown}`: {value.why}" if value.why and shown else value.why or f"`{shown}` is only known at run time"
    raise Untranslatable("MIG207", reason, context.task.span, help_for(value.origins))


def _copies(values: list[Value], context: TaskContext) -> tuple[str, ...]:
    """The ids of the copies of one mapped task whose results a list holds; none where it holds anything else."""
    copies = tuple(value.task_id for value in values if isinstance(value, XComValue) and not value.operations)
    mapped = {task.copy_of for task in context.dag.tasks if task.task_id in copies}
    return copies if len(copies) == len(values) > 0 and len(mapped) == 1 and "" not in mapped else ()


def _function(value: CallableValue, context: TaskContext) -> Expr:
    if value.args or value.kwargs:
        given = [translate(item, context, templated=False) for item in value.args]
        named = {name: translate(item, context, templated=False) for name, item in value.kwargs.items()}
        return Construct("functools.partial", (_function(replace(value, args=(), kwargs={}), context), *given), named)
    if value.kind == "library" and not value.module and value.qualname in sys.stdlib_module_names:
        return LibraryText(value.qualname, f"import {value.qualname}")
    if value.kind == "library":
        return _reference(value, context)
    if value.span is None:
        raise _unknown(context, f"it is given the function `{value.qualname}`, which cannot be named from elsewhere")
    return _reference(value, context)


def _definition(cls: CallableValue, context: TaskContext) -> CallFunction:
    """One of the team's own classes. Raises Untranslatable where it needs Airflow."""
    from migrator.planning.callables.functions import call

    found = call(context, cls)
    if found.args or found.kwargs or found.pushes:
        raise _unknown(context, f"`{cls.qualname}` asks Airflow's context for something")
    return found


def _object(value: ObjectValue, context: TaskContext, templated: bool) -> Expr:
    if value.type == "airflow.sdk.literal":
        return translate(value.args[0], context, templated=False)
    if value.type in _PATHS and len(value.args) == 1 and not value.kwargs and templated:
        return translate(value.args[0], context, templated=True)
    if value.type.startswith(_PLAIN_CLASSES) and not value.type.endswith(_AT_WORK) and value.source:
        return Construct(
            value.type,
            tuple(translate(item, context, templated=templated) for item in value.args),
            {name: translate(item, context, templated=templated) for name, item in value.kwargs.items()},
        )
    if value.made is not None and not value.made.changed:
        given = {
            name: translate(item, context, templated=False, paths=True) for name, item in value.made.kwargs.items()
        }
        return MadeObject(_definition(value.made.definition, context), given)
    raise _unknown(context, f"`{value.source or value.type}` is only made at run time")
