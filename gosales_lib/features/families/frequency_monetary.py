"""Frequency and monetary: how often and for how much the customer bought, over set windows."""

from __future__ import annotations

from dataclasses import replace

import narwhals as nw

from gosales_lib.core import terms
from gosales_lib.features.family import Block, Feature, Sentence, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History, ratio

WINDOWS = (3, 6, 12, 24, None)  # months; None is all history
MEASURES = {
    "orders": ("Number of orders", "orders"),
    "gp": ("Gross profit", "currency"),
    "revenue": ("Revenue", "currency"),
    "quantity": ("Units net of returns", "units"),
}

SENTENCES = (
    Sentence(r"own_orders_(?P<span>\d+m|all)", "bought {division} {n:,.0f} times {within}"),
    Sentence(r"orders_(?P<span>\d+m|all)", "{n:,.0f} orders {within}"),
    Sentence(
        r"(?P<own>own_)?(gp|revenue)_(?P<span>\d+m|all)", "{n:,.0f} gross profit{from_} {within}"
    ),
    Sentence(r"(?P<own>own_)?quantity_(?P<span>\d+m|all)", "{n:,.0f} units{of} {within}"),
    Sentence("(?P<own>own_)?largest_order_gp", "largest order{of}: {n:,.0f} gross profit"),
    Sentence("(?P<own>own_)?average_order_gp", "{n:,.0f} gross profit per order{of}"),
)


def span(months: int | None) -> str:
    """Return the name of a window: `12m`, or `all`."""
    return f"{months}m" if months else "all"


def sums(history: History, prefix: str) -> list[Feature]:
    """Return orders, gross profit, revenue and quantity summed over every window."""
    counted = nw.when(terms.ordered()).then(1).otherwise(0)
    features = []
    for months in WINDOWS:
        for measure, (meaning, unit) in MEASURES.items():
            value = counted if measure == "orders" else nw.col(measure)
            within = history.within(months, value) if months else value
            name = f"{prefix}{measure}_{span(months)}"
            when = f" in the last {months} months" if months else ""
            features.append(Feature(name, within.sum(), meaning + when, unit, span(months), 0))
    return features


@family(sentences=SENTENCES)
def frequency_monetary(history: History) -> list[Block]:
    """Orders, gross profit, revenue and quantity in 3, 6, 12, 24 months and ever; order sizes.

    The same features exist for the division on sale (`own_`). Gross profit and revenue are in the
    layout's currency and net of returns. An order holds at least one purchase line.
    Source: the F and M of RFM (Hughes, Strategic Database Marketing, 1994).
    """
    gp = nw.when(terms.ordered()).then(nw.col("gp")).max()
    largest = Feature("largest_order_gp", gp, "Gross profit of the largest order", "currency")
    own_largest = replace(largest, name="own_largest_order_gp")
    average = ratio(nw.col("gp_all"), nw.col("orders_all"))
    own_average = ratio(nw.col("own_gp_all"), nw.col("own_orders_all"))
    return [
        Block(
            history.orders,
            [*sums(history, ""), largest],
            [Feature("average_order_gp", average, "Gross profit per order", "currency")],
        ),
        Block(
            history.division_days,
            [*sums(history, "own_"), own_largest],
            [Feature("own_average_order_gp", own_average, "Gross profit per order", "currency")],
            keys=(CUSTOMER, DIVISION),
        ),
    ]
