"""Open potential: the expected gross profit of all open cells, by division, branch and rep."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from gosales_lib.core import sums
from gosales_lib.reports.whitespace_tables import Potential
from gosales_lib.whitespace.ranking import masked
from gosales_lib.whitespace.reps import UNASSIGNED

BY = ("division", "branch", "rep")
OPEN = ("whitespace", "lapsed")
"""States of an open cell: never bought, or lapsed."""
POTENTIAL = Potential.schema_of_table()


def named(
    judged: pl.DataFrame, customers: pl.DataFrame, silent: Sequence[str], by_money: bool = True
) -> pl.DataFrame:
    """Return the open cells with their rep and branch, and whether they can be measured.

    A cell cannot be measured where its division's model failed the quality gate; its expected
    gross profit is null then, never 0. A pair that is expected to lose money adds 0, because it
    would not be sold. Without trusted money (`by_money` false) no cell has an expected gross
    profit, and every pair counts.
    """
    who = customers.select("customer_id", "rep", "branch")
    rows = judged.filter(pl.col("state").is_in(OPEN), pl.col("probability").is_not_null())
    measured = ~pl.col("division").is_in(list(silent))
    counts = measured & (pl.col("expected_gp") > 0) if by_money else measured
    nothing = pl.when(measured).then(0.0)
    worth = [
        pl.when(counts).then(pl.col(c)).otherwise(nothing).alias(c)
        for c in ("probability", "expected_gp")
    ]
    if not by_money:
        worth[1] = pl.lit(None, pl.Float64).alias("expected_gp")
    texts = pl.col("rep", "branch").fill_null(UNASSIGNED)
    return rows.join(who, "customer_id", "left").with_columns(*worth, texts, measured=measured)


def table(open_cells: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    """Return the open potential by division, branch and rep (`POTENTIAL`), the largest first.

    `open_cells` comes from `named`, `ranked` has `chosen`. pairs are open customer-division pairs,
    not_measurable those of a division without a usable model; open_gp is the expected gross profit
    in the window, null where nothing can be measured, split into never bought and lapsed. Without
    an expected gross profit the expected buyers order it.
    """
    frames = [pl.DataFrame(schema=POTENTIAL)]
    for by in BY:
        picked = ranked.filter("chosen").group_by(pl.col(by).fill_null(UNASSIGNED).alias("name"))
        chosen = picked.agg(chosen=pl.len(), chosen_gp=sums.total("expected_gp"))
        summed = _sums(open_cells.group_by(pl.col(by).alias("name")))
        rows = summed.join(chosen, "name", "left").with_columns(
            pl.col("chosen", "chosen_gp").fill_null(0), by=pl.lit(by)
        )
        down = [True, True, False]
        order = rows.sort("open_gp", "expected_buyers", "name", descending=down, nulls_last=True)
        frames.append(order.select(*POTENTIAL).cast(POTENTIAL))
    return masked(pl.concat(frames), ranked)


def _sums(groups: pl.dataframe.group_by.GroupBy) -> pl.DataFrame:
    worth, state = pl.col("expected_gp"), pl.col("state")
    measurable = pl.col("measured").any()
    valued = worth.count() > 0
    values = {"open_gp": worth}
    values |= {"never_bought_gp": worth.filter(state == OPEN[0])}
    values |= {"lapsed_gp": worth.filter(state == OPEN[1])}
    return groups.agg(
        customers=pl.col("customer_id").n_unique(),
        pairs=pl.len(),
        not_measurable=(~pl.col("measured")).sum(),
        expected_buyers=pl.when(measurable).then(sums.total("probability")),
        **{name: pl.when(valued).then(sums.total(value)) for name, value in values.items()},
    )


def sentence(table: pl.DataFrame) -> str:
    """Return where the largest open potential lies, in one sentence."""
    by_money = table["open_gp"].count() > 0
    value = "open_gp" if by_money else "expected_buyers"
    rows = table.filter(pl.col(value).is_not_null())
    best = [rows.filter(by=by).head(1) for by in BY]
    if any(frame.is_empty() for frame in best):
        return "The open potential cannot be measured: no division has a usable model."
    named = [f"{frame['name'][0]} ({frame[value][0]:,.0f})" for frame in best]
    total = rows.filter(by="division")[value].sum()
    what = "expected gross profit" if by_money else "expected purchases"
    return (
        f"Open potential {total:,.0f} {what} in the window over the whole grid; "
        f"most in the division {named[0]}, the branch {named[1]} and the accounts of {named[2]}."
    )
