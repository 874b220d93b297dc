"""Services that search: OpenSearch, the embeddings of OpenAI and Cohere, and the vectors of Pinecone."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.model.airflow import Task
from migrator.model.expressions import Expr
from migrator.operators.calls import Call, Client, call_rule
from migrator.operators.common import argument, required
from migrator.operators.rule import Example, LoweringContext, Untranslatable

_PROVIDERS = "airflow.providers."
_HEAD = """
from datetime import datetime

from airflow import DAG
"""

# ---------------------------------------------------------------------------------------------------------- OpenSearch

_OPENSEARCH = Client(
    "opensearch",
    ("opensearch_conn_id",),
    "opensearch_default",
    otherwise=(
        "the certificate of the cluster is checked where `verify_certs` of the connection says so",
        "it is checked unless the URL of the resource says `verify_certs=false`",
    ),
)
_SEARCH = _PROVIDERS + "opensearch.operators.opensearch."


def _document(task: Task, context: LoweringContext) -> dict[str, Expr]:
    names = {"index_name": "index", "document": "document", "doc_id": "document_id"}
    return {parameter: context.template(required(task, name)) for name, parameter in names.items()}


def _query(task: Task, context: LoweringContext) -> dict[str, Expr]:
    query = required(task, "query")
    if isinstance(query, Mapping) and not query.get("query"):
        raise Untranslatable("MIG201", "its query has no `query`", task.argument_spans.get("query"))
    return {"index": context.template(required(task, "index_name")), "query": context.template(query)}


_OPENSEARCH_EXAMPLE = Example(
    title="A document, and a search for it",
    dag=f"""{_HEAD}from airflow.providers.opensearch.operators.opensearch import OpenSearchAddDocumentOperator, OpenSearchQueryOperator

with DAG("logs", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    add = OpenSearchAddDocumentOperator(task_id="add", index_name="logs", doc_id=1, document={{"message": "hello"}})
    add >> OpenSearchQueryOperator(
        task_id="find", index_name="logs", query={{"query": {{"match": {{"day": "{{{{ ds }}}}"}}}}}}
    )
""",
    expected=(
        "opensearch_default.write_document(",
        "document_id=1",
        'query={"query": {"match": {"day": context.partition_key}}}',
        "opensearch_default: OpenSearchCluster",
    ),
)
_OPENSEARCH_CALLS = (
    Call(
        "opensearch-create-index",
        (_SEARCH + "OpenSearchCreateIndexOperator",),
        "create_index",
        {"index_name": "index", "index_body": "body"},
        kind="opensearch",
    ),
    Call(
        "opensearch-document",
        (_SEARCH + "OpenSearchAddDocumentOperator",),
        "write_document",
        summary="Writes the same document. One of a class of its own stays in Airflow.",
        built=_document,
        reads=("index_name", "document", "doc_id"),
        gives="dict",
        refused=("doc_class",),
        kind="opensearch",
        examples=(_OPENSEARCH_EXAMPLE,),
    ),
    Call(
        "opensearch-query",
        (_SEARCH + "OpenSearchQueryOperator",),
        "search",
        summary="Asks the same query. An object for it stays in Airflow.",
        built=_query,
        reads=("index_name", "query"),
        gives="dict",
        refused=("search_object",),
        ignored={
            "log_query": "the query is in the code",
            "opensearch_conn_class": "the client decides how it connects",
        },
        kind="opensearch",
    ),
)

# ---------------------------------------------------------------------------------------------------------- embeddings

_OPENAI = Client("openai", ("conn_id",), "openai_default")
_COHERE = Client("cohere", ("conn_id",), "cohere_default")


def _cohere_options(task: Task, context: LoweringContext) -> dict[str, Expr]:
    given = argument(task, "request_options") or {}
    if not isinstance(given, Mapping):
        raise Untranslatable(
            "MIG207", "how it asks is only known at run time", task.argument_spans.get("request_options")
        )
    retries = argument(task, "max_retries")
    found = {**given, **({"max_retries": retries} if retries else {})}
    return {"options": context.template(found)} if found else {}


_EMBEDDING_EXAMPLE = Example(
    title="Vectors of texts, for an index",
    dag=f"""{_HEAD}from airflow.providers.openai.operators.openai import OpenAIEmbeddingOperator
from airflow.providers.pinecone.operators.pinecone import PineconeIngestOperator

with DAG("vectors", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
    embed = OpenAIEmbeddingOperator(task_id="embed", conn_id="openai", input_text=["one", "two"], model="text-embedding-3-large")
    embed >> PineconeIngestOperator(
        task_id="ingest", index_name="texts", input_vectors=[("1", [0.1, 0.2]), ("2", [0.3, 0.4])], namespace="{{{{ ds }}}}"
    )
""",
    expected=(
        'openai.embed(text=["one", "two"], model="text-embedding-3-large")',
        "pinecone_default.upsert(",
        "namespace=context.partition_key",
    ),
    disposition="step",
)
_OPENAI_CALLS = (
    Call(
        "openai-embedding",
        (_PROVIDERS + "openai.operators.openai.OpenAIEmbeddingOperator",),
        "embed",
        {"input_text": "text", "model": "model", "embedding_kwargs": "options"},
        gives="list",
        kind="openai",
        examples=(_EMBEDDING_EXAMPLE,),
    ),
)
_COHERE_CALLS = (
    Call(
        "cohere-embedding",
        (_PROVIDERS + "cohere.operators.embedding.CohereEmbeddingOperator",),
        "embed",
        {"input_text": "texts", "timeout": "timeout"},
        built=_cohere_options,
        reads=("request_options", "max_retries"),
        gives="list",
        kind="cohere",
    ),
)

# ------------------------------------------------------------------------------------------------------------ Pinecone

_PINECONE = Client("pinecone", ("conn_id",), "pinecone_default")
_VECTORS = _PROVIDERS + "pinecone.operators.pinecone."


def _region(task: Task, context: LoweringContext) -> dict[str, Expr]:
    if argument(task, "region") is None:
        raise Untranslatable("MIG201", "its region is that of its connection", task.span)
    return {"region": context.template(required(task, "region"))}


_PINECONE_CALLS = (
    Call(
        "pinecone-ingest",
        (_VECTORS + "PineconeIngestOperator",),
        "upsert",
        {
            "index_name": "index",
            "input_vectors": "vectors",
            "namespace": "namespace",
            "batch_size": "batch_size",
            "upsert_kwargs": "options",
        },
        kind="pinecone",
    ),
    Call(
        "pinecone-create-index",
        (_VECTORS + "CreateServerlessIndexOperator",),
        "create_index",
        {
            "index_name": "index",
            "dimension": "dimension",
            "cloud": "cloud",
            "metric": "metric",
            "timeout": "timeout",
        },
        built=_region,
        reads=("region",),
        kind="pinecone",
    ),
)

RULES = tuple(
    call_rule(client, call)
    for client, calls in (
        (_OPENSEARCH, _OPENSEARCH_CALLS),
        (_OPENAI, _OPENAI_CALLS),
        (_COHERE, _COHERE_CALLS),
        (_PINECONE, _PINECONE_CALLS),
    )
    for call in calls
)
