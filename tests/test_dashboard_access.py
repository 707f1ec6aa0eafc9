"""Accessibility: axe-core finds no serious fault on any page, in light and dark."""

from __future__ import annotations

import shutil

import dashboards as toy
import pytest

from gosales_lib.dashboard.read.view import ROWS, TABS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed: axe-core did not look at the pages"
)
PAGES = [*(f"?tab={tab}" for tab in TABS), "?tab=customer&customer=C01", f"?run={toy.EARLIER}"]
PAGES += [f"?tab=whitespace&by={by}&offers=all&other={toy.EARLIER}" for by in ROWS]
PAGES += ["?tab=whitespace&division=Gamma", "?tab=customer&customer=custmer", "?run=nothing"]
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def serious(page):
    """Return what axe-core calls serious or critical: rule and place."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    return [
        (rule["id"], node["target"], node["html"][:90])
        for rule in violations
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_has_a_serious_fault(open_dashboard, chromium, scheme, width):
    context = chromium.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    faults = {}
    for query in PAGES:
        page.goto(open_dashboard + query)
        page.wait_for_selector("#gosales-page[data-live]")
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        if wrong := serious(page):
            faults[query] = wrong
    context.close()
    assert faults == {}


def test_the_form_for_the_token_has_no_serious_fault(chromium, tmp_path):
    toy.write_run(tmp_path / "runs")
    with toy.served(tmp_path / "runs", token="a token of the axe test") as address:
        context = chromium.new_context(bypass_csp=True)
        page = context.new_page()
        page.goto(address)
        assert serious(page) == []
        context.close()
