"""How often a sensor looks and how long it waits, where its task does not say: what its class takes then.

The tables name the classes that have times of their own, as the providers' newest releases tell them
(`tools/record_sensor_times.py`); all others have those of Airflow's `BaseSensorOperator`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from migrator.model.airflow import Task
from migrator.operators.names import canonical

INTERVAL = 60.0
TIMEOUT = 7 * 24 * 3600.0
_P = "airflow.providers."

INTERVALS: Mapping[str, float] = MappingProxyType(
    {
        _P + "amazon.aws.sensors.batch.BatchSensor": 30.0,
        _P + "amazon.aws.sensors.bedrock.BedrockBatchInferenceSensor": 120.0,
        _P + "amazon.aws.sensors.bedrock.BedrockCustomizeModelCompletedSensor": 120.0,
        _P + "amazon.aws.sensors.bedrock.BedrockIngestionJobSensor": 60.0,
        _P + "amazon.aws.sensors.bedrock.BedrockKnowledgeBaseActiveSensor": 5.0,
        _P + "amazon.aws.sensors.bedrock.BedrockProvisionModelThroughputCompletedSensor": 60.0,
        _P + "amazon.aws.sensors.comprehend.ComprehendCreateDocumentClassifierCompletedSensor": 120.0,
        _P + "amazon.aws.sensors.comprehend.ComprehendStartPiiEntitiesDetectionJobCompletedSensor": 120.0,
        _P + "amazon.aws.sensors.glue.GlueDataQualityRuleRecommendationRunSensor": 120.0,
        _P + "amazon.aws.sensors.glue.GlueDataQualityRuleSetEvaluationRunSensor": 120.0,
        _P + "amazon.aws.sensors.glue.GlueJobSensor": 120.0,
        _P + "amazon.aws.sensors.glue_catalog_partition.GlueCatalogPartitionSensor": 180.0,
        _P + "amazon.aws.sensors.kinesis_analytics.KinesisAnalyticsV2StartApplicationCompletedSensor": 120.0,
        _P + "amazon.aws.sensors.kinesis_analytics.KinesisAnalyticsV2StopApplicationCompletedSensor": 120.0,
        _P + "amazon.aws.sensors.opensearch_serverless.OpenSearchServerlessCollectionActiveSensor": 10.0,
        _P + "amazon.aws.sensors.ssm.SsmRunCommandCompletedSensor": 120.0,
        _P + "apache.hive.sensors.hive_partition.HivePartitionSensor": 180.0,
        _P + "apache.hive.sensors.named_hive_partition.NamedHivePartitionSensor": 180.0,
        _P + "google.cloud.sensors.pubsub.PubSubPullSensor": 10.0,
    }
)
DEFERRED_INTERVALS: Mapping[str, float] = MappingProxyType(
    {
        _P + "dbt.cloud.sensors.dbt.DbtCloudJobRunSensor": 5.0,
        _P + "google.cloud.sensors.bigquery.BigQueryStreamingBufferEmptySensor": 30.0,
        _P + "google.cloud.sensors.bigquery.BigQueryTableExistenceSensor": 5.0,
        _P + "google.cloud.sensors.bigquery.BigQueryTablePartitionExistenceSensor": 5.0,
    }
)
"""Seconds between two looks of tasks with `deferrable=True`."""
TIMEOUTS: Mapping[str, float] = MappingProxyType(
    {_P + "databricks.sensors.databricks.DatabricksSQLStatementsSensor": 3600.0}
)


def default_times(task: Task) -> tuple[float, float]:
    """The seconds between two looks of a task that gives no `poke_interval`, and those that it waits where it gives no `timeout`."""
    names = (canonical(f"{task.operator_module}.{task.operator}"), *task.bases)
    deferred = DEFERRED_INTERVALS if task.option("deferrable") is True else {}
    return _first(names, {**INTERVALS, **deferred}, INTERVAL), _first(names, TIMEOUTS, TIMEOUT)


def _first(names: Iterable[str], times: Mapping[str, float], default: float) -> float:
    return next((times[name] for name in names if name in times), default)
