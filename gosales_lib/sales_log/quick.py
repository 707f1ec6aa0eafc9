"""Reads text that is a tidy table, all records at once; `records` reads the rest."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import polars as pl

from gosales_lib.core.columns import REJECTED_ROWS
from gosales_lib.sales_log.records import LINE, Records, unquoted, without_blanks

BLOCK = 2**18  # bytes per step, so that they stay in the cache of the processor


def fast(data: bytes, delimiter: str, numeric: Sequence[str] = ()) -> Records | None:
    """Return all records, or None where one has too many or too few fields.

    Too many make the reader stop. Too few it would fill up silently, so the delimiters of the
    file are counted: those that are no part of a value must be columns - 1 a record. A record
    that has a line break in a value is seen by the number of lines.
    """
    quoted = b'"' in data
    if b"\x00" in data or (quoted and data.count(b'"') % 2):
        return None
    try:
        rows = columns(data, delimiter, numeric)
    except pl.exceptions.PolarsError:
        return None
    lines = pl.read_lines(data).to_series()[1:]
    if rows.height != lines.len():
        return None
    sign = delimiter.encode()
    between = count(data, sign) - data[: data.find(b"\n") + 1 or None].count(sign)
    if quoted:  # only between quotes can a value hold a delimiter
        inside = rows.select(pl.col(pl.String).str.count_matches(delimiter, literal=True).sum())
        between -= inside.sum_horizontal().item()
    if between != rows.height * (rows.width - 2):  # the line's number is a column too
        return None
    if quoted and b'""' in data:
        rows = unquoted(rows)
    return *without_blanks(rows, lines, delimiter), pl.DataFrame(schema=REJECTED_ROWS)


def columns(data: bytes, delimiter: str, numeric: Sequence[str] = ()) -> pl.DataFrame:
    """Return a text as columns with the number of the line.

    The columns `numeric` are numbers where each of their values is written as a plain one, or
    is blank; else they are text as the others are.

    Raises
    ------
    pl.exceptions.PolarsError
        It cannot be read as text either.
    """
    try:
        return pl.read_csv(
            io.BytesIO(data),
            separator=delimiter,
            infer_schema=False,
            schema_overrides=dict.fromkeys(numeric, pl.Float64),
            row_index_name=LINE,
            row_index_offset=2,
        )
    except pl.exceptions.PolarsError:
        if not numeric:
            raise
        return columns(data, delimiter)


def header(width: int, delimiter: str) -> bytes:
    """Return the line that replaces the header while columns are read, so that any name is safe."""
    return (delimiter.join(f"c{number}" for number in range(width)) + "\n").encode()


def renamed(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return records whose columns have their own names again."""
    return rows.select(LINE, *(pl.col(f"c{number}").alias(n) for number, n in enumerate(names)))


def count(data: bytes, sign: bytes) -> int:
    """Return how often one byte occurs in a text; faster than `bytes.count` for frequent bytes."""
    octets = np.frombuffer(data, np.uint8)
    parts = (octets[at : at + BLOCK] == ord(sign) for at in range(0, len(data), BLOCK))
    return sum(int(np.count_nonzero(part)) for part in parts)
