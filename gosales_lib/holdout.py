"""The holdout: what the scores promised against what happened after the cutoff."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gosales_lib import timeline
from gosales_lib.learning import baselines, calibration, comparison
from gosales_lib.learning.metrics import rate_of, wilson
from gosales_lib.learning.training import FEW_BUYERS, Model, to_pandas
from gosales_lib.timeline import Window

WARM_DAYS = 548  # 18 months
LARGE = 30  # customers of a level that is told by itself
CHECKED, NOTHING, REFUSED = "checked", "nothing to check yet", "refused"


@dataclass(frozen=True)
class Later:
    """The sales after a cutoff, and how far they reach."""

    sales: pl.DataFrame
    status: str
    missing_days: int
    overlap_rows: int
    sentence: str


def later_sales(
    sales: pl.DataFrame, holdout: pl.DataFrame, window: Window, max_missing_days: int = 0
) -> Later:
    """Return the log with the holdout's rows behind it, and whether they cover the window.

    Rows of the holdout dated on or before the log's last day are left aside and counted: the log
    has already told of those days.

    Parameters
    ----------
    sales, holdout
        `fact_transactions` and `holdout_transactions`.
    max_missing_days
        By so many days the data may end before the window does.
    """
    last_of_log = sales.select(pl.max("order_day")).item()
    fresh = holdout.filter(pl.col("order_day") > last_of_log)
    every = pl.concat([sales, fresh])
    last = every.select(pl.max("order_day")).item()
    missing = window.missing_days(last)
    days = "1 day" if missing == 1 else f"{missing} days"
    ends = f"the data ends on {timeline.to_date(last)}, the window on {window.end}"
    if last <= window.cutoff_day:
        status, sentence = NOTHING, f"Nothing to check yet: {ends}."
    elif missing > max_missing_days:
        status = REFUSED
        sentence = (
            f"Refused: {ends}, {days} short; say --max-missing-days {missing} "
            "(or max_missing_days in the layout) to check what there is."
        )
    else:
        short = f" ({days} short, as allowed)" if missing else ""
        status, sentence = CHECKED, f"Checked: {ends}{short}."
    return Later(every, status, missing, holdout.height - fresh.height, sentence)


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


def report(later: Later, outcome: pl.DataFrame, rivals: pl.DataFrame) -> dict[str, Any]:
    """Return the report of 05_holdout.

    Parameters
    ----------
    later
        What `later_sales` found; where it was not checked, no figure is given.
    outcome
        The scores with bought and gp_window, by customer_id.
    rivals
        customer_id and one column a rival, by customer_id.

    Returns
    -------
    dict
        status, missing_days, overlap_rows, sentence; if checked also the figures of `evaluate`
        for all customers, the same under `new_to_division`, calibration, and gp_promised and
        gp_happened (sums, in the layout's currency).

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
    found: dict[str, Any] = {
        "status": later.status,
        "missing_days": later.missing_days,
        "overlap_rows": later.overlap_rows,
        "sentence": later.sentence,
    }
    if later.status != CHECKED:
        return found
    bought = outcome["bought"].to_numpy().astype(float)
    scores = {"model": outcome["probability"].to_numpy()}
    scores |= {n: rivals[n].to_numpy() for n in rivals.columns if n != "customer_id"}
    new = (outcome["purchase_type"] == "new to division").to_numpy()
    earned = outcome["gp_window"].to_numpy()
    found |= evaluate(bought, scores, earned)
    fresh = evaluate(bought[new], {n: s[new] for n, s in scores.items()}, earned[new])
    found["new_to_division"] = fresh | promise(scores["model"][new], bought[new])
    found["mean_probability"] = float(scores["model"].mean())
    found["calibration"] = calibration_in(scores["model"], bought)
    found["gp_promised"] = float(outcome["expected_gp"].sum())
    found["gp_happened"] = float(outcome["gp_window"].sum())
    told = f"Calibration: {calibration.told(found['calibration'])}."
    return found | {"sentence": f"{later.sentence} {summary(found)} {told}"}


def segments(
    outcome: pl.DataFrame,
    rivals: pl.DataFrame,
    features: pl.DataFrame,
    customers: pl.DataFrame,
    marked: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the figures of `evaluate` by segment: warm and cold, and each level of an attribute.

    Warm is who bought anything in the last 18 months. Levels with fewer than 30 customers are
    told together as "other".

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
    since = features.select("customer_id", days="days_since_order")
    known = outcome.join(since, "customer_id", "left", maintain_order="left").join(
        customers.select(wanted), "customer_id", "left", maintain_order="left"
    )
    warm = (pl.col("days") <= WARM_DAYS).fill_null(False)
    told = {"warm": warm, "cold": ~warm}
    for name in wanted[1:]:
        counts = known[name].drop_nulls().value_counts(sort=True)
        large = counts.filter(pl.col("count") >= LARGE)[name].sort().to_list()
        told |= {f"{name}={level}": pl.col(name) == level for level in large}
        told[f"{name}=other"] = ~pl.col(name).is_in(large).fill_null(False)
    found = {}
    for name, condition in told.items():
        here = known.select(condition.fill_null(False)).to_series().to_numpy()
        if here.any():
            scores = {"model": known["probability"].to_numpy()[here]}
            scores |= {n: rivals[n].to_numpy()[here] for n in rivals.columns if n != "customer_id"}
            bought = known["bought"].to_numpy().astype(float)[here]
            found[name] = evaluate(bought, scores, draws=100) | promise(scores["model"], bought)
    return found


def promise(probability: NDArray[Any], bought: NDArray[Any]) -> dict[str, float | None]:
    """Return the mean probability and the calibration's slope and intercept.

    The line is null where too few bought, or all did, to draw one.
    """
    told = min(bought.sum(), len(bought) - bought.sum()) >= FEW_BUYERS
    line = calibration.line(probability, bought) if told else dict.fromkeys(("slope", "intercept"))
    return {"mean_probability": float(probability.mean()) if len(probability) else None, **line}


def segment_table(found: Mapping[str, Any]) -> pl.DataFrame:
    """Return segments as a table: sizes, calibration, the model's measures, RFM's lift beside."""
    sizes = ("customers", "buyers")
    told = ("base_rate", "mean_probability", "slope", "intercept")
    measured = ("auc", "average_precision", "brier_skill", "lift_10")
    rows = [
        {
            "segment": name,
            **{key: part[key] for key in (*sizes, *told)},
            **{key: part["model"][key] for key in measured},
            "rfm_lift_10": part["baselines"]["rfm_logistic"]["lift_10"],
        }
        for name, part in found.items()
    ]
    numbers = dict.fromkeys((*told, *measured, "rfm_lift_10"), pl.Float64)
    counts = dict.fromkeys(sizes, pl.Int64)
    return pl.DataFrame(rows, schema={"segment": pl.String, **counts, **numbers})


def summary(found: dict[str, Any]) -> str:
    """Return the figures in one sentence: buyers promised and found, lift with its rival."""
    model, size = found["model"], found["customers"]
    promised = found["mean_probability"] * size
    least, most = (found["calibration"][f"base_rate_{end}"] * size for end in ("low", "high"))
    text = f"{found['buyers']:,} of {size:,} customers bought (95% interval {least:,.0f} to "
    text += f"{most:,.0f}), {promised:,.0f} were promised"
    if model["lift_10"] is None:
        return text + "."
    naive = {n: found["baselines"][n]["lift_10"] for n in baselines.NAIVE}
    best = max(naive, key=naive.__getitem__)
    low, high = found["intervals"]["model"]["lift_10"]
    lift = f"lift@10% {model['lift_10']:.2f} (95% interval {low:.2f} to {high:.2f})"
    return f"{text}; {lift}, best naive rival {best} {naive[best]:.2f}."


def table(report: dict[str, Any]) -> pl.DataFrame:
    """Return the figures for reading, a row a segment and name; none if nothing was checked."""
    rows = []
    for segment, part in (("all", report), ("new to division", report.get("new_to_division"))):
        if part and "model" in part:
            size = {key: part[key] for key in ("customers", "buyers", "base_rate")}
            rows += [
                {"segment": segment, "name": name, **size}
                | comparison.cells(measures, part["intervals"][name])
                for name, measures in ({"model": part["model"]} | part["baselines"]).items()
            ]
    schema: dict[str, Any] = {"segment": pl.String, "name": pl.String}
    schema |= {"customers": pl.Int64, "buyers": pl.Int64, "base_rate": pl.Float64}
    schema |= dict.fromkeys(comparison.cells({}, {}), pl.Float64)
    return comparison.shown(pl.DataFrame(rows, schema=schema))


def kept(outcome: pl.DataFrame, rivals: pl.DataFrame, report: dict[str, Any]) -> pl.DataFrame:
    """Return the outcome with the rivals' scores, for pictures; no row where nothing was checked.

    Columns are those of the scores, bought, gp_window and one a rival.
    """
    rows = outcome.join(rivals, on="customer_id", how="left").sort("customer_id")
    return rows if report["status"] == CHECKED else rows.clear()


def deciles(outcome: pl.DataFrame) -> pl.DataFrame:
    """Return what was promised and what happened by decile, with a 95% Wilson interval.

    Parameters
    ----------
    outcome
        decile, probability, expected_gp, bought, gp_window.

    Returns
    -------
    pl.DataFrame
        decile, customers, promised and happened (shares), low, high, expected_gp, gp (sums).
    """
    table = (
        outcome.group_by("decile")
        .agg(
            customers=pl.len(),
            promised=pl.col("probability").mean(),
            happened=pl.col("bought").cast(pl.Float64).mean(),
            expected_gp=pl.col("expected_gp").sum(),
            gp=pl.col("gp_window").sum(),
        )
        .sort("decile")
    )
    low, high = wilson(table["happened"].to_numpy(), table["customers"].to_numpy())
    return table.with_columns(low=pl.Series(low), high=pl.Series(high))


def calibration_in(probability: NDArray[Any], bought: NDArray[Any]) -> dict[str, float]:
    """Return the calibration summary and the interval of the observed rate."""
    found = calibration.summary(probability, bought)
    low, high = wilson(np.array([bought.mean()]), np.array([len(bought)]))
    return found | {"base_rate_low": float(low[0]), "base_rate_high": float(high[0])}
