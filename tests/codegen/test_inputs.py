"""Inputs of assets and checks that Dagster would call by the same name: it makes one up for what a step only comes after."""

from __future__ import annotations

import importlib
from pathlib import Path

import dagster as dg
import pytest

from migrator.model.bodies import RunShell
from migrator.model.expressions import InputValue
from migrator.model.plan import AssetOut, CreateCheck, DagPlan, Input
from tests.codegen.plans import asset, call, dag, module, plan


def load(
    made: DagPlan, folder: Path, patch: pytest.MonkeyPatch, text: str = "", name: str = "assets"
) -> dg.Definitions:
    """The definitions of one module of the DAG, imported under a name of its own."""
    (folder / f"{folder.name}.py").write_text(module(plan(made), text, name))
    patch.syspath_prepend(str(folder))
    return dg.load_definitions_from_module(importlib.import_module(folder.name))


def parents(loaded: dg.Definitions, *key: str) -> set[tuple[str, ...]]:
    node = loaded.resolve_asset_graph().get(dg.AssetKey(list(key)))
    return {tuple(parent.path) for parent in node.parent_keys}


TEXT = "def split():\n    return 1\n\ndef show(split):\n    print(split)\n"
VALUE = asset("split", call(TEXT, "split"))
FILE = asset("write", RunShell("true"), outputs=(AssetOut(("split",)),))
IN = (Input("split", ("shop", "split")),)


def test_a_value_and_something_before_it_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = call(TEXT, "show", split=InputValue("split"))
    show = asset("show", body, inputs=IN, deps=(("split",), ("shop", "split")))
    loaded = load(dag(VALUE, FILE, show), tmp_path, monkeypatch, TEXT)
    assert parents(loaded, "shop", "show") == {("shop", "split"), ("split",)}


@pytest.mark.parametrize("several", [False, True])
def test_two_things_before_it_of_the_same_name(several: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = asset("one", RunShell("true"), outputs=(AssetOut(("shop_one",)),))
    other = asset("other", RunShell("true"), outputs=(AssetOut(("shop", "one")),))
    outputs = tuple(AssetOut(("shop", name)) for name in ("show", "more")[: 2 if several else 1])
    show = asset("show", RunShell("true"), outputs=outputs, deps=(("shop_one",), ("shop", "one")))
    loaded = load(dag(one, other, show), tmp_path, monkeypatch)
    for output in outputs:
        assert parents(loaded, *output.key) == {("shop_one",), ("shop", "one")}


@pytest.mark.parametrize("checked", [("split",), ("z",)])
def test_a_check_takes_a_value_called_as_something_before_it(
    checked: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "def fine(split):\n    return split > 1\n"
    fine = CreateCheck(
        "shop", "fine", "fine", checked, call(text, "fine", split=InputValue("split")), inputs=IN, deps=(("split",),)
    )
    loaded = load(dag(fine), tmp_path, monkeypatch, text, "checks")
    [check] = loaded.asset_checks or []
    assert isinstance(check, dg.AssetChecksDefinition)
    assert {tuple(key.path) for key in check.keys_by_input_name.values()} == {("shop", "split"), ("split",), checked}
