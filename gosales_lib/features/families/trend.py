"""Trend: the direction and evenness of the customer's spending."""

from __future__ import annotations

from functools import reduce
from operator import add

import narwhals as nw

from gosales_lib.core import terms
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.history import History

MONTHS = 12
UNITS = {"orders": "orders", "gp": "currency"}
WORDS = {"orders": "orders", "gp": "gross profit"}
CHANGES = (
    ("quarter_change", 3, "the mean of the three quarters before", "12m"),
    ("quarter_change_1y", 3, "the same months a year before", "15m"),
    ("half_year_change", 6, "the six months before", "12m"),
)
ROUNDING = 1e-6  # the small rest of a purchase and its return is not spending


def monthly(history: History, name: str, value: nw.Expr) -> list[Feature]:
    """Return twelve hidden monthly sums, `_<name>_0` the month that ends on the cutoff."""
    return [
        Feature(f"_{name}_{back}", history.within(1, value, back=back).sum())
        for back in range(MONTHS)
    ]


def slope(months: list[nw.Expr]) -> nw.Expr:
    """Return the least-squares slope per month of monthly sums, newest first."""
    centre = (len(months) - 1) / 2
    spread = sum((i - centre) ** 2 for i in range(len(months)))
    return reduce(add, [month * ((centre - back) / spread) for back, month in enumerate(months)])


def variation(months: list[nw.Expr]) -> nw.Expr:
    """Return standard deviation over mean of monthly sums; null where the mean is not above 0."""
    mean = reduce(add, months) / len(months)
    positive = nw.when(mean > ROUNDING).then(mean)
    apart = [month / positive - 1 for month in months]
    return (reduce(add, [a * a for a in apart]) / len(months)).sqrt()


@family(default=False)
def trend(history: History) -> list[Block]:
    """Slope and variation of monthly orders and gross profit over 12 months, and recent changes.

    A slope is per month, by least squares on monthly sums. The coefficient of variation is their
    standard deviation divided by their mean. The last quarter is compared with the mean of the
    three quarters before and with the same months a year before, and the last six months with the
    six months before.
    Source: least squares on time, Hyndman and Athanasopoulos, Forecasting (2021).
    """
    bought = nw.when(terms.ordered()).then(1.0).otherwise(0.0)
    blocks = []
    for prefix, grain, keys in history.views:
        features, derived = [], []
        for measure, value in (("orders", bought), ("gp", nw.col("gp"))):
            name = f"{prefix}{measure}"
            months = monthly(history, name, value)
            sums = [nw.col(feature.name) for feature in months]
            features += [*months, *changes(history, name, measure, value)]
            spent, unit = f"monthly {WORDS[measure]} in the last 12 months", UNITS[measure]
            steep, uneven = f"Slope of {spent}", f"Coefficient of variation of {spent}"
            derived += [
                Feature(f"{name}_slope_12m", slope(sums), steep, f"{unit} per month", "12m", 0),
                Feature(f"{name}_variation_12m", variation(sums), uneven, "ratio", "12m"),
            ]
        blocks.append(Block(grain, features, derived, keys))
    return blocks


def changes(history: History, name: str, measure: str, value: nw.Expr) -> list[Feature]:
    """Return the sums of a recent window minus those of an earlier one."""
    before = {
        "quarter_change": history.within(9, value, back=3) / 3,
        "quarter_change_1y": history.within(3, value, back=12),
        "half_year_change": history.within(6, value, back=6),
    }
    return [
        Feature(
            f"{name}_{label}",
            (history.within(months, value) - before[label]).sum(),
            f"{WORDS[measure].capitalize()} in the last {months} months minus {earlier}",
            UNITS[measure],
            window,
            0,
        )
        for label, months, earlier, window in CHANGES
    ]
