"""What all operators of Google Cloud share."""

from __future__ import annotations

from collections.abc import Mapping

from migrator.operators.calls import Client

DEFAULT_CONNECTION = "google_cloud_default"
NO_TRIGGERER = {
    "deferrable": "there is no triggerer",
    "poll_interval": "there is no triggerer",
    "polling_interval_seconds": "the resource looks in intervals of its own",
    "polling_period_seconds": "the resource looks in intervals of its own",
    "poll_sleep": "the resource looks in intervals of its own",
    "start_from_trigger": "there is no triggerer",
}
GOOGLE = Client(
    "google_cloud",
    ("gcp_conn_id", "bigquery_conn_id", "google_cloud_conn_id"),
    DEFAULT_CONNECTION,
    ignored={
        **NO_TRIGGERER,
        "retry": "the client retries by itself",
        "metadata": "metadata of a request have no effect on the data",
        "api_version": "the client knows the version",
        "validate_body": "the service says what is wrong",
    },
    beside={
        "impersonation_chain": "it works with the application's default credentials, which can be ones that act for that account"
    },
)


def label_of_airflow(labels: str) -> Mapping[str, tuple[str, str]]:
    """`Call.made_up` of an operator that adds a label with the version of Airflow to those in an argument, which a dotted name may go into."""
    told = ("what it makes has a label `airflow-version`", "it has the labels that the task gives it")
    return {f"{labels}.airflow-version": told}
