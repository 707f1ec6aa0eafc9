"""The holdout's figures as tables, for 05_holdout and its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from gosales_lib.core import sums
from gosales_lib.evaluation.later_sales import Later
from gosales_lib.learning import comparison
from gosales_lib.learning.metrics import wilson
from gosales_lib.reports.holdout import CHECKED, Group, Judged


def segment_table(segments: Mapping[str, Group]) -> pl.DataFrame:
    """Return a row per segment: sizes, calibration, the model's measures, and RFM's lift."""
    sizes = ("customers", "buyers")
    rates = ("base_rate", "mean_probability", "slope", "intercept")
    measured = ("auc", "average_precision", "brier_skill", "lift_10")
    rows = [
        {
            "segment": name,
            **{key: getattr(part, key) for key in (*sizes, *rates)},
            **{key: getattr(part.model, key) for key in measured},
            "rfm_lift_10": part.baselines["rfm_logistic"].lift_10,
        }
        for name, part in segments.items()
    ]
    numbers = dict.fromkeys((*rates, *measured, "rfm_lift_10"), pl.Float64)
    counts = dict.fromkeys(sizes, pl.Int64)
    return pl.DataFrame(rows, schema={"segment": pl.String, **counts, **numbers})


def table(judged: Judged | None) -> pl.DataFrame:
    """Return a row of figures per segment and name; no row where nothing was checked."""
    segments = {"all": judged, "new to division": judged.new_to_division} if judged else {}
    rows = [
        {"segment": segment, "name": name}
        | {key: getattr(part, key) for key in ("customers", "buyers", "base_rate")}
        | comparison.cells(dict(values), dict(part.intervals[name]))
        for segment, part in segments.items()
        for name, values in part.named().items()
    ]
    schema: dict[str, Any] = {"segment": pl.String, "name": pl.String}
    schema |= {"customers": pl.Int64, "buyers": pl.Int64, "base_rate": pl.Float64}
    schema |= dict.fromkeys(comparison.cells({}, {}), pl.Float64)
    return comparison.shown(pl.DataFrame(rows, schema=schema))


def kept(outcome: pl.DataFrame, naive: pl.DataFrame, later: Later) -> pl.DataFrame:
    """Return the outcome with the baselines' scores; no row where nothing was checked.

    Columns are those of the scores, bought, gp_window and one per baseline.
    """
    rows = outcome.join(naive, on="customer_id", how="left").sort("customer_id")
    return rows if later.status == CHECKED else rows.clear()


def deciles(outcome: pl.DataFrame) -> pl.DataFrame:
    """Return predicted and observed shares by decile, with a 95% Wilson interval.

    Parameters
    ----------
    outcome
        decile, probability, expected_gp, bought, gp_window.

    Returns
    -------
    pl.DataFrame
        decile, customers, `promised` and `happened` (predicted and observed shares), low, high,
        expected_gp, gp (sums).
    """
    table = (
        outcome.group_by("decile")
        .agg(
            customers=pl.len(),
            promised=sums.mean("probability"),
            happened=sums.mean(pl.col("bought").cast(pl.Float64)),
            expected_gp=sums.total("expected_gp"),
            gp=sums.total("gp_window"),
        )
        .sort("decile")
    )
    low, high = wilson(table["happened"].to_numpy(), table["customers"].to_numpy())
    return table.with_columns(low=pl.Series(low), high=pl.Series(high))
