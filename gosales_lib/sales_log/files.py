"""Reads the files of a folder as frames of records; every record counts, ragged ones are rejected.

All kinds of files pass through `texts`: texts become columns of text, all others keep their types.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from io import BufferedIOBase, BytesIO
from pathlib import Path

import polars as pl

from gosales_lib.core.columns import REJECTED_ROWS
from gosales_lib.layout import Layout
from gosales_lib.sales_log import books, bounds, encodings, headers, inventory, quick
from gosales_lib.sales_log.headers import Top
from gosales_lib.sales_log.inventory import SUFFIXES, Entry, Inventory, LeftOut
from gosales_lib.sales_log.records import LINE, careful, unquoted
from gosales_lib.sales_log.wanted import stored

PIECE = 12 * 2**20  # bytes per step: text in columns takes about six times its size
Numeric = Callable[[pl.DataFrame, str], list[str]]
"""By the first records as text and the delimiter, the columns that may be read as numbers."""


@dataclass(frozen=True)
class Text:
    """The records of one file as columns and `__line__`, and the rows that are no record.

    The columns are text, but for numbers that are plainly written, and all columns of a table.
    """

    file: str
    rows: pl.DataFrame
    ragged: pl.DataFrame  # REJECTED_ROWS
    delimiter: str
    names: tuple[str, ...] = ()
    lines: pl.Series | None = None  # every record as it stands in the file; a table has none
    titles: tuple[str, ...] = ()  # lines above the header, with the first piece
    encoding: str = "utf-8"
    renamed: Mapping[str, str] = field(default_factory=dict)  # own headers: the layout's names

    def written(self, which: pl.Series) -> pl.DataFrame:
        """Return some records as the file has them: `1.50`, where the number is 1.5."""
        rows = self.rows.filter(which)
        if self.lines is None or rows.is_empty() or pl.Float64 not in rows.dtypes:
            return rows
        top = quick.header(len(self.names), self.delimiter)
        text = top + "\n".join(self.lines.filter(which)).encode()
        names = unquoted(quick.columns(text, self.delimiter))
        return quick.renamed(names, self.names).select(rows.columns).with_columns(rows[LINE])


def find(layout: Layout, folder: Path, apart: Path | None = None) -> Inventory:
    """Return the sales files of a folder by name, and what is left out with its reason.

    Parameters
    ----------
    folder
        A folder, a file, or a pattern of names.
    apart
        Folder of later sales, which are never read with the log.

    Raises
    ------
    FileNotFoundError
        There is no sales file; the message says what was left out.
    """
    sheets = [layout.sheet] if isinstance(layout.sheet, str) else layout.sheet
    log_files = inventory.take(folder, layout.files, beside(layout), apart, sheets)
    fitting = _fitting(log_files, layout)
    if fitting.entries:
        return fitting
    what = (
        "does not exist"
        if not log_files.left_out and not folder.exists()
        else "holds no sales file"
    )
    left = "; ".join(
        f"{left_out.file} is left out: {left_out.reason}" for left_out in fitting.left_out[:5]
    )
    raise FileNotFoundError(
        f"{folder} {what}{f' ({left})' if left else ''}: put a sales log there ("
        f"{', '.join(SUFFIXES)}), or make one with `gosales sample-data`"
    )


def used(layout: Layout, folder: Path, apart: Path | None = None) -> dict[str, Path]:
    """Return the files that are read of a folder and beside it, by their names.

    Raises
    ------
    FileNotFoundError
        There is no sales file.
    """
    log_files = find(layout, folder, apart)
    parent = folder if folder.is_dir() else folder.parent
    more = {
        entry.path
        for name in beside(layout)
        if inventory.holds(parent, name)
        for entry in inventory.named(parent, name)
    }
    paths = sorted({*log_files.paths, *more})
    return {inventory.shown(path.relative_to(parent)): path for path in paths}


def beside(layout: Layout) -> list[str]:
    """Return the files that a layout reads beside the log."""
    parts = [layout.customers, layout.assets, layout.products_file, layout.rates, layout.accounts]
    return [part.file for part in (*parts, *layout.join) if part and part.file]


def _fitting(inventory: Inventory, layout: Layout) -> Inventory:
    """Return an inventory without inner tables that lack the layout's columns.

    Where a file loses all of its tables the first one stays, so that its columns are named.
    """
    wanted, kept, left = stored(layout), list[Entry](), list(inventory.left_out)
    lacking: dict[Entry, str] = {}
    for entry in inventory.entries:
        missing = [name for name in wanted if name not in _names(entry, layout, wanted)]
        if entry.inner and missing:
            lacking[entry] = missing[0]
        else:
            kept.append(entry)
    for entry, column in lacking.items():
        own = entry.path.parent == min(
            (e.path.parent for e in inventory.entries), key=lambda p: len(p.parts)
        )
        if own and not any(other.path == entry.path for other in kept):
            kept.append(entry)
        else:
            left.append(LeftOut(entry.name, f"no column {column!r}"))
    order = {entry: number for number, entry in enumerate(inventory.entries)}
    return Inventory(tuple(sorted(kept, key=order.__getitem__)), tuple(left))


def _names(entry: Entry, layout: Layout, columns: Sequence[str]) -> Sequence[str]:
    """Return the columns of an inner table; none for a table that is read in any case."""
    if not entry.inner:
        return columns
    if entry.kind == "parquet":
        return [*pl.read_parquet_schema(BytesIO(entry.whole())), *dict(entry.partitions)]
    header = next(texts(entry, layout, [*columns, *layout.aliases])).rows.columns
    return [*header, *(layout.aliases[name] for name in header if name in layout.aliases)]


def read(folder: Path, name: str, layout: Layout, columns: Sequence[str]) -> Text:
    """Return all records of a file beside the log that fits in memory; see `texts`.

    Parameters
    ----------
    name
        The file, with a sheet or table (`shop.db [customers]`) where it has several. Without one
        that with the columns `columns` is read.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    entries = inventory.named(folder, name)
    fit = [
        entry
        for entry in entries
        if not columns or set(columns) <= set(next(texts(entry, layout, columns)).rows.columns)
    ]
    return whole(list(texts((fit or entries)[0], layout, columns)))


def whole(parts: list[Text]) -> Text:
    """Return the parts of one file or table as one."""
    rows = pl.concat([part.rows for part in parts], how="diagonal_relaxed")
    ragged = pl.concat([part.ragged for part in parts])
    return replace(parts[0], rows=rows, ragged=ragged, lines=None, encoding=parts[-1].encoding)


def no_columns(sample: pl.DataFrame, delimiter: str) -> list[str]:
    """Return no columns: every value is read as text."""
    return []


def texts(
    entry: Entry, layout: Layout | None, columns: Sequence[str], numeric: Numeric = no_columns
) -> Iterator[Text]:
    """Yield the records of a file.

    A large text comes in pieces, so that memory holds a part of it as columns and not the whole.

    Parameters
    ----------
    layout
        Its `encoding` and `delimiter`; without one both are found.
    columns
        The columns that the layout names: they tell the header and the delimiter.
    numeric
        Which columns are read as numbers, where a piece has nothing else in them.

    Raises
    ------
    ValueError
        The file is broken, or locked; the message names it.
    """
    encoding, delimiter = (layout.encoding, layout.delimiter) if layout else (None, None)
    try:
        if entry.kind == "text":
            with (
                entry.raw() as raw,
                encodings.opened(raw, entry.name, encoding, entry.size) as stream,
            ):
                parts = records_of(entry.name, stream, delimiter, columns, numeric)
                yield from (_partitioned(part, entry, columns) for part in parts)
        else:
            yield from (_partitioned(part, entry, columns) for part in _typed(entry, columns))
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{entry.name} is no {entry.kind} file: {error}") from None


def _typed(entry: Entry, columns: Sequence[str]) -> Iterator[Text]:
    """Yield the records of a file whose values have types."""
    if entry.kind == "parquet":
        data = entry.whole()
        lazy = pl.scan_parquet(BytesIO(data))
        rows: int = lazy.select(pl.len()).collect().item()
        bounds.refuse_many_values(entry.name, len(data), rows, len(lazy.collect_schema()))
        yield typed(entry.name, pl.read_parquet(BytesIO(data)))
    elif entry.kind == "sqlite":
        from gosales_lib.database import reading

        parts = reading.stream(reading.sqlite_engine(entry.path), str(entry.part))
        yield typed(entry.name, pl.concat(list(parts), how="vertical_relaxed"))
    else:
        try:
            book = entry.kind == "workbook"
            data = entry.whole()
            cells = books.cells(data, str(entry.part)) if book else books.objects(data)
        except ValueError as error:
            raise ValueError(f"{entry.name}: {error}") from None
        yield from_cells(entry.name, cells, columns)


def from_cells(name: str, cells: books.Cells, names: Sequence[str]) -> Text:
    """Return rows of cells as records, with the header found and blank rows and columns dropped."""
    top = headers.in_cells(cells, names)
    below = [(line, row) for line, row in enumerate(cells[top.above :], top.above + 1)]
    below = [(line, row) for line, row in below if any(value is not None for value in row)]
    columns = [
        books.column(column, [row[number] if number < len(row) else None for _, row in below])
        for number, column in enumerate(top.names)
    ]
    lines = pl.Series(LINE, [line for line, _ in below], pl.UInt32)
    rows = _without_nameless(pl.DataFrame([lines, *columns]), names)
    return Text(name, rows, pl.DataFrame(schema=REJECTED_ROWS), "", top.names, titles=top.titles)


def _without_nameless(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return records without columns that have neither a name nor a value."""
    nothing = [
        name
        for name in rows.columns
        if headers.is_by_place(name)
        and name not in columns
        and rows[name].null_count() == rows.height
    ]
    return rows.drop(nothing)


def _partitioned(text: Text, entry: Entry, columns: Sequence[str]) -> Text:
    """Return records with what folders such as `year=2024` say, where the layout names it."""
    parts = {
        name: value
        for name, value in entry.partitions
        if name not in text.rows.columns and (not columns or name in columns)
    }
    return (
        replace(text, rows=text.rows.with_columns(**{k: pl.lit(v) for k, v in parts.items()}))
        if parts
        else text
    )


def records_of(
    file: str,
    stream: BufferedIOBase,
    delimiter: str | None,
    columns: Sequence[str],
    numeric: Numeric = no_columns,
) -> Iterator[Text]:
    """Yield the records of a text with a header, piece by piece; see `texts`."""
    decoder = encodings.Decoder()
    head = b"".join(_first_lines(stream))
    if b"\n" not in head and b"\r" in head:  # lines of an old Macintosh
        stream = BytesIO((head + stream.read()).replace(b"\r", b"\n"))
        head = b"".join(_first_lines(stream))
    bounds.refuse_long_lines(file, head)
    lines = io.StringIO(decoder.utf8(head).decode("utf-8"), newline="\n").readlines()
    top = headers.in_text(lines, delimiter, columns)
    nothing = Text(
        file, pl.DataFrame(), pl.DataFrame(schema=REJECTED_ROWS), top.delimiter, top.names
    )
    if not top.names:
        raise ValueError(f"{file} holds no table: not one line has a value")
    held = b"".join(head.splitlines(keepends=True)[top.above :]) if top.above < len(lines) else b""
    sample = _sample(lines[top.above :], top)
    numbers = [f"c{top.names.index(name)}" for name in numeric(sample, top.delimiter)]
    parts = pieces(chunks(stream, file, held), nothing, numbers, decoder, top.above)
    for number, part in enumerate(parts):
        named_part = replace(part, rows=_without_nameless(part.rows, columns))
        yield replace(named_part, titles=() if number else top.titles, encoding=decoder.encoding)


def _first_lines(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield the lines in which the header is searched, up to one that is too long."""
    for _ in range(headers.LOOKED_AT):
        line = stream.readline(bounds.LONGEST + 1)
        yield line
        if not line.endswith(b"\n"):
            return


def _sample(lines: Sequence[str], top: Top) -> pl.DataFrame:
    """Return the first records as text."""
    text = quick.header(len(top.names), top.delimiter) + "".join(lines).encode()
    rows = careful(text.decode("utf-8"), top.delimiter, "")[0]
    return quick.renamed(rows, top.names)


def ahead(parts: Iterator[Text]) -> Iterator[Text]:
    """Yield the parts; while one is worked on, a thread reads the next."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, parts, None)
        while part := coming.result():
            coming = reader.submit(next, parts, None)
            yield part


def pieces(
    left: Iterator[bytes],
    nothing: Text,
    numeric: Sequence[str],
    decoder: encodings.Decoder,
    above: int,
) -> Iterator[Text]:
    """Yield the records below the header, piece by piece, where `nothing` is the text without any.

    Where one is broken, it and all that follows are read record by record.

    Parameters
    ----------
    left
        See `chunks`; without any the header is a piece that has no records.
    above
        Lines of the file before the first piece.
    """
    delimiter = nothing.delimiter
    top = quick.header(len(nothing.names), delimiter)
    above -= 1  # the header stands in each piece
    for chunk in itertools.chain([next(left, b"")], left):
        piece = top + decoder.utf8(chunk)
        parsed = quick.fast(piece, delimiter, numeric)
        if parsed is None:
            piece += decoder.utf8(b"".join(left))
            parsed = careful(piece.decode("utf-8"), delimiter, nothing.file)
        rows, lines, ragged = parsed
        rows = quick.renamed(rows, nothing.names).with_columns(pl.col(LINE) + above)
        ragged = ragged.with_columns(pl.col("line") + above)
        yield replace(nothing, rows=rows, ragged=ragged, lines=lines)
        above += quick.count(piece, b"\n") - 1


def chunks(stream: BufferedIOBase, file: str, held: bytes = b"") -> Iterator[bytes]:
    """Yield what is held and left of a stream, cut behind line breaks that no quote surrounds.

    Raises
    ------
    TooLargeError
        A line is longer than any record of sales.
    """
    while more := stream.read(max(PIECE, len(held))):
        held += more
        bounds.refuse_long_lines(file, held)
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


TEXT_OF = {
    pl.Binary: lambda name: pl.col(name).cast(pl.String),
    pl.Categorical: lambda name: pl.col(name).cast(pl.String),
    pl.Enum: lambda name: pl.col(name).cast(pl.String),
    pl.Struct: lambda name: pl.col(name).struct.json_encode(),
    pl.List: lambda name: pl.col(name).cast(pl.List(pl.String)).list.join(", "),
}
"""Types of a table that are read as text."""


def typed(name: str, rows: pl.DataFrame) -> Text:
    """Return a table that has types (Parquet, a database) as records; NaN is a blank there.

    Raises
    ------
    ValueError
        A column of bytes holds what is no text.
    """
    for column, dtype in rows.schema.items():
        if as_text := TEXT_OF.get(dtype.base_type()):
            try:
                rows = rows.with_columns(as_text(column))
            except pl.exceptions.PolarsError:
                raise ValueError(
                    f"{name}: column {column!r} holds bytes that are no text"
                ) from None
    numbered = rows.with_columns(pl.selectors.float().fill_nan(None)).with_row_index(LINE, 1)
    return Text(name, numbered, pl.DataFrame(schema=REJECTED_ROWS), ",", tuple(rows.columns))
