"""Servers that are reached by SSH, SFTP or FTP: commands run there, and files that come and go."""

from __future__ import annotations

import re
from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr, ResourceValue
from migrator.model.plan import Delta
from migrator.model.values import ObjectValue, Text, Value, show
from migrator.operators.calls import Call, Client, call_rule, known, passed, refuse, use
from migrator.operators.common import argument, delta, first_argument, flag, poll, required, text
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_PROVIDERS = "airflow.providers."
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_OF_DATES = re.compile(r"\{\{ *(?:ds|ds_nodash|ts_nodash|ts_nodash_with_tz) *\}\}")
"""A template whose value has no slash."""
_IGNORED = {
    "conn_timeout": "the resource's client decides",
    "banner_timeout": "the resource's client decides",
    "deferrable": "there is no triggerer",
    "confirm": "the size of a file is always compared",
    "concurrency": "files go one after the other",
    "prefetch": "the client decides how it reads",
    "use_managed_conn": "each look connects anew",
}
SSH = Client("ssh", ("ssh_conn_id",), "ssh_default", ignored=_IGNORED)
SFTP = Client("ssh", ("sftp_conn_id",), "sftp_default", ignored=_IGNORED)
FTP = Client("ftp", ("ftp_conn_id",), "ftp_default", ignored=_IGNORED)
_KEYS = (
    "a server whose key is not known is trusted, unless the connection says otherwise",
    "the key of a server has to be among the known hosts",
    "add it with `ssh-keyscan` where the project runs",
)


_HOOK = ("ssh_conn_id", "remote_host", "username", "password", "key_file", "port")
"""What a hook is made with, in its order, as far as it says which server is meant."""
_HOOK_IGNORED = frozenset({"cmd_timeout", "conn_timeout", "timeout", "keepalive_interval", "banner_timeout"})


def _connection(task: Task, hook: str) -> Client:
    """The connection that a hook which is handed over is made with, where there is one; else a resource that is called after the host."""
    given: Value = argument(task, hook)
    if given is None:
        return SSH
    if not isinstance(given, ObjectValue):
        raise Untranslatable(
            "MIG207", f"its argument `{hook}` is only known at run time", task.argument_spans.get(hook)
        )
    said = {**dict(zip(_HOOK, given.args, strict=False)), **given.kwargs}
    name, host = said.get("ssh_conn_id", said.get("ftp_conn_id")), said.get("remote_host")
    if said.keys() - {*_HOOK, *_HOOK_IGNORED, "ftp_conn_id"} or (name is not None and host is not None):
        raise Untranslatable("MIG201", f"its argument `{hook}` has no translation", task.argument_spans.get(hook))
    if name is None and isinstance(host, str):
        name = f"ssh_{host}"
    if not isinstance(name, str):
        raise Untranslatable("MIG207", f"the server of its `{hook}` is only known at run time", task.span)
    return Client("ssh", (), name)


def _command(task: Task, context: LoweringContext) -> Lowering:
    if argument(task, "skip_on_exit_code"):
        raise Untranslatable("MIG201", "its argument `skip_on_exit_code` has no translation", task.span)
    found: dict[str, Expr] = {"command": context.files(required(task, "command"), (".sh",))[0]}
    names = {"environment": "environment", "get_pty": "get_pty", "remote_host": "host", "cmd_timeout": "timeout"}
    found |= passed(task, context, names)
    body = use(task, context, _connection(task, "ssh_hook"), "run", found, "", "shell")
    return Lowering("work", body, deltas=(delta(context, *_KEYS, minor=True),))


def _transfer(task: Task, context: LoweringContext) -> Lowering:
    operation = str(known(task, "operation", "put")).rpartition(".")[2].lower()
    client = _connection(task, "sftp_hook")
    found = passed(
        task,
        context,
        {"remote_filepath": "remote", "local_filepath": "local", "create_intermediate_dirs": "make_folders"},
    )
    found |= passed(task, context, {"remote_host": "host"})
    if operation not in ("get", "put", "delete"):
        raise Untranslatable("MIG207", "what it does with its files is not known", task.span)
    if operation == "delete":
        found.pop("make_folders", None)
    method = {"get": "download", "put": "upload", "delete": "delete"}[operation]
    body = use(task, context, client, method, found, "", "sftp")
    return Lowering("work", body, deltas=(delta(context, *_KEYS, minor=True),))


def _ftp_transfer(task: Task, context: LoweringContext) -> Lowering:
    operation = str(known(task, "operation", "put")).rpartition(".")[2].lower()
    if operation not in ("get", "put"):
        raise Untranslatable("MIG207", "what it does with its files is not known", task.span)
    found = passed(
        task,
        context,
        {"remote_filepath": "remote", "local_filepath": "local", "create_intermediate_dirs": "make_folders"},
    )
    if task.operator.startswith("FTPS"):
        found["secure"] = True
    return Lowering("work", use(task, context, FTP, {"get": "download", "put": "upload"}[operation], found, "", "ftp"))


def _sftp_sensor(task: Task, context: LoweringContext) -> Lowering:
    for name in ("newer_than", "python_callable"):
        if argument(task, name) is not None:
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))
    found = passed(task, context, {"path": "path", "file_pattern": "pattern"})
    body = poll(task, use(task, context, SFTP, "exists", found))
    return Lowering("sensor", body, deltas=(delta(context, *_KEYS, minor=True),))


def _store(task: Task, context: LoweringContext, names: tuple[str, ...], default: str, system: str) -> ResourceValue:
    resource = context.resource(first_argument(task, names, default), "object_store", system)
    context.use_methods(resource, ("download_as",))
    return ResourceValue(resource)


_S3 = (("aws_conn_id", "s3_conn_id"), "aws_default", "s3")
_GCS = (("gcp_conn_id",), "google_cloud_default", "gcs")


def _s3(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"store": _store(task, context, *_S3)}


def _to_gcs(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "gzip", "impersonation_chain")
    source, target = required(task, "source_path"), argument(task, "destination_path") or ""
    given: dict[str, Expr] = {"store": _store(task, context, *_GCS), "bucket": _bucket(task, context)}
    if flag(task, "move_object"):
        given["move"] = True
    if isinstance(target, str):
        target = target.lstrip("/")
    if "*" in show(source):
        found = {"pattern": context.template(source), "folder": context.template(target)}
        method = "copy_all_to_store"
    else:
        found = {"path": context.template(source), "key": context.template(target or _last_part(source) or "")}
        method = "copy_to_store"
    return Lowering(
        "work", use(task, context, SFTP_STORE, method, {**found, **given}, "", "sftp"), deltas=_known(context)
    )


def _bucket(task: Task, context: LoweringContext) -> Expr:
    bucket = required(task, "destination_bucket")
    return context.template(bucket.removeprefix("gs://").strip("/") if isinstance(bucket, str) else bucket)


def _to_azure(task: Task, context: LoweringContext) -> dict[str, Expr]:
    load = argument(task, "load_options") or {"overwrite": flag(task, "wasb_overwrite_object")}
    if not isinstance(load, Mapping) or load.keys() - {"overwrite"}:
        span = task.argument_spans.get("load_options")
        raise Untranslatable("MIG201", "its argument `load_options` has no translation", span)
    store = context.resource(argument(task, "wasb_conn_id") or "wasb_default", "object_store", "azure")
    found: dict[str, Expr] = {"store": ResourceValue(store)}
    return found | ({"replace": True} if load.get("overwrite") is True else {})


def _from_gcs(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "impersonation_chain")
    source, target = required(task, "source_object"), required(task, "destination_path")
    given: dict[str, Expr] = {
        "store": _store(task, context, *_GCS),
        "bucket": context.template(required(task, "source_bucket")),
    }
    given |= {
        parameter: True
        for name, parameter in (("create_intermediate_dirs", "make_folders"), ("move_object", "move"))
        if flag(task, name, default=name == "create_intermediate_dirs")
    }
    keeps = flag(task, "keep_directory_structure", default=True)
    if "*" in show(source):
        found = {"pattern": context.template(source), "folder": context.template(target)}
        found |= {} if keeps else {"keep_folders": False}
        method = "copy_all_from_store"
    else:
        folder = target if show(target).endswith("/") else text(target, "/")
        path = text(folder, source if keeps else _last_part(source) or "")
        found = {"key": context.template(source), "path": context.template(path)}
        method = "copy_from_store"
    return Lowering(
        "work", use(task, context, SFTP_STORE, method, {**found, **given}, "", "sftp"), deltas=_known(context)
    )


def _last_part(path: Value) -> str | None:
    """The name of a file without its folders; None where only the run knows where that begins: the method finds it then, for a folder to put it in."""
    last = path.parts[-1] if isinstance(path, Text) else path
    if not isinstance(last, str):
        return None
    start = _TEMPLATE.sub(lambda found: "_" * len(found[0]), last).rfind("/") + 1
    name = last[start:]
    known = "{" not in _OF_DATES.sub("", name) and (start or not isinstance(path, Text))
    return name if known and name else None


def _known(context: LoweringContext) -> tuple[Delta, ...]:
    return (delta(context, *_KEYS, minor=True),)


SFTP_STORE = Client("ssh", ("sftp_conn_id",), "ssh_default", ignored=_IGNORED)
_FOREIGN = ("sftp_remote_host", "s3_filenames", "sftp_filenames", "encrypt", "gzip", "acl_policy")
_STORE_CALLS = (
    Call(
        "sftp-to-s3",
        (_PROVIDERS + "amazon.aws.transfers.sftp_to_s3.SFTPToS3Operator",),
        "copy_to_store",
        {"sftp_path": "path", "s3_bucket": "bucket", "s3_key": "key"},
        built=_s3,
        reads=_S3[0],
        refused=_FOREIGN,
        ignored={
            "use_temp_file": "a temporary file is between both",
            "fail_on_file_not_exist": "a file that is not there fails the step",
            "replace": "an object of that key is overwritten",
        },
        kind="sftp",
    ),
    Call(
        "s3-to-sftp",
        (_PROVIDERS + "amazon.aws.transfers.s3_to_sftp.S3ToSFTPOperator",),
        "copy_from_store",
        {"sftp_path": "path", "s3_bucket": "bucket", "s3_key": "key"},
        built=_s3,
        reads=_S3[0],
        refused=("sftp_remote_host", "s3_filenames", "sftp_filenames"),
        ignored={"fail_on_file_not_exist": "an object that is not there fails the step"},
        kind="sftp",
    ),
)
_TO_AZURE = Call(
    "sftp-to-wasb",
    (_PROVIDERS + "microsoft.azure.transfers.sftp_to_wasb.SFTPToWasbOperator",),
    "copy_files_to_store",
    {"sftp_source_path": "path", "container_name": "bucket", "blob_prefix": "prefix", "move_object": "move"},
    summary="Copies or moves the same files into the same container, through a temporary one.",
    built=_to_azure,
    reads=("wasb_conn_id", "load_options", "wasb_overwrite_object"),
    refused=("create_container",),
    kind="sftp",
)
_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_SSH_EXAMPLE = Example(
    title="A command on a server",
    dag=f"""{_HEAD}from airflow.providers.ssh.operators.ssh import SSHOperator

with DAG("remote", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SSHOperator(
        task_id="export", ssh_conn_id="reports", command="./export.sh {{{{ ds }}}}", environment={{"MODE": "full"}}, cmd_timeout=600
    )
""",
    expected=("reports.run(", 'command=f"./export.sh {context.partition_key}"', "timeout=600", "reports: SshServer"),
    disposition="step",
)
_SFTP_EXAMPLE = Example(
    title="A file that is fetched once it is there",
    dag=f"""{_HEAD}from airflow.providers.sftp.operators.sftp import SFTPOperation, SFTPOperator
from airflow.providers.sftp.sensors.sftp import SFTPSensor

with DAG("drops", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    there = SFTPSensor(task_id="there", sftp_conn_id="partner", path="/out/{{{{ ds }}}}.csv")
    there >> SFTPOperator(
        task_id="fetch",
        ssh_conn_id="partner",
        remote_filepath="/out/{{{{ ds }}}}.csv",
        local_filepath="/data/{{{{ ds }}}}.csv",
        operation=SFTPOperation.GET,
        create_intermediate_dirs=True,
    )
""",
    expected=("partner.download(", "make_folders=True", "partner.exists(path=f"),
)
_TO_GCS_EXAMPLE = Example(
    title="Files of a server that become objects",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.transfers.sftp_to_gcs import SFTPToGCSOperator

with DAG("drops", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    SFTPToGCSOperator(
        task_id="collect",
        sftp_conn_id="partner",
        source_path="/out/*.csv",
        destination_bucket="lake",
        destination_path="partner/{{{{ ds }}}}/",
        move_object=True,
    )
""",
    expected=("partner.copy_all_to_store(", 'pattern="/out/*.csv"', "store=google_cloud_default", "move=True"),
)
_FROM_GCS_EXAMPLE = Example(
    title="An object that becomes a file of a server",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.transfers.gcs_to_sftp import GCSToSFTPOperator

with DAG("drops", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GCSToSFTPOperator(
        task_id="deliver",
        sftp_conn_id="partner",
        source_bucket="lake",
        source_object="marts/{{{{ ds }}}}.csv",
        destination_path="/in",
    )
""",
    expected=("partner.copy_from_store(", 'path=f"/in/marts/{context.partition_key}.csv"', "make_folders=True"),
)

_FTP_SENSORS: tuple[tuple[str, dict[str, Expr]], ...] = (("FTP", {}), ("FTPS", {"secure": True}))
RULES: tuple[Rule, ...] = (
    Rule(
        name="ssh",
        operators=(_PROVIDERS + "ssh.operators.ssh.SSHOperator",),
        summary="Runs the same command by the server's shell; its output is the step's log, and a code other than 0 fails the step.",
        lower=_command,
        carried=frozenset(
            {
                *("command", "ssh_hook", "ssh_conn_id", "remote_host", "environment", "get_pty", "cmd_timeout"),
                "skip_on_exit_code",
            }
        ),
        ignored=_IGNORED,
        command=("command",),
        connection=("ssh_conn_id",),
        default_connection="ssh_default",
        examples=(_SSH_EXAMPLE,),
    ),
    Rule(
        name="sftp",
        operators=(_PROVIDERS + "sftp.operators.sftp.SFTPOperator",),
        summary="Copies or deletes the same files.",
        lower=_transfer,
        carried=frozenset(
            {
                *("operation", "sftp_hook", "ssh_conn_id", "remote_host", "remote_filepath", "local_filepath"),
                "create_intermediate_dirs",
            }
        ),
        ignored=_IGNORED,
        connection=("ssh_conn_id",),
        default_connection="ssh_default",
        examples=(_SFTP_EXAMPLE,),
    ),
    Rule(
        name="sftp-sensor",
        operators=(_PROVIDERS + "sftp.sensors.sftp.SFTPSensor",),
        summary="A Dagster sensor that starts the job when the file is there; within a DAG, an op that waits.",
        lower=_sftp_sensor,
        carried=frozenset(
            {
                *("path", "file_pattern", "sftp_conn_id", "newer_than", "python_callable"),
                *("poke_interval", "timeout", "soft_fail"),
            }
        ),
        ignored={**_IGNORED, "op_args": "goes with `python_callable`", "op_kwargs": "goes with `python_callable`"},
        connection=("sftp_conn_id",),
        default_connection="sftp_default",
    ),
    Rule(
        name="ftp",
        operators=tuple(f"{_PROVIDERS}ftp.operators.ftp.{name}FileTransmitOperator" for name in ("FTP", "FTPS")),
        summary="Copies the same files.",
        lower=_ftp_transfer,
        carried=frozenset(
            {"operation", "ftp_conn_id", "remote_filepath", "local_filepath", "create_intermediate_dirs"}
        ),
        connection=("ftp_conn_id",),
        default_connection="ftp_default",
    ),
    *(
        call_rule(
            FTP,
            Call(
                f"{name.lower()}-sensor",
                (f"{_PROVIDERS}ftp.sensors.ftp.{name}Sensor",),
                "exists",
                {"path": "path"},
                fixed=fixed,
                ignored={"fail_on_transient_errors": "an error while looking fails the look"},
                kind="ftp",
                waits=True,
            ),
        )
        for name, fixed in _FTP_SENSORS
    ),
    *(call_rule(SFTP_STORE, call) for call in _STORE_CALLS),
    call_rule(SFTP, _TO_AZURE),
    Rule(
        name="sftp-to-gcs",
        operators=(_PROVIDERS + "google.cloud.transfers.sftp_to_gcs.SFTPToGCSOperator",),
        summary="Copies or moves the same files, through a temporary one.",
        lower=_to_gcs,
        carried=frozenset(
            {
                *("source_path", "destination_bucket", "destination_path", "gcp_conn_id", "sftp_conn_id", "gzip"),
                *("move_object", "impersonation_chain"),
            }
        ),
        ignored={
            **_IGNORED,
            "mime_type": "the store's client tells the type",
            "sftp_prefetch": "the client decides how it reads",
            "use_stream": "a temporary file is between both",
            "fail_on_file_not_exist": "a file that is not there fails the step",
            "stream_chunk_size": "a temporary file is between both",
            "source_stream": "a temporary file is between both",
        },
        connection=("sftp_conn_id",),
        default_connection="ssh_default",
        examples=(_TO_GCS_EXAMPLE,),
    ),
    Rule(
        name="gcs-to-sftp",
        operators=(_PROVIDERS + "google.cloud.transfers.gcs_to_sftp.GCSToSFTPOperator",),
        summary="Copies or moves the same objects into the same files, through a temporary one.",
        lower=_from_gcs,
        carried=frozenset(
            {
                *("source_bucket", "source_object", "destination_path", "gcp_conn_id", "sftp_conn_id", "move_object"),
                *("keep_directory_structure", "create_intermediate_dirs", "impersonation_chain"),
            }
        ),
        ignored=_IGNORED,
        connection=("sftp_conn_id",),
        default_connection="ssh_default",
        examples=(_FROM_GCS_EXAMPLE,),
    ),
)
