"""The sales up to the cutoff, of all customers and of one."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib.core import terms, timeline
from gosales_lib.core.columns import SCORES
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.whitespace import grid
from gosales_lib.whitespace.facts import account
from gosales_lib.whitespace.facts.bought import firsts


def known_sales(shown: Shown) -> nw.LazyFrame[Any]:
    """Return the sales up to the cutoff, not yet read."""
    lines = pl.scan_parquet(shown.run.path / "fact_transactions.parquet")
    rows = nw.from_native(shown.scoped(lines))
    return rows.filter(timeline.known(timeline.to_day(shown.cutoff)))


def lately(shown: Shown) -> nw.Expr:
    """Return the condition that a sale lies in the year up to the cutoff."""
    return timeline.last_months(timeline.parse_date(shown.cutoff), 12)


def of_year(shown: Shown, sales: pl.DataFrame) -> pl.DataFrame:
    """Return those of some sales that lie in the year up to the cutoff."""
    return nw.from_native(sales).filter(lately(shown)).to_native()


def profit(shown: Shown, sales: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return gross profit of 12 months and ever by one column: `by`, ever, year."""
    year = of_year(shown, sales).group_by(by).agg(year=pl.col("gross_profit").sum())
    ever = sales.group_by(by).agg(ever=pl.col("gross_profit").sum())
    return ever.join(year, by, "left").with_columns(pl.col("year").fill_null(0.0))


def sales_of(shown: Shown, customer_id: str) -> pl.DataFrame:
    """Return the customer's sales up to the cutoff."""
    rows = known_sales(shown).filter(nw.col("customer_id") == customer_id)
    try:
        answer: pl.DataFrame = rows.to_native().collect()
        return answer
    except (OSError, pl.exceptions.PolarsError):
        raise NotShownError(f"fact_transactions of run {shown.run.id} cannot be read.") from None


def purchased(shown: Shown, sales: pl.DataFrame) -> pl.DataFrame:
    """Return the purchase lines among a customer's sales."""
    return nw.from_native(sales).filter(terms.purchased(shown.purchase)).to_native()


def owned(shown: Shown, sales: pl.DataFrame) -> pl.DataFrame:
    """Return the customer's purchases by division: first and last day, and amounts.

    Days and orders are of purchases; gross profit is net of returns.
    """
    ever = (
        purchased(shown, sales)
        .group_by("division")
        .agg(
            first=pl.col("order_date").min(),
            last=pl.col("order_date").max(),
            orders=pl.struct("invoice", "order_date").n_unique(),
        )
    )
    joined = ever.join(profit(shown, sales, "division"), "division")
    return joined.sort("last", "division", descending=[True, False])


def spoken(shown: Shown, sales: pl.DataFrame) -> dict[str, str]:
    """Return what can be said to one customer of each division that it owns: opener and fact."""
    window = timeline.Window(timeline.parse_date(shown.cutoff), shown.window)
    who = sales.select("customer_id").unique().with_columns(first_order_date=window.cutoff)
    unscored = pl.DataFrame(schema=SCORES)
    cells = grid.cells(
        sales, who, unscored, shown.divisions, window, shown.purchase, shown.lapsed_months
    )
    owned = cells.drop_nulls("last_bought").with_columns(cutoff_date=pl.lit(window.cutoff))
    facts = account.of_owners(owned, firsts(sales, window.cutoff, shown.purchase))
    return {
        division: f"{opener}\n{reason}"
        for division, opener, reason in facts.select("division", "opener", "reason").iter_rows()
    }
