"""Files of a folder as frames of text: every record counted, ragged ones told apart."""

from __future__ import annotations

import codecs
import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from gosales_lib.columns import REJECTED_ROWS
from gosales_lib.layout import Layout
from gosales_lib.sales_log import headers, quick
from gosales_lib.sales_log.records import LINE, careful, unquoted

SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet")
PIECE = 12 * 2**20  # bytes that are read at a time: text in columns takes some six times its room
Numeric = Callable[[str], list[str]]  # by a file's delimiter, the columns that may be numbers


@dataclass(frozen=True)
class Text:
    """The records of one file as columns and `__line__`, and the rows that are no record.

    The columns are text, but for numbers that are plainly written, and all columns of a table.
    """

    file: str
    rows: pl.DataFrame
    ragged: pl.DataFrame  # REJECTED_ROWS
    delimiter: str
    header: bytes = b""
    lines: pl.Series | None = None  # every record as it stands in the file; a table has none

    def written(self, which: pl.Series) -> pl.DataFrame:
        """Return some records as the file has them: `1.50`, where the number is 1.5."""
        rows = self.rows.filter(which)
        if self.lines is None or rows.is_empty() or pl.Float64 not in rows.dtypes:
            return rows
        text = self.header.rstrip(b"\r\n") + "\n".join(["", *self.lines.filter(which)]).encode()
        return unquoted(quick.columns(text, self.delimiter)).with_columns(rows[LINE])


def find(layout: Layout, folder: Path) -> list[Path]:
    """Return the sales files of a folder by name: not those of customers and assets, no sub-folder.

    Raises
    ------
    FileNotFoundError
        There is none; the message says what would be one.
    """
    if folder.is_file():
        return [folder]
    beside = {part.file for part in (layout.customers, layout.assets) if part}
    found = sorted(
        path
        for path in (folder.glob(layout.files) if folder.is_dir() else ())
        if path.is_file() and path.name.lower().endswith(SUFFIXES)
        if path.name not in beside and not path.name.startswith((".", "~"))
    )
    if not found:
        what = "does not exist" if not folder.is_dir() else f"holds no {', '.join(SUFFIXES[:3])}"
        raise FileNotFoundError(
            f"{folder} {what}: put a sales log there, or make one with `gosales sample-data`"
        )
    return found


def read(path: Path, layout: Layout, known: list[str]) -> Text:
    """Return all records of a file that fits in memory, such as the customers; see `texts`."""
    return whole(list(texts(path, layout, known)))


def whole(parts: list[Text]) -> Text:
    """Return the parts of one file or table as one."""
    rows = pl.concat([part.rows for part in parts], how="vertical_relaxed")
    ragged = pl.concat([part.ragged for part in parts])
    return replace(parts[0], rows=rows, ragged=ragged, lines=None)


def no_columns(_: str) -> list[str]:
    """Return no columns: every value is read as text."""
    return []


def texts(
    path: Path, layout: Layout, known: list[str], numeric: Numeric = no_columns
) -> Iterator[Text]:
    """Yield the records of a CSV (plain or gzip, any usual encoding) or Parquet file.

    A large file comes in pieces, so that memory holds a part of it as columns and not the whole.

    Parameters
    ----------
    known
        The columns that the layout names: they tell the delimiter.
    numeric
        The columns that are read as numbers, where a piece has nothing else in them.
    """
    if path.name.lower().endswith(".parquet"):
        yield typed(path.name, pl.read_parquet(path))
        return
    data = utf8(path, layout.encoding)
    yield from records_of(path.name, data, layout.delimiter, known, numeric)


def records_of(
    file: str, data: bytes, delimiter: str | None, known: list[str], numeric: Numeric = no_columns
) -> Iterator[Text]:
    """Yield the records of a text with a header, piece by piece; see `texts`."""
    if b"\n" not in data:  # lines of an old Macintosh
        data = data.replace(b"\r", b"\n")
    start = data.find(b"\n") + 1 or len(data)
    header = data[:start].decode("utf-8").rstrip("\r\n")
    delimiter = delimiter or headers.sniff(header, known)
    names = next(csv.reader([header], delimiter=delimiter), [])
    headers.refuse_twins(file, [name for name in names if name])
    top = headers.named(data[:start], names, delimiter)
    nothing = Text(file, pl.DataFrame(), pl.DataFrame(schema=REJECTED_ROWS), delimiter, top)
    yield from pieces(data, start, nothing, numeric(delimiter))


def ahead(parts: Iterator[Text]) -> Iterator[Text]:
    """Yield the parts; while one is worked on, a thread reads the next."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, parts, None)
        while part := coming.result():
            coming = reader.submit(next, parts, None)
            yield part


def pieces(data: bytes, start: int, nothing: Text, numeric: list[str]) -> Iterator[Text]:
    """Yield the records from `start` on, piece by piece, where `nothing` is the text without any.

    Where one is broken, it and all that follows are read record by record.
    """
    above = 0  # lines between the header and the piece
    top, delimiter = nothing.header, nothing.delimiter
    while True:
        end = len(data) if top.count(b'"') % 2 else cut(data, start)
        piece = b"".join((top, memoryview(data)[start:end]))
        found = quick.fast(piece, delimiter, numeric)
        if found is None:
            end = len(data)
            found = careful((top + data[start:]).decode("utf-8"), delimiter, nothing.file)
        rows, lines, ragged = found
        rows = rows.with_columns(pl.col(LINE) + above)
        ragged = ragged.with_columns(pl.col("line") + above)
        yield replace(nothing, rows=rows, ragged=ragged, lines=lines)
        if end == len(data):
            return
        start, above = end, above + quick.count(piece, b"\n") - 1


def cut(data: bytes, start: int) -> int:
    """Return where the piece from `start` on ends: behind a line break that no quote surrounds."""
    end, quotes = start, 0
    size = PIECE
    while (found := data.find(b"\n", end + size)) >= 0:
        quotes += data.count(b'"', end, found) if data.find(b'"', end, found) >= 0 else 0
        end, size = found + 1, 0
        if quotes % 2 == 0:
            return end
    return len(data)


def typed(name: str, rows: pl.DataFrame) -> Text:
    """Return a table that has types (Parquet, a database) as records; NaN is a blank there."""
    numbered = rows.with_columns(pl.selectors.float().fill_nan(None)).with_row_index(LINE, 1)
    return Text(name, numbered, pl.DataFrame(schema=REJECTED_ROWS), ",")


def utf8(path: Path, encoding: str | None) -> bytes:
    """Return a file's bytes as UTF-8 without a byte-order mark.

    Without a hint: UTF-16 by its mark, else UTF-8, where single bytes that are none are read as
    Windows-1252. So one such row changes no other one.
    """
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path.name}: the gzip file is broken: {error}") from None
    if encoding is None and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    if encoding is None and data.isascii():
        return data
    if encoding is None:
        try:
            data.decode("utf-8")
            return data.removeprefix(b"\xef\xbb\xbf")
        except UnicodeDecodeError:
            return data.decode("utf-8", errors=WINDOWS).removeprefix("\ufeff").encode()
    return data.decode(encoding, errors="replace").removeprefix("\ufeff").encode()


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Return the Windows-1252 reading of bytes that are no UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


WINDOWS = "gosales-windows-1252"
codecs.register_error(WINDOWS, _as_windows)
