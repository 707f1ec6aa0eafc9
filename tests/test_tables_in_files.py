"""The table in a file is found: titles, totals, repeated headers, footers, odd names, letters."""

import pytest

from gosales_lib import layout_init, sales_log
from gosales_lib.layout import Layout
from gosales_lib.sales_log import encodings, headers

NAMES = "Customer No,Customer Name,Invoice No,Invoice Date,Item,Category,Quantity,Amount"
ROWS = [
    f"{i % 4 + 1:05d},Firm {i % 4 + 1},{7000 + i},2023-{1 + i // 3:02d}-{5 + i:02d},"
    f"Item {i % 3},{'Ink' if i % 2 else 'Paper'},{1 + i % 2},{10 + i}.50"
    for i in range(12)
]
SUM = 192.0
LINES = [NAMES, *ROWS]
TOTAL = ",,,,,,18,192.00"
LAYOUT = Layout.model_validate(
    {
        "name": "lines",
        "shape": "long",
        "columns": {
            "customer_id": "Customer No",
            "customer_name": "Customer Name",
            "invoice": "Invoice No",
            "order_date": "Invoice Date",
            "product": "Item",
            "division": "Category",
            "quantity": "Quantity",
            "revenue": "Amount",
        },
        "gross_profit": "revenue",
        "divisions": ["Ink", "Paper"],
    }
)


def text(kind: str) -> str:
    lines = {
        "titles": ["ACME Ltd Sales Report", "From 01/01/2023 to 31/12/2023", "", *LINES],
        "padded titles": ["Report,,,,,,,", ",,,,,,,", *LINES],
        "sep": ["sep=;", *(line.replace(",", ";") for line in LINES)],
        "total": [*LINES, "Total" + TOTAL],
        "grand total in another column": [*LINES, ",Grand Total" + TOTAL[1:]],
        "gesamt": [*LINES, "Gesamtsumme" + TOTAL],
        "subtotals": [*LINES[:7], "Firm 1 Total" + TOTAL, *LINES[7:], "Total" + TOTAL],
        "short total": [*LINES, "Total"],
        "footer": [*LINES, "", "Printed on 2024-01-05 by the accounts department"],
        "repeated headers": [line for row in ROWS for line in (NAMES, row)],
        "trailing delimiters": [NAMES, *(f"{row}," for row in ROWS)],
        "trailing delimiters in the header too": [f"{line},," for line in LINES],
        "a mark in the middle": [*LINES[:6], "\ufeff" + NAMES, *LINES[6:]],
        "blank lines": ["", "", LINES[0], "", *LINES[1:5], ",,,,,,,", *LINES[5:]],
    }
    return "\n".join(lines[kind]) + "\n"


KINDS = ["titles", "padded titles", "sep", "total", "grand total in another column", "gesamt"]
KINDS += ["subtotals", "short total", "footer", "repeated headers"]
KINDS += ["trailing delimiters"]
KINDS += ["trailing delimiters in the header too", "a mark in the middle", "blank lines"]


@pytest.mark.parametrize("kind", KINDS)
def test_only_records_are_read_and_the_rest_is_counted_by_rule(tmp_path, kind):
    (tmp_path / "log.csv").write_text(text(kind), encoding="utf-8")
    found = layout_init.propose(tmp_path / "log.csv").layout
    assert found.columns.customer_id == "Customer No"
    for layout in (LAYOUT, found):
        log = sales_log.read(layout, tmp_path)
        sales_log.check(log.reconciliation)
        assert log.transactions["revenue"].sum() == SUM
        assert log.transactions.height == 12
        assert log.customers.height == 4
        assert log.rejected.is_empty()


def test_numbers_of_rows_that_r_writes_in_front_have_no_name_and_shift_nothing(tmp_path):
    rows = [f'"{number}",{row}' for number, row in enumerate(ROWS, start=1)]
    (tmp_path / "log.csv").write_text("\n".join([NAMES, *rows]) + "\n")
    found = layout_init.propose(tmp_path).layout
    assert "column 1" in found.ignore
    log = sales_log.read(found, tmp_path)
    assert (log.transactions["revenue"].sum(), log.customers.height) == (SUM, 4)


@pytest.mark.parametrize(
    "rows",
    [
        [row.replace(".50", ",50") for row in ROWS],
        [f"row {row}" if i else row for i, row in enumerate(f"{r[:5]},{r}" for r in ROWS)],
        [*(f"{row}," for row in ROWS[1:]), f"{ROWS[0]},7"],
    ],
    ids=["decimal commas", "names of rows", "one row"],
)
def test_fields_behind_the_last_name_are_refused_and_never_shifted(tmp_path, rows):
    (tmp_path / "log.csv").write_text("\n".join([NAMES, *rows]) + "\n")
    for read in (layout_init.propose, lambda path: sales_log.read(LAYOUT, path)):
        with pytest.raises(ValueError, match="more fields than the header"):
            read(tmp_path)


def test_what_a_total_holds_is_left_out_with_its_money(tmp_path):
    (tmp_path / "log.csv").write_text(text("subtotals"), encoding="utf-8")
    left = sales_log.read(LAYOUT, tmp_path).left_out
    assert left.rows() == [("log.csv", "a total", 2, 384.0)]


def summed(label: str, at: int = 0) -> list[str]:
    """Return the lines with a sum after each four of them and at the end, by any word."""
    lines = [NAMES]
    blocks = [ROWS[i : i + 4] for i in (0, 4, 8)]
    for number, block in enumerate([*blocks, ROWS]):
        cells = [""] * 8
        cells[at] = label.format(number + 1)
        amounts = [row.split(",")[-2:] for row in block]
        cells[6] = str(sum(int(quantity) for quantity, _ in amounts))
        cells[7] = f"{sum(float(amount) for _, amount in amounts):.2f}"
        lines += [*(block if number < 3 else []), ",".join(cells)]
    return lines


@pytest.mark.parametrize("at", [0, 1, 4])
@pytest.mark.parametrize("label", ["{:05d} Zzz", "Zzz", "{:05d}"])
def test_a_sum_of_the_rows_above_is_a_total_whatever_its_word(tmp_path, label, at):
    (tmp_path / "log.csv").write_text("\n".join(summed(label, at)) + "\n")
    found = layout_init.propose(tmp_path / "log.csv")
    assert not found.questions
    assert found.layout.fill_down == []
    for layout in (LAYOUT, found.layout):
        log = sales_log.read(layout, tmp_path)
        assert log.transactions["revenue"].sum() == SUM
        assert log.customers.height == 4
        assert log.rejected.is_empty()
        assert log.left_out.rows() == [("log.csv", "a total", 4, 2 * SUM)]


def test_rows_under_labels_that_sum_nothing_up_are_rejected_and_never_dated(tmp_path):
    lines = [line.replace("Zzz,,,,,,", "Zzz,,,,,,1") for line in summed("{:05d} Zzz")]
    lines = [f"{line[:-1]}7" if "Zzz" in line else line for line in lines]
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
    found = layout_init.propose(tmp_path / "log.csv").layout
    assert found.fill_down == []
    log = sales_log.read(found, tmp_path)
    assert log.transactions["revenue"].sum() == SUM
    assert log.rejected.height == 4


def test_a_row_without_a_date_that_repeats_the_one_above_is_rejected(tmp_path):
    again = ",,,,Item 0,Paper,1,10.50"
    (tmp_path / "log.csv").write_text("\n".join([NAMES, ROWS[0], again, *ROWS[1:]]) + "\n")
    log = sales_log.read(LAYOUT, tmp_path)
    assert log.rejected.height == 1


def test_a_product_called_total_is_sold_and_a_row_without_a_date_is_rejected(tmp_path):
    rows = [row.replace("Item 0", "Total Care") for row in ROWS]
    rows.append(rows[0].replace("2023-01-05", ""))
    (tmp_path / "log.csv").write_text("\n".join([NAMES, *rows]) + "\n")
    log = sales_log.read(LAYOUT, tmp_path)
    assert "Total Care" in log.transactions["product"].to_list()
    assert log.rejected["reason"].to_list() == ["unreadable date 'Invoice Date': "]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ('Id,"Size 5""",Net', ("Id", 'Size 5"', "Net")),
        ("Id,Net,Net", ("Id", "Net", "Net (2)")),
        ("Id,,Net", ("Id", "column 2", "Net")),
        ('Id," Net\n sales ",X', ("Id", "Net sales", "X")),
        ("\ufeffId,A\u200bB,C", ("Id", "AB", "C")),
    ],
)
def test_names_of_columns(line, names):
    lines = (line + "\n1,2,3\n4,5,6\n").splitlines(keepends=True)
    assert headers.in_text(lines, None, []).names == names


def test_a_file_without_a_header_calls_columns_by_their_places():
    top = headers.in_text(["00001,19970101,1,11.77\n", "00002,19970112,1,12.00\n"], None, [])
    assert (top.names, top.above) == (("column 1", "column 2", "column 3", "column 4"), 0)


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("Zakład Łódź", "cp1250"),
        ("Příbram Škoda", "cp1250"),
        ("Győri Őrség", "cp1250"),
        ("Müller & Söhne", "cp1252"),
        ("Café Société", "cp1252"),
        ("Ромашка Завод", "cp1251"),
        ("Αθήνα Ελλάδα", "cp1253"),
        ("株式会社東京", "cp932"),
        ("北京公司", "gb18030"),
        ("서울 상사", "cp949"),
        ("Größe Straße", "mac_roman"),
        ("Příbram Číslo zákazníka", "mac_latin2"),
        ("Müşteri Şahin", "mac_turkish"),
        ("Ромашка Завод", "mac_cyrillic"),
        ("Αθήνα Ελλάδα", "mac_greek"),
        ("Müller Stück", "cp850"),
    ],
)
def test_letters_decide_the_encoding(words, encoding):
    data = f"00001,{words},2023-01-02,11.00\n00002,ASCII,2023-01-02,11.00\n".encode(encoding)
    decoder = encodings.Decoder()
    assert decoder.utf8(data).decode() == data.decode(encoding)


def test_utf16_without_a_mark_is_read(tmp_path):
    for name, encoding in (("a", "utf-16-le"), ("b", "utf-16-be")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "log.txt").write_bytes(text("total").replace(",", "\t").encode(encoding))
        assert sales_log.read(LAYOUT, folder).transactions["revenue"].sum() == SUM


def test_an_encoding_that_nobody_knows_is_refused_in_words(tmp_path):
    (tmp_path / "log.csv").write_text(text("total"))
    with pytest.raises(ValueError, match="encoding 'utf-99' is unknown"):
        sales_log.read(LAYOUT.model_copy(update={"encoding": "utf-99"}), tmp_path)


@pytest.mark.parametrize("profit", [False, True])
def test_a_column_called_as_a_profit_and_as_pieces_is_what_its_numbers_say(tmp_path, profit):
    lines = ["Vevőkód,Dátum,Számla,Termék,Nettó,Db"]
    for i in range(24):
        price, pieces = (12.35, 340.1, 77.77)[i % 3] * (1 + i % 5 / 100), 1 + i * 7 % 9
        last = round(price * pieces * (0.2 + i % 7 / 20), 2) if profit else pieces
        lines.append(
            f"1{i % 4},2023-{1 + i // 2:02d}-05,{i},Item {i % 3},{price * pieces:.2f},{last}"
        )
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = layout_init.propose(tmp_path).layout.columns
    assert columns.gross_profit == ("Db" if profit else None)
    assert (columns.revenue, columns.quantity) == ("Nettó", "Db")
