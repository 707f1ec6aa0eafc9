"""A purchase: what the layout counts as one, and the lines that are part of one."""

from __future__ import annotations

from typing import Literal

import narwhals as nw
from pydantic import BaseModel, ConfigDict


class Purchase(BaseModel):
    """What counts as a purchase: `aggregate` of `measure` over a window, above `above`.

    "net" adds up the window's purchases without those returned; "any" asks for one line above.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: Literal["quantity", "revenue", "gross_profit"] = "quantity"
    aggregate: Literal["net", "any"] = "net"
    above: float = 0.0


UNITS = Purchase()
"""The default of a layout: a net quantity above 0."""


def amount(purchase: Purchase) -> nw.Expr:
    """Return the measure of a line of `fact_transactions`, 0 where the log has none."""
    return nw.col(purchase.measure).fill_null(0.0)


def purchased(purchase: Purchase) -> nw.Expr:
    """Return the condition that a line is a purchase line."""
    least = purchase.above if purchase.aggregate == "any" else min(purchase.above, 0.0)
    return amount(purchase) > least
