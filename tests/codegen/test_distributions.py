"""What has to be installed for code: told by what it imports and asks for."""

from __future__ import annotations

from migrator.codegen.distributions import distributions


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
