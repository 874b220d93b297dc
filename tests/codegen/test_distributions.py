"""What has to be installed for code: told by what it imports and asks for."""

from __future__ import annotations

from pathlib import Path

from migrator.codegen import render_project
from migrator.codegen.distributions import distributions
from migrator.config import Config
from migrator.pipeline import analyze


def test_drivers_that_urls_name_are_installed() -> None:
    code = "engine = create_engine(os.environ.get('DB_URL', 'postgresql+psycopg2://app:app@db/shop'))"
    assert distributions({"sqlalchemy"}, [code]) == {"SQLAlchemy", "psycopg2-binary"}
    assert "mysqlclient" in distributions({"pandas"}, ['pd.read_sql("SELECT 1", "mysql+mysqldb://db/shop")'])
    assert distributions({"requests"}, ['repo = "git+ssh://host/repo"']) == {"requests"}
    assert distributions({"sqlalchemy"}, ['repo = "git+ssh://host/repo"']) == {"SQLAlchemy"}


def test_a_library_has_one_spelling() -> None:
    assert distributions({"jinja2", "jinja2.sandbox"}) == {"Jinja2"}


def test_what_gives_a_module_is_not_always_called_like_it() -> None:
    assert distributions({"json", "os.path", "opensearchpy.helpers"}) == {"opensearch-py"}
    assert distributions({"google.cloud.exceptions", "google.cloud.bigquery"}) == {
        "google-cloud-bigquery",
        "google-cloud-core",
    }


def test_what_a_call_imports_by_its_name_is_installed() -> None:
    code = 'frame = __import__("pandas").DataFrame(importlib.import_module("yaml.nodes"), __import__("json"))'
    assert distributions([], [code]) == {"pandas", "PyYAML"}


def test_what_is_imported_from_a_shared_package_says_which_part_of_it_is_installed(tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text("""\
from datetime import datetime

from airflow.decorators import dag, task
from azure.storage import blob
from google.cloud import storage


def copy():
    return storage.Client(), blob.BlobServiceClient


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
def loads():
    @task
    def outside():
        copy()

    @task
    def inside():
        from google import genai
        from google.cloud import bigquery

        print(bigquery.Client(), genai.Client())

    outside() >> inside()


loads()
""")
    analysis = analyze(tmp_path, Config())
    project = render_project(analysis.plan, analysis.project, "shop")["pyproject.toml"]
    wanted = ("azure-storage-blob", "google-cloud-bigquery", "google-cloud-storage", "google-genai")
    assert all(f'"{name}"' in project for name in wanted) and "google-api-core" not in project
