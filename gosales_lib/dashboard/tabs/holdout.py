"""Holdout: what was predicted against what was observed after the cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from gosales_lib.charts import glance
from gosales_lib.charts import learning as pictures
from gosales_lib.charts import whitespace as lists
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import (
    Beside,
    Block,
    Choice,
    Headline,
    Note,
    Page,
    Picture,
    Table,
    section,
)
from gosales_lib.dashboard.render.columns import Column
from gosales_lib.dashboard.tabs import verdicts
from gosales_lib.learning import metrics
from gosales_lib.reports.holdout import KEPT, Decile, Moved
from gosales_lib.reports.whitespace_tables import Paid
from gosales_lib.whitespace.capacity import MODES

if TYPE_CHECKING:
    import plotly.graph_objects as go

PROMISES = (
    Column("division", "Division", link="holdout", key="division"),
    Column("kept", "Buyers", "badge"),
    Column("promised", "Predicted share", "percent", below="predicted"),
    Column("happened", "Observed share", "percent", below="range"),
    Column("bought", "Observed buyers", "number"),
    Column("kept_money", "Profit", "badge"),
    Column("expected_gp", "Predicted profit", "money"),
    Column("gp_happened", "Observed profit", "money", below="gp_range"),
)
PAID = (
    Column("list", "Which list"),
    Column("offers", "Offers", "number"),
    Column("bought", "Bought", "number"),
    Column("share", "Share", "percent"),
    Column("gross_profit", "Gross profit", "money", below="range"),
)
DRIFT = (
    Column("meaning", "Feature", wide=True, below="feature"),
    Column("psi", "PSI", "ratio"),
    Column("ks", "KS", "ratio"),
    Column("level", "Drift", "badge"),
)
GOOD, FAIR = 0.8, 0.5
"""Shares of divisions whose observed values lie within the predicted intervals."""
NOT_YET = (
    "Not yet: there are no sales after the cutoff to check this run against. When there are, "
    "`gosales holdout` checks it without training again."
)

NOT_AVAILABLE = "Not available: the figures of the holdout cannot be read."


def page(shown: Shown, view: View, other: Shown | None = None) -> Page:
    """Return predicted against observed over all divisions, and one division by decile."""
    table, problems = verdicts.table(shown), verdicts.problems(shown)
    checked = table.filter(holdout="checked")
    if checked.is_empty():
        later = [shown.division(name).later for name in shown.divisions]
        why = next((report.sentence for report in later if report), "")
        text = NOT_AVAILABLE if problems else NOT_YET
        return Page([*problems, Headline(text, why), *drift(shown, shown.divisions[0])])
    chosen = view.division if view.division in checked["division"] else checked["division"][0]
    below = (
        "Each model predicted the share of customers that would buy. The 95% interval stands below "
        "what was observed; sales after the cutoff were opened when every model was finished."
    )
    rows = Table(PROMISES, promises(checked, shown.currency), unit=shown.currency)
    blocks: list[Block] = [*problems, *verdicts.partly(shown), headline(table, shown.currency)]
    blocks.append(section("Was it as predicted?", below, rows))
    blocks += paid(shown)
    blocks.append(Choice("division", "Division", chosen, [(n, n) for n in checked["division"]]))
    return Page([*blocks, *deciles(shown, chosen), *drift(shown, chosen)])


def headline(table: pl.DataFrame, unit: str) -> Headline:
    """Return predicted and observed sums over the divisions that have all their figures."""
    sums = ["expected_buyers", "bought", "expected_gp", "gp_happened"]
    whole = table.drop_nulls(["kept", *sums])
    missing = table.height - whole.height
    over = f" over {whole.height} of {table.height} divisions" if missing else ""
    kept, earned = (int((whole[name] == KEPT).sum()) for name in ("kept", "kept_money"))
    priced = whole["kept_money"].count()
    within = f"{earned} of {priced}" if priced < whole.height else f"{earned}"
    if whole.is_empty():
        return Headline(NOT_AVAILABLE)
    predicted, bought, money, made = whole.select(pl.sum(*sums)).select(sums).row(0)
    rest = f" Of {missing} no figures are available, or not yet." if missing else ""
    return Headline(
        f"{bought:,} purchases were observed where {predicted:,.0f} were predicted; gross profit "
        f"{words.money(made, unit)} where {words.money(money, unit)} was predicted{over}.",
        f"The predicted share of buyers lies within the 95% interval of the observed one in {kept} "
        f"of {whole.height} divisions, the predicted gross profit in {within}.{rest} A purchase is "
        "a customer who bought a division, owned before or not.",
        tone(min(kept / whole.height, earned / priced if priced else 0.0)),
    )


def tone(share: float) -> Literal["good", "fair", "poor"]:
    """Return the tone for a share of predictions within their 95% intervals."""
    return "good" if share >= GOOD else "fair" if share >= FAIR else "poor"


def promises(checked: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Return the table with the intervals of what was observed in words."""
    percent = [
        (pl.col(f"happened_{end}") * 100).round(1).cast(pl.String) + "%" for end in ("low", "high")
    ]
    ends = pl.concat_str(percent, separator=" to ", ignore_nulls=False)
    money = [
        " to ".join(words.money(end, unit) for end in ends) if None not in ends else None
        for ends in checked.select("gp_low", "gp_high").rows()
    ]
    gp_range = pl.Series(money, dtype=pl.String)
    buyers = [f"{words.count(count)} buyers" for count in checked["expected_buyers"]]
    predicted = pl.Series(buyers, dtype=pl.String)
    named = checked.with_columns(range=ends, gp_range=gp_range, predicted=predicted)
    return named.sort("division")


def deciles(shown: Shown, division: str) -> list[Block]:
    """Return one division by decile of its scores."""
    later = shown.division(division).checked
    if later is None or not later.deciles:
        return []
    picture = pictures.deciles(Decile.table(later.deciles), "")
    label = "Share that bought against the predicted share, by decile of the score"
    below = "Ten groups of customers by their score, 1 is the best. Bars with 95% intervals."
    parts = [section(f"{division}, by decile", below, Picture(picture, label))]
    if rates := past(shown, division):
        below = "The share that bought after each training cutoff, and after this cutoff."
        drawn = Picture(rates, "Share that bought after each cutoff")
        parts.append(section(f"{division}, over time", below, drawn))
    return [Beside(parts), Note(later.sentence, "info")]


def past(shown: Shown, division: str) -> go.Figure | None:
    """Return the share that bought after each cutoff, with the prediction for the last one."""
    reports = shown.division(division)
    closed = reports.features.training_cutoffs if reports.features else []
    rows = [(str(c.cutoff_date), c.buyers, c.customers) for c in closed if c.customers]
    if not rows:
        return None
    if reports.checked and reports.checked.customers:
        rows.append((shown.cutoff, reports.checked.buyers, reports.checked.customers))
    schema = {"cutoff": pl.String, "buyers": pl.Float64, "customers": pl.Float64}
    table = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        rate=pl.col("buyers") / pl.col("customers")
    )
    low, high = metrics.wilson(table["rate"].to_numpy(), table["customers"].to_numpy())
    mean = reports.scored.mean_probability if reports.scored else None
    predicted = (shown.cutoff, mean) if mean is not None else None
    return glance.rates(table.with_columns(low=pl.Series(low), high=pl.Series(high)), predicted)


def paid(shown: Shown) -> list[Block]:
    """Return the result of the list, beside lists that need no model."""
    try:
        report = shown.offers_report
    except NotShownError as reason:
        return [Note(str(reason), "error")]
    if not report.payoff:
        return []
    rows, unit, mode = Paid.table(report.payoff), shown.currency, report.settings.mode
    mine = rows.filter(mode=mode).sort("gross_profit", descending=True)
    between = [
        f"{words.money(low, unit)} to {words.money(high, unit)}"
        for low, high in mine.select("low", "high").rows()
    ]
    table = mine.with_columns(range=pl.Series(between, dtype=pl.String))
    figure = lists.paid(rows, unit)
    below = (
        f"Lists of the same size from the same offers, {MODES.get(mode, mode)}: the model's, and "
        "those without a model. The picture adds the other ways to share out the capacity."
    )
    label = "Gross profit of each list by the way its capacity is shared out"
    rows_shown, picture = Table(PAID, table, unit=unit), Picture(figure, label)
    return [section("Did the list pay?", below, rows_shown, picture)]


def drift(shown: Shown, division: str) -> list[Block]:
    """Return the features that moved most between training and scoring, where it was measured."""
    later = shown.division(division).later
    if later is None or not later.drift.features:
        return []
    moved = Moved.table(later.drift.features)
    moved = moved.sort("psi", descending=True, nulls_last=True).head(10)
    meaning = meanings(shown, division)
    named = pl.col("feature").replace_strict(meaning, default=None, return_dtype=pl.String)
    moved = moved.with_columns(meaning=named.fill_null(pl.col("feature")))
    below = "PSI up to 0.1 is stable, over 0.25 the data has changed since the model was trained. "
    below += later.drift.sentence
    return [section(f"{division}, what has drifted", below, Table(DRIFT, moved))]


def meanings(shown: Shown, division: str) -> dict[str, str]:
    """Return what each feature of a division means; empty where that is not known."""
    try:
        dictionary = shown.of(division, "feature_dictionary")
    except NotShownError:
        return {}
    return dict(dictionary.select("name", "meaning").iter_rows())
