"""Values that cross between Airflow and Dagster in a run that a proxied task launched: an IO manager around Dagster's own.

An input whose value a task made in Airflow comes with the run's configuration: `{"resources": {"io_manager": {"config": {"values": {"asset/key": 3}}}}}`;
one whose task made none there is named by `without_value`, as nothing of an earlier run may stand in for it.
What an asset or op returns is also put, as JSON, into the metadata `airflow/xcom` of its output, where the task in Airflow finds what it
has to give to those after it. Outside of such runs nothing is added and nothing is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import dagster as dg
from pydantic import Field

LAUNCHED = "dagster-airlift/airflow-task-id"
"""Tag of the runs that proxied tasks launch."""
XCOM = "airflow/xcom"
PROBLEM = "airflow/xcom_problem"
LIMIT = 200_000
"""Characters of JSON that are handed over at most; larger data belongs into a file or table."""


class AirflowValues(dg.ConfigurableIOManagerFactory[dg.IOManager]):
    """The IO manager of a project while some of its DAGs' tasks still run in Airflow; it keeps values in files, as Dagster's own does."""

    values: dict[str, Any] = Field(
        default_factory=dict, description="What tasks that run in Airflow made, by asset key (`a/b`)."
    )
    without_value: list[str] = Field(
        default_factory=list, description="The assets (`a/b`) of whose tasks in Airflow there is no value."
    )

    def create_io_manager(self, context: dg.InitResourceContext) -> dg.IOManager:
        values = {**self.values, **dict.fromkeys(self.without_value)}
        return _Values(values, dg.FilesystemIOManager().create_io_manager(context))


class _Values(dg.IOManager):
    def __init__(self, values: Mapping[str, Any], store: dg.IOManager) -> None:
        self._values, self._store = values, store

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        self._store.handle_output(context, obj)
        if LAUNCHED in context.step_context.run_tags:
            context.add_output_metadata(_metadata(obj))

    def load_input(self, context: dg.InputContext) -> Any:
        if context.has_asset_key:
            key = context.asset_key.to_user_string()
            if key in self._values:
                return self._values[key]
        return self._store.load_input(context)


def _metadata(value: Any) -> dict[str, dg.MetadataValue]:
    try:
        text = json.dumps(value)
    except (TypeError, ValueError) as error:
        return {PROBLEM: dg.MetadataValue.text(f"a {type(value).__name__} is not JSON: {error}"[:500])}
    if len(text) > LIMIT:
        return {PROBLEM: dg.MetadataValue.text(f"{len(text)} characters of JSON are more than {LIMIT}")}
    return {XCOM: dg.MetadataValue.json({"value": json.loads(text)})}
