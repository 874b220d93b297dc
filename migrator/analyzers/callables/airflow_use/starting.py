"""Code that starts runs of other DAGs by itself (`trigger_dag`, or the method of Airflow's local client of that name).

In: an expression. Out: whether it is such a function.
"""

from __future__ import annotations

import libcst as cst

from migrator.analyzers.callables.source.modules import ModuleInfo

STARTS = "start_run"
"""The member of a DAG that stands for the function: Airflow has none of that name."""
NAME = "trigger_dag"
"""What Airflow calls it."""
_FUNCTIONS = ("airflow.api.common.trigger_dag.trigger_dag", "airflow.api.common.experimental.trigger_dag.trigger_dag")
_CLIENT = "airflow.api.client.local_client.Client"


def is_start(module: ModuleInfo, node: cst.CSTNode) -> bool:
    """Whether an expression is the function by which code starts a run."""
    if type(node) is cst.Attribute and type(node.value) is cst.Call:
        return node.attr.value == NAME and module.qualified(node.value.func) == _CLIENT
    return type(node) in (cst.Name, cst.Attribute) and module.qualified(node) in _FUNCTIONS
