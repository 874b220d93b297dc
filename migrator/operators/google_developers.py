"""Google Cloud: what developers set up: Dataform, Workflows, builds, sinks of logs, alerts, machines, services, transfers, batches of Dataproc."""

from __future__ import annotations

from migrator.operators.google_asks import Ask, ask_rules

_PROJECT = "projects/{project_id}"
_LOCATION = _PROJECT + "/locations/{location}"
_REGION = _PROJECT + "/locations/{region}"
_PAGES = {"page_size": "page_size", "page_token": "page_token"}

# ----------------------------------------------------------------------------------------------- Dataform, Workflows

_REPOSITORY = _REGION + "/repositories/{repository_id}"
_WORKSPACE = _REPOSITORY + "/workspaces/{workspace_id}"
_INVOCATION = _REPOSITORY + "/workflowInvocations/{workflow_invocation_id}"
_DATAFORM = (
    Ask("DataformCreateRepository", "create_repository", {"parent": _REGION, "repository_id": "repository_id"}),
    Ask("DataformDeleteRepository", "delete_repository", {"name": _REPOSITORY, "force": "force"}, gives=""),
    Ask("DataformCreateWorkspace", "create_workspace", {"parent": _REPOSITORY, "workspace_id": "workspace_id"}),
    Ask("DataformDeleteWorkspace", "delete_workspace", {"name": _WORKSPACE}, gives=""),
    Ask(
        "DataformGetCompilationResult",
        "get_compilation_result",
        {"name": _REPOSITORY + "/compilationResults/{compilation_result_id}"},
    ),
    Ask("DataformGetWorkflowInvocation", "get_workflow_invocation", {"name": _INVOCATION}),
    Ask(
        "DataformQueryWorkflowInvocationActions",
        "query_workflow_invocation_actions",
        {"name": _INVOCATION},
        gives="list",
    ),
    Ask("DataformInstallNpmPackages", "install_npm_packages", {"workspace": _WORKSPACE}),
    Ask(
        "DataformWriteFile",
        "write_file",
        {"workspace": _WORKSPACE, "path": "filepath", "contents": "contents"},
    ),
    Ask("DataformRemoveFile", "remove_file", {"workspace": _WORKSPACE, "path": "filepath"}, gives=""),
    Ask("DataformMakeDirectory", "make_directory", {"workspace": _WORKSPACE, "path": "directory_path"}),
    Ask("DataformRemoveDirectory", "remove_directory", {"workspace": _WORKSPACE, "path": "directory_path"}, gives=""),
)
_WORKFLOW = _LOCATION + "/workflows/{workflow_id}"
_WORKFLOWS = (
    Ask(
        "WorkflowsCreateWorkflow",
        "create_workflow",
        {"parent": _LOCATION, "workflow_id": "{workflow_id}", "workflow": "workflow"},
        or_get=_WORKFLOW,
        refused=("force_rerun",),
    ),
    Ask("WorkflowsGetWorkflow", "get_workflow", {"name": _WORKFLOW}),
    Ask("WorkflowsDeleteWorkflow", "delete_workflow", {"name": _WORKFLOW}, gives=""),
    Ask(
        "WorkflowsListWorkflows",
        "list_workflows",
        {"parent": _LOCATION, "filter": "filter_", "order_by": "order_by"},
        gives="list",
    ),
)

# -------------------------------------------------------------------------------------------------------------- builds

_BUILD = {"location": "location", "project_id": "{project_id}"}
_TRIGGER = {**_BUILD, "trigger_id": "trigger_id"}
_BUILDS = (
    Ask("CloudBuildGetBuild", "get_build", {**_BUILD, "id": "id_"}),
    Ask("CloudBuildCancelBuild", "cancel_build", {**_BUILD, "id": "id_"}, key="id"),
    Ask(
        "CloudBuildListBuilds",
        "list_builds",
        {**_BUILD, "parent": _LOCATION, "page_size": "page_size", "filter": "filter_"},
        gives="",
    ),
    Ask("CloudBuildCreateBuildTrigger", "create_build_trigger", {**_BUILD, "trigger": "trigger"}, key="id"),
    Ask("CloudBuildUpdateBuildTrigger", "update_build_trigger", {**_TRIGGER, "trigger": "trigger"}, key="id"),
    Ask("CloudBuildGetBuildTrigger", "get_build_trigger", _TRIGGER),
    Ask("CloudBuildDeleteBuildTrigger", "delete_build_trigger", _TRIGGER, gives=""),
    Ask(
        "CloudBuildListBuildTriggers",
        "list_build_triggers",
        {**_BUILD, "parent": _LOCATION, **_PAGES},
        gives="",
    ),
)

# ------------------------------------------------------------------------------------------------ logs and monitoring

_SINK = _PROJECT + "/sinks/{sink_name}"
_UNIQUE = {"unique_writer_identity": "unique_writer_identity"}
_SINKS = (
    Ask("CloudLoggingListSinks", "list_sinks", {"parent": _PROJECT, "page_size": "page_size"}, gives="list"),
    Ask(
        "CloudLoggingCreateSink",
        "create_sink",
        {"parent": _PROJECT, "sink": "sink_config", **_UNIQUE},
        gives="",
        exists_ok=True,
    ),
    Ask("CloudLoggingDeleteSink", "delete_sink", {"sink_name": _SINK}, gives=""),
    Ask(
        "CloudLoggingUpdateSink",
        "update_sink",
        {"sink_name": _SINK, "sink": "sink_config", "update_mask": "update_mask", **_UNIQUE},
    ),
)
_LISTED = {"name": _PROJECT, "filter": "filter_", "order_by": "order_by", "page_size": "page_size"}
_POLICIES = (
    Ask("CloudMonitoringListAlertPolicies", "list_alert_policies", _LISTED, gives="list", refused=("format_",)),
    Ask("CloudMonitoringDeleteAlert", "delete_alert_policy", {"name": "name"}, gives="", ignored=("project_id",)),
)
_CHANNELS = (
    Ask(
        "CloudMonitoringListNotificationChannels",
        "list_notification_channels",
        _LISTED,
        gives="list",
        refused=("format_",),
    ),
    Ask(
        "CloudMonitoringDeleteNotificationChannel",
        "delete_notification_channel",
        {"name": "name"},
        gives="",
        ignored=("project_id",),
    ),
)

# ------------------------------------------------------------------------------------------------ machines, services

_MACHINES = {"project": "{project_id}"}
_ZONE = {**_MACHINES, "zone": "zone"}
_NAMED = ("resource_id",)
_INSTANCES = (
    Ask(
        "ComputeEngineInsertInstanceFromTemplate",
        "insert",
        {**_ZONE, "instance_resource": "body", "source_instance_template": "source_instance_template"},
        gives="",
        exists_ok=True,
        ignored=_NAMED,
    ),
    Ask(
        "ComputeEngineSetMachineType",
        "set_machine_type",
        {
            **_ZONE,
            "instance": "resource_id",
            "instances_set_machine_type_request_resource.machine_type": "body.machineType",
        },
        gives="",
    ),
)
_TEMPLATES = (
    Ask(
        "ComputeEngineInsertInstanceTemplate",
        "insert",
        {**_MACHINES, "instance_template_resource": "body"},
        gives="",
        exists_ok=True,
        ignored=_NAMED,
    ),
    Ask(
        "ComputeEngineDeleteInstanceTemplate",
        "delete",
        {**_MACHINES, "instance_template": "resource_id"},
        gives="",
    ),
)
_GROUPS = (
    Ask(
        "ComputeEngineInsertInstanceGroupManager",
        "insert",
        {**_ZONE, "instance_group_manager_resource": "body"},
        gives="",
        exists_ok=True,
        ignored=_NAMED,
    ),
    Ask(
        "ComputeEngineDeleteInstanceGroupManager",
        "delete",
        {**_ZONE, "instance_group_manager": "resource_id"},
        gives="",
    ),
)
_SERVICE = _REGION + "/services/{service_name}"
_SERVICES = (
    Ask(
        "CloudRunCreateService",
        "create_service",
        {"parent": _REGION, "service_id": "service_name", "service": "service"},
        or_get=_SERVICE,
        refused=("use_regional_endpoint",),
    ),
    Ask("CloudRunDeleteService", "delete_service", {"name": _SERVICE}, refused=("use_regional_endpoint",)),
)
_RUN_JOBS = (
    Ask(
        "CloudRunListJobs",
        "list_jobs",
        {"parent": _REGION, "show_deleted": "show_deleted"},
        gives="list",
        refused=("limit", "use_regional_endpoint"),
    ),
)

# ----------------------------------------------------------------------------------------------- transfers, Dataproc

_CONFIG = f"{_LOCATION}/transferConfigs/{{transfer_config_id}} or {_PROJECT}/transferConfigs/{{transfer_config_id}}"
_TRANSFERS = (Ask("BigQueryDeleteDataTransferConfig", "delete_transfer_config", {"name": _CONFIG}, gives=""),)
_BATCHES = (Ask("DataprocGetBatch", "get_batch", {"region": "region", "name": _REGION + "/batches/{batch_id}"}),)
_CLUSTERS = (
    Ask(
        "DataprocUpdateCluster",
        "update_cluster",
        {
            "region": "region",
            "project_id": "{project_id}",
            "cluster_name": "cluster_name",
            "cluster": "cluster",
            "update_mask": "update_mask",
            "graceful_decommission_timeout": "graceful_decommission_timeout",
        },
        gives="",
    ),
)
_FLOWS = (
    Ask(
        "DataprocCreateWorkflowTemplate",
        "create_workflow_template",
        {"region": "region", "parent": _PROJECT + "/regions/{region}", "template": "template"},
        gives="",
        exists_ok=True,
    ),
)

RULES = (
    *ask_rules("dataform", "dataform", "ask_dataform", _DATAFORM, "dataform"),
    *ask_rules("workflows", "workflows", "ask_workflows", _WORKFLOWS),
    *ask_rules("cloud-build", "cloud_build", "ask_cloud_build", _BUILDS),
    *ask_rules("logging", "cloud_logging_sink", "ask_log_sinks", _SINKS),
    *ask_rules("monitoring", "cloud_monitoring", "ask_alert_policies", _POLICIES),
    *ask_rules("monitoring", "cloud_monitoring", "ask_notification_channels", _CHANNELS),
    *ask_rules("compute", "compute", "ask_machines", _INSTANCES),
    *ask_rules("compute", "compute", "ask_machine_templates", _TEMPLATES),
    *ask_rules("compute", "compute", "ask_machine_groups", _GROUPS),
    *ask_rules("cloud-run", "cloud_run", "ask_cloud_run_services", _SERVICES, "cloudrun"),
    *ask_rules("cloud-run", "cloud_run", "ask_cloud_run_jobs", _RUN_JOBS, "cloudrun"),
    *ask_rules("transfers", "bigquery_dts", "ask_bigquery_transfers", _TRANSFERS, "bigquery"),
    *ask_rules("dataproc", "dataproc", "ask_dataproc_batches", _BATCHES, "dataproc"),
    *ask_rules("dataproc", "dataproc", "ask_dataproc_clusters", _CLUSTERS, "dataproc"),
    *ask_rules("dataproc", "dataproc", "ask_dataproc_workflows", _FLOWS, "dataproc"),
)
