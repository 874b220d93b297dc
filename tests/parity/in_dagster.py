"""Runs generated projects in Dagster, for the dates that Airflow ran their DAGs for, and writes what came of it as JSON.

    python -m tests.parity.in_dagster PLAN.json FACTS.json [HOME]

PLAN is that of `in_airflow`, with the generated project in `folder`, its package in `package` and the job of each DAG in `jobs`. A run of a DAG is
a run of its job: for the partition whose key is what `ds` was, or with the logical date as a tag where the job has no partitions, as the
bridge does it. After each run all sensors are asked once, in the daemon's place, and the runs that they request are made.

Runs are made in this process. With HOME, the folder of a Dagster instance, they are made as `dg launch` makes them: by the job's own executor,
each step in a process of its own.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._utils.schedules import schedule_execution_time_iterator
from dagster.components.core import load_defs, package_entry, snapshot

from migrator.verify.quick_databases import make_quick

_LIBRARIES = frozenset(sys.modules)

_OWN_ENVIRONMENT = dict(os.environ)
"""What all cases find in the environment; nothing of a case is left for the next one."""


def main() -> None:
    _do_once_what_all_cases_share()
    plan = json.loads(Path(sys.argv[1]).read_text())
    kind: type[_Case] = _Case
    if len(sys.argv) > 3:
        _OWN_ENVIRONMENT["DAGSTER_HOME"] = sys.argv[3]
        kind = _CaseInProcesses
    facts = {}
    for name, case in plan["cases"].items():
        try:
            facts[name] = kind(case).run()
        except BaseException:
            facts[name] = {"error": traceback.format_exc(), "runs": []}
        finally:
            _forget(str(Path(case["folder"], "src")))
        Path(sys.argv[2]).write_text(json.dumps(facts))


def _do_once_what_all_cases_share() -> None:
    """Lets Dagster look for its own kinds of components and describe them once, not for each project, and be quick with databases in memory.

    What is imported stays: without it, looking for garbage takes a tenth of the time.
    """
    snapshot.get_package_entry_snap = functools.cache(snapshot.get_package_entry_snap)
    package_entry.discover_entry_point_package_objects = functools.cache(
        package_entry.discover_entry_point_package_objects
    )
    load_defs.json_for_all_components = _once(load_defs.json_for_all_components)
    # An instance in memory knows its partitions as well as one on disk.
    loader = property(lambda context: context.instance)
    dg.SensorEvaluationContext.caching_dynamic_partitions_loader = loader  # type: ignore[assignment,method-assign]
    make_quick()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _once(describe: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    """What was said of the same objects is said of them again."""
    said: dict[tuple[int, ...], tuple[list[Any], Any]] = {}

    def describe_once(objects: list[Any]) -> Any:
        key = tuple(map(id, objects))
        if key not in said:
            said[key] = (objects, describe(objects))
        return said[key][1]

    return describe_once


def _forget(folder: str) -> None:
    """Unloads a project's modules: another one may have packages of the same names."""
    sys.path[:] = [path for path in sys.path if path != folder]
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(folder):
            del sys.modules[name]


class _Case:
    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        os.environ.clear()
        os.environ.update(_OWN_ENVIRONMENT | case["environment"])
        os.chdir(case["root"])
        sys.path.insert(0, str(Path(case["folder"], "src")))
        definitions = importlib.import_module(f"{case['package']}.definitions").defs
        self.definitions: dg.Definitions = definitions if isinstance(definitions, dg.Definitions) else definitions()
        self.repository = self.definitions.get_repository_def()
        self.instance = self._instance()
        self.cursors: dict[str, str | None] = {}
        self.runs: list[dict[str, Any]] = []
        self.asked: set[tuple[str, str]] = set()
        """The run keys for which each sensor asked for a run: for each there is one run only."""
        self.now = min(_dates_of(case), default=None)
        """The time for sensors that wait for something: soon after the last run was due."""
        self._while_waiting()

    def _while_waiting(self) -> None:
        """Lets sensors start the runs that a step waits for, in the place of its pauses."""
        with suppress(ImportError):
            requests = importlib.import_module(f"{self.case['package']}.run_requests")
            requests.time = types.SimpleNamespace(sleep=lambda _: self._sensors())  # type: ignore[attr-defined]

    def _instance(self) -> dg.DagsterInstance:
        return dg.DagsterInstance.ephemeral()

    def run(self) -> dict[str, Any]:
        self._sensors()
        for entry in self.case["runs"]:
            if entry.get("awaited"):
                continue  # A sensor starts it.
            job = self.case["jobs"].get(entry["dag_id"])
            if job is None or not self.repository.has_job(job):
                self.runs.append({"dag_id": entry["dag_id"], "error": "it has no job"})
                continue
            self._run_of_dag(job, entry)
            self._go_on(self.repository.get_job(job), entry)
            for _ in range(4):
                if not self._sensors():
                    break
        return {"error": "", "runs": self.runs}

    def _go_on(self, job: dg.JobDefinition, entry: Mapping[str, Any]) -> None:
        """Lets the time pass by in which a run for the date of this one was due, by any schedule of a day."""
        if not entry.get("logical_date"):
            return
        date = datetime.fromisoformat(entry["logical_date"])
        partitions = job.partitions_def
        if isinstance(partitions, dg.TimeWindowPartitionsDefinition):
            date = max(date, partitions.time_window_for_partition_key(_partition(partitions, date)).end)
        self.now = max(self.now or date, date + timedelta(days=1))

    def _run_of_dag(self, name: str, entry: dict[str, Any]) -> None:
        job = self.repository.get_job(name)
        conf, date = entry.get("conf") or {}, entry.get("logical_date")
        tags = {"airflow/conf": json.dumps(conf)} if conf else {}
        key = None
        if isinstance(job.partitions_def, dg.MultiPartitionsDefinition):
            keys = _parts(job.partitions_def, datetime.fromisoformat(date))
            parts = [self._made(name, key, tags, {}, number=number) for number, key in enumerate(keys)]
            self.runs.append(_together(parts))
            return
        if isinstance(job.partitions_def, dg.DynamicPartitionsDefinition | dg.StaticPartitionsDefinition):
            key = entry["partition"]
            if isinstance(job.partitions_def, dg.DynamicPartitionsDefinition):
                self.instance.add_dynamic_partitions(str(job.partitions_def.name), [key])
        elif job.partitions_def is not None:
            key = _partition(job.partitions_def, datetime.fromisoformat(date))
        elif date:
            tags |= {"airflow/logical_date": date, **self._scheduled(name, datetime.fromisoformat(date))}
        self._execute(name, key, tags, _run_config(job, conf))

    def _scheduled(self, name: str, date: datetime) -> dict[str, str]:
        """What the schedule of a job tells a run of the data interval that begins at a date; nothing where it tells none."""
        for schedule in self.repository.schedule_defs:
            begin, crons = date.timestamp(), schedule.cron_schedule
            ticks = schedule_execution_time_iterator(begin, crons, schedule.execution_timezone)
            for tick in islice(ticks if schedule.job_name == name else (), 50):
                context = dg.build_schedule_context(self.instance, scheduled_execution_time=tick)
                for request in schedule.evaluate_tick(context).run_requests or ():
                    told = request.tags.get("airflow/logical_date")
                    begins = told and datetime.fromisoformat(told).timestamp() == begin
                    if begins and "airflow/data_interval_end" in request.tags:
                        return dict(request.tags)
        return {}

    def _execute(
        self, name: str, key: str | None, tags: dict[str, str], config: dict[str, Any], triggered: bool = False
    ) -> None:
        self.runs.append(self._made(name, key, tags, config, triggered))

    def _made(
        self,
        name: str,
        key: str | None,
        tags: dict[str, str],
        config: dict[str, Any],
        triggered: bool = False,
        number: int = -1,
    ) -> dict[str, Any]:
        """What a run of a job left; with `number`, it is that of the copies of this number."""
        job = self.repository.get_job(name)
        with self._result(job, key, tags, config) as result:
            return {
                "dag_id": next((dag for dag, of in self.case["jobs"].items() if of == name), name),
                "triggered": triggered,
                "partition": key,
                "state": "success" if result.success else "failed",
                **_steps(job, result, self.case["assets"], number),
            }

    def _result(
        self, job: dg.JobDefinition, key: str | None, tags: dict[str, str], config: dict[str, Any]
    ) -> AbstractContextManager[Any]:
        return nullcontext(
            job.execute_in_process(
                instance=self.instance, partition_key=key, tags=tags, run_config=config, raise_on_error=False
            )
        )

    def _sensors(self) -> bool:
        """One tick of each sensor; whether there was a run."""
        ran = False
        for sensor in self.repository.sensor_defs:
            if sensor.name in self.case.get("asleep", ()) or isinstance(sensor, dg.AutomationConditionSensorDefinition):
                continue
            if sensor.name.startswith(("airflow_", "migration")):
                continue
            context = dg.build_sensor_context(
                instance=self.instance,
                cursor=self.cursors.get(sensor.name),
                repository_def=self.repository,
                sensor_name=sensor.name,
                definitions=None,
                resources=dict(self.definitions.resources or {}),
            )
            # One that stands for a task waits for what belongs to the date of a run; the others would start the next runs.
            waits = "airflow/task_id" in sensor.metadata
            with partition_loading_context(effective_dt=self.now if waits else None):
                tick = sensor.evaluate_tick(context)
            self.cursors[sensor.name] = tick.cursor
            for added in tick.dynamic_partitions_requests or ():
                if isinstance(added, dg.AddDynamicPartitionsRequest):
                    self.instance.add_dynamic_partitions(added.partitions_def_name, list(added.partition_keys))
            for request in tick.run_requests or ():
                if request.run_key is not None and (sensor.name, request.run_key) in self.asked:
                    continue
                self.asked.add((sensor.name, request.run_key or ""))
                ran = True
                name = request.job_name or sensor.job_name
                self._execute(name, request.partition_key, dict(request.tags), dict(request.run_config or {}), True)
        return ran


def _dates_of(case: Mapping[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(run["logical_date"]) for run in case["runs"] if run.get("logical_date")]


class _CaseInProcesses(_Case):
    """Runs are kept in the instance, and their values on disk."""

    def _instance(self) -> dg.DagsterInstance:
        return dg.DagsterInstance.get()

    def _result(
        self, job: dg.JobDefinition, key: str | None, tags: dict[str, str], config: dict[str, Any]
    ) -> AbstractContextManager[Any]:
        if key is not None:
            tags = {**tags, **job.get_tags_for_partition_key(key, selected_asset_keys=None)}
        if job.executor_def is dg.multi_or_in_process_executor:
            # Processes that have the libraries already, and nothing of the project, start ten times as fast.
            libraries = {"forkserver": {"preload_modules": sorted(_LIBRARIES - {"__main__"})}}
            config = {**config, "execution": {"config": {"multiprocess": {"start_method": libraries}}}}
        code = ReconstructableRepository.for_module(
            f"{self.case['package']}.definitions", "defs", working_directory=str(Path(self.case["folder"], "src"))
        )
        return dg.execute_job(
            code.get_reconstructable_job(job.name),
            instance=self.instance,
            run_config=config,
            tags=tags,
            raise_on_error=False,
        )


def _partition(partitions: Any, date: datetime) -> str:
    """The key of the window that starts with the logical date; for daily keys the day that `ds` was, of several keys a day the last that had begun."""
    local = date.astimezone(datetime.now().astimezone().tzinfo)
    near = dg.TimeWindow(date - timedelta(days=2), date + timedelta(days=2))
    with partition_loading_context(date + timedelta(days=400)):
        first, last = partitions.get_first_partition_window(), partitions.get_last_partition_window()
        keys = [
            key
            for key in (partitions.get_partition_keys_in_time_window(near) if first and last else ())
            if first.start <= partitions.time_window_for_partition_key(key).start <= last.start
        ]
    shown = {key for key in keys if partitions.time_window_for_partition_key(key).start.timestamp() == date.timestamp()}
    if shown:
        return shown.pop()
    by_day = [key for key in keys if key[:10] == date.strftime("%Y-%m-%d")]
    begun = [key for key in by_day if partitions.time_window_for_partition_key(key).start <= date]
    return [*by_day[:1], *begun][-1] if by_day else f"none for {local}"


def _parts(partitions: dg.MultiPartitionsDefinition, date: datetime) -> list[str]:
    """The keys of the partitions of a date, in the order of the keys of the other dimension."""
    dates = partitions.time_window_dimension
    key = _partition(dates.partitions_def, date)
    return list(partitions.get_multipartition_keys_with_dimension_value(dates.name, key))


def _together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The run of a date, of which each of `parts` did the work for one key."""
    values: dict[str, Any] = {}
    for part in parts:
        for task_id, value in part["values"].items():
            values[task_id] = {**values[task_id], **value} if task_id in values else value
    return {
        **parts[0],
        "partition": [part["partition"] for part in parts],
        "state": "success" if all(part["state"] == "success" for part in parts) else "failed",
        "tasks": dict(sorted(item for part in parts for item in part["tasks"].items())),
        "values": values,
    }


def _run_config(job: Any, conf: dict[str, Any]) -> dict[str, Any]:
    """The conf of a run, given to each op that has params of these names."""
    ops = {}
    for name, node in ((node.name, node.definition) for node in job.graph.nodes):
        schema = getattr(node, "config_field", None)
        fields = getattr(getattr(schema, "config_type", None), "fields", {}) if schema else {}
        given = {key: value for key, value in conf.items() if key in fields}
        if given:
            ops[name] = {"config": given}
    return {"ops": ops} if ops else {}


def _steps(job: Any, result: Any, assets: dict[str, list[list[str]]], number: int = -1) -> dict[str, Any]:
    states: dict[str, str] = {}
    values: dict[str, Any] = {}
    attempts: dict[str, int] = {}
    outputs: dict[str, list[str]] = {}
    for event in result.all_events:
        if not event.is_step_event or event.step_key is None:
            continue
        key = event.step_key
        if event.is_step_success:
            # A check that does not block ends well whatever it finds.
            states.setdefault(key, "success")
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            evaluation = event.asset_check_evaluation_data
            if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
                states[key] = "failed"
        elif event.is_step_failure:
            states[key] = "failed"
        elif event.is_step_skipped:
            states[key] = "skipped"
        elif event.is_step_restarted:
            attempts[key] = attempts.get(key, 1) + 1
        elif event.is_successful_output and event.step_output_data.output_name != "outcome":
            # (By that one a step may say that it was skipped.)
            outputs.setdefault(key, []).append(event.step_output_data.output_name)
    places: dict[str, dict[str, int]] = {}
    numbers: dict[str, str] = {}
    origins = {}
    called = [node.alias or node.name for node in job.graph.dependencies]
    for node in job.graph.nodes:
        origin = node.definition.tags.get("airflow/task_id") or node.tags.get("airflow/task_id")
        origins[node.name] = [origin] if origin else []
        if origin and node.name in called:
            places.setdefault(origin, {})[node.name] = called.index(node.name)
    layer = job.asset_layer
    if layer is not None:
        for asset_key in layer.executable_asset_keys:
            asset = layer.get(asset_key)
            task_id = asset.metadata.get("airflow/task_id")
            task_id = getattr(task_id, "value", task_id)
            if isinstance(task_id, Mapping):
                # Each task of a loop made the part of its key.
                origins[asset.assets_def.node_def.name] = [[*task_id.values()][number]]
            elif task_id is not None:
                name = asset.assets_def.node_def.name
                made = assets.get(f"{job.name} {task_id}", [])
                if number >= 0:
                    numbers[name] = str(number)
                elif list(asset_key.path) in made:
                    nodes = places.setdefault(task_id, {})
                    nodes[name] = made.index(list(asset_key.path))
                origins[name] = list(dict.fromkeys([*origins.get(name, []), task_id]))
        for check_key in layer.asset_graph.asset_check_keys:
            definition = layer.asset_graph.assets_def_for_key(check_key)
            task_id = definition.get_spec_for_check_key(check_key).metadata.get("airflow/task_id")
            if task_id is not None and definition.node_def.name in origins:
                origins[definition.node_def.name] = [str(getattr(task_id, "value", task_id))]
    copies_of = [sorted(nodes, key=nodes.__getitem__) for nodes in places.values() if len(nodes) > 1]
    numbers |= {name: str(place) for names in copies_of for place, name in enumerate(names)}
    tasks: dict[str, str] = {}
    for name, task_ids in origins.items():
        copy = f"[{numbers[name]}]" if name in numbers else ""
        for task_id in task_ids:
            keys = [key for key in states if key == name or key.startswith(f"{name}[")]
            for key in keys:
                state = states[key]
                if state == "success" and not outputs.get(key) and _may_lack_all(job, name):
                    state = "success without output"
                tasks[f"{task_id}{key.removeprefix(name) or copy}"] = state
            if not keys:
                mapped = job.graph.dependency_structure.is_dynamic_mapped(name)
                tasks[f"{task_id}{copy}"] = "no copies" if mapped else "not run"
            value = _value(result, name)
            if value is not None:
                values[task_id] = {**values.get(task_id, {}), numbers[name]: value} if name in numbers else value
    return {"tasks": dict(sorted(tasks.items())), "values": values, "attempts": attempts}


def _may_lack_all(job: Any, name: str) -> bool:
    return all(not out.is_required for out in job.graph.node_named(name).definition.output_defs)


def _value(result: Any, name: str) -> Any:
    try:
        value = result.output_for_node(name)
        copies = value.values() if isinstance(value, dict) else [value]
        return json.loads(json.dumps(value)) if any(copy is not None for copy in copies) else None
    except Exception:
        return None


if __name__ == "__main__":
    main()
