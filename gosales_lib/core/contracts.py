"""Contracts: the guarantees of the frames of a run, as pandera schemas."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from gosales_lib.core.columns import DIM_CUSTOMER, FACT_TRANSACTIONS, REJECTED_ROWS, SCORES

if TYPE_CHECKING:
    import pandera.polars as pa

COLUMNS = {
    "fact_transactions": FACT_TRANSACTIONS,
    "dim_customer": DIM_CUSTOMER,
    "rejected_rows": REJECTED_ROWS,
    "scores": SCORES,
}
REQUIRED = {
    "fact_transactions": (
        "customer_id",
        "order_date",
        "order_day",
        "invoice",
        "division",
        "product",
        "gross_profit",
    ),
    "dim_customer": ("customer_id",),
    "rejected_rows": ("file", "line", "reason"),
    "scores": tuple(SCORES),
}
"""The columns that are never null."""
UNIQUE = {"dim_customer": ["customer_id"], "scores": ["customer_id"]}
RANGES = {"probability": (0.0, 1.0), "percentile": (0.0, 100.0), "decile": (1, 10)}


@lru_cache
def schema(name: str) -> pa.DataFrameSchema:
    """Return the pandera schema of one of `COLUMNS`; further columns are allowed."""
    import pandera.polars as pa

    def checks(column: str, dtype: Any) -> list[pa.Check]:
        rules = [pa.Check.in_range(*RANGES[column])] if column in RANGES else []
        if dtype == pl.Float64():
            finite = pa.Check(lambda data: data.lazyframe.select(pl.col(data.key).is_finite()))
            rules.append(finite)
        return rules

    columns = {
        column: pa.Column(
            dtype, checks=checks(column, dtype), nullable=column not in REQUIRED[name]
        )
        for column, dtype in COLUMNS[name].items()
    }
    return pa.DataFrameSchema(columns, unique=UNIQUE.get(name), name=name)


def check(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame if it meets its contract.

    Raises
    ------
    pandera.errors.SchemaErrors
        Every column and rule that is broken, with examples.
    """
    checked = schema(name).validate(frame, lazy=True)
    if name == "fact_transactions" and frame.height:
        apart = frame.filter(pl.col("order_date").cast(pl.Int32) != pl.col("order_day"))
        if apart.height:
            raise ValueError(
                f"fact_transactions: order_day is not order_date in {apart.height} rows"
            )
    return checked
