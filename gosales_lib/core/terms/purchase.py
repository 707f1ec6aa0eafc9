"""A purchase: what the layout counts as one, and the lines that are part of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import narwhals as nw

Measure = Literal["quantity", "revenue", "gross_profit"]


class Purchase(Protocol):
    """What counts as a purchase: `aggregate` of `measure` over a window, above `above`.

    "net" adds up the window's purchases, returns taken off; "any" asks for one line that is above.
    """

    @property
    def measure(self) -> Measure:
        """What is summed."""

    @property
    def aggregate(self) -> Literal["net", "any"]:
        """Over all lines of the window (`net`), or line by line (`any`)."""

    @property
    def above(self) -> float:
        """The threshold, exclusive."""


@dataclass(frozen=True)
class Bought:
    """The default purchase of a layout: a net quantity above 0."""

    measure: Measure = "quantity"
    aggregate: Literal["net", "any"] = "net"
    above: float = 0.0


UNITS = Bought()


def amount(purchase: Purchase) -> nw.Expr:
    """Return the measure of a line of `fact_transactions`, 0 where the log has none."""
    return nw.col(purchase.measure).fill_null(0.0)


def purchased(purchase: Purchase) -> nw.Expr:
    """Return the condition that a line is a purchase line."""
    least = purchase.above if purchase.aggregate == "any" else min(purchase.above, 0.0)
    return amount(purchase) > least
