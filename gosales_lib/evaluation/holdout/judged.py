"""Measures scores and their baselines against the sales after the cutoff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from gosales_lib.core import terms, timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.evaluation.later_sales import Later
from gosales_lib.learning import baselines, calibration, comparison
from gosales_lib.learning.metrics import rate_of, wilson
from gosales_lib.learning.rows import FEW_BUYERS, inputs
from gosales_lib.learning.training import Model
from gosales_lib.reports.holdout import CHECKED, Checked, Drift, Group, Holdout, Judged, Open
from gosales_lib.reports.measures import named

LARGE = 30  # customers that a level needs for its own figures


def evaluate(
    bought: NDArray[Any],
    scores: Mapping[str, NDArray[Any]],
    earned: NDArray[Any] | None = None,
    *,
    draws: int = 200,
    seed: int = 17,
) -> dict[str, Any]:
    """Return the measures of the model and its baselines on one segment, with intervals.

    Parameters
    ----------
    bought
        0 or 1 per customer.
    scores
        Scores of "model" and of each baseline, in the order of `bought`.
    earned
        Gross profit of the window per customer, in the currency of the layout.

    Returns
    -------
    dict
        customers, buyers, base_rate, model: {measure}, baselines: {name: {measure}},
        intervals: {name: {measure: [low, high]}}.
    """
    chances = ("model", *baselines.PROBABILITIES)
    figures, ends = comparison.judge(bought, scores, chances, earned, draws=draws, seed=seed)
    return {
        "customers": len(bought),
        "buyers": int(bought.sum()),
        "base_rate": float(bought.mean()) if len(bought) else None,
        "model": figures.pop("model"),
        "baselines": figures,
        "intervals": ends,
    }


def score_baselines(
    later: Later,
    features: pl.DataFrame,
    labels: pl.DataFrame,
    cutoff: date,
    learned: Model | None,
) -> pl.DataFrame:
    """Return the baselines' scores on the cutoff: customer_id, then one column per baseline.

    There is no row if `later` cannot be checked, so that no baseline is fitted in vain.

    Parameters
    ----------
    later
        The result of `later_sales`.
    learned
        `Model.baseline` of the division: RFM, trained and calibrated as the model itself.
    """
    now = features.filter(cutoff_date=cutoff).sort("customer_id")
    if later.status != CHECKED:
        now, learned = now.clear(), None
    rate, rfm = rate_of(labels["bought"]), learned.probability(now) if learned else None
    return now.select("customer_id").with_columns(**baselines.scores(rate, inputs(now), rfm))


def judge(later: Later, outcome: pl.DataFrame, naive: pl.DataFrame) -> Judged | None:
    """Return the figures of all scored customers; None where nothing was checked.

    Parameters
    ----------
    later
        The result of `later_sales`.
    outcome
        The scores with bought and gp_window, by customer_id.
    naive
        What `score_baselines` returned: customer_id and one column per baseline, by customer_id.

    Raises
    ------
    ValueError
        The log lacks customers that were scored: it is not the log that the run learned from.
    """
    if later.status != CHECKED:
        return None
    if lost := naive.height - outcome.height:
        raise ValueError(
            f"{lost:,} of {naive.height:,} scored customers are no longer in the log: it has "
            "changed since the run; put the old files back, or run the new ones with `gosales run`"
        )
    bought, scores = outcome["bought"].to_numpy().astype(float), scores_of(outcome, naive)
    new = (outcome["purchase_type"] == "new to division").to_numpy()
    earned = outcome["gp_window"].to_numpy()
    fresh = evaluate(bought[new], {n: s[new] for n, s in scores.items()}, earned[new])
    return Judged.of(
        **evaluate(bought, scores, earned),
        new_to_division=fresh | reliability(scores["model"][new], bought[new]),
        mean_probability=float(scores["model"].mean()),
        calibration=calibration_in(scores["model"], bought),
        gp_promised=float(outcome["expected_gp"].sum()),
        gp_happened=float(outcome["gp_window"].sum()),
        **dict(zip(("gp_low", "gp_high"), interval_of_sum(earned, bought), strict=True)),
    )


def interval_of_sum(
    earned: Floats, bought: NDArray[Any]
) -> tuple[float, float] | tuple[None, None]:
    """Return the 95% interval of the gross profit of customers, seen as a sample of such customers.

    None where fewer than `FEW_BUYERS` bought: without a buyer the spread would be 0.
    Source: the central limit theorem, standard error of a sum: sqrt(n) times the deviation.
    """
    if bought.sum() < FEW_BUYERS:
        return None, None
    spread = 1.96 * np.sqrt(earned.size) * earned.std(ddof=1)
    return float(earned.sum() - spread), float(earned.sum() + spread)


def report(
    later: Later,
    judged: Judged | None,
    *,
    deciles: pl.DataFrame,
    drift: Drift,
    segments: Mapping[str, Group],
) -> Holdout:
    """Return the report of 05_holdout; where nothing was checked, it holds no figure."""
    common: dict[str, Any] = {
        "status": later.status,
        "missing_days": later.missing_days,
        "overlap_rows": later.overlap_rows,
        "lacks": later.lacks,
        "drift": drift.fields(),
        "sentence": sentence(later, judged),
    }
    if judged is None:
        return Open.of(**common)
    parts = {name: group.fields() for name, group in segments.items()}
    return Checked.of(**judged.fields(), **common, deciles=deciles.to_dicts(), segments=parts)


def sentence(later: Later, judged: Judged | None) -> str:
    """Return in words what the later sales cover, and the figures of the check."""
    if judged is None:
        return later.sentence
    return f"{later.sentence} {summary(judged)} Calibration: {judged.calibration.sentence}."


def segments(
    outcome: pl.DataFrame,
    naive: pl.DataFrame,
    features: pl.DataFrame,
    customers: pl.DataFrame,
    marked: Sequence[str] = (),
    lapsed_months: int = terms.LAPSED_MONTHS,
) -> dict[str, Group]:
    """Return the figures of `evaluate` by segment: warm and cold, and each level of an attribute.

    A warm customer is active in some division (`terms.standing`); every other customer is cold.
    Levels with fewer than 30 customers are put together as "other".

    Parameters
    ----------
    outcome
        The scores with `bought`, by customer_id; no row where nothing was checked.
    naive
        What `score_baselines` returned.
    features
        The matrix at the cutoff: customer_id, days_since_order.
    customers, marked
        `dim_customer`, and those of its columns that the layout marks (`segment: true`).
    """
    columns = ["customer_id", *(name for name in marked if name in customers.columns)]
    if outcome.is_empty():
        return {}
    cutoff = outcome["cutoff_date"][0]
    last = timeline.to_day(cutoff) - pl.col("days_since_order")
    since = nw.from_native(features.select("customer_id", last_day=last))
    since = since.select("customer_id", warm=terms.standing(cutoff, lapsed_months) == "active")
    rows = outcome.join(since.to_native(), "customer_id", "left", maintain_order="left").join(
        customers.select(columns), "customer_id", "left", maintain_order="left"
    )
    warm = pl.col("warm")
    conditions = {"warm": warm, "cold": ~warm}
    for name in columns[1:]:
        counts = rows[name].drop_nulls().value_counts()
        large = counts.filter(pl.col("count") >= LARGE)[name].sort().to_list()
        conditions |= {f"{name}={level}": pl.col(name) == level for level in large}
        conditions[f"{name}=other"] = ~pl.col(name).is_in(large).fill_null(False)
    groups = {}
    for name, condition in conditions.items():
        here = rows.select(condition.fill_null(False)).to_series()
        if here.any():
            scores = scores_of(rows.filter(here), naive.filter(here))
            bought = rows["bought"].filter(here).to_numpy().astype(float)
            figures = evaluate(bought, scores, draws=100) | reliability(scores["model"], bought)
            groups[name] = Group.of(**figures)
    return groups


def scores_of(outcome: pl.DataFrame, naive: pl.DataFrame) -> dict[str, NDArray[Any]]:
    """Return the probabilities under "model" and each baseline's scores, in the same row order."""
    named = {name: naive[name].to_numpy() for name in naive.columns if name != "customer_id"}
    return {"model": outcome["probability"].to_numpy()} | named


def reliability(probability: NDArray[Any], bought: NDArray[Any]) -> dict[str, float | None]:
    """Return the mean probability and the calibration's slope and intercept."""
    mean = float(probability.mean()) if len(probability) else None
    return {"mean_probability": mean, **calibration.line(probability, bought)}


def calibration_in(probability: NDArray[Any], bought: NDArray[Any]) -> dict[str, float | None]:
    """Return the calibration summary and the interval of the observed rate."""
    summary = calibration.summary(probability, bought)
    low, high = wilson(np.array([bought.mean()]), np.array([len(bought)]))
    return summary | {"base_rate_low": float(low[0]), "base_rate_high": float(high[0])}


def summary(judged: Judged) -> str:
    """Return the figures in one sentence: buyers predicted and observed, lift with its baseline."""
    size, calibrated = judged.customers, judged.calibration
    least, most = calibrated.base_rate_low * size, calibrated.base_rate_high * size
    text = (
        f"{judged.buyers:,} of {size:,} customers bought (95% interval {least:,.0f} to "
        f"{most:,.0f}), {judged.mean_probability * size:,.0f} were predicted"
    )
    best, ends = judged.best_baseline(), judged.interval("model", "lift_10")
    if judged.model.lift_10 is None or best is None or ends is None:
        return text + "."
    lift = f"lift@10% {judged.model.lift_10:.2f} (95% interval {ends[0]:.2f} to {ends[1]:.2f})"
    return f"{text}; {lift}, best baseline {named(best.name)} {best.figure:.2f}."
