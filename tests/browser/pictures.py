"""The pictures of the dashboard in `docs/`: `python -m tests.browser.pictures`. The migration in them is half done, and not all is well."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from migrator.dashboard.texts import Links
from tests.generated.projects import SAMPLE_DAGS, migrate, output_of

from .conftest import NAMES
from .dashboard_world import World, half_done, reload

DOCS = Path(__file__).parents[2] / "docs"
LINKS = Links("", "migration")


def main() -> None:
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        sample = Path(folder) / "sample"
        done = migrate("generate", SAMPLE_DAGS, "-o", sample, "--name", "shop")
        assert done.returncode == 0, output_of(done)
        with half_done(sample, Path(folder), odd=False) as world:
            world.dagster.start_daemon()
            reload(world)
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            context = browser.new_context(viewport={"width": 1500, "height": 1250}, locale="en-US", timezone_id="UTC")
            page = context.new_page()
            page.set_default_timeout(240_000)
            _shoot(page, world)
            browser.close()


def _shoot(page: Page, world: World) -> None:
    def see(address: str, name: str, height: int, *texts: str) -> None:
        page.set_viewport_size({"width": 1500, "height": height})
        page.goto(f"{world.dagster.url}{address}")
        for text in texts:
            page.get_by_text(text, exact=True).first.wait_for()
        page.wait_for_timeout(4000)  # what is drawn comes to its place
        page.screenshot(path=DOCS / f"{name}.png")

    see(LINKS.status(), "dashboard", 1340, "to put right", "Latest check results")
    page.get_by_text("Plots", exact=True).click()
    page.set_viewport_size({"width": 1500, "height": 1500})
    page.get_by_text("open blockers", exact=True).wait_for()
    page.wait_for_timeout(4000)
    page.screenshot(path=DOCS / "dashboard-plots.png")
    see(LINKS.dag("marts_daily"), "dashboard-dag", 1250, "proxied tasks", "Latest check results")
    proxied = LINKS.catalog('tag:"migration/state"="proxied"')
    see(proxied, "dashboard-catalog", 380, "PROXIED · wave 3 · 2/8 tasks in Dagster", "Materialized")


if __name__ == "__main__":
    main()
