"""Prospects: companies that never ordered, ranked by their attributes alone.

Prospects are not customers and are in no list of offers. If the quality of a division's ranking
cannot be measured (`quality`), no prospect of it is ranked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.layout import Attribute, Layout
from gosales_lib.whitespace import exclusions, lists
from gosales_lib.whitespace.prospects.population import (
    companies,
    features,
    first_orders,
    listed,
    waiting,
)
from gosales_lib.whitespace.prospects.quality import (
    CHANCE,
    FIRST_ORDERS,
    NEW_CUSTOMERS,
    NOTHING,
    Examples,
    Measured,
    better_than_chance,
    by_first_orders,
    by_new_customers,
    checked,
    judged,
    sentence,
    waited,
)

__all__ = ["CHANCE", "FIRST_ORDERS", "NEW_CUSTOMERS", "NOTHING", "checked", "companies", "listed"]

IN_WINDOW, ONCE_CUSTOMER = "a purchase in the window", "a purchase once it is a customer"
"""What the probability of a prospect is of."""
RANKED = pl.Schema(
    {
        "division": pl.String(),
        "rank": pl.Int32(),  # within the division
        "customer_id": pl.String(),
        "customer_name": pl.String(),
        "probability": pl.Float64(),
        "chance_of": pl.String(),  # `IN_WINDOW` or `ONCE_CUSTOMER`
    }
)


class Trained(NamedTuple):
    """What ranks the prospects of a division, with its quality and p-value (`judged`)."""

    examples: Examples | None
    like: Examples | None
    figures: dict[str, Any]
    p_value: float


def of(
    source: lists.ListSource,
    layout: Layout,
    customers: pl.DataFrame,
    accounts: pl.DataFrame,
    sales: pl.DataFrame,
    window: Window,
    earlier: Sequence[date],
    barred: Sequence[pl.DataFrame] = (),
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Return the prospects of a run, from the customers file and from a list: see `rank`.

    Parameters
    ----------
    source
        The list of the rules file; empty without one.
    earlier
        The cutoffs whose windows had closed by that of `window`, oldest first.
    barred
        Exclusions and open deals (`crm.barred`, `crm.deals`): such companies are not prospects.
    """
    further = listed(source, layout, customers, accounts)
    people = companies(customers, further, layout.attributes)
    spans = [Window(day, window.length, window.buffer_days, window.cutoff) for day in earlier]
    named = (layout.attributes, layout.divisions, layout.purchase)
    held = exclusions.held_at(barred, window.cutoff)
    return rank(people, sales, [*spans, window], *named, held=held)


def rank(
    people: pl.DataFrame,
    sales: pl.DataFrame,
    windows: Sequence[Window],
    attributes: Sequence[Attribute],
    divisions: Sequence[str],
    purchase: Purchase = UNITS,
    held: pl.DataFrame = exclusions.NOBODY,
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Return the prospects by division (`RANKED`), and the quality of each ranking.

    Parameters
    ----------
    people
        The result of `companies`.
    sales
        `fact_transactions`; rows after the list's cutoff are not looked at.
    windows
        The windows that had closed, oldest first, then the window of the list.
    held
        customer_id and division (null: all) of companies that must not be called; they are
        learned from and not ranked.

    Returns
    -------
    tuple
        The second is one dict per division: division, prospects, measured (on what), buyers, auc,
        low and high (95%), ranked (`better_than_chance`), expected_buyers (None where
        the probabilities are of companies that become customers), sentence.
    """
    cutoff = windows[-1].cutoff
    sales = nw.from_native(sales).filter(timeline.known(timeline.to_day(cutoff))).to_native()
    first = first_orders(sales, purchase)
    now = waiting(people, first, cutoff)
    divisions = divisions if now.height else ()
    at = partial(waited, people, first, attributes=attributes, purchase=purchase)
    fallback = partial(by_new_customers, people, first, attributes=attributes)
    trained = [_trained(sales.filter(division=d), windows, at, fallback) for d in divisions]
    shown = better_than_chance([t.figures for t in trained], np.array([t.p_value for t in trained]))
    frames, qualities = [pl.DataFrame(schema=RANKED)], list[dict[str, Any]]()
    for division, model, ranked in zip(divisions, trained, shown, strict=True):
        here = exclusions.called(now, division, held)
        row = {"division": division, "prospects": here.height, **model.figures}
        row |= {"ranked": ranked, "expected_buyers": None}
        if ranked and model.examples is not None:
            chance = model.examples.predict(features(here, attributes, cutoff), model.like)
            what = ONCE_CUSTOMER if model.like is None else IN_WINDOW
            row["expected_buyers"] = None if model.like is None else float(chance.sum())
            frames.append(_ordered(here.with_columns(chance_of=pl.lit(what)), division, chance))
        qualities.append(row | {"sentence": sentence(row)})
    return pl.concat(frames), qualities


def _trained(
    lines: pl.DataFrame,
    windows: Sequence[Window],
    at: Callable[[pl.DataFrame, Window], Examples],
    fallback: Callable[[pl.DataFrame, Window], Measured],
) -> Trained:
    """Return what ranks the prospects of a division: on first orders, else on new customers."""
    newest = [at(lines, window) for window in windows[-2:-1]]
    judge = any(examples.judge for examples in newest)
    before = [*(at(lines, window) for window in windows[:-2]), *newest] if judge else []
    how, examples, proof = by_first_orders(before, windows)
    like = before[year_before(windows)] if how == FIRST_ORDERS else None
    if how == NOTHING:
        how, examples, proof = fallback(lines, windows[-1])
    return Trained(examples, like, *judged(how, proof))


def year_before(windows: Sequence[Window]) -> int:
    """Return which closed window gives the level: the one a year before, else the newest.

    Companies come in waves: on AdventureWorks' windows that had closed, the share of the same
    season a year before came nearer to the observed one than that of the newest window, both times
    (1.4 for 3.5 and 1.3 for 4.5 in log odds).
    """
    same = timeline.add_months(windows[-1].cutoff, -12)
    days = [window.cutoff for window in windows[:-1]]
    return days.index(same) if same in days else len(days) - 1


def _ordered(now: pl.DataFrame, division: str, chance: Floats) -> pl.DataFrame:
    """Return the prospects of one division, the likeliest first: the columns of `RANKED`."""
    rows = now.with_columns(probability=pl.Series(chance), division=pl.lit(division))
    order = rows.sort(["probability", "customer_id"], descending=[True, False])
    ranked = order.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))
    return ranked.select(*RANKED).cast(RANKED)
