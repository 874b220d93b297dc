"""Files of Google Drive, and what models of Gemini are asked."""

from __future__ import annotations

from collections.abc import Callable

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.model.values import show
from migrator.operators.calls import Call, call_rule
from migrator.operators.common import argument, required
from migrator.operators.google import GOOGLE
from migrator.operators.google_asks import plain
from migrator.operators.rule import Example, LoweringContext

_GOOGLE = "airflow.providers.google."
_FILE = {"file_name": "name", "folder_id": "folder", "drive_id": "drive"}
_HEAD = """
from datetime import datetime

from airflow import DAG
"""


def _target(task: Task, context: LoweringContext) -> dict[str, Expr]:
    source = required(task, "source_object")
    target = argument(task, "destination_object") if "*" in show(source) else required(task, "destination_object")
    named = {} if target is None else {"target": context.template(target)}
    return {"source": context.template(source), **named}


def _asked(**names: str) -> Callable[[Task, LoweringContext], dict[str, Expr]]:
    """Arguments that may hold objects of the library, which takes dicts in their place."""

    def built(task: Task, context: LoweringContext) -> dict[str, Expr]:
        given = {new: plain(value, task) for name, new in names.items() if (value := argument(task, name)) is not None}
        return {name: context.template(value) for name, value in given.items()}

    return built


_DRIVE_EXAMPLE = Example(
    title="A file that colleagues put into a folder",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.transfers.gdrive_to_gcs import GoogleDriveToGCSOperator
from airflow.providers.google.suite.sensors.drive import GoogleDriveFileExistenceSensor

with DAG("targets", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    there = GoogleDriveFileExistenceSensor(task_id="there", folder_id="1aB", file_name="targets-{{{{ ds }}}}.csv")
    there >> GoogleDriveToGCSOperator(
        task_id="fetch",
        folder_id="1aB",
        file_name="targets-{{{{ ds }}}}.csv",
        bucket_name="lake",
        object_name="targets/{{{{ ds }}}}.csv",
    )
""",
    expected=(
        "google_cloud_default.drive_file_exists(",
        "google_cloud_default.drive_to_gcs(",
        'name=f"targets-{context.partition_key}.csv"',
        'bucket="lake"',
    ),
)
_GEMINI_EXAMPLE = Example(
    title="A text that a model writes",
    dag=f"""{_HEAD}from airflow.providers.google.cloud.operators.gen_ai import GenAIGenerateContentOperator

with DAG("texts", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    GenAIGenerateContentOperator(
        task_id="write",
        project_id="acme",
        location="europe-west1",
        model="gemini-2.5-flash",
        contents=["Sum up the news of {{{{ ds }}}}."],
        generation_config={{"temperature": 0.2}},
    )
""",
    expected=(
        "google_cloud_default.generate_text(",
        'contents=[f"Sum up the news of {context.partition_key}."]',
        'config={"temperature": 0.2}',
    ),
    disposition="step",
)
_MODEL = {"model": "model", "location": "location", "project_id": "project"}
_CALLS = (
    Call(
        "gdrive-to-gcs",
        (_GOOGLE + "cloud.transfers.gdrive_to_gcs.GoogleDriveToGCSOperator",),
        "drive_to_gcs",
        {**_FILE, "bucket_name": "bucket", "object_name": "key"},
        gives="list",
        kind="gcs",
        examples=(_DRIVE_EXAMPLE,),
    ),
    Call(
        "gdrive-to-local",
        (_GOOGLE + "cloud.transfers.gdrive_to_local.GoogleDriveToLocalOperator",),
        "drive_to_file",
        {**_FILE, "output_file": "path"},
        kind="googledrive",
    ),
    Call(
        "gcs-to-gdrive",
        (_GOOGLE + "suite.transfers.gcs_to_gdrive.GCSToGoogleDriveOperator",),
        "gcs_to_drive",
        {
            "source_bucket": "bucket",
            "destination_folder_id": "folder",
            "move_object": "move",
        },
        built=_target,
        reads=("source_object", "destination_object"),
        kind="googledrive",
    ),
    Call(
        "local-to-gdrive",
        (_GOOGLE + "suite.transfers.local_to_drive.LocalFilesystemToGoogleDriveOperator",),
        "files_to_drive",
        {
            "local_paths": "paths",
            "drive_folder": "target",
            "folder_id": "folder",
            "delete": "move",
            "ignore_if_missing": "missing_ok",
        },
        gives="list",
        ignored={
            "chunk_size": "the client decides how it sends",
            "resumable": "the client decides how it sends",
            "show_full_target_path": "it says what the log shows",
        },
        kind="googledrive",
    ),
    Call(
        "gdrive-sensor",
        (_GOOGLE + "suite.sensors.drive.GoogleDriveFileExistenceSensor",),
        "drive_file_exists",
        _FILE,
        kind="googledrive",
        waits=True,
    ),
    Call(
        "gemini",
        (_GOOGLE + "cloud.operators.gen_ai.GenAIGenerateContentOperator",),
        "generate_text",
        _MODEL,
        built=_asked(contents="contents", generation_config="config"),
        reads=("contents", "generation_config"),
        gives="str",
        kind="gemini",
        examples=(_GEMINI_EXAMPLE,),
    ),
    Call(
        "gemini-tokens",
        (_GOOGLE + "cloud.operators.gen_ai.GenAICountTokensOperator",),
        "count_tokens",
        _MODEL,
        built=_asked(contents="contents", config="config"),
        reads=("contents", "config"),
        keys={"total_tokens": "int"},
        kind="gemini",
    ),
)
RULES = tuple(call_rule(GOOGLE, call) for call in _CALLS)
