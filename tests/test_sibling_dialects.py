"""The same log in the words and signs of other languages and systems is read alike."""

# ruff: noqa: RUF001


import json
import re
import zipfile
from datetime import date, timedelta

import polars as pl
import pytest
import xlsxwriter

from gosales_lib import layout, layout_init, sales_log
from gosales_lib.sales_log import encodings, spellings

ITEMS = ("Laser", "Inkjet", "Copy paper")
ROWS = [
    (
        f"{100 + i % 7}",
        f"Firm {i % 7}",
        f"{7000 + i}",
        date(2022, 1, 3) + timedelta(days=i * 7),
        ITEMS[i % 3],
        ("Printers", "Printers", "Paper")[i % 3],
        1 + i % 4,
        round(19.5 * (1 + i % 3) * (1 + i % 4), 2),
    )
    for i in range(120)
]
MONEY = round(sum(row[-1] for row in ROWS), 2)
EXPECTED = (120, MONEY, 7, ROWS[0][3], ROWS[-1][3])
HEADERS = {
    "turkish": "Cari Kodu;Cari Ünvanı;Fiş No;Tarih;Stok Adı;Grup;Miktar;Tutar",
    "czech": "Odběratel;Název;Číslo dokladu;Datum;Položka;Skupina;Množství;Částka",
    "russian": "Код клиента;Клиент;Номер накладной;Дата;Товар;Группа;Количество;Сумма",
    "greek": "Κωδικός πελάτη;Πελάτης;Αρ. τιμολογίου;Ημερομηνία;Προϊόν;Κατηγορία;Ποσότητα;Αξία",
    "korean": "거래처코드;거래처명;전표번호;매출일자;품목명;품목군;수량;금액",
    "dutch": "Relatiecode;Relatie;Factuur;Datum;Artikelomschrijving;Artikelgroep;Aantal;Bedrag",
    "portuguese": "Cód. Cliente;Cliente;Nota Fiscal;Emissão;Produto;Grupo;Qtde;Vlr.Total",
    "arabic": "رقم العميل;اسم العميل;رقم الفاتورة;التاريخ;الصنف;الفئة;الكمية;المبلغ",
    "hebrew": "קוד לקוח;שם לקוח;מספר חשבונית;תאריך;פריט;קטגוריה;כמות;סכום",
    "croatian": "Šifra kupca;Naziv kupca;Broj računa;Datum;Artikl;Kategorija;Količina;Iznos",
    "chinese": "客户编码;客户名称;单据号;单据日期;存货名称;类别;数量;无税金额",
    "czech with a number of the firm": "IČ;Firma;Číslo;Datum;Název položky;Členění;Množství;Celkem",
    "business partner": "Invoice-to BP;Invoice-to BP Name;Invoice Number;Invoice Date;Item;"
    "Item Group;Delivered Qty;Amount",
    "japanese": "得意先CD;得意先名;伝票No;売上日付;商品名;商品区分;数量;売上金額",
    "vietnamese": "Mã khách hàng;Tên khách hàng;Số hóa đơn;Ngày;Mặt hàng;Nhóm hàng;Số lượng;"
    "Doanh thu",
}
SHOWN = {
    "japanese signs": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "japanese era": lambda d: f"令和{d.year - 2018}年{d.month}月{d.day}日",
    "korean dots": lambda d: f"{d.year}. {d.month}. {d.day}.",
    "hungarian": lambda d: d.strftime("%Y.%m.%d."),
    "day of the year": lambda d: d.strftime("%Y-%j"),
    ".NET": lambda d: f"/Date({(d - date(1970, 1, 1)).days * 86_400_000})/",
}
ENGLISH = "Customer No;Customer Name;Invoice No;Invoice Date;Item;Category;Quantity;Amount"


def outcome(folder, found):
    """Return rows, money, customers and days as the proposed layout reads them."""
    (folder / "layout.yaml").write_text(found.text, encoding="utf-8")
    log = sales_log.read(layout.load(folder / "layout.yaml"), folder)
    sales = log.transactions
    days = sales["order_date"]
    return (
        sales.height,
        round(sales["gross_profit"].sum(), 2),
        sales["customer_id"].n_unique(),
        days.min(),
        days.max(),
    )


def read(folder, header, lines=None, shown=str):
    rows = lines or [[*row[:3], shown(row[3]), *row[4:]] for row in ROWS]
    text = "\n".join([header, *(";".join(map(str, row)) for row in rows)])
    (folder / "sales.csv").write_text(f"{text}\n", encoding="utf-8")
    found = layout_init.propose(folder / "sales.csv")
    return found, outcome(folder, found)


@pytest.mark.parametrize("language", HEADERS)
def test_everyday_headers_of_a_language_need_no_question(tmp_path, language):
    found, told = read(tmp_path, HEADERS[language])
    assert not found.questions
    assert told == EXPECTED


@pytest.mark.parametrize("shape", SHOWN)
def test_dates_of_a_country_are_read(tmp_path, shape):
    found, told = read(tmp_path, ENGLISH, shown=SHOWN[shape])
    assert not found.questions
    assert told == EXPECTED


DEAD = {
    ("Durum", "Tamamlandı"): "İptal",
    ("Estado", "Completado"): "Cancelado",
    ("Storniert", "Nein"): "Ja",
    ("Is Void", "FALSE"): "TRUE",
    ("Deal Stage", "closedwon"): "closedlost",
    ("סטטוס", "סופי"): "מבוטל",
    ("Trạng thái", "Hoàn thành"): "Đã hủy",
    ("Zorp", "Zarp"): "Cancelled",
}


@pytest.mark.parametrize("state", DEAD)
def test_cancelled_orders_are_left_out_by_rule_and_reported(tmp_path, state):
    column, alive = state
    lines = [[*row, DEAD[state] if i % 5 == 0 else alive] for i, row in enumerate(ROWS)]
    found, told = read(tmp_path, f"{ENGLISH};{column}", lines)
    assert not found.questions
    assert "where" in found.notes
    assert told[:2] == (96, round(sum(row[-1] for i, row in enumerate(ROWS) if i % 5), 2))


def test_a_state_that_may_be_no_sale_is_asked_about(tmp_path):
    states = ["Completado"] * 3 + ["Cancelado", "Pendiente"]
    lines = [[*row, states[i % 5]] for i, row in enumerate(ROWS)]
    found, _ = read(tmp_path, f"{ENGLISH};Estado", lines)
    (asked,) = found.questions
    assert "24 rows whose" in asked and "is 'Pendiente'" in asked


def test_totals_in_other_languages_are_no_sales(tmp_path):
    totals = [["Subtotaal Firm 1", *[""] * 5, 9, 99.5], ["Genel Toplam", *[""] * 5, 9, 99.5]]
    _, told = read(tmp_path, ENGLISH, [list(row) for row in ROWS] + totals)
    assert told == EXPECTED


def test_orders_that_hold_their_lines_are_one_row_a_line(tmp_path):
    orders = [
        {
            "id": row[2],
            "created_at": f"{row[3]}T09:00:00+01:00",
            "customer": {"id": row[0], "name": row[1]},
            "line_items": [
                {"title": row[4], "product_type": row[5], "quantity": row[6], "total": row[7]}
            ]
            * 2,
        }
        for row in ROWS
    ]
    (tmp_path / "orders.json").write_text(json.dumps(orders), encoding="utf-8")
    told = outcome(tmp_path, layout_init.propose(tmp_path / "orders.json"))
    assert told == (240, round(2 * MONEY, 2), *EXPECTED[2:])


def test_orders_of_parquet_that_hold_their_lines_are_one_row_a_line(tmp_path):
    orders = [
        {
            "id": row[2],
            "created": row[3],
            "customer": {"id": row[0], "name": row[1]},
            "lines": [{"title": row[4], "type": row[5], "quantity": row[6], "total": row[7]}] * 2,
            "notes": [{"text": "a"}] if row is ROWS[0] else [],
        }
        for row in ROWS
    ]
    pl.DataFrame(orders).write_parquet(tmp_path / "orders.parquet")
    found = layout_init.propose(tmp_path / "orders.parquet")
    assert (found.layout.columns.customer_id, found.layout.columns.product) == (
        "customer.id",
        "lines.title",
    )
    assert outcome(tmp_path, found) == (240, round(2 * MONEY, 2), *EXPECTED[2:])


def test_months_as_columns_in_other_languages(tmp_path):
    months = "ene-23;feb-23;mar-23;abr-23"
    lines = [[f"C{i}", ITEMS[i % 3], 10.5, 20.25, "", 30.75] for i in range(12)]
    _, told = read(tmp_path, f"Cliente;Producto;{months}", lines)
    assert told[1:] == (738.0, 12, date(2023, 1, 31), date(2023, 4, 30))


def test_a_key_written_so_that_a_spreadsheet_keeps_its_zeros(tmp_path):
    forms = ('="{}"', "'{}", "{}")
    lines = [[forms[i % 3].format(f"00{row[0]}"), *row[1:]] for i, row in enumerate(ROWS)]
    _, told = read(tmp_path, ENGLISH, lines)
    assert told == EXPECTED


TEXTS = {
    "cp1254": "Cari Ünvanı;Malzeme Açıklaması\nIşık;Şahin Gıda\n",
    "cp1250": "Vevő neve;Számlaszám\nKovács;Győr\n",
    "iso8859_2": "Zakład Łódź;Ilość\n",
    "cp1257": "Rīga;Jūrmala;Bērziņš\n",
    "cp1255": "לקוח;סכום;תאריך\n",
    "cp1256": "العميل;المبلغ;التاريخ\n",
    "cp852": "Zakład Łódź;Ilość\n",
    "cp1252": "Müller;Société;Señor Muñoz;Ærø;Descrição;Preço\n",
    "cp857": "Müşteri Kodu;Müşteri Adı;Ürün\n",
}
NUMBERS = "N° client;N° facture;Nº factura;Quantité\n"
"""A header whose only foreign signs are short for number, or nearly."""
FEW = [("cp1252", NUMBERS), ("mac_roman", NUMBERS), ("cp1252", "N° client;Œuvre;Montant €\n")]


@pytest.mark.parametrize(("encoding", "text"), [*TEXTS.items(), *FEW])
def test_letters_of_a_language_decide_the_encoding(encoding, text):
    data = text.encode(encoding)
    assert data.decode(encodings.guessed(data)) == text


EAST = {
    "euc_jp": ("得意先コード,得意先名,伝票番号,売上日,商品名,商品分類,数量,金額", "田中商店"),
    "gb18030": ("客户编号,客户名称,订单号,订单日期,产品名称,产品类别,数量,金额", "上海贸易"),
}


@pytest.mark.parametrize("encoding", EAST)
def test_words_of_the_header_separate_east_asian_encodings(tmp_path, encoding):
    header, name = EAST[encoding]
    lines = [header, *(",".join(map(str, [row[0], name + row[0], *row[2:]])) for row in ROWS)]
    (tmp_path / "sales.csv").write_bytes("\n".join(lines).encode(encoding))
    found = layout_init.propose(tmp_path / "sales.csv")
    assert outcome(tmp_path, found) == EXPECTED
    log = sales_log.read(found.layout, tmp_path)
    assert set(log.customers["customer_name"]) == {f"{name}{100 + i}" for i in range(7)}


HEAD = "Order;Order Date;Customer No;Product;Qty;Amount"


def test_a_flag_of_returns_is_asked_about(tmp_path):
    lines = [[*plain(row), "Y" if i % 10 == 0 else "N"] for i, row in enumerate(ROWS)]
    found, _ = read(tmp_path, f"{HEAD};IsReturn", lines)
    (asked,) = found.questions
    assert "rows whose 'IsReturn' is 'Y' are positive like sales" in asked


def test_rows_that_sum_an_order_up_are_left_out_whatever_their_product_is_called(tmp_path):
    lines = []
    for i in range(0, 120, 3):
        order = [
            [ROWS[i][2], *plain(row)[1:2], ROWS[i][0], *plain(row)[3:]] for row in ROWS[i : i + 3]
        ]
        order = [[row[0], order[0][1], *row[2:]] for row in order]
        money = round(sum(row[-1] for row in order), 2)
        lines += [*order, [*order[0][:3], "Order value", 1, money]]
    found, told = read(tmp_path, HEAD, lines)
    assert not found.questions
    assert "40 rows whose 'Product' is 'Order value' are the sums" in found.notes["where"]
    assert told[:2] == (120, MONEY)


def test_copies_of_a_numbered_line_are_asked_about_however_few(tmp_path):
    lines = [[*plain(row), i % 2 + 1] for i, row in enumerate(ROWS)]
    found, _ = read(tmp_path, f"{HEAD};Line No", [*lines, lines[0]])
    (asked,) = found.questions
    assert "1 of 121 rows are exact copies of earlier ones, with the same 'Line No'" in asked
    found, told = read(tmp_path, HEAD, [*map(plain, ROWS), plain(ROWS[0])])
    assert not found.questions
    assert told[0] == 121


def test_a_running_total_that_begins_anew_each_year_is_no_money_of_a_line(tmp_path):
    running, lines = {}, []
    for row in ROWS:
        key = (row[0], row[3].year)
        running[key] = round(running.get(key, 0) + row[-1], 2)
        lines.append([*plain(row)[:-1], running[key], row[-1]])
    found, told = read(tmp_path, "Order;Order Date;Customer No;Product;Qty;Turnover;Amount", lines)
    assert not found.questions
    assert told[1] == MONEY


def test_a_log_of_negative_sales_names_the_columns_to_turn(tmp_path):
    lines = [[*plain(row)[:-2], -row[-2], -row[-1]] for row in ROWS]
    found, _ = read(tmp_path, HEAD, lines)
    assert any(
        f"`negate: [Qty, Amount]` gives 120 rows, {MONEY:,.2f}" in q for q in found.questions
    )


def test_the_words_of_a_header_decide_its_code_page(tmp_path):
    header = "Nr dokumentu;Data;Symbol kontrahenta;Nazwa towaru;Ilość;Wartość netto"
    text = "\n".join([header, *(";".join(map(str, plain(row))) for row in ROWS)])
    (tmp_path / "sales.csv").write_bytes(text.encode("cp1250"))
    found = layout_init.propose(tmp_path / "sales.csv")
    assert found.layout.columns.revenue == "Wartość netto"
    assert outcome(tmp_path, found)[:2] == (120, MONEY)


def test_a_word_that_only_another_code_page_cuts_in_two_decides_nothing(tmp_path):
    header = "Codice cliente;Ragione sociale;Fattura;Data doc.;Articolo;Categoria;Q.tà;Importo"
    lines = [[row[0], f"Niccolò {row[0]}", *row[2:]] for row in ROWS]
    text = "\n".join([header, *(";".join(map(str, line)) for line in lines)])
    (tmp_path / "sales.csv").write_bytes(text.encode("cp1252"))
    found = layout_init.propose(tmp_path / "sales.csv")
    assert found.layout.columns.quantity == "Q.tà"
    assert outcome(tmp_path, found) == EXPECTED


@pytest.mark.parametrize("party", ["Razão Social", "Επωνυμία", "Покупець", "Partenaire"])
def test_a_key_without_a_word_of_customers_goes_with_the_name_beside_it(tmp_path, party):
    header = f"Código;{party};Invoice No;Invoice Date;Item;Category;Quantity;Amount"
    found, told = read(tmp_path, header)
    columns = found.layout.columns
    assert not found.questions
    assert (columns.customer_id, columns.customer_name) == ("Código", party)
    assert told == EXPECTED


@pytest.mark.parametrize(("name", "asked"), [("Zorp", 0), ("Ex GST", 0), ("Gross", 1)])
def test_money_under_an_unknown_name_is_told_or_asked_about_and_not_refused(tmp_path, name, asked):
    found, told = read(tmp_path, ENGLISH.replace("Amount", name))
    assert len(found.questions) == asked
    told_of = found.questions[0] if asked else found.notes["revenue"]
    assert "no column is called an amount" in told_of and name in told_of
    assert told == EXPECTED


@pytest.mark.parametrize(("key", "typed"), [("ΠΕΛ-0375", "πελ-0375"), ("ІК-7", "ik-7")])
def test_spellings_of_one_key_differ_in_case_or_script_only(key, typed):
    assert spellings.alike(key) == spellings.alike(typed)


@pytest.mark.parametrize("delimiter", ["~", "^"])
def test_rarer_delimiters(tmp_path, delimiter):
    lines = [delimiter.join(map(str, plain(row))) for row in ROWS]
    text = "\n".join([HEAD.replace(";", delimiter), *lines])
    (tmp_path / "sales.txt").write_text(text, encoding="utf-8")
    assert outcome(tmp_path, layout_init.propose(tmp_path / "sales.txt"))[:2] == (120, MONEY)


def plain(row):
    """A row as order, day, customer, product, quantity, amount."""
    return [row[2], row[3], row[0], row[4], row[6], row[7]]


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "s.xls"), ("utf-16", "s.xls")])
def test_a_text_under_the_name_of_a_workbook_is_read_by_its_content(tmp_path, encoding, name):
    lines = [ENGLISH.split(";"), *([str(value) for value in row] for row in ROWS)]
    text = "\n".join("\t".join(line) for line in lines)
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert outcome(tmp_path, layout_init.propose(tmp_path)) == EXPECTED


def test_the_pages_of_a_database_client_are_one_table(tmp_path):
    header = ENGLISH.replace(";", "|")
    lines = ["|".join(map(str, row)) for row in ROWS]
    drawn = "|".join("-" * len(name) for name in ENGLISH.split(";"))
    pages = "\n".join("\n".join([header, drawn, *lines[at : at + 40], ""]) for at in (0, 40, 80))
    text = f"SQL> select * from sales;\n\n{pages}\n120 rows selected.\n"
    (tmp_path / "sales.lst").write_text(text, encoding="utf-8")
    found = layout_init.propose(tmp_path)
    assert not found.questions
    assert outcome(tmp_path, found) == EXPECTED


def test_a_weight_is_no_money(tmp_path):
    lines = [[*plain(row)[:-1], row[6] * 1.5, row[6] * 1.7, row[7]] for row in ROWS]
    header = "Order;Order Date;Customer No;Product;Qty;Net Weight;Gross Weight;Sales Value"
    found, told = read(tmp_path, header, lines)
    assert not found.questions
    assert told[1] == MONEY


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Umsatz TEUR", 1000),
        ("Sales (thousands)", 1000),
        ("Revenue (USD k)", 1000),
        ("Belopp TSEK", 1000),
        ("Sales M€", 1e6),
        ("Sales (Lakhs)", 1e5),
        ("Omsetning (NOK 1000)", 1000),
        ("Obrat tis. Kč", 1000),
        ("Выручка, тыс. руб.", 1000),
        ("Faturamento (R$ mil)", 1000),
        ("Myynti (1000 €)", 1000),
    ],
)
def test_money_in_thousands_is_read_in_its_unit_and_reported(tmp_path, name, unit):
    found, _ = read(tmp_path, HEAD.replace("Amount", name), [plain(row) for row in ROWS])
    assert found.questions == []
    assert found.layout.scale == {name: unit}
    assert "is not in whole units" in found.text


def test_money_that_was_refunded_is_asked_about(tmp_path):
    lines = [[*plain(row), row[7] if i % 10 == 0 else 0] for i, row in enumerate(ROWS)]
    found, _ = read(tmp_path, f"{HEAD};Amount Refunded", lines)
    (asked,) = found.questions
    assert "is 'Amount Refunded' still in 'Amount', or has it been taken off?" in asked


def test_amounts_of_another_currency_under_another_header_are_asked_about(tmp_path):
    for code, part in (("EUR", ROWS[:60]), ("USD", ROWS[60:])):
        lines = [HEAD.replace("Amount", f"Amount {code}")]
        lines += [";".join(map(str, plain(row))) for row in part]
        (tmp_path / f"{code}.csv").write_text("\n".join(lines), encoding="utf-8")
    (asked,) = layout_init.propose(tmp_path).questions
    assert "one of them says 'eur' and 'usd'" in asked


def test_an_archive_in_an_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("2022.zip", b"PK")
        archive.writestr("b.csv", HEAD)
    with pytest.raises(
        ValueError, match=r"all\.zip cannot be read: '2022\.zip' in it is an archive"
    ):
        layout_init.propose(tmp_path)


@pytest.mark.parametrize("shape", ["lists", "split", "by place", "below a header"])
def test_json_that_holds_columns(tmp_path, shape):
    rows = [
        [str(value) if place == 1 else value for place, value in enumerate(plain(row))]
        for row in ROWS
    ]
    names = HEAD.split(";")
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    by_place = {name: {str(i): v for i, v in enumerate(column)} for name, column in columns.items()}
    split = {"columns": names, "index": list(range(120)), "data": rows}
    shapes = {"lists": columns, "split": split, "by place": by_place}
    below = {"range": "Sales!A1:H121", "majorDimension": "ROWS", "values": [names, *rows, []]}
    content = (shapes | {"below a header": below})[shape]
    (tmp_path / "sales.json").write_text(json.dumps(content), encoding="utf-8")
    assert outcome(tmp_path, layout_init.propose(tmp_path / "sales.json"))[:2] == (120, MONEY)


@pytest.mark.parametrize("key", ["?", "k.A.", "#REF!", "sin cliente", "s/n"])
def test_what_stands_for_no_customer_is_asked_about(tmp_path, key):
    lines = [
        [*plain(row)[:2], key if i % 9 == 0 else row[0], *plain(row)[3:]]
        for i, row in enumerate(ROWS)
    ]
    found, _ = read(tmp_path, HEAD, lines)
    (question,) = [text for text in found.questions if "looks like a placeholder" in text]
    kept = sum(row[-1] for i, row in enumerate(ROWS) if i % 9)
    assert re.search(r"`where: .*leave_out.*` gives 106 rows, " + f"{kept:,.2f}", question)


def test_blanks_of_a_spreadsheet_in_another_language_are_no_customer(tmp_path):
    marks = ("(leer)", "#NV", "#N/D", "(vide)", "N/D", "(vazio)", "(tühi)")
    lines = [
        [marks[i // 9 % len(marks)] if i % 9 == 0 else row[0], *row[1:]]
        for i, row in enumerate(ROWS)
    ]
    found, read_as = read(tmp_path, ENGLISH, lines)
    assert found.layout.columns.customer_id == "Customer No"
    assert read_as[0] == 120 - 14
    assert read_as[2] == 7


def test_customer_keys_in_scientific_notation_with_a_comma(tmp_path):
    lines = [[*plain(row)[:2], f"4,2{row[0]}E+12", *plain(row)[3:]] for row in ROWS]
    found, _ = read(tmp_path, HEAD, lines)
    assert any("in scientific notation" in question for question in found.questions)


def test_money_before_a_discount_below_zero_is_no_revenue(tmp_path):
    lines = [[*plain(row)[:-1], row[7] + 5, -5, row[7], round(row[7] * 0.08, 2)] for row in ROWS]
    header = HEAD.replace("Amount", "Gross Sales;Discounts;Net Sales;Tax")
    found, told = read(tmp_path, header, lines)
    assert not found.questions
    assert told[1] == MONEY


def test_a_discount_below_zero_is_taken_off_a_price_times_quantity(tmp_path):
    lines = [[*plain(row)[:-1], round(row[7] / row[6], 4), -(i % 3)] for i, row in enumerate(ROWS)]
    found, told = read(tmp_path, HEAD.replace("Amount", "Unit Price;Discount"), lines)
    assert found.layout.negate == ["Discount"]
    assert told[1] == pytest.approx(MONEY - 120, abs=0.5)


def test_of_two_amounts_the_one_that_names_its_currency_counts_where_codes_differ(tmp_path):
    codes, rates = ("USD", "EUR", "JPY"), (1, 0.9, 150)
    lines = [
        [*plain(row), round(row[7] * rates[i % 3], 2), codes[i % 3]] for i, row in enumerate(ROWS)
    ]
    header = HEAD.replace("Amount", "Amount (USD);Amount (Local);Local Currency")
    found, told = read(tmp_path, header, lines)
    assert found.layout.currency == "USD"
    assert told[:2] == (120, MONEY)


def test_the_total_below_months_that_stand_as_columns_is_no_sale(tmp_path):
    header = "Customer No;Customer;Product;2023-01;2023-02;2023-03;Grand Total"
    lines = [[i, f"Total Firm {i}", "Saw", i + 0.5, 2, 3, i + 5.5] for i in range(100, 112)]
    sums = [round(sum(line[at] for line in lines), 2) for at in range(3, 7)]
    found, told = read(tmp_path, header, [*lines, ["Grand Total", "", "", *sums]])
    assert not found.questions
    assert told[:3] == (36, sums[-1], 12)


@pytest.mark.parametrize("file", ["attributes.csv", "customers.csv"])
def test_a_customers_file_is_known_by_its_keys_in_any_spelling(tmp_path, file):
    key = "ID" if file == "customers.csv" else "Customer"
    lines = [f"{key},Town,Sector", *(f"{i:010},T{i},{'AB'[i % 2]}" for i in range(100, 107))]
    (tmp_path / file).write_text("\n".join([*lines, ""]), encoding="utf-8")
    read(tmp_path, ENGLISH)
    found = layout_init.propose(tmp_path)
    assert found.layout.customers.file == file and found.layout.customers.key == key
    assert found.layout.keys == "alike" and not found.questions


def test_net_of_tax_is_taken_though_no_column_holds_the_tax(tmp_path):
    lines = [[*row[:7], row[7], round(row[7] * 1.2, 2)] for row in ROWS]
    header = ENGLISH.replace("Amount", "Total hors taxes;Total")
    found, got = read(tmp_path, header, lines)
    assert got == EXPECTED and not found.questions


@pytest.mark.parametrize("name", ["Line", "Position", "Linje"])
def test_the_number_of_a_line_is_no_money(tmp_path, name):
    lines = [[*row[:7], 10 * (1 + i % 3), row[7]] for i, row in enumerate(ROWS)]
    found, got = read(tmp_path, ENGLISH.replace("Amount", f"{name};Net amount"), lines)
    assert got == EXPECTED and not found.questions


def test_an_amount_of_cost_is_of_the_line_whatever_it_is_called(tmp_path):
    lines = [[*row, -round(row[7] * 0.6, 2)] for row in ROWS]
    found, _ = read(tmp_path, f"{ENGLISH};Einstandsbetrag", lines)
    assert found.layout.columns.cost == "Einstandsbetrag" and not found.questions


def test_the_number_of_a_product_is_no_group_of_products(tmp_path):
    lines = [[*row[:5], f"P-{ITEMS.index(row[4])}", row[5], *row[6:]] for row in ROWS]
    found, got = read(tmp_path, ENGLISH.replace("Category", "Second Number;Chapter"), lines)
    assert got == EXPECTED and set(found.layout.division_of.values()) == {"Printers", "Paper"}


@pytest.mark.parametrize("sides", ["Debit;Credit", "Haben;Soll"])
def test_the_sides_of_a_ledger_are_one_amount(tmp_path, sides):
    """The side that holds sales is the larger one; what stands on the other takes them back."""
    lines = [[*r[:7], "", r[7]] if i % 11 == 10 else [*r[:7], r[7], ""] for i, r in enumerate(ROWS)]
    found, got = read(tmp_path, ENGLISH.replace("Amount", sides), lines)
    back = sum(row[7] for row in ROWS[10::11])
    assert got[:3] == (120, round(MONEY - 2 * back, 2), 7) and not found.questions
    assert "takes sales back" in found.notes["revenue"]


def test_sides_of_a_ledger_that_are_alike_are_asked_about(tmp_path):
    lines = [[*r[:7], *((r[7], "") if i % 2 else ("", r[7]))] for i, r in enumerate(ROWS)]
    found, _ = read(tmp_path, ENGLISH.replace("Amount", "Debit;Credit"), lines)
    assert [q for q in found.questions if "which one holds sales" in q]


@pytest.mark.parametrize(("actual", "plan"), [("Actual", "Budget"), ("Ist", "Plan")])
def test_months_of_a_plan_beside_what_came_of_it_are_no_sales(tmp_path, actual, plan):
    months = ("Jan 2024", "Feb 2024", "Mar 2024", "Apr 2024")
    header = ";".join(["Customer No;Item", *(f"{m} {w}" for m in months for w in (actual, plan))])
    lines = [[100 + i, ITEMS[i % 3], *[20 + i, 99] * 4] for i in range(12)]
    found, got = read(tmp_path, header, lines)
    assert got == (48, 4 * sum(range(20, 32)), 12, date(2024, 1, 31), date(2024, 4, 30))
    assert not found.questions


@pytest.mark.parametrize(
    ("named", "written"),
    [
        ("JDE Julian", lambda day: f"1{day:%y%j}"),
        ("Jalali", lambda day: f"1402/{day.month:02}/{day.day:02}"),
        ("Hijri", lambda day: f"{day.year - 579}-{day.month:02}-{day.day:02}"),
    ],
)
def test_dates_of_another_calendar_are_refused_by_name(tmp_path, named, written):
    with pytest.raises(ValueError, match=named):
        read(tmp_path, ENGLISH, shown=written)


def test_years_as_columns_and_web_pages_are_refused_in_words(tmp_path):
    lines = [[100 + i, ITEMS[i % 3], 20 + i, 30 + i] for i in range(12)]
    with pytest.raises(ValueError, match=r"years stand as columns \(2023, 2024\)"):
        read(tmp_path, "Customer No;Item;2023;2024", lines)
    page = tmp_path / "page"
    page.mkdir()
    (page / "sales.xls").write_text("<html><table><tr><td>Customer</td></tr></table>", "utf-8")
    with pytest.raises(ValueError, match="it is a web page or XML"):
        layout_init.propose(page)


def test_the_header_a_c_is_an_account(tmp_path):
    lines = [[row[0], *row[2:]] for row in ROWS]
    found, got = read(tmp_path, "A/C;Ref;Date;Details;Dept;Qty;Net Amount", lines)
    assert got == EXPECTED and not found.questions


def test_margins_in_percent_that_are_alike_need_no_answer(tmp_path):
    lines = [[*row, 30 + i % 3] for i, row in enumerate(ROWS)]
    found, _ = read(tmp_path, f"{ENGLISH};Margin %", lines)
    assert not found.questions
    assert "on most rows it is from 30 to 32" in found.notes["gross_profit"]


def test_of_orders_and_their_invoices_the_question_names_the_files_that_count(tmp_path):
    for name, days in {"orders": 0, "invoices": 3}.items():
        moved = [[*r[:2], f"{name}{r[2]}", r[3] + timedelta(days), *r[4:]] for r in ROWS]
        lines = [ENGLISH, *(";".join(map(str, row)) for row in moved)]
        (tmp_path / f"{name}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    (question,) = layout_init.propose(tmp_path).questions
    assert question.startswith("same-sales-twice")
    assert f"`files: orders.csv` gives 120 rows, {MONEY:,.2f}" in question
    assert f"`files: invoices.csv` gives 120 rows, {MONEY:,.2f}" in question


@pytest.mark.parametrize("header", ["Internal ID;Document Number;Name", "Ref;Inv;Co./Last Name"])
def test_another_number_of_the_order_is_no_customer(tmp_path, header):
    lines = [
        [f"7{i // 2}", f"INV{i // 2}", f"Firm {i // 2 % 9}", ROWS[i // 2][3], *row[4:]]
        for i, row in enumerate(ROWS)
    ]
    found, got = read(tmp_path, f"{header};Date;Item;Class;Quantity;Amount", lines)
    assert got[:3] == (120, MONEY, 9) and not found.questions


def test_a_price_of_what_it_costs_is_no_price_of_the_sale(tmp_path):
    lines = [[*r[:7], round(r[7] / r[6], 2), round(r[7] / r[6] * 0.6, 3)] for r in ROWS]
    header = ENGLISH.replace("Amount", "Prix unitaire;Prix de revient unitaire")
    found, got = read(tmp_path, header, lines)
    assert found.layout.gross_profit == "cost" and got[1] == pytest.approx(0.4 * MONEY, abs=1)


def test_cells_with_an_error_are_unreadable_and_not_blank(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "sales.xlsx")
    book.add_worksheet("Notes & more")
    sheet = book.add_worksheet("Sales")
    for at, row in enumerate([ENGLISH.split(";"), *ROWS]):
        for place, value in enumerate(row):
            sheet.write(at, place, str(value) if isinstance(value, date) else value)
    sheet.write_formula("H21", "=A1/0", None, "#DIV/0!")
    book.close()
    found = layout_init.propose(tmp_path / "sales.xlsx")
    log = sales_log.read(found.layout, tmp_path)
    assert log.transactions.height == 119
    assert log.rejected["line"].to_list() == [21]
    assert "unreadable number 'Amount': #DIV/0!" in log.rejected["reason"][0]


def test_a_column_is_won_says_which_deals_are_sales(tmp_path):
    lines = [[*row, "true" if i % 4 else "false"] for i, row in enumerate(ROWS)]
    found, read_as = read(tmp_path, f"{ENGLISH};Is Won", lines)
    assert found.questions == []
    assert read_as[0] == 90


def test_currencies_by_their_signs_are_not_summed(tmp_path):
    lines = [[*row, ("€", "EUR", "£")[i % 3]] for i, row in enumerate(ROWS)]
    found, read_as = read(tmp_path, f"{ENGLISH};Cur", lines)
    assert any("EUR (80 rows), GBP (40 rows)" in question for question in found.questions)
    assert read_as[0] == 80


def test_one_currency_in_several_spellings_is_one(tmp_path):
    lines = [[*row, ("USD", "US$", "usd")[i % 3]] for i, row in enumerate(ROWS)]
    found, read_as = read(tmp_path, f"{ENGLISH};Currency", lines)
    assert found.questions == []
    assert read_as == EXPECTED


def test_money_written_negative_beside_positive_quantities_is_turned(tmp_path):
    lines = [[*row[:7], -row[7]] for row in ROWS]
    found, read_as = read(tmp_path, ENGLISH, lines)
    assert found.layout.negate == ["Amount"]
    assert read_as == EXPECTED


def test_an_order_number_under_a_name_that_nobody_knows(tmp_path):
    lines = [
        [*row[:2], f"{7000 + i // 2}", ROWS[i // 2][3], *row[4:]] for i, row in enumerate(ROWS)
    ]
    lines = [[ROWS[i // 2][0], ROWS[i // 2][1], *row[2:]] for i, row in enumerate(lines)]
    found, _ = read(tmp_path, ENGLISH.replace("Invoice No", "Xyzzy"), lines)
    assert found.layout.columns.invoice == "Xyzzy"
    assert found.questions == []


def test_days_in_eight_digits_under_a_name_that_nobody_knows(tmp_path):
    header = ENGLISH.replace("Invoice Date", "0CALDAY")
    found, read_as = read(tmp_path, header, shown=lambda day: f"{day:%Y%m%d}")
    assert found.questions == []
    assert read_as == EXPECTED


def test_the_day_of_an_export_is_no_order_day(tmp_path):
    written = [[*row[:3], f"{row[3]:%Y%m%d}", *row[4:]] for row in ROWS]
    lines = [[*row, "2025-01-03 02:00:00", "2025-01-03"] for row in written]
    header = ENGLISH.replace("Invoice Date", "date_key")
    found, read_as = read(tmp_path, f"{header};Load TS;Stand", lines)
    assert found.questions == []
    assert read_as == EXPECTED


@pytest.mark.parametrize("kind", ["mail", "guid"])
def test_the_case_of_mails_and_guids_separates_no_customers(tmp_path, kind):
    key = {"mail": "Buyer{}@firm.example", "guid": "AB{}000-00AA-00bb-00cc-0000000000ff"}[kind]
    lines = [
        [key.format(row[0]) if i % 3 else key.format(row[0]).lower(), *row[2:]]
        for i, row in enumerate(ROWS)
    ]
    header = ENGLISH.replace("Customer No;Customer Name", "Customer Key")
    found, read_as = read(tmp_path, header, lines)
    assert found.questions == []
    assert read_as == EXPECTED


def test_a_description_in_german_is_a_product(tmp_path):
    header = "Buchungsdatum;Belegnr.;Verk. an Deb.-Nr.;Nr.;Beschreibung;Menge;Zeilenbetrag"
    lines = [[row[3], row[2], row[0], f"A{row[4][:2]}", row[4], *row[6:]] for row in ROWS]
    found, read_as = read(tmp_path, header, lines)
    assert found.layout.columns.product == "Beschreibung"
    assert found.questions == []
    assert read_as == EXPECTED


def test_a_sign_of_several_currencies_is_named_in_the_question(tmp_path):
    lines = [[*row, ("$", "CAD")[i % 2]] for i, row in enumerate(ROWS)]
    found, _ = read(tmp_path, f"{ENGLISH};Currency", lines)
    (question,) = [text for text in found.questions if "holds" in text]
    assert "($: the currency that the layout names)" in question
    assert "`currency: CAD` gives 120 rows" in question
    assert "`currency: USD` gives 60 rows" in question
