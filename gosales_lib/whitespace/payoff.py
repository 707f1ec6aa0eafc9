"""Payoff: the result of a list compared with baseline lists of the same size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.arrays import Floats
from gosales_lib.core.columns import KEYS
from gosales_lib.learning import metrics
from gosales_lib.reports.whitespace_tables import Paid
from gosales_lib.whitespace import capacity
from gosales_lib.whitespace.ranking import is_priced, masked

BASELINES = {
    "best customers first": ["gp_12m", "buyers_12m"],
    "latest customers first": ["last_order_day", "buyers_12m", "gp_12m"],
    "popular divisions first": ["buyers_12m", "gp_12m"],
}
"""The sort keys of the baseline lists, highest first. A rep could make each list by hand."""
RANDOM_LISTS = 20
DRAWS = 1000
SCHEMA = Paid.schema_of_table()


def compare(
    offers: pl.DataFrame,
    outcome: pl.DataFrame | None,
    places: int,
    modes: Sequence[str] = tuple(capacity.MODES),
    *,
    seed: int = 17,
    **limits: Any,
) -> pl.DataFrame:
    """Return the results of the model's list and of baseline lists of the same size, by mode.

    `offers` is the whole ranked list with the columns of `BASELINES`. `outcome` holds customer_id,
    division, bought and gp_window as observed (an absent cell did not buy); None where that is not
    known yet: then there is no row. Every list is filled under the same limits, those of
    `capacity.choose`.

    Returns
    -------
    pl.DataFrame
        mode, list, offers, bought, share, gross_profit with its 95% interval (low, high), and the
        model's gain over the list (gain, gain_low, gain_high). `random` is the mean of
        `RANDOM_LISTS` lists. Intervals are by a Poisson bootstrap over customers, the lists held
        fixed (Chamandy et al., Estimating uncertainty for massive data streams, 2012).
    """
    if outcome is None or offers.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    needed = ["rank", *KEYS, "rep", "branch", *{c for by in BASELINES.values() for c in by}]
    outcomes = outcome.select(*KEYS, "bought", "gp_window")
    happened = offers.select(needed).join(outcomes, on=KEYS, how="left", maintain_order="left")
    happened = happened.with_columns(pl.col("bought", "gp_window").fill_null(0))
    lists: dict[str, dict[str, list[pl.DataFrame]]] = {mode: {} for mode in modes}
    for name, order in _orders(happened, seed):
        for mode in modes:
            chosen = capacity.choose(order, places, mode, **limits)
            lists[mode].setdefault(name, []).append(chosen)
    rows = [{"mode": mode} | row for mode in modes for row in _measured(lists[mode], seed)]
    return pl.DataFrame(rows, schema=SCHEMA)


def _orders(offers: pl.DataFrame, seed: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the offers in the order of the model, of each baseline, and in random orders."""
    yield "model", offers
    anew = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias("rank")
    for name, columns in BASELINES.items():
        down = [True] * len(columns) + [False] * len(KEYS)
        order = offers.sort([*columns, *KEYS], descending=down, nulls_last=True)
        yield name, order.with_columns(anew)
    for number in range(RANDOM_LISTS):
        order = offers.sample(fraction=1.0, shuffle=True, seed=seed + number)
        yield "random", order.with_columns(anew)


def _measured(lists: Mapping[str, list[pl.DataFrame]], seed: int) -> list[dict[str, Any]]:
    """Return one row per list: its sums, their intervals, and the model's gain over it."""
    people = pl.concat([rows for many in lists.values() for rows in many])["customer_id"].unique()
    customers = people.sort().to_frame()
    profit = {name: _by_customer(customers, many) for name, many in lists.items()}
    weight = np.random.default_rng(seed).poisson(1.0, (DRAWS, customers.height))
    drawn = {name: weight @ sums for name, sums in profit.items()}
    rows = []
    for name, many in lists.items():
        size = sum(r.height for r in many) / len(many)
        bought = sum(float(r["bought"].cast(pl.Float64).sum()) for r in many) / len(many)
        low, high = metrics.interval(drawn[name]) or (None, None)
        ends = metrics.interval(drawn["model"] - drawn[name]) or (None, None)
        gain = float(profit["model"].sum() - profit[name].sum())
        share = bought / size if size else None
        row = {"list": name, "offers": size, "bought": bought, "share": share}
        row |= {"gross_profit": float(profit[name].sum()), "low": low, "high": high}
        rows.append(row | {"gain": gain, "gain_low": ends[0], "gain_high": ends[1]})
    return rows


def _by_customer(customers: pl.DataFrame, lists: Sequence[pl.DataFrame]) -> Floats:
    """Return the mean gross profit over some lists, one number per customer."""
    every = pl.concat([rows.select("customer_id", "gp_window") for rows in lists])
    total = sums.total(pl.col("gp_window").cast(pl.Float64))
    by_customer = every.group_by("customer_id").agg(total)
    joined = customers.join(by_customer, on="customer_id", how="left", maintain_order="left")
    return joined["gp_window"].fill_null(0.0).to_numpy() / len(lists)


def verdict(paid: pl.DataFrame, mode: str, lacks: str = "") -> str:
    """Return one sentence that compares the list with the best baseline, in one mode.

    `lacks` says what is missing in a window that is covered in part.
    """
    rows = paid.filter(mode=mode)
    if rows.is_empty():
        return "What it brought is not known yet: the window is not over, or nothing was offered."
    model = rows.filter(list="model").to_dicts()[0]
    baselines = rows.filter(pl.col("list") != "model").sort("gross_profit", "list", descending=True)
    best = baselines.to_dicts()[0]
    word = (
        "more, beyond the interval"
        if best["gain_low"] > 0
        else "less, beyond the interval" if best["gain_high"] < 0 else "no clear difference"
    )
    if best["gain"] == best["gain_low"] == best["gain_high"] == 0:
        word = "the same result"
    part = f"In part, {lacks}: " if lacks else ""
    return (
        f"{part}{model['offers']:,.0f} offers: {model['bought']:,.0f} bought, gross profit "
        f"{model['gross_profit']:,.0f} against {best['gross_profit']:,.0f} of {best['list']} "
        f"(gain {best['gain']:+,.0f}, 95% interval {best['gain_low']:+,.0f} to "
        f"{best['gain_high']:+,.0f}: {word})."
    )


def overlap(ranked: pl.DataFrame, before: pl.DataFrame, top_n: int) -> dict[str, Any]:
    """Return how much of the first `top_n` offers stood among the first `top_n` before.

    compared (rows), same_offers and same_customers (shares of the new list).
    """
    new, old = ranked.head(top_n), before.sort("rank").head(top_n)
    people = new["customer_id"].unique()
    return {
        "compared": new.height,
        "same_offers": new.join(old, on=KEYS, how="semi").height / max(1, new.height),
        "same_customers": people.is_in(old["customer_id"].unique().implode()).sum()
        / max(1, len(people)),
    }


def by_division(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the share of each division: division, offers, share, expected_gp, best first."""
    table = rows.group_by("division").agg(offers=pl.len(), expected_gp=sums.total("expected_gp"))
    share = table.with_columns(share=pl.col("offers") / max(1, rows.height))
    first = "expected_gp" if is_priced(rows) else "offers"
    return masked(share.sort([first, "division"], descending=[True, False]), rows)
