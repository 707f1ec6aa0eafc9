"""The group of an account: its companies, and what they own together."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render.blocks import Block, Heading, Section, Table
from gosales_lib.dashboard.render.columns import Column
from gosales_lib.dashboard.tabs import bought
from gosales_lib.whitespace import groups

MEMBERS = (
    Column("name", "Account", link="customer", key="customer_id"),
    Column("is", "Relation to this account"),
    Column("year", "Profit, 12 months", "money"),
    Column("ever", "Profit, ever", "money"),
)
OWNED = (
    Column("division", "Division", link="division"),
    Column("owners", "Owned by"),
    Column("first", "First bought", "date"),
    Column("last", "Last bought", "date"),
    Column("year", "Profit, 12 months", "money"),
    Column("ever", "Profit, ever", "money"),
)


def section(shown: Shown, customer_id: str) -> list[Block]:
    """Return what the whole group of an account owns; empty if it has no group.

    Members that the viewer may not see are left out, and so is what they bought.
    """
    others = groups.others(groups.of(shown.frame(shown.run, "accounts")))
    mine = others.filter(customer_id=customer_id)
    if mine.is_empty():
        return []
    itself = pl.DataFrame({"other": [customer_id], "relation": ["this account"]})
    people = pl.concat([itself, mine.select("other", "relation")]).rename({"other": "customer_id"})
    names = shown.customers.select("customer_id", name=pl.coalesce("customer_name", "customer_id"))
    members = people.join(names, "customer_id", maintain_order="left")
    ids = members["customer_id"].to_list()
    sales = bought.known_sales(shown).filter(nw.col("customer_id").is_in(ids)).to_native().collect()
    below = f"{len(ids)} accounts that belong together. Each is scored by itself."
    unit = shown.currency
    return [
        Section(
            [
                Heading("The group", below),
                Table(MEMBERS, _members(shown, members, sales), unit=unit),
                Heading("What the group owns"),
                Table(OWNED, _owned(shown, members, sales), unit=unit),
            ]
        )
    ]


def _members(shown: Shown, members: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts of the group with what each earned."""
    money = bought.profit(shown, sales, "customer_id")
    rows = members.join(money, "customer_id", "left", maintain_order="left")
    return rows.rename({"relation": "is"}).with_columns(pl.col("year", "ever").fill_null(0.0))


def _owned(shown: Shown, members: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """Return the divisions that any account of the group bought, and which accounts did."""
    named = bought.purchased(shown, sales).join(
        members.select("customer_id", "name"), "customer_id"
    )
    day = pl.col("order_date")
    owners = pl.col("name").unique().sort().str.join(", ")
    rows = named.group_by("division").agg(owners=owners, first=day.min(), last=day.max())
    money = bought.profit(shown, sales, "division")
    return rows.join(money, "division").sort("last", "division", descending=[True, False])
