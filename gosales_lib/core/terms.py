"""The commercial terms (order, return, owner …), defined once for all code that counts sales.

purchase line
    a line whose `measure`, as the layout's `purchase` names it, is above the threshold of one line
return
    a line whose measure is below 0; a gross profit below 0 on goods that were sold (a quantity
    above 0) is a sale at a loss, not a return
order
    a customer's invoice of one day with at least one purchase line
bought
    in a window: what was bought there and not sent back is above `above` (see `bought`)
owner
    a customer with a purchase line up to the cutoff, even if the goods were sent back since
active, lapsed
    an owner whose last purchase lies in the last `LAPSED_MONTHS` calendar months, or before them
new to the division
    a customer who is not an owner

Recency, frequency and tenure count purchases. Money and units are net of returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

import narwhals as nw
import polars as pl

from gosales_lib.core import matching, sums, timeline
from gosales_lib.core.timeline import Window

Measure = Literal["quantity", "revenue", "gross_profit"]
Standing = Literal["new", "active", "lapsed"]
LAPSED_MONTHS = 18
"""An owner without a purchase in this number of months has lapsed; the layout may change it."""
PURCHASE_LINES = "purchase_lines"
RETURN_LINES = "return_lines"


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


def returned(purchase: Purchase) -> nw.Expr:
    """Return the condition that a line is a return."""
    below = (amount(purchase) < 0) & ~purchased(purchase)
    if purchase.measure != "gross_profit":
        return below
    return below & ~(nw.col("quantity").fill_null(0.0) > 0)


def counts(purchase: Purchase) -> list[nw.Expr]:
    """Return `purchase_lines` and `return_lines` of a line, 0 or 1, to be added up by order."""
    terms = {PURCHASE_LINES: purchased(purchase), RETURN_LINES: returned(purchase)}
    return [nw.when(line).then(1).otherwise(0).alias(name) for name, line in terms.items()]


def ordered() -> nw.Expr:
    """Return the condition that a row of summed lines (`counts`) is an order."""
    return nw.col(PURCHASE_LINES) > 0


def purchases(sales: pl.DataFrame, cutoff: date, purchase: Purchase) -> pl.DataFrame:
    """Return the purchase lines known on the cutoff: what makes a customer an owner."""
    by_then = timeline.known(timeline.to_day(cutoff))
    return nw.from_native(sales).filter(by_then, purchased(purchase)).to_native()


def standing(cutoff: date, lapsed_months: int, last_day: str = "last_day") -> nw.Expr:
    """Return "new", "active" or "lapsed" by the day of the last purchase, null where never.

    With a cutoff of 2024-12-31 and 18 months, a last purchase on 2023-07-01 is active and one on
    2023-06-30 has lapsed.
    """
    lately = timeline.last_months(cutoff, lapsed_months, day=last_day)
    owner = nw.when(lately).then(nw.lit("active")).otherwise(nw.lit("lapsed"))
    return nw.when(nw.col(last_day).is_null()).then(nw.lit("new")).otherwise(owner)


def bought(sales: pl.DataFrame, window: Window, purchase: Purchase) -> pl.DataFrame:
    """Return who bought in the window, and what the window earned.

    A return cancels only what it can have been bought as: it is matched to earlier purchases of
    the same customer and product (`matching.kept`), so that one of an order from before the window
    does not reduce a purchase in it. Under "any" one line is enough, even if it was sent back.

    Parameters
    ----------
    sales
        Lines of one division, those before the window included; later ones are not looked at.

    Returns
    -------
    pl.DataFrame
        Of every customer with a line in the window: customer_id, bought (0 or 1), gp_window (the
        gross profit of all lines of the window, returns included, in the layout's currency).

    Examples
    --------
    B sends back what it bought in the window; C bought before it and is no customer of the window.

    >>> sales = pl.DataFrame({
    ...     "customer_id": ["A", "B", "B", "C"],
    ...     "order_date": [date(2025, 2, 1), date(2025, 2, 1), date(2025, 3, 1), date(2024, 5, 1)],
    ...     "invoice": ["1", "2", "3", "4"],
    ...     "product": ["Seat"] * 4,
    ...     "quantity": [2.0, 1.0, -1.0, 1.0],
    ...     "revenue": [200.0, 100.0, -100.0, 100.0],
    ...     "gross_profit": [80.0, 40.0, -40.0, 40.0],
    ... }).with_columns(order_day=pl.col("order_date").to_physical())
    >>> bought(sales, Window(date(2024, 12, 31), 6), UNITS).sort("customer_id").rows()
    [('A', 1, 80.0), ('B', 0, 0.0)]
    """
    lines = nw.from_native(sales).filter(timeline.known(window.end_day))
    inside = lines.filter(window.labelled())
    profit = sums.total("gross_profit").alias("gp_window")
    most = inside.group_by("customer_id").agg(amount(purchase).max().alias("largest"))
    money = inside.to_native().group_by("customer_id").agg(profit)
    earned = nw.from_native(most.to_native().join(money, "customer_id"))
    if purchase.aggregate == "any":
        total = earned.with_columns(nw.col("largest").alias("total")).to_native()
    else:
        kept = net(lines, window, purchase)
        total = earned.to_native().join(kept, "customer_id", "left").fill_null(0.0)
    enough = pl.col("total") > purchase.above
    return total.select("customer_id", enough.cast(pl.Int8).alias("bought"), "gp_window")


def net(lines: nw.DataFrame[pl.DataFrame], window: Window, purchase: Purchase) -> pl.DataFrame:
    """Return what each customer bought in the window and kept: customer_id, total.

    A line below 0 that is not a return (a sale at a loss) is added unchanged.
    """
    of_goods = (amount(purchase) > 0) | returned(purchase)
    keys = ["customer_id", "product", "order_day"]
    goods = lines.filter(of_goods).select(*keys, amount(purchase).alias("amount"))
    losses = lines.filter(window.labelled(), ~of_goods).select(
        "customer_id", amount(purchase).alias("total")
    )
    kept = matching.kept(goods.to_native(), window.label_start_day)
    parts = [kept.select("customer_id", total="kept"), losses.to_native()]
    return pl.concat(parts).group_by("customer_id").agg(sums.total("total"))
