"""Decay: sums in which an order counts half after every half-life."""

from __future__ import annotations

import math

import narwhals as nw

from gosales_lib.core import terms
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.known import Known

HALF_LIVES = (30, 90, 180)  # days
MEANINGS = {"orders": "Orders", "gp": "Gross profit"}
WEIGHT_DECIMALS = 4  # engines differ in the last bit of exp; money times this adds up exactly
OFF_TIES = 1e-9  # 2 ** -5 is 0.03125, which engines round either way


@family(default=False)
def decay(known: Known) -> list[Block]:
    """Orders and gross profit that fade with half-lives of 30, 90 and 180 days.

    The weight of an order `a` days old is 2 ** (-a / half-life): recency and frequency in one.
    Source: exponential smoothing, Brown, Statistical Forecasting for Inventory Control (1959).
    """
    age = known.days_since(nw.col("order_day")) * 1.0
    bought = nw.when(terms.ordered()).then(1.0).otherwise(0.0)
    blocks = []
    for prefix, grain, keys in known.views:
        features = []
        for half_life in HALF_LIVES:
            weight = (age * (-math.log(2) / half_life)).exp() + OFF_TIES
            weight = weight.round(WEIGHT_DECIMALS)
            for measure, value in (("orders", bought), ("gp", nw.col("gp"))):
                name = f"{prefix}{measure}_half_{half_life}d"
                unit = "orders" if measure == "orders" else "currency"
                total = (weight * value).sum()
                features.append(
                    Feature(
                        name,
                        total,
                        f"{MEANINGS[measure]}, older ones counting less",
                        unit,
                        "all",
                        0,
                    )
                )
        blocks.append(Block(grain, features, keys=keys))
    return blocks
