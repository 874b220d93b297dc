from __future__ import annotations

from airflow.sdk import TriggerRule, task


@task(trigger_rule=TriggerRule.ONE_FAILED, retries=0)
def watcher():
    """Fails when a task upstream failed, so that the run of the DAG fails too."""
    raise RuntimeError("a task upstream failed")
