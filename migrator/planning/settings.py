"""The environment that the new project needs: Variables, Connections, environment variables, and who uses them."""

from __future__ import annotations

import re

from migrator.model.changed import replace
from migrator.model.plan import CreateResource, EnvSetting
from migrator.planning.draft import Draft, Needs
from migrator.planning.forms import AIRFLOW

_SECRET = re.compile(r"pass(word|wd)?|secret|token|api_?key|credential|private|auth|(^|_)key($|_)", re.IGNORECASE)


def collect_settings(draft: Draft) -> Draft:
    """All resources and environment variables, once each, by name."""
    resources: dict[str, CreateResource] = {}
    settings: dict[str, EnvSetting] = {}
    for dag in draft.dags.values():
        if dag.form == AIRFLOW:
            continue
        used = [(task.task.id, needs) for task in dag.tasks.values() for needs in (task.needs, task.fan_needs)]
        used += [(dag.dag_id, callback.needs) for callback in dag.callbacks if callback.moves]
        for user, needs in used:
            for resource in needs.resources:
                known = resources.setdefault(resource.name, resource)
                methods = tuple(sorted({*known.methods, *resource.methods}))
                resources[resource.name] = replace(known, system=known.system or resource.system, methods=methods)
            for setting in _settings(needs):
                known_setting = settings.get(setting.name, replace(setting, used_by=()))
                users = tuple(sorted({*known_setting.used_by, user}))
                settings[setting.name] = replace(
                    known_setting, default=known_setting.default or setting.default, used_by=users
                )
    return replace(
        draft,
        resources=tuple(resources[name] for name in sorted(resources)),
        settings=tuple(settings[name] for name in sorted(settings)),
    )


def _settings(needs: Needs) -> list[EnvSetting]:
    """The environment variables; a default that may be a secret is left out."""
    found = [replace(setting, default=None) if _SECRET.search(setting.name) else setting for setting in needs.settings]
    found += [
        EnvSetting(resource.env, f"Connection {resource.connection}") for resource in needs.resources if resource.env
    ]
    return found
