"""Files that drifted, overlap or spell a customer in two ways are still one log."""

from datetime import date, timedelta

import openpyxl
import pytest

from gosales_lib import layout, layout_init, sales_log
from gosales_lib.sales_log import alarms, spellings

ITEMS = ("Laser", "Inkjet", "Copy paper")
ROWS = [
    [
        f"{100 + i % 11}",
        f"Firm {i % 11}",
        f"{7000 + i}",
        str(date(2022, 1, 3) + timedelta(days=i * 7)),
        ITEMS[i % 3],
        ("Printers", "Printers", "Paper")[i % 3],
        1 + i % 4,
        round(19.5 * (1 + i % 3) * (1 + i % 4), 2),
    ]
    for i in range(132)
]
HEADER = "Customer No,Customer Name,Invoice No,Invoice Date,Item,Category,Quantity,Amount"
MONEY = round(sum(row[-1] for row in ROWS), 2)
WHOLE = (132, MONEY, 11)


def write(folder, name, rows, header=HEADER):
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(folder):
    """Return the proposal, the log as it reads it, and rows, money and customers."""
    found = layout_init.propose(folder)
    (folder / "layout.yaml").write_text(found.text, encoding="utf-8")
    one = layout.load(folder / "layout.yaml")
    log = sales_log.read(one, folder)
    sales_log.check(log.reconciliation)
    sales = log.transactions
    outcome = (sales.height, round(sales["gross_profit"].sum(), 2), sales["customer_id"].n_unique())
    return found, log, outcome


def test_headers_that_drifted_are_one_log(tmp_path):
    later = [[*row[:4], "web", *row[4:]] for row in ROWS[88:]]
    header = "Cust Number,Name,Invoice,Date,Channel,Item,Category,Qty,Amount"
    write(tmp_path, "a.csv", ROWS[:44])
    write(tmp_path, "b.csv", [row[::-1] for row in ROWS[44:88]], ",".join(HEADER.split(",")[::-1]))
    write(tmp_path, "c.csv", later, header)
    found, _, outcome = read(tmp_path)
    assert not found.questions
    assert found.layout.aliases == {
        "Cust Number": "Customer No",
        "Name": "Customer Name",
        "Invoice": "Invoice No",
        "Date": "Invoice Date",
        "Qty": "Quantity",
    }
    assert outcome == WHOLE


def test_a_file_that_lacks_money_is_no_part_of_the_log(tmp_path):
    write(tmp_path, "a.csv", ROWS)
    visits = [row[:4] for row in ROWS[:5]]
    write(tmp_path, "visits.csv", visits, ",".join(HEADER.split(",")[:4]))
    found = layout_init.propose(tmp_path)
    assert found.files == ["a.csv"]


def test_an_order_counts_as_its_newest_export_has_it(tmp_path):
    write(tmp_path, "2023-08.csv", [[*row[:-1], row[-1] - 1] for row in ROWS[:90]])
    write(tmp_path, "2024-12.csv", ROWS[80:])
    found, _, (rows, money, customers) = read(tmp_path)
    assert not found.questions
    assert found.layout.revisions == "newest"
    assert (rows, money, customers) == (132, round(MONEY - 80, 2), 11)


def test_a_workbook_and_a_text_of_the_same_export_count_once(tmp_path):
    import xlsxwriter

    write(tmp_path, "sales.csv", ROWS)
    with xlsxwriter.Workbook(str(tmp_path / "sales.xlsx")) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER.split(","))
        for at, row in enumerate(ROWS, start=1):
            sheet.write_row(at, 0, row)
            sheet.write_datetime(at, 3, date.fromisoformat(row[3]), day)
    _, _, outcome = read(tmp_path)
    assert outcome == WHOLE


def test_orders_split_between_exports_stay_whole(tmp_path):
    lines = [
        [*row[:2], f"{7000 + i // 2}", ROWS[i // 2][3], *row[4:]] for i, row in enumerate(ROWS)
    ]
    lines = [[*ROWS[i // 2][:2], *row[2:]] for i, row in enumerate(lines)]
    write(tmp_path, "part1.csv", lines[:67])
    write(tmp_path, "part2.csv", lines[67:])
    found, _, (rows, money, _) = read(tmp_path)
    assert found.layout.revisions == "all"
    assert (rows, money) == (132, MONEY)


SPELLINGS = ("00{}", "{}", "0 {}")


def test_two_spellings_of_one_name_are_one_customer(tmp_path):
    lines = [[SPELLINGS[i // 44].format(row[0]), *row[1:]] for i, row in enumerate(ROWS)]
    write(tmp_path, "sales.csv", lines)
    found, log, outcome = read(tmp_path)
    assert not found.questions
    assert found.layout.keys == "alike"
    assert outcome == WHOLE
    assert log.customers.height == 11


def test_two_spellings_without_a_name_are_a_question(tmp_path):
    lines = [[SPELLINGS[i % 2].format(row[0]), *row[2:]] for i, row in enumerate(ROWS)]
    write(tmp_path, "sales.csv", lines, HEADER.replace("Customer Name,", ""))
    found, log, outcome = read(tmp_path)
    (asked,) = found.questions
    assert "`keys: alike` gives 132 rows" in asked
    assert outcome[2] == 22
    (alarm,) = [a for a in alarms.of(log, found.layout) if a.name == "alike-customers"]
    assert alarm.level == "failed"
    assert "keys: alike" in str(alarm.mend)


def test_two_names_under_alike_keys_stay_two_customers(tmp_path):
    lines = [[f"{row[0]}{'-' if i % 2 else ''}1", f"{row[1]} {i % 2}", *row[2:]] for i, row in
             enumerate(ROWS)]  # fmt: skip
    write(tmp_path, "sales.csv", lines)
    found, _, _ = read(tmp_path)
    assert found.layout.keys == "exact"
    assert found.questions


def test_a_customers_file_may_spell_keys_otherwise(tmp_path):
    write(tmp_path, "sales.csv", ROWS)
    known = [[f"000{100 + i}", ("Metal", "Wood")[i % 2]] for i in range(11)]
    write(tmp_path, "customers.csv", known, "Customer No,Industry")
    found, log, _ = read(tmp_path)
    assert found.layout.keys == "alike"
    assert log.customers["Industry"].null_count() == 0


def test_the_spelling_of_the_log_before_wins():
    keys = ["7", "007", "007"]
    import polars as pl

    assert spellings.chosen(pl.Series(keys)) == {"7": "007"}
    assert spellings.chosen(pl.Series(keys), pl.Series(["7"])) == {"7": "7"}


@pytest.mark.parametrize("name", ["Contact", "Internal ID"])
def test_what_an_order_has_one_of_is_its_customer(tmp_path, name):
    lines = [[row[1], *row[2:]] for row in ROWS]
    write(tmp_path, "sales.csv", lines, HEADER.replace("Customer No,Customer Name", name))
    found, _, outcome = read(tmp_path)
    assert found.layout.columns.customer_id == name
    assert outcome == WHOLE


def test_what_stands_on_the_first_line_of_an_order_is_filled_down(tmp_path):
    lines = [["", "", "", "", *row[4:]] if i % 3 else row for i, row in enumerate(ROWS)]
    write(tmp_path, "sales.csv", lines)
    found, _, (rows, money, customers) = read(tmp_path)
    assert found.layout.fill_down == ["Customer No", "Customer Name", "Invoice No", "Invoice Date"]
    assert (rows, money, customers) == WHOLE


def test_a_column_under_a_name_that_nobody_knows_is_the_one_with_the_same_texts(tmp_path):
    goods = [[*row[:4], f"{row[4]} {i % 4}", *row[5:]] for i, row in enumerate(ROWS)]
    write(tmp_path, "a.csv", goods[:66])
    write(tmp_path, "b.csv", goods[66:], HEADER.replace("Item", "Zzrvk"))
    found, _, outcome = read(tmp_path)
    assert (found.layout.aliases, found.questions) == ({"Zzrvk": "Item"}, [])
    assert outcome == WHOLE


def sheets(folder, name_of, skip=2):
    """Write the rows into a sheet for each name that `name_of` gives them."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for row in ROWS:
        name = name_of(row)
        if name not in book.sheetnames:
            book.create_sheet(name).append(HEADER.split(",")[skip:])
        book[name].append([*row[skip:3], date.fromisoformat(row[3]), *row[4:]])
    book.save(folder / "sales.xlsx")


def test_sheets_of_customers_are_asked_about(tmp_path):
    sheets(tmp_path, lambda row: row[1])
    found, log, outcome = read(tmp_path)
    (asked,) = found.questions
    assert "customer_id: no column is called a customer; are the customers in 'sheet'?" in asked
    assert (found.layout.name_as, outcome) == ("sheet", WHOLE)
    assert log.transactions["customer_id"].unique().sort().to_list() == sorted(
        f"Firm {i}" for i in range(11)
    )


def test_a_matrix_of_months_with_blanks_below_a_customer_and_totals(tmp_path):
    months = [f"2023-{month:02}" for month in range(1, 13)]
    lines = []
    for number in range(9):
        items = [
            [(number + place) * 10.5 * (m % 3) or "" for m in range(12)] for place in range(1, 4)
        ]
        block = [[item, *row] for item, row in zip(ITEMS, items, strict=True)]
        block.append(["Total", *(sum(v or 0 for v in month) for month in zip(*items, strict=True))])
        named = [f"Firm {number}", "", "", f"Firm {number}"]
        lines += [
            [who, *row, sum(v or 0 for v in row[1:])] for who, row in zip(named, block, strict=True)
        ]
    totals = [row[2:] for row in lines if row[1] == "Total"]
    sums = [sum(column) for column in zip(*totals, strict=True)]
    lines.append(["Total", "", *sums])
    write(tmp_path, "matrix.csv", lines, ",".join(["Customer", "Product", *months, "Total"]))
    found, log, (_, money, customers) = read(tmp_path)
    assert (found.questions, money, customers) == ([], sums[-1], 9)
    assert log.rejected.is_empty() and set(log.transactions["product"]) == set(ITEMS)


@pytest.mark.parametrize("called", ["%B %Y", "%Y-%m", "%b"])
def test_sheets_and_files_that_are_called_as_months_give_the_day(tmp_path, called):
    parts, header = {}, HEADER.replace("Invoice Date,", "").split(",")
    for row in ROWS:
        day = date.fromisoformat(row[3])
        parts.setdefault((day.strftime(called), day.year), [header]).append([*row[:3], *row[4:]])
    months = {(day.year, day.month) for day in map(date.fromisoformat, (row[3] for row in ROWS))}
    if called == "%Y-%m":
        for (name, _), rows in parts.items():
            write(tmp_path, f"{name}.csv", rows[1:], ",".join(header))
    for year in {year for _, year in parts} if called != "%Y-%m" else ():
        book = openpyxl.Workbook()
        book.remove(book.active)
        for (name, of), rows in parts.items():
            sheet = book.create_sheet(name) if of == year else None
            for row in rows if sheet else ():
                sheet.append(row)
        book.save(tmp_path / f"sales {year}.xlsx")
    found, log, outcome = read(tmp_path)
    days = log.transactions["order_date"]
    assert (found.layout.name_as, found.questions, outcome) == ("month", [], WHOLE)
    assert {(day.year, day.month) for day in days} == months
    assert "sheets and files" in found.notes["name_as"]


def test_sheets_of_regions_beside_a_customer_are_no_column(tmp_path):
    sheets(tmp_path, lambda row: "North" if int(row[0]) % 2 else "South", skip=0)
    found, _, outcome = read(tmp_path)
    assert (found.layout.name_as, found.questions, outcome) == (None, [], WHOLE)


@pytest.mark.parametrize("turn", [False, True])
def test_a_customer_who_stands_on_the_first_row_of_a_block_is_filled_down(tmp_path, turn):
    rows = sorted(ROWS, key=lambda row: row[3], reverse=turn)
    rows = sorted(rows, key=lambda row: row[0])
    firsts = [i for i, row in enumerate(rows) if i == 0 or row[0] != rows[i - 1][0]]
    merged = [row if i in firsts else ["", "", *row[2:]] for i, row in enumerate(rows)]
    write(tmp_path, "sales.csv", merged)
    found, _, outcome = read(tmp_path)
    assert found.layout.fill_down == ["Customer No", "Customer Name"]
    assert outcome == WHOLE


def test_sales_to_nobody_known_are_not_those_of_the_customer_above(tmp_path):
    known = {
        row[0]: i for i, row in enumerate(ROWS) if row[0] != ROWS[0][0]
    }  # the last row of each
    lines = [row if i in {0, *known.values()} else ["", "", *row[2:]] for i, row in enumerate(ROWS)]
    write(tmp_path, "sales.csv", lines)
    assert layout_init.propose(tmp_path / "sales.csv").layout.fill_down == []


def test_money_without_decimals_has_groups_of_thousands(tmp_path):
    lines = [[*row[:-1], f'"₩{int(row[-1] * 100):,}"'] for row in ROWS]
    write(tmp_path, "sales.csv", lines)
    found, _, outcome = read(tmp_path)
    assert found.layout.currency == "KRW"
    assert outcome == (132, sum(int(row[-1] * 100) for row in ROWS), 11)


def test_money_in_local_currency_needs_no_rates(tmp_path):
    lines = [
        [*row[:-1], ["EUR", "USD"][i % 2], row[-1] * [1, 2][i % 2], row[-1]]
        for i, row in enumerate(ROWS)
    ]
    write(tmp_path, "sales.csv", lines, f"{HEADER[:-6]}Currency Code,Amount,Amount (LCY)")
    found, _, outcome = read(tmp_path)
    assert not found.questions
    assert outcome == WHOLE
