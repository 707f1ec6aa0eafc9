"""Files that would fill the memory are refused by name, long before they do."""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter

from gosales_lib import layout, sales_log
from gosales_lib.sales_log import delimited, entries, memory_limits

LAYOUT = layout.parse("""
name: toy
shape: long
columns: {customer_id: Id, order_date: Date, invoice: Inv, product: P, quantity: Q, revenue: R}
gross_profit: revenue
divisions: [A]
""")
HEADER, ROW = b"Id,Date,Inv,P,Q,R\n", b"1,2024-01-02,7,A,1,10.00\n"


@pytest.fixture
def small(monkeypatch):
    """Bound files to 100 kB and lines to 10 kB: the same rules, without the work."""
    monkeypatch.setattr(memory_limits, "ROOM", 100_000)
    monkeypatch.setattr(memory_limits, "LONGEST", 10_000)


def zipped(data: bytes, member: str = "log.csv") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, data)
    return held.getvalue()


PACK = {
    "log.csv.gz": gzip.compress,
    "log.csv.bz2": bz2.compress,
    "log.csv.xz": lzma.compress,
    "log.csv.zst": lambda data: pa.Codec("zstd").compress(data, asbytes=True),
    "log.zip": zipped,
    "book.xlsx": lambda data: zipped(data, "xl/worksheets/sheet1.xml"),
    "nested.zip": lambda data: zipped(gzip.compress(data), "log.csv.gz"),
}


@pytest.mark.parametrize("name", PACK)
def test_a_file_that_expands_without_end_is_refused_by_name(tmp_path: Path, small, name):
    (tmp_path / name).write_bytes(PACK[name](HEADER + b"\n" * 3_000_000))
    with pytest.raises(memory_limits.TooLargeError, match=rf"^{name}.* expands to more than"):
        sales_log.read(LAYOUT, tmp_path)


@pytest.mark.parametrize("name", [name for name in PACK if name != "book.xlsx"])
def test_a_file_that_expands_as_logs_do_is_read(tmp_path: Path, small, name):
    rows = b"".join(b"%d,2024-01-02,%d,A,1,10.00\n" % (i % 997, i) for i in range(6_000))
    (tmp_path / name).write_bytes(PACK[name](HEADER + rows))
    assert len(HEADER + rows) > memory_limits.ROOM
    assert sales_log.read(LAYOUT, tmp_path).transactions["revenue"].sum() == 60_000


@pytest.mark.parametrize("before", [HEADER, HEADER + ROW, HEADER + 100 * ROW, b""])
def test_an_endless_line_is_refused_wherever_it_stands(tmp_path: Path, small, before):
    (tmp_path / "log.csv").write_bytes(before + b"x" * 10_001 + b"\n" + ROW)
    with pytest.raises(memory_limits.TooLargeError, match=r"^log\.csv has a line of more than"):
        sales_log.read(LAYOUT, tmp_path)


def workbook(folder: Path, row: int, column: int) -> Path:
    """Write a workbook of one sale, and of one stray cell."""
    book = xlsxwriter.Workbook(folder / "log.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER.decode().strip().split(","))
    sheet.write_row(1, 0, ROW.decode().strip().split(","))
    sheet.write(row, column, "x")
    book.close()
    return folder / "log.xlsx"


@pytest.mark.parametrize(("row", "column"), [(1_048_575, 16_383), (40_000, 1_000)])
def test_a_stray_cell_far_from_the_table_is_refused_before_the_sheet_is_read(tmp_path, row, column):
    file = workbook(tmp_path, row, column)
    span = rf"spans {row + 1:,} rows and {column + 1:,} columns"
    with pytest.raises(memory_limits.TooLargeError, match=rf"^log\.xlsx has a sheet that {span}"):
        sales_log.read(LAYOUT, tmp_path)
    with pytest.raises(memory_limits.TooLargeError):
        memory_limits.refuse_far_cells("log.xlsx", file.read_bytes())


@pytest.mark.parametrize(("row", "column"), [(1_048_575, 25), (2, 16_383), (1, 5)])
def test_a_long_sheet_or_a_wide_one_is_within_bounds(tmp_path, row, column):
    memory_limits.refuse_far_cells("log.xlsx", workbook(tmp_path, row, column).read_bytes())


def test_a_parquet_file_of_one_value_repeated_is_refused_by_name(tmp_path: Path, small):
    one = pl.read_csv(HEADER + ROW)
    pl.concat([one] * 1000).write_parquet(tmp_path / "log.parquet")
    read = sales_log.read(LAYOUT, tmp_path).transactions
    assert read.height == 1000, "as many rows as a log may have for its size"
    pl.concat([one.select(pl.all().repeat_by(300_000).explode())]).write_parquet(
        tmp_path / "log.parquet"
    )
    with pytest.raises(memory_limits.TooLargeError, match=r"^log\.parquet expands to more than"):
        sales_log.read(LAYOUT, tmp_path)


def test_an_endless_line_is_never_read_whole(small):
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            self.given += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    stream = Endless()
    with pytest.raises(memory_limits.TooLargeError, match="log has a line"):
        next(delimited.records_of("log", io.BufferedReader(stream), None, []))
    assert stream.given < 100_000


def test_a_line_of_the_longest_length_passes_and_an_old_macintosh_file_are_read(
    tmp_path: Path, small
):
    wide = ROW.replace(b",A,", b"," + b"A" * (10_000 - len(ROW)) + b"A,")
    memory_limits.refuse_long_lines("log", HEADER + wide + wide)
    with pytest.raises(memory_limits.TooLargeError):
        memory_limits.refuse_long_lines("log", HEADER + wide + b"xx" + wide)
    (tmp_path / "log.csv").write_bytes((HEADER + 1_000 * ROW).replace(b"\n", b"\r"))
    assert sales_log.read(LAYOUT, tmp_path).transactions.height == 1_000


def test_long_json_is_refused_by_name_before_it_is_parsed(tmp_path: Path, monkeypatch):
    row = '{"Id": 1, "Date": "2024-01-02", "Inv": 7, "P": "A", "Q": 1, "R": 10.0}'
    (tmp_path / "log.json").write_text("[" + ", ".join([row] * 30) + "]")
    assert sales_log.read(LAYOUT, tmp_path).transactions.height == 30
    monkeypatch.setattr(memory_limits, "DOCUMENT", 2_000)
    with pytest.raises(
        ValueError, match=r"log\.json: JSON of .* MiB is held whole .*CSV or Parquet"
    ):
        sales_log.read(LAYOUT, tmp_path)


def test_the_bounds_are_those_of_the_documentation():
    assert (memory_limits.ROOM, memory_limits.RATIO, memory_limits.LONGEST) == (
        64 * 2**20,
        200,
        4 * 2**20,
    )
    assert memory_limits.DOCUMENT == 256 * 2**20
    assert entries.PACKED == (".gz", ".bz2", ".xz", ".zst")
