"""Columns beside the money of a line that change what it means: costs, taxes, packs, prefixes."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from gosales_lib import layout, layout_init, sales_log
from gosales_lib.sales_log import alarms

GOODS = [("Bolt", 2.0), ("Anchor", 5.5), ("Cable", 64.0), ("Paint", 38.0), ("Helmet", 14.0)]
HEAD = "Customer No,Customer Name,Invoice,Date,Item,Qty"
RANDOM = Random(17)
LINES = [
    (
        f"{41200 + i % 9}",
        f"Firm {'ABCDEFGHI'[i % 9]}",
        str(9000 + i),
        date(2023, 1, 2) + timedelta(days=3 * i),
        *GOODS[i % 5],
        RANDOM.choice([1, 2, 3, 5, 8]),
        RANDOM.choice([1.4, 1.6, 1.9]),
    )
    for i in range(150)
]


def proposed(folder, header, extra, key=lambda i, customer: customer):
    """Return what init proposes for the lines with further columns: quantity, cost, price."""
    text = [f"{HEAD},{header}"]
    for i, (customer, name, invoice, day, item, cost, q, margin) in enumerate(LINES):
        more = extra(q, cost, round(cost * margin, 2))
        cells = (key(i, customer), name, invoice, day, item, q, *more)
        text.append(",".join(map(str, cells)))
    (folder / "sales.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    return layout_init.propose(folder / "sales.csv")


def net(q, cost, price):
    return round(q * price, 2)


@pytest.mark.parametrize(("per_line", "role"), [(True, "cost"), (False, "unit_cost")])
def test_a_column_of_an_unknown_name_that_is_like_a_cost_is_asked_about(tmp_path, per_line, role):
    found = proposed(
        tmp_path,
        "Net Amount,Zzrvk",
        lambda q, cost, price: (net(q, cost, price), q * cost if per_line else cost),
    )
    (asked,) = found.questions
    assert "lies below the money of its line" in asked
    assert f"{{{role}: Zzrvk}}" in asked


@pytest.mark.parametrize("share", [lambda q, cost, price: round(0.07 * q * price, 2), lambda *_: 3])
def test_a_fixed_share_and_a_fixed_number_are_no_cost(tmp_path, share):
    found = proposed(tmp_path, "Net Amount,Zzrvk", lambda *a: (net(*a), share(*a)))
    assert not found.questions


def test_a_total_that_holds_the_tax_beside_it_is_asked_about(tmp_path):
    def taxed(q, cost, price):
        tax = round(0.0825 * net(q, cost, price), 2)
        return tax, round(net(q, cost, price) + tax, 2)

    (asked,) = proposed(tmp_path, "Sales Tax,Order Line Total", taxed).questions
    assert "'Order Line Total' seems to hold 'Sales Tax'" in asked


def test_a_total_without_the_tax_beside_it_needs_no_question(tmp_path):
    found = proposed(
        tmp_path, "Line Total,Sales Tax", lambda *a: (net(*a), round(0.0825 * net(*a), 2))
    )
    assert not found.questions


def test_units_of_a_case_may_multiply_the_price(tmp_path):
    packs = {cost: 6 + number for number, (_, cost) in enumerate(GOODS)}
    found = proposed(
        tmp_path, "Units per Case,Unit Price", lambda q, cost, price: (packs[cost], price)
    )
    assert any("'Units per Case' is one number per product" in asked for asked in found.questions)


def test_costs_of_the_products_of_a_wide_log_are_asked_about(tmp_path):
    rows = ["Customer,Date,Invoice,Ink Sales,Ink Cost,Ink Qty,Pen Sales,Pen Cost,Pen Qty"]
    rows += [f"C{i % 9},{date(2023, 1, 2) + timedelta(i)},{i},9,4,3,5,2,1" for i in range(90)]
    (tmp_path / "sales.csv").write_text("\n".join(rows) + "\n")
    (asked,) = layout_init.propose(tmp_path / "sales.csv").questions
    assert "'Ink Cost' and such are costs of products" in asked


@pytest.mark.parametrize("names", [True, False])
def test_keys_with_letters_in_front_are_the_same_customers(tmp_path, names):
    def key(i, customer):
        return customer if i < 75 else f"CUST-0{customer}"

    found = proposed(tmp_path, "Net Amount", lambda *a: (net(*a),), key)
    if not names:
        text = (tmp_path / "sales.csv").read_text().replace("Firm ", "F")
        half = text.index("CUST-")
        (tmp_path / "sales.csv").write_text(text[:half] + text[half:].replace(",F", ",Other "))
    (tmp_path / "t.yaml").write_text(found.text)
    plan = layout.load(tmp_path / "t.yaml")
    log = sales_log.read(plan, tmp_path)
    raised = {alarm.name: alarm for alarm in alarms.of(log, plan)}
    assert ("prefixed-customers" in raised) is names
    if names:
        assert raised["prefixed-customers"].count == 9


@pytest.mark.parametrize("is_running", [True, False])
def test_one_side_of_a_ledger_holds_the_sales_where_a_balance_adds_it_up(tmp_path, is_running):
    total = 0.0

    def sides(q, cost, price):
        nonlocal total
        total += net(q, cost, price)
        return (f"{total if is_running else 7:.2f}", f"{net(q, cost, price):.2f}")

    proposal = proposed(tmp_path, "Running Balance,Debit", sides)
    assert proposal.layout.columns.revenue == "Debit"
    asked = [question for question in proposal.questions if question.startswith("revenue: ")]
    assert bool(asked) == (not is_running)


def test_a_key_in_groups_of_thousands_is_the_customer_of_the_bare_key(tmp_path):
    def grouped(i, customer):
        return customer if i < 75 else f'"{int(customer):,}"'

    proposal = proposed(tmp_path, "Amount", lambda *line: (net(*line),), key=grouped)
    assert proposal.layout.columns.customer_id == "Customer No"
    sales = sales_log.read(proposal.layout, tmp_path).transactions
    assert not proposal.questions
    assert sales["customer_id"].n_unique() == 9


def test_several_discounts_that_lie_between_two_amounts_have_been_taken_off(tmp_path):
    def extra(q, cost, price):
        gross = net(q, cost, price)
        trade, promo = round(gross * (q % 4) / 20, 2), round(gross * (q % 3) / 25, 2)
        return gross, trade, promo, round(gross - trade - promo, 2)

    found = proposed(tmp_path, "Gross Sales,Trade Disc,Promo Disc,Net Sales", extra)
    columns = found.layout.columns
    assert (columns.revenue, columns.discount, found.questions) == ("Net Sales", None, [])


@pytest.mark.parametrize(
    ("name", "stray"),
    [
        ("Gross Weight kg", lambda q, cost: round(q * cost / 3 + 0.1, 2)),
        ("Stock Qty", lambda q, cost: 40 + round(7 * cost) % 23),
    ],
)
def test_a_weight_or_stock_is_no_quantity_beside_the_count_that_fits_the_money(
    tmp_path, name, stray
):
    def extra(q, cost, price):
        return (stray(q, cost), round(1.5 * q * cost, 2))

    found = proposed(tmp_path, f"{name},Net Amount", extra)
    text = (tmp_path / "sales.csv").read_text(encoding="utf-8")
    (tmp_path / "sales.csv").write_text(text.replace(",Qty,", ",Zzrvk,", 1), encoding="utf-8")
    unnamed = layout_init.propose(tmp_path / "sales.csv")
    assert (found.layout.columns.quantity, unnamed.layout.columns.quantity) == ("Qty", "Zzrvk")


def test_the_only_money_that_a_count_divides_into_steady_prices_is_assumed(tmp_path):
    found = proposed(tmp_path, "Zzrvk", lambda q, cost, price: (round(1.5 * q * cost, 2),))
    assert (found.questions, found.layout.columns.revenue) == ([], "Zzrvk")
    assert "steady price of each product times 'Qty'" in found.notes["revenue"]


def test_a_stock_or_a_freight_under_an_unknown_name_is_no_rival_of_the_money(tmp_path):
    def extra(q, cost, price):
        stock, freight = 40 + round(7 * cost * price) % 23, round(7 + cost * price % 3, 2)
        return stock, freight, net(q, cost, cost)

    found = proposed(tmp_path, "Zzstock,Zzfrt,Zzrvk", extra)
    assert (found.questions, found.layout.columns.revenue) == ([], "Zzrvk")


def test_money_that_is_open_on_few_lines_is_no_rival_of_the_money(tmp_path):
    lines = iter(range(len(LINES)))

    def extra(q, cost, price):
        return (net(q, cost, price), net(q, cost, price) * (next(lines) > 130))

    found = proposed(tmp_path, "Sales,Rest amount", extra)
    assert (found.questions, found.layout.columns.revenue) == ([], "Sales")


@pytest.mark.parametrize("name", ["Giá vốn", "HPP", "ต้นทุน"])
def test_the_cost_in_vietnamese_indonesian_and_thai(tmp_path, name):
    found = proposed(tmp_path, f"Net Amount,{name}", lambda q, cost, p: (net(q, cost, p), q * cost))
    assert (found.questions, found.layout.columns.cost) == ([], name)


@pytest.mark.parametrize(("every", "offers"), [(10, 1), (2, 2)])
def test_the_side_of_nearly_all_rows_is_not_offered_as_that_of_returns(tmp_path, every, offers):
    lines = iter(range(len(LINES)))
    kinds = (("FV", "KOR")[next(lines) % every == 0] for _ in LINES)
    found = proposed(tmp_path, "Net Amount,Typ", lambda *args: (net(*args), next(kinds)))
    (question,) = found.questions
    assert question.count("`returns: {") == offers


def test_a_weight_that_fits_no_money_is_asked_about_beside_a_count(tmp_path):
    def extra(q, cost, price):
        return (round(q * 70.3 / cost, 2), net(q, cost, price))

    proposed(tmp_path, "Weight kg,Net Amount", extra)
    text = (tmp_path / "sales.csv").read_text(encoding="utf-8").replace(",Qty,", ",Zzrvk,", 1)
    for item in ("Bolt", "Anchor", "Cable", "Paint", "Helmet"):  # groups of all prices
        text = text.replace(f",{item},", f",Group {len(item) % 2},")
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path / "sales.csv")
    assert found.layout.columns.quantity == "Zzrvk"
    assert any("or the weight 'Weight kg'?" in question for question in found.questions)


def test_money_less_a_discount_in_percent_is_the_revenue_under_any_name(tmp_path):
    def off(q, cost, price):
        percent = 5 * (q % 3)
        return net(q, cost, price), percent, round(q * price * (1 - percent / 100), 2)

    found = proposed(tmp_path, "Gross Amount,Discount %,Zzrvk", off)
    columns = found.layout.columns
    assert (columns.revenue, columns.discount, found.questions) == ("Zzrvk", None, [])


@pytest.mark.parametrize(
    ("header", "revenue"),
    [
        ("Desc. %,Total Ilíquido,Total Líquido", "Total Líquido"),
        ("VK-Preis,Zeilenrabattbetrag,Zeilenbetrag", "Zeilenbetrag"),
        ("Preço,Valor desc. linha,Valor linha", "Valor linha"),
    ],
)
def test_a_discount_whose_name_is_short_or_a_compound_is_no_revenue(tmp_path, header, revenue):
    def off(q, cost, price):
        percent = 5 * (q % 3)
        due = round(q * price * (1 - percent / 100), 2)
        gross = round(q * price, 2)
        return (percent, gross, due) if "%" in header else (price, round(gross - due, 2), due)

    found = proposed(tmp_path, header, off)
    assert (found.layout.columns.revenue, found.questions) == (revenue, [])


REDUCED = {
    "Unit Price,Zd,Zn": lambda price, gross, off, share: (price, off, gross - off),
    "Unit Price,-Zd,Zn": lambda price, gross, off, share: (price, -off, gross - off),
    "Unit Price,Z %,Zn": lambda price, gross, off, share: (price, 100 * share, gross - off),
    "Unit Price,Zs,Zn": lambda price, gross, off, share: (price, share, gross - off),
    "Unit Price,Zp,Zn": lambda price, gross, off, share: (price, price * (1 - share), gross - off),
    "Amount,Zpct,Zn": lambda price, gross, off, share: (gross, 100 * share, gross - off),
    "Zp,Zpct,Zn": lambda price, gross, off, share: (gross, 100 * share, gross - off),
    "Cena před slevou,Sleva,Cena po slevě": (
        lambda price, gross, off, share: (gross, off, gross - off)
    ),
    "Price before discount,Discount,Price after discount": (
        lambda price, gross, off, share: (gross, off, gross - off)
    ),
}


@pytest.mark.parametrize("header", REDUCED)
@pytest.mark.parametrize("count", ["Qty", "Zq"])
def test_money_less_a_discount_under_unknown_names_is_the_revenue(tmp_path, header, count):
    def reduced(q, cost, price):
        share = 0.05 * (q % 3)
        gross = net(q, cost, price)
        amounts = REDUCED[header](price, gross, round(gross * share, 2), share)
        return [f"{amount:.4f}" for amount in amounts]

    proposed(tmp_path, header, reduced)
    text = (tmp_path / "sales.csv").read_text(encoding="utf-8").replace(",Qty,", f",{count},", 1)
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path / "sales.csv")
    columns = found.layout.columns
    assert (columns.revenue, columns.quantity) == (header.split(",")[-1], count)
    assert (columns.discount, found.questions) == (None, [])


@pytest.mark.parametrize(
    ("header", "tax", "asked"),
    [
        ("Net Amount,Sales Tax", "{:,}", False),
        ("Net Amount,Sales Tax", "{:_}", False),
        ("Net Amount,Code", "{:,}", True),
        ("税抜金額,区分", "{:,}", False),
    ],
)
def test_whole_money_in_thousands_is_read_by_its_tax_or_its_script(tmp_path, header, tax, asked):
    def whole(q, cost, price):
        amount = round(900 * q * price)
        cells = amount, (amount // 10 if "Tax" in header else 7)
        return (f'"{tax}"'.format(cell).replace("_", ".") for cell in cells)

    found = proposed(tmp_path, header, whole)
    assert any(question.startswith("decimal: ") for question in found.questions) is asked
    if not asked:
        sales = sales_log.read(found.layout, tmp_path).transactions
        assert sales["gross_profit"].sum() == sum(
            round(900 * q * round(c * m, 2)) for *_, c, q, m in LINES
        )


@pytest.mark.parametrize(("is_off", "count"), [(True, "Qty"), (True, "Zq"), (False, "Qty")])
def test_prices_that_fall_by_a_discount_are_without_it(tmp_path, is_off, count):
    random = Random(5)

    def money(q, cost, price):
        gross = q * cost * random.uniform(1.5, 1.6)
        off = gross * random.choice([0, 0, 0, 0.05, 0.1])
        return f"{gross - off * is_off:.2f}", f"{off:.2f}"

    proposed(tmp_path, "Net Amount,Discount", money)
    text = (tmp_path / "sales.csv").read_text(encoding="utf-8").replace(",Qty,", f",{count},", 1)
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path / "sales.csv")
    assert found.layout.columns.revenue == "Net Amount"
    assert [q.split(":")[0] for q in found.questions] == ([] if is_off else ["discount"])


def test_a_list_price_of_the_line_less_its_discount_is_the_money(tmp_path):
    def money(q, cost, price):
        gross, off = net(q, cost, price), round(0.05 * (q % 3) * price, 2)
        return gross, off, round(gross - off, 2)

    found = proposed(tmp_path, "List Price Total,Discount,Net Amount", money)
    assert (found.layout.columns.revenue, found.questions) == ("Net Amount", [])


@pytest.mark.parametrize(
    ("header", "factor"), [("Price gross,Price net", 1.19), ("Zp,Price net", 1)]
)
def test_what_is_called_a_price_and_is_a_line_total_is_the_revenue(tmp_path, header, factor):
    found = proposed(tmp_path, header, lambda *a: (round(a[2] * factor, 2), net(*a)))
    columns = found.layout.columns
    assert [columns.unit_price, columns.revenue] == header.split(",")
    assert found.questions == []


@pytest.mark.parametrize("header", ["Jumlah", "Jumlah,Zq"])
def test_of_two_names_for_a_quantity_the_one_that_grows_with_the_other_is_money(tmp_path, header):
    proposed(tmp_path, header, lambda *a: (round(900 * net(*a)), 7)[: header.count(",") + 1])
    text = (tmp_path / "sales.csv").read_text(encoding="utf-8").replace(",Qty,", ",Kuantitas,", 1)
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path / "sales.csv")
    columns = found.layout.columns
    assert (columns.quantity, columns.revenue) == ("Kuantitas", "Jumlah")
    assert found.questions == []


def test_a_measure_that_gives_the_money_goes_before_a_multiple_of_the_money(tmp_path):
    def extra(q, cost, price):
        seats, monthly = 1 + q % 4, round(cost * 4)
        return seats, monthly, seats * monthly, seats * monthly

    proposed(tmp_path, "Seats,Unit Price,Amount,Zrecur", extra)
    text = (tmp_path / "sales.csv").read_text(encoding="utf-8").replace(",Qty,", ",Zq,", 1)
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path / "sales.csv")
    assert found.layout.columns.quantity == "Seats"


@pytest.mark.parametrize("is_cost", [False, True])
def test_a_number_with_decimals_of_steady_prices_is_the_quantity(tmp_path, is_cost):
    random = Random(9)

    def measured(q, cost, price):
        units = round(q * random.uniform(1, 2), 3)
        return f"{units * cost:.2f}", f"{units * cost / 1.4 if is_cost else units:.3f}"

    proposed(tmp_path, "Net Amount,Zm", measured)
    lines = (tmp_path / "sales.csv").read_text(encoding="utf-8").splitlines()
    text = "\n".join(
        ",".join(cell for at, cell in enumerate(line.split(",")) if at != 5) for line in lines
    )
    (tmp_path / "sales.csv").write_text(text + "\n", encoding="utf-8")
    found = layout_init.propose(tmp_path / "sales.csv")
    assert (found.layout.columns.quantity == "Zm") is not is_cost


@pytest.mark.parametrize("header", ["Valor tarifa,Valor neto", "Valor tarifa,Base imp."])
def test_of_two_amounts_the_smaller_one_that_is_a_steady_price_is_the_revenue(tmp_path, header):
    random = Random(11)

    def money(q, cost, price):
        paid = q * cost * random.uniform(1.55, 1.6)
        return f"{paid * random.choice([1, 1.08, 1.15, 1.25]):.2f}", f"{paid:.2f}"

    found = proposed(tmp_path, header, money)
    assert (found.layout.columns.revenue, found.questions) == (header.split(",")[1], [])
