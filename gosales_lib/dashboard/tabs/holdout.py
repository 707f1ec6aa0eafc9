"""Holdout: what was promised against what happened after the cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from gosales_lib.charts import glance
from gosales_lib.charts import learning as pictures
from gosales_lib.charts import whitespace as lists
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import (
    Beside,
    Block,
    Choice,
    Column,
    Heading,
    Headline,
    Note,
    Page,
    Picture,
    Section,
    Table,
)
from gosales_lib.dashboard.tabs import verdicts
from gosales_lib.learning import metrics

if TYPE_CHECKING:
    import plotly.graph_objects as go

KEPT, MORE, LESS = "as promised", "more than promised", "less than promised"
PROMISES = (
    Column("division", "Division", link="holdout", key="division"),
    Column("kept", "Promise", "badge"),
    Column("promised", "Promised share", "percent"),
    Column("happened", "Happened", "percent"),
    Column("range", "95% interval", "range"),
    Column("expected_buyers", "Buyers promised", "number"),
    Column("bought", "Bought", "number"),
    Column("expected_gp", "Profit promised", "money"),
    Column("gp_happened", "Profit made", "money"),
)
PAID = (
    Column("list", "Which list"),
    Column("offers", "Offers", "number"),
    Column("bought", "Bought", "number"),
    Column("share", "Share", "percent"),
    Column("gross_profit", "Gross profit", "money"),
    Column("range", "95% interval", "range"),
)
DRIFT = (
    Column("feature", "Feature", wide=True),
    Column("psi", "PSI", "ratio"),
    Column("ks", "KS", "ratio"),
    Column("level", "Drift", "badge"),
)
NOT_YET = (
    "Not yet: there are no sales after the cutoff to check this run against. When there are, "
    "`gosales holdout` checks it without training again."
)


def page(shown: Shown, division: str = "") -> Page:
    """Return promised against happened over all divisions, and one division by decile."""
    table = verdicts.table(shown)
    checked = table.filter(holdout="checked")
    if checked.is_empty():
        refused = [shown.report(name, "05_holdout").get("sentence") for name in shown.divisions]
        why = next((text for text in refused if text), "")
        return Page([Headline(NOT_YET, why), *drift(shown, shown.divisions[0])])
    known = promises(checked)
    kept = int((known["kept"] == KEPT).sum())
    chosen = division if division in checked["division"] else checked["division"][0]
    below = (
        "Each model promised a share of customers that would buy. The interval is of what "
        "happened; sales after the cutoff were opened when every model was finished."
    )
    blocks: list[Block] = [headline(checked, kept, shown.currency)]
    blocks.append(
        Section([Heading("Was it kept?", below), Table(PROMISES, known, unit=shown.currency)])
    )
    blocks += paid(shown)
    blocks.append(Choice("division", "Division", chosen, [(n, n) for n in checked["division"]]))
    return Page([*blocks, *deciles(shown, chosen), *drift(shown, chosen)])


def headline(checked: pl.DataFrame, kept: int, unit: str) -> Headline:
    """Return what was promised and what happened, over all divisions."""
    sums = checked.select(pl.sum("expected_buyers", "bought", "expected_gp", "gp_happened"))
    promised, bought, money, made = sums.row(0)
    return Headline(
        f"{bought:,} purchases happened where {promised:,.0f} were promised; gross profit "
        f"{words.money(made, unit)} where {words.money(money, unit)} was promised.",
        f"In {kept} of {checked.height} divisions the promised share lies within the 95% interval "
        "of what happened. A purchase is a customer who bought a division, owned before or not.",
    )


def promises(checked: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the words for how a promise was kept."""
    promised = pl.col("promised")
    words = (
        pl.when(promised < pl.col("happened_low"))
        .then(pl.lit(MORE))
        .when(promised > pl.col("happened_high"))
        .then(pl.lit(LESS))
        .otherwise(pl.lit(KEPT))
    )
    percent = [
        (pl.col(f"happened_{end}") * 100).round(1).cast(pl.String) + "%" for end in ("low", "high")
    ]
    return checked.with_columns(
        kept=words, range=pl.concat_str(percent, separator=" to ", ignore_nulls=False)
    ).sort("division")


def deciles(shown: Shown, division: str) -> list[Block]:
    """Return one division by decile of its scores."""
    later = shown.report(division, "05_holdout")
    if not later.get("deciles"):
        return []
    picture = pictures.deciles(pl.DataFrame(later["deciles"]), "")
    said = "Share that bought against the promised share, by decile of the score"
    below = "Ten groups of customers by their score, 1 is the best. Bars with 95% intervals."
    parts = [Section([Heading(f"{division}, by decile", below), Picture(picture, said)])]
    if rates := past(shown, division):
        below = "The share that bought after each cutoff: what the model learned from, and today."
        heading = Heading(f"{division}, over time", below)
        parts.append(Section([heading, Picture(rates, "Share that bought after each cutoff")]))
    return [Beside(parts), Note(str(later.get("sentence", "")), "info")]


def past(shown: Shown, division: str) -> go.Figure | None:
    """Return the share that bought after each cutoff, beside what was promised for the last."""
    learned = shown.report(division, "02_features").get("training_cutoffs") or []
    rows = [(r["cutoff_date"], r["buyers"], r["customers"]) for r in learned if r["customers"]]
    if not rows:
        return None
    later = shown.report(division, "05_holdout")
    if later.get("status") == "checked" and later.get("customers"):
        rows.append((shown.cutoff, later["buyers"], later["customers"]))
    schema = {"cutoff": pl.String, "buyers": pl.Float64, "customers": pl.Float64}
    table = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        rate=pl.col("buyers") / pl.col("customers")
    )
    low, high = metrics.wilson(table["rate"].to_numpy(), table["customers"].to_numpy())
    mean = shown.report(division, "04_score").get("mean_probability")
    promised = (shown.cutoff, mean) if mean is not None else None
    return glance.rates(table.with_columns(low=pl.Series(low), high=pl.Series(high)), promised)


def paid(shown: Shown) -> list[Block]:
    """Return what the list brought, beside lists that need no model."""
    try:
        report = shown.offers_report
    except NotShownError:
        return []
    if not report.get("payoff"):
        return []
    rows = pl.DataFrame(report["payoff"], infer_schema_length=None)
    mode, unit = report.get("settings", {}).get("mode", "overall"), shown.currency
    mine = rows.filter(mode=mode).sort("gross_profit", descending=True)
    between = [
        f"{words.money(low, unit)} to {words.money(high, unit)}"
        for low, high in mine.select("low", "high").rows()
    ]
    table = mine.with_columns(range=pl.Series(between, dtype=pl.String))
    figure = lists.paid(rows, unit)
    below = (
        "Lists of the same size from the same offers: the model's, and what one would call "
        "without a model. The picture shows the other ways to give the places, too."
    )
    said = "Gross profit of each list by the way its places are given"
    parts: list[Block] = [Heading("Did the list pay?", below), Table(PAID, table, unit=unit)]
    return [Section([*parts, Picture(figure, said)])]


def drift(shown: Shown, division: str) -> list[Block]:
    """Return the features that moved most between learning and scoring, where it was measured."""
    found: Any = shown.report(division, "05_holdout").get("drift")
    rows = (found or {}).get("features") or []
    if not rows:
        return []
    moved = pl.DataFrame(rows, infer_schema_length=None)
    moved = moved.sort("psi", descending=True, nulls_last=True).head(10)
    below = "PSI up to 0.1 is stable, over 0.25 the world has changed since the model learned. "
    below += str(found.get("sentence", ""))
    return [Section([Heading(f"{division}, what has drifted", below), Table(DRIFT, moved)])]
