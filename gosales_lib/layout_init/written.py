"""How a log writes days and numbers: date formats, decimal sign, and what they leave open."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import polars as pl

from gosales_lib.layout_init import (
    arithmetic,
    currencies,
    evidence,
    money,
    questions,
    words,
    writing,
)
from gosales_lib.layout_init.evidence import Table
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import date_formats, dates, day_orders, named_periods
from gosales_lib.sales_log.date_formats import DateReading
from gosales_lib.sales_log.numbers import COMMA, POINT, Sign, judge, judge_each, usual
from gosales_lib.sales_log.required_columns import months_of

Formats = tuple[str, ...]
FEW_TOLD = 0.1
"""Share of a file's dates that only one order of day and month reads, where it tells the order."""
FEW_UNREAD = 0.02
"""Share of dates that no format reads up to which their rows are only rejected."""

BESIDE = words.TAX | words.REVENUE | words.PRICE | words.COST
"""What the money of a line is a share or a multiple of."""
POINTED = r"\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Hangul}|\p{Thai}|\p{Hebrew}"
"""Scripts of languages that never write a decimal comma."""
EXPORT = "Else export dates with their year"
FORMATS = {2: ("%b %Y", "%m %Y", "%V %G"), 3: ("%d %b %Y", "%d %m %Y")}
QUARTERS = ("%q %Y", "Q%q %Y", "T%q %Y", "K%q %Y")
"""Formats of days in two or three columns, and of a quarter with its year."""


def find_parted_days(roles: Roles) -> None:
    """Take a year, a month, quarter or week, and a day where there is one, as the date."""
    log = roles.log
    if "order_date" in roles.columns or any(e.is_date for e in log.every):
        return
    named = [e for e in log.every if e.says(words.PERIOD | words.DAY)]
    years = log.years
    others = [e for e in named if e not in years]
    days = [e for e in others if e.says(words.DAY) and log.lies_within(e.name, 1, 31)]
    for year, month in product(years, (e for e in others if e not in days)):
        for parts in ([*days[:1], month, year], [month, year]):
            columns = [part.name for part in parts]
            forms = QUARTERS if month.says(words.QUARTER) else FORMATS[len(parts)]
            text = log.rows.select(dates.together(columns).alias("text")).to_series()
            for form in forms:
                if evidence.share(dates.days(text, [form]).is_not_null()) > evidence.MOST:
                    roles.columns["order_date"] = columns
                    roles.keys["date_format"] = form
                    return _ask_for_books(roles, year.name, form)


def _ask_for_books(roles: Roles, year: str, form: str) -> None:
    """Ask whether a year beside months is the calendar's, where its name or their order doubts it.

    Months as columns that run from April to March are those of a year of the books.
    """
    months = pl.Series(list(months_of(roles.keys.get("months", []))), dtype=pl.String)
    runs_on = dates.days(months + " 2000", [form]).is_sorted()
    if words.FISCAL & words.of(year) or not runs_on:
        asks = f"the years of {year!r} seem to be those of the books: does each begin with January?"
        answers = [Answer(f"{year} as the calendar's year", {})]
        roles.ask("order_date", f"{asks} {EXPORT}", roles.examples([year]), answers)


def find_days(roles: Roles, given: str | None) -> None:
    """Set the date formats; ask where day and month stay open, or rows contradict each other."""
    if given is not None:
        roles.keys["date_format"] = given
    column, rows = roles.column("order_date"), roles.log.rows
    if "date_format" in roles.keys or not column or rows[column].dtype.is_temporal():
        return
    reading = roles.log.of[column].reading
    if reading.formats:
        roles.keys["date_format"] = _one_or_more(reading.formats)
    if len(reading.formats) > 1 and reading.formats[-1] in dates.NUMBERED:
        roles.note("date_format", "plain numbers among the dates fall into the same period")
    if "year_in_name" in roles.keys:
        _year_of_books(roles)
    own = _own_formats(roles.looked, column) if any("%d" in f for f in reading.formats) else {}
    apart = _files_apart(roles.looked, column, reading.formats, own)
    if apart and _is_told_by_file(roles, column, own):
        _take_by_file(roles, column, own)
    elif reading.order != "settled" or apart:
        turned = reading.alternatives or [tuple(map(day_orders.turned, reading.formats))]
        answers = questions.of_key("date_format", map(_one_or_more, (reading.formats, *turned)))
        what = "no row tells day and month apart"
        if apart:
            usual = {table.name: reading.formats for table in roles.looked.log}
            answers += questions.of_key("date_format", [_by_file(usual | apart)])
            what = f"day and month stand the other way round in {', '.join([*apart][:3])}"
            what += f"{' and more' if len(apart) > 3 else ''} than in the other files"
        elif reading.order == "mixed":
            what = "day and month change places within the column"
        roles.ask("date_format", f"{what} in {column!r}", reading.examples, answers)
    elif any(_is_fiscal(form, column) for form in reading.formats):
        answers = questions.of_key("date_format", [_one_or_more(reading.formats)])
        asks = f"{column!r} holds posting periods: is the first one January? Where the year begins "
        asks += "with another month, export the posting date instead"
        roles.ask("date_format", asks, [str(rows[column].drop_nulls()[0])], answers)
    elif reading.read < reading.filled:
        unread = reading.filled - reading.read
        asks = f"{unread:,} of {reading.filled:,} dates of {column!r} match no format"
        if unread > FEW_UNREAD * reading.filled:
            roles.ask("date_format", asks, reading.examples)
        else:
            roles.note("date_format", f"{asks}, and their rows are rejected")


def _own_formats(looked: Looked, column: str) -> dict[str, DateReading]:
    """Return how each of several files writes its days, by its own rows."""
    tables = [table for table in looked.log if column in table.columns and len(looked.log) > 1]
    return {t.name: date_formats.judge(t.rows[column], is_named_date=True) for t in tables}


def _files_apart(
    looked: Looked, column: str, formats: Formats, own: Mapping[str, DateReading]
) -> dict[str, Formats]:
    """Return the formats of files whose rows say that day and month stand the other way round."""
    apart = {}
    for table in looked.log:
        reading = own.get(table.name, DateReading(order="open"))
        turned = set(map(day_orders.turned, reading.formats))
        if reading.order == "settled" and turned & set(formats):
            here = dates.days(table.rows[column], reading.formats)
            if not here.equals(dates.days(table.rows[column], formats)):
                apart[table.name] = reading.formats
    return apart


def _by_file(formats: Mapping[str, Formats]) -> dict[str, str | list[str]]:
    """Return the formats of files by patterns of their names; the usual ones stand last."""
    groups: dict[Formats, list[str]] = {}
    for name, forms in formats.items():
        groups.setdefault(forms, []).append(name)
    usual, *fewer = sorted(groups, key=lambda forms: -len(groups[forms]))
    named = {glob.escape(name): _one_or_more(forms) for forms in fewer for name in groups[forms]}
    return named | {"*": _one_or_more(usual)}


def _is_told_by_file(roles: Roles, column: str, own: Mapping[str, DateReading]) -> bool:
    """Return whether more than a few values of each file say by themselves how it writes days."""
    tables = roles.looked.log
    if sum(table.rows.height for table in tables) != roles.log.rows.height:
        return False
    for table in tables:
        reading = own.get(table.name, DateReading())
        turned = dates.days(table.rows[column], list(map(day_orders.turned, reading.formats)))
        is_told = evidence.share(turned.is_null()) >= FEW_TOLD
        if reading.order != "settled" or not is_told or reading.read < reading.filled:
            return False
    return True


def _take_by_file(roles: Roles, column: str, own: Mapping[str, DateReading]) -> None:
    """Read the days of each file by its own formats, and go on with days of ISO 8601."""
    by_file = _by_file({name: reading.formats for name, reading in own.items()})
    tables = [
        replace(
            table,
            rows=table.rows.with_columns(
                dates.days(table.rows[column], own[table.name].formats)
                .cast(pl.String)
                .alias(column)
            ),
        )
        for table in roles.looked.log
    ]
    days = pl.concat([table.rows[column] for table in tables])
    roles.looked = replace(roles.looked, log=tables)
    roles.log = Table(roles.log.rows.with_columns(days), roles.log.decimal)
    roles.keys["date_format"] = by_file
    what = "each file's own rows tell its day and month apart, and they change places"
    roles.note("date_format", f"{what}: {writing.scalar(by_file)}")


def _year_of_books(roles: Roles) -> None:
    """Ask whether `FY2023` is the calendar's year, where the days of a file do not run through."""
    days, first = roles.days(roles.log.rows), 0
    for table in roles.looked.log:
        own = days.slice(first, table.rows.height).drop_nulls()
        first += table.rows.height
        runs_on = own.is_sorted() or own.is_sorted(descending=True)
        if words.FISCAL & words.of(table.name) and not runs_on:
            asks = "the year in the name is one of the books: does it begin with January? " + EXPORT
            answers = questions.of_key("year_in_name", [True])
            return roles.ask("year_in_name", asks, [table.name], answers)


def _is_fiscal(form: str, column: str) -> bool:
    """Return whether a format or a column's name says periods of a year of the books."""
    of_books = words.FISCAL & words.of(column) and not dates.has_day(form)
    return bool(of_books or named_periods.FISCAL.search(form))


def _one_or_more(formats: Formats) -> str | list[str]:
    return formats[0] if len(formats) == 1 else list(formats)


def find_sign(roles: Roles) -> None:
    """Set the decimal sign where it is not the usual one; ask where values contradict."""
    if "decimal" in roles.keys:  # the user named it
        return
    files, rows = roles.looked.log, roles.log.rows
    is_one, expected = len({t.decimal for t in files}) == 1, {usual(t.delimiter) for t in files}
    if is_one and expected != {files[0].decimal}:
        roles.keys["decimal"] = files[0].decimal
    _thousandths(roles)
    columns = {str(roles.columns.get(role, "")): role in roles.given for role in money.ROLES}
    each = judge_each(rows)
    signs = {name: each[name] for name in columns if name in each}
    undecided = [sign for sign in signs.values() if sign.undecided]
    is_told = any(sign.sign for sign in signs.values())
    whole = roles.keys["currency"] in currencies.WHOLE and "decimal" not in roles.keys
    if whole and undecided and not is_told:
        roles.keys["decimal"] = POINT if undecided[0].open_comma else COMMA
        roles.note("decimal", f"{roles.keys['currency']} has no decimals: groups are thousands")
    is_told = "decimal" in roles.keys or any(sign.sign for sign in each.values())
    if undecided and not is_told and (proved := _sign_by_arithmetic(roles)):
        roles.keys["decimal"], is_told = proved, True
        roles.note("decimal", "quantities, taxes and the money of products fit each other only so")
    scripts = pl.Series([name for name, sign in signs.items() if sign.undecided], dtype=pl.String)
    if undecided and not is_told and scripts.str.contains(POINTED).all():
        roles.keys["decimal"], is_told = POINT, True
        roles.note("decimal", "the languages of these headers write a decimal point")
    answers = questions.of_key("decimal", (POINT, COMMA))
    for name, sign in signs.items():
        if sign.mixed and not columns[name]:
            examples = [str(e) for e in (sign.example_point, sign.example_comma) if e]
            asks = f"{name!r} mixes decimal points and decimal commas; which one is it?"
            roles.ask("decimal", asks, examples, answers)
        elif sign.undecided and not is_told and not columns[name]:
            asks = f"nothing tells whether the sign in {name!r} separates thousands or decimals"
            roles.ask("decimal", asks, [str(sign.example_open)], answers)


def _sign_by_arithmetic(roles: Roles) -> Sign | None:
    """Return the sign by which quantities and taxes fit the money; None where nothing shows it.

    Price times quantity is the money, or the money per unit, tax or price varies far less, of
    products that have numbers both with and without a separator.
    """
    log, amount = roles.log, roles.first("revenue", "gross_profit", "cost")
    units, price = map(roles.column, ("quantity", "unit_price"))
    beside = (e.name for e in log.every if e.is_number and e.says(BESIDE))
    names = list(dict.fromkeys(filter(None, (units, price, *beside))))
    names = [amount, *(name for name in names if name != amount)]
    if not amount or not names[1:]:
        return None
    read = {s: arithmetic.numbers(evidence.Table(log.rows, s), names) for s in (POINT, COMMA)}
    if {units, price} <= set(names):
        fits = [
            sign
            for sign, of in read.items()
            if arithmetic.agree(of[amount], of[units] * of[price], of[units])
        ]
        if len(fits) == 1:
            return fits[0]
    by = roles.column("product")
    groups = log.texts(by) if by else pl.repeat("", log.rows.height, eager=True)
    ratios = [[arithmetic.ratio(of[amount], of[n]) for of in read.values()] for n in names[1:]]
    is_point = {arithmetic.steadier(point, comma, groups) for point, comma in ratios} - {None}
    return None if len(is_point) != 1 else POINT if True in is_point else COMMA


def _thousandths(roles: Roles) -> None:
    """Write down that `4,000` units are 4, where price times quantity says so."""
    names = [str(roles.columns.get(role, "")) for role in ("quantity", "unit_price", "revenue")]
    rows = roles.log.rows
    if not set(names) <= set(rows.columns) or not judge(rows[names[0]]).undecided:
        return
    quantity, price, amount = arithmetic.numbers(roles.log, names).values()
    if arithmetic.agree(amount * 1000, quantity * price, quantity):
        roles.keys.setdefault("scale", {})[names[0]] = 0.001
        roles.note("scale", f"{names[0]!r} has three decimals, as price times quantity says")
