# ruff: noqa
# fmt: off
# mypy: ignore-errors
"""Airflow runs a task, Dagster does its work.

One file for Airflow's workers (2.11 and 3.x), which needs nothing but Python and Airflow. Where the state files say that a task is proxied, it
launches a run of what the task became in Dagster, waits for it, and hands its result to the tasks after it. Who does the work is decided
when the task runs: changing the state file is enough. Everything else about the task stays: its id, group, edges, pool, retries, trigger
rule, mapping, setup and teardown. How to install it, and what is set in the environment, is in the README beside it.
"""

import asyncio
import inspect
import json
import logging
import os
import re
import time
import urllib.error
import urllib.request
from collections import namedtuple
from pathlib import Path
from zoneinfo import ZoneInfo

log = logging.getLogger("airflow.task.dagster_proxy")

DAG, RUN, TASK = "dagster-airlift/airflow-dag-id", "dagster-airlift/airflow-dag-run-id", "dagster-airlift/airflow-task-id"
MAP_INDEX, TRY = "airflow/map_index", "airflow/try_number"
PARTITION = "dagster/partition"
LIVE = ["QUEUED", "NOT_STARTED", "MANAGED", "STARTING", "STARTED", "CANCELING"]
ENDED = ("SUCCESS", "FAILURE", "CANCELED")

try:
    from airflow.exceptions import AirflowException
    from airflow.triggers.base import BaseTrigger, TriggerEvent
except ImportError:  # so that the file can be read and tested where there is no Airflow
    AirflowException, BaseTrigger, TriggerEvent = RuntimeError, object, dict


def _seconds(name, default):
    try:
        return float(os.environ.get(name, "") or default)
    except ValueError:
        return float(default)


# --- who does the work ---------------------------------------------------------------------------------------------------

def proxied_tasks(dag_id):
    """The ids of the tasks of a DAG that Dagster does; empty where there is no state file. ValueError where the file is no state file."""
    folder = os.environ.get("MIGRATION_STATE_DIR", "")
    if not folder:
        return frozenset()
    path = Path(folder) / (dag_id + ".json")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return frozenset()
    try:
        state = json.loads(text)
        stage, tasks = state["stage"], state.get("proxied_tasks", [])
        right = state["dag_id"] == dag_id and state["schema_version"] == 1 and isinstance(tasks, list) and all(isinstance(task, str) for task in tasks)
    except (ValueError, KeyError, TypeError, AttributeError):
        right, stage, tasks = False, "", []
    if not right or stage not in ("observed", "proxied", "migrated", "decommissioned"):
        raise ValueError("%s is not a state file of the DAG %s: restore it from version control" % (path, dag_id))
    return frozenset(tasks) if stage == "proxied" else frozenset()


# --- Dagster -------------------------------------------------------------------------------------------------------------

class DagsterError(AirflowException):
    """Dagster cannot be asked, or refuses what was asked."""


class Uncertain(DagsterError):
    """The connection broke after something was sent: it may or may not have been done."""


class Dagster:
    """Dagster's GraphQL API. What reads is tried again for a while where Dagster does not answer."""

    def __init__(self, patience=None):
        self.url = os.environ.get("DAGSTER_URL", "").rstrip("/")
        if not self.url:
            raise DagsterError("DAGSTER_URL is not set on this worker")
        self.patience = _seconds("DAGSTER_PROXY_RETRY_SECONDS", 300) if patience is None else patience

    def run_link(self, run_id):
        return "%s/runs/%s" % (self.url, run_id)

    def ask(self, query, changes=False, **variables):
        """The answer's data. `changes`: it must not be done twice, so it is sent again only where it did not arrive."""
        end, pause = time.monotonic() + self.patience, 1.0
        while True:
            try:
                return self._post(query, variables)
            except urllib.error.HTTPError as error:
                told = "HTTP %s: %s" % (error.code, error.read(300).decode("utf-8", "replace"))
                if error.code in (401, 403):
                    raise DagsterError("Dagster at %s refuses the login: set DAGSTER_TOKEN (%s)" % (self.url, told))
                if error.code != 429 and error.code < 500:
                    raise DagsterError("Dagster at %s: %s" % (self.url, told))
                if changes and error.code not in (429, 503):
                    raise Uncertain(told)
            except (urllib.error.URLError, OSError, ValueError) as error:
                reason = getattr(error, "reason", error)
                told = str(reason) or type(reason).__name__
                if changes and not isinstance(reason, ConnectionRefusedError):
                    raise Uncertain(told)
            if time.monotonic() + pause > end:
                raise DagsterError("Dagster at %s could not be reached for %.0f s: %s" % (self.url, self.patience, told))
            log.warning("Dagster at %s: %s; trying again in %.0f s", self.url, told, pause)
            time.sleep(pause)
            pause = min(pause * 2, 15.0)

    def _post(self, query, variables):
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if os.environ.get("DAGSTER_TOKEN"):
            headers["Dagster-Cloud-Api-Token"] = os.environ["DAGSTER_TOKEN"]
        request = urllib.request.Request(self.url + "/graphql", data=json.dumps({"query": query, "variables": variables}).encode(), headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            document = json.loads(answer.read())
        if document.get("errors"):
            raise DagsterError("Dagster: %s" % str(document["errors"][0].get("message"))[:1000])
        return document["data"]

    def runs(self, tags, statuses):
        """Ids of the runs with these tags, the last one first."""
        wanted = {"tags": [{"key": key, "value": value} for key, value in tags.items()], "statuses": statuses}
        query = "query($f:RunsFilter!){runsOrError(filter:$f,limit:5){... on Runs{results{runId}} ... on PythonError{message}}}"
        return [run["runId"] for run in self.ask(query, f=wanted)["runsOrError"].get("results", [])]

    def status(self, run_id):
        """The run that does the work now (Dagster may have retried it) and its status."""
        query = "query($r:ID!){runOrError(runId:$r){__typename ... on Run{status tags{key value}}}}"
        while True:
            run = self.ask(query, r=run_id)["runOrError"]
            if run["__typename"] != "Run":
                raise DagsterError("the Dagster run %s is gone" % self.run_link(run_id))
            tags = {tag["key"]: tag["value"] for tag in run["tags"]}
            if run["status"] != "FAILURE" or tags.get("dagster/will_retry", "").lower() != "true":
                return run_id, run["status"]
            if not tags.get("dagster/auto_retry_run_id"):
                return run_id, "STARTED"
            run_id = tags["dagster/auto_retry_run_id"]

    def has_partition(self, asset_key, key):
        return key in self.ask("query($k:[AssetKeyInput!]){assetNodes(assetKeys:$k){partitionKeys}}", k=[asset_key])["assetNodes"][0]["partitionKeys"]

    def cancel(self, run_id):
        return self.ask("mutation($r:String!){terminateRun(runId:$r){__typename}}", r=run_id)["terminateRun"]["__typename"]

    def events(self, run_id):
        """The events of a run that carry a value or an error."""
        query = """query($r:ID!,$c:String){logsForRun(runId:$r,afterCursor:$c,limit:1000){... on EventConnection{cursor hasMore events{__typename
            ... on HandledOutputEvent{stepKey metadataEntries{label ... on JsonMetadataEntry{jsonString} ... on TextMetadataEntry{text}}}
            ... on ExecutionStepFailureEvent{stepKey error{message causes{message}}} ... on RunFailureEvent{message error{message causes{message}}}}}}}"""
        cursor = None
        while True:
            page = self.ask(query, r=run_id, c=cursor)["logsForRun"]
            for event in page.get("events", []):
                yield event
            if not page.get("hasMore"):
                return
            cursor = page["cursor"]

    def value(self, run_id):
        """What a run's outputs hold for Airflow: the value (None if there is none) and why it cannot be handed over (empty if it can)."""
        problem = ""
        for event in self.events(run_id):
            for entry in event.get("metadataEntries") or ():
                if entry["label"] == "airflow/xcom" and entry.get("jsonString"):
                    return json.loads(entry["jsonString"])["value"], ""
                if entry["label"] == "airflow/xcom_problem":
                    problem = entry.get("text") or "unknown"
        return None, problem

    def error(self, run_id):
        """Why a run failed, in the words of its steps."""
        told, of_run = [], []
        for event in self.events(run_id):
            if not event["__typename"].endswith("FailureEvent"):
                continue
            error = event.get("error") or {"message": event.get("message") or ""}
            cause = (error.get("causes") or [error])[-1]
            step = event.get("stepKey")
            (told if step else of_run).append("%s%s" % (step + ": " if step else "", cause["message"].strip()))
        return "; ".join(told or of_run)[:2000]


# --- what a task became ----------------------------------------------------------------------------------------------------

Work = namedtuple("Work", "selector config partitions partitioned part", defaults=(None, None))
"""What to launch for a task: `selector` and `config` of a run, its `partitions` (None where there are none), the key of an asset that has them, and which `part` of a date the task makes."""

KEPT = object()  # what another task made in Dagster and could not hand to Airflow

_NODES = """{assetNodes{assetKey{path} isExecutable tags{key value} metadataEntries{label ... on TextMetadataEntry{text} ... on JsonMetadataEntry{jsonString}} dependencyKeys{path}}}"""
_DETAILS = """query($k:[AssetKeyInput!]){assetNodes(assetKeys:$k){assetKey{path} opNames isPartitioned partitionDefinition{type fmt description dimensionTypes{name type description}}
    op{inputDefinitions{type{displayName}}} configField{configType{... on CompositeConfigType{fields{name}}}}
    jobs{name tags{key value} repository{name location{name}}}}}"""
_JOBS = """{repositoriesOrError{... on RepositoryConnection{nodes{name location{name} jobs{name tags{key value}}}} ... on PythonError{message}}}"""
_JOB = """query($p:PipelineSelector!,$r:RepositorySelector!,$n:String!){pipelineOrError(params:$p){... on Pipeline{solids{name definition{metadata{key value}
    ... on SolidDefinition{configField{configType{... on CompositeConfigType{fields{name}}}}}}
    inputs{definition{name type{displayName}} dependsOn{solid{name definition{metadata{key value}}}}}}} ... on PythonError{message}}
    partitionSetsOrError(repositorySelector:$r,pipelineName:$n){... on PartitionSets{results{name}}}}"""


def dag_tag(dag_id):
    """The value of the tag `airflow/dag_id` of what the DAG became."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", dag_id)[:63]


def find_work(dagster, dag_id, task_id, arguments, pull):
    """What the task became. `arguments` are what it would see in Airflow, by name; `pull(task_id)` gives what another task made, or KEPT."""
    nodes, parts = [], []
    for node in dagster.ask(_NODES)["assetNodes"]:
        dag = {tag["key"]: tag["value"] for tag in node["tags"]}.get("airflow/dag_id")
        told = {entry["label"]: entry for entry in node["metadataEntries"]}.get("airflow/task_id", {})
        tasks = json.loads(told["jsonString"]) if told.get("jsonString") else {None: told.get("text")}
        nodes.append((dag, tasks, tuple(node["assetKey"]["path"]), node))
        parts += [part for part, task in tasks.items() if (dag, task) == (dag_tag(dag_id), task_id)]
    part = (parts or [None])[0]
    nodes = [(dag, tasks.get(part, tasks.get(None)), path, node) for dag, tasks, path, node in nodes]
    own = [node for dag, task, _, node in nodes if (dag, task) == (dag_tag(dag_id), task_id) and node["isExecutable"]]
    if own:
        return _assets(dagster, dag_id, own, nodes, arguments, pull)._replace(part=part)
    return _op(dagster, dag_id, task_id, [node["assetKey"] for *_, node in nodes], arguments, pull)


def _assets(dagster, dag_id, own, nodes, arguments, pull):
    keys = [{"path": node["assetKey"]["path"]} for node in own]
    details = dagster.ask(_DETAILS, k=keys)["assetNodes"]
    jobs = details[0]["jobs"]
    named = [job for job in jobs if {"key": "airflow/dag_id", "value": dag_tag(dag_id)} in job["tags"]]
    job = (named or [job for job in jobs if job["name"].startswith("__ASSET_JOB")] or jobs)[0]
    ops = {node["opNames"][0]: {"config": given} for node in details for given in [_config_of(node, arguments)] if given}
    config = {"ops": ops} if ops else {}
    if any(item["type"]["displayName"] != "Nothing" for node in details for item in node["op"]["inputDefinitions"]):
        values = _values_of(dag_id, own, nodes, pull)
        if values:
            config["resources"] = {"io_manager": {"config": values}}
    partitions, partitioned = next(((node["partitionDefinition"], node["assetKey"]) for node in details if node["isPartitioned"]), (None, None))
    return Work(dict(_selector(job["repository"], job), assetSelection=keys), config, partitions, partitioned)


def _config_of(definition, arguments):
    """Those of the task's arguments that the configuration of an asset or op has fields for."""
    fields = ((definition.get("configField") or {}).get("configType") or {}).get("fields") or []
    return {field["name"]: arguments[field["name"]] for field in fields if field["name"] in arguments}


def _selector(repository, job):
    return {"repositoryLocationName": repository["location"]["name"], "repositoryName": repository["name"], "pipelineName": job["name"]}


def _values_of(dag_id, own, nodes, pull):
    """What tasks in Airflow made that these assets read, by asset key. Those that made None are named apart: configuration has no None in a mapping."""
    made = {}
    for dag, task, key, _ in nodes:
        if dag == dag_tag(dag_id) and task:
            made.setdefault(task, []).append(key)
    selected = {tuple(node["assetKey"]["path"]) for node in own}
    wanted = {tuple(key["path"]) for node in own for key in node["dependencyKeys"]} - selected
    # A task has one result: it cannot be told apart for several assets.
    values = {"/".join(keys[0]): pull(task) for task, keys in sorted(made.items()) if len(keys) == 1 and keys[0] in wanted}
    given = {"values": {key: value for key, value in values.items() if value not in (None, KEPT)}, "without_value": [key for key in values if values[key] is None]}
    return {name: part for name, part in given.items() if part}


def _op(dagster, dag_id, task_id, asset_keys, arguments, pull):
    tag = {"key": "airflow/dag_id", "value": dag_tag(dag_id)}
    found = dagster.ask(_JOBS)["repositoriesOrError"].get("nodes", [])
    for repository, job in [(repository, job) for repository in found for job in repository["jobs"] if tag in job["tags"] and not job["name"].startswith("__")]:
        selector = _selector(repository, job)
        answer = dagster.ask(_JOB, p=selector, r={name: value for name, value in selector.items() if name != "pipelineName"}, n=job["name"])
        for op in answer["pipelineOrError"].get("solids", []):
            if _task_of(op) == task_id:
                given = (("config", _config_of(op["definition"], arguments)), ("inputs", _inputs_of(op, arguments, pull)))
                given = {name: values for name, values in given if values}
                partitions = _partitions_of_dag(dagster, dag_id, asset_keys) if answer["partitionSetsOrError"].get("results") else (None, None)
                return Work(dict(selector, solidSelection=[op["name"]]), {"ops": {op["name"]: given}} if given else {}, *partitions)
    raise DagsterError("the Dagster project has no asset and no op for the task %s of the DAG %s: is it deployed?" % (task_id, dag_id))


def _partitions_of_dag(dagster, dag_id, asset_keys):
    """The partitions of a job of ops, and an asset that has them: Dagster's API tells them of assets alone, so it is that of the DAG."""
    key = {"path": ["airflow", "dag", re.sub(r"[^A-Za-z0-9_]", "_", dag_id)]}
    details = dagster.ask(_DETAILS, k=[key])["assetNodes"] if key in asset_keys else ()
    if not details or not details[0]["isPartitioned"]:
        raise DagsterError("the job of the DAG %s has partitions, and Dagster does not tell which: set AIRFLOW_URL for the Dagster project" % dag_id)
    return details[0]["partitionDefinition"], key


def _task_of(op):
    return {item["key"]: item["value"] for item in op["definition"]["metadata"]}.get("airflow/task_id")


def _inputs_of(op, arguments, pull):
    """The values of an op's inputs, as its configuration gives them: results of tasks in Airflow, or the task's own arguments."""
    inputs = {}
    for item in op["inputs"]:
        name, kind = item["definition"]["name"], item["definition"]["type"]["displayName"]
        if kind == "Nothing":
            continue
        makers = [task for task in (_task_of(output["solid"]) for output in item["dependsOn"]) if task]
        if len(makers) != 1 and name not in arguments:
            continue
        value = pull(makers[0]) if len(makers) == 1 else arguments[name]
        if value is KEPT:
            raise DagsterError("what the task %s made in Dagster cannot be handed to another run. Let both move together, or make an asset of it." % makers[0])
        listed = kind.startswith("[") and isinstance(value, list)
        inputs[name] = [{"value": element} for element in value] if listed else {"value": value}
    return inputs


def partition_key(partitions, dag_run, logical_date):
    """The key of the partition that a run is for: what `ds` was. DagsterError where the run does not tell."""
    given = getattr(dag_run, "partition_key", None) or (getattr(dag_run, "conf", None) or {}).get(PARTITION)
    if given:
        return str(given)
    if partitions["type"] != "TIME_WINDOW" or not partitions["fmt"]:
        raise DagsterError('what Dagster makes has partitions that are no dates: start the DAG with {"%s": "<key>"} as its configuration' % PARTITION)
    if logical_date is None:
        raise DagsterError('the run has no logical date, and the asset has partitions: start the DAG with a logical date, or with {"%s": "<key>"} as its configuration' % PARTITION)
    zone = re.search(r"starting .*? ([A-Za-z][\w/+-]*)\.(?: |$)", partitions["description"] or "")
    return logical_date.astimezone(ZoneInfo(zone.group(1) if zone else "UTC")).strftime(partitions["fmt"])


def partition_tags(dagster, work, dag_run, logical_date):
    """The tags of the partition that a run is for: of its date, and of the part that its task makes. DagsterError where Dagster has none such."""
    dimensions = (work.partitions.get("dimensionTypes") or []) if work.part else []
    dates = next((item for item in dimensions if item["type"] == "TIME_WINDOW"), work.partitions)
    for pattern in ("%Y-%m-%d-%H:%M", "%Y-%m-%d") if dimensions else (work.partitions["fmt"],):  # of a dimension it is not told
        date = partition_key(dict(dates, fmt=pattern), dag_run, logical_date)
        keys = {item["name"]: date if item is dates else work.part for item in dimensions}
        key = "|".join(keys[name] for name in sorted(keys)) or date
        if dagster.has_partition(work.partitioned, key):
            return dict({"%s/%s" % (PARTITION, name): part for name, part in keys.items()}, **{PARTITION: key})
    raise DagsterError("there is no partition %s in Dagster (yet)" % key)


# --- the task --------------------------------------------------------------------------------------------------------------

_LAUNCH = """mutation($p:ExecutionParams!){launchPipelineExecution(executionParams:$p){__typename ... on LaunchRunSuccess{run{runId}}
    ... on PythonError{message} ... on RunConfigValidationInvalid{errors{message}} ... on InvalidSubsetError{message}
    ... on PipelineNotFoundError{message} ... on UnauthorizedError{message} ... on RunConflict{message}}}"""


def _plain(value):
    """A value as JSON can hold it: the results of a mapped task come as a lazy sequence. TypeError where it cannot."""
    if not isinstance(value, (str, bytes, dict, list, tuple)) and hasattr(value, "__iter__") and hasattr(value, "__getitem__"):
        value = list(value)
    return json.loads(json.dumps(value))


def _arguments(task, context):
    """All that the task would see in Airflow, by name: params, and its rendered arguments bound to the function's names."""
    found = dict(context.get("params") or {})
    function = getattr(task, "python_callable", None)
    if function is not None:
        try:
            found.update(inspect.signature(function).bind_partial(*(getattr(task, "op_args", None) or ()), **(getattr(task, "op_kwargs", None) or {})).arguments)
        except (TypeError, ValueError) as error:
            log.warning("the arguments of %s are not known: %s", task.task_id, error)
    arguments = {}
    for name, value in found.items():
        try:
            arguments[name] = _plain(value)
        except (TypeError, ValueError):
            log.info("the argument %s is not handed over: a %s is not JSON", name, type(value).__name__)
    return arguments


def launch_or_attach(dagster, task, context):
    """The id of the run that does the task's work: that of an earlier try where there is one, else a new one."""
    instance, dag_run = context["ti"], context["dag_run"]
    identity = {DAG: task.dag_id, RUN: dag_run.run_id, TASK: task.task_id}
    identity.update({MAP_INDEX: str(index) for index in [getattr(instance, "map_index", None)] if index is not None and index >= 0})
    running = dagster.runs(identity, LIVE)
    if not running and instance.try_number > 1 and (getattr(instance, "max_tries", None) or 0) <= (task.retries or 0):
        # The try before was lost while Dagster went on. (A person who clears a task raises max_tries and wants it done again.)
        running = dagster.runs(identity, ["SUCCESS"])
    if running:
        log.info("an earlier try launched the Dagster run %s: waiting for that", dagster.run_link(running[0]))
        return running[0]

    def pull(task_id):
        try:
            value = _plain(instance.xcom_pull(task_ids=task_id))
        except (TypeError, ValueError) as error:
            raise DagsterError("what the task %s made cannot be handed to Dagster: %s. Let both move together." % (task_id, error))
        made = dagster.runs({DAG: task.dag_id, RUN: dag_run.run_id, TASK: task_id}, ["SUCCESS"]) if value is None and task_id in proxied_tasks(task.dag_id) else ()
        return KEPT if made and dagster.value(made[0])[1] else value

    work = find_work(dagster, task.dag_id, task.task_id, _arguments(task, context), pull)
    logical_date = context.get("logical_date") or getattr(dag_run, "logical_date", None)
    tags = {**identity, TRY: str(instance.try_number)}
    if dag_run.conf:
        tags["airflow/conf"] = json.dumps(dag_run.conf)
    dates = {name: getattr(dag_run, name, None) for name in ("data_interval_start", "data_interval_end")}
    tags.update({"airflow/" + name: date.isoformat() for name, date in [("logical_date", logical_date), *dates.items()] if date is not None})
    if work.partitions is not None:
        tags.update(partition_tags(dagster, work, dag_run, logical_date))
    return launch(dagster, work, tags)


def launch(dagster, work, tags):
    """The id of a new run. Where the connection breaks while it is launched, the run is looked for before it is launched again."""
    parameters = {"mode": "default", "runConfigData": json.dumps(work.config), "selector": work.selector, "executionMetadata": {"tags": [{"key": key, "value": tags[key]} for key in tags]}}
    for attempt in range(3):
        try:
            answer = dagster.ask(_LAUNCH, changes=True, p=parameters)["launchPipelineExecution"]
            break
        except Uncertain as error:
            log.warning("the connection to Dagster broke while the run was launched (%s): looking for it", error)
            time.sleep(2)
            found = dagster.runs({key: tags[key] for key in (DAG, RUN, TASK, MAP_INDEX, TRY) if key in tags}, LIVE + list(ENDED))
            if found:
                return found[0]
    else:
        raise DagsterError("Dagster at %s broke the connection three times while a run was launched" % dagster.url)
    if answer["__typename"] != "LaunchRunSuccess":
        told = answer.get("message") or "; ".join(error["message"] for error in answer.get("errors") or ())
        help = " (Dagster takes values of Airflow only where AIRFLOW_URL is set for the project)" if "io_manager" in told else ""
        raise DagsterError("Dagster refuses the run: %s: %s%s" % (answer["__typename"], told[:1500], help))
    return answer["run"]["runId"]


def cancel_run(run_id):
    """Called where the task ends before its run does. Never raises."""
    try:
        log.info("cancelling the Dagster run %s: %s", run_id, Dagster(patience=10).cancel(run_id))
    except AirflowException as error:
        log.error("the Dagster run %s could not be cancelled: %s", run_id, error)


class ProxiedTask:
    """Stands before an operator's class: what it does when the task runs."""

    _is_empty = False  # else the scheduler marks an EmptyOperator as done without running it
    _dagster_run = None

    def execute(self, context, **options):
        if self.task_id not in proxied_tasks(self.dag_id):
            return self._in_airflow(context, options)
        dagster = Dagster()
        run_id = launch_or_attach(dagster, self, context)
        self._dagster_run = run_id
        log.info("Dagster does the work: %s", dagster.run_link(run_id))
        context["ti"].xcom_push(key="dagster_run_url", value=dagster.run_link(run_id))
        pause = _seconds("DAGSTER_PROXY_POLL_SECONDS", 3)
        if os.environ.get("DAGSTER_PROXY_DEFERRABLE", "").lower() in ("1", "true", "yes"):
            self.defer(trigger=DagsterRunTrigger(run_id, pause), method_name="dagster_resume", timeout=self.execution_timeout)
        while True:
            run_id, status = dagster.status(run_id)
            self._dagster_run = run_id
            if status in ENDED:
                return self._end(dagster, context, run_id, status)
            time.sleep(pause)

    def dagster_resume(self, context, event=None, **_):
        """Called when the triggerer saw the run end."""
        if event.get("error"):
            raise DagsterError(event["error"])
        return self._end(Dagster(), context, event["run_id"], event["status"])

    def _end(self, dagster, context, run_id, status):
        link = dagster.run_link(run_id)
        if status != "SUCCESS":
            raise AirflowException("the Dagster run %s ended with %s: %s" % (link, status, dagster.error(run_id)))
        value, problem = dagster.value(run_id)
        if problem and self.do_xcom_push and set(self.downstream_task_ids) - proxied_tasks(self.dag_id):
            told = "the Dagster run %s succeeded, but tasks in Airflow may read its result, which cannot be handed over: %s. "
            raise DagsterError((told + "Let these tasks move together, or set do_xcom_push=False.") % (link, problem))
        log.info("the Dagster run %s succeeded", link)
        if value is not None and hasattr(self, "do_branch"):
            return self.do_branch(context, value)
        return value

    def _in_airflow(self, context, options):
        own = type(self)
        self.__class__ = own._airflow_class
        try:
            return self.execute(context, **options)
        finally:
            self.__class__ = own

    def render_template_fields(self, context, jinja_env=None):
        """A task whose work Dagster does must not fail on a template that has no value in this run."""
        try:
            return super().render_template_fields(context, jinja_env)
        except Exception as error:
            if self.task_id not in proxied_tasks(self.dag_id):
                raise
            log.info("templates are not rendered: %s", error)

    def on_kill(self):
        if self._dagster_run:
            cancel_run(self._dagster_run)
        super().on_kill()


class DagsterRunTrigger(BaseTrigger):
    """Waits for a run without holding a worker."""

    def __init__(self, run_id, pause=3.0):
        super().__init__()
        self.run_id, self.pause, self.ended = run_id, pause, False

    def serialize(self):
        return "dagster_proxy.DagsterRunTrigger", {"run_id": self.run_id, "pause": self.pause}

    async def run(self):
        loop, run_id = asyncio.get_running_loop(), self.run_id
        try:
            while True:
                run_id, status = await loop.run_in_executor(None, Dagster().status, run_id)
                if status in ENDED:
                    self.ended = True
                    yield TriggerEvent({"run_id": run_id, "status": status})
                    return
                await asyncio.sleep(self.pause)
        except DagsterError as error:
            self.ended = True
            yield TriggerEvent({"error": str(error)})

    async def on_kill(self):
        """Airflow 3.3 calls it where a person ended or cleared the task while it was deferred."""
        await asyncio.get_running_loop().run_in_executor(None, cancel_run, self.run_id)

    async def cleanup(self):
        """Airflow calls it whenever it lets go of a trigger. Airflow 2 has no `on_kill`: there the task's state tells why."""
        if not self.ended and self._given_up():
            await self.on_kill()

    def _given_up(self):
        from airflow import __version__
        instance = getattr(self, "task_instance", None)
        if instance is None or not __version__.startswith("2."):
            return False
        from airflow.models.taskinstance import TaskInstance
        from airflow.utils.session import create_session
        with create_session() as session:
            same = session.query(TaskInstance.state).filter_by(dag_id=instance.dag_id, run_id=instance.run_id, task_id=instance.task_id, map_index=instance.map_index)
            return same.scalar() != "deferred"  # it still is where the triggerer stops, or hands over to another


# --- installation ------------------------------------------------------------------------------------------------------------

_classes = {}

def _proxied(cls):
    """The class of the same name that stands before an operator's class."""
    if issubclass(cls, ProxiedTask):
        return cls
    if cls not in _classes:
        body = {"_airflow_class": cls, "_is_empty": False, "__module__": cls.__module__, "__doc__": cls.__doc__, "__qualname__": cls.__qualname__}
        _classes[cls] = type(cls)(cls.__name__, (ProxiedTask, cls), body)
    return _classes[cls]


def task_policy(task):
    """Airflow calls this for every task that it loads. Never raises: that would break the DAG."""
    try:
        try:
            swapped = task.task_id in proxied_tasks(task.dag_id)
        except ValueError as error:
            log.error("%s", error)
            swapped = True  # nobody knows who has to do the work: the task fails when it runs, and tells why
        if not swapped:
            return
        if hasattr(task, "partial_kwargs"):  # a mapped task makes its instances of this class later
            object.__setattr__(task, "operator_class", _proxied(task.operator_class))
        else:
            task.__class__ = _proxied(type(task))
    except Exception:
        log.exception("the task %s is not proxied", getattr(task, "task_id", task))


try:
    from airflow.policies import hookimpl

    task_policy = hookimpl(task_policy)
except ImportError:
    pass


def proxy_dags(names):
    """For the end of a DAG file: `proxy_dags(globals())`. Also finds DAGs that no name holds."""
    try:
        from airflow.sdk import DAG
        from airflow.sdk.definitions._internal.contextmanager import DagContext
    except ImportError:
        from airflow.models.dag import DAG, DagContext
    here = [dag for dag, module in DagContext.autoregistered_dags if getattr(module, "__name__", None) == names.get("__name__")]
    for task in [task for dag in [dag for dag in list(names.values()) if isinstance(dag, DAG)] + here for task in dag.tasks]:
        task_policy(task)
