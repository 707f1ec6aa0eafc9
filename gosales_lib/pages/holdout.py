"""Holdout: what was promised against what happened after the cutoff."""

from __future__ import annotations

from typing import Any

import polars as pl

from gosales_lib.charts import learning as pictures
from gosales_lib.charts import whitespace as lists
from gosales_lib.pages import verdicts
from gosales_lib.pages.blocks import Block, Column, Heading, Note, Page, Picture, Table
from gosales_lib.pages.source import NotShownError, Shown

KEPT, MORE, LESS = "as promised", "more than promised", "less than promised"
PROMISES = (
    Column("division", "Division"),
    Column("kept", "Promise", "badge"),
    Column("promised", "Promised", "percent"),
    Column("happened", "Happened", "percent"),
    Column("range", "95% interval"),
    Column("bought", "Buyers", "number"),
    Column("lift", "Lift@10%", "ratio"),
    Column("interval", "95% interval"),
    Column("rival_lift", "Best naive rival", "ratio"),
    Column("expected_gp", "Gross profit promised", "money"),
    Column("gp_happened", "happened", "money"),
)
PAID = (
    Column("list", "List of the same size"),
    Column("offers", "Offers", "number"),
    Column("bought", "Bought", "number"),
    Column("share", "of them", "percent"),
    Column("gross_profit", "Gross profit", "money"),
    Column("range", "95% interval"),
)
DRIFT = (
    Column("feature", "Feature", wide=True),
    Column("psi", "PSI", "ratio"),
    Column("ks", "KS", "ratio"),
    Column("level", "Drift", "badge"),
)
NOT_YET = (
    "The holdout is not yet there: no sales after the cutoff were given. When they are, "
    "`gosales holdout` checks this run against them, without training again."
)


def page(shown: Shown, division: str = "") -> Page:
    """Return promised against happened over all divisions, and one division by decile."""
    table = verdicts.table(shown)
    checked = table.filter(holdout="checked")
    if checked.is_empty():
        return Page([Note(NOT_YET, "info")])
    kept = int((promises(checked)["kept"] == KEPT).sum())
    below = (
        f"In {kept} of {checked.height} divisions the promised share lies within the interval of "
        "what happened. The holdout was opened after every model was finished."
    )
    blocks: list[Block] = [Heading("Was it kept?", below), Table(PROMISES, promises(checked))]
    chosen = division if division in checked["division"] else checked["division"][0]
    blocks += deciles(shown, chosen)
    return Page([*blocks, *paid(shown), *drift(shown, chosen)])


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
    picture = pictures.deciles(pl.DataFrame(later["deciles"]), f"{division}: by decile")
    said = "Share that bought against the promised share, by decile of the score"
    return [Heading(division, str(later.get("sentence", ""))), Picture(picture, said)]


def paid(shown: Shown) -> list[Block]:
    """Return what the list brought, beside lists that need no model."""
    try:
        report = shown.offers_report
    except NotShownError:
        return []
    if not report.get("payoff"):
        return []
    rows = pl.DataFrame(report["payoff"], infer_schema_length=None)
    mode = report.get("settings", {}).get("mode", "overall")
    mine = rows.filter(mode=mode).with_columns(
        pl.format("{} to {}", *(_thousands(pl.col(end)) for end in ("low", "high"))).alias("range")
    )
    return [
        Heading("Did the list pay?", str(report.get("verdict", ""))),
        Table(PAID, mine.sort("gross_profit", descending=True)),
        Picture(lists.paid(rows, shown.currency), "Gross profit of each list by capacity mode"),
    ]


def _thousands(value: pl.Expr) -> pl.Expr:
    return value.map_elements(lambda number: f"{number:,.0f}", return_dtype=pl.String)


def drift(shown: Shown, division: str) -> list[Block]:
    """Return the features that moved most between learning and scoring, where it was measured."""
    found: Any = shown.report(division, "05_holdout").get("drift")
    rows = (found or {}).get("features") or []
    if not rows:
        return []
    moved = pl.DataFrame(rows, infer_schema_length=None).sort("psi", descending=True).head(10)
    below = "PSI under 0.1 is stable, over 0.25 the world has changed since the model learned."
    return [Heading(f"{division}: drift", below), Table(DRIFT, moved)]
