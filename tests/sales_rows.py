"""Literal sales rows for the tests of features and labels."""

from datetime import date

import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib.core.columns import ASSETS, FACT_TRANSACTIONS
from gosales_lib.core.timeline import to_date, to_day
from gosales_lib.features import FAMILIES, Options

CUTOFF = date(2024, 12, 31)
DIVISIONS = ["Solid", "Sim", "CAM"]
CUSTOMERS = pl.DataFrame(
    {
        "customer_id": ["c001", "c002", "c003"],
        "industry": ["Steel", None, "Toys"],
        "staff": [5.0, 7.0, None],
        "founded": [1990.0, None, 2030.0],
    }
)
INSTALLED = pl.DataFrame(
    [
        ("c001", "Solid", "p0", 2.0, 19000, 20100),
        ("c001", "Sim", "p1", 1.0, 19100, None),
        ("c002", "Solid", "p0", 4.0, 19000, 19500),
        ("c002", "Solid", "p3", 4.0, 20200, 20500),  # from 2025-04-22
        ("nobody", "CAM", "p2", None, 19000, None),
    ],
    schema=ASSETS,
    orient="row",
)
"""Starts and ends are days since 1970-01-01: 19000 is 2022-01-08, 20100 is 2025-01-12."""

EVERYTHING = Options(
    DIVISIONS,
    window_months=6,
    attributes=[("industry", "category"), ("staff", "number"), ("founded", "year")],
    families=[f"+{name}" for name in FAMILIES],
    flags={"support": ["p1", "p4"]},
    products=["p0"],
    winsor=0.9,
)
TABLES = {
    "customers": nw.from_native(CUSTOMERS.lazy()),
    "assets": nw.from_native(INSTALLED.lazy()),
}
"""What `build` is asked and given so that every family makes all its columns."""


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


def assert_sound(matrix: pl.DataFrame) -> None:
    """Every value is a finite number, a text or an honest null; one row per customer and cutoff."""
    assert matrix.select("customer_id", "cutoff_date").is_unique().all()
    for column in matrix.select(pl.exclude(pl.String, pl.Date)):
        values = column.cast(pl.Float64).drop_nulls()
        assert values.is_finite().all(), column.name


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


def odd_sales() -> pl.DataFrame:
    """Return the random facts with customers that no log should have and every log has."""
    nasty = "é\x00'\n" + "x" * 3000
    rows = sales_rows(
        ("returns", "2024-11-01", "Solid", "p0", -10, -1),
        ("returns", "2024-12-01", "Sim", "p1", -10, -1),
        ("silent", "2004-01-01", "Solid", "p0", 10, 1),
        ("zero", "2024-12-01", "Solid", "p0", 0, 0),
        ("undone", "2024-12-31", "Solid", "p0", 10, 1),
        ("undone", "2024-12-31", "Solid", "p0", -10, -1),
        ("sent back", "2020-01-01", "Sim", "p1", 10, 1),
        ("sent back", "2024-12-01", "Sim", "p1", -10, -1),
        ("huge", "2024-12-01", "Solid", "p0", 1e15, 1e9),
        ("huge", "2024-10-01", "Solid", "p0", -3e14, 1),
        ("vast", "2024-12-01", "Sim", "p1", 1e200, 1),
        ("vast", "2024-10-01", "Sim", "p1", -1e199, 1),
        ("tiny", "2024-12-01", "Solid", "p0", 1e-9, 1e-9),
        ("elsewhere", "2024-12-01", "Other", "p0", 10, 1),
        (nasty, "2024-12-01", "Solid", "p0", 10, 1),
        ("blank", "2024-12-01", "Solid", "p0", 10, 1),
    )
    unknown = pl.when(customer_id="blank").then(None)
    blank = [unknown.otherwise(pl.col(c)).alias(c) for c in ("gross_profit", "rep", "branch")]
    return pl.concat([random_sales(), rows.with_columns(blank)])
