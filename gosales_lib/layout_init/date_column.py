"""The column of an order's day, and the words of a refusal where no column is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import permutations

import polars as pl

from gosales_lib.layout_init import month_columns, questions, words
from gosales_lib.layout_init.evidence import MOST, SAME, SOME, Evidence, Table, share
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.roles import NEAR, Roles, listed, take
from gosales_lib.sales_log import date_formats, dates, files
from gosales_lib.sales_log.records import LINE

FEWEST = 8
"""Values by which all of a column's numbers are told to be days of another calendar."""
YEAR = r"^\D{0,12}(?:19|20)\d\d$"
CALLED = 0.1
"""Points of a date that is called like the order's number; half of them lost by a later one."""
TERMS = 4
"""Different numbers of days after another date that a payment's due date has at most."""
OF_LINES = 2.0
"""Points that a date of an order's lines loses beside the order's own."""
_MONTH_AND_DAY = r"[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])\b"
OTHER_CALENDARS = {
    "Jalali (Persian) dates": rf"^1(?:3[5-9]|40)\d{_MONTH_AND_DAY}",
    "Hijri (Islamic) dates": rf"^14[2-5]\d{_MONTH_AND_DAY}",
    "JDE Julian dates": r"^1\d\d(?:[0-2]\d\d|3[0-5]\d|36[0-6])$",
}
"""Dates that are refused by name, and how they are written."""
MEASURED = words.REVENUE | words.QUANTITY | words.PRICE | words.COST | words.NO_MONEY


def find(roles: Roles) -> None:
    """Find the column of the order's day; ValueError: no column can be it, with every column."""
    hints = _hints(roles.log)
    take(roles, "order_date", lambda e: _date(e) and _date(e) + hints.get(e.name, 0.0), asks=True)
    if "order_date" not in roles.columns and not _numbered_days(roles):
        raise ValueError(_no_date(roles))
    if hints.get(roles.column("order_date"), 0) >= NEAR:
        roles.note("order_date", "it is called like the order's number; other dates come later")


def _hints(log: Table) -> dict[str, float]:
    """Return what tells between dates of equal names: small points, more for those of lines.

    The date that is called like the order's number counts more, one that lies behind another on
    the lines counts less: what is delivered or due comes later, due by a few terms.
    """
    dated = [e for e in log.every if _date(e) > 0]
    if len(dated) < 2:
        return {}
    rows = log.rows.head(SOME)
    days = {e.name: dates.days(rows[e.name], e.reading.formats) for e in dated}
    numbers = [set(e.words) for e in log.every if not e.is_date and e.says(words.ORDER)]
    called = {w for one in numbers if one <= words.ORDER | words.KEY for w in one & words.ORDER}
    gaps = {pair: _gap(days, *pair) for pair in permutations(days, 2)}
    later = {
        one
        for (one, _), gap in gaps.items()
        if share(gap >= 0) >= MOST
        if share(gap > 0) > MOST / 2
    }
    due = {
        one
        for (one, _), gap in gaps.items()
        if 0 < gap.n_unique() <= TERMS and (gap > 0).all() and not log.of[one].says(words.CLOSING)
    }
    points = {e.name: CALLED * bool(called & set(e.words)) for e in dated}
    first = [name for name, point in points.items() if point]
    if len(first) == 1 and {*days} - {*first} == later:
        points[first[0]] += NEAR
    of_lines = _of_lines(log, dated)
    for e in dated:  # since when a customer is one
        points[e.name] -= CALLED * e.says(words.PARTY) + NEAR * _is_of_customer(log, e, dated)
        points[e.name] -= NEAR * (e.name in due and e.name not in first)
        points[e.name] -= OF_LINES * (e.name in of_lines)
    return {name: value - CALLED / 2 * (name in later) for name, value in points.items()}


def _gap(days: Mapping[str, pl.Series], one: str, other: str) -> pl.Series:
    """Return the days from another date to one on each row that has both."""
    return (days[one] - days[other]).drop_nulls().dt.total_days()


def _is_of_customer(log: Table, e: Evidence, dated: list[Evidence]) -> bool:
    """Return whether each customer has one value of a date, and several of another."""
    parties = [one for one in log.every if one.says(words.PARTY) and not one.is_date]
    return any(
        log.determined(key.name, e.name) >= SAME > MOST > log.determined(key.name, other.name)
        for key in parties
        if FEWEST <= key.distinct < key.filled / 2
        for other in dated
    )


def _of_lines(log: Table, dated: list[Evidence]) -> set[str]:
    """Return the dates that differ between the lines of an order, as a lot's does.

    Another one is the same on all lines of each order.
    """
    numbers = [one.name for one in log.every if one.says(words.ORDER) and not one.is_date]
    orders = [name for name in numbers if FEWEST <= log.of[name].distinct < log.of[name].filled]
    shares = {e.name: [log.determined(order, e.name) for order in orders] for e in dated}
    if all(one < SAME for each in shares.values() for one in each):
        return set()
    return {name for name, each in shares.items() if all(one < MOST for one in each)}


def _numbered_days(roles: Roles) -> bool:
    """Take and ask about a column of numbers that all are days, which no name says."""
    for e in roles.log.every:
        if e.is_number and e.whole == 1 and not e.says(words.PARTY | MEASURED):
            reading = date_formats.judge(roles.log.rows[e.name], is_named_date=True)
            is_known = bool(words.KNOWN & set(e.words))
            fits = reading.formats == ("%Y%m%d",) if is_known else reading.formats != ("excel",)
            if reading.share == 1 and fits:
                roles.columns["order_date"] = e.name
                roles.keys["date_format"] = reading.formats[0]
                forms = [reading.formats, *reading.alternatives]
                answers = questions.of_key("date_format", [form[0] for form in forms])
                asks = f"no column is called a date; are the numbers of {e.name!r} days?"
                roles.ask("order_date", asks, roles.log.first_values(e.name), answers)
                return True
    return False


def _no_date(roles: Roles) -> str:
    """Return the message where no column reads as a date."""
    seen, looked = roles.log.every, roles.looked
    for e in seen:
        for kind, pattern in OTHER_CALENDARS.items():
            is_named = e.is_text or e.says(words.DATE)
            if not words.KNOWN & set(e.words) and e.name in looked.columns:  # by all values
                texts = roles.log.texts(e.name).drop_nulls()
                is_named |= len(texts) > FEWEST and texts.str.contains(pattern).all()
            if re.search(pattern, e.example) and is_named:
                return (
                    f"column {e.name!r} holds {kind}, such as {e.example!r}, which no format here "
                    "reads: export the dates of the common calendar, such as 2024-12-31"
                )
    years = [e.name for e in seen if re.search(YEAR, e.name)]
    if len(years) > len({name[-4:] for name in years}) + 1:
        return month_columns.unknown(years)
    if len(years) > 1:
        return (
            f"years stand as columns ({', '.join(years[:4])}): a year is too long to say who buys "
            "next; export the same sales by month or by order"
        )
    named = sorted((e for e in seen if e.says(words.DATE)), key=lambda e: -e.reading.dates)
    for e in named[:1]:
        example = (*e.reading.examples, e.example)[0]
        if example in {other.name for other in seen}:
            return (
                f"the header stands again in the file{_place(looked, e.name, example)}, with "
                "its columns in another order: part the file there"
            )
        read = f"{e.reading.dates:,} of {e.reading.filled:,} dates" if e.reading.dates else "none"
        return (
            f"no format known here reads the dates of column {e.name!r}, such as {example!r}"
            f"{_place(looked, e.name, example)}; {read} can be read: name their format with "
            "--date-format (such as %d.%m.%y, excel or unix), or save them as 2024-12-31"
        )
    return (
        f"no column holds dates among {listed(seen)}, and a sales log needs the day of each "
        "order: add one, or name it with --column order_date=COLUMN"
    )


def _place(looked: Looked, column: str, value: str) -> str:
    """Return where a value first stands in a column, such as ` (2024.csv, line 7)`; else empty."""
    for table in () if looked.source else looked.log:
        if column in table.columns and (table.rows[column].cast(pl.String) == value).any():
            rows = files.whole(list(files.texts(table.entry, None, table.columns))).rows
            if column in rows.columns:
                lines = rows.filter(pl.col(column).cast(pl.String).str.strip_chars() == value)[LINE]
                return f" ({table.name}, line {lines[0]})" if len(lines) else f" ({table.name})"
    return ""


def _date(e: Evidence) -> float:
    if not e.is_date:
        return 0
    other = e.says(words.OTHER_DAYS)
    months = 2 * any(not dates.has_day(form) for form in e.reading.formats)
    points = e.dates + e.says(words.DATE) + e.says(words.ORDER | words.CLOSING) / 2 + e.share_filled
    is_of_log = e.distinct == 1  # the day on which the log was written
    return max(0.1, points - 0.75 * other - months) - is_of_log
