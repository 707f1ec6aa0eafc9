"""Assets: what the customer has installed or under subscription, and what expires soon."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History, ratio

SOON = (30, 60, 90)  # days
EXPIRING = "Units that expire in the {} days after the cutoff"
NO_LONGER = "Units no longer owned"


@family()
def assets(history: History) -> list[Block]:
    """Units owned and no longer owned, share on subscription, and units that expire soon.

    An expiry after the cutoff is not a leak: an asset counts only if it started by the cutoff, and
    its contract stated the expiry from the start. An asset without an expiry is owned outright;
    one whose expiry has passed is no longer owned.
    Source: the table that the layout names under `assets`.
    """
    if history.grains.assets is None:
        return []
    started = history.grains.assets.filter(nw.col("start_day") <= history.cutoff_day)
    left = nw.col("expiry_day") - history.cutoff_day
    ended = ~nw.col("expiry_day").is_null() & (left < 0)
    subscribed = ~nw.col("expiry_day").is_null() & (left >= 0)
    units = nw.col("quantity").fill_null(0.0)
    blocks = []
    for prefix, keys in (("", (CUSTOMER,)), ("own_", (CUSTOMER, DIVISION))):
        features = [
            Feature(f"{prefix}assets", held(~ended, units), "Units owned", "units", "now", 0),
            Feature(f"{prefix}assets_ended", held(ended, units), NO_LONGER, "units", "all", 0),
            Feature(f"_{prefix}subscribed", held(subscribed, units)),
        ]
        for days in SOON:
            name, meaning = f"{prefix}assets_expiring_{days}d", EXPIRING.format(days)
            soon = held(subscribed & (left <= days), units)
            features.append(Feature(name, soon, meaning, "units", f"next {days}d", 0))
        share = ratio(nw.col(f"_{prefix}subscribed"), nw.col(f"{prefix}assets"))
        name = f"{prefix}assets_subscribed_share"
        derived = [Feature(name, share, "Share of units on subscription", "share", "now")]
        blocks.append(Block(started, features, derived, keys))
    return blocks


def held(condition: nw.Expr, units: nw.Expr) -> nw.Expr:
    """Return the units for which the condition holds."""
    return nw.when(condition).then(units).otherwise(0.0).sum()
