"""The rows of the wide log: one per invoice, with a pair of columns per product."""

from __future__ import annotations

import numpy as np
import polars as pl

from gosales_lib.sample import names
from gosales_lib.sample.catalogue import DIVISIONS, INDUSTRIES, PRODUCTS
from gosales_lib.sample.population import REGIONS, Population

KEYS = ("CustomerId", "Customer", "Rec Date", "Invoice", "Division", "Branch", "Rep")
FIRST_ID, FIRST_INVOICE = 100_001, 200_001


def customer_id(index: pl.Expr) -> pl.Expr:
    """Return the key of a customer, as text."""
    return (index * 7 + FIRST_ID).cast(pl.String)


def wide(events: pl.DataFrame, people: Population, called: list[str]) -> pl.DataFrame:
    """Return the invoices by date, every column as text, null where nothing was sold."""
    invoice = (pl.col("date"), pl.col("customer"), pl.col("quantity") < 0)
    events = events.with_columns(pl.struct(*invoice).rank("dense").cast(pl.Int64).alias("at") - 1)
    events = events.sort("at", "product", "row")
    parts = events.group_by("at", maintain_order=True).agg(
        pl.col("customer", "date").first(),
        pl.col("division").gather(pl.col("gross_profit").abs().arg_max()).first(),
        (pl.col("quantity") < 0).first().alias("back"),
        _pairs(),
    )
    parts = parts.unnest("pairs")
    customer = parts["customer"].to_numpy()
    branch, rep = names.reps(
        people.region[customer],
        people.branch[customer],
        customer,
        parts["date"].dt.year().to_numpy(),
    )
    kind = pl.when("back").then(pl.lit("CR")).otherwise(pl.lit("INV"))
    return parts.select(
        customer_id(pl.col("customer")).alias("CustomerId"),
        pl.Series("Customer", called, pl.String).gather(parts["customer"]),
        pl.col("date").dt.strftime("%Y-%m-%d").alias("Rec Date"),
        pl.format("{}{}", kind, pl.col("at") + FIRST_INVOICE).alias("Invoice"),
        pl.Series("Division", DIVISIONS, pl.String).gather(parts["division"]),
        pl.Series("Branch", branch, pl.String),
        pl.Series("Rep", rep, pl.String),
        *[column for product in PRODUCTS for column in product.columns],
    )


def _pairs() -> pl.Expr:
    """Return a struct with the text of every product's gross profit and quantity."""
    fields = []
    for number, product in enumerate(PRODUCTS):
        here = pl.col("product") == number
        profit, quantity = (pl.col(c).filter(here) for c in ("gross_profit", "quantity"))
        text = profit.sum().round(2).cast(pl.String), quantity.sum().cast(pl.Int64).cast(pl.String)
        for column, value in zip(product.columns, text, strict=True):
            fields.append(pl.when(here.any()).then(value).alias(column))
    return pl.struct(fields).alias("pairs")


def customers(people: Population, called: list[str], rng: np.random.Generator) -> pl.DataFrame:
    """Return customers.csv; of a few the industry or the employees are unknown."""
    size = people.count
    return pl.DataFrame(
        {
            "CustomerId": np.arange(size),
            "Customer": called,
            "Industry": pl.Series(INDUSTRIES).gather(people.industry),
            "Employees": people.employees,
            "Region": pl.Series(REGIONS).gather(people.region),
        }
    ).with_columns(
        customer_id(pl.col("CustomerId")).alias("CustomerId"),
        pl.when(pl.Series(rng.random(size) >= 0.04)).then("Industry").alias("Industry"),
        pl.when(pl.Series(rng.random(size) >= 0.06)).then("Employees").alias("Employees"),
    )
