"""Google Cloud: stores, queues and clusters that it runs: Memorystore, Metastore, Kafka, Cloud Tasks, Composer, AlloyDB."""

from __future__ import annotations

from migrator.operators.google_asks import Ask, ask_rules

_LOCATION = "projects/{project_id}/locations/{location}"
_REGION = "projects/{project_id}/locations/{region}"
_PAGES = {"page_size": "page_size", "page_token": "page_token"}
_ORDERED = {**_PAGES, "filter": "filter", "order_by": "order_by"}

# --------------------------------------------------------------------------------------------------------- Memorystore

_INSTANCE, _NAMED = _LOCATION + "/instances/{instance}", _LOCATION + "/instances/{instance_id}"


def _instances(product: str, field: str) -> tuple[Ask, ...]:
    """What both kinds of instances have; `field` holds what one is made of."""
    name = f"CloudMemorystore{product}"
    updated = {field: "instance", f"{field}.name": _NAMED, "update_mask": "update_mask"}
    return (
        Ask(
            f"{name}CreateInstance",
            "create_instance",
            {"parent": _LOCATION, "instance_id": "instance_id", field: "instance"},
            or_get=_NAMED,
            labels="instance.labels",
        ),
        Ask(f"{name}GetInstance", "get_instance", {"name": _INSTANCE}),
        Ask(f"{name}DeleteInstance", "delete_instance", {"name": _INSTANCE}, gives=""),
        Ask(f"{name}UpdateInstance", "update_instance", updated, gives=""),
    )


_REDIS = (
    *_instances("", "instance"),
    Ask(
        "CloudMemorystoreListInstances",
        "list_instances",
        {"parent": _LOCATION, "page_size": "page_size"},
        gives="list",
    ),
    Ask(
        "CloudMemorystoreFailoverInstance",
        "failover_instance",
        {"name": _INSTANCE, "data_protection_mode": "data_protection_mode"},
        gives="",
    ),
    Ask(
        "CloudMemorystoreExportInstance",
        "export_instance",
        {"name": _INSTANCE, "output_config": "output_config"},
        gives="",
    ),
    Ask("CloudMemorystoreImport", "import_instance", {"name": _INSTANCE, "input_config": "input_config"}, gives=""),
    Ask(
        "CloudMemorystoreScaleInstance",
        "update_instance",
        {
            "instance.memory_size_gb": "memory_size_gb",
            "instance.name": _NAMED,
            "update_mask": {"paths": ["memory_size_gb"]},
        },
        gives="",
    ),
)
_MEMCACHED = (
    *_instances("Memcached", "resource"),
    Ask("CloudMemorystoreMemcachedListInstances", "list_instances", {"parent": _LOCATION}, gives="list"),
    Ask(
        "CloudMemorystoreMemcachedApplyParameters",
        "apply_parameters",
        {"name": _NAMED, "node_ids": "node_ids", "apply_all": "apply_all"},
        gives="",
    ),
    Ask(
        "CloudMemorystoreMemcachedUpdateParameters",
        "update_parameters",
        {"name": _NAMED, "parameters": "parameters", "update_mask": "update_mask"},
        gives="",
    ),
)

# ------------------------------------------------------------------------------------------------- Dataproc Metastore

_SERVICE = _REGION + "/services/{service_id}"
_BACKUP = _SERVICE + "/backups/{backup_id}"
_METASTORE = (
    Ask(
        "DataprocMetastoreCreateService",
        "create_service",
        {"parent": _REGION, "service_id": "service_id", "service": "service"},
        or_get=_SERVICE,
    ),
    Ask("DataprocMetastoreGetService", "get_service", {"name": _SERVICE}),
    Ask("DataprocMetastoreDeleteService", "delete_service", {"name": _SERVICE}, gives=""),
    Ask(
        "DataprocMetastoreUpdateService",
        "update_service",
        {"service": "service", "service.name": _SERVICE, "update_mask": "update_mask"},
        gives="",
    ),
    Ask(
        "DataprocMetastoreCreateBackup",
        "create_backup",
        {"parent": _SERVICE, "backup_id": "backup_id", "backup": "backup"},
        or_get=_BACKUP,
    ),
    Ask("DataprocMetastoreDeleteBackup", "delete_backup", {"name": _BACKUP}, gives=""),
    Ask("DataprocMetastoreListBackups", "list_backups", {"parent": _SERVICE + "/backups", **_ORDERED}, gives="list"),
    Ask(
        "DataprocMetastoreCreateMetadataImport",
        "create_metadata_import",
        {
            "parent": _SERVICE,
            "metadata_import_id": "metadata_import_id",
            "metadata_import": "metadata_import",
        },
    ),
)

# ------------------------------------------------------------------------------------------------------ Apache Kafka

_CLUSTER = _LOCATION + "/clusters/{cluster_id}"
_TOPIC, _GROUP = _CLUSTER + "/topics/{topic_id}", _CLUSTER + "/consumerGroups/{consumer_group_id}"
_KAFKA = (
    Ask(
        "ManagedKafkaCreateCluster",
        "create_cluster",
        {"parent": _LOCATION, "cluster_id": "cluster_id", "cluster": "cluster"},
        or_get=_CLUSTER,
    ),
    Ask("ManagedKafkaGetCluster", "get_cluster", {"name": _CLUSTER}),
    Ask("ManagedKafkaDeleteCluster", "delete_cluster", {"name": _CLUSTER}, gives=""),
    Ask(
        "ManagedKafkaUpdateCluster",
        "update_cluster",
        {"cluster": "cluster", "cluster.name": _CLUSTER, "update_mask": "update_mask"},
    ),
    Ask("ManagedKafkaListClusters", "list_clusters", {"parent": _LOCATION, **_ORDERED}, gives="list"),
    Ask(
        "ManagedKafkaCreateTopic",
        "create_topic",
        {"parent": _CLUSTER, "topic_id": "topic_id", "topic": "topic"},
        or_get=_TOPIC,
    ),
    Ask("ManagedKafkaGetTopic", "get_topic", {"name": _TOPIC}),
    Ask("ManagedKafkaDeleteTopic", "delete_topic", {"name": _TOPIC}, gives=""),
    Ask(
        "ManagedKafkaUpdateTopic",
        "update_topic",
        {"topic": "topic", "topic.name": _TOPIC, "update_mask": "update_mask"},
    ),
    Ask("ManagedKafkaListTopics", "list_topics", {"parent": _CLUSTER, **_PAGES}, gives="list"),
    Ask("ManagedKafkaGetConsumerGroup", "get_consumer_group", {"name": _GROUP}),
    Ask("ManagedKafkaDeleteConsumerGroup", "delete_consumer_group", {"name": _GROUP}, gives=""),
    Ask(
        "ManagedKafkaUpdateConsumerGroup",
        "update_consumer_group",
        {"consumer_group": "consumer_group", "consumer_group.name": _GROUP, "update_mask": "update_mask"},
    ),
    Ask("ManagedKafkaListConsumerGroups", "list_consumer_groups", {"parent": _CLUSTER, **_PAGES}, gives="list"),
)

# -------------------------------------------------------------------------------------------------------- Cloud Tasks

_QUEUE = _LOCATION + "/queues/{queue_name}"
_TASK = _QUEUE + "/tasks/{task_name}"
_VIEW = {"response_view": "response_view"}
_TASKS = (
    Ask(
        "CloudTasksQueueCreate",
        "create_queue",
        {"parent": _LOCATION, "queue": "task_queue", "queue.name": _QUEUE},
        or_get=_QUEUE,
    ),
    Ask(
        "CloudTasksQueueUpdate",
        "update_queue",
        {"queue": "task_queue", "queue.name": _QUEUE, "update_mask": "update_mask"},
    ),
    Ask("CloudTasksQueueGet", "get_queue", {"name": _QUEUE}),
    Ask("CloudTasksQueueDelete", "delete_queue", {"name": _QUEUE}, gives=""),
    *(
        Ask(f"CloudTasksQueue{verb}", f"{verb.lower()}_queue", {"name": _QUEUE})
        for verb in ("Purge", "Pause", "Resume")
    ),
    Ask(
        "CloudTasksQueuesList",
        "list_queues",
        {"parent": _LOCATION, "filter": "results_filter", "page_size": "page_size"},
        gives="list",
    ),
    Ask("CloudTasksTaskCreate", "create_task", {"parent": _QUEUE, "task": "task", "task.name": _TASK, **_VIEW}),
    Ask("CloudTasksTaskGet", "get_task", {"name": _TASK, **_VIEW}),
    Ask("CloudTasksTaskRun", "run_task", {"name": _TASK, **_VIEW}),
    Ask("CloudTasksTaskDelete", "delete_task", {"name": _TASK}, gives=""),
    Ask("CloudTasksTasksList", "list_tasks", {"parent": _QUEUE, "page_size": "page_size", **_VIEW}, gives="list"),
)

# ---------------------------------------------------------------------------------------------------------- Composer

_ENVIRONMENT = _REGION + "/environments/{environment_id}"
_COMPOSER = (
    Ask("CloudComposerGetEnvironment", "get_environment", {"name": _ENVIRONMENT}),
    Ask("CloudComposerDeleteEnvironment", "delete_environment", {"name": _ENVIRONMENT}, gives=""),
    Ask(
        "CloudComposerUpdateEnvironment",
        "update_environment",
        {"name": _ENVIRONMENT, "environment": "environment", "update_mask": "update_mask"},
    ),
    Ask("CloudComposerListEnvironments", "list_environments", {"parent": _REGION, **_PAGES}, gives="list"),
)
_IMAGES = (
    Ask(
        "CloudComposerListImageVersions",
        "list_image_versions",
        {"parent": _REGION, "include_past_releases": "include_past_releases", **_PAGES},
        gives="list",
    ),
)

# ----------------------------------------------------------------------------------------------------------- AlloyDB


def _alloydb(name: str, field: str, parent: str, folder: str, ends: tuple[str, ...] = ()) -> tuple[Ask, ...]:
    """The operators of a kind of things of AlloyDB; `ends` are arguments that deleting one takes."""
    place = f"{parent}/{folder}/{{{field}_id}}"
    made = {"parent": parent, f"{field}_id": f"{field}_id", field: f"{field}_configuration"}
    changed = {
        field: f"{field}_configuration",
        f"{field}.name": place,
        "update_mask": "update_mask",
        "allow_missing": "allow_missing",
    }
    other = {"is_secondary": f"create_secondary_{field}"} if field in ("cluster", "instance") else {}
    return (
        Ask(f"AlloyDBCreate{name}", f"create_{field}", made, other, or_get=place, refused=("validate_request",)),
        Ask(f"AlloyDBUpdate{name}", f"update_{field}", changed, refused=("validate_request",)),
        Ask(
            f"AlloyDBDelete{name}",
            f"delete_{field}",
            {"name": place, **{end: end for end in ends}},
            gives="",
            refused=("validate_request",),
        ),
    )


_ALLOYDB = (
    *_alloydb("Cluster", "cluster", _LOCATION, "clusters", ("etag", "force")),
    *_alloydb("Instance", "instance", _CLUSTER, "instances", ("etag",)),
    *_alloydb("User", "user", _CLUSTER, "users"),
    *_alloydb("Backup", "backup", _LOCATION, "backups"),
)

RULES = (
    *ask_rules("memorystore", "cloud_memorystore", "ask_redis", _REDIS),
    *ask_rules("memorystore", "cloud_memorystore", "ask_memcached", _MEMCACHED),
    *ask_rules("metastore", "dataproc_metastore", "ask_metastore", _METASTORE),
    *ask_rules("managed-kafka", "managed_kafka", "ask_kafka", _KAFKA),
    *ask_rules("cloud-tasks", "tasks", "ask_cloud_tasks", _TASKS),
    *ask_rules("composer", "cloud_composer", "ask_composer", _COMPOSER),
    *ask_rules("composer", "cloud_composer", "ask_composer_images", _IMAGES),
    *ask_rules("alloydb", "alloy_db", "ask_alloydb", _ALLOYDB),
)
