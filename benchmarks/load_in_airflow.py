"""Loads a folder as Airflow does and prints how long it took as JSON; run by the Python of an Airflow environment."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time


def main(folder: str) -> None:
    os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp()
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = folder
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
    sys.path.append(folder)
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag

    wall, cpu = time.perf_counter(), time.process_time()
    bag = DagBag(folder)
    print(
        json.dumps(
            {
                "wall": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "dags": len(bag.dags),
                "errors": len(bag.import_errors),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
