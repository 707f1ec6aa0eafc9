"""The result of each division's model in one row: the verdict, the lift and its baseline."""

from __future__ import annotations

from typing import Any

import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import Block, Note
from gosales_lib.reports.measures import named
from gosales_lib.reports.training import Verdict


def table(shown: Shown) -> pl.DataFrame:
    """Return one row per division.

    Returns
    -------
    pl.DataFrame
        division, verdict, customers, base_rate, expected_buyers, gain, lift, low, high, `baseline`,
        lift_baseline; bought, `happened`, auc, kept and kept_money where the holdout was checked;
        the lift is the holdout's where it was checked, else that of the validation cutoff
        (`measured` says which).
        What is not available is null.
    """
    rows = [row(shown, division) for division in shown.divisions]
    return pl.DataFrame(rows, schema=SCHEMA)


def problems(shown: Shown, division: str = "") -> list[Block]:
    """Return the reports that are not available, with file and field, of one or all divisions."""
    texts = list(shown.division(division).problems.values()) if division else shown.problems
    return [Note(text.replace("RUN", shown.run.id), "error") for text in texts]


def partly(shown: Shown) -> list[Block]:
    """Return a warning where figures come from a window that later sales cover in part only."""
    reports = [shown.division(name).checked for name in shown.divisions]
    lacks = dict.fromkeys(report.lacks for report in reports if report is not None and report.lacks)
    return [
        Note(
            f"The window after the cutoff is covered in part only: {text}. Every figure that was "
            "observed is too low by what is missing.",
            "warning",
        )
        for text in lacks
    ]


def gain_range(verdict: Verdict) -> str | None:
    """Return the 95% interval of the gain over the best baseline, in words."""
    if verdict.low is None or verdict.high is None:
        return None
    return f"{words.signed(verdict.low)} to {words.signed(verdict.high)}"


SCHEMA = {
    "division": pl.String,
    "verdict": pl.String,
    "customers": pl.Int64,
    "base_rate": pl.Float64,
    "promised": pl.Float64,
    "expected_buyers": pl.Float64,
    "gain": pl.Float64,
    "gain_range": pl.String,
    "measured": pl.String,
    "lift": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "interval": pl.String,
    "baseline": pl.String,
    "lift_baseline": pl.Float64,
    "auc": pl.Float64,
    "average_precision": pl.Float64,
    "bought": pl.Int64,
    "happened": pl.Float64,
    "happened_low": pl.Float64,
    "happened_high": pl.Float64,
    "expected_gp": pl.Float64,
    "gp_happened": pl.Float64,
    "holdout": pl.String,
    "gp_low": pl.Float64,
    "gp_high": pl.Float64,
    "kept": pl.String,
    "kept_money": pl.String,
}


def row(shown: Shown, division: str) -> dict[str, Any]:
    """Return one division's row of `table`."""
    reports = shown.division(division)
    trained, scored, checked, evidence = (
        reports.trained,
        reports.scored,
        reports.checked,
        reports.evidence,
    )
    best, interval = (evidence.baseline, evidence.interval) if evidence else (None, None)
    row: dict[str, Any] = dict.fromkeys(SCHEMA)
    row |= {"division": division, "verdict": reports.verdict, "holdout": reports.holdout}
    if trained:
        row["base_rate"] = trained.base_rate
        row["gain"], row["gain_range"] = trained.verdict.gain, gain_range(trained.verdict)
    if scored:
        row |= {"customers": scored.customers, "promised": scored.mean_probability}
        row |= {"expected_buyers": scored.expected_buyers, "expected_gp": scored.expected_gp}
    if evidence:
        model = evidence.model
        row |= {"measured": evidence.source, "lift": model.lift_10, "auc": model.auc}
        row["average_precision"] = model.average_precision
    if interval:
        row |= {"low": interval[0], "high": interval[1]}
        row["interval"] = f"{interval[0]:.2f} to {interval[1]:.2f}"
    if best:
        row |= {"baseline": named(best.name), "lift_baseline": best.figure}
    if checked:
        calibrated = checked.calibration
        row |= {"bought": checked.buyers, "happened": checked.base_rate, "kept": checked.kept}
        row |= {"happened_low": calibrated.base_rate_low, "gp_happened": checked.gp_happened}
        row |= {"happened_high": calibrated.base_rate_high, "kept_money": checked.kept_money}
        row |= {"gp_low": checked.gp_low, "gp_high": checked.gp_high}
    return row
