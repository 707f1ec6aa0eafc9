"""Files of a folder as frames of text: every record counted, ragged ones told apart."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BufferedIOBase, BytesIO
from pathlib import Path

import polars as pl

from gosales_lib.core.columns import REJECTED_ROWS
from gosales_lib.layout import Layout
from gosales_lib.sales_log import encodings, headers, quick
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
    with encodings.opened(path, layout.encoding) as stream:
        yield from records_of(path.name, stream, layout.delimiter, known, numeric)


def records_of(
    file: str,
    stream: BufferedIOBase,
    delimiter: str | None,
    known: list[str],
    numeric: Numeric = no_columns,
) -> Iterator[Text]:
    """Yield the records of a text with a header, piece by piece; see `texts`."""
    line = stream.readline()
    if not line.endswith(b"\n"):  # lines of an old Macintosh
        stream = BytesIO(line.replace(b"\r", b"\n"))
        line = stream.readline()
    top = encodings.utf8(line)
    header = top.decode("utf-8").rstrip("\r\n")
    delimiter = delimiter or headers.sniff(header, known)
    names = next(csv.reader([header], delimiter=delimiter), [])
    headers.refuse_twins(file, [name for name in names if name])
    top = headers.named(top, names, delimiter)
    nothing = Text(file, pl.DataFrame(), pl.DataFrame(schema=REJECTED_ROWS), delimiter, top)
    yield from pieces(chunks(stream), nothing, numeric(delimiter))


def ahead(parts: Iterator[Text]) -> Iterator[Text]:
    """Yield the parts; while one is worked on, a thread reads the next."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, parts, None)
        while part := coming.result():
            coming = reader.submit(next, parts, None)
            yield part


def pieces(left: Iterator[bytes], nothing: Text, numeric: list[str]) -> Iterator[Text]:
    """Yield the records below the header, piece by piece, where `nothing` is the text without any.

    Where one is broken, it and all that follows are read record by record.

    Parameters
    ----------
    left
        See `chunks`; without any the header is a piece that has no records.
    """
    above = 0  # lines between the header and the piece
    top, delimiter = nothing.header, nothing.delimiter
    for chunk in itertools.chain([next(left, b"")], left):
        rest = left if top.count(b'"') % 2 else ()
        piece = encodings.utf8(b"".join((top, chunk, *rest)))
        found = quick.fast(piece, delimiter, numeric)
        if found is None:
            piece += encodings.utf8(b"".join(left))
            found = careful(piece.decode("utf-8"), delimiter, nothing.file)
        rows, lines, ragged = found
        rows = rows.with_columns(pl.col(LINE) + above)
        ragged = ragged.with_columns(pl.col("line") + above)
        yield replace(nothing, rows=rows, ragged=ragged, lines=lines)
        above += quick.count(piece, b"\n") - 1


def chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield what is left of a stream, cut behind line breaks that no quote surrounds."""
    held = b""
    while more := stream.read(max(PIECE, len(held))):
        held += more
        if end := cut(held):
            yield held[:end]
            held = held[end:]
    if held:
        yield held


def cut(data: bytes) -> int:
    """Return where the last line break ends that no quote surrounds; 0 where there is none."""
    end = data.rfind(b"\n") + 1
    quotes = data.count(b'"', 0, end) if b'"' in data else 0
    while quotes % 2:
        before = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', before, end)
        end = before
    return end


def typed(name: str, rows: pl.DataFrame) -> Text:
    """Return a table that has types (Parquet, a database) as records; NaN is a blank there."""
    numbered = rows.with_columns(pl.selectors.float().fill_nan(None)).with_row_index(LINE, 1)
    return Text(name, numbered, pl.DataFrame(schema=REJECTED_ROWS), ",")
