"""Columns of tables, and the columns that they are computed from: a module `columns` of constants for each DAG.

Comes in: outputs whose columns the SQL shows. Goes out: constants, and metadata that names them. The schema is known before a run, so it is the
asset's own metadata; Dagster shows the lineage of columns with each materialization, so a run reports it where the node's code is ours.
"""

from __future__ import annotations

from migrator.codegen.python.module import Module
from migrator.codegen.python.naming import identifier
from migrator.codegen.python.serialize import text_literal
from migrator.codegen.render.dag import DagCode, key_literal
from migrator.model.assets import AssetKey
from migrator.model.plan import AssetOut

SCHEMA, LINEAGE = "dagster/column_schema", "dagster/column_lineage"
UNKNOWN_TYPE = "?"
"""As dagster-dbt shows a type that is not known."""


def column_schema(dag: DagCode, output: AssetOut, module: Module) -> str:
    """The name, usable in `module`, of the table's schema; empty where its columns are not known."""
    if not output.columns:
        return ""
    names = ", ".join(map(text_literal, output.columns))
    text = f"dg.TableSchema([dg.TableColumn(name, type={text_literal(UNKNOWN_TYPE)}) for name in [{names}]])"
    return _constant(dag, module, output, "schema", text)


def column_lineage(dag: DagCode, output: AssetOut, module: Module) -> str:
    """The name, usable in `module`, of what the table's columns are computed from; empty where that is not known."""
    if not output.column_lineage:
        return ""
    columns = dag.module("columns")
    order = {column: place for place, column in enumerate(output.columns)}
    rows = []
    for column, sources in sorted(output.column_lineage, key=lambda row: order.get(row[0], len(order))):
        deps = [f"dg.TableColumnDep({_key(columns, key)}, {text_literal(source)})" for key, source in sources]
        rows.append(f"{text_literal(column)}: [{', '.join(deps)}]")
    return _constant(dag, module, output, "lineage", f"dg.TableColumnLineage({{{', '.join(rows)}}})")


def column_entries(dag: DagCode, output: AssetOut, module: Module, *, at_run: bool = False) -> dict[str, str]:
    """Entries of the asset's metadata; without the lineage where a run reports it (`at_run`)."""
    entries = {SCHEMA: column_schema(dag, output, module)}
    if not at_run:
        entries[LINEAGE] = column_lineage(dag, output, module)
    return {name: text for name, text in entries.items() if text}


def _constant(dag: DagCode, module: Module, output: AssetOut, what: str, text: str) -> str:
    """Defines a constant once; its name in `module`."""
    columns = dag.module("columns")
    columns.docstring = "Columns of the tables, and what they are computed from."
    columns.need(["import dagster as dg"])
    name = f"{identifier(output.key[-1])}_{what}".upper()
    other = f"{identifier('_'.join(output.key))}_{what}".upper()
    line, longer = f"{name} = {text}", f"{other} = {text}"
    if line not in columns.setup and name in columns.taken:
        name, line = other, longer
    if line not in columns.setup:
        columns.taken.add(name)
        columns.setup = sorted([*columns.setup, line], key=_place)
    module.need([f"from {columns.name} import {name}"])
    return name


def _key(columns: Module, key: AssetKey) -> str:
    """The name of a constant that holds the key."""
    for name in (identifier(key[-1]), identifier("_".join(key))):
        line = f"{name.upper()} = dg.AssetKey({key_literal(key)})"
        if line in columns.setup:
            return name.upper()
        if name.upper() not in columns.taken:
            columns.taken.add(name.upper())
            columns.setup = sorted([*columns.setup, line], key=_place)
            return name.upper()
    return f"dg.AssetKey({key_literal(key)})"


def _place(line: str) -> tuple[bool, str]:
    """Keys first, then the tables by their names."""
    return "= dg.AssetKey(" not in line, line
