import csv
import gzip
import io
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from gosales_lib import sales_log
from gosales_lib.core.columns import FACT_TRANSACTIONS
from gosales_lib.core.settings import project_root
from gosales_lib.layout import Layout, load
from gosales_lib.sales_log import (
    delimited,
    encodings,
    entries,
    numbers,
    records,
    values,
)

HEADER = "Id,Name,Date,Inv,A,A_Qty,B,B_Qty\n"
WIDE = Layout.model_validate(
    {
        "name": "toy",
        "shape": "wide",
        "columns": {
            "customer_id": "Id",
            "customer_name": "Name",
            "order_date": "Date",
            "invoice": "Inv",
        },
        "divisions": {"DA": ["A"], "DB": ["B"]},
        "date_format": ["%Y-%m-%d", "%d.%m.%Y"],
    }
)
LONG = Layout.model_validate(
    {
        "name": "lines",
        "shape": "long",
        "columns": {
            "customer_id": "Id",
            "order_date": "Date",
            "invoice": ["Id", "Date"],
            "product": "What",
            "division": "Line",
            "quantity": "Qty",
            "unit_price": "Price",
        },
        "divisions": {"Bags": ["bags"], "Toys": ["toys"]},
        "gross_profit": "revenue",
    }
)


def read(folder: Path, text: str | bytes, layout: Layout = WIDE) -> sales_log.SalesLog:
    data = text.encode() if isinstance(text, str) else text
    (folder / "log.csv").write_bytes(data)
    log = sales_log.read(layout, folder)
    sales_log.check(log.reconciliation)
    return log


def facts(log: sales_log.SalesLog) -> list[tuple]:
    columns = ("customer_id", "order_date", "invoice", "division", "gross_profit", "quantity")
    return log.transactions.select(columns).rows()


def reasons(log: sales_log.SalesLog) -> list[tuple]:
    return log.rejected.select("line", "reason").rows()


DAY = date(2024, 1, 2)


def test_a_row_becomes_one_fact_a_product_with_a_value(tmp_path):
    log = read(
        tmp_path,
        HEADER
        + "007,Ann,2024-01-02,i1,10.5,1,,\n"
        + "13085.0,Bob,02.01.2024,i2,-3,-1,0,2\n"
        + "9,Cy,2024-01-02 10:30,i3,0,0,,\n",
    )
    assert facts(log) == [
        ("007", DAY, "i1", "DA", 10.5, 1.0),
        ("13085", DAY, "i2", "DA", -3.0, -1.0),
        ("13085", DAY, "i2", "DB", 0.0, 2.0),
    ]
    assert dict(log.transactions.schema) == FACT_TRANSACTIONS
    assert log.reconciliation.row(0) == ("log.csv", 3, 2, 0, 1, 7.5, 7.5, 0.0, 0, 3, 0, 0.0)


def test_rows_that_cannot_be_read_are_rejected_with_line_reason_and_money(tmp_path):
    log = read(
        tmp_path,
        HEADER
        + ' ,Ann,2024-01-02,i1,10,1,,\na,Ann,2024-02-30,i1,"1,200.50",1,,\n'
        + "b,Ann,2024-01-02,i1,ten,1,4,inf\nc,Ann,0024-01-02,i1,,,,\n",
    )
    assert reasons(log) == [
        (2, "no customer"),
        (3, "unreadable date 'Date': 2024-02-30"),
        (4, "unreadable number 'A': ten; unreadable number 'B_Qty': inf"),
        (5, "unreadable date 'Date': 0024-01-02"),
    ]
    assert log.rejected["gross_profit"].to_list() == [10.0, 1200.5, 4.0, 0.0]
    assert json.loads(log.rejected["row"][2])["A"] == "ten"
    assert facts(log) == []


ROW = "7,Zoë,2024-01-02,i1,1.5,1,,\n"


@pytest.mark.parametrize("piece", [1, 2**20])
@pytest.mark.parametrize(
    "data",
    [
        (HEADER + ROW).encode("utf-8-sig"),
        (HEADER + ROW).encode("utf-16"),
        (HEADER + ROW).encode("cp1252"),
        (HEADER + ROW).replace("\n", "\r\n").encode(),
        (HEADER + ROW).replace("\n", "\r").encode(),
        (HEADER + ROW).replace(",", "\t").encode(),
        (HEADER + ROW).replace(",", ";").replace("1.5", "1,5").encode(),
        gzip.compress((HEADER + ROW).encode()),
    ],
    ids=["bom", "utf-16", "cp1252", "crlf", "cr", "tab", "semicolon", "gzip"],
)
def test_every_usual_dialect_reads_the_same(tmp_path, monkeypatch, data, piece):
    monkeypatch.setattr(delimited, "PIECE", piece)
    log = read(tmp_path, data)
    assert facts(log) == [("7", DAY, "i1", "DA", 1.5, 1.0)]
    assert log.customers["customer_name"].to_list() == ["Zoë"]


def test_a_gzip_file_that_breaks_off_is_refused(tmp_path):
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress((HEADER + ROW * 9).encode())[:-9])
    with pytest.raises(ValueError, match=r"log\.csv\.gz cannot be read: Compressed file ended"):
        sales_log.read(WIDE, tmp_path)


def test_a_file_is_read_as_far_as_its_pieces_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "PIECE", 2**14 - len(HEADER))
    (tmp_path / "log.csv").write_text(HEADER + ROW * 10_000, encoding="utf-8", newline="\n")
    with (tmp_path / "log.csv").open("rb") as raw, encodings.opened(raw, "log", None, 0) as stream:
        first = next(delimited.records_of("log.csv", stream, None, []))
        assert 0 < first.rows.height < 1_000
        assert stream.tell() < 2**15


def test_ragged_rows_are_rejected_and_swallow_nothing(tmp_path):
    log = read(
        tmp_path,
        HEADER
        + "a,Ann,2024-01-02,i1,1,1,,\nb,Ann,2024-01-02\n"
        + 'c,"Acme,2024-01-02,i3,1,1,,\nd,"Bob, Ltd",2024-01-02,i4,4,1,,\n'
        + 'e,"two\nlines",2024-01-02,i5,5,1,,\n'
        + 'f,"open,2024-01-02,i6,1,1,,\ng,Gus,2024-01-02,i7,7,1,,\n',
    )
    assert [row[0] for row in facts(log)] == ["a", "d", "e", "g"]
    assert reasons(log) == [
        (3, "3 fields where the header has 8"),
        (4, "a quote that is not closed"),
        (8, "a quote that is not closed"),
    ]


def test_quotes_that_a_backslash_escapes_are_part_of_their_values(tmp_path):
    rows = [
        r'"a","\"Ann\" Ltd","2024-01-02","i1","1","1",\N,\N',
        r'"b","Pipes 5\" & more","2024-01-02","i2","2","1","",""',
        r'"c","\"Cy\"","2024-01-02","i3","3","1","",""',
        r'"d","C:\\dir\\","2024-01-02","i4","4","1","",""',
    ]
    log = read(tmp_path, HEADER + "\n".join(rows) + "\n")
    assert log.rejected.is_empty()
    assert log.transactions["gross_profit"].sum() == 10
    names = log.customers.sort("customer_id")["customer_name"].to_list()
    assert names == ['"Ann" Ltd', 'Pipes 5" & more', '"Cy"', r"C:\\dir\\"]


def test_a_backslash_at_the_end_of_a_value_escapes_nothing(tmp_path):
    rows = '"a","C:\\","2024-01-02","i1",1,1,,\n"b","D:\\","2024-01-02","i2",2,1,,\n'
    log = read(tmp_path, HEADER + rows)
    assert log.customers.sort("customer_id")["customer_name"].to_list() == ["C:\\", "D:\\"]


def test_adding_rows_changes_no_other_row(tmp_path):
    rows = "a,Zoë,2024-01-02,i1,1,1,,\nb,Bob,2024-01-02,i2,2,1,3,1\n"
    before = read(tmp_path, HEADER + rows)
    dirt = "x,Zo\u00eb,2024-01-02,i3,1,1,,\n".encode("cp1252") + b'y,"open,2024-01-02,i4,1\n'
    after = read(tmp_path, (HEADER + rows).encode() + dirt)
    assert after.transactions.filter(pl.col("customer_id").is_in(["a", "b"])).equals(
        before.transactions
    )
    assert after.customers["customer_name"].to_list() == ["Zoë", "Bob", "Zoë"]


def test_exact_duplicates_are_counted_over_all_files_and_dropped_on_demand(tmp_path):
    (tmp_path / "earlier.csv").write_text(HEADER + ROW, encoding="utf-8")
    text = HEADER + ROW + ROW.replace("i1", "i2")
    kept = read(tmp_path, text)
    assert kept.reconciliation["duplicates"].to_list() == [0, 1]
    assert kept.transactions.height == 3
    dropped = read(tmp_path, text, WIDE.model_copy(update={"duplicates": "drop"}))
    assert dropped.transactions.height == 2
    assert reasons(dropped) == [(2, "exact duplicate of an earlier row")]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("Id,Name,Date,Inv,A,A_Qty,B\n", r"log\.csv: column 'B_Qty' \(key 'divisions\.DB\.B'"),
        ("Id,Name,Day,Inv,A,A_Qty,B,B_Qty\n", r"column 'Date' .*missing; did you mean 'Day'"),
        (
            "Id,Name,Day,Inv,A,A_Quant,Z,B_Qty\n",
            r"'Date' .*'Day'\?; column 'A_Qty' .*'A_Quant'\?; column 'B' .* is missing",
        ),
        ("Facture,Jour,Id,Name,A,A_Qty,B,B_Qty\n", r"'Date' .*; columns that .*: Facture, Jour$"),
        (HEADER.replace("\n", ",A_Qyt\n"), r"log\.csv: column 'A_Qyt' is nowhere.*mean 'A_Qty'"),
        (HEADER.replace("\n", ",A\n"), r"log\.csv: column 'A \(2\)' is nowhere"),
    ],
)
def test_a_wrong_header_is_refused_in_words(tmp_path, header, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, header)


def test_a_wrong_header_of_the_holdout_is_called_one_of_the_holdout(tmp_path):
    (tmp_path / "later.csv").write_text("Id,Name,Day,Inv,A,A_Qty,B,B_Qty\n")
    with pytest.raises(ValueError, match=r"^the holdout cannot be read: later\.csv: column 'Date'"):
        sales_log.read_holdout(WIDE, tmp_path)


def test_an_empty_file_is_named_as_empty(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"log\.csv is left out: the file is empty"):
        read(tmp_path, "")
    (tmp_path / "empty.csv").write_bytes(b"")
    log = read(tmp_path, HEADER + ROW)
    assert log.files.left_out == (entries.LeftOut("empty.csv", "the file is empty"),)


def test_only_sales_files_of_the_folder_itself_are_read(tmp_path):
    with pytest.raises(FileNotFoundError, match="sample-data"):
        sales_log.read(WIDE, tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        sales_log.read(WIDE, tmp_path / "nowhere")
    (tmp_path / "holdout").mkdir()
    (tmp_path / "holdout" / "later.csv").write_text("x\n1\n")
    (tmp_path / "notes.md").write_text("x")
    assert facts(read(tmp_path, HEADER + ROW)) == [("7", DAY, "i1", "DA", 1.5, 1.0)]


LINES = "Id,Date,What,Line,Qty,Price\n"


def test_order_lines_have_quantity_times_price_as_profit(tmp_path):
    log = read(
        tmp_path,
        LINES + "7,2024-01-02,Big bag,bags,2,1.25\n7,2024-01-02,Doll,toys,-1,3\n"
        "7,2024-01-02,Gift,,1,3\n",
        LONG,
    )
    assert facts(log) == [
        ("7", DAY, "7 2024-01-02", "Bags", 2.5, 2.0),
        ("7", DAY, "7 2024-01-02", "Toys", -3.0, -1.0),
    ]
    assert log.transactions["revenue"].to_list() == [2.5, -3.0]
    assert reasons(log) == [(4, "no division in 'Line'")]


def test_a_line_of_no_division_is_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r"'Line' holds 1 value in no .*: 'toy' \(1\).*did you mean 'toys'"
    ):
        read(tmp_path, LINES + "7,2024-01-02,Doll,toy,1,3\n", LONG)


def test_parquet_with_types_reads_as_the_same_text_would(tmp_path):
    frame = pl.DataFrame(
        {"Id": [13085.0, None], "Date": [DAY, DAY], "What": ["x", "y"], "Line": ["bags", "bags"]}
    ).with_columns(Qty=pl.lit(2), Price=pl.Series([1.25, float("nan")]))
    frame.write_parquet(tmp_path / "log.parquet")
    log = sales_log.read(LONG, tmp_path)
    assert facts(log) == [("13085", DAY, "13085.0 2024-01-02", "Bags", 2.5, 2.0)]
    assert reasons(log) == [(2, "no customer")]


def test_customers_file_is_joined_and_its_bad_rows_rejected(tmp_path):
    customers = {
        "file": "people.csv",
        "key": "Id",
        "name": "Who",
        "attributes": [{"column": "Size", "kind": "number"}, {"column": "Trade"}],
    }
    layout = Layout.model_validate(WIDE.model_dump(by_alias=True) | {"customers": customers})
    unknown = read(tmp_path, HEADER + ROW, layout).customers
    assert unknown.select("customer_id", "Size", "Trade").rows() == [("7", None, None)]
    (tmp_path / "people.csv").write_text(
        "Id,Who,Size,Trade\n7,Zed,10,steel\n8,New,x, \n7,Again,1,wood\n"
    )
    log = read(tmp_path, HEADER + ROW, layout)
    columns = ("customer_id", "customer_name", "first_order_date", "Size", "Trade")
    assert log.customers.select(columns).rows() == [
        ("7", "Zoë", DAY, 10.0, "steel"),
        ("8", "New", None, None, None),
    ]
    assert log.rejected.select("file", "line", "reason").rows() == [
        ("people.csv", 4, "second row of customer 7: the first one counts")
    ]


@pytest.mark.parametrize(
    ("column", "message"),
    [("rows_kept", "log.csv: 1 rows in, 2 out"), ("gross_profit_kept", r"1\.50 in, 2\.50 out")],
)
def test_an_account_that_does_not_close_is_refused(tmp_path, column, message):
    account = read(tmp_path, HEADER + ROW).reconciliation
    with pytest.raises(ValueError, match=message):
        sales_log.check(account.with_columns(pl.col(column) + 1))


CELL = st.one_of(
    st.sampled_from(["", "0", "12.5", "-3", "$1,234.50", "(7.25)", "x", "nan", '5" pipe', "1e400"]),
    st.text(alphabet='a1,;"\n\r é-.', max_size=6),
)
KEYS = st.tuples(
    st.sampled_from(["a", "b", " ", "7.0"]),
    st.sampled_from(["Ann", 'B "x"', "two\nlines"]),
    st.sampled_from(["2024-01-02", "02.01.2024", "soon", ""]),
    st.just("i"),
)
RECORDS = st.lists(st.tuples(KEYS, st.tuples(CELL, CELL, CELL, CELL)), max_size=8)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(RECORDS, st.sampled_from([",", ";", "\t"]))
def test_nothing_is_lost(tmp_path, rows, delimiter):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(HEADER.strip().split(","))
    writer.writerows([*keys, *cells] for keys, cells in rows)
    log = read(tmp_path, text.getvalue())
    account = log.reconciliation.row(0, named=True)
    assert account["rows_in"] == len(rows)
    good = [r for r in rows if r[0][0].strip() and r[0][2] in ("2024-01-02", "02.01.2024")]
    set_aside = account["rows_rejected"] + account["rows_left_out"]  # a sum is left out
    assert set_aside >= len(rows) - len(good)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet='ab,"\n;\x00', max_size=60))
def test_any_bytes_below_the_header_add_up(tmp_path, dirt):
    whole = "z,Zed,2024-01-02,i9,9,1,,\n"
    log = read(tmp_path, HEADER + whole + dirt + "\n" + whole)
    assert facts(log)[0] == ("z", DAY, "i9", "DA", 9.0, 1.0)


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(1, 90), RECORDS, st.text(alphabet='ab,"\n;\x00', max_size=40))
def test_a_file_in_pieces_reads_as_the_same_file_in_one(tmp_path, size, rows, dirt):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER.strip().split(","))
    writer.writerows([*keys, *cells] for keys, cells in rows)
    text = text.getvalue().replace("\r", " ") + dirt  # record by record, a bare one is a blank
    in_one = read(tmp_path, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "PIECE", size)
        in_pieces = read(tmp_path, text)
    for name in ("transactions", "customers", "rejected"):
        assert_frame_equal(getattr(in_pieces, name), getattr(in_one, name))
    assert_frame_equal(in_pieces.reconciliation, in_one.reconciliation)  # sums to rounding


def test_a_copy_in_another_piece_is_a_copy(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "PIECE", 10)
    log = read(tmp_path, HEADER + ROW + ROW.replace("i1", "i2") + ROW)
    assert log.reconciliation.select("rows_in", "duplicates").row(0) == (3, 1)
    assert log.reconciliation.height == 1


def test_copies_are_the_same_line_whatever_its_end_and_however_it_was_read(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "PIECE", 10)
    dirty = ROW.replace("1.5", "$2")
    (tmp_path / "a.csv").write_bytes((HEADER + ROW + dirty).replace("\n", "\r\n").encode())
    (tmp_path / "b.csv").write_text(HEADER + ROW.replace("1.5", "1.50") + dirty + ROW)
    log = read(tmp_path, HEADER + "a\n" + ROW + dirty)  # record by record
    assert log.reconciliation.select("file", "rows_in", "duplicates").rows() == [
        ("a.csv", 2, 0),
        ("b.csv", 3, 2),
        ("log.csv", 3, 2),
    ]


PLAIN = st.one_of(
    st.from_regex(r"\A *[+-]?[0-9]{0,25}\.?[0-9]{0,25}([eE][+-]?[0-9]{1,3})? *\Z"),
    st.floats().map(str),
    st.sampled_from(["1e5", " 12", "+5", "inf", "1_000", "0x1", "12 ", "1.", ".5", "-0", "1e400"]),
    st.sampled_from(["nan", "\t", "Infinity", "--5", "+", ".", "e5", "00012", "true", "null"]),
    st.sampled_from(["1f", "\u00a05", "\u0665", "\u22125", "(5)", "5-", "1,5", '"', "5\n"]),
    st.text(alphabet="0123456789.eE+-_ xinfNa\t,\r", max_size=8),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=3), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_a_number_read_at_once_is_the_number_that_its_text_says(cells, quoting):
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator="\n")
    writer.writerows([("a", "b"), *((cell, "x") for cell in cells)])
    at_once = records.fast(text.getvalue().encode(), ",", ["a"])
    as_text = records.fast(text.getvalue().encode(), ",")
    assert (at_once is None) == (as_text is None)
    if at_once is None or as_text is None:
        return
    found = [numbers.number(rows["a"]) for rows in (at_once[0], as_text[0])]
    bits = [column.reinterpret(signed=True).to_list() for column in found]
    assert bits[0] == bits[1]
    bad = [
        numbers.unreadable(rows["a"], column).to_list()
        for rows, column in zip((at_once[0], as_text[0]), found, strict=True)
    ]
    assert bad[0] == bad[1]
    assert at_once[1].equals(as_text[1])


@pytest.mark.slow
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.integers(1, 90),
    RECORDS,
    st.lists(st.tuples(PLAIN, PLAIN), max_size=4),
    st.sampled_from(["", "\n\n", " ,,,,,,,\n", ',"",,,"",,,\n', ",,,,, ,,\n", "\n" + ROW * 2]),
)
def test_numbers_read_at_once_change_nothing(tmp_path, size, rows, more, dirt):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER.strip().split(","))
    writer.writerows([*keys, *cells] for keys, cells in rows)
    writer.writerows(["a", "Ann", "2024-01-02", "i", *pair, "", ""] for pair in more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "PIECE", size)
        (tmp_path / "log.csv").write_text(text.getvalue() + dirt, encoding="utf-8", newline="")
        at_once = sales_log.read(WIDE, tmp_path)  # no account of 25 digits closes to the cent
        patch.setattr(sales_log, "plain_columns", lambda layout, sample, delimiter: [])
        as_text = sales_log.read(WIDE, tmp_path)
    for name in ("transactions", "customers", "rejected", "reconciliation"):
        assert_frame_equal(getattr(at_once, name), getattr(as_text, name), check_exact=True)


def test_a_rejected_row_says_what_the_file_says(tmp_path):
    log = read(tmp_path, HEADER + ' ,"Ann, B",2024-01-02,i,10.50,+1,"", \n' + ROW)
    assert log.rejected.select("reason", "gross_profit").row(0) == ("no customer", 10.5)
    said = [" ", "Ann, B", "2024-01-02", "i", "10.50", "+1", None, " "]
    assert list(json.loads(log.rejected["row"][0]).values()) == said
    huge = read(tmp_path, HEADER + ROW.replace("1.5", "1e999"))
    assert reasons(huge) == [(2, "unreadable number 'A': 1e999")]


def test_a_rejected_row_under_another_header_says_what_the_file_says(tmp_path):
    layout = LONG.model_copy(update={"aliases": {"Unit": "Price"}})
    log = read(tmp_path, "Id,Date,What,Line,Qty,Unit\n1,never,x,bags,2,1.50\n", layout)
    assert reasons(log) == [(2, "unreadable date 'Date': never")]
    assert json.loads(log.rejected["row"][0]) == {
        "Id": "1", "Date": "never", "What": "x", "Line": "bags", "Qty": "2", "Price": "1.50"
    }  # fmt: skip


def test_a_key_is_never_read_as_a_number():
    some = pl.DataFrame(
        {"A": ["1.5"], "B": ["2"], "A_Qty": ["1"], "B_Qty": [None], "Price": ["3.5"]}
    )
    assert values.plain_columns(WIDE, some, ",") == ["A", "B", "A_Qty", "B_Qty"]
    assert values.plain_columns(WIDE, some.with_columns(A=pl.lit("1,5")), ";") == []
    assert values.plain_columns(WIDE, some.with_columns(A=pl.lit("1.500")), ",") == [
        *("B", "A_Qty", "B_Qty")
    ]
    point = WIDE.model_copy(update={"decimal": "."})
    assert values.plain_columns(point, some, ";") == ["A", "B", "A_Qty", "B_Qty"]
    columns = LONG.columns.model_copy(update={"invoice": ["Id", "Qty"]})
    layout = LONG.model_copy(update={"columns": columns})
    assert values.plain_columns(layout, some, ",") == ["Price"]


SHARED = project_root().parent / "shared" / "data"


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not on this machine")
@pytest.mark.parametrize(
    ("name", "rows", "kept", "profit", "duplicates"),
    [
        ("adventureworks", 2902, 2902, 483771.13, 0),
        ("online_retail_ii", 315041, 274992, 5731581.21, 4312),
    ],
)
def test_public_data_adds_up(name, rows, kept, profit, duplicates):
    layout = load(f"layouts/{name}.yaml")
    log = sales_log.read(layout, project_root() / layout.data)
    sales_log.check(log.reconciliation)
    account = log.reconciliation.row(0, named=True)
    assert (account["rows_in"], account["rows_kept"]) == (rows, kept)
    assert round(account["gross_profit_in"], 2) == profit
    assert account["duplicates"] == duplicates


def test_the_quick_and_the_careful_reader_agree():
    text = 'a,b\n1,"x, y"\n2,"say ""hi"""\n3,\n"",""\n4,""\n'
    fast = records.fast(text.encode(), ",")
    slow = records.careful(text, ",", "f")
    assert fast is not None
    for one, other in zip(fast, slow, strict=True):
        assert one.equals(other)


def test_two_unreadable_numbers_far_apart_are_two_rejects(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "PIECE", 200)
    bad = ROW.replace("1.5", "#REF!")
    log = read(tmp_path, HEADER + ROW * 20 + bad + "," * 7 + "\n" + ROW * 20 + bad + ROW)
    assert [reason for _, reason in reasons(log)] == ["unreadable number 'A': #REF!"] * 2


@pytest.mark.parametrize("piece", [40, 2**20])
@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_no_number_is_taken_1000_times_too_high(tmp_path, monkeypatch, sign, piece):
    monkeypatch.setattr(delimited, "PIECE", piece)
    for decimal in (".", ","):
        rows = [f"7,Zoë,2024-01-02,i{i},{gp},1,," for i, gp in enumerate(("0#566", "2#500", "12"))]
        text = (HEADER + "\n".join(rows) + "\n").replace(",", sign).replace("#", decimal)
        log = read(tmp_path, text)
        assert log.transactions["gross_profit"].to_list() == [0.566, 2.5, 12.0]


def test_a_column_follows_the_decimal_sign_of_its_file(tmp_path):
    rows = ["7,Z,2024-01-02,i1,0.125,1.000,,", "7,Z,2024-01-02,i2,12.30,2.500,,"]
    log = read(tmp_path, (HEADER + "\n".join(rows) + "\n").replace(",", ";"))
    assert log.transactions["quantity"].to_list() == [1.0, 2.5]


def test_a_column_of_both_signs_and_a_value_of_two_readings_is_refused(tmp_path):
    rows = "".join(ROW.replace("1.5", f'"{value}"') for value in ("1.50", "2,50", "1.234"))
    with pytest.raises(
        ValueError, match=r"'A' holds '1\.50' and '2,50', and nothing shows .*'1\.234'"
    ):
        read(tmp_path, HEADER + rows)
    settled = read(tmp_path, HEADER + rows, WIDE.model_copy(update={"decimal": ","}))
    assert settled.transactions["gross_profit"].to_list() == [1.5, 2.5, 1234.0]


def test_a_key_is_the_same_in_the_log_and_in_the_customers_file(tmp_path):
    customers = {"file": "people.csv", "key": "Id", "attributes": [{"column": "Trade"}]}
    layout = Layout.model_validate(WIDE.model_dump(by_alias=True) | {"customers": customers})
    (tmp_path / "people.csv").write_text("Id,Trade\n7.0,steel\nN/A,none\n", encoding="utf-8")
    rows = [ROW, ROW.replace("7,", "\ufeff7,"), ROW.replace("7,", "7\u200b,")]
    log = read(tmp_path, HEADER + "".join(rows) + ROW.replace("7,", "NULL,"), layout)
    assert log.customers.select("customer_id", "Trade").rows() == [("7", "steel")]
    assert log.rejected.select("file", "reason").rows() == [
        ("log.csv", "no customer"),
        ("people.csv", "no customer"),
    ]


def test_a_key_of_several_columns_needs_them_all_and_is_one_key_for_accounts(tmp_path):
    rows = ["A,7,2024-01-02,bags,x,1,5", "B,7.0,2024-01-03,bags,x,1,6", ",7,2024-01-04,bags,x,1,7"]
    (tmp_path / "s.csv").write_text("\n".join(["Firm,Id,Date,What,Line,Qty,Price", *rows]))
    (tmp_path / "accounts.csv").write_text("id,account\nB 7,C 8\n")
    columns = LONG.columns.model_copy(update={"customer_id": ["Firm", "Id"], "division": "What"})
    accounts = {"file": "accounts.csv", "by": "id", "gives": "account"}
    plan = LONG.model_dump(by_alias=True, exclude_unset=True) | {"files": "s.csv"}
    plan |= {"columns": columns.model_dump(exclude_none=True), "accounts": accounts}
    log = sales_log.read(Layout.model_validate(plan | {"ignore": ["Line"]}), tmp_path)
    assert sorted(log.transactions["customer_id"]) == ["A 7", "C 8"]
    assert log.rejected["reason"].to_list() == ["no customer"]
