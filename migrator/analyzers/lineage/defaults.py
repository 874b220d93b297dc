"""What the code takes where a setting is not set: one place of it may name what another one leaves to an environment variable or a Variable.

Comes in: a project's sources, and identities with settings in them. Goes out: the values, and which name that is written out means what a setting
names. Only what all code agrees on counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import is_not

from migrator.analyzers.io.names import SCHEMES
from migrator.analyzers.lineage.identity import Identity, path_identity
from migrator.model.airflow import AirflowProject, Task
from migrator.model.assets import AssetRef
from migrator.model.changed import replace

_ENV = re.compile(r"""(?:\bgetenv|\benviron\.get)\(\s*["'](\w+)["']\s*,\s*["']([^"'{}\s]+)["']\s*\)""")
_VARIABLE = re.compile(
    r"""\bVariable\.get\(\s*["'](\w+)["']\s*,\s*(?:default(?:_var)?\s*=\s*)?["']([^"'{}\s]+)["']\s*\)"""
)
_TOKEN = re.compile(r"\{(?:env|var):\w+\}")


def default_values(project: AirflowProject) -> dict[str, str]:
    """The values of settings that are not set, by the part of a name that stands for the setting."""
    found: dict[str, set[str]] = defaultdict(set)
    for source in project.sources.values():
        # A quick look, as most have neither.
        if "getenv(" in source.text or "environ.get(" in source.text:
            for name, value in _ENV.findall(source.text):
                found[f"{{env:{name}}}"].add(value)
        if "Variable.get(" in source.text:
            for name, value in _VARIABLE.findall(source.text):
                found[f"{{var:{name}}}"].add(value)
    return {token: next(iter(values)) for token, values in found.items() if len(values) == 1}


def default_roots(values: Mapping[str, str]) -> dict[tuple[str, tuple[str, ...]], str]:
    """Folders that environment variables name unless they are set, and the variable, if each stands for one of them only."""
    found: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for token, folder in values.items():
        parts = tuple(part for part in folder.split("/") if part not in ("", "."))
        if token.startswith("{env:") and parts and "://" not in folder:
            found["/" if folder.startswith("/") else "", parts].add(token)
    return {place: next(iter(tokens)) for place, tokens in found.items() if len(tokens) == 1}


def written_out(found: Sequence[Identity], values: Mapping[str, str]) -> dict[Identity, Identity]:
    """`s3://{var:bucket}/raw/orders` is in the bucket `lake`, where the code says that the bucket is `lake` unless it is set, and names that bucket
    elsewhere. Of a table that holds for the database."""
    places = {place for identity in found if values and (place := _place(identity)) is not None}
    mapped: dict[Identity, Identity] = {}
    for identity in found if places else ():
        texts = (identity.scope[0], *identity.parts) if identity.family == "path" else identity.parts
        tokens = {token for text in texts for token in _TOKEN.findall(text)}
        if tokens and tokens <= set(values) and identity.family in ("path", "table"):
            literal = _with_values(identity, values)
            if _place(literal) in places:
                mapped[identity] = literal
    return mapped


def _place(identity: Identity) -> tuple[tuple[str, str], str] | None:
    """The bucket of an object or the database of a table, where it is written out."""
    first = identity.parts[0] if identity.parts else ""
    if not first or "{" in first:
        return None
    if identity.family == "path":
        return (identity.scope, first) if identity.scope[0].endswith("://") else None
    return (identity.scope, first) if identity.family == "table" and len(identity.parts) == 3 else None


def filled(name: str, values: Mapping[str, str]) -> str:
    """A name with the settings in it as what they are unless they are set, where that is known."""
    return _TOKEN.sub(lambda match: values.get(match[0], match[0]), name)


def with_stores(project: AirflowProject) -> AirflowProject:
    """The project in which files below a setting are objects, where the setting's value is a place in an object store."""
    values = {token: value for token, value in default_values(project).items() if "://" in value}
    if not values:
        return project

    def placed(ref: AssetRef) -> AssetRef:
        token = _TOKEN.match(ref.name) if ref.kind == "file" else None
        value = values.get(token[0]) if token is not None else None
        system = SCHEMES.get(value.partition("://")[0]) if value is not None else None
        return replace(ref, kind="object", system=ref.system or system) if system is not None else ref

    def known(task: Task) -> Task:
        refs = tuple(map(placed, task.refs))
        return replace(task, refs=refs) if any(map(is_not, refs, task.refs)) else task

    return replace(project, dags=tuple(replace(dag, tasks=tuple(map(known, dag.tasks))) for dag in project.dags))


def _with_values(identity: Identity, values: Mapping[str, str]) -> Identity:
    """The identity with settings replaced by their values."""
    if identity.family == "table":
        names = (name for part in identity.parts for name in filled(part, values).lower().split("."))
        return replace(identity, parts=tuple(names))
    root = identity.scope[0]
    begin = f"{filled(root, values).rstrip('/')}/" if root.startswith("{") else root
    place = path_identity(f"{begin}{'/'.join(filled(part, values) for part in identity.parts)}")
    return replace(place, suffix=identity.suffix, dated=identity.dated, owner=identity.owner)
