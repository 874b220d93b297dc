"""`pandas.read_csv` for the files of the folder: a table of known values, with what configuration code does to it.

Nothing of pandas is used: columns are lists. What is not here stays unknown.
"""

from __future__ import annotations

import csv
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import libcst as cst

from migrator.analyzers.interpreter.airflow.objects import AirflowObject
from migrator.analyzers.interpreter.classes import records
from migrator.analyzers.interpreter.language.iterators import LazyItems
from migrator.analyzers.interpreter.language.operations import MAX_ITEMS
from migrator.analyzers.interpreter.libraries import files
from migrator.analyzers.interpreter.libraries.builtin_functions import no
from migrator.analyzers.interpreter.values import (
    MISSING,
    Call,
    Env,
    NamedTupleValue,
    Native,
    RaiseSignal,
    is_symbolic,
)

if TYPE_CHECKING:
    from migrator.analyzers.interpreter.machine import Machine

_MISSING_TEXTS = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "n/a", "#N/A", "<NA>"})
_COMPARISONS: dict[Any, Callable[[Any, Any], bool]] = {
    cst.Equal: operator.eq,
    cst.NotEqual: operator.ne,
    cst.LessThan: operator.lt,
    cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt,
    cst.GreaterThanEqual: operator.ge,
}
_READ_OPTIONS = frozenset(
    {"sep", "delimiter", "dtype", "usecols", "encoding", "header", "comment", "skipinitialspace", "keep_default_na"}
)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


_FOLDS: dict[str, Callable[[list[Any]], Any]] = {"min": min, "max": max, "sum": sum}


@dataclass(slots=True, eq=False, repr=False)
class Positions(AirflowObject):
    """`iloc`: rows or values by their place."""

    of: Column | Table

    def item(self, key: Any) -> Any:
        if not isinstance(key, (int, slice)):
            return MISSING
        try:
            return self.of.at(key)
        except IndexError:
            raise RaiseSignal("IndexError", "single positional indexer is out-of-bounds") from None


@dataclass(slots=True, eq=False, repr=False)
class Column(AirflowObject):
    """A `Series`: the values of one column."""

    name: Any
    values: list[Any]

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        plain: dict[str, Callable[[Call], Any]] = {
            "unique": lambda call: Column(self.name, list(dict.fromkeys(self.values))),
            "drop_duplicates": lambda call: Column(self.name, list(dict.fromkeys(self.values))),
            "tolist": lambda call: list(self.values),
            "to_list": lambda call: list(self.values),
            "dropna": lambda call: Column(self.name, [v for v in self.values if not _is_missing(v)]),
            "fillna": lambda call: Column(self.name, [call.args[0] if _is_missing(v) else v for v in self.values]),
            "isin": lambda call: Column(self.name, [v in call.args[0] for v in self.values]),
            "isna": lambda call: Column(self.name, [_is_missing(v) for v in self.values]),
            "isnull": lambda call: Column(self.name, [_is_missing(v) for v in self.values]),
            "notna": lambda call: Column(self.name, [not _is_missing(v) for v in self.values]),
            "notnull": lambda call: Column(self.name, [not _is_missing(v) for v in self.values]),
            "nunique": lambda call: len(set(self.values)),
            "items": lambda call: LazyItems(list(enumerate(self.values))),
        }
        if name in plain:
            return Native(name, lambda m, call: _guarded(m, call, plain[name]))
        if name in ("apply", "map"):
            return Native(
                name,
                lambda m, call: Column(
                    self.name, [m.call(call.args[0], [v], {}, call.node, call.env) for v in self.values]
                ),
            )
        if name == "astype":
            return Native(name, lambda m, call: self._cast(m, call))
        if name in ("iloc", "iat"):
            return Positions(self)
        if name in ("min", "max", "sum"):
            return Native(name, lambda m, call: _guarded(m, call, lambda _: _FOLDS[name](self.values)))
        if name == "values":
            return Column(self.name, self.values)
        if name == "empty":
            return not self.values
        return MISSING

    def at(self, place: int | slice) -> Any:
        """`column.iloc[0]`, `column.iloc[:2]`. Raises IndexError."""
        return Column(self.name, self.values[place]) if isinstance(place, slice) else self.values[place]

    def _cast(self, machine: Machine, call: Call) -> Any:
        return Column(self.name, [machine.call(call.args[0], [v], {}, call.node, call.env) for v in self.values])

    def items(self, machine: Machine, node: cst.CSTNode, env: Env) -> list[Any]:
        return list(self.values)

    def item(self, key: Any) -> Any:
        """`column[0]`, `column[mask]`."""
        if isinstance(key, Column):
            return Column(self.name, [v for v, kept in zip(self.values, key.values, strict=False) if kept is True])
        if isinstance(key, int) and -len(self.values) <= key < len(self.values):
            return self.values[key]
        return MISSING

    def holds(self, item: Any) -> bool | None:
        return item in self.values

    def compared(self, kind: Any, other: Any) -> Any:
        """A mask: `column == value`."""
        if is_symbolic(other) or kind not in _COMPARISONS or isinstance(other, AirflowObject):
            return MISSING
        try:
            return Column(self.name, [_COMPARISONS[kind](value, other) for value in self.values])
        except TypeError:
            return MISSING


@dataclass(slots=True, eq=False, repr=False)
class Row(AirflowObject):
    """A row that `iterrows` gives."""

    values: dict[Any, Any]

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        if name == "to_dict":
            return Native(name, lambda m, call: dict(self.values))
        if name == "get":
            return Native(name, lambda m, call: self.values.get(call.args[0], call.argument(1, "default")))
        return self.values.get(name, MISSING)

    def item(self, key: Any) -> Any:
        """`row["column"]`."""
        if is_symbolic(key) or key not in self.values:
            raise RaiseSignal("KeyError", str(key))
        return self.values[key]

    def items(self, machine: Machine, node: cst.CSTNode, env: Env) -> list[Any]:
        return list(self.values.values())


@dataclass(slots=True, eq=False, repr=False)
class Table(AirflowObject):
    """A `DataFrame`."""

    columns: list[str]
    rows: list[list[Any]]

    def column(self, name: Any) -> Column:
        """A column. Raises RaiseSignal (KeyError) where there is none of that name."""
        if name not in self.columns:
            raise RaiseSignal("KeyError", str(name))
        index = self.columns.index(name)
        return Column(name, [row[index] for row in self.rows])

    def records(self) -> list[dict[Any, Any]]:
        """The rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def attribute(self, machine: Machine, name: str, node: cst.CSTNode, env: Env) -> Any:
        plain: dict[str, Callable[[Call], Any]] = {
            "to_dict": self._to_dict,
            "iterrows": lambda call: LazyItems(list(enumerate(map(Row, self.records())))),
            "head": lambda call: Table(self.columns, self.rows[: call.argument(0, "n", 5)]),
            "copy": lambda call: Table(list(self.columns), [list(row) for row in self.rows]),
            "reset_index": lambda call: self,
            "dropna": lambda call: self._drop_missing(call),
            "fillna": lambda call: Table(
                self.columns, [[call.args[0] if _is_missing(v) else v for v in row] for row in self.rows]
            ),
            "sort_values": self._sorted,
            "drop_duplicates": self._unique,
            "groupby": self._grouped,
        }
        if name in plain:
            return Native(name, lambda m, call: _guarded(m, call, plain[name]))
        if name == "iloc":
            return Positions(self)
        if name == "itertuples":
            return Native(name, self._tuples)
        if name == "columns":
            return Column("columns", list(self.columns))
        if name == "values":
            return Column("values", [list(row) for row in self.rows])
        if name == "empty":
            return not self.rows
        if name == "shape":
            return (len(self.rows), len(self.columns))
        return self.column(name) if name in self.columns else MISSING

    def items(self, machine: Machine, node: cst.CSTNode, env: Env) -> list[Any]:
        return list(self.columns)

    def item(self, key: Any) -> Any:
        """`table["column"]`, `table[["a", "b"]]`, `table[mask]`."""
        if isinstance(key, Column):
            return Table(self.columns, [row for row, kept in zip(self.rows, key.values, strict=False) if kept is True])
        if isinstance(key, list) and all(isinstance(name, str) for name in key):
            chosen = [self.column(name).values for name in key]
            return Table(list(key), [list(row) for row in zip(*chosen, strict=True)])
        return self.column(key) if isinstance(key, str) else MISSING

    def holds(self, item: Any) -> bool | None:
        return item in self.columns

    def at(self, place: int | slice) -> Any:
        """`table.iloc[0]`, `table.iloc[:2]`. Raises IndexError."""
        return Table(self.columns, self.rows[place]) if isinstance(place, slice) else Row(self.records()[place])

    def _to_dict(self, call: Call) -> Any:
        kind = call.argument(0, "orient", "dict")
        if kind == "records":
            return self.records()
        if kind == "list":
            return {name: self.column(name).values for name in self.columns}
        if kind == "index":
            return dict(enumerate(self.records()))
        return {name: dict(enumerate(self.column(name).values)) for name in self.columns} if kind == "dict" else MISSING

    def _drop_missing(self, call: Call) -> Table:
        names = call.kwargs.get("subset", self.columns)
        indexes = [self.columns.index(name) for name in ([names] if isinstance(names, str) else names)]
        return Table(self.columns, [row for row in self.rows if not any(_is_missing(row[i]) for i in indexes)])

    def _sorted(self, call: Call) -> Any:
        by = call.argument(0, "by")
        indexes = [self.columns.index(name) for name in ([by] if isinstance(by, str) else by)]
        upward = call.argument(2, "ascending", True)
        if not isinstance(upward, bool):
            return MISSING
        return Table(self.columns, sorted(self.rows, key=lambda row: [row[i] for i in indexes], reverse=not upward))

    def _unique(self, call: Call) -> Table:
        names = call.argument(0, "subset", self.columns)
        indexes = [self.columns.index(name) for name in ([names] if isinstance(names, str) else names)]
        kept: dict[tuple[Any, ...], list[Any]] = {}
        for row in self.rows:
            kept.setdefault(tuple(row[i] for i in indexes), row)
        return Table(self.columns, list(kept.values()))

    def _grouped(self, call: Call) -> LazyItems:
        by = call.argument(0, "by")
        names = [by] if isinstance(by, str) else list(by)
        indexes = [self.columns.index(name) for name in names]
        found: dict[Any, list[list[Any]]] = {}
        for row in self.rows:
            key = tuple(row[i] for i in indexes)
            found.setdefault(key if not isinstance(by, str) else key[0], []).append(row)
        keys = sorted(found) if call.kwargs.get("sort", True) is True else list(found)
        return LazyItems([(key, Table(self.columns, found[key])) for key in keys])

    def _tuples(self, machine: Machine, call: Call) -> Any:
        with_index = call.argument(0, "index", True) is True
        names = (["Index"] if with_index else []) + [name for name in self.columns if name.isidentifier()]
        if len(names) != len(self.columns) + with_index:
            return no(machine, call, "columns that are no names")
        cls = records.named_tuple_class(machine, "Pandas", names, [], call)
        return LazyItems(
            [
                NamedTupleValue.of(cls, tuple(names), [*([at] if with_index else []), *row])
                for at, row in enumerate(self.rows)
            ]
        )


def _guarded(machine: Machine, call: Call, function: Callable[[Call], Any]) -> Any:
    """What a method gives; unknown where its arguments are not what it takes."""
    if any(is_symbolic(value) for value in (*call.args, *call.kwargs.values())):
        return no(machine, call)
    machine.charge(200)
    try:
        found = function(call)
    except (TypeError, ValueError, IndexError, AttributeError):
        return no(machine, call, "the arguments are not evaluated")
    return no(machine, call, "the option is not evaluated") if found is MISSING else found


def typed(texts: list[str]) -> list[Any]:
    """The values of a column as pandas reads them: numbers and truth values where all are, missing ones NaN."""
    present = [text for text in texts if text not in _MISSING_TEXTS]
    complete = len(present) == len(texts)
    for convert in (_integer if complete else float, float):
        try:
            found: list[Any] = [convert(text) if text not in _MISSING_TEXTS else math.nan for text in texts]
        except ValueError:
            continue
        return found
    if complete and present and all(text in ("True", "False", "TRUE", "FALSE", "true", "false") for text in present):
        return [text.lower() == "true" for text in texts]
    return [text if text not in _MISSING_TEXTS else math.nan for text in texts]


def _integer(text: str) -> int:
    if len(text) > 20 or "_" in text:
        raise ValueError(text)
    return int(text)


def _read_csv(machine: Machine, call: Call) -> Any:
    source = call.argument(0, "filepath_or_buffer")
    if call.kwargs.keys() - _READ_OPTIONS - {"filepath_or_buffer"} or len(call.args) > 1:
        return no(machine, call, "an option of `read_csv` is not evaluated")
    text = source.text if isinstance(source, files.TextFile) else source
    if isinstance(source, (str, PurePath)) or is_symbolic(source):
        text = files.read(machine, source, call)
    if not isinstance(text, str):
        return text if is_symbolic(text) else no(machine, call)
    separator = call.kwargs.get("sep", call.kwargs.get("delimiter", ","))
    if not isinstance(separator, str) or len(separator) != 1 or call.kwargs.get("header", 0) not in (0, "infer"):
        return no(machine, call, "an option of `read_csv` is not evaluated")
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    comment = call.kwargs.get("comment")
    if isinstance(comment, str) and comment:
        lines = [line.split(comment)[0] for line in lines if line.split(comment)[0].strip()]
    rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=call.kwargs.get("skipinitialspace") is True))
    if not rows or len(rows) * len(rows[0]) > MAX_ITEMS or any(len(row) > len(rows[0]) for row in rows):
        return no(machine, call, "the table is empty, too large or irregular")
    names, *body = rows
    machine.charge(len(body) * len(names) // 10)
    body = [[*row, *[""] * (len(names) - len(row))] for row in body]
    is_text = getattr(call.kwargs.get("dtype"), "name", call.kwargs.get("dtype")) in ("str", "object", "string")
    keep = call.kwargs.get("keep_default_na", True) is False
    columns: list[list[Any]] = []
    for index in range(len(names)):
        texts = [row[index] for row in body]
        if keep:
            columns.append(texts)
        elif is_text:
            columns.append([text if text not in _MISSING_TEXTS else math.nan for text in texts])
        else:
            columns.append(typed(texts))
    table = Table(names, [list(row) for row in zip(*columns, strict=True)])
    wanted = call.kwargs.get("usecols")
    if wanted is None:
        return table
    return table.item([name for name in names if name in wanted]) if isinstance(wanted, (list, tuple, set)) else table


def _unique(machine: Machine, call: Call) -> Any:
    value = call.args[0]
    return Column("", list(dict.fromkeys(value.values))) if isinstance(value, Column) else no(machine, call)


def _is_na(machine: Machine, call: Call) -> Any:
    value = call.args[0]
    return no(machine, call) if is_symbolic(value) or isinstance(value, AirflowObject) else _is_missing(value)


def _not_na(machine: Machine, call: Call) -> Any:
    known = _is_na(machine, call)
    return known if is_symbolic(known) else not known


CALLS: dict[str, Callable[[Machine, Call], Any]] = {
    "pandas.read_csv": _read_csv,
    "pandas.unique": _unique,
    "pandas.isna": _is_na,
    "pandas.isnull": _is_na,
    "pandas.notna": _not_na,
    "pandas.notnull": _not_na,
}
"""By canonical path."""
