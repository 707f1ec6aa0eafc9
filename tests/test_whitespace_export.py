"""Hostile text arrives as text in every output of the list."""

import csv
from datetime import date
from types import SimpleNamespace

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gosales_lib.charts import whitespace as pictures
from gosales_lib.core import workbook
from gosales_lib.core.columns import WHITESPACE
from gosales_lib.run_folders.artifacts import Folder
from gosales_lib.whitespace import (
    balance,
    capacity,
    icp,
    outputs,
    payoff,
    potential,
    prospects,
    reps,
    sheets,
)

HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "<script>alert(1)</script>",
    "../../etc",
    "http://example.com/x",
    "00123",
    'Łódź Ćwiek, "GmbH"; O\'Neil\nline two',
    "株式会社 مثال עברית",
    "🚀👩‍👩‍👧 Rockets",
    "x" * 200,
]


def ranked(names):
    rows = [
        {
            "rank": n,
            "customer_id": name,
            "customer_name": name,
            "division": name,
            "cutoff_date": date(2024, 12, 31),
            "state": "whitespace",
            "motion": "cross-sell",
            "chosen": True,
            "probability": 0.5,
            "expected_gp_if_sold": float("inf") if n == 1 else 10.0,
            "expected_gp": 5.0,
            "score": 5.0,
            "grade": "A",
            "rep": name,
            "branch": None,
            "reason_1": name,
        }
        for n, name in enumerate(names, 1)
    ]
    return pl.DataFrame(rows, schema=WHITESPACE)


TABLES = {
    "reps": pl.DataFrame(schema=reps.LISTS),
    "balance": pl.DataFrame(schema=balance.BALANCE),
    "moves": pl.DataFrame(schema=balance.MOVES),
    "potential": pl.DataFrame(schema=potential.POTENTIAL),
    "what_if": pl.DataFrame(schema=capacity.WHAT_IF),
    "prospects": pl.DataFrame(schema=prospects.RANKED),
}
REPORT = SimpleNamespace(
    sentence="13 offers ranked.",
    verdict="13 offers: 2 bought.",
    offers=len(HOSTILE),
    reps=[],
    values=SimpleNamespace(sentence="Expected profit 130, between 100 and 160.", trusted=True),
    balance="2 reps.",
    judged=SimpleNamespace(when="When cannot be told.", money=[]),
    settings=SimpleNamespace(rules={"sheet_per_rep": True}),
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = Folder(tmp_path_factory.mktemp("list"))
    profile = pl.DataFrame(
        [{"division": n, "kind": "attribute", "source": n, "trait": n} for n in HOSTILE],
        schema=icp.PROFILE,
    )
    closest = pl.DataFrame([{"division": n, "customer_id": n} for n in HOSTILE], schema=icp.FIT)
    folder = Folder(folder.path / "2024-12-31")
    outputs.save(folder, ranked(HOSTILE), profile, closest, TABLES)
    both = (profile, closest)
    outputs.save_workbooks(folder, REPORT, ranked(HOSTILE), both, TABLES, "USD")
    return folder


def test_parquet_holds_the_exact_text(saved):
    frame = saved.read("whitespace")
    assert dict(frame.schema) == WHITESPACE
    for column in ("customer_id", "customer_name", "division", "rep", "reason_1"):
        assert frame[column].to_list() == HOSTILE


def test_csv_never_opens_as_a_formula(saved):
    with (saved.path / "whitespace.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [row["customer_name"] for row in csv.DictReader(file)]
    assert len(names) == len(HOSTILE)
    for name, original in zip(names, HOSTILE, strict=True):
        assert name in (original, "'" + original)
        assert not name.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_excel_holds_text_numbers_and_dates_and_no_formula(saved):
    book = openpyxl.load_workbook(saved.path / "whitespace.xlsx")
    assert book.sheetnames[:2] == ["Read me", "Calls"]
    sheet = book["All offers"]
    header = [cell.value for cell in sheet[1]]
    assert header == list(workbook.headers(list(WHITESPACE)).values())
    assert header[:4] == ["Rank", "Account number", "Account", "Division"]
    assert sheet.freeze_panes == "D2"  # the header and the account stay
    (table,) = sheet.tables.values()
    assert table.autoFilter is not None
    names = [row[header.index("Account")] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in names] == HOSTILE
    first = dict(zip(header, sheet[2], strict=True))
    assert first["As of"].is_date
    assert first["Chance in the window"].number_format == "0.0%"
    assert first["Expected profit"].number_format == '#,##0 "USD"'
    assert first["Profit if it sells"].value is None  # it was infinite
    for page in book:
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr.fitToPage  # one page wide, which is the default
        assert page.page_setup.fitToHeight == 0
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None


def test_money_that_is_not_trusted_stands_in_no_workbook(tmp_path):
    folder = Folder(tmp_path / "2024-12-31")
    mine = {"rep": "Kim", "customers": 4, "ranked": 2, "chosen": 2, "called": 2, "note": None}
    mine |= {"branch": None, "expected_buyers": 1.0, "expected_gp": 777.0}
    place = dict.fromkeys(potential.POTENTIAL, 1) | {"by": "rep", "name": "Kim", "chosen_gp": 777.0}
    size = dict.fromkeys(capacity.WHAT_IF, 1) | {"expected_gp": 777.0}
    tables = TABLES | {
        "reps": pl.DataFrame([mine], reps.LISTS),
        "potential": pl.DataFrame([place], potential.POTENTIAL, strict=False),
        "what_if": pl.DataFrame([size], capacity.WHAT_IF, strict=False),
    }
    values = SimpleNamespace(sentence="No profit is given.", trusted=False)
    report = SimpleNamespace(**{**vars(REPORT), "values": values, "reps": []})
    report.reps = [SimpleNamespace(**mine)]
    listed = ranked(["a", "b"]).with_columns(
        rep=pl.lit("Kim"), expected_gp=pl.lit(777.0), gp_trusted=pl.lit(False)
    )
    profiles = (pl.DataFrame(schema=icp.PROFILE), pl.DataFrame(schema=icp.FIT))
    outputs.save_workbooks(folder, report, listed, profiles, tables, "USD")
    books = [folder.path / "whitespace.xlsx", *(folder.path / "calls").iterdir()]
    assert len(books) == 2
    for book in map(openpyxl.load_workbook, books):
        cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value]
        assert not [cell for cell in cells if "777" in str(cell.value)]
        assert not [cell for cell in cells if "USD" in cell.number_format]
        words = " ".join(str(cell.value) for cell in cells)
        assert "No profit is given." in words
        headers = {str(cell.value) for page in book for cell in (*page[1], *page["A"])}
        assert not {header for header in headers if "profit" in header.casefold()}, headers
    assert "expected_gp" not in outputs.glance(listed).columns


def test_accounts_on_a_list_are_not_said_to_be_called():
    assert workbook.headers([*reps.LISTS])["called"] == "Accounts to call"


def test_the_closest_to_the_profile_are_named(saved):
    sheet = openpyxl.load_workbook(saved.path / "whitespace.xlsx")["Closest to profile"]
    rows = list(sheet.iter_rows(values_only=True))
    named = [dict(zip(rows[0], row, strict=True))["Account"] for row in rows[1:]]
    assert named == HOSTILE


def test_each_rep_has_a_sheet_that_excel_can_name(saved):
    book = openpyxl.load_workbook(saved.path / "whitespace.xlsx")
    named = book.sheetnames[2 : 2 + len(HOSTILE)]
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in named)
    assert all(book[name].max_row == 2 for name in named)


def test_each_rep_has_a_workbook_with_the_calls_first_and_the_cutoff_in_its_name(saved):
    files = sorted((saved.path / "calls").glob("*.xlsx"))
    assert len(files) == len(HOSTILE)
    assert all(file.name.endswith("-2024-12-31.xlsx") for file in files)
    book = openpyxl.load_workbook(files[0])
    assert book.sheetnames == ["Read me", "My calls", "Next best", "Definitions"]
    header = [cell.value for cell in book["My calls"][1]]
    assert header[:2] == ["Account", "Division"]
    assert "Sales play" not in header  # it says the same in every row
    cover = [cell.value for cell in book["Read me"]["B"]]
    assert "As of" in [cell.value for cell in book["Read me"]["A"]]
    assert "All reps together. 13 offers: 2 bought." in cover
    assert "In USD." in cover
    assert "2 reps." not in cover  # the balance between reps is no business of one
    whole = openpyxl.load_workbook(saved.path / "whitespace.xlsx")["Read me"]
    assert "2 reps." in [cell.value for cell in whole["B"]]


def test_calls_are_in_the_order_of_the_calls_and_say_product_and_when():
    table = ranked(["a", "b", "c"]).with_columns(
        rep=pl.lit(None, pl.String),
        call_order=pl.Series([3, 1, 2], dtype=pl.Int32),
        product_1=pl.Series(["p", "q", None]),
        product_1_probability=pl.Series([0.424, 1.0, None]),
        product_1_quantity=pl.Series([3.0, None, None]),
        likely_month=pl.lit("March 2025"),
        due_now=pl.Series([False, True, False]),
    )
    found = sheets.calls(table)
    assert found.select("customer_name", "product", "when").rows() == [
        ("b", "q", "due now"),
        ("c", None, "March 2025"),
        ("a", "p (42% likely, usually 3 units)", "March 2025"),
    ]
    assert not {"rep", "branch", "motion"} & set(found.columns)


def test_rows_are_as_high_as_their_sentences_and_calls_print_up_to_the_reasons(tmp_path):
    long = "You have been buying it from us for years. " * 4
    table = pl.DataFrame(
        {"customer_name": ["a", "b"], "opener": [long, "Short."], "why": ["One.\nTwo.", None]}
    ).with_columns(customer_id=pl.lit("1"))
    workbook.write(tmp_path / "x.xlsx", {"Calls": table}, cover=[("How good", long * 3)])
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    high, low = (book["Calls"].row_dimensions[row].height for row in (2, 3))
    assert low is None  # one line, as high as any row
    assert high >= 3.9 * 15  # 172 characters at 46 a line
    assert book["Calls"].print_area == "'Calls'!$A$1:$C$3"
    assert book["Read me"].row_dimensions[1].height > 5 * 15


def test_a_cut_sheet_says_so():
    assert sheets.all_offers(5_000) == "All offers"
    assert sheets.all_offers(10_734) == "First 5,000 of 10,734 offers"


def test_a_sheet_name_of_emoji_is_as_long_as_excel_counts(tmp_path):
    names = {"😀" * 31: pl.DataFrame({"a": [1]}), "😀" * 32: pl.DataFrame({"a": [2]})}
    workbook.write(tmp_path / "x.xlsx", names)
    found = openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames
    assert found == ["😀" * 15, "😀" * 13 + " (2)"]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), max_size=8))
def test_any_sheet_name_is_made_fit(wanted):
    names = workbook.names(wanted)
    assert len({name.casefold() for name in names}) == len(wanted)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) / 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])),
        min_size=1,
        max_size=20,
    )
)
def test_any_text_arrives_in_excel_as_it_is(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("book") / "x.xlsx"
    workbook.write(path, {"all": pl.DataFrame({"name": texts})})
    sheet = openpyxl.load_workbook(path)["all"]
    found = [cell.value for (cell,) in sheet.iter_rows(min_row=2)]
    assert [text or "" for text in found] == texts


def test_pictures_show_markup_as_text():
    counts = pl.DataFrame(
        {"division": ["<b>A</b>"], "active": [1], "lapsed": [0], "whitespace": [3]}
    )
    assert pictures.grid(counts).data[0].y == ("&lt;b&gt;A&lt;/b&gt;",)
    rows = {"name": ["<a href='x'>", "B"], "never_bought_gp": [1.0, None], "lapsed_gp": [0.0, None]}
    rows |= {"expected_buyers": [0.5, None]}
    figure = pictures.potential(pl.DataFrame(rows | {"open_gp": [1.0, None]}), "USD")
    assert figure.data[0].y == ("&lt;a href='x'&gt;", "B (not measurable)")
    unpriced = pl.DataFrame(rows | {"open_gp": [None, None]}, schema_overrides={"open_gp": float})
    figure = pictures.potential(unpriced, "USD")
    assert [bar.x for bar in figure.data] == [(0.5, None)]
    assert figure.layout.xaxis.title.text == "expected purchases"
    profile = pl.DataFrame(
        [
            {
                "division": "<i>",
                "trait": "<i>",
                "customers": 5,
                "buyers": 2,
                "lift": 2.0,
                "low": 1.1,
                "high": 3.0,
            }
        ],
        schema=icp.PROFILE,
    )
    figure = pictures.ideal_customers(profile)
    assert figure.data[0].y == ("&lt;i&gt; (2 of 5 bought)",)
    assert figure.layout.updatemenus[0].buttons[0].label == "&lt;i&gt;"


def test_pictures_of_nothing_are_empty():
    assert not pictures.what_if(pl.DataFrame(schema=capacity.WHAT_IF), "USD").data[0].x
    assert not pictures.ideal_customers(pl.DataFrame(schema=icp.PROFILE)).data


def test_the_picture_of_the_payoff_has_a_bar_per_list_and_its_interval():
    rows = [
        {"mode": "overall", "list": name, "gross_profit": 10.0, "low": 4.0, "high": 13.0}
        for name in ("model", "random")
    ]
    figure = pictures.paid(pl.DataFrame(rows, schema=payoff.SCHEMA), "USD")
    assert [bar.name for bar in figure.data] == ["model", "random"]
    assert figure.data[0].error_y.array == (3.0,)
    assert figure.data[0].error_y.arrayminus == (6.0,)


def test_a_customer_without_an_offer_has_a_name_on_the_sheet_of_the_closest():
    closest = pl.DataFrame(
        [{"division": "A", "customer_id": name} for name in ("near", "far")], schema=icp.FIT
    )
    rows = [("near", "Near Ltd", "Ann", "North"), ("far", None, None, None)]
    schema = {name: pl.String for name in ("customer_id", "customer_name", "rep", "branch")}
    people = pl.DataFrame(rows, schema=schema, orient="row")
    empty = pl.DataFrame(schema=icp.PROFILE)
    pages = sheets.of_run(ranked(["other"]), empty, closest, {}, False, people)
    near = pages["Closest to profile"]
    assert near["customer_name"].to_list() == ["Near Ltd", None]
    assert near.select("rep", "branch").rows() == [("Ann", "North"), (None, None)]
