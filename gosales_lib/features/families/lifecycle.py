"""Lifecycle: the age of the relation, its rhythm, and how late the next order is."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import narwhals as nw

from gosales_lib.core import terms
from gosales_lib.features import engines
from gosales_lib.features.family import Block, Feature, Sentence, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History, ratio

LATE = "Days since the last order divided by the median gap"
ACTIVE = "Number of the last 12 months with an order"
NO_GAP = "no usual gap between orders{of} yet"
SENTENCES = (
    Sentence("(?P<own>own_)?active_months_12m", "ordered{from_} in {n:.0f} of the last 12 months"),
    Sentence(
        "(?P<own>own_)?(gap_over_median|median_gap_days)",
        "usual gap between orders{of} {usual:,.0f} days, now {now:,.0f} days",
    ),
    Sentence(
        "(?P<own>own_)?gap_over_median",
        "{n:.1f} of its usual gaps{of} since the last order",
        NO_GAP,
    ),
    Sentence("(?P<own>own_)?median_gap_days", "usually {n:,.0f} days between orders{of}", NO_GAP),
    Sentence("(?P<own>own_)?mean_gap_days", "{n:,.0f} days between orders{of} in the mean"),
    Sentence("(?P<own>own_)?longest_gap_days", "longest gap between orders{of} {n:,.0f} days"),
    Sentence("(?P<own>own_)?tenure_days", "customer{of} for {n:,.0f} days"),
    Sentence("(?P<own>own_)?order_days", "ordered{from_} on {n:,.0f} days so far"),
)


def rhythm(history: History, grain: nw.LazyFrame[Any], prefix: str, keys: tuple[str, ...]) -> Block:
    """Return tenure, order days, gaps between them and the current gap over the usual one."""
    day, between = nw.col("order_day"), "number of days between order days"
    gaps = engines.gaps(grain.filter(terms.ordered()), keys, "order_day")
    order_days, median_gap = f"{prefix}order_days", f"{prefix}median_gap_days"
    tenure = history.days_since(nw.col("_first"))
    mean_gap = ratio(nw.col("_last") - nw.col("_first"), nw.col(order_days) - 1)
    late = ratio(history.days_since(nw.col("_last")), nw.col(median_gap))
    features = [
        Feature("_first", day.min()),
        Feature("_last", day.max()),
        Feature(order_days, nw.len(), "Number of days with an order", "days", empty=0),
        Feature(median_gap, engines.median_gap(gaps), f"Median {between}", "days"),
        Feature(f"{prefix}longest_gap_days", nw.col("gap").max(), f"Largest {between}", "days"),
    ]
    derived = [
        Feature(f"{prefix}tenure_days", tenure, "Days since the first order", "days"),
        Feature(f"{prefix}mean_gap_days", mean_gap, f"Mean {between}", "days"),
        Feature(f"{prefix}gap_over_median", late, LATE, "ratio"),
    ]
    return Block(gaps, features, derived, keys, together=True)


@family(sentences=SENTENCES)
def lifecycle(history: History) -> list[Block]:
    """Tenure, active months, gaps between order days, and the current gap over the usual one.

    A gap is the days between two days with an order; its median is the customer's rhythm, and a
    current gap far over it is a customer who is late or gone.
    Source: Fader and Hardie, "Probability models for customer-base analysis" (2009).
    """
    bought = nw.when(terms.ordered()).then(1).otherwise(0)
    active = [history.within(1, bought, back=back).max() for back in range(12)]
    months = reduce(add, active)
    own = Feature("own_active_months_12m", months, ACTIVE, "months", "12m", 0)
    return [
        rhythm(history, history.orders, "", (CUSTOMER,)),
        rhythm(history, history.division_days, "own_", (CUSTOMER, DIVISION)),
        Block(history.orders, [Feature("active_months_12m", months, ACTIVE, "months", "12m", 0)]),
        Block(history.division_days, [own], keys=(CUSTOMER, DIVISION)),
    ]
