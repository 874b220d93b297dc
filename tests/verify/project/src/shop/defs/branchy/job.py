import dagster as dg

TAGS = {"airflow/dag_id": "branchy"}


@dg.op(
    out={"full": dg.Out(dg.Nothing, is_required=False), "delta": dg.Out(dg.Nothing, is_required=False)},
    tags={"airflow/task_id": "choose"},
)
def choose():
    yield dg.Output(None, "full")


@dg.op(ins={"start": dg.In(dg.Nothing)}, tags={"airflow/task_id": "load.full"})
def load_full() -> None: ...


@dg.op(ins={"start": dg.In(dg.Nothing)}, tags={"airflow/task_id": "load.delta"})
def load_delta() -> None: ...


@dg.op(ins={"after": dg.In(dg.Nothing)}, tags={"airflow/task_id": "report"})
def report() -> None: ...


@dg.job(tags=TAGS)
def branchy() -> None:
    full, delta = choose()
    report([load_full(full), load_delta(delta)])


@dg.run_status_sensor(
    name="branchy_starts_etl",
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[branchy],
    request_jobs=[],
    tags=TAGS,
    metadata={"airflow/task_id": "start_etl"},
)
def branchy_starts_etl() -> None: ...


report_table = dg.AssetSpec("report_table", tags=TAGS, metadata={"airflow/task_id": "report"})
