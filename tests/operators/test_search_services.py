"""OpenSearch, embeddings and vectors: what their operators become, and what the generated classes ask the clients."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from migrator.operators.rule import Untranslatable
from tests.operators.fake import lower, make_task
from tests.operators.test_more_services import used
from tests.operators.test_services import service, stand_in

SEARCH = "airflow.providers.opensearch.operators.opensearch."
PINECONE = "airflow.providers.pinecone.operators.pinecone."
COHERE = "airflow.providers.cohere.operators.embedding.CohereEmbeddingOperator"


def test_arguments_go_to_the_methods() -> None:
    query: dict[str, Any] = {"query": {"match_all": {}}}
    found = used(SEARCH + "OpenSearchQueryOperator", index_name="i", query=query)
    assert (found.resource, found.arguments) == ("opensearch_default", {"index": "i", "query": query})
    embedding = used(COHERE, input_text="a", max_retries=3, request_options={"timeout_in_seconds": 5})
    assert embedding.arguments == {"texts": "a", "options": {"timeout_in_seconds": 5, "max_retries": 3}}
    index = used(
        PINECONE + "CreateServerlessIndexOperator", index_name="i", dimension=3, cloud="aws", region="eu", metric="dot"
    )
    wanted = {"index": "i", "dimension": 3, "cloud": "aws", "metric": "dot", "region": "eu"}
    assert (index.resource, index.arguments) == ("pinecone_default", wanted)


def test_certificates_are_checked_by_another_rule() -> None:
    (told,) = lower(make_task(SEARCH + "OpenSearchCreateIndexOperator", {"index_name": "i", "index_body": {}}))[
        0
    ].deltas
    assert "verify_certs" in told.airflow and "verify_certs=false" in told.dagster


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [
        (SEARCH + "OpenSearchQueryOperator", {"search_object": "search"}),
        (SEARCH + "OpenSearchQueryOperator", {"index_name": "i", "query": {"size": 1}}),
        (SEARCH + "OpenSearchAddDocumentOperator", {"doc_class": "document"}),
        (SEARCH + "OpenSearchAddDocumentOperator", {"index_name": "i", "document": {}}),
        (COHERE, {"input_text": "a", "request_options": "options"}),
        (PINECONE + "CreateServerlessIndexOperator", {"index_name": "i", "dimension": 3, "cloud": "aws"}),
    ],
)
def test_what_stays(operator: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(Untranslatable):
        used(operator, **arguments)


def test_what_opensearch_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Client:
        def __init__(self, **given: Any) -> None:
            asked.append(given)
            self.indices = SimpleNamespace(create=lambda **given: asked.append(given))

        def index(self, **given: Any) -> dict[str, Any]:
            asked.append(given)
            return {"result": "created"}

        def search(self, **given: Any) -> dict[str, Any]:
            asked.append(given)
            return {"hits": {}}

    stand_in(monkeypatch, opensearchpy={"OpenSearch": Client})
    methods = ("create_index", "write_document", "search")
    cluster = service("opensearch", *methods, url="https://me:p%40ss@search:9201")
    cluster.create_index("i", {"settings": {}})
    place = {"hosts": [{"host": "search", "port": 9201}], "use_ssl": True, "verify_certs": True}
    assert asked == [{**place, "http_auth": ("me", "p@ss")}, {"index": "i", "body": {"settings": {}}}]
    assert cluster.write_document("i", {"a": 1}, 7) == {"result": "created"}
    assert asked[-1] == {"index": "i", "id": 7, "body": {"a": 1}}
    plain = service("opensearch", "search", url="http://search?verify_certs=false")
    assert plain.search("i", {"query": {}}) == {"hits": {}}
    place = {"hosts": [{"host": "search", "port": 9200}], "use_ssl": False, "verify_certs": False}
    assert asked[-2:] == [{**place, "http_auth": None}, {"index": "i", "body": {"query": {}}}]
    with pytest.raises(ValueError, match="no URL"):
        service("opensearch", "search", url="").search("i", {})


def test_embeddings_of_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    data = [SimpleNamespace(index=1, embedding=[2.0]), SimpleNamespace(index=0, embedding=[1.0])]

    def create(**given: Any) -> Any:
        asked.append(given)
        return SimpleNamespace(data=data)

    def connect(**given: Any) -> Any:
        asked.append(given)
        return SimpleNamespace(embeddings=SimpleNamespace(create=create))

    stand_in(monkeypatch, openai={"OpenAI": connect})
    api = service("openai", "embed", url="https://key:K%2F@api.openai.com/v1")
    assert api.embed(["a", "b"], options={"dimensions": 1}) == [[1.0], [2.0]]
    assert asked[0] == {"api_key": "K/", "base_url": "https://api.openai.com/v1"}
    assert asked[1] == {"model": "text-embedding-3-small", "input": ["a", "b"], "dimensions": 1}
    assert service("openai", "embed").embed("a") == [2.0] and asked[2] == {}
    assert api.embed([1, 2]) == [2.0]
    with pytest.raises(ValueError, match="no text"):
        api.embed("")


def test_embeddings_of_cohere(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    answers: list[Any] = [[[1.0]], None]

    def embed(**given: Any) -> Any:
        asked.append(given)
        return SimpleNamespace(embeddings=SimpleNamespace(float_=answers.pop(0)))

    def connect(**given: Any) -> Any:
        asked.append(given)
        return SimpleNamespace(embed=embed)

    stand_in(monkeypatch, cohere={"ClientV2": connect})
    api = service("cohere", "embed", url="https://key:K@api.cohere.com")
    assert api.embed("a", timeout=5, options={"max_retries": 3}) == [[1.0]]
    assert asked[0] == {"api_key": "K", "timeout": 5, "base_url": "https://api.cohere.com"}
    assert asked[1]["texts"] == ["a"] and asked[1]["request_options"] == {"max_retries": 3}
    with pytest.raises(dg.Failure, match="no embeddings"):
        service("cohere", "embed").embed(["a"])
    assert asked[2] == {"api_key": None, "timeout": None, "base_url": None}


def test_vectors_of_pinecone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Client:
        def __init__(self, **given: Any) -> None:
            asked.append(given)

        def Index(self, name: str) -> Any:
            asked.append(name)
            return SimpleNamespace(upsert=lambda **given: asked.append(given))

        def create_index(self, **given: Any) -> None:
            asked.append(given)

    stand_in(monkeypatch, pinecone={"Pinecone": Client, "ServerlessSpec": lambda cloud, region: (cloud, region)})
    api = service("pinecone", "upsert", "create_index", url="https://key:K@api.pinecone.io")
    api.upsert("i", [("a", [1.0])], batch_size=10, options={"show_progress": False})
    place = {"namespace": "", "batch_size": 10, "show_progress": False}
    assert asked == [{"api_key": "K", "host": "https://api.pinecone.io"}, "i", {"vectors": [("a", [1.0])], **place}]
    service("pinecone", "create_index").create_index("i", 3, "aws", "eu")
    place = {"name": "i", "dimension": 3, "spec": ("aws", "eu"), "metric": "cosine", "timeout": None}
    assert asked[-2:] == [{"api_key": None, "host": None}, place]
