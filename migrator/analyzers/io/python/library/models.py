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
            "log_artifact": "read file {local_path:0}",
            "log_artifacts": "read file {local_dir:0}",
        },
        {"create_registered_model": "write model {name:0}", "create_model_version": "write model {name:0}"},
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
        {"load_dataset": "read dataset {path:0}", "load_from_disk": "read file {dataset_path:0}"},
        {"save_to_disk": "write file {dataset_path:0}", "push_to_hub": "write dataset {repo_id:0}"},
    ),
    Package(
        ("transformers", "sentence_transformers", "diffusers", "peft"),
        {"pipeline": "read model {model}", "SentenceTransformer": "read model {model_name_or_path:0}"},
        {"save_pretrained": "write model {save_directory:0}", "push_to_hub": "write model {repo_id:0}"},
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
    Package(("gensim.models",), methods={"save": "write model {fname:0}"}),
)
