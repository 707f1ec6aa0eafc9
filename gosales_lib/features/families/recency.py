"""Recency: how long ago the customer bought."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core import terms
from gosales_lib.features.family import Block, Feature, Sentence, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History

NEVER = "never bought {division}"
SENTENCES = (
    Sentence("days_since_order", "last order {n:,.0f} days ago", "never ordered"),
    Sentence("own_days_since_order", "last bought {division} {n:,.0f} days ago", NEVER),
    Sentence("own_days_since_first", "first bought {division} {n:,.0f} days ago", NEVER),
    Sentence(
        "days_since_order__(?P<other>.+)",
        "last bought {other} {n:,.0f} days ago",
        "never bought {other}",
    ),
)


@family(sentences=SENTENCES)
def recency(history: History) -> list[Block]:
    """Days since the last order, and since the last and first purchase in each division.

    Source: the R of RFM (Hughes, Strategic Database Marketing, 1994).
    """
    bought = nw.when(terms.ordered()).then(nw.col("order_day"))
    in_division = []
    for division in history.divisions:
        day = nw.when(nw.col(DIVISION) == division).then(nw.col("last_day")).max()
        name, meaning = (
            f"days_since_order__{division}",
            f"Days since the last purchase in {division}",
        )
        in_division.append(Feature(name, history.days_since(day), meaning, "days"))
    last, first = history.days_since(bought.max()), history.days_since(bought.min())
    order = Feature("days_since_order", last, "Days since the last order", "days")
    own = [
        Feature("own_days_since_order", last, "Days since the last purchase", "days"),
        Feature("own_days_since_first", first, "Days since the first purchase", "days"),
    ]
    return [
        Block(history.orders, [order]),
        Block(history.division_sums, in_division),
        Block(history.division_days, own, keys=(CUSTOMER, DIVISION)),
    ]
