"""Learning across time: the newest closed cutoff chooses and calibrates, then all of them teach."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from gosales_lib import timeline
from gosales_lib.learning import baselines, calibration, comparison, metrics, models
from gosales_lib.learning.models import Candidate

Floats = NDArray[np.float64]
KEYS = ("customer_id", "cutoff_date")
FEW_BUYERS = 10
"""A division with fewer buyers to learn from has no model of its own."""
FOLDS = 5
OUT_OF_TIME = "out of time"


def to_pandas(features: pl.DataFrame) -> pd.DataFrame:
    """Return the feature columns alone, as pandas: what the candidates take."""
    return features.drop([c for c in KEYS if c in features.columns]).to_pandas()


@dataclass(frozen=True)
class Span:
    """Which cutoffs teach, and which one chooses.

    Parameters
    ----------
    teaching
        Cutoffs whose windows had closed by the selection cutoff: they train what is judged.
    selection
        The newest cutoff whose window has closed.
    closed
        All cutoffs that the final model learns from.
    """

    teaching: tuple[date, ...]
    selection: date
    closed: tuple[date, ...]

    @classmethod
    def of(cls, cutoffs: Sequence[date], window_months: int, embargo_days: int = 0) -> Span:
        """Return the span of closed cutoffs, oldest first."""
        *earlier, selection = sorted(cutoffs)
        teaching = [
            c
            for c in earlier
            if timeline.to_day(timeline.add_months(c, window_months)) + embargo_days
            <= timeline.to_day(selection)
        ]
        return cls(tuple(teaching), selection, tuple(sorted(cutoffs)))


@dataclass(frozen=True)
class Model:
    """What scores a division: the champion and the map from its odds to probabilities.

    `season` is added to the calibrated log odds: see `season_shift`. `rival` is RFM with logistic
    regression, made in the same way; None where there was too little to learn from.
    """

    division: str
    champion: str
    candidate: Candidate
    calibrate: calibration.Calibration
    season: float = 0.0
    rival: Model | None = None

    def odds(self, features: pl.DataFrame) -> Floats:
        """Return the champion's log odds, one a row of the feature matrix."""
        return self.candidate.odds(to_pandas(features))

    def probability(self, features: pl.DataFrame) -> Floats:
        """Return the calibrated probability of a purchase in the window, one a row."""
        calibrated = self.calibrate(self.odds(features))
        return models.expit(models.logit(calibrated) + self.season) if self.season else calibrated


@dataclass(frozen=True)
class Learned:
    """A model, and how it and its rivals did on the selection cutoff.

    `selection` has customer_id, bought, new_to_division, a column of scores for each candidate
    and rival, and `probability`: the champion's, calibrated out of fold.
    """

    model: Model
    selection: pl.DataFrame
    table: pl.DataFrame
    span: Span
    contest: Contest

    @property
    def how(self) -> str:
        """How the candidates were judged: out of time, out of fold, or hardly."""
        return self.contest.how


def learn(
    features: pl.DataFrame,
    labels: pl.DataFrame,
    *,
    division: str,
    window_months: int,
    embargo_days: int = 0,
    pooled: models.Pooled | None = None,
    by: str = "average_precision",
    half_life_months: int = 0,
    l1_ratio: float = 0.0,
    monotone: bool = False,
    seed: int = 17,
    threads: int = 1,
) -> Learned:
    """Choose, calibrate and refit the model of one division.

    Parameters
    ----------
    features
        The matrix: customer_id, cutoff_date, features; rows without a label are left aside.
    labels
        customer_id, cutoff_date, bought, gp_window of the closed cutoffs.
    pooled
        The model over all divisions that 03_pooled left, or None.
    by
        The measure that the champion is best by: average_precision or capture_10.
    half_life_months
        A row counts half for every so many months that its cutoff is older than the newest it is
        learned with; 0: all count alike.
    l1_ratio, monotone
        The share of L1 in the penalty of the logistic regression; whether the division's trees
        keep to the signs that the field knows.

    Raises
    ------
    ValueError
        No cutoff has a closed window.
    """
    rows = labels.join(features, on=list(KEYS), how="inner").sort("cutoff_date", "customer_id")
    cutoffs = rows["cutoff_date"].unique().to_list()
    if not cutoffs:
        raise ValueError(f"{division}: no closed window to learn from; choose a later cutoff")
    span = Span.of(cutoffs, window_months, embargo_days)
    judged = rows.filter(cutoff_date=span.selection)
    started = models.candidates(seed, threads, l1_ratio, monotone)
    started |= {baselines.LEARNED: baselines.Rfm(seed=seed)}
    contest = compete(rows, judged, span, started, pooled, seed, half_life_months)
    bought = judged["bought"].to_numpy().astype(float)
    calibrations = {n: calibration.choose(o, bought, seed=seed) for n, o in contest.odds.items()}
    rfm = calibrations.pop(baselines.LEARNED, None)
    rivals = baselines.scores(contest.rate, inputs(judged), rfm.out_of_fold if rfm else None)
    table = compare(judged, rivals, calibrations, seed)
    champion = comparison.pick(table, by)
    target = features.select(pl.max("cutoff_date")).item()

    def finished(name: str, calibrate: calibration.Calibration) -> Model:
        judge = Model(division, name, contest.fitted[name], calibrate)
        season = season_shift(judge, rows, span, target) if contest.how == OUT_OF_TIME else 0.0
        refit(judge.candidate, rows, half_life_months)
        return replace(judge, season=season)

    model = replace(
        finished(champion, calibrations[champion]),
        rival=finished(baselines.LEARNED, rfm) if rfm else None,
    )
    selection = judged.select("customer_id", "bought", new=is_new(judged)).with_columns(
        **{n: o for n, o in contest.odds.items() if n not in rivals} | rivals,
        probability=calibrations[champion].out_of_fold,
    )
    return Learned(model, selection, table, span, contest)


def season_shift(judge: Model, rows: pl.DataFrame, span: Span, target: date) -> float:
    """Return what the season of the window to come adds to the log odds, told by the year before.

    The selection cutoff calibrates on another part of the year. What its model promises for the
    window that began twelve months before `target` is therefore held against what happened there:
    the difference in log odds that makes both equal. 0 where that window is not among the closed
    ones, is the selection's own, or has too few buyers.

    On the training cutoffs of AdventureWorks and of the sample, each predicted from what had
    closed by then, the mean error of the promised share fell from 39% to 16% and from 19% to 8%
    (logarithms 0.33 to 0.15, 12 cases; 0.17 to 0.08, 40 cases).
    """
    year_ago = rows.filter(cutoff_date=timeline.add_months(target, -12))
    if year_ago.is_empty() or year_ago["cutoff_date"][0] == span.selection:
        return 0.0
    bought = year_ago["bought"].to_numpy().astype(float)
    if min(bought.sum(), len(bought) - bought.sum()) < FEW_BUYERS:
        return 0.0
    return calibration.shift_between(judge.probability(unlabelled(year_ago)), bought)


def unlabelled(rows: pl.DataFrame) -> pl.DataFrame:
    """Return labelled rows without their labels, as `Model` takes them."""
    return rows.drop("bought", "gp_window", strict=False)


def inputs(rows: pl.DataFrame) -> pd.DataFrame:
    """Return the feature columns of labelled rows, as pandas: what the candidates take."""
    return to_pandas(unlabelled(rows))


def is_new(rows: pl.DataFrame) -> pl.Series:
    """Return which customers had never bought the division: the whitespace."""
    return rows["own_orders_all"].fill_null(0) == 0


@dataclass(frozen=True)
class Contest:
    """Log odds of every candidate and of RFM on rows they have not seen; the base rate before."""

    how: str
    odds: dict[str, Floats]
    rate: float
    fitted: dict[str, Candidate]


def compete(
    rows: pl.DataFrame,
    judged: pl.DataFrame,
    span: Span,
    candidates: dict[str, Candidate],
    pooled: models.Pooled | None,
    seed: int,
    half_life_months: int = 0,
) -> Contest:
    """Return how the candidates see the selection cutoff after learning from what had closed.

    Where nothing had closed by then, each customer is judged by candidates that learned from the
    other customers ("out of fold"); where hardly anybody bought, by the base rate.
    """
    taught = rows.filter(pl.col("cutoff_date").is_in(list(span.teaching)))
    later, later_bought = inputs(judged), judged["bought"].to_numpy()
    unseen = pooled if pooled is not None and pooled.first is not None else None
    if taught["bought"].sum() >= FEW_BUYERS:
        how = OUT_OF_TIME
        candidates |= {"pooled": unseen} if unseen is not None else {}
        known, bought = inputs(taught), taught["bought"].to_numpy()
        weight = recency_weight(taught, half_life_months)
        odds = {
            name: candidate.tune(known, bought, weight, later, later_bought).odds(later)
            for name, candidate in candidates.items()
        }
    elif min(rows["bought"].sum(), judged["bought"].sum()) >= FEW_BUYERS:
        how, taught = "out of fold", rows
        odds = out_of_fold(rows, judged, candidates, seed)
    else:
        how, taught = "too few buyers", rows
        candidates = {"base_rate": models.BaseRate()}
        if unseen is not None:
            candidates = {"pooled": unseen}
            candidates |= {baselines.LEARNED: unseen.rival} if unseen.rival else {}
        odds = {
            n: c.tune(inputs(rows), rows["bought"], None, later, later_bought).odds(later)
            for n, c in candidates.items()
        }
    silent = (*models.ALONE, baselines.LEARNED)
    voices = {name: o for name, o in odds.items() if name not in silent}
    if len(voices) > 1:
        members = blend(voices, later_bought)
        odds["blend"] = np.mean([odds[name] for name in members], axis=0)
        candidates |= {"blend": models.Blend([candidates[name] for name in members])}
    return Contest(how, odds, metrics.rate_of(taught["bought"]), candidates)


def blend(odds: Mapping[str, Floats], bought: NDArray[Any]) -> tuple[str, ...]:
    """Return the members, two at least, whose mean log odds have the best average precision."""
    sizes = range(2, len(odds) + 1)
    groups = [group for size in sizes for group in itertools.combinations(odds, size)]
    found = {
        group: metrics.average_precision(bought, np.mean([odds[n] for n in group], axis=0))
        for group in groups
    }
    return max(groups, key=found.__getitem__)


def out_of_fold(
    rows: pl.DataFrame, judged: pl.DataFrame, candidates: dict[str, Candidate], seed: int
) -> dict[str, Floats]:
    """Return the odds of the judged rows, each from the customers of the other folds."""
    customers = judged["customer_id"].to_numpy()
    fold = np.random.default_rng(seed).permutation(len(customers)) % FOLDS
    odds = {name: np.empty(len(customers)) for name in candidates}
    later = inputs(judged)
    for k in range(FOLDS):
        held = pl.Series(customers[fold == k])
        known = rows.filter(~pl.col("customer_id").is_in(held.implode()))
        for name, candidate in candidates.items():
            candidate.fit(inputs(known), known["bought"].to_numpy())
            odds[name][fold == k] = candidate.odds(later[fold == k])
    return odds


def compare(
    judged: pl.DataFrame,
    rivals: Mapping[str, Floats],
    calibrations: Mapping[str, calibration.Calibration],
    seed: int,
) -> pl.DataFrame:
    """Return the table of candidates and rivals, as `comparison.measure` does.

    Segments are `all` and `new to division`; the candidates' probabilities are calibrated out of
    fold, so that no row is measured by a map that has seen it.
    """
    scores = {n: ("candidate", c.out_of_fold, True) for n, c in calibrations.items()}
    scores |= {
        name: ("rival", score, name in baselines.PROBABILITIES)
        for name, score in rivals.items()
        if name not in scores
    }
    new, earned = is_new(judged).to_numpy(), judged["gp_window"].to_numpy()
    return comparison.measure(judged["bought"].to_numpy(), new, scores, earned, seed)


def refit(candidate: Candidate, rows: pl.DataFrame, half_life_months: int = 0) -> None:
    """Fit a candidate, with what it was tuned to, to all closed cutoffs."""
    weight = recency_weight(rows, half_life_months)
    candidate.fit(inputs(rows), rows["bought"].to_numpy(), weight)


def recency_weight(rows: pl.DataFrame, half_life_months: int) -> Floats | None:
    """Return the weight of each row by the age of its cutoff, 1 for the newest; None: all alike."""
    if not half_life_months:
        return None
    age = (pl.col("cutoff_date").max() - pl.col("cutoff_date")).dt.total_days() / 30.4375
    return rows.select(0.5 ** (age / half_life_months)).to_series().to_numpy()
