"""How a division's model did, in one row: the verdict, the lift and its rival."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from gosales_lib.pages.source import Shown

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


def table(shown: Shown) -> pl.DataFrame:
    """Return one row a division.

    Returns
    -------
    pl.DataFrame
        division, verdict, customers, base_rate, expected_buyers, lift, low, high, rival,
        rival_lift; bought, happened and auc where the holdout was checked; the lift is the
        holdout's where there is one, else that of the selection cutoff (`measured` says which).
    """
    rows = [_row(shown, division) for division in shown.divisions]
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
    "rival_lift": pl.Float64,
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


def _row(shown: Shown, division: str) -> dict[str, Any]:
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
    low, high = (later.get("intervals", {}).get("model", {}).get("lift_10") or [None, None])[:2]
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
        "rival_lift": rival_lift,
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
