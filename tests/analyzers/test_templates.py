"""What Jinja in Airflow's arguments is understood as."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.analyzers.templates import TemplateExpression, TemplateFilter, is_template, parse_template, reader


def only(text: str) -> TemplateExpression:
    parsed = parse_template("{{ " + text + " }}")
    assert parsed.simple and parsed.error is None
    assert len(parsed.parts) == 1
    (part,) = parsed.parts
    assert isinstance(part, TemplateExpression)
    return part


@pytest.mark.parametrize(
    ("text", "field", "days", "format"),
    [
        ("ds", "ds", 0, None),
        ("ds_nodash", "ds_nodash", 0, None),
        ("execution_date", "logical_date", 0, None),
        ("dag_run.logical_date", "logical_date", 0, None),
        ("tomorrow_ds", "ds", 1, None),
        ("yesterday_ds_nodash", "ds_nodash", -1, None),
        ("next_ds", "next_ds", 0, None),
        ("macros.ds_add(ds, 7)", "ds", 7, None),
        ("macros.ds_add(ds, -7)", "ds", -7, None),
        ("macros.ds_sub(ds, 2)", "ds", -2, None),
        ("macros.ds_add(data_interval_start | ds, -1)", "data_interval_start", -1, "%Y-%m-%d"),
        ("macros.ds_format(ds, '%Y-%m-%d', '%Y/%m')", "logical_date", 0, "%Y/%m"),
        ("macros.ds_format(macros.ds_add(ds, 1), '%Y-%m-%d', '%Y%m%d')", "ds_nodash", 1, None),
        ("logical_date.strftime('%Y/%m')", "logical_date", 0, "%Y/%m"),
        ("logical_date.strftime('%Y-%m-%d')", "ds", 0, None),
        ("data_interval_end.strftime('%d.%m.%Y')", "data_interval_end", 0, "%d.%m.%Y"),
        ("logical_date | ds", "ds", 0, None),
        ("data_interval_start | ds_nodash", "data_interval_start", 0, "%Y%m%d"),
        ("data_interval_start | ts", "data_interval_start", 0, "%Y-%m-%dT%H:%M:%S+00:00"),
        ("logical_date | ts", "ts", 0, None),
        ("logical_date.isoformat()", "ts", 0, None),
        ("(logical_date + macros.timedelta(days=3)).strftime('%Y%m%d')", "ds_nodash", 3, None),
        ("(logical_date - macros.timedelta(hours=24)) | ds", "ds", -1, None),
        ("logical_date - macros.timedelta(days=1)", "logical_date", -1, None),
        ("logical_date.subtract(days=1).to_date_string()", "ds", -1, None),
        ("execution_date.add(weeks=1).format('YYYY-MM')", "logical_date", 7, "%Y-%m"),
        ("ds.replace('-', '')", "ds_nodash", 0, None),
        ("ds | replace('-', '/')", "logical_date", 0, "%Y/%m/%d"),
        ("ds[:4]", "logical_date", 0, "%Y"),
        ("ds[5:7]", "logical_date", 0, "%m"),
        ("yesterday_ds_nodash[-2:]", "logical_date", -1, "%d"),
        ("ts[:10]", "ds", 0, None),
        ("ts_nodash[:8]", "ds_nodash", 0, None),
        ("ds[:7].replace('-', '/')", "logical_date", 0, "%Y/%m"),
        ("logical_date.year", "logical_date", 0, "%Y"),
    ],
)
def test_dates(text: str, field: str, days: int, format: str | None) -> None:
    found = only(text)
    assert (found.kind, found.field, found.days, found.format, found.filters) == ("date", field, days, format, ())


@pytest.mark.parametrize(
    "text",
    [
        "macros.ds_add(ds, -params.n)",
        "macros.ds_add(ds_nodash, 1)",
        "macros.ds_format(ds, '%d-%m-%Y', '%Y')",
        "logical_date - macros.timedelta(hours=1)",
        "logical_date.add(months=1)",
        "logical_date.in_timezone('Europe/Berlin').strftime('%Y')",
        "logical_date.format('Q')",
        "ds.strftime('%Y')",
        "ds[:3]",
        "ds[::2]",
        "ds[n:]",
        "logical_date[:4]",
        "ds | replace('1', '2')",
        "logical_date.month + 1",
        "macros.datetime.now()",
    ],
)
def test_a_date_that_is_not_a_shift_or_a_pattern_is_no_plain_date(text: str) -> None:
    found = only(text)
    assert found.kind in ("macro", "unknown") or found.filters


def test_variables() -> None:
    plain = only("var.value.bucket")
    assert (plain.kind, plain.name, plain.json, plain.has_default) == ("variable", "bucket", False, False)
    default = only("var.value.get('bucket', 'b')")
    assert (default.name, default.default, default.has_default) == ("bucket", "b", True)
    deep = only("var.json.settings.tables[0]['name']")
    assert (deep.name, deep.json, deep.path) == ("settings", True, ("tables", 0, "name"))
    assert only("var.json.get('settings').mode").path == ("mode",)


def test_filters_are_kept_in_order() -> None:
    found = only("var.json.news.readers | join(',') | default(ds, boolean=true)")
    assert found.kind == "variable"
    assert [item.name for item in found.filters] == ["join", "default"]
    assert found.filters[0] == TemplateFilter("join", (",",))
    assert found.filters[1].args[0].field == "ds"
    assert found.filters[1].kwargs == (("boolean", True),)


def test_params_and_conf() -> None:
    assert only("params.x").path == ("x",)
    assert only("params['x'].y[0]").path == ("x", "y", 0)
    assert only("dag_run.conf['day']").path == ("day",)
    got = only("dag_run.conf.get('day', ds)")
    assert (got.kind, got.path, got.has_default, got.default.field) == ("conf", ("day",), True, "ds")
    none = only("(dag_run.conf or {}).get('day')")
    assert (none.kind, none.path, none.has_default, none.default) == ("conf", ("day",), True, None)
    assert only("dag_run.conf").path == ()


def test_connections() -> None:
    assert only("conn.warehouse.host").name == "warehouse"
    found = only("conn.slack.extra_dejson.get('channel', '#x')")
    assert (found.name, found.path, found.default) == ("slack", ("extra_dejson", "channel"), "#x")


def test_xcom() -> None:
    found = only("ti.xcom_pull(task_ids='a', key='k')['rows'][0]")
    assert (found.kind, found.task_ids, found.key, found.path, found.many) == ("xcom", ("a",), "k", ("rows", 0), False)
    assert only("task_instance.xcom_pull('a')").task_ids == ("a",)
    assert only("ti.xcom_pull(task_ids=['a', 'b'])").many
    assert only("ti.xcom_pull(task_ids='a', dag_id='d')").dag_id == "d"
    assert only("ti.xcom_pull(task_ids='a', include_prior_dates=True)").prior
    assert only("ti.xcom_pull(task_ids='a', map_indexes=1)").copies == 1
    assert only("ti.xcom_pull(task_ids='a', map_indexes=[0, 2])").copies == (0, 2)
    assert only("ti.xcom_pull(task_ids='a', map_indexes=ti.map_index)").copies == "own"
    assert only("ti.xcom_pull(task_ids='a', map_indexes=n)").kind == "unknown"
    assert only("ti.xcom_pull(task_ids='a', map_indexes=ti.try_number)").kind == "unknown"


def test_runs() -> None:
    names = {
        text: only(text).name for text in ("run_id", "dag.dag_id", "task.task_id", "ti.try_number", "dag_run.run_id")
    }
    assert list(names.values()) == ["run_id", "dag_id", "task_id", "try_number", "run_id"]


def test_what_is_inside_an_unknown_expression_is_known() -> None:
    found = only("params.table or var.value.table.upper()")
    assert found.kind == "unknown"
    assert [operand.kind for operand in found.operands] == ["param", "unknown"]
    parsed = parse_template("{{ params.table or var.value.table.upper() }}")
    assert parsed.names == {"params", "var"}
    assert parsed.uses("var")[0].name == "table"


def test_user_macros_and_filters() -> None:
    assert (only("shop_url").kind, only("shop_url").name) == ("unknown", "shop_url")
    assert (only("week(ds)").kind, only("week(ds)").name) == ("macro", "week")
    assert only("logical_date | week").filters == (TemplateFilter("week"),)


def test_members_called_are_not_values() -> None:
    found = only("params.items()")
    assert found.kind == "unknown" and found.operands[0].kind == "param" and found.operands[0].path == ()


def test_parts_and_sources() -> None:
    parsed = parse_template("s3://b/{{ds}}/x_{{ params['n'] }}.csv{# note #}\n")
    assert [part if isinstance(part, str) else part.source for part in parsed.parts] == [
        "s3://b/",
        "ds",
        "/x_",
        "params['n']",
        ".csv",
    ]
    assert parsed.simple and parsed.names == {"ds", "params"}


def test_text_without_jinja() -> None:
    assert parse_template("a {b} c").parts == ("a {b} c",)
    assert parse_template("").parts == ()
    assert not is_template("{ds}")
    assert parse_template("{% raw %}{{ ds }}{% endraw %}").parts == ("{{ ds }}",)


def test_blocks() -> None:
    text = (
        "{% for t in params.tables %}{% if loop.first %}{{ ds }}{% else %}{{ t }}{% endif %}{% endfor %}"
        "{% set day = macros.ds_add(ds, 1) %}{{ day }}{{ range(3) }}"
    )
    parsed = parse_template(text)
    assert not parsed.simple
    assert parsed.names == {"params", "ds", "macros"}
    assert parsed.uses("params")[0].path == ("tables",)
    assert parsed.uses("macros")[0].days == 1
    assert [part.source for part in parsed.parts if isinstance(part, TemplateExpression)] == [
        "ds",
        "t",
        "day",
        "range(3)",
    ]


def test_a_name_bound_on_one_way_only_is_still_free() -> None:
    assert "ds" in parse_template("{% if params.x %}{% set ds = 1 %}{% endif %}{{ ds }}").names
    assert parse_template("{% include 'a.sql' %}{% macro m(x) %}{{ x }}{% endmacro %}{{ m(1) }}").names == frozenset()
    assert parse_template("{% include 'a.sql' %}").includes == ("a.sql",)


def test_errors_are_data() -> None:
    parsed = parse_template("{{ ds")
    assert parsed.error and parsed.parts == ("{{ ds",) and not parsed.simple


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 10 ** 10 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ x" + ".y" * 5000 + " }}",
        "{{ " + "(" * 3000,
        "{{ 1" + "0" * 9000 + " }}",
        "{{ a" + " + a" * 60 + " }}",
        "{{ a" + " or {}" * 60 + " }}",
        "{{ " + "a - timedelta(" * 60 + "1" + ")" * 60 + " }}",
        "{{ " + "f(" * 60 + "1" + ")" * 60 + " }}",
        "{{ " + "macros.ds_add(" * 60 + "ds" + ", 1)" * 60 + " }}",
        "{{ " + "x[" * 60 + "ds" + "]" * 60 + " }}",
    ],
)
def test_hostile_templates_cost_nothing(text: str) -> None:
    started = time.process_time()
    parse_template(text)
    assert time.process_time() - started < 2


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "ds",
        "params",
        ".",
        "[",
        "]",
        "(",
        ")",
        "'x'",
        "|",
        "if",
        "for",
        "in",
        "endfor",
        "endif",
        "set",
        "=",
        "macros",
        "ds_add",
        ",",
        "1",
        "-",
        "ti",
        "xcom_pull",
        "else",
        "raw",
        "endraw",
        "include",
        "import",
        "macro",
        "call",
        "filter",
        "~",
        "not",
        "is",
        "{{-",
        "-}}",
        "\n",
        "ds_format",
        "conf",
        "get",
        "dag_run",
    ]
)


@given(st.text() | st.lists(PIECES).map(" ".join) | st.lists(PIECES).map("".join))
def test_never_raises(text: str) -> None:
    parsed = parse_template(text)
    assert parsed.error is not None or parsed.names == {e.root for e in parsed.expressions}


_PIECES = (
    "{{ ds }}|{{ params.x }}|{{ var.value.a | upper }}|{{ ti.xcom_pull(task_ids=1) }}|{{- ds }}|{{ ds -}}|{{+ ds }}|{{ a - b}}|{{}}|{{ 1 }}"
    "|{{ 'x' }}|{{ a if b else c }}|{{\n ds\n}}|{{ for }}|{{ ds|{|}|}}|{% set a = 1 %}|{# x #}|#}|text|\n|\r\n|\\"
).split("|")


@given(st.lists(st.sampled_from(_PIECES), max_size=6).map("".join))
def test_putting_a_template_together_of_its_pieces_changes_nothing(text: str) -> None:
    assert reader._in_pieces(text) in (None, reader._parsed(text))
