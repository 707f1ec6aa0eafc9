"""Where the table of a file begins: its delimiter, its header, and a name for every column."""

from __future__ import annotations

import contextlib
import csv
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from gosales_lib.core import keys

DELIMITERS = ",;\t|~^"
LOOKED_AT = 60
"""Number of lines in which the header is searched."""
VALUE = re.compile(r"^[-+($€£¥\s]*\d[\d.,:/\s'-]*[)%]?$|^\d{4}-\d\d-\d\d")
DAY = re.compile(
    r"^\d{1,4}([-/.])\d{1,2}\1\d{1,4}$"
    r"|^(19|20)\d\d[-/.]?(0?[1-9]|1[0-2])$|^(0?[1-9]|1[0-2])[-/.](19|20)\d\d$"
)
FEWEST_DAYS = 3
"""Days above other values that are names of columns: those of months."""
SEP = re.compile(r'^"?sep=(.|\\t)"?\s*$', re.IGNORECASE)


@dataclass(frozen=True)
class Top:
    """The head of a table."""

    names: tuple[str, ...]  # one per column; blank and repeated names get a number
    delimiter: str  # of a text; empty for cells
    above: int  # lines before the first record
    titles: tuple[str, ...] = ()  # lines above the header that hold something
    beyond: tuple[str, ...] = ()  # columns behind the last field of the header


def in_text(lines: Sequence[str], delimiter: str | None, columns: Collection[str]) -> Top:
    """Return the head of a delimited text by its first lines.

    Parameters
    ----------
    columns
        The columns that a layout names: the line that names most of them is the header. Without
        any the first line that names most columns is it.
    """
    first = SEP.match(lines[0]) if lines else None
    start = 1 if first else 0
    if first and not delimiter:
        delimiter = first[1].replace("\\t", "\t")
    tops = {
        sign: _records(lines[start:], sign) for sign in ([delimiter] if delimiter else DELIMITERS)
    }
    sign = max(tops, key=lambda each: _fit(tops[each], columns))
    top = in_cells([record for _, record in tops[sign]], columns)
    if not top.names:
        return Top((), sign, len(lines))
    above = start + tops[sign][top.above - 1][0] if top.above else start
    return replace(top, delimiter=sign, above=above)


def _records(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return records with the number of the line that each ends on."""
    reader = csv.reader(lines[:LOOKED_AT], delimiter=delimiter)
    records = []
    with contextlib.suppress(csv.Error):
        for record in reader:
            records.append((reader.line_num, record))
    return records


def _fit(records: list[tuple[int, list[str]]], columns: Collection[str]) -> tuple[float, ...]:
    """Return how well a delimiter splits lines: into known names, else evenly and widely."""
    known = set(columns)
    names = [len({clean(value) for value in set(record)} & known) for _, record in records]
    widths = Counter(len(record) for _, record in records if any(record))
    often, width = max(((n, w) for w, n in widths.items() if w > 1), default=(0, 1))
    share = often / max(1, widths.total())
    return max(names, default=0), share >= 0.5, width, share


def in_cells(rows: Sequence[Sequence[Any]], columns: Collection[str]) -> Top:
    """Return the head of a table by its first rows; see `in_text`.

    A table without a header has its columns called by their places, and nothing above.
    """
    rows = rows[:LOOKED_AT]
    filled = [sum(not _blank(value) for value in row) for row in rows]
    if not any(filled):
        return Top((), "", len(rows))
    at = _header(rows, filled, set(columns))
    if at is None:
        return Top(tuple(by_place(number + 1) for number in range(_width([], rows))), "", 0)
    width = _width(rows[at], rows[at + 1 :])
    titles = (" ".join(clean(v) for v in row if not _blank(v)) for row in rows[:at])
    first = [None] if _are_numbered(rows[at + 1 :], len(rows[at])) else []
    header = [*first, *rows[at], *[None] * width][:width]
    if at:
        header = _below_groups([*first, *rows[at - 1], *[None] * width][:width], header)
    names = named(header)
    beyond = names[len(first) + len(rows[at]) :]
    return Top(names, "", at + 1, tuple(filter(None, titles)), beyond)


def _are_numbered(rows: Sequence[Sequence[Any]], width: int) -> bool:
    """Return whether a number that counts the rows stands before the fields that have a name."""
    counted = [row[0] for row in rows if _reach(row)]
    is_wider = all(len(row) == width + 1 for row in rows if _reach(row))
    return len(counted) > 1 and is_wider and counted in _counts(len(counted))


def _counts(length: int) -> list[list[str]]:
    """Return the numbers of rows from 0 or 1 on, as text."""
    return [[str(start + number) for number in range(length)] for start in (0, 1)]


def _below_groups(groups: Sequence[Any], header: Sequence[Any]) -> list[Any]:
    """Return names with the group above them, `Jan 2023`, where only this tells them apart.

    A group reaches to the next one.
    """
    names = [clean(name) for name in header if not _blank(name)]
    filled, group = list(header), ""
    for number, name in enumerate(header):
        group = clean(groups[number]) or group
        filled[number] = name if _blank(name) else f"{clean(name)} {group}".strip()
    joined = {clean(name) for name in filled if not _blank(name)}
    return filled if len(set(names)) < len(names) == len(joined) else list(header)


def _width(header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> int:
    """Return the number of columns: the header's, or the records' where their usual one is higher.

    A delimiter at the end of every row, or of the header alone, makes no column too many.
    """
    lengths = Counter(len(row) for row in rows if _reach(row))
    usual = lengths.most_common(1)[0][0] if lengths else 0
    return usual if usual >= _reach(header) else len(header)


def _header(rows: Sequence[Sequence[Any]], filled: list[int], columns: set[str]) -> int | None:
    """Return the index of the header; None where all rows hold values."""
    hits = [len({clean(value) for value in set(row)} & columns) for row in rows]
    if max(hits) > 0:
        return hits.index(max(hits))
    if columns and all(is_by_place(name) for name in columns):
        return None
    usual = Counter(count for count in filled if count).most_common()
    most = max(count for count, often in usual if often >= usual[0][1] / 2)
    at = next(at for at, count in enumerate(filled) if count >= max(min(2, most), 0.6 * most))
    while at + 1 < len(rows) and _names(rows[at + 1]) == filled[at + 1] > filled[at]:
        at += 1  # the name of a group stands above several names, and a title above all
    if _names(rows[at]) < filled[at]:  # a title with a value, such as the day of printing
        below = range(at + 1, len(rows))
        wider = (n for n in below if filled[n] > max(filled[at:n]) and _names(rows[n]) == filled[n])
        at = next(wider, at)
    if _names(rows[at]) >= 0.7 * filled[at] or _above_values(rows, at):
        return at
    return None if sum(filled[:at]) == 0 else at


def _names(row: Sequence[Any]) -> int:
    """Return how many cells of a row are words."""
    words = [value for value in row if isinstance(value, str) and not _blank(value)]
    return sum(not VALUE.match(word.strip()) for word in words)


def _above_values(rows: Sequence[Sequence[Any]], at: int) -> bool:
    """Return whether a word stands above values only, as a column's name does, or days do."""
    days = 0
    for number, value in enumerate(rows[at]):
        cells = [row[number] for row in rows[at + 1 :] if number < len(row)]
        cells = [cell for cell in cells if not _blank(cell)]
        if _names([value]) and cells and _names(cells) < 0.2 * len(cells):
            return True
        days += _is_day(value) and bool(cells) and not any(map(_is_day, cells))
    return days >= FEWEST_DAYS


def _is_day(value: Any) -> bool:
    return isinstance(value, date) or bool(isinstance(value, str) and DAY.match(value.strip()))


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _reach(row: Sequence[Any]) -> int:
    """Return how many columns a row has up to its last value."""
    return next((number for number in range(len(row), 0, -1) if not _blank(row[number - 1])), 0)


def clean(value: Any) -> str:
    """Return a column's name in one line, without invisible characters."""
    if value is None:
        return ""
    if isinstance(value, float) and value == value // 1:
        value = int(value)
    text = str(value)
    return " ".join((text if text.isascii() else re.sub(keys.UNSEEN, "", text)).split())


def named(cells: Sequence[Any]) -> tuple[str, ...]:
    """Return a name for every column: its own, numbered where it stands twice, or its place."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = own = clean(cell) or by_place(number)
        again = 2
        while name in names:
            name, again = f"{own} ({again})", again + 1
        names.append(name)
    return tuple(names)


def by_place(number: int) -> str:
    """Return the name of a column without a name."""
    return f"column {number}"


def is_by_place(name: str) -> bool:
    """Return whether a column has no name of its own."""
    return re.fullmatch(r"column \d+", name) is not None


def is_again(name: str) -> bool:
    """Return whether a column's name stood in the header before it."""
    return re.search(r" \(\d+\)$", name) is not None
