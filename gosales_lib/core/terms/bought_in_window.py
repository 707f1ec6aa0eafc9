"""Bought in a window: what a customer purchased there and kept."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from gosales_lib.core import matching, sums, timeline
from gosales_lib.core.terms.purchase import Purchase, amount
from gosales_lib.core.terms.returns import returned
from gosales_lib.core.timeline import Window


def bought(sales: pl.DataFrame, window: Window, purchase: Purchase) -> pl.DataFrame:
    """Return who bought in the window, and what the window earned.

    A return cancels only the purchase that it can belong to: it is matched to earlier purchases of
    the same customer and product (`matching.kept`), so that one of an order from before the window
    does not reduce a purchase in it. Under "any" one line is enough, even if it was returned.

    Parameters
    ----------
    sales
        Lines of one division, those before the window included; later lines are ignored.

    Returns
    -------
    pl.DataFrame
        Of every customer with a line in the window: customer_id, bought (0 or 1), gp_window (the
        gross profit of all lines of the window, returns included, in the layout's currency).

    Examples
    --------
    B returns what it bought in the window. C bought before the window and has no line in it.

    >>> from datetime import date
    >>> from gosales_lib.core.terms import UNITS
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
