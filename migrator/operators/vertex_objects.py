"""Vertex AI of Google Cloud: data sets, models, endpoints and jobs, which are made, listed or deleted."""

from __future__ import annotations

from migrator.operators.google_asks import Ask, ask_rules

_PLACE = "projects/{project_id}/locations/{region}"
_REGION = {"region": "region"}
_PAGES = {**_REGION, "parent": _PLACE, "filter": "filter", "page_size": "page_size", "page_token": "page_token"}
_LISTED = {**_PAGES, "read_mask": "read_mask"}
_DATASET, _MODEL = _PLACE + "/datasets/{dataset_id}", _PLACE + "/models/{model_id}"


def _deleted(operator: str, field: str, folder: str, given: str = "") -> Ask:
    place = f"{_PLACE}/{folder}/{{{given or field + '_id'}}}"
    return Ask(operator, f"delete_{field}", {**_REGION, "name": place}, gives="", missing_ok=True)


def _got(operator: str, field: str, folder: str, given: str = "") -> Ask:
    name = f"{_PLACE}/{folder}/{{{given or field + '_id'}}}"
    return Ask(operator, f"get_{field}", {**_REGION, "name": name}, missing_ok=True)


_DATASETS = (
    Ask("CreateDataset", "create_dataset", {**_REGION, "parent": _PLACE, "dataset": "dataset"}, key="dataset_id"),
    Ask("GetDataset", "get_dataset", {**_REGION, "name": _DATASET, "read_mask": "read_mask"}, missing_ok=True),
    _deleted("DeleteDataset", "dataset", "datasets"),
    Ask(
        "UpdateDataset",
        "update_dataset",
        {**_REGION, "dataset": "dataset", "dataset.name": _DATASET, "update_mask": "update_mask"},
    ),
    Ask("ListDatasets", "list_datasets", {**_LISTED, "order_by": "order_by"}, gives="list"),
    Ask(
        "ImportData",
        "import_data",
        {**_REGION, "name": _DATASET, "import_configs": "import_configs"},
        gives="",
        refused=("raise_for_empty_result",),
    ),
    Ask(
        "ExportData",
        "export_data",
        {**_REGION, "name": _DATASET, "export_config": "export_config"},
        gives="",
    ),
)
_MODELS = (
    Ask(
        "UploadModel",
        "upload_model",
        {**_REGION, "parent": _PLACE, "model": "model", "parent_model": "?" + _PLACE + "/models/{parent_model}"},
        key="model_id",
    ),
    Ask(
        "ExportModel",
        "export_model",
        {**_REGION, "name": _MODEL, "output_config": "output_config"},
        gives="",
        missing_ok=True,
    ),
    Ask("ListModels", "list_models", {**_LISTED, "order_by": "order_by"}, gives="list"),
    Ask("ListModelVersions", "list_model_versions", {**_REGION, "name": _MODEL}, gives="list"),
    _deleted("DeleteModelVersion", "model_version", "models", "model_id"),
    Ask(
        "SetDefaultVersionOnModel",
        "merge_version_aliases",
        {**_REGION, "name": _MODEL, "version_aliases": ["default"]},
    ),
    Ask(
        "AddVersionAliasesOnModel",
        "merge_version_aliases",
        {**_REGION, "name": _MODEL, "version_aliases": "version_aliases"},
    ),
)
_ENDPOINT = _PLACE + "/endpoints/{endpoint_id}"
_SERVED = {**_REGION, "endpoint": _ENDPOINT, "traffic_split": "traffic_split"}
_ENDPOINTS = (
    Ask(
        "CreateEndpoint",
        "create_endpoint",
        {**_REGION, "parent": _PLACE, "endpoint": "endpoint", "endpoint_id": "endpoint_id"},
        key="endpoint_id",
    ),
    _got("GetEndpoint", "endpoint", "endpoints"),
    _deleted("DeleteEndpoint", "endpoint", "endpoints"),
    Ask("ListEndpoints", "list_endpoints", {**_LISTED, "order_by": "order_by"}, gives="list"),
    Ask(
        "UpdateEndpoint",
        "update_endpoint",
        {**_REGION, "endpoint": "endpoint", "endpoint.name": _ENDPOINT, "update_mask": "update_mask"},
    ),
    Ask("DeployModel", "deploy_model", {**_SERVED, "deployed_model": "deployed_model"}),
    Ask("UndeployModel", "undeploy_model", {**_SERVED, "deployed_model_id": "deployed_model_id"}, gives=""),
)
_TUNING = (
    _got("GetHyperparameterTuningJob", "hyperparameter_tuning_job", "hyperparameterTuningJobs"),
    _deleted("DeleteHyperparameterTuningJob", "hyperparameter_tuning_job", "hyperparameterTuningJobs"),
    Ask("ListHyperparameterTuningJob", "list_hyperparameter_tuning_jobs", _LISTED, gives="list"),
)
_PREDICTIONS = (
    _got("GetBatchPredictionJob", "batch_prediction_job", "batchPredictionJobs", "batch_prediction_job"),
    _deleted("DeleteBatchPredictionJob", "batch_prediction_job", "batchPredictionJobs"),
    Ask("ListBatchPredictionJobs", "list_batch_prediction_jobs", _LISTED, gives="list"),
)
_TRAININGS = (Ask("ListCustomTrainingJob", "list_training_pipelines", _LISTED, gives="list"),)
_AUTO = (
    _deleted("DeleteAutoMLTrainingJob", "training_pipeline", "trainingPipelines"),
    Ask("ListAutoMLTrainingJob", "list_training_pipelines", _LISTED, gives="list"),
)
_RUNS = (
    _got("GetPipelineJob", "pipeline_job", "pipelineJobs"),
    _deleted("DeletePipelineJob", "pipeline_job", "pipelineJobs"),
    Ask(
        "ListPipelineJob",
        "list_pipeline_jobs",
        {**_PAGES, "order_by": "order_by"},
        gives="list",
    ),
)

RULES = (
    *ask_rules("vertex", "vertex_ai.dataset", "ask_vertex_datasets", _DATASETS),
    *ask_rules("vertex", "vertex_ai.model_service", "ask_vertex_models", _MODELS),
    *ask_rules("vertex", "vertex_ai.endpoint_service", "ask_vertex_endpoints", _ENDPOINTS),
    *ask_rules("vertex", "vertex_ai.hyperparameter_tuning_job", "ask_vertex_jobs", _TUNING),
    *ask_rules("vertex", "vertex_ai.batch_prediction_job", "ask_vertex_jobs", _PREDICTIONS),
    *ask_rules("vertex", "vertex_ai.custom_job", "ask_vertex_pipelines", _TRAININGS),
    *ask_rules("vertex", "vertex_ai.auto_ml", "ask_vertex_pipelines", _AUTO),
    *ask_rules("vertex", "vertex_ai.pipeline_job", "ask_vertex_pipelines", _RUNS),
)
