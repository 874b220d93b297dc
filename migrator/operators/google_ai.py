"""Google Cloud: what it reads in texts, images and videos; copies between buckets, transfers and spreadsheets that are set up, and jobs of Dataflow
that are stopped."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import RUN_LIMIT, Call, call_rule
from migrator.operators.common import argument, flag, required
from migrator.operators.google import GOOGLE
from migrator.operators.google_asks import Ask, ask_rules, plain
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_OPERATORS = "airflow.providers.google.cloud.operators."
_LIMIT = {"timeout": "the client's own limit counts"}

# ------------------------------------------------------------------------------------------ texts, images and videos

_TEXTS = (
    *(
        Ask(
            f"CloudNaturalLanguage{operator}",
            method,
            {"document": "document"},
            as_json=True,
            ignored=("encoding_type",) if method != "classify_text" else (),
        )
        for operator, method in (
            ("AnalyzeEntities", "analyze_entities"),
            ("AnalyzeSentiment", "analyze_sentiment"),
            ("ClassifyText", "classify_text"),
        )
    ),
    Ask(
        "CloudNaturalLanguageAnalyzeEntitySentiment",
        "analyze_entity_sentiment",
        {"document": "document", "encoding_type": "encoding_type"},
        as_json=True,
    ),
)
_VIDEOS = tuple(
    Ask(
        f"CloudVideoIntelligenceDetectVideo{operator}",
        "annotate_video",
        {
            "input_uri": "input_uri",
            "input_content": "input_content",
            "features": [feature],
            "video_context": "video_context",
            "location_id": "location",
        },
        as_json=True,
        ignored=("output_uri",),
    )
    for operator, feature in (
        ("Labels", "LABEL_DETECTION"),
        ("ExplicitContent", "EXPLICIT_CONTENT_DETECTION"),
        ("Shots", "SHOT_CHANGE_DETECTION"),
    )
)


def _image(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = {name: argument(task, name) for name in ("image", "max_results", "additional_properties")}
    return {name: context.template(plain(value, task)) for name, value in given.items() if value is not None}


def _annotated(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {"request": context.template(plain(required(task, "request"), task))}


_IMAGES = (
    Call(
        "vision-annotate",
        (_OPERATORS + "vision.CloudVisionImageAnnotateOperator",),
        "annotate_image",
        built=_annotated,
        reads=("request",),
        gives="dict",
        ignored=_LIMIT,
        kind="gcp",
    ),
    *(
        Call(
            f"vision-{feature.replace('_', '-')}",
            (f"{_OPERATORS}vision.CloudVision{operator}Operator",),
            "detect_in_image",
            fixed={"feature": feature},
            built=_image,
            reads=("image", "max_results", "additional_properties"),
            gives="dict",
            ignored=_LIMIT,
            kind="gcp",
        )
        for operator, feature in (
            ("DetectText", "text"),
            ("TextDetect", "document_text"),
            ("DetectImageLabels", "label"),
            ("DetectImageSafeSearch", "safe_search"),
        )
    ),
)

# -------------------------------------------------------------------------------------- buckets, transfers, Dataflow

_SYNC_EXAMPLE = Example(
    title="A folder of a bucket that is kept like another one",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.operators.gcs import GCSSynchronizeBucketsOperator

with DAG("copies", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GCSSynchronizeBucketsOperator(
        task_id="sync",
        source_bucket="lake",
        source_object="raw/{{ ds }}",
        destination_bucket="archive",
        allow_overwrite=True,
    )
""",
    expected=(
        "google_cloud_default.sync_buckets(",
        'source_folder=f"raw/{context.partition_key}"',
        "overwrite=True",
    ),
    disposition="asset",
)


def _transfer(task: Task, context: LoweringContext) -> dict[str, Expr]:
    """The definition of a transfer, which only runs when it is asked to unless it says otherwise, as in Airflow."""
    config = context.template(plain(required(task, "transfer_config"), task))
    options = config.get("schedule_options", {}) if isinstance(config, Mapping) else None
    if not isinstance(config, Mapping) or not isinstance(options, Mapping):
        raise Untranslatable("MIG207", "its transfer is only known at run time", task.span)
    return {"config": {**config, "schedule_options": {"disable_auto_scheduling": True, **options}}}


def _stopped(task: Task, context: LoweringContext) -> dict[str, Expr]:
    return {} if flag(task, "drain_pipeline", True) else {"drain": False}


_OTHERS = (
    Call(
        "gcs-sync",
        (_OPERATORS + "gcs.GCSSynchronizeBucketsOperator",),
        "sync_buckets",
        {
            "source_bucket": "source_bucket",
            "destination_bucket": "destination_bucket",
            "source_object": "source_folder",
            "destination_object": "destination_folder",
            "recursive": "recursive",
            "delete_extra_files": "delete_extra",
            "allow_overwrite": "overwrite",
        },
        kind="gcs",
        examples=(_SYNC_EXAMPLE,),
    ),
    Call(
        "bigquery-create-transfer",
        (_OPERATORS + "bigquery_dts.BigQueryCreateDataTransferOperator",),
        "create_bigquery_transfer",
        {"project_id": "project", "location": "location", "authorization_code": "authorization_code"},
        built=_transfer,
        reads=("transfer_config",),
        keys={"transfer_config_id": "str"},
        ignored=_LIMIT,
        kind="bigquery",
    ),
    Call(
        "sheets-create",
        ("airflow.providers.google.suite.operators.sheets.GoogleSheetsCreateSpreadsheetOperator",),
        "create_sheet",
        {"spreadsheet": "spreadsheet", "drive_id": "drive_id"},
        keys={"spreadsheet_id": "str"},
        refused=("api_endpoint",),
        kind="googlesheets",
    ),
    Call(
        "dataflow-stop",
        (_OPERATORS + "dataflow.DataflowStopJobOperator",),
        "stop_dataflow_jobs",
        {"job_id": "job_id", "job_name_prefix": "prefix", "location": "location", "project_id": "project"},
        built=_stopped,
        reads=("drain_pipeline",),
        ignored={"stop_timeout": RUN_LIMIT},
        kind="dataflow",
    ),
)

RULES = (
    *ask_rules("language", "natural_language", "ask_language", _TEXTS),
    *ask_rules("video", "video_intelligence", "ask_video", _VIDEOS),
    *(call_rule(GOOGLE, call) for call in (*_IMAGES, *_OTHERS)),
)
