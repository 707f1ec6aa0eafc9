"""Trend: where the customer's spending is heading."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.features.known import CUSTOMER, DIVISION, Known
from gosales_lib.features.registry import Block, Feature, family

MONTHS = 12


def slope(known: Known, value: nw.Expr) -> nw.Expr:
    """Return the least-squares slope of twelve monthly sums, a closed form: one weighted sum."""
    centre = (MONTHS - 1) / 2
    spread = sum((month - centre) ** 2 for month in range(MONTHS))
    total = nw.lit(0.0)
    for back in range(MONTHS):
        weight = (MONTHS - 1 - back - centre) / spread
        total = total + known.within(1, value, back=back) * weight
    return total.sum()


@family()
def trend(known: Known) -> list[Block]:
    """Twelve-month slope of orders and gross profit; the last quarter against the three before.

    Slopes are per month, by least squares on monthly sums. The window set back by two months, and
    the change of the last half-year against the one before, tell a rise from a level.
    """
    bought = nw.when(nw.col("bought_quantity") > 0).then(1.0).otherwise(0.0)
    blocks = []
    for prefix, grain, keys in (
        ("", known.orders, (CUSTOMER,)),
        ("own_", known.division_days, (CUSTOMER, DIVISION)),
    ):
        features, derived = [], []
        for measure, value in (("orders", bought), ("gp", nw.col("gp"))):
            unit = f"{measure} a month"
            name = f"{prefix}{measure}_slope_12m"
            features.append(Feature(name, slope(known, value), "Slope", unit, "12m", 0))
            quarter = known.within(3, value) - known.within(9, value, back=3) / 3
            name = f"{prefix}{measure}_quarter_change"
            features.append(Feature(name, quarter.sum(), "Quarter's change", measure, "12m", 0))
            half = known.within(6, value) - known.within(6, value, back=6)
            name = f"{prefix}{measure}_half_year_change"
            features.append(Feature(name, half.sum(), "Half-year's change", measure, "12m", 0))
            set_back = known.within(6, value, back=2).sum()
            name = f"{prefix}{measure}_6m_back_2m"
            features.append(Feature(name, set_back, "Set back two months", measure, "6m", 0))
        blocks.append(Block(grain, features, derived, keys))
    return blocks
