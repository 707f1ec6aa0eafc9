"""Day and month from file to file: those that stand the other way round, or may do so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from gosales_lib.layout_init.peek import Looked, Seen
from gosales_lib.sales_log import date_formats, dates

NARROW = 0.5
"""Share of the span of the other reading up to which a reading's span speaks for it."""
FAR = 28
"""Days that a reading must be nearer to the files beside it to speak for itself."""
Span = tuple[date, date]


def turned(form: str) -> str:
    """Return a date format with day and month in each other's place."""
    return re.sub("%[dm]", lambda part: {"%d": "%m", "%m": "%d"}[part[0]], form)


def apart(looked: Looked, column: str, formats: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the files whose rows turn day and month round, and those where nothing decides.

    Where no row of a file decides, its name, the days of the files beside it, or the shorter span
    of days must speak for the order of the other files, and nothing for the other order.
    """
    if len(looked.log) < 2 or not any("%d" in form for form in formats):
        return [], []
    own, other = list[str](), list[str]()
    spans = list[Span | None]()
    for table, texts in _texts(looked.log, column):
        reading, days = date_formats.judge(texts, is_named_date=True), dates.days(texts, formats)
        spans.append(None if reading.order == "open" else _span(days))
        is_other = reading.order == "settled" and set(map(turned, reading.formats)) & set(formats)
        if is_other and not dates.days(texts, reading.formats).equals(days):
            own.append(table.name)
    for at, (table, texts) in enumerate(_texts(looked.log, column)):
        before = [span[1] for span in spans[:at] if span][-1:]
        after = [span[0] for span in spans[at + 1 :] if span][:1]
        here = _span(dates.days(texts, formats))
        there = _span(dates.days(texts, [turned(form) for form in formats]))
        is_open = spans[at] is None
        if is_open and here and there and not _speaks_for(here, there, table.name, (before, after)):
            other.append(table.name)
    return own, other


def _texts(log: Sequence[Seen], column: str) -> Iterator[tuple[Seen, pl.Series]]:
    for table in log:
        is_there = column in table.columns
        yield table, table.rows[column] if is_there else pl.Series(dtype=pl.String)


def _span(days: pl.Series) -> Span | None:
    first, last = days.min(), days.max()
    return (first, last) if isinstance(first, date) and isinstance(last, date) else None


def _speaks_for(
    here: Span, there: Span, name: str, beside: tuple[Sequence[date], Sequence[date]]
) -> bool:
    """Return whether something speaks for the first of two readings, and nothing for the second.

    `beside` holds the last day of the file before and the first one of the file after.
    """
    digits, both = re.sub(r"\D", "", name), (here, there)
    short, long = ([(last - first).days for first, last in pair] for pair in (both, both[::-1]))
    gaps = [
        sum(abs((first - day).days) for day in beside[0])
        + sum(abs((day - last).days) for day in beside[1])
        for first, last in both
    ]
    for_both = [
        [a < NARROW * b for a, b in zip(short, long, strict=True)],
        [f"{last:%Y%m}" in digits or f"{last:%m%Y}" in digits for _, last in both],
        [a + FAR < b for a, b in zip(gaps, gaps[::-1], strict=True)],
    ]
    told = [first for first, second in for_both if first != second]
    return bool(told) and all(told)
