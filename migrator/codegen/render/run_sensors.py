"""`CreateRunSensor`: what happens when a run of a job ends."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping

from migrator.codegen.python.code import Code
from migrator.codegen.python.dates import DateSource
from migrator.codegen.python.module import Module
from migrator.codegen.python.serialize import literal, text_literal
from migrator.codegen.render.automation import job_variable, sensor_metadata
from migrator.codegen.render.calls import call_expression, keyword_arguments
from migrator.codegen.render.dag import DagCode, key_expression
from migrator.codegen.render.function import Function, indented
from migrator.codegen.render.node import Node
from migrator.codegen.render.node_names import node_name
from migrator.codegen.walk import uses_config
from migrator.model.assets import AssetKey
from migrator.model.bodies import Choose, ContinueIf, RequestRun
from migrator.model.expressions import Expr, RunDate
from migrator.model.plan import CreateAsset, CreateCheck, CreateJob, CreateOp, CreateRunSensor
from migrator.model.walk import walk

_STATUS = {"success": ("dg.DagsterRunStatus.SUCCESS",), "failure": ("dg.DagsterRunStatus.FAILURE",)}
_OWN_DATE = ("ds", "ds_nodash", "ts", "logical_date", "data_interval_start")
_BOTH = ("dg.DagsterRunStatus.SUCCESS", "dg.DagsterRunStatus.FAILURE")


def render_run_sensors(dag: DagCode, dags: Mapping[str, DagCode], elsewhere: Container[str] = ()) -> None:
    """Fills the DAG's module `run_sensors`; `dags` are all DAGs of the project, by id. Imports of other DAGs' jobs stand here
    alone, so that no two modules import each other. Callbacks whose sensors (by name) are made `elsewhere` are left out."""
    operations = [
        operation
        for operation in dag.plan.operations
        if isinstance(operation, CreateRunSensor) and operation.name not in elsewhere
    ]
    if not operations:
        return
    module = dag.module("run_sensors")
    module.need(["import dagster as dg"])
    owners = {
        operation.name: other
        for other in dags.values()
        for operation in other.plan.operations
        if isinstance(operation, CreateJob)
    }
    for operation in operations:
        if operation.asked_by and operation.triggers is not None:
            module.blocks.append(_request_sensor(dag, operation, owners[operation.triggers], module))
        else:
            module.blocks.extend(node.render() for node in run_sensor_nodes(dag, operation, owners, module))


def run_sensor_nodes(
    dag: DagCode, operation: CreateRunSensor, owners: Mapping[str, DagCode], module: Module, general: bool = False
) -> list[Node]:
    """The sensors that act when a run of a job ends: one for each status. `owners` are the DAGs of the jobs, by the job's name. With `general`, those
    steps that are not called after their task are always told, even where there are none: so sensors of several jobs have the same form.
    """
    watched = owners[operation.job]
    job = _job(watched, operation.job, module)
    statuses = _STATUS.get(operation.on, _BOTH)
    found = []
    for status in statuses:
        name = operation.name if len(statuses) == 1 else f"{operation.name}_{status.rpartition('.')[2].lower()}"
        failed = status.endswith("FAILURE")
        context = "dg.RunFailureSensorContext" if failed else "dg.RunStatusSensorContext"
        function = Function(dag, module, name, context, _dates(watched, module), run_context="context.dagster_run")
        function.needs_context()
        arguments = (
            [("monitored_jobs", f"[{job}]")] if failed else [("run_status", status), ("monitored_jobs", f"[{job}]")]
        )
        if operation.triggers is not None:
            arguments.append(("request_job", _job(owners[operation.triggers], operation.triggers, module)))
            _request(function, operation, watched, owners[operation.triggers])
        else:
            function.returns = "None"
            _act(function, operation, watched, general)
        # Of two sensors that stand for one task, the first one says so.
        task_ids = [operation.task_id] if operation.task_id and status == statuses[0] else []
        arguments += sensor_metadata(operation.dag_id, task_ids)
        function.name = module.claim(dag.shared_name(name), "_sensor")
        if function.name != name:
            arguments.append(("name", text_literal(name)))
        decorator = "dg.run_failure_sensor" if failed else "dg.run_status_sensor"
        text = function.render("", operation.description)
        found.append(Node(decorator, tuple(arguments), text, operation=name, function_name=function.name))
    return found


def _request_sensor(dag: DagCode, operation: CreateRunSensor, target: DagCode, module: Module) -> str:
    """A sensor that starts a job once for each time that a task asked for it."""
    assert operation.triggers is not None
    module.need([f"from {dag.package}.run_requests import new_materializations, request_id, tags_of"])
    function = Function(dag, module, operation.name, "dg.SensorEvaluationContext", None)
    function.needs_context()
    function.returns = "dg.SensorResult"
    asked = operation.request or next(
        part
        for part in walk([node for node in dag.plan.operations if _makes(node, operation.asked_by)])
        if isinstance(part, RequestRun)
    )
    arguments = ["run_key=request_id(request)"]
    if target.partitions is not None and not _says_partition(asked.date, dag, target):
        module.need([f"from {dag.package}.run_requests import date_of"])
        arguments.append(_partition_for("date_of(request)", target, module))
    elif target.partitions is not None:
        arguments.append(_partition("request.partition_key", dag, target, module))
    arguments.append("tags=tags_of(request)")
    config = _config(target, "json.loads(conf_of(request))", module) if asked.conf is not None or asked.order else []
    if config:
        module.need([f"from {dag.package}.run_requests import conf_of"])
    arguments += config
    function.line(f"requests, cursor = new_materializations(context, {key_expression(operation.asked_by)})")
    function.line(f"run_requests = [dg.RunRequest({', '.join(arguments)}) for request in requests]")
    function.line("return dg.SensorResult(run_requests=run_requests, cursor=cursor)")
    function.name = module.claim(dag.shared_name(operation.name), "_sensor")
    decorated = [("job", _job(target, operation.triggers, module)), ("minimum_interval_seconds", "30")]
    decorated += sensor_metadata(operation.dag_id, ())
    if function.name != operation.name:
        decorated.append(("name", text_literal(operation.name)))
    return Node("dg.sensor", tuple(decorated), function.render("", operation.description)).render()


def _config(target: DagCode, conf: str, module: Module) -> list[str]:
    """The run configuration: a conf overrides the params that the DAG has, in each step that takes one."""
    nodes = [
        one
        for one in target.plan.operations
        if isinstance(one, (CreateAsset, CreateCheck, CreateOp)) and uses_config(one)
    ]
    if not nodes or not target.plan.config:
        return []
    module.need(["import json", f"from {target.package}.run_requests import config_of"])
    steps = [target.node_name(node.name) if node_name(node) == node.name else node_name(node) for node in nodes]
    fields = ", ".join(
        f"{text_literal(setting.param or setting.name)}: {_kind(setting.type)}" for setting in target.plan.config
    )
    return [f"run_config=config_of({conf}, {literal(steps)}, {{{fields}}})"]


def _kind(annotation: str) -> str:
    """The class of a field's values; text is taken as it is."""
    kind = annotation.partition("[")[0].partition(" ")[0]
    return kind if kind in ("bool", "dict", "float", "int", "list") else "str"


def _makes(node: object, key: AssetKey) -> bool:
    made = node.outputs if isinstance(node, CreateAsset) else node.materializes if isinstance(node, CreateOp) else ()
    return any(output.key == key for output in made)


def _job(owner: DagCode, job: str, module: Module) -> str:
    variable = job_variable(owner, job)
    statement = f"from {owner.module('automation').name} import {variable}"
    module.need([statement])
    return variable


def _request(function: Function, operation: CreateRunSensor, watched: DagCode, target: DagCode) -> None:
    function.returns = "dg.RunRequest"
    request = operation.request or RequestRun()
    once, date, conf = (
        None if value is None else function.text(value) for value in (request.once, request.date, request.conf)
    )
    arguments = [f"run_key={once or 'context.dagster_run.run_id'}"]
    tags, config = {}, []
    if target.partitions is not None and date is not None and not _says_partition(request.date, watched, target):
        arguments.append(_partition_for(date, target, function.module))
    elif target.partitions is not None:
        arguments.append(_partition("context.partition_key", watched, target, function.module))
    elif date is not None:
        tags["airflow/logical_date"] = date
    if conf is not None:
        function.module.need(["import json"])
        config = _config(target, "conf", function.module)
        if config:
            function.line(f"conf = {conf}")
            conf = "conf"
        tags["airflow/conf"] = f"json.dumps({conf})"
    if tags:
        arguments.append(f"tags={{{', '.join(f'{text_literal(name)}: {text}' for name, text in tags.items())}}}")
    function.line(f"return dg.RunRequest({', '.join([*arguments, *config])})")


def _says_partition(date: Expr, asking: DagCode, target: DagCode) -> bool:
    """Whether a run for this date is one for the partition that the run which asks for it has; without a date it is."""
    own = isinstance(date, RunDate) and not date.days and date.field in _OWN_DATE
    return date is None or (own and asking.partitions is not None and _same_windows(asking, target))


def _partition(own: str, asking: DagCode, target: DagCode, module: Module) -> str:
    """The partition of a run that is for no date of its own: that of the run which asks for it, where both have the same."""
    if asking.partitions is not None and _same_windows(asking, target):
        return f"partition_key={own}"
    return f"partition_key={target.use_partitions(module)}.get_last_partition_key()"


def _partition_for(date: str, target: DagCode, module: Module) -> str:
    module.need([f"from {target.package}.run_requests import partition_for"])
    return f"partition_key=partition_for({target.use_partitions(module)}, {date})"


def _same_windows(one: DagCode, other: DagCode) -> bool:
    assert one.partitions is not None and other.partitions is not None
    cadences = [
        code.partitions.cron.cadence if code.partitions and code.partitions.cron else "" for code in (one, other)
    ]
    return (
        cadences[0] == cadences[1] in ("daily", "weekly", "monthly")
        and one.partitions.end_offset == other.partitions.end_offset
    )


def _act(function: Function, operation: CreateRunSensor, watched: DagCode, general: bool) -> None:
    """Sends the message, calls the callback: once, or for each step."""
    lines = []
    if operation.notify is not None:
        resource = function.resource(operation.notify.resource)
        fields = keyword_arguments(function, operation.notify.fields)
        lines.append(f"{resource}.{operation.notify.method}({fields})")
    if operation.callback is not None:
        lines.append(call_expression(function, operation.callback).text)
    if not operation.steps:
        function.lines += lines
        return
    goes_on = any(isinstance(other, CreateOp) and other.goes_on for other in watched.plan.operations)
    helper = "succeeded_steps" if operation.steps == "success" else "failed_steps_of" if goes_on else ""
    done = _done_without_output(watched, operation.even_skipped) if operation.steps == "success" else []
    given = f", {literal(done)}" if done else ""
    steps = f"{helper}(context{given})" if helper else "context.get_step_failure_events()"
    if helper:
        function.module.need([f"from {function.dag.package}.run_context import {helper}"])
    function.needs_context()
    head = _task_of_step(function, operation, watched, general)
    inner = "\n".join(indented(line, "    ") for line in (*head, *lines))
    function.line(f"for {'step' if head or 'step' in function.used else '_'} in {steps}:\n{inner}")


def _done_without_output(watched: DagCode, even_skipped: Collection[str]) -> list[str]:
    """The steps that count as done without an output: they choose that nothing runs after them, or are of tasks for which that counts `even_skipped`."""
    nodes = [one for one in watched.plan.operations if isinstance(one, (CreateAsset, CreateOp))]
    done = [node for node in nodes if isinstance(node.body, Choose | ContinueIf) or node.task_id in even_skipped]
    names = [(node, node_name(node)) for node in done]
    return sorted(watched.node_name(name) if name == node.name else name for node, name in names)


def _task_of_step(function: Function, operation: CreateRunSensor, watched: DagCode, general: bool) -> list[str]:
    """The lines that set `task_id` for a step, and leave out steps of other tasks and those that no task became."""
    nodes = [one for one in watched.plan.operations if isinstance(one, (CreateAsset, CreateCheck, CreateOp))]
    steps: dict[str, str] = {}
    for node in nodes:
        name = node_name(node)
        # Ops that are the same in all jobs are called otherwise in each.
        steps[watched.node_name(name) if name == node.name else name or node.name] = node.task_id
    wanted = {name: of for name, of in steps.items() if of and (not operation.task_ids or of in operation.task_ids)}
    copies = any(isinstance(node, CreateOp) and node.dynamic for node in nodes)
    key = 'step.step_key.partition("[")[0]' if copies else "step.step_key"
    told = "task_id" in function.used
    if told and len(wanted) == 1 < len(steps) and not general:
        ((name, task_id),) = wanted.items()
        return [_unless(f"{key} != {text_literal(name)}"), f"task_id = {text_literal(task_id)}"]
    lines = [] if wanted == steps else [_of_others(function, operation, key, steps, wanted)]
    if not told:
        return lines
    before = _before_task_id(wanted)
    if before is None or general:
        before = f"{operation.job}__"
        odd = {name: of for name, of in wanted.items() if name.removeprefix(before) != of}
        if odd == steps and not general:
            return [f"task_id = {_constant(function, operation, 'task_ids', odd)}[{key}]"]
        before = before if general or any(name.startswith(before) for name in wanted.keys() - odd.keys()) else ""
        if not odd and not general:
            return [*lines, f"task_id = {_shortened(key, before)}"]
        tasks = literal(odd) if general else _constant(function, operation, "task_ids", odd)
        return [*lines, f"task_id = {tasks}.get({key}, {_shortened(key, before)})"]
    return [*lines, f"task_id = {_shortened(key, before)}"]


def _shortened(key: str, before: str) -> str:
    return f"{key}.removeprefix({text_literal(before)})" if before else key


def _before_task_id(tasks: Mapping[str, str]) -> str | None:
    """What the names of all steps have before the id of their task; None where they are not put together so."""
    found = {name.removesuffix(task_id) if name.endswith(task_id) else None for name, task_id in tasks.items()}
    return found.pop() if len(found) == 1 else None


def _of_others(
    function: Function, operation: CreateRunSensor, key: str, steps: Mapping[str, str], wanted: Mapping[str, str]
) -> str:
    """The line that leaves out the steps which are not `wanted`, in the shorter way."""
    others = [name for name in steps if name not in wanted]
    if len(others) == 1:
        return _unless(f"{key} == {text_literal(others[0])}")
    if len(wanted) == 1:
        return _unless(f"{key} != {text_literal(next(iter(wanted)))}")
    if len(others) < len(wanted):
        return _unless(f"{key} in {literal(set(others))}")
    return _unless(f"{key} not in {_constant(function, operation, 'steps', set(wanted))}")


def _unless(condition: str) -> str:
    return f"if {condition}:\n    continue"


def _constant(function: Function, operation: CreateRunSensor, what: str, value: object) -> str:
    """The name of a constant of the sensor's module: that of another sensor's where it is the same."""
    short = what.upper()
    known = [line.partition(" = ")[0] for line in function.module.setup if line.endswith(f" = {literal(value)}")]
    if same := next((name for name in known if name == short or name.endswith(f"_{short}")), ""):
        return same
    name = function.module.claim(short if short not in function.module.taken else f"{operation.name}_{what}".upper())
    function.module.setup.append(f"{name} = {literal(value)}")
    return name


def _dates(watched: DagCode, module: Module) -> DateSource:
    """How a sensor on the runs of a job reads the date of the run that ended."""
    if watched.partitions is None:
        moment = Code(
            "date_of_run(context)",
            frozenset({f"from {watched.package}.run_context import date_of_run"}),
            frozenset({"context"}),
        )
        return DateSource(moment, moment)
    return watched.partitions.dates_of_key("context.partition_key", watched.use_partitions(module))
