"""The files of the ranked list: what 06_whitespace reads, writes and reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib import holdout, labels, runs, timeline, workbook
from gosales_lib.artifacts import Folder
from gosales_lib.columns import SCORES
from gosales_lib.runs import Run
from gosales_lib.timeline import Window
from gosales_lib.whitespace import icp, odds, payoff, ranking, reasons, value

KEYS = ["customer_id", "division"]
EXCEL_ROWS = 20_000
"""Rows of the workbook's sheet of all offers: more than anybody reads; Parquet and CSV hold all."""
SIGNALS = {"affinity": "affinity_owned_lift", "similarity": "neighbours_owned_share"}
"""Our name, and the feature of 02_features that it is: learned from rows up to the cutoff."""
VERDICTS = {"division": pl.String, "signal": pl.Boolean, "sentence": pl.String}


def read(folders: Sequence[Folder]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the scores of all divisions (`columns.SCORES`), and division, signal, sentence."""
    scores, verdicts = [pl.DataFrame(schema=SCORES)], []
    for folder in folders:
        scores.append(folder.read("scores").select(*SCORES))
        verdict = folder.read_report("03_train")["verdict"]
        told = {key: verdict[key] for key in ("signal", "sentence")}
        verdicts.append({"division": folder.division} | told)
    return pl.concat(scores), pl.DataFrame(verdicts, schema=VERDICTS)


def matrix(folder: Folder, wanted: Sequence[str], cutoff: date | None = None) -> pl.DataFrame:
    """Return the feature matrix with those of the wanted columns that were built.

    Parameters
    ----------
    wanted
        Names, or beginnings of names that end in `__`.
    cutoff
        Only the rows of this cutoff; None for all.
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
    schema = dict.fromkeys(KEYS, pl.String) | dict.fromkeys(SIGNALS, pl.Float64)
    frames = [pl.DataFrame(schema=schema)]
    for folder in folders:
        rows = matrix(folder, list(SIGNALS.values()), cutoff)
        found = {
            name: pl.col(feature) if feature in rows.columns else pl.lit(None)
            for name, feature in SIGNALS.items()
        }
        named = rows.select("customer_id", division=pl.lit(folder.division), **found)
        frames.append(named.cast(schema))
    return pl.concat(frames)


def values(folders: Sequence[Folder], cutoff: date) -> pl.DataFrame:
    """Return what a first purchase would bring: the columns of `value.VALUES`."""
    first, now = {}, {}
    for folder in folders:
        features = matrix(folder, [value.SIZE, "own_orders_all"])
        first[folder.division] = value.first_purchases(folder.read("labels"), features)
        now[folder.division] = value.sizes(features.filter(cutoff_date=cutoff))
    return value.if_sold(first, now)


def corrections(folders: Sequence[Folder]) -> pl.DataFrame:
    """Return by division what the selection cutoff corrects the odds of a first purchase by.

    Returns
    -------
    pl.DataFrame
        division, customers and bought (of those who had never bought it), promised (how many
        should have), correction (log odds, see `odds.correction`).
    """
    schema = {"division": pl.String, "customers": pl.Int64, "promised": pl.Float64}
    schema |= {"bought": pl.Int64, "correction": pl.Float64}
    rows = []
    for folder in folders:
        never = folder.read("selection").filter("new")
        promised, bought = never["probability"], never["bought"].cast(pl.Int64)
        found = (never.height, promised.sum(), bought.sum(), odds.correction(promised, bought))
        rows.append((folder.division, *found))
    return pl.DataFrame(rows, schema, orient="row")


def worth(
    cells: pl.DataFrame, folders: Sequence[Folder], corrected: pl.DataFrame, cutoff: date
) -> pl.DataFrame:
    """Return the cells with what they are worth: what `ranking.rank` takes.

    A first purchase has the corrected probability (`corrections`) and is worth what
    `value.if_sold` says; whoever owns or owned the division is
    worth what 04_score learned from their own pace.
    """
    never = pl.col("state") == "whitespace"
    paced = pl.when(pl.col("probability") > 0).then(pl.col("expected_gp") / pl.col("probability"))
    joined = cells.join(values(folders, cutoff), on=KEYS, how="left").join(
        signals(folders, cutoff), on=KEYS, how="left"
    )
    shift = joined.join(corrected, on="division", how="left", maintain_order="left")["correction"]
    first = pl.Series(odds.corrected(joined["probability"].fill_null(0.5), shift.fill_null(0.0)))
    told = joined.with_columns(
        probability=pl.when(never).then(first).otherwise("probability"),
        cutoff_date=pl.lit(cutoff),
        expected_gp_if_sold=pl.when(never)
        .then("expected_gp_if_sold")
        .otherwise(paced.fill_null(0)),
        gp_source=pl.when(never).then("gp_source").otherwise(pl.lit(value.OWN_PACE)),
    )
    return told.with_columns(expected_gp=pl.col("probability") * pl.col("expected_gp_if_sold"))


def why(folders: Sequence[Folder], chosen: pl.DataFrame) -> pl.DataFrame:
    """Return the model's reasons: those of 04_score, and now those of what was chosen without.

    04_score explains its best customers, who mostly own the division already; the rest of the
    chosen offers is explained here, by the same model and the same words.
    """
    from gosales_lib import card, explain

    frames = [pl.DataFrame(schema=reasons.REASONS)]
    for folder in folders:
        known = folder.read("reasons")
        mine = chosen.filter(division=folder.division).select("customer_id")
        rest = mine.join(known, on="customer_id", how="anti")
        if rest.height:
            lazy = pl.scan_parquet(folder.find("features.parquet"))
            now = lazy.filter(pl.col("cutoff_date") == folder.cutoff)
            rows = now.join(rest.lazy(), on="customer_id", how="semi").collect().sort("customer_id")
            fresh = explain.reasons(card.load(folder), rows, folder.read("feature_dictionary"))
            known = pl.concat([known, fresh.select(known.columns)])
        told = known.with_columns(division=pl.lit(folder.division))
        frames.append(told.select(*reasons.REASONS).cast(reasons.REASONS))
    return pl.concat(frames).filter(pl.col("rank") > 0)


def profiles(folders: Sequence[Folder], cutoff: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the ideal customer profiles (`icp.PROFILE`) and who is closest (`icp.FIT`)."""
    wanted = [icp.ATTRIBUTE, icp.OWNED, *icp.BEHAVIOURS, "own_orders_all"]
    told, fits = [], []
    for folder in folders:
        features = matrix(folder, wanted)
        rows = icp.before_buying(folder.read("labels"), features)
        told.append(icp.profile(rows, folder.division))
        fits.append(icp.closest(features.filter(cutoff_date=cutoff), rows, told[-1]))
    return icp.spread(told, icp.PROFILE), icp.spread(fits, icp.FIT)


def rivals(ranked: pl.DataFrame, sales: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return the ranked list with what naive lists go by: the columns of `payoff.RIVALS`."""
    known = nw.from_native(sales).filter(timeline.known(window.cutoff_day))
    year = known.filter(timeline.last_months(window.cutoff, 12)).to_native()
    last = known.to_native().group_by("customer_id").agg(last_order_day=pl.col("order_day").max())
    profit = year.group_by("customer_id").agg(gp_12m=pl.col("gross_profit").sum())
    bought = year.filter(pl.col("quantity") > 0)
    buyers = bought.group_by("division").agg(buyers_12m=pl.col("customer_id").n_unique())
    beside = ranked.join(profit, "customer_id", "left").join(last, "customer_id", "left")
    joined = beside.join(buyers, "division", "left").sort("rank")
    return joined.with_columns(pl.col("gp_12m", "buyers_12m").fill_null(0))


def happened(
    run: Run, divisions: Sequence[str], window: Window, max_missing_days: int = -1
) -> pl.DataFrame | None:
    """Return who bought what in the window (customer_id, division, bought, gp_window).

    None where the data does not cover the window; `max_missing_days` -1 asks the layout.
    """
    layout = run.layout()
    allowed = layout.max_missing_days if max_missing_days < 0 else max_missing_days
    sales, after = run.read("fact_transactions"), run.read("holdout_transactions")
    later = holdout.later_sales(sales, after, window, allowed)
    if later.status != holdout.CHECKED:
        return None
    frames = [
        labels.bought_in(later.sales.filter(division=name), window, layout.purchase).with_columns(
            division=pl.lit(name)
        )
        for name in divisions
    ]
    schema = {"customer_id": pl.String, "bought": pl.Int8, "gp_window": pl.Float64}
    return pl.concat([pl.DataFrame(schema=schema | {"division": pl.String}), *frames])


def previous(run: Run, ranked: pl.DataFrame, cutoff: date, top_n: int) -> dict[str, Any]:
    """Return how far the list agrees with the one before: run, cutoff, shares; empty if none.

    The one before is of the latest earlier run of the same layout, at its latest cutoff up to
    this one.
    """
    name = run.layout().name
    for earlier in runs.list_runs(run.path.parent):
        lists = (earlier.path / "whitespace").glob("????-??-??/whitespace.parquet")
        days = sorted(d for path in lists if (d := path.parent.name) <= cutoff.isoformat())
        if earlier.id < run.id and days and earlier.layout().name == name:
            before = earlier.whitespace(days[-1]).read("whitespace")
            return {"run": earlier.id, "cutoff": days[-1]} | payoff.overlap(ranked, before, top_n)
    return {}


def save(
    folder: Folder, ranked: pl.DataFrame, profile: pl.DataFrame, closest: pl.DataFrame, each: bool
) -> None:
    """Write the list as Parquet, CSV and Excel, and the profiles as Parquet.

    Parameters
    ----------
    each
        Whether the workbook holds a sheet for each rep.
    """
    folder.write("whitespace", ranked)
    folder.write_csv("whitespace", ranked)
    folder.write("icp", profile)
    folder.write("icp_customers", closest)
    with folder.writing("whitespace.xlsx") as path:
        workbook.write(path, sheets(ranked, profile, closest, each))


def sheets(
    ranked: pl.DataFrame, profile: pl.DataFrame, closest: pl.DataFrame, each: bool
) -> dict[str, pl.DataFrame]:
    """Return the workbook's sheets by name: the chosen offers, all of them, reps, profiles."""
    chosen = ranked.filter("chosen").drop("chosen")
    found = {"to call": chosen, "all offers": ranked.head(EXCEL_ROWS)}
    if each:
        named = chosen.with_columns(pl.col("rep").fill_null("no rep"))
        parts = sorted(named.partition_by("rep", as_dict=True).items())
        found |= {f"rep {rep}": rows for (rep,), rows in parts}
    return found | {"profile": profile, "closest to profile": closest}


def report(
    ranked: pl.DataFrame,
    *,
    grid: pl.DataFrame,
    cuts: pl.DataFrame,
    corrected: pl.DataFrame,
    verdicts: pl.DataFrame,
    paid: pl.DataFrame,
    before: dict[str, Any],
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Return the report of 06_whitespace: the grid, the list's worth, what was left out and why."""
    top = ranked.filter("chosen")
    silent = verdicts.filter(~pl.col("signal"))["division"].to_list()
    found: dict[str, Any] = {
        "offers": ranked.height,
        "top_n": top.height,
        "expected_gp_top_n": float(top["expected_gp"].sum()),
        "expected_buyers_top_n": float(top["probability"].sum()),
        "by_division": payoff.by_division(top).to_dicts(),
        "grid": grid.to_dicts(),
        "cuts": cuts.to_dicts(),
        "corrections": corrected.to_dicts(),
        "coverage": ranking.coverage(ranked).to_dicts(),
        "no_signal": silent,
        "payoff": paid.to_dicts(),
        "verdict": payoff.verdict(paid, settings["mode"]),
        "previous": before,
        "settings": settings,
    }
    return found | {"sentence": sentence(found)}


def sentence(found: dict[str, Any]) -> str:
    """Return the list in words."""
    text = (
        f"{found['offers']:,} offers ranked; the {found['top_n']:,} chosen are expected to bring "
        f"{found['expected_gp_top_n']:,.0f} from {found['expected_buyers_top_n']:,.0f} purchases."
    )
    if found["no_signal"]:
        text += f" Left out for want of a signal: {', '.join(found['no_signal'])}."
    return text
