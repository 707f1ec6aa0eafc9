"""The ranking: all cells that may be offered, with their worth, score and grade."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from gosales_lib.core.columns import KEYS, WHITESPACE
from gosales_lib.core.workbook import MONEY

GRADES = {"A": 0.10, "B": 0.25, "C": 0.50, "D": 0.75, "E": 0.90, "F": 1.0}
"""A grade's rows end at this share of the ranked list: A is the best tenth, F the last."""
SIGNALS = ("probability", "expected_gp", "affinity", "similarity")
"""The signals that a score may be blended from."""


def rank(
    offers: pl.DataFrame,
    customers: pl.DataFrame,
    weights: Mapping[str, float] | None = None,
    by_money: bool = True,
) -> pl.DataFrame:
    """Return the ranked list: the columns of `columns.WHITESPACE`, best first.

    The score is the expected gross profit in the window: probability times gross profit if it
    sells, in the layout's currency. With `weights` it is the blend of `blend` instead, and where
    the money cannot be trusted (`closed.trusted`) the probability of a purchase. Ties are broken by
    probability, then customer_id, then division.

    Parameters
    ----------
    offers
        Cells that may be offered: customer_id, division, cutoff_date, state, `motion`, probability,
        expected_gp_if_sold, gp_source, affinity, similarity.
    customers
        `dim_customer`: name, rep and branch.

    Returns
    -------
    pl.DataFrame
        Nothing is chosen yet (`capacity.mark`) and no reason given (`reasons.beside`).

    Examples
    --------
    The less likely offer is worth more.

    >>> from datetime import date
    >>> offers = pl.DataFrame({
    ...     "customer_id": ["a", "b"], "division": "PDM", "cutoff_date": date(2024, 12, 31),
    ...     "state": "whitespace", "motion": "cross-sell", "probability": [0.3, 0.1],
    ...     "expected_gp_if_sold": [200.0, 1000.0], "gp_source": "division",
    ...     "affinity": 1.0, "similarity": 0.5,
    ... })
    >>> customers = pl.DataFrame({
    ...     "customer_id": ["a", "b"], "customer_name": ["Alpha", "Beta"], "rep": "Kim",
    ...     "branch": "North",
    ... })
    >>> rank(offers, customers).select("rank", "customer_name", "expected_gp").rows()
    [(1, 'Beta', 100.0), (2, 'Alpha', 60.0)]
    """
    named = customers.select("customer_id", "customer_name", "rep", "branch")
    worth = offers.with_columns(expected_gp=pl.col("probability") * pl.col("expected_gp_if_sold"))
    priced = worth.join(named, on="customer_id", how="left").with_columns(chosen=pl.lit(False))
    plain = priced["expected_gp" if by_money else "probability"]
    score = blend(priced, weights) if weights else plain
    order = ["score", "probability", *KEYS]
    ranked = priced.with_columns(score=score).sort(order, descending=[True, True, False, False])
    ranked = ranked.with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32),
        grade=grades(ranked.height),
        gp_trusted=pl.lit(by_money),
    )
    later = [pl.lit(None).alias(name) for name in WHITESPACE if name not in ranked.columns]
    return ranked.with_columns(later).select(*WHITESPACE).cast(WHITESPACE)


def blend(offers: pl.DataFrame, weights: Mapping[str, float]) -> pl.Series:
    """Return the weighted mean of the signals' percentile ranks, 0 to 1.

    Each signal becomes its percentile rank among all offers, ties sharing the mean of theirs (so no
    outlier and no unit decides); where one is missing it counts as the middle, 0.5. ValueError
    names a weight that is negative or of no signal.
    """
    for name, weight in weights.items():
        if name not in SIGNALS or not 0 <= weight < float("inf"):
            names = ", ".join(SIGNALS)
            raise ValueError(f"weights: {name} {weight} is not a weight (0 or more) of {names}")
    total = sum(weights.values())
    if not total:
        raise ValueError("weights: all are 0; give at least one signal a weight")
    rank = {name: (pl.col(name).rank() - 0.5) / pl.col(name).count() for name in weights}
    parts = [rank[name].fill_null(0.5) * weight / total for name, weight in weights.items()]
    return offers.select(score=pl.sum_horizontal(parts))["score"]


def grades(length: int) -> pl.Series:
    """Return the grades of a ranked list with this number of rows, by the shares of `GRADES`."""
    share = (np.arange(length) + 0.5) / max(1, length)
    letters = np.array(list(GRADES))
    return pl.Series(letters[np.searchsorted(list(GRADES.values()), share)], dtype=pl.String)


def is_priced(ranked: pl.DataFrame) -> bool:
    """Return whether the expected money of offers may be shown: earlier windows bear it out."""
    if "gp_trusted" not in ranked.columns:  # a list written before the column was added
        return True
    return bool(ranked["gp_trusted"].fill_null(True).all())


def masked(table: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    """Return a table on a ranked list, its expected money null where earlier windows refute it."""
    if is_priced(ranked):
        return table
    money = [name for name in MONEY if name in table.columns]
    return table.with_columns(pl.lit(None, pl.Float64).alias(name) for name in money)


def coverage(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return the number of offers for which each signal is known: signal, known, share."""
    columns = [*SIGNALS, "expected_gp_if_sold", "reason_1", "reason_2", "reason_3"]
    rows = [(name, int(ranked[name].is_not_null().sum())) for name in columns]
    table = pl.DataFrame(rows, {"signal": pl.String, "known": pl.Int64}, orient="row")
    return table.with_columns(share=pl.col("known") / max(1, ranked.height))
