"""The files around the code: pyproject.toml, README.md, .env.example, .gitignore, stays_in_airflow.json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from migrator.codegen.distributions import DRIVERS
from migrator.codegen.format import Style
from migrator.codegen.python.naming import distribution_name
from migrator.codegen.resources.kinds import default_value
from migrator.codegen.resources.resources import example_value, template
from migrator.codegen.resources.services import SERVICES
from migrator.model.changed import replace
from migrator.model.plan import (
    CreateJob,
    CreateResource,
    CreateSchedule,
    CreateSensor,
    Deployment,
    EnvSetting,
    MigrationPlan,
)
from migrator.model.source import SourceFile

_ABOUT = {
    "database": "a SQLAlchemy URL; without it, DuckDB in `data/`",
    "object_store": "where the buckets are; without it, folders in `data/`",
    "http": "URL that endpoints are below, with user and password where it asks for them",
    "email": "URL of the mail server; without it, mails are only logged",
    "slack": "URL of the webhook; without it, messages are only logged",
    **{kind: service.about for kind, service in SERVICES.items()},
}
BRIDGE_SETTINGS = (
    EnvSetting("AIRFLOW_URL", "URL of the Airflow instance to observe; without it, nothing is observed"),
    EnvSetting("AIRFLOW_USERNAME", "user of Airflow's API"),
    EnvSetting("AIRFLOW_PASSWORD", "password of Airflow's API"),
    EnvSetting("AIRFLOW_TOKEN", "instead of user and password: a token for Airflow's API (Astronomer)"),
    EnvSetting("AIRFLOW_AUTH", "another way to log in: mwaa:ENVIRONMENT, composer, or package.module:function"),
)


_KNOWN = {"DAGSTER_URL": "address of Dagster's UI, for links in messages"}
"""What environment variables are for that have a meaning here."""
_READS = re.compile(
    r"""(?:\benviron(?:\.get\(|\[)|\bgetenv\(|\bEnvVar\(|\bfrom_environment\()\s*["']([A-Za-z_][A-Za-z0-9_]*)["']"""
    r"""(?:\s*(,)\s*(?:(["'])([^"'\\]*)\3)?)?"""
)
"""A name that is read, the comma in front of its default, and the default where that is plain text."""


def with_read_settings(plan: MigrationPlan, modules: Mapping[str, str]) -> MigrationPlan:
    """The plan, with the environment variables that the project's modules (path to text) read besides those that were planned."""
    known = {setting.name for setting in plan.settings} | {setting.name for setting in BRIDGE_SETTINGS}
    found: dict[str, tuple[str, str | None]] = {}
    for path, text in sorted(modules.items()):
        if path.startswith("src/") and "/airflow_bridge/" not in path:
            for name, comma, _, default in _READS.findall(text):
                place, given = found.setdefault(name, (path, default if comma else None))
                found[name] = place, given if comma else None
    more = [EnvSetting(name, f"read in {path}", given) for name, (path, given) in found.items() if name not in known]
    settings = [
        replace(setting, origin=_KNOWN.get(setting.name, setting.origin)) for setting in (*plan.settings, *more)
    ]
    return replace(plan, settings=tuple(sorted(settings, key=lambda setting: setting.name)))


def secret_settings(
    secrets: Mapping[str, str], sources: Mapping[str, SourceFile], known: Set[str]
) -> Iterator[EnvSetting]:
    """What `.env.example` says of secrets (value to name): where in the DAG folder each stood. `known` variables have a row."""
    for value, name in secrets.items():
        if name in known:
            continue
        first = value.partition("\n")[0]
        places = ((path, text.find(first)) for path, source in sorted(sources.items()) if (text := source.text))
        place = next((path for path, at in places if at >= 0), "")  # without the line, which changes with each edit
        yield EnvSetting(
            name, f"a secret that stands in {place or 'the DAG folder'}: change it, it is in the code's history"
        )


def render_template(skeleton: str, /, **values: object) -> str:
    """A file skeleton, filled in."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.from_string(template(skeleton)).render(values)


def pyproject(
    name: str,
    package: str,
    dependencies: Iterable[str],
    resources: Sequence[CreateResource],
    style: Style,
    ignores: Mapping[str, Sequence[str]],
    excluded: Sequence[str],
    has_bridge: bool,
) -> str:
    """`ignores` are lint codes per file, `excluded` paths that the linter leaves alone: code that came as it is."""
    drivers = {DRIVERS[resource.system]: resource.system for resource in resources if resource.system in DRIVERS}
    return render_template(
        "pyproject.toml",
        name=distribution_name(name),
        package=package,
        dependencies=sorted({*dependencies, "dagster>=1.13"}, key=str.lower),
        drivers=sorted((system, driver) for driver, system in drivers.items()),
        line_length=style.line_length,
        quotes=style.quotes,
        ignores=sorted(ignores.items()),
        excluded=sorted(excluded),
        has_bridge=has_bridge,
    )


def readme(
    plan: MigrationPlan,
    name: str,
    package: str,
    has_bridge: bool,
    homes: Mapping[str, str],
    covered: Sequence[str] = (),
) -> str:
    """How to run the project, what is in it, what it needs of the environment. `homes` gives the module of DAGs that have no folder of their own,
    `covered` the files in which secrets were covered."""
    dags = []
    for dag in sorted(plan.dags, key=lambda item: item.folder):
        job = next((operation for operation in dag.operations if isinstance(operation, CreateJob)), None)
        if job is not None:
            place = homes.get(dag.dag_id, f"src/{package}/defs/{dag.folder}")
            dags.append((job.name, place, _started(dag.operations)))
    settings = _settings(plan, has_bridge)
    return render_template(
        "README.md",
        name=name,
        distribution=distribution_name(name),
        package=package,
        jobs=sorted(dags),
        settings=[row for row in settings if not _is_same(*row)],
        variables=[name for name, about in settings if _is_same(name, about)],
        executor=plan.deployment.executor if plan.deployment is not None else "",
        kept=sorted(dag.dag_id for dag in plan.dags if dag.form == "airflow"),
        has_bridge=has_bridge,
        covered=covered,
        limited=_limited(plan.deployment),
        pools=plan.deployment is not None and plan.deployment.pools,
    )


def _limited(deployment: Deployment | None) -> str:
    """What the instance's settings say, in words."""
    if deployment is None:
        return ""
    said = ["how many runs of a job go on at once"] if deployment.runs else []
    said += ["that each step in a pool takes a slot"] if deployment.pools else []
    said += ["that runs are ended which take too long"] if deployment.watched else []
    return " and ".join(", ".join(said).rsplit(", ", 1))


def _started(operations: Iterable[object]) -> str:
    """What starts a job, in a few words."""
    for operation in operations:
        if isinstance(operation, CreateSchedule):
            zone = f" ({operation.timezone})" if operation.timezone != "UTC" else ""
            every = f", every {operation.every}" if operation.every else ""
            return "schedule `" + "`, `".join(operation.crons) + f"`{zone}{every}"
        if isinstance(operation, CreateSensor):
            due = f", in order by `{operation.cron}`" if operation.cron else ""
            return f"sensor `{operation.name}`{due}"
    return "by hand"


def _settings(plan: MigrationPlan, has_bridge: bool) -> list[tuple[str, str]]:
    kinds = {resource.env: _ABOUT[resource.kind] for resource in plan.resources if resource.env}
    rows = []
    for setting in [*plan.settings, *(BRIDGE_SETTINGS if has_bridge else ())]:
        about = f"{setting.origin}: {kinds[setting.name]}" if setting.name in kinds else setting.origin
        rows.append((setting.name, about))
    return sorted(rows)


def _is_same(name: str, about: str) -> bool:
    """Whether there is nothing to tell of an environment variable but that Airflow has a Variable, or its environment one, of that name."""
    return about in (f"Variable {name}", f"environment variable {name}")


def env_example(plan: MigrationPlan, has_bridge: bool) -> str:
    """A row for each environment variable; those that may be left out are commented out."""
    resources = {resource.env: resource for resource in plan.resources if resource.env}
    rows = []
    for setting in sorted([*plan.settings, *(BRIDGE_SETTINGS if has_bridge else ())], key=lambda item: item.name):
        resource = resources.get(setting.name)
        if resource is not None:
            rows.append(f"# {setting.origin}: {_ABOUT[resource.kind]}")
            given = default_value(resource.kind, resource.name)
            shown = f" (default: {given})" if given else ""
            rows[-1] += shown
            rows.append(f"# {setting.name}={example_value(resource)}")
        elif setting.default is not None:
            rows += [f"# {setting.origin}", f"# {setting.name}={_one_line(setting.default)}"]
        else:
            optional = setting in BRIDGE_SETTINGS
            rows += [f"# {setting.origin}", f"{'# ' if optional else ''}{setting.name}="]
        rows.append("")
    return "\n".join(rows)


def _one_line(text: str) -> str:
    """A value as a `.env` file holds it."""
    if not text or any(sign in text for sign in "\n\r \"'#$\\"):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'
    return text


def stays_in_airflow(plan: MigrationPlan) -> str:
    """The DAGs that stay in Airflow whole, and why."""
    dags = [
        {"dag_id": dag.dag_id, "file": dag.source, "reason": dag.reason}
        for dag in sorted(plan.dags, key=lambda item: item.dag_id)
        if dag.form == "airflow"
    ]
    return json.dumps({"dags": dags}, indent=2, ensure_ascii=False) + "\n"


def tests_readme(untested: Iterable[tuple[str, str, str]]) -> str:
    """What the generated tests do not call, and why: (module, function, reason)."""
    functions: dict[str, dict[str, list[str]]] = {}
    for path, function, reason in untested:
        functions.setdefault(reason, {}).setdefault(path, []).append(f"`{function}`")
    parts = []
    for reason, paths in sorted(functions.items(), key=lambda item: -len(item[1])):
        parts += ["", f"{reason[:1].upper()}{reason[1:]}:", ""]
        parts += [f"- `{path}`: {', '.join(names)}" for path, names in paths.items()]
    return "\n".join(
        [
            "# Tests",
            "",
            "`test_<dag>.py` calls the functions of a DAG with small inputs, and with stand-ins for databases, services and processes.",
            "What these functions do is not tested, and why:",
            *parts,
            "",
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
