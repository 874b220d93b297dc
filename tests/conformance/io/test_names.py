"""Which spellings name the same thing, and which do not."""

from __future__ import annotations

import pytest

from tests.conformance.io.names import same


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("sales.orders", "SALES.Orders"),
        ("sales.orders", '"sales"."orders"'),
        ("sales.orders", "`sales`.`orders`"),
        ("sales.orders", "warehouse.sales.orders"),
        ("p.d.t", "p:d.t"),
        ("d.ratings", "d.ratings${{ ds_nodash }}"),
        ("{?}.orders", "{env:SCHEMA}.orders"),
        ("{env:P}.{env:D}.orders_{{ ds }}", "{?}.{?}.orders_{{ ds_nodash }}"),
        ("orders", "{?}.orders"),
    ],
)
def test_one_table(label: str, found: str) -> None:
    assert same(label, found, "table")


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("sales.orders", "orders"),
        ("sales.orders", "sales.order"),
        ("sales.orders", "raw.orders"),
        ("sales.orders", "{?}.orders"),
        ("orders", "orders_{{ ds }}"),
        ("orders", "{?}"),
        ("{?}_default.{?}_t", "{?}.{?}"),
    ],
)
def test_two_tables(label: str, found: str) -> None:
    assert not same(label, found, "table")


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("data/a.csv", "./data/a.csv"),
        ("/data/{{ ds }}.json", "/data/{{ds}}.json"),
        ("/data/{{ ds }}.json", "/data/{?}.json"),
        ("s3://b/{?}/{?}.csv", "s3://b/{{ ds_nodash[:4] }}/{{ ds_nodash[4:6] }}.csv"),
        ("s3://b/{?}/{?}.csv", "s3://b/{?}.csv"),
        ("s3://b/{?}.csv", "s3://b/{{ execution_date.year }}{{ '{:02}'.format(execution_date.month) }}.csv"),
        ("s3://b/k", "s3a://b/k"),
        ("s3://b/k", "s3://b//k/"),
        ("s3://b/raw", "s3://b/raw/*"),
        ("gs://b/k", "gcs://b/k"),
        ("/tmp/a", "file:///tmp/a"),
        ("s3://b/{?}/x.gz", "s3://b/$current_date/x.gz"),
        ("s3://{?}-bucket/{?}-key", "s3://{xcom:ENV_ID}-bucket/{xcom:ENV_ID}-key"),
        ("{?}/sub/a.csv", "{{ params.root }}/sub/a.csv"),
    ],
)
def test_one_place(label: str, found: str) -> None:
    assert same(label, found, "object")


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("data/a.csv", "data/b.csv"),
        ("data/a.csv", "a.csv"),
        ("data/a.csv", "data/{?}.csv"),
        ("data/{?}.csv", "data/a.csv"),
        ("s3://b/raw/x.csv", "s3://b/raw"),
        ("s3://b/k", "gs://b/k"),
        ("s3://b/k", "s3://c/k"),
        ("s3://{?}-bucket/key", "s3://{?}/key"),
        ("s3://{?}/{?}", "{?}"),
        ("/data/A.csv", "/data/a.csv"),
    ],
)
def test_two_places(label: str, found: str) -> None:
    assert not same(label, found, "file")


@pytest.mark.parametrize(
    ("label", "found", "alike"),
    [
        ("http://a:5000/events", "http://a:5000/events?start={{ ds }}&end={?}", True),
        ("http://a/b", "https://a/b/", True),
        ("https://a/x/{?}/recent", "https://a/x/{arg:name}/recent", True),
        ("https://a/b", "https://a/c", False),
        ("https://a/x/{?}/recent", "https://a/x/{", False),
    ],
)
def test_addresses(label: str, found: str, alike: bool) -> None:
    assert same(label, found, "api") is alike
