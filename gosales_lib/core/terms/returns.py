"""A return: a line that takes goods back. It is neither an order nor a purchase."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core.terms.purchase import Purchase, amount, purchased


def returned(purchase: Purchase) -> nw.Expr:
    """Return the condition that a line is a return."""
    below = (amount(purchase) < 0) & ~purchased(purchase)
    if purchase.measure != "gross_profit":
        return below
    return below & ~(nw.col("quantity").fill_null(0.0) > 0)
