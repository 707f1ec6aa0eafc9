"""Scores: probability, rank, kind of purchase and expected money, one row per customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from gosales_lib.core import sums, terms, timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.core.columns import SCORES
from gosales_lib.learning.models import expit, logit
from gosales_lib.reports.scores import Scores

TYPES = {"new": "new to division", "active": "repeat", "lapsed": "lapsed"}
"""The kind of purchase by the customer's standing in the division (`terms.standing`)."""
PRIOR_ORDERS = 2.0
"""The weight of the average buyer's gross profit, in orders of the customer."""


def purchase_type(
    features: pl.DataFrame, cutoff: date, lapsed_months: int = terms.LAPSED_MONTHS
) -> pl.Series:
    """Return new to division, lapsed or repeat, by `own_days_since_order`."""
    last = features.select(last_day=timeline.to_day(cutoff) - pl.col("own_days_since_order"))
    standing = nw.from_native(last).select(kind=terms.standing(cutoff, lapsed_months)).to_native()
    return standing["kind"].replace_strict(TYPES, return_dtype=pl.String).alias("purchase_type")


def gp_if_bought(
    features: pl.DataFrame, labelled: pl.DataFrame, window_months: timeline.Length
) -> Floats:
    """Return the expected gross profit of each customer, given a purchase in the window.

    The mean of earlier buyers (winsorised at their 1st and 99th percentile, and separate for first
    and repeated purchases) is shrunk towards the customer's own pace of the last 12 months. The
    customer's orders are weighed against two orders of the average buyer.

    Parameters
    ----------
    features
        Rows of the scoring cutoff: own_orders_12m, own_gp_12m, own_days_since_order.
    labelled
        Features and labels of the closed cutoffs: bought, gp_window.
    """
    prior = np.where(
        features["own_days_since_order"].is_null().to_numpy(),
        mean_of_buyers(labelled.filter(pl.col("own_days_since_order").is_null()), labelled),
        mean_of_buyers(labelled.filter(pl.col("own_days_since_order").is_not_null()), labelled),
    )
    orders = features["own_orders_12m"].fill_null(0).to_numpy().astype(float)
    pace = features["own_gp_12m"].fill_null(0.0).to_numpy() * timeline.months_of(window_months) / 12
    return (PRIOR_ORDERS * prior + orders * pace) / (PRIOR_ORDERS + orders)


def mean_of_buyers(rows: pl.DataFrame, otherwise: pl.DataFrame) -> float:
    """Return the winsorised mean gross profit of the window's buyers; of `otherwise` if none."""
    for frame in (rows, otherwise):
        spent = frame.filter(pl.col("bought") == 1)["gp_window"].to_numpy()
        if len(spent):
            low, high = np.quantile(spent, [0.01, 0.99])
            return float(np.clip(spent, low, high).mean())
    return 0.0


def percentile(probability: ArrayLike) -> Floats:
    """Return the percentile rank: 100 is the best, ties share the mean of their ranks."""
    ranks = pl.Series(np.asarray(probability, float)).rank("average").to_numpy()
    return 100 * ranks / max(1, len(ranks))


def build(
    features: pl.DataFrame,
    probability: ArrayLike,
    gp: ArrayLike,
    *,
    division: str,
    cutoff: date,
    lapsed_months: int = terms.LAPSED_MONTHS,
) -> pl.DataFrame:
    """Return the scores: the columns of `columns.SCORES`, best first, ties by customer_id.

    Parameters
    ----------
    features
        Rows of the scoring cutoff, in the order of `probability` and `gp`.
    gp
        Gross profit if they buy, in the layout's currency.
    lapsed_months
        An owner without a purchase for this number of months has lapsed (the layout's).
    """
    p = np.asarray(probability, float)
    scores = features.select("customer_id").with_columns(
        division=pl.lit(division),
        cutoff_date=pl.lit(cutoff),
        probability=pl.Series(p),
        percentile=pl.Series(percentile(p)),
        purchase_type=purchase_type(features, cutoff, lapsed_months),
        expected_gp=pl.Series(p * np.asarray(gp, float)),
    )
    ranked = scores.sort(["probability", "customer_id"], descending=[True, False])
    tenth = (pl.int_range(pl.len()) * 10) // pl.len() + 1
    return ranked.with_columns(decile=tenth).select(*SCORES).cast(SCORES)


def total_interval(probability: ArrayLike, level_error: float) -> tuple[float, float]:
    """Return the 95% interval of the number of buyers: of chance, and of the level's forecast.

    Parameters
    ----------
    probability
        One per customer.
    level_error
        The standard deviation of the level's error on the log odds (`level.Level.error`).
    """
    p = np.asarray(probability, float)
    odds = logit(p)
    ends = [float(expit(odds + side * level_error).sum()) for side in (-1, 1)]
    variance = float((p * (1 - p)).sum())
    low, high = (
        p.sum() + side * 1.96 * np.hypot(end - p.sum(), np.sqrt(variance))
        for side, end in zip((-1, 1), ends, strict=True)
    )
    return max(0.0, float(low)), min(float(len(p)), float(high))


def report(
    scores: pl.DataFrame, division: str, cutoff: date, level_error: float | None = None
) -> Scores:
    """Return the report of 04_score: customers, mean probability and money, and purchase types.

    `level_error` gives the interval of the number of buyers; without it none is available.
    """
    kinds = scores.group_by("purchase_type").agg(
        customers=pl.len(),
        mean_probability=sums.mean("probability"),
        expected_gp=sums.total("expected_gp"),
    )
    figures: dict[str, Any] = {
        "division": division,
        "cutoff": cutoff,
        "customers": scores.height,
        "mean_probability": scores["probability"].mean(),
        "expected_buyers": scores["probability"].sum(),
        "expected_gp": scores["expected_gp"].sum(),
        "purchase_types": kinds.sort("purchase_type").to_dicts(),
    }
    ends: tuple[float, float] | tuple[None, None] = (None, None)
    if level_error is not None:
        ends = total_interval(scores["probability"].to_numpy(), level_error)
    figures |= {"expected_buyers_low": ends[0], "expected_buyers_high": ends[1]}
    return Scores.of(**figures, sentence=summary(figures))


def summary(figures: Mapping[str, Any]) -> str:
    """Return the figures of a report in one sentence."""
    buyers = {
        kind["purchase_type"]: kind["mean_probability"] * kind["customers"]
        for kind in figures["purchase_types"]
    }
    new = buyers.get("new to division", 0)
    low, high = figures["expected_buyers_low"], figures["expected_buyers_high"]
    band = "" if low is None else f" (95% interval {low:,.0f} to {high:,.0f})"
    return (
        f"Of {figures['customers']:,} customers known on {figures['cutoff']} about "
        f"{figures['expected_buyers']:,.0f}{band} will buy {figures['division']} in the window, "
        f"{new:,.0f} of them for the first time; "
        f"{figures['expected_gp']:,.0f} gross profit is expected."
    )
