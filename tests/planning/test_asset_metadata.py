"""What functions tell of assets; that it can be read again is shown in `tests/parity`."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import dagster as dg
import pytest

from migrator.config import Config
from migrator.pipeline import analyze
from tests.planning.test_own_classes import generated

DAG = """\
import datetime as dt
from airflow.sdk import DAG, Asset, AssetAlias, Metadata, task

orders = Asset("orders", uri="file:///data/orders.csv")
found = AssetAlias("found")
with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

    @task(outlets=[orders], inlets=[orders])
    def load(inlet_events, outlet_events, ds=None):
        {body}

    load()
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('outlet_events[orders].extra = {"day": ds}', 'context.add_asset_metadata({"day": ds})'),
        ('outlet_events[orders].extra["day"] = (ds)', 'context.add_asset_metadata({"day": ds})'),
        ('yield Metadata(orders, extra={"day": ds})', 'context.add_asset_metadata({"day": ds})'),
        ("yield Metadata(orders)", "context.add_asset_metadata({})"),
        (
            'outlet_events[found].add(Asset("s3://a/b-c"), {"day": ds})',
            'functools.partial(report_asset, context, ["a", "b_c"])',
        ),
        ('outlet_events[found].add(Asset(f"s3://{ds}", group="days"))', 'report(f"s3://{ds}", {})'),
        (
            'yield Metadata(Asset("s3://a/b"), {"n": 1}, alias="found")',
            'functools.partial(report_asset, context, ["a", "b"])',
        ),
        ("yield Metadata(Asset(ds), alias=found)", "report(ds, {})"),
        (
            'outlet_events[found].add(Asset(f"file:///data/{ds}.csv"), {})',
            'asset_reporter(context, {"file:///data/orders.csv": ["data", "orders"]})',
        ),
        ('outlet_events[found].add(Asset("s3://" + ds), {})', "report = asset_reporter(context)\n"),
        ('outlet_events[found].add(asset=Asset("day", uri=ds), extra={"n": 1})', 'report(ds, {"n": 1})'),
        ("print(inlet_events[0][-1].source_dag_id)", "print(orders_events[-1].source_dag_id)"),
        ("print(inlet_events[0][-1].extra)", 'orders_events = asset_events(context, ["data", "orders"])'),
    ],
)
def test_it_becomes_metadata_of_materializations(tmp_path: Path, body: str, expected: str) -> None:
    kinds, files = generated(tmp_path, {"shop.py": DAG.replace("{body}", body)})
    assert kinds["load"][0] == "asset", kinds
    assert expected in "".join(text for path, text in files.items() if "/defs/shop/" in path)


def test_an_event_knows_the_dag_of_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, files = generated(tmp_path, {"shop.py": DAG.replace("{body}", "print(inlet_events[0][-1].source_dag_id)")})
    module = types.ModuleType("asset_events")
    monkeypatch.setitem(sys.modules, "asset_events", module)
    exec(compile(files["src/shop/asset_events.py"], "asset_events.py", "exec"), module.__dict__)

    @dg.asset
    def orders() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([orders], instance=instance, tags={"airflow/dag_id": "shop"})
        dg.materialize([orders], instance=instance)
        events = module.asset_events(dg.build_asset_context(instance=instance), ["orders"])
        assert [event.source_dag_id for event in events] == ["shop", "__ephemeral_asset_job__"]
        assert events[0].source_run_id != events[1].source_run_id


EVENTS = """\
import datetime as dt
from airflow.sdk import DAG, Asset, AssetAlias, task
from airflow.providers.standard.operators.bash import BashOperator

orders = Asset("orders", uri="file:///data/orders.csv")
with DAG("report", schedule=[orders], start_date=dt.datetime(2026, 1, 1)):

    @task(inlets=[orders])
    def show(inlet_events, triggering_asset_events):
        {body}

    show()
    BashOperator(task_id="print", inlets=[orders], bash_command="echo {template}")

for shop in ("north", "south")[{shops}]:
    with DAG(shop, schedule="@daily", start_date=dt.datetime(2026, 1, 1)):
        BashOperator{how}(task_id="load", outlets={outlets}, bash_command="date > orders.csv"{more}
"""
IN_CODE = "print([one.{} for events in triggering_asset_events.values() for one in events])"
IN_TEMPLATE = "{{{{ (triggering_asset_events.values() | first)[0].{} }}}} {{{{ inlet_events[0][-1].{} }}}}"
_MAPPED = {"how": ".partial", "more": ').expand(env=[{"A": "a"}, {"A": "b"}])'}


@pytest.mark.parametrize(
    ("member", "made", "makers"),
    [
        ("source_task_id", {"shops": ":1"}, '{"north": "load"}'),
        ("source_task_id", {}, '{"north": "load", "south": "load"}'),
        ("source_task_id", {"shops": ":0"}, None),
        ("source_task_id", {"more": ")\n        BashOperator(task_id='b', outlets=orders, bash_command='b')"}, None),
        (
            "source_task_id",
            {"more": ")\n        BashOperator(task_id='b', outlets=AssetAlias('a'), bash_command='b')"},
            None,
        ),
        ("source_task_id", {"shops": ":1", **_MAPPED}, '{"north": "load"}'),
        ("source_map_index", {"shops": ":1"}, '{"north": "load"}'),
        ("source_map_index", {"shops": ":1", **_MAPPED}, None),
        ("source_dag_id", {"shops": ":0"}, ""),
        ("source_run_id", {}, ""),
        ("timestamp", {}, ""),
        ("asset.uri", {}, ""),
    ],
)
def test_an_event_tells_which_task_made_it(
    tmp_path: Path, member: str, made: dict[str, str], makers: str | None
) -> None:
    given = {"shops": ":", "how": "", "outlets": "orders", "more": ")", **made}
    text = EVENTS.format(body=IN_CODE.format(member), template=IN_TEMPLATE.format(member, member), **given)
    kinds, files = generated(tmp_path, {"shop.py": text})
    code = "".join(text for path, text in files.items() if "/defs/report/" in path)
    for task_id in ("show", "print"):
        assert (kinds[task_id][0] in ("airflow", "wrapped")) is (makers is None), kinds
        reason = kinds[task_id][1]
        assert makers is not None or f"asks an event of an asset for its `{member}`, and " in reason, reason
    assert code.count("makers=") == (3 if makers else 0)
    assert not makers or f'makers={{"orders": {makers}}}' in code


def test_the_run_of_an_event_is_that_of_dagster(tmp_path: Path) -> None:
    given = {"shops": ":", "how": "", "outlets": "orders", "more": ")"}
    text = EVENTS.format(body=IN_CODE.format("source_run_id"), template="", **given)
    (tmp_path / "dags.py").write_text(text)
    deltas = [delta.airflow for delta in analyze(tmp_path, Config(airflow_version="3")).plan.deltas]
    assert any(delta.startswith("`show` asks events of assets for the id of the run") for delta in deltas), deltas


def test_one_of_several_makers_is_that_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, files = generated(tmp_path, {"shop.py": DAG.replace("{body}", "print(inlet_events[0][-1].source_task_id)")})
    module = types.ModuleType("asset_events")
    monkeypatch.setitem(sys.modules, "asset_events", module)
    exec(compile(files["src/shop/asset_events.py"], "asset_events.py", "exec"), module.__dict__)

    @dg.asset
    def orders() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([orders], instance=instance, tags={"airflow/dag_id": "shop"})
        context = dg.build_asset_context(instance=instance)
        several, one = {"shop": "load", "office": "repair"}, {"office": "repair"}
        assert module.asset_events(context, ["orders"], makers=several)[-1].source_task_id == "load"
        known = module.asset_events(context, ["orders"], makers=one, asset=("orders", "s3://orders"))[-1]
        assert (known.source_dag_id, known.source_task_id, known.uri) == ("office", "repair", "s3://orders")


def test_an_asset_of_an_alias_has_the_key_that_its_uri_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, files = generated(tmp_path, {"shop.py": DAG.replace("{body}", "outlet_events[found].add(Asset(ds))")})
    module = types.ModuleType("asset_events")
    monkeypatch.setitem(sys.modules, "asset_events", module)
    exec(compile(files["src/shop/asset_events.py"], "asset_events.py", "exec"), module.__dict__)

    @dg.asset
    def export(context) -> None:  # type: ignore[no-untyped-def]
        report = module.asset_reporter(context, {"s3://exports/all.csv": ["exports", "all"]})
        report("s3://exports/2026-03", {"rows": 3})
        report("exports of March", {})
        report("s3://exports/all.csv", {})

    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([export], instance=instance)
        made = instance.fetch_materializations(dg.AssetKey(["exports", "2026_03"]), limit=1).records
        assert made[0].asset_materialization is not None
        assert made[0].asset_materialization.metadata["rows"].value == 3
        for key in (["exports_of_March"], ["exports", "all"]):
            assert instance.fetch_materializations(dg.AssetKey(key), limit=1).records


OF_A_VARIABLE = """\
import datetime as dt
from airflow.sdk import DAG, Asset, AssetAlias, Metadata, task

with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

    @task(outlets=[AssetAlias("found")])
    def load(ds=None):
        made = Asset(name="made", uri=f"s3://bucket/{ds}")
        MORE
        yield Metadata(made, extra={"n": 1}, alias=AssetAlias("found"))

    @task(outlets=[AssetAlias("found")])
    def known(outlet_events):
        table = Asset("s3://bucket/table")
        outlet_events[AssetAlias("found")].add(table)

    load() >> known()
"""


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ("print(ds)", "step"),
        ("print(made.name)", "step"),
        ("print(made)", "airflow"),
        ("print(made.uri)", "airflow"),
        ("made = 1", "airflow"),
    ],
)
def test_a_variable_that_is_only_added_to_an_alias_is_the_uri(tmp_path: Path, more: str, kind: str) -> None:
    kinds, files = generated(tmp_path, {"shop.py": OF_A_VARIABLE.replace("MORE", more)})
    assert kinds["load"][0] == kind, kinds
    code = "".join(text for path, text in files.items() if "/defs/shop/" in path)
    if kind == "step":
        assert '    made = f"s3://bucket/{ds}"\n' in code
        assert 'report(made, {"n": 1})\n' in code
        assert more.replace("made.name", '"made"') in code
        assert '    table = "s3://bucket/table"\n    report(table, {})\n' in code


OF_A_DICTIONARY = """\
import datetime as dt
from airflow.sdk import DAG, Asset, Metadata, task

CURVES = {park: Asset(f"sun://{park}") for park in ("eifel", "lausitz")}
PRICES = {"spot": Asset("sun://spot")}

def make(park):
    with DAG(park, schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

        @task(outlets=OUTLETS)
        def publish():
            yield Metadata(TOLD, {"rows": 1})

        publish()

make("eifel")
"""


@pytest.mark.parametrize(
    ("outlets", "told", "expected"),
    [
        ("[CURVES[park]]", "CURVES[park]", "add_asset_metadata"),
        ("[CURVES[park]]", "next(iter(CURVES.values()))", "add_asset_metadata"),
        ("[CURVES[park], PRICES['spot']]", "CURVES[park]", 'asset_key="eifel"'),
        ("[CURVES[park], PRICES['spot']]", "PRICES['spot']", 'asset_key="spot"'),
        ("[CURVES[park], PRICES['spot']]", "next(iter(CURVES.values()))", ""),
    ],
)
def test_the_asset_is_a_member_of_a_dictionary_or_the_only_one_of_the_task(
    tmp_path: Path, outlets: str, told: str, expected: str
) -> None:
    kinds, files = generated(tmp_path, {"shop.py": OF_A_DICTIONARY.replace("OUTLETS", outlets).replace("TOLD", told)})
    assert (kinds["publish"][0] == "asset") == bool(expected), kinds
    assert expected in "".join(text for path, text in files.items() if "/defs/eifel/" in path)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('yield Metadata(orders, {"day": ds}); yield 1', "Airflow"),
        ("print(inlet_events[orders][-1].source_dag_run)", "asks an event of an asset for its `source_dag_run`"),
        ("print(inlet_events[orders][-1].asset.extra)", "asks an event of an asset for its `asset`"),
        ("outlet_events[found].add(Asset(ds, extra={'n': 1}))", "reads `found`, an object of Airflow"),
        ("outlet_events[found].add(extra={'n': 1}, asset=Asset(ds))", "reads `found`, an object of Airflow"),
        ("print(outlet_events)", "hands Airflow's context on to `print`"),
    ],
)
def test_what_cannot_be_told_stays_in_airflow(tmp_path: Path, body: str, reason: str) -> None:
    kinds, _ = generated(tmp_path, {"shop.py": DAG.replace("{body}", body)})
    assert kinds["load"][0] in ("airflow", "wrapped"), kinds
    assert reason in kinds["load"][1]


DECLARED = """\
import datetime as dt
from airflow import DAG
from airflow.datasets import Dataset, DatasetAlias
from airflow.decorators import task

stock = Dataset("file://stock/levels.csv", extra={"team": "logistics"})
with DAG("stock", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

    @task(inlets=[stock, Dataset("s3://prices/all")])
    def sources(ti=None, **context):
        print(context["task"].outlets, context["inlets"][0].uri)
        return [d.uri for d in ti.task.inlets]

    @task(inlets=[stock])
    def team(inlets):
        return inlets[0].extra["team"]

    @task(inlets=[DatasetAlias("any")])
    def alias(inlets):
        return [str(inlet) for inlet in inlets]

    sources(), team(), alias()
"""


def test_a_function_asks_for_the_assets_that_its_task_declares(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"stock.py": DECLARED})
    assert {name: kind for name, (kind, _) in kinds.items()} == {"sources": "step", "team": "step", "alias": "wrapped"}
    code = "".join(text for path, text in files.items() if "/defs/stock/" in path)
    assert 'SimpleNamespace(uri="file://stock/levels.csv"),\n' in code
    assert 'SimpleNamespace(uri="s3://prices/all"),\n' in code
    assert 'SimpleNamespace(uri="file://stock/levels.csv", extra={"team": "logistics"})' in code
    assert "print(outlets, inlets[0].uri)" in code


IN_A_LOOP = """\
import datetime as dt
from airflow.sdk import DAG, Asset, task

PARKS = ("eifel", "harz")
CURVES = {park: Asset(park) for park in PARKS}
with DAG("curves", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

    @task(inlets=list(CURVES.values()))
    def total(inlet_events, park="eifel"):
        return {n: inlet_events[CURVES[n]][-1].extra["mw"] for n in LOOP}

    total()
"""


@pytest.mark.parametrize(
    ("loop", "kind"),
    [("PARKS", "step"), ("[park]", "airflow"), ("['eifel', 'rhoen']", "airflow"), ("range(2)", "airflow")],
)
def test_events_of_an_asset_that_a_loop_chooses(tmp_path: Path, loop: str, kind: str) -> None:
    kinds, files = generated(tmp_path, {"curves.py": IN_A_LOOP.replace("LOOP", loop)})
    assert kinds["total"][0] == kind, kinds
    code = "".join(text for path, text in files.items() if "/defs/curves/" in path)
    if kind == "step":
        assert 'events[n][-1].extra["mw"] for n in' in code
        assert '"eifel": asset_events(context, ["eifel"])' in code


UNDER_ASSET = """\
import datetime as dt
from airflow.sdk import DAG, Asset, asset, task

clicks, carts = Asset("clicks"), Asset("carts")

@asset(schedule="@daily")
def raw(self, context, ds=None):
    print(self.name, context["ds"], ds)

@asset.multi(schedule=raw, outlets=[clicks, carts])
def split(outlet_events, raw):
    outlet_events[clicks].extra = {"n": 2}
    outlet_events[carts].extra = {"n": 3}

@asset(schedule=raw)
def count(self, context, outlet_events, raw):
    outlet_events[self].extra = {"n": len(context["inlet_events"][raw])}

@asset(schedule="@daily")
def paths():
    return "a"

@asset(schedule=[raw, count], uri="s3://web/both/")
def both(context, raw, count):
    print(len(context["inlet_events"][raw]), len(context["inlet_events"][count]))

with DAG("last", schedule=None, start_date=dt.datetime(2026, 1, 1)):

    @task(inlets=[raw, both])
    def last(inlet_events, ti):
        paths = ti.xcom_pull(dag_id="paths", task_ids=["paths"], include_prior_dates=True)
        print(len(inlet_events[Asset("s3://web/both/")]), paths)

    last()

@asset(schedule=raw)
def other(outlet_events, raw):
    outlet_events[raw].extra = {"n": 1}
"""


def test_functions_under_asset_tell_of_their_assets(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"shop.py": UNDER_ASSET})
    assert {name: kind for name, (kind, _) in kinds.items()} == {
        "raw": "asset",
        "split": "asset",
        "count": "asset",
        "paths": "asset",
        "both": "asset",
        "last": "step",
        "other": "airflow",
    }
    split, count = (files[f"src/shop/defs/{name}/assets.py"] for name in ("split", "count"))
    assert "add_clicks_metadata({" in split
    assert "SimpleNamespace" not in split + count
    assert 'raw_events = asset_events(context, ["raw"])' in count
    assert 'context.add_asset_metadata({"n": len(raw_events)})' in count
    both = files["src/shop/defs/both/assets.py"]
    assert 'asset_events(context, ["raw"])' in both and 'asset_events(context, ["count"])' in both
    last = "".join(text for path, text in files.items() if "/defs/last/" in path)
    assert 'asset_events(context, ["web", "both"])' in last
    assert 'paths = [last_value(context, "paths", "paths", ' in last


def test_a_parameter_of_such_a_function_keeps_its_default(tmp_path: Path) -> None:
    _, files = generated(tmp_path, {"shop.py": UNDER_ASSET})
    raw = files["src/shop/defs/raw/assets.py"]
    assert "    ds = None\n" in raw
    assert "deps=" not in raw


OVER_ASSETS = """\
import datetime as dt
from airflow.sdk import DAG, Asset, task

clicks = Asset("clicks", uri="s3://web/clicks")
carts = Asset("carts")
with DAG("train", schedule=[clicks, carts], start_date=dt.datetime(2026, 1, 1)):

    @task(inlets=[clicks, carts])
    def fit(inlet_events, triggering_asset_events):
        for one in (clicks, LAST):
            print(one.name, len(inlet_events[one]), EXTRA)

    fit()
"""


@pytest.mark.parametrize(
    ("last", "extra", "kind"),
    [
        ("carts", "triggering_asset_events[one][-1].extra", "step"),
        ("carts", "one.group", "airflow"),
        ("carts", "one", "airflow"),
        ("other()", "1", "airflow"),
        ("*[carts]", "1", "airflow"),
    ],
)
def test_events_of_assets_that_a_loop_is_over(tmp_path: Path, last: str, extra: str, kind: str) -> None:
    kinds, files = generated(tmp_path, {"train.py": OVER_ASSETS.replace("LAST", last).replace("EXTRA", extra)})
    assert kinds["fit"][0] == kind, kinds
    code = "".join(text for path, text in files.items() if "/defs/train/" in path)
    if kind == "step":
        assert 'for one in (AssetName("clicks", "s3://web/clicks"), AssetName("carts", "carts")):' in code
        assert '("clicks", "s3://web/clicks"): asset_events(context, ["web", "clicks"])' in code
        assert "len(events[one]), triggering_asset_events[one][-1].extra" in code


@pytest.mark.parametrize(("outlet", "told"), [("AssetAlias('any')", True), ("clicks", False)])
def test_events_that_are_given_for_an_alias_too_are_told(tmp_path: Path, outlet: str, told: bool) -> None:
    made = f"""
with DAG("made", schedule=None, start_date=dt.datetime(2026, 1, 1)):

    @task(outlets=[{outlet}])
    def make():
        pass

    make()
"""
    text = OVER_ASSETS.replace("LAST", "carts").replace("EXTRA", "triggering_asset_events[one][-1].extra")
    (tmp_path / "train.py").write_text(text.replace("import DAG,", "import DAG, AssetAlias,") + made)
    deltas = analyze(tmp_path, Config(airflow_version="3")).plan.deltas
    assert any("for the alias as well" in delta.airflow for delta in deltas) is told


WITHOUT_PATH = """\
import datetime as dt
from airflow.sdk import DAG, Asset, task

plays = Asset(uri="media://plays", name="plays")
with DAG("shop", schedule="@daily", start_date=dt.datetime(2026, 1, 1)):

    @task(outlets=[plays])
    def load(outlet_events, ds=None):
        outlet_events[plays].extra = {"day": ds}

    load()

with DAG("charts", schedule=[plays], start_date=dt.datetime(2026, 1, 1)):

    @task
    def days(triggering_asset_events=None):
        print(plays.uri)
        return [event.extra["day"] for event in triggering_asset_events[plays]]

    days()
"""


def test_a_uri_is_as_airflow_keeps_it(tmp_path: Path) -> None:
    kinds, files = generated(tmp_path, {"shop.py": WITHOUT_PATH})
    assert (kinds["load"][0], kinds["days"][0]) == ("asset", "step")
    code = "".join(text for path, text in files.items() if "/defs/" in path)
    assert 'print("media://plays/")' in code or "print('media://plays/')" in code
    assert '"media://plays/")]' in code or "'media://plays/')]" in code
