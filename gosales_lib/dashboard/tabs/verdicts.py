"""How a division's model did, in one row: the verdict, the lift and its rival."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.learning import metrics

BEATS, CHANCE, NONE, FAILED = "beats the rivals", "better than chance", "no signal", "not trained"


def verdict(trained: Mapping[str, Any]) -> str:
    """Return the verdict of 03_train in two words."""
    said = trained.get("verdict")
    if not said:
        return FAILED
    if not said.get("signal"):
        return NONE
    return BEATS if said.get("beats_rival") else CHANCE


def best_rival(rivals: Mapping[str, Any], measure: str = "lift_10") -> tuple[str | None, Any]:
    """Return the name and the figure of the rival that is best by `measure`."""
    known = {n: m.get(measure) for n, m in rivals.items() if m.get(measure) is not None}
    name = max(known, key=lambda n: known[n], default=None)
    return (name.replace("_", " ") if name else None), known.get(name) if name else None


def interval(lift: float | None, report: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the 95% interval of a lift at 10%: the bootstrap's where 05_holdout drew one.

    Else Wilson's of the share that bought among the best tenth, over the base rate.
    """
    drawn = report.get("intervals", {}).get("model", {}).get("lift_10")
    if drawn:
        return drawn[0], drawn[1]
    base, tenth = report.get("base_rate"), (report.get("customers") or 0) / 10
    if lift is None or not base or tenth < 1:
        return None, None
    low, high = metrics.wilson(np.array([min(1.0, lift * base)]), np.array([tenth]))
    return float(low[0] / base), float(high[0] / base)


def table(shown: Shown) -> pl.DataFrame:
    """Return one row a division.

    Returns
    -------
    pl.DataFrame
        division, verdict, customers, base_rate, expected_buyers, lift, low, high, rival,
        lift_rival; bought, happened and auc where the holdout was checked; the lift is the
        holdout's where there is one, else that of the selection cutoff (`measured` says which).
    """
    rows = [row(shown, division) for division in shown.divisions]
    return pl.DataFrame(rows, schema=SCHEMA)


SCHEMA = {
    "division": pl.String,
    "verdict": pl.String,
    "customers": pl.Int64,
    "base_rate": pl.Float64,
    "promised": pl.Float64,
    "expected_buyers": pl.Float64,
    "measured": pl.String,
    "lift": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "interval": pl.String,
    "rival": pl.String,
    "lift_rival": pl.Float64,
    "auc": pl.Float64,
    "average_precision": pl.Float64,
    "bought": pl.Int64,
    "happened": pl.Float64,
    "happened_low": pl.Float64,
    "happened_high": pl.Float64,
    "expected_gp": pl.Float64,
    "gp_happened": pl.Float64,
    "holdout": pl.String,
}


def row(shown: Shown, division: str) -> dict[str, Any]:
    """Return one division's row of `table`."""
    trained = shown.report(division, "03_train")
    scored = shown.report(division, "04_score")
    later = shown.report(division, "05_holdout")
    checked = later.get("status") == "checked"
    model = (
        later.get("model")
        if checked
        else trained.get("candidates", {}).get(trained.get("champion"))
    )
    model = model or {}
    rival, rival_lift = best_rival((later if checked else trained).get("baselines", {}))
    low, high = interval(model.get("lift_10"), later if checked else trained)
    calibration = later.get("calibration", {}) if checked else {}
    return {
        "division": division,
        "verdict": verdict(trained),
        "customers": scored.get("customers", trained.get("customers")),
        "base_rate": trained.get("base_rate"),
        "promised": scored.get("mean_probability"),
        "expected_buyers": scored.get("expected_buyers"),
        "measured": "holdout" if checked else "selection cutoff",
        "lift": model.get("lift_10"),
        "low": low,
        "high": high,
        "interval": f"{low:.2f} to {high:.2f}" if low is not None else None,
        "rival": rival,
        "lift_rival": rival_lift,
        "auc": model.get("auc"),
        "average_precision": model.get("average_precision"),
        "bought": later.get("buyers") if checked else None,
        "happened": later.get("base_rate") if checked else None,
        "happened_low": calibration.get("base_rate_low"),
        "happened_high": calibration.get("base_rate_high"),
        "expected_gp": scored.get("expected_gp"),
        "gp_happened": later.get("gp_happened") if checked else None,
        "holdout": "checked" if checked else "not yet",
    }
