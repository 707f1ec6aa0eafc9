"""What says that two spellings are one customer, and that two files tell of the same orders."""

from __future__ import annotations

import polars as pl

from gosales_lib.core import keys
from gosales_lib.layout_init import evidence, words
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning, spellings

SURE = 0.95
"""Share of the groups of spellings, or of the orders told twice, that must agree."""
AGAIN = 0.5
"""Share of the lines of orders in several files that both files must hold."""


def find(looked: Looked, roles: Roles, rows: pl.DataFrame) -> None:
    """Settle what evidence settles; the alarms ask about the rest."""
    _revisions(looked, roles)
    _spellings(looked, roles, rows)


def newest(looked: Looked, roles: Roles, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with each order from its newest file alone: arithmetic counts it once."""
    invoice = roles.columns.get("invoice")
    heights = [one.rows.height for one in looked.log]
    if len(heights) < 2 or not isinstance(invoice, str) or rows.height != sum(heights):
        return rows
    file = pl.Series(range(len(heights)), dtype=pl.Int32).repeat_by(pl.Series(heights)).explode()
    order = rows.select(cleaning.text(invoice)).to_series()
    frame = pl.DataFrame({"file": file, "order": order})
    is_last = frame.select(pl.col("file") == pl.col("file").max().over("order")).to_series()
    return rows.filter(is_last | order.is_null())


def _revisions(looked: Looked, roles: Roles) -> None:
    """Take an invoice from its newest file where files tell of the same orders."""
    invoice, customer = roles.columns.get("invoice"), roles.columns.get("customer_id")
    if len(looked.log) < 2 or not isinstance(invoice, str) or not isinstance(customer, str):
        return
    columns = {"invoice": invoice, "customer": customer, "product": roles.columns.get("product")}
    named = {role: name for role, name in columns.items() if isinstance(name, str)}
    if any(name not in looked.log[0].columns for name in named.values()):
        return
    parts = [
        one.rows.select(keys.normal(name).alias(role) for role, name in named.items()).with_columns(
            file=pl.lit(number)
        )
        for number, one in enumerate(looked.log)
    ]
    lines = pl.concat(parts).drop_nulls("invoice")
    twice = lines.filter(pl.col("file").n_unique().over("invoice") > 1)
    if twice.is_empty():
        return
    orders = twice.group_by("invoice").agg(one=pl.col("customer").n_unique() == 1)
    same = twice.select(pl.col("file").n_unique().over(*named) > 1).to_series()
    if evidence.share(orders["one"]) >= SURE and evidence.share(same) >= AGAIN:
        roles.keys["revisions"] = "newest"
        roles.note(
            "revisions", f"{orders.height:,} orders stand in several files: the newest one counts"
        )


def _spellings(looked: Looked, roles: Roles, rows: pl.DataFrame) -> None:
    """Take spellings for one customer where their names say so, or the customers file does."""
    customer, name = roles.columns.get("customer_id"), roles.columns.get("customer_name")
    if not isinstance(customer, str):
        return
    ids = rows.select(keys.normal(customer).alias("id")).to_series()
    groups = spellings.groups(ids)
    if groups.height and isinstance(name, str):
        named = rows.select(
            alike=spellings.forms(ids),
            name=cleaning.text(name).map_elements(_plain, pl.String),
        )
        named = named.drop_nulls().filter(pl.col("alike").is_in(groups["alike"].implode()))
        one = named.group_by("alike").agg(one=pl.col("name").n_unique() == 1)
        if one.height == groups.height and evidence.share(one["one"]) >= SURE:
            _take(roles, f"{groups.height:,} customers stand in several spellings of their key")
    elif not groups.height and looked.customers and customer in looked.customers.columns:
        listed = looked.customers.rows.select(keys.normal(customer)).to_series().drop_nulls()
        ordered = ids.unique().drop_nulls()
        exact = evidence.share(ordered.is_in(listed.implode()))
        alike = evidence.share(spellings.forms(ordered).is_in(spellings.forms(listed).implode()))
        if exact < AGAIN <= alike:
            _take(roles, "the customers file spells keys in another way than the log")


def _take(roles: Roles, what: str) -> None:
    roles.keys["keys"] = "alike"
    roles.note("keys", f"{what}: case, leading zeros and signs are passed over")


def _plain(name: str) -> str:
    return "".join(sign for sign in words.plain(name.casefold()) if sign.isalnum())
