"""What the scores were worth: judged beside their rivals by the sales after the cutoff."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from gosales_lib.core import terms, timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.evaluation.holdout.later import Later
from gosales_lib.learning import baselines, calibration, comparison
from gosales_lib.learning.metrics import rate_of, wilson
from gosales_lib.learning.rows import FEW_BUYERS, rarer, to_pandas
from gosales_lib.learning.training import Model
from gosales_lib.reports.holdout import CHECKED, Checked, Drift, Group, Holdout, Judged, Open

LARGE = 30  # customers of a level that is told by itself


def evaluate(
    bought: NDArray[Any],
    scores: Mapping[str, NDArray[Any]],
    earned: NDArray[Any] | None = None,
    probabilities: Collection[str] = ("model", *baselines.PROBABILITIES),
    *,
    draws: int = 200,
    seed: int = 17,
) -> dict[str, Any]:
    """Return the measures of the model and its rivals on one segment, with intervals.

    Parameters
    ----------
    bought
        0 or 1, one a customer.
    scores
        "model" and the rivals by name, in the same order.
    earned
        Gross profit of the window, one a customer.
    probabilities
        The names whose scores are probabilities.

    Returns
    -------
    dict
        customers, buyers, base_rate, model: {measure}, baselines: {name: {measure}},
        intervals: {name: {measure: [low, high]}}.
    """
    found, ends = comparison.judge(bought, scores, probabilities, earned, draws=draws, seed=seed)
    return {
        "customers": len(bought),
        "buyers": int(bought.sum()),
        "base_rate": float(bought.mean()) if len(bought) else None,
        "model": found.pop("model"),
        "baselines": found,
        "intervals": ends,
    }


def rivals(
    features: pl.DataFrame, labels: pl.DataFrame, cutoff: date, learned: Model | None
) -> pl.DataFrame:
    """Return the naive rivals' scores on the cutoff: customer_id, then one column a rival.

    Parameters
    ----------
    learned
        `Model.rival` of the division: RFM, trained and calibrated as the model itself.
    """
    now = features.filter(cutoff_date=cutoff).sort("customer_id")
    rate, rfm = rate_of(labels["bought"]), learned.probability(now) if learned else None
    return now.select("customer_id").with_columns(**baselines.scores(rate, to_pandas(now), rfm))


def judge(later: Later, outcome: pl.DataFrame, rivals: pl.DataFrame) -> Judged | None:
    """Return the figures of all scored customers; None where nothing was checked.

    Parameters
    ----------
    later
        What `later_sales` returned.
    outcome
        The scores with bought and gp_window, by customer_id.
    rivals
        customer_id and one column per baseline, by customer_id.

    Raises
    ------
    ValueError
        The log has lost customers that were scored: it is another one than the run learned from.
    """
    if lost := rivals.height - outcome.height:
        raise ValueError(
            f"{lost:,} of {rivals.height:,} scored customers are not in the log any more: it has "
            "changed since the run; put the old files back, or run the new ones with `gosales run`"
        )
    if later.status != CHECKED:
        return None
    bought, scores = outcome["bought"].to_numpy().astype(float), scores_of(outcome, rivals)
    new = (outcome["purchase_type"] == "new to division").to_numpy()
    earned = outcome["gp_window"].to_numpy()
    fresh = evaluate(bought[new], {n: s[new] for n, s in scores.items()}, earned[new])
    return Judged.of(
        **evaluate(bought, scores, earned),
        new_to_division=fresh | promise(scores["model"][new], bought[new]),
        mean_probability=float(scores["model"].mean()),
        calibration=calibration_in(scores["model"], bought),
        gp_promised=float(outcome["expected_gp"].sum()),
        gp_happened=float(outcome["gp_window"].sum()),
        **dict(zip(("gp_low", "gp_high"), interval_of_sum(earned), strict=True)),
    )


def interval_of_sum(values: Floats) -> tuple[float, float]:
    """Return the 95% interval of a sum over customers, were others of their kind drawn.

    Source: the central limit theorem, standard error of a sum: sqrt(n) times the deviation.
    """
    spread = 1.96 * np.sqrt(values.size) * (values.std(ddof=1) if values.size > 1 else 0.0)
    return float(values.sum() - spread), float(values.sum() + spread)


def report(
    later: Later,
    judged: Judged | None,
    *,
    deciles: pl.DataFrame,
    drift: Drift,
    segments: Mapping[str, Group],
) -> Holdout:
    """Return the report of 05_holdout; where nothing was checked, it holds no figure."""
    found: dict[str, Any] = {
        "status": later.status,
        "missing_days": later.missing_days,
        "overlap_rows": later.overlap_rows,
        "lacks": later.lacks,
        "drift": drift.fields(),
        "sentence": sentence(later, judged),
    }
    if judged is None:
        return Open.of(**found)
    parts = {name: group.fields() for name, group in segments.items()}
    return Checked.of(**judged.fields(), **found, deciles=deciles.to_dicts(), segments=parts)


def sentence(later: Later, judged: Judged | None) -> str:
    """Return what the later sales cover, and the figures of what was checked, in words."""
    if judged is None:
        return later.sentence
    return f"{later.sentence} {summary(judged)} Calibration: {judged.calibration.sentence}."


def segments(
    outcome: pl.DataFrame,
    rivals: pl.DataFrame,
    features: pl.DataFrame,
    customers: pl.DataFrame,
    marked: Sequence[str] = (),
    lapsed_months: int = terms.LAPSED_MONTHS,
) -> dict[str, Group]:
    """Return the figures of `evaluate` by segment: warm and cold, and each level of an attribute.

    Warm is an active customer of any division (`terms.standing`), cold is any other. Levels with
    fewer than 30 customers are told together as "other".

    Parameters
    ----------
    outcome
        The scores with `bought`, by customer_id; no row where nothing was checked.
    features
        The matrix at the cutoff: customer_id, days_since_order.
    customers, marked
        `dim_customer`, and those of its columns that the layout marks (`segment: true`).
    """
    wanted = ["customer_id", *(name for name in marked if name in customers.columns)]
    if outcome.is_empty():
        return {}
    cutoff = outcome["cutoff_date"][0]
    last = timeline.to_day(cutoff) - pl.col("days_since_order")
    since = nw.from_native(features.select("customer_id", last_day=last))
    since = since.select("customer_id", warm=terms.standing(cutoff, lapsed_months) == "active")
    known = outcome.join(since.to_native(), "customer_id", "left", maintain_order="left").join(
        customers.select(wanted), "customer_id", "left", maintain_order="left"
    )
    warm = pl.col("warm")
    told = {"warm": warm, "cold": ~warm}
    for name in wanted[1:]:
        counts = known[name].drop_nulls().value_counts(sort=True)
        large = counts.filter(pl.col("count") >= LARGE)[name].sort().to_list()
        told |= {f"{name}={level}": pl.col(name) == level for level in large}
        told[f"{name}=other"] = ~pl.col(name).is_in(large).fill_null(False)
    found = {}
    for name, condition in told.items():
        here = known.select(condition.fill_null(False)).to_series()
        if here.any():
            scores = scores_of(known.filter(here), rivals.filter(here))
            bought = known["bought"].filter(here).to_numpy().astype(float)
            figures = evaluate(bought, scores, draws=100) | promise(scores["model"], bought)
            found[name] = Group.of(**figures)
    return found


def scores_of(outcome: pl.DataFrame, rivals: pl.DataFrame) -> dict[str, NDArray[Any]]:
    """Return the probabilities under "model", and each rival's scores; rows are in one order."""
    named = {name: rivals[name].to_numpy() for name in rivals.columns if name != "customer_id"}
    return {"model": outcome["probability"].to_numpy()} | named


def promise(probability: NDArray[Any], bought: NDArray[Any]) -> dict[str, float | None]:
    """Return the mean probability and the calibration's slope and intercept.

    The line is null where too few bought, or all did, to draw one.
    """
    told = rarer(bought) >= FEW_BUYERS
    line = calibration.line(probability, bought) if told else dict.fromkeys(("slope", "intercept"))
    return {"mean_probability": float(probability.mean()) if len(probability) else None, **line}


def calibration_in(probability: NDArray[Any], bought: NDArray[Any]) -> dict[str, float]:
    """Return the calibration summary and the interval of the observed rate."""
    found = calibration.summary(probability, bought)
    low, high = wilson(np.array([bought.mean()]), np.array([len(bought)]))
    return found | {"base_rate_low": float(low[0]), "base_rate_high": float(high[0])}


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
    return f"{text}; {lift}, best baseline {best.name} {best.figure:.2f}."
