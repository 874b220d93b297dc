"""What a template was found to be: pieces of text and classified expressions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migrator.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class TemplateFilter:
    """A Jinja filter: `join(',')`. Arguments are Python literals or `TemplateExpression`s."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateExpression:
    """One expression of a template, by what it asks for.

    `kind` and what is filled besides `filters`:

    - `date`: `field`, `days`, `format`, as in the plan's `RunDate`. `field` is `ds`, `ds_nodash`, `ts`, `ts_nodash`,
      `ts_nodash_with_tz`, `logical_date`, `data_interval_start`, `data_interval_end`; or one whose meaning depends on the
      schedule: `next_ds`, `next_ds_nodash`, `next_execution_date`, `prev_ds`, `prev_ds_nodash`, `prev_execution_date`,
      `prev_execution_date_success`, `prev_data_interval_start_success`, `prev_data_interval_end_success`,
      `prev_start_date_success`. `execution_date` is given as `logical_date`, `tomorrow_ds` as `ds` with one day. A text field (`ds`) has
      no `format`: another pattern for it is given on the datetime that it was made of (`logical_date`). `operands`: of what it was computed
      (for `uses` only). `name` is the member, where it is one of `dag_run` or `ti`.
    - `variable`: `name`, `path` into it, `json`, `default`, `has_default`
    - `connection`: `name` (the conn_id), `path` (`("host",)`, `("extra_dejson", "channel")`), `default`, `has_default`
    - `param`, `conf`: `path`, whose first element is the name, `default`, `has_default`; an empty path is all of them
    - `xcom`: `task_ids` (empty: not said), `many` (a list was asked for), `key`, `dag_id`, `prior` (of earlier runs, too), `path`,
      `operands` (the expression of the run's id, where it is told one)
    - `computed_xcom`: a pull whose task ids or key (`*`) the template computes: `task_ids`, `key`, `operands`, the expressions of those
    - `run`: `name`, one of `run_id`, `dag_id`, `task_id`, `try_number`, `map_index`, `run_type`...; `path` below it (`ti.task.task_id`); no
      name where it only matters that the object is there
    - `literal`: `value`
    - `macro`: `name` (`macros.<name>` or a function of that name), `operands`, the arguments
    - `unknown`: `operands`, the expressions inside it; `name` where it is a bare name, such as a user-defined macro

    `source` is the text between the braces; a part of a larger expression has the larger one's.
    """

    kind: str
    source: str = ""
    root: str = ""
    """The free name that it starts from (`ds`, `var`, `ti`); empty for literals and combinations."""
    name: str = ""
    path: tuple[str | int, ...] = ()
    field: str = ""
    days: int = 0
    format: str | None = None
    json: bool = False
    default: Any = None
    """A Python literal or a `TemplateExpression`."""
    has_default: bool = False
    task_ids: tuple[str, ...] = ()
    many: bool = False
    copies: int | tuple[int, ...] | str | None = None
    """The numbers of the copies of a mapped task; `NO_COPY`, `OWN_COPY` or `ANY_COPY`."""
    key: str = "return_value"
    dag_id: str | None = None
    prior: bool = False
    value: Any = None
    operands: tuple[TemplateExpression, ...] = ()
    filters: tuple[TemplateFilter, ...] = ()
    """Applied to it, the outermost last; those that only shape a date are in `format` already."""


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """A template taken apart.

    `parts` holds literal text and expressions in the order of the source; for a template with blocks what stands inside the
    blocks is there once. `simple`: only `{{ }}` and text, so `parts` says it all. Otherwise it can be rendered at run time
    with `names`, its free names, for which `expressions` holds everything that is asked of them.
    """

    text: str
    parts: tuple[str | TemplateExpression, ...] = ()
    simple: bool = True
    names: frozenset[str] = frozenset()
    error: str | None = None
    expressions: tuple[TemplateExpression, ...] = ()
    """All expressions from a free name, those inside others, filters and blocks included."""
    filters: frozenset[str] = frozenset()
    """Names of the filters that it uses."""
    includes: tuple[str, ...] = ()
    """Template files that it includes, imports or extends (`{?}`: not known)."""

    def uses(self, name: str) -> tuple[TemplateExpression, ...]:
        """What is asked of a free name."""
        return tuple(expression for expression in self.expressions if expression.root == name)


def leaves(expression: TemplateExpression) -> Iterator[TemplateExpression]:
    """The expression and all inside it: operands, defaults, arguments of filters."""
    yield expression
    inner: list[Any] = [*expression.operands, expression.default]
    for item in expression.filters:
        inner += [*item.args, *(value for _, value in item.kwargs)]
    for value in inner:
        if isinstance(value, TemplateExpression):
            yield from leaves(value)
