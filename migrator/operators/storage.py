"""Objects in S3 and Google Cloud Storage: listed, copied, deleted and uploaded by the resource that stands for the connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import UseResource
from migrator.model.expressions import Expr
from migrator.model.values import Text, Value, XComValue, show
from migrator.operators.common import argument, delta, flag, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_AWS = "airflow.providers.amazon.aws."
_GOOGLE = "airflow.providers.google.cloud."
_S3 = ("aws_conn_id", "aws_default", "s3")
_GCS = ("gcp_conn_id", "google_cloud_default", "gcs")


def _use(
    task: Task,
    context: LoweringContext,
    connection: tuple[str, str, str],
    method: str,
    arguments: dict[str, Expr],
    annotation: str = "",
) -> Lowering:
    name, default, system = connection
    resource = context.resource(argument(task, name, default), "object_store", system)
    body = UseResource(resource, method, arguments, gives=bool(annotation), annotation=annotation)
    return Lowering("work", body)


def _refuse(task: Task, *names: str) -> None:
    for name in names:
        if argument(task, name):
            raise Untranslatable("MIG201", f"its argument `{name}` has no translation", task.argument_spans.get(name))


def located(task: Task, context: LoweringContext, bucket: str, key: str) -> tuple[Expr, Expr]:
    """Bucket and key of two arguments, of which the second may be a whole URL of S3. Raises Untranslatable."""
    place, path = argument(task, bucket), required(task, key)
    if place is None:
        place, path = split_url(task, key, path)
    return context.template(place), context.template(path)


def split_url(task: Task, name: str, url: Value) -> tuple[str, Value]:
    """Bucket and key of `s3://bucket/key`, of which the key may be known only in part. Raises Untranslatable."""
    head, rest = (url.parts[0], url.parts[1:]) if isinstance(url, Text) else (url, ())
    if not isinstance(head, str) or not head.startswith("s3://") or "/" not in head[5:]:
        raise Untranslatable("MIG207", "the bucket of its object is not known", task.argument_spans.get(name))
    bucket, _, key = head[5:].partition("/")
    if "{" in bucket:
        raise Untranslatable("MIG207", "the bucket of its object is a template", task.argument_spans.get(name))
    return bucket, Text((key, *rest)) if rest else key


def _s3_copy(task: Task, context: LoweringContext) -> Lowering:
    _refuse(task, "source_version_id", "acl_policy", "meta_data_directive", "kms_key_id", "kms_encryption_type")
    source_bucket, source_key = located(task, context, "source_bucket_name", "source_bucket_key")
    bucket, key = located(task, context, "dest_bucket_name", "dest_bucket_key")
    places = {"source_bucket": source_bucket, "source_key": source_key, "bucket": bucket, "key": key}
    return _use(task, context, _S3, "copy_object", places)


def _s3_delete(task: Task, context: LoweringContext) -> Lowering:
    _refuse(task, "from_datetime", "to_datetime")
    if prefix := argument(task, "prefix"):
        return _delete_prefix(task, context, _S3, required(task, "bucket"), prefix)
    keys = context.template(required(task, "keys"))
    given = {"bucket": context.template(required(task, "bucket")), "keys": keys, "missing_ok": True}
    return _use(task, context, _S3, "delete_objects", given)


def _gcs_delete(task: Task, context: LoweringContext) -> Lowering:
    _refuse(task, "impersonation_chain")
    if prefix := argument(task, "prefix"):
        return _delete_prefix(task, context, _GCS, required(task, "bucket_name"), prefix)
    bucket = context.template(required(task, "bucket_name"))
    given = {"bucket": bucket, "keys": context.template(required(task, "objects"))}
    if flag(task, "ignore_error"):
        given["missing_ok"] = True
    return _use(task, context, _GCS, "delete_objects", given)


def _delete_prefix(
    task: Task, context: LoweringContext, connection: tuple[str, str, str], bucket: Value, prefix: Value
) -> Lowering:
    if isinstance(prefix, (list, tuple)):
        raise Untranslatable("MIG201", "it deletes what is below several prefixes", task.argument_spans.get("prefix"))
    lowering = _use(
        task,
        context,
        connection,
        "delete_prefix",
        {"bucket": context.template(bucket), "prefix": context.template(prefix)},
    )
    if isinstance(lowering.body, UseResource):
        context.use_methods(lowering.body.resource, ("delete_prefix",))
    return lowering


def _s3_list(task: Task, context: LoweringContext) -> Lowering:
    prefix, delimiter = argument(task, "prefix", ""), argument(task, "delimiter")
    if flag(task, "apply_wildcard"):
        _refuse(task, "delimiter")
        return _keys(task, context, _S3, "list_matches", {"pattern": prefix})
    if delimiter == "/":
        return _keys(task, context, _S3, "list_direct", {"prefix": prefix})
    _refuse(task, "delimiter")
    return _keys(task, context, _S3, "list_keys", {"prefix": prefix})


def _s3_folders(task: Task, context: LoweringContext) -> Lowering:
    if argument(task, "delimiter") != "/":
        raise Untranslatable(
            "MIG201", "it takes keys apart at something else than `/`", task.argument_spans.get("delimiter")
        )
    return _keys(task, context, _S3, "list_folders", {"prefix": argument(task, "prefix", "")})


def _gcs_list(task: Task, context: LoweringContext) -> Lowering:
    _refuse(task, "impersonation_chain")
    prefix, delimiter = argument(task, "prefix", ""), argument(task, "delimiter")
    if isinstance(prefix, (list, tuple)):
        raise Untranslatable("MIG201", "it lists what is below several prefixes", task.argument_spans.get("prefix"))
    pattern = argument(task, "match_glob")
    if (ending := _ending(pattern)) is not None:
        return _keys(task, context, _GCS, "list_ending", {"prefix": prefix, "ending": ending})
    if pattern:
        return _keys(task, context, _GCS, "list_glob", {"pattern": pattern, "prefix": prefix})
    if not delimiter:
        return _keys(task, context, _GCS, "list_keys", {"prefix": prefix})
    if delimiter == "/":
        found = _keys(task, context, _GCS, "list_folders", {"prefix": prefix})
        return _without_others(context, found, "keys that have no further `/`")
    found = _keys(task, context, _GCS, "list_ending", {"prefix": prefix, "ending": delimiter})
    return _without_others(context, found, f"keys without {delimiter}")


def _ending(pattern: Value) -> str | None:
    """How keys end that a pattern of Cloud Storage (`**/*.csv`) finds, where that is all that it says."""
    if isinstance(pattern, str) and pattern.startswith("**") and not set("*?[{") & set(pattern.lstrip("*/")):
        return pattern.removeprefix("**").removeprefix("/").removeprefix("*")
    return None


def _without_others(context: LoweringContext, found: Lowering, others: str) -> Lowering:
    """A list by a delimiter, which in Airflow is one of other keys where there are none with it."""
    lost = delta(context, f"where it finds nothing, it lists {others}", "where it finds nothing, its list is empty")
    return Lowering("work", found.body, deltas=(lost,))


def _keys(
    task: Task, context: LoweringContext, connection: tuple[str, str, str], method: str, values: Mapping[str, Value]
) -> Lowering:
    """The keys that a method of the store lists."""
    given = {"bucket": context.template(required(task, "bucket"))}
    given |= {name: context.template(value) for name, value in values.items() if value}
    if method == "list_ending":
        given.setdefault("prefix", "")
    lowering = _use(task, context, connection, method, given, "list[str]")
    if isinstance(lowering.body, UseResource) and method != "list_keys":
        context.use_methods(lowering.body.resource, (method,))
    return lowering


def _s3_upload(task: Task, context: LoweringContext) -> Lowering:
    _refuse(task, "encrypt", "acl_policy")
    bucket, key = located(task, context, "dest_bucket", "dest_key")
    given = {"path": context.template(required(task, "filename")), "bucket": bucket, "key": key}
    if flag(task, "replace"):
        given["replace"] = True
    return _upload(task, context, _S3, "upload", given)


def _gcs_upload(task: Task, context: LoweringContext) -> Lowering:
    _refuse(task, "impersonation_chain")
    source, target = required(task, "src"), required(task, "dst")
    several = isinstance(source, (list, tuple)) or any(sign in show(source) for sign in "*?[")
    bucket, shown = context.template(required(task, "bucket")), show(target)
    if several or shown.endswith("/"):
        if not shown.endswith("/"):
            raise Untranslatable("MIG201", "it gives several files one name", task.argument_spans.get("dst"))
        files = {"paths": context.template(source), "bucket": bucket, "folder": context.template(target)}
        return _upload(task, context, _GCS, "upload_files", files)
    file = {"path": context.template(source), "bucket": bucket, "key": context.template(target), "replace": True}
    return _upload(task, context, _GCS, "upload", file)


def _upload(
    task: Task, context: LoweringContext, connection: tuple[str, str, str], method: str, given: dict[str, Expr]
) -> Lowering:
    """An upload, compressed where the task says so."""
    wanted = [method] if method != "upload" else []
    if flag(task, "gzip"):
        given["compress"] = True
        wanted.append("compress")
    lowering = _use(task, context, connection, method, given)
    if isinstance(lowering.body, UseResource) and wanted:
        context.use_methods(lowering.body.resource, wanted)
    return lowering


def _gcs_copy(task: Task, context: LoweringContext) -> Lowering:
    if _ending(argument(task, "match_glob")) is None:
        _refuse(task, "match_glob")
    _refuse(task, "last_modified_time", "maximum_modified_time", "retain_until_time", "retention_mode")
    _refuse(task, "impersonation_chain", "is_older_than", "source_object_required")
    bucket = required(task, "source_bucket")
    key: Value = argument(task, "source_objects") or argument(task, "source_object")
    if key is None:
        raise Untranslatable("MIG207", "what it copies is not known", task.span)
    if not _is_one_object(task, key):
        return _gcs_copies(task, context, bucket, key)
    places = {
        "source_bucket": context.template(bucket),
        "source_key": context.template(key),
        "bucket": context.template(argument(task, "destination_bucket") or bucket),
        "key": context.template(argument(task, "destination_object") or key),
    }
    lowering = _use(task, context, _GCS, "copy_object", places)
    if flag(task, "exact_match"):
        return lowering
    only = delta(
        context,
        "it copies the object and all others whose name begins with that of the object",
        "it copies the object of just that name",
        "list the objects below the prefix and copy each, where there are others",
    )
    return Lowering("work", lowering.body, deltas=(only,))


def _is_one_object(task: Task, key: Value) -> bool:
    """Whether it copies an object of a known name to another: not all of a folder, or what a wildcard finds, or only what is not there yet."""
    named = not isinstance(key, (list, tuple, XComValue)) and not any(sign in show(key) for sign in "*?[")
    onto = show(argument(task, "destination_object") or key)
    chosen = argument(task, "delimiter") or argument(task, "match_glob") or flag(task, "move_object")
    plain = not chosen and flag(task, "replace", default=True)
    return named and plain and not show(key).endswith("/") and not onto.endswith("/")


def _gcs_copies(task: Task, context: LoweringContext, bucket: Value, keys: Value) -> Lowering:
    _refuse(task, "exact_match")
    given: dict[str, Expr] = {
        "source_bucket": context.template(bucket),
        "sources": context.template(keys),
        "bucket": context.template(argument(task, "destination_bucket") or bucket),
    }
    if target := argument(task, "destination_object"):
        given["target"] = context.template(target)
    if ending := _ending(argument(task, "match_glob")) or argument(task, "delimiter"):
        given["ending"] = context.template(ending)
    if not flag(task, "replace", default=True):
        given["replace"] = False
    if flag(task, "move_object"):
        given["move"] = True
    lowering = _use(task, context, _GCS, "copy_objects", given)
    if isinstance(lowering.body, UseResource):
        context.use_methods(lowering.body.resource, ("copy_objects",))
    return lowering


_GCS_COPY = Example(
    title="A copy of one object",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.transfers.gcs_to_gcs import GCSToGCSOperator

with DAG("mirror", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GCSToGCSOperator(
        task_id="copy",
        source_bucket="drops",
        source_object="orders/{{ ds }}.csv",
        destination_bucket="archive",
    )
""",
    expected=("google_cloud_default.copy_object(", 'source_bucket="drops"', 'bucket="archive"'),
)
_GCS_MOVE = Example(
    title="Objects that are moved into another folder",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.transfers.gcs_to_gcs import GCSToGCSOperator

with DAG("mirror", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GCSToGCSOperator(
        task_id="archive",
        source_bucket="drops",
        source_object="orders/*.csv",
        destination_bucket="archive",
        destination_object="orders/{{ ds }}/",
        move_object=True,
    )
""",
    expected=("google_cloud_default.copy_objects(", 'sources="orders/*.csv"', "move=True", "def copy_objects("),
)
_COPY = Example(
    title="A copy into an archive",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.amazon.aws.operators.s3 import S3CopyObjectOperator

with DAG("archive", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    S3CopyObjectOperator(
        task_id="copy",
        source_bucket_key="s3://drops/orders/{{ ds }}.csv",
        dest_bucket_name="archive",
        dest_bucket_key="orders/{{ ds }}.csv",
    )
""",
    expected=("aws_default.copy_object(", 'source_bucket="drops"', 'bucket="archive"'),
)
_LIST = Example(
    title="The keys below a prefix, for another task",
    dag="""
from datetime import datetime

from airflow.providers.google.cloud.operators.gcs import GCSListObjectsOperator
from airflow.sdk import DAG, task

with DAG("listing", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    found = GCSListObjectsOperator(task_id="found", bucket="drops", prefix="orders/{{ ds }}/")

    @task
    def count(keys):
        print(len(keys))

    count(found.output)
""",
    expected=("-> list[str]:", 'google_cloud_default.list_keys(bucket="drops"'),
)
_UPLOAD = Example(
    title="A file that becomes an object",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.amazon.aws.transfers.local_to_s3 import LocalFilesystemToS3Operator

with DAG("upload", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    LocalFilesystemToS3Operator(
        task_id="upload", filename="/data/{{ ds }}.csv", dest_key="s3://lake/in/{{ ds }}.csv", replace=True
    )
""",
    expected=("aws_default.upload(", 'bucket="lake"', "replace=True"),
)


def _rule(
    name: str,
    operator: str,
    lower: Callable[[Task, LoweringContext], Lowering],
    connection: tuple[str, str, str],
    carried: tuple[str, ...],
    ignored: Mapping[str, str] | None = None,
    examples: tuple[Example, ...] = (),
) -> Rule:
    return Rule(
        name=name,
        operators=(operator,),
        summary="The same by the resource that stands for the connection.",
        lower=lower,
        carried=frozenset({*carried, connection[0]}),
        ignored=ignored or {},
        connection=(connection[0],),
        default_connection=connection[1],
        system=connection[2],
        examples=examples,
    )


RULES = (
    _rule(
        "s3-copy",
        _AWS + "operators.s3.S3CopyObjectOperator",
        _s3_copy,
        _S3,
        (
            "source_bucket_key",
            "source_bucket_name",
            "dest_bucket_key",
            "dest_bucket_name",
            "source_version_id",
            "acl_policy",
            "meta_data_directive",
            "kms_key_id",
            "kms_encryption_type",
        ),
        examples=(_COPY,),
    ),
    _rule(
        "s3-delete",
        _AWS + "operators.s3.S3DeleteObjectsOperator",
        _s3_delete,
        _S3,
        ("bucket", "keys", "prefix", "from_datetime", "to_datetime"),
    ),
    _rule(
        "s3-list",
        _AWS + "operators.s3.S3ListOperator",
        _s3_list,
        _S3,
        ("bucket", "prefix", "delimiter", "apply_wildcard"),
    ),
    _rule(
        "s3-folders",
        _AWS + "operators.s3.S3ListPrefixesOperator",
        _s3_folders,
        _S3,
        ("bucket", "prefix", "delimiter"),
    ),
    _rule(
        "s3-upload",
        _AWS + "transfers.local_to_s3.LocalFilesystemToS3Operator",
        _s3_upload,
        _S3,
        ("filename", "dest_key", "dest_bucket", "replace", "encrypt", "gzip", "acl_policy"),
        examples=(_UPLOAD,),
    ),
    _rule(
        "gcs-copy",
        _GOOGLE + "transfers.gcs_to_gcs.GCSToGCSOperator",
        _gcs_copy,
        _GCS,
        (
            "source_bucket",
            "source_object",
            "source_objects",
            "destination_bucket",
            "destination_object",
            "replace",
            "move_object",
            "delimiter",
            "match_glob",
            "last_modified_time",
            "maximum_modified_time",
            "is_older_than",
            "source_object_required",
            "exact_match",
            "impersonation_chain",
            "retain_until_time",
            "retention_mode",
        ),
        examples=(_GCS_COPY, _GCS_MOVE),
    ),
    _rule(
        "gcs-delete",
        _GOOGLE + "operators.gcs.GCSDeleteObjectsOperator",
        _gcs_delete,
        _GCS,
        ("bucket_name", "objects", "prefix", "ignore_error", "impersonation_chain"),
    ),
    _rule(
        "gcs-list",
        _GOOGLE + "operators.gcs.GCSListObjectsOperator",
        _gcs_list,
        _GCS,
        ("bucket", "prefix", "delimiter", "match_glob", "impersonation_chain"),
        examples=(_LIST,),
    ),
    _rule(
        "gcs-upload",
        _GOOGLE + "transfers.local_to_gcs.LocalFilesystemToGCSOperator",
        _gcs_upload,
        _GCS,
        ("src", "dst", "bucket", "gzip", "impersonation_chain"),
        ignored={"mime_type": "the store's client tells the type", "chunk_size": "the store's client decides"},
    ),
)
