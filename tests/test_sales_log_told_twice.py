"""The same sales under other numbers in two files, such as orders and their invoices."""

from datetime import date, timedelta

import pytest

from gosales_lib import layout, sales_log
from gosales_lib.sales_log import alarms

HEAD = "Customer,Date,Invoice,Product,Qty,GP\n"
LAYOUT = """name: t
shape: long
columns: {customer_id: Customer, order_date: Date, invoice: Invoice, product: Product,
          quantity: Qty, gross_profit: GP}
divisions: [PDM]
"""
MONDAYS = [date(2024, 1, 1) + timedelta(weeks=week) for week in range(40)]


def lines(mark, days=MONDAYS, late=0, money=lambda number: 10 + number % 7, customers=5):
    rows = [HEAD]
    for number, day in enumerate(days):
        sold, customer = day + timedelta(days=late), f"C{number % customers}"
        rows.append(f"{customer},{sold},{mark}{number},PDM,1,{money(number)}\n")
    return "".join(rows)


def heard(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "t.yaml").write_text(LAYOUT)
    plan = layout.load(folder / "t.yaml")
    return {alarm.name: alarm for alarm in alarms.of(sales_log.read(plan, folder), plan)}


@pytest.mark.parametrize("late", [0, 6, 20])
def test_orders_and_their_invoices_are_heard(tmp_path, late):
    alarm = heard(tmp_path, orders=lines("O"), invoices=lines("I", late=late))["same-sales-twice"]
    assert alarm.level == "failed"
    assert "lines of invoices.csv stand in orders.csv as well" in alarm.sentence


def test_other_amounts_are_other_sales(tmp_path):
    other = lines("I", money=lambda number: 11 + number % 7)
    assert "same-sales-twice" not in heard(tmp_path, north=lines("O"), south=other)


def test_the_same_order_every_week_in_a_file_per_month_is_no_copy(tmp_path):
    months = {f"m{m}": [day for day in MONDAYS if day.month == m] for m in range(1, 10)}
    same = {name: lines(name, days * 5, money=lambda number: 10) for name, days in months.items()}
    assert "same-sales-twice" not in heard(tmp_path, **same)


def test_a_price_list_and_few_customers_do_not_make_two_files_one(tmp_path):
    north = lines("N", MONDAYS[::2], customers=3, money=lambda number: 10 + number % 2)
    south = lines("S", [day + timedelta(days=9) for day in MONDAYS[1::2]], customers=5)
    assert "same-sales-twice" not in heard(tmp_path, north=north, south=south)
