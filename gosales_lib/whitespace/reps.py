"""Each rep's list: its length, its worth, and the reason if it is short."""

from __future__ import annotations

import polars as pl

from gosales_lib.core import sums
from gosales_lib.reports.whitespace_tables import RepList
from gosales_lib.whitespace.ranking import is_priced, masked

UNASSIGNED = "Unassigned"
"""The name for customers without a rep."""
LISTS = RepList.schema_of_table()
MOST_CUTS = 3
IN_WORDS = {
    "not eligible": "cannot be scored",
    "other sales play": "already own the division",
    "left out": "are of a division that is left out",
    "no signal": "are of a division whose model failed the quality gate",
    "excluded": "are excluded",
    "open deal": "have an open deal",
    "cooldown": "bought or were contacted too lately",
    "below minimum probability": "are below the minimum probability",
    "below minimum expected gross profit": "are below the minimum expected gross profit",
    "not worth a contact": "are not worth a contact",
}
"""The wording of the reason for which a rule removed customer-division pairs."""


def lists(
    customers: pl.DataFrame, judged: pl.DataFrame, ranked: pl.DataFrame, per_rep: int
) -> pl.DataFrame:
    """Return one row per rep with accounts (`LISTS`), the largest expected gross profit first.

    Where earlier windows refute that money, it is null and the most expected purchases are first.
    Customers without a rep are the row of `UNASSIGNED`. branch is that of most of their customers,
    called counts the customers among the chosen offers, expected_buyers and expected_gp are of the
    chosen, and `note` says why the list holds fewer than `per_rep` offers, null where it is full.
    `judged` comes from `rules.judge`, `ranked` has `chosen`.
    """
    mine = customers.select("customer_id", pl.col("rep").fill_null(UNASSIGNED), "branch")
    accounts = mine.group_by("rep").agg(
        customers=pl.len(), branch=pl.col("branch").drop_nulls().sort().mode().sort().first()
    )
    rows = ranked.with_columns(pl.col("rep").fill_null(UNASSIGNED))
    chosen = pl.col("chosen")
    offers = rows.group_by("rep").agg(
        ranked=pl.len(),
        chosen=chosen.sum(),
        called=pl.col("customer_id").filter(chosen).n_unique(),
        expected_buyers=sums.total(pl.col("probability").filter(chosen)),
        expected_gp=sums.total(pl.col("expected_gp").filter(chosen)),
    )
    table = accounts.join(offers, "rep", "left").with_columns(
        pl.col("ranked", "chosen", "called", "expected_buyers", "expected_gp").fill_null(0)
    )
    cut = cuts(judged, mine)
    notes = [note(row, cut.get(row["rep"], {}), per_rep) for row in table.iter_rows(named=True)]
    totals = table.with_columns(note=pl.Series(notes, dtype=pl.String)).select(*LISTS).cast(LISTS)
    first = "expected_gp" if is_priced(ranked) else "expected_buyers"
    return masked(totals.sort([first, "rep"], descending=[True, False]), ranked)


def cuts(judged: pl.DataFrame, mine: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return how many cells each rule removed, by rep, the largest number first."""
    rows = judged.join(mine.select("customer_id", "rep"), "customer_id").drop_nulls("cut_by")
    table = rows.group_by("rep", pl.col("cut_by").cast(pl.String)).len()
    counts: dict[str, dict[str, int]] = {}
    for rep, rule, number in table.sort(["len", "cut_by"], descending=[True, False]).iter_rows():
        counts.setdefault(rep, {})[rule] = number
    return counts


def note(row: dict[str, object], cut: dict[str, int], per_rep: int) -> str | None:
    """Return one sentence on why a list is not full; None if it is."""
    chosen, left = int(str(row["chosen"])), int(str(row["ranked"]))
    if chosen >= per_rep:
        return None
    text = f"{chosen} of {per_rep}"
    if left > chosen:
        more = left - chosen
        rest = f"{more:,} more offers are" if more > 1 else "1 more offer is"
        return f"{text}: {rest} ranked, but a limit of the rules applies."
    if not cut:
        return f"{text}: no further offer is left."
    parts = [
        f"{n:,} {one(words) if n == 1 else words}"
        for rule, n in list(cut.items())[:MOST_CUTS]
        if (words := IN_WORDS.get(rule, rule))
    ]
    return f"{text}: of the other pairs of customer and division {', '.join(parts)}."


def one(words: str) -> str:
    """Return a plural phrase in the singular: `are excluded` becomes `is excluded`."""
    verbs = {"are ": "is ", "have ": "has ", "already own ": "already owns "}
    for many, single in verbs.items():
        if words.startswith(many):
            return single + words.removeprefix(many)
    return words
