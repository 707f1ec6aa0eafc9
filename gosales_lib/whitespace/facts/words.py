"""The wording of facts: their columns, and days, shares and gaps in words."""

from __future__ import annotations

import polars as pl

from gosales_lib.core.columns import KEYS

FACTS = pl.Schema(
    {
        "customer_id": pl.String(),
        "division": pl.String(),
        "kind": pl.String(),
        "strength": pl.Float64(),  # log of how far above the average; fixed for plain facts
        "reason": pl.String(),
        "opener": pl.String(),
    }
)
ABOVE = 1.1
"""A share or rate supports an offer from this multiple of the average on."""
MONTH = 365.25 / 12


def either(condition: pl.Expr, yes: str | pl.Expr, no: str | pl.Expr) -> pl.Expr:
    """Return one of two texts (a `str` is the text itself) by a condition."""
    texts = (pl.lit(text) if isinstance(text, str) else text for text in (yes, no))
    return pl.when(condition).then(next(texts)).otherwise(next(texts))


def every(days: pl.Expr) -> pl.Expr:
    """Return a gap of days in words: about every 3 weeks, about every 4 months."""
    weeks = (days / 7).round().cast(pl.Int64)
    months = (days / MONTH).round().cast(pl.Int64)
    return (
        pl.when(days < 10.5)
        .then(pl.lit("about every week"))
        .when(days < 56)
        .then(pl.format("about every {} weeks", weeks))
        .when(months == 12)
        .then(pl.lit("about once a year"))
        .otherwise(pl.format("about every {} months", months))
    )


def often(times: str) -> pl.Expr:
    """Return a number of times in words: once, twice, 5 times."""
    number = pl.col(times)
    few = pl.when(number == 1).then(pl.lit("once")).when(number == 2).then(pl.lit("twice"))
    return few.otherwise(pl.format("{} times", count(times)))


def likelier(lift: str) -> pl.Expr:
    """Return a multiple in words: 1.6 times as likely, twice as likely."""
    value = pl.col(lift).round(1)
    return pl.format("{} as likely", either(value == 2, "twice", pl.format("{} times", value)))


def day_of(day: str) -> pl.Expr:
    """Return a column of day numbers as dates."""
    return pl.col(day).cast(pl.Int32).cast(pl.Date)


def month(day: str) -> pl.Expr:
    """Return a column of day numbers as month and year: March 2022."""
    return day_of(day).dt.strftime("%B %Y")


def bought(what: pl.Expr, still: str = "have bought") -> pl.Expr:
    """Return when something was bought: bought CPE in May 2024, have bought CPE since May 2024.

    By the columns first_day, last_day and active of `bought.firsts`: only who bought it lately buys
    it `still`.
    """
    begin, end = month("first_day"), month("last_day")
    return (
        pl.when(begin == end)
        .then(pl.format("bought {} in {}", what, begin))
        .when(pl.col("active"))
        .then(pl.format(f"{still} {{}} since {{}}", what, begin))
        .otherwise(pl.format("bought {} between {} and {}", what, begin, end))
    )


def percent(share: str) -> pl.Expr:
    """Return a share in whole percent."""
    return (pl.col(share) * 100).round().cast(pl.Int64)


def tenths(share: str) -> pl.Expr:
    """Return a share as a number out of 10, from 1 to 9."""
    return (pl.col(share) * 10).round().clip(1, 9).cast(pl.Int64)


def count(number: str) -> pl.Expr:
    """Return a number rounded to a whole one, its thousands apart: 1,104."""
    whole = pl.col(number).round().cast(pl.Int64)
    return whole.map_elements("{:,}".format, return_dtype=pl.String)


def plain(trait: str) -> pl.Expr:
    """Return a trait in words: `Employees above 137`, `Value Added Reseller`, `Industry: Steel`.

    A value of several words needs no name of its column; a single word would be a riddle.
    """
    text = pl.col(trait)
    number = text.str.replace(r": (above|up to) (\S+)$", " $1 $2")
    number = number.str.replace(r": (\S+ to \S+)$", " $1")
    value = text.str.extract(r"^[^:]+: (.+)$")
    speaks = value.str.contains(r"^\p{L}{2,}[ &/-]+\p{L}[\p{L} &/.-]+$")
    return pl.when(number != text).then(number).when(speaks).then(value).otherwise(text)


def told(
    rows: pl.DataFrame, kind: str | pl.Expr, strength: pl.Expr, reason: pl.Expr, opener: pl.Expr
) -> pl.DataFrame:
    """Return facts of one kind: the columns of `FACTS`; without a reason there is no fact."""
    name = pl.lit(kind) if isinstance(kind, str) else kind
    table = rows.select(*KEYS, kind=name, strength=strength, reason=reason, opener=opener)
    return table.cast(FACTS).drop_nulls("reason")
