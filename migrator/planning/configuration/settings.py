"""The environment that the new project needs: Variables, Connections, environment variables, and who uses them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence

from migrator.model.bodies import RunSql
from migrator.model.changed import replace
from migrator.model.plan import CreateResource, EnvSetting
from migrator.model.walk import walk
from migrator.planning.draft import Draft, Needs
from migrator.planning.forms import AIRFLOW

_SECRET = re.compile(r"pass(word|wd)?|secret|token|api_?key|credential|private|auth|(^|_)key($|_)", re.IGNORECASE)


def collect_settings(draft: Draft) -> Draft:
    """All resources and environment variables, once each, by name."""
    resources: dict[str, list[CreateResource]] = defaultdict(list)
    settings: dict[str, list[EnvSetting]] = defaultdict(list)
    users: dict[str, set[str]] = defaultdict(set)
    for dag in draft.dags.values():
        if dag.form == AIRFLOW:
            continue
        used = [(task.task.id, needs) for task in dag.tasks.values() for needs in (task.needs, task.fan_needs)]
        used += [(dag.dag_id, callback.needs) for callback in dag.callbacks if callback.moves]
        used.append((dag.dag_id, dag.clock_needs))
        for user, needs in used:
            for resource in needs.resources:
                resources[resource.name].append(resource)
            for setting in _settings(needs):
                settings[setting.name].append(setting)
                users[setting.name].add(user)
    each = _asked_for_each(draft)
    return replace(
        draft,
        resources=tuple(_resource(resources[name], each) for name in sorted(resources)),
        settings=tuple(
            replace(
                settings[name][0],
                default=next((one.default for one in settings[name] if one.default), settings[name][-1].default),
                used_by=tuple(sorted(users[name])),
            )
            for name in sorted(settings)
        ),
    )


def _asked_for_each(draft: Draft) -> set[str]:
    """The databases of which something takes what each of several statements gave, as work of its own or within that of a function."""
    work = (task.lowering.body for dag in draft.dags.values() for task in dag.tasks.values())
    parts = (part for body in work for part in walk(body) if isinstance(part, RunSql))
    return {part.resource for part in parts if part.returns and part.each}


def _resource(asked: Sequence[CreateResource], each: Collection[str]) -> CreateResource:
    """A resource with all that those who ask for it need of it."""
    methods = {method for one in asked for method in one.methods}
    if asked[0].name in each:
        methods.add("run_each")
    system = next((one.system for one in asked if one.system), asked[-1].system)
    return replace(asked[0], system=system, methods=tuple(sorted(methods)))


def _settings(needs: Needs) -> list[EnvSetting]:
    """The environment variables; a default that may be a secret is left out."""
    found = [replace(setting, default=None) if _SECRET.search(setting.name) else setting for setting in needs.settings]
    found += [
        EnvSetting(resource.env, f"Connection {resource.connection}") for resource in needs.resources if resource.env
    ]
    return found
