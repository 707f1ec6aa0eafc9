"""The files of the ranked list: what 06_whitespace reads, writes and reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from gosales_lib import holdout, labels, whitespace, workbook
from gosales_lib.artifacts import Folder
from gosales_lib.columns import SCORES
from gosales_lib.runs import Run
from gosales_lib.timeline import Window

REASONS = {
    "customer_id": pl.String,
    "division": pl.String,
    "rank": pl.Int8,
    "reason": pl.String,
}
EXCEL_ROWS = 20_000
"""Rows of the list in the workbook: more than anybody reads; Parquet and CSV hold all."""


def read(folders: Sequence[Folder]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return scores, reasons and verdicts of all divisions.

    Returns
    -------
    tuple
        `columns.SCORES`; customer_id, division, rank, reason; division, signal, sentence.
    """
    scores, reasons, verdicts = [pl.DataFrame(schema=SCORES)], [pl.DataFrame(schema=REASONS)], []
    for folder in folders:
        scores.append(folder.read("scores").select(*SCORES))
        told = folder.read("reasons").with_columns(division=pl.lit(folder.division))
        reasons.append(told.select(*REASONS).cast(REASONS))
        verdict = folder.read_report("03_train")["verdict"]
        verdicts.append(
            {"division": folder.division} | {k: verdict[k] for k in ("signal", "sentence")}
        )
    schema = {"division": pl.String, "signal": pl.Boolean, "sentence": pl.String}
    return pl.concat(scores), pl.concat(reasons), pl.DataFrame(verdicts, schema=schema)


def payoff(
    run: Run, ranked: pl.DataFrame, window: Window, allowed: int, top_n: int
) -> pl.DataFrame:
    """Return what the first offers brought; no row where the window is not covered."""
    sales, after = run.read("fact_transactions"), run.read("holdout_transactions")
    later = holdout.later_sales(sales, after, window, allowed)
    empty = whitespace.payoff(ranked.head(0), happened_in(later.sales.head(0), [], window, run), 1)
    if later.status != holdout.CHECKED or ranked.is_empty():
        return empty.head(0)
    happened = happened_in(later.sales, sorted(set(ranked["division"])), window, run)
    return whitespace.payoff(ranked, happened, top_n)


def happened_in(
    sales: pl.DataFrame, divisions: Sequence[str], window: Window, run: Run
) -> pl.DataFrame:
    """Return who bought which division in the window: customer_id, division, bought, gp_window."""
    schema = {"customer_id": pl.String, "bought": pl.Int8, "gp_window": pl.Float64}
    frames = [pl.DataFrame(schema=schema | {"division": pl.String, "gp_all": pl.Float64})]
    profit = before(sales, window)
    for division in divisions:
        truth = labels.at(sales, division, [window], run.layout().purchase).drop("cutoff_date")
        truth = truth.with_columns(division=pl.lit(division))
        frames.append(truth.join(profit, on="customer_id", how="left"))
    return pl.concat(frames, how="diagonal")


def before(sales: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return each customer's gross profit up to the cutoff: customer_id, gp_all."""
    known = sales.filter(pl.col("order_day") <= window.cutoff_day)
    return known.group_by("customer_id").agg(gp_all=pl.col("gross_profit").sum())


def save(folder: Folder, ranked: pl.DataFrame) -> None:
    """Write whitespace.parquet, whitespace.csv and whitespace.xlsx."""
    folder.write("whitespace", ranked)
    folder.write_csv("whitespace", ranked)
    with folder.writing("whitespace.xlsx") as path:
        workbook.write(path, {"whitespace": ranked.head(EXCEL_ROWS)})


def report(
    ranked: pl.DataFrame,
    counts: pl.DataFrame,
    verdicts: pl.DataFrame,
    paid: pl.DataFrame,
    top_n: int,
) -> dict[str, Any]:
    """Return the report of 06_whitespace: the grid, the list's worth, what was left out and why."""
    top = ranked.head(top_n)
    share = top.group_by("division").agg(offers=pl.len(), expected_gp=pl.col("expected_gp").sum())
    silent = verdicts.filter(~pl.col("signal"))["division"].to_list()
    found: dict[str, Any] = {
        "offers": ranked.height,
        "top_n": top.height,
        "expected_gp_top_n": float(top["expected_gp"].sum()),
        "expected_buyers_top_n": float(top["probability"].sum()),
        "by_division": share.sort("expected_gp", "division", descending=True).to_dicts(),
        "grid": counts.to_dicts(),
        "no_signal": silent,
        "payoff": paid.to_dicts(),
    }
    return found | {"sentence": sentence(found)}


def sentence(found: dict[str, Any]) -> str:
    """Return the list in words."""
    text = (
        f"{found['offers']:,} offers ranked; the first {found['top_n']:,} are expected to bring "
        f"{found['expected_gp_top_n']:,.0f} from {found['expected_buyers_top_n']:,.0f} purchases."
    )
    if found["no_signal"]:
        text += f" Left out for want of a signal: {', '.join(found['no_signal'])}."
    return text
