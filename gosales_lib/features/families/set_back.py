"""Set back: windows that ended 60 days before the cutoff, and their change."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core import terms, timeline
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.known import Known

DAYS = 60
WINDOWS = (3, 6, 12)  # months


@family(default=False)
def set_back(known: Known) -> list[Block]:
    """Orders and gross profit in windows set back by 60 days, and less those of the window before.

    What the customer did before the last two months, in which a deal may already be on its way: a
    change that shows here has lasted.
    Source: the windows of `frequency_monetary`, moved.
    """
    bought = nw.when(terms.ordered()).then(1.0).otherwise(0.0)
    blocks = []
    for prefix, grain, keys in known.views:
        features = [
            feature
            for measure, value in (("orders", bought), ("gp", nw.col("gp")))
            for months in WINDOWS
            for feature in window(known, f"{prefix}{measure}", measure, months, value)
        ]
        blocks.append(Block(grain, features, keys=keys))
    return blocks


def window(
    known: Known, name: str, measure: str, months: int, value: nw.Expr
) -> tuple[Feature, Feature]:
    """Return the sum over `months` that ended 60 days ago, and its change."""
    end = timeline.to_date(known.cutoff_day - DAYS)
    now, before = (
        nw.when(timeline.last_months(end, months, back=back)).then(value).otherwise(0.0)
        for back in (0, months)
    )
    what, unit = ("Orders", "orders") if measure == "orders" else ("Gross profit", "currency")
    name, span = f"{name}_{months}m_back_{DAYS}d", f"{months}m to -{DAYS}d"
    return (
        Feature(name, now.sum(), f"{what}, set back", unit, span, 0),
        Feature(
            f"{name}_change",
            (now - before).sum(),
            f"{what}, set back, less the window before",
            unit,
            f"{2 * months}m to -{DAYS}d",
            0,
        ),
    )
