from datetime import date

import pandera.errors
import polars as pl
import pytest
from sales_rows import sales_rows

from gosales_lib import sales_log
from gosales_lib.core import contracts

ROWS = (("a", "2024-01-02", "Solid", "p", 5, 1), ("b", "2024-01-03", "Solid", "p", -5, -1))


def test_good_frames_pass_unchanged():
    facts = sales_rows(*ROWS)
    assert contracts.check("fact_transactions", facts).equals(facts)
    empty = sales_log.SalesLog()
    assert contracts.check("dim_customer", empty.customers).height == 0
    assert contracts.check("rejected_rows", empty.rejected).height == 0


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("customer_id", pl.lit(None, pl.String)),
        ("gross_profit", pl.lit(float("inf"))),
        ("quantity", pl.lit(float("nan"))),
        ("order_date", pl.lit("2024-01-02")),
    ],
)
def test_a_broken_column_is_named(column, value):
    broken = sales_rows(*ROWS).with_columns(value.alias(column))
    with pytest.raises(pandera.errors.SchemaErrors, match=column):
        contracts.check("fact_transactions", broken)


def test_order_day_must_be_the_order_date():
    broken = sales_rows(*ROWS).with_columns(order_date=pl.lit(date(2020, 1, 1)))
    with pytest.raises(ValueError, match="order_day is not order_date in 2 rows"):
        contracts.check("fact_transactions", broken)


def test_a_customer_stands_once():
    twice = pl.DataFrame({"customer_id": ["a", "a"]}).with_columns(
        pl.lit(None, dtype).alias(name)
        for name, dtype in contracts.DIM_CUSTOMER.items()
        if name != "customer_id"
    )
    with pytest.raises(pandera.errors.SchemaErrors, match="customer_id"):
        contracts.check("dim_customer", twice)
