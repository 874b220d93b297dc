"""Airflow's context in calls of `"...".format`.

In: such a call. Out: `Handed`: what of the call changes, so that only the members go in that the text names.
"""

from __future__ import annotations

import re
from string import Formatter

import libcst as cst

from migrator.analyzers.callables.airflow_use.context import ContextReader, Part
from migrator.analyzers.callables.airflow_use.handing import Handed, live
from migrator.analyzers.callables.facts import HandedForm
from migrator.analyzers.callables.source.modules import ModuleInfo
from migrator.analyzers.callables.source.signatures import cuts, places
from migrator.analyzers.callables.source.tree import literal_key
from migrator.model.values import Value


def unread_argument(reader: ContextReader, module: ModuleInfo, call: cst.Call) -> Handed | None:
    """An object of the context that is given to `"...".format` under a name which the text does not have; `span` is what to cut."""
    names = _fields(call)
    if names is None:
        return None
    unread = [arg.keyword is not None and arg.keyword.value not in names for arg in call.args]
    of_airflow = [live(reader.part(arg.value)) is not None for arg in call.args]
    found = [a and b for a, b in zip(unread, of_airflow, strict=True)]
    if found.count(True) != 1:
        return None
    end = module.source.text.rindex(")", 0, module.places.offsets(call)[1])
    entries = places(module, call.args, module.places.offsets(call.func)[1])
    cut = cuts(module, entries, [not gone for gone in found], end)
    return Handed(cut[0], {}, (call.args[found.index(True)].value,))


def formatted(reader: ContextReader, module: ModuleInfo, call: cst.Call) -> Handed | None:
    """`"...{ds}...".format(**context)`: the members that the text names go by their names."""
    names = _fields(call)
    last = call.args[-1] if call.args else None
    if names is None or last is None or last.star != "**" or live(reader.part(last.value)) is None:
        return None
    given = {arg.keyword.value for arg in call.args if arg.keyword is not None}
    wanted = tuple(sorted(name for name in names - given if not name.isdigit() and name))
    entries = places(module, call.args, module.places.offsets(call.func)[1])
    end = module.source.text.rindex(")", 0, module.places.offsets(call)[1])
    stay = [arg is not last for arg in call.args]
    place = module.between(entries[-1][1], entries[-1][1]) if any(stay) else module.between(end, end)
    if not wanted or any(live(Part(name)) is not None for name in wanted):
        return None
    detail: dict[str, Value] = {
        "form": HandedForm("format", module.span(call)),
        "cuts": tuple(cuts(module, entries, stay, end)),
        "place": place,
        "after": any(stay),
        "kept": wanted,
    }
    return Handed(module.span(call), detail, (last.value,))


def _fields(call: cst.Call) -> set[str] | None:
    """The names in the text of a call of `"...".format`; None for any other call, and where they cannot be told."""
    text = literal_key(call.func.value) if isinstance(call.func, cst.Attribute) else None
    if not isinstance(text, str) or not isinstance(call.func, cst.Attribute) or call.func.attr.value != "format":
        return None
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return None
    if any("{" in (form or "") for _, _, form, _ in parts):
        return None
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in parts if name is not None}
