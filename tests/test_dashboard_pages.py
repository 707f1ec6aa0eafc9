"""The dashboard's pages without a browser: what they say, and what no text may do in them."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import dashboards as toy
import polars as pl
import pytest
import reported
from typer.testing import CliRunner

from gosales_lib import reports
from gosales_lib.cli import app
from gosales_lib.core.alarms import warning
from gosales_lib.dashboard.export import downloads, snapshot
from gosales_lib.dashboard.read.finder import Finder
from gosales_lib.dashboard.read.view import TABS, View, parse
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.paper import embedded
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.dashboard.tabs import (
    balance,
    bought,
    comparison,
    grouped,
    offers,
    overview,
    prospects,
    standing,
)
from gosales_lib.reports.division import HOLDOUT, VALIDATION
from gosales_lib.reports.whitespace import Whitespace


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages") / "runs"
    toy.write_run(folder)
    toy.write_run(folder, toy.EARLIER, checked=False)
    return Site(folder)


class Seen(HTMLParser):
    """The tags, links and texts of a page, as a browser would see them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.links, self.handlers, self.text = set(), [], [], ""
        self.feed(str(html))

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.text += data


def text_of(answer):
    return re.sub(r"\s+", " ", Seen(answer.html).text)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("more", ["", "&customer=C01", "&division=Gamma"])
def test_every_tab_is_drawn_and_no_text_of_the_data_is_markup(site, tab, more):
    answer = site.open(f"?tab={tab}{more}")
    seen = Seen(answer.html)
    assert "could not be drawn" not in seen.text
    assert not seen.tags & {"script", "img", "b", "iframe", "style"}
    assert seen.handlers == []
    assert all(link.startswith(("?", "#", "download/")) for link in seen.links)
    assert 'aria-current="page"' in answer.html


@pytest.mark.parametrize("text", [toy.SCRIPT, toy.FORMULA, toy.UP])
def test_hostile_names_are_shown_as_they_are(site, text):
    assert text in text_of(site.open("?tab=whitespace&size=100"))


def test_no_text_leaves_the_json_beside_the_page():
    content = [{"name": "</script><script>alert(1)</script>&<!--"}]
    assert not re.search(r"[<>&]", embedded(content))
    assert json.loads(embedded(content)) == content


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("?tab=data", "tab", "data"),
        ("?tab=../x", "tab", "overview"),
        ("?page=-3", "page", 1),
        ("?page=nan", "page", 1),
        ("?least=1e9", "least", 100),
        ("?size=7", "size", 25),
        ("?sort=-probability", "sort", "-probability"),
        ("?sort=drop", "sort", "rank"),
        ("?search=" + "x" * 5000, "search", "x" * 200),
        ("?division=%3Cb%3EBeta%3C%2Fb%3E", "division", "<b>Beta</b>"),
        ("?unknown=1&token=secret", "run", ""),
        ("?" + "&".join(f"rep={n}" for n in range(500)), "rep", tuple(map(str, range(40)))),
        ("?columns=expected&columns=drop&columns=when", "columns", ("when", "expected")),
        (
            "?sort=-expected,drop,division,expected,if_sold,rank",
            "sort",
            "-expected,division,if_sold",
        ),
        ("?by=drop", "by", "offer"),
    ],
)
def test_a_query_string_gives_a_view_and_never_an_error(query, field, value):
    assert parse(query)[field] == value


def test_a_link_opens_the_same_view_again():
    view = View(run=toy.RUN, tab="whitespace", division="<b>Beta</b>", least=20, sort="-rank")
    assert parse(view.link()) == view
    assert "token" not in parse("?tab=data&token=secret").link()


@pytest.mark.parametrize(
    "run", ["../../etc", "/etc/passwd", "..%2F..%2Fetc", "scratch", "2026-01-02T030405Z/..", "."]
)
def test_a_run_outside_the_folder_is_a_plain_panel(site, run):
    said = text_of(site.open(f"?run={run}&tab=data"))
    assert "There is no run" in said
    assert "root:" not in said


def test_a_link_out_of_the_runs_folder_is_no_run(site, tmp_path):
    outside = toy.write_run(tmp_path / "elsewhere", toy.LATER)
    (site.runs_dir / toy.LATER).symlink_to(outside.path)
    try:
        assert "There is no run" in text_of(site.open(f"?run={toy.LATER}"))
    finally:
        (site.runs_dir / toy.LATER).unlink()


def test_an_unknown_cutoff_division_or_customer_is_a_plain_panel(site):
    assert "has no cutoff" in text_of(site.open("?cutoff=2020-01-01"))
    assert "has no division" in text_of(site.open("?tab=division&division=../Alpha"))
    assert "No customer or rep of this run" in text_of(site.open("?tab=customer&customer=nobody"))


def test_the_list_is_filtered_sorted_and_cut_into_pages(site):
    shown, _, _ = site.shown("")

    def select(view):
        return offers.selected(shown, view)[1]

    every = View(offers="all")
    assert select(View()).height == 16
    assert select(every).height == 24
    beta = select(View(offers="all", division=toy.BETA))
    assert beta["division"].cast(pl.String).unique().to_list() == [toy.BETA]
    likely = select(View(offers="all", least=80))
    assert likely["rank"].to_list() == [1, 2, 3, 4]
    found = select(View(offers="all", search="<SCRIPT"))
    assert found["customer_id"].to_list() == ["C01", "C01"]
    down = select(View(offers="all", sort="probability"))
    assert down["rank"].to_list() == list(range(24, 0, -1))
    both = View(offers="all", rep=(toy.REPS[1],), motion="cross-sell", branch=("North",))
    assert select(both)["rank"].to_list() == list(range(2, 25, 2))


def test_the_list_is_sorted_by_several_columns_the_last_clicked_first():
    view = View(tab="whitespace", sort="-expected")
    assert parse(view.sorted_by("division", False)).sort == "division,-expected"
    assert parse(parse(view.sorted_by("division", False)).sorted_by("division", True)).sort == (
        "-division,-expected"
    )
    assert parse(view.sorted_by("rank", False)).sort == "rank"


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("customer 7", ["C07"]),
        ("7 CUSTOMER", ["C07"]),
        ("cutsomer 12", ["C12"]),
        ("Custmer 12", ["C12"]),
        ("C09", ["C09"]),
        ("zzz", []),
        ("???", []),
    ],
)
def test_a_search_takes_words_in_any_order_and_forgives_a_slip(site, typed, numbers):
    shown, _, _ = site.shown("")
    assert shown.finder.find(typed).to_list() == numbers


def test_a_search_finds_a_rep_s_accounts_and_needs_no_accents(site):
    shown, _, _ = site.shown("")
    assert shown.finder.find("rep b").to_list() == toy.CUSTOMERS[1::2]
    names = pl.DataFrame({"key": ["1", "2"], "text": ["Jürgen Müller", "Ana Mora"]})
    assert Finder(names).find("jurgen muler").to_list() == ["1"]
    said = text_of(site.open("?tab=customer&customer=rep+b"))
    assert "Reps like “rep b” Rep Rep B" in said


def test_offers_are_summed_by_account_rep_and_branch(site):
    said = text_of(site.open("?tab=whitespace&by=account&offers=all&rep=Rep+B"))
    assert "1 to 6 of 6" in said
    assert "2 offers: Alpha, <b>Beta</b>" in said
    said = text_of(site.open("?tab=whitespace&by=rep&offers=all"))
    assert "Rep B 1266.5€6,480Alpha, <b>Beta</b>" in said
    assert "North 2412" in text_of(site.open("?tab=whitespace&by=branch&offers=all"))


@pytest.mark.parametrize(
    ("sort", "order"), [("-expected", "BA"), ("expected", "AB"), ("rank", "AB")]
)
def test_accounts_are_sorted_by_the_sum_of_their_offers(sort, order):
    rows = pl.DataFrame({"customer_id": ["A", "B", "B"], "expected_gp": [10.0, 8.0, 7.0]})
    assert "".join(grouped.accounts(rows, View(sort=sort))["customer_id"]) == order


def test_one_rep_s_calls_are_numbered_in_their_own_order(site):
    said = text_of(site.open("?tab=whitespace&rep=Rep+B"))
    assert re.search(r"1of all: 16 .*3of all: 14 ", said)
    assert "of all" not in text_of(site.open("?tab=whitespace&rep=Rep+B&offers=all"))


def test_accounts_without_a_rep_are_found_as_unassigned(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    table = run.whitespace(toy.CUTOFF).read("whitespace")
    own = pl.when(pl.col("customer_id") == "C03").then(None).otherwise("rep").alias("rep")
    run.whitespace(toy.CUTOFF).write("whitespace", table.with_columns(own))
    shown, view, _ = Site(run.path.parent).shown("?offers=all&rep=Unassigned")
    assert offers.selected(shown, view)[1]["customer_id"].to_list() == ["C03", "C03"]
    assert shown.values("rep")[-1] == "Unassigned"


def test_the_list_beside_another_run_says_what_is_new_and_gone(tmp_path):
    toy.write_run(tmp_path / "runs")
    old = toy.write_run(tmp_path / "runs", toy.EARLIER)
    table = old.whitespace(toy.CUTOFF).read("whitespace")
    swapped = pl.col("rank").is_in([1, 2]).not_() & pl.col("chosen") | (pl.col("rank") == 24)
    old.whitespace(toy.CUTOFF).write("whitespace", table.with_columns(chosen=swapped))
    site = Site(tmp_path / "runs")
    query = f"?tab=whitespace&other={toy.EARLIER}"
    said = text_of(site.open(query))
    assert "New (2) Gone (1)" in re.sub(r"\)(?=\w)", ") ", said)
    assert "was 1, not to call" in said and "was 3" in said
    rank = [
        offers.selected(*site.shown(f"{query}&offers={w}"))[1]["rank"].to_list()
        for w in ("new", "gone")
    ]
    assert rank == [[1, 2], [24]]
    assert text_of(site.open("?tab=whitespace&offers=gone")).count("16 offers") == 1


def test_a_link_from_another_tab_into_the_list_drops_its_filters_and_others_keep_them():
    view = View(tab="overview", rep=("A",), search="x", by="rep")
    assert parse(view.at("whitespace", division="D")) == View(tab="whitespace", division="D")
    assert parse(view.at("whitespace")).rep == ("A",)
    assert parse(view.at("holdout")).search == "x"


def test_a_division_leads_to_its_list(site):
    answer = site.open("?tab=division&division=Alpha")
    assert "12 of its 12 ranked offers are to call. Open them" in text_of(answer)
    opened = [parse(link) for link in Seen(answer.html).links if "division=Alpha" in link]
    assert any(view.tab == "whitespace" for view in opened)


def test_kind_and_level_of_the_run_stand_on_the_front_page(site):
    said = text_of(site.open("?tab=overview"))
    assert "Kind candidate" in re.sub(r"Kind(?=\w)", "Kind ", said)
    assert "Level" in said


def test_a_rep_s_calls_stand_in_their_order_with_product_moment_and_opening(site):
    text = text_of(site.open(f"?tab=whitespace&rep={toy.REPS[0]}"))
    calls = re.findall(r"call (\d+)", text)
    assert calls == sorted(calls, key=int)
    assert f"Lead {toy.SCRIPT} (62% likely, usually 3 units)" in text
    assert "March 2025" in text
    assert "due now" in text
    assert f"You bought {toy.SCRIPT} from us; shall we talk?" in text
    one = text_of(site.open("?tab=customer&customer=C01"))
    assert f"Lead {toy.SCRIPT} (62% likely, usually 3 units)" in one


def test_an_owned_division_is_described_by_its_purchases_and_not_by_the_model(site):
    shown, _, _ = site.shown("")
    told = bought.spoken(shown, bought.sales_of(shown, "C03"))
    assert sorted(told) == sorted([toy.ALPHA, toy.BETA])
    assert told[toy.ALPHA] == (
        "You bought Alpha from us in June 2025; is there more that we can do for you there?\n"
        "You have bought Alpha twice, most recently in June 2025."
    )
    assert bought.spoken(shown, bought.sales_of(shown, "nobody")) == {}


def test_figures_of_two_windows_are_headed_by_their_window():
    two = pl.DataFrame({"measured": [HOLDOUT, VALIDATION]})
    labels = [column.label for column in overview.headed(overview.VERDICTS, two)]
    assert labels[2:5] == [
        "Gain in average precision, validation",
        "Lift@10%, later sales",
        "Best baseline's, later sales",
    ]
    one = pl.DataFrame({"measured": [VALIDATION, None]})  # the same window for all figures
    assert overview.headed(overview.VERDICTS, one) == list(overview.VERDICTS)


def test_a_column_without_any_figure_is_not_shown(site):
    page = text_of(site.open("?tab=prospects"))
    assert "Expected buyers" in page
    assert "AUC after the cutoff" not in page


def test_the_overview_says_where_the_open_potential_lies(site):
    text = text_of(site.open("?tab=overview"))
    assert "Where is the most open potential?" in text
    assert "Alpha" in text[text.index("open potential?") :]


def test_expected_profits_that_missed_what_was_observed_are_a_warning():
    row = {"decile": 0, "predicted_gp": 900.0, "observed_gp": 100.0}
    row |= {"observed_low": -50.0, "observed_high": 300.0}

    def shown(trusted=True, **changes):
        money = [SimpleNamespace(**(row | changes))]
        values = SimpleNamespace(trusted=trusted, sentence="By probability.")
        report = SimpleNamespace(judged=SimpleNamespace(money=money), values=values)
        return SimpleNamespace(offers_report=report, currency="USD")

    (note,) = standing.money_missed(shown())
    assert note.text.startswith("Expected profits were too high here: all ranked offers together")
    assert "predicted $900 and $100 was observed" in note.text
    (note,) = standing.money_missed(shown(predicted_gp=-90.0))
    assert note.text.startswith("Expected profits were too low")
    assert standing.money_missed(shown(predicted_gp=200.0)) == []
    (note,) = standing.money_missed(shown(trusted=False, predicted_gp=200.0))
    assert (note.text, note.tone) == ("By probability.", "warning")
    assert len(standing.money_missed(shown(trusted=False))) == 2


def test_only_one_page_of_the_list_is_sent(site):
    first = site.open("?tab=whitespace&offers=all&size=25")
    assert first.html.count("<tr>") == 1 + 24
    assert "1 to 24 of 24" in text_of(first)
    beyond = site.open("?tab=whitespace&offers=all&page=99")
    assert "1 to 24 of 24" in text_of(beyond)


def test_a_division_that_failed_the_quality_gate_shows_its_verdict_instead_of_a_list(site):
    said = text_of(site.open("?tab=whitespace&division=Gamma"))
    assert (
        "Gamma: its model failed the quality gate, so no customer is ranked. Gamma is judged."
        in said
    )
    assert "because" not in said
    assert "Gamma is judged." in text_of(site.open("?tab=division&division=Gamma"))
    assert "no better than chance (quality gate failed)" in text_of(site.open("?tab=overview"))


def test_an_empty_filter_says_what_to_do(site):
    said = text_of(site.open("?tab=whitespace&search=zzz"))
    assert "No offer to call matches" in said
    assert "No offer matches these filters" in text_of(
        site.open("?tab=whitespace&offers=all&search=zz")
    )


def test_a_run_without_later_sales_says_not_yet(site):
    said = text_of(site.open(f"?run={toy.EARLIER}&tab=holdout"))
    assert "Not yet: there are no sales after the cutoff" in said
    assert "Nothing was checked on later sales" in text_of(site.open(f"?run={toy.EARLIER}"))


def test_the_holdout_page_shows_observed_sales_and_drift(site):
    said = text_of(site.open("?tab=holdout&division=Alpha"))
    assert f"{3 * reported.later().buyers} purchases were observed where" in said
    assert "1 of 2 features drifted much (PSI above 0.25), 0 moderately" in said
    assert "Ordersorders_12m0.310.20large" in said  # in words, with the name of the column below


def test_two_runs_are_compared(site):
    said = text_of(site.open(f"?other={toy.EARLIER}"))
    assert "16 of 16 offers to call (100%) stand on both lists" in said
    assert "Both were asked for the same." in said


def test_two_runs_show_their_different_options():
    def run(**own):
        given = {"window_months": 6, "divisions": ["A", "B"], "cutoffs": [], "parameters": own}
        return SimpleNamespace(record={"parameters": given})

    told = comparison.apart(run(families="-trend", seed=17), run(seed=18))
    assert told == "Asked for, families: -trend, the other's as usual; seed: 17, the other's 18."
    assert comparison.apart(run(seed=1), run(seed=1)) == "Both were asked for the same."
    assert comparison.asked(run())["divisions"] == "A, B"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_download_is_what_is_shown_and_no_formula(site, kind):
    file = downloads.of(site, "?tab=whitespace&offers=all&search=hyper&sort=-rank", kind)
    if kind == "csv":
        rows = pl.read_csv(file.path).select("rank", "customer_id", "customer_name").rows()
        assert rows == [(14, "C02", f"'{toy.FORMULA}"), (2, "C02", f"'{toy.FORMULA}")]
    else:
        import openpyxl

        book = openpyxl.load_workbook(file.path)
        assert book.sheetnames == ["As read", "All offers"]
        first = list(book["As read"].iter_rows(min_row=2))
        assert {cell.data_type for row in first for cell in row} <= {"s", "n"}
        cells = [[cell for cell in row[:3]] for row in book["All offers"].iter_rows(min_row=2)]
        assert [cell.value for row in cells for cell in row if cell.column == 1] == [14, 2]
        assert {row[2].value for row in cells} == {toy.FORMULA}
        assert {row[2].data_type for row in cells} == {"s"}


def test_the_overview_leads_to_all_reps_where_it_shows_the_largest_only(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    folder = run.whitespace(toy.CUTOFF)
    report = reports.read(folder, Whitespace)
    rows = [
        report.potential[0].model_copy(update={"by": "rep", "name": f"R{n}"}) for n in range(11)
    ]
    reports.write(folder, report.model_copy(update={"potential": rows}))
    page = Seen(Site(tmp_path / "runs").open("").html)
    assert "Rep: the largest 10 of 11. Open all" in page.text
    assert "R9" in page.text and "R10" not in page.text
    assert "?tab=whitespace&by=rep" in page.links


def test_one_rep_s_file_has_the_rep_in_its_name(site):
    file = downloads.of(site, "?tab=whitespace&rep=Rep+B", "csv")
    file.remove()
    assert re.fullmatch(r"whitespace-2025-06-30-rep-b[-0-9a-f]*\.csv", file.name)


def test_a_download_of_another_kind_or_run_is_refused(site):
    with pytest.raises(ValueError, match="csv or xlsx"):
        downloads.of(site, "", "../../x")
    with pytest.raises(Exception, match="There is no run"):
        downloads.of(site, "?run=../../etc", "csv")


@pytest.mark.parametrize(
    ("break_it", "tab", "said"),
    [
        (lambda run: (run.path / "run.json").write_text("{"), "overview", "is damaged"),
        (lambda run: (run.path / "run.json").write_text("[]"), "overview", "is damaged"),
        (lambda run: (run.path / "run.json").unlink(), "overview", "is damaged"),
        (lambda run: (run.path / "01_etl.json").unlink(), "data", "01_etl has left no report"),
        (lambda run: toy_list(run).unlink(), "whitespace", "has no whitespace"),
        (lambda run: toy_list(run).write_bytes(b"PAR1"), "whitespace", "damaged"),
        (lambda run: (run.path / "dim_customer.parquet").unlink(), "customer", "dim_customer"),
        (lambda run: model(run).unlink(), "division", "No model of Alpha was trained"),
        (
            lambda run: model(run).write_text("[1]"),
            "division",
            "03_train.json: damaged, no JSON object",
        ),
        (
            lambda run: model(run).write_text('{"verdict": 3}'),
            "division",
            "made by an older version",
        ),
    ],
)
def test_a_damaged_run_is_a_plain_panel(tmp_path, break_it, tab, said):
    run = toy.write_run(tmp_path / "runs")
    break_it(run)
    answer = Site(tmp_path / "runs").open(f"?tab={tab}&run={run.id}&customer=C01")
    seen = text_of(answer)
    assert said in seen
    assert "Traceback" not in seen
    assert str(tmp_path) not in seen


def toy_list(run):
    return run.path / "whitespace" / toy.CUTOFF / "whitespace.parquet"


def model(run):
    return run.path / "alpha" / toy.CUTOFF / "03_train.json"


@pytest.mark.parametrize(
    ("state", "said"),
    [("running", "was interrupted"), ("interrupted", "was interrupted"), ("pending", "is damaged")],
)
def test_an_unfinished_run_says_so_and_a_finished_one_is_opened_first(tmp_path, state, said):
    done, run = (toy.write_run(tmp_path / "runs", name) for name in (toy.RUN, toy.LATER))
    record = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps(record | {"state": state}))
    site = Site(tmp_path / "runs")
    assert said in text_of(site.open(f"?run={run.id}"))
    assert f"run {done.id}," in site.open("").html


def test_the_copy_in_a_file_asks_for_nothing_and_holds_no_foreign_markup(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    done = CliRunner().invoke(app, ["report", run.id, "--runs", str(tmp_path / "runs")])
    assert done.exit_code == 0, done.output
    text = (run.path / "report.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert toy.SCRIPT not in text and 'onerror="window' not in text
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", text)


def test_a_copy_of_a_run_that_has_not_ended_says_so_and_one_per_rep_is_refused(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    (run.path / "run.json").write_text('{"state": "interrupted"}')
    asked = ["report", run.id, "--runs", str(tmp_path / "runs")]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert "was interrupted" in Seen((run.path / "report.html").read_text(encoding="utf-8")).text
    refused = CliRunner().invoke(app, [*asked, "--per", "rep"])
    assert refused.exit_code == 2
    assert "was interrupted" in refused.output


def test_without_a_run_the_page_says_how_to_make_one(tmp_path):
    assert "`gosales run` makes one" in text_of(Site(tmp_path / "none").open(""))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.money(1234.5, "USD"), "$1,234"),
        (words.money(-3, "PLN"), f"{words.MINUS}3 PLN"),
        (words.money(-0.2, "EUR"), "€0"),
        (words.money(float("nan"), "EUR"), words.NOTHING),
        (words.percent(0.1234), "12.3%"),
        (words.percent(0.0001), "<0.1%"),
        (words.percent(0), "0.0%"),
        (words.times(2.876), "2.88x"),
        (words.day("2024-12-31"), "31 Dec 2024"),
        (words.day(None), words.NOTHING),
    ],
)
def test_numbers_are_shown_with_their_units(said, expected):
    assert said == expected


def test_the_data_page_shows_the_calendar_with_the_windows(site):
    seen = text_of(site.open("?tab=data"))
    assert "Which months does the log cover?" in seen
    assert "A window with a missing month does not train" in seen


@pytest.mark.parametrize("tab", ["overview", "holdout", "division"])
def test_a_partly_covered_window_is_marked_wherever_its_figures_are(tmp_path, tab):
    run = toy.write_run(tmp_path / "runs")
    file = next(run.path.rglob("05_holdout.json"))
    lacks = "3 of 6 months missing (2025-07 to 2025-09)"
    report = json.loads(file.read_text()) | {"lacks": lacks, "missing_days": 92}
    file.write_text(json.dumps(report))
    seen = text_of(Site(tmp_path / "runs").open(f"?tab={tab}"))
    assert f"covered in part only: {lacks}" in seen


def test_a_parent_shows_what_its_group_owns_and_its_open_deals(site):
    page = text_of(site.open("?tab=customer&customer=C01"))
    assert "3 accounts that belong together" in page
    assert "subsidiary" in page
    assert "Open deals" in page
    assert "Proposal" in page
    assert "every division" in page
    child = text_of(site.open("?tab=customer&customer=C03"))
    assert "parent company" in child
    assert "company of the group" in child
    assert "Open deals" not in child
    assert "The group" not in text_of(site.open("?tab=customer&customer=C05"))


def test_the_data_page_shows_the_alarms_of_the_log(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    file = run.path / "01_etl.json"
    heard = warning(
        name="branch-missing-in-holdout", sentence="no sale of branch X.", mend="Add it."
    )
    report = json.loads(file.read_text())
    report["alarms"] = [heard.model_dump()]
    file.write_text(json.dumps(report))
    for tab in ("overview", "data"):
        assert "no sale of branch X. Add it." in text_of(
            Site(tmp_path / "runs").open(f"?tab={tab}")
        )


def test_an_account_that_must_not_be_called_says_so_first(site, tmp_path):
    page = text_of(site.open("?tab=customer&customer=C05"))
    assert f"Not to be called about any division until 31 Dec 2099: VIP {toy.SCRIPT}." in page
    assert "Not to be called about Alpha." in text_of(site.open("?tab=customer&customer=C07"))
    assert "Not to be called" not in text_of(site.open("?tab=customer&customer=C08"))
    assert "open deal" in text_of(site.open("?tab=customer&customer=C01"))
    run = toy.write_run(tmp_path / "runs")
    (run.whitespace(toy.CUTOFF).path / "exclusions.parquet").unlink()
    report = run.whitespace(toy.CUTOFF).path / "06_whitespace.json"
    held = json.loads(report.read_text())
    held["exclusions"]["rows"] = 2
    report.write_text(json.dumps(held))
    older = text_of(Site(tmp_path / "runs").open("?tab=customer&customer=C05"))
    assert "Which of the 2 exclusions name this account was not kept" in older


def test_a_file_per_rep_holds_its_own_accounts_and_no_picture(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    asked = ["report", run.id, "--runs", str(tmp_path / "runs"), "--per", "rep"]
    assert CliRunner().invoke(app, asked).exit_code == 0
    files = sorted((run.path / "report" / toy.CUTOFF).iterdir())
    assert len(files) == 2
    html = {rep: snapshot.of_rep(run, toy.CUTOFF, rep) for rep in toy.REPS}
    assert sorted(file.read_text(encoding="utf-8") for file in files) == sorted(html.values())
    mine = Seen(html["Rep B"])
    assert "Calls of Rep B" in mine.text
    assert "Customer 4" in mine.text and "Customer 5" not in mine.text
    assert "Newplot" not in html["Rep B"] and len(html["Rep B"]) < 200_000


def test_a_name_that_looks_like_a_mark_of_the_template_stays_a_name(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    table = run.whitespace(toy.CUTOFF).read("whitespace")
    run.whitespace(toy.CUTOFF).write(
        "whitespace", table.with_columns(customer_name=pl.lit("FIGURES-STAND-HERE"))
    )
    html = snapshot.of_rep(run, toy.CUTOFF, "Rep B")
    assert "FIGURES-STAND-HERE" in Seen(html).text
    assert '<script type="application/json" id="figures">[]</script>' in html


def test_prospects_have_a_page_of_their_own_that_says_what_is_not_measurable(site):
    page = text_of(site.open("?tab=prospects"))
    assert "They are not customers" in page
    assert "X1" in page
    assert "Gamma1not measurable here" in page
    assert "X1" not in text_of(site.open("?tab=whitespace&offers=all"))


@pytest.mark.parametrize("columns", [balance.MOVES, prospects.RANKED])
def test_a_long_name_breaks_instead_of_pushing_the_other_columns_off_the_page(columns):
    assert all(column.wide for column in columns if column.name == "customer_name")
