"""From the records of a file to facts, by hand, and the reasons for the other rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import order_lines
import polars as pl
import pytest
from order_lines import HEAD

from gosales_lib import layout, sales_log
from gosales_lib.core.columns import shown_amounts
from gosales_lib.sales_log import account

LINES = order_lines.LAYOUT | {"files": "log*"}
WIDE = {
    "name": "wide",
    "shape": "wide",
    "columns": {
        "customer_id": "Id",
        "customer_name": "Name",
        "order_date": "Date",
        "invoice": "Inv",
    },
    "divisions": {"DA": ["A", "C"], "DB": ["B"]},
    "files": "log*",
}


def read(folder: Path, text: str, given: dict = LINES, **changed: object) -> sales_log.SalesLog:
    """Return the log of one file; its account must close."""
    (folder / "log.csv").write_text(text, encoding="utf-8")
    columns = given["columns"] | dict(changed.pop("columns", {}))
    log = sales_log.read(
        layout.Layout.model_validate(given | changed | {"columns": columns}), folder
    )
    sales_log.check(log.reconciliation)
    return log


def test_a_product_with_money_or_with_units_is_a_fact_in_the_order_of_the_layout(tmp_path):
    log = read(
        tmp_path,
        "Id,Name,Date,Inv,A,A_Qty,B,B_Qty,C,C_Qty\n"
        "7,Ann,2024-01-02,i1,1,0,0,2,,\n"
        "8,Bob,2024-01-03,i2,,,,,,\n"
        "8,Bob,2024-01-03,i4,,5,,,,\n"
        "9,Cy,2024-01-04,i3,,,3,1,-4,\n",
        WIDE,
    )
    shown = ["customer_id", "order_date", "division", "product", "gross_profit", "quantity"]
    assert log.transactions.select(shown).rows() == [
        ("7", date(2024, 1, 2), "DA", "A", 1.0, 0.0),
        ("7", date(2024, 1, 2), "DB", "B", 0.0, 2.0),
        ("8", date(2024, 1, 3), "DA", "A", 0.0, 5.0),
        ("9", date(2024, 1, 4), "DA", "C", -4.0, None),
        ("9", date(2024, 1, 4), "DB", "B", 3.0, 1.0),
    ]
    assert log.transactions["revenue"].to_list() == [None] * 5
    account = log.reconciliation.row(0, named=True)
    told = ("rows_in", "rows_kept", "rows_empty", "rows_rejected", "fact_rows", "gross_profit_kept")
    assert [account[name] for name in told] == [4, 3, 1, 0, 5, 0.0]


def test_a_file_without_a_column_of_the_layout_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Amount"):
        read(tmp_path, "Customer,Date,Invoice,Product,Qty\nA,2024-01-02,1,PDM,1\n")


def test_a_line_with_neither_money_nor_units_is_empty(tmp_path):
    log = read(
        tmp_path,
        f"{HEAD}\nA,2024-01-02,1,PDM,0,0\nA,2024-01-03,2,CAM,0,5\n" "A,2024-01-04,3,PDM,,\n",
    )
    assert log.transactions.select("product", "revenue", "quantity").rows() == [("CAM", 5.0, 0.0)]
    assert log.reconciliation["rows_empty"].to_list() == [2]


def test_a_date_in_several_columns_is_read_as_one(tmp_path):
    log = read(
        tmp_path,
        "Customer,Month,Year,Invoice,Product,Qty,Amount\nA,March,2024,1,PDM,1,10\nB,Smarch,,2,PDM,1,10\n",
        columns={"order_date": ["Month", "Year"]},
        date_format="%B %Y",
    )
    assert log.transactions["order_date"].to_list() == [date(2024, 3, 31)]
    [reason] = log.rejected["reason"].to_list()
    assert reason.startswith("unreadable date 'Month and Year': ")


def test_a_total_without_a_date_is_left_out_and_a_record_without_one_is_rejected(tmp_path):
    log = read(
        tmp_path,
        f"{HEAD}\nA,2024-01-02,1,PDM,1,10\nB,2024-01-03,2,PDM,1,20\n,,,,2,31\nTotal,,,,2,30\n"
        "C,soon,3,PDM,1,40\n",
    )
    assert log.transactions["customer_id"].to_list() == ["A", "B"]
    assert log.left_out.select("rule", "rows", "gross_profit").rows() == [("a total", 1, 30.0)]
    assert log.rejected.select("line", "gross_profit").rows() == [(4, 31.0), (6, 40.0)]
    assert log.rejected["reason"][1] == "unreadable date 'Date': soon"


def test_rejected_amounts_that_are_not_known_are_counted_in_the_account(tmp_path):
    log = read(
        tmp_path,
        f"{HEAD}\nA,2024-01-02,1,PDM,1,10\n,2024-01-03,2,PDM,1,20\nB,2024-01-03,3,PDM,1,1O.5\n",
    )
    assert log.rejected["gross_profit"].to_list() == [20.0, None]
    assert account.unread(log) == 1
    assert account.in_words(log, "USD").endswith(
        "rejected with an amount that is not known, counted as 0: 1."
    )


def test_an_amount_that_cannot_be_read_is_never_shown_as_0():
    rows = [("unreadable number 'A': 1O", 0.0), ("unreadable number 'A': x", 7.0)]
    rows += [("no customer", 0.0), ("no customer", 5.0)]
    table = pl.DataFrame(rows, ["reason", "gross_profit"], orient="row")
    assert table.select(shown_amounts()).to_series().to_list() == [None, 7.0, 0.0, 5.0]


def test_a_dated_line_that_names_a_total_is_no_total(tmp_path):
    log = read(tmp_path, f"{HEAD}\nA,2024-01-02,1,PDM,1,10\n,2024-01-03,,Total,,30\n")
    assert log.rejected["reason"].to_list() == ["no customer"]
    assert log.left_out.is_empty()


def test_a_value_that_cannot_be_read_is_shown_up_to_forty_characters(tmp_path):
    log = read(tmp_path, f"{HEAD}\nA,{'x' * 60},1,PDM,1,10\n,2024-01-02,2,PDM,1,20\n")
    assert log.rejected["reason"].to_list() == [
        f"unreadable date 'Date': {'x' * 40}",
        "no customer",
    ]


def test_a_rejected_row_names_every_reason(tmp_path):
    log = read(tmp_path, f"{HEAD}\n,never,1,PDM,many,10\n")
    [reason] = log.rejected["reason"].to_list()
    assert reason == "no customer; unreadable date 'Date': never; unreadable number 'Qty': many"
    assert log.rejected["row"][0].startswith('{"Customer":null')


@pytest.mark.parametrize(("duplicates", "kept"), [("keep", 2), ("drop", 1)])
def test_an_exact_copy_is_kept_unless_the_layout_drops_it(tmp_path, duplicates, kept):
    row = "A,2024-01-02,1,PDM,1,10\n"
    log = read(tmp_path, f"{HEAD}\n{row}{row}", duplicates=duplicates)
    assert log.transactions.height == kept
    assert log.rejected.height == 2 - kept


def test_an_invoice_of_several_columns_is_one_text_of_those_that_are_filled(tmp_path):
    log = read(
        tmp_path,
        f"{HEAD}\nA,2024-01-02,1,PDM,1,10\nA,2024-01-03,,PDM,1,10\n",
        columns={"invoice": ["Customer", "Invoice"]},
    )
    assert log.transactions["invoice"].to_list() == ["A 1", "A"]


def test_ragged_rows_and_lines_above_the_header_are_in_the_account(tmp_path):
    log = read(
        tmp_path, f"Sales of 2024\n\n{HEAD}\nA,2024-01-02,1,PDM,1,10\nB,2024-01-03,2,PDM,1,20,30\n"
    )
    account = log.reconciliation.row(0, named=True)
    told = ("rows_in", "rows_kept", "rows_rejected", "rows_left_out", "gross_profit_rejected")
    assert [account[name] for name in told] == [3, 1, 1, 1, 0.0]
