"""An order: the lines of one customer, invoice and day, at least one of them a purchase line."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core.terms.purchase import Purchase, purchased
from gosales_lib.core.terms.returns import returned

PURCHASE_LINES = "purchase_lines"
RETURN_LINES = "return_lines"


def counts(purchase: Purchase) -> list[nw.Expr]:
    """Return `purchase_lines` and `return_lines` of a line, 0 or 1, to be added up by order."""
    lines = {PURCHASE_LINES: purchased(purchase), RETURN_LINES: returned(purchase)}
    return [nw.when(line).then(1).otherwise(0).alias(name) for name, line in lines.items()]


def ordered() -> nw.Expr:
    """Return the condition that a row of summed lines (`counts`) is an order."""
    return nw.col(PURCHASE_LINES) > 0
