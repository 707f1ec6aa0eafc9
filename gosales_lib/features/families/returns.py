"""Returns: how often goods come back."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core import terms
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.history import History, ratio


@family(default=False)
def returns(history: History) -> list[Block]:
    """Share of lines that are returns, and days since the last one.

    A return is a line below 0 of what the layout's `purchase` measures (`core.terms`).
    Source: return behaviour, Petersen and Kumar, "Are product returns a necessary evil?" (2009).
    """
    last = nw.when(nw.col(terms.RETURN_LINES) > 0).then(nw.col("order_day")).max()
    blocks = []
    for prefix, grain, keys in history.views:
        rate = ratio(nw.col(f"_{prefix}returns") * 1.0, nw.col(f"_{prefix}lines"))
        since, meaning = history.days_since(last), "Days since the last return"
        features = [
            Feature(f"_{prefix}returns", nw.col(terms.RETURN_LINES).sum()),
            Feature(f"_{prefix}lines", nw.col("lines").sum()),
            Feature(f"{prefix}days_since_return", since, meaning, "days"),
        ]
        meaning = "Share of lines that are returns"
        share = Feature(f"{prefix}return_rate", rate, meaning, "share", "all", 0)
        blocks.append(Block(grain, features, [share], keys))
    return blocks
