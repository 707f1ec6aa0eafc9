"""Roles by arithmetic: what is money, quantity and price, and what must be asked."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gosales_lib import layout, layout_init, sales_log
from gosales_lib.layout_init import words

LINES = range(60)
PRODUCTS = ("Ink black", "Ink cyan", "Paper A4", "Paper A3", "Saw", "Hammer")
DAYS = [date(2022, 1, 3) + timedelta(days=22 * (i // 2)) for i in LINES]
QUANTITY = [1 + (i * 7) % 5 for i in LINES]
PRICE = [10 + 3.25 * (i % 6) for i in LINES]
AMOUNT = [round(q * p, 2) for q, p in zip(QUANTITY, PRICE, strict=True)]
OFF = [round(a * 0.1 * (i % 3), 2) for i, a in enumerate(AMOUNT)]
TOTAL = [round(AMOUNT[i // 2 * 2] + AMOUNT[i // 2 * 2 + 1], 2) for i in LINES]
RUNNING = [round(sum(AMOUNT[j] for j in range(i + 1) if j % 9 == i % 9), 2) for i in LINES]
YEARLY = [
    round(sum(AMOUNT[j] for j in range(i + 1) if (j % 9, DAYS[j].year) == (i % 9, DAYS[i].year)), 2)
    for i in LINES
]
SUM, NET = round(sum(AMOUNT), 2), round(sum(AMOUNT) - sum(OFF), 2)
BASE = "Customer No,Invoice,Date,Product,Qty"


def base(i):
    return [100 + i % 9, 5000 + i // 2, DAYS[i], PRODUCTS[i % 6], QUANTITY[i]]


def propose(folder, header, row, name="sales.csv", **known):
    rows = [",".join(map(str, row(i))) for i in LINES]
    (folder / name).write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return layout_init.propose(folder, **known)


def money(folder, found):
    """Return revenue and gross profit as the proposed layout reads the log from its files."""
    (folder / "layout.yaml").write_text(found.text, encoding="utf-8")
    log = sales_log.read(layout.load(folder / "layout.yaml"), folder)
    sales_log.check(log.reconciliation)
    sums = (log.transactions[name].sum() for name in ("revenue", "gross_profit"))
    return tuple(round(value, 2) for value in sums)


CASES = {
    "cents by the name": ("amount_cents", lambda i: [round(AMOUNT[i] * 100)], SUM),
    "thousands by the name": ("Revenue (kEUR)", lambda i: [f"{AMOUNT[i] / 1000:.5f}"], SUM),
    "net of two taxes": (
        "Taxable Value,CGST,SGST,Bill Value",
        lambda i: [
            AMOUNT[i],
            round(AMOUNT[i] * 0.09, 2),
            round(AMOUNT[i] * 0.09, 2),
            round(AMOUNT[i] + 2 * round(AMOUNT[i] * 0.09, 2), 2),
        ],
        SUM,
    ),
    "a list price less a discount": ("List Price,Discount", lambda i: [PRICE[i], OFF[i]], NET),
    "tax is no revenue": (
        "Unit Price,Tax Amount,Ext Price",
        lambda i: [PRICE[i], round(AMOUNT[i] * 0.19, 2), AMOUNT[i]],
        SUM,
    ),
    "net before gross": (
        "Net,VAT,Gross",
        lambda i: [AMOUNT[i], round(AMOUNT[i] * 0.2, 2), round(AMOUNT[i] * 1.2, 2)],
        SUM,
    ),
    "a total with tax and shipping alone is left for price times quantity": (
        "Unit Price,Shipping,Tax,Total incl. tax",
        lambda i: [
            PRICE[i],
            2.5,
            round(AMOUNT[i] * 0.19, 2),
            round(AMOUNT[i] + 2.5 + round(AMOUNT[i] * 0.19, 2), 2),
        ],
        SUM,
    ),
    "the amount after the discount": (
        "Unit Price,Gross Amount,Discount,Amount",
        lambda i: [PRICE[i], AMOUNT[i], OFF[i], round(AMOUNT[i] - OFF[i], 2)],
        NET,
    ),
    "a discount in percent off price times quantity": (
        "Price,Discount %",
        lambda i: [PRICE[i], 10 * (i % 3)],
        round(sum(a * (1 - 0.1 * (i % 3)) for i, a in enumerate(AMOUNT)), 2),
    ),
    "an order's total on each line": (
        "Unit Price,Order Total",
        lambda i: [PRICE[i], TOTAL[i]],
        SUM,
    ),
    "an order's total on its first line": (
        "Unit Price,Order Total",
        lambda i: [PRICE[i], "" if i % 2 else TOTAL[i]],
        SUM,
    ),
    "a running total": ("Sales,Total Sales", lambda i: [AMOUNT[i], RUNNING[i]], SUM),
    "the money of a line under a price's name": ("Price", lambda i: [AMOUNT[i]], SUM),
}


@pytest.mark.parametrize("case", CASES)
def test_money_is_known_by_arithmetic(tmp_path, case):
    header, row, right = CASES[case]
    found = propose(tmp_path, f"{BASE},{header}", lambda i: base(i) + row(i))
    assert found.questions == []
    assert money(tmp_path, found)[0] == right


PROFITS = {
    "Revenue,COGS": lambda i: [AMOUNT[i], round(AMOUNT[i] * 0.6, 2)],
    "Revenue,Unit Cost": lambda i: [AMOUNT[i], round(PRICE[i] * 0.6, 4)],
    "Revenue,Cost": lambda i: [AMOUNT[i], round(PRICE[i] * 0.6, 4)],
    "Revenue,Margin %,Cost": lambda i: [AMOUNT[i], 40.0 + i % 3, round(AMOUNT[i] * 0.6, 2)],
    "Revenue,Cost Amount": lambda i: [AMOUNT[i], -round(AMOUNT[i] * 0.6, 2)],
}


@pytest.mark.parametrize("header", PROFITS)
def test_cost_gives_gross_profit_by_line_or_unit(tmp_path, header):
    found = propose(tmp_path, f"{BASE},{header}", lambda i: base(i) + PROFITS[header](i))
    assert (found.layout.gross_profit, found.questions) == ("cost", [])
    assert money(tmp_path, found) == (SUM, pytest.approx(SUM * 0.4, abs=0.02))


def marked(column, sale, other):
    """Return a column beside the amount that says `other` in every fourth row."""
    return f"Amount,{column}", lambda i: [AMOUNT[i], sale if i % 4 else other]


ASKED = {
    "revenue: is the money": ("Amount 1,Amount 2", lambda i: [AMOUNT[i], AMOUNT[i] * 2 + i]),
    "revenue: 'Total' looks like an order's": ("Total", lambda i: [TOTAL[i]]),
    "revenue: 'Sales' looks like an order's": ("Sales", lambda i: [RUNNING[i]]),
    "revenue: 'Turnover' looks like an order's": ("Turnover", lambda i: [YEARLY[i]]),
    "unit_price: 'List Price' is a list price": ("List Price", lambda i: [PRICE[i]]),
    "where: 30 rows whose 'Scenario' is 'Budget'": (
        "Amount,Scenario",
        lambda i: [AMOUNT[i], "Actual" if i // 6 % 2 else "Budget"],
    ),
    "where: 15 rows whose 'Version' is 'FCST'": marked("Version", "ACT", "FCST"),
    "where: 15 rows whose 'Customer Group' is 'Intercompany'": marked(
        "Customer Group", "External", "Intercompany"
    ),
    "where: 15 rows whose 'Posted' is 'No'": marked("Posted", "Yes", "No"),
    "where: 15 rows whose 'Type' is 'QT'": marked("Type", "SO", "QT"),
    "returns: rows whose 'Dr/Cr' is 'Cr'": (
        "Amount,Dr/Cr",
        lambda i: [AMOUNT[i], "Dr" if i % 9 else "Cr"],
    ),
    "scale: the name of a column says": ("Net in cents", lambda i: [AMOUNT[i]]),
    "gross_profit: 'GM %' is a margin in percent": (
        "Net,GM %",
        lambda i: [AMOUNT[i], 20 + 9 * (i % 7)],
    ),
    "unit_price: 'Amount' does not grow": ("Amount", lambda i: [PRICE[i]]),
    "discount: is 'Discount' still": (
        "Unit Price,Amount,Discount",
        lambda i: [PRICE[i], AMOUNT[i], OFF[i]],
    ),
    "where: 15 rows whose 'Status' is 'Pending'": (
        "Amount,Status",
        lambda i: [AMOUNT[i], "Done" if i % 4 else "Pending"],
    ),
    "where: 15 rows whose 'Zzstep' is 'Xyy'": (
        "Amount,Zzstep",  # nobody knows the two states beside the one that is lost
        lambda i: [AMOUNT[i], ("Xyy", "Xzz", "Verloren", "Xzz")[i % 4]],
    ),
    "returns: rows whose 'Type' is 'Credit Memo'": (
        "Amount,Type",
        lambda i: [AMOUNT[i], "Invoice" if i % 9 else "Credit Memo"],
    ),
    "currency: 'Curr.' holds CHF (20 rows), EUR (20 rows), USD (20 rows)": (
        "Amount,Curr.",
        lambda i: [AMOUNT[i], ("EUR", "CHF", "USD")[i % 3]],
    ),
}


@pytest.mark.parametrize("question", ASKED)
def test_what_the_evidence_leaves_open_is_asked_and_blocks(tmp_path, question):
    header, row = ASKED[question]
    found = propose(tmp_path, f"{BASE},{header}", lambda i: base(i) + row(i))
    (asked,) = found.questions
    assert asked.startswith(question)
    assert "gives" in asked
    assert "customers, 2022-01-03 to" in asked
    assert found.layout.questions == [asked]


def test_two_days_that_are_always_the_same_raise_no_question(tmp_path):
    header = "Customer No,Invoice,Paid at,Created at,Product,Qty,Amount"
    found = propose(
        tmp_path,
        header,
        lambda i: [*base(i)[:2], f"{DAYS[i]} 10:00", f"{DAYS[i]} 09:59", *base(i)[3:], AMOUNT[i]],
    )
    assert found.questions == []


def test_a_unit_or_sign_of_no_column_of_numbers_is_refused(tmp_path):
    found = propose(tmp_path, f"{BASE},Amount", lambda i: [*base(i), AMOUNT[i]])
    (tmp_path / "layout.yaml").write_text(
        f"{found.text}\nscale: {{Amnt: 0.01}}\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match="'Amnt' is not a column of numbers"):
        sales_log.read(layout.load(tmp_path / "layout.yaml"), tmp_path)


@pytest.mark.parametrize(("name", "code"), [("Revenue (kEUR)", "EUR"), ("Net kCHF", "CHF")])
def test_money_in_thousands_of_a_currency_is_in_that_currency(tmp_path, name, code):
    found = propose(tmp_path, f"{BASE},{name}", lambda i: [*base(i), AMOUNT[i]])
    assert (found.layout.currency, found.layout.scale) == (code, {name: 1000})


def test_lines_of_charges_are_asked_about_and_left_out(tmp_path):
    called = {0: "Freight", 1: "VAT 20%", 2: "Shipping & Handling"}
    product = [called.get(i % 6, PRODUCTS[i % 6]) for i in LINES]
    found = propose(
        tmp_path,
        f"{BASE},Amount",
        lambda i: [*base(i)[:3], product[i], QUANTITY[i], AMOUNT[i]],
    )
    (asked,) = found.questions
    assert "30 lines of 'Product' are called 'Freight', 'Shipping & Handling', 'VAT 20%'" in asked
    kept = round(sum(amount for i, amount in enumerate(AMOUNT) if i % 6 not in called), 2)
    assert money(tmp_path, found)[0] == kept


def test_days_that_a_spreadsheet_took_for_months_are_asked_about(tmp_path):
    days = [day + timedelta(days=i % 27) for i, day in enumerate(DAYS)]
    shown = [f"{d:%Y-%d-%m}" if d.day <= 12 else f"{d:%d/%m/%Y}" for d in days]
    found = propose(tmp_path, f"{BASE},Amount", lambda i: [*base(i)[:2], shown[i], *base(i)[3:], 9])
    (asked,) = [one for one in found.questions if one.startswith("date_format")]
    assert "['%d/%m/%Y', '%Y-%d-%m']` gives 60 rows" in asked
    assert f"{min(days)} to {max(days)}" in asked


def test_months_below_their_years_become_rows(tmp_path):
    names = "Jan,Feb,Mar,Apr"
    lines = [",,,2023,,,,2024,,,", f"Cust,Name,Item,{names},{names}"]
    lines += [f"{100 + i},Firm {i},Saw,{i}.5,,2,3,4,5,,6" for i in range(1, 9)]
    (tmp_path / "sales.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    found = layout_init.propose(tmp_path)
    assert money(tmp_path, found)[0] == sum(i + 0.5 + 20 for i in range(1, 9))
    assert "Jan 2023" in found.text
    assert "Apr 2024" in found.text


def test_a_currency_column_of_one_code_is_simply_read(tmp_path):
    header = f"{BASE},Amount,Currency"
    found = propose(tmp_path, header, lambda i: [*base(i), AMOUNT[i], "CHF"])
    assert (found.layout.currency, found.layout.columns.currency) == ("CHF", "Currency")
    assert found.questions == []


def test_won_deals_are_kept(tmp_path):
    stages = ("Closed Won", "Closed Lost", "Prospecting")
    found = propose(
        tmp_path, f"{BASE},Amount,Stage", lambda i: [*base(i), AMOUNT[i], stages[i % 3]]
    )
    assert found.questions == []
    assert money(tmp_path, found)[0] == round(sum(AMOUNT[::3]), 2)


def test_a_document_type_is_no_invoice_number(tmp_path):
    found = propose(
        tmp_path,
        "Customer No,Document Type,Num,Date,Product,Qty,Amount",
        lambda i: [i % 9, "Invoice", 7000 + i, DAYS[i], PRODUCTS[i % 6], 2, AMOUNT[i]],
    )
    assert found.layout.columns.invoice == "Num"


def test_months_and_years_in_columns_of_their_own_are_days(tmp_path):
    found = propose(
        tmp_path,
        "Customer,Month,Year,Product,Qty,Amount",
        lambda i: [f"Firm {i % 9}", f"{DAYS[i]:%B}", DAYS[i].year, *base(i)[3:], AMOUNT[i]],
    )
    assert found.layout.columns.order_date == ["Month", "Year"]
    (tmp_path / "layout.yaml").write_text(found.text, encoding="utf-8")
    log = sales_log.read(layout.load(tmp_path / "layout.yaml"), tmp_path)
    assert log.rejected.is_empty()
    assert log.transactions["order_date"].min() == date(2022, 1, 31)


def test_heads_lines_and_products_are_joined(tmp_path):
    def write(name, header, rows):
        text = "\n".join([header, *(",".join(map(str, row)) for row in rows), ""])
        (tmp_path / name).write_text(text, encoding="utf-8")

    write("orders.csv", "orderID,customerID,orderDate,freight",
          [[5000 + i, f"C{i % 9}", DAYS[2 * i], 3.5 + i] for i in range(30)])  # fmt: skip
    write("details.csv", "orderID,productID,unitPrice,quantity",
          [[5000 + i // 2, 11 + i % 6, PRICE[i], QUANTITY[i]] for i in LINES])  # fmt: skip
    write("products.csv", "productID,productName,unitPrice",
          [[11 + i, PRODUCTS[i], 1] for i in range(6)])  # fmt: skip
    found = layout_init.propose(tmp_path)
    assert found.layout.files == "details.csv"
    assert {one.file: one.on for one in found.layout.join} == {
        "orders.csv": {"orderID": "orderID"},
        "products.csv": {"productID": "productID"},
    }
    assert found.layout.columns.product == "productName"
    assert (money(tmp_path, found)[0], found.questions) == (SUM, [])


def test_headings_are_filled_down_and_totals_left_out(tmp_path):
    rows = []
    for customer in range(9):
        rows.append([f"Firm {customer}", "", "", "", "", ""])
        rows += [["", DAYS[i], 7000 + i, PRODUCTS[i % 6], QUANTITY[i], AMOUNT[i]]
                 for i in LINES if i % 9 == customer]  # fmt: skip
        rows.append([f"Total for Firm {customer}", "", "", "", 9, 999])
    text = "\n".join([",Date,Num,Item,Qty,Amount", *(",".join(map(str, row)) for row in rows), ""])
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path)
    assert found.layout.fill_down == ["column 1"]
    assert money(tmp_path, found)[0] == SUM


def test_columns_of_months_become_rows(tmp_path):
    (tmp_path / "sales.csv").write_text(
        "Customer No,Item,Jan 2023,Feb 2023,Mar 2023,Total\n"
        + "".join(f"{i},{PRODUCTS[i % 6]},{i + 1},,{2 * i + 1},{3 * i + 2}\n" for i in range(12)),
        encoding="utf-8",
    )
    found = layout_init.propose(tmp_path)
    assert found.layout.months == ["Jan 2023", "Feb 2023", "Mar 2023"]
    assert money(tmp_path, found)[0] == sum(3 * i + 2 for i in range(12))


HEADERS = {
    "de": "Kundennr,Belegnr,Datum,Artikel,Menge,Einzelpreis,Betrag",
    "fr": "N° client,N° facture,Date de facture,Désignation,Quantité,Prix unitaire,Montant HT",
    "es": "Cliente,Factura,Fecha,Producto,Cantidad,Precio,Importe",
    "it": "Codice cliente,Numero fattura,Data,Articolo,Quantità,Prezzo,Importo",
    "pt": "Cliente,Pedido,Data,Produto,Quantidade,Preço,Valor",
    "pl": "Kontrahent,Numer faktury,Data sprzedaży,Towar,Ilość,Cena netto,Wartość netto",
    "sv": "Kundnr,Fakturanr,Fakturadatum,Artikel,Antal,Pris,Belopp",
    "ja": "得意先コード,伝票番号,売上日,商品名,数量,単価,売上金額",
    "SAP": "KUNAG,VBELN,FKDAT,ARKTX,FKIMG,PRICE,NETWR",
    "upper": "CUSTOMERNAME,ORDERNUMBER,ORDERDATE,PRODUCTNAME,QUANTITYORDERED,PRICEEACH,SALES",
    "NAV": "Sell-to Customer No.,Document No.,Posting Date,Description,Quantity,Unit Price,Amount",
    "paper": "Bill To,Inv #,Inv Date,Part #,Qty Shipped,Price,Ext $",
}


@pytest.mark.parametrize("language", HEADERS)
def test_everyday_headers_of_many_systems_raise_no_question(tmp_path, language):
    found = propose(tmp_path, HEADERS[language], lambda i: [*base(i), PRICE[i], AMOUNT[i]])
    names = HEADERS[language].split(",")
    columns = found.layout.columns
    assert [columns.customer_id, columns.invoice, columns.order_date, columns.product] == names[:4]
    assert [columns.quantity, columns.unit_price, columns.revenue] == names[4:]
    assert found.questions == []


def test_a_refusal_lists_every_column(tmp_path):
    header = "Date," + ",".join(f"c{i}" for i in range(30))
    with pytest.raises(ValueError, match=r"no column looks like a customer among .*'c29'"):
        propose(tmp_path, header, lambda i: [DAYS[i], *range(30)])


def test_a_word_that_is_run_together_is_cut():
    assert words.parts("QUANTITYORDERED") == ("quantity", "ordered")
    assert "st" not in words.parts("EXTICOST")
    assert words.parts("Rechnungsnummer") == ("rechnung", "nummer")
    assert words.parts("得意先コード") == ("得意先", "コード")
    assert words.parts("DraftSight") == ("draft", "sight")


def test_what_the_user_knows_of_the_file_is_taken_and_written_down(tmp_path):
    text = "Kunde^Datum^Produkt^Menge^Betrag\n"
    text += "".join(
        f"Zakład {i % 3}^2024-01-{i + 1:02d}^Ink {i % 2}^{i + 1}^{i + 1}.5\n" for i in range(9)
    )
    (tmp_path / "sales.csv").write_bytes(text.encode("cp1250"))
    found = layout_init.propose(tmp_path, encoding="windows-1250", delimiter="^")
    assert (found.layout.encoding, found.layout.delimiter) == ("cp1250", "^")
    (tmp_path / "layout.yaml").write_text(found.text, encoding="utf-8")
    log = sales_log.read(layout.load(tmp_path / "layout.yaml"), tmp_path)
    assert log.customers["customer_id"].to_list() == ["Zakład 0", "Zakład 1", "Zakład 2"]
    with pytest.raises(ValueError, match="--encoding 'cp99' is not known"):
        layout_init.propose(tmp_path, encoding="cp99")


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("total", ["", "Total for {}"])
def test_a_heading_above_its_rows_may_be_in_any_column(tmp_path, at, total):
    rows = []
    for customer in range(9):
        heading, below = [""] * 5, [""] * 4 + [sum(AMOUNT[customer::9])]
        heading[at], below[at] = f"Firm {customer}", total.format(f"Firm {customer}")
        rows.append(heading)
        rows += [[DAYS[i], 7000 + i, PRODUCTS[i % 6], QUANTITY[i], AMOUNT[i]]
                 for i in LINES if i % 9 == customer]  # fmt: skip
        rows += [below] if total else []
    lines = ["Date,Num,Item,Qty,Amount", *(",".join(map(str, row)) for row in rows), ""]
    (tmp_path / "sales.csv").write_text("\n".join(lines), encoding="utf-8")
    found = layout_init.propose(tmp_path)
    assert (found.layout.fill_down, found.layout.columns.customer_id) == (["heading"], "heading")
    assert (money(tmp_path, found)[0], found.questions) == (SUM, [])
    assert sales_log.read(found.layout, tmp_path).customers.height == 9


@pytest.mark.parametrize(
    ("lines", "is_told", "label"), [(1, False, ""), (3, True, ""), (3, True, "Item: ")]
)
def test_headings_beside_a_bare_name_are_products(tmp_path, lines, is_told, label):
    rows = []
    for product in PRODUCTS:
        rows.append([f"{label}{product}", "", "", "", "", ""])
        rows += [["", DAYS[i], 7000 + i // lines, f"Firm {i // lines % 9}", QUANTITY[i], AMOUNT[i]]
                 for i in LINES if PRODUCTS[i % 6] == product]  # fmt: skip
    text = "\n".join([",Date,Num,Name,Qty,Amount", *(",".join(map(str, row)) for row in rows), ""])
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path)
    columns = found.layout.columns
    assert (columns.customer_id, columns.product) == ("Name", "column 1")
    assert money(tmp_path, found)[0] == SUM
    log = sales_log.read(found.layout, tmp_path)
    assert set(log.transactions["product"]) == set(PRODUCTS)
    assert not any(label and label in name for name in found.layout.divisions)
    assert [q.split(":")[0] for q in found.questions] == ([] if is_told else ["customer_id"])


@pytest.mark.parametrize(
    ("header", "row", "asked"),
    [
        ("Q.tà,Importo", lambda i: [QUANTITY[i], AMOUNT[i]], []),
        ("Mennyiség,Összeg", lambda i: [f"{QUANTITY[i]} db", f"{AMOUNT[i]} Ft"], []),
        ("Xyz,Amount", lambda i: [QUANTITY[i], AMOUNT[i]], []),
        ("Unit,Amount", lambda i: [QUANTITY[i], AMOUNT[i]], []),
        (
            "Quantity,Unit Price,Amount",
            lambda i: [f'"{QUANTITY[i]},000"', PRICE[i], AMOUNT[i]],
            [],
        ),
    ],
)
def test_a_quantity_is_not_passed_over(tmp_path, header, row, asked):
    found = propose(tmp_path, BASE.replace("Qty", header), lambda i: base(i)[:4] + row(i))
    assert [question.split(":")[0] for question in found.questions] == asked
    assert money(tmp_path, found)[0] == SUM
    if not asked:
        log = sales_log.read(found.layout, tmp_path)
        assert log.transactions["quantity"].sum() == sum(QUANTITY)


@pytest.mark.parametrize(
    ("written", "currency"),
    [("{}円", "JPY"), ("₩{}", "KRW"), ("kr {}", "SEK"), ("{} NOK|kr {}", "NOK")],
)
def test_the_currency_is_that_of_the_signs_beside_amounts(tmp_path, written, currency):
    forms = written.split("|")
    found = propose(
        tmp_path, f"{BASE},Amount", lambda i: [*base(i), forms[i % len(forms)].format(AMOUNT[i])]
    )
    assert (found.layout.currency, found.questions) == (currency, [])


def test_a_price_of_one_unit_by_its_name_and_its_numbers_is_no_question(tmp_path):
    found = propose(tmp_path, f"{BASE},line.price", lambda i: [*base(i), 10 + 3.25 * (i % 6)])
    assert (found.layout.columns.unit_price, found.questions) == ("line.price", [])


@pytest.mark.parametrize("late", [9, 19])
def test_files_that_write_day_and_month_the_other_way_round_are_named(tmp_path, late):
    """Without a day above 12 the order of the second file's rows tells, and is a question.

    With one in half of the rows, each file has its own format.
    """
    rows = {"eu.csv": [], "us.csv": []}
    for i in range(48):
        day = date(2023 + i // 24, 1 + i // 2 % 12, (3, late)[i % 2])
        first = date(2022, 1 + i // 4, 5 + 6 * (i % 4))
        for name, shown in (("eu.csv", f"{first:%d/%m/%Y}"), ("us.csv", f"{day:%m/%d/%Y}")):
            rows[name].append(f"{100 + i % 9},{name}{i},{shown},{PRODUCTS[i % 6]},1,5.5\n")
    for name, lines in rows.items():
        text = "".join([f"{BASE},Amount\n", *lines])
        (tmp_path / name).write_text(text, encoding="utf-8")
    found, formats = layout_init.propose(tmp_path), {"us.csv": "%m/%d/%Y", "*": "%d/%m/%Y"}
    if late > 12:
        assert (found.questions, found.layout.date_format) == ([], formats)
    else:
        (question,) = found.questions
        assert "day and month stand the other way round in us.csv" in question
        assert "`date_format: {us.csv: '%m/%d/%Y', '*': '%d/%m/%Y'}` gives 96 rows" in question
        found = replace(found, layout=found.layout.model_copy(update={"date_format": formats}))
    days = sales_log.read(found.layout, tmp_path).transactions["order_date"].unique().sort()
    assert (len(days), days[0], days[-1]) == (96, date(2022, 1, 5), date(2024, 12, late))


@pytest.mark.parametrize(
    "form", ["{:%b %Y}", "{:%Y-%m-%d}", "{:%m/%d/%Y}", "{:%d/%m/%Y}", "{:%d.%m.%Y}"]
)
@pytest.mark.parametrize("others", ["", "Q1 Total,FY 2023,YTD"])
def test_months_are_known_on_their_last_day_and_totals_beside_them_are_no_money(
    tmp_path, form, others
):
    months = [form.format(date(2023, month, 1)) for month in (1, 2, 3, 4)]
    rows = [[i, PRODUCTS[i % 6], i + 1, 5, 2 * i + 1, 7] for i in range(12)]
    if others:
        rows = [[*row, sum(row[2:5]), sum(row[2:]), 3 * row[2]] for row in rows]
    header = ["Customer No", "Item", *months, *filter(None, [others])]
    text = "\n".join([",".join(header), *(",".join(map(str, row)) for row in rows), ""])
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path)
    days = sales_log.read(found.layout, tmp_path).transactions["order_date"].unique().sort()
    assert days.to_list() == [date(2023, m, d) for m, d in ((1, 31), (2, 28), (3, 31), (4, 30))]
    assert (money(tmp_path, found)[0], found.questions) == (sum(sum(r[2:6]) for r in rows), [])


@pytest.mark.parametrize(
    ("name", "form", "last", "asked"),
    [
        ("Posting period", "0{:%m.%Y}", True, ["date_format"]),
        ("Fiscal year/period", "{:%Y}/0{:%m}", True, ["date_format"]),
        ("Fiscal year/period", "{:%Y}0{:%m}", True, ["date_format"]),
        ("Order Date", "1{:%y%m%d}", False, []),
    ],
)
def test_dates_of_sap_and_as400_are_read(tmp_path, name, form, last, asked):
    header = f"{BASE.replace('Date', name)},Amount"
    found = propose(
        tmp_path,
        header,
        lambda i: [*base(i)[:2], form.format(DAYS[i], DAYS[i]), *base(i)[3:], AMOUNT[i]],
    )
    read = sales_log.read(found.layout, tmp_path).transactions["order_date"].to_list()
    wanted = [(day.replace(day=28) + timedelta(days=4)).replace(day=1) for day in DAYS]
    assert read == ([day - timedelta(days=1) for day in wanted] if last else DAYS)
    assert [question.split(":")[0] for question in found.questions] == asked


@pytest.mark.parametrize(
    ("key", "ref"), [("SalesOrderID", "OrderRef"), ("DocEntry", "BaseEntry"), ("key", "parent")]
)
def test_heads_and_lines_are_joined_by_the_values_of_their_keys(tmp_path, key, ref):
    heads = [f"{5000 + i // 2},{DAYS[i]},{100 + i // 2 % 9}" for i in LINES[::2]]
    lines = [f"{i},{5000 + i // 2},{PRODUCTS[i % 6]},{QUANTITY[i]},{PRICE[i]}" for i in LINES]
    for name, header, rows in (
        ("heads.csv", f"{key},Order Date,Customer No", heads),
        ("lines.csv", f"Line,{ref},Product,Qty,Unit Price", lines),
    ):
        (tmp_path / name).write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    found = layout_init.propose(tmp_path)
    assert [join.on for join in found.layout.join] == [{ref: key}]
    assert (money(tmp_path, found)[0], found.questions) == (SUM, [])


def test_comments_between_rows_are_no_headings(tmp_path):
    lines = [",".join(map(str, [*base(i), AMOUNT[i]])) for i in LINES]
    text = "\n".join([f"{BASE},Amount", "# a,,,,,", *lines[:30], "# b,,,,,", *lines[30:], ""])
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path)
    assert (found.layout.fill_down, money(tmp_path, found)[0]) == ([], SUM)


def test_a_column_of_numbers_between_months_is_never_dropped(tmp_path):
    header = "Customer,Item,Group,January 2024,February 2024,Studeni 2024,April 2024,May 2024"
    rows = [f"Firm {i % 9},Item {i % 3},G{i % 2},{i + 5},7,8,9,{i + 2}.5" for i in range(40)]
    (tmp_path / "s.csv").write_text("\n".join([header, *rows]))
    with pytest.raises(ValueError, match="'Studeni 2024' seem to be months"):
        layout_init.propose(tmp_path)
