"""A layout for an unknown log: what is proposed, what is asked, and what is refused."""

import gzip
import re

import polars as pl
import pytest

from gosales_lib import layout, layout_init, sales_log
from gosales_lib.layout_init import divisions, document, pairs, peek, words, writing

LINES = """Order No,Order Date,Client Code,Client,Item,Product Group,Qty,Line Total,Sales Rep,Office
A1,2024-01-05,7,Acme,Bolt 5,Bolts,2,10.50,Ann,North
A2,2024-01-31,8,Bolt & Co,Nut 5,Nuts,1,3.25,Ann,South
A3,2024-02-13,7,Acme,Bolt 7,Bolts,4,20.00,Bob,North
A3,2024-02-13,7,Acme,Nut 5,Nuts,-1,-3.25,Bob,North
A4,2024-03-01,9,Cog GmbH,Bolt 5,Bolts,2,10.50,Ann,South
"""
WIDE = """Datum;Kunde;Kundennr;Beleg;Filiale;Drucker GP;Drucker Menge;Toner GP;Toner Menge
31.01.2024;Müller;1001;R1;Köln;1.200,50;1;;
28.02.2024;Schulz;1002;R2;Bonn;;;35,10;2
01.03.2024;Müller;1001;R3;Köln;-99,90;-1;17,55;1
"""


def write(folder, text, name="sales.csv"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def read(folder, found):
    """The log as the proposed layout reads it, after a round trip through its file."""
    file = write(folder, found.text, "layout.yaml")
    one = layout.load(file)
    assert one == found.layout
    log = sales_log.read(one, folder)
    sales_log.check(log.reconciliation)
    return log


def test_order_lines_are_understood_column_by_column(tmp_path):
    found = layout_init.propose(write(tmp_path, LINES))
    assert found.layout.shape == "long"
    assert found.layout.columns.model_dump(exclude_none=True) == {
        "customer_id": "Client Code",
        "order_date": "Order Date",
        "invoice": "Order No",
        "customer_name": "Client",
        "branch": "Office",
        "rep": "Sales Rep",
        "product": "Item",
        "division": "Product Group",
        "quantity": "Qty",
        "revenue": "Line Total",
    }
    assert found.layout.divisions == ["Bolts", "Nuts"]
    assert found.layout.gross_profit == "revenue"
    assert "revenue stands in" in found.notes["gross_profit"]
    facts = read(tmp_path, found).transactions
    assert facts["gross_profit"].to_list() == [10.5, 3.25, 20.0, -3.25, 10.5]


def test_a_wide_log_with_semicolons_decimal_commas_and_german_dates(tmp_path):
    found = layout_init.propose(write(tmp_path, WIDE))
    one = found.layout
    assert (one.shape, one.date_format, one.pair) == (
        "wide",
        "%d.%m.%Y",
        ("{product} GP", "{product} Menge"),
    )
    assert (one.columns.customer_id, one.columns.customer_name) == ("Kundennr", "Kunde")
    assert (one.columns.invoice, one.columns.branch) == ("Beleg", "Filiale")
    facts = read(tmp_path, found).transactions
    assert facts.select("product", "gross_profit", "quantity").rows() == [
        ("Drucker", 1200.5, 1.0),
        ("Toner", 35.1, 2.0),
        ("Drucker", -99.9, -1.0),
        ("Toner", 17.55, 1.0),
    ]


def test_a_product_that_breaks_the_pattern_names_its_columns(tmp_path):
    text = "Date,Customer ID,Invoice,A,A_Qty,B,B_Qty,C Plan GP,C_Plan_Qty\n"
    text += "2024-01-01,1,x,1,1,2,2,3,3\n2024-01-02,2,y,1,1,2,2,3,3\n"
    one = layout_init.propose(write(tmp_path, text)).layout
    assert one.pair == ("{product}", "{product}_Qty")
    assert [(p.product, p.gross_profit, p.quantity) for p in one.products] == [
        ("A", "A", "A_Qty"),
        ("B", "B", "B_Qty"),
        ("C Plan", "C Plan GP", "C_Plan_Qty"),
    ]


def test_a_log_without_quantities_lets_the_value_count(tmp_path):
    text = "Date,Customer,Order,Printers,Toner\n2024-01-01,Al,1,9,\n2024-01-02,Bo,2,,4\n"
    found = layout_init.propose(write(tmp_path, text))
    assert found.layout.products[0].quantity == "Printers"
    assert "no quantities" in found.notes["pair"]
    assert "names stand for customers" in found.notes["customer_id"]
    assert read(tmp_path, found).transactions["quantity"].to_list() == [9.0, 4.0]


def test_a_folder_with_gzip_parquet_attributes_and_a_holdout(tmp_path):
    write(tmp_path, LINES)
    (tmp_path / "later.csv.gz").write_bytes(gzip.compress(LINES.encode()))
    write(
        tmp_path,
        "Client Code,Client,Sector,Staff,Phone\n7,Acme,Metal,5,1\n8,Bolt,Metal,6,2\n9,Cog,Wood,7,3\n"  # noqa: E501
        "10,Dun,Wood,9,4\n11,Elm,Wood,2,5\n12,Fir,Metal,2,5\n13,Gum,Wood,3,5\n14,Hob,Metal,2,5\n"
        "15,Ivy,Wood,2,5\n16,Joy,Metal,2,5\n",
        "accounts.csv",
    )
    (tmp_path / "holdout").mkdir()
    write(tmp_path / "holdout", LINES)
    found = layout_init.propose(tmp_path)
    assert found.files == ["later.csv.gz", "sales.csv"]
    assert found.layout.holdout == document.shown(tmp_path / "holdout")
    assert found.layout.customers.file == "accounts.csv"
    assert [(a.column, a.kind, a.unit) for a in found.layout.attributes] == [
        ("Sector", "category", ""),
        ("Staff", "number", "people"),
    ]
    assert "'Phone', personal" in found.text
    assert "4 orders, such as 'A1', stand in several files" in found.notes["revisions"]
    log = sales_log.read(found.layout, tmp_path)
    assert log.transactions.height == 5
    assert log.customers.filter(pl.col("customer_id") == "16")["Sector"].item() == "Metal"


def test_parquet_keeps_its_types(tmp_path):
    pl.read_csv(write(tmp_path, LINES, "x.txt"), try_parse_dates=True).write_parquet(
        tmp_path / "sales.parquet"
    )
    (tmp_path / "x.txt").unlink()
    found = layout_init.propose(tmp_path / "sales.parquet")
    assert "date_format" not in found.text
    assert found.layout.columns.order_date == "Order Date"
    assert read(tmp_path, found).transactions.height == 5


def test_a_few_rows_that_do_not_separate_day_and_month_raise_a_question(tmp_path):
    head = "Date,CustomerID,Product,Quantity,Amount"
    days = ["05/01/2024", "06/01/2024", "07/01/2024", "08/01/2024", "02/02/2024", "03/02/2024"]
    lines = [f"{d},{i % 3},Bolt {i % 2},{i + 1},{2.5 * (i + 1)}" for i, d in enumerate(days)]
    found = layout_init.propose(write(tmp_path, "\n".join([head, *lines, ""])))
    assert found.layout.date_format == "%d/%m/%Y"
    assert found.layout.questions == found.questions
    (question,) = found.questions
    assert "no row tells day and month apart in 'Date'" in question
    assert "`date_format: '%m/%d/%Y'` gives 6 rows, 52.50 USD, 3 customers, 2024-02-02" in question
    told = layout_init.propose(tmp_path / "sales.csv", date_format="%m/%d/%Y")
    assert (told.questions, told.layout.date_format) == ([], "%m/%d/%Y")


def test_two_ways_to_write_a_date_become_two_formats(tmp_path):
    text = LINES.replace("2024-02-13", "13.02.2024").replace("2024-03-01", "1.3.2024")
    found = layout_init.propose(write(tmp_path, text))
    assert read(tmp_path, found).rejected.is_empty()


def test_what_the_user_knows_is_taken(tmp_path):
    text = LINES.replace("Client Code", "Quux").replace("Client", "Wer")
    with pytest.raises(ValueError, match=r"no column looks like a customer among .*'Quux'"):
        layout_init.propose(write(tmp_path, text))
    found = layout_init.propose(tmp_path / "sales.csv", {"customer_id": "Quux"})
    assert found.layout.columns.customer_id == "Quux"
    with pytest.raises(ValueError, match="custmer_id=Quux: no such role; did you mean 'customer_"):
        layout_init.propose(tmp_path / "sales.csv", {"custmer_id": "Quux"})
    with pytest.raises(ValueError, match="customer_id=Quu: no such column; did you mean 'Quux'"):
        layout_init.propose(tmp_path / "sales.csv", {"customer_id": "Quu"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("2024-", "X"), r"no format known here reads .* column 'Order Date', such as 'X01-05'"),
        (("Order Date,", "Weight,"), None),
        (("Line Total", "Weight"), "no column looks like gross profit, revenue or"),
    ],
)
def test_a_log_that_lacks_something_is_refused_with_the_mend(tmp_path, change, message):
    file = write(tmp_path, LINES.replace(*change))
    if message is None:  # a date is known by its values, whatever its name
        assert layout_init.propose(file).layout.columns.order_date == "Weight"
        return
    with pytest.raises(ValueError, match=message):
        layout_init.propose(file)


def test_a_log_without_any_date_and_one_with_a_spreadsheets_serial_numbers(tmp_path):
    bare = "Customer ID,Product,Quantity,Amount\n1,a,1,2.5\n2,b,1,3.5\n"
    with pytest.raises(ValueError, match="no column holds dates"):
        layout_init.propose(write(tmp_path, bare))
    serial = "Customer ID,Order Date,Product,Quantity,Amount\n1,45301,a,1,2\n2,45302,b,1,3\n"
    assert layout_init.propose(write(tmp_path, serial)).layout.date_format == "excel"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"Date,Customer\n", "a.csv holds a header and no rows"),
        ("a.csv", b"\n\n", "a.csv holds no table"),
        ("a.csv", b"Report 2024,,\n,,\nDate,Customer,Item\n", "holds a header and no rows"),
        ("a.csv", b"a,a\n1,2\n", "no column holds dates"),
        ("a.xlsx", b"PK\x03\x04rest", "a.xlsx cannot be read: File is not a zip file"),
        ("a.xlsx", b"a\x00b,c\n1,2\n", "a.xlsx cannot be read: its content is not a .xlsx file"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "a.xls cannot be read: the workbook is broken"),
        ("a.csv.gz", b"\x1f\x8bnonsense", "a.csv.gz cannot be read"),
        ("a.parquet", b"PAR1", "a.parquet is not a parquet file"),
    ],
)
def test_a_file_that_is_no_log_is_refused_in_words(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    for path in (tmp_path / name, tmp_path):
        with pytest.raises(ValueError, match=message):
            layout_init.propose(path)


def test_columns_without_a_name_are_called_by_their_place(tmp_path):
    """Spreadsheets leave empty columns at the end, pandas an index without a name in front."""
    header, *rows = LINES.splitlines()
    text = f",{header},,\n" + "".join(f"{i},{row},,\n" for i, row in enumerate(rows))
    found = layout_init.propose(write(tmp_path, text))
    assert found.layout.ignore == ["column 1"]
    assert read(tmp_path, found).transactions.height == 5


def test_a_customer_may_be_a_bare_number_and_a_unit_is_no_product(tmp_path):
    text = """Kunde,Kunde Alter,Kundenname,Datum,Beleg,Laser GP ($),Laser Qty,Ink GP ($),Ink Qty
7,33,Acme,2024-01-05,1,$1.50,1,,
8,41,Bolt,2024-01-06,2,,,"$1,000.25",2
7,33,Acme,2024-01-07,3,$2.50,1,,
"""
    found = layout_init.propose(write(tmp_path, text)).layout
    assert (found.columns.customer_id, found.columns.customer_name) == ("Kunde", "Kundenname")
    assert (list(found.pair), list(found.divisions)) == (
        ["{product} GP ($)", "{product} Qty"],
        ["Laser", "Ink"],
    )


def test_a_missing_or_empty_folder_is_reported(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no sales file"):
        layout_init.propose(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        layout_init.propose(tmp_path / "nowhere.csv")


def test_hostile_names_stay_text(tmp_path):
    names = ["=cmd|' /C calc'!A0", "x'); DROP TABLE runs;--", "yes", "{product}", "a: b #c"]
    names += [
        "../..",
        "<script>alert(1)</script>",
        "\x1b[31mred",
        "- list",
        "1e3",
        "null",
        "täst\u202e",
    ]
    rows = [f'2024-01-{i + 1:02d},{i % 4},"{n}",1,{i}.5' for i, n in enumerate(names)]
    header = "Date,Customer ID,Product,Quantity,Amount,=evil(){}\n"
    file = write(tmp_path, header + "".join(f"{row},{i}\n" for i, row in enumerate(rows)))
    found = layout_init.propose(file)
    listed = [name for group in found.layout.division_map.values() for name in group]
    assert sorted(listed) == sorted(names)
    assert found.layout.ignore == ["=evil(){}"]
    assert "\x1b" not in found.text
    log = read(tmp_path, found)
    assert sorted(log.transactions["product"]) == sorted(names)


def test_hostile_product_columns_of_a_wide_log(tmp_path):
    text = 'Date,Customer ID,"{x} GP","{x} Qty","a: #b GP","a: #b Qty",".. GP",".. Qty"\n'
    text += "2024-01-01,1,1,1,2,2,3,3\n2024-01-02,2,1,1,2,2,3,3\n"
    found = layout_init.propose(write(tmp_path, text))
    assert [p.gross_profit for p in found.layout.products][:2] == ["{x} GP", "a: #b GP"]
    assert read(tmp_path, found).reconciliation["gross_profit_in"].item() > 0


def test_thousands_of_products_become_one_division():
    many = [f"{chr(65 + i % 26)}{i}x" for i in range(100)]
    assert divisions.by_words(many) == {"All products": many}


def test_products_that_share_a_word_lie_together():
    found = divisions.by_words(["Road Bikes", "Caps", "Mountain_Bikes", "SWX_Core", "SWX_Pro"])
    assert found == {
        "Bikes": ["Road Bikes", "Mountain_Bikes"],
        "Caps": ["Caps"],
        "SWX": ["SWX_Core", "SWX_Pro"],
    }


def test_words_of_a_name():
    assert words.parts("CustomerID") == words.parts("CUSTOMERID") == ("customer", "id")
    assert words.parts("Kundennr.") == words.parts("Kunden-Nr") == ("kunden", "nr")
    assert words.without("Success Plan GP", words.PROFIT) == words.without(
        "Success_Plan_Qty", words.QUANTITY
    )


def test_a_scalar_is_one_line_and_comes_back():
    import yaml

    for text in ("a\nb", "x: y", "#", "'", '"', "\u2028", "1", "no", "{a}", "[", "\x85", ""):
        told = writing.scalar(text)
        assert "\n" not in told
        assert yaml.safe_load(f"k: {told}") == {"k": text}
        assert yaml.safe_load(f"[{told}]") == [text]


def test_the_decimal_sign_of_a_comma_file_with_quoted_numbers(tmp_path):
    text = re.sub(r"(-?\d+)\.(\d\d)", r'"\1,\2"', LINES)
    found = layout_init.propose(write(tmp_path, text))
    assert found.layout.decimal == ","
    assert read(tmp_path, found).transactions["gross_profit"].sum() == pytest.approx(41.0)


def thousandths(money, tell):
    """Lines of `7` and `2.125` units, whose money tells the sign where it is of the quantity."""
    header = "Date,Cust,Inv,Item,Qty,Net"
    lines = []
    for i in range(24):
        units = f"{i % 5 + 1}.125" if i % 2 else str(i % 7 + 1)
        price = money if tell else money * (i % 11 + 1)
        amount = round(float(units) * price) if tell else price
        lines.append(f"2024-{i % 12 + 1:02}-05,C{i % 6},R{i},P{i % 3},{units},{amount}")
    return "\n".join([header, *lines]) + "\n"


def test_the_money_of_a_product_tells_whether_its_quantities_have_decimals(tmp_path):
    found = layout_init.propose(write(tmp_path, thousandths(80, tell=True)))
    assert (found.layout.decimal, found.questions) == (".", [])
    assert "fit each other" in found.notes["decimal"]
    assert read(tmp_path, found).transactions["quantity"].sum() < 200


def test_quantities_whose_sign_nothing_tells_are_asked_about_with_units_of_both(tmp_path):
    found = layout_init.propose(write(tmp_path, thousandths(8, tell=False)))
    question = next(q for q in found.questions if q.startswith("decimal"))
    assert re.search(r"`decimal: \.` gives 24 rows.*? 83.5 units; `decimal: ','` gives", question)


def test_a_pair_needs_a_quantity_and_a_value():
    assert pairs.template([]) is None
    assert pairs.find([]) == []


def test_other_files_beside_the_log_are_left_out_by_a_pattern(tmp_path):
    write(tmp_path, LINES, "sales_2024.csv")
    write(tmp_path, LINES, "sales_2025.csv")
    write(tmp_path, "a,b\n1,2\n", "notes.csv")
    found = layout_init.propose(tmp_path)
    assert found.layout.files == "sales_202*"
    assert "notes.csv" in found.notes["files"]
    assert read(tmp_path, found).reconciliation["file"].to_list() == [
        "sales_2024.csv",
        "sales_2025.csv",
    ]
    others = [one.file for one in peek.look(tmp_path / "sales_2024.csv").others]
    assert others == ["notes.csv", "sales_2025.csv"]
