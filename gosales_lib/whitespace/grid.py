"""The grid: the state of every customer in every division, defined here once.

active      owner, bought it in the last `lapsed_months` (see `core.terms`)
lapsed      owner, but has not bought it since
whitespace  never bought it, and scored
not eligible  never bought it and not scored (never ordered anything, or a division without a model)
open        a deal is open, whatever it was before (`crm.opened`)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, get_args

import narwhals as nw
import polars as pl

from gosales_lib.core import terms
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import LAPSED_MONTHS, UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.features import labels

STATES = ("active", "lapsed", "whitespace", "not eligible", "open")
Motion = Literal["cross-sell", "win-back", "renewal", "up-sell"]
MOTIONS: tuple[Motion, ...] = get_args(Motion)
RHYTHM_DAYS = 3
"""Fewest order days (in the division) for a rhythm."""
REGULAR = 1.5
"""A rhythm is regular if its longest gap is at most this many times its median gap."""


def cells(
    sales: pl.DataFrame,
    customers: pl.DataFrame,
    scores: pl.DataFrame,
    divisions: Sequence[str],
    window: Window,
    purchase: Purchase = UNITS,
    lapsed_months: int = LAPSED_MONTHS,
) -> pl.DataFrame:
    """Return the grid: one row per customer and division, sorted by both.

    Rows of `sales` after the cutoff are not looked at. Customers who never ordered are in the grid
    too, not eligible. `scores` holds every division that was scored, `divisions` are spelled as in
    the layout; `purchase` and `lapsed_months` are the layout's.

    Returns
    -------
    pl.DataFrame
        customer_id, division, state (see `STATES`), `motion` (see `motion`), last_bought (date),
        due_date (where there is a rhythm), probability, expected_gp (null where not scored).
    """
    bought = purchases(sales, window.cutoff, purchase)
    rows = nw.from_native(everybody(sales, customers, divisions, window.cutoff))
    state = terms.standing(window.cutoff, lapsed_months)
    owned = nw.from_native(bought).with_columns(state=state)
    joined = rows.join(owned, on=KEYS, how="left").to_native()
    scored = scores.select(*KEYS, "probability", "expected_gp")
    never = pl.when(pl.col("probability").is_null()).then(pl.lit(STATES[3]))
    grid = joined.join(scored, on=KEYS, how="left").with_columns(
        pl.coalesce("state", never.otherwise(pl.lit(STATES[2]))).alias("state"),
        last_bought=_date("last_day"),
        due_date=_date("due_day"),
    )
    states = grid.with_columns(motion=motion(window)).drop("last_day", "due_day")
    order = [*KEYS, "state", "motion", "last_bought", "due_date", "probability", "expected_gp"]
    return states.select(order).sort(KEYS)


def motion(window: Window) -> pl.Expr:
    """Return the sales play of a cell, null where not eligible.

    cross-sell (never bought), win-back (lapsed), renewal (active, and by its rhythm due before the
    window ends), up-sell (active otherwise).
    """
    due = pl.col("due_day") <= window.end_day
    return (
        pl.when(pl.col("state") == "whitespace")
        .then(pl.lit("cross-sell"))
        .when(pl.col("state") == "lapsed")
        .then(pl.lit("win-back"))
        .when((pl.col("state") == "active") & due)
        .then(pl.lit("renewal"))
        .when(pl.col("state") == "active")
        .then(pl.lit("up-sell"))
    )


def everybody(
    sales: pl.DataFrame, customers: pl.DataFrame, divisions: Sequence[str], cutoff: date
) -> pl.DataFrame:
    """Return customers x divisions, for customers known on the cutoff or without any order."""
    customers_seen = labels.known_customers(sales, cutoff)
    never = customers.filter(pl.col("first_order_date").is_null()).select("customer_id")
    people = pl.concat([customers_seen, never]).unique()
    return people.join(pl.DataFrame({"division": list(divisions)}), how="cross")


def purchases(sales: pl.DataFrame, cutoff: date, purchase: Purchase = UNITS) -> pl.DataFrame:
    """Return the purchases by the cutoff: last day, and the day when the next is due by its rhythm.

    customer_id, division, last_day, due_day (last_day plus the median gap, null without a regular
    rhythm: `RHYTHM_DAYS` order days, longest gap at most `REGULAR` times the median).
    """
    lines = terms.purchases(sales, cutoff, purchase)
    days = lines.select(*KEYS, "order_day").unique().sort(*KEYS, "order_day")
    gap = pl.col("order_day").diff()
    summed = days.group_by(KEYS).agg(
        last_day=pl.col("order_day").max(), days=pl.len(), usual=gap.median(), longest=gap.max()
    )
    regular = (pl.col("days") >= RHYTHM_DAYS) & (pl.col("longest") <= REGULAR * pl.col("usual"))
    due = pl.when(regular).then(pl.col("last_day") + pl.col("usual").round().cast(pl.Int32))
    return summed.select(*KEYS, "last_day", due_day=due).sort(KEYS)


def counts(cells: pl.DataFrame) -> pl.DataFrame:
    """Return how many customers are in each state, by division: a column per state."""
    table = cells.group_by("division", "state").len().pivot("state", index="division", values="len")
    states = [pl.col(s) if s in table.columns else pl.lit(None).alias(s) for s in STATES]
    return table.select("division", *[s.fill_null(0).cast(pl.Int64) for s in states]).sort(
        "division"
    )


def _date(day: str) -> pl.Expr:
    return pl.col(day).cast(pl.Int32).cast(pl.Date)
