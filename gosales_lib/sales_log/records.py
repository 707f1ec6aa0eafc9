"""Reads delimited text: a tidy table all at once, any other one record by record.

So a broken record spoils no other one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from gosales_lib.core.columns import REJECTED_ROWS

LINE = "__line__"
TOTAL = (
    r"(?i)^\W*(?:(?:grand|general|genel|overall|report|page|net|celkový|общий)[\s-]*)?"
    r"(?:(?:sub|sous|zwischen|gesamt|end|tussen|ara)[\s-]*)?(?:totals?|totale|totaux|totaal|summe|"
    r"gesamt|suma|summa|razem|ogółem|łącznie|i alt|yhteensä|összesen|celkem|toplam|итого|всего|"
    r"σύνολο)(?:\W|$)|\b(?:totals?|summe)\W*$|^[総总總]?(?:合計|小計|総計|合计|小计|总计|總計|합계|소계|총계)"
)
"""Words of a line that sums up other lines."""
Records = tuple[pl.DataFrame, pl.Series, pl.DataFrame]
"""Columns, the same records as they stand in the file (without line end), and rejected rows."""
BLOCK = 2**18  # bytes per step, so that they stay in the cache of the processor
ESCAPED = re.compile(rb'(?<!\\)\\"(?=[^\r\n,;\t|~^"])')
BARE_RETURN = re.compile(r"\r(?!\n)")
csv.field_size_limit(2**31 - 1)  # of this process; 131,072 by default, and then an error


def with_doubled_quotes(data: bytes) -> bytes:
    """Return a text with doubled quotes inside its values, where a backslash escapes them.

    MySQL and others write so. Elsewhere a quote behind a backslash ends its value.
    """
    if b"\\" not in data or b'\\"' not in data or not ESCAPED.search(data):  # the cheapest first
        return data
    return re.sub(rb'(?<!\\)\\"', b'""', data)


def fast(data: bytes, delimiter: str, numeric: Sequence[str] = ()) -> Records | None:
    """Return all records, or None where one has too many or too few fields.

    Too many make the reader stop. Too few it would fill up silently, so the delimiters of the
    file are counted: those that are no part of a value must be columns - 1 a record. A record
    that has a line break in a value is seen by the number of lines.
    """
    quoted = b'"' in data
    if b"\x00" in data or (quoted and count(data, b'"') % 2):
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
        some = rows.filter(lines.str.contains('"', literal=True)).select(pl.col(pl.String))
        inside = some.select(pl.all().str.count_matches(delimiter, literal=True).sum())
        between -= inside.sum_horizontal().item()
    if between != rows.height * (rows.width - 2):  # the line's number is a column too
        return None
    if quoted and b'""' in data:
        rows = unquoted(rows)
    return *without_blanks(rows, lines, delimiter), pl.DataFrame(schema=REJECTED_ROWS)


def columns(data: bytes, delimiter: str, numeric: Sequence[str] = ()) -> pl.DataFrame:
    """Return a text as columns with the number of the line; PolarsError where it is none.

    The columns `numeric` are numbers where each of their values is written as a plain one, or
    is blank; else they are text as the others are.
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


def count(data: bytes | memoryview, sign: bytes) -> int:
    """Return how often one byte occurs in a text; faster than `bytes.count` for frequent bytes."""
    octets = np.frombuffer(data, np.uint8)
    parts = (octets[at : at + BLOCK] == ord(sign) for at in range(0, len(data), BLOCK))
    return sum(int(np.count_nonzero(part)) for part in parts)


def careful(text: str, delimiter: str, file: str) -> Records:
    """Return the records with as many fields as the header, and the others as rejected rows."""
    lines = list(io.StringIO(BARE_RETURN.sub(" ", text.replace("\x00", ""))))
    reader = csv.reader(lines, delimiter=delimiter)
    header = next(reader, [])
    width = len(header)
    kept: list[tuple[int, str, list[str]]] = []  # line, as written, fields
    ragged: list[dict[str, object]] = []
    for start, end, record, closed in records(lines, reader.line_num, delimiter, width):
        while len(record) > width and not record[-1]:  # a delimiter at the end of some rows
            record.pop()
        is_short_sum = any(record) and len(record) < width and is_sum(record)
        if closed and (len(record) == width or is_short_sum):
            written = "".join(lines[start - 1 : end]).rstrip("\r\n")
            kept.append((start, written, record + [""] * (width - len(record))))
        elif any(record):
            reason = f"{len(record)} fields where the header has {width}"
            reason = reason if closed else "a quote that is not closed"
            row = json.dumps(record, ensure_ascii=False)
            ragged.append({"file": file, "line": start, "reason": reason, "row": row})
    columns = {name: [fields[i] for _, _, fields in kept] for i, name in enumerate(header)}
    schema = {LINE: pl.UInt32} | dict.fromkeys(header, pl.String)
    rows = pl.DataFrame({LINE: [line for line, _, _ in kept]} | columns, schema=schema)
    written_lines = pl.Series([written for _, written, _ in kept], dtype=pl.String)
    rows, written_lines = without_blanks(unquoted(rows), written_lines, delimiter)
    return rows, written_lines, pl.DataFrame(ragged, schema=REJECTED_ROWS)


def unquoted(rows: pl.DataFrame) -> pl.DataFrame:
    """Return records where a blank value is null, between quotes too."""
    blank = rows.select((pl.col(pl.String) == "").any())
    return rows.with_columns(pl.col(c.name).replace("", None) for c in blank if c.item())


def without_blanks(
    rows: pl.DataFrame, lines: pl.Series, delimiter: str
) -> tuple[pl.DataFrame, pl.Series]:
    """Return the records that hold anything, and their lines.

    White space counts as a value; as a number it would be null.
    """
    blank = rows.select(pl.all_horizontal(pl.exclude(LINE).is_null())).to_series()
    if not blank.any():
        return rows, lines
    filled = ~blank | (lines.str.strip_chars(delimiter + '"') != "")
    return rows.filter(filled), lines.filter(filled)


def records(
    lines: list[str], first: int, delimiter: str, width: int
) -> Iterator[tuple[int, int, list[str], bool]]:
    """Yield the records from index `first` on: first and last line, fields, whether quotes close.

    A quote that is not closed would swallow the rows below it. Where a record of several lines does
    not come out with `width` fields, its first line stands alone and reading goes on below it.
    """
    begin = first
    while begin < len(lines):
        below = (lines[at] for at in range(begin, len(lines)))
        reader = csv.reader(below, delimiter=delimiter, strict=True)
        start = begin
        while start < len(lines):
            try:
                record, closed = next(reader, []), True
            except csv.Error:
                record, closed = [], False
            end = begin + reader.line_num
            if not closed or (end - start > 1 and len(record) != width):
                alone = next(csv.reader([lines[start]], delimiter=delimiter), [])
                yield start + 1, start + 1, alone, lines[start].count('"') % 2 == 0
                start += 1
                break
            yield start + 1, end, record, True
            start = end
        begin = start


def is_sum(record: list[str]) -> bool:
    """Return whether a record with too few fields may be a total or a line of text."""
    filled = [value for value in record if value.strip()]
    return len(filled) <= 1 or any(re.search(TOTAL, value) for value in filled)
