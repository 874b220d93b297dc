"""Airflow's side: a template rendered as Airflow would, with a model of its context.

Comes in: a question and the moments of a run. Goes out: the texts. Rendering happens in Jinja's sandbox.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import time
import types
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import dateutil
import dateutil.parser
import dateutil.relativedelta
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from migrator.verify.render.questions import placeholder


class Unknown(Exception):
    """A template asks for what the model does not have; its text says what."""


def ds_add(ds: str, days: int) -> str:
    return (dt.datetime.strptime(str(ds), "%Y-%m-%d") + dt.timedelta(days)).strftime("%Y-%m-%d")


def ds_format(ds: str, input_format: str, output_format: str) -> str:
    return dt.datetime.strptime(str(ds), input_format).strftime(output_format)


def datetime_diff_for_humans(moment: dt.datetime, since: dt.datetime | None = None) -> str:
    import pendulum

    return pendulum.instance(moment).diff_for_humans(None if since is None else pendulum.instance(since))


_MACROS = types.SimpleNamespace(
    datetime=dt.datetime,
    timedelta=dt.timedelta,
    datetime_diff_for_humans=datetime_diff_for_humans,
    dateutil=dateutil,
    ds_add=ds_add,
    ds_format=ds_format,
    json=json,
    random=random.random,
    time=time,
    uuid=uuid,
)


def _shown(pattern: str) -> Callable[[dt.datetime], str]:
    return lambda moment: moment.strftime(pattern)


def rendered(question: Mapping[str, Any], logical_date: dt.datetime, start: dt.datetime, end: dt.datetime) -> list[str]:
    """The question's texts for a run. Raises Unknown, or what Jinja raises."""
    import pendulum

    environment = SandboxedEnvironment(undefined=StrictUndefined, extensions=["jinja2.ext.do"])
    environment.filters |= {
        "ds": _shown("%Y-%m-%d"),
        "ds_nodash": _shown("%Y%m%d"),
        "ts": lambda moment: moment.isoformat(),
        "ts_nodash": _shown("%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": lambda moment: moment.isoformat().replace("-", "").replace(":", ""),
    }
    moment = pendulum.instance(logical_date).in_timezone("UTC")
    context = {
        **_dates(moment),
        "data_interval_start": moment if question["at_trigger_time"] else pendulum.instance(start).in_timezone("UTC"),
        "data_interval_end": moment if question["at_trigger_time"] else pendulum.instance(end).in_timezone("UTC"),
        **({} if question["at_trigger_time"] else _next(pendulum.instance(end).in_timezone("UTC"))),
        "params": question["params"],
        "var": types.SimpleNamespace(value=_Variables()),
        "macros": _MACROS,
        "dag": types.SimpleNamespace(dag_id=question["dag_id"]),
        "task": types.SimpleNamespace(task_id=question["task_id"]),
        "dag_run": types.SimpleNamespace(conf={}, dag_id=question["dag_id"], logical_date=moment),
        **question["macros"],
    }
    from jinja2 import meta

    texts = []
    for text in question["texts"]:
        missing = meta.find_undeclared_variables(environment.parse(text)) - context.keys() - {"range", "dict"}
        if missing:
            raise Unknown(f"the model of Airflow's context has no `{min(missing)}`")
        texts.append(environment.from_string(text).render(context))
    return texts


def _dates(moment: Any) -> dict[str, Any]:
    ds = moment.strftime("%Y-%m-%d")
    return {
        "logical_date": moment,
        "execution_date": moment,
        "ds": ds,
        "ds_nodash": ds.replace("-", ""),
        "ts": moment.isoformat(),
        "ts_nodash": moment.strftime("%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": moment.isoformat().replace("-", "").replace(":", ""),
        "yesterday_ds": ds_add(ds, -1),
        "yesterday_ds_nodash": ds_add(ds, -1).replace("-", ""),
        "tomorrow_ds": ds_add(ds, 1),
        "tomorrow_ds_nodash": ds_add(ds, 1).replace("-", ""),
    }


def _next(moment: Any) -> dict[str, Any]:
    """The date of the run after, for Airflow 2: its data interval begins where this one ends."""
    ds = moment.strftime("%Y-%m-%d")
    return {"next_execution_date": moment, "next_ds": ds, "next_ds_nodash": ds.replace("-", "")}


class _Variables:
    def __getattr__(self, name: str) -> str:
        return placeholder(name)

    def get(self, name: str, default: object = None) -> str:
        return placeholder(name)
