"""Amounts that are written with another currency than the layout's are told."""

from __future__ import annotations

import openpyxl
import pytest

from gosales_lib import layout, layout_init, sales_log
from gosales_lib.sales_log import alarms

HEAD = ("Customer", "Date", "Invoice", "Product", "Qty", "Amount")


def plan(currency, more=""):
    """Return a layout of a long log in a currency."""
    return layout.parse(
        f"name: t\nshape: long\ncurrency: {currency}\n"
        "columns: {customer_id: Customer, order_date: Date, invoice: Invoice, product: Product,\n"
        f"          quantity: Qty, revenue: Amount{more}}}\n"
        "gross_profit: revenue\ndivisions: [PDM, Simulation]\n"
    )


def rows(month):
    """Return the cells before the amount, and the amount, of 24 lines of a month of 2024."""
    for i in range(24):
        thing = ("PDM", "Simulation")[i % 2]
        day = f"2024-{month:02}-{i + 1:02}"
        yield (f"C{i % 8}", day, f"I{month}-{i}", thing, 1 + i % 3), 110.25 + i


def as_text(folder, name, month, written):
    """Write a month as CSV; `written` makes the text of an amount."""
    lines = [";".join(HEAD)]
    for cells, amount in rows(month):
        lines.append(";".join(map(str, [*cells, written.format(amount)])))
    (folder / name).write_text("\n".join(lines), encoding="utf-8")


def as_workbook(folder, name, month, number_format):
    """Write a month as a workbook whose amounts have a number format."""
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    for cells, amount in rows(month):
        book.active.append([*cells, amount])
        book.active.cell(book.active.max_row, 6).number_format = number_format
    book.save(folder / name)


def heard(folder, settings):
    """Return the alarm on currencies, None where there is none."""
    found = alarms.of(sales_log.read(settings, folder), settings)
    return next((alarm for alarm in found if alarm.name == "another-currency"), None)


def test_a_later_file_in_another_currency_stops_the_run(tmp_path):
    as_text(tmp_path, "a.csv", 1, "€ {:.2f}")
    as_text(tmp_path, "b.csv", 2, "CHF {:.2f}")
    alarm = heard(tmp_path, plan("EUR"))
    assert (alarm.level, alarm.count, alarm.example) == ("failed", 24, "b.csv")
    assert alarm.sentence == "amounts are written in CHF (24), and count as EUR."


def test_a_later_workbook_whose_formats_are_of_another_currency_stops_the_run(tmp_path):
    as_workbook(tmp_path, "a.xlsx", 1, "#,##0.00 [$€-407]")
    as_workbook(tmp_path, "b.xlsx", 2, "[$CHF] #,##0.00")
    alarm = heard(tmp_path, plan("EUR"))
    assert (alarm.level, alarm.count, alarm.example) == ("failed", 24, "b.xlsx")


def test_amounts_beside_plain_ones_are_a_second_currency(tmp_path):
    as_text(tmp_path, "a.csv", 1, "{:.2f}")
    as_text(tmp_path, "b.csv", 2, "£{:.2f}")
    assert heard(tmp_path, plan("EUR")).level == "failed"


def test_a_whole_log_in_another_currency_only_has_the_wrong_name(tmp_path):
    as_text(tmp_path, "a.csv", 1, "£{:.2f}")
    alarm = heard(tmp_path, plan("EUR"))
    assert (alarm.level, alarm.sentence) == (
        "warning",
        "amounts are written in GBP (24), and count as EUR.",
    )


@pytest.mark.parametrize(
    ("currency", "written"),
    [("EUR", "{:.2f} €"), ("CAD", "${:.2f}"), ("DKK", "kr. {:.2f}"), ("ZAR", "R {:.2f}")],
)
def test_a_sign_that_may_be_the_currency_of_the_layout_raises_nothing(tmp_path, currency, written):
    as_text(tmp_path, "a.csv", 1, written)
    assert heard(tmp_path, plan(currency)) is None


def test_a_column_of_currencies_decides_itself(tmp_path):
    as_text(tmp_path, "a.csv", 1, "£{:.2f};GBP")
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    (tmp_path / "a.csv").write_text(text.replace("Amount", "Amount;Cur"), encoding="utf-8")
    assert heard(tmp_path, plan("GBP", ", currency: Cur")) is None


@pytest.mark.parametrize(
    ("text", "money"),
    [("€ {:.2f}", 0), ("{:.2f} PLN", 2922), ("{:.2f}", 2922), ("{:.2f} zł", 2922)],
)
def test_an_amount_names_the_currency_of_its_row(tmp_path, text, money):
    as_text(tmp_path, "a.csv", 1, text)
    own = plan("PLN", ", currency: Amount")
    log = sales_log.read(own, tmp_path)
    assert log.transactions["revenue"].sum() == pytest.approx(money)
    assert log.left_out["rule"].to_list() == ([] if money else ["Amount is €"])
    (tmp_path / "rates.csv").write_text("code,rate\nEUR,4\n")
    rated = own.model_copy(
        update={"rates": layout.Lookup(file="rates.csv", by="code", gives="rate")}
    )
    assert sales_log.read(rated, tmp_path).transactions["revenue"].sum() == pytest.approx(
        money or 4 * 2922
    )


def test_amounts_in_several_currencies_are_asked_about_like_a_column_of_currencies(tmp_path):
    as_text(tmp_path, "a.csv", 1, "{:.2f} EUR")
    as_text(tmp_path, "b.csv", 2, "{:.2f} PLN")
    found = layout_init.propose(tmp_path)
    (question,) = (q for q in found.questions if "currency" in q)
    assert "'Amount' holds EUR (24 rows), PLN (24 rows)" in question
    assert "rates: {file: rates.csv" in question
    for answer in ("currency: EUR` gives 24", "currency: PLN` gives 24", "]}` gives 48 rows"):
        assert answer in question
