"""Seasonality: whether the months to come are the customer's own season."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core import terms
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.known import Known, ratio

YEARS = 3


@family(default=False)
def seasonality(known: Known) -> list[Block]:
    """What was bought in the coming window's months of earlier years, and the share by quarter.

    With a cutoff of 2024-12-31 and six months to predict, the same months a year ago are
    2024-01-01 to 2024-06-30. `quarter_1` is the three months that come next, in the last three
    years, of all orders (or gross profit, losses left out) in those years; one order is spread
    over the four to steady small counts. The distance is from the months of the customer's orders
    to the nearest month of the coming window, round the year: 0 where all fell into the window's
    own months, 3 where all lie half a year off a window of six months.
    Source: seasonal indices, Hyndman and Athanasopoulos, Forecasting (2021).
    """
    bought = nw.when(terms.ordered()).then(1).otherwise(0)
    spent = nw.when(nw.col("gp") > 0).then(nw.col("gp")).otherwise(0.0)
    blocks = []
    for prefix, grain, keys in known.views:
        features = [
            Feature(f"_{prefix}year", known.within(12, bought).sum()),
            *same_season(known, prefix, bought),
            *quarters(known, f"_{prefix}orders", bought),
            *quarters(known, f"_{prefix}gp", spent),
        ]
        derived = [*order_shares(prefix), *gp_shares(prefix)]
        if known.window_months < 12:  # a window of a year has every month in it
            features.append(Feature(f"_{prefix}away", months_away(known, bought).sum()))
            derived.append(distance(prefix))
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
            features.append(
                Feature(
                    name,
                    same,
                    "Orders in the months of the coming window",
                    "orders",
                    f"{years}y",
                    0,
                )
            )
    return features


def quarters(known: Known, name: str, value: nw.Expr) -> list[Feature]:
    """Return sums of `value` in the quarter 1 to 4 ahead, over the last three years."""
    features = []
    for ahead in range(1, 5):
        parts = [known.within(3, value, back=12 * year + 12 - 3 * ahead) for year in range(YEARS)]
        features.append(Feature(f"{name}_{ahead}", sum(parts[1:], parts[0]).sum()))
    return features


def all_four(name: str) -> nw.Expr:
    """Return the sum of the four quarters."""
    first, *others = (nw.col(f"{name}_{ahead}") for ahead in range(1, 5))
    return sum(others, first)


def order_shares(prefix: str) -> list[Feature]:
    """Return the share of orders by quarter, a quarter each where there is none."""
    name = f"_{prefix}orders"
    return [
        Feature(
            f"{prefix}orders_share_quarter_{ahead}",
            (nw.col(f"{name}_{ahead}") + 0.25) / (all_four(name) + 1),
            f"Share of orders in the quarter {ahead} ahead, earlier years",
            "share",
            f"{YEARS}y",
            0.25,
        )
        for ahead in range(1, 5)
    ]


def gp_shares(prefix: str) -> list[Feature]:
    """Return the share of gross profit by quarter, null where there is none."""
    name = f"_{prefix}gp"
    return [
        Feature(
            f"{prefix}gp_share_quarter_{ahead}",
            ratio(nw.col(f"{name}_{ahead}"), all_four(name)),
            f"Share of gross profit in the quarter {ahead} ahead, earlier years",
            "share",
            f"{YEARS}y",
        )
        for ahead in range(1, 5)
    ]


def months_away(known: Known, bought: nw.Expr) -> nw.Expr:
    """Return the months from a row to the coming window's months of any year, where it bought."""
    away = nw.lit(0)
    for ahead in range(known.window_months + 1, 13):
        months = min(ahead - known.window_months, 13 - ahead)
        for year in range(YEARS):
            away = away + known.within(1, bought, back=12 * year + 12 - ahead) * months
    return away


def distance(prefix: str) -> Feature:
    """Return the mean distance of the orders' months from the coming window's."""
    return Feature(
        f"{prefix}season_distance_months",
        ratio(nw.col(f"_{prefix}away") * 1.0, all_four(f"_{prefix}orders")),
        "From the months of the orders to the coming window's, in the mean",
        "months",
        f"{YEARS}y",
    )
