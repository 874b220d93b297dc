import dagster as dg

from shop.defs.etl.assets import TAGS

etl = dg.define_asset_job("etl", selection=dg.AssetSelection.assets("raw_orders", "domestic", "abroad"), tags=TAGS)

etl_schedule = dg.build_schedule_from_partitioned_job(etl, tags=TAGS)


@dg.sensor(job=etl, tags=TAGS, metadata={"airflow/task_id": "wait_for_file"})
def etl_files() -> dg.SkipReason:
    return dg.SkipReason("no file")
