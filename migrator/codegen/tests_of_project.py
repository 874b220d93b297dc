"""The generated project's own tests: everything loads, jobs hold what they should, edges and partitions are right."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from migrator.codegen.cron import parse
from migrator.codegen.module import Module
from migrator.codegen.partitions import PartitionsCode
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.ops import order_inputs
from migrator.codegen.serialize import literal, text_literal
from migrator.model.assets import AssetKey
from migrator.model.plan import CreateAsset, CreateJob, CreateOp, CreateSchedule


def shared_tests(package: str) -> dict[str, str]:
    """The fixture with all definitions, and the test that they load."""
    conftest = (
        "import dagster as dg\nimport pytest\n\n"
        f"from {package}.definitions import defs\n\n\n"
        '@pytest.fixture(scope="session")\ndef definitions() -> dg.Definitions:\n    return defs()\n'
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


def dag_tests(dag: DagCode) -> Module | None:
    """The tests of one DAG's job; None where it has none."""
    job = next((operation for operation in dag.plan.operations if isinstance(operation, CreateJob)), None)
    if job is None:
        return None
    module = Module(f"tests/test_{dag.plan.folder}.py", f"tests.test_{dag.plan.folder}")
    module.need(["import dagster as dg"])
    if job.form == "ops":
        _op_tests(dag, job, module)
    else:
        _asset_tests(dag, job, module)
    for operation in dag.plan.operations:
        if isinstance(operation, CreateSchedule) and operation.partitioned and dag.partitions is not None:
            _schedule_test(dag.partitions, operation, module)
    return None if module.empty else module


def _asset_tests(dag: DagCode, job: CreateJob, module: Module) -> None:
    edges: dict[str, set[str]] = {}
    for operation in dag.plan.operations:
        if isinstance(operation, CreateAsset):
            keys = [*operation.deps, *(given.asset for given in operation.inputs if given.asset)]
            made = {output.key for output in operation.outputs}
            for output in operation.outputs:
                edges[_text(output.key)] = {_text(key) for key in keys if key not in made}
    if not edges:
        return
    module.setup.append(f"UPSTREAM: dict[str, set[str]] = {_edges(edges)}")
    module.blocks.append(
        "def test_upstream_assets(definitions: dg.Definitions) -> None:\n"
        "    graph = definitions.resolve_asset_graph()\n"
        "    for key, upstream in UPSTREAM.items():\n"
        "        found = graph.get(dg.AssetKey.from_user_string(key)).parent_keys\n"
        "        assert {parent.to_user_string() for parent in found} == upstream, key"
    )
    module.blocks.append(
        "def test_job_makes_the_assets(definitions: dg.Definitions) -> None:\n"
        f"    job = definitions.resolve_job_def({text_literal(job.name)})\n"
        "    made = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}\n"
        "    assert made == UPSTREAM.keys()"
    )


def _op_tests(dag: DagCode, job: CreateJob, module: Module) -> None:
    edges: dict[str, set[str]] = {}
    for operation in dag.plan.operations:
        if isinstance(operation, CreateOp):
            values = [given.node for given in operation.inputs if given.node]
            orders = [node for _, order in order_inputs(operation) for node, _ in order.after]
            edges[dag.node_name(operation.name)] = {dag.node_name(name) for name in (*values, *orders)}
    module.setup.append(f"UPSTREAM: dict[str, set[str]] = {_edges(edges)}")
    module.blocks.append(
        "def test_upstream_ops(definitions: dg.Definitions) -> None:\n"
        f"    job = definitions.resolve_job_def({text_literal(job.name)})\n"
        "    found = {\n"
        "        node.name: {output.node for needed in inputs.values() for output in needed.get_node_dependencies()}\n"
        "        for node, inputs in job.dependencies.items()\n"
        "    }\n"
        "    assert {name: found.get(name, set()) for name in UPSTREAM} == UPSTREAM\n"
        "    assert {node.name for node in job.nodes} == UPSTREAM.keys()"
    )


def _schedule_test(partitions: PartitionsCode, operation: CreateSchedule, module: Module) -> None:
    """A tick asks for the partition whose key is the date of the run: that of the tick, or of the interval that it ends."""
    ticks = _ticks(partitions, operation)
    if ticks is None:
        return
    before, tick = ticks
    key = _key(partitions, tick if partitions.end_offset else before, operation.timezone)
    module.need(["import datetime as dt"])
    zone = "dt.timezone.utc"
    if operation.timezone != "UTC":
        module.need(["from zoneinfo import ZoneInfo"])
        zone = f"ZoneInfo({text_literal(operation.timezone)})"
    moment = ", ".join(str(part) for part in tick.timetuple()[:5])
    module.blocks.append(
        "def test_schedule_runs_the_partition_of_its_date(definitions: dg.Definitions) -> None:\n"
        f"    schedule = definitions.resolve_schedule_def({text_literal(operation.name)})\n"
        "    with dg.DagsterInstance.ephemeral() as instance:\n"
        "        context = dg.build_schedule_context(\n"
        "            instance=instance,\n"
        f"            scheduled_execution_time=dt.datetime({moment}, tzinfo={zone}),\n"
        "            repository_def=definitions.get_repository_def(),\n"
        "        )\n"
        "        requests = schedule.evaluate_tick(context).run_requests\n"
        f"    assert [request.partition_key for request in requests] == [{text_literal(key)}]"
    )


def _ticks(partitions: PartitionsCode, operation: CreateSchedule) -> tuple[dt.datetime, dt.datetime] | None:
    """Two neighbouring due times well inside the partitions, in the schedule's wall time."""
    crons = [cron for cron in map(parse, operation.crons) if cron is not None]
    if len(crons) != 1 or len(operation.crons) != 1 or operation.timezone != partitions.source.timezone:
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
    once_a_day = partitions.cron is not None and partitions.cron.once_a_day
    return moment.strftime("%Y-%m-%d" if once_a_day else "%Y-%m-%d-%H:%M")


def _edges(edges: dict[str, set[str]]) -> str:
    rows = (f"{text_literal(name)}: {literal(upstream)}" for name, upstream in edges.items())
    return f"{{{', '.join(rows)}}}"


def _text(key: AssetKey) -> str:
    return "/".join(key)
