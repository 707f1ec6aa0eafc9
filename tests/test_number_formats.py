"""Currencies that a workbook shows by the number formats of its cells alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import openpyxl
import pytest

from gosales_lib import layout_init
from gosales_lib.sales_log import number_formats

CODES = ("CHF", "EUR", "USD", "CAD", "SEK", "DKK")


def workbook(folder, formats, header="Amount"):
    """Write 60 lines whose amounts have these formats in turn; return the path."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Sales 2024"])
    sheet.append(["Customer No", "Invoice", "Date", "Item", "Qty", header])
    for i in range(60):
        day, thing = datetime(2024, 1, 1) + timedelta(days=4 * i), ("Bolt", "Nut", "Pin")[i % 3]
        sheet.append([4100 + i % 9, f"F{i}", day, thing, 2 + i % 3, (2 + i % 3) * (10.5 + i % 3)])
        sheet.cell(i + 3, 6).number_format = formats[i % len(formats)]
    sheet.append([])
    sheet["F70"].number_format = "[$SEK] 0.00"  # no number stands in it
    book.save(folder / "sales.xlsx")
    return folder / "sales.xlsx"


def test_amounts_in_several_formats_of_currencies_are_asked_about(tmp_path):
    path = workbook(tmp_path, ["[$CHF] #,##0.00", "#,##0.00 [$€-407]", "[$CHF] #,##0.00"])
    (asked,) = layout_init.propose(path).questions
    assert "currency: the amounts are in several currencies: CHF (40), EUR (20)" in asked


@pytest.mark.parametrize("formats", [["[$CHF] 0.00"], ['"CHF" 0.00', "General"]])
def test_one_currency_of_the_formats_is_that_of_the_log(tmp_path, formats):
    found = layout_init.propose(workbook(tmp_path, formats))
    assert (found.layout.currency, found.questions) == ("CHF", [])


def test_what_the_header_says_of_the_currency_counts_before_the_formats(tmp_path):
    found = layout_init.propose(workbook(tmp_path, ["[$CHF] 0.00"], "Amount EUR"))
    assert (found.layout.currency, found.questions) == ("EUR", [])


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        ("[$$-409]#,##0.00", "USD"),
        ("[$$-1009]#,##0.00", "CAD"),
        ("[$€-406] #,##0", "EUR"),  # the euro in Denmark
        (r"_-* #,##0.00\ [$kr-406]_-;-* #,##0.00\ [$kr-406]_-", "DKK"),
        (r'0.00\ "kr"', "SEK"),
        ("$#,##0.00", "USD"),
        ("[$-409]d mmm", None),
        ('0 "pcs"', None),
        ('"Sum "0.00 "€"', "EUR"),
    ],
)
def test_the_currency_of_a_number_format(written, currency):
    assert number_formats.currency_of(written, CODES) == currency
