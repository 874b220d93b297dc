"""Messages of Kafka that functions of the team's own make or get."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.model.bodies import ForEach, UseResource
from migrator.model.expressions import InputValue
from migrator.model.values import Symbolic
from migrator.operators.rule import Untranslatable
from tests.operators.fake import FUNCTION, lower, make_task
from tests.operators.test_services import service, stand_in

PRODUCE = "airflow.providers.apache.kafka.operators.produce.ProduceToTopicOperator"
CONSUME = "airflow.providers.apache.kafka.operators.consume.ConsumeFromTopicOperator"


def test_messages_that_a_function_makes() -> None:
    given = {"topic": "t", "producer_function": FUNCTION, "kafka_config_id": "k", "synchronous": False}
    body = lower(make_task(PRODUCE, given))[0].body
    assert isinstance(body, UseResource) and (body.resource, body.method) == ("k", "produce")
    assert body.arguments == {"topic": "t", "synchronous": False}
    assert body.calls["messages"].callable.name == "work"
    for refused in (
        {"producer_function": "team.messages"},
        {"producer_function_args": ["a"]},
        {"producer_function_kwargs": Symbolic("unknown", "given()")},
        {"delivery_callback": "team.acked"},
    ):
        with pytest.raises(Untranslatable):
            lower(make_task(PRODUCE, {**given, **refused}))


def test_functions_that_get_messages() -> None:
    body = lower(make_task(CONSUME, {"topics": ["t"], "apply_function": FUNCTION, "max_messages": 10}))[0].body
    assert isinstance(body, ForEach) and (body.item, body.items.method) == ("message", "messages")
    # A whole batch is read in any case.
    assert body.items.arguments == {"topics": ["t"], "max_messages": 1000}
    assert body.call.args == (InputValue("message"),)
    given = {"topics": "t", "apply_function_batch": FUNCTION, "commit_cadence": "never", "max_batch_size": 5}
    body = lower(make_task(CONSUME, given))[0].body
    assert isinstance(body, ForEach) and (body.item, body.items.method) == ("batch", "batches")
    assert body.items.arguments == {"topics": "t", "batch_size": 5, "commit": "never"}
    with pytest.raises(Untranslatable):
        lower(make_task(CONSUME, {"topics": ["t"]}))


def test_messages_are_written_and_read(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    callbacks: list[Any] = []

    class Client:
        def __init__(self, config: dict[str, Any]) -> None:
            assert config.pop("bootstrap.servers") == "b"
            callbacks.extend(config.values())
            self.left = [["a", "b"], ["c"], []]

        def produce(self, topic: str, key: str, value: str, on_delivery: Any) -> None:
            message = SimpleNamespace(topic=lambda: topic, partition=lambda: 0, offset=lambda: 1)
            on_delivery(None, message)
            on_delivery("broken", message)
            done.append((topic, key, value))

        def poll(self, timeout: float) -> None:
            done.append(timeout)

        def flush(self) -> None:
            done.append("flush")

        def subscribe(self, topics: list[str]) -> None:
            done.append(topics)

        def consume(self, num_messages: int, timeout: float) -> list[str]:
            done.append(num_messages)
            return self.left.pop(0)

        def commit(self) -> None:
            done.append("commit")

        def close(self) -> None:
            done.append("close")

    kinds = SimpleNamespace(_AUTHENTICATION=-169)
    stand_in(monkeypatch, confluent_kafka={"Producer": Client, "Consumer": Client, "KafkaError": kinds})
    kafka = service("kafka", "produce", "messages", "batches", config='{"bootstrap.servers": "b"}')
    kafka.produce("t", iter([("k", "v")]))
    kafka.produce("t", [("k", "w")], synchronous=False, poll_timeout=2)
    assert done == [("t", "k", "v"), 0, "flush", "flush", ("t", "k", "w"), 2, "flush"]
    done.clear()
    assert list(kafka.messages("t")) == ["a", "b", "c"]
    assert done == [["t"], 1000, 1000, 1000, "commit", "close"]
    done.clear()
    assert list(kafka.batches(["t"], max_messages=3, batch_size=2, commit="end_of_batch")) == [["a", "b"], ["c"]]
    assert done == [["t"], 2, "commit", 1, "commit", "commit", "close"]
    done.clear()
    for _ in kafka.batches(["t"], commit="never"):
        pass
    assert done[-1] == "close" and "commit" not in done
    callbacks[-1](SimpleNamespace(code=lambda: -195))
    with pytest.raises(dg.Failure, match="refuses the credentials"):
        callbacks[-1](SimpleNamespace(code=lambda: -169))
