"""Objects that come from servers, services and documents: what tasks of them become, and what the generated classes do."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from migrator.model.bodies import PollUntil, UseResource
from migrator.model.expressions import ResourceValue
from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_services import service, stand_in

AWS = "airflow.providers.amazon.aws.transfers."
GOOGLE = "airflow.providers.google.cloud.transfers."
STORE = {"store": ResourceValue("aws_default")}


def used(operator: str, **arguments: Any) -> UseResource:
    body = lower(make_task(operator, arguments))[0].body
    assert isinstance(body, UseResource)
    return body


def test_files_of_an_ftp_server() -> None:
    one = used(AWS + "ftp_to_s3.FTPToS3Operator", ftp_path="/a.csv", s3_bucket="b", s3_key="c", replace=True)
    assert (one.resource, one.method) == ("ftp_default", "copy_to_store")
    assert one.arguments == {"path": "/a.csv", **STORE, "bucket": "b", "key": "c", "replace": True}
    every = used(AWS + "ftp_to_s3.FTPToS3Operator", ftp_path="/in", s3_bucket="b", s3_key="c/", ftp_filenames="*")
    assert every.arguments["all_files"] is True
    back = used(AWS + "s3_to_ftp.S3ToFTPOperator", ftp_path="/a.csv", s3_bucket="b", s3_key="c")
    assert (back.method, back.arguments) == ("copy_from_store", {"path": "/a.csv", **STORE, "bucket": "b", "key": "c"})


def test_responses_documents_and_blobs() -> None:
    saved = used(AWS + "http_to_s3.HttpToS3Operator", endpoint="x", s3_bucket="b", s3_key="c", http_conn_id="api")
    request = {**STORE, "bucket": "b", "key": "c", "method": "GET", "endpoint": "x"}
    assert (saved.resource, saved.method, saved.arguments) == ("api", "save", request)
    gcs = used(GOOGLE + "http_to_gcs.HttpToGCSOperator", endpoint="x", bucket_name="b", object_name="c")
    assert gcs.arguments["store"] == ResourceValue("google_cloud_default") and gcs.arguments["replace"] is True
    mongo = {
        "mongo_collection": "m",
        "mongo_query": {"a": 1},
        "s3_bucket": "b",
        "s3_key": "c",
        "mongo_projection": ["a"],
    }
    written = used(AWS + "mongo_to_s3.MongoToS3Operator", **mongo)
    assert (written.resource, written.method) == ("mongo_default", "write_documents")
    assert written.arguments["query"] == {"a": 1} and written.arguments["projection"] == ["a"]
    copied = used(AWS + "azure_blob_to_s3.AzureBlobStorageToS3Operator", container_name="a", dest_s3_key="s3://b/c")
    places = {
        "source": ResourceValue("wasb_default"),
        "source_bucket": "a",
        "source_prefix": "",
        "bucket": "b",
        "prefix": "c/",
    }
    assert (copied.resource, copied.arguments) == ("aws_default", places)
    blob = {"container_name": "a", "blob_name": "b", "bucket_name": "c", "object_name": "d"}
    one = used(GOOGLE + "azure_blob_to_gcs.AzureBlobStorageToGCSOperator", **blob)
    assert one.method == "copy_object_from" and one.arguments["key"] == "d"
    waits = lower(
        make_task("airflow.providers.mongo.sensors.mongo.MongoSensor", {"collection": "m", "query": {"a": 1}})
    )
    assert isinstance(waits[0].body, PollUntil)


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        ("ftp_to_s3.FTPToS3Operator", {"ftp_path": "/a", "s3_bucket": "b", "s3_key": "c", "ftp_filenames": "x_"}),
        (
            "http_to_s3.HttpToS3Operator",
            {"endpoint": "x", "s3_bucket": "b", "s3_key": "c", "gzip": True, "encrypt": True},
        ),
        ("mongo_to_s3.MongoToS3Operator", {"mongo_query": {}, "s3_bucket": "b", "s3_key": "c", "compression": "gzip"}),
        (
            "azure_blob_to_s3.AzureBlobStorageToS3Operator",
            {"container_name": "a", "dest_s3_key": "s3://b/c", "delimiter": "/"},
        ),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        used(AWS + operator, **arguments)


def test_a_folder_of_an_ftp_server_becomes_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    server = service("ftp", "copy_to_store", "copy_from_store", url="ftp://host")

    @contextmanager
    def connect(self: Any) -> Any:
        yield SimpleNamespace(nlst=lambda path: ["/in/a.csv", "/in/b.csv"])

    monkeypatch.setattr(type(server), "_connect", connect)
    monkeypatch.setattr(type(server), "download", lambda self, remote, local: done.append(("got", remote)))
    monkeypatch.setattr(type(server), "upload", lambda self, local, remote: done.append(("put", remote)))
    store = SimpleNamespace(
        upload=lambda path, bucket, key, replace: done.append((key, replace)),
        download_as=lambda bucket, key, path: done.append(("read", key)),
    )
    server.copy_to_store("/in", store, "lake", "ftp/", all_files=True, replace=True)
    server.copy_to_store("/in/c.csv", store, "lake", "c.csv")
    server.copy_from_store(store, "lake", "d.csv", "/out/d.csv")
    assert done == [
        *(("got", "/in/a.csv"), ("ftp/a.csv", True), ("got", "/in/b.csv"), ("ftp/b.csv", True)),
        *(("got", "/in/c.csv"), ("c.csv", False), ("read", "d.csv"), ("put", "/out/d.csv")),
    ]


def test_documents_of_mongodb(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Collection:
        def find(self, query: Any, projection: Any, allow_disk_use: bool) -> Any:
            asked.append((query, projection))
            return [{"a": 1}, {"a": 2}]

        def aggregate(self, pipeline: Any, allowDiskUse: bool) -> Any:
            asked.append((pipeline, allowDiskUse))
            return [{"n": 2}]

        def find_one(self, query: Any) -> Any:
            return {"a": 1} if query == {"a": 1} else None

    class Client(dict[str, Any]):
        def __enter__(self) -> Client:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def get_default_database(self) -> Any:
            return {"m": Collection()}

    client = Client(shop={"m": Collection()})
    stand_in(
        monkeypatch,
        bson={"json_util": SimpleNamespace(dumps=json.dumps)},
        pymongo={"MongoClient": lambda url: client},
    )
    written: list[Any] = []
    store = SimpleNamespace(write=lambda *given: written.append(given))
    mongo = service("mongo", "write_documents", "has_document", url="mongodb://host/shop")
    mongo.write_documents("m", {"a": {"$gt": 0}}, store, "lake", "m.json", projection=["a"])
    mongo.write_documents("m", [{"$count": "n"}], store, "lake", "n.json", "shop", replace=True, allow_disk_use=True)
    assert written == [('{"a": 1}\n{"a": 2}', "lake", "m.json", False), ('{"n": 2}', "lake", "n.json", True)]
    assert asked == [({"a": {"$gt": 0}}, ["a"]), ([{"$count": "n"}], True)]
    assert mongo.has_document("m", {"a": 1}) and not mongo.has_document("m", {"a": 2}, "shop")
