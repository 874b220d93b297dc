"""Tables of BigQuery: what their definitions come to, and what the generated class does with them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from migrator.model.bodies import UseResource
from migrator.model.expressions import ResourceValue
from migrator.model.values import Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import _Reference, service, stand_in

BIGQUERY = "airflow.providers.google.cloud.operators.bigquery."
LOAD = "airflow.providers.google.cloud.transfers.gcs_to_bigquery.GCSToBigQueryOperator"
TO_MYSQL = "airflow.providers.google.cloud.transfers.bigquery_to_mysql.BigQueryToMySqlOperator"
EXTERNAL = BIGQUERY + "BigQueryCreateExternalTableOperator"


def used(operator: str, **arguments: Any) -> UseResource:
    body = lower(make_task(operator, arguments))[0].body
    assert isinstance(body, UseResource)
    return body


def test_tables_over_objects() -> None:
    definition = {
        "tableReference": {"datasetId": "a", "tableId": "b"},
        "externalDataConfiguration": {"autodetect": True},
    }
    body = used(EXTERNAL, table_resource=definition)
    assert body.method == "create_bigquery_table"
    assert body.arguments == {"table": "a.b", "definition": {"externalDataConfiguration": {"autodetect": True}}}
    csv = used(
        LOAD,
        bucket="lake",
        source_objects="a/*.csv",
        destination_project_dataset_table="a.b",
        external_table=True,
        skip_leading_rows=1,
        labels={"c": "d"},
        schema_fields=[{"name": "e", "type": "DATE"}],
    )
    external = {
        "sourceFormat": "CSV",
        "sourceUris": ["gs://lake/a/*.csv"],
        "schema": {"fields": [{"name": "e", "type": "DATE"}]},
        "csvOptions": {"skipLeadingRows": 1},
    }
    wanted = {"externalDataConfiguration": external, "labels": {"c": "d"}}
    assert csv.arguments == {"table": "a.b", "definition": wanted}


@pytest.mark.parametrize(
    "arguments",
    [
        {"table_resource": {"tableReference": {"datasetId": "a"}}},
        {"table_resource": Symbolic("unknown", "made()")},
        {"bucket": "a", "source_objects": ["b"], "destination_project_dataset_table": "c.d", "schema_object": "e"},
        {"bucket": "a", "source_objects": ["b"]},
    ],
)
def test_tables_that_stay(arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        used(EXTERNAL, **arguments)


def test_rows_go_to_another_database() -> None:
    body = used(TO_MYSQL, dataset_table="a.b", target_table_name="c", mysql_conn_id="shop", replace=True)
    wanted = {"table": "a.b", "database": ResourceValue("shop"), "target": "c", "replace": True}
    assert (body.method, body.arguments) == ("copy_bigquery_rows", wanted)
    lowering, context = lower(make_task(TO_MYSQL, {"dataset_table": "a.b", "target_table_name": "c", "database": "d"}))
    assert context.asked[0] == ("mysql_default", "database", "mysql") and "`d`" in lowering.deltas[0].airflow


class _Field(SimpleNamespace):
    @classmethod
    def from_api_repr(cls, given: Any) -> _Field:
        return cls(**given)

    def to_api_repr(self) -> Any:
        return vars(self)


def test_definitions_and_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    schema = [_Field(name="a", type="RECORD", fields=[{"name": "b"}]), _Field(name="c", type="DATE")]

    class Client:
        project = "acme"

        def get_table(self, reference: Any) -> Any:
            return SimpleNamespace(schema=schema)

        def update_table(self, table: Any, fields: list[str]) -> None:
            done.append((getattr(table, "schema", table), fields))

        def update_dataset(self, dataset: Any, fields: list[str]) -> None:
            done.append((dataset, fields))

        def get_dataset(self, name: str) -> Any:
            return SimpleNamespace(to_api_repr=lambda: {"id": name})

        def list_tables(self, name: str, max_results: int | None) -> list[Any]:
            return [SimpleNamespace(reference=SimpleNamespace(to_api_repr=lambda: {"of": name, "most": max_results}))]

        def list_rows(self, table: Any, selected_fields: list[_Field]) -> list[Any]:
            return [{field.name: 1 for field in selected_fields}]

    class Plain:
        @staticmethod
        def from_api_repr(given: Any) -> Any:
            return given

    stand_in(
        monkeypatch,
        google__cloud__bigquery={
            "Client": lambda **options: Client(),
            "TableReference": type("R", (_Reference,), {"from_api_repr": staticmethod(lambda given: given)}),
            "Table": Plain,
            "Dataset": Plain,
            "SchemaField": _Field,
        },
        google__auth={"default": lambda **options: (None, "acme")},
    )
    methods = (
        *("update_bigquery_table", "update_bigquery_schema", "update_bigquery_dataset", "get_bigquery_dataset"),
        *("list_bigquery_tables", "copy_bigquery_rows"),
    )
    cloud = service("google_cloud", *methods)
    cloud.update_bigquery_table("raw.a", {"friendlyName": "x"})
    place = {"projectId": "acme", "datasetId": "raw", "tableId": "a"}
    assert done.pop() == ({"friendlyName": "x", "tableReference": place}, ["friendlyName"])
    cloud.update_bigquery_schema("raw.a", [{"name": "a", "fields": [{"name": "b", "mode": "X"}]}, {"name": "d"}])
    fields, changed = done.pop()
    changed_a = {"name": "a", "type": "RECORD", "fields": [{"name": "b", "mode": "X"}]}
    assert [vars(field) for field in fields] == [changed_a, {"name": "c", "type": "DATE"}, {"name": "d"}]
    assert changed == ["schema"]
    cloud.update_bigquery_dataset("raw", {"description": "y"}, fields=["description"])
    named = {"description": "y", "datasetReference": {"projectId": "acme", "datasetId": "raw"}}
    assert done.pop() == (named, ["description"])
    assert cloud.get_bigquery_dataset("raw") == {"id": "acme.raw"}
    assert cloud.list_bigquery_tables("raw", max_results=3) == [{"of": "acme.raw", "most": 3}]
    inserted: list[Any] = []
    database = SimpleNamespace(
        insert=lambda table, rows, names, **more: inserted.append((table, [*map(list, rows)], names, more))
    )
    cloud.copy_bigquery_rows("raw.a", database, "scores", fields="c", replace=True)
    assert inserted == [("scores", [[1]], ["c"], {"replace": True})]
