"""What a file says of its money and rows outside of the money's own column: always a question."""

from datetime import date, timedelta

import pytest

from gosales_lib import layout, layout_init, sales_log

HEADER = ["Customer No", "Customer", "Date", "Invoice", "Item", "Group", "Qty"]
DAYS = [date(2023, 1, 3) + timedelta(days=11 * (i // 2)) for i in range(60)]


def line(i):
    return [
        100 + i // 2 % 9,
        f"Firm {i // 2 % 9}",
        DAYS[i],
        700 + i // 2,
        f"Part {i % 6}",
        f"G{i % 2}",
        1 + i % 5,
    ]


def propose(folder, header, row, above="", name="s.csv"):
    rows = [",".join(map(str, row(i))) for i in range(60)]
    text = above + "\n".join([",".join(header), *rows, ""])
    (folder / name).write_text(text, encoding="utf-8")
    return layout_init.propose(folder)


def keys_of(proposed):
    return [question.partition(":")[0] for question in proposed.questions]


def test_a_title_that_says_thousands_is_asked_about(tmp_path):
    title = '"Sales, amounts in thousands of EUR"\n\n'
    proposed = propose(tmp_path, [*HEADER, "Sales"], lambda i: [*line(i), 0.5 + i * 7 % 11], title)
    assert keys_of(proposed) == ["scale"] and proposed.layout.scale == {"Sales": 1000.0}


@pytest.mark.parametrize(
    ("name", "unit"), [("Sales in T€", 1000.0), ("Sales (k$)", 1000.0), ("Line value (p)", 0.01)]
)
def test_a_sign_in_the_name_of_the_money_says_its_unit(tmp_path, name, unit):
    proposed = propose(tmp_path, [*HEADER, name], lambda i: [*line(i), (1 + i % 5) * (40 + i % 6)])
    assert not proposed.questions
    assert proposed.layout.scale == {name: unit}


def test_a_title_of_a_number_of_rows_is_no_unit(tmp_path):
    title = '"Export of 2,000 rows"\n\n'
    assert not propose(
        tmp_path, [*HEADER, "Sales"], lambda i: [*line(i), 5 + i * 7 % 11], title
    ).questions


def test_a_price_of_a_hundred_units_is_asked_about(tmp_path):
    header = [*HEADER, "Price", "Per"]
    proposed = propose(tmp_path, header, lambda i: [*line(i), 2.5 + i % 6, [1, 100][i % 2]])
    assert keys_of(proposed) == ["unit_price"]


def test_money_with_a_tax_that_only_a_rate_shows_is_asked_about(tmp_path):
    header = ["Kundennummer", "Kunde", "Datum", "Rechnungsnr", "Artikel", "Warengruppe", "Menge"]
    header += ["Bruttobetrag", "MwSt-Satz"]
    proposed = propose(tmp_path, header, lambda i: [*line(i), 119.0, "19%"])
    assert keys_of(proposed) == ["revenue"]
    assert (
        "`scale: {Bruttobetrag: 0.840336134}` gives 60 rows, 6,000.00 USD" in proposed.questions[0]
    )


def test_lines_that_occur_once_for_each_of_two_reps_are_asked_about(tmp_path):
    header = [*HEADER, "Sales", "Sales Rep"]
    rows = [
        ",".join(map(str, [*line(i), 5 + i * 7 % 11, rep]))
        for i in range(60)
        for rep in ("Ann", "Bob")
    ]
    (tmp_path / "s.csv").write_text("\n".join([",".join(header), *rows, ""]), encoding="utf-8")
    proposed = layout_init.propose(tmp_path)
    assert keys_of(proposed) == ["duplicates"]
    assert "60 of 120 rows are copies of earlier ones but for 'Sales Rep'" in proposed.questions[0]


def test_a_file_without_a_header_beside_the_log_is_asked_about(tmp_path):
    rows = [",".join(map(str, [*line(i), 5])) for i in range(60)]
    (tmp_path / "part2.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    proposed = propose(
        tmp_path, [*HEADER, "Sales"], lambda i: [*line(i), 5 + i * 7 % 11], name="part1.csv"
    )
    assert keys_of(proposed) == ["files"] and "'part2.csv' has no header" in proposed.questions[0]


@pytest.mark.parametrize(
    ("header", "asked"), [("Old No,New No", []), ("Customer No,Parent No", ["accounts"])]
)
def test_a_table_of_merged_customers_is_proposed_and_one_of_parents_is_asked_about(
    tmp_path, header, asked
):
    (tmp_path / "map.csv").write_text(f"{header}\n901,101\n902,102\n", encoding="utf-8")

    def row(i):
        customer, *rest = line(i)
        return [
            800 + customer if i > 30 and customer in (101, 102) else customer,
            *rest,
            5 + i * 7 % 11,
        ]

    proposed = propose(tmp_path, [*HEADER, "Sales"], row)
    assert keys_of(proposed) == asked
    by, gives = header.split(",")
    assert proposed.layout.accounts.model_dump() == {
        "file": "map.csv", "by": by, "gives": gives, "parent": None,
    }  # fmt: skip
    (tmp_path / "layout.yaml").write_text(proposed.text, encoding="utf-8")
    log = sales_log.read(layout.load(tmp_path / "layout.yaml"), tmp_path)
    assert log.transactions["customer_id"].n_unique() == 9


def test_an_alternative_of_one_rule_keeps_the_others(tmp_path):
    header = [*HEADER, "Sales", "Stage", "Doc Type"]
    proposed = propose(
        tmp_path,
        header,
        lambda i: [
            *line(i),
            10,
            ["Won", "Lost", "Won"][i % 3],
            ["Invoice", "Proforma"][i % 5 == 0],
        ],
    )
    asked = next(q for q in proposed.questions if "Doc Type" in q)
    assert "gives 32 rows" in asked and "no `where` on 'Doc Type'` gives 40 rows" in asked


@pytest.mark.parametrize(
    "times", [lambda i: 100, lambda i: 0.001, lambda i: 1.19 if i % 3 else 1.0]
)
def test_an_amount_that_is_many_times_quantity_and_price_is_asked_about(tmp_path, times):
    header = [*HEADER, "Unit price", "Amount"]

    def row(i):
        price = 2.25 + i % 6 * 10
        return [*line(i), price, round((1 + i % 5) * price * times(i), 5)]

    proposed = propose(tmp_path, header, row)
    assert keys_of(proposed) == ["revenue"]
    assert "columns: {unit_price: Unit price}" in proposed.questions[0]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_discount_or_a_return_is_no_other_unit(tmp_path, sign):
    header = [*HEADER, "Unit price", "Amount"]

    def row(i):
        price = 2.25 + i % 6 * 10
        share = sign * 0.9 if i % 5 == 0 else 1
        return [*line(i), price, round((1 + i % 5) * price * share, 2)]

    assert keys_of(propose(tmp_path, header, row)) == []


@pytest.mark.parametrize(("so_far", "asked"), [(True, ["revenue"]), (False, [])])
def test_amounts_of_the_year_so_far_are_asked_about(tmp_path, so_far, asked):
    rows = []
    for customer in range(9):
        for group in ("Pumps", "Valves"):
            total = 0
            for month in range(24):
                sold = (
                    40 + customer + (month * month + customer) % 5 * 100
                    if (month + customer) % 3 == 0
                    else 0
                )
                total = sold + (total if month % 12 else 0)
                if shown := total if so_far else sold:
                    day = f"{2023 + month // 12}-{month % 12 + 1:02}-28"
                    rows.append(
                        f"{100 + customer},Firm {customer},{day},{group},{shown + len(group)}"
                    )
    text = "\n".join(["Customer No,Customer,Date,Product line,Amount", *rows])
    (tmp_path / "s.csv").write_text(text)
    assert keys_of(layout_init.propose(tmp_path)) == asked


CENTS = [963, 1844, 6966, 61203, 927, 3518, 11272, 486, 7751, 2034, 8399, 1645]
WHOLE = [120, 45, 1999, 250, 35, 80, 610, 75, 1250, 99, 149, 500]


@pytest.mark.parametrize(
    ("prices", "currency", "is_asked"),
    [(CENTS, "eur", True), (CENTS, "HUF", False), (WHOLE, "EUR", False),
     ([price / 100 for price in CENTS], "EUR", False), ([p + 0.0 for p in CENTS], "EUR", False),
     ([price // 100 for price in CENTS], "EUR", False)],
)  # fmt: skip
@pytest.mark.parametrize("has_price", [True, False])
def test_money_in_cents_is_asked_about(tmp_path, prices, currency, is_asked, has_price):
    header = [*HEADER, *["Price"][: int(has_price)], "Amount", "Currency"]

    def row(i):
        own, price = line(i), prices[i % 6 + 6 * (i // 30)]
        return [*own, *[price][: int(has_price)], price * own[6], currency]

    asked = [text for text in propose(tmp_path, header, row).questions if "hundredths" in text]
    assert bool(asked) == is_asked
    names = "Amount: 0.01, Price: 0.01" if has_price else "Amount: 0.01"
    assert all(f"`scale: {{{names}}}` gives" in text for text in asked)
