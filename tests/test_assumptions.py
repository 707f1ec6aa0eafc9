"""What `layout init` settles by evidence is reported with its alternatives; the rest is asked."""

from datetime import date, timedelta

import pytest

from gosales_lib import layout, layout_init, sales_log

HEADER = "Order No,Order Date,Customer No,Customer,Item,Group,Qty,Amount"
ROWS = [
    [
        f"A{100 + i}",
        date(2024, 1, 2) + timedelta(days=3 * i),
        f"{i % 9:03}",
        f"Firm {i % 9}",
        f"Item {i % 5}",
        f"Group {i % 2}",
        1 + i % 3,
        (1 + i % 3) * 10.5,
    ]
    for i in range(60)
]
FIRST, SECOND = ROWS[:30], ROWS[30:]


def write(folder, **files):
    for name, (header, rows) in files.items():
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return layout_init.propose(folder)


def read(folder, found):
    (folder / "layout.yaml").write_text(found.text, encoding="utf-8")
    return sales_log.read(layout.load(folder / "layout.yaml"), folder)


def asked(found):
    return {question.partition(":")[0] for question in found.questions}


@pytest.mark.parametrize(
    "header",
    [
        "Invoice No,Invoice Date,Cust No,Cust Name,Product,Category,Quantity,Amt",
        "Cust No,Cust Name,Order No,Order Date,Item,Group,Qty,Amount",
    ],
)
def test_headers_in_other_words_are_merged_and_reported_with_their_file(tmp_path, header):
    moved = [[*row[2:4], *row[:2], *row[4:]] for row in SECOND]
    rows = moved if header.startswith("Cust") else SECOND
    found = write(tmp_path, a=(HEADER, FIRST), b=(header, rows))
    assert not found.questions
    assert "b.csv says" in found.notes["aliases"]
    assert "'Cust No' for 'Customer No'" in found.notes["aliases"]
    assert "b.csv moved away` gives 30 rows" in found.notes["aliases"]
    log = read(tmp_path, found)
    assert log.transactions.height == 60
    assert log.transactions["customer_id"].n_unique() == 9
    assert log.renamed["b.csv"]["Cust No"] == "Customer No"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (HEADER.replace("Amount", "Gross Amount"), "one of them says 'gross'"),
        (HEADER.replace("Amount", "Net Amount"), "one of them says 'net'"),
        (HEADER.replace("Customer No", "Ship-To No"), "one of them says 'ship'"),
        (HEADER.replace("Order Date", "Due Date"), "one of them says 'due'"),
    ],
)
def test_a_header_that_may_be_other_money_another_day_or_customer_is_asked_about(
    tmp_path, header, why
):
    found = write(tmp_path, a=(HEADER, FIRST), b=(header, SECOND))
    assert asked(found) in ({"aliases"}, {"files"})
    if asked(found) == {"aliases"}:
        assert why in found.questions[0]
        assert "`b.csv moved away` gives 30 rows" in found.questions[0]


@pytest.mark.parametrize(
    ("header", "doubts"),
    [
        ("O.N.,Order Dat.,Cust.No,Customer,It.,Gr.,Quant.,Amount", 0),
        ("Zzrvk,Order Date,Customer No,Customer,Item,Group,Qqtx,Amount", 1),
    ],
)
def test_headers_that_nobody_knows_are_those_of_one_form_or_place(tmp_path, header, doubts):
    first = HEADER.replace("Qty", "Quantity")
    found = write(tmp_path, a=(first, FIRST), b=(header, SECOND))
    assert "".join(found.questions).count("only its place says so") == doubts
    assert "".join(found.questions).count("aliases: {") == bool(doubts)
    assert read(tmp_path, found).transactions["quantity"].sum() == sum(r[6] for r in ROWS)


def test_customers_of_another_numbering_under_another_header_are_asked_about(tmp_path):
    foreign = [[*row[:2], f"9{row[2]}77", *row[3:]] for row in SECOND]
    header = HEADER.replace("Customer No", "Client No")
    found = write(tmp_path, a=(HEADER, FIRST), b=(header, foreign))
    assert "0% of its values stand in the other files" in found.questions[0]


def test_two_days_with_other_words_are_not_exchanged(tmp_path):
    both = HEADER.replace("Order Date", "Order Date,Ship Date")
    other = HEADER.replace("Order Date", "Date ordered,Date shipped")
    first, second = (
        [[row[0], row[1], row[1] + timedelta(days=9), *row[2:]] for row in part]
        for part in (FIRST, SECOND)
    )
    found = write(tmp_path, a=(both, first), b=(other, second))
    assert found.layout.aliases["Date shipped"] == "Ship Date"
    assert read(tmp_path, found).transactions["order_date"].max() == SECOND[-1][1]


def test_a_state_that_only_one_file_has_is_not_passed_over(tmp_path):
    states = [[*row, "Cancelled" if i % 5 == 0 else "Shipped"] for i, row in enumerate(SECOND)]
    found = write(tmp_path, a=(HEADER, FIRST), b=(f"{HEADER},Status", states))
    assert found.questions
    assert "Status" in found.questions[0]


def test_a_currency_that_is_the_same_in_all_rows_may_be_new_in_a_file(tmp_path):
    rows = [[*row, "EUR"] for row in SECOND]
    found = write(tmp_path, a=(HEADER, FIRST), b=(f"{HEADER},Currency", rows))
    assert not found.questions
    assert read(tmp_path, found).transactions.height == 60


def test_a_newer_export_wins_where_it_reaches_further(tmp_path):
    revised = [[*row[:-1], row[-1] + 1] for row in ROWS[20:40]]
    found = write(tmp_path, a=(HEADER, FIRST), b=(HEADER, revised))
    assert not found.questions
    assert "`revisions: newest` gives 40 rows" in found.notes["revisions"]
    assert "`revisions: all` gives 50 rows" in found.notes["revisions"]
    assert read(tmp_path, found).transactions.height == 40


@pytest.mark.parametrize("kind", ["no further", "other days"])
def test_files_that_differ_about_an_order_are_asked_about_where_nothing_orders_them(tmp_path, kind):
    if kind == "no further":  # `a-corrected` stands before `a` by its name
        revised = [[*row[:-1], row[-1] + 1] for row in FIRST]
        found = write(tmp_path, **{"a-corrected": (HEADER, revised), "a": (HEADER, FIRST)})
    else:  # the rest of an order, delivered with a later file
        parts = [[row[0], row[1] + timedelta(days=60), *row[2:]] for row in FIRST[26:]]
        found = write(tmp_path, a=(HEADER, FIRST), b=(HEADER, [*parts, *SECOND]))
    (question,) = (one for one in found.questions if one.startswith("revisions"))
    assert kind in question
    assert "`revisions: all` gives" in question


def test_spellings_are_one_customer_only_where_every_spelling_has_the_same_name(tmp_path):
    bare = [[*row[:2], str(int(row[2])), *row[3:]] for row in SECOND]
    found = write(tmp_path, a=(HEADER, FIRST + bare))
    assert not found.questions
    assert "such as '0' and '000', under one name" in found.notes["keys"]
    assert "`keys: exact` gives 60 rows, 1,260.00 USD, 18 customers" in found.notes["keys"]
    log = read(tmp_path, found)
    assert log.transactions["customer_id"].n_unique() == 9
    assert log.keys_changed.values == 27
    bare[0][3] = "Somebody else"
    found = write(tmp_path, a=(HEADER, FIRST + bare))
    assert asked(found) == {"alike-customers"}


def states(folder, lines):
    return write(folder, a=(f"{HEADER},Status", lines))


def test_cancelled_orders_are_left_out_and_reported_with_their_money(tmp_path):
    lines = [[*row, "Cancelled" if i % 10 == 0 else "Shipped"] for i, row in enumerate(ROWS)]
    found = states(tmp_path, lines)
    assert not found.questions
    assert "`where as proposed` gives 54 rows" in found.notes["where"]
    assert "no `where` on 'Status'` gives 60 rows, 1,260.00 USD" in found.notes["where"]


def test_a_cancellation_that_takes_back_a_sale_counts(tmp_path):
    lines = [[*row, "Invoiced"] for row in ROWS]
    lines += [[f"B{row[0]}", row[1], *row[2:6], -row[6], -row[7], "Storno"] for row in ROWS[::10]]
    cancelled = {row[0] for row in ROWS[::10]}
    lines = [[*row[:-1], "Cancelled"] if row[0] in cancelled else row for row in lines]
    found = states(tmp_path, lines)
    assert not asked(found) & {"where"}
    money = read(tmp_path, found).transactions["gross_profit"].sum()
    assert money == pytest.approx(1260 - sum(row[7] for row in ROWS[::10]))


def test_cancelled_rows_below_zero_without_a_sale_are_asked_about(tmp_path):
    lines = [[*row, "Posted"] for row in ROWS]
    lines += [[f"B{row[0]}", *row[1:6], -row[6], -row[7] - 1, "Cancelled"] for row in ROWS[::10]]
    found = states(tmp_path, lines)
    (question,) = (one for one in found.questions if one.startswith("where"))
    assert "0 have a row of the customer with the opposite amount, 100% are negative" in question


def test_an_order_that_is_partly_cancelled_is_asked_about(tmp_path):
    lines = [
        [*row, "Partially cancelled" if i % 10 == 0 else "Shipped"] for i, row in enumerate(ROWS)
    ]
    assert asked(states(tmp_path, lines)) == {"where"}


def test_whether_a_sale_has_been_paid_is_no_question(tmp_path):
    lines = [[*row, ("Paid", "Open", "Overdue")[i % 3]] for i, row in enumerate(ROWS)]
    found = states(tmp_path, lines)
    assert not found.questions
    assert not found.layout.where


@pytest.mark.parametrize("rows", [ROWS[29:], [[*ROWS[29][:-2], 9, 94.5], *SECOND]])
def test_a_file_that_begins_within_an_order_is_asked_about(tmp_path, rows):
    first = [*ROWS[:29], ROWS[29], [*ROWS[29][:4], "Item 3", *ROWS[29][5:]]]
    found = write(tmp_path, a=(HEADER, first), b=(HEADER, rows))
    assert asked(found) == {"revisions"}
    assert "b.csv begins or ends with 'A129'" in found.questions[0]
    assert ("`revisions: union` gives" in found.questions[0]) == (rows == ROWS[29:])


def test_decimal_signs_that_differ_from_file_to_file_need_no_answer(tmp_path):
    points = [[*row[:-1], f"{row[-1]:.2f}"] for row in SECOND]
    commas = [[*row[:-1], f'"{row[-1]:.2f}"'.replace(".", ",")] for row in FIRST]
    found = write(tmp_path, a=(HEADER, commas), b=(HEADER, points))
    assert not found.questions and "mixes decimal points" in found.notes["decimal"]
    assert read(tmp_path, found).transactions["gross_profit"].sum() == sum(r[-1] for r in ROWS)


def test_two_keys_of_the_same_customers_are_reported_but_not_asked_about(tmp_path):
    header = HEADER.replace("Customer,", "Bill To Site,Customer Name,")
    rows = [[*row[:3], f"S{row[2]}", *row[3:]] for row in ROWS]
    found = write(tmp_path, a=(header, rows))
    assert not found.questions and "'Customer No'" in found.notes["customer_id"]
    assert read(tmp_path, found).transactions["customer_id"].n_unique() == 9


def test_two_keys_that_separate_customers_differently_are_asked_about(tmp_path):
    header = HEADER.replace("Order No,", "Company Code,Order No,")
    rows = [[f"{1000 * (1 + i % 8)}", *row] for i, row in enumerate(ROWS)]
    found = write(tmp_path, a=(header, rows))
    assert asked(found) == {"customer_id"}
    assert "8 customers" in found.questions[0] and "9 customers" in found.questions[0]


def test_orders_that_are_cut_between_exports_that_overlap_are_whole(tmp_path):
    lines = [line for row in ROWS for line in (row, [*row[:4], "Item 9", "Group 0", 1, 5.0])]
    found = write(tmp_path, a=(HEADER, lines[:81]), b=(HEADER, lines[61:]))
    assert not found.questions
    assert found.layout.revisions == "union"
    assert "`revisions: newest` gives 119 rows" in found.notes["revisions"]
    log = read(tmp_path, found)
    assert log.transactions.height == 120
    assert log.transactions["gross_profit"].sum() == sum(line[-1] for line in lines)
    assert log.left_out.rows() == [("b.csv", "a line that an earlier file holds", 20, 260.0)]


def test_the_decimal_sign_that_the_user_names_is_no_question(tmp_path):
    text = [HEADER.replace(",", ";"), *(f"A{i};2024-01-{i % 28 + 1:02};{i % 9};Firm;Item;Group;1;"
                                        f"{i}.250" for i in range(10, 40))]  # fmt: skip
    (tmp_path / "log.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    assert "decimal" in asked(layout_init.propose(tmp_path))
    for sign, first in ((".", 10.25), (",", 10_250.0)):
        found = layout_init.propose(tmp_path, decimal=sign)
        assert "decimal" not in asked(found)
        assert read(tmp_path, found).transactions["gross_profit"][0] == first
    with pytest.raises(ValueError, match="--decimal ';'"):
        layout_init.propose(tmp_path, decimal=";")
