"""Short circuits, skip and fail exceptions, alert by one_failed, cleanup by all_done."""

import logging
import os
from datetime import datetime
from pathlib import Path

from airflow.exceptions import AirflowFailException, AirflowSkipException
from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG

logger = logging.getLogger(__name__)
DATA_DIR = Path(os.environ.get("DATA_DIR", "/tmp/data"))


class Loader:
    def __init__(self, base: Path):
        self.base = base

    def load(self, ds, **kwargs):
        if ds == "2024-01-03":
            raise AirflowSkipException("holiday")
        if ds == "2024-01-04":
            raise AirflowFailException("broken file")
        (self.base / f"loaded_{ds}").write_text(ds)
        logger.info("loaded %s", ds)
        return {"rows": int(ds[-2:])}

    def enrich(self, ti, ds):
        rows = ti.xcom_pull(task_ids="load")["rows"]
        (self.base / f"enriched_{ds}").write_text(str(rows))


loader = Loader(DATA_DIR)


def has_source(ds):
    return ds != "2024-01-02"


def touch(what, ds):
    (DATA_DIR / f"{what}_{ds}").touch()


with DAG(
    dag_id="quality_gate",
    schedule="@daily",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"retries": 0},
) as dag:
    gate = ShortCircuitOperator(task_id="has_source", python_callable=has_source, ignore_downstream_trigger_rules=False)
    load = PythonOperator(task_id="load", python_callable=loader.load)
    enrich = PythonOperator(task_id="enrich", python_callable=loader.enrich)
    alert = PythonOperator(task_id="alert", python_callable=touch, op_args=["alert"], trigger_rule="one_failed")
    cleanup = PythonOperator(
        task_id="cleanup", python_callable=touch, op_kwargs={"what": "cleanup"}, trigger_rule="all_done"
    )
    final = PythonOperator(task_id="final", python_callable=touch, op_args=["final"], trigger_rule="none_failed")
    gate >> load >> enrich
    enrich >> [alert, cleanup]
    enrich >> final
