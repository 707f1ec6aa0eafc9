"""Matches returns to purchases without a link between them, to find what was kept.

A return takes back an earlier purchase of the same customer and product:

1. the latest one of exactly its size, as a credit note reverses an invoice line;
2. otherwise the oldest one that remains (first in, first out).

A return for which there is no earlier purchase (it was made before the log began) takes back
nothing. Within a day purchases stand before returns.

    bought 5 on 2024-12-20, sent 5 back on 2025-01-05, bought 3 on 2025-03-01

In the window that begins after 2024-12-31, 3 were bought and kept.
"""

from __future__ import annotations

import polars as pl

from gosales_lib.core import sums

DECIMALS = 6  # 0.1 + 0.2 and 0.3 are one size
PAIR = ("customer_id", "product")


def kept(lines: pl.DataFrame, start_day: int) -> pl.DataFrame:
    """Return what of each product was bought after `start_day` and kept.

    First in, first out leaves the newest part of a stock. The kept quantity of the window's
    purchases is therefore the stock at its end, but at most what was bought in the window.

    Parameters
    ----------
    lines
        customer_id, product, order_day, amount (above 0 a purchase, below 0 a return), up to the
        end of the window.

    Returns
    -------
    pl.DataFrame
        customer_id, product, kept (not below 0, but for the last bits of a float): one row per
        customer and product of the window.
    """
    after = pl.col("order_day") > start_day
    sent_back = lines.filter(after, pl.col("amount") < 0).select(PAIR).unique()
    window = lines.filter(after).join(sent_back, PAIR, "anti")
    untouched = window.group_by(PAIR).agg(kept=sums.total("amount"))
    rest = unmatched(lines.join(sent_back, PAIR, "semi"))
    amount = pl.col("amount")
    # a stock cannot fall below 0: what a return finds no purchase for is lifted out again
    stock = amount.sum() - pl.min_horizontal(amount.cum_sum().min(), 0.0)
    bought = amount.clip(0.0).filter(after).sum()
    touched = rest.group_by(PAIR).agg(kept=pl.min_horizontal(stock, bought))
    return pl.concat([untouched, touched])


def unmatched(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines without the returns, and their purchases, of exactly one size.

    Purchases and returns of a size are opening and closing brackets: at each depth they take
    turns, and a purchase is open where no return follows it at its depth.
    """
    size = [*PAIR, "size"]
    sign = pl.col("sign")
    rows = lines.with_columns(
        sign=pl.col("amount").sign(), size=pl.col("amount").abs().round(DECIMALS)
    ).sort("order_day", "sign", descending=[False, True])
    rows = rows.with_columns(depth=sign.cum_sum().over(size))
    rows = rows.with_columns(low=pl.min_horizontal(pl.col("depth").cum_min().over(size), 0.0))
    before = pl.col("low").shift(1, fill_value=0.0).over(size)
    rows = rows.with_columns(
        of_nothing=pl.col("low") < before,
        level=pl.max_horizontal("depth", pl.col("depth") - sign),
    )
    follows = sign.shift(-1).over([*size, "level"])
    return rows.filter(pl.col("of_nothing") | ((sign == 1) & follows.is_null()))
