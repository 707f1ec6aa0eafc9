"""Which of several columns names the customers, the products and their divisions."""

from datetime import date, timedelta
from random import Random

import pytest

from gosales_lib import layout_init, sales_log
from gosales_lib.layout_init import words

FIRMS = [f"{first} {last}" for first in ("Alder", "Brick", "Cedar") for last in ("Ltd", "AG", "SA")]
ITEMS = ["Pump small", "Pump large", "Valve brass", "Valve steel", "Seal", "Filter"]
GROUPS = ["Pumps", "Pumps", "Valves", "Valves", "Spares", "Spares"]
CODES = ["PU-1100", "PU-1200", "VA-1300", "VA-1400", "SP-1500", "SP-1600"]


def columns(folder, without=(), **named):
    """Return the columns of what init proposes, and its questions.

    `named` has the name of each column; those of `without` are blank on some lines.
    """
    text = [",".join(named.values())]
    for i in range(120):
        order, item, quantity = i // 2, (i * 5 + i // 7) % 6, 1 + i * 3 % 7
        firm = order * 4 % 9
        price = 12.5 * (1 + item) * (1 + order % 3 / 10)
        cells = {
            "key": f"K-{100 + firm}",
            "number": 500 + firm % 5,
            "account": 10450 + 7 * firm,
            "company": f"0{1 + firm // 5}",
            "tax": f"ES80{firm}4127{firm}",
            "mail": f"a{firm}@firm{firm}.example",
            "own": f"PO-{4000 + order}" if order % 3 else "",
            "firm": FIRMS[firm],
            "day": date(2023, 1, 3) + timedelta(days=6 * order),
            "order": 700 + order,
            "code": CODES[item],
            "item": ITEMS[item],
            "group": GROUPS[item],
            "unit": ("EA", "Hrs.")[item == 5],
            "quantity": quantity,
            "weight": round(quantity * (0.35 + item), 2),
            "stock": 20 + i * 7 % 61,
            "boxes": 1 + quantity // 3,
            "amount": round(quantity * price, 2),
        } | dict.fromkeys(without if i % 20 == 3 else (), "")
        text.append(",".join(str(cells[key]) for key in named))
    (folder / "s.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    found = layout_init.propose(folder)
    assert found.questions == []
    return found.layout.columns


DATED = {"day": "Date", "order": "Invoice"}
SOLD = {"quantity": "Qty", "amount": "Amount"}


def test_a_readable_text_with_one_value_for_each_key_is_the_name(tmp_path):
    named = {"key": "Customer No", "tax": "Zza", "mail": "Zzb", "firm": "Zzc"}
    found = columns(tmp_path, **named, **DATED, item="Item", group="Group", **SOLD)
    assert (found.customer_id, found.customer_name) == ("Customer No", "Zzc")


@pytest.mark.parametrize(
    ("named", "key", "name"),
    [
        ({"tax": "NIF", "key": "Customer No", "firm": "Nome"}, "Customer No", "Nome"),
        ({"tax": "SIRET", "key": "Zzkod", "firm": "Client"}, "Zzkod", "Client"),
        ({"tax": "NIP", "firm": "Nabywca"}, "NIP", "Nabywca"),
        ({"tax": "NIF"}, "NIF", None),
        ({"mail": "Buyer email", "firm": "Company"}, "Buyer email", "Company"),
        ({"key": "Sales to Customer No", "tax": "NIF"}, "Sales to Customer No", None),
    ],
)
def test_a_tax_number_is_the_key_only_where_nothing_else_is(tmp_path, named, key, name):
    found = columns(tmp_path, **named, **DATED, item="Item", group="Group", **SOLD)
    assert (found.customer_id, found.customer_name) == (key, name)


def test_a_column_with_more_blanks_than_the_names_is_no_key_of_them(tmp_path):
    named = {"mail": "Buyer email", "firm": "Company", "item": "Item", "group": "Group"}
    found = columns(tmp_path, without=["mail"], **named, **DATED, **SOLD)
    assert (found.customer_id, found.customer_name) == ("Company", None)


def test_the_number_of_a_customer_that_each_company_reuses_is_half_of_the_key(tmp_path):
    named = {"number": "Cust No", "company": "Company", "firm": "Cust Name", "day": "Date"}
    found = columns(tmp_path, **named, item="Item", group="Group", **SOLD)
    assert (found.customer_id, found.customer_name) == (["Company", "Cust No"], "Cust Name")
    assert found.invoice == ["Company", "Cust No", "Date"]
    log = sales_log.read(layout_init.propose(tmp_path).layout, tmp_path)
    assert sorted(log.customers["customer_id"])[:3] == ["01 500", "01 501", "01 502"]
    assert log.customers.height == 9


@pytest.mark.parametrize("own", ["Client Ref", "Customer Order No"])
def test_a_customers_own_number_of_an_order_is_no_key(tmp_path, own):
    named = {"own": own, "key": "Customer No", "firm": "Customer Name"}
    found = columns(tmp_path, **named, **DATED, item="Item", group="Group", **SOLD)
    assert found.customer_id == "Customer No"


def test_a_customers_order_is_the_order_where_there_is_no_other(tmp_path):
    named = {"order": "Cust Order ID", "key": "Customer ID", "firm": "Customer Name"}
    found = columns(tmp_path, **named, day="Date", item="Item", group="Group", **SOLD)
    assert (found.customer_id, found.invoice) == ("Customer ID", "Cust Order ID")


@pytest.mark.parametrize(
    "named",
    [
        {"code": "Item No", "item": "Line Text", "group": "Zzrange"},
        {"code": "Item No", "item": "Zzname", "unit": "Zzu", "group": "Zzrange"},
        {"item": "Line", "group": "Zzrange"},
        {"item": "Invoice lines/Product", "group": "Invoice lines/Product/Category"},
        {"item": "Invoice lines/Product", "group": "Invoice lines/Product Category"},
        {"code": "orderItemCode", "item": "orderItemName", "group": "orderItemCategory"},
        {"item": "Nimikkeen nimi", "group": "Tuoteryhmä"},
        {"item": "Kauba nimetus", "group": "Kaubagrupp"},
        {"item": "Název zboží", "group": "Druh zboží"},
        {"group": "Druh zboží", "item": "Název zboží"},
        {"item": "Name", "group": "Product Type"},
    ],
)
def test_the_coarser_column_is_the_division_and_the_readable_one_the_product(tmp_path, named):
    found = columns(tmp_path, key="Customer No", firm="Customer", **DATED, **named, **SOLD)
    assert (found.product, found.division) == (named["item"], named["group"])


def test_a_product_of_its_own_kind_is_its_own_division_where_nothing_else_is(tmp_path):
    found = columns(tmp_path, key="Customer No", **DATED, item="Item", code="Category", **SOLD)
    assert (found.product, found.division) == ("Item", "Category")


def proposed(folder, cell):
    """Return what init proposes for lines of two divisions; `cell` gives item and group of each."""
    text = ["Customer No,Date,Invoice,Item,Group,Qty,Amount"]
    for i in range(120):
        day, quantity = date(2023, 1, 3) + timedelta(days=3 * i), 1 + i * 3 % 7
        item, group = cell(i, f"{('Pump', 'Seal')[i % 2]} {i // 2 % 3}", ("Pumps", "Spares")[i % 2])
        text.append(f"K-{100 + i * 4 % 9},{day},{700 + i},{item},{group},{quantity},{quantity * 9}")
    (folder / "s.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    return layout_init.propose(folder)


def test_names_that_differ_by_case_or_blanks_only_are_one(tmp_path):
    def cell(i, item, group):
        return (item.upper(), group.upper()) if i % 5 == 0 else (item, f"{group} ")

    found = proposed(tmp_path, cell)
    sales = sales_log.read(found.layout, tmp_path).transactions
    assert sorted(sales["division"].unique()) == ["Pumps", "Spares"]
    assert sorted(sales["product"].unique())[:2] == ["Pump 0", "Pump 1"]
    assert sales["product"].n_unique() == 6
    assert "2 names in 'Group' differ from another one by case" in found.notes["divisions"]
    assert found.questions == []


@pytest.mark.parametrize("column", ["Item", "Group"])
def test_lines_whose_product_or_division_is_a_placeholder_are_asked_about(tmp_path, column):
    def cell(i, item, group):
        blank = "#N/A" if i % 10 == 3 else ""
        return (blank or item, group) if column == "Item" else (item, blank or group)

    found = proposed(tmp_path, cell)
    (asked,) = found.questions
    assert f"12 lines of {column!r} are '#N/A': is that a name, or are they no sales?" in asked
    assert f"`where: [{{column: {column}, leave_out: ['#N/A']}}]` gives 108 rows" in asked


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (words.ORDER, ["Re-Nr.", "売上番号"]),
        (words.KEY, ["发票号码"]),
        (words.PRODUCT, ["Designação", "PARTNM"]),
        (words.DIVISION, ["WG", "Grup", "PRODGRP", "Range", "Ligne de produits"]),
        (words.DIVISION, ["Linia produktów", "Produktová řada", "Produktlinja", "Productlijn"]),
        (words.NAME, ["Denominazione", "ACCTNM"]),
        (words.PARTY, ["Designação social", "Donneur d'ordre"]),
        (words.COST, ["EKWERT", "HK", "Kost NOK"]),
        (words.REVENUE, ["Gesamtpreis"]),
        (words.PROFIT, ["Marginal", "Avance", "Voitto", "Kâr"]),
        (words.QUANTITY, ["St"]),
    ],
)
def test_usual_headers_say_what_they_hold(kind, names):
    assert [name for name in names if not kind & set(words.parts(name))] == []


def dated(folder, header):
    """Return what init proposes for lines with a number `N-…`, two days, the second one later."""
    lines = [header]
    for i in range(40):
        day, later = (
            f"2024-{i % 12 + 1:02}-{i % 20 + 1:02}",
            f"2024-{i % 12 + 1:02}-{i % 20 + 4:02}",
        )
        lines += [
            f"L{i}{n},N-{i},{later},{day},C{i % 7},Item {n},{n + 1},{4.5 * n + 9}" for n in (0, 1)
        ]
    (folder / "sales.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return layout_init.propose(folder / "sales.csv")


@pytest.mark.parametrize(
    ("number", "first", "second", "day"),
    [
        ("Doc", "Zzrvk date", "Date", "Date"),
        ("Invoice", "Order Date", "Invoice Date", "Invoice Date"),
        ("Doc", "Datum dobave", "Datum", "Datum"),
        ("Doc", "WLDatum", "Zzbelegdat.", "Zzbelegdat."),
    ],
)
def test_the_day_is_that_of_the_number_or_the_earlier_one(tmp_path, number, first, second, day):
    header = f"Line,{number},{first},{second},Customer No,Item,Qty,Net Amount"
    found = dated(tmp_path, header)
    assert found.layout.columns.order_date == day
    assert found.questions == []


def test_the_number_of_a_sale_that_groups_lines_is_the_order(tmp_path):
    found = dated(tmp_path, "Line,# de venta,Due Date,Date,Customer No,Item,Qty,Net Amount")
    assert found.layout.columns.invoice == "# de venta"


@pytest.mark.parametrize(
    ("named", "quantity"),
    [
        ({"weight": "Súly kg", "quantity": "Db"}, "Db"),
        ({"weight": "Težina kg", "quantity": "Zzq"}, "Zzq"),
        ({"stock": "Stok miktar", "quantity": "Miktar"}, "Miktar"),
        ({"boxes": "Zzboxes", "quantity": "Kg"}, "Kg"),
    ],
)
def test_the_quantity_is_what_divides_the_money_into_a_steady_price(tmp_path, named, quantity):
    base = {"key": "Customer No", **DATED, "item": "Item", "group": "Group"}
    found = columns(tmp_path, **named, **base, amount="Net amount")
    assert (found.quantity, found.revenue, found.gross_profit) == (quantity, "Net amount", None)


def test_the_number_of_an_order_is_no_quantity_whatever_its_abbreviation_says(tmp_path):
    named = {"key": "Šifra kupca", "firm": "Kupec", "order": "Št. računa", "day": "Datum"}
    sold = {"quantity": "Količina", "amount": "Znesek brez DDV"}
    found = columns(tmp_path, **named, item="Naziv artikla", group="Skupina", **sold)
    assert (found.invoice, found.quantity) == ("Št. računa", "Količina")


@pytest.mark.parametrize("product", ["Producto", "Zprod"])
def test_the_account_of_a_deal_is_the_customer(tmp_path, product):
    random, stages = Random(3), {"Cerrado ganado": 100, "Propuesta": 65, "Cerrado perdido": 0}
    text = [f"Etapa de ventas;ID cuenta;Nombre de la cuenta;{product};Fecha de cierre;Monto;Zp"]
    for i in range(120):
        stage, key = random.choice([*stages]), random.randrange(9)
        day = date(2023, 1, 2) + timedelta(days=3 * i)
        cells = (
            stage,
            f"A{key}17",
            f"Casa {'ABCDEFGHI'[key]}",
            f"Tipo {i % 4}",
            day,
            random.randrange(90, 990),
        )
        text.append(";".join(map(str, (*cells, stages[stage]))))
    (tmp_path / "sales.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    if product == "Zprod":
        with pytest.raises(ValueError, match="no column looks like a customer"):
            layout_init.propose(tmp_path / "sales.csv")
        return
    found = layout_init.propose(tmp_path / "sales.csv")
    columns = found.layout.columns
    assert [columns.customer_id, columns.customer_name] == ["ID cuenta", "Nombre de la cuenta"]
    assert found.questions == []


def test_no_word_of_a_key_makes_its_numbers_days(tmp_path):
    named = {"account": "Verk. an Deb.-Nr.", "firm": "Verk. an Name", "day": "Buchungsdatum"}
    sold = {"order": "Belegnr.", "item": "Beschreibung", "quantity": "Menge", "amount": "Betrag"}
    found = columns(tmp_path, **named, **sold)
    assert found.customer_id == "Verk. an Deb.-Nr."
