"""Delimited text as records: the header found, then piece by piece, so that memory holds a part."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import BufferedIOBase, BytesIO

import polars as pl

from gosales_lib.core.columns import REJECTED_ROWS
from gosales_lib.sales_log import cleaning, encodings, fixed_widths, headers, memory_limits, records
from gosales_lib.sales_log.records import LINE, careful
from gosales_lib.sales_log.text import Text, without_nameless

PIECE = 12 * 2**20  # bytes per step: text in columns takes about six times its size
QUOTED = re.compile("^'(.*)'$")
"""A value in single quotes, where all columns have their names in such."""
WHOLE = re.compile(r'^"((?:[^"\n]|"")*+)"[,;\t ]*\r?$', re.MULTILINE)
"""A line that is one value between quotes, such as a cell of a spreadsheet."""
Numeric = Callable[[pl.DataFrame, str], list[str]]
"""By the first records as text and the delimiter, the columns that may be read as numbers."""


def records_of(
    file: str,
    stream: BufferedIOBase,
    delimiter: str | None,
    columns: Sequence[str],
    numeric: Numeric | None = None,
) -> Iterator[Text]:
    """Yield the records of a text with a header, piece by piece; see `texts`."""
    decoder = encodings.Decoder()
    head = b"".join(_first_lines(stream))
    if b"\n" not in head and b"\r" in head:  # lines of an old Macintosh
        stream = BytesIO((head + stream.read()).replace(b"\r", b"\n"))
        head = b"".join(_first_lines(stream))
    memory_limits.refuse_long_lines(file, head)
    lines = io.StringIO(decoder.utf8(head).decode("utf-8"), newline="\n").readlines()
    top = headers.in_text(lines, delimiter, columns)
    is_quoted = len(top.names) == 1 and bool(set(headers.DELIMITERS) & set(top.names[0]))
    is_quoted &= sum(map(bool, map(WHOLE.match, lines))) > len(lines) / 2
    if is_quoted or (not delimiter and fixed_widths.is_such(lines, len(top.names))):
        data = decoder.utf8(head + stream.read())
        text = data.decode("utf-8")
        made = _without_outer_quotes(text) if is_quoted else fixed_widths.with_tabs(text)
        if made:
            sign = delimiter if is_quoted else "\t"
            parts = records_of(file, BytesIO(made.encode()), sign, columns, numeric)
            yield from (replace(part, encoding=decoder.encoding) for part in parts)
            return
        head, stream = data, BytesIO()
    if not top.names:
        raise ValueError(f"{file} holds no table: not one line has a value")
    quoted = all(QUOTED.fullmatch(name) for name in top.names)
    if quoted:
        top = replace(top, names=tuple(name[1:-1] for name in top.names))
    numbers = []
    if numeric:
        text = records.header(len(top.names), top.delimiter).decode() + "".join(lines[top.above :])
        parsed = records.fast(text.encode(), top.delimiter) or careful(text, top.delimiter, "")
        sample = records.renamed(parsed[0], top.names)
        numbers = [f"c{top.names.index(name)}" for name in numeric(sample, top.delimiter)]
    nothing = pl.DataFrame(schema=REJECTED_ROWS)
    empty = Text(file, pl.DataFrame(), nothing, top.delimiter, top.names, titles=top.titles)
    held = b"".join(head.splitlines(keepends=True)[top.above :]) if top.above < len(lines) else b""
    for part in pieces(chunks(stream, file, held), empty, numbers, decoder, top.above):
        _refuse_beyond(part, [name for name in top.beyond if name not in columns])
        rows = without_nameless(part.rows, columns)
        if quoted:
            bare = pl.col(pl.String).str.replace(QUOTED.pattern, "$1").replace("", None)
            rows = rows.with_columns(bare)
        yield replace(part, rows=rows, encoding=decoder.encoding)


def _without_outer_quotes(text: str) -> str:
    """Return a text whose lines are single quoted values without these quotes."""
    return WHOLE.sub(lambda match: match[1].replace('""', '"'), text)


def _refuse_beyond(text: Text, columns: Sequence[str]) -> None:
    """Refuse values behind the last field of the header: other fields of the row may be shifted."""
    for name in columns:
        values = text.rows.select(LINE, cleaning.text(name).alias("value")).drop_nulls("value")
        if values.height:
            raise ValueError(
                f"{text.file}: {values.height:,} rows have more fields than the header, such as "
                f"line {values[LINE][0]} with {values['value'][0][:40]!r} behind the last column: "
                "give each column a name, and quote values that hold the delimiter (`180,32`)"
            )


def _first_lines(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield the lines in which the header is searched, up to one that is too long."""
    for _ in range(headers.LOOKED_AT):
        line = stream.readline(memory_limits.LONGEST + 1)
        yield line
        if not line.endswith(b"\n"):
            return


def pieces(
    left: Iterator[bytes],
    empty: Text,
    numeric: Sequence[str],
    decoder: encodings.Decoder,
    above: int,
) -> Iterator[Text]:
    """Yield the records below the header, piece by piece, where `empty` is the text without any.

    Where one is broken, it and all that follows are read record by record.

    Parameters
    ----------
    left
        See `chunks`; without any the header is a piece that has no records.
    above
        Lines of the file before the first piece.
    """
    top = records.header(len(empty.names), empty.delimiter)
    above -= 1  # the header stands in each piece
    for chunk in itertools.chain([next(left, b"")], left):
        piece = top + records.with_doubled_quotes(decoder.utf8(chunk))
        parsed = records.fast(piece, empty.delimiter, numeric)
        if parsed is None:
            piece += records.with_doubled_quotes(decoder.utf8(b"".join(left)))
            parsed = careful(piece.decode("utf-8"), empty.delimiter, empty.file)
        rows, lines, ragged = parsed
        rows = records.renamed(rows, empty.names).with_columns(pl.col(LINE) + above)
        ragged = ragged.with_columns(pl.col("line") + above)
        yield replace(empty, rows=rows, ragged=ragged, lines=lines)
        empty = replace(empty, titles=())
        above += records.count(piece, b"\n") - 1


def chunks(stream: BufferedIOBase, file: str, held: bytes = b"") -> Iterator[bytes]:
    """Yield what is held and left of a stream, cut behind line breaks that no quote surrounds.

    TooLargeError where a line is longer than any record of sales.
    """
    while more := stream.read(max(PIECE, len(held))):
        parts = held, more, stream.readline(memory_limits.LONGEST)  # up to the end of a line
        held = b"".join(filter(None, parts))  # one part alone is not copied
        memory_limits.refuse_long_lines(file, held)
        if end := cut(held):
            yield held[:end]
            held = held[end:]
    if held:
        yield held


def cut(data: bytes) -> int:
    """Return where the last line break ends that no quote surrounds; 0 where there is none."""
    end = data.rfind(b"\n") + 1
    quotes = records.count(memoryview(data)[:end], b'"') if b'"' in data else 0
    while quotes % 2:
        before = data.rfind(b"\n", 0, end - 1) + 1
        quotes -= data.count(b'"', before, end)
        end = before
    return end
