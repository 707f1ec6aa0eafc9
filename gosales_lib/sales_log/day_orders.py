"""Day and month of a file that no row tells apart: what else speaks for one of the two orders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import polars as pl

from gosales_lib.sales_log import date_formats, dates

NARROW = 0.5
"""Share of the span of the other reading up to which a reading's span speaks for it."""
FAR = 28
"""Days that a reading must be nearer to the files beside it to speak for itself."""
Span = tuple[date, date]


def turned(form: str) -> str:
    """Return a date format with day and month in each other's place."""
    return re.sub("%[dm]", lambda part: {"%d": "%m", "%m": "%d"}[part[0]], form)


def is_open(texts: pl.Series, days: pl.Series, formats: Sequence[str]) -> bool:
    """Return whether no row of dates, read by the formats, tells their day and month apart."""
    if texts.dtype.is_temporal() or not any(form.startswith(("%d", "%m")) for form in formats):
        return False
    if not days.count() or (days.dt.day() > 12).any():
        return False
    other = dates.days(texts, [turned(form) for form in formats])
    return other.count() > 0 and date_formats.judge(texts, is_named_date=True).order == "open"


def speaks_for(
    here: Span, there: Span, name: str, beside: tuple[Sequence[date], Sequence[date]]
) -> bool:
    """Return whether something speaks for the first of two readings, and nothing for the second.

    A file's name may hold the month of its last day, one reading may have the shorter span, or lie
    nearer to the files beside it: `beside` holds the last day of the file before, and the first one
    of the file after.
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
