"""The feature matrix: every chosen family, one row a customer and cutoff, for one division."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import narwhals as nw
import polars as pl

from gosales_lib.features.known import CUSTOMER, DIVISION, Known, day_grain, join_all
from gosales_lib.features.registry import Block, Family, Feature, choose


def build(
    sales: nw.LazyFrame,
    cutoffs: Sequence[date],
    division: str,
    *,
    divisions: Sequence[str],
    window_months: int,
    customers: nw.LazyFrame | None = None,
    attributes: Sequence[tuple[str, str]] = (),
    families: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Return the matrix of `division`: one row a customer known on the cutoff, for each cutoff.

    Parameters
    ----------
    sales
        `fact_transactions` as a narwhals lazy frame; its engine does the work.
    cutoffs
        Each is computed from the rows up to it only, so every row is what that cutoff alone
        would give.
    division, divisions
        The one on sale, and all of the layout in its order.
    window_months
        Months that will be predicted (the seasonality family looks at their like).
    customers, attributes
        `dim_customer` and its attribute columns with their kind.
    families
        Names; see `registry.choose`.

    Returns
    -------
    pl.DataFrame
        customer_id, cutoff_date, then the features; sorted by cutoff and customer.
    """
    days = day_grain(sales)
    if sales.implementation.is_polars():  # summed once, not once a cutoff
        days = nw.from_native(days.collect("polars").to_native().lazy())
    chosen = choose(families)
    frames = []
    for cutoff in cutoffs:
        known = Known(days, sales, customers, cutoff, window_months, divisions, attributes)
        frame = at_cutoff(known, division, chosen).collect("polars").to_native()
        frames.append(frame.with_columns(cutoff_date=pl.lit(cutoff)))
    matrix = pl.concat(frames, how="vertical_relaxed")
    rest = [c for c in matrix.columns if c not in (CUSTOMER, "cutoff_date")]
    return matrix.select(CUSTOMER, "cutoff_date", *rest).sort("cutoff_date", CUSTOMER)


def at_cutoff(known: Known, division: str, families: Sequence[Family]) -> nw.LazyFrame:
    """Return one row a customer known on the cutoff, with the features of `families`."""
    frames, empty = [], {}
    for chosen in families:
        for block in chosen.build(known):
            frames.append(of_division(block, division))
            empty |= {f.name: f.empty for f in block.kept if f.empty is not None}
    matrix = join_all(known.population, frames, [CUSTOMER])
    return matrix.with_columns(*[nw.col(n).fill_null(v) for n, v in empty.items()])


def of_division(block: Block, division: str) -> nw.LazyFrame:
    """Return the block keyed by customer alone: of one division where it has one a division."""
    frame = block.frame()
    if DIVISION not in block.keys:
        return frame
    return frame.filter(nw.col(DIVISION) == division).drop(DIVISION)


def dictionary(
    cutoff: date,
    divisions: Sequence[str],
    window_months: int,
    matrix: pl.DataFrame,
    attributes: Sequence[tuple[str, str]] = (),
    families: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Return the feature dictionary: name, family, meaning, unit, window and coverage of each.

    Coverage is the share of the matrix's rows that have a value.
    """
    empty = nw.from_native(pl.LazyFrame(schema={CUSTOMER: pl.String}))
    known = Known(empty, empty, empty, cutoff, window_months, divisions, attributes)
    rows = [
        describe(feature, chosen.name, matrix)
        for chosen in choose(families)
        for block in chosen.build(known)
        for feature in block.kept
    ]
    return pl.DataFrame(rows)


def describe(feature: Feature, family_name: str, matrix: pl.DataFrame) -> dict[str, object]:
    """Return the dictionary row of one feature."""
    coverage = 1 - matrix[feature.name].null_count() / max(1, matrix.height)
    return {
        "name": feature.name,
        "family": family_name,
        "meaning": feature.meaning,
        "unit": feature.unit,
        "window": feature.window,
        "coverage": round(coverage, 4),
    }
