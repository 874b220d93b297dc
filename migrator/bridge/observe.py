"""Definitions that show an Airflow 2 instance in Dagster: an asset per DAG, and a sensor that asks Airflow what succeeded.

The assets that tasks make in Airflow stand elsewhere in the code location: the sensor finds them, when it runs, by the metadata
`dagster-airlift/task-mapping` that they carry. So nothing but the server's version is asked for while the project loads, a mapping to a
task that Airflow does not have (any more) is never reported instead of an error, and an Airflow that is down
costs a failed tick and no more.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Mapping, Sequence

import dagster as dg
import requests
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType
from dagster_airlift.constants import PEERED_DAG_MAPPING_METADATA_KEY
from dagster_airlift.core import build_airflow_polling_sensor

from migrator.bridge.events import partitioned_events
from migrator.bridge.instance import Airflow2, BasicAuth

INSTANCE = "airflow"
"""Prefix of the assets that stand for DAGs."""

PROBE_TIMEOUT = 5.0
"""Seconds to wait for the server's version while the project loads."""

log = logging.getLogger(__name__)


def airflow_definitions(
    dags: Mapping[str, Sequence[Sequence[str]]], environment: Mapping[str, str] = os.environ
) -> dg.Definitions:
    """Observes the DAGs whose ids are given, each with the keys of the assets that come last in it.

    Reads AIRFLOW_URL, AIRFLOW_USERNAME and AIRFLOW_PASSWORD. Gives no definitions, and logs why, where no URL is set or the server is
    one that cannot be observed; never raises because of the server.
    """
    url = environment.get("AIRFLOW_URL", "").rstrip("/")
    if not url:
        return dg.Definitions()
    problem = None if _in_a_run() else why_not(url)
    if problem:
        log.warning("Airflow at %s is not observed: %s", url, problem)
        return dg.Definitions()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        login = BasicAuth(url, environment.get("AIRFLOW_USERNAME", ""), environment.get("AIRFLOW_PASSWORD", ""))
        sensor = build_airflow_polling_sensor(
            mapped_assets=[],
            airflow_instance=Airflow2(login, INSTANCE),
            event_transformer_fn=partitioned_events,
        )
    return dg.Definitions(assets=[dag_asset(url, dag_id, keys) for dag_id, keys in dags.items()], sensors=[sensor])


def why_not(url: str) -> str | None:
    """Why the server cannot be observed; None if it can, or if it cannot be reached now but may be later."""
    try:
        answer = requests.get(f"{url}/api/v2/version", timeout=PROBE_TIMEOUT)
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
        log.warning("Airflow at %s does not answer now (%s); the sensor goes on trying", url, type(error).__name__)
        return None
    except requests.exceptions.RequestException as error:
        return f"AIRFLOW_URL cannot be used: {error}"
    if answer.status_code == requests.codes.ok:
        return "it is Airflow 3, which this version cannot observe yet; only Airflow 2 can be observed"
    return None


def dag_asset(url: str, dag_id: str, last_keys: Sequence[Sequence[str]]) -> dg.AssetSpec:
    """The asset that stands for a DAG: materialized whenever a run of it succeeds."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", dag_id)
    return dg.AssetSpec(
        [INSTANCE, "dag", name],
        deps=[dg.AssetKey(list(key)) for key in last_keys],
        description=f"The DAG `{dag_id}` in Airflow. A materialization is a successful run of it.",
        metadata={
            PEERED_DAG_MAPPING_METADATA_KEY: [{"dag_id": dag_id}],
            "Dag ID": dag_id,
            "Link to DAG": dg.MetadataValue.url(f"{url}/dags/{dag_id}"),
        },
        group_name=INSTANCE,
        kinds={"airflow", "dag"},
        tags={"airflow/dag_id": re.sub(r"[^A-Za-z0-9_.-]", "_", dag_id)[:63]},
    )


def _in_a_run() -> bool:
    """Whether the project is loaded to execute a run of it: then there is no sensor to serve, and no time to lose."""
    return DefinitionsLoadContext.get().load_type is DefinitionsLoadType.RECONSTRUCTION
