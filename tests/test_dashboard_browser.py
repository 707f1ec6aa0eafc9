"""The dashboard in a real browser: every tab, filter, download and link.

Runs on a small run of the tests' own; on real ones too where `GOSALES_TEST_DASHBOARD_RUNS` names
a folder of runs (CI does so after its demo).
"""

from __future__ import annotations

import io
import os
import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import dashboards as toy
import polars as pl
import pytest

from gosales_lib import run_folders
from gosales_lib.dashboard.read.view import TABS

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed: the dashboard was not tried in a browser"
)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def until(page, condition):
    """Wait until a JavaScript condition holds; Playwright's own way is what the policy forbids."""
    for _ in range(300):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {condition}")


def rows(page, number, sign="==="):
    """Wait until the list has so many rows."""
    until(page, f"document.querySelectorAll('.offers tbody tr').length {sign} {number}")


class Watched:
    """A page that remembers what it should not have done."""

    def __init__(self, browser, size=WIDE):
        self.page = browser.new_page(viewport=size)
        self.page.set_default_timeout(30_000)
        self.wrong = []
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.wrong.append(f"error {error}"))
        self.page.on("request", lambda request: self._asked(request.url))

    def _note(self, kind, text):
        if kind in ("error", "warning"):
            self.wrong.append(f"{kind} {text}")

    def _asked(self, url):
        if urlsplit(url).hostname not in ("127.0.0.1", None):
            self.wrong.append(f"asked {url}")

    def open(self, address):
        from playwright.sync_api import TimeoutError

        self.page.goto(address)
        try:
            self.page.wait_for_selector("#gosales-page[data-live]")
        except TimeoutError as late:
            raise AssertionError(f"not live: {self.page.inner_text('body')[:500]}") from late
        return self.page

    def click(self, selector, text):
        """Click, and wait until the address holds a text: the kernel has answered."""
        self.page.click(selector)
        until(self.page, f"location.search.includes('{text}')")

    def close(self):
        hit = self.page.evaluate("window.hit ?? 0")
        self.page.close()
        assert hit == 0, "a text of the data was run as a script"
        assert self.wrong == []


@pytest.fixture
def watched(browser):
    opened = []

    def make(size=WIDE):
        opened.append(Watched(browser, size))
        return opened[-1]

    yield make
    for page in opened:
        page.close()


def bars(page):
    """Return how many bars and points there are, over all pictures."""
    until(
        page,
        "[...document.querySelectorAll('.picture:not(.js-plotly-plot)')]"
        ".every(place => !place.clientWidth)",
    )
    return page.locator(".picture :is(.bars .point path, .scatterlayer .trace path, .hm image)")


def visit(page, watch, drawn):
    """Open every tab by its link in the page; each is drawn, and no error is shown."""
    for tab in TABS:
        page.click(f".tabs a:text-is('{tab.capitalize()}')" if tab != "overview" else "a.brand")
        page.wait_for_selector(f".tabs a[aria-current]:text-is('{tab.capitalize()}')")
        assert page.locator(".note.error").count() == 0, page.locator(".note.error").inner_text()
        assert "rror when executing" not in page.inner_text("body")
        if tab in drawn:
            assert bars(page).count() > 0, f"{tab} shows no bar before a click"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab


@pytest.mark.slow
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_every_tab_is_drawn_at_both_widths(open_dashboard, watched, size):
    watch = watched(size)
    page = watch.open(f"{open_dashboard}?customer=C01")
    assert page.title().endswith("GoSales")
    assert bars(page).count() > 0, "no bar is there before any click"
    visit(page, watch, {"overview", "customer", "division", "holdout", "data"})


def test_the_list_is_filtered_sorted_searched_and_paged(open_dashboard, watched):
    watch = watched()
    page = watch.open(f"{open_dashboard}?tab=whitespace")
    assert page.locator(".offers tbody tr").count() == 16
    page.check("#offers-all", force=True)
    rows(page, 24)
    page.select_option("#division", toy.BETA)
    rows(page, 12)
    watch.click("#sort-probability", "sort=-probability")
    watch.click("#sort-probability", "sort=probability")
    assert page.get_attribute("th:has(#sort-probability)", "aria-sort") == "ascending"
    page.focus("#search")
    page.keyboard.type("<script")
    rows(page, 1)
    assert page.inner_text(".offers .who a") == toy.SCRIPT
    assert page.evaluate("document.activeElement.id") == "search"
    assert page.input_value("#search") == "<script"
    page.click("text=Clear filters")
    rows(page, 24)
    page.fill("#least", "80")
    rows(page, 4)
    page.select_option("#division", toy.GAMMA)
    page.wait_for_selector("text=failed the quality gate, so no customer is ranked")
    page.go_back()
    rows(page, 4)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_download_holds_what_is_shown(open_dashboard, watched, kind):
    page = watched().open(f"{open_dashboard}?tab=whitespace&search=customer&sort=-rank")
    shown = [text.split()[0] for text in page.locator(".offers .rank").all_inner_texts()]
    with page.expect_download() as coming:
        page.click(f"a[data-download={kind}]")
    content = Path(coming.value.path()).read_bytes()
    assert coming.value.suggested_filename == f"whitespace-2025-06-30.{kind}"
    if kind == "csv":
        rank, name = pl.read_csv(content).select("rank", "customer_name")
    else:
        table = pl.read_excel(io.BytesIO(content), engine="openpyxl")
        rank, name = table.select("Rank", "Account")
    assert [str(number) for number in rank] == shown
    assert name.str.starts_with("Customer").all()


def test_a_link_opens_the_same_page_for_somebody_else(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=whitespace")
    page.click(".offers .who a >> nth=0")
    page.wait_for_selector(".tabs a[aria-current]:text-is('Customer')")
    link = page.url
    assert parse_qs(urlsplit(link).query)["customer"] == ["C01"]
    other = watched().open(link)
    assert other.inner_text("h2 >> nth=0") == toy.SCRIPT
    assert other.title() == page.title()


def test_an_unreachable_server_is_reported_and_the_page_stays(open_dashboard, watched):
    watch = watched()
    page = watch.open(f"{open_dashboard}?tab=whitespace")
    page.route(re.compile("/part"), lambda request: request.abort())
    page.click(".tabs a:text-is('Data')")
    page.wait_for_selector("text=The server does not answer")
    assert page.locator(".offers tbody tr").count() == 16
    page.unroute(re.compile("/part"))
    page.click(".tabs a:text-is('Data')")
    page.wait_for_selector("text=Where did every row")
    watch.wrong = [line for line in watch.wrong if "ERR_FAILED" not in line]


def test_a_busy_server_is_asked_again(open_dashboard, watched):
    watch, refused = watched(), []
    page = watch.open(f"{open_dashboard}?tab=whitespace")

    def route(request):
        refused.append(request)
        if len(refused) < 3:
            request.fulfill(status=503, json={"problem": "Busy."})
        else:
            request.continue_()

    page.route(re.compile("/part"), route)
    page.click(".tabs a:text-is('Data')")
    page.wait_for_selector("text=Where did every row")
    assert page.locator(".asleep").count() == 0
    watch.wrong = [line for line in watch.wrong if "503" not in line]


def test_a_mailed_link_asks_for_the_token_and_goes_on_to_its_page(browser, tmp_path):
    toy.write_run(tmp_path / "runs")
    with toy.served(tmp_path / "runs", token="a token of the browser test") as address:
        page = browser.new_page()
        page.goto(f"{address}?tab=customer&customer=C01")
        page.fill("#token", "a wrong one")
        page.click("form.choice button")
        page.wait_for_selector("text=That is not the token")
        page.fill("#token", "a token of the browser test")
        page.click("form.choice button")
        page.wait_for_selector("#gosales-page[data-live]")
        assert page.inner_text("h2 >> nth=0") == toy.SCRIPT
        assert parse_qs(urlsplit(page.url).query)["customer"] == ["C01"]
        page.close()


def test_one_search_is_one_step_back(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=whitespace")
    page.click("#search")
    page.keyboard.type("customer 7", delay=250)
    until(page, "location.search.includes('customer+7')")
    page.go_back()
    until(page, "!location.search.includes('search')")


def test_two_viewers_do_not_see_each_other_s_state(open_dashboard, watched):
    one, two = watched(), watched()
    first = one.open(f"{open_dashboard}?tab=whitespace")
    second = two.open(f"{open_dashboard}?tab=whitespace")
    first.fill("#search", "customer 4")
    rows(first, 16, "<")
    two.click("#sort-expected", "sort=-expected")
    assert second.locator(".offers tbody tr").count() == 16
    assert second.input_value("#search") == ""


def test_a_customer_is_found_by_typing(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=customer")
    page.fill("#choose-customer", "customer 7")
    page.wait_for_selector("datalist option[value=C07]", state="attached")
    page.press("#choose-customer", "Enter")
    page.wait_for_selector("text=Customer 7 (C07)")
    page.click("a:has-text('Customer 7 (C07)')")
    page.wait_for_selector("h2:text-is('Customer 7')")


def test_run_and_comparison_are_chosen_in_the_header(open_dashboard, watched):
    page = watched().open(open_dashboard)
    page.select_option("#other", toy.EARLIER)
    page.wait_for_selector("text=stand on both lists")
    page.select_option("#run", toy.EARLIER)
    until(page, "document.querySelector('footer').innerText.includes('2026-01-01T0000')")
    page.click(".tabs a:text-is('Holdout')")
    page.wait_for_selector("text=Not yet")


def test_an_unknown_link_gives_a_plain_panel_and_the_page_still_works(open_dashboard, watched):
    watch = watched()
    page = watch.open(f"{open_dashboard}?run=../../etc/passwd&tab=data")
    assert "There is no run" in page.inner_text(".note.error")
    page.select_option("#run", toy.RUN)
    page.wait_for_selector("text=Where did every row")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=whitespace")
    reached = []
    for _ in range(21):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.innerText")
        )
        style = "getComputedStyle(document.activeElement.matches('.switch input') ? "
        style += "document.activeElement.nextSibling : document.activeElement).outlineWidth"
        assert page.evaluate(style) == "3px", reached
    assert reached[0] == "Skip to the page"
    assert {"run", "cutoff", "Whitespace", "search", "division", "least", "by"} <= set(reached)
    assert any(text.startswith("Rep") for text in reached)


def test_every_text_has_contrast_enough(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?customer=C01")
    for tab in TABS:
        page.click(f".tabs a:text-is('{tab.capitalize()}')")
        page.wait_for_selector(f".tabs a[aria-current]:text-is('{tab.capitalize()}')")
        poor = page.evaluate(CONTRAST)
        assert poor == [], f"{tab}: {poor[:5]}"


CONTRAST = """() => {
  const part = c => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const found = numbers(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const poor = [];
  const root = document.getElementById('gosales-page');
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || node.closest('svg, script, option, datalist')) continue;
    const [a, b] = [light(numbers(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push([walk.currentNode.data.trim().slice(0, 30), ratio.toFixed(2)]);
  }
  return poor;
}"""


def test_several_reps_are_chosen_and_the_menu_stays_open(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=whitespace&offers=all")
    page.click("#menu-rep summary")
    page.check("#rep-1")
    rows(page, 12)
    assert page.is_visible("#rep-2")
    assert page.evaluate("document.activeElement.id") == "rep-1"
    page.check("#rep-2")
    rows(page, 24)
    assert sorted(parse_qs(urlsplit(page.url).query)["rep"]) == sorted(toy.REPS)
    page.keyboard.press("Escape")
    assert not page.is_visible("#rep-2")
    assert page.inner_text("#menu-rep summary span") == "2 chosen"


def test_columns_are_chosen_and_stand_in_the_address(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=whitespace")
    page.click("#menu-columns summary")
    page.uncheck("#columns-2")
    until(page, "document.querySelector('.offers [data-label=When]') === null")
    assert "when" not in parse_qs(urlsplit(page.url).query)["columns"]
    other = watched().open(page.url)
    assert other.locator(".offers [data-label=When]").count() == 0
    assert other.locator(".offers thead th").count() == 7


def test_a_view_is_saved_opened_from_anywhere_and_deleted(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=whitespace&division=Alpha&sort=-expected")
    page.click("#views summary")
    page.fill("#view-name", "<b>Mine</b>")
    page.keyboard.press("Enter")
    assert page.inner_text("#views summary span") == "<b>Mine</b>"
    page.click(".tabs a:text-is('Data')")
    until(page, "location.search.includes('tab=data')")
    assert page.inner_text("#views summary span") == "1 saved"
    page.click("#views summary")
    page.click("#views li a")
    rows(page, 12)
    assert parse_qs(urlsplit(page.url).query)["sort"] == ["-expected"]
    page.reload()
    page.wait_for_selector("#gosales-page[data-live]")
    page.click("#views summary")
    page.click("#views button:text-is('Delete')")
    assert page.inner_text("#views summary span") == "none"
    assert page.evaluate("localStorage.getItem('gosales-views')") == "[]"


def test_arrow_keys_go_from_row_to_row_and_enter_opens_the_account(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=whitespace")
    page.focus(".offers tbody tr:nth-child(1) th a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    place = "document.activeElement.closest('tr').rowIndex"
    assert page.evaluate(place) == 2
    page.keyboard.press("Enter")
    page.wait_for_selector("text=What it may buy next")


def test_accounts_hold_their_offers_folded_in(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=whitespace&offers=all")
    page.select_option("#by", "account")
    rows(page, 12)
    page.click(".offers tbody tr:nth-child(1) details summary >> nth=0")
    page.wait_for_selector(".offers .folded > li >> nth=1")
    assert page.locator(".offers tbody tr:nth-child(1) .folded > li").count() == 2


def test_a_number_of_the_heat_map_opens_its_offers(open_dashboard, watched):
    page = watched().open(open_dashboard)
    page.click("td.heat a >> nth=0")
    page.wait_for_selector(".offers tbody tr")
    asked = parse_qs(urlsplit(page.url).query)
    assert asked["offers"] == ["all"]
    assert {"division", "motion"} <= asked.keys()


def test_a_printed_page_has_no_controls(open_dashboard, watched):
    page = watched().open(f"{open_dashboard}?tab=whitespace")
    page.emulate_media(media="print")
    for part in (".tabs", ".filters", ".downloads", ".pager"):
        assert not page.is_visible(part), part
    assert page.is_visible(".offers")


def test_the_copy_in_a_file_opens_without_any_server(browser, watched, tmp_path):
    from gosales_lib.dashboard.export import snapshot

    file = snapshot.write(toy.write_run(tmp_path / "runs"), tmp_path / "copy.html")
    watch = watched()
    page = watch.page
    page.goto(file.as_uri())
    assert bars(page).count() > 0
    for name in ("Whitespace", "Divisions", "Holdout", "Data", "Notebooks", "Overview"):
        page.click(f".tabs a:text-is('{name}')")
        page.wait_for_selector(f".tabs a[aria-current]:text-is('{name}')")
        assert page.locator("section[data-page]:visible").count() == 1
        assert page.locator("section[data-page]:visible .note.error").count() == 0
    assert page.locator("a[href^='?']").count() == 0


def test_a_rep_s_file_filters_and_opens_accounts_without_a_server(browser, watched, tmp_path):
    from gosales_lib.dashboard.export import snapshot

    run = toy.write_run(tmp_path / "runs")
    files = snapshot.write_reps(run, tmp_path / "reps")
    watch = watched()
    page = watch.page
    for file in files:
        page.goto(file.as_uri())
        visible = page.locator(".offers tbody tr:visible")
        all_rows = visible.count()
        name = page.inner_text(".offers .who a:text('Customer') >> nth=0")
        page.fill(".narrowing input", name)
        assert 0 < visible.count() < all_rows
        page.click(".offers .who a:visible >> nth=0")
        page.wait_for_selector("h2:visible:text('What it may buy next')")
        assert name in page.inner_text("#panel")
        page.go_back()
        page.wait_for_selector(".offers:visible")


REAL = os.environ.get("GOSALES_TEST_DASHBOARD_RUNS", "")


@pytest.mark.skipif(not REAL, reason="GOSALES_TEST_DASHBOARD_RUNS names no folder of real runs")
def test_every_real_run_is_opened_filtered_linked_and_downloaded(watched, tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    for run in run_folders.list_runs(REAL):
        (folder / run.id).mkdir()
        shutil.copytree(run.path, folder / run.id, dirs_exist_ok=True)
    with toy.served(folder) as address:
        for run in run_folders.list_runs(folder):
            real(watched(), address, run)


def real(watch, address, run):
    page = watch.open(f"{address}?run={run.id}")
    assert bars(page).count() > 0
    visit(page, watch, {"overview", "division", "holdout", "data"})
    page.click(".tabs a:text-is('Whitespace')")
    page.wait_for_selector(".offers")
    page.check("#offers-all", force=True)
    page.wait_for_selector("#offers-all:checked", state="attached")
    division = page.inner_text(".offers a.quiet >> nth=0")
    page.select_option("#division", division)
    until(page, "location.search.includes('division=')")
    total = int(re.sub(r"\D", "", page.inner_text(".pager span >> nth=0").rpartition("of")[2]))
    with page.expect_download() as coming:
        page.click("a[data-download=csv]")
    rows = pl.read_csv(Path(coming.value.path()).read_bytes(), infer_schema=False)
    assert rows.height == total
    assert rows["division"].unique().to_list() == [division]
    page.click(".offers .who a >> nth=0")
    page.wait_for_selector("text=What it may buy next")
    assert bars(page).count() > 0
