"""Text that is no tidy table: records one by one, where a broken one takes no other with it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import polars as pl

from gosales_lib.columns import REJECTED_ROWS

LINE = "__line__"
BARE_RETURN = re.compile(r"\r(?!\n)")
csv.field_size_limit(2**31 - 1)  # of this process; 131,072 by default, and then an error


def careful(text: str, delimiter: str, file: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records with as many fields as the header, and the others as rejected rows."""
    lines = list(io.StringIO(BARE_RETURN.sub(" ", text.replace("\x00", ""))))
    reader = csv.reader(lines, delimiter=delimiter)
    header = next(reader, [])
    kept: list[list[str]] = []
    starts: list[int] = []
    ragged: list[dict[str, object]] = []
    for start, record, whole in records(lines, reader.line_num, delimiter, len(header)):
        if whole and len(record) == len(header):
            kept.append(record)
            starts.append(start)
        elif any(record):
            reason = f"{len(record)} fields where the header has {len(header)}"
            reason = reason if whole else "a quote that is not closed"
            row = json.dumps(record, ensure_ascii=False)
            ragged.append({"file": file, "line": start, "reason": reason, "row": row})
    columns = {name: [record[i] for record in kept] for i, name in enumerate(header)}
    rows = pl.DataFrame(
        {LINE: starts} | columns, schema={LINE: pl.UInt32} | dict.fromkeys(header, pl.String)
    )
    return without_blanks(rows), pl.DataFrame(ragged, schema=REJECTED_ROWS)


def without_blanks(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the records that say anything; a blank value is null."""
    said = rows.with_columns(pl.exclude(LINE).replace("", None))
    return said.filter(~pl.all_horizontal(pl.exclude(LINE).is_null()))


def records(
    lines: list[str], first: int, delimiter: str, width: int
) -> Iterator[tuple[int, list[str], bool]]:
    """Yield the records from index `first` on: line number, fields, and whether its quotes close.

    A quote that is not closed would swallow the rows below it. Where a record of several lines does
    not come out with `width` fields, its first line stands alone and reading goes on below it.
    """
    at = first
    while at < len(lines):
        reader = csv.reader(
            (lines[i] for i in range(at, len(lines))), delimiter=delimiter, strict=True
        )
        begin = at
        for start, record, broken in _attempts(reader, begin):
            used = begin + reader.line_num - start
            if broken or (used > 1 and len(record) != width):
                alone = next(csv.reader([lines[start]], delimiter=delimiter), [])
                yield start + 1, alone, lines[start].count('"') % 2 == 0
                at = start + 1
                break
            yield start + 1, record, True
        else:
            return


def _attempts(reader: Iterator[list[str]], begin: int) -> Iterator[tuple[int, list[str], bool]]:
    """Yield start, fields and whether reading failed, until it fails or the lines end."""
    while True:
        start = begin + reader.line_num  # type: ignore[attr-defined]
        try:
            yield start, next(reader), False
        except StopIteration:
            return
        except csv.Error:
            yield start, [], True
            return
