"""One sale as quotation, order and invoice in the same log counts once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gosales_lib import layout_init, sales_log

GOODS = {"Bolt": 2.0, "Anchor": 5.5, "Cable": 64.0}


def written(folder, kinds):
    """Write 60 sales, each as a row per kind of document of whose share it is; return the money."""
    text, money = ["Document Type,Customer No,Date,Document No,Item,Quantity,Amount"], 0.0
    for i in range(60):
        item, price = list(GOODS.items())[i % 3]
        quantity = 1 + i * 7 % 11
        for kind, of in kinds.items():
            if i % 10 < of * 10:
                day = date(2024, 1, 3) + timedelta(days=4 * i)
                row = kind, 4100 + i % 9, day, f"{kind[:2]}{i}", item, quantity, quantity * price
                text.append(",".join(map(str, row)))
                money += quantity * price * (kind == "Invoice")
    (folder / "documents.csv").write_text("\n".join(text) + "\n")
    return money


def test_steps_before_an_invoice_are_asked_about(tmp_path):
    money = written(tmp_path, {"Quotation": 1, "Sales Order": 0.8, "Invoice": 0.6})
    found = layout_init.propose(tmp_path)
    (asked,) = found.questions
    assert (
        "108 rows whose 'Document Type' is 'Quotation', 'Sales Order' stand again as invo" in asked
    )
    sales = sales_log.read(found.layout, tmp_path).transactions
    assert sales["revenue"].sum() == pytest.approx(money)


@pytest.mark.parametrize("orders", [1, 0.3])
def test_orders_of_some_invoices_are_asked_about(tmp_path, orders):
    money = written(tmp_path, {"Sales Order": orders, "Invoice": 1})
    found = layout_init.propose(tmp_path).layout
    (rule,) = found.where
    assert rule.leave_out == ["Sales Order"]
    assert sales_log.read(found, tmp_path).transactions["revenue"].sum() == pytest.approx(money)


@pytest.mark.parametrize("kinds", ["Quotation Order Dispatch Invoice", "SQ SO SD SI", "SQ SO Zz"])
def test_every_document_of_a_sale_but_one_is_left_out(tmp_path, kinds):
    *before, last = kinds.split()
    rows = [
        (kind, customer, after + 3 * step, *line)
        for customer, after, *line in SOLD
        for step, kind in enumerate(kinds.split())
    ]
    found, (asked,) = coded(tmp_path, rows)
    assert f"stand again as invoices ({last!r})" in asked
    (rule,) = found.layout.where
    assert sorted(rule.leave_out) == sorted(before)
    assert sales_log.read(found.layout, tmp_path).transactions.height == len(SOLD)


def test_no_answer_keeps_two_unknown_documents_of_a_sale(tmp_path):
    rows = [(k, c, d + 3 * "ZQX".index(k), *of) for c, d, *of in SOLD for k in "ZQX"]
    (asked,) = coded(tmp_path, rows)[1]
    assert "keep: [X]" in asked and "leave_out" not in asked


def test_credit_notes_are_no_document_before_an_invoice(tmp_path):
    rows = [(kind, *sale) for sale in SOLD for kind in ("Order", "Invoice")]
    rows += [("Zz", c, after + 6, *line) for c, after, *line in SOLD[::5]]
    assert coded(tmp_path, rows)[0].layout.where[0].leave_out == ["Order"]


@pytest.mark.parametrize("other", ["Invoice B", "Cash sale"])
def test_invoices_and_sales_without_one_all_count(tmp_path, other):
    written(tmp_path, {other: 1, "Invoice": 1})
    assert layout_init.propose(tmp_path).layout.where == []


def coded(folder, rows):
    """Write rows of code, customer, day, item and quantity; return what is asked."""
    text = ["Cd,Customer No,Date,Document No,Item,Quantity,Amount"]
    for number, (code, customer, after, item, quantity) in enumerate(rows):
        day, amount = date(2024, 1, 3) + timedelta(days=after), quantity * GOODS[item]
        text.append(f"{code},{customer},{day},{700 + number},{item},{quantity},{amount:.2f}")
    (folder / "log.csv").write_text("\n".join(text) + "\n")
    found = layout_init.propose(folder)
    return found, [question for question in found.questions if "stand again" in question]


SOLD = [(4100 + i * 5 % 9, 4 * i, list(GOODS)[i % 3], 1 + i * 37 % 61) for i in range(90)]


@pytest.mark.parametrize("share", [1.0, 0.15])
def test_rows_that_stand_again_under_a_code_that_nobody_knows_are_asked_about(tmp_path, share):
    again = [("Z", c, after + 6, *line) for c, after, *line in SOLD[: int(share * len(SOLD))]]
    found, asked = coded(tmp_path, [*(("Q", *sale) for sale in SOLD), *again])
    assert "`where: [{column: Cd, keep: [Z]}]` gives" in asked[0]
    assert "`returns: {column: Cd, values: [Z]}` gives" in asked[0]
    assert found.layout.where == []
    assert sales_log.read(found.layout, tmp_path).transactions.height == len(SOLD) + len(again)


def test_sales_without_a_quantity_are_compared_by_their_money(tmp_path):
    text = ["Cd,Customer No,Date,Document No,Item,Amount"]
    for code, later in (("Q", 0), ("Z", 6)):
        for number, (customer, after, item, quantity) in enumerate(SOLD):
            row = customer, date(2024, 1, 3) + timedelta(days=after + later), f"{code}{number}"
            text.append(",".join(map(str, (code, *row, item, f"{quantity * GOODS[item]:.2f}"))))
    (tmp_path / "log.csv").write_text("\n".join(text) + "\n")
    found = layout_init.propose(tmp_path)
    assert found.layout.columns.quantity == found.layout.columns.revenue == "Amount"
    assert [question for question in found.questions if "stand again" in question]


def test_a_code_of_other_sales_is_not_asked_about(tmp_path):
    assert not coded(tmp_path, [("ZQ"[i % 5 > 0], *sale) for i, sale in enumerate(SOLD)])[1]


def test_equal_orders_of_each_month_are_not_the_same_sale(tmp_path):
    monthly = [(4100 + i % 9, 30 * (i // 9), list(GOODS)[i % 3], 1 + i % 9) for i in range(108)]
    assert not coded(tmp_path, [("ZQ"[i % 7 > 0], *sale) for i, sale in enumerate(monthly)])[1]


def test_equal_orders_of_another_year_are_not_the_same_sale(tmp_path):
    renewed = [("Z", customer, after + 365, *line) for customer, after, *line in SOLD]
    assert not coded(tmp_path, [*(("Q", *sale) for sale in SOLD), *renewed])[1]


@pytest.mark.parametrize(("drafts", "is_asked"), [(("0", "0"), True), (("0", "1"), False)])
def test_a_flag_of_the_rows_without_an_invoice_number_is_asked_about(tmp_path, drafts, is_asked):
    text = ["Pstd,Customer No,Date,Document No,Item,Quantity,Amount"]
    for number, (customer, after, item, quantity) in enumerate(SOLD):
        flag, document = ("1", f"I{number}") if number % 9 else (drafts[number % 2], "")
        day, amount = date(2024, 1, 3) + timedelta(days=after), quantity * GOODS[item]
        text.append(f"{flag},{customer},{day},{document},{item},{quantity},{amount:.2f}")
    (tmp_path / "log.csv").write_text("\n".join(text) + "\n")
    asked = [question for question in layout_init.propose(tmp_path).questions if "Pstd" in question]
    assert bool(asked) == is_asked
    assert not asked or "10 rows whose 'Pstd' is '0': are they no sales?" in asked[0]
