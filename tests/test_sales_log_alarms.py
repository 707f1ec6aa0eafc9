"""Alarms on a log: each from literal rows, and none on a sound log."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
import yaml
from typer.testing import CliRunner

from gosales_lib import layout, sales_log
from gosales_lib.cli import app
from gosales_lib.core.alarms import worst
from gosales_lib.layout import Layout
from gosales_lib.sales_log import account, alarms

HEAD = "Customer,Date,Invoice,Product,Qty,GP\n"
LAYOUT = """name: t
shape: long
columns: {customer_id: Customer, order_date: Date, invoice: Invoice, product: Product,
          quantity: Qty, gross_profit: GP}
divisions: [PDM]
"""
MONDAYS = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(40)]


def heard(folder, files, more=""):
    """Return the alarms by name on files of rows, without their header."""
    for name, rows in files.items():
        (folder / name).write_text(HEAD + rows, encoding="utf-8")
    (folder / "t.yaml").write_text(LAYOUT + more, encoding="utf-8")
    known = layout.load(folder / "t.yaml")
    log = sales_log.read(known, folder)
    sales_log.check(log.reconciliation)
    return {alarm.name: alarm for alarm in alarms.of(log, known)}


def rows(customers, day="2024-05-01", start=0):
    return "".join(f"{c},{day},I{start + i},PDM,1,10\n" for i, c in enumerate(customers))


def test_a_clean_log_raises_no_alarm(tmp_path):
    first, second = rows(["A1", "B2", "C3"]), rows(["A1", "C3"], "2024-06-01", 10)
    assert heard(tmp_path, {"a.csv": first, "b.csv": second}) == {}


@pytest.mark.parametrize(
    ("bad", "level"), [(2, None), (3, "warning"), (10, "warning"), (11, "failed")]
)
def test_rejected_rows_warn_above_two_percent_and_fail_above_ten(tmp_path, bad, level):
    text = rows([f"C{i}" for i in range(100 - bad)]) + rows([""] * bad, start=200)
    found = heard(tmp_path, {"a.csv": text})
    assert (found["rejected-rows"].level if found else None) == level


def test_rejected_money_is_judged_apart_from_rows(tmp_path):
    text = rows([f"C{i}" for i in range(99)]) + ",2024-05-01,X,PDM,1,500\n"
    found = heard(tmp_path, {"a.csv": text})
    assert list(found) == ["rejected-money"]
    assert found["rejected-money"].money == 500.0
    assert found["rejected-money"].example == "a.csv, line 101: no customer"


def test_a_file_whose_dates_changed_is_lost(tmp_path):
    old, new = rows([f"C{i}" for i in range(50)]), rows(["A", "B"], "31/05/2024", 90)
    found = heard(tmp_path, {"a.csv": old, "b.csv": new})
    assert "b.csv lost 2 of its 2 rows" in found["rejected-file"].sentence
    assert found["rejected-file"].level == "failed"


def test_nothing_kept_has_failed(tmp_path):
    found = heard(tmp_path, {"a.csv": rows(["A"], "never")})
    assert list(found) == ["nothing-kept"]
    with pytest.raises(ValueError, match="nothing-kept"):
        alarms.refuse(found.values())


def test_an_export_that_lies_there_twice(tmp_path):
    one = rows(["A", "B"])
    found = heard(tmp_path, {"log.csv": one, "log (1).csv": one})
    assert found["same-export-twice"].level == "failed"
    assert found["same-export-twice"].money == 20.0
    found = heard(tmp_path, {}, "duplicates: drop\n")
    assert worst(found.values()) == "warning"


def test_an_export_within_another_and_one_that_overlaps(tmp_path):
    year = rows(["A", "B", "C"])
    assert set(heard(tmp_path, {"1.csv": year, "2.csv": rows(["A", "B"])})) == {"same-export-twice"}
    revised = year.replace(",10\n", ",12\n", 1) + rows(["D"], start=50)
    found = heard(tmp_path, {"1.csv": year, "2.csv": revised})
    assert found["overlapping-exports"].count == 3
    assert found["overlapping-exports"].example == "invoice I0, PDM, again in 2.csv"


def test_of_an_invoice_in_several_files_the_newest_file_counts(tmp_path):
    files = {"05.csv": rows(["A", "B"]), "06.csv": rows(["A"]).replace(",10", ",12")}
    assert heard(tmp_path, files, "revisions: newest\n") == {}
    log = sales_log.read(layout.load(tmp_path / "t.yaml"), tmp_path)
    assert log.transactions.select("invoice", "gross_profit").rows() == [("I1", 10.0), ("I0", 12.0)]
    assert log.left_out.rows() == [("05.csv", "an older revision of an invoice", 1, 10.0)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AC-1", "ac-1"),
        ("00123", "123"),
        ("A 12", "A-12"),
        ("\u0410\u0412\u0421", "ABC"),
        ("Caf\u00e9", "Cafe\u0301"),
    ],
)
def test_keys_in_two_spellings(tmp_path, one, other):
    found = heard(tmp_path, {"a.csv": rows([one, other, "B"])})
    if "alike-customers" in found:
        assert found["alike-customers"].count == 2
    else:  # one spelling was made of both when the log was read
        assert "\u00e9" in one


@pytest.mark.parametrize("pair", [("A10", "A1"), ("100", "1"), ("0", "00100")])
def test_keys_that_differ_in_more_than_spelling_are_silent(tmp_path, pair):
    assert "alike-customers" not in heard(tmp_path, {"a.csv": rows([*pair, "B"])})


@pytest.mark.parametrize(
    ("key", "name"), [("1.23457E+11", "scientific-keys"), ("CASH SALE", "placeholder-customer")]
)
def test_placeholders_instead_of_keys_raise_an_alarm(tmp_path, key, name):
    assert heard(tmp_path, {"a.csv": rows([key, "B2"])})[name].example == key


def test_every_placeholder_is_named_with_the_rule_that_leaves_it_out(tmp_path):
    text = rows(["CASH SALE", "CASH SALE", "guest", "B2"])
    alarm = heard(tmp_path, {"a.csv": text})["placeholder-customer"]
    assert alarm.sentence == (
        "customers 'CASH SALE', 'guest' look like placeholders: 3 of 4 orders."
    )
    assert (alarm.count, alarm.money) == (3, 30.0)
    rule = 'where: [{column: Customer, leave_out: ["CASH SALE", guest]}]\n'
    assert (
        json.loads(alarm.mend.split("`")[1].removeprefix("where: "))
        == yaml.safe_load(rule)["where"]
    )
    assert "placeholder-customer" not in heard(tmp_path, {}, rule)


@pytest.mark.parametrize(("orders", "is_heard"), [(7, True), (6, False)])
def test_a_customer_whose_name_says_nobody_is_heard_with_far_more_orders(
    tmp_path, orders, is_heard
):
    """Two orders are usual, so seven are more than three times as many."""
    ids = [f"C{i}" for i in range(4)] * 2 + ["1000"] * orders
    (tmp_path / "customers.csv").write_text("Id,Name\n1000,Cash sale\n", encoding="utf-8")
    more = "customers: {file: customers.csv, key: Id, name: Name}\n"
    alarms_heard = heard(tmp_path, {"a.csv": rows(ids)}, more)
    assert ("placeholder-customer" in alarms_heard) == is_heard
    if is_heard:
        assert "customer '1000' (Cash sale) looks" in alarms_heard["placeholder-customer"].sentence


def test_one_customer_with_half_of_the_orders(tmp_path):
    text = rows([*(f"C{i}" for i in range(30)), *["Big"] * 30])
    assert heard(tmp_path, {"a.csv": text})["one-customer"].example == "Big"
    assert not heard(tmp_path, {}, "alarms: {accept: [one-customer]}\n")


@pytest.mark.parametrize(("orders", "is_heard"), [(30, True), (12, False)])
def test_one_customer_of_a_few_needs_a_larger_share(tmp_path, orders, is_heard):
    text = rows([*(f"C{i % 11}" for i in range(33)), *["Big"] * orders])
    assert ("one-customer" in heard(tmp_path, {"a.csv": text})) == is_heard


@pytest.mark.parametrize(("blank", "word"), [(2, ""), (3, ""), (3, "#N/A")])
def test_sales_without_an_amount_raise_an_alarm_above_two_percent(tmp_path, blank, word):
    text = rows([f"C{i}" for i in range(100 - blank)])
    text += rows([f"D{i}" for i in range(blank)], start=200).replace("PDM,1,10", f"PDM,1,{word}")
    text += "E,2024-05-01,Y,PDM,1,0\n" * 5  # given away: an amount of 0 is an amount
    found = heard(tmp_path, {"a.csv": text})
    assert ("blank-amounts" in found) == (blank == 3)
    if found:
        assert found["blank-amounts"].count == 3
        assert found["blank-amounts"].example == "3 lines of a.csv"
        assert "have a quantity and no amount; their money counts as 0" in (
            found["blank-amounts"].sentence
        )
    assert not heard(tmp_path, {}, "alarms: {accept: [blank-amounts]}\n")


@pytest.mark.parametrize(
    ("file", "is_raised"),
    [("a.xls", True), ("A.XLSB [Sales]", True), ("a.xlsx", False), ("a.xls.csv", False)],
)
def test_one_blank_amount_raises_an_alarm_where_it_may_be_an_error(tmp_path, file, is_raised):
    (tmp_path / "a.csv").write_text(HEAD + rows([f"C{i}" for i in range(100)]), encoding="utf-8")
    (tmp_path / "t.yaml").write_text(LAYOUT, encoding="utf-8")
    known = layout.load(tmp_path / "t.yaml")
    log = replace(sales_log.read(known, tmp_path), blank={"b.csv": 1, file: 0})
    assert not alarms.of(log, known)
    raised = [alarm.sentence for alarm in alarms.of(replace(log, blank={file: 1}), known)]
    assert [text for text in raised if "may be errors such as #REF!" in text] == raised
    assert bool(raised) == is_raised


@pytest.mark.parametrize(("blank", "words"), [(0, "row: 0."), (1, "counted as 0: 1.")])
def test_the_account_counts_the_lines_without_an_amount(tmp_path, blank, words):
    text = rows([f"C{i}" for i in range(100 - blank)])
    text += rows(["D"] * blank, start=200).replace("PDM,1,10", "PDM,1,")
    (tmp_path / "a.csv").write_text(HEAD + text, encoding="utf-8")
    known = Layout.model_validate(yaml.safe_load(LAYOUT))
    log = sales_log.read(known, tmp_path)
    assert account.report(log, sales_log.SalesLog(), known).sentence.endswith(words)


@pytest.mark.parametrize(("blank", "word"), [(2, "#N/B"), (3, "#N/DISP"), (3, ""), (3, "-")])
def test_amounts_without_a_quantity_are_counted_and_raise_an_alarm(tmp_path, blank, word):
    text = rows([f"C{i}" for i in range(103 - blank)])
    text += rows([f"D{i}" for i in range(blank)], start=200).replace("PDM,1,", f"PDM,{word},")
    found = heard(tmp_path, {"a.csv": text})
    assert ([*found], text.count(f"PDM,{word},")) == (["blank-quantities"] * (blank > 2), blank)
    known = Layout.model_validate(yaml.safe_load(LAYOUT))
    log = sales_log.read(known, tmp_path)
    words = account.report(log, sales_log.SalesLog(), known).sentence
    assert words.endswith(f"an amount and no quantity: {blank}.")


def test_a_product_that_is_never_counted_lacks_no_quantity(tmp_path):
    text = rows([f"C{i}" for i in range(50)]) + rows(["D"] * 9, start=90).replace("PDM,1", "Work,")
    (tmp_path / "a.csv").write_text(HEAD + text, encoding="utf-8")
    known = Layout.model_validate(yaml.safe_load(LAYOUT.replace("[PDM]", "[PDM, Work]")))
    log = sales_log.read(known, tmp_path)
    assert account.report(log, sales_log.SalesLog(), known).sentence.endswith("earlier row: 0.")
    assert not [a for a in alarms.of(log, known) if a.name == "blank-quantities"]


MARGINS = """name: t
shape: long
gross_profit: {}
columns: {{customer_id: C, order_date: D, invoice: C, product: P, quantity: Q, revenue: R, {}: X}}
divisions: [PDM]
"""


@pytest.mark.parametrize(
    ("role", "value", "words"),
    [
        ("unit_cost", lambda n: 3 + n / 4, "is 0 on"),
        ("cost", lambda n: 0, "is the revenue on"),
        ("cost", lambda n: (3 + n / 4) * (1 + n % 3) * 0.6, ""),
        ("gross_profit", lambda n: (3 + n / 4) * (1 + n % 3), "is the revenue on"),
        ("gross_profit", lambda n: (3 + n / 4) * (1 + n % 3) * 1.4, "is above the revenue on"),
        ("cost", lambda n: 2 + n % 7 / 4, ""),
        ("gross_profit", lambda n: 1 + n / 3, ""),
    ],
)
def test_a_cost_or_profit_that_follows_from_the_revenue_raises_an_alarm(
    tmp_path, role, value, words
):
    lines = [(n, 1 + n % 3, (3 + n / 4) * (1 + n % 3), value(n)) for n in range(40)]
    body = "".join(f"C{n},2024-05-01,PDM,{q},{r:.2f},{x:.2f}\n" for n, q, r, x in lines)
    (tmp_path / "a.csv").write_text(f"C,D,P,Q,R,X\n{body}", encoding="utf-8")
    kind = "column" if role == "gross_profit" else "cost"
    known = Layout.model_validate(yaml.safe_load(MARGINS.format(kind, role)))
    found = {alarm.name: alarm for alarm in alarms.of(sales_log.read(known, tmp_path), known)}
    assert ("profit-of-revenue" in found) == bool(words)
    assert not words or (words in found["profit-of-revenue"].sentence)


def test_a_blank_amount_in_an_older_revision_raises_no_alarm(tmp_path):
    blank = rows([f"C{i}" for i in range(5)]).replace("PDM,1,10", "PDM,1,")
    files = {"a.csv": blank, "b.csv": rows([f"C{i}" for i in range(5)])}
    assert not heard(tmp_path, files, "revisions: newest\n")


def test_a_wide_log_with_quantities_and_no_amounts_raises_an_alarm(tmp_path):
    head = "Customer,Date,Invoice,PDM GP,PDM Qty\n"
    body = "".join(f"C{i},2024-05-01,I{i},{'' if i < 3 else 10},1\n" for i in range(100))
    (tmp_path / "a.csv").write_text(head + body, encoding="utf-8")
    known = Layout.model_validate(
        {
            "name": "t",
            "shape": "wide",
            "columns": {"customer_id": "Customer", "order_date": "Date", "invoice": "Invoice"},
            "pair": ["{product} GP", "{product} Qty"],
            "divisions": ["PDM"],
        }
    )
    log = sales_log.read(known, tmp_path)
    assert log.blank == {"a.csv": 3}
    assert [alarm.name for alarm in alarms.of(log, known)] == ["blank-amounts"]


def test_most_quantities_negative_until_the_sign_is_turned(tmp_path):
    text = rows(["A", "B", "C"]).replace("PDM,1", "PDM,-1")
    found = heard(tmp_path, {"a.csv": text})
    assert "`negate: [Qty]`" in found["mostly-negative-quantity"].mend
    assert not heard(tmp_path, {}, "negate: [Qty]\n")


def test_a_customers_file_of_others(tmp_path):
    (tmp_path / "customers.csv").write_text("Id,Size\n00100001,big\n00100002,big\n")
    more = "customers: {file: customers.csv, key: Id, attributes: [{column: Size}]}\n"
    found = heard(tmp_path, {"a.csv": rows(["100001", "100002"])}, more)
    assert "describes 0 of the 2" in found["customers-file"].sentence


ASSETS = "assets: {file: assets.csv, customer_id: Id, product: What, start: From, expiry: To}\n"


@pytest.mark.parametrize(
    ("bad", "level"), [(2, None), (3, "warning"), (99, "warning"), (100, "failed")]
)
def test_assets_with_dates_in_another_format_raise_an_alarm(tmp_path, bad, level):
    lines = ["A,PDM,2023-01-01,2024-12-31"] * (100 - bad) + ["A,PDM,01.04.2023,31.03.2024"] * bad
    (tmp_path / "assets.csv").write_text("\n".join(["Id,What,From,To", *lines]))
    found = heard(tmp_path, {"a.csv": rows(["A", "B"])}, ASSETS)
    assert (found["rejected-assets"].level if found else None) == level
    if found:
        assert found["rejected-assets"].sentence.startswith(f"{bad} of 100 rows of the assets")


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("A,Zz,2023-01-01,2024-12-31", "products in the file as `divisions`"),
        ("A,PDM,01.04.2023,31.03.2024", "format of their dates"),
        ("A,PDM,2023-01-01,2022-12-31", "Correct the rows"),
    ],
)
def test_the_remedy_for_rejected_assets_names_their_cause(tmp_path, line, remedy):
    (tmp_path / "assets.csv").write_text("\n".join(["Id,What,From,To", *[line] * 9]))
    found = heard(tmp_path, {"a.csv": rows(["A", "B"])}, ASSETS)
    assert remedy in found["rejected-assets"].mend


@pytest.mark.parametrize(
    ("ids", "level"), [("AAAB", None), ("AAXX", None), ("AXXX", "warning"), ("XXXX", "failed")]
)
def test_assets_of_customers_whom_the_log_lacks_raise_an_alarm(tmp_path, ids, level):
    lines = [f"{key},PDM,2023-01-01," for key in ids]
    (tmp_path / "assets.csv").write_text("\n".join(["Id,What,From,To", *lines]))
    found = heard(tmp_path, {"a.csv": rows(["A", "B"])}, ASSETS)
    assert (found["assets-file"].level if found else None) == level
    if found:
        assert found["assets-file"].example == "'X' in the assets, 'A' in the log"


@pytest.mark.parametrize(
    ("listed", "level"),
    [(["A", "B", "C"], None), (["A", "B"], None), (["A"], "warning"), (["x-A"], "failed")],
)
def test_a_joined_table_that_lists_few_rows_raises_an_alarm(tmp_path, listed, level):
    (tmp_path / "t.csv").write_text("Code,Group\n" + "".join(f"{key},g\n" for key in listed))
    more = "files: a.csv\njoin: [{file: t.csv, on: {Customer: Code}}]\n"
    found = heard(tmp_path, {"a.csv": rows(["A", "B", "C"])}, more)
    assert (found["unmatched-table"].level if found else None) == level
    if found:
        assert "t.csv lists the key of" in found["unmatched-table"].sentence


ACCOUNTS = "files: a.csv\naccounts: {file: t.csv, by: Old, gives: New}\n"


@pytest.mark.parametrize(
    ("listed", "keys", "customers"),
    [("7,8", "exact", 1), ("007,008", "exact", 2), ("007,008", "alike", 1)],
)
def test_accounts_in_another_spelling_merge_under_keys_alike_and_raise_an_alarm_else(
    tmp_path, listed, keys, customers
):
    (tmp_path / "t.csv").write_text(f"Old,New\n{listed}\n")
    found = heard(tmp_path, {"a.csv": rows(["7", "8"])}, f"{ACCOUNTS}keys: {keys}\n")
    assert {name: alarm.level for name, alarm in found.items()} == (
        {"unmatched-table": "failed"} if customers == 2 else {}
    )
    log = sales_log.read(layout.load(tmp_path / "t.yaml"), tmp_path)
    assert log.transactions["customer_id"].n_unique() == customers


@pytest.mark.parametrize(("bad", "is_heard"), [(0, False), (2, False), (3, True), (40, True)])
def test_numbers_of_customers_that_cannot_be_read_raise_an_alarm(tmp_path, bad, is_heard):
    staff = ["10-49"] * bad + ["1,200", "-", ""] + ["7"] * (99 - bad)
    lines = [f'C{i},"{text}"' for i, text in enumerate(staff)]
    (tmp_path / "customers.csv").write_text("\n".join(["Id,Staff", *lines]))
    more = (
        "customers: {file: customers.csv, key: Id, attributes: [{column: Staff, kind: number}]}\n"
    )
    found = heard(tmp_path, {"a.csv": rows([f"C{i}" for i in range(102)])}, more)
    assert list(found) == ["unreadable-attribute"] * is_heard
    if is_heard:
        alarm = found["unreadable-attribute"]
        assert (alarm.count, alarm.example) == (bad, "10-49")
        assert alarm.sentence.startswith(f"{bad} of 100 values of 'Staff'")


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        ("where: [{column: Status, leave_out: [CANCELED]}]", None),
        ("where: [{column: Status, leave_out: [Canceled, Void]}]", None),
        ("where: [{column: Status, leave_out: [Void]}]", "warning"),
        ("where: [{column: Status, leave_out: [Cancelled]}]", "failed"),
        ("where: [{column: Status, keep: [Paid, Cancelled]}]", "failed"),
        ("returns: {column: Status, values: [Canceled]}", None),
        ("returns: {column: Status, values: [Credit Note]}", "warning"),
    ],
)
def test_a_rule_whose_value_no_row_has_raises_an_alarm(tmp_path, rule, level):
    lines = "".join(f"C{i},2024-05-01,I{i},PDM,1,10,Paid\n" for i in range(9))
    (tmp_path / "a.csv").write_text(
        HEAD.replace("\n", ",Status\n") + lines + "C9,2024-05-01,I9,PDM,1,10,Canceled\n"
    )
    found = heard(tmp_path, {}, f"{rule}\n")
    assert {name: alarm.level for name, alarm in found.items()} == (
        {"rule-without-rows": level} if level else {}
    )


def test_a_division_of_the_layout_without_a_row_raises_an_alarm(tmp_path, monkeypatch):
    named = LAYOUT.replace("[PDM]", "[PDM, Softwear]")
    monkeypatch.setitem(globals(), "LAYOUT", named)
    alarm = heard(tmp_path, {"a.csv": rows(["A1", "B2"])})["division-without-rows"]
    assert (alarm.level, alarm.count) == ("warning", 1)
    assert "'Softwear'" in alarm.sentence


def test_rows_left_out_by_rule_are_no_rejects(tmp_path):
    text = rows(["A", "B", ""]) + rows(["C"]).replace("I0", "void").replace("2024-05-01", "?")
    more = 'where: [{column: Invoice, leave_out: [VOID]}, {column: Customer, leave_out: [""]}]\n'
    assert heard(tmp_path, {"a.csv": text}, more) == {}
    log = sales_log.read(layout.load(tmp_path / "t.yaml"), tmp_path)
    assert log.rejected.is_empty()
    assert log.left_out.select("rule", "rows", "gross_profit").rows() == [
        ("Customer is blank", 1, 10.0),
        ("Invoice is void", 1, 10.0),
    ]


def test_check_exits_with_a_status_of_its_own_for_questions(tmp_path):
    heard(tmp_path, {"a.csv": rows(["A", "B"])}, 'questions: ["order_date: day or month first?"]\n')
    asked = CliRunner().invoke(
        app, ["layout", "check", str(tmp_path / "t.yaml"), "--data", str(tmp_path)]
    )
    assert asked.exit_code == 3
    assert "day or month first?" in asked.stdout
    ran = CliRunner().invoke(
        app, ["run", "--layout", str(tmp_path / "t.yaml"), "--data", str(tmp_path)]
    )
    assert ran.exit_code == 2
    assert "open questions" in ran.stderr


def test_check_exits_with_one_after_a_failed_alarm(tmp_path):
    heard(tmp_path, {"a.csv": rows(["A"], "never")})
    asked = CliRunner().invoke(
        app, ["layout", "check", str(tmp_path / "t.yaml"), "--data", str(tmp_path)]
    )
    assert asked.exit_code == 1
    assert "closes to the cent" not in asked.stdout


def sales(mark, days=MONDAYS, late=0, money=lambda number: 10 + number % 7, customers=5):
    rows = []
    for number, day in enumerate(days):
        sold, customer = day + timedelta(days=late), f"C{number % customers}"
        rows.append(f"{customer},{sold},{mark}{number},PDM,1,{money(number)}\n")
    return "".join(rows)


@pytest.mark.parametrize("late", [0, 6, 20])
def test_orders_and_their_invoices_raise_an_alarm(tmp_path, late):
    found = heard(tmp_path, {"orders.csv": sales("O"), "invoices.csv": sales("I", late=late)})
    alarm = found["same-sales-twice"]
    assert alarm.level == "failed"
    assert "lines of invoices.csv stand in orders.csv as well" in alarm.sentence


def test_other_amounts_are_other_sales(tmp_path):
    other = sales("I", money=lambda number: 11 + number % 7)
    assert "same-sales-twice" not in heard(tmp_path, {"a.csv": sales("O"), "b.csv": other})


def test_the_same_order_every_week_in_a_file_per_month_is_no_copy(tmp_path):
    months = {f"m{m}.csv": [day for day in MONDAYS if day.month == m] for m in range(1, 10)}
    same = {name: sales(name, days * 5, money=lambda number: 10) for name, days in months.items()}
    assert "same-sales-twice" not in heard(tmp_path, same)


def test_a_price_list_and_few_customers_do_not_make_two_files_one(tmp_path):
    north = sales("N", MONDAYS[::2], customers=3, money=lambda number: 10 + number % 2)
    south = sales("S", [day + timedelta(days=9) for day in MONDAYS[1::2]], customers=5)
    assert "same-sales-twice" not in heard(tmp_path, {"a.csv": north, "b.csv": south})


def test_lines_of_one_invoice_are_said_to_be_the_same_export_alone(tmp_path):
    found = heard(tmp_path, {"a.csv": sales("I"), "b.csv": sales("I")})
    assert list(found) == ["same-export-twice"]


def test_a_customer_who_only_returned_goods_has_no_orders(tmp_path):
    text = rows([f"C{i}" for i in range(9)])
    text += rows(["D"], start=200).replace("PDM,1,10", "PDM,-1,-10")
    (tmp_path / "a.csv").write_text(HEAD + text, encoding="utf-8")
    known = Layout.model_validate(yaml.safe_load(LAYOUT))
    report = account.report(sales_log.read(known, tmp_path), sales_log.SalesLog(), known)
    assert (report.customers, report.customers_with_orders) == (10, 9)


@pytest.mark.parametrize(("name", "raised"), [("later.csv", ["files-left-out"]), ("a2.csv", [])])
def test_a_holdout_whose_files_the_layout_does_not_name_raises_an_alarm(tmp_path, name, raised):
    (tmp_path / "a1.csv").write_text(HEAD + rows(["C1", "C2"]), encoding="utf-8")
    (tmp_path / "holdout").mkdir()
    text = HEAD + rows(["C1", "C2"], "2024-05-02", 50)
    (tmp_path / "holdout" / name).write_text(text, encoding="utf-8")
    (tmp_path / "holdout" / "README.md").write_text("later sales", encoding="utf-8")
    known = Layout.model_validate(yaml.safe_load(LAYOUT + "files: a*.csv\n"))
    log = sales_log.read(known, tmp_path)
    later = sales_log.read_holdout(known, tmp_path / "holdout", log)
    found = alarms.of_holdout(log, later, known)
    assert [alarm.name for alarm in found] == raised
    assert all("files there: 1." in alarm.sentence and name in alarm.example for alarm in found)
