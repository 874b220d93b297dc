"""Long lists said in short mean the same."""

from __future__ import annotations

from typing import Any

import dagster as dg

from migrator.codegen.render.many import Spec, short_keys, short_specs, spec_table, with_short_lists
from migrator.codegen.render.node import Node


def keys(text: str) -> list[dg.AssetKey]:
    return [key if isinstance(key, dg.AssetKey) else dg.AssetKey(key) for key in eval(text, {"dg": dg})]


NAMES = ["a", "b", "c", "d", "e", "f"]
BESIDE = ", ".join(f'dg.AssetKey(["lake", "raw", "{name}"])' for name in NAMES)


def test_many_assets_beside_each_other_are_said_by_their_names() -> None:
    short = short_keys(f"[{BESIDE}]")
    assert short == f'[dg.AssetKey(["lake", "raw", name]) for name in {NAMES}]'.replace("'", '"')
    assert keys(short) == keys(f"[{BESIDE}]")


def test_many_specs_that_differ_in_their_name_are_said_by_it() -> None:
    tables = [
        (("db", name), f'dg.AssetSpec(["db", "{name}"], metadata={{"dagster/table_name": "shop.{name}"}})')
        for name in NAMES
    ]
    alone = (("db", "x"), 'dg.AssetSpec(["db", "x"], kinds={"csv"})')
    short = short_specs([*tables, alone])
    assert short.startswith(
        '[*(dg.AssetSpec(["db", name], metadata={"dagster/table_name": f"shop.{name}"}) for name in ['
    )
    assert short.endswith(f", {alone[1]}]")
    named: dict[str, Any] = {"dg": dg}
    assert eval(short, named) == [eval(text, named) for _, text in (*tables, alone)]
    assert short_specs([alone]) == f"[{alone[1]}]"


def test_others_stand_as_they_are() -> None:
    text = f'[orders, {BESIDE}, dg.AssetKey(["lake", "x"]), "alone"]'
    short = short_keys(text)
    assert short.startswith("[orders, *(dg.AssetKey(") and short.endswith(', dg.AssetKey(["lake", "x"]), "alone"]')
    few = "[dg.AssetKey(['a', 'b']), dg.AssetKey(['a', 'c'])]"
    assert short_keys(few) == few


def test_all_that_a_factory_makes_is_said_by_its_name() -> None:
    made = {"load_assets": ['dg.AssetKey(["lake", "a"])', 'dg.AssetKey(["lake", "b"])']}

    def deps(text: str) -> str:
        node = Node("dg.asset", (("key", '["x"]'), ("deps", text)), "def x(): ...")
        return dict(with_short_lists(node, made).arguments)["deps"]

    assert deps('[start, dg.AssetKey(["lake", "b"]), dg.AssetKey(["lake", "a"])]') == "[start, *load_assets]"
    part = '[start, dg.AssetKey(["lake", "a"])]'
    assert deps(part) == part


def made_of(specs: list[Spec]) -> list[dg.AssetSpec]:
    """What the code of a table makes."""
    found = spec_table(specs, "run")
    assert found is not None
    known: dict[str, Any] = {"dg": dg}
    exec("\n\n".join(found[0]), known)
    return list(eval(found[1], known))


def test_a_table_makes_the_same_specs() -> None:
    def spec(name: str, *deps: tuple[str, ...]) -> Spec:
        metadata = f'{{"dagster/table_name": "{name}"}}'
        return Spec(("wh", "marts", name), deps, (("kinds", '{"dbt"}'), ("metadata", metadata)), name)

    start, far = ("wh", "marts", "start"), ("other", "far", "x")
    specs = [spec(f"m{number}", start, *([far] if number % 2 else [])) for number in range(12)]
    for given in (
        specs,
        [spec(f"m{number}", start) for number in range(12)],
        [spec(f"m{number}") for number in range(12)],
    ):
        made = made_of(given)
        assert [(one.key.path, one.metadata["dagster/table_name"], one.kinds) for one in made] == [
            (list(one.key), one.table, {"dbt"}) for one in given
        ]
        assert [{tuple(dep.asset_key.path) for dep in one.deps} for one in made] == [set(one.deps) for one in given]


def test_a_table_of_assets_in_several_schemas_has_whole_keys() -> None:
    specs = [Spec(("wh", f"s{number}", "m"), (("x",),), (), "") for number in range(10)]
    made = made_of(specs)
    assert [tuple(one.key.path) for one in made] == [one.key for one in specs]
    assert all([dep.asset_key.path for dep in one.deps] == [["x"]] for one in made)


def test_few_or_unlike_assets_are_written_out() -> None:
    alike = [Spec(("wh", f"m{number}"), (), (("kinds", '{"dbt"}'),)) for number in range(10)]
    assert spec_table(alike, "run") is not None
    assert spec_table(alike[:9], "run") is None
    assert spec_table([*alike[:9], Spec(("wh", "m9"), (), (("kinds", '{"csv"}'),))], "run") is None
    assert spec_table([*alike[:9], Spec(("wh", "a/b"), (), (("kinds", '{"dbt"}'),))], "run") is None


def test_what_a_factory_makes_stands_beside_assets_that_are_shown_by_their_names() -> None:
    keys = ", ".join(f'dg.AssetKey(["raw", "t{number}"])' for number in range(60))
    assert short_keys(f"[*tables, {keys}]").startswith('[*tables, *(dg.AssetKey(["raw", name]) for name in ')
