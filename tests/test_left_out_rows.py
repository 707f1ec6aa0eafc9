"""The rules of a layout that leave rows out, one row at a time, and their account."""

from __future__ import annotations

import polars as pl
from order_lines import LAYOUT

from gosales_lib.core import keys
from gosales_lib.core.columns import FACT_TRANSACTIONS, REJECTED_ROWS
from gosales_lib.layout import Layout, Rule
from gosales_lib.sales_log import left_out_rows, revisions
from gosales_lib.sales_log.unpivot import Tidy
from gosales_lib.sales_log.values import Evidence


def ruled(rows: dict[str, list[str | None]], **changed: object) -> list[str | None]:
    columns = LAYOUT["columns"] | changed.pop("columns", {})
    layout = Layout.model_validate(LAYOUT | {"columns": columns} | changed)
    return left_out_rows.of(pl.DataFrame(rows), layout).to_list()


def test_without_a_rule_no_row_is_left_out():
    assert ruled({"Product": ["PDM", "Other"]}, other="ask") == [None, None]


def test_a_row_is_kept_or_left_out_by_its_value_whatever_its_case_and_spaces():
    rows = {"Product": ["PDM"] * 5, "Type": ["Invoice", " invoice ", "Quote", "", None]}
    keep = [{"column": "Type", "keep": ["INVOICE "]}]
    assert ruled(rows, where=keep) == [
        None,
        None,
        "Type is Quote",
        "Type is blank",
        "Type is blank",
    ]
    leave = [{"column": "Type", "leave_out": ["quote", ""]}]
    left = [None, None, "Type is Quote", "Type is blank", "Type is blank"]
    assert ruled(rows, where=leave) == left


def test_of_several_rules_the_first_names_the_row():
    rows = {"Product": ["PDM", "PDM"], "Type": ["Quote", "Invoice"], "State": ["open", "open"]}
    where = [{"column": "State", "leave_out": ["open"]}, {"column": "Type", "leave_out": ["Quote"]}]
    assert ruled(rows, where=where) == ["State is open", "State is open"]
    assert ruled(rows, where=where[::-1]) == ["Type is Quote", "State is open"]
    headings = rows | {left_out_rows.RULE: ["a total", None]}
    assert ruled(headings, where=where) == ["a total", "State is open"]


def test_money_of_another_currency_is_left_out_unless_there_are_rates():
    rows = {"Product": ["PDM"] * 3, "Curr": ["EUR", "usd", None]}
    asked = {"columns": {"currency": "Curr"}, "currency": "EUR"}
    assert ruled(rows, **asked) == [None, "Curr is usd", None]
    rates = {"file": "rates.csv", "by": "code", "gives": "rate"}
    assert ruled(rows, **asked, rates=rates) == [None, None, None]


def test_a_product_of_no_division_is_left_out_only_where_the_layout_says_so():
    rows = {"Product": ["PDM", " CAM", "pdm", "Freight"]}
    left = [None, None, "Product is in no division", "Product is in no division"]
    assert ruled(rows, other="leave out") == left
    assert ruled(rows, other="ask") == [None] * 4


def test_a_message_shows_forty_characters_of_a_value():
    rows = {"Product": ["PDM"], "Type": ["x" * 60]}
    [text] = ruled(rows, where=[{"column": "Type", "leave_out": ["x" * 60]}])
    assert text == f"Type is {'x' * 40}"


def test_exclusions_are_reported_for_joined_rows_too():
    rows = pl.DataFrame({"Role": ["AG", "we", None]})
    kept, gone = Rule(column="Role", keep=["ag"]), Rule(column="Role", leave_out=["WE"])
    assert rows.select(left_out_rows.excluded(kept)).to_series().to_list() == [False, True, True]
    assert rows.select(left_out_rows.excluded(gone)).to_series().to_list() == [False, True, False]


def test_the_account_has_rows_and_money_of_each_rule_and_the_lines_above_the_header():
    rule = pl.Series(["b", None, "a", "b"], dtype=pl.String)
    money = pl.Series([1.0, 100.0, 2.0, 4.0])
    table = left_out_rows.account("log.csv", rule, money)
    assert table.rows() == [("log.csv", "b", 2, 5.0), ("log.csv", "a", 1, 2.0)]
    above = left_out_rows.account("log.csv", rule, money, titles=3)
    assert above.row(0) == ("log.csv", "above the header", 3, 0.0)
    assert above.tail(2).equals(table)
    both = left_out_rows.summed([table, above])
    assert both.rows() == [
        ("log.csv", "b", 4, 10.0),
        ("log.csv", "a", 2, 4.0),
        ("log.csv", "above the header", 3, 0.0),
    ]
    assert left_out_rows.summed([]).is_empty()


def test_rules_stand_in_the_order_in_which_they_left_rows_out():
    names = [f"r{n:02}" for n in range(30, 0, -1)]
    table = left_out_rows.account("log.csv", pl.Series(names), pl.Series([1.0] * 30))
    assert table["rule"].to_list() == names
    assert left_out_rows.summed([table, table])["rule"].to_list() == names


def part(file: str, *invoices: str) -> Tidy:
    """Return a file with an order line of 10 per invoice, and one row left out before."""
    rows = [{"invoice": number, "gross_profit": 10.0, "customer_id": "c"} for number in invoices]
    facts = pl.DataFrame(rows, schema_overrides=dict(FACT_TRANSACTIONS))
    left_out = pl.DataFrame([(file, "a total", 1, 5.0)], left_out_rows.LEFT_OUT, orient="row")
    rejected = pl.DataFrame(schema=REJECTED_ROWS)
    return Tidy(
        file, len(invoices) + 1, 0, 10.0 * len(invoices) + 5.0, facts, facts.select("invoice"),
        rejected, left_out, pl.Series([], dtype=pl.UInt64), keys.NOTHING, Evidence(), {},
        facts["gross_profit"].is_null(), is_open=False,
    )  # fmt: skip


def invoices(parts: list[Tidy]) -> list[tuple[object, list[str]]]:
    return [(p.file, p.facts["invoice"].to_list()) for p in parts]


def test_only_the_last_file_with_an_invoice_keeps_it():
    parts = [part("a.csv", "1", "2"), part("b.csv", "2", "3"), part("c.csv", "3")]
    found = revisions.newest(parts)
    assert invoices(found) == [("a.csv", ["1"]), ("b.csv", ["2"]), ("c.csv", ["3"])]
    first = found[0]
    assert first.left_out.rows() == [
        ("a.csv", "a total", 1, 5.0),
        ("a.csv", revisions.REVISED, 1, 10.0),
    ]
    wanted = {"rows_in": 3, "rows_kept": 1, "rows_left_out": 2, "fact_rows": 1}
    wanted |= {"gross_profit_kept": 10.0, "gross_profit_left_out": 15.0, "file": "a.csv"}
    wanted |= {"gross_profit_in": 25.0, "gross_profit_rejected": 0.0}
    assert first.account == wanted | {"rows_rejected": 0, "rows_empty": 0}
    assert first.orders["invoice"].to_list() == ["1"]
    assert found[2] is parts[2]
    assert parts[0].account["rows_kept"] == 2, "the given part stays as it was"


def test_pieces_of_one_file_are_one_export():
    parts = [part("a.csv", "1"), part("a.csv", "1", "2"), part("b.csv", "2")]
    assert invoices(revisions.newest(parts)) == [
        ("a.csv", ["1"]), ("a.csv", ["1"]), ("b.csv", ["2"]),
    ]  # fmt: skip
    assert revisions.newest([]) == []


def test_a_union_holds_the_lines_of_an_order_that_is_cut_between_files():
    parts = [part("a.csv", "1", "2", "2"), part("b.csv", "2"), part("b.csv", "2", "2", "3")]
    united = revisions.union(parts)
    assert invoices(united) == [("a.csv", ["1", "2", "2"]), ("b.csv", []), ("b.csv", ["2", "3"])]
    last = united[2]
    assert last.left_out.rows()[1] == ("b.csv", revisions.AGAIN, 1, 10.0)
    book = last.account
    assert (book["rows_kept"], book["rows_left_out"], book["fact_rows"]) == (2, 2, 2)
    assert (book["gross_profit_kept"], book["gross_profit_left_out"]) == (20.0, 15.0)
    assert united[0] is parts[0]
    assert revisions.union([]) == []
