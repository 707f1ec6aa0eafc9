"""Two runs side by side: figures by division, the list, and different parameters."""

from __future__ import annotations

import polars as pl

from gosales_lib.core.columns import KEYS
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import Block, Note, Table, section
from gosales_lib.dashboard.render.columns import Column
from gosales_lib.dashboard.tabs import verdicts

COMPARED = (
    Column("division", "Division"),
    Column("lift", "Lift@10%", "ratio"),
    Column("lift_other", "other", "ratio"),
    Column("auc", "AUC", "ratio"),
    Column("auc_other", "other", "ratio"),
    Column("expected_buyers", "Expected buyers", "number"),
    Column("expected_buyers_other", "other", "number"),
    Column("verdict", "Verdict", "badge"),
    Column("verdict_other", "other", "badge"),
)


def beside(shown: Shown, other: Shown, table: pl.DataFrame) -> list[Block]:
    """Return the two runs side by side: figures by division, and the overlap of the lists."""
    title = f"Beside run {other.run.id}, cutoff {words.day(other.cutoff)}"
    try:
        theirs = verdicts.table(other)
        both = table.join(theirs, "division", how="full", suffix="_other", coalesce=True)
        same, mine = agreeing(shown, other)
    except NotShownError as reason:
        return [section(title, "", Note(str(reason), "warning"))]
    share = same / mine if mine else 0.0
    runs = (shown, other)
    buyers = (words.count(run.offers_report.expected_buyers_top_n) for run in runs)
    worth = "{} purchases are expected of this one, {} of the other.".format(*buyers)
    if shown.is_priced and other.is_priced:
        money = (words.money(r.offers_report.expected_gp_top_n, r.currency) for r in runs)
        worth += " Expected gross profit {}, the other's {}.".format(*money)
    below = (
        f"{same:,} of {mine:,} offers to call ({share:.0%}) stand on both lists. "
        f"{worth} {apart(shown, other)}"
    )
    if not set(shown.divisions) & set(other.divisions):
        text = "They have no division in common: there is nothing to compare."
        return [section(title, "", Note(text, "info"))]
    return [section(title, below, Table(COMPARED, both.sort("division")))]


def agreeing(shown: Shown, other: Shown) -> tuple[int, int]:
    """Return how many offers to call are on both lists, and how many there are."""
    pair = pl.col("customer_id", "division").cast(pl.String)
    mine, theirs = (run.listed.filter("chosen").select(pair) for run in (shown, other))
    return mine.join(theirs, KEYS, "semi").height, mine.height


def apart(shown: Shown, other: Shown) -> str:
    """Return the parameters that differ between the two runs."""
    mine, theirs = (asked(run) for run in (shown, other))
    names = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
    if not names:
        return "Both were asked for the same."
    differences = [
        f"{name}: {mine.get(name, 'as usual')}, the other's {theirs.get(name, 'as usual')}"
        for name in names
    ]
    return f"Asked for, {'; '.join(differences)}."


def asked(shown: Shown) -> dict[str, str]:
    """Return the parameters of a run by name, its notebooks' own among them."""
    whole = shown.record.get("parameters") or {}
    flat = {name: value for name, value in whole.items() if not isinstance(value, dict)}
    flat |= whole.get("parameters") or {}
    options = {name: value for name, value in flat.items() if value not in ("", [], None)}
    return {name.replace("_", " "): _plain(value) for name, value in options.items()}


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
