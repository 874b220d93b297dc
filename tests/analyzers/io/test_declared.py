"""What DAG authors declare in `inlets` and `outlets`."""

from __future__ import annotations

import pytest

from migrator.model.assets import Confidence
from migrator.model.values import AssetValue, ObjectValue, Symbolic, Value
from tests.analyzers.io.builders import refs_of, task

ENTITIES = "airflow.lineage.entities."
OPENLINEAGE = "openlineage.client.event_v2."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (AssetValue("orders", "s3://lake/orders"), ("dataset", "s3://lake/orders")),
        (ObjectValue(f"{ENTITIES}File", kwargs={"url": "/data/{{ ds }}.csv"}), ("file", "/data/{{ ds }}.csv")),
        (ObjectValue(f"{ENTITIES}File", kwargs={"url": "/data/a.csv"}), ("file", "/data/a.csv")),
        (ObjectValue(f"{ENTITIES}File", ("s3://lake/a.csv",)), ("object", "s3://lake/a.csv")),
        (ObjectValue("airflow.lineage.datasets.File", ("/tmp/a.csv",)), ("file", "/tmp/a.csv")),
        (ObjectValue(f"{ENTITIES}Table", ("shop", "cluster", "orders")), ("table", "shop.orders")),
        (
            ObjectValue(f"{OPENLINEAGE}Dataset", kwargs={"namespace": "s3://lake", "name": "a/b.csv"}),
            ("object", "s3://lake/a/b.csv"),
        ),
        (
            ObjectValue("openlineage.client.run.Dataset", ("postgres://db:5432", "shop.public.orders")),
            ("table", "shop.public.orders"),
        ),
        (ObjectValue(f"{OPENLINEAGE}OutputDataset", ("kafka://broker:9092", "orders")), ("stream", "orders")),
        (ObjectValue(f"{OPENLINEAGE}Dataset", ("file", "/data/a.csv")), ("file", "/data/a.csv")),
        ({"datasets": [ObjectValue(f"{ENTITIES}File", ("/data/a.csv",))], "auto": True}, ("file", "/data/a.csv")),
        (ObjectValue("team.lineage.File", ("/data/a.csv",)), None),
        (ObjectValue(f"{ENTITIES}File", (Symbolic("unknown", "f()"),)), None),
        ("auto", None),
    ],
)
def test_declared(value: Value, expected: tuple[str, str] | None) -> None:
    refs = refs_of(task(outlets=(value,)))
    assert [(ref.kind, ref.name) for ref in refs] == ([expected] if expected else [])
    assert all(ref.confidence is Confidence.DECLARED for ref in refs)
