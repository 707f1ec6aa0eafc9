"""What columns are under names that mislead, that nobody knows, or of many languages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from random import Random

import polars as pl
import pytest

from gosales_lib import layout_init, sales_log
from gosales_lib.sales_log import alarms, numbers

GOODS = {"Bolt": 2.0, "Anchor": 5.5, "Cable": 64.0, "Paint": 38.0, "Helmet": 14.0}


def proposed(folder, header, cells, price=lambda draw, list_price: list_price, day="Date"):
    """Return what init proposes for 150 lines with the cells of quantity, price and amount."""
    draw = Random(17)
    text = [f"Customer No,Customer Name,Invoice,{day or 'Zzd'},Item,{header}"]
    for i in range(150):
        item, listed = draw.choice(list(GOODS.items()))
        quantity, customer = draw.choice([1, 2, 3, 5, 8]), draw.randrange(9)
        paid = round(price(draw, listed), 2)
        on = date(2023, 1, 2) + timedelta(days=3 * i)
        more = cells(i, quantity, listed, paid, round(quantity * paid, 2))
        name = f"Firm {'ABCDEFGHI'[customer]}"
        row = (41200 + customer, name, 9000 + i, on if day else "", item, *more)
        text.append(",".join(map(str, row)))
    (folder / "sales.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    return layout_init.propose(folder / "sales.csv")


def with_orders_of_three(log):
    """Return the lines of a log with the order, customer and day of every third one."""
    lines = pl.read_csv(log).with_columns((pl.col("Invoice") // 3).alias("Invoice"))
    head = pl.col("Customer No", "Customer Name", "Date").first().over("Invoice")
    return lines.with_columns(head)


@pytest.mark.parametrize("name", ["Zzrvk", "Unit", "Each"])
def test_a_column_that_gives_steady_prices_is_the_quantity_under_any_name(tmp_path, name):
    found = proposed(tmp_path, f"{name},Amount", lambda i, q, listed, paid, amount: (q, amount))
    assert (found.layout.columns.quantity, found.layout.columns.unit_price) == (name, None)
    assert "a steady price of each product" in found.notes["quantity"]
    assert not found.questions


def test_small_whole_numbers_that_give_no_steady_price_are_asked_about(tmp_path):
    found = proposed(
        tmp_path,
        "Zzrvk,Amount",
        lambda i, q, listed, paid, amount: (q, amount),
        price=lambda draw, listed: draw.uniform(1, 90),
    )
    (asked,) = found.questions
    assert (
        "no column is called a quantity; is it 'Zzrvk', or does the money count as such?" in asked
    )


@pytest.mark.parametrize(
    "code",
    [
        lambda i, q, listed: i + 1,  # the number of a line
        lambda i, q, listed: {2.0: 1, 5.5: 2, 64.0: 3, 38.0: 4, 14.0: 5}[listed],  # of a product
        lambda i, q, listed: 30_000 + 977 * q,  # no small numbers
    ],
)
def test_codes_and_line_numbers_are_no_quantity(tmp_path, code):
    found = proposed(
        tmp_path,
        "Zzrvk,Amount",
        lambda i, q, listed, paid, amount: (code(i, q, listed), amount),
    )
    assert found.layout.columns.quantity == "Amount"
    assert not found.questions


@pytest.mark.parametrize("other", ["Mindestmenge", "Gewicht kg", "Lagermenge"])
def test_the_plain_name_of_a_quantity_comes_before_another_one(tmp_path, other):
    found = proposed(
        tmp_path, f"{other},Menge,Umsatz", lambda i, q, listed, paid, amount: (5 + i % 3, q, amount)
    )
    assert found.layout.columns.quantity == "Menge"


@pytest.mark.parametrize("name", ["Kostenstelle", "Cost Center", "Centre de coût"])
def test_a_cost_centre_is_no_cost(tmp_path, name):
    found = proposed(
        tmp_path, f"Qty,{name},Amount", lambda i, q, listed, paid, amount: (q, 10 + i % 3, amount)
    )
    assert found.layout.gross_profit == "revenue"
    assert not found.questions


@pytest.mark.parametrize("code", [lambda i: 3100 + 10 * (i % 5), None])
def test_a_profit_centre_is_no_profit(tmp_path, code):
    """Neither few codes, nor one per customer."""
    found = proposed(
        tmp_path,
        "Qty,Profit Centre,Amount",
        lambda i, q, listed, paid, amount: (q, code(i) if code else "", amount),
    )
    if code is None:
        log = tmp_path / "sales.csv"
        table = pl.read_csv(log).with_columns(pl.col("Customer No").alias("Profit Centre") - 38_000)
        table.write_csv(log)
        found = layout_init.propose(log)
    assert found.layout.gross_profit == "revenue"
    assert not found.questions


@pytest.mark.parametrize("name", ["Koszt Zzrvk", "Koszt wysyłki"])
@pytest.mark.parametrize("amounts", [[14.99], [9.99, 14.99, 0.0]])
def test_a_cost_that_is_one_amount_or_one_per_order_is_no_cost_of_goods(tmp_path, name, amounts):
    proposed(
        tmp_path,
        f"Qty,{name},Amount",
        lambda i, q, listed, paid, amount: (q, amounts[i // 3 % len(amounts)], amount),
    )
    log = tmp_path / "sales.csv"
    with_orders_of_three(log).write_csv(log)
    found = layout_init.propose(log)
    assert (found.layout.columns.cost, found.layout.columns.unit_cost) == (None, None)
    assert found.layout.gross_profit == "revenue"


@pytest.mark.parametrize("has_cost", [True, False])
def test_a_margin_that_is_a_percentage_by_its_numbers_is_no_profit(tmp_path, has_cost):
    rates = {2.0: 41.8, 5.5: 44.9, 64.0: 32.7, 38.0: 39.5, 14.0: 37.4}

    def cells(i, q, listed, paid, amount):
        cost = round(amount * (1 - rates[listed] / 100), 2)
        return (q, amount, *([cost] if has_cost else []), rates[listed])

    found = proposed(tmp_path, f"Qty,Amount,{'COGS,' if has_cost else ''}Margin", cells)
    expected = ("cost", "COGS") if has_cost else ("revenue", None)
    assert (found.layout.gross_profit, found.layout.columns.cost) == expected
    assert found.layout.columns.gross_profit is None
    assert not found.questions


def test_a_levy_called_a_contribution_on_few_lines_is_no_margin(tmp_path):
    def cells(i, q, listed, paid, amount):
        return q, amount, 0.3 if i % 5 == 0 else 0

    found = proposed(tmp_path, "Menge,Umsatz,Eco-contribution", cells)
    assert found.layout.gross_profit == "revenue"
    assert not found.questions


def test_a_day_that_differs_between_the_lines_of_an_order_is_not_the_orders(tmp_path):
    def cells(i, q, listed, paid, amount):
        return q, amount, date(2022, 11, 2) + timedelta(days=3 * i - 7 * (i % 5))

    proposed(tmp_path, "Menge,Umsatz,Produktionsdatum", cells)
    log = tmp_path / "sales.csv"
    lines = with_orders_of_three(log).rename({"Date": "Zzv"})
    lines.select("Produktionsdatum", pl.exclude("Produktionsdatum")).write_csv(log)
    found = layout_init.propose(log)
    assert (found.layout.columns.order_date, found.layout.columns.invoice) == ("Zzv", "Invoice")
    assert not found.questions


def test_of_two_days_in_german_the_documents_is_the_orders(tmp_path):
    def cells(i, q, listed, paid, amount):
        return q, amount, date(2023, 1, 2) + timedelta(days=3 * i + i % 4)

    proposed(tmp_path, "Menge,Umsatz,WLDatum", cells)
    log = tmp_path / "sales.csv"
    log.write_text(log.read_text(encoding="utf-8").replace("Date", "Belegdat.", 1), "utf-8")
    found = layout_init.propose(log)
    assert found.layout.columns.order_date == "Belegdat."
    assert not found.questions


def test_of_two_prices_without_an_amount_the_paid_one_is_asked_for(tmp_path):
    found = proposed(
        tmp_path,
        "Listenpreis,Nettopreis,Menge",
        lambda i, q, listed, paid, amount: (listed, paid, q),
        price=lambda draw, listed: listed * draw.choice([0.7, 0.8, 0.9]),
    )
    assert found.layout.columns.unit_price == "Nettopreis"
    prices = proposed(
        tmp_path,
        "Price A,Price B,Menge",
        lambda i, q, listed, paid, amount: (listed, paid, q),
        price=lambda draw, listed: listed * draw.choice([0.7, 0.8, 0.9]),
    )
    (asked,) = prices.questions
    assert "which price was paid: 'Price A', 'Price B'?" in asked


@pytest.mark.parametrize(
    ("header", "rare", "usual"),
    [
        ("S/H", "S", "H"),
        ("Vorzeichen", "-", "+"),
        ("Zzrvk", "\u2212", "+"),  # the minus of mathematics; no other column holds but these two
        ("Signe", "-1", "1"),
    ],
)
def test_a_column_of_signs_is_asked_about(tmp_path, header, rare, usual):
    found = proposed(
        tmp_path,
        f"Menge,Umsatz,{header}",
        lambda i, q, listed, paid, amount: (q, amount, rare if i % 9 == 0 else usual),
    )
    (asked,) = found.questions
    assert f"rows whose {header!r} is {rare!r} are positive like sales" in asked
    returned = sales_log.read(found.layout, tmp_path).transactions.filter(pl.col("quantity") < 0)
    assert returned.height == 17


@pytest.mark.parametrize(
    ("header", "rare", "usual"), [("Stock", "-", ""), ("Stock", "1", "-1"), ("Signe", "+", "")]
)
def test_a_placeholder_for_a_blank_is_no_sign(tmp_path, header, rare, usual):
    found = proposed(
        tmp_path,
        f"Menge,Umsatz,{header}",
        lambda i, q, listed, paid, amount: (q, amount, rare if i % 9 == 0 else usual),
    )
    assert not found.questions


@pytest.mark.parametrize(
    ("before", "money"),
    [
        ("Umsatz Vorjahr", "Umsatz"),
        ("CA N-1", "CA"),
        ("Sales LY", "Sales"),
        ("Umsatz Ziel", "Umsatz"),
        ("Ventas año anterior", "Ventas"),
    ],
)
def test_money_of_the_year_before_or_of_a_plan_is_no_revenue(tmp_path, before, money):
    found = proposed(
        tmp_path,
        f"{before},Qty,{money}",
        lambda i, q, listed, paid, amount: (round(amount * (0.5 + i % 7 / 10), 2), q, amount),
    )
    assert (found.layout.columns.revenue, found.questions) == (money, [])


def pivoted(folder, form, of=lambda quantity, price: round(quantity * price, 2), some=(0, 1, 2, 5)):
    """Return what init proposes for 60 orders with two columns per product of unknown words."""
    draw = Random(17)
    columns = [form.format(thing=thing, word=word) for thing in GOODS for word in ("Zzrvk", "Qqx")]
    text, money = [",".join(["Customer No", "Invoice", "Date", *columns])], 0.0
    for i in range(60):
        row = [41200 + i % 9, 9000 + i, date(2023, 1, 2) + timedelta(days=3 * i)]
        for price in GOODS.values():
            quantity = draw.choice(some)
            row += [of(quantity, price), quantity] if quantity else ["", ""]
            money += quantity * price
        text.append(",".join(map(str, row)))
    (folder / "sales.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    return layout_init.propose(folder / "sales.csv"), money


@pytest.mark.parametrize(
    "form", ["{thing} {word}", "{word} {thing}", "{thing} ({word})", "{thing}_{word}"]
)
def test_two_columns_per_product_are_told_apart_by_their_numbers(tmp_path, form):
    found, money = pivoted(tmp_path, form)
    sales = sales_log.read(found.layout, tmp_path).transactions
    assert (found.layout.shape, found.questions) == ("wide", [])
    assert set(sales["product"]) == set(GOODS)
    assert sales["gross_profit"].sum() == pytest.approx(money)


def test_of_two_columns_per_product_one_may_be_the_price(tmp_path):
    found, money = pivoted(tmp_path, "{thing} - {word}", lambda quantity, price: price)
    assert found.layout.pair_holds == "price"
    sales = sales_log.read(found.layout, tmp_path).transactions
    assert sales["gross_profit"].sum() == pytest.approx(money)


@pytest.mark.parametrize("draw", [Random(5), None])
def test_two_columns_per_product_that_numbers_do_not_tell_apart_are_asked_about(tmp_path, draw):
    def money(quantity, price):
        return draw.randrange(1, 9) if draw else 12.5  # any number, or always the same one

    found, _ = pivoted(tmp_path, "{thing} {word}", money, [1, 2, 3] if draw else [2])
    assert found.questions


@pytest.mark.parametrize("hours", ["Timmar", "Std.", "Heures", "時間"])
def test_hours_are_a_quantity(tmp_path, hours):
    found = proposed(
        tmp_path, f"{hours},Amount", lambda i, q, listed, paid, amount: (q / 2, amount)
    )
    assert (found.layout.columns.quantity, found.questions) == (hours, [])


def test_credits_behind_most_amounts_are_sales(tmp_path):
    found = proposed(
        tmp_path,
        "Qty,Amount",
        lambda i, q, listed, paid, amount: (
            (-q, f"{amount:.2f} S") if i % 15 == 4 else (q, f"{amount:.2f} H")
        ),
    )
    assert (found.layout.negate, found.questions) == (["Amount"], [])
    sales = sales_log.read(found.layout, tmp_path).transactions
    assert (sales["gross_profit"] < 0).to_list() == (sales["quantity"] < 0).to_list()
    assert (sales["quantity"] < 0).sum() == 10


def test_units_behind_a_number_are_read():
    column = pl.Series(["5 db", "6 Nos", "7 stk.", "3 個", "-2 pcs", "34.50/pc", "12 rue", "8 Ohm"])
    assert numbers.number(column).to_list() == [5, 6, 7, 3, -2, 34.5, None, None]


@pytest.mark.parametrize(
    ("header", "rare", "usual", "key"),
    [
        ("Fas", "Förlorad", "Vunnen", "where"),
        ("Tila", "Peruttu", "Laskutettu", "where"),
        ("Belegtyp", "GS", "RE", "returns"),
        ("Tipo documento", "TD04", "TD01", "returns"),
        ("Tyyppi", "Hyvityslasku", "Lasku", "returns"),
        ("Type", "Zzk", "Qqv", "returns"),  # words that nobody knows
        ("Movement Type", "653", "601", "returns"),
        ("State", "Rejected", "Posted", "where"),
        ("Active", "N", "Y", "where"),
        ("Record Status", "D", "A", "where"),
        ("Status", "Zzk", "Qqv", "where"),  # words that nobody knows
    ],
)
def test_lost_orders_and_credit_notes_are_known_in_many_languages(
    tmp_path, header, rare, usual, key
):
    found = proposed(
        tmp_path,
        f"Menge,Umsatz,{header}",
        lambda i, q, listed, paid, amount: (q, amount, rare if i % 9 == 4 else usual),
    )
    keys = [question.split(":")[0] for question in found.questions]
    assert key in keys or (key == "where" and found.layout.where)


@pytest.mark.parametrize(
    ("header", "rare", "usual"),
    [
        ("Customer Status", "Gold", "Silver"),
        ("Type", "Web", "Counter"),
        ("Order Type", "Rush", "Standard"),
        ("Tax Type", "Z", "S"),
        ("Estado de cobro", "Pendiente", "Cobrada"),
        ("Status", "Shipped", "Invoiced"),
        ("State", "NY", "CA"),
        ("Status", "Zzk", "Zzk"),
    ],
)
def test_values_that_say_nothing_of_the_row_are_not_asked_about(tmp_path, header, rare, usual):
    found = proposed(
        tmp_path,
        f"Branch,Menge,Umsatz,{header}",
        lambda i, q, listed, paid, amount: ("NW"[i % 2], q, amount, usual if i % 9 else rare),
    )
    assert (found.layout.where, found.questions) == ([], [])


def test_kinds_of_products_and_mixed_orders_are_no_documents(tmp_path):
    kinds = {2.0: "Kind A", 64.0: "Kind A", 5.5: "Kind A", 38.0: "Kind A", 14.0: "Kind B"}
    found = proposed(
        tmp_path,
        "Qty,Amount,Type",
        lambda i, q, listed, paid, amount: (q, amount, kinds[listed]),
    )
    assert (found.layout.returns, found.questions) == (None, [])


@pytest.mark.parametrize("name", ["line_nbr", "Zzrvk amt"])
def test_the_number_of_a_line_is_no_money(tmp_path, name):
    lines = [f"Customer No,Invoice,Date,Item,{name},Qty,Amount"]
    for i in range(90):
        day, item = date(2023, 1, 2) + timedelta(days=9 * (i // 3)), list(GOODS)[i % 5]
        amount = GOODS[item] * (1 + i % 4)
        lines.append(
            f"{41200 + i // 3 % 9},{9000 + i // 3},{day},{item},{1 + i % 3},{1 + i % 4},{amount}"
        )
    (tmp_path / "sales.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = layout_init.propose(tmp_path / "sales.csv")
    assert (found.layout.columns.revenue, found.questions) == ("Amount", [])


def test_an_order_number_of_the_customer_is_asked_about_behind_the_account(tmp_path):
    lines = ["Customer Ref,Account Code,Invoice,Date,Item,Qty,Amount"]
    for i in range(90):
        day, item, order = (
            date(2023, 1, 2) + timedelta(days=9 * (i // 3)),
            list(GOODS)[i % 5],
            i // 3,
        )
        amount = GOODS[item] * (1 + i % 4)
        row = (f"PO-{500 + order}", 41200 + order % 9, 9000 + order, day, item, 1 + i % 4, amount)
        lines.append(",".join(map(str, row)))
    (tmp_path / "sales.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (asked,) = layout_init.propose(tmp_path / "sales.csv").questions
    assert asked.startswith("customer_id: is it 'Account Code', or 'Customer Ref'?")


def test_an_answer_says_how_many_rows_it_rejects(tmp_path):
    found = proposed(
        tmp_path,
        "Category,Qty,Amount",
        lambda i, q, listed, paid, amount: ("" if i % 9 == 4 else f"Group {listed}", q, amount),
    )
    text = (tmp_path / "sales.csv").read_text(encoding="utf-8").splitlines()
    text = [line.replace(",Bolt,,", ",Shipping,,") for line in text]
    (tmp_path / "sales.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    found = layout_init.propose(tmp_path / "sales.csv")
    (asked,) = [question for question in found.questions if question.startswith("where")]
    assert re.search(r"`no `where` on 'Item'` gives .* 17 rows rejected", asked)


def test_a_share_of_the_money_beside_its_percentage_is_asked_about_as_profit(tmp_path):
    def cells(i, quantity, listed, paid, amount):
        share = round(amount * (0.2 + i % 13 / 50), 2)
        return quantity, amount, share, round(100 * share / amount, 1)

    (asked,) = proposed(tmp_path, "Qty,Amount,Zzk,Qqv", cells).questions
    assert "'Qqv' is 'Zzk' in percent of the money: is this the profit?" in asked
    profits = re.findall(r"gives 150 rows, ([\d,.]+) USD", asked)
    assert len(set(profits)) == 2


def test_documents_that_nobody_knows_count_until_the_answer(tmp_path):
    found = proposed(
        tmp_path,
        "Qty,Amount,Movement Type",
        lambda i, q, listed, paid, amount: (q, amount, "653" if i % 9 == 4 else "601"),
    )
    (asked,) = found.questions
    assert found.layout.returns is None
    assert "`returns: {column: Movement Type, values: ['653']}` gives" in asked


def test_a_cost_that_leaves_no_line_a_profit_is_the_price(tmp_path):
    found = proposed(
        tmp_path,
        "Quantity,Item Cost,Line Subtotal",
        lambda i, q, listed, paid, amount: (q, paid, amount),
    )
    columns = found.layout.columns
    assert (columns.revenue, columns.unit_cost, found.questions) == ("Line Subtotal", None, [])
    assert sales_log.read(found.layout, tmp_path).transactions["gross_profit"].sum() > 0


def test_the_day_a_deal_is_closed_is_that_of_the_order(tmp_path):
    found = proposed(
        tmp_path,
        "Created Date,Qty,Amount,Close Date",
        lambda i, q, listed, paid, amount: (
            date(2022, 12, 1) + timedelta(days=3 * i),
            q,
            amount,
            date(2023, 1, 5) + timedelta(days=3 * i),
        ),
        day="",
    )
    assert (found.layout.columns.order_date, found.questions) == ("Close Date", [])


def test_rows_with_a_day_of_deletion_are_asked_about(tmp_path):
    found = proposed(
        tmp_path,
        "Qty,Amount,deleted_at",
        lambda i, q, listed, paid, amount: (q, amount, "2024-03-01" if i % 15 == 4 else ""),
    )
    (asked,) = found.questions
    assert "10 rows have a day in 'deleted_at': are they no sales?" in asked
    assert [(rule.column, rule.keep) for rule in found.layout.where] == [("deleted_at", [""])]


@pytest.mark.parametrize("name", ["budget_2025.csv", "offertes.csv", "Angebote 2024.csv"])
def test_files_of_plans_and_offers_beside_sales_are_asked_about(tmp_path, name):
    proposed(tmp_path, "Qty,Amount", lambda i, q, listed, paid, amount: (q, amount))
    text = (tmp_path / "sales.csv").read_text(encoding="utf-8")
    (tmp_path / name).write_text(text.replace(",9", ",7"), encoding="utf-8")
    asked = " ".join(layout_init.propose(tmp_path).questions)
    assert f"{name}: the names say plans or offers" in asked
    assert f"`{name} moved away` gives 150 rows" in asked


def test_returned_units_with_positive_amounts_raise_an_alarm(tmp_path):
    found = proposed(
        tmp_path,
        "Qty,Amount",
        lambda i, q, listed, paid, amount: (-q if i % 15 == 4 else q, amount),
    )
    (alarm,) = alarms.of(sales_log.read(found.layout, tmp_path), found.layout)
    assert (alarm.name, alarm.count) == ("opposite-signs", 10)


def test_quantities_that_each_product_has_its_own_of_are_asked_about(tmp_path):
    own = {2.0: 1, 5.5: 2, 64.0: 3, 38.0: 1, 14.0: 2}

    def cells(i, q, listed, paid, amount):
        return own[listed], round(own[listed] * (10 + i % 7), 2)

    asked = " ".join(proposed(tmp_path, "Zzrvk,Amount", cells).questions)
    assert "is it 'Zzrvk', or does the money count as such?" in asked


def stated(folder, name, states):
    """Return what init proposes where each order has a state, the first one most often."""
    return proposed(
        folder,
        f"Qty,Amount,{name}",
        lambda i, q, listed, paid, amount: (q, amount, states[i % 15 % len(states)]),
    )


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("Ordrestatus", ["Fakturert", "Levert", "Fullført"]),
        ("Stato", ["Evasa", "Chiusa", "Consegnata"]),
        ("Status", ["Fakturiert", "Geliefert", "Teilgeliefert"]),
        ("Durum", ["Teslim edildi", "Sevk edildi"]),
        ("Statut facture", ["Payée", "Ouverte", "En retard"]),
        ("Betaalstatus", ["Betaald", "Openstaand", "Vervallen"]),
        ("Status płatności", ["Zapłacona", "Otwarta"]),
        ("Status", ["Paid", "Awaiting Payment"]),
        ("Betalstatus", ["Betald", "Obetald", "Förfallen"]),
        ("Stav úhrady", ["Uhrazeno", "Neuhrazeno", "Po splatnosti"]),
    ],
)
def test_sales_that_are_delivered_or_yet_to_be_paid_are_sales(tmp_path, name, states):
    found = stated(tmp_path, name, states)
    assert (found.layout.where, found.questions) == ([], [])


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("Offertestatus", "Akkoord", "Afgewezen"),
        ("Status oferty", "Przyjęta", "Odrzucona"),
        ("Invoice Status", "Open", "Cancelled"),
    ],
)
def test_offers_that_were_rejected_are_no_sales(tmp_path, name, good, bad):
    found = stated(tmp_path, name, [good, good, bad])
    assert [(rule.column, rule.leave_out) for rule in found.layout.where] == [(name, [bad])]


def test_states_that_nobody_knows_are_sales_until_the_question_is_answered(tmp_path):
    found = stated(tmp_path, "Status", ["Shipped", "Zzrvk", "Quote", "Cancelled"])
    (asked,) = found.questions
    assert "is 'Quote', 'Zzrvk': are they no sales?" in asked
    (rule,) = found.layout.where
    assert rule.leave_out == ["Cancelled", "Quote"]
    assert "leave_out: [Cancelled, Quote, Zzrvk]" in asked


@pytest.mark.parametrize(
    ("name", "won", "lost", "talking"),
    [
        ("Этап сделки", "Успешно реализовано", "Закрыто и не реализовано", "Переговоры"),
        ("Giai đoạn", "Thành công", "Thất bại", "Đàm phán"),
        ("ขั้นตอน", "ชนะ", "แพ้", "กำลังเจรจา"),
        ("Tahap", "Menang", "Kalah", "Negosiasi"),
        ("Стадия воронки", "Zzrvk won", "Проиграна", "Zzq"),
    ],
)
def test_only_deals_that_were_won_are_sales(tmp_path, name, won, lost, talking):
    (rule,) = stated(tmp_path, name, [won, lost, talking]).layout.where
    assert rule.keep == [won] or lost in rule.leave_out


@pytest.mark.parametrize("name", ["Стадия воронки", "Giai đoạn", "Этап сделки"])
def test_stages_of_deals_that_nobody_knows_are_asked_about(tmp_path, name):
    (asked,) = stated(tmp_path, name, ["Zzr", "Zzr", "Zzq", "Zzp"]).questions
    assert f"whose {name!r} is 'Zzq', 'Zzp': are they no sales?" in asked


def test_states_that_are_open_on_most_rows_are_sales_until_the_question_is_answered(tmp_path):
    found = stated(tmp_path, "Status", ["Open", "Shipped", "Open"])
    (asked,) = found.questions
    assert (found.layout.where, "100 rows whose 'Status' is 'Open'" in asked) == ([], True)
