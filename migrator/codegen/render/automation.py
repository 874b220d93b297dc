"""What starts the work: `CreateJob`, `CreateSchedule`, `CreateSensor`."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping

from migrator.codegen.deployment import unshared_databases
from migrator.codegen.partitions import BY_DATE
from migrator.codegen.python.dates import current_time
from migrator.codegen.python.module import Module, docstring
from migrator.codegen.python.naming import identifier, unique
from migrator.codegen.python.serialize import Environment, literal, serialize, text_literal
from migrator.codegen.render.bodies import condition_expression
from migrator.codegen.render.dag import DagCode
from migrator.codegen.render.function import Function
from migrator.codegen.render.node import Node
from migrator.codegen.render.selections import Selections
from migrator.codegen.render.wiring import wiring
from migrator.model.assets import AssetKey
from migrator.model.durations import Months, every, in_words
from migrator.model.plan import (
    AssetExpression,
    CreateJob,
    CreateSchedule,
    CreateSensor,
    MigrationPlan,
)

Keys = list[AssetKey]
CheckKey = tuple[AssetKey, str]
_AWAITED = "AWAITED_ASSETS"
"""What a module calls the assets that its sensor waits for."""


def render_automation(dag: DagCode, plan: MigrationPlan, selections: Selections) -> None:
    """Fills the DAG's module `automation`; `selections` are those of the plan."""
    module = dag.module("automation")
    # The job stands first: the others name it.
    for operation in sorted(dag.plan.operations, key=lambda item: not isinstance(item, CreateJob)):
        if isinstance(operation, CreateJob):
            module.need(["import dagster as dg"])
            module.blocks.append(_job(dag, operation, plan, selections, module))
        elif isinstance(operation, CreateSchedule):
            module.blocks.append(_schedule(dag, operation, module))
        elif isinstance(operation, CreateSensor):
            module.blocks.append(_sensor(dag, operation, module))


def job_variable(dag: DagCode, job: str) -> str:
    """The variable of a job in its module."""
    if dag.factory:
        return "job"
    return f"{job}_job" if job in ("dg", "dt", "json", "ops", "os", "context", "partitions") else job


# ---------------------------------------------------------------------------------------------------------------- jobs


def _job(dag: DagCode, operation: CreateJob, plan: MigrationPlan, selections: Selections, module: Module) -> str:
    variable = job_variable(dag, operation.name)
    module.taken.add(variable)
    arguments: list[tuple[str, str]] = []
    if operation.form == "ops":
        if variable != operation.name:
            arguments.append(("name", text_literal(operation.name)))
        if operation.partitioned and (dag.keys_name or dag.partitions is not None):
            arguments.append(("partitions_def", dag.use_partitions(module)))
        if operation.tags:
            arguments.append(("tags", literal(dict(operation.tags))))
        arguments += _executor(dag, operation, plan, module)
        package, _, stem = dag.module("ops").name.rpartition(".")
        if dag.factory:
            stem = ""
        else:
            module.need([f"from {package} import {stem}"])
        lines = "".join(f"    {line}\n" for line in wiring(dag, module, stem))
        documentation = f"{docstring(operation.description, '    ')}\n" if operation.description else ""
        shown = f"({', '.join(f'{name}={value}' for name, value in arguments)})" if arguments else ""
        return f"@dg.job{shown}\ndef {variable}() -> None:\n{documentation}{lines or '    pass'}"
    arguments.append(("selection", selections.of(dag)))
    if operation.description:
        arguments.append(("description", _job_description(dag, operation, module)))
    if operation.tags:
        arguments.append(("tags", literal(dict(operation.tags))))
    arguments += _executor(dag, operation, plan, module)
    shown = ", ".join(f"{name}={value}" for name, value in arguments)
    return f"{variable} = dg.define_asset_job({text_literal(operation.name)}, {shown})"


def _executor(dag: DagCode, operation: CreateJob, plan: MigrationPlan, module: Module) -> list[tuple[str, str]]:
    """The executor with the job's own limit of steps at once; the one that was asked for keeps its own."""
    asked = plan.deployment is not None and plan.deployment.executor != "multiprocess"
    if not operation.max_steps or asked:
        return []
    if unshared_databases(plan):
        module.need([f"from {dag.package} import executors"])
        return [("executor_def", f"executors.executor(max_concurrent={operation.max_steps})")]
    return [("executor_def", f'dg.multiprocess_executor.configured({{"max_concurrent": {operation.max_steps}}})')]


def _job_description(dag: DagCode, operation: CreateJob, module: Module) -> str:
    """The text itself where it is one line; else the docstring of the DAG's own module, which holds it."""
    if "\n" not in operation.description.strip() or dag.main is module:
        return text_literal(operation.description.strip())
    package, _, stem = dag.main.name.rpartition(".")
    module.need([f"from {package} import {stem}"])
    return f"{stem}.__doc__"


# ----------------------------------------------------------------------------------------------------------- schedules


def _schedule(dag: DagCode, operation: CreateSchedule, module: Module) -> str:
    module.need(["import dagster as dg"])
    job = job_variable(dag, operation.job)
    name = module.claim(dag.shared_name(operation.name))
    named = f", name={text_literal(operation.name)}" if operation.name != f"{operation.job}_schedule" else ""
    crons = text_literal(operation.crons[0]) if len(operation.crons) == 1 else literal(list(operation.crons))
    timezone = f", execution_timezone={text_literal(operation.timezone)}" if operation.timezone != "UTC" else ""
    partitioned = operation.partitioned and dag.partitions is not None
    if (
        not partitioned
        and not operation.until
        and not operation.interval
        and not operation.every
        and not operation.dates
    ):
        return f"{name} = dg.ScheduleDefinition(job={job}, cron_schedule={crons}{timezone}{named})"
    arguments = dag.partitions.schedule_arguments(operation.crons, operation.timezone) if dag.partitions else None
    if arguments is not None and not dag.general and not operation.until:
        shown = "".join(f", {key}={value}" for key, value in arguments.items())
        return f"{name} = dg.build_schedule_from_partitioned_job({job}{shown}{named})"
    named = f", name={text_literal(operation.name)}" if operation.name != name else ""
    lines = [f'    """Runs {_what(operation, partitioned)}{", until the end date" if operation.until else ""}."""']
    if operation.every:
        module.need(["import datetime as dt"])
        lines += [
            f"    passed = context.scheduled_execution_time - {_moment(operation.since, module)}",
            f"    if passed % {_timedelta(operation.every)}:",
            f'        return dg.SkipReason("it is due {every(operation.every)}")',
        ]
    if operation.dates:
        lines += [
            f"    if context.scheduled_execution_time not in {_dates(operation, module)}:",
            '        return dg.SkipReason("it is not due on this date")',
        ]
    if operation.until:
        end = _moment(operation.until, module)
        lines += [
            f"    if context.scheduled_execution_time > {end}:",
            '        return dg.SkipReason("the end date is over")',
        ]
    request = "dg.RunRequest"
    if partitioned:
        partitions = dag.use_partitions(module)
        if dag.partitions is not None and dag.partitions.source.dimension:
            request = "list[dg.RunRequest]"
            last = f'{partitions}.get_partitions_def_for_dimension("{BY_DATE}")'
            lines += [
                "    with dg.partition_loading_context(effective_dt=context.scheduled_execution_time):",
                f"        key = {last}.get_last_partition_key()",
                "    if key is None:",
                '        return dg.SkipReason("there is no partition yet")',
                f'    keys = {partitions}.get_multipartition_keys_with_dimension_value("{BY_DATE}", key)',
                "    return [dg.RunRequest(run_key=key, partition_key=key) for key in keys]",
            ]
        else:
            module.need([f"from {dag.package}.partition_runs import newest_partition"])
            lines.append(f"    return newest_partition(context, {partitions})")
    elif operation.interval:
        lines += _of_interval(operation, module)
    else:
        lines.append("    return dg.RunRequest()")
    skips = partitioned or operation.until or operation.every or operation.dates
    returned = f"{request} | dg.SkipReason" if skips else request
    return "\n".join(
        [
            f"@dg.schedule(job={job}, cron_schedule={crons}{timezone}{named})",
            f"def {name}(context: dg.ScheduleEvaluationContext) -> {returned}:",
            *lines,
        ]
    )


def _of_interval(operation: CreateSchedule, module: Module) -> list[str]:
    """What starts a run for a data interval of a length of its own, which is counted in UTC."""
    module.need(["import datetime as dt"])
    if isinstance(operation.interval, Months):
        module.need(["from dateutil.relativedelta import relativedelta"])
        length = f"relativedelta(months={operation.interval.number})"
    else:
        length = _timedelta(operation.interval)
    in_utc = ".astimezone(dt.timezone.utc)" if operation.timezone != "UTC" else ""
    if not operation.tells_interval:
        return [
            f"    start = context.scheduled_execution_time{in_utc} - {length}",
            '    return dg.RunRequest(tags={"airflow/logical_date": start.isoformat()})',
        ]
    return [
        f"    end = context.scheduled_execution_time{in_utc}",
        f"    start = end - {length}",
        '    tags = {"airflow/logical_date": start.isoformat(), "airflow/data_interval_end": end.isoformat()}',
        "    return dg.RunRequest(tags=tags)",
    ]


def _dates(operation: CreateSchedule, module: Module) -> str:
    """The name of the constant that lists the moments at which runs start."""
    name = module.claim(f"{operation.job}_dates".upper())
    zone = zoneinfo.ZoneInfo(operation.timezone)
    dates = [dt.datetime.fromisoformat(date).astimezone(zone) for date in operation.dates]
    code = serialize(dates, Environment())
    module.need(code.imports)
    module.setup.append(f"{name} = {code.text}")
    return name


def _what(operation: CreateSchedule, partitioned: bool) -> str:
    if partitioned:
        return "the newest partition"
    if operation.dates:
        return "the job on the dates that are listed"
    often = f" {every(operation.every)}" if operation.every else ""
    if operation.tells_interval:
        return f"the job for the {in_words(operation.interval).removeprefix('1 ')} before"
    return f"the job{often} for the time since the run before" if operation.interval else f"the job{often}"


def _timedelta(interval: dt.timedelta) -> str:
    amount, unit = _amount(interval)
    return f"dt.timedelta({unit}={amount})"


def _amount(interval: dt.timedelta) -> tuple[int, str]:
    """A time of whole minutes as a number of the largest unit of which it is a whole one, and the unit."""
    for name, unit in (("days", dt.timedelta(days=1)), ("hours", dt.timedelta(hours=1))):
        if not interval % unit:
            return interval // unit, name
    return interval // dt.timedelta(minutes=1), "minutes"


def _moment(text: str, module: Module) -> str:
    """A moment, given as ISO text, as code."""
    code = serialize(dt.datetime.fromisoformat(text), Environment())
    module.need(code.imports)
    return code.text


# ------------------------------------------------------------------------------------------------------------- sensors


def sensor_metadata(dag_id: str, task_ids: Iterable[str]) -> list[tuple[str, str]]:
    """What a sensor stands for."""
    ids = list(task_ids)
    entries: dict[str, object] = {"airflow/dag_id": dag_id}
    if ids:
        entries["airflow/task_id"] = ids[0] if len(ids) == 1 else ids
    return [("metadata", literal(entries))]


def _sensor(dag: DagCode, operation: CreateSensor, module: Module) -> str:
    module.need(["import dagster as dg"])
    if operation.assets and not operation.conditions:
        return _asset_sensor(dag, operation, module)
    job = job_variable(dag, operation.job)
    arguments = [("job", job), ("minimum_interval_seconds", str(operation.interval))]
    arguments += sensor_metadata(operation.dag_id, operation.task_ids)
    if operation.cron and not operation.conditions and dag.partitions is not None:
        return _sensor_in_order(dag, operation, module, arguments)
    if operation.timetable is not None:
        return _timetable_sensor(dag, operation, module, arguments)
    if not operation.conditions:
        return _continuous_sensor(dag, operation, module, arguments)
    if operation.partitioned and dag.partitions is not None:
        return _partition_sensor(dag, operation, module, arguments)
    function = Function(dag, module, operation.name, "dg.SensorEvaluationContext", current_time())
    function.needs_context()
    function.returns = "dg.RunRequest | dg.SkipReason"
    _skip_unless(function, operation, 'return dg.SkipReason("not there yet")')
    function.line("return dg.RunRequest()")
    return _decorated(module, function, operation, arguments)


def _continuous_sensor(dag: DagCode, operation: CreateSensor, module: Module, arguments: list[tuple[str, str]]) -> str:
    module.need([f"from {dag.package}.run_context import runs_in_progress"])
    function = Function(dag, module, operation.name, "dg.SensorEvaluationContext", None)
    function.needs_context()
    function.returns = "dg.RunRequest | dg.SkipReason"
    function.line(
        f"if runs_in_progress(context.instance, {text_literal(operation.job)}):\n"
        '    return dg.SkipReason("a run is in progress")'
    )
    function.line("return dg.RunRequest()")
    return _decorated(module, function, operation, arguments)


def _timetable_sensor(dag: DagCode, operation: CreateSensor, module: Module, arguments: list[tuple[str, str]]) -> str:
    """A sensor that asks a timetable of the team's own."""
    assert operation.timetable is not None
    module.need([f"from {dag.package}.timetables import next_run"])
    function = Function(dag, module, operation.name, "dg.SensorEvaluationContext", None)
    function.needs_context()
    function.returns = "dg.SensorResult"
    given = [f"{name}={function.text(value)}" for name, value in operation.limits.items()]
    timetable = dag.timetable(operation.timetable, module)
    module.need(timetable.imports)
    arguments_of_call = ["context", timetable.text, *given]
    function.line(f"return next_run({', '.join(arguments_of_call)})")
    return _decorated(module, function, operation, arguments)


def _sensor_in_order(dag: DagCode, operation: CreateSensor, module: Module, arguments: list[tuple[str, str]]) -> str:
    module.need([f"from {dag.package}.in_order import next_in_order"])
    function = Function(dag, module, operation.name, "dg.SensorEvaluationContext", None)
    function.needs_context()
    function.returns = "dg.RunRequest | dg.SkipReason"
    given = ["context", text_literal(operation.job), dag.use_partitions(module), *_due(operation)]
    function.line(f"return next_in_order({', '.join(given)})")
    return _decorated(module, function, operation, arguments)


def _due(operation: CreateSensor) -> list[str]:
    """The arguments that say when partitions are due."""
    return [text_literal(operation.cron), *([text_literal(operation.timezone)] if operation.timezone != "UTC" else [])]


def _partition_sensor(dag: DagCode, operation: CreateSensor, module: Module, arguments: list[tuple[str, str]]) -> str:
    assert dag.partitions is not None
    module.need(
        ["from collections.abc import Iterator", f"from {dag.package}.partition_runs import awaited_partitions"]
    )
    partitions = dag.use_partitions(module)
    looped = Function(dag, module, operation.name, "", dag.partitions.dates_of_key("key", partitions))
    conditions = [condition_expression(looped, condition).operand for condition in operation.conditions]
    function = Function(dag, module, operation.name, "dg.SensorEvaluationContext", None)
    function.resources = looped.resources
    function.needs_context()
    function.returns = "Iterator[dg.RunRequest]"
    inner = "\n".join(f"    {row}" if row else "" for line in looped.lines for row in line.split("\n"))
    # Where partitions begin when runs start, the newest one is due.
    at_once = dag.partitions.schedule_arguments((operation.cron,), operation.timezone) == {} or not operation.cron
    given = ", ".join(["context", partitions, *([] if at_once else _due(operation))])
    function.line(
        f"for key in awaited_partitions({given}):\n{inner}\n"
        f"    if {' and '.join(conditions)}:\n"
        "        yield dg.RunRequest(run_key=key, partition_key=key)"
    )
    return _decorated(module, function, operation, arguments)


def _skip_unless(function: Function, operation: CreateSensor, otherwise: str) -> None:
    conditions = [condition_expression(function, condition).operand for condition in operation.conditions]
    condition = conditions[0] if len(conditions) == 1 else f"({' and '.join(conditions)})"
    function.line(f"if not {condition}:\n    {otherwise}")


def _decorated(module: Module, function: Function, operation: CreateSensor, arguments: list[tuple[str, str]]) -> str:
    function.name = module.claim(function.dag.shared_name(operation.name))
    named = [("name", text_literal(operation.name))] if function.name != operation.name else []
    text = function.render("", operation.description)
    return Node("dg.sensor", (*named, *arguments), text).render()


_WAYS = {"whole": "", "any": ", whole=False", "spread": ", spread=True", "trailing": ", spread=True, trailing=True"}


def _follow(dag: DagCode, operation: CreateSensor, module: Module, function: Function) -> str:
    """A sensor that runs the partitions which follow from those of assets."""
    module.need([f"from {dag.package}.asset_updates import arrived_partitions"])
    keys = ", ".join(f"dg.AssetKey({literal(list(key))})" for key in operation.assets)
    ways = _WAYS[operation.follows] + (f", enough={operation.enough}" if operation.enough else "")
    ways += "" if operation.all_of or len(operation.assets) == 1 else ", all_of=False"
    function.returns = "dg.SensorResult"
    function.line(f"keys, cursor = arrived_partitions(context, [{keys}], {dag.use_partitions(module)}{ways})")
    function.line("return dg.SensorResult([dg.RunRequest(partition_key=key) for key in keys], cursor=cursor)")
    arguments = [("job", job_variable(dag, operation.job)), ("minimum_interval_seconds", str(operation.interval))]
    arguments += sensor_metadata(operation.dag_id, operation.task_ids)
    return _decorated(module, function, operation, arguments)


def _follow_keys(dag: DagCode, operation: CreateSensor, module: Module, function: Function) -> str:
    """A sensor that runs the partitions which keys of those of assets lead to."""
    module.need([f"from {dag.package}.asset_updates import arrived_keys"])
    assets = ", ".join(f"dg.AssetKey({literal(list(key))})" for key in operation.assets)
    given = [f"leads_to={dag.use_partitions(module)}.get_partition_keys()"] if operation.follows == "each" else []
    given += [f"partition_of={_key_function(dag, operation, module)}"] if operation.parts else []
    given += [f"among={literal(list(operation.among))}"] if operation.among else []
    given += [f"needs={literal(list(operation.needs))}"] if operation.needs else []
    given += [f"enough={operation.enough}"] if operation.enough else []
    given += [] if operation.all_of or len(operation.assets) == 1 else ["all_of=False"]
    asked = ", ".join(["context", f"[{assets}]", *given])
    function.returns = "dg.SensorResult"
    function.line(f"keys, cursor = arrived_keys({asked})")
    result = ["[dg.RunRequest(partition_key=key) for key in keys]"]
    if operation.adds:
        partitions = dag.use_partitions(module)
        several = dag.plan.keys is not None and dag.plan.keys.dimensions
        added = f"add_requests({partitions}, keys)" if several else f"[{partitions}.build_add_request(keys)]"
        module.need([f"from {dag.package}.asset_updates import add_requests"] if several else [])
        result.append(f"dynamic_partitions_requests={added}")
    function.line(f"return dg.SensorResult({', '.join([*result, 'cursor=cursor'])})")
    arguments = [("job", job_variable(dag, operation.job)), ("minimum_interval_seconds", str(operation.interval))]
    arguments += sensor_metadata(operation.dag_id, operation.task_ids)
    return _decorated(module, function, operation, arguments)


def _key_function(dag: DagCode, operation: CreateSensor, module: Module) -> str:
    """The name of the function that gives the key to which a key leads, which is put into the module."""
    assert dag.plan.keys is not None
    dimensions = dag.plan.keys.dimensions
    names = [identifier(name) for name in dimensions] or ["key"]
    lines = [f"{', '.join(names)} = key.split({text_literal(dag.plan.keys.delimiter)})"] if dimensions else []
    values = []
    for name, part in zip(names, operation.parts, strict=True):
        value = text_literal(part.fixed) if part.fixed else name
        if part.read:
            module.need(["import datetime as dt"])
            value = f"dt.datetime.strptime({name}, {text_literal(part.read)}).strftime({text_literal(part.write)})"
        values.append(value)
    made = ", ".join(
        f"{text_literal(name)}: {value}" for name, value in zip(dimensions, values, strict=bool(dimensions))
    )
    returned, kind = (f"dg.MultiPartitionKey({{{made}}})", "dg.MultiPartitionKey") if dimensions else (values[0], "str")
    function = module.claim("partition_of")
    body = "".join(f"    {line}\n" for line in [*lines, f"return {returned}"])
    about = "The partition to which one of the asset leads. Raises ValueError for a key of another form."
    module.blocks.append(f'def {function}(key: str) -> {kind}:\n    """{about}"""\n{body}')
    return function


def _asset_sensor(dag: DagCode, operation: CreateSensor, module: Module) -> str:
    job = job_variable(dag, operation.job)
    last = ""
    if operation.partitioned and dag.partitions is not None:
        last = f"partition_key=updated_partition(context, updated, {dag.use_partitions(module)})"
    function = Function(dag, module, operation.name, "dg.SensorEvaluationContext", None)
    function.needs_context()
    if operation.follows and dag.keys_name:
        return _follow_keys(dag, operation, module, function)
    if operation.follows and dag.partitions is not None:
        return _follow(dag, operation, module, function)
    if len(operation.assets) == 1 and not operation.tells:
        key = operation.assets[0]
        arguments = [("asset_key", f"dg.AssetKey({literal(list(key))})"), ("job", job)]
        arguments += sensor_metadata(operation.dag_id, operation.task_ids)
        function.returns = "dg.RunRequest"
        run_key = "run_key=context.cursor"
        if last:
            module.need([f"from {dag.package}.asset_updates import same_partition"])
            function.inputs["event"] = "dg.EventLogEntry"
            last = f"partition_key=same_partition(event, {dag.use_partitions(module)})"
        function.line(f"return dg.RunRequest({', '.join(part for part in (run_key, last) if part)})")
        function.name = module.claim(dag.shared_name(operation.name))
        if function.name != operation.name:
            arguments.append(("name", text_literal(operation.name)))
        return Node("dg.asset_sensor", tuple(arguments), function.render("", operation.description)).render()
    module.need([f"from {dag.package}.asset_updates import updated_assets"])
    if last:
        module.need([f"from {dag.package}.asset_updates import updated_partition"])
    keys = ", ".join(f"dg.AssetKey({literal(list(key))})" for key in operation.assets)
    own = f"{dag.shared_name(operation.name)}_assets".upper()
    watched = module.claim(own if _AWAITED in module.taken else _AWAITED)
    module.setup.append(f"{watched} = [{keys}]")
    if operation.tells:
        module.need([f"from {dag.package}.asset_updates import update_tags"])
        last = ", ".join(filter(None, [last, "tags=update_tags(context.cursor, cursor)"]))
    if operation.expression is not None:
        names = _asset_names(operation.assets)
        condition = _holds(operation.expression, names)
        function.returns = "dg.SensorResult | dg.SkipReason"
        function.line(f"updated, cursor = updated_assets(context, {watched})")
        function.line(f"{', '.join(names.values())} = (key in updated for key in {watched})")
        function.line(
            f"if not ({condition}):\n"
            '    return dg.SkipReason("not enough of the assets have been updated since the last run")'
        )
        function.line(f"return dg.SensorResult(run_requests=[dg.RunRequest({last})], cursor=cursor)")
        arguments = [("job", job), ("minimum_interval_seconds", str(operation.interval))]
        arguments += sensor_metadata(operation.dag_id, operation.task_ids)
        return _decorated(module, function, operation, arguments)
    quantifier = "len(updated) < len(" + watched + ")" if operation.all_of else "not updated"
    waiting = "not all of the assets have been updated" if operation.all_of else "none of the assets has been updated"
    if len(operation.assets) == 1:
        quantifier, waiting = "not updated", "the asset has not been updated"
    function.returns = "dg.SensorResult | dg.SkipReason"
    function.line(f"updated, cursor = updated_assets(context, {watched})")
    function.line(f'if {quantifier}:\n    return dg.SkipReason("{waiting} since the last run")')
    function.line(f"return dg.SensorResult(run_requests=[dg.RunRequest({last})], cursor=cursor)")
    arguments = [("job", job), ("minimum_interval_seconds", str(operation.interval))]
    arguments += sensor_metadata(operation.dag_id, operation.task_ids)
    return _decorated(module, function, operation, arguments)


def _asset_names(assets: Iterable[AssetKey]) -> dict[AssetKey, str]:
    """A variable for each asset: the last part of its key, with those before it where that does not tell it apart."""
    names: dict[AssetKey, str] = {}
    for key in assets:
        short, long = identifier(key[-1]), identifier("_".join(key))
        taken = {*names.values(), "context", "updated", "cursor", "key", "dg", "updated_assets"}
        names[key] = unique(long if short in taken or key[-1][:1].isdigit() else short, taken)
    return names


def _holds(expression: AssetExpression, names: Mapping[AssetKey, str]) -> str:
    """The condition that an expression is, over variables that say of assets whether they were updated."""
    parts = [
        f"({_holds(member, names)})" if isinstance(member, AssetExpression) else names[member]
        for member in expression.members
    ]
    return (" or " if expression.kind == "any" else " and ").join(parts)
