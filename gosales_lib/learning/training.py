"""The model of one division: candidates, validation, selection, calibration and refit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.learning import (
    baselines,
    calibration,
    comparison,
    level,
    metrics,
    models,
    selection,
)
from gosales_lib.learning.calibration import Calibration
from gosales_lib.learning.level import Level
from gosales_lib.learning.models import Candidate
from gosales_lib.learning.rows import FEW_BUYERS, KEYS, Span, inputs, is_new, rarer
from gosales_lib.learning.selection import Champion
from gosales_lib.learning.validation import TOO_FEW, Validation, validate


@dataclass(frozen=True)
class Model:
    """The model that scores a division: the refitted champion and its calibration.

    `level` is the forecast behind the calibration's level. `baseline` is RFM with logistic
    regression, made in the same way, or None where there were too few rows to train it.
    """

    division: str
    champion: str
    candidate: Candidate
    calibrate: Calibration
    level: Level = field(default_factory=Level)
    baseline: Model | None = None

    def odds(self, features: pl.DataFrame) -> Floats:
        """Return the champion's log odds, one per row of the feature matrix."""
        return self.candidate.odds(inputs(features))

    def probability(self, features: pl.DataFrame) -> Floats:
        """Return the calibrated probability of a purchase in the window, one per row."""
        return self.calibrate(self.odds(features))


@dataclass(frozen=True)
class Learned:
    """A model, how it was chosen, and its results beside the baselines on the validation cutoffs.

    `evidence` is what `evidence` returns, `table` what `compare` does.
    """

    model: Model
    validation: Validation
    champion: Champion
    evidence: pl.DataFrame
    table: pl.DataFrame
    span: Span

    @property
    def how(self) -> str:
        """How the candidates were validated: out of time, out of fold, or with too few buyers."""
        return self.validation.how

    @property
    def selection(self) -> pl.DataFrame:
        """The evidence of the newest validation cutoff."""
        return self.evidence.filter(cutoff_date=self.span.validation).drop("cutoff_date")


def learn(
    features: pl.DataFrame,
    labels: pl.DataFrame,
    *,
    division: str,
    window_months: timeline.Length,
    embargo_days: int = 0,
    pooled: models.Pooled | None = None,
    seed: int = 17,
    threads: int = 1,
) -> Learned:
    """Return the model of one division: the steps that 03_train shows one by one.

    Parameters
    ----------
    features
        The matrix: customer_id, cutoff_date, features; rows without a label are left aside.
    labels
        customer_id, cutoff_date, bought, gp_window of the closed cutoffs.
    pooled
        The model over all divisions that 02b_pooled left, or None.

    Raises
    ------
    ValueError
        No cutoff has a closed window.
    """
    rows = labelled(features, labels, division)
    target = features.select(pl.max("cutoff_date")).item()
    span = span_of(rows, target, window_months, embargo_days)
    validation = validate(rows, span, models.candidates(seed, threads), pooled, seed)
    champion = selection.choose(validation)
    shown = evidence(validation, champion, seed)
    rfm = baseline(division, validation, rows, target)
    model = finish(division, champion, validation, rows, target, rfm)
    return Learned(model, validation, champion, shown, compare(shown, validation, seed), span)


def span_of(
    rows: pl.DataFrame, target: date, window_months: timeline.Length, embargo_days: int = 0
) -> Span:
    """Return which of the rows' cutoffs train and which validate; `target` is to score at."""
    cutoffs = rows["cutoff_date"].unique().to_list()
    return Span.of(cutoffs, window_months, embargo_days, anchor=target)


def labelled(features: pl.DataFrame, labels: pl.DataFrame, division: str) -> pl.DataFrame:
    """Return the rows to train on, sorted by cutoff and customer; ValueError if there are none."""
    rows = labels.join(features, on=list(KEYS), how="inner").sort("cutoff_date", "customer_id")
    if rows.is_empty():
        raise ValueError(f"{division}: no closed window to learn from; choose a later cutoff")
    return rows


def evidence(validation: Validation, champion: Champion, seed: int = 17) -> pl.DataFrame:
    """Return what was predicted for each row of the validation cutoffs, beside what was observed.

    Returns
    -------
    pl.DataFrame
        customer_id, cutoff_date, bought, gp_window, new, the log odds of each candidate, `model`
        (the champion's), `probability` (calibrated without the row's customer) and a column per
        baseline.
    """
    rows = validation.rows
    kept = rows.select("customer_id", "cutoff_date", "bought", "gp_window", new=is_new(rows))
    rfm = validation.odds.get(baselines.LEARNED)
    probability = calibrated(validation, champion.odds, seed)
    learned = None if rfm is None else calibrated(validation, rfm, seed)
    scores = [
        baselines.scores(
            validation.rate, inputs(rows.filter(here)), None if learned is None else learned[here]
        )
        for here in map(validation.at, validation.cutoffs)
    ]
    merged = {name: np.concatenate([part[name] for part in scores]) for name in baselines.NAIVE}
    candidates = {n: o for n, o in validation.odds.items() if n not in baselines.NAIVE}
    if len(champion.members) > 1:
        candidates[champion.name] = champion.odds
    return kept.with_columns(**candidates, model=champion.odds, probability=probability, **merged)


def calibrated(validation: Validation, odds: Floats, seed: int) -> Floats:
    """Return the probability of each row of the validation, calibrated out of fold per cutoff."""
    customers = validation.rows["customer_id"].to_numpy()
    probabilities = np.empty(len(odds))
    for here in map(validation.at, validation.cutoffs):
        probabilities[here] = calibration.out_of_fold(
            odds[here], validation.bought[here], customers[here], seed=seed
        )
    return probabilities


def finish(
    division: str,
    champion: Champion,
    validation: Validation,
    rows: pl.DataFrame,
    target: date,
    baseline: Model | None = None,
) -> Model:
    """Return the champion refitted to all closed cutoffs, its own odds calibrated for `target`."""
    line = calibrate(validation, champion.odds, rows)
    refit(champion.candidate, rows)
    coming = forecast(champion, line, validation, rows, target)
    calibrated_line = line.moved(coming.shift)
    return Model(division, champion.name, champion.candidate, calibrated_line, coming, baseline)


def baseline(
    division: str, validation: Validation, rows: pl.DataFrame, target: date
) -> Model | None:
    """Return RFM with logistic regression, finished as the champion is; None where it has none."""
    name = baselines.LEARNED
    if name not in validation.odds:
        return None
    rfm = Champion(name, validation.candidates[name], (name,), validation.odds[name])
    return finish(division, rfm, validation, rows, target)


def calibrate(validation: Validation, odds: Floats, rows: pl.DataFrame) -> Calibration:
    """Return the calibration that fits the odds of the validation cutoffs, at the rows' level."""
    pairs = validation.by_cutoff(odds), validation.by_cutoff(validation.bought)
    return calibration.fit(*pairs, metrics.rate_of(rows["bought"]))


def refit(candidate: Candidate, rows: pl.DataFrame) -> None:
    """Fit a candidate, with its tuned settings, to all closed cutoffs."""
    candidate.fit(inputs(rows), rows["bought"].to_numpy())


def forecast(
    champion: Champion, line: Calibration, validation: Validation, rows: pl.DataFrame, target: date
) -> Level:
    """Return the level of the window after `target`, from the residuals of all closed windows.

    Parameters
    ----------
    champion
        Its candidate is refitted already: its own odds are what is calibrated.
    line
        The calibration without a shift.
    """
    probability, bought = line(champion.candidate.odds(inputs(rows))), rows["bought"].to_numpy()
    if validation.how == TOO_FEW:  # one buyer is added to both, so that none stays finite
        return Level(trend=float(np.log((bought.sum() + 1) / (probability.sum() + 1))))
    closed = {
        cutoff: residual(probability[here], bought[here])
        for cutoff in rows["cutoff_date"].unique().to_list()
        for here in [(rows["cutoff_date"] == cutoff).to_numpy()]
    }
    later = {
        cutoff: residual(line(champion.odds[here]), validation.bought[here])
        for cutoff in validation.cutoffs
        for here in [validation.at(cutoff)]
    }
    closed_windows, out_of_time = (
        {c: r for c, r in ratios.items() if r is not None} for ratios in (closed, later)
    )
    return level.forecast(closed_windows, out_of_time, validation.training_cutoffs, target)


def residual(probability: Floats, bought: Floats) -> float | None:
    """Return the window's residual on the log odds; None where too few customers bought."""
    if rarer(bought) < FEW_BUYERS:
        return None
    return calibration.shift_between(probability, bought)


def compare(evidence: pl.DataFrame, validation: Validation, seed: int = 17) -> pl.DataFrame:
    """Return the table of candidates and baselines on the newest validation cutoff.

    It is `comparison.measure`'s, for all customers and for those new to the division; candidates'
    probabilities are calibrated out of fold, so that no row is measured by a calibration that was
    fitted to it.
    """
    newest = evidence.filter(cutoff_date=validation.cutoffs[-1])
    bought, customers = newest["bought"].to_numpy().astype(float), newest["customer_id"].to_numpy()
    fixed = {"customer_id", "cutoff_date", "bought", "gp_window", "new", "model", "probability"}
    scores: dict[str, tuple[str, Floats, bool]] = {}
    for name in newest.columns:
        if name not in fixed | set(baselines.NAIVE):
            odds = newest[name].to_numpy()
            calibrated = calibration.out_of_fold(odds, bought, customers, seed=seed)
            scores[name] = "candidate", calibrated, True
    if not scores:  # too few buyers: the base rate is champion and baseline
        scores["base_rate"] = "candidate", newest["probability"].to_numpy(), True
    scores |= {
        name: ("baseline", newest[name].to_numpy(), name in baselines.PROBABILITIES)
        for name in baselines.NAIVE
        if name not in scores
    }
    new, earned = newest["new"].to_numpy(), newest["gp_window"].to_numpy()
    return comparison.measure(bought, new, scores, earned, seed)
