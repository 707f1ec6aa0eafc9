"""Capacity: the offers that there is time for, shared out fairly and never more than there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

MODES = ("overall", "rep", "branch", "division", "hybrid")
"""How the places are given: by score alone; evenly between reps, branches or divisions; or
hybrid: half of them by score, the rest to the divisions in turn, so that each one is seen."""
NOBODY = ""
"""Offers without a rep (or branch) share one place of their own."""


def choose(
    ranked: pl.DataFrame,
    places: int,
    mode: str = "overall",
    *,
    max_share: float = 1.0,
    most: Mapping[str, int] | None = None,
) -> pl.DataFrame:
    """Return the offers that there is time for, in the order of the ranked list.

    Parameters
    ----------
    ranked
        Offers, best first, with `rank`, customer_id, division, rep and branch.
    places
        How many offers there is time for; never exceeded.
    mode
        One of `MODES`. Even shares are rounded down (at least 1), so a place may stay empty.
    max_share
        No division gets more than this share of the places (rounded down, at least 1).
    most
        Most offers by column, 0 for no limit: {"rep": 20, "customer_id": 2}.

    Raises
    ------
    ValueError
        Names the mode, the share or the number that cannot be.
    """
    check(places, mode, max_share)
    limits = {column: n for column, n in (most or {}).items() if n}
    limits["division"] = min(limits.get("division", places), max(1, int(max_share * places)))
    if mode in ("rep", "branch", "division"):
        groups = max(1, ranked[mode].fill_null(NOBODY).n_unique())
        limits[mode] = min(limits.get(mode, places), max(1, places // groups))
    order = in_turn(ranked, places) if mode == "hybrid" else ranked
    taken = fill(order.select("rank", *limits), places, limits)
    return ranked.filter(pl.col("rank").is_in(taken.implode()))


def mark(ranked: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the ranked list with `chosen` true where an offer got a place."""
    return ranked.with_columns(chosen=pl.col("rank").is_in(chosen["rank"].implode()))


def cuts(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return what capacity cut, as `rules.apply` says it: rule, cut, left.

    Passed over: better than the last offer that got a place, but a limit or a share stood against
    it. No place left: all behind that one.
    """
    last = ranked.filter("chosen")["rank"].max() or 0
    over = ranked.filter(~pl.col("chosen"), pl.col("rank") < last).height
    chosen = int(ranked["chosen"].sum() or 0)
    rows = [
        {"rule": "passed over for a limit or share", "cut": over, "left": ranked.height - over},
        {"rule": "no place left", "cut": ranked.height - over - chosen, "left": chosen},
    ]
    return pl.DataFrame(rows)


def check(places: int, mode: str, max_share: float) -> None:
    """Raise ValueError for a mode, a share or a number that cannot be."""
    if mode not in MODES:
        raise ValueError(f"mode {mode!r} is not known: choose from {', '.join(MODES)}")
    if not 0 < max_share <= 1:
        raise ValueError(f"max_share {max_share} is not a share: above 0, at most 1")
    if places < 1:
        raise ValueError(f"top_n {places} must be at least 1")


def in_turn(ranked: pl.DataFrame, places: int) -> pl.DataFrame:
    """Return the list with its first half by score, then the divisions' best in turn."""
    first, rest = ranked.head((places + 1) // 2), ranked.slice((places + 1) // 2)
    turn = pl.col("rank").cum_count().over("division")
    return pl.concat([first, rest.with_columns(turn=turn).sort("turn", "rank").drop("turn")])


def fill(offers: pl.DataFrame, places: int, limits: Mapping[str, int]) -> pl.Series:
    """Return the ranks that get a place: in order, each while no limit stands against it."""
    used: dict[str, Counter[str]] = {column: Counter() for column in limits}
    taken: list[int] = []
    for rank, *keys in offers.with_columns(pl.col(*limits).fill_null(NOBODY)).iter_rows():
        if len(taken) == places:
            break
        if all(used[c][k] < limits[c] for c, k in zip(limits, keys, strict=True)):
            taken.append(rank)
            for column, key in zip(limits, keys, strict=True):
                used[column][key] += 1
    return pl.Series(taken, dtype=pl.Int32)
