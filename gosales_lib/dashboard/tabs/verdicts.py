"""The result of each division's model in one row: the verdict, the lift and its baseline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from gosales_lib.core.alarms import Alarm
from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import Block, Note, Tone
from gosales_lib.reports.measures import named
from gosales_lib.reports.training import Verdict


def table(shown: Shown) -> pl.DataFrame:
    """Return one row per division: the columns of `SCHEMA`, null where not available.

    The lift is the holdout's where it was checked, else that of the validation cutoff (`measured`
    says which). bought, `happened`, auc, kept and kept_money come from a checked holdout.
    """
    rows = [row(shown, division) for division in shown.divisions]
    return pl.DataFrame(rows, schema=SCHEMA)


def heard(alarms: Iterable[Alarm]) -> list[Block]:
    """Return alarms as notes, failures first, each with its mend."""
    tones: dict[str, Tone] = {"warning": "warning", "failed": "error"}
    return [
        Note(" ".join(filter(None, (alarm.sentence, alarm.mend))), tones[alarm.level])
        for alarm in sorted(alarms, key=lambda alarm: alarm.level != "failed")
    ]


def problems(shown: Shown, division: str = "") -> list[Block]:
    """Return the reports that are not available, with file and field, of one or all divisions."""
    texts = list(shown.division(division).problems.values()) if division else shown.problems
    return [Note(text, "error") for text in texts]


def partly(shown: Shown) -> list[Block]:
    """Return a warning where figures come from a window that later sales cover in part only."""
    reports = [shown.division(name).checked for name in shown.divisions]
    lacks = dict.fromkeys(report.lacks for report in reports if report is not None and report.lacks)
    part = "The window after the cutoff is covered in part only"
    low = "Every figure that was observed is too low by what is missing."
    return [Note(f"{part}: {text}. {low}", "warning") for text in lacks]


def gain_range(verdict: Verdict) -> str | None:
    """Return the 95% interval of the gain over the best baseline, in words."""
    if verdict.low is None or verdict.high is None:
        return None
    ends = f"{verdict.low:+.3f} to {verdict.high:+.3f}"  # an end just below 0 keeps its sign
    return ends.replace("-", words.MINUS)


TEXTS = (
    "division", "verdict", "gain_range", "measured", "interval", "baseline", "holdout", "kept",
    "kept_money",
)  # fmt: skip
FIGURES = (
    "promised", "expected_buyers", "gain", "lift", "lift_baseline", "auc", "happened",
    "happened_low", "happened_high", "expected_gp", "gp_happened", "gp_low", "gp_high",
)  # fmt: skip
SCHEMA: dict[str, pl.DataType] = dict.fromkeys(TEXTS, pl.String())
SCHEMA |= dict.fromkeys(FIGURES, pl.Float64()) | {"bought": pl.Int64()}


def row(shown: Shown, division: str) -> dict[str, Any]:
    """Return one division's row of `table`."""
    reports = shown.division(division)
    row: dict[str, Any] = dict.fromkeys(SCHEMA)
    row |= {"division": division, "verdict": reports.verdict, "holdout": reports.holdout}
    if reports.trained:
        verdict = reports.trained.verdict
        row |= {"gain": verdict.gain, "gain_range": gain_range(verdict)}
    if scored := reports.scored:
        row |= {"promised": scored.mean_probability, "expected_buyers": scored.expected_buyers}
        row["expected_gp"] = scored.expected_gp
    if evidence := reports.evidence:
        model = evidence.model
        row |= {"measured": evidence.source, "lift": model.lift_10, "auc": model.auc}
        if interval := evidence.interval:
            row["interval"] = f"{interval[0]:.2f} to {interval[1]:.2f}"
        if best := evidence.baseline:
            row |= {"baseline": named(best.name), "lift_baseline": best.figure}
    if checked := reports.checked:
        calibrated = checked.calibration
        row |= {"bought": checked.buyers, "happened": checked.base_rate, "kept": checked.kept}
        row |= {"happened_low": calibrated.base_rate_low, "gp_happened": checked.gp_happened}
        row |= {"happened_high": calibrated.base_rate_high, "kept_money": checked.kept_money}
        row |= {"gp_low": checked.gp_low, "gp_high": checked.gp_high}
    return row
