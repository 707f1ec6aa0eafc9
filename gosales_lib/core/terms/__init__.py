"""The commercial terms (order, return, owner …), defined once for all code that counts sales.

purchase line
    a line whose `measure`, as the layout's `purchase` names it, is above the threshold of one line
return
    a line whose measure is below 0; a gross profit below 0 on goods that were sold (a quantity
    above 0) is a sale at a loss, not a return
order
    the lines of one customer, invoice and day, with at least one purchase line among them
bought, in a window
    the total of the window's purchases that were kept is above `above` (see `bought`)
owner
    a customer with a purchase line up to the cutoff, even if it was returned since
active, lapsed
    an owner whose last purchase lies in the last `LAPSED_MONTHS` calendar months, or before them
new to the division
    a customer who is not an owner

Recency, frequency and tenure count purchases. Money and units are net of returns.
"""

from gosales_lib.core.terms.bought_in_window import bought, net
from gosales_lib.core.terms.order import PURCHASE_LINES, ordered, purchase_lines
from gosales_lib.core.terms.owner import LAPSED_MONTHS, Standing, purchases, standing
from gosales_lib.core.terms.purchase import UNITS, Purchase, amount, purchased
from gosales_lib.core.terms.returns import returned

__all__ = [
    "LAPSED_MONTHS",
    "PURCHASE_LINES",
    "UNITS",
    "Purchase",
    "Standing",
    "amount",
    "bought",
    "net",
    "ordered",
    "purchase_lines",
    "purchased",
    "purchases",
    "returned",
    "standing",
]
