"""Division mix: what the customer's money went to, how broadly, and what came first."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.features.known import DIVISION, Known, distinct, ratio
from gosales_lib.features.registry import Block, Feature, family

NONE = "none"


@family()
def division_mix(known: Known) -> list[Block]:
    """Orders and gross profit per division over 12 months and ever, shares, breadth, entropy.

    A share is of the customer's orders over all time, smoothed towards an equal split by one
    order a division, so that one small order does not read as devotion. Entropy is in nats: 0 is
    one division only. Days since the last new division tell who is still broadening.
    Source: entropy, Shannon (1948); smoothing, a symmetric Dirichlet prior.
    """
    bought = nw.when(nw.col("bought_quantity") > 0).then(1).otherwise(0)
    features, shares = [], []
    for division in known.divisions:
        features += sums(known, division, bought)
        smoothed = nw.col(f"orders_all__{division}") + 1.0
        share = ratio(smoothed, nw.col("_orders") + float(len(known.divisions)))
        shares.append(Feature(f"share__{division}", share, f"Share of {division}", "share"))
    year = distinct(nw.when(known.within(12, bought) > 0).then(nw.col(DIVISION)))
    features += [
        Feature("_orders", bought.sum()),
        Feature("divisions_12m", year, "Divisions in a year", "divisions", "12m", 0),
    ]
    return [Block(known.division_days, features, shares), breadth(known)]


def sums(known: Known, division: str, bought: nw.Expr) -> list[Feature]:
    """Return orders in a year and ever, and gross profit ever, in one division."""
    here = nw.col(DIVISION) == division
    year = nw.when(here).then(known.within(12, bought)).otherwise(0).sum()
    ever = nw.when(here).then(bought).otherwise(0).sum()
    gp = nw.when(here).then(nw.col("gp")).otherwise(0.0).sum()
    return [
        Feature(f"orders_12m__{division}", year, f"Orders in {division}", "orders", "12m", 0),
        Feature(f"orders_all__{division}", ever, f"Orders in {division}", "orders", "all", 0),
        Feature(f"gp_all__{division}", gp, f"In {division}", "currency", "all", 0),
    ]


def breadth(known: Known) -> Block:
    """Return how many divisions, how evenly, which came first and when the last new one came."""
    count = nw.col("orders") * 1.0
    index = nw.lit(0)
    for i, division in enumerate(known.divisions):
        index = nw.when(nw.col(DIVISION) == division).then(i).otherwise(index)
    width = len(known.divisions) + 1
    first = nw.lit(NONE)
    for i, division in enumerate(known.divisions):
        first = nw.when(nw.col("_first") % width == i).then(nw.lit(division)).otherwise(first)
    entropy = nw.col("_orders").log() - nw.col("_orders_log_orders") / nw.col("_orders")
    return Block(
        known.division_sums,
        [
            Feature("_first", (nw.col("first_day") * width + index).min()),
            Feature("_newest", nw.col("first_day").max()),
            Feature("_orders", count.sum()),
            Feature("_orders_log_orders", (count * count.log()).sum()),
            Feature("divisions_all", nw.len(), "Divisions ever", "divisions", "all", 0),
        ],
        [
            Feature("division_entropy", entropy, "Spread over divisions", "nats", "all", 0),
            Feature(
                "first_division", first, "Division of the first order", "category", "all", NONE
            ),
            Feature(
                "days_since_new_division",
                known.days_since(nw.col("_newest")),
                "Since a division was bought for the first time",
                "days",
            ),
        ],
    )
