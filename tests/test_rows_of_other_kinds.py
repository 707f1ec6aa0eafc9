"""Rows that count twice or are no sales: purchases, credit notes, kits, lines per unit."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from gosales_lib import layout_init, sales_log

GOODS = {"Bolt": 2.0, "Anchor": 5.5, "Cable": 64.0, "Paint": 38.0, "Helmet": 14.0}
HEADER = "Invoice,Customer No,Customer Name,Date,Item,Qty,Amount"


def written(folder, header, rows):
    """Write rows of 60 orders; `rows` gives the cells behind the amount of each line.

    It takes the number of the order, item, quantity and amount, and returns per row: the number
    of the order, item, quantity, amount and further cells.
    """
    draw, text = Random(23), [",".join([HEADER, *header])]
    for order in range(60):
        who, day = draw.randrange(9), date(2023, 1, 2) + timedelta(days=6 * order)
        for item in draw.sample(sorted(GOODS), 2):
            quantity = draw.choice([1, 2, 3, 5])
            for number, *more in rows(order, item, quantity, round(quantity * GOODS[item], 2)):
                head = number, 41200 + who, f"Firm {'ABCDEFGHI'[who]}", day
                text.append(",".join(map(str, (*head, *more))))
    (folder / "sales.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    return layout_init.propose(folder / "sales.csv")


def revenue(layout, folder):
    return sales_log.read(layout, folder).transactions["revenue"].sum()


@pytest.mark.parametrize(
    ("bought", "sold"),
    [
        ("Einkauf", "Verkauf"),
        ("Purchase invoice", "Sales invoice"),
        ("Compra", "Venta"),
        ("采购", "销售"),
    ],
)
def test_purchases_beside_sales_are_left_out(tmp_path, bought, sold):
    def rows(order, item, quantity, amount):
        yield 7000 + order, item, quantity, amount, bought if order % 4 == 0 else sold

    found = written(tmp_path, ["Zzv"], rows)
    assert not found.questions
    assert f"whose 'Zzv' is {bought!r} are purchases beside sales" in found.notes["where"]
    assert found.layout.where[0].leave_out == [bought]


@pytest.mark.parametrize("back", ["NC/", "RINV-", "CN "])
@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_that_begin_as_those_of_credit_notes_are_asked_about(tmp_path, back, sign):
    amounts = []

    def rows(order, item, quantity, amount):
        is_back = order % 9 == 5
        amounts.append(amount if is_back else 0)
        times = sign if is_back else 1
        yield f"{back if is_back else 'FT/'}{7000 + order}", item, quantity * times, amount * times

    found = written(tmp_path, [], rows)
    if sign < 0:
        assert not found.questions
        return
    (asked,) = found.questions
    assert f"begins with {back!r} are positive like sales: are they returns?" in asked
    assert found.layout.returns.begins == [back]
    gross = revenue(found.layout.model_copy(update={"returns": None}), tmp_path)
    given = sum(amounts)
    assert revenue(found.layout, tmp_path) == pytest.approx(gross - 2 * given)


@pytest.mark.parametrize(("held", "free"), [("inkl.", "exkl."), ("TTC", "HT"), ("gross", "net")])
def test_a_column_that_says_which_rows_hold_the_tax_is_asked_about(tmp_path, held, free):
    def rows(order, item, quantity, amount):
        tax = 1.19 if order % 3 == 0 else 1
        yield 7000 + order, item, quantity, round(amount * tax, 2), free if tax == 1 else held

    (asked,) = written(tmp_path, ["Zzv"], rows).questions
    assert f"whose 'Zzv' is {held!r}: does 'Amount' hold the tax there" in asked


@pytest.mark.parametrize("is_per_unit", [True, False])
def test_a_line_that_stands_once_per_unit_is_asked_about(tmp_path, is_per_unit):
    numbers = iter(range(10**4))

    def rows(order, item, quantity, amount):
        for _ in range(quantity if is_per_unit else 1):
            yield 7000 + order, item, quantity, amount, f"SN{next(numbers):05d}"

    found = written(tmp_path, ["Serial"], rows)
    if not is_per_unit:
        assert not found.questions
        return
    (asked,) = found.questions
    assert "copies of earlier ones but for 'Serial', and each line stands as often" in asked


@pytest.mark.parametrize("is_twice", [True, False])
def test_kits_whose_parts_hold_the_same_money_are_asked_about(tmp_path, is_twice):
    def rows(order, item, quantity, amount):
        yield 7000 + order, item, quantity, amount, "Kit" if order % 3 == 0 else "Item"
        if order % 3 == 0:
            for part in ("Paint", "Bolt"):
                share = round(amount / 2, 2) if part == "Paint" else amount - round(amount / 2, 2)
                yield 7000 + order, part, quantity, round(share, 2) if is_twice else 0, "Part"

    found = written(tmp_path, ["Zzv"], rows)
    asked = [question for question in found.questions if "the sum of the lines 'Part'" in question]
    assert len(asked) == is_twice
    if is_twice:
        assert found.layout.where[0].leave_out == ["Kit"]


@pytest.mark.parametrize(
    ("billed", "paid"),
    [
        ("Invoice", "Payment"),
        ("Factuur", "Betaling"),
        ("Faktura", "Wpłata"),
        ("Rechnung", "Zahlung"),
    ],
)
def test_payments_beside_invoices_are_left_out(tmp_path, billed, paid):
    def rows(order, item, quantity, amount):
        yield 7000 + order, item, quantity, amount, billed, f"Group {item[0]}"
        yield 9000 + order, "", "", -amount, paid, ""

    found = written(tmp_path, ["Type", "Zzgroup"], rows)
    assert not found.questions
    assert found.layout.columns.division != "Type"
    assert (found.layout.where[0].column, found.layout.where[0].leave_out) == ("Type", [paid])
