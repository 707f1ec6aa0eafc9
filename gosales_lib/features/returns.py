"""Returns: how often goods come back."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.features.known import Known, ratio
from gosales_lib.features.registry import Block, Feature, family


@family()
def returns(known: Known) -> list[Block]:
    """Share of lines that are returns, and days since the last one."""
    returned = nw.when(nw.col("return_lines") > 0).then(nw.col("order_day")).max()
    return [
        Block(
            known.orders,
            [
                Feature("_returns", nw.col("return_lines").sum()),
                Feature("_lines", nw.col("lines").sum()),
                Feature("days_since_return", known.days_since(returned), "Last return", "days"),
            ],
            [
                Feature(
                    "return_rate",
                    ratio(nw.col("_returns") * 1.0, nw.col("_lines")),
                    "Lines returned",
                    "share",
                )
            ],
        )
    ]
