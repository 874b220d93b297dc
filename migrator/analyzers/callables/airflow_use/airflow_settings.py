"""Settings of Airflow's configuration that code reads: outside of Airflow, the environment variable tells them by which Airflow overrides them, too.

In: a call of `conf.get`. Out: that variable, and what is taken where it is not set. Settings that only say how Airflow itself runs are none.
"""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from migrator.analyzers.callables.folding.fold import Frame
from migrator.analyzers.callables.source.tree import keywords, positional
from migrator.model.frozen import dataclass

_READERS = frozenset(
    f"airflow.{module}.get"
    for module in ("conf", "configuration", "configuration.conf", "sdk.conf", "sdk.configuration.conf")
)
_DEFAULTS: Mapping[tuple[str, str], str] = {
    ("core", "security"): "",
    ("email", "subject_template"): "",
    ("hive", "default_hive_mapred_queue"): "",
    ("hive", "mapred_job_name_template"): "",
    ("kerberos", "ccache"): "/tmp/airflow_krb5_ccache",
    ("kerberos", "keytab"): "airflow.keytab",
    ("kerberos", "kinit_path"): "kinit",
    ("kerberos", "principal"): "airflow",
    ("kerberos", "reinit_frequency"): "3600",
    ("smtp", "smtp_host"): "localhost",
    ("smtp", "smtp_mail_from"): "airflow@example.com",
    ("smtp", "smtp_port"): "25",
    ("smtp", "smtp_ssl"): "False",
    ("smtp", "smtp_starttls"): "True",
}
"""What Airflow takes where nobody has set them."""
_OF_AIRFLOW = frozenset(
    (
        "admin api api_auth atlas aws azure_remote_logging backfill celery celery_broker_transport_options cli common.io core dag_processor dask "
        "database debug edge elasticsearch elasticsearch_configs email execution_api fab github_enterprise hive kerberos kubernetes "
        "kubernetes_environment_variables kubernetes_executor kubernetes_secrets ldap lineage local_kubernetes_executor logging mesos metrics "
        "openlineage operators profiling scheduler secrets sensors sentry smtp traces triggerer usage_data_collection webserver workers"
    ).split()
)
"""Sections that are Airflow's own: others are the team's."""


@dataclass(frozen=True, slots=True)
class ToldSetting:
    """The environment variable of a setting, and what is taken where it is not set: a `fallback` that stands in the code, or Airflow's `default`."""

    variable: str
    fallback: cst.BaseExpression | None = None
    default: str | None = None

    @property
    def has_default(self) -> bool:
        return self.default is not None


def told_setting(frame: Frame, node: cst.Call, qualified: str) -> ToldSetting | None:
    """What `conf.get(section, key, fallback=...)` reads; None where it is another call, or a setting that is of no use without Airflow."""
    if qualified not in _READERS:
        return None
    args, named = positional(node), keywords(node)
    given = dict(zip(("section", "key"), args, strict=False)) | named
    if len(args) > 2 or len(given) < len(node.args) or given.keys() - {"section", "key", "fallback"}:
        return None
    section, key = frame.value(given.get("section")), frame.value(given.get("key"))
    if not isinstance(section, str) or not isinstance(key, str):
        return None
    place = section.lower(), key.lower()
    if place[0] in _OF_AIRFLOW and place not in _DEFAULTS:
        return None
    variable = f"AIRFLOW__{section.upper().replace('.', '_')}__{key.upper()}"
    return ToldSetting(variable, given.get("fallback"), _DEFAULTS.get(place))
