"""Google Cloud: what Dataplex and Sensitive Data Protection know of data: lakes, zones, catalogues, scans, templates and jobs."""

from __future__ import annotations

from migrator.operators.google_asks import Ask, ask_rules
from migrator.operators.rule import Example

_REGION = "projects/{project_id}/locations/{region}"
_LAKE = _REGION + "/lakes/{lake_id}"
_ZONE = _LAKE + "/zones/{zone_id}"
_PAGES = {"page_size": "page_size", "page_token": "page_token"}
_ORDERED = {**_PAGES, "filter": "filter", "order_by": "order_by"}
_EXAMPLE = Example(
    title="A zone of a lake",
    dag="""
from datetime import datetime

from airflow import DAG
from airflow.providers.google.cloud.operators.dataplex import DataplexCreateZoneOperator

with DAG("lakes", schedule="@once", start_date=datetime(2024, 1, 1), catchup=False):
    DataplexCreateZoneOperator(
        task_id="zone", project_id="acme", region="europe-west1", lake_id="sales", zone_id="raw", body={"type_": "RAW"}
    )
""",
    expected=(
        "google_cloud_default.ask_dataplex(",
        '"create_zone",',
        'parent="projects/acme/locations/europe-west1/lakes/sales"',
        'zone={"type_": "RAW"}',
    ),
    disposition="step",
)
_LAKES = (
    Ask(
        "DataplexCreateLake",
        "create_lake",
        {"parent": _REGION, "lake_id": "lake_id", "lake": "body"},
        or_get=_LAKE,
        refused=("validate_only", "asynchronous"),
    ),
    Ask("DataplexDeleteLake", "delete_lake", {"name": _LAKE}, gives=""),
    Ask(
        "DataplexCreateZone",
        "create_zone",
        {"parent": _LAKE, "zone_id": "zone_id", "zone": "body"},
        examples=(_EXAMPLE,),
    ),
    Ask("DataplexDeleteZone", "delete_zone", {"name": _ZONE}, gives=""),
    Ask("DataplexCreateAsset", "create_asset", {"parent": _ZONE, "asset_id": "asset_id", "asset": "body"}),
    Ask("DataplexDeleteAsset", "delete_asset", {"name": _ZONE + "/assets/{asset_id}"}, gives=""),
    Ask(
        "DataplexCreateTask",
        "create_task",
        {"parent": _LAKE, "task_id": "dataplex_task_id", "task": "body"},
        or_get=_LAKE + "/tasks/{dataplex_task_id}",
        refused=("validate_only", "asynchronous"),
    ),
    Ask("DataplexDeleteTask", "delete_task", {"name": _LAKE + "/tasks/{dataplex_task_id}"}, gives=""),
    Ask("DataplexGetTask", "get_task", {"name": _LAKE + "/tasks/{dataplex_task_id}"}),
    Ask("DataplexListTasks", "list_tasks", {"parent": _LAKE, **_ORDERED}, gives="list"),
)
_SCAN = _REGION + "/dataScans/{data_scan_id}"
_SCANS = tuple(
    row
    for kind in ("Quality", "Profile")
    for row in (
        Ask(f"DataplexGetData{kind}Scan", "get_data_scan", {"name": _SCAN, "view": "=FULL"}),
        Ask(f"DataplexDeleteData{kind}Scan", "delete_data_scan", {"name": _SCAN}, gives=""),
    )
)
_LOCATION = "projects/{project_id}/locations/{location}"
_GROUP = _LOCATION + "/entryGroups/{entry_group_id}"
_ENTRY = _GROUP + "/entries/{entry_id}"
_SEEN = {"view": "view", "aspect_types": "aspect_types", "paths": "paths"}
_FOUND = {**_PAGES, "filter": "filter_by", "order_by": "order_by"}


def _kind(name: str, field: str, folder: str) -> tuple[Ask, ...]:
    """The operators of a kind of things that the catalogue keeps."""
    place = f"{_LOCATION}/{folder}/{{{field}_id}}"
    return (
        Ask(
            f"DataplexCatalogCreate{name}",
            f"create_{field}",
            {"parent": _LOCATION, f"{field}_id": f"{field}_id", field: f"{field}_configuration"},
            or_get=place,
            refused=("validate_request",),
        ),
        Ask(f"DataplexCatalogGet{name}", f"get_{field}", {"name": place}),
        Ask(f"DataplexCatalogDelete{name}", f"delete_{field}", {"name": place}, gives=""),
        Ask(
            f"DataplexCatalogUpdate{name}",
            f"update_{field}",
            {field: f"{field}_configuration", f"{field}.name": place, "update_mask": "update_mask"},
            refused=("validate_request",),
        ),
        Ask(f"DataplexCatalogList{name}s", f"list_{field}s", {"parent": _LOCATION, **_FOUND}, gives=""),
    )


_CATALOG = (
    *_kind("EntryGroup", "entry_group", "entryGroups"),
    *_kind("EntryType", "entry_type", "entryTypes"),
    *_kind("AspectType", "aspect_type", "aspectTypes"),
    Ask(
        "DataplexCatalogCreateEntry",
        "create_entry",
        {"parent": _GROUP, "entry_id": "entry_id", "entry": "entry_configuration"},
        or_get=_ENTRY,
    ),
    Ask("DataplexCatalogGetEntry", "get_entry", {"name": _ENTRY, **_SEEN}),
    Ask("DataplexCatalogLookupEntry", "lookup_entry", {"name": _LOCATION, "entry": _ENTRY, **_SEEN}),
    Ask("DataplexCatalogDeleteEntry", "delete_entry", {"name": _ENTRY}),
    Ask(
        "DataplexCatalogUpdateEntry",
        "update_entry",
        {
            "entry": "entry_configuration",
            "entry.name": _ENTRY,
            "update_mask": "update_mask",
            "allow_missing": "allow_missing",
            "delete_missing_aspects": "delete_missing_aspects",
            "aspect_keys": "aspect_keys",
        },
    ),
    Ask(
        "DataplexCatalogListEntries",
        "list_entries",
        {"parent": _GROUP, **_PAGES, "filter": "filter_by"},
        gives="",
    ),
    Ask(
        "DataplexCatalogSearchEntries",
        "search_entries",
        {"name": _LOCATION, "query": "query", "order_by": "order_by", **_PAGES},
        gives="",
        refused=("scope",),
    ),
)

# ------------------------------------------------------------------------------------------ Sensitive Data Protection

_PROJECT = "projects/{project_id}"
_OWNER = "organizations/{organization_id} or " + _PROJECT
_LISTED = {"page_size": "page_size", "order_by": "order_by"}


def _of(folder: str, name: str) -> str:
    """What an organization or a project keeps."""
    return f"organizations/{{organization_id}}/{folder}/{{{name}}} or {_PROJECT}/{folder}/{{{name}}}"


def _kept(operator: str, field: str, folder: str, given: str, id_field: str) -> tuple[Ask, ...]:
    """The operators of what an organization or a project keeps; `given` is the operator's argument with what it is made of."""
    place = _of(folder, id_field)
    parts = {given: given, id_field: id_field}
    return (
        Ask(f"CloudDLPCreate{operator}", f"create_{field}", {"parent": _OWNER, **parts}, or_get=place),
        Ask(f"CloudDLPGet{operator}", f"get_{field}", {"name": place}),
        Ask(f"CloudDLPDelete{operator}", f"delete_{field}", {"name": place}, gives="", missing_ok=True),
        Ask(
            f"CloudDLPUpdate{operator}",
            f"update_{field}",
            {"name": place, given: given, "update_mask": "update_mask"},
        ),
        Ask(f"CloudDLPList{operator}s", f"list_{field}s", {"parent": _OWNER, **_LISTED}, gives="list"),
    )


_JOB, _TRIGGER = _PROJECT + "/dlpJobs/{dlp_job_id}", _PROJECT + "/jobTriggers/{job_trigger_id}"
_INSPECTED = {
    "parent": _PROJECT,
    "inspect_config": "inspect_config",
    "item": "item",
    "inspect_template_name": "inspect_template_name",
}
_PROTECTION = (
    *_kept("DeidentifyTemplate", "deidentify_template", "deidentifyTemplates", "deidentify_template", "template_id"),
    *_kept("InspectTemplate", "inspect_template", "inspectTemplates", "inspect_template", "template_id"),
    *_kept("StoredInfoType", "stored_info_type", "storedInfoTypes", "config", "stored_info_type_id"),
    Ask(
        "CloudDLPListInfoTypes",
        "list_info_types",
        {"language_code": "language_code", "filter": "results_filter"},
        ignored=("project_id",),
    ),
    Ask("CloudDLPInspectContent", "inspect_content", _INSPECTED),
    Ask(
        "CloudDLPDeidentifyContent",
        "deidentify_content",
        {
            **_INSPECTED,
            "deidentify_config": "deidentify_config",
            "deidentify_template_name": "deidentify_template_name",
        },
    ),
    Ask(
        "CloudDLPReidentifyContent",
        "reidentify_content",
        {
            **_INSPECTED,
            "reidentify_config": "reidentify_config",
            "reidentify_template_name": "reidentify_template_name",
        },
    ),
    Ask("CloudDLPGetDLPJob", "get_dlp_job", {"name": _JOB}),
    Ask("CloudDLPCancelDLPJob", "cancel_dlp_job", {"name": _JOB}, gives=""),
    Ask("CloudDLPDeleteDLPJob", "delete_dlp_job", {"name": _JOB}, gives="", missing_ok=True),
    Ask(
        "CloudDLPListDLPJobs",
        "list_dlp_jobs",
        {"parent": _PROJECT, **_LISTED, "filter": "results_filter", "type_": "job_type"},
        gives="list",
    ),
    Ask(
        "CloudDLPCreateJobTrigger",
        "create_job_trigger",
        {"parent": _PROJECT, "job_trigger": "job_trigger", "trigger_id": "trigger_id"},
        or_get=_PROJECT + "/jobTriggers/{trigger_id}",
    ),
    Ask("CloudDLPGetDLPJobTrigger", "get_job_trigger", {"name": _TRIGGER}),
    Ask("CloudDLPDeleteJobTrigger", "delete_job_trigger", {"name": _TRIGGER}, gives="", missing_ok=True),
    Ask(
        "CloudDLPUpdateJobTrigger",
        "update_job_trigger",
        {"name": _TRIGGER, "job_trigger": "job_trigger", "update_mask": "update_mask"},
    ),
    Ask(
        "CloudDLPListJobTriggers",
        "list_job_triggers",
        {"parent": _PROJECT, **_LISTED, "filter": "results_filter"},
        gives="list",
    ),
)

RULES = (
    *ask_rules("dataplex", "dataplex", "ask_dataplex", _LAKES),
    *ask_rules("dataplex", "dataplex", "ask_dataplex_scans", _SCANS),
    *ask_rules("dataplex", "dataplex", "ask_dataplex_catalog", _CATALOG),
    *ask_rules("dlp", "dlp", "ask_dlp", _PROTECTION),
)
