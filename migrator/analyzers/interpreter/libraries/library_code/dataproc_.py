"""How the Google provider makes the configuration of a Dataproc cluster of single settings: `ClusterGenerator(...).make()`."""

# ruff: noqa
# mypy: ignore-errors

import re

_SETTINGS = """
num_workers min_num_workers zone network_uri subnetwork_uri internal_ip_only tags storage_bucket init_actions_uris init_action_timeout
metadata custom_image custom_image_project_id custom_image_family image_version autoscaling_policy properties optional_components
num_masters master_machine_type master_disk_type master_disk_size master_accelerator_type master_accelerator_count worker_machine_type
worker_disk_type worker_disk_size worker_accelerator_type worker_accelerator_count num_preemptible_workers preemptibility
service_account service_account_scopes idle_delete_ttl auto_delete_ttl idle_stop_ttl auto_stop_ttl customer_managed_key
enable_component_gateway driver_pool_size driver_pool_id cluster_tier cluster_type engine
""".split()
_UNREAD = "auto_delete_time auto_stop_time secondary_worker_instance_flexibility_policy master_instance_flexibility_policy worker_instance_flexibility_policy secondary_worker_accelerator_type secondary_worker_accelerator_count".split()


class ClusterGenerator:
    def __init__(self, project_id, num_workers=None, min_num_workers=None, zone=None, **settings):
        self.settings = {"num_workers": num_workers, "min_num_workers": min_num_workers, "zone": zone, **settings}
        self.project_id = project_id

    def make(self):
        given = self.settings
        for name in _UNREAD:
            if given.get(name) is not None:
                raise ValueError(name)
        place = f"projects/{self.project_id}/zones/{given['zone']}/machineTypes/" if given["zone"] else ""
        worker_type = place + given.get("worker_machine_type", "n1-standard-4")
        master = {
            "num_instances": given.get("num_masters", 1),
            "machine_type_uri": place + given.get("master_machine_type", "n1-standard-4"),
            "disk_config": self._disk("master"),
        }
        worker = {
            "num_instances": given["num_workers"],
            "machine_type_uri": worker_type,
            "disk_config": self._disk("worker"),
        }
        if given["min_num_workers"]:
            worker["min_num_instances"] = given["min_num_workers"]
        for kind, config in (("master", master), ("worker", worker)):
            if given.get(f"{kind}_accelerator_type"):
                config["accelerators"] = {
                    "accelerator_type_uri": given[f"{kind}_accelerator_type"],
                    "accelerator_count": given.get(f"{kind}_accelerator_count"),
                }
        config = {"gce_cluster_config": self._machines(), "master_config": master, "worker_config": worker}
        config["software_config"] = self._software()
        if given.get("num_preemptible_workers", 0) > 0:
            config["secondary_worker_config"] = {
                "num_instances": given["num_preemptible_workers"],
                "machine_type_uri": worker_type,
                "disk_config": self._disk("worker"),
                "is_preemptible": True,
                "preemptibility": given.get("preemptibility", "PREEMPTIBLE").upper(),
            }
        self._image(config)
        lifecycle = {}
        for name in ("idle_delete_ttl", "auto_delete_ttl", "idle_stop_ttl", "auto_stop_ttl"):
            if given.get(name):
                lifecycle[name] = {"seconds": int(given[name])}
        if lifecycle:
            config["lifecycle_config"] = lifecycle
        if given.get("storage_bucket"):
            config["config_bucket"] = given["storage_bucket"]
        if given.get("init_actions_uris"):
            limit = self._limit(given.get("init_action_timeout", "10m"))
            config["initialization_actions"] = [
                {"executable_file": uri, "execution_timeout": {"seconds": limit}} for uri in given["init_actions_uris"]
            ]
        if given.get("customer_managed_key"):
            config["encryption_config"] = {"gce_pd_kms_key_name": given["customer_managed_key"]}
        if given.get("autoscaling_policy"):
            config["autoscaling_config"] = {"policy_uri": given["autoscaling_policy"]}
        if given.get("enable_component_gateway"):
            config["endpoint_config"] = {"enable_http_port_access": True}
        if given.get("driver_pool_size", 0) > 0:
            nodes = {"roles": ["DRIVER"], "node_group_config": {"num_instances": given["driver_pool_size"]}}
            pool = {"node_group": nodes}
            if given.get("driver_pool_id"):
                pool["node_group_id"] = given["driver_pool_id"]
            config["auxiliary_node_groups"] = [pool]
        for name in ("cluster_tier", "cluster_type", "engine"):
            if given.get(name):
                config[name] = given[name]
        return config

    def _disk(self, kind):
        return {
            "boot_disk_type": self.settings.get(f"{kind}_disk_type", "pd-standard"),
            "boot_disk_size_gb": self.settings.get(f"{kind}_disk_size", 1024),
        }

    def _machines(self):
        given, found = self.settings, {}
        if given["zone"]:
            found["zone_uri"] = (
                f"https://www.googleapis.com/compute/v1/projects/{self.project_id}/zones/{given['zone']}"
            )
        for name in ("metadata", "network_uri", "subnetwork_uri", "tags", "service_account", "service_account_scopes"):
            if given.get(name):
                found[name] = given[name]
        if given.get("internal_ip_only") is not None:
            found["internal_ip_only"] = given["internal_ip_only"]
        return found

    def _software(self):
        given, found = self.settings, {}
        if given.get("image_version"):
            found["image_version"] = given["image_version"]
        properties = dict(given.get("properties") or {})
        if given["num_workers"] == 0:
            properties["dataproc:dataproc.allow.zero.workers"] = "true"
        if properties:
            found["properties"] = properties
        if given.get("optional_components"):
            found["optional_components"] = given["optional_components"]
        return found

    def _image(self, config):
        given = self.settings
        image = given.get("custom_image")
        if not image and given.get("custom_image_family"):
            image = f"family/{given['custom_image_family']}"
        if not image or given.get("image_version"):
            return
        project = given.get("custom_image_project_id") or self.project_id
        uri = f"https://www.googleapis.com/compute/beta/projects/{project}/global/images/{image}"
        config["master_config"]["image_uri"] = uri
        if given["num_workers"] != 0:
            config["worker_config"]["image_uri"] = uri

    def _limit(self, text):
        match = re.fullmatch(r"(\d+)([sm])", text)
        return int(match.group(1)) * (60 if match.group(2) == "m" else 1)


def with_cluster_config(project_id=None, **kwargs):
    """The arguments of `DataprocCreateClusterOperator`, with a configuration made of those that are a cluster's settings, as it does."""
    settings = {name: kwargs[name] for name in (*_SETTINGS, *_UNREAD) if name in kwargs}
    rest = {name: value for name, value in kwargs.items() if name not in settings}
    if project_id is not None:
        rest["project_id"] = project_id
    if not settings or rest.get("cluster_config") or rest.get("virtual_cluster_config"):
        return rest
    return {**rest, "cluster_config": ClusterGenerator(project_id, **settings).make()}
