"""Columns of the tidy log, of customers, assets, accounts and rejected rows."""

from __future__ import annotations

import polars as pl

KEYS = ["customer_id", "division"]
"""The key of an offer, of a label and of a cell of the whitespace grid."""

FACT_TRANSACTIONS = pl.Schema(
    {
        "customer_id": pl.String(),
        "order_date": pl.Date(),
        "order_day": pl.Int32(),  # days since 1970-01-01
        "invoice": pl.String(),
        "division": pl.String(),
        "product": pl.String(),
        "gross_profit": pl.Float64(),  # in the layout's currency; negative: a return or a loss
        "quantity": pl.Float64(),
        "revenue": pl.Float64(),  # null where the log has none
        "rep": pl.String(),
        "branch": pl.String(),
    }
)
"""One row per line of an invoice and product that has a value; so has `holdout_transactions`."""

DIM_CUSTOMER = pl.Schema(
    {
        "customer_id": pl.String(),
        "customer_name": pl.String(),
        "first_order_date": pl.Date(),  # of the log, not of the holdout; null: bought nothing
        "last_order_date": pl.Date(),
        "rep": pl.String(),  # of the newest order
        "branch": pl.String(),
    }
)
"""One row per customer; behind these come the layout's attributes under their own names."""

ASSETS = pl.Schema(
    {
        "customer_id": pl.String(),
        "division": pl.String(),
        "product": pl.String(),
        "quantity": pl.Float64(),
        "start_day": pl.Int32(),  # days since 1970-01-01
        "expiry_day": pl.Int32(),  # null: owned outright
    }
)
"""One row per customer, product and term: what is installed or under subscription."""

ACCOUNTS = pl.Schema(
    {
        "id": pl.String(),  # as the log, the customers file or the CRM writes it
        "customer_id": pl.String(),  # the account that it belongs to
        "parent": pl.String(),  # the account above it; null: none
    }
)
"""One row per id that the layout's `accounts` lists; another id is an account of its own."""

REJECTED_ROWS = pl.Schema(
    {
        "file": pl.String(),
        "line": pl.Int64(),  # 1 is the header
        "reason": pl.String(),
        "gross_profit": pl.Float64(),  # null where it could not be read
        "row": pl.String(),  # the row as JSON
    }
)

UNREADABLE = "unreadable number"
"""How the reason of a rejected row names a number that cannot be read."""


def shown_amounts() -> pl.Expr:
    """Return the gross profit of rejected rows as tables show it: an unread amount is null, not 0.

    A row of a wide log keeps the sum of its other columns, which is 0 where there are none.
    """
    unread = pl.col("reason").str.contains(UNREADABLE, literal=True)
    return pl.when(~(unread & (pl.col("gross_profit") == 0))).then("gross_profit")
