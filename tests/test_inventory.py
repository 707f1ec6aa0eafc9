"""Every file of a folder is read, or left out with a reason; whatever it is, it says the same."""

import bz2
import csv
import gzip
import json
import lzma
import sqlite3
import zipfile
from datetime import date, datetime
from io import StringIO
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter

from gosales_lib import layout_init, sales_log
from gosales_lib.layout import Layout
from gosales_lib.sales_log import alarms, beside, inventory

HEADER = ["Customer No", "Invoice No", "Invoice Date", "Item", "Category", "Quantity", "Amount"]
ROWS = [
    ["00001", 7000, "2023-01-02", "Ink item", "Ink", 1, 11.5],
    ["00002", 7001, "2023-01-21", "Paper item", "Paper", 2, 24.25],
    ["00001", 7002, "2023-02-13", "Ink item", "Ink", 3, 1234.125],
    ["00003", 7003, "2023-03-14", "Ink tank", "Ink", 1, 10],
]
SUM = 1279.875
LAYOUT = Layout.model_validate(
    {
        "name": "lines",
        "shape": "long",
        "columns": {
            "customer_id": "Customer No",
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


def text(sign: str = ",") -> bytes:
    return "".join(sign.join(map(str, row)) + "\n" for row in [HEADER, *ROWS]).encode()


def workbook(path: Path, above: int = 0, sheet: str = "Sales", more: tuple[str, ...] = ()) -> None:
    book = xlsxwriter.Workbook(path)
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for name in more:
        book.add_worksheet(name).write_row(0, 0, ["Note", "Text"])
    page = book.add_worksheet(sheet)
    for line in range(above):
        page.write(line, 0, "ACME Ltd")
    page.write_row(above, 0, HEADER)
    for line, row in enumerate(ROWS, above + 1):
        page.write_row(line, 0, row)
        page.write_datetime(line, 2, datetime.fromisoformat(str(row[2])), day)
        page.write_formula(line, 6, f"=F{line + 1}*1", None, row[6])
    book.close()


def sqlite(path: Path) -> None:
    live = sqlite3.connect(path)
    live.execute(f"CREATE TABLE sales ({', '.join(f'{name!r} TEXT' for name in HEADER)})")
    live.executemany(f"INSERT INTO sales VALUES ({','.join('?' * 7)})", ROWS)
    live.execute("CREATE TABLE notes (a, b)")
    live.execute("INSERT INTO notes VALUES (1, 2)")
    live.commit()
    live.close()


def write(folder: Path, kind: str) -> None:
    records = [dict(zip(HEADER, row, strict=True)) for row in ROWS]
    packed = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
    packed["zst"] = lambda data: pa.Codec("zstd").compress(data, asbytes=True)
    if kind in packed:
        (folder / f"log.csv.{kind}").write_bytes(packed[kind](text()))
    elif kind == "zip":
        with zipfile.ZipFile(folder / "log.zip", "w") as archive:
            archive.writestr("deep/log.csv", text(";"))
            archive.writestr("__MACOSX/log.csv", b"x")
    elif kind == "jsonl":
        lines = "".join(json.dumps(record) + "\n" for record in records)
        (folder / "log.jsonl").write_text(lines)
    elif kind == "json":
        (folder / "log.json").write_text(json.dumps({"page": {"rows": records}, "count": 4}))
    elif kind == "xlsx":
        workbook(folder / "log.xlsx")
    elif kind == "xlsx with titles and other sheets":
        workbook(folder / "log.xlsx", above=3, more=("Read me", "Notes"))
    elif kind == "sqlite":
        sqlite(folder / "shop.db")
    elif kind == "folders":
        (folder / "2023" / "q1").mkdir(parents=True)
        (folder / "2023" / "q1" / "log.csv").write_bytes(text())
    elif kind == "parquet":
        frame = pl.DataFrame(records).cast({"Item": pl.Categorical, "Category": pl.Binary})
        (folder / "year=2023").mkdir()
        frame.write_parquet(folder / "year=2023" / "part-0.parquet")
    else:
        (folder / f"log.{kind}").write_bytes(text())


KINDS = [
    "csv",
    "dat",
    "gz",
    "bz2",
    "xz",
    "zst",
    "zip",
    "jsonl",
    "json",
    "xlsx",
    "sqlite",
    "folders",
]
KINDS += ["parquet", "xlsx with titles and other sheets"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_log_says_the_same_whatever_file_it_lies_in(tmp_path, kind):
    write(tmp_path, kind)
    found = layout_init.propose(tmp_path).layout
    for layout in (LAYOUT, found):
        log = sales_log.read(layout, tmp_path)
        sales_log.check(log.reconciliation)
        facts = log.transactions
        assert facts["customer_id"].to_list() == ["00001", "00002", "00001", "00003"]
        assert facts["order_date"].to_list() == [date.fromisoformat(str(row[2])) for row in ROWS]
        assert facts["invoice"].to_list() == ["7000", "7001", "7002", "7003"]
        assert facts["revenue"].sum() == SUM
        assert facts["quantity"].sum() == 7
        assert log.rejected.is_empty()


def test_every_other_file_is_named_with_its_reason(tmp_path):
    for name in ("log.csv", "later/log.csv", "holdout/log.csv", "notes.md", "page.pdf", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text())
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "scan.csv").write_bytes(b"%PDF-1.4 ...")
    (tmp_path / "~$log.xlsx").write_bytes(b"x")
    (tmp_path / "Thumbs.db").write_bytes(b"pictures of a folder")
    log = sales_log.read(LAYOUT, tmp_path, apart=tmp_path / "later")
    assert [entry.name for entry in log.files.entries] == ["log.csv"]
    assert {one.file: one.reason for one in log.files.left_out} == {
        "empty.csv": "the file is empty",
        "holdout/log.csv": "later sales, which are never read with the log",
        "later/log.csv": "later sales, which are never read with the log",
        "notes.md": "no sales file by its name (.md)",
        "page.pdf": "no sales file by its name (.pdf)",
        "scan.csv": "it is a document or a picture, not a table",
        "sub/other.csv": "no column 'Customer No'",
        "~$log.xlsx": "a lock file that a spreadsheet left behind",
    }


@pytest.mark.parametrize("pattern", ["*", "*.csv", "holdout/*", "log.csv", "*/log.csv", "later/*"])
def test_no_pattern_reads_later_sales_as_the_log(tmp_path, pattern):
    for name in ("january.csv", "sub/log.csv", "holdout/log.csv", "later/2025/log.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(text())
    found = inventory.take(tmp_path, pattern, apart=tmp_path / "later")
    read = {entry.name for entry in found.entries}
    assert read <= {"january.csv", "sub/log.csv"}
    reasons = {one.file: one.reason for one in found.left_out}
    later = "later sales, which are never read with the log"
    assert reasons["holdout/log.csv"] == reasons["later/2025/log.csv"] == later


def test_later_sales_are_not_read_through_a_link_or_where_they_are_one_file(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "2025.csv").write_bytes(text())
    data = tmp_path / "data"
    data.mkdir()
    (data / "log.csv").write_bytes(text())
    (data / "linked.csv").symlink_to(tmp_path / "elsewhere" / "2025.csv")
    for apart in (tmp_path / "elsewhere", tmp_path / "elsewhere" / "2025.csv"):
        assert [e.name for e in inventory.take(data, apart=apart).entries] == ["log.csv"]


def test_sheets_that_hold_the_layouts_columns_are_all_read_unless_one_is_named(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "log.xlsx")
    for sheet, rows in (("Jan", ROWS[:2]), ("Feb", ROWS[2:])):
        page = book.add_worksheet(sheet)
        for line, row in enumerate([HEADER, *rows]):
            page.write_row(line, 0, row)
    book.add_worksheet("Notes").write_column(0, 0, ["Note", "text"])
    book.close()
    log = sales_log.read(LAYOUT, tmp_path)
    assert log.reconciliation["file"].to_list() == ["log.xlsx [Jan]", "log.xlsx [Feb]"]
    assert log.transactions["revenue"].sum() == SUM
    assert [one.file for one in log.files.left_out] == ["log.xlsx [Notes]"]
    one = sales_log.read(LAYOUT.model_copy(update={"sheet": "Feb"}), tmp_path)
    assert one.transactions.height == 2


def test_a_pattern_and_a_single_file_name_the_log(tmp_path):
    for name in ("a_2023.csv", "a_2024.csv", "b.csv"):
        (tmp_path / name).write_bytes(text())
    assert [e.name for e in inventory.take(tmp_path / "a_*.csv").entries] == [
        "a_2023.csv",
        "a_2024.csv",
    ]
    assert sales_log.read(LAYOUT, tmp_path / "b.csv").transactions["revenue"].sum() == SUM
    found = layout_init.propose(tmp_path / "b.csv").layout
    assert found.files == "b.csv"


def test_a_file_that_is_locked_or_broken_is_refused(tmp_path):
    (tmp_path / "log.csv").write_bytes(text())
    (tmp_path / "more.csv.gz").write_bytes(gzip.compress(text())[:20])
    with pytest.raises(ValueError, match=r"more\.csv\.gz cannot be read"):
        sales_log.read(LAYOUT, tmp_path)


def test_folders_of_a_hive_are_columns_where_the_layout_names_them(tmp_path):
    for region in ("north", "south"):
        (tmp_path / f"region={region}").mkdir()
        (tmp_path / f"region={region}" / "part.csv").write_bytes(text())
    columns = LAYOUT.columns.model_copy(update={"branch": "region"})
    log = sales_log.read(LAYOUT.model_copy(update={"columns": columns}), tmp_path)
    assert set(log.transactions["branch"]) == {"north", "south"}


def test_half_a_character_in_json_is_read_as_a_question_mark(tmp_path):
    record = dict(zip(HEADER, ROWS[0], strict=True)) | {"Customer No": "A\ud800B"}
    (tmp_path / "log.jsonl").write_text(json.dumps(record) + "\n")
    assert sales_log.read(LAYOUT, tmp_path).transactions["customer_id"].to_list() == ["A?B"]


def test_bytes_that_are_no_text_are_refused_with_their_column(tmp_path):
    pl.DataFrame({"Customer No": [b"\xff\xfe"]}).write_parquet(tmp_path / "log.parquet")
    with pytest.raises(ValueError, match=r"log\.parquet: column 'Customer No' holds bytes"):
        sales_log.read(LAYOUT, tmp_path)


def test_hidden_folders_and_programs_are_passed_over(tmp_path):
    (tmp_path / "log.csv").write_bytes(text())
    for folder in (".git", "env/lib", "node_modules/x", "sub/__pycache__"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "data.csv").write_bytes(b"a,b\n1,2\n")
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr/bin")
    found = inventory.take(tmp_path)
    assert [entry.name for entry in found.entries] == ["log.csv"] and not found.left_out


@pytest.mark.parametrize("nothing", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty_files_beside_sales_do_no_harm(tmp_path, nothing):
    (tmp_path / "2023.csv").write_bytes(text())
    (tmp_path / "2024.csv").write_bytes(text().split(b"\n")[0] + b"\n")
    (tmp_path / "2025.csv").write_bytes(nothing)
    found = layout_init.propose(tmp_path)
    assert "2025.csv (the file is empty)" in found.notes["files"]
    assert "2024.csv (it holds a header and no rows)" in found.notes["files"]
    log = sales_log.read(found.layout, tmp_path)
    assert log.transactions["revenue"].sum() == SUM
    assert [(item.file, item.reason) for item in log.files.left_out] == [
        ("2025.csv", "the file is empty")
    ]


def test_an_empty_file_of_an_archive_is_left_out_alone(tmp_path):
    with zipfile.ZipFile(tmp_path / "log.zip", "w") as archive:
        archive.writestr("log.csv", text())
        archive.writestr("none.csv", b"\xef\xbb\xbf")
    found = inventory.take(tmp_path)
    assert [entry.name for entry in found.entries] == ["log.zip/log.csv"]
    assert [item.file for item in found.left_out] == ["log.zip/none.csv"]


@pytest.mark.parametrize("name", ["2024.mdb", "2024.numbers", "more.zip"])
def test_a_table_of_another_program_may_hold_sales(tmp_path, name):
    (tmp_path / "2023.csv").write_bytes(text())
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("2024.mdb", b"x")
    else:
        (tmp_path / name).write_bytes(b"x")
    log = sales_log.read(LAYOUT, tmp_path)
    assert [a.example for a in alarms.of(log, LAYOUT) if a.name == "files-left-out"] == [
        f"{item.file}: {item.reason}" for item in log.files.left_out
    ]
    assert "may hold sales" in log.files.left_out[0].reason


def test_a_delimiter_at_the_end_of_some_rows_is_no_field(tmp_path):
    lines = text().decode().splitlines()
    (tmp_path / "log.csv").write_text("\n".join([*lines[:3], *(f"{x}," for x in lines[3:]), ""]))
    log = sales_log.read(LAYOUT, tmp_path)
    assert log.rejected.is_empty() and log.transactions["revenue"].sum() == SUM


def test_values_in_single_quotes(tmp_path):
    rows = [[f"'{value}'" for value in row] for row in [HEADER, *ROWS]]
    (tmp_path / "log.csv").write_text("".join(";".join(row) + "\n" for row in rows))
    for layout in (LAYOUT, layout_init.propose(tmp_path).layout):
        log = sales_log.read(layout, tmp_path)
        assert log.transactions["revenue"].sum() == SUM
        assert log.transactions["customer_id"].to_list() == ["00001", "00002", "00001", "00003"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_columns_may_stand_at_fixed_widths(tmp_path, encoding):
    rows = [HEADER, *([*row[:3], f"Tinte für {i}", *row[4:]] for i, row in enumerate(ROWS))]
    widths = [14, 12, 14, 15, 12, 10, 9]
    lines = ["".join(f"{v!s:<{w}}" for v, w in zip(row, widths, strict=True)) for row in rows]
    lines = ["Sales of 2023", "", lines[0], *(line.rstrip() for line in lines[1:]), ""]
    (tmp_path / "log.prn").write_bytes("\r\n".join(lines).encode(encoding))
    for layout in (LAYOUT, layout_init.propose(tmp_path).layout):
        log = sales_log.read(layout, tmp_path)
        assert log.transactions["revenue"].sum() == SUM and log.rejected.is_empty()
        assert log.transactions["product"].to_list() == [f"Tinte für {i}" for i in range(4)]


@pytest.mark.parametrize("sign", "-=")
def test_lines_below_the_header_tell_where_columns_end(tmp_path, sign):
    rows = [
        [*map(str, row[:3]), f"Ink, red, {i}", *map(str, row[4:])] for i, row in enumerate(ROWS)
    ]
    widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
    rows[1:1] = [HEADER, [sign * width for width in widths]]  # a page's head
    table = [HEADER, [sign * width for width in widths], *rows]
    lines = [" ".join(map(str.ljust, row, widths)) for row in table]
    (tmp_path / "results.rpt").write_text("\n".join([*lines, "", "(4 rows affected)", ""]))
    for layout in (LAYOUT, layout_init.propose(tmp_path).layout):
        log = sales_log.read(layout, tmp_path)
        assert log.transactions["revenue"].sum() == SUM and log.rejected.is_empty()
        assert log.transactions["product"].to_list() == [f"Ink, red, {i}" for i in range(4)]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_lines_that_are_one_quoted_value_each_are_read_as_what_they_hold(tmp_path, delimiter):
    rows = [[*row[:3], f'Ink "{i}", red; or\tblack', *row[4:]] for i, row in enumerate(ROWS)]
    lines = StringIO()
    csv.writer(lines, delimiter=delimiter).writerows([HEADER, *rows])
    with (tmp_path / "log.csv").open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            [[x] for x in lines.getvalue().split("\r\n")[:-1]]
        )
    for layout in (LAYOUT, layout_init.propose(tmp_path).layout):
        log = sales_log.read(layout, tmp_path)
        assert log.transactions["revenue"].sum() == SUM and log.rejected.is_empty()
        assert log.transactions["product"].to_list() == [row[3] for row in rows]


def test_blanks_that_part_no_columns_are_left_alone(tmp_path):
    lines = ["Remark", "one  two  three", "a  bcdefgh  ijk", "abcd  ef  ghijklmno", "  x y  z w  v"]
    (tmp_path / "log.txt").write_text("\n".join(lines))
    read = beside.read("log.txt", tmp_path, ["Remark"])
    assert read["Remark"].to_list() == lines[1:]


@pytest.mark.parametrize(
    ("note", "is_prose"),
    [
        ("Sales exports, made by finance on the 5th of each month.\n", True),
        ("Exports of 2024.\n\nAsk Ann, or Bob, in finance.\nNo returns here\n", True),
        ("Customer No;Amount\n1;2\n", False),
    ],
)
def test_a_note_in_sentences_beside_a_log_is_left_out(tmp_path, note, is_prose):
    (tmp_path / "log.csv").write_bytes(text())
    (tmp_path / "readme.txt").write_text(note, encoding="utf-8")
    left = inventory.take(tmp_path).left_out
    assert [one.file for one in left] == ["readme.txt"] * is_prose
    if is_prose:
        assert sales_log.read(LAYOUT, tmp_path).transactions["revenue"].sum() == SUM
