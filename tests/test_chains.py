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


@pytest.mark.parametrize("other", ["Invoice B", "Cash sale"])
def test_invoices_and_sales_without_one_all_count(tmp_path, other):
    written(tmp_path, {other: 1, "Invoice": 1})
    assert layout_init.propose(tmp_path).layout.where == []
