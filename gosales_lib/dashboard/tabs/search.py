"""Finding a customer: by name or number, or among those who are worth most."""

from __future__ import annotations

import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render.blocks import Block, Column, Heading, Note, Section, Table

MATCHES = 20
BEST = (
    Column("customer", "Customer", link="customer", key="customer_id", wide=True),
    Column("rep", "Rep"),
    Column("offers", "Offers to call", "number"),
    Column("divisions", "Divisions", wide=True),
    Column("worth", "Expected profit", "money"),
)


def matching(customers: pl.DataFrame, text: str) -> list[tuple[str, str]]:
    """Return up to 20 customers as (label, id) whose name or id holds the text, in any case."""
    found = customers
    if text := text.strip().lower():
        name = pl.col("customer_name").fill_null("").str.to_lowercase()
        number = pl.col("customer_id").str.to_lowercase()
        hit = name.str.contains(text, literal=True) | number.str.contains(text, literal=True)
        found = customers.filter(hit)
    head = found.head(MATCHES).select("customer_id", "customer_name").iter_rows()
    return [(f"{name or 'no name'} ({number})", number) for number, name in head]


def guessed(shown: Shown, text: str) -> list[Block]:
    """Return the customers that a text may mean, where it is nobody's number."""
    found = matching(shown.customers, text)
    if not found:
        return [Note(f"No customer of this run has “{text}” in its name or number.", "warning")]
    rows = pl.DataFrame(found, schema=["customer", "customer_id"], orient="row")
    columns = (Column("customer", "Customer", link="customer", key="customer_id", wide=True),)
    below = f"The first {MATCHES}." if rows.height == MATCHES else ""
    return [Section([Heading(f"Customers with “{text}”", below), Table(columns, rows)])]


def best(shown: Shown) -> Section:
    """Return the customers worth most on the list, for whoever has nobody in mind."""
    chosen = shown.listed.filter("chosen").with_columns(pl.col("division", "rep").cast(pl.String))
    rows = (
        chosen.group_by("customer_id")
        .agg(
            customer=pl.coalesce("customer_name", "customer_id").first(),
            rep=pl.col("rep").first(),
            offers=pl.len(),
            divisions=pl.col("division").sort_by("rank").str.join(", "),
            worth=pl.col("expected_gp").sum(),
        )
        .sort("worth", "customer_id", descending=[True, False])
        .head(MATCHES)
    )
    below = "Search above, or begin with those who are worth most on the list."
    return Section([Heading("Which customer?", below), Table(BEST, rows, unit=shown.currency)])
