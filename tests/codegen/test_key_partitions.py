"""Partitions whose keys are no dates."""

from __future__ import annotations

import pytest

from migrator.codegen.partitions import key_of_run, key_partitions
from migrator.model.plan import KeyPartitions


@pytest.mark.parametrize(
    ("partitions", "definition", "key"),
    [
        (KeyPartitions("shops"), 'dg.DynamicPartitionsDefinition(name="shops")', "context.partition_key"),
        (KeyPartitions(keys=("eu", "us")), 'dg.StaticPartitionsDefinition(["eu", "us"])', "context.partition_key"),
        (
            KeyPartitions("sales", dimensions=("day", "shop")),
            'dg.MultiPartitionsDefinition({"day": dg.DynamicPartitionsDefinition(name="sales_day"), "shop": dg.DynamicPartitionsDefinition(name="sales_shop")})',
            "context.partition_key",
        ),
        (
            KeyPartitions("sales", dimensions=("shop", "day"), delimiter=":"),
            'dg.MultiPartitionsDefinition({"shop": dg.DynamicPartitionsDefinition(name="sales_shop"), "day": dg.DynamicPartitionsDefinition(name="sales_day")})',
            "f\"{context.partition_key.keys_by_dimension['shop']}:{context.partition_key.keys_by_dimension['day']}\"",
        ),
    ],
)
def test_definitions_and_keys(partitions: KeyPartitions, definition: str, key: str) -> None:
    assert key_partitions(partitions) == definition
    assert key_of_run(partitions).text == key
