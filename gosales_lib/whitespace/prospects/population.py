"""The companies of the customers file and of a list, with their attributes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import narwhals as nw
import pandas as pd
import polars as pl

from gosales_lib.core import terms, timeline
from gosales_lib.core.terms import Purchase
from gosales_lib.features.families.attributes import UNKNOWN
from gosales_lib.layout import Attribute, Layout
from gosales_lib.whitespace import lists
from gosales_lib.whitespace.crm import spelled


def listed(
    source: lists.ListSource, layout: Layout, customers: pl.DataFrame, accounts: pl.DataFrame
) -> pl.DataFrame:
    """Return the companies of a list: customer_id, customer_name and the layout's attributes.

    Parameters
    ----------
    source
        A file or table with customer_id, customer_name and any of the attributes; other columns
        are left aside.
    customers
        customer_id of the customers, as the log spells it.
    accounts
        Which ids are one account (`columns.ACCOUNTS`).

    Raises
    ------
    FileNotFoundError, ValueError
        The list is missing or broken, or names no customer_id, or a customer in other spelling.
    """
    from gosales_lib.sales_log import numbers

    texts = dict.fromkeys(["customer_id", "customer_name"], pl.String)
    texts |= dict.fromkeys([attribute.column for attribute in layout.attributes], pl.String)
    rows = lists.read(source, "prospects", texts, strict=False)
    values = [
        numbers.number(rows[each.column], numbers.sign_of(rows[each.column], layout.decimal, ","))
        for each in layout.attributes
        if each.is_number
    ]
    return spelled(rows.with_columns(values), source, layout, customers, accounts)


def companies(
    customers: pl.DataFrame, listed: pl.DataFrame, attributes: Sequence[Attribute]
) -> pl.DataFrame:
    """Return all companies with a known attribute: customer_id, customer_name, attributes.

    Parameters
    ----------
    customers
        `dim_customer`.
    listed
        Further companies, with the same columns as far as they are known; customers are left out.
    """
    names = [attribute.column for attribute in attributes]
    here = [name for name in names if name in customers.columns]
    if not here:
        return pl.DataFrame(schema={"customer_id": pl.String, "customer_name": pl.String})
    ours = customers.select("customer_id", "customer_name", *here)
    fresh = listed.join(ours, "customer_id", "anti").unique("customer_id", keep="first")
    fresh = fresh.select([c for c in ours.columns if c in fresh.columns])
    every = pl.concat([ours, fresh], how="diagonal_relaxed")
    return every.filter(pl.any_horizontal(pl.col(here).is_not_null())).sort("customer_id")


def first_orders(sales: pl.DataFrame, purchase: Purchase) -> pl.DataFrame:
    """Return the day of every customer's first purchase: customer_id, first_day."""
    lines = nw.from_native(sales).filter(terms.purchased(purchase)).to_native()
    return lines.group_by("customer_id").agg(first_day=pl.col("order_day").min())


def waiting(people: pl.DataFrame, first: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the companies that had not ordered by a day, sorted by customer_id."""
    ordered = nw.from_native(first).filter(timeline.known(timeline.to_day(cutoff), "first_day"))
    return people.join(ordered.to_native(), "customer_id", "anti").sort("customer_id")


def features(people: pl.DataFrame, attributes: Sequence[Attribute], cutoff: date) -> pd.DataFrame:
    """Return the attributes as the models take them; a year becomes the years since."""
    columns = dict[str, pl.Expr]()
    for attribute in attributes:
        if attribute.column not in people.columns:
            continue
        value = pl.col(attribute.column)
        if attribute.is_number:
            number = value.cast(pl.Float64)
            columns[attribute.column] = cutoff.year - number if attribute.kind == "year" else number
        else:
            columns[attribute.column] = value.cast(pl.String).fill_null(UNKNOWN)
    return people.select(**columns).to_pandas()
