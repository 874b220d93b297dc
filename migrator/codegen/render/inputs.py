"""What the function of an asset or check takes from others: the values of its parameters, and what it only comes after.

Dagster calls each of them an input of the step. It makes up a name for what has none, out of the asset's key: two inputs that are called the same
become one in silence, or do not load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from migrator.codegen.python.annotations import is_safe
from migrator.codegen.python.naming import unique
from migrator.codegen.python.serialize import text_literal
from migrator.codegen.render.dag import DagCode, key_literal
from migrator.codegen.render.function import Function
from migrator.model.assets import AssetKey
from migrator.model.plan import CreateAsset, CreateCheck, Input


def merely_before(operation: CreateAsset | CreateCheck) -> list[AssetKey]:
    """The assets that it comes after, and takes no value of."""
    own = {output.key for output in operation.outputs} if isinstance(operation, CreateAsset) else {operation.asset}
    taken = own | {given.asset for given in operation.inputs}
    return [key for key in operation.deps if key not in taken]


def made_up_name(key: AssetKey) -> str:
    """How Dagster calls the input of an asset that a step only depends on.

    >>> made_up_name(("shop", "daily-orders.csv"))
    'shop_daily_orders_csv'
    """
    return "_".join(key).replace("-", "_").replace(".", "_")


def names_before(dag: DagCode, check: CreateCheck) -> frozenset[str]:
    """What no parameter of a check may be called, as something without a value is that comes before it; in a factory, or one of its rows."""
    names: set[str] = set()
    for row in dag.rows_with(check):
        keys = merely_before(row)
        if all(given.asset != row.asset for given in row.inputs):
            keys.append(row.asset)
        names.update(made_up_name(key) for key in keys)
    return frozenset(names)


def upstream_arguments(dag: DagCode, operation: CreateAsset, function: Function) -> list[tuple[str, str]]:
    """The arguments `ins` and `deps` of an asset; what Dagster would call as it calls another of its inputs has a name in `ins`."""
    beside = dag.assets if dag.rows_agree(operation, "inputs") else {}
    rows = _input_rows(operation.inputs, function, operation.partitioned, beside)
    deps, names = [], {*function.inputs}
    for key in merely_before(operation):
        name = made_up_name(key)
        if name in names:
            mapping = dag.partition_mapping(key, operation.partitioned)
            more = f", partition_mapping={mapping}" if mapping else ""
            name = unique(f"after_{name}", names)
            rows.append(f"{text_literal(name)}: dg.AssetIn({key_literal(key)}, dagster_type=dg.Nothing{more})")
        else:
            deps.append(key)
        names.add(name)
    arguments = [("ins", f"{{{', '.join(rows)}}}")] if rows else []
    if deps:
        arguments.append(("deps", dag.upstream(deps, operation.partitioned)))
    return arguments


def input_arguments(
    inputs: Iterable[Input], function: Function, partitioned: bool, name: str = "ins"
) -> list[tuple[str, str]]:
    """The `ins` argument: where the values of the parameters come from."""
    rows = _input_rows(inputs, function, partitioned)
    return [(name, f"{{{', '.join(rows)}}}")] if rows else []


def _input_rows(
    inputs: Iterable[Input],
    function: Function,
    partitioned: bool,
    beside: Mapping[AssetKey, str] = MappingProxyType({}),
) -> list[str]:
    """The entries of `ins`. What makes an asset `beside` the function, in its module, is named."""
    rows = []
    for given in inputs:
        if given.asset is None:
            continue
        parameter = function.renamed.get(given.parameter, given.parameter)
        annotation = function.inputs.get(parameter, "")
        loose = ", dagster_type=dg.Any" if annotation and not is_safe(annotation) else ""
        mapping = function.dag.partition_mapping(given.asset, partitioned)
        loose += f", partition_mapping={mapping}" if mapping else ""
        if given.asset == (parameter,) and not loose:
            continue
        maker = beside.get(given.asset)
        key = f"{maker}.key" if maker else key_literal(given.asset)
        rows.append(f"{text_literal(parameter)}: dg.AssetIn({key}{loose})")
    return rows
