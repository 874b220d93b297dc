"""Vertex AI of Google Cloud: pipelines, predictions, and training by code of one's own."""

from __future__ import annotations

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, call_rule, options, passed
from migrator.operators.google import GOOGLE
from migrator.operators.rule import Example, LoweringContext

_REGION = {"project_id": "project", "region": "region"}
_EXPERIMENT = {"project_id": "project", "location": "location", "experiment_name": "experiment"}
_VERTEX = "airflow.providers.google.cloud.operators.vertex_ai."
_PIPELINE = (
    *("job_id", "pipeline_root", "parameter_values", "input_artifacts", "enable_caching", "encryption_spec_key_name"),
    *("labels", "failure_policy"),
)
_SUBMITTED = ("service_account", "network", "reserved_ip_ranges", "experiment", "create_request_timeout")
_PREDICTION = (
    *("instances_format", "predictions_format", "gcs_source", "bigquery_source", "gcs_destination_prefix"),
    *("bigquery_destination_prefix", "model_parameters", "machine_type", "accelerator_type", "accelerator_count"),
    *("starting_replica_count", "max_replica_count", "generate_explanation", "labels", "encryption_spec_key_name"),
    *("create_request_timeout", "batch_size"),
)
_TRAINED = (
    *("display_name", "container_uri", "command", "script_path", "requirements", "python_package_gcs_uri"),
    *("python_module_name", "model_description", "model_instance_schema_uri", "model_parameters_schema_uri"),
    *("model_prediction_schema_uri", "labels", "training_encryption_spec_key_name", "staging_bucket"),
    "model_encryption_spec_key_name",
    *(f"model_serving_container_{name}" for name in ("image_uri", "predict_route", "health_route", "command", "args")),
    *(f"model_serving_container_{name}" for name in ("environment_variables", "ports")),
)
_TRAINING = (
    *("model_display_name", "model_labels", "parent_model", "is_default_version", "model_version_aliases"),
    *("model_version_description", "base_output_dir", "service_account", "network", "bigquery_destination", "args"),
    *("environment_variables", "replica_count", "machine_type", "accelerator_type", "accelerator_count"),
    *("boot_disk_type", "boot_disk_size_gb", "tensorboard"),
    *("annotation_schema_uri", "training_fraction_split", "validation_fraction_split", "test_fraction_split"),
    *("training_filter_split", "validation_filter_split", "test_filter_split"),
    *("predefined_split_column_name", "timestamp_split_column_name"),
)


def _same(names: tuple[str, ...]) -> dict[str, str]:
    return {name: name for name in names}


def _pipeline(task: Task, context: LoweringContext) -> dict[str, Expr]:
    found = {"options": passed(task, context, _same(_PIPELINE)), "submit": passed(task, context, _same(_SUBMITTED))}
    return {name: given for name, given in found.items() if given}


def _training(own: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments that a class of jobs is made with: those that all have, and its own."""
    others = {"command", "script_path", "requirements", "python_package_gcs_uri", "python_module_name"} - {*own}
    return tuple(name for name in _TRAINED if name not in others)


def _trained(rule: str, kind: str, *own: str) -> Call:
    made = _training(own)

    def built(task: Task, context: LoweringContext) -> dict[str, Expr]:
        return {"job": options(task, context, _same(made)), "run": options(task, context, _same(_TRAINING))}

    return Call(
        f"vertex-train-{rule}",
        (f"{_VERTEX}custom_job.Create{kind}TrainingJobOperator",),
        "run_vertex_training",
        {"dataset_id": "dataset_id", **_REGION},
        summary="Trains the same model by aiplatform's job of that name.",
        fixed={"kind": f"{kind}TrainingJob"},
        built=built,
        reads=(*made, *_TRAINING),
        keys={"model_id": "str"},
        refused=("psc_interface_config",),
        kind="gcp",
    )


_PIPELINE_EXAMPLE = Example(
    title="A pipeline of Vertex AI",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.operators.vertex_ai.pipeline_job import RunPipelineJobOperator

with DAG("models", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    RunPipelineJobOperator(
        task_id="train",
        project_id="acme",
        region="europe-west1",
        display_name="churn",
        template_path="gs://acme/churn.json",
        parameter_values={"day": "{{ ds }}"},
        service_account="trainer@acme.iam.gserviceaccount.com",
    )
""",
    expected=(
        "google_cloud_default.run_vertex_pipeline(",
        'options={"parameter_values": {"day": context.partition_key}}',
        'submit={"service_account": "trainer@acme.iam.gserviceaccount.com"}',
    ),
    disposition="step",
)
_MODELS = (
    Call(
        "vertex-pipeline",
        (_VERTEX + "pipeline_job.RunPipelineJobOperator",),
        "run_vertex_pipeline",
        {"display_name": "display_name", "template_path": "template_path", **_REGION},
        built=_pipeline,
        reads=(*_PIPELINE, *_SUBMITTED),
        keys={"pipeline_job_id": "str"},
        kind="gcp",
        examples=(_PIPELINE_EXAMPLE,),
    ),
    Call(
        "vertex-prediction",
        (_VERTEX + "batch_prediction_job.CreateBatchPredictionJobOperator",),
        "run_vertex_prediction",
        {"job_display_name": "job_display_name", "model_name": "model_name", **_same(_PREDICTION), **_REGION},
        keys={"batch_prediction_job_id": "str"},
        refused=("explanation_metadata", "explanation_parameters"),
        kind="gcp",
    ),
    Call(
        "vertex-delete-model",
        (_VERTEX + "model_service.DeleteModelOperator",),
        "delete_vertex_model",
        {"model_id": "model_id", **_REGION},
        ignored={"timeout": "the client's own limit counts"},
        kind="gcp",
    ),
    *(
        Call(
            f"vertex-{rule}",
            (f"{_VERTEX}experiment_service.{operator}Operator",),
            method,
            {**_same(own), **_EXPERIMENT},
            kind="gcp",
        )
        for rule, operator, method, own in (
            (
                "create-experiment",
                "CreateExperiment",
                "create_vertex_experiment",
                ("experiment_description", "experiment_tensorboard"),
            ),
            (
                "delete-experiment",
                "DeleteExperiment",
                "delete_vertex_experiment",
                ("delete_backing_tensorboard_runs",),
            ),
            (
                "create-experiment-run",
                "CreateExperimentRun",
                "create_vertex_experiment_run",
                ("experiment_run_name", "experiment_run_tensorboard", "run_after_creation"),
            ),
            (
                "delete-experiment-run",
                "DeleteExperimentRun",
                "delete_vertex_experiment_run",
                ("experiment_run_name",),
            ),
        )
    ),
    _trained("container", "CustomContainer", "command"),
    _trained("package", "CustomPythonPackage", "python_package_gcs_uri", "python_module_name"),
    _trained("script", "Custom", "script_path", "requirements"),
)
RULES = tuple(call_rule(GOOGLE, call) for call in _MODELS)
