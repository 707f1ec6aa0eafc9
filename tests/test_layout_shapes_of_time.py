"""Days that files write in parts: quarters, other eras and digits, months and years in names."""

# ruff: noqa: RUF001 the digits of other scripts are what is tested

from datetime import date

import polars as pl
import pytest

from gosales_lib import layout, layout_init, sales_log
from gosales_lib.sales_log import date_formats, dates, numbers, prepare
from gosales_lib.sales_log.required_columns import months_of

MONTHS = ("Jan", "Feb", "Mar", "Apr")
CUSTOMERS = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Gum", "Hazel", "Ivy", "Juniper")


def read(folder):
    """Return the log as the proposed layout reads it, the layout, and its questions."""
    proposed = layout_init.propose(folder)
    (folder / "layout.yaml").write_text(proposed.text, encoding="utf-8")
    made = layout.load(folder / "layout.yaml")
    return sales_log.read(made, folder).transactions, made, proposed.questions


def write(folder, name, header, rows):
    lines = [",".join(map(str, row)) for row in (header, *rows)]
    (folder / name).write_text("\n".join([*lines, ""]), encoding="utf-8")


@pytest.mark.parametrize(
    ("texts", "formats", "days"),
    [
        (["Q1 2023", "Q4 2024"], ("Q%q %Y",), [date(2023, 3, 31), date(2024, 12, 31)]),
        (["2023-T2", "2024-T3"], ("%Y-T%q",), [date(2023, 6, 30), date(2024, 9, 30)]),
        (["1. Quartal 2023"], ("%q. Quartal %Y",), [date(2023, 3, 31)]),
        (["1Q23", "4Q23"], ("%qQ%y",), [date(2023, 3, 31), date(2023, 12, 31)]),
        (["29/02/2567", "31/12/2566"], ("%d/%m/%EY",), [date(2024, 2, 29), date(2023, 12, 31)]),
        (["2566-01-04"], ("%EY-%m-%d",), [date(2023, 1, 4)]),
        (["R5.1.3", "R6.12.31"], ("%Y.%m.%d",), [date(2023, 1, 3), date(2024, 12, 31)]),
        (["٢٠٢٣-٠١-٠٣"], (), [date(2023, 1, 3)]),
        (["๓๑/๑๒/๒๕๖๖"], ("%d/%m/%EY",), [date(2023, 12, 31)]),
    ],
)
def test_dates_that_other_places_write(texts, formats, days):
    reading = date_formats.judge(pl.Series(texts), is_named_date=True)
    assert reading.formats == formats
    assert dates.days(pl.Series(texts), formats).to_list() == days


def test_a_number_of_a_quarter_is_no_month(tmp_path):
    rows = [
        (10 + i % 9, f"N{i}", 2023 + i // 20, 1 + i // 5 % 4, "Saw", 1, 5.5 + i * 7 % 11)
        for i in range(40)
    ]
    write(
        tmp_path, "s.csv", ("Customer No", "Order", "Year", "Quarter", "Item", "Qty", "Sales"), rows
    )
    facts, made, questions = read(tmp_path)
    assert made.date_format == "%q %Y" and not questions
    assert sorted(set(facts["order_date"].dt.month())) == [3, 6, 9, 12]


def test_numbers_in_other_digits():
    texts = pl.Series(["١٢٫٥٠", "١٬٢٣٤٫٥٠", "１２３．５"])
    assert numbers.number(texts, ".").to_list() == [12.5, 1234.5, 123.5]


def test_months_of_two_measures_below_each_other_or_in_one_name(tmp_path):
    rows = [
        (i, c, "Saw", *(v for m in range(4) for v in (m + 1, 10 * m + i)))
        for i, c in enumerate(CUSTOMERS, 1)
    ]
    stacked, flat = tmp_path / "stacked", tmp_path / "flat"
    for folder in (stacked, flat):
        folder.mkdir()
    above = ("", "", "", *(part for m in MONTHS for part in (f"{m}-23", "")))
    write(stacked, "s.csv", above, [("Cust No", "Customer", "Item", *["Qty", "Value"] * 4), *rows])
    flat_header = (
        "Cust No",
        "Customer",
        "Item",
        *(f"{w} {m} 2023" for m in MONTHS for w in ("Qty", "Value")),
    )
    write(flat, "s.csv", flat_header, rows)
    for folder in (stacked, flat):
        facts, made, _ = read(folder)
        assert made.columns.quantity == "Qty" and made.columns.revenue == "Value"
        assert facts["quantity"].sum() == 9 * 10 and facts["gross_profit"].sum() == 9 * 60 + 4 * 45
        assert sorted(set(facts["order_date"]))[0] == date(2023, 1, 31)


def test_the_columns_of_a_month_by_their_measure():
    assert months_of({"Qty": ["Qty Jan", "Qty Feb"], "Value": ["Value Jan"]}) == {
        "Jan": {"Qty": "Qty Jan", "Value": "Value Jan"},
        "Feb": {"Qty": "Qty Feb"},
    }
    assert months_of(["Jan 2024"]) == {"Jan 2024": {"value": "Jan 2024"}}


def test_months_and_days_take_the_year_of_the_name_of_their_file(tmp_path):
    months, days = tmp_path / "months", tmp_path / "days"
    for folder in (months, days):
        folder.mkdir()
    for year in (2023, 2024):
        rows = [(i, c, "Saw", *range(i, i + 4)) for i, c in enumerate(CUSTOMERS, 1)]
        write(months, f"sales {year}.csv", ("Cust No", "Customer", "Item", *MONTHS), rows)
        rows = [
            (i % 9, f"{year}{i}", f"{i + 1:02}.{1 + i % 12:02}.", "Saw", 2, 7.5) for i in range(28)
        ]
        write(days, f"{year}.csv", ("Cust No", "Order", "Date", "Item", "Qty", "Sales"), rows)
    facts, made, _ = read(months)
    assert made.year_in_name and facts.height == 72
    assert [facts["order_date"].min(), facts["order_date"].max()] == [
        date(2023, 1, 31),
        date(2024, 4, 30),
    ]
    facts, made, _ = read(days)
    assert made.year_in_name and made.date_format == "%d.%m.%Y"
    assert [facts["order_date"].min(), facts["order_date"].max()] == [
        date(2023, 1, 1),
        date(2024, 12, 24),
    ]


@pytest.mark.parametrize(
    ("year", "months", "asked"),
    [
        ("Year", MONTHS, False),
        ("Jahr", MONTHS, False),
        ("Aasta", ("Ian", "Feb", "Mar", "Apr"), False),
        ("FY", MONTHS, True),
        ("Year", (*MONTHS[1:], MONTHS[0]), True),
    ],
)
def test_months_as_columns_take_the_year_of_a_column(tmp_path, year, months, asked):
    rows = [
        (y, i, c, "Saw", *(i + m for m in range(4)), 4 * i + 6)
        for y in (2023, 2024)
        for i, c in enumerate(CUSTOMERS, 1)
    ]
    write(tmp_path, "s.csv", (year, "Cust No", "Customer", "Item", *months, "All"), rows)
    facts, made, questions = read(tmp_path)
    assert made.columns.order_date == ["month", year] and "All" in made.ignore
    assert facts["gross_profit"].sum() == 2 * (4 * 45 + 9 * 6)
    days = facts["order_date"]
    assert (days.min(), days.max()) == (date(2023, 1, 31), date(2024, 4, 30))
    assert any("begin with January" in question for question in questions) == asked


def test_a_year_is_put_behind_a_date_with_the_sign_of_the_date():
    frame = pl.DataFrame({"d": ["31/12", "31.12.", "Jan", None]})
    dated = frame.select(prepare.with_year("d", pl.lit("2024"))).to_series()
    assert dated.to_list() == ["31/12/2024", "31.12. 2024", "Jan 2024", None]


def test_a_file_whose_name_has_no_year_is_named(tmp_path):
    write(tmp_path, "a.csv", ("C", "O", "D", "P", "Q", "V"), [(1, 2, "03.01.", "Saw", 1, 5)])
    text = (
        "{name: t, shape: long, year_in_name: true, date_format: '%d.%m. %Y', divisions: [Saw], "
        "gross_profit: revenue, columns: "
        "{customer_id: C, invoice: O, order_date: D, product: P, quantity: Q, revenue: V}}"
    )
    with pytest.raises(ValueError, match=r"a\.csv: its name has no year, or several"):
        sales_log.read(layout.parse(text), tmp_path)
