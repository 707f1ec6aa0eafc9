"""Exclusions: customers, or customers and divisions, that must not be called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from unicodedata import normalize

import narwhals as nw
import polars as pl

from gosales_lib.core import states, timeline
from gosales_lib.core.spelling import hint
from gosales_lib.whitespace import lists

EXCLUDED = {
    "customer_id": pl.String,
    "division": pl.String,  # empty: all divisions
    "reason": pl.String,  # do not contact, open opportunity …
    "until": pl.Date,  # last day on which it holds; empty: for good
}
"""The columns of the exclusions; all but customer_id may be missing."""
NOBODY = pl.DataFrame(schema=EXCLUDED)
"""No exclusion at all."""


def read(
    source: lists.ListSource, divisions: Sequence[str], date_formats: Sequence[str] = ()
) -> pl.DataFrame:
    """Return the exclusions: the columns of `EXCLUDED`; no row without a file or table.

    `divisions` and `date_formats` are those of the layout: a misspelt division is refused, and
    `lists.read` refuses all other errors: a list of exclusions is never read in part.
    """
    rows = lists.read(source, "exclusions", EXCLUDED, date_formats)
    return known_divisions(source, rows, divisions)


def known_divisions(
    source: lists.ListSource, rows: pl.DataFrame, divisions: Sequence[str]
) -> pl.DataFrame:
    """Return a list with its divisions spelled as in the layout; they may differ in case.

    ValueError: a division is none of the layout's.
    """
    folded, meant = {caseless(name): name for name in divisions}, dict[str, str]()
    for name in rows["division"].drop_nulls().unique().sort():
        if name not in divisions and caseless(name) not in folded:
            raise ValueError(
                f"{lists.shown(source)}: division {name!r} is unknown{hint(name, divisions)}"
            )
        meant[name] = name if name in divisions else folded[caseless(name)]
    return rows.with_columns(pl.col("division").replace(meant))


def caseless(name: str) -> str:
    """Return a name as lists compare it: without case, in Unicode's composed form."""
    return normalize("NFC", name.casefold())


def held_at(barred: Sequence[pl.DataFrame], cutoff: date) -> pl.DataFrame:
    """Return the exclusions and open deals, as one table, that hold after the cutoff."""
    return still_held(pl.concat([NOBODY, *barred], how="diagonal"), cutoff)


def still_held(excluded: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the exclusions that hold after the cutoff: `until` is the last day of one."""
    days = excluded.with_columns(until_day=pl.col("until").cast(pl.Int32))
    over = nw.from_native(days).select(timeline.known(timeline.to_day(cutoff), "until_day"))
    return excluded.filter(~over.to_native().to_series().fill_null(False))


def bars(held: pl.DataFrame) -> pl.Expr:
    """Return the condition that an exclusion covers the cell, for the customer or this division."""
    everywhere = held.filter(pl.col("division").is_null())["customer_id"].unique()
    single = held.drop_nulls("division").select("customer_id", "division").unique()
    barred = pl.struct(single.columns).is_in(single.to_struct("cell").implode())
    return pl.col("customer_id").is_in(everywhere.implode()) | barred


def called(people: pl.DataFrame, division: str, held: pl.DataFrame) -> pl.DataFrame:
    """Return the customers or companies, by customer_id, that may be called about a division."""
    named = people.with_columns(division=pl.lit(division))
    return people.filter(~named.select(bars(held)).to_series())


def summary(excluded: pl.DataFrame, going: pl.DataFrame, cells: pl.DataFrame) -> dict[str, Any]:
    """Return how many exclusions and open deals there are, and how many name no customer.

    The latter hold back no offer. They reveal ids that are written differently, or are of another
    system. `unknown_stages` are the stages that no word says to be open, with their deals.
    `excluded` comes from `crm.barred`, `going` of `crm.deals`.
    """
    stages = going["stage"].drop_nulls().value_counts().sort("count", "stage", descending=True)
    known = states.OPEN | states.DRAFT
    unknown = {s: n for s, n in stages.iter_rows() if not states.words_of(s) & known}
    counts: dict[str, Any] = {"unknown_stages": unknown}
    for rows, of_no_customer, named in (
        ("rows", "of_no_customer", excluded),
        ("deals", "deals_of_no_customer", going),
    ):
        strangers = named.join(cells, on="customer_id", how="anti").height
        counts |= {rows: named.height, of_no_customer: strangers}
    return counts
