"""The inputs of 06_whitespace from a run: scores, signals, values, reasons and profiles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from gosales_lib import reports
from gosales_lib.core.columns import KEYS, SCORES
from gosales_lib.core.timeline import Window
from gosales_lib.layout import Attribute
from gosales_lib.reports.training import Training
from gosales_lib.reports.whitespace_tables import Correction
from gosales_lib.run_folders.artifacts import Folder
from gosales_lib.whitespace import closed, exclusions, icp, odds, reasons, value

SIGNALS = {"affinity": "affinity_owned_lift", "similarity": "neighbours_owned_share"}
"""Signals by name, and the feature of 02_features that each one is."""
VERDICTS = {"division": pl.String, "signal": pl.Boolean, "sentence": pl.String}


def read(folders: Sequence[Folder]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the scores of all divisions (`columns.SCORES`), and division, signal, sentence."""
    scores, verdicts = [pl.DataFrame(schema=SCORES)], []
    for folder in folders:
        scores.append(folder.read("scores").select(*SCORES))
        verdict = reports.read(folder, Training).verdict
        row = {"signal": verdict.signal, "sentence": verdict.sentence}
        verdicts.append({"division": folder.division} | row)
    return pl.concat(scores), pl.DataFrame(verdicts, schema=VERDICTS)


def matrix(folder: Folder, wanted: Sequence[str], cutoff: date | None = None) -> pl.DataFrame:
    """Return the feature matrix with those of the wanted columns that were built.

    `wanted` are names, or beginnings of names that end in `__`; `cutoff` keeps the rows of one.
    """
    lazy = pl.scan_parquet(folder.find("features.parquet"))
    names = [
        name
        for name in lazy.collect_schema().names()
        if name in wanted or any(w.endswith("__") and name.startswith(w) for w in wanted)
    ]
    rows = lazy if cutoff is None else lazy.filter(pl.col("cutoff_date") == cutoff)
    return rows.select("customer_id", "cutoff_date", *names).collect()


def signals(folders: Sequence[Folder], cutoff: date) -> pl.DataFrame:
    """Return affinity and similarity by customer_id and division; null where not built."""
    types = dict.fromkeys(KEYS, pl.String()) | dict.fromkeys(SIGNALS, pl.Float64())
    schema = pl.Schema(types)
    frames = [pl.DataFrame(schema=schema)]
    for folder in folders:
        rows = matrix(folder, list(SIGNALS.values()), cutoff)
        present = {
            name: pl.col(feature) if feature in rows.columns else pl.lit(None)
            for name, feature in SIGNALS.items()
        }
        named = rows.select("customer_id", division=pl.lit(folder.division), **present)
        frames.append(named.cast(schema))
    return pl.concat(frames)


def first_purchases(
    folders: Sequence[Folder], sales: pl.DataFrame, window: Window
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the first purchases in closed windows (`closed.predicted`), and their value now.

    The second has the columns of `value.VALUES`.
    """
    buyers, now = dict[str, closed.FirstBuyers](), dict[str, pl.DataFrame]()
    for folder in folders:
        name, features = str(folder.division), matrix(folder, [value.SIZE, "own_orders_all"])
        bought = value.first_buyers(folder.read("labels"), features)
        lines = sales.filter(division=name)
        buyers[name] = closed.FirstBuyers.of(bought, lines, window)
        now[name] = value.sizes(features.filter(cutoff_date=window.cutoff))
    past = closed.predicted(buyers)
    sold = value.if_sold({name: those.valued() for name, those in buyers.items()}, now)
    return past, value.widened(sold, closed.widening(past))


def corrections(folders: Sequence[Folder]) -> pl.DataFrame:
    """Return by division how the validation cutoff corrects the odds of a first purchase.

    division, customers and bought (of those who had never bought it), `promised` (how many should
    have), correction (log odds, see `odds.correction`).
    """
    rows = []
    for folder in folders:
        never = folder.read("selection").filter("new")
        promised, bought = never["probability"], never["bought"].cast(pl.Int64)
        row = (never.height, promised.sum(), bought.sum(), odds.correction(promised, bought))
        rows.append((folder.division, *row))
    return pl.DataFrame(rows, Correction.schema_of_table(), orient="row")


def worth(
    cells: pl.DataFrame,
    folders: Sequence[Folder],
    corrected: pl.DataFrame,
    sold: pl.DataFrame,
    cutoff: date,
) -> pl.DataFrame:
    """Return the cells with their worth, in the form that `ranking.rank` takes.

    A first purchase has the corrected probability (`corrections`) and the value of
    `first_purchases`. For customers who own or owned the division the value is that of 04_score,
    from their own pace.
    """
    never = (pl.col("motion") == "cross-sell").fill_null(False)
    paced = pl.when(pl.col("probability") > 0).then(pl.col("expected_gp") / pl.col("probability"))
    joined = cells.join(sold, KEYS, "left").join(signals(folders, cutoff), KEYS, "left")
    shift = joined.join(corrected, on="division", how="left", maintain_order="left")["correction"]
    first = pl.Series(odds.corrected(joined["probability"].fill_null(0.5), shift.fill_null(0.0)))
    valued = joined.with_columns(
        probability=pl.when(never).then(first).otherwise("probability"),
        cutoff_date=pl.lit(cutoff),
        expected_gp_if_sold=pl.when(never)
        .then("expected_gp_if_sold")
        .otherwise(paced.fill_null(0)),
        gp_source=pl.when(never).then("gp_source").otherwise(pl.lit(value.OWN_PACE)),
        gp_if_sold_low=pl.when(never).then("gp_if_sold_low"),
        gp_if_sold_high=pl.when(never).then("gp_if_sold_high"),
    )
    return valued.with_columns(expected_gp=pl.col("probability") * pl.col("expected_gp_if_sold"))


def closed_cutoffs(folders: Sequence[Folder]) -> list[date]:
    """Return the earlier cutoffs whose windows had closed by the cutoff, oldest first."""
    days = {day for folder in folders for day in folder.read("labels")["cutoff_date"].unique()}
    return sorted(days)


def why(folders: Sequence[Folder], chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the effects of the feature families on the model: the columns of `reasons.EFFECTS`.

    04_score explains its best customers, who mostly own the division already; the rest of the
    chosen offers is explained here, by the same model.
    """
    from gosales_lib.learning import card, explain

    frames = [pl.DataFrame(schema=reasons.EFFECTS)]
    for folder in folders:
        explained = folder.read("reasons")
        mine = chosen.filter(division=folder.division).select("customer_id")
        rest = mine.join(explained, on="customer_id", how="anti")
        if rest.height:
            lazy = pl.scan_parquet(folder.find("features.parquet"))
            now = lazy.filter(pl.col("cutoff_date") == folder.cutoff)
            rows = now.join(rest.lazy(), on="customer_id", how="semi").collect().sort("customer_id")
            dictionary = folder.read("feature_dictionary")
            fresh = explain.reasons(explain.effects(card.load(folder), rows, dictionary))
            explained = pl.concat([explained, fresh.select(explained.columns)])
        effects = explained.with_columns(division=pl.lit(folder.division))
        frames.append(effects.select(*reasons.EFFECTS).cast(reasons.EFFECTS))
    return pl.concat(frames)


def profiles(
    folders: Sequence[Folder],
    cutoff: date,
    ranked: pl.DataFrame,
    attributes: Sequence[Attribute] = (),
    barred: Sequence[pl.DataFrame] = (),
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the ideal customer profiles (`icp.PROFILE`), the closest customers, and their traits.

    The second is `icp.FIT`, the third `icp.SPEAKING`: the surest traits that the customers of the
    ranked offers have. An attribute that is a year became an age in the matrix, and is named so.
    Whom `barred` (exclusions, open deals) keeps from being called is not among the closest.
    """
    held = exclusions.held_at(barred, cutoff)
    years = [one.column for one in attributes if one.kind == "year"]
    ages = {icp.ATTRIBUTE + name: f"{icp.ATTRIBUTE}years since {name}" for name in years}
    wanted = [icp.ATTRIBUTE, icp.OWNED, *icp.BEHAVIOURS, "own_orders_all"]
    tables, fits, speaking = list[pl.DataFrame](), list[pl.DataFrame](), list[pl.DataFrame]()
    for folder in folders:
        features = matrix(folder, wanted).rename(ages, strict=False)
        now = features.filter(cutoff_date=cutoff)
        rows = icp.before_buying(folder.read("labels"), features)
        tables.append(icp.profile(rows, str(folder.division)))
        free = exclusions.called(now, str(folder.division), held)
        fits.append(icp.closest(free, rows, tables[-1]))
        offered = now.join(ranked.filter(division=folder.division), "customer_id", "semi")
        speaking.append(icp.speaking(offered, rows, tables[-1]))
    schemas = (icp.PROFILE, icp.FIT, icp.SPEAKING)
    profile, fit, support = map(icp.spread, (tables, fits, speaking), schemas)
    return profile, fit, support
