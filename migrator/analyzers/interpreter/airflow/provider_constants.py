"""Constants of the providers' modules that DAG files put into requests: the names of fields and states of Google's Storage Transfer Service."""

from __future__ import annotations

_TRANSFERS = "airflow.providers.google.cloud.hooks.cloud_storage_transfer_service."
_FIELDS = {
    "ACCESS_KEY_ID": "accessKeyId",
    "ALREADY_EXISTING_IN_SINK": "overwriteObjectsAlreadyExistingInSink",
    "AWS_ACCESS_KEY": "awsAccessKey",
    "AWS_ROLE_ARN": "roleArn",
    "AWS_S3_DATA_SOURCE": "awsS3DataSource",
    "BODY": "body",
    "BUCKET_NAME": "bucketName",
    "COUNTERS": "counters",
    "DAY": "day",
    "DESCRIPTION": "description",
    "FILTER": "filter",
    "FILTER_JOB_NAMES": "job_names",
    "FILTER_PROJECT_ID": "project_id",
    "GCS_DATA_SINK": "gcsDataSink",
    "GCS_DATA_SOURCE": "gcsDataSource",
    "HOURS": "hours",
    "HTTP_DATA_SOURCE": "httpDataSource",
    "INCLUDE_PREFIXES": "includePrefixes",
    "JOB_NAME": "name",
    "LIST_URL": "list_url",
    "METADATA": "metadata",
    "MINUTES": "minutes",
    "MONTH": "month",
    "NAME": "name",
    "OBJECT_CONDITIONS": "object_conditions",
    "OPERATIONS": "operations",
    "OVERWRITE_OBJECTS_ALREADY_EXISTING_IN_SINK": "overwriteObjectsAlreadyExistingInSink",
    "PATH": "path",
    "PROJECT_ID": "projectId",
    "SCHEDULE": "schedule",
    "SCHEDULE_END_DATE": "scheduleEndDate",
    "SCHEDULE_START_DATE": "scheduleStartDate",
    "SECONDS": "seconds",
    "START_TIME_OF_DAY": "startTimeOfDay",
    "STATUS": "status",
    "STATUS1": "status",
    "TRANSFER_JOB": "transfer_job",
    "TRANSFER_JOBS": "transferJobs",
    "TRANSFER_JOB_FIELD_MASK": "update_transfer_job_field_mask",
    "TRANSFER_OPERATIONS": "transferOperations",
    "TRANSFER_OPTIONS": "transfer_options",
    "TRANSFER_SPEC": "transferSpec",
    "YEAR": "year",
}
_STATES = {
    "GcpTransferJobsStatus": ("ENABLED", "DISABLED", "DELETED"),
    "GcpTransferOperationStatus": ("IN_PROGRESS", "PAUSED", "SUCCESS", "FAILED", "ABORTED"),
}
CONSTANTS = {
    **{_TRANSFERS + name: text for name, text in _FIELDS.items()},
    **{f"{_TRANSFERS}{kind}.{state}": state for kind, states in _STATES.items() for state in states},
}
"""By the path of the name."""
