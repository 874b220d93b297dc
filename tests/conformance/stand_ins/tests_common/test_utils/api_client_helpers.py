from __future__ import annotations


def create_airflow_connection(**options):
    raise NotImplementedError


def make_authenticated_rest_api_request(**options):
    raise NotImplementedError
