"""Reads the files of a folder as frames of records; every record counts, ragged ones are rejected.

All kinds of files pass through `texts`: texts become columns of text, all others keep their types.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import polars as pl

from gosales_lib.layout import Layout
from gosales_lib.sales_log import (
    books,
    currencies,
    encodings,
    inventory,
    memory_limits,
    number_formats,
)
from gosales_lib.sales_log.delimited import Numeric, records_of
from gosales_lib.sales_log.entries import SUFFIXES, Entry, LeftOut
from gosales_lib.sales_log.inventory import Inventory
from gosales_lib.sales_log.required_columns import stored
from gosales_lib.sales_log.text import Text, from_cells, is_nested, typed


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
    fitting = _fitting(inventory.take(folder, layout.files, beside(layout), apart, sheets), layout)
    if fitting.entries:
        return fitting
    left = "; ".join(f"{item.file} is left out: {item.reason}" for item in fitting.left_out[:5])
    what = "holds no sales file" if left or folder.exists() else "does not exist"
    raise FileNotFoundError(
        f"{folder} {what}{f' ({left})' if left else ''}: put a sales log there ("
        f"{', '.join(SUFFIXES)}), or make one with `gosales sample-data`"
    )


def used(layout: Layout, folder: Path, apart: Path | None = None) -> dict[str, Path]:
    """Return the files that are read of a folder and beside it, by their names; see `find`."""
    parent = folder if folder.is_dir() else folder.parent
    there = [name for name in beside(layout) if inventory.holds(parent, name)]
    more = {entry.path for name in there for entry in inventory.named(parent, name)}
    paths = sorted({*find(layout, folder, apart).paths, *more})
    return {inventory.shown(path.relative_to(parent)): path for path in paths}


def beside(layout: Layout) -> list[str]:
    """Return the files that a layout reads beside the log."""
    parts = [layout.customers, layout.assets, layout.products_file, layout.rates, layout.accounts]
    return [part.file for part in (*parts, *layout.join) if part and part.file]


def _fitting(inventory: Inventory, layout: Layout) -> Inventory:
    """Return an inventory without inner tables that lack the layout's columns.

    Where a file of the folder itself loses all of its tables the first one stays, so that its
    columns are named.
    """
    wanted, top = stored(layout), min((len(e.path.parts) for e in inventory.entries), default=0)
    lacking = {entry: _lacking(entry, layout, wanted) for entry in inventory.entries}
    whole = {entry.path for entry, column in lacking.items() if column is None}
    kept, left = list[Entry](), list(inventory.left_out)
    for entry, column in lacking.items():
        if column is None or (len(entry.path.parts) == top and entry.path not in whole):
            kept.append(entry)
            whole.add(entry.path)
        else:
            left.append(LeftOut(entry.name, f"no column {column!r}"))
    return Inventory(tuple(kept), tuple(left))


def _lacking(entry: Entry, layout: Layout, columns: Sequence[str]) -> str | None:
    """Return the first column that an inner table lacks; other tables are read in any case."""
    if not entry.inner:
        return None
    schema = pl.read_parquet_schema(BytesIO(entry.whole())) if entry.kind == "parquet" else {}
    if schema and not is_nested(schema):
        names = [*schema, *dict(entry.partitions)]
    else:
        header = next(texts(entry, layout, [*columns, *layout.aliases])).rows.columns
        names = [*header, *(layout.aliases[name] for name in header if name in layout.aliases)]
    return next((column for column in columns if column not in names), None)


def read(folder: Path, name: str, layout: Layout, columns: Sequence[str]) -> Text:
    """Return all records of a file beside the log that fits in memory; see `texts`.

    Parameters
    ----------
    name
        The file, with a sheet or table (`shop.db [customers]`) where it has several. Without one
        that with the columns `columns` is read.
    """
    entries = inventory.named(folder, name)
    if len(entries) > 1:
        first = (set(next(texts(entry, layout, columns)).rows.columns) for entry in entries)
        fit = (e for e, names in zip(entries, first, strict=True) if names >= set(columns))
        entries = (next(fit, entries[0]),)
    return whole(list(texts(entries[0], layout, columns)))


def whole(parts: list[Text]) -> Text:
    """Return the parts of one file or table as one."""
    rows = pl.concat([part.rows for part in parts], how="diagonal_relaxed")
    ragged = pl.concat([part.ragged for part in parts])
    return replace(parts[0], rows=rows, ragged=ragged, lines=None, encoding=parts[-1].encoding)


def ahead(parts: Iterator[Text]) -> Iterator[Text]:
    """Yield the parts; while one is worked on, a thread reads the next."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, parts, None)
        while part := coming.result():
            coming = reader.submit(next, parts, None)
            yield part


def texts(
    entry: Entry, layout: Layout | None, columns: Sequence[str], numeric: Numeric | None = None
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
        if entry.kind != "text":
            foreign = currencies.foreign(layout.currency) if layout else set[str]()
            parts = _typed(entry, columns, foreign)
            yield from (_partitioned(part, entry, columns) for part in parts)
            return
        with (
            entry.raw() as raw,
            encodings.opened(raw, entry.name, encoding, entry.size) as stream,
        ):
            parts = records_of(entry.name, stream, delimiter, columns, numeric)
            yield from (_partitioned(part, entry, columns) for part in parts)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{entry.name} is not a {entry.kind} file: {error}") from None


def _typed(entry: Entry, columns: Sequence[str], foreign: Collection[str]) -> Iterator[Text]:
    """Yield the records of a file whose values have types.

    `foreign` are the currencies that are looked for in the number formats of a workbook.
    """
    if entry.kind == "sqlite":
        from gosales_lib.database import reading

        parts = reading.stream(reading.sqlite_engine(entry.path), str(entry.part))
        yield typed(entry.name, pl.concat(list(parts), how="vertical_relaxed"))
        return
    data = entry.whole()
    if entry.kind == "parquet":
        lazy = pl.scan_parquet(BytesIO(data))
        values = lazy.select(pl.len()).collect().item() * len(lazy.collect_schema())
        memory_limits.refuse_expansion(entry.name, len(data), 8 * values)  # bytes per value
        yield typed(entry.name, pl.read_parquet(BytesIO(data)))
        return
    try:
        is_book = entry.kind == "workbook"
        cells = books.cells(data, str(entry.part)) if is_book else books.objects(data)
    except ValueError as error:
        raise ValueError(f"{entry.name}: {error}") from None
    formats = number_formats.of(data, str(entry.part), foreign) if is_book and foreign else {}
    yield replace(from_cells(entry.name, cells, columns), formats=formats)


def _partitioned(text: Text, entry: Entry, columns: Sequence[str]) -> Text:
    """Return records with what folders such as `year=2024` say, where the layout names it."""
    own = text.rows.columns
    parts = {k: pl.lit(v) for k, v in entry.partitions if k not in own and k in (columns or [k])}
    return replace(text, rows=text.rows.with_columns(**parts)) if parts else text
