"""The open deals of an account, which are shown and not offered again."""

from __future__ import annotations

import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render.blocks import Block, Table
from gosales_lib.dashboard.render.blocks import section as framed
from gosales_lib.dashboard.render.columns import Column

DEALS = (
    Column("division", "Division"),
    Column("product", "Product"),
    Column("stage", "Stage"),
    Column("owner", "Owner"),
    Column("date", "Date", "date"),
)


def section(shown: Shown, customer_id: str) -> list[Block]:
    """Return the open deals of an account; nothing without one."""
    every = shown.frame(shown.run.whitespace(shown.cutoff), "open_deals")
    mine = every.filter(customer_id=customer_id).with_columns(
        pl.col("division").fill_null("every division")
    )
    if mine.is_empty():
        return []
    below = "A division with an open deal is not offered again."
    order = mine.sort("date", "division", descending=[True, False], nulls_last=True)
    return [framed("Open deals", below, Table(DEALS, order))]
