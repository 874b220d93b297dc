"""The generated project's own tests: everything loads, jobs hold what they should, edges and partitions are right."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence

from migrator.codegen.cron import parse
from migrator.codegen.own_tests.read_on_import import PLACEHOLDER, environment_on_import
from migrator.codegen.partitions import PartitionsCode
from migrator.codegen.python.module import Module
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.ops import order_inputs
from migrator.model.assets import AssetKey
from migrator.model.bodies import RunDbt
from migrator.model.plan import CreateAsset, CreateJob, CreateOp, CreateSchedule

_UPSTREAM = '''@pytest.fixture(scope="session")
def upstream_ops(definitions: dg.Definitions) -> Callable[[str], dict[str, set[str]]]:
    """Of a job, by its name: what stands directly above each of its ops."""

    def upstream(job_name: str) -> dict[str, set[str]]:
        job = definitions.resolve_job_def(job_name)
        above: dict[str, set[str]] = {node.name: set() for node in job.nodes}
        for node, inputs in job.dependencies.items():
            above[node.alias or node.name] = {
                output.node for needed in inputs.values() for output in needed.get_node_dependencies()
            }
        return above

    return upstream


@pytest.fixture(scope="session")
def upstream_assets(definitions: dg.Definitions) -> Callable[[str], dict[str, set[str]]]:
    """Of a job, by its name: what stands directly above each asset that it makes."""
    graph = definitions.resolve_asset_graph()

    def upstream(job_name: str) -> dict[str, set[str]]:
        made = definitions.resolve_job_def(job_name).asset_layer.executable_asset_keys
        return {key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys} for key in made}

    return upstream
'''
"""Fixtures that the tests of all jobs share."""


def shared_tests(package: str, modules: Mapping[str, str], environment: Iterable[str] = ()) -> dict[str, str]:
    """The fixture with all definitions, and the test that they load. Environment variables without which one of `modules` (path to text)
    cannot be imported have a value in tests, and so have those in `environment`."""
    values = dict.fromkeys(environment, PLACEHOLDER) | environment_on_import(modules.values())
    settings = "".join(
        f"os.environ.setdefault({text_literal(name)}, {text_literal(value)})\n"
        for name, value in sorted(values.items())
    )
    if settings:
        settings = f"\n# Modules read these when they are imported.\n{settings}"
    conftest = (
        f"{'import os' if settings else ''}\nfrom collections.abc import Callable\nimport dagster as dg\nimport pytest\n{settings}\n"
        f"from {package}.definitions import defs{'  # noqa: E402' if settings else ''}\n\n\n"
        '@pytest.fixture(scope="session")\ndef definitions() -> dg.Definitions:\n    return defs()\n\n\n'
        f"{_UPSTREAM}"
    )
    loads = (
        "import dagster as dg\n\n\n"
        "def test_definitions_load(definitions: dg.Definitions) -> None:\n"
        "    dg.Definitions.validate_loadable(definitions)\n\n\n"
        "def test_nothing_starts_by_itself(definitions: dg.Definitions) -> None:\n"
        "    repository = definitions.get_repository_def()\n"
        "    for trigger in [*repository.schedule_defs, *repository.sensor_defs]:\n"
        '        if trigger.tags.get("migration/role") != "dashboard":\n'
        '            assert trigger.default_status.value == "STOPPED", trigger.name\n'
    )
    return {"tests/conftest.py": conftest, "tests/test_definitions.py": loads}


def factory_tests(name: str, dags: Sequence[DagCode]) -> Module | None:
    """The tests of the jobs of one factory: the same for each, over a table of what they should be."""
    parts = [(dag, job, part) for dag in dags if (job := _job(dag)) and (part := dag_tests(dag))]
    if not parts:
        return None
    module = Module(f"tests/test_{name}.py", f"tests.test_{name}")
    for _, _, part in parts:
        module.need(part.imports)
    module.need(["import pytest"])
    rows = [f"{text_literal(job.name)}: {_edges(_expected(dag, job))}" for dag, job, _ in parts]
    module.setup.append(f"UPSTREAM: dict[str, dict[str, set[str]]] = {{{', '.join(rows)}}}")
    module.need(["from collections.abc import Callable"])
    block = _job_test(parts[0][1].form, "job_name", "UPSTREAM[job_name]").replace(
        ") -> None", ", job_name: str) -> None"
    )
    module.blocks.append(f'@pytest.mark.parametrize("job_name", UPSTREAM)\n{block}')
    ticks = [
        (text_literal(operation.name), *tick)
        for dag, _, _ in parts
        for operation in dag.plan.operations
        if isinstance(operation, CreateSchedule) and (tick := _tick(dag, operation, module))
    ]
    if ticks:
        rows = [f"({schedule}, {moment}, {key})" for schedule, moment, key in ticks]
        block = _schedule_block("name", "moment", "key").replace(
            "definitions: dg.Definitions)", "definitions: dg.Definitions, name: str, moment: dt.datetime, key: str)"
        )
        module.blocks.append(f'@pytest.mark.parametrize(("name", "moment", "key"), [{", ".join(rows)}])\n{block}')
    return module


def _job(dag: DagCode) -> CreateJob | None:
    return next((operation for operation in dag.plan.operations if isinstance(operation, CreateJob)), None)


def dag_tests(dag: DagCode, functions: Sequence[tuple[str, frozenset[str]]] = ()) -> Module | None:
    """The tests of one DAG's job and of its functions (test functions with their imports); None where it has none."""
    job = _job(dag)
    if job is None:
        return None
    module = Module(f"tests/test_{dag.plan.folder}.py", f"tests.test_{dag.plan.folder}")
    for block, imports in functions:
        module.need(imports)
        module.blocks.append(block)
    expected = _expected(dag, job)
    if expected:
        module.setup.append(f"UPSTREAM: dict[str, set[str]] = {_edges(expected)}")
        module.need(["from collections.abc import Callable"])
        module.blocks.append(_job_test(job.form, text_literal(job.name), "UPSTREAM", more=_has_dbt(dag)))
    for operation in dag.plan.operations:
        tick = _tick(dag, operation, module) if isinstance(operation, CreateSchedule) else None
        if isinstance(operation, CreateSchedule) and tick is not None:
            module.blocks.append(_schedule_block(text_literal(operation.name), *tick))
    return None if module.empty else module


def _expected(dag: DagCode, job: CreateJob) -> dict[str, set[str]]:
    """What stands directly above each asset (or op) of a job."""
    edges: dict[str, set[str]] = {}
    for operation in dag.plan.operations:
        if job.form == "ops" and isinstance(operation, CreateOp):
            values = [node for given in operation.inputs for node in (given.node, given.behind) if node]
            orders = [node for _, order in order_inputs(operation) for node, _ in order.after]
            edges[dag.node_name(operation.name)] = {dag.node_name(name) for name in (*values, *orders)}
        elif job.form != "ops" and isinstance(operation, CreateAsset) and not isinstance(operation.body, RunDbt):
            keys = [*operation.deps, *(given.asset for given in operation.inputs if given.asset)]
            made = {output.key for output in operation.outputs}
            for output in operation.outputs:
                above = [key for key in keys if key not in made] if output.deps is None else output.deps
                edges[_text(output.key)] = set(map(_text, above))
    return edges


def _has_dbt(dag: DagCode) -> bool:
    """Whether some of the assets are those that dbt says."""
    return any(isinstance(one, CreateAsset) and isinstance(one.body, RunDbt) for one in dag.plan.operations)


def _job_test(form: str, job: str, upstream: str, more: bool = False) -> str:
    """The test of a job's shape; `job` and `upstream` are expressions. `more`: it makes other assets besides."""
    kind = "ops" if form == "ops" else "assets"
    expected = (
        f"{upstream}.items() <= upstream_{kind}({job}).items()" if more else f"upstream_{kind}({job}) == {upstream}"
    )
    return (
        f"def test_graph_of_job(upstream_{kind}: Callable[[str], dict[str, set[str]]]) -> None:\n    assert {expected}"
    )


def _tick(dag: DagCode, operation: CreateSchedule, module: Module) -> tuple[str, str] | None:
    """A due time of a partitioned schedule and the key of the partition that it asks for, as code: the partition whose key is the date of the
    run, that of the tick or of the interval that it ends."""
    partitions = dag.partitions
    ticks = (
        _ticks(partitions, operation.crons, operation.timezone)
        if operation.partitioned and partitions is not None
        else None
    )
    if ticks is None or partitions is None:
        return None
    before, tick = ticks
    key = _key(partitions, tick if partitions.end_offset else before, operation.timezone)
    module.need(["import datetime as dt", "import dagster as dg"])
    zone = "dt.timezone.utc"
    if operation.timezone != "UTC":
        module.need(["from zoneinfo import ZoneInfo"])
        zone = f"ZoneInfo({text_literal(operation.timezone)})"
    moment = ", ".join(str(part) for part in tick.timetuple()[:5])
    # Dagster writes the keys of several dimensions in the order of their names.
    keys = ["|".join(part for _, part in sorted(parts.items())) for parts in partitions.parts_of(key)]
    return f"dt.datetime({moment}, tzinfo={zone})", ", ".join(map(text_literal, keys or [key]))


def example_run(partitions: PartitionsCode) -> tuple[dt.datetime, dt.datetime, str] | None:
    """Start and end of the window of one of the partitions, and its key; None where they cannot be told."""
    source = partitions.source
    ticks = _ticks(partitions, (source.cron,), source.timezone)
    if ticks is None or partitions.cron is None:
        return None
    before, tick = ticks
    moment = tick if partitions.end_offset else before
    key = _key(partitions, moment, source.timezone)
    start = dt.datetime.fromisoformat(key) if partitions.calendar else moment
    end = partitions.cron.after(start)
    zone = zoneinfo.ZoneInfo(partitions.timezone)
    return (start.replace(tzinfo=zone), end.replace(tzinfo=zone), key) if end is not None else None


def _schedule_block(name: str, moment: str, key: str) -> str:
    return (
        "def test_schedule_runs_the_partition_of_its_date(definitions: dg.Definitions) -> None:\n"
        f"    schedule = definitions.resolve_schedule_def({name})\n"
        "    with dg.DagsterInstance.ephemeral() as instance:\n"
        "        context = dg.build_schedule_context(\n"
        "            instance=instance,\n"
        f"            scheduled_execution_time={moment},\n"
        "            repository_def=definitions.get_repository_def(),\n"
        "        )\n"
        "        requests = schedule.evaluate_tick(context).run_requests\n"
        f"    assert [request.partition_key for request in requests] == [{key}]"
    )


def _ticks(
    partitions: PartitionsCode, schedules: Sequence[str], timezone: str
) -> tuple[dt.datetime, dt.datetime] | None:
    """Two neighbouring due times well inside the partitions, in the schedule's wall time."""
    crons = [cron for cron in map(parse, schedules) if cron is not None]
    if len(crons) != 1 or len(schedules) != 1 or timezone != partitions.source.timezone:
        return None
    source = partitions.source
    moment: dt.datetime | None = dt.datetime.fromisoformat(source.start.replace("Z", "+00:00")).replace(tzinfo=None)
    ticks: list[dt.datetime] = []
    while moment is not None and len(ticks) < 3:
        moment = crons[0].after(moment)
        ticks += [moment] if moment is not None else []
    if len(ticks) < 3 or (source.end and source.end < ticks[2].isoformat()):
        return None
    return ticks[1], ticks[2]


def _key(partitions: PartitionsCode, moment: dt.datetime, timezone: str) -> str:
    """Airflow's `ds` of a logical date, or the minute where partitions are shorter than a day."""
    if partitions.key_is_date:
        utc = moment.replace(tzinfo=zoneinfo.ZoneInfo(timezone)).astimezone(dt.timezone.utc)
        return utc.strftime("%Y-%m-%d")
    return moment.strftime(partitions.pattern)


def _edges(edges: dict[str, set[str]]) -> str:
    rows = (f"{text_literal(name)}: {literal(upstream)}" for name, upstream in edges.items())
    return f"{{{', '.join(rows)}}}"


def _text(key: AssetKey) -> str:
    return "/".join(key)
