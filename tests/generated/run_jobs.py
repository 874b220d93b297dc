"""Runs inside a generated project: executes jobs in one process, one after the other.

    python run_jobs.py PACKAGE JOB[@PARTITION] ...

DAGSTER_HOME is the instance that hands values from run to run. Ends with 1 when a run fails.
"""

from __future__ import annotations

import importlib
import sys

import dagster as dg


def main() -> None:
    package, *runs = sys.argv[1:]
    definitions = importlib.import_module(f"{package}.definitions").defs()
    instance = dg.DagsterInstance.get()
    for run in runs:
        name, _, partition = run.partition("@")
        job = definitions.resolve_job_def(name)
        result = job.execute_in_process(instance=instance, partition_key=partition or None, raise_on_error=False)
        failed = [event.step_key for event in result.all_events if event.is_step_failure]
        print(f"{run}: {'ok' if result.success else f'failed in {failed}'}", flush=True)
        if not result.success:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
