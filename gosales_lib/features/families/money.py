"""Money: sums with capped orders, so that a single huge order does not dominate."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core import terms
from gosales_lib.features import engines
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.history import History

CAPPED = "Gross profit with each order capped"


@family(default=False)
def money(history: History) -> list[Block]:
    """Gross profit over 12 months and ever, with each order capped at the 99th percentile.

    The percentile is that of all orders known on the cutoff; for `own_` an order is its part in a
    division. The layout's `features` may set it: `winsor: 0.98`.
    Source: winsorising, Dixon, "Simplified estimation from censored normal samples" (1960).
    """
    blocks = []
    for prefix, grain, keys in history.views:
        gp = nw.col("gp")
        limit = grain.filter(terms.ordered()).select(
            gp.quantile(history.options.winsor, "linear").alias("top")
        )
        top = engines.fetch([limit])[0]["top"].item(0) or 0.0
        capped = nw.when(gp > top).then(top).otherwise(gp)
        year, lately = history.within(12, capped).sum(), f"{CAPPED} in the last 12 months"
        features = [
            Feature(f"{prefix}capped_gp_12m", year, lately, "currency", "12m", 0),
            Feature(f"{prefix}capped_gp_all", capped.sum(), CAPPED, "currency", "all", 0),
        ]
        blocks.append(Block(grain, features, keys=keys))
    return blocks
