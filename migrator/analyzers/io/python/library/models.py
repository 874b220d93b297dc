"""Machine learning: model files, registries, experiment trackers, data sets of hubs."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package

_FLAVORS = (
    "sklearn",
    "pytorch",
    "tensorflow",
    "keras",
    "xgboost",
    "lightgbm",
    "catboost",
    "pyfunc",
    "spark",
    "statsmodels",
    "prophet",
    "onnx",
    "transformers",
    "langchain",
    "fastai",
)
_KAGGLE = {
    "dataset_download_files": (
        "read api https://www.kaggle.com/datasets/{dataset:0}",
        "write file {path:1}",
    ),
    "dataset_download_file": (
        "read api https://www.kaggle.com/datasets/{dataset:0}",
        "write file [{path:2}/]{file_name:1}",
    ),
    "competition_download_files": (
        "read api https://www.kaggle.com/competitions/{competition:0}",
        "write file {path:1}",
    ),
}

PACKAGES = (
    Package(
        ("joblib", "sklearn.externals.joblib"), {"load": "read model {filename:0}", "dump": "write model {filename:1}"}
    ),
    Package(
        ("torch",),
        {
            "load": "read model {f:0}",
            "save": "write model {f:1}",
            "jit.save": "write model {f:1}",
            "jit.load": "read model {f:0}",
        },
    ),
    Package(
        ("keras", "tensorflow", "tensorflow.keras"),
        {
            "models.load_model": "read model {filepath:0}",
            "models.save_model": "write model {filepath:1}",
            "saved_model.save": "write model {export_dir:1}",
            "saved_model.load": "read model {export_dir:0}",
            "data.TFRecordDataset": "read file {filenames:0}",
            "data.TextLineDataset": "read file {filenames:0}",
            "data.experimental.make_csv_dataset": "read file {file_pattern:0}",
            "io.TFRecordWriter": "write file {path:0}",
            "io.gfile.GFile": "open {name:0} {mode:1}",
            "io.gfile.copy": ("read file {src:0}", "write file {dst:1}"),
        },
        {
            "save": "write model {filepath:0}",
            "save_weights": "write model {filepath:0}",
            "export": "write model {filepath:0}",
        },
    ),
    Package(("onnx",), {"save": "write model {f:1}", "load": "read model {f:0}"}),
    Package(
        ("mlflow",),
        {
            **{
                f"{flavor}.log_model": "write model {registered_model_name|name|artifact_path:1}" for flavor in _FLAVORS
            },
            **{f"{flavor}.save_model": "write model {path:1}" for flavor in _FLAVORS},
            **{f"{flavor}.load_model": "read model {model_uri:0}" for flavor in _FLAVORS},
            "pyfunc.log_model": "write model {registered_model_name|name|artifact_path:0}",
            "pyfunc.save_model": "write model {path:0}",
            "register_model": "write model {name:1}",
            "artifacts.download_artifacts": ("read model {artifact_uri:0}", "write file {dst_path}"),
            "log_artifact": "read file {local_path:0}",
            "log_artifacts": "read file {local_dir:0}",
        },
        {
            "create_registered_model": "write model {name:0}",
            "create_model_version": ("write model {name:0}", "read file {source:1}"),
        },
        system="mlflow",
    ),
    Package(
        ("wandb",),
        {"log_artifact": "write model {artifact_or_path:0}"},
        {
            "use_artifact": "read model {artifact_or_name:0}",
            "log_artifact": "write model {artifact_or_path:0}",
            "add_file": "read file {local_path:0}",
            "add_dir": "read file {local_path:0}",
            "add_reference": "read file {uri:0}",
            "log_model": ("read file {path:0}", "write model {name:1}"),
            "use_model": "read model {name:0}",
            "link_model": "write model {registered_model_name:1}",
        },
        system="wandb",
    ),
    Package(
        ("kaggle", "kaggle.api", "kaggle.api.kaggle_api_extended"),
        _KAGGLE,
        _KAGGLE,
    ),
    Package(("kagglehub",), {"dataset_download": "read dataset {handle:0}", "model_download": "read model {handle:0}"}),
    Package(
        ("datasets",),
        {
            "load_dataset": ("read dataset {path:0}", "read file {data_files}"),
            "load_from_disk": "read file {dataset_path:0}",
        },
        {"save_to_disk": "write file {dataset_path:0}", "push_to_hub": "write dataset {repo_id:0}"},
    ),
    Package(
        ("transformers", "sentence_transformers", "diffusers", "peft"),
        {"pipeline": "read model {model}", "SentenceTransformer": "read model {model_name_or_path:0}"},
        {
            "save_pretrained": "write model {save_directory:0}",
            "push_to_hub": "write model {repo_id:0}",
            "save": "write model {path:0}",
            "save_model": "write model {output_dir:0}",
            "from_pretrained": "read model {pretrained_model_name_or_path:0}",
        },
    ),
    Package(
        ("safetensors",), {"torch.save_file": "write model {filename:1}", "torch.load_file": "read model {filename:0}"}
    ),
    Package(("skops.io", "cloudpickle", "dill"), {"load": "read model {file:0}", "dump": "write model {file:1}"}),
    Package(("onnxruntime",), {"InferenceSession": "read model {path_or_bytes:0}"}),
    Package(
        ("fasttext",),
        {
            "load_model": "read model {path:0}",
            "train_supervised": "read file {input:0}",
            "train_unsupervised": "read file {input:0}",
        },
    ),
    Package(("faiss",), {"write_index": "write model {fname:1}", "read_index": "read model {fname:0}"}),
    Package(
        ("pytorch_lightning", "lightning"),
        methods={
            "save_checkpoint": "write model {filepath:0}",
            "load_from_checkpoint": "read model {checkpoint_path:0}",
        },
    ),
    Package(
        ("statsmodels",),
        {"api.load": "read model {fname:0}"},
        {"save": "write model {fname:0}", "load": "read model {fname:0}"},
    ),
    Package(
        ("google.cloud.aiplatform",),
        {"Model": "read model {model_name:0}"},
        {
            "upload": "write model {display_name}",
            "batch_predict": ("read object {gcs_source}", "write object {gcs_destination_prefix}"),
        },
        system="vertexai",
    ),
    Package(
        ("databricks.feature_store", "databricks.feature_engineering"),
        methods={
            "write_table": "write table {name:0}",
            "create_table": "write table {name:0}",
            "create_training_set": "read dataset {feature_lookups}",
            "read_table": "read table {name:0}",
            "score_batch": "read model {model_uri:0}",
            "log_model": "write model {registered_model_name}",
        },
        system="databricks",
    ),
    Package(
        ("hopsworks", "hsfs"),
        methods={
            "insert": "write dataset {get_feature_group|get_or_create_feature_group|create_feature_group@name:0}",
            "read": "read dataset {get_feature_group|get_or_create_feature_group@name:0}",
            "get_batch_data": "read dataset {get_feature_view@name:0}",
            "train_test_split": "read dataset {get_feature_view@name:0}",
        },
    ),
    Package(
        ("huggingface_hub",),
        {
            "hf_hub_download": "read dataset {repo_id:0}",
            "snapshot_download": "read dataset {repo_id:0}",
            "upload_file": "write dataset {repo_id}",
            "upload_folder": "write dataset {repo_id}",
        },
    ),
    Package(("spacy",), {"load": "read model {name:0}"}),
    Package(
        ("xgboost", "lightgbm", "catboost"),
        {"Booster": "read model {model_file}"},
        {"save_model": "write model {fname|filename:0}", "load_model": "read model {fname|filename:0}"},
    ),
    Package(("gensim.models",), methods={"save": "write model {fname:0}", "load": "read model {fname:0}"}),
)
