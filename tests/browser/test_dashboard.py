"""The dashboard of a half-done migration, in Dagster's own UI, in a real browser. One Dagster serves all tests; they go in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from migrator.dashboard.texts import Links, key_part
from tests.generated.conftest import sample_project  # noqa: F401  (a fixture)

from .conftest import Tab
from .dashboard_world import LONG, MARKUP, MOVED, ORPHAN, PROXIED, TWICE, World, half_done, promote, reload

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("browser")]

LINKS = Links("", "migration")
WAIT = 120_000


@pytest.fixture(scope="module")
def world(sample_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:  # noqa: F811
    with half_done(sample_project, tmp_path_factory.mktemp("dashboard")) as made:
        reload(made)
        yield made


@pytest.fixture
def page(tab: Tab) -> Page:
    tab.page.set_default_timeout(WAIT)
    expect.set_options(timeout=WAIT)
    tab.page.set_viewport_size({"width": 1500, "height": 1250})
    return tab.page


def row(page: Page, key: str) -> str:
    """What the table of metadata says under a key."""
    found = page.locator("tr", has=page.get_by_text(key, exact=True)).first
    expect(found).to_be_visible()
    return found.inner_text()


def test_the_page_of_the_whole(world: World, page: Page, tab: Tab) -> None:
    page.goto(f"{world.dagster.url}{LINKS.status()}")
    expect(page.get_by_alt_text("migration progress")).to_be_visible()
    expect(page.get_by_text("What keeps DAGs in Airflow").first).to_be_visible()
    text = row(page, "to put right")
    assert f"{TWICE}: scheduled twice" in text
    assert f"{ORPHAN}: scheduled by nobody" in text
    assert "state/gone.json is of a DAG that is not in the inventory" in text
    assert "days" in row(page, "work left")
    assert "markup" in row(page, "blocked DAGs")
    assert row(page, "DAGs migrated").split()[-1] == str(len(MOVED))
    assert "Airflow: reached" in row(page, "sources")
    assert "marketing" in row(page, "by team")
    box = page.locator("tr", has=page.get_by_text("to put right", exact=True)).first.bounding_box()
    last = page.get_by_text("Plots", exact=True).locator("xpath=ancestor-or-self::button[1]").bounding_box()
    assert box and last
    assert box["x"] + box["width"] <= last["x"] + last["width"] + 4, "the table is not cut at the right"
    tab.shoot("dashboard-status")


def test_the_numbers_become_plots(world: World, page: Page, tab: Tab) -> None:
    page.goto(f"{world.dagster.url}{LINKS.status()}")
    page.get_by_text("Plots", exact=True).click()
    for name in (
        "% DAGs off Airflow",
        "% tasks in Dagster",
        "DAGs blocked",
        "hours of work left (middle)",
        "open blockers",
    ):
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    expect(page.locator("canvas").first).to_be_visible()
    page.wait_for_timeout(1000)  # the lines are drawn in steps
    tab.shoot("dashboard-plots")


def test_a_state_in_the_description_opens_the_catalog(world: World, page: Page, tab: Tab) -> None:
    page.goto(f"{world.dagster.url}{LINKS.status()}")
    link = page.get_by_role("link", name=re.compile(r"^proxied \(\d+\)"))
    expect(link).to_have_text(f"proxied ({len(PROXIED)})")
    link.click()
    for dag_id in PROXIED:
        expect(page.get_by_text(dag_id, exact=False).first).to_be_visible()
    expect(page.get_by_text("PROXIED").first).to_be_visible()
    expect(page.get_by_text("Loading...")).to_have_count(0)
    assert page.get_by_text("OBSERVED").count() == 0
    tab.shoot("dashboard-catalog")


def test_lineage_by_state(world: World, page: Page, tab: Tab) -> None:
    page.goto(f"{world.dagster.url}{LINKS.lineage(LINKS.all_dags())}")
    for name in ("0_blocked", "1_observed", "2_proxied", "3_migrated", "4_decommissioned"):
        expect(page.get_by_text(name).first).to_be_visible()
    tab.shoot("dashboard-lineage")
    page.goto(f"{world.dagster.url}{LINKS.dag('marts_daily')}")
    expect(page.get_by_role("link", name="marts_daily/count_days")).to_be_visible()


def test_the_page_of_a_dag_and_its_checks(world: World, page: Page, tab: Tab) -> None:
    page.goto(f"{world.dagster.url}{LINKS.dag('marts_daily')}")
    expect(page.get_by_text("PROXIED · wave").first).to_be_visible()
    assert "differs in 3 of 1,204 rows" in row(page, "to put right")
    assert "proxied" in row(page, "stage")
    assert world.airflow.url in row(page, "in Airflow")
    expect(page.get_by_text("marts_daily.py (Airflow)").first).to_be_visible()
    tab.shoot("dashboard-dag")
    page.goto(f"{world.dagster.url}{LINKS.dag('marts_daily')}?view=checks&checkDetail=parity")
    for name in ("not_scheduled_twice", "not_orphaned", "parity"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    expect(page.get_by_text("differs in 3 of 1,204 rows").first).to_be_visible()
    tab.shoot("dashboard-checks")


@pytest.mark.parametrize("dag_id", [LONG, "markup"])
def test_odd_names_are_shown_as_text(world: World, page: Page, tab: Tab, dag_id: str) -> None:
    page.goto(f"{world.dagster.url}{LINKS.dag(dag_id)}")
    expect(page.get_by_text(f"no rule translates {MARKUP}").first).to_be_visible()
    assert page.locator('img[src="x"]').count() == 0
    assert not [error for error in tab.errors if error.startswith("dialog")]
    if dag_id == "markup":
        assert "none is named in the DAG" in row(page, "owner")
        tab.shoot("dashboard-odd-names")
    assert key_part(dag_id) in page.url


def test_a_moved_dag_appears_after_a_refresh(world: World, page: Page, tab: Tab) -> None:
    page.goto(f"{world.dagster.url}{LINKS.status()}")
    before = int(row(page, "DAGs migrated").split()[-1])
    said = promote(world, "product_margins", "--to", "migrated", "--pause-airflow", "--start-schedule")
    assert "observed -> migrated" in said
    assert world.airflow.dags["product_margins"], "it is paused in Airflow"
    page.get_by_role("button", name="Materialize", exact=False).first.click()
    cell = page.locator("tr", has=page.get_by_text("DAGs migrated", exact=True)).first
    expect(cell).to_contain_text(re.compile(rf"[AP]M{before + 1}\s*$"))
    assert "promote product_margins --to migrated" in row(page, "moved lately")
    reload(world)
    page.goto(f"{world.dagster.url}{LINKS.status()}")
    expect(page.get_by_role("link", name=f"migrated ({before + 1})")).to_be_visible()
    tab.shoot("dashboard-after-a-move")


def test_airflow_that_is_gone_is_said(world: World, page: Page, tab: Tab) -> None:
    world.airflow.faults.extend([(503, {}, "away")] * 200)
    page.goto(f"{world.dagster.url}{LINKS.status()}")
    page.get_by_role("button", name="Materialize", exact=False).first.click()
    expect(page.locator("tr", has=page.get_by_text("sources", exact=True)).first).to_contain_text("not reached")
    page.goto(f"{world.dagster.url}{LINKS.status()}?view=checks&checkDetail=airflow_reachable")
    expect(page.get_by_text("Failed").first).to_be_visible()
    tab.shoot("dashboard-airflow-gone")
