"""Roles and rows that the structure of a log tells, under names that nobody knows."""

from datetime import date, timedelta

import pytest

from gosales_lib import layout as layouts
from gosales_lib import layout_init, sales_log
from gosales_lib.sales_log import alarms

FIRMS = [f"{first}{last}" for first in ("Alder", "Brick", "Cedar") for last in "ABC"]
ITEMS = ["Pump A", "Pump B", "Valve S", "Valve L", "Seal", "Filter"]
GROUPS = ["Pumps", "Pumps", "Valves", "Valves", "Spares", "Spares"]
HEADER = ["Customer No", "Customer", "Date", "Invoice", "Item", "Group", "Qty", "Amount"]


def line(i):
    """Return line i: two lines per order, of which each customer has several."""
    order, item, quantity = i // 2, (i * 5 + i // 7) % 6, 1 + i * 3 % 7
    firm = order * 4 % 9
    day = date(2023, 1, 3) + timedelta(days=6 * order)
    price = 12.5 * (1 + item) * (1 + order % 3 / 10)
    return [
        f"K-{100 + firm}", FIRMS[firm], day, 700 + order, ITEMS[item], GROUPS[item], quantity,
        round(quantity * price, 2),
    ]  # fmt: skip


def propose(folder, header, rows):
    text = "\n".join(",".join(map(str, row)) for row in [header, *rows])
    (folder / "s.csv").write_text(text + "\n", encoding="utf-8")
    return layout_init.propose(folder)


def test_the_key_of_a_name_and_the_product_below_a_division_need_no_known_word(tmp_path):
    header = ["Zzkod", "Customer", "Date", "Invoice", "Zzthing", "Group", "Qty", "Amount"]
    found = propose(tmp_path, header, map(line, range(120)))
    assert (found.layout.columns.customer_id, found.layout.columns.product) == ("Zzkod", "Zzthing")
    assert found.questions == []


def test_the_number_of_a_line_is_no_product(tmp_path):
    header = ["Line Item ID", *HEADER]
    header[header.index("Item")] = "Item Name"
    found = propose(tmp_path, header, [[f"il_{i}", *line(i)] for i in range(120)])
    assert found.layout.columns.product == "Item Name"


def test_a_name_with_more_values_than_its_key_speaks_against_the_key(tmp_path):
    header = [name if name != "Customer" else "Name" for name in HEADER]
    rows = [[int(line(i)[0][2:]) % 3, *line(i)[1:]] for i in range(120)]
    assert propose(tmp_path, header, rows).questions[0].startswith("one-key-two-names: 3 of 3")


def dated_totals():
    """Return the lines of each customer, and below them their sum, with the day of the last one."""
    rows = sorted(map(line, range(120)))
    for firm in sorted({row[0] for row in rows}):
        own = [row for row in rows if row[0] == firm]
        total = round(sum(row[-1] for row in own), 2)
        yield from [*own, [*own[-1][:3], "", "*", "*", sum(row[-2] for row in own), total]]


def test_dated_sums_without_an_order_are_left_out(tmp_path):
    found = propose(tmp_path, HEADER, dated_totals())
    log = sales_log.read(found.layout, tmp_path)
    assert log.transactions.height == 120
    assert log.left_out["rows"].to_list() == [9]


@pytest.mark.parametrize(("unit", "asked"), [(0.001, ["scale"]), (1, [])])
def test_a_value_of_any_column_may_have_amounts_in_another_unit(tmp_path, unit, asked):
    rows = [line(i) for i in range(120)]
    for i, row in enumerate(rows):
        row.append(("Hull", "York")[i // 2 % 2])
        row[7] = round(row[7] * (unit if row[-1] == "York" else 1), 5)
    found = propose(tmp_path, [*HEADER, "Br"], rows)
    assert [question.partition(":")[0] for question in found.questions] == asked
    assert not asked or "the rows whose 'Br' is 'York' are about 1/1,000" in found.questions[0]


def test_an_order_at_the_edges_of_two_files_with_other_lines_is_asked_about(tmp_path):
    rows = [line(i) for i in range(120)]
    for row in rows:
        row[4], row[6] = row[5], row[6] + 1
    for name, part in {"a": rows[:61], "b": rows[61:]}.items():
        text = "\n".join(",".join(map(str, row)) for row in [HEADER, *part])
        (tmp_path / f"{name}.csv").write_text(text + "\n")
    questions = layout_init.propose(tmp_path).questions
    assert [question.partition(":")[0] for question in questions] in (["revisions"], [])


@pytest.mark.parametrize("names", [["Item"], ["Item No", "Descr."]])
def test_the_finer_of_two_columns_is_the_product_and_the_other_its_division(tmp_path, names):
    header = ["Customer No", "Customer", "Date", "Invoice", *names, "Item Class", "Qty", "Amount"]
    header[4 + len(names) - 1] = "Zzdescr"
    rows = [line(i) for i in range(120)]
    if len(names) == 2:
        header[4] = "Zzid"
        rows = [[*row[:4], f"{ITEMS.index(row[4])}-B", *row[4:]] for row in rows]
    columns = propose(tmp_path, header, rows).layout.columns
    assert (columns.product, columns.division) == ("Zzdescr", "Item Class")


def test_whole_numbers_that_make_a_price_the_amount_are_the_quantity(tmp_path):
    header = [*HEADER, "Price"]
    header[header.index("Qty")] = "Zzinv"
    rows = [[*line(i), round(line(i)[7] / line(i)[6], 6)] for i in range(120)]
    assert propose(tmp_path, header, rows).layout.columns.quantity == "Zzinv"


COSTS = {
    "a varying share": (lambda i, row: row[7] * (0.5 + i * 7 % 19 / 100), "cost"),
    "one share per unit": (lambda i, row: row[7] / row[6] * 0.6, "unit_cost"),
    "a tax": (lambda i, row: row[7] * (0.07, 0.19)[i % 2], None),
    "a bonus": (lambda i, row: row[7] * (i * 7 % 19 / 100), None),
}


@pytest.mark.parametrize("case", COSTS)
def test_money_below_the_amount_of_each_line_is_asked_about_as_a_cost(tmp_path, case):
    value, role = COSTS[case]
    rows = [[*line(i), round(value(i, line(i)) + 0.001, 3)] for i in range(120)]
    questions = propose(tmp_path, [*HEADER, "Zzwert"], rows).questions
    assert [question.partition(":")[0] for question in questions] == (["cost"] if role else [])
    assert role is None or f"columns: {{{role}: Zzwert}}" in questions[0]
    profits = [
        "`columns: {gross_profit: Zzwert}, no gross_profit`" in question for question in questions
    ]
    assert profits == ([role == "cost"] if role else [])


def test_a_column_that_may_be_the_money_or_its_cost_is_asked_about_once(tmp_path):
    rows = [[*line(i), round(line(i)[7] * (0.5 + i * 7 % 19 / 100), 2)] for i in range(120)]
    header = [*HEADER[:7], "FAMTSALES", "FCSTSALES"]
    (asked,) = propose(tmp_path, header, rows).questions
    assert asked.startswith("revenue: is the money of a line in 'FAMTSALES' or in 'FCSTSALES'? 'FC")
    assert "`columns: {cost: FCSTSALES}, gross_profit: cost` gives 120 rows" in asked
    assert "`columns: {revenue: FCSTSALES}` gives 120 rows" in asked


@pytest.mark.parametrize(("sign", "asked"), [(-1, ["negate"]), (1, [])])
def test_a_value_of_any_column_may_have_amounts_of_another_sign(tmp_path, sign, asked):
    rows = [[*line(i), ("Hull", "York", "Leeds")[i // 2 % 3]] for i in range(120)]
    for i, row in enumerate(rows):
        turned = (sign if row[-1] == "York" else 1) * (-1 if i % 23 == 0 else 1)
        row[6:8] = [row[6] * turned, row[7] * turned]
    found = propose(tmp_path, [*HEADER, "Br"], rows)
    assert [question.partition(":")[0] for question in found.questions] == asked


def test_a_tax_that_is_a_round_rate_of_the_money_is_not_in_it(tmp_path):
    rows = [[*line(i), round(line(i)[7] * 0.19, 2)] for i in range(120)]
    header = [*HEADER[:-1], "Gross value", "Tax"]
    assert propose(tmp_path, header, rows).questions == []


@pytest.mark.parametrize(("other", "keys"), [("{}", "alike"), ("0{}", "exact")])
def test_spellings_of_a_name_that_hold_one_code_are_one_customer(tmp_path, other, keys):
    rows = [line(i)[:1] + line(i)[2:] for i in range(240)]
    for i, row in enumerate(rows):
        code = row[0][2:]
        row[0] = f"ALDER ({other.format(code)})" if i > 150 else f"Alder ({code})"
    found = propose(tmp_path, [name for name in HEADER if name != "Customer No"], rows)
    assert (found.layout.keys, bool(found.questions)) == (keys, keys == "exact")


def test_an_answer_promises_the_rows_that_are_read_under_it(tmp_path):
    rows = [line(i) for i in range(120)]
    rows[7][2] = rows[7][2].replace(year=2031)
    header = [*HEADER[:-1], "Amount 1", "Amount 2"]
    found = propose(tmp_path, header, [[*row, 2 * row[-1]] for row in rows])
    read = sales_log.read(found.layout, tmp_path).transactions
    promised = f"{read.height} rows, {read['gross_profit'].sum():,.2f} USD"
    (asked,) = found.questions
    assert (read.height, promised in asked, "1 row far from these days" in asked) == (
        119,
        True,
        True,
    )


CAPITALS = ["QZCU", "QZNM", "QZDT", "QZIV", "QZIT", "QZGR", "QZQT", "QZPR", "QZAM"]


def capitals(folder, customer):
    """Propose a layout for a log of several lines per order whose names nobody knows."""
    rows = [line(i) for i in range(120)]
    header = [*customer, "Date", *CAPITALS[3:]]
    return propose(
        folder, header, ([*row[:-1], round(row[-1] / row[-2], 2), row[-1]] for row in rows)
    )


def test_orders_of_several_texts_are_a_long_log_whatever_the_names(tmp_path):
    found = capitals(tmp_path, ["Customer No", "Customer"])
    columns = found.layout.columns
    assert (found.layout.shape, found.questions) == ("long", [])
    assert (columns.product, columns.division) == ("QZIT", "QZGR")
    assert (columns.quantity, columns.unit_price, columns.revenue) == ("QZQT", "QZPR", "QZAM")


@pytest.mark.parametrize("named", [["QZ Code", "QZNM"], ["QZCU", "QZ Name"], CAPITALS[:2]])
def test_the_only_key_of_an_order_with_names_of_its_own_is_the_customers(tmp_path, named):
    found = capitals(tmp_path, named)
    columns = found.layout.columns
    assert [columns.customer_id, columns.customer_name, columns.invoice] == [*named, "QZIV"]
    assert found.notes["customer_id"] == "no column is called a customer; an order has one of these"
    assert found.questions == []


@pytest.mark.parametrize(("lost", "asked"), [("2023-07", ["files"]), ("", [])])
def test_a_month_that_one_value_of_a_column_lacks_is_asked_about(tmp_path, lost, asked):
    rows = []
    for month, i in ((month, i) for month in range(18) for i in range(24)):
        day = date(2023 + month // 12, month % 12 + 1, 1 + i)
        if not (i % 2 and lost and str(day).startswith(lost)):
            rows.append([*line(i)[:2], day, 1000 * month + i, *line(i)[4:], "NS"[i % 2]])
    found = propose(tmp_path, [*HEADER, "Zz"], rows)
    assert [one.split(":")[0] for one in found.questions] == asked


def test_each_answer_that_is_offered_can_be_applied(tmp_path):
    rows = [line(i) for i in range(120)]
    priced = [[*row, round(1000 * row[-1] / row[-2], 2)] for row in rows]
    (asked,) = propose(tmp_path, [*HEADER, "Price/1000"], priced).questions
    assert "`columns: {revenue: Amount}, no columns.unit_price, no scale` gives 120 rows" in asked
    assert "no log" not in asked


@pytest.mark.parametrize(("lost", "asked"), [(60, ["quantity"]), (0, [])])
def test_quantities_that_an_export_lost_are_asked_about(tmp_path, lost, asked):
    rows = [line(i) for i in range(120)]
    priced = [[*row, round(row[-1] / row[-2], 2)] for row in rows]
    for row in priced:
        row[-2] = round(row[-1] * row[-3], 2)
    for row in priced[:lost]:
        row[-3] = 1
    found = propose(tmp_path, [*HEADER, "Unit Price"], priced)
    assert [one.split(":")[0] for one in found.questions] == asked


def test_a_tax_in_some_lines_is_seen_whatever_the_name_of_the_price(tmp_path):
    rows = [line(i) for i in range(120)]
    priced = [[*row, round(row[-1] / row[-2], 2)] for row in rows]
    for i, row in enumerate(priced):
        row[-2] = round(row[-1] * row[-3] * (1 if i % 3 else 1.2), 2)
    (asked,) = propose(tmp_path, [*HEADER, "Zz"], priced).questions
    assert asked.startswith("revenue: 'Amount' is 1.2 times quantity and 'Zz' on 40 rows")


@pytest.mark.parametrize(
    ("place", "name", "role"),
    [
        (4, "Benämning", "product"),
        (1, "Företag", "customer_name"),
        (1, "Yritys", "customer_name"),
        (7, "Faturação", "revenue"),
    ],
)
def test_a_word_of_an_erp_system_names_its_role(tmp_path, place, name, role):
    header = [name if at == place else known for at, known in enumerate(HEADER)]
    found = propose(tmp_path, header, map(line, range(120)))
    assert (getattr(found.layout.columns, role), found.questions) == (name, [])


@pytest.mark.parametrize("name", ["Kostbeløb", "Varekost", "Varukostnad", "Herstellkosten"])
def test_a_cost_in_another_language_makes_the_profit(tmp_path, name):
    rows = [[*line(i), round(line(i)[7] * (0.6 + i % 5 / 50), 2)] for i in range(120)]
    found = propose(tmp_path, [*HEADER, name], rows)
    assert (found.layout.gross_profit, found.questions) == ("cost", [])


def test_a_cost_that_a_user_names_gives_the_profit(tmp_path):
    rows = [[*line(i), round(line(i)[-1] * 0.6, 2)] for i in range(120)]
    text = "\n".join(",".join(map(str, row)) for row in [[*HEADER, "Zz"], *rows])
    (tmp_path / "s.csv").write_text(text + "\n", encoding="utf-8")
    found = layout_init.propose(tmp_path, columns={"cost": "Zz"})
    assert found.layout.gross_profit == "cost"
    assert "no profit" not in str(found)


def test_the_answer_that_a_column_is_the_cost_says_all_that_it_changes(tmp_path):
    rows = [[*line(i), round(line(i)[-1] * (0.5 + i % 7 / 50), 2)] for i in range(120)]
    (asked,) = propose(tmp_path, [*HEADER, "Zz"], rows).questions
    assert "`columns: {cost: Zz}, gross_profit: cost` gives" in asked


def wide(price, quantity, value=lambda price, units: price):
    """Return a header and orders of two products, each with a value and a quantity."""
    names = [text for item in ("Ink", "Paper") for text in (price % item, quantity % item)]
    rows = []
    for i in range(40):
        ink, paper, day = 1 + i * 3 % 7, 1 + i * 5 % 9, date(2023, 1, 3) + timedelta(days=9 * i)
        sold = [value(10 + i % 2, ink), ink, value(2.0, paper), paper]
        rows.append([f"{100 + i % 9}", day, 700 + i, *sold])
    return ["Customer No", "Date", "Invoice", *names], rows


@pytest.mark.parametrize(
    ("price", "quantity"),
    [
        ("Sales Price %s", "QTY %s"),
        ("Price %s", "Billed Qty %s"),
        ("%s PU HT", "%s Quantité"),
        ("Cena/MJ %s", "Ks %s"),
    ],
)
def test_a_price_beside_a_quantity_of_each_product_is_no_money_of_the_order(
    tmp_path, price, quantity
):
    found = propose(tmp_path, *wide(price, quantity))
    assert (found.layout.shape, found.layout.pair_holds) == ("wide", "price")
    assert list(found.layout.divisions) == ["Ink", "Paper"]
    assert found.questions == []


def test_prices_that_are_called_money_and_money_that_is_called_a_price_are_asked(tmp_path):
    found = propose(tmp_path, *wide("%s Sales", "%s Qty"))
    assert found.questions[0].startswith("pair_holds: the values of 'Ink Sales' and such hardly")
    assert "`pair_holds: price` gives 80 rows, 2,0" in found.questions[0]
    found = propose(tmp_path, *wide("%s Price", "%s Qty", lambda price, units: price * units))
    assert "grow with the quantity" in found.questions[0]
    found = propose(tmp_path, *wide("%s Sales", "%s Qty", lambda price, units: price * units))
    assert found.questions == []


def test_a_price_that_is_steady_only_per_unit_is_the_money_of_the_line(tmp_path):
    found = propose(tmp_path, [*HEADER[:-1], "Item Price"], map(line, range(120)))
    assert found.layout.columns.revenue == "Item Price"
    assert found.questions == []
    assert "'Item Price' grows with the quantity of a product, and is a" in found.notes["revenue"]


@pytest.mark.parametrize(("tax", "asked"), [(1.19, 0), (0, 1)])
def test_a_price_whose_products_sum_up_to_the_orders_total_is_per_unit(tmp_path, tax, asked):
    rows = [line(i) for i in range(240)]
    net = {row[3]: 0.0 for row in rows}
    for i, row in enumerate(rows):
        row[-1] = round(row[-1] / row[-2] * (1 + i * 37 % 101 / 5000), 2)
        net[row[3]] += row[-1] * row[-2]
    rows = [[*row, round(tax * net[row[3]] + (not tax) * 17 * (row[3] % 9), 2)] for row in rows]
    found = propose(tmp_path, [*HEADER[:-1], "fVkNetto", "Zzsumme"], rows)
    assert found.layout.columns.unit_price == "fVkNetto"
    assert [q[:200] for q in found.questions][asked:] == []


def test_the_money_of_a_growing_business_is_no_running_total(tmp_path):
    rows = [line(i) for i in range(120)]
    for i, row in enumerate(rows):
        row[6] = 1 + i // 4 + i % 2
        row[7] = round(row[6] * 12.5 * (1 + ITEMS.index(row[4]) / 99), 2)
    found = propose(tmp_path, HEADER, rows)
    assert (found.layout.columns.revenue, found.questions) == ("Amount", [])


def test_movements_out_of_the_stock_are_quantities_that_are_turned(tmp_path):
    rows = [[*line(i)[:6], -line(i)[6], line(i)[7]] for i in range(120)]
    found = propose(tmp_path, [*HEADER[:6], "Zzmove", "Amount"], rows)
    assert (found.layout.columns.quantity, found.layout.negate) == ("Zzmove", ["Zzmove"])
    assert found.questions == []


def with_column(name, value):
    """Return a header and order lines with one more column, computed from a line's number."""
    lines = [line(i) for i in range(120)]
    return [*HEADER, name], [[*row, round(value(i, row[-1]), 2)] for i, row in enumerate(lines)]


def test_a_share_of_the_money_under_any_name_is_a_cost_or_the_profit(tmp_path):
    header, rows = with_column("Zzz", lambda i, money: money * (0.3 + i % 11 / 40))
    (asked,) = propose(tmp_path, header, rows).questions
    assert "is it the cost, or the profit?" in asked
    profit = sum(row[-1] for row in rows)
    cost = sum(row[-2] - row[-1] for row in rows)
    assert (
        f"`columns: {{gross_profit: Zzz}}, no gross_profit` gives 120 rows, {profit:,.2f}" in asked
    )
    assert f"`columns: {{cost: Zzz}}, gross_profit: cost` gives 120 rows, {cost:,.2f}" in asked


def test_a_cost_below_0_is_turned_by_the_answer(tmp_path):
    header, rows = with_column("Zzz", lambda i, money: -money * (0.5 + i % 11 / 40))
    (asked,) = propose(tmp_path, header, rows).questions
    cost = sum(row[-2] + row[-1] for row in rows)
    assert f"negate: [Zzz]` gives 120 rows, {cost:,.2f}" in asked


def test_a_share_with_losses_is_asked_as_the_profit_and_a_commission_is_not(tmp_path):
    header, rows = with_column("Zzz", lambda i, money: money * (i % 11 / 20 - 0.1))
    (asked,) = propose(tmp_path, header, rows).questions
    assert asked.startswith("gross_profit: 'Zzz' is a part of the money of its line")
    header, rows = with_column("Zzz", lambda i, money: money * (0.03 + i % 3 / 50))
    assert propose(tmp_path, header, rows).questions == []


@pytest.mark.parametrize("joined", [True, False])
def test_a_list_of_items_beside_the_log_gives_the_costs_that_its_lines_lack(tmp_path, joined):
    costs = [round(7 + 3.5 * i, 2) for i in range(len(ITEMS))]
    header = [HEADER[i] for i in (0, 1, 2, 3, 4, 6, 7)]
    lines = [line(i) for i in range(120)]
    listed = zip(ITEMS, GROUPS, costs, strict=True)
    text = "\n".join(["Item,Group,Standard Cost", *(",".join(map(str, row)) for row in listed)])
    if not joined:  # two costs of one item: which one holds, nobody can say
        text += f"\n{ITEMS[0]},Pumps,9.0"
    (tmp_path / "items.csv").write_text(text + "\n", encoding="utf-8")
    found = propose(tmp_path, header, [[*row[:5], *row[6:]] for row in lines])
    assert [join.file for join in found.layout.join] == ["items.csv"] * joined
    assert found.questions == []
    if joined:
        kept = sales_log.read(found.layout, tmp_path).transactions["gross_profit"].sum()
        cost = sum(row[-2] * costs[ITEMS.index(row[4])] for row in lines)
        assert kept == pytest.approx(sum(row[-1] for row in lines) - cost)


@pytest.mark.parametrize("form", ["%d", "%d%%", "%.2f"])
def test_deals_of_a_probability_below_one_are_asked_about_where_no_state_says_it(tmp_path, form):
    rows = [[*line(i), form % (100, 60, 0)[i // 4 % 3]] for i in range(120)]
    (asked,) = propose(tmp_path, [*HEADER, "Probability (%)"], rows).questions
    won = sum(line(i)[-1] for i in range(120) if i // 4 % 3 == 0)
    assert f"gives 40 rows, {won:,.2f}" in asked
    header = [*HEADER, "Probability (%)", "Stage"]
    rows = [
        [*row, ("Closed Won", "Negotiation", "Closed Lost")[i // 4 % 3]]
        for i, row in enumerate(rows)
    ]
    assert propose(tmp_path, header, rows).questions == []


def test_a_division_without_quantities_is_bought_by_its_revenue(tmp_path):
    rows = [
        [*row[:6], "" if row[5] == "Spares" else row[6], row[7]] for row in map(line, range(120))
    ]
    found = propose(tmp_path, HEADER, rows)
    assert found.layout.purchase.measure == "revenue"
    assert found.notes["purchase"].startswith("no line of 'Spares' has a quantity")
    units = found.layout.purchase.model_copy(update={"measure": "quantity"})
    layout = found.layout.model_copy(update={"purchase": units})
    told = alarms.of(sales_log.read(layout, tmp_path), layout)
    assert "division-without-purchases" in {alarm.name for alarm in told}
    assert not alarms.of(sales_log.read(found.layout, tmp_path), found.layout)


def test_headings_of_reps_above_headings_of_customers_are_two_levels(tmp_path):
    rows = []
    reps = ("Holt", "Kerr", "Lund")
    for rep, name in sorted({(reps[FIRMS.index(line(i)[1]) % 3], line(i)[1]) for i in range(120)}):
        if [rep] not in [[cell for cell in row if cell] for row in rows]:
            rows.append([rep, *[""] * 7])
        rows.append(["", name, *[""] * 6])
        rows += [["", "", *line(i)[2:]] for i in range(120) if line(i)[1] == name]
    found = propose(tmp_path, ["", "", *HEADER[2:]], rows)
    assert found.layout.fill_down == ["column 1", "column 2"]
    assert found.layout.columns.customer_id == "column 2"
    assert found.questions[0].startswith("customer_id: headings stand in 2 levels")
    assert sales_log.read(found.layout, tmp_path).transactions.height == 120


def test_a_title_that_holds_the_day_of_printing_is_no_header(tmp_path):
    titles = [["Printed by:", "J Smith", "on", "02/01/2025", "at", "09:14", "", ""], [""] * 8]
    found = propose(tmp_path, *titles[:1], [titles[1], HEADER, *map(line, range(120))])
    assert found.layout.columns.customer_id == "Customer No"
    assert sales_log.read(found.layout, tmp_path).transactions.height == 120


def test_quantities_of_products_without_money_of_each_are_asked_about(tmp_path):
    header, rows = wide("%s Sales", "%s Qty")
    kept = [i for i, name in enumerate(header) if "Sales" not in name]
    header, rows = [header[i] for i in kept], [[row[i] for i in kept] for row in rows]
    found = propose(tmp_path, [*header, "Order total"], [[*row, 9.5 * row[-1]] for row in rows])
    assert (found.layout.shape, list(found.layout.divisions)) == ("wide", ["Ink", "Paper"])
    assert found.questions[0].startswith("pair: no column is the money of a product")


def test_a_file_that_lacks_its_header_is_named_with_the_reason(tmp_path):
    for part in range(3):
        head = [HEADER] if part < 2 else []
        rows = [*head, *map(line, range(40 * part, 40 * part + 40))]
        text = "\n".join(",".join(map(str, row)) for row in rows)
        (tmp_path / f"v{part}.csv").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"v2\.csv: the first line names no columns"):
        layout_init.propose(tmp_path)


def test_a_cost_that_equals_the_money_is_said_to_be_none(tmp_path):
    found = propose(tmp_path, *with_column("Cost", lambda i, money: money))
    assert found.notes["gross_profit"].startswith("'Cost' is the money itself, and no cost")


def test_heads_of_orders_without_their_lines_are_asked_about(tmp_path):
    header = ["Order", "Date", "Customer No", "SubTotal", "TaxAmt", "Freight", "TotalDue"]
    rows = []
    for i in range(0, 120, 2):
        money = round(line(i)[-1] + line(i + 1)[-1], 2)
        tax = round(money / 5, 2)
        rows.append([*(line(i)[k] for k in (3, 2, 0)), money, tax, 15, round(money + tax + 15, 2)])
    (asked,) = propose(tmp_path, header, rows).questions
    assert asked.startswith("product: rows are whole orders, with tax or freight and no product")
    assert propose(tmp_path, header[:4], [row[:4] for row in rows]).questions == []


def priced(i):
    """Return a line with its price, money, a tenth of it on every third line, and the rest."""
    row = line(i)
    off = round(row[-1] / 10, 2) if i % 3 == 0 else 0
    return [*row[:-1], round(row[-1] / row[-2], 4), row[-1], off, round(row[-1] - off, 2)]


@pytest.mark.parametrize(
    "names", [("Amount full", "Amount zzz", "Amount"), ("Gross Price", "Zzz", "Net Price")]
)
def test_an_amount_less_what_is_taken_off_is_the_money_whatever_it_is_called(tmp_path, names):
    header = [*HEADER[:-1], *(["Price"] * ("Amount" in names)), *names]
    rows = [priced(i) for i in range(120)]
    rows = rows if "Price" in header else [[*row[:7], *row[8:]] for row in rows]
    found = propose(tmp_path, header, rows)
    assert found.layout.columns.revenue == names[-1]
    assert found.questions == []


def test_amounts_that_are_one_small_share_of_another_are_no_money_of_the_line(tmp_path):
    header, rows = with_column("Amount zzz", lambda i, money: money * 0.02)
    header.insert(0, header.pop())
    found = propose(tmp_path, header, [[row[-1], *row[:-1]] for row in rows])
    assert (found.layout.columns.revenue, found.questions) == ("Amount", [])


def taxed(i):
    """Return a line with its tax and its money with the tax in place of the money alone."""
    row = line(i)
    tax = round(row[-1] / 5, 2)
    return [*row[:-1], tax, round(row[-1] + tax, 2), row[-1]]


@pytest.mark.parametrize("names", [("VAT", "Total", "Zzz"), ("Zzy", "Total", "Zzz")])
def test_what_a_total_is_without_its_tax_is_the_money_under_any_name(tmp_path, names):
    found = propose(tmp_path, [*HEADER[:-1], *names], map(taxed, range(120)))
    assert (found.layout.columns.revenue, found.questions) == ("Zzz", [])


def test_a_line_total_that_is_called_like_a_profit_is_the_money(tmp_path):
    rows = [[*row[:-1], round(row[-1] / row[-2], 4), row[-1]] for row in map(line, range(120))]
    found = propose(tmp_path, [*HEADER[:-1], "EP netto", "GP netto"], rows)
    columns = found.layout.columns
    assert (columns.revenue, columns.gross_profit, found.questions) == ("GP netto", None, [])


def test_money_before_a_discount_is_no_discount(tmp_path):
    names = ["Price", "Value before discount", "Discount", "Value"]
    found = propose(tmp_path, [*HEADER[:-1], *names], map(priced, range(120)))
    assert (found.layout.columns.revenue, found.questions) == ("Value", [])


def test_an_answer_that_gives_a_role_to_another_column_can_be_written_as_told(tmp_path):
    header, rows = with_column("Sales", lambda i, money: money * (1.1 + i % 9 / 10))
    found = propose(tmp_path, header, rows)
    assert found.questions[0].startswith("revenue: is the money of a line in 'Amount' or in")
    text = found.text.replace("revenue: Amount", "revenue: Sales").split("questions:")[0]
    log = sales_log.read(layouts.parse(text), tmp_path)
    assert log.transactions["revenue"].sum() == pytest.approx(sum(row[-1] for row in rows))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KOST1", lambda i, money: 100 + i % 4),
        ("Discount Group", lambda i, money: 5 * (1 + i // 2 * 4 % 9 % 3)),
        ("Rabattgruppe", lambda i, money: 5 * (1 + (i * 5 + i // 7) % 6 // 2)),
    ],
)
def test_a_code_of_a_cost_centre_or_a_group_of_discounts_is_no_money(tmp_path, name, value):
    found = propose(tmp_path, *with_column(name, value))
    assert (found.layout.gross_profit, found.questions) == ("revenue", [])


@pytest.mark.parametrize(
    ("name", "is_branch"),
    [("Billing City", False), ("Ciudad (facturación)", False), ("Land", True), ("Region", True)],
)
def test_a_town_of_the_customer_is_no_branch(tmp_path, name, is_branch):
    rows = [[*line(i), ("North", "South", "West")[i // 2 * 4 % 9 % 3]] for i in range(120)]
    branch = propose(tmp_path, [*HEADER, name], rows).layout.columns.branch
    assert branch == (name if is_branch else None)


@pytest.mark.parametrize("word", ["Customer Account", "(Customer-No.)"])
def test_one_rename_in_several_files_is_judged_once(tmp_path, word):
    renamed = [word if name == "Customer No" else name for name in HEADER]
    for month in range(6):
        header = HEADER if month < 3 else renamed
        rows = [header, *map(line, range(20 * month, 20 * month + 20))]
        text = "\n".join(",".join(map(str, row)) for row in rows)
        (tmp_path / f"month {month}.csv").write_text(text + "\n", encoding="utf-8")
    found = layout_init.propose(tmp_path)
    assert found.layout.aliases == {word: "Customer No"}
    assert found.notes["aliases"].startswith("month 3.csv, month 4.csv, month 5.csv say")
    assert found.questions == []


def test_two_days_that_say_the_same_are_no_question(tmp_path):
    header = [*HEADER[:2], "Close date", "Won date", *HEADER[3:]]
    rows = [[*row[:3], *row[2:]] for row in map(line, range(120))]
    found = propose(tmp_path, header, rows)
    assert (found.layout.columns.order_date, found.questions) == ("Close date", [])


PARTIES = {
    "a word of money": ("Cliente entrega", "Cliente facturación", "Nombre cliente facturación"),
    "compounds": ("Leveringskonto", "Faktureringskonto", "Navn faktureringskonto"),
    "an invoice": ("Client livré", "Client facturé", "Nom client facturé"),
    "inflected": ("Odbiorca", "Nabywca", "Nazwa nabywcy"),
    "unknown words": ("Warenempfänger", "Rechnungsempfänger", "Name Rechnungsempfänger"),
    "without names": ("Deliver To", "Invoice To", "Terms"),
    "a known word": ("Empfänger Kunde", "Zahler Kunde", "Terms"),
}


@pytest.mark.parametrize("case", PARTIES)
def test_the_customer_is_the_party_that_has_names_or_on_which_the_other_depends(tmp_path, case):
    header = [*PARTIES[case], "Date", "Invoice", "Item", "Group", "Qty", "Amount"]
    rows = []
    for i in range(240):
        key, name, *rest = line(i)
        payer, address = int(key[2:]), i // 2 % 5 // 2
        named = name if PARTIES[case][2] != "Terms" else "30 d"
        rows.append([f"{payer}{address}", payer, named, *rest])
    found = propose(tmp_path, header, rows)
    columns = found.layout.columns
    assert (columns.customer_id, columns.revenue) == (PARTIES[case][1], "Amount")
    if PARTIES[case][2] != "Terms":
        assert columns.customer_name == PARTIES[case][2]
    assert all(q.startswith("customer_id: ") for q in found.questions)


@pytest.mark.parametrize(("payer", "asked"), [("P\u0142atnik", 0), ("Zzfirm", 1)])
def test_of_two_keys_with_names_the_one_on_which_the_other_depends_is_the_customer(
    tmp_path, payer, asked
):
    address = "Odbiorca kod", "Odbiorca"
    found = propose(tmp_path, *two_parties(address, (f"{payer} kod", payer)))
    columns = found.layout.columns
    assert (columns.customer_id, columns.customer_name) == (f"{payer} kod", payer)
    assert len(found.questions) >= asked


def two_parties(address, payer):
    """Return a header and lines with the columns of two parties, the address of delivery first."""
    rows = []
    for i in range(240):
        key, name, *rest = line(i)
        number = i // 2 % 5 // 2
        rows.append([f"{key[2:]}{number}", f"{name} {number}", key[2:], name, *rest])
    return [*address, *payer, *HEADER[2:]], rows


@pytest.mark.parametrize(
    ("address", "payer"),
    [
        (("Zzto", "Navn Zzto"), ("Zzfrom", "Navn Zzfrom")),
        (("Zzto kk", "Zzto"), ("Zzfrom kk", "Zzfrom")),
        (("Site No", "Site Name"), ("Group No", "Group Name")),
        (("Destinazione", "Descrizione destinazione"), ("Intestatario", "Ragione intestatario")),
        (("Toimitusasiakas", "Toimitusasiakkaan nimi"), ("Laskutusasiakas", "Asiakkaan nimi")),
        (("Zzmott.nr", "Zzmottagare"), ("Zzbetalarnr", "Zzbetalare")),
        (("Zzto", "Zzdest"), ("Zzfrom", "Zzorigin")),
    ],
)
@pytest.mark.parametrize("cases", [1, 2])
def test_names_go_to_their_own_party_and_no_product_is_of_one_customer(
    tmp_path, address, payer, cases
):
    header, rows = two_parties(address, payer)
    for i, row in enumerate(rows):
        row[2] = f"{'fF'[i // 2 % cases]}{row[2]}"
    found = propose(tmp_path, header, rows)
    columns = found.layout.columns
    assert (columns.customer_id, columns.customer_name) == payer
    asked = "".join(found.questions)
    assert not asked or f"{{customer_id: {address[0]}, customer_name: {address[1]}}}" in asked
    assert (columns.product, columns.division) == ("Item", "Group")


def test_a_company_of_the_seller_is_no_customer(tmp_path):
    rows = [[f"GB0{i // 2 % 2}", *line(i)] for i in range(120)]
    found = propose(tmp_path, ["Company Code", "Account No", "Account", *HEADER[2:]], rows)
    columns = found.layout.columns
    assert (columns.customer_id, columns.customer_name) == ("Account No", "Account")
    assert found.questions == []


def test_a_number_whose_names_differ_by_company_is_asked_about_where_they_are_alike(tmp_path):
    rows = [line(i) for i in range(240)]
    for i, row in enumerate(rows):
        row[:2] = [f"GB0{i // 18 % 2}", row[0], row[1] + " Zeta" * (i // 18 % 2)]
    found = propose(tmp_path, ["Company Code", "Account No", "Account", *HEADER[2:]], rows)
    (asked,) = found.questions
    assert "each 'Company Code' has numbers of its own" in asked
    assert "240 rows" in asked and "18 customers" in asked and "9 customers" in asked


def test_the_key_of_a_ledger_with_a_point_is_the_customers_and_so_is_its_description(tmp_path):
    header = ["Zzconto", "Descrizione zzconto", "Data", "Numero", *HEADER[4:]]
    rows = [[f"501.10{line(i)[0][2:]}", *line(i)[1:]] for i in range(120)]
    columns = propose(tmp_path, header, rows).layout.columns
    assert [columns.customer_id, columns.customer_name] == header[:2]


@pytest.mark.parametrize("per_day", [1, 2])
def test_a_number_of_each_row_is_the_order_where_a_customer_has_one_per_day(tmp_path, per_day):
    header = ["Zzdeal-ID", *HEADER[:3], *HEADER[4:]]
    lines = [line(2 * i // per_day) for i in range(120)]
    rows = [[9000 + i, *row[:3], *row[4:]] for i, row in enumerate(lines)]
    invoice = propose(tmp_path, header, rows).layout.columns.invoice
    assert invoice == ("Zzdeal-ID" if per_day == 1 else ["Customer No", "Date"])


def test_fields_of_an_order_on_its_first_line_are_no_headings(tmp_path):
    rows = [line(i) for i in range(240)]
    rows = [[*([""] * 3 if i % 2 else row[:3]), *row[3:]] for i, row in enumerate(rows)]
    found = propose(tmp_path, ["Practice No", "Practice", "Ordered", "Order", *HEADER[4:]], rows)
    columns = found.layout.columns
    assert (columns.customer_id, columns.customer_name) == ("Practice No", "Practice")
    assert found.questions == []


def test_an_amount_of_each_customer_is_no_key_beside_a_code(tmp_path):
    header = ["Zzlimit", "Zzkood", *HEADER[2:]]
    rows = [[f"{500 + FIRMS.index(line(i)[1])}.00", *line(i)[:1], *line(i)[2:]] for i in range(120)]
    assert propose(tmp_path, header, rows).layout.columns.customer_id == "Zzkood"


def test_the_invoice_of_several_delivery_notes_is_the_order(tmp_path):
    header = [*HEADER[:3], "Bon de livraison", "Facture", *HEADER[4:]]
    rows = [line(i // 2) for i in range(240)]
    rows = [[*row[:3], 900 + i // 2, *row[3:-1], row[-1] + i % 2] for i, row in enumerate(rows)]
    assert propose(tmp_path, header, rows).layout.columns.invoice == "Facture"


@pytest.mark.parametrize("decimals", [".0", ",00"])
def test_keys_that_a_spreadsheet_wrote_with_decimals_in_some_rows_are_keys(tmp_path, decimals):
    rows = [[line(i)[0][2:] + decimals * (i // 2 % 5 == 0), *line(i)[1:]] for i in range(120)]
    for row in rows:
        row[0] = f'"{row[0]}"'
    columns = propose(tmp_path, ["Zzkood", *HEADER[1:]], rows).layout.columns
    assert (columns.customer_id, columns.customer_name) == ("Zzkood", "Customer")


def test_a_column_that_groups_the_products_under_another_word_is_named(tmp_path):
    header = [name if name != "Group" else "Company" for name in HEADER]
    found = propose(tmp_path, header, map(line, range(120)))
    assert "each product has one value of 'Company'" in found.notes["divisions"]


@pytest.mark.parametrize("name", ["Amount", "Zznet"])
def test_what_is_paid_with_its_tax_and_not_on_every_line_is_no_money_of_the_line(tmp_path, name):
    header = ["Amount paid", *HEADER[:-1], name]
    rows = [line(i) for i in range(240)]
    rows = [[round(row[-1] * 1.21, 2) * (i // 2 % 9 > 0), *row] for i, row in enumerate(rows)]
    assert propose(tmp_path, header, rows).layout.columns.revenue == name


def test_money_that_is_nothing_on_free_lines_is_the_money_of_the_line(tmp_path):
    rows = [line(i) for i in range(240)]
    rows = [[*row, row[-1] * (i // 2 % 9 > 0)] for i, row in enumerate(rows)]
    found = propose(tmp_path, [*HEADER[:-1], "Gross amount", "Net amount"], rows)
    assert found.layout.columns.revenue == "Net amount"


def test_the_day_since_when_a_customer_is_one_is_no_order_date(tmp_path):
    rows = [line(i) for i in range(120)]
    rows = [[date(2011, 1 + FIRMS.index(row[1]), 3), *row] for row in rows]
    found = propose(tmp_path, ["Asiakas alkaen", *HEADER[:2], "P\u00e4iv\u00e4", *HEADER[3:]], rows)
    assert (found.layout.columns.order_date, found.questions) == ("P\u00e4iv\u00e4", [])


def test_the_date_called_like_the_number_before_all_others_is_the_day(tmp_path):
    rows = [[*line(i), line(i)[2] + timedelta(days=1 + i % 3)] for i in range(120)]
    named = ["Sz\u00e1mla kelte", "Sz\u00e1mla"]
    header = [*HEADER[:2], *named, *HEADER[4:], "Sz\u00e1ll\u00edt\u00e1s d\u00e1tuma"]
    found = propose(tmp_path, header, rows)
    assert (found.layout.columns.order_date, found.questions) == (header[2], [])
    assert "other dates come later" in found.notes["order_date"]


@pytest.mark.parametrize("name", ["Summa alv 0", "Valor s/ IVA"])
def test_money_without_its_tax_is_known_in_other_languages(tmp_path, name):
    rows = [[round(line(i)[-1] * 0.03, 2), *line(i)] for i in range(120)]
    found = propose(tmp_path, ["Provisio", *HEADER[:-1], name], rows)
    assert (found.layout.columns.revenue, found.questions) == (name, [])


def test_one_name_of_several_spellings_of_a_key_stays_its_name(tmp_path):
    header = ["Z\u00e1kazn\u00edk \u010d.", "Jm\u00e9no z\u00e1kazn\u00edka", *HEADER[2:]]
    rows = [line(i) for i in range(240)]
    for i, row in enumerate(rows):
        row[0] = row[0].replace("-", "") if i // 2 % 4 else row[0]
    found = propose(tmp_path, header, rows)
    assert (found.layout.columns.customer_name, found.layout.keys) == (header[1], "alike")


def test_one_mistyped_date_costs_no_number_its_role(tmp_path):
    rows = [line(i) for i in range(240)]
    rows[101][2] = rows[101][2].replace(year=2033)
    header = [*HEADER[:3], "Zznum", *HEADER[4:]]
    assert propose(tmp_path, header, rows).layout.columns.invoice == "Zznum"


def test_the_number_of_a_line_is_no_order_where_another_one_groups_them(tmp_path):
    header = [*HEADER[:3], "Order Transaction ID", "Order ID", *HEADER[4:]]
    rows = [[*line(i)[:3], 900 + i, *line(i)[3:]] for i in range(120)]
    assert propose(tmp_path, header, rows).layout.columns.invoice == "Order ID"


def test_keys_whose_digits_a_spreadsheet_removed_are_told(tmp_path):
    rows = [["8.8412E11", *line(i)[1:]] for i in range(120)]
    found = propose(tmp_path, HEADER, rows)
    assert found.layout.columns.customer_id == "Customer"
    assert "removed digits of the keys in 'Customer No'" in found.notes["customer_id"]
    rows = [[row[0], *row[2:]] for row in rows]
    with pytest.raises(ValueError, match="removed digits of the keys in 'Customer No'"):
        propose(tmp_path, [HEADER[0], *HEADER[2:]], rows)


def test_a_bare_key_of_which_a_part_lost_its_digits_is_told_of(tmp_path):
    """Those of a product would not go with the customers' names."""
    keys = ["8.8412E11", "884120000017", "884120000018"]
    rows = [[keys[len(line(i)[1]) % 3], *line(i)[1:]] for i in range(120)]
    found = propose(tmp_path, ["Code", *HEADER[1:]], rows)
    assert found.layout.columns.customer_id == "Customer"
    assert "removed digits of the keys in 'Code'" in found.notes["customer_id"]


def test_case_tells_no_two_mail_addresses_of_a_name_apart(tmp_path):
    header = ["Customer Email", "Customer Name", *HEADER[2:]]
    rows = [line(i) for i in range(120)]
    for i, row in enumerate(rows):
        mail = f"info@{row[1]}.example"
        row[0] = mail.upper() if i // 2 % 4 else mail.lower()
    found = propose(tmp_path, header, rows)
    assert (found.layout.columns.customer_id, found.layout.keys) == ("Customer Email", "alike")
    assert found.questions == []


def test_the_bare_word_of_a_party_beside_its_number_is_the_name(tmp_path):
    header = ["Debitornr.", "Debitor", *HEADER[2:]]
    rows = [line(i) for i in range(120)]
    for row in rows[::2]:
        row[0] = row[0].replace("-", " ")
    columns = propose(tmp_path, header, rows).layout.columns
    assert (columns.customer_id, columns.customer_name) == ("Debitornr.", "Debitor")


def test_one_word_among_the_keys_of_customers_leaves_them_keys(tmp_path):
    rows = [line(i) for i in range(240)]
    firms = [f"{name} {i // 18 % 4}" for i, (_, name, *_) in enumerate(rows)]
    for i, row in enumerate(rows):
        row[:2] = [f"{row[0][2:]}{i // 18 % 4}", firms[i]]
        if i // 2 % 6 == 0:
            row[:2] = ["CASH", "Counter sale"]
    header = ["Acct", "Acct Name", *HEADER[2:]]
    columns = propose(tmp_path, header, rows).layout.columns
    assert (columns.customer_id, columns.customer_name) == ("Acct", "Acct Name")


@pytest.mark.parametrize(("letters", "asked"), [("CUST-", ["customers"]), ("K-", []), ("", [])])
def test_customers_beside_the_log_with_letters_of_their_own_are_asked_about(
    tmp_path, letters, asked
):
    rows = [line(i) for i in range(120)]
    for row in rows if not letters else ():
        row[0] = row[0][2:]
    table = [f"{letters}{100 + i},{name},{i % 2}" for i, name in enumerate(FIRMS)]
    (tmp_path / "accounts.csv").write_text("\n".join(["Acct No,Company,Sector", *table]) + "\n")
    found = propose(tmp_path, HEADER, rows)
    assert [question.partition(":")[0] for question in found.questions] == asked
    assert not asked or "'CUST-100' and 'K-100'" in found.questions[0]
    assert asked or found.layout.customers.key == "Acct No"


@pytest.mark.parametrize(("names", "is_known"), [(FIRMS, True), (FIRMS[::-1], False)])
def test_a_table_of_the_logs_keys_and_names_describes_its_customers_whatever_it_is_called(
    tmp_path, names, is_known
):
    table = [f"000{100 + i},{name},{i % 2}" for i, name in enumerate(names)]
    (tmp_path / "rekisteri.csv").write_text("\n".join(["Zzno,Zzname,Zzsector", *table]) + "\n")
    found = propose(tmp_path, HEADER, [[row[0][2:], *row[1:]] for row in map(line, range(120))])
    described = found.layout.customers
    assert (described.key if described else None) == ("Zzno" if is_known else None)


def account(folder, header, rows):
    """Return the proposal, the rows that rules leave out, and the rejected ones, of a file."""
    found = propose(folder, header, rows)
    read = sales_log.read(found.layout, folder)
    return found, dict(read.left_out.select("rule", "rows").iter_rows()), read.rejected.height


def test_a_line_of_units_below_the_header_is_left_out(tmp_path):
    units = ["[-]", "[-]", "[yyyy-mm-dd]", "[-]", "[-]", "[-]", "[EA]", "[EUR]"]
    found, left_out, rejected = account(tmp_path, HEADER, [units, *map(line, range(120))])
    assert (found.questions, left_out, rejected) == ([], {"a line of units": 1}, 0)
    assert "[-]" not in found.layout.divisions


def commented():
    """Return lines, some with a comment of their order below, without a number and a product."""
    for i in range(120):
        yield [*line(i), "Item", f"P{i % 6}"]
        if i % 12 == 5:
            yield [*line(i)[:4], "Delivered late", "", "", "", "", ""]


def test_a_comment_below_a_line_is_left_out(tmp_path):
    header = [*HEADER, "Type", "Item No"]
    _, left_out, rejected = account(tmp_path, header, commented())
    assert (left_out, rejected) == ({"a line of text": 10}, 0)


def test_a_line_that_lacks_its_numbers_and_its_group_is_rejected(tmp_path):
    rows = [[*line(i), "Item", f"P{i % 6}"] for i in range(120)]
    for row in rows[5::12]:
        row[5:8] = "", "", ""
    assert account(tmp_path, [*HEADER, "Type", "Item No"], rows)[1:] == ({}, 10)


def monthly(total):
    """Return lines, and below those of each month a row with their last day and a total."""
    rows = [line(i) for i in range(120)]
    for i, row in enumerate(rows):
        yield row
        own = [r for r in rows[: i + 1] if str(r[2])[:7] == str(row[2])[:7]]
        if i == 119 or str(rows[i + 1][2])[:7] != str(row[2])[:7]:
            yield ["", "", row[2], "", "Month total", "", sum(r[6] for r in own), total(own)]


def test_a_dated_total_without_a_customer_is_left_out(tmp_path):
    rows = list(monthly(lambda own: round(sum(r[7] for r in own), 2)))
    assert account(tmp_path, HEADER, rows)[1:] == ({"a total": len(rows) - 120}, 0)


def test_a_dated_row_without_a_customer_that_is_no_sum_is_rejected(tmp_path):
    rows = list(monthly(lambda own: 17.5 + len(own)))
    assert account(tmp_path, HEADER, rows)[1:] == ({}, len(rows) - 120)


def listed(i, form):
    """Return an order of one or two lines, which stand in one cell."""
    return [*line(2 * i)[:4], "; ".join(form.format(*line(2 * i + j)) for j in range(1 + i % 2))]


@pytest.mark.parametrize("form", ["name:{4}|quantity:{6}|total:{7}", "Name={4} | Anzahl={6}"])
@pytest.mark.parametrize("name", ["Line Items", "Zzrvk"])
def test_cells_that_hold_several_lines_are_refused(tmp_path, form, name):
    rows = [[*listed(i, form), line(i)[7]] for i in range(60)]
    with pytest.raises(ValueError, match=f"cells of '{name}' hold several lines of an order each"):
        propose(tmp_path, [*HEADER[:4], name, "Amount"], rows)


def test_fields_of_one_product_in_a_cell_are_no_lines(tmp_path):
    rows = [line(i) for i in range(120)]
    for row in rows:
        row[4] = f"name:{row[4]}|size:M"
    assert propose(tmp_path, HEADER, rows).layout.columns.product == "Item"
