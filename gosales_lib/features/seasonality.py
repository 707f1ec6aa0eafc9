"""Seasonality: whether the months to come are the customer's own season."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.features.known import Known, ratio
from gosales_lib.features.registry import Block, Feature, family

YEARS = 3


@family(default=False)
def seasonality(known: Known) -> list[Block]:
    """What was bought in the coming window's months of earlier years, and the share by quarter.

    With a cutoff of 2024-12-31 and six months to predict, the same months a year ago are
    2024-01-01 to 2024-06-30. `quarter_1` is the three months that come next, in the last three
    years, of all orders in those years; one order is spread over the four to steady small counts.
    """
    bought = nw.when(nw.col("bought_quantity") > 0).then(1).otherwise(0)
    blocks = []
    for prefix, grain, keys in known.views:
        features = [
            Feature(f"_{prefix}year", known.within(12, bought).sum()),
            *same_season(known, prefix, bought),
            *quarters(known, prefix, bought),
        ]
        counted = [nw.col(f"_{prefix}quarter_{ahead}") for ahead in range(1, 5)]
        everything = sum(counted[1:], counted[0])
        derived = [
            Feature(
                f"{prefix}orders_share_quarter_{ahead}",
                (nw.col(f"_{prefix}quarter_{ahead}") + 0.25) / (everything + 1),
                f"Share of orders in the quarter {ahead} ahead, earlier years",
                "share",
                f"{YEARS}y",
                0.25,
            )
            for ahead in range(1, 5)
        ]
        if known.window_months <= 12:
            share = ratio(
                nw.col(f"{prefix}orders_same_season_1y") * 1.0, nw.col(f"_{prefix}year") + nw.lit(1)
            )
            name = f"{prefix}season_share"
            derived.append(Feature(name, share, "Same months' share of the year", "share", "1y", 0))
        blocks.append(Block(grain, features, derived, keys))
    return blocks


def same_season(known: Known, prefix: str, bought: nw.Expr) -> list[Feature]:
    """Return orders in the coming window's months, one and two years ago."""
    features = []
    for years in (1, 2):
        back = 12 * years - known.window_months
        if back >= 0:
            same = known.within(known.window_months, bought, back=back).sum()
            name = f"{prefix}orders_same_season_{years}y"
            features.append(Feature(name, same, "Orders in these months", "orders", f"{years}y", 0))
    return features


def quarters(known: Known, prefix: str, bought: nw.Expr) -> list[Feature]:
    """Return hidden counts of orders in the quarter 1 to 4 ahead, over the last three years."""
    features = []
    for ahead in range(1, 5):
        parts = [known.within(3, bought, back=12 * year + 12 - 3 * ahead) for year in range(YEARS)]
        features.append(Feature(f"_{prefix}quarter_{ahead}", sum(parts[1:], parts[0]).sum()))
    return features
