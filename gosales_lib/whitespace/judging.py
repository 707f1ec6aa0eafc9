"""Judges the offers by later purchases: lead products, timing and money, on the holdout."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from gosales_lib.core import sums, terms, timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.learning import metrics
from gosales_lib.reports.whitespace_tables import Hits, Tenth, Timing
from gosales_lib.whitespace import products, timing

DRAWS, SEED = 1000, 17
HITS, TENTHS, TIMING = (part.schema_of_table() for part in (Hits, Tenth, Timing))


def report(
    ranked: pl.DataFrame,
    lead: pl.DataFrame,
    curve: timing.Curve,
    sales: pl.DataFrame,
    later: pl.DataFrame,
    window: Window,
    outcome: pl.DataFrame | None,
    purchase: Purchase = UNITS,
) -> dict[str, Any]:
    """Return the results of the offers if the window's sales are known: products, timing, money.

    `hits`, `timing` and `money` (rows of `HITS`, `TIMING` and `TENTHS`), `interval` (see
    `coverage`), `judged` (whether later purchases are known), `when` and `when_closed` (how the
    timing was made). Without an `outcome` the tables are empty. `lead` comes from `products.leads`.
    """
    empty: dict[str, Any] = {"hits": [], "timing": [], "money": [], "judged": False}
    empty |= {"when": curve.sentence(), "when_closed": dict(curve.brier), "interval": None}
    if outcome is None or ranked.is_empty():
        return empty
    inside = nw.from_native(later).filter(window.labelled(), terms.purchased(purchase))
    after, days = inside.to_native(), timing.order_days(sales, window.cutoff, purchase)
    both = pl.concat([days, after.select(days.columns).unique()])
    ways = {curve.method: curve, timing.SEASON: timing.Curve(timing.SEASON)}
    ways[timing.EVEN] = timing.Curve(timing.EVEN)
    spreads = {name: way.spread(ranked, days, window) for name, way in ways.items()}
    return empty | {
        "hits": hits(
            lead, products.lines(sales, window.cutoff, purchase), after, window.cutoff
        ).to_dicts(),
        "timing": timing_scores(ranked, both, window, spreads).to_dicts(),
        "money": money(ranked, outcome).to_dicts(),
        "interval": coverage(ranked, outcome),
        "judged": True,
    }


def hits(
    table: pl.DataFrame, bought: pl.DataFrame, after: pl.DataFrame, cutoff: date
) -> pl.DataFrame:
    """Return how often the lead products were bought, compared with two baselines.

    Only divisions of at least two products are judged, and only offers that were bought. `table`
    comes from `products.leads`, `bought` of `products.lines` at the cutoff, `after` holds the
    window's lines.

    Returns
    -------
    pl.DataFrame
        The columns of `HITS`: list (lead products, best sellers of 12 months, what similar
        customers bought first), buyers, hit_1 and hit_3 (share of buyers who bought the first, or
        any of the three) with 95% intervals (Wilson's).
    """
    many = bought.group_by("division").agg(n=pl.col("product").n_unique()).filter(pl.col("n") > 1)
    offers = table.filter(place=1).join(many, "division", "semi").select(KEYS)
    buyers = after.select(KEYS).unique().join(offers, KEYS, "semi").sort(KEYS)
    lists = {
        "lead products": table,
        "best sellers": best_sellers(buyers, bought, cutoff),
        "what similar customers bought first": firsts_of_similar(buyers, bought),
    }
    if buyers.is_empty():
        return pl.DataFrame(schema=HITS)
    held = after.select(*KEYS, "product").unique().with_columns(hit=pl.lit(True))
    rows = [_hits(name, lead, buyers, held) for name, lead in lists.items()]
    return pl.DataFrame(rows, schema=HITS)


def _hits(
    name: str, lead: pl.DataFrame, buyers: pl.DataFrame, held: pl.DataFrame
) -> dict[str, Any]:
    mine = lead.join(buyers, KEYS, "semi").join(held, [*KEYS, "product"], "left")
    hits = mine.with_columns(pl.col("hit").fill_null(False))
    by = hits.group_by(KEYS).agg(
        one=pl.col("hit").filter(pl.col("place") == 1).any(), three=pl.col("hit").any()
    )
    row: dict[str, Any] = {"list": name, "buyers": buyers.height}
    for measure, column in (("hit_1", "one"), ("hit_3", "three")):
        share = float(by[column].sum()) / max(1, buyers.height)
        low, high = metrics.wilson(np.array([share]), np.array([buyers.height]))
        row |= {measure: share, f"{measure}_low": low[0], f"{measure}_high": high[0]}
    return row


def best_sellers(buyers: pl.DataFrame, bought: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the three products with most buyers in 12 months, equal for all customers."""
    year = nw.from_native(bought).filter(timeline.last_months(cutoff, 12)).to_native()
    counts = year.group_by("division", "product").agg(n=pl.col("customer_id").n_unique())
    return buyers.join(_most(counts, ["division"]), "division").select(*KEYS, "place", "product")


def firsts_of_similar(buyers: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Return the commonest first products of customers who began with the same division."""
    begun = bought.sort("order_day", "division").unique("customer_id", keep="first")
    began = begun.select("customer_id", began="division")
    first = bought.with_columns(first=pl.col("order_day").min().over(KEYS))
    opening = first.filter(pl.col("order_day") == pl.col("first")).join(began, "customer_id")
    by = ["division", "began"]
    counts = opening.group_by(*by, "product").agg(n=pl.col("customer_id").n_unique())
    mine = buyers.join(began, "customer_id")
    return mine.join(_most(counts, by), by).select(*KEYS, "place", "product")


def _most(counts: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return the products with most buyers in each group, with `place` from 1."""
    down = [False] * len(by) + [True, False]
    order = counts.sort(*by, "n", "product", descending=down)
    position = (pl.int_range(pl.len()) + 1).over(by).alias("place")
    return order.with_columns(position).filter(pl.col("place") <= products.LEAD)


def money(ranked: pl.DataFrame, outcome: pl.DataFrame) -> pl.DataFrame:
    """Return predicted and observed gross profit by tenth of the ranked list, best first.

    Tenths are by expected gross profit: 1 is the best, 0 all offers. A pair that is absent from
    `outcome` did not buy. The 95% interval of the observed gross profit is by a Poisson bootstrap
    over customers.
    """
    rows = ranked.join(outcome.select(*KEYS, "bought", "gp_window"), KEYS, "left").with_columns(
        pl.col("bought", "gp_window").fill_null(0)
    )
    if rows.is_empty():
        return pl.DataFrame(schema=TENTHS)
    order = rows.sort(["expected_gp", *KEYS], descending=[True, False, False])
    tenth = (pl.int_range(pl.len()) * 10) // pl.len() + 1
    parts = [order.with_columns(decile=pl.lit(0, pl.Int64)), order.with_columns(decile=tenth)]
    every = pl.concat([part.with_columns(pl.col("decile").cast(pl.Int64)) for part in parts])
    sums = [_sums(part) for _, part in sorted(every.group_by("decile"), key=lambda p: p[0])]
    return pl.DataFrame(sums, schema=TENTHS)


def _sums(rows: pl.DataFrame) -> dict[str, Any]:
    by_customer = rows.group_by("customer_id").agg(sums.total("gp_window")).sort("customer_id")
    weight = np.random.default_rng(SEED).poisson(1.0, (DRAWS, by_customer.height))
    low, high = np.quantile(weight @ by_customer["gp_window"].to_numpy(), [0.025, 0.975])
    return {
        "decile": rows["decile"][0],
        "offers": rows.height,
        "predicted_buyers": float(rows["probability"].sum()),
        "observed_buyers": int(rows["bought"].sum()),
        "predicted_gp": float(rows["expected_gp"].sum()),
        "observed_gp": float(rows["gp_window"].sum()),
        "observed_low": float(low),
        "observed_high": float(high),
    }


def timing_scores(
    ranked: pl.DataFrame, days: pl.DataFrame, window: Window, spreads: Mapping[str, Floats]
) -> pl.DataFrame:
    """Return the score of each way to distribute a purchase over the months, among the buyers.

    `days` are order days, those of the window included; `spreads` holds by method the shares of the
    months, a row per ranked offer.

    Returns
    -------
    pl.DataFrame
        The columns of `TIMING`: brier (integrated Brier score of when they bought, lower is
        better), c_index (share of pairs of buyers that are ordered as observed, ties count half),
        gain (the season's score less this one) with its 95% interval (bootstrap over buyers).
    """
    bought = timing.buyers(days, ranked, window)
    row_of = ranked.select(KEYS).with_row_index("row").join(bought, KEYS).sort("row")
    if row_of.is_empty():
        return pl.DataFrame(schema=TIMING)
    row, month = row_of["row"].to_numpy(), row_of["month"].to_numpy()
    errors = {name: timing.brier_by_pair(s[row], month) for name, s in spreads.items()}
    draw = np.random.default_rng(SEED).integers(0, len(row), (DRAWS, len(row)))
    rows = []
    for name, error in errors.items():
        gain = errors[timing.SEASON] - error
        low, high = np.quantile(gain[draw].mean(axis=1), [0.025, 0.975])
        expected = spreads[name][row] @ np.arange(window.whole_months)
        rows.append(
            (name, len(row), error.mean(), c_index(expected, month), gain.mean(), low, high)
        )
    return pl.DataFrame(rows, schema=TIMING, orient="row")


def c_index(expected: Floats, month: NDArray[np.int64]) -> float | None:
    """Return the share of pairs of buyers in the observed order; None without a pair."""
    earlier = month[:, None] < month[None, :]
    if not earlier.any():
        return None
    order = np.sign(expected[None, :] - expected[:, None])
    return float(((order[earlier] + 1) / 2).mean())


def coverage(ranked: pl.DataFrame, outcome: pl.DataFrame) -> dict[str, Any]:
    """Return how many buyers' gross profit lay in the 80% interval: buyers, inside (share)."""
    buyers = outcome.filter(pl.col("bought") == 1).select(*KEYS, "gp_window")
    rows = ranked.join(buyers, KEYS).drop_nulls("gp_if_sold_low")
    inside = rows.select(
        pl.col("gp_window").is_between("gp_if_sold_low", "gp_if_sold_high").mean()
    ).item()
    return {"buyers": rows.height, "inside": inside}


def frame(rows: list[dict[str, Any]], schema: pl.Schema) -> pl.DataFrame:
    """Return rows of the report as a table, which has its columns even without rows."""
    return pl.DataFrame(rows, schema=schema)
