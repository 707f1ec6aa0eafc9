"""Literal sales rows for the tests of features and labels."""

from datetime import date

import numpy as np
import polars as pl

from gosales_lib.columns import FACT_TRANSACTIONS
from gosales_lib.timeline import to_date, to_day

CUTOFF = date(2024, 12, 31)
DIVISIONS = ["Solid", "Sim", "CAM"]


def sales_rows(*rows: tuple) -> pl.DataFrame:
    """Return facts from (customer, day, division, product, gross profit, quantity)."""
    facts = [
        {
            "customer_id": customer,
            "order_date": date.fromisoformat(day),
            "order_day": to_day(day),
            "invoice": f"{customer}@{day}",
            "division": division,
            "product": product,
            "gross_profit": float(gp),
            "quantity": float(quantity),
            "revenue": 2.0 * gp,
            "rep": "Ann",
            "branch": "North",
        }
        for customer, day, division, product, gp, quantity in rows
    ]
    return pl.DataFrame(facts, schema=FACT_TRANSACTIONS)


def random_sales(lines: int = 900, customers: int = 40, seed: int = 5) -> pl.DataFrame:
    """Return seeded facts of 2022 to 2025: orders of one to three lines, a tenth of it returns."""
    rng = np.random.default_rng(seed)
    order = np.sort(rng.integers(0, lines // 2, lines))
    customer = rng.integers(0, customers, lines // 2)[order]
    day = rng.integers(to_day("2022-01-01"), to_day("2025-07-01"), lines // 2)[order]
    product = rng.integers(0, 9, lines)
    gp = np.round(rng.normal(300, 200, lines), 2)
    sign = np.where(rng.random(lines) < 0.1, -1.0, 1.0)
    return pl.DataFrame(
        {
            "customer_id": [f"c{i:03d}" for i in customer],
            "order_date": [to_date(d) for d in day],
            "order_day": day,
            "invoice": [f"i{i}" for i in order],
            "division": [DIVISIONS[i % 3] for i in product],
            "product": [f"p{i}" for i in product],
            "gross_profit": gp * sign,
            "quantity": rng.integers(1, 6, lines) * sign,
            "revenue": np.where(rng.random(lines) < 0.2, np.nan, gp * 2),
            "rep": [f"rep{i % 4}" if i % 7 else None for i in customer],
            "branch": [f"branch{i % 2}" for i in customer],
        },
        schema=FACT_TRANSACTIONS,
        strict=False,
    ).with_columns(pl.col("revenue").fill_nan(None))
