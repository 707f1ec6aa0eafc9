"""Capacity: chooses the offers that the reps have time for, never more than the capacity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from gosales_lib.reports.whitespace_tables import WhatIf
from gosales_lib.whitespace.ranking import masked

MODES = {
    "each_rep": "a list per rep",
    "overall": "by rank alone",
    "rep": "even between reps",
    "branch": "even between branches",
    "division": "even between divisions",
    "hybrid": "half by rank, half by divisions in turn",
}
"""How the capacity is shared out, in words."""
PER_REP = 20
"""Length of a rep's list."""
WITHOUT_REPS = 500
"""Number of offers if the log names no rep and the number is not given."""
SIZES = (5, 10, 20, 30, 50)
"""Lengths of a rep's list that `what_if` compares."""
WHAT_IF = WhatIf.schema_of_table()
NOBODY = ""
"""Offers without a rep (or branch) share one list."""


def total(ranked: pl.DataFrame, top_n: int = 0, per_rep: int = PER_REP) -> int:
    """Return the total capacity: `top_n`, or the sum of the reps' lists if it is 0.

    The customers without a rep count as one rep. A log without any rep has `WITHOUT_REPS`.
    """
    if top_n:
        return top_n
    return per_rep * ranked["rep"].n_unique() if has_reps(ranked) else WITHOUT_REPS


def has_reps(ranked: pl.DataFrame) -> bool:
    """Return whether any offer has a rep."""
    return ranked["rep"].null_count() < ranked.height


def choose(
    ranked: pl.DataFrame,
    places: int,
    mode: str = "overall",
    *,
    per_rep: int = PER_REP,
    max_share: float = 1.0,
    most: Mapping[str, int] | None = None,
    quotas: Mapping[str, Mapping[str, int]] | None = None,
) -> pl.DataFrame:
    """Return the offers that capacity allows, in the order of the ranked list.

    Parameters
    ----------
    ranked
        Offers, best first, with `rank`, customer_id, division, rep and branch.
    places
        The capacity: number of offers in all (`total`); never exceeded.
    mode
        One of `MODES`. Even shares are rounded down (at least 1), so some capacity may stay unused.
        Without any rep in the log `each_rep` chooses by score.
    per_rep, max_share
        Length of each rep's list in the mode `each_rep`, and the largest share of the capacity that
        one division gets (rounded down, at least 1).
    most, quotas
        Most offers by column, 0 for no limit: {"rep": 20, "customer_id": 2}; and of single values:
        {"division": {"CPE": 50}}, where 0 offers none.

    Raises
    ------
    ValueError
        Names the invalid mode, share or number.
    """
    check(places, mode, max_share, per_rep)
    limits = {column: n for column, n in (most or {}).items() if n}
    limits["division"] = min(limits.get("division", places), max(1, int(max_share * places)))
    if mode == "each_rep" and has_reps(ranked):
        limits["rep"] = min(limits.get("rep", per_rep), per_rep)
    if mode in ("rep", "branch", "division"):
        groups = max(1, ranked[mode].fill_null(NOBODY).n_unique())
        limits[mode] = min(limits.get(mode, places), max(1, places // groups))
    named = {column: dict(given) for column, given in (quotas or {}).items() if given}
    limits |= {column: places for column in named if column not in limits}
    order = in_turn(ranked, places) if mode == "hybrid" else ranked
    taken = fill(order.select("rank", *limits), places, limits, named)
    return ranked.filter(pl.col("rank").is_in(taken.implode()))


def mark(ranked: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the ranked list with `chosen` true where capacity allows the offer, and `rep_rank`.

    `rep_rank` counts the offers of each rep, the best first; customers without a rep count as one.
    """
    position = pl.col("rank").cum_count().over("rep").cast(pl.Int32)
    taken = pl.col("rank").is_in(chosen["rank"].implode())
    return ranked.sort("rank").with_columns(chosen=taken, rep_rank=position)


def cuts(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return what capacity removed, in the form of `rules.apply`: rule, cut, left.

    Passed over: better than the last offer that was chosen, but a limit or a share excluded it.
    No capacity left: every offer after the last one.
    """
    last = ranked.filter("chosen")["rank"].max() or 0
    over = ranked.filter(~pl.col("chosen"), pl.col("rank") < last).height
    chosen = int(ranked["chosen"].sum() or 0)
    rows = [
        {"rule": "passed over for a limit or share", "cut": over, "left": ranked.height - over},
        {"rule": "no capacity left", "cut": ranked.height - over - chosen, "left": chosen},
    ]
    return pl.DataFrame(rows)


def check(places: int, mode: str, max_share: float, per_rep: int = PER_REP) -> None:
    """Raise ValueError for an invalid mode, share or number."""
    if mode not in MODES:
        raise ValueError(f"mode {mode!r} is not known: choose from {', '.join(MODES)}")
    if not 0 < max_share <= 1:
        raise ValueError(f"max_share {max_share} is not a share: above 0, at most 1")
    if places < 1:
        raise ValueError(f"top_n {places} must be at least 1")
    if per_rep < 1:
        raise ValueError(f"per_rep {per_rep} must be at least 1")


def what_if(ranked: pl.DataFrame, sizes: Sequence[int] = SIZES, **limits: Any) -> pl.DataFrame:
    """Return the expected result of lists of other lengths per rep: the columns of `WHAT_IF`.

    `full_lists` counts reps whose list is full; `last_gp` is the expected gross profit per offer
    that this length adds to the one before. Money that earlier windows refute is null.
    """
    rows: list[dict[str, float | None]] = []
    before = (0, 0.0)
    for size in sizes if has_reps(ranked) else ():
        lists = choose(ranked, total(ranked, 0, size), "each_rep", per_rep=size, **limits)
        lengths = lists.group_by("rep").len()["len"]
        worth = float(lists["expected_gp"].sum())
        added = lists.height - before[0]
        row: dict[str, float | None] = {"per_rep": size, "offers": lists.height}
        row |= {"reps": len(lengths), "full_lists": int((lengths == size).sum())}
        row |= {"expected_buyers": float(lists["probability"].sum()), "expected_gp": worth}
        rows.append(row | {"last_gp": (worth - before[1]) / added if added else None})
        before = (lists.height, worth)
    return masked(pl.DataFrame(rows, schema=WHAT_IF), ranked)


def in_turn(ranked: pl.DataFrame, places: int) -> pl.DataFrame:
    """Return the list with its first half by score, then the divisions' best in turn."""
    first, rest = ranked.head((places + 1) // 2), ranked.slice((places + 1) // 2)
    turn = pl.col("rank").cum_count().over("division")
    return pl.concat([first, rest.with_columns(turn=turn).sort("turn", "rank").drop("turn")])


def fill(
    offers: pl.DataFrame,
    places: int,
    limits: Mapping[str, int],
    quotas: Mapping[str, Mapping[str, int]],
) -> pl.Series:
    """Return the ranks that are chosen: in order, each while no limit excludes it."""
    keyed = offers.with_columns(pl.col(*limits).fill_null(NOBODY))
    left = [_left(keyed[column], most, quotas.get(column, {})) for column, most in limits.items()]
    taken: list[int] = []
    for rank, *keys in keyed.iter_rows():
        if len(taken) == places:
            break
        for room, key in zip(left, keys, strict=True):
            if room[key] < 1:
                break
        else:
            taken.append(rank)
            for room, key in zip(left, keys, strict=True):
                room[key] -= 1
    return pl.Series(taken, dtype=pl.Int32)


def _left(keys: pl.Series, most: int, quotas: Mapping[str, int]) -> dict[str, int]:
    """Return how many offers each value of a column may have."""
    return {key: min(most, quotas.get(key, most)) for key in keys.unique()}
