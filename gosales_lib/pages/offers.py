"""The ranked list: filtered, sorted and cut into pages here, so that a page is all that travels."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from gosales_lib.pages.blocks import Column

ALL = "all"
COLUMNS = (
    Column("rank", "Rank", "number"),
    Column("customer", "Customer", wide=True),
    Column("division", "Division"),
    Column("motion", "Motion"),
    Column("grade", "Grade", "badge"),
    Column("probability", "Chance", "percent"),
    Column("expected_gp_if_sold", "If sold", "money"),
    Column("expected_gp", "Expected", "money"),
    Column("rep", "Rep"),
    Column("branch", "Branch"),
    Column("reasons", "Why", "reasons", wide=True),
)
SORTED_BY = {"customer": "customer_name", "reasons": "reason_1"}
FILTERS = ("division", "rep", "branch", "motion")


@dataclass(frozen=True)
class Asked:
    """What of the list is wanted.

    Parameters
    ----------
    equal
        Column and value; `all` or nothing leaves a column alone.
    search
        Part of a customer's name or id, in any case.
    least
        The smallest probability.
    whole
        Also the offers below the list's capacity.
    """

    equal: dict[str, str] = field(default_factory=dict)
    search: str = ""
    least: float = 0.0
    whole: bool = False
    by: str = "rank"
    descending: bool = False


def select(offers: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """Return the offers that are asked for, in the order asked for; ties by rank."""
    kept = offers if asked.whole else offers.filter("chosen")
    for column, value in asked.equal.items():
        if value and value != ALL:
            kept = kept.filter(pl.col(column) == value)
    if asked.least > 0:
        kept = kept.filter(pl.col("probability") >= asked.least)
    if text := asked.search.strip().lower():
        name = pl.col("customer_name").fill_null("").str.to_lowercase()
        found = name.str.contains(text, literal=True)
        kept = kept.filter(found | pl.col("customer_id").str.to_lowercase().str.contains(
            text, literal=True
        ))  # fmt: skip
    by = SORTED_BY.get(asked.by, asked.by)
    order = [asked.descending, False]
    return kept.sort([by, "rank"], descending=order, nulls_last=True, maintain_order=True)


def page_of(selected: pl.DataFrame, page: int, size: int) -> list[list[str]]:
    """Return one page as texts, a list a row, in the order of `COLUMNS`."""
    rows = selected.slice(page * size, size).with_columns(
        customer=pl.coalesce("customer_name", "customer_id"),
        reasons=pl.concat_str(
            [f"reason_{n}" for n in (1, 2, 3)], separator="\n", ignore_nulls=True
        ),
    )
    return [
        [column.said(row[column.name]) for column in COLUMNS] for row in rows.iter_rows(named=True)
    ]


def values(offers: pl.DataFrame, column: str) -> list[str]:
    """Return what a filter offers: `all`, then every value of the column."""
    return [ALL, *offers[column].drop_nulls().unique().sort().to_list()]


def summary(selected: pl.DataFrame, currency: str) -> str:
    """Return what the selection holds, in one sentence."""
    if selected.is_empty():
        return "No offer passes these filters."
    worth, buyers = selected["expected_gp"].sum(), selected["probability"].sum()
    return (
        f"{selected.height:,} offers, {selected['customer_id'].n_unique():,} customers; expected: "
        f"{buyers:,.0f} purchases and {worth:,.0f} {currency} gross profit."
    )
