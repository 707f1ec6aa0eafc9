"""An order: the lines of one customer, invoice and day, at least one of them a purchase line."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core.terms.purchase import Purchase, purchased

PURCHASE_LINES = "purchase_lines"


def purchase_lines(purchase: Purchase) -> nw.Expr:
    """Return `purchase_lines` of a line, 0 or 1, to be added up by order."""
    return nw.when(purchased(purchase)).then(1).otherwise(0).alias(PURCHASE_LINES)


def ordered() -> nw.Expr:
    """Return the condition that a row of summed lines (`purchase_lines`) is an order."""
    return nw.col(PURCHASE_LINES) > 0
