"""The search for a customer: by name or number, or among the most valuable ones."""

from __future__ import annotations

import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render.blocks import Block, Note, Section, Table, section
from gosales_lib.dashboard.render.columns import Column, priced

MATCHES = 20
BEST = (
    Column("customer", "Customer", link="customer", key="customer_id", wide=True),
    Column("rep", "Rep"),
    Column("offers", "Offers to call", "number"),
    Column("divisions", "Divisions", wide=True),
    Column("purchases", "Expected purchases", "number"),
    Column("worth", "Expected profit", "money"),
)


def matching(shown: Shown, text: str) -> list[tuple[str, str]]:
    """Return up to 20 customers as (label, id) whose name, number, rep or branch a text means."""
    keys = shown.finder.find(text)
    rows = shown.customers.filter(pl.col("customer_id").is_in(keys.implode())).head(MATCHES)
    pairs = rows.select("customer_id", "customer_name").iter_rows()
    return [(f"{name or 'no name'} ({number})", number) for number, name in pairs]


def guessed(shown: Shown, text: str) -> list[Block]:
    """Return the customers and reps that a text may mean, if it is no customer's number."""
    customers = matching(shown, text)
    if not customers:
        return [Note(f"No customer or rep of this run is called “{text}”.", "warning")]
    parts: list[Block] = []
    reps = shown.reps.find(text)
    if reps.len():
        named = Column("rep", "Rep", link="whitespace", sets="rep")
        rows = pl.DataFrame({"rep": reps.head(MATCHES)})
        parts.append(section(f"Reps like “{text}”", "", Table((named,), rows)))
    rows = pl.DataFrame(customers, schema=["customer", "customer_id"], orient="row")
    below = f"The first {MATCHES}." if rows.height == MATCHES else ""
    return [*parts, section(f"Customers like “{text}”", below, Table(BEST[:1], rows))]


def best(shown: Shown) -> Section:
    """Return the customers with the most expected profit on the list, as a starting point."""
    chosen = shown.listed.filter("chosen").with_columns(pl.col("division", "rep").cast(pl.String))
    rows = (
        chosen.group_by("customer_id")
        .agg(
            customer=pl.coalesce("customer_name", "customer_id").first(),
            rep=pl.col("rep").first(),
            offers=pl.len(),
            divisions=pl.col("division").sort_by("rank").str.join(", "),
            purchases=pl.col("probability").sum(),
            worth=pl.col("expected_gp").sum(),
        )
        .sort("worth" if shown.is_priced else "purchases", "customer_id", descending=[True, False])
        .head(MATCHES)
    )
    below = "Search above, or begin with those who are worth most on the list."
    known = [c for c in BEST if c.name != "rep" or rows["rep"].count()]
    table = Table(priced(known, shown.is_priced), rows, unit=shown.currency)
    return section("Which customer?", below, table)
