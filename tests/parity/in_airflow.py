"""Runs inside an Airflow environment: runs the cases' DAGs for real and writes what came of it as JSON.

    AIRFLOW_PYTHON in_airflow.py PLAN.json FACTS.json

PLAN: ``{"cases": {name: {"folder": DAG folder, "root": scratch folder, "environment": {...}, "runs": [{"dag_id", "logical_date", "conf"}]}}}``. Each
run is made in this process with ``dag.test()``; runs that its tasks trigger follow right after it, as a scheduler would start them.
FACTS: per case the runs with their states, the states of their tasks, and the XComs that these left.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
import traceback
import types
from datetime import datetime, timedelta
from pathlib import Path


def load(folder: Path):
    """The DagBag of the folder, in Airflow 3 or 2."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag

        return DagBag(dag_folder=str(folder), include_examples=False)
    return DagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")


def store(bag) -> None:
    """Makes the DAGs known to Airflow's database, which triggers look them up in."""
    try:
        from airflow.dag_processing.dagbag import sync_bag_to_db
    except ImportError:
        bag.sync_to_db()
        return
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session

    with create_session() as session:
        if session.get(DagBundleModel, "dags-folder") is None:
            session.add(DagBundleModel(name="dags-folder"))
    sync_bag_to_db(bag, "dags-folder", None)


def run_as_scheduled() -> None:
    """Gives a run that `dag.test` makes the data interval that starts at its logical date, as the scheduler would.

    `dag.test` makes a manual run: its interval is the last one that is over at the logical date, whatever that is.
    """
    from airflow.timetables.base import DataInterval
    from airflow.timetables.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
    from airflow.timetables.trigger import CronTriggerTimetable

    def interval(timetable, *, run_after):
        return DataInterval(start=run_after, end=timetable._get_next(run_after))

    def fixed_interval(timetable, *, run_after):
        length = timetable._interval
        # pendulum's durations, too, are mere seconds where the scheduler reads them from Airflow's database.
        length = timedelta(seconds=length.total_seconds()) if isinstance(length, timedelta) else length
        return DataInterval(start=run_after, end=run_after + length)

    for timetable in (CronDataIntervalTimetable, DeltaDataIntervalTimetable):
        timetable.infer_manual_data_interval = interval
    CronTriggerTimetable.infer_manual_data_interval = fixed_interval


def test_run(dag, logical_date, conf):
    try:
        from airflow.sdk import DAG  # noqa: F401
    except ImportError:
        if type(dag.timetable).__name__ == "NullTimetable":
            # What no schedule starts was started by someone, which `dag.test` does not tell the run.
            dag.create_dagrun = functools.partial(dag.create_dagrun, external_trigger=True)
        return dag.test(execution_date=logical_date, run_conf=conf)
    return dag.test(logical_date=logical_date, run_conf=conf)


def triggered():
    """The runs that wait to be started, oldest first; they are taken out of Airflow's database."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        waiting = session.query(DagRun).filter(DagRun.state == "queued").order_by(DagRun.id).all()
        found = [
            (
                run.dag_id,
                getattr(run, "logical_date", None) or getattr(run, "execution_date", None),
                run.conf,
                run.run_id,
                getattr(run, "partition_key", None),
            )
            for run in waiting
        ]
        for run in waiting:
            if getattr(run, "partition_key", None):
                # What it follows from would go with it.
                run.state = "success"
            else:
                session.delete(run)
    return found


def start_by_assets() -> None:
    """Gives the runs that are started in the place of assets the events that start them, as the scheduler would: those since the last such run."""
    try:
        from airflow.models.asset import AssetEvent as Event
        from airflow.models.asset import DagScheduleAssetReference as Reference
        from airflow.models.asset import association_table
    except ImportError:
        from airflow.models.dataset import DagScheduleDatasetReference as Reference
        from airflow.models.dataset import DatasetEvent as Event
        from airflow.models.dataset import association_table
    from airflow.models.dagrun import DagRun
    from sqlalchemy import event, insert, select

    asset_of, starts = [getattr(kind, "asset_id", None) or kind.dataset_id for kind in (Event, Reference)]
    seen: dict[str, int] = {}

    @event.listens_for(DagRun, "after_insert")
    def consume(_, connection, run):
        if run.dag_id not in AWAITED:
            return
        of_dag = select(starts).where(Reference.dag_id == run.dag_id)
        new = select(Event.id).where(asset_of.in_(of_dag), Event.id > seen.get(run.dag_id, 0))
        for number in sorted(connection.execute(new).scalars()):
            connection.execute(insert(association_table).values(dag_run_id=run.id, event_id=number))
            seen[run.dag_id] = number


AWAITED: set[str] = set()
"""The DAGs whose next run stands for one that assets start."""


def with_partition_keys() -> None:
    """Gives the next run the partition key that it is for (Airflow 3.2 and later)."""
    from airflow.models.dagrun import DagRun
    from sqlalchemy import event

    @event.listens_for(DagRun, "before_insert")
    def give(_, connection, run):
        if KEYS and run.partition_key is None:
            run.partition_key = KEYS.pop()


KEYS: list[str] = []
"""The partition key of the next run, where it has one."""


def make_runs_of_partitions() -> None:
    """Has the scheduler make the runs for partition keys that follow from the assets' events (Airflow 3.2 and later)."""
    try:
        from airflow.models.asset import AssetPartitionDagRun  # noqa: F401
    except ImportError:
        return
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
    from airflow.utils.session import create_session

    with create_session() as session:
        SchedulerJobRunner(job=Job())._create_dagruns_for_partitioned_asset_dags(session)


def switch_on(bag) -> None:
    """Only DAGs that are not paused are started for partitions."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        for dag_id, dag in bag.dags.items():
            if type(dag.timetable).__name__ == "PartitionedAssetTimetable":
                session.get(DagModel, dag_id).is_paused = False


def while_waiting(make_runs) -> None:
    """Has `make_runs` called in the place of the pauses of a task that waits for a run, as a scheduler would make it meanwhile (Airflow 3)."""
    try:
        from airflow.sdk.execution_time import task_runner
    except ImportError:
        return
    task_runner.time = types.SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: make_runs())


def note_end(dag_id, run_id, state) -> None:
    """Says in Airflow's database how a run ended that was taken out of it and made under another id."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        found = session.query(DagRun).filter(DagRun.dag_id == dag_id, DagRun.run_id == run_id).all()
        if not found:
            session.add(DagRun(dag_id=dag_id, run_id=run_id, run_type="manual", state=state))


def text(state) -> str:
    return str(getattr(state, "value", state))


def describe(run) -> dict:
    tasks = {}
    for ti in run.get_task_instances():
        name = ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"
        tasks[name] = text(ti.state)
    return {"state": text(run.state), "tasks": dict(sorted(tasks.items())), "xcoms": xcoms(run)}


def xcoms(run) -> dict:
    """What the run's tasks handed over, by task and key; only what JSON can hold."""
    try:
        from airflow.models.xcom import XComModel as XCom
    except ImportError:
        from airflow.models.xcom import XCom
    from airflow.utils.session import create_session

    found = {}
    with create_session() as session:
        for row in session.query(XCom).filter(XCom.dag_id == run.dag_id, XCom.run_id == run.run_id).all():
            if row.key == "skipmixin_key":  # Airflow's own note of what a branch chose, in the order of a set
                continue
            if row.key.startswith("_link_"):  # an operator's link in Airflow's user interface
                continue
            name = row.task_id if row.map_index < 0 else f"{row.task_id}[{row.map_index}]"
            found[f"{name}:{row.key}"] = plain(row.value)
    return dict(sorted(found.items()))


def plain(value):
    """A stored value as it was pushed."""
    return without_tuples(json.loads(value) if isinstance(value, bytes) else value)


def without_tuples(value):
    """A value with lists in the place of the tuples in it."""
    if isinstance(value, dict):
        is_tuple = value.get("__classname__") == "builtins.tuple"
        return without_tuples(value["__data__"]) if is_tuple else {key: without_tuples(v) for key, v in value.items()}
    return [without_tuples(one) for one in value] if isinstance(value, list) else value


def run_case(case: dict) -> dict:
    os.environ.update(case["environment"])
    os.chdir(case["root"])
    sys.path.insert(0, case["folder"])  # as Airflow does it for the DAG folder
    try:
        return run_dags(case)
    finally:
        sys.path.remove(case["folder"])
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(case["folder"]):
                del sys.modules[name]


def run_dags(case: dict) -> dict:
    bag = load(Path(case["folder"]))
    if bag.import_errors:
        return {"error": json.dumps(bag.import_errors), "runs": []}
    store(bag)
    switch_on(bag)
    facts: dict = {"error": "", "runs": []}

    def run(dag_id, moment, conf, key=None, **told):
        KEYS[:] = [key] if key else []
        outcome = {"dag_id": dag_id, "conf": conf or {}, **told}
        try:
            outcome |= describe(test_run(bag.dags[dag_id], moment, conf or None))
        except Exception:
            outcome["error"] = traceback.format_exc()
        facts["runs"].append(outcome)
        return outcome

    def run_triggered():
        for dag_id, logical_date, conf, run_id, key in triggered():
            outcome = run(dag_id, logical_date, conf, key, triggered=True)
            note_end(dag_id, run_id, outcome.get("state", "failed"))

    while_waiting(run_triggered)
    for entry in case["runs"]:
        date = entry.get("logical_date")
        AWAITED.clear()
        AWAITED.update([entry["dag_id"]] if entry.get("awaited") else [])
        moment = datetime.fromisoformat(date) if date else None
        waiting = [(entry["dag_id"], moment, entry.get("conf"), "", entry.get("partition"))]
        first = True
        while waiting:
            dag_id, logical_date, conf, _, key = waiting.pop(0)
            seen = first or dag_id in {done["dag_id"] for done in facts["runs"]}
            run(dag_id, logical_date, conf, key, triggered=not first, **({"logical_date": date} if seen else {}))
            first = False
            if conf:  # `dag.test` leaves it in the DAG's params, where the next run would find it
                bag = load(Path(case["folder"]))
            make_runs_of_partitions()
            waiting += triggered()
    return facts


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    from airflow import __version__
    from airflow.utils.db import initdb

    initdb()
    run_as_scheduled()
    start_by_assets()
    with_partition_keys()
    facts = {}
    for name, case in plan["cases"].items():
        print(f"--- {name}", flush=True)
        facts[name] = {"airflow": __version__, **run_case(case)}
        Path(sys.argv[2]).write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
