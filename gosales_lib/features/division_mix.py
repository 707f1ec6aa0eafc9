"""Division mix: what the customer's money went to, and how broadly."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.features.known import Known, distinct, ratio
from gosales_lib.features.registry import Block, Feature, family


@family()
def division_mix(known: Known) -> list[Block]:
    """Orders and gross profit per division over 12 months and ever, shares, and breadth.

    A share is of the orders' lines over all time, smoothed towards an equal split by one line's
    weight a division, so that one small order does not read as devotion.
    """
    bought = nw.when(nw.col("bought_quantity") > 0).then(1).otherwise(0)
    features, shares = [], []
    for division in known.divisions:
        here = nw.col("division") == division
        for months in (12, None):
            within = known.within(months, bought) if months else bought
            name = f"orders_{months}m__{division}" if months else f"orders_all__{division}"
            amount = nw.when(here).then(within).otherwise(0).sum()
            window = f"{months}m" if months else "all"
            features.append(Feature(name, amount, f"Orders in {division}", "orders", window, 0))
        total = nw.when(here).then(nw.col("gp")).otherwise(0.0).sum()
        features.append(
            Feature(f"gp_all__{division}", total, f"In {division}", "currency", "all", 0)
        )
        smoothed = nw.col(f"orders_all__{division}") + 1
        share = ratio(smoothed, nw.col("_orders") + len(known.divisions))
        shares.append(Feature(f"share__{division}", share, f"Share of {division}", "share"))
    breadth = distinct(nw.when(bought > 0).then(nw.col("division")))
    breadth_12m = distinct(nw.when(known.within(12, bought) > 0).then(nw.col("division")))
    features += [
        Feature("_orders", bought.sum()),
        Feature("divisions_all", breadth, "Divisions ever", "divisions"),
        Feature("divisions_12m", breadth_12m, "Divisions in a year", "divisions", "12m", 0),
    ]
    return [Block(known.division_days, features, shares)]
