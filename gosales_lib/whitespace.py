"""Whitespace: one ranked list over all divisions, of what to offer to whom, how much, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.columns import WHITESPACE

STATES = {"new to division": "whitespace", "lapsed": "lapsed", "repeat": "active"}
"""The state of a customer in a division, by the purchase type of the score."""
MOTIONS = {"whitespace": "cross-sell", "lapsed": "win-back", "active": "renewal"}
GRADES = {"A": 0.10, "B": 0.25, "C": 0.50, "D": 0.75, "E": 0.90, "F": 1.0}
"""A grade's rows end at this share of the ranked list: A is the best tenth, F the last."""
MOST_REASONS = 3


def grid(scores: pl.DataFrame) -> pl.DataFrame:
    """Return the scores of all divisions with `state` and `motion`: one row a cell of the grid."""
    state = pl.col("purchase_type").replace_strict(STATES)
    return scores.with_columns(state=state).with_columns(
        motion=pl.col("state").replace_strict(MOTIONS)
    )


def counts(cells: pl.DataFrame) -> pl.DataFrame:
    """Return how many customers are active, lapsed and whitespace, by division."""
    table = cells.group_by("division", "state").len().pivot("state", index="division", values="len")
    states = [pl.col(s) if s in table.columns else pl.lit(0).alias(s) for s in STATES.values()]
    return table.select("division", *[s.fill_null(0).cast(pl.Int64) for s in states]).sort(
        "division"
    )


def rank(
    cells: pl.DataFrame,
    customers: pl.DataFrame,
    reasons: pl.DataFrame,
    *,
    signal: Mapping[str, bool],
    states: Sequence[str] = ("whitespace",),
) -> pl.DataFrame:
    """Return the ranked list: the columns of `columns.WHITESPACE`, best first.

    Parameters
    ----------
    cells
        What `grid` returned.
    customers
        `dim_customer`: name, rep and branch.
    reasons
        customer_id, division, rank, reason; only the reasons for (rank above 0) are shown.
    signal
        By division, whether its model beats its naive rivals; a division that does not is left
        out: its list would be no better than chance.
    states
        Which cells may be offered.
    """
    told = [division for division, beats in signal.items() if beats]
    offered = cells.filter(pl.col("state").is_in(list(states)), pl.col("division").is_in(told))
    keys = ["customer_id", "division"]
    named = customers.select("customer_id", "customer_name", "rep", "branch")
    if_sold = pl.when(pl.col("probability") > 0).then(pl.col("expected_gp") / pl.col("probability"))
    ranked = (
        offered.join(named, on="customer_id", how="left")
        .join(beside(reasons), on=keys, how="left")
        .with_columns(expected_gp_if_sold=if_sold, score=pl.col("expected_gp"))
        .sort("score", "probability", *keys, descending=[True, True, False, False])
    )
    ranked = ranked.with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32), grade=grades(ranked.height)
    )
    return ranked.select(*WHITESPACE).cast(WHITESPACE)


def beside(reasons: pl.DataFrame) -> pl.DataFrame:
    """Return the reasons for an offer side by side: customer_id, division, reason_1 to reason_3."""
    columns = [
        pl.col("reason").filter(pl.col("rank") == n).first().alias(f"reason_{n}")
        for n in range(1, MOST_REASONS + 1)
    ]
    return reasons.group_by("customer_id", "division").agg(columns)


def grades(length: int) -> pl.Series:
    """Return the letters of a ranked list of so many rows, by the shares of GRADES."""
    share = (np.arange(length) + 0.5) / max(1, length)
    letters = np.array(list(GRADES))
    return pl.Series(letters[np.searchsorted(list(GRADES.values()), share)], dtype=pl.String)


def payoff(ranked: pl.DataFrame, happened: pl.DataFrame, top_n: int) -> pl.DataFrame:
    """Return what the first `top_n` offers brought, beside lists of the same size.

    Parameters
    ----------
    ranked
        The whole list, best first.
    happened
        customer_id, division, bought, gp_window of every cell.

    Returns
    -------
    pl.DataFrame
        list (model, chance, best customers first), offers, bought, share, gross_profit; chance is
        the mean over all offers, scaled to the size.
    """
    outcome = ranked.join(happened, on=["customer_id", "division"], how="inner")
    size = min(top_n, outcome.height)
    lists = {"model": outcome.sort("rank").head(size)}
    if "gp_all" in outcome.columns:
        order = ["gp_all", "customer_id", "division"]
        lists["best customers first"] = outcome.sort(order, descending=[True, False, False]).head(
            size
        )
    rows: list[dict[str, Any]] = [
        {
            "list": name,
            "offers": size,
            "bought": float(rows["bought"].cast(pl.Int64).sum()),
            "gross_profit": float(rows["gp_window"].sum()),
        }
        for name, rows in lists.items()
    ]
    scale = size / max(1, outcome.height)
    rows.append(
        {
            "list": "chance",
            "offers": size,
            "bought": float(outcome["bought"].cast(pl.Int64).sum()) * scale,
            "gross_profit": float(outcome["gp_window"].sum()) * scale,
        }
    )
    return pl.DataFrame(rows).with_columns(share=pl.col("bought") / pl.col("offers"))
