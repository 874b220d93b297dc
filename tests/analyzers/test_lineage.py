"""One physical thing, one key."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.analyzers.io.context import merged
from migrator.analyzers.lineage import unify
from migrator.analyzers.lineage.identity import identity_of
from migrator.config import Config
from migrator.model.airflow import AirflowProject, Dag, Schedule, Task
from migrator.model.assets import AssetKey, AssetRef, Confidence, DataAsset, Direction, Evidence
from migrator.model.source import SourceFile, Span
from migrator.model.values import AssetValue, Symbolic
from tests.analyzers.io.builders import dag, project, task

SPAN = Span("d.py", 3)
READS, WRITES = Direction.INPUT, Direction.OUTPUT


def ref(
    name: str,
    kind: str = "file",
    direction: Direction = WRITES,
    confidence: Confidence = Confidence.CERTAIN,
    system: str | None = None,
    connection: str | None = None,
) -> AssetRef:
    return AssetRef(direction, kind, name, confidence, Evidence(SPAN, "a test"), system=system, connection=connection)


def with_refs(task_id: str, *refs: AssetRef, dag_id: str = "d") -> Task:
    return replace(task(task_id, dag_id=dag_id), refs=refs)


def unified(*dags: Dag, config: Config | None = None) -> AirflowProject:
    return unify(project(*dags), config or Config())


def keys_of(*refs: AssetRef) -> list[AssetKey]:
    """The keys of references of several tasks, one each."""
    found = unified(dag(*(with_refs(f"t{number}", one) for number, one in enumerate(refs))))
    return [one.refs[0].key for one in found.tasks()]


def key_of(name: str, kind: str = "file", **fields: str) -> str:
    (key,) = keys_of(ref(name, kind, **fields))
    return "/".join(key)


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("data/clean/orders_{{ ds }}.csv", "file", "data/clean/orders"),
        ("./data/../raw/x.csv.gz", "file", "raw/x"),
        ("s3://lake/crm/orders/day={{ ds }}/part-00000.snappy.parquet", "object", "lake/crm/orders"),
        ("s3://lake/crm/orders/day=", "object", "lake/crm/orders"),
        ("data/{{ logical_date.year }}q{{ logical_date.quarter }}/sales.csv", "file", "data/sales"),
        ("s3://lake/crm/orders/data.csv", "object", "lake/crm/orders/data"),
        ("s3://lake/orders/{{ ds }}/items.csv", "object", "lake/orders/items"),
        ("s3://{const:acme.settings.BUCKET}/raw/x.csv", "object", "BUCKET/raw/x"),
        ("s3://lake-{const:settings.STAGES.name}/raw/x.csv", "object", "lake_name/raw/x"),
        ("{const:acme.settings.SCHEMA}.orders", "table", "warehouse/orders"),
        ("/data/clean/orders.parquet", "file", "data/clean/orders"),
        ("in.csv", "file", "in/csv"),
        ("output", "file", "local/output"),
        ("raw/in.csv", "file", "raw/in"),
        ("{env:DATA}/staged/orders/{{ ds }}.parquet", "file", "staged/orders"),
        ("{env:DATA}/{{ ds }}.csv", "file", "DATA/csv"),
        ("raw/orders/orders_{{ ds_nodash }}.csv", "file", "raw/orders"),
        ("/home/airflow/airflow/out/{{ ds }}.csv", "file", "home/airflow/airflow/out"),
        ("lake/orders/year={{ ds[:4] }}/part.parquet", "file", "lake/orders"),
        ("raw/{{ logical_date.strftime('%Y/%m') }}/a.b.csv", "file", "raw/a_b"),
        ("s3a://my-bucket/a/{{ ds }}/b.parquet", "object", "my_bucket/a/b"),
        ("s3://{var:bucket}/a/b.json", "object", "bucket/a/b"),
        ("gcs://b/größe.csv", "object", "b/groe"),
        ("s3://bucket/a/b.parquet", "dataset", "bucket/a/b"),
        ("fernwood://warehouse/raw_orders", "dataset", "warehouse/raw_orders"),
        ("orders", "dataset", "orders"),
        ("analytics.Orders", "table", "warehouse/analytics/orders"),
        ('"Raw"."Orders"', "table", "warehouse/Raw/Orders"),
        ("sales_{{ ds_nodash }}", "table", "warehouse/sales"),
        ("p.d.events_*", "table", "warehouse/p/d/events"),
        ("d.t${{ ds_nodash }}", "table", "warehouse/d/t"),
        ("{var:schema}.orders", "table", "warehouse/schema/orders"),
        ("dag.group.task", "xcom", "dag/group/task"),
        ("churn", "model", "churn"),
        ("https://x.example:80/v1/rates", "api", "x_example_80/v1/rates"),
        ("{conn:shop_api}/v1/rates", "api", "shop_api/v1/rates"),
        ("s3://lake/raw/orders/dt={?}/", "object", "lake/raw/orders"),
        ("{conn:shop.schema}://{conn:shop.host}:{conn:shop.port}/v1/rates", "api", "shop/v1/rates"),
        ("{env:SHOP_SCHEMA}://{env:SHOP_HOST}:{env:SHOP_PORT}/v1/rates", "api", "SHOP_HOST/v1/rates"),
        ("s3://b/{env:current_date}/{param:day}/x_{var:run_date}.csv", "object", "b/x"),
        ("s3://b/{var:dataset}/{env:birthday_table}.csv", "object", "b/dataset/birthday_table"),
        ("s3://{xcom:make_id}-lake/{xcom:make_id}_rows/part.csv", "object", "lake/rows/part"),
        ("s3://b/{xcom:make_folder}/part.csv", "object", "b/make_folder/part"),
    ],
)
def test_keys_are_readable(name: str, kind: str, key: str) -> None:
    assert key_of(name, kind) == key


def test_where_a_table_is() -> None:
    assert key_of("a.t", "table", connection="shop") == "shop/a/t"
    assert key_of("a.t", "table", connection="google_cloud_default", system="bigquery") == "bigquery/a/t"
    assert key_of("public.t", "table", connection="postgres_default", system="postgres") == "postgres/t"


@pytest.mark.parametrize(
    "same",
    [
        [ref("s3a://b/x"), ref("s3://b/x", "object"), ref("s3://aws_default@b/x", "object")],
        [ref("a/b_{{ ds }}.csv"), ref("./a/b_{{ data_interval_start | ds_nodash }}.csv"), ref("a/b_*.csv")],
        [ref("gs://b/o/part-{}.json", "object"), ref("gs://b/o/part-*.json", "object")],
        [ref("raw/o/o_{{ ds }}.csv"), ref("raw/o/*.csv"), ref("raw/o"), ref("raw/o/")],
        [ref("raw/o/{{ ds }}.csv"), ref("raw/o/{?}.csv")],
        [ref("/raw/o/{{ ds }}/{?}"), ref("/raw/o/{{ ds }}/*.csv.gz", direction=READS)],
        [ref("raw/o.csv"), ref("{env:DATA}/raw/o.csv")],
        [ref("models/m/m.joblib"), ref("models/m/m.joblib", "model")],
        [ref("Public.Orders", "table"), ref("orders", "table")],
        [ref("orders", "table", connection="shop"), ref("orders", "table")],
        [ref("orders", "table", connection="shop", system="postgres"), ref("orders", "table", system="postgres")],
        [ref("orders", "table", system="duckdb"), ref("orders", "table")],
        [ref("fernwood://staged/orders", "dataset"), ref("{env:DATA}/staged/orders/{{ ds }}.parquet")],
        [ref("fernwood://warehouse/orders", "dataset"), ref("orders", "table", connection="warehouse")],
        [ref("s3://b/x.csv", "dataset"), ref("s3a://b/x.csv", "object")],
        [ref("s3://b/raw/dt={?}/x.csv"), ref("s3://b/raw/dt={{ ds }}/x.csv")],
        [ref("{conn:shop_api}/v1/rates", "api"), ref("https://{conn:shop_api}/v1/rates", "api")],
        [ref("snowflake://account/MART.CORE.ORDERS", "dataset"), ref("mart.core.orders", "table", connection="snow")],
        [ref("/data/raw/x.csv", direction=READS), ref("hdfs:///data/raw/x.csv")],
        [ref("/data/raw/x.csv"), ref("hdfs:///data/raw/x.csv", direction=READS)],
        [
            ref("ods.calls", "table", connection="hive_cli_dwh", system="hive"),
            ref("ods.calls", "table", connection="hiveserver2_dwh", system="hive"),
            ref("ods.calls", "table", system="spark"),
        ],
        [
            ref("calls", "table", connection="dwh", system="hive"),
            ref("default.calls", "table", connection="dwh", system="hive"),
        ],
    ],
)
def test_spellings_of_one_thing(same: list[AssetRef]) -> None:
    found = unified(dag(*(with_refs(f"t{number}", one) for number, one in enumerate(same))))
    assert len(found.assets) == 1, found.assets
    assert {one.key for each in found.tasks() for one in each.refs} == {found.assets[0].key}


@pytest.mark.parametrize(
    "different",
    [
        [ref("a/x.csv"), ref("a/x.json")],
        [ref("a/x.csv"), ref("a/x_{{ ds }}.csv")],
        [ref("/a/x.csv"), ref("a/x.csv")],
        [ref("/a/x.csv"), ref("hdfs:///a/x.csv")],
        [ref("snowflake://account/MART.ORDERS", "dataset"), ref("stage.orders", "table")],
        [
            ref("ods.calls", "table", connection="hive_eu", system="hive"),
            ref("ods.calls", "table", connection="hive_us", system="hive"),
        ],
        [
            ref("calls", "table", connection="hive_eu", system="hive"),
            ref("default.calls", "table", connection="hive_us", system="hive"),
        ],
        [
            ref("calls", "table", connection="dwh", system="mysql"),
            ref("default.calls", "table", connection="dwh", system="mysql"),
        ],
        [ref("s3://a/x.csv"), ref("gs://a/x.csv")],
        [ref("{env:A}/raw/x.csv"), ref("{env:B}/raw/x.csv"), ref("raw/x.csv")],
        [ref("a/x-y"), ref("a/x_y")],
        [ref("a/x.csv"), ref("a/x/csv")],
        [ref('"Orders"', "table"), ref("orders", "table")],
        [ref("orders", "table", connection="shop"), ref("orders", "table", connection="crm")],
        [ref("orders", "table", connection="shop", system="mysql"), ref("orders", "table", system="duckdb")],
        [ref("a/{?}/x.csv"), ref("a/{?}/x.csv")],
        [ref("{const:one.SCHEMA}.orders", "table"), ref("{const:two.SCHEMA}.orders", "table"), ref("orders", "table")],
        [ref("d.t", "xcom"), ref("t", "table", connection="d")],
        [ref("x://a/b", "dataset"), ref("y://a/b", "dataset")],
    ],
)
def test_different_things_have_different_keys(different: list[AssetRef]) -> None:
    keys = keys_of(*different)
    assert len(set(keys)) == len(different), keys


def test_ambiguous_names_stay_alone() -> None:
    keys = keys_of(
        ref("orders", "table", connection="shop"), ref("orders", "table", connection="crm"), ref("orders", "table")
    )
    assert len(set(keys)) == 3


def test_a_default_of_an_environment_variable_is_the_variable() -> None:
    source = SourceFile("paths.py", 'ROOT = Path(os.environ.get("DATA", "data"))\nTMP = os.getenv("TMP", "/var/x")')
    dags = dag(
        with_refs("a", ref("data/raw/x.csv")),
        with_refs("b", ref("{env:DATA}/raw/x.csv")),
        with_refs("c", ref("/var/x/y.csv")),
        with_refs("d", ref("{env:TMP}/y.csv")),
    )
    found = unify(replace(project(dags), sources={"paths.py": source}), Config())
    assert [one.refs[0].key for one in found.tasks()] == [("raw", "x"), ("raw", "x"), ("y",), ("y",)]


def only_asset(*dags: Dag) -> DataAsset:
    (asset,) = unified(*dags).assets
    return asset


def test_a_declared_asset_and_what_its_task_writes_under_the_same_last_name() -> None:
    asset = only_asset(
        dag(
            with_refs("make", ref("x://dwh/Orders", "dataset"), ref("mart.orders", "table", connection="pg")),
            with_refs("use", ref("mart.orders", "table", READS, connection="pg")),
        )
    )
    assert asset == DataAsset(
        key=("pg", "mart", "orders"),
        kind="table",
        name="mart.orders",
        uri="x://dwh/Orders",
        producers=("d.make",),
        consumers=("d.use",),
        confidence=Confidence.CERTAIN,
    )


def test_a_declared_asset_is_the_only_thing_in_its_folder() -> None:
    declared, metrics = ref("x://models/churn", "dataset"), ref("models/churn/metrics.json")
    model = ("models", "churn", "model")
    assert only_asset(dag(with_refs("make", declared, ref("models/churn/model.joblib")))).key == model
    both = unified(dag(with_refs("make", declared, ref("models/churn/model.joblib", "model"), metrics)))
    assert [one.key for one in both.assets] == [("models", "churn", "metrics"), model]
    files = unified(dag(with_refs("make", declared, ref("models/churn/model.bin"), metrics)))
    assert ("models", "churn") in [one.key for one in files.assets]


@pytest.mark.parametrize("scheme", ["x", "s3"])
def test_a_declared_asset_by_name_and_by_address(scheme: str) -> None:
    address = f"{scheme}://models/churn"
    churn = AssetValue("churn_model", uri=address)
    scoring = dag(dag_id="s", schedule=Schedule("assets", assets=AssetValue("churn_model")))
    training = dag(replace(with_refs("train", ref(address, "dataset")), outlets=(churn,)))
    asset = only_asset(scoring, training)
    assert (asset.name, asset.uri, asset.key) == ("churn_model", address, ("models", "churn"))
    assert (asset.producers, asset.consumers) == (("d.train",), ())


def test_what_a_task_writes_under_another_name_is_not_its_input() -> None:
    found = unified(dag(with_refs("both", ref("s3://b/x.csv", "object"), ref("s3a://b/x.csv", "object", READS))))
    assert [(one.producers, one.consumers) for one in found.assets] == [(("d.both",), ())]
    assert [one.direction for one in found.tasks()[0].refs] == [WRITES]


def test_dates_make_an_asset_templated() -> None:
    assert only_asset(dag(with_refs("a", ref("a/x_{{ ds }}.csv")))).templated
    assert not only_asset(dag(with_refs("a", ref("a/x_{{ run_id }}.csv")))).templated
    assert not only_asset(dag(with_refs("a", ref("a/*.csv", direction=READS)))).templated


def test_creating_or_emptying_a_table_yields_to_filling_it() -> None:
    weak = Confidence.POSSIBLE
    found = unified(
        dag(
            with_refs("create", ref("Orders", "table", confidence=weak), ref("stock", "table", confidence=weak)),
            with_refs("fill", ref("orders", "table")),
            replace(task("unknown", ("LoadOperator", "team.operators")), arguments={"table": "stock"}),
        )
    )
    assert [(one.name, one.producers) for one in found.assets] == [("orders", ("d.fill",))]
    assert only_asset(dag(with_refs("create", ref("a", "table", confidence=weak)))).producers == ("d.create",)


def test_a_task_that_deletes_rows_of_what_it_reads_is_a_reader_of_it() -> None:
    archives = (ref("orders", "table", READS), ref("orders", "table", confidence=Confidence.POSSIBLE))
    archive = replace(task("archive"), refs=merged(archives))
    found = only_asset(dag(with_refs("fill", ref("orders", "table")), archive))
    assert (found.producers, found.consumers) == (("d.fill",), ("d.archive",))
    alone = unified(dag(archive))
    assert [one.direction for one in alone.tasks()[0].refs] == [WRITES]


def in_file(name: str, *refs: AssetRef) -> Dag:
    """A DAG of its own file, with a task for each reference."""
    return dag(*(with_refs(f"t{number}", one, dag_id=name) for number, one in enumerate(refs)), dag_id=name)


BIGQUERY = ref("crm.customers", "table", READS, system="bigquery", connection="gcp")
LONE = ref("crm.customers", "table")
OTHER = ref("t", "table", system="postgres", connection="pg")


@pytest.mark.parametrize(
    ("dags", "count"),
    [
        # A name alone does not say that two systems' tables are one.
        ([in_file("a", LONE), in_file("b", BIGQUERY), in_file("c", OTHER)], 3),
        ([in_file("a", LONE), in_file("b", BIGQUERY), in_file("c", ref("t", "table", system="snowflake"))], 3),
        # There is one system only.
        ([in_file("a", LONE), in_file("b", BIGQUERY)], 1),
        (
            [in_file("a", LONE), in_file("b", BIGQUERY), in_file("c", replace(BIGQUERY, name="x.y", connection="two"))],
            2,
        ),
        # The file that uses it works with that system, or through that connection.
        ([in_file("a", LONE, BIGQUERY), in_file("c", OTHER)], 2),
        (
            [
                in_file("a", LONE, ref("u", "table", system="bigquery", connection="other")),
                in_file("b", BIGQUERY),
                in_file("c", OTHER),
            ],
            3,
        ),
    ],
)
def test_a_table_of_unknown_system_is_another_one_only_where_more_than_its_name_says_so(
    dags: list[Dag], count: int
) -> None:
    assert len(unified(*dags).assets) == count


def test_types_of_connections_that_the_user_tells() -> None:
    config = Config(connections={"wh": "google_cloud_platform"})
    found = unified(dag(with_refs("a", ref("t", "table", connection="wh"))), config=config)
    assert (found.assets[0].system, found.tasks()[0].refs[0].system) == ("bigquery", "bigquery")


# ------------------------------------------------------------------------------------------------------------ findings


def codes(*dags: Dag) -> list[str]:
    return [finding.code for finding in unified(*dags).diagnostics]


def test_several_writers() -> None:
    two = dag(with_refs("a", ref("x.csv")), with_refs("b", ref("./x.csv")))
    (finding,) = unified(two).diagnostics
    assert finding.code == "MIG402" and "`d.a` and `d.b`" in finding.message
    assert codes(dag(with_refs("a", ref("x.csv"), ref("x.csv", "object")))) == []
    assert codes(dag(with_refs("a", ref("x.csv")), with_refs("b", ref("x.csv", confidence=Confidence.POSSIBLE)))) == []


def producer(**fields: object) -> Dag:
    return dag(with_refs("make", ref("x.csv"), dag_id="p"), dag_id="p", **fields)


def consumer(*more: Task, **fields: object) -> Dag:
    return dag(with_refs("use", ref("x.csv", direction=READS), dag_id="c"), *more, dag_id="c", **fields)


def test_hidden_dependencies() -> None:
    (finding,) = unified(producer(), consumer()).diagnostics
    assert finding.code == "MIG403" and "`c` reads `x.csv`, which the DAG `p` writes" in finding.message


SENSOR = "ExternalTaskSensor", "airflow.providers.standard.sensors.external_task"
TRIGGER = "TriggerDagRunOperator", "airflow.providers.standard.operators.trigger_dagrun"


@pytest.mark.parametrize("awaited", ["p", "between", Symbolic("unknown", "f()")])
def test_a_dependency_that_a_sensor_says(awaited: object) -> None:
    waits = replace(task("wait", SENSOR, dag_id="c"), arguments={"external_dag_id": awaited})
    between = replace(task("wait", SENSOR, dag_id="between"), arguments={"external_dag_id": "p"})
    assert codes(producer(), consumer(waits), dag(between, dag_id="between")) == []


def test_a_dependency_that_a_trigger_says() -> None:
    starts = replace(task("go", TRIGGER, dag_id="p"), arguments={"trigger_dag_id": "c"})
    assert codes(dag(with_refs("make", ref("x.csv"), dag_id="p"), starts, dag_id="p"), consumer()) == []


def test_a_dependency_that_a_schedule_says() -> None:
    schedule = Schedule("assets", assets=AssetValue("", kind="all", members=(AssetValue("x", uri="y://x"),)))
    makes = dag(with_refs("make", ref("x.csv"), ref("y://x", "dataset"), dag_id="p"), dag_id="p")
    assert codes(makes, consumer(schedule=schedule)) == []
    assert codes(producer(), consumer(schedule=schedule)) == ["MIG403"]


# ---------------------------------------------------------------------------------------------------------- properties

PIECES = st.sampled_from(
    [
        "a",
        "b",
        "A",
        "a-b",
        "a_b",
        ".csv",
        ".json",
        "/",
        ".",
        "{{ ds }}",
        "{?}",
        "{env:X}",
        "{var:a}",
        "*",
        "s3://",
        '"',
        "_",
        "é",
        "..",
        "{param:p}",
        " ",
    ]
)
NAMES = st.lists(PIECES, min_size=1, max_size=6).map("".join)
REFS = st.builds(
    ref,
    NAMES,
    st.sampled_from(["file", "object", "table", "dataset", "xcom", "model", "api", "stream"]),
    st.sampled_from(list(Direction)),
    st.sampled_from(list(Confidence)),
    st.sampled_from([None, "postgres", "duckdb"]),
    st.sampled_from([None, "shop", "crm", "postgres_default"]),
)


@given(st.lists(REFS, max_size=12))
def test_keys_are_valid_unique_and_independent_of_the_order(refs: list[AssetRef]) -> None:
    tasks = [with_refs(f"t{number}", one) for number, one in enumerate(refs)]
    found = unified(dag(*tasks))
    keys = [asset.key for asset in found.assets]
    assert len(set(keys)) == len(keys)
    assert all(key and all(re.fullmatch(r"[A-Za-z0-9_]+", part) for part in key) for key in keys)
    used = {one.key for each in found.tasks() for one in each.refs}
    assert used == set(keys)
    again = unified(dag(*reversed(tasks)))
    assert again.assets == found.assets
    assert {one.id: one.refs for one in again.tasks()} == {one.id: one.refs for one in found.tasks()}


@given(NAMES, NAMES)
def test_names_that_differ_in_more_than_dates_never_share_a_key(first: str, second: str) -> None:
    one, two = ref(first, "object"), ref(second, "object")
    if identity_of(one, "d", "d.t0") != identity_of(two, "d", "d.t1") and not re.search(r"[{*.]", first + second):
        assert len(set(keys_of(one, two))) == 2


@pytest.mark.parametrize(
    "same",
    [
        [
            ref("s3://b/k/x.csv"),
            ref("https://b.s3.eu-west-1.amazonaws.com/k/x.csv"),
            ref("https://s3.amazonaws.com/b/k/x.csv"),
        ],
        [ref("gs://b/k/x.csv"), ref("https://storage.googleapis.com/b/k/x.csv")],
        [ref("abfss://c@acc.dfs.core.windows.net/k/x.csv"), ref("https://acc.blob.core.windows.net/c/k/x.csv")],
        [ref("/dbfs/mnt/x.csv"), ref("dbfs:/mnt/x.csv")],
        [ref("my-project:d.t", "table", system="bigquery"), ref("my-project.d.t", "table", system="bigquery")],
        [ref("my-project.d.t", "table", system="bigquery"), ref("D.T", "table", system="bigquery")],
    ],
)
def test_addresses_of_one_thing(same: list[AssetRef]) -> None:
    assert len(set(keys_of(*same))) == 1


def test_a_dataset_of_two_projects_stays_alone() -> None:
    tables = [ref(name, "table", system="bigquery") for name in ("p-one1.d.t", "p-two2.d.t", "d.t")]
    assert len(set(keys_of(*tables))) == 3


@pytest.mark.parametrize(
    ("writers", "upstream", "joined"), [(1, ("w0",), True), (1, (), False), (2, ("w0", "w1"), False)]
)
def test_a_name_that_is_not_wholly_known_is_what_the_only_task_before_it_made(
    writers: int, upstream: tuple[str, ...], joined: bool
) -> None:
    name = "s3://lake/exports/{?}/part.csv"
    made = [with_refs(f"w{number}", ref(name, "object")) for number in range(writers)]
    read = replace(with_refs("r", ref(name, "object", READS)), upstream=upstream)

    found = unified(dag(*made, read))

    assert (len(found.assets) == writers) is joined


def test_where_the_folder_lies_is_not_in_the_key() -> None:
    found = unified(dag(with_refs("a", ref("/nowhere/data/x.csv")), with_refs("b", ref("data/x.csv"))))
    assert {one.refs[0].key for one in found.tasks()} == {("data", "x")}


def test_a_value_that_names_what_its_task_writes_is_a_reference() -> None:
    found = unified(
        dag(
            with_refs("make", ref("x/a.csv"), ref("d.make", "xcom")),
            with_refs("use", ref("x/a.csv", direction=READS), ref("d.make", "xcom", READS)),
            with_refs("count", ref("d.count", "xcom")),
            with_refs("tell", ref("d.count", "xcom", READS)),
        )
    )
    assert {one.name: one.refers_to for one in found.assets} == {"x/a.csv": (), "d.make": ("x", "a"), "d.count": ()}


PLAIN = st.lists(st.sampled_from(["a", "b", "c.csv", "s3://x/a", "s3://x/b", "t.u", "{?}"]), max_size=4, unique=True)


@given(PLAIN, st.sampled_from(["new/thing.csv", "s3://other/new", "other.new"]))
def test_a_dag_that_touches_nothing_of_the_others_changes_no_key(names: list[str], new: str) -> None:
    before = dag(*(with_refs(f"t{number}", ref(name, "object")) for number, name in enumerate(names)))
    after = dag(with_refs("x", ref(new, "object"), dag_id="added"), dag_id="added")
    keys = [one.refs for one in unified(before).tasks()]
    assert [one.refs for one in unified(after, before).tasks() if one.dag_id == "d"] == keys


def test_columns_of_the_only_producer() -> None:
    made = replace(
        ref("t", "table"), columns=("x", "y"), column_lineage=(("x", (("S.A", "p"),)), ("y", (("gone", "q"),)))
    )
    read = ref("s.a", "table", READS)
    found = unified(dag(with_refs("make", made, read)))
    table = next(one for one in found.assets if one.name == "t")
    assert table.columns == ("x", "y")
    assert table.column_lineage == (("x", ((("warehouse", "s", "a"), "p"),)),)
    both = unified(dag(with_refs("make", made, read), with_refs("again", ref("t", "table"))))
    assert next(one for one in both.assets if one.name == "t").columns == ()


# ------------------------------------------------------------------------------------------------------------ folders


@pytest.mark.parametrize(
    ("pattern", "read"),
    [
        ("/out/*", ["/out/a.csv", "/out/b.csv", "/out/{{ ds }}.json"]),
        ("/out/*.csv", ["/out/a.csv", "/out/b.csv"]),
        ("/out/{{ ds }}*", ["/out/{{ ds }}.json"]),
        ("/out/x*.csv", []),
        ("/other/*.csv", []),
        ("{env:OUT}/*.csv", []),
        ("/*/a.csv", []),
        ("/{?}/*.csv", []),
    ],
)
def test_who_reads_all_of_a_folder_reads_what_others_write_into_it(pattern: str, read: list[str]) -> None:
    names = ["/out/a.csv", "/out/b.csv", "/out/{{ ds }}.json", "/out/deep/c.csv"]
    makers = [with_refs(f"t{number}", ref(name)) for number, name in enumerate(names)]
    found = unified(dag(*makers, with_refs("all", ref(pattern, direction=READS))))
    assert {one.name for one in found.assets if "d.all" in one.consumers} == set(read or [pattern])


@pytest.mark.parametrize(
    ("written", "read", "meant"),
    [
        # A folder stands for what is written into it,
        ("s3://b/raw/{{ ds }}/orders.csv", "s3://b/raw/{{ ds }}/", "b/raw/orders"),
        ("s3://b/raw/o/x/y.parquet", "s3://b/raw/o", "b/raw/o/x/y"),
        # a file for the folder that is filled as a whole,
        ("/data/feed/unpacked", "/data/feed/unpacked/stops.txt", "data/feed/unpacked"),
        ("s3://b/raw/{{ ds }}", "s3://b/raw/{{ ds }}/deep/x.csv", "b/raw"),
        # but no bucket or folder of the root, no other date, no file around a file, and nothing beside.
        ("s3://b/orders.csv", "s3://b/", "b"),
        ("/data", "/data/x.csv", "data/x"),
        ("s3://b/raw/{{ ds }}", "s3://b/raw/latest/x.csv", "b/raw/latest/x"),
        ("/data/a.zip", "/data/a.zip/x.csv", "data/a_zip/x"),
        ("/data/raw/a.csv", "/data/raw2", "data/raw2"),
        ("/raw/crm/contacts/{{ ds }}.csv", "/raw/crm/{{ ds }}", "raw/crm"),
    ],
)
def test_folders_and_the_files_in_them(written: str, read: str, meant: str) -> None:
    kind = "object" if "://" in written else "file"
    makes, reads = with_refs("make", ref(written, kind)), with_refs("use", ref(read, kind, READS))
    *_, task = unified(dag(makes, reads)).tasks()
    assert ["/".join(one.key) for one in task.refs] == [meant]


def test_a_table_of_one_name_in_two_databases_is_two_things() -> None:
    crm, dwh = ref("s.t", "table", READS, connection="crm"), ref("s.t", "table", WRITES, connection="dwh")
    assert merged([crm, dwh, replace(crm, connection=None)]) == (crm, dwh)
    assert merged([replace(crm, connection=None), dwh]) == (dwh,)


def test_a_pattern_of_folders_is_all_files_in_them_that_others_write() -> None:
    names = [
        "/data/news/times/{{ ds }}/tokens.jsonl",
        "/data/news/post/{{ ds_nodash }}/tokens.jsonl",
        "/data/news/post/{{ ds }}/text.jsonl",
    ]
    makers = [with_refs(f"t{number}", ref(name)) for number, name in enumerate(names)]
    found = unified(dag(*makers, with_refs("all", ref("/data/news/*/{{ ds }}/tokens.jsonl", direction=READS))))
    assert [one.producers for one in found.assets if "d.all" in one.consumers] == [("d.t1",), ("d.t0",)]


def test_a_pattern_of_the_files_of_one_kind_is_one_thing() -> None:
    found = unified(
        dag(with_refs("make", ref("out/{{ ds }}.csv")), with_refs("all", ref("out/*.csv", direction=READS)))
    )
    assert [(one.producers, one.consumers) for one in found.assets] == [(("d.make",), ("d.all",))]


# ---------------------------------------------------------------------------------------------------------- databases


@pytest.mark.parametrize(
    ("refs", "keys"),
    [
        # BigQuery's tables are named the same by everybody.
        (
            [
                ref("{env:P}:d.t${{ ds_nodash }}", "table", system="bigquery", connection="google_cloud_default"),
                ref("d.t", "table", READS, system="bigquery", connection="gcp"),
                ref("{env:P}.d.t", "table", READS, system="bigquery"),
            ],
            ["bigquery/P/d/t"] * 3,
        ),
        # Trino's and Presto's catalog `hive` is Hive.
        (
            [ref("o.t", "table", system="hive", connection="h"), ref("hive.o.t", "table", READS, system="trino")],
            ["h/o/t"] * 2,
        ),
        (
            [ref("hive.o.t", "table", READS, system="trino"), ref("lake.o.t", "table")],
            ["trino/hive/o/t", "warehouse/lake/o/t"],
        ),
        # A container of one account is the one that a connection leads to; of two it is not known which.
        (
            [ref("wasb://c/x.csv", "object"), ref("abfss://c@acc.dfs.core.windows.net/x.csv", "object", READS)],
            ["c/x"] * 2,
        ),
        (
            [
                ref("wasb://c/x.csv", "object"),
                ref("abfss://c@acc.dfs.core.windows.net/x.csv", "object"),
                ref("abfss://c@two.dfs.core.windows.net/x.csv", "object"),
            ],
            ["c/x", "c_acc/x", "c_two/x"],
        ),
        # A version of a registered model is the model.
        ([ref("m", "model", system="mlflow"), ref("models:/m/Production", "model", READS, system="mlflow")], ["m"] * 2),
        # What a connection leads to is known of any of its tables.
        (
            [
                ref("m.t", "table", connection="sf"),
                ref("p.m.t", "table", READS, connection="sf", system="snowflake"),
            ],
            ["sf/p/m/t"] * 2,
        ),
        # The database of a schema is known by the other tables of the connection.
        (
            [ref(name, "table", connection="sf", system="snowflake") for name in ("p.m.t", "m.u", "x.u")],
            ["sf/p/m/t", "sf/p/m/u", "sf/x/u"],
        ),
        (
            [ref(name, "table", connection="sf", system="snowflake") for name in ("p.m.t", "q.m.t", "m.u")],
            ["sf/p/m/t", "sf/q/m/t", "sf/m/u"],
        ),
        # A spreadsheet has one id, in which case counts.
        (
            [
                ref("1AbC.targets", "table", system="googlesheets", connection="google"),
                ref("1AbC.targets", "table", READS, system="googlesheets", connection="gcp"),
                ref("1abc.targets", "table", READS, system="googlesheets", connection="gcp"),
            ],
            [*["googlesheets/1AbC/targets"] * 2, "googlesheets/1abc/targets"],
        ),
        # Topics have no endings.
        ([ref("erp.orders", "stream"), ref("erp.json", "stream")], ["erp_orders", "erp_json"]),
    ],
)
def test_one_thing_in_several_systems(refs: list[AssetRef], keys: list[str]) -> None:
    assert ["/".join(key) for key in keys_of(*refs)] == keys


@pytest.mark.parametrize(
    ("code", "names", "keys"),
    [
        (
            'Variable.get("lake", default_var="s3a://acme")',
            ["{var:lake}/raw/x.csv", "s3://acme/raw/x.csv"],
            ["acme/raw/x"] * 2,
        ),
        ('Variable.get("b", "acme")', ["s3://{var:b}/{{ ds }}/x.csv", "s3://acme/{{ ds }}/x.csv"], ["acme/x"] * 2),
        # What else is in a bucket that is written out elsewhere is there, too.
        ('Variable.get("b", "acme")', ["s3://{var:b}/x.csv", "s3://acme/y.csv"], ["acme/x", "acme/y"]),
        ('os.getenv("D", "/data")', ["{env:D}/x/y.csv", "/data/x/y.csv"], ["x/y"] * 2),
        # Nothing is made up, and where the code takes two values it tells none.
        ('Variable.get("b", "acme")', ["s3://{var:b}/x.csv", "s3://other/x.csv"], ["b/x", "other/x"]),
        ('Variable.get("b", "a"); Variable.get("b", "c")', ["s3://{var:b}/x.csv", "s3://a/x.csv"], ["b/x", "a/x"]),
    ],
)
def test_what_settings_are_unless_they_are_set(code: str, names: list[str], keys: list[str]) -> None:
    tasks = [with_refs(f"t{number}", ref(name, "object")) for number, name in enumerate(names)]
    whole = replace(project(dag(*tasks)), sources={"d.py": SourceFile("d.py", code)})
    assert ["/".join(task.refs[0].key) for task in unify(whole, Config()).tasks()] == keys


def test_a_stage_is_the_folder_that_it_was_made_for() -> None:
    code = """CREATE STAGE IF NOT EXISTS raw.partner.landing URL='s3://partner/in/' STORAGE_INTEGRATION = i"""
    land, copy = ref("s3://partner/in/orders/x.csv", "object"), ref("@Partner.Landing/orders/", "object", READS)
    other = ref("@sales.landing/orders/", "object", READS)
    tasks = [with_refs("land", land), with_refs("copy", copy), with_refs("other", other)]
    whole = replace(project(dag(*tasks)), sources={"d.py": SourceFile("d.py", code)})
    keys = ["/".join(task.refs[0].key) for task in unify(whole, Config()).tasks()]
    assert keys == ["partner/in/orders/x", "partner/in/orders/x", "sales_landing/orders"]


def test_a_setting_that_names_a_store() -> None:
    task = with_refs("make", ref("{env:LAKE}/raw/x.csv"))
    whole = replace(project(dag(task)), sources={"d.py": SourceFile("d.py", 'os.environ.get("LAKE", "gs://lake")')})
    (asset,) = unify(whole, Config()).assets
    assert (asset.kind, asset.system, asset.name) == ("object", "gcs", "{env:LAKE}/raw/x.csv")


def test_what_connections_say_of_their_databases() -> None:
    config = Config.model_validate(
        {
            "databases": {
                "hive_staging": {"schema": "Staging", "server": "h"},
                "hive_raw": {"server": "h"},
                "snow": {"database": "DWH", "schema": "MART"},
                "gcp": {"database": "acme"},
            }
        }
    )
    tables = [
        ref("orders", "table", system="hive", connection="hive_staging"),
        ref("staging.orders", "table", READS, system="hive", connection="hive_raw"),
        ref("orders", "table", system="snowflake", connection="snow"),
        ref("web.orders", "table", system="snowflake", connection="snow"),
        ref("d.orders", "table", system="bigquery", connection="gcp"),
        ref("acme.d.orders", "table", READS, system="bigquery"),
    ]
    found = unified(dag(*(with_refs(f"t{number}", one) for number, one in enumerate(tables))), config=config)
    assert ["/".join(task.refs[0].key) for task in found.tasks()] == [
        *["hive/staging/orders"] * 2,
        "snow/dwh/mart/orders",
        "snow/dwh/web/orders",
        *["bigquery/acme/d/orders"] * 2,
    ]


def of_dbt(name: str, direction: Direction = WRITES, system: str | None = "duckdb") -> AssetRef:
    return replace(ref(name, "table", direction, system=system), project="dbt/shop")


def through(name: str, direction: Direction = READS, connection: str = "wh", system: str | None = None) -> AssetRef:
    return ref(name, "table", direction, system=system, connection=connection)


@pytest.mark.parametrize(
    ("dbt", "others", "keys"),
    [
        # A source that a task loads tells where the models are.
        (
            [of_dbt("raw.orders", READS), of_dbt("marts.sales")],
            [through("raw.orders", WRITES)],
            {"wh/raw/orders", "wh/marts/sales"},
        ),
        # A model that a task reads tells the schema, too, which the profile alone knows.
        (
            [of_dbt("sales"), of_dbt("costs")],
            [through("{const:settings.MARTS}.sales")],
            {"wh/sales", "wh/costs"},
        ),
        # A copy elsewhere has the same name, as well; another table is only in one place.
        (
            [of_dbt("sales"), of_dbt("costs")],
            [through("marts.sales"), through("sales", connection="copy"), through("marts.costs")],
            {"wh/marts/sales", "copy/sales", "wh/marts/costs"},
        ),
        # The database is told by the tables that have the name in one only: a clone has the same names.
        (
            [of_dbt("raw.a", READS, "snowflake"), *(of_dbt(f"core.{one}", system="snowflake") for one in "bc")],
            [through(name, system="snowflake") for name in ("prod.core.b", "prod.core.c", "dev.core.b")],
            {"wh/prod/raw/a", "wh/prod/core/b", "wh/prod/core/c", "wh/dev/core/b"},
        ),
        # What both write are two tables; and a connection to another kind of database leads elsewhere.
        ([of_dbt("sales")], [through("sales", WRITES)], {"duckdb/sales", "wh/sales"}),
        ([of_dbt("sales")], [through("sales", system="mysql")], {"duckdb/sales", "wh/sales"}),
        # Two connections fit.
        (
            [of_dbt("raw.a", READS), of_dbt("raw.b", READS), of_dbt("sales")],
            [through("raw.a", WRITES), through("raw.b", WRITES, "other")],
            {"wh/raw/a", "other/raw/b", "duckdb/sales"},
        ),
    ],
)
def test_the_database_of_a_dbt_project(dbt: list[AssetRef], others: list[AssetRef], keys: set[str]) -> None:
    found = unified(dag(with_refs("dbt", *dbt), *(with_refs(f"t{n}", one) for n, one in enumerate(others))))
    assert {"/".join(one.key) for one in found.assets} == keys


def test_a_statement_reads_one_database() -> None:
    def at(one: AssetRef, file: str, start: int = 0) -> AssetRef:
        return replace(one, evidence=Evidence(Span(file, 1, start=start), "a test"))

    elsewhere = with_refs("elsewhere", through("dim.shop", WRITES, system="postgres"))
    known, date = (ref(name, "table", READS, system="postgres") for name in ("dim.shop", "dim.date"))

    def key_beside(*refs: AssetRef) -> str:
        found = unified(dag(elsewhere, with_refs("report", *refs)))
        return "/".join(next(one.key for one in found.assets if one.name == "dim.date"))

    assert key_beside(at(known, "report.sql"), at(date, "report.sql", 20)) == "wh/dim/date"
    assert key_beside(at(known, "code.py", 40), at(date, "code.py", 40)) == "wh/dim/date"
    assert key_beside(at(known, "code.py", 40), at(date, "code.py", 90)) == "postgres/dim/date"
    assert key_beside(at(known, "report.sql"), at(date, "other.sql")) == "postgres/dim/date"


def test_the_case_of_a_quoted_name_tells_nothing_where_the_system_is_not_known() -> None:
    names = ('dw."DimArea"', "dw.dimarea")
    assert keys_of(*(ref(name, "table", connection="odbc") for name in names)) == [("odbc", "dw", "dimarea")] * 2
    apart = keys_of(*(ref(name, "table", connection="odbc", system="oracle") for name in names))
    assert apart == [("odbc", "dw", "DimArea"), ("odbc", "dw", "dimarea")]


def test_tables_of_one_connection_are_of_one_system() -> None:
    refs = [of_dbt("raw.orders", READS), of_dbt("sales"), through("raw.orders", WRITES), through("raw.stock", WRITES)]
    found = unified(dag(*(with_refs(f"t{n}", one) for n, one in enumerate(refs))))
    assert [one.system for one in found.assets] == ["duckdb"] * 3


def test_a_dbt_project_that_is_nowhere_else_is_told_of_and_can_be_placed() -> None:
    dags = dag(with_refs("dbt", of_dbt("sales"), of_dbt("shop.costs")), with_refs("sql", through("raw.orders")))
    found = unified(dags)
    finding = next(one for one in found.diagnostics if one.code == "MIG409")
    assert "`wh`" in finding.message and finding.span.file == "dbt/shop/dbt_project.yml"
    told = re.findall(r'"([^"]*)"', finding.help)
    assert told == ["duckdb/*", "wh/*"]
    config = Config.model_validate({"assets": [{"asset": told[0], "key": told[1]}]})
    placed = unified(dags, config=config)
    assert {"/".join(one.key) for one in placed.assets} == {"wh/sales", "wh/shop/costs", "wh/raw/orders"}
    assert not placed.diagnostics
