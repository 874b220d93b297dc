"""Tables that SQL reads and writes. The pairs are files: what a script reads and writes stands in its head."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.analyzers.io.sql import without_jinja
from migrator.analyzers.io.sql_statements import analyze_sql
from migrator.model.assets import Confidence, Direction
from migrator.model.source import Span
from migrator.model.values import Symbolic, Text
from tests.analyzers.io.builders import SQL, dag, inferred, io_of, names, refs_of, sql_task, task

SCRIPTS = sorted((Path(__file__).parents[2] / "fixtures" / "sql").glob("*.sql"))
OPERATORS = {
    "postgres": ("PostgresOperator", "airflow.providers.postgres.operators.postgres"),
    "mysql": ("MySqlOperator", "airflow.providers.mysql.operators.mysql"),
    "snowflake": ("SnowflakeOperator", "airflow.providers.snowflake.operators.snowflake"),
    "redshift": ("RedshiftSQLOperator", "airflow.providers.amazon.aws.operators.redshift_sql"),
    "tsql": ("MsSqlOperator", "airflow.providers.microsoft.mssql.operators.mssql"),
    "hive": ("HiveOperator", "airflow.providers.apache.hive.operators.hive"),
    "duckdb": ("DuckDBOperator", "duckdb_provider.operators"),
    "bigquery": ("BigQueryOperator", "team.bigquery"),
    "clickhouse": ("ClickHouseOperator", "airflow_clickhouse_plugin.operators.clickhouse"),
}


def header(text: str, key: str) -> str:
    found = re.search(rf"^-- {key}:(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_pairs(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    (tmp_path / "script.sql").write_text(text, encoding="utf-8")
    operator = OPERATORS.get(header(text, "dialect"), SQL)
    argument = "hql" if operator[0] == "HiveOperator" else "sql"
    done = inferred(dag(task("t", operator, arguments={argument: "script.sql"})), root=tmp_path)
    refs = done.dags[0].tasks[0].refs
    expected = [sorted(filter(None, header(text, key).split(", "))) for key in ("reads", "writes")]
    found = [sorted(name.lower() if '"' not in name else name for name in names(refs, side)) for side in Direction]
    assert found == [sorted(name.lower() if '"' not in name else name for name in side) for side in expected]
    errors = [finding for finding in done.diagnostics if finding.code == "MIG401"]
    assert len(errors) == int(header(text, "errors") or 0)
    assert all(finding.span.file == "script.sql" for finding in errors)


def test_there_are_pairs() -> None:
    assert len(SCRIPTS) > 30


def test_a_file_is_looked_for_next_to_the_dag_and_in_the_search_path(tmp_path: Path) -> None:
    (tmp_path / "dags" / "sql").mkdir(parents=True)
    (tmp_path / "lib").mkdir()
    (tmp_path / "dags" / "sql" / "a.sql").write_text("\n\nINSERT INTO a SELECT * FROM b", encoding="utf-8")
    (tmp_path / "lib" / "c.sql").write_text("INSERT INTO c SELECT 1", encoding="utf-8")
    one = replace(sql_task(["sql/a.sql", "c.sql", "none.sql"]), span=Span("dags/d.py", 3))
    owner = replace(dag(one, arguments={"template_searchpath": [str(tmp_path / "lib")]}), span=Span("dags/d.py", 1))
    refs = inferred(owner, root=tmp_path).dags[0].tasks[0].refs
    assert names(refs, Direction.OUTPUT) == ["a", "c"]
    evidence = next(ref for ref in refs if ref.name == "a").evidence
    assert (evidence.span.file, evidence.span.line) == ("dags/sql/a.sql", 3)
    assert "INSERT" in evidence.why


def test_a_file_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.sql").write_text("INSERT INTO a SELECT 1", encoding="utf-8")
    (tmp_path / "dags").mkdir()
    assert io_of(sql_task("../secret.sql"), tmp_path / "dags") == ([], [])


def test_the_line_of_a_statement_in_a_dag_file() -> None:
    sql = "\nDELETE FROM a WHERE TRUE;\nINSERT INTO b SELECT 1"
    one = replace(sql_task(sql), argument_spans={"sql": Span("d.py", 20, 1, 22, 30)})
    assert [(ref.name, ref.evidence.span.line) for ref in refs_of(one)] == [("a", 21), ("b", 22)]


def test_params_have_their_defaults_and_the_rest_stays_visible() -> None:
    text = "INSERT INTO {{ params.schema }}.{{ params.table }}_{{ ds_nodash }} SELECT * FROM {{ params.who }}.x"
    found = io_of(sql_task(text, params={"table": "orders"}), params={"schema": "mart", "who": None})
    assert found == (["{param:who}.x"], ["mart.orders_{{ ds_nodash }}"])


def test_text_that_is_known_in_part() -> None:
    schema = Symbolic("env", "os.environ['SCHEMA']", name="SCHEMA")
    assert io_of(sql_task(Text(("INSERT INTO ", schema, ".t SELECT * FROM s")))) == (["s"], ["{env:SCHEMA}.t"])


def test_confidence_and_connection() -> None:
    refs = refs_of(sql_task("CREATE TABLE a (x INT); INSERT INTO b SELECT 1; DELETE FROM c", conn_id="shop"))
    assert {ref.name: ref.confidence for ref in refs} == {
        "a": Confidence.POSSIBLE,
        "b": Confidence.CERTAIN,
        "c": Confidence.POSSIBLE,
    }
    assert {ref.connection for ref in refs} == {"shop"}


def test_an_operator_without_a_rule() -> None:
    custom = ("PostgresUpsertOperator", "team.operators")
    refs = refs_of(task("t", custom, arguments={"sql": "INSERT INTO a SELECT * FROM b"}))
    assert [(ref.name, ref.confidence, ref.system) for ref in refs] == [
        ("b", Confidence.LIKELY, "postgres"),
        ("a", Confidence.LIKELY, "postgres"),
    ]
    assert refs_of(task("t", custom, arguments={"query": "from here update all tables"})) == ()


def test_mapped_sql() -> None:
    one = task("t", SQL, expand={"sql": ["INSERT INTO a SELECT 1", "INSERT INTO b SELECT * FROM a"]})
    assert io_of(one) == ([], ["a", "b"])


def test_findings_quote_no_sql() -> None:
    done = inferred(dag(sql_task("COPY INTO x FROM 's3://b/' CREDENTIALS=(KEY='hunter2' ((( bad")))
    assert [finding.code for finding in done.diagnostics] == ["MIG401"]
    assert "hunter2" not in done.diagnostics[0].message
    done = inferred(dag(sql_task("INSERT INTO t SELECT a FROM 'hunter2' ((")))
    assert "hunter2" not in str([finding.message for finding in done.diagnostics])
    done = inferred(dag(sql_task("INSERT INTO t SELECT FROM WHERE")))
    assert done.diagnostics[0].message == "`t`: the SQL is not understood: expected table name but got WHERE"


def test_statements_too_deep_or_too_long() -> None:
    deep = "SELECT " + "f(" * 5000 + "1" + ")" * 5000 + " FROM a; INSERT INTO b SELECT 1"
    effects = analyze_sql((deep,), None)
    assert [effect.name for effect in effects.writes] == ["b"]
    assert len(effects.errors) == 1
    assert analyze_sql(("INSERT INTO a SELECT 1 --" + "x" * 600_000,), None).errors


WORDS = st.sampled_from(
    [
        "SELECT",
        "*",
        "FROM",
        "a",
        "b.c",
        ",",
        "(",
        ")",
        "INSERT INTO",
        "WITH",
        "AS",
        ";",
        "'x'",
        "JOIN",
        "CREATE TABLE",
        "DELETE",
        "MERGE INTO",
        "USING",
        "ON",
        "UPDATE",
        "SET",
        "=",
        "DROP TABLE",
        "`",
        '"',
        "@s",
        "COPY",
        "UNION",
        "--",
        "ALTER TABLE",
        "RENAME TO",
        "INTO",
        "TRUNCATE",
        "BEGIN",
        "END",
        "CASE",
        "$$",
        "UNLOAD",
        "LOAD DATA INPATH",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=25).map(" ".join), st.sampled_from([None, "postgres", "snowflake", "tsql", "bigquery"]))
def test_never_raises(sql: str, dialect: str | None) -> None:
    analyze_sql((sql,), dialect)


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("INSERT INTO {% if params.full %}big{% else %}small{% endif %} SELECT * FROM s", ["s"], ["big"]),
        ("INSERT INTO {% if dag_run.conf.full %}big{% else %}small{% endif %} SELECT * FROM s", ["s"], ["big", "small"]),
        ("INSERT INTO t SELECT * FROM s {% if dag_run.conf.x %}JOIN u USING (id){% endif %}", ["s", "u"], ["t"]),
        ("{% for t in params.tables %}INSERT INTO mart.{{ t }} SELECT * FROM raw.{{ t|lower }};{% endfor %}", ["raw.a", "raw.b"], ["mart.A", "mart.b"]),
        ("{% for t, n in params.map.items() %}INSERT INTO {{ t }} SELECT * FROM s{{ n }};{% endfor %}", ["s1", "s2"], ["x", "y"]),
        ("{% for t in var.value.list %}INSERT INTO m.{{ t }} SELECT * FROM fixed;{% endfor %}", ["fixed"], ["m.{?}"]),
        ("{% set t = 'orders' %}INSERT INTO {{ t }} SELECT * FROM {{ t ~ '_raw' }}", ["orders_raw"], ["orders"]),
        ("INSERT INTO u {% for t in ['a', 'b'] %}SELECT * FROM {{ t }}{% if not loop.last %} UNION ALL {% endif %}{% endfor %}", ["a", "b"], ["u"]),
        ("{# INSERT INTO no #}INSERT INTO t SELECT 1 {% raw %}{{ x }}{% endraw %}", [], ["t"]),
    ],
)  # fmt: skip
def test_loops_and_conditions_of_jinja(text: str, reads: list[str], writes: list[str]) -> None:
    params = {"full": True, "tables": ["A", "b"], "map": {"x": 1, "y": 2}}
    assert io_of(sql_task(text, params=params)) == (reads, writes)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["{% if x %}", "{% else %}", "{% endif %}", "{% for a in b %}", "{% endfor %}", "{{ a }}", "t ", "{% set a = 1 %}", "{%", "%}", "{{", "{#"]
        ),
        max_size=10,
    ).map("".join)
)  # fmt: skip
def test_templates_of_any_form_never_raise(text: str) -> None:
    io_of(sql_task(f"INSERT INTO {text} SELECT 1"))


def test_a_loop_of_loops_is_bounded() -> None:
    loop = "{% for a in params.many %}" * 6 + "INSERT INTO t{{ a }} SELECT 1;" + "{% endfor %}" * 6
    io_of(sql_task(loop, params={"many": list(range(150))}))


def test_a_procedure_that_is_called_is_told() -> None:
    done = inferred(dag(sql_task("CALL mart.refresh('x'); INSERT INTO t SELECT 1; EXEC dbo.load @day = 1")))
    told = [finding.message for finding in done.diagnostics if finding.code == "MIG408"]
    assert ["`mart.refresh`" in told[0], "`dbo.load`" in told[1]] == [True, True]


def test_a_model_that_sql_trains() -> None:
    refs = refs_of(sql_task("CREATE OR REPLACE MODEL ml.churn OPTIONS(model_type='x') AS SELECT * FROM f"))
    assert [(ref.kind, ref.name) for ref in refs] == [("table", "f"), ("model", "ml.churn")]


def test_a_file_below_a_search_path_of_the_deployment(tmp_path: Path) -> None:
    for folder, text in (("sql/load", "INSERT INTO a SELECT 1"), ("old/load", "INSERT INTO b SELECT 1")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x.sql").write_text(text, encoding="utf-8")

    def written(searched: object) -> list[str]:
        owner = dag(sql_task("load/x.sql"), arguments={"template_searchpath": searched})
        return names(inferred(owner, root=tmp_path).dags[0].tasks[0].refs, Direction.OUTPUT)

    assert written("/usr/local/airflow/sql") == ["a"]
    assert written("/usr/local/airflow/templates") == [], "two files end so"
    assert written(None) == []


@pytest.mark.parametrize(
    ("sql", "columns", "lineage"),
    [
        ("CREATE TABLE t AS SELECT a.x, b.y + a.z AS total FROM a JOIN b ON a.i = b.i", ("x", "total"), {"x": "a.x", "total": "a.z b.y"}),
        ("CREATE TABLE t AS SELECT x, upper(y) u FROM s.a", ("x", "u"), {"x": "s.a.x", "u": "s.a.y"}),
        ("CREATE TABLE t AS SELECT x FROM a JOIN b USING (i)", ("x",), {}),
        ("CREATE TABLE t AS SELECT * FROM a", (), {}),
        ("CREATE TABLE t AS WITH c AS (SELECT 1 AS x) SELECT c.x, a.y FROM c JOIN a ON true", ("x", "y"), {"y": "a.y"}),
        ("CREATE TABLE t (x INT, y TEXT)", ("x", "y"), {}),
        ("CREATE TABLE t (x INT, y TEXT); INSERT INTO t (x, y) SELECT p, 1 FROM a", ("x", "y"), {"x": "a.p"}),
        ("INSERT INTO t SELECT p FROM a", (), {}),
        ("INSERT INTO t (x) SELECT p FROM a; INSERT INTO t (x) SELECT q FROM b", (), {"x": "a.p b.q"}),
        ("CREATE TABLE t AS SELECT (SELECT max(q) FROM b) AS m, a.x FROM a", ("m", "x"), {"x": "a.x"}),
        ("CREATE TABLE t AS SELECT a.{{ params.c }} FROM a", (), {}),
    ],
)  # fmt: skip
def test_columns(sql: str, columns: tuple[str, ...], lineage: dict[str, str]) -> None:
    (written,) = [ref for ref in refs_of(sql_task(sql)) if ref.direction is Direction.OUTPUT]
    assert written.columns == columns
    found = {
        name: " ".join(f"{table}.{column}" for table, column in sources) for name, sources in written.column_lineage
    }
    assert found == lineage


def test_a_name_with_a_slash_in_front_is_below_the_search_path(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "x.sql").write_text("INSERT INTO a SELECT 1", encoding="utf-8")
    for searched in ("sql", "/usr/local/airflow/sql"):
        owner = dag(sql_task("/x.sql"), arguments={"template_searchpath": [searched]})
        assert names(inferred(owner, root=tmp_path).dags[0].tasks[0].refs, Direction.OUTPUT) == ["a"]


def test_values_of_other_tasks_survive_parsing() -> None:
    texts, originals = without_jinja(["select * from {xcom:settings}_raw.{xcom:settings}_orders"])
    assert "{" not in texts[0]
    assert originals == ["{xcom:settings}"]
