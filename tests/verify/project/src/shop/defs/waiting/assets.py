import dagster as dg

TAGS = {"airflow/dag_id": "waiting"}


@dg.asset(tags=TAGS, deps=["report_table"], metadata={"airflow/task_id": "summarize"})
def summary() -> None: ...


waiting = dg.define_asset_job("waiting", selection=dg.AssetSelection.assets("summary"), tags=TAGS)
