"""Messages that functions of the team's own make for Kafka, or get from there."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.bodies import CallFunction, ForEach
from migrator.model.changed import replace
from migrator.model.expressions import ErrorClass, Expr, InputValue
from migrator.model.values import CallableValue, Value
from migrator.operators.calls import Client, known, passed, refuse, use
from migrator.operators.common import argument, required
from migrator.operators.rule import Example, Lowering, LoweringContext, Rule, Untranslatable

_OPERATORS = "airflow.providers.apache.kafka.operators."
_CLUSTER = Client("kafka", ("kafka_config_id",), "kafka_default")


def _called(task: Task, context: LoweringContext, name: str, prefix: str) -> CallFunction:
    """The call of the function in an argument, with what further arguments give it. Raises Untranslatable."""
    function = argument(task, name)
    if isinstance(function, str):
        span = task.argument_spans.get(name)
        raise Untranslatable("MIG201", f"its `{name}` is named by a text", span, "give it the function itself")
    if not isinstance(function, CallableValue):
        raise Untranslatable("MIG207", f"its `{name}` is only known at run time", task.argument_spans.get(name))
    args, kwargs = argument(task, f"{prefix}_args") or (), argument(task, f"{prefix}_kwargs") or {}
    if not isinstance(args, (list, tuple)) or not isinstance(kwargs, Mapping):
        raise Untranslatable("MIG207", f"the arguments of its `{name}` are only known at run time", task.span)
    if args:
        raise Untranslatable("MIG201", f"its argument `{prefix}_args` has no translation", task.span)
    given = {str(key): value for key, value in kwargs.items()}
    call = context.call(replace(function, kwargs={**function.kwargs, **given}))
    if call.pushes or function.is_async or any(isinstance(edit.expression, ErrorClass) for edit in call.edits):
        raise Untranslatable("MIG201", f"its `{name}` hands values over, skips the task, or is asynchronous", task.span)
    rendered = {key: context.template(value) for key, value in given.items()}
    return replace(call, kwargs={**call.kwargs, **rendered}, inline=False, returns=False)


def _produce(task: Task, context: LoweringContext) -> Lowering:
    refuse(task, "delivery_callback")
    required(task, "topic")
    names = {"topic": "topic", "synchronous": "synchronous", "poll_timeout": "poll_timeout"}
    body = use(task, context, _CLUSTER, "produce", passed(task, context, names), kind="kafka")
    call = _called(task, context, "producer_function", "producer_function")
    return Lowering("work", replace(body, calls={"messages": call}))


def _consume(task: Task, context: LoweringContext) -> Lowering:
    if argument(task, "return_apply_function_results") and "return_value" in context.taken_keys:
        raise Untranslatable("MIG201", "its value is what its function returns for each message", task.span)
    name, item = "apply_function", "message"
    if argument(task, name) is None:
        name, item = "apply_function_batch", "batch"
    given = {"topics": context.template(required(task, "topics")), **_limits(task)}
    given |= passed(task, context, {"poll_timeout": "poll_timeout"})
    if (cadence := known(task, "commit_cadence", "end_of_operator")) != "end_of_operator":
        given["commit"] = cadence
    call = _called(task, context, name, "apply_function")
    items = use(task, context, _CLUSTER, "messages" if item == "message" else "batches", given, kind="kafka")
    return Lowering("work", ForEach(items, item, replace(call, args=(InputValue(item), *call.args))))


def _limits(task: Task) -> dict[str, Expr]:
    """How many messages it reads; Airflow's operator reads a whole batch where it should read fewer."""
    count, size = known(task, "max_messages"), known(task, "max_batch_size", 1000)
    found: dict[str, Value] = {} if size == 1000 else {"batch_size": size}
    if isinstance(count, int) and isinstance(size, int):
        found["max_messages"] = max(count, size)
    return dict(found)


_HEAD = """
from datetime import datetime

from airflow import DAG
"""
_PRODUCE_EXAMPLE = Example(
    title="Messages that a function makes",
    dag=f"""{_HEAD}from airflow.providers.apache.kafka.operators.produce import ProduceToTopicOperator


def sales(day):
    for number in range(3):
        yield day, str(number)


with DAG("events", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    ProduceToTopicOperator(
        task_id="tell",
        topic="sales",
        producer_function=sales,
        producer_function_kwargs={{"day": "{{{{ ds }}}}"}},
        poll_timeout=10,
    )
""",
    expected=(
        'kafka_default.produce(topic="sales", poll_timeout=10, messages=sales(day=context.partition_key))',
        "kafka_default: Kafka",
    ),
)
_CONSUME_EXAMPLE = Example(
    title="A function that gets each message",
    dag=f"""{_HEAD}from airflow.providers.apache.kafka.operators.consume import ConsumeFromTopicOperator


def show(message, prefix):
    print(prefix, message.value())


with DAG("events", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    ConsumeFromTopicOperator(
        task_id="read",
        topics=["sales"],
        apply_function=show,
        apply_function_kwargs={{"prefix": "sold:"}},
        commit_cadence="end_of_batch",
        max_messages=30,
        max_batch_size=10,
    )
""",
    expected=(
        "for message in kafka_default.messages(",
        'topics=["sales"]',
        "batch_size=10",
        "max_messages=30",
        'commit="end_of_batch"',
        'show(message, prefix="sold:")',
    ),
    disposition="step",
)
RULES = (
    Rule(
        name="kafka-produce",
        operators=(_OPERATORS + "produce.ProduceToTopicOperator",),
        summary="Writes the messages that the same function makes, by the resource that stands for the connection.",
        lower=_produce,
        carried=frozenset(
            {
                *("topic", "producer_function", "producer_function_args", "producer_function_kwargs"),
                *("kafka_config_id", "delivery_callback", "synchronous", "poll_timeout"),
            }
        ),
        connection=_CLUSTER.connection,
        default_connection=_CLUSTER.default,
        examples=(_PRODUCE_EXAMPLE,),
    ),
    Rule(
        name="kafka-consume",
        operators=(_OPERATORS + "consume.ConsumeFromTopicOperator",),
        summary="Reads the same messages by the resource that stands for the connection, and calls the same function for each, or for each batch.",
        lower=_consume,
        carried=frozenset(
            {
                *("topics", "kafka_config_id", "apply_function", "apply_function_batch", "apply_function_args"),
                *("apply_function_kwargs", "return_apply_function_results", "commit_cadence", "max_messages"),
                *("max_batch_size", "poll_timeout"),
            }
        ),
        connection=_CLUSTER.connection,
        default_connection=_CLUSTER.default,
        examples=(_CONSUME_EXAMPLE,),
    ),
)
