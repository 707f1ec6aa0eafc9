"""Seasonality: whether the months to come are the customer's own season."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.features.known import CUSTOMER, DIVISION, Known, ratio
from gosales_lib.features.registry import Block, Feature, family


@family()
def seasonality(known: Known) -> list[Block]:
    """What was bought in the coming window's months of the last year, and of the year before.

    With a cutoff of 2024-12-31 and six months to predict, the same months a year ago are
    2024-01-01 to 2024-06-30.
    """
    bought = nw.when(nw.col("bought_quantity") > 0).then(1).otherwise(0)
    blocks = []
    for prefix, grain, keys in (
        ("", known.orders, (CUSTOMER,)),
        ("own_", known.division_days, (CUSTOMER, DIVISION)),
    ):
        features = []
        for years in (1, 2):
            back = 12 * years - known.window_months
            if back < 0:
                continue
            same = known.within(known.window_months, bought, back=back).sum()
            name = f"{prefix}orders_same_season_{years}y"
            features.append(Feature(name, same, "Orders in these months", "orders", f"{years}y", 0))
        share = ratio(nw.col(f"{prefix}orders_same_season_1y") * 1.0, nw.col("_year") + nw.lit(1))
        year = Feature("_year", known.within(12, bought).sum())
        derived = [Feature(f"{prefix}season_share", share, "Share of the year", "share", "1y", 0)]
        blocks.append(Block(grain, [*features, year], derived, keys))
    return blocks
