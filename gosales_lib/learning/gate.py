"""The quality gate: no better than chance, as good as a baseline, or better than the best one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gosales_lib.core.arrays import Floats
from gosales_lib.learning import metrics
from gosales_lib.learning.baselines import NAIVE
from gosales_lib.reports.measures import named
from gosales_lib.reports.training import AS_GOOD, BETTER, NO_SIGNAL, Verdict

NEEDS = {"chance": (AS_GOOD, BETTER), "baseline": (BETTER,), "rival": (BETTER,)}
"""The outcomes that are offered, by the layout's `signal_needs`; `rival` is an older spelling."""
CERTAIN = 3.0
"""Standard errors above chance: 0.1% of a one-sided normal test. The candidates are chosen on the
rows that judge them, so that 2.3 (1%) let 1 of 20 divisions of noise pass."""
MODEL = "model"
Scored = tuple[Floats, Floats, NDArray[np.intp]]
"""The outcome and a score, best first, and the customer of each row."""


def assess(
    evidence: pl.DataFrame,
    division: str,
    *,
    needs: str = "chance",
    draws: int = 400,
    seed: int = 17,
) -> Verdict:
    """Return the outcome on the rows of all validation cutoffs.

    A signal is a ranking better than chance: the mean AUC over the cutoffs lies more than 3
    standard errors above 0.5. Errors and intervals are of bootstrap samples of customers: one
    customer's rows on several cutoffs are drawn together.

    Parameters
    ----------
    evidence
        customer_id, cutoff_date, bought, `model` (the champion's log odds, out of time) and a
        column of scores per baseline.
    needs
        What is offered (`NEEDS`): `chance`, every signal; `baseline`, only what is better than the
        best baseline beyond its interval.

    Raises
    ------
    ValueError
        `needs` is none of `NEEDS`.
    """
    if needs not in NEEDS:
        raise ValueError(f"signal_needs {needs!r}: write chance or baseline")
    judged = evidence.filter(
        pl.col("bought").cast(pl.Float64).mean().over("cutoff_date").is_between(0, 1, "none")
    )
    if judged["bought"].sum() < 2:
        return _nobody(evidence, division)
    names = (*NAIVE, MODEL)
    means = {name: _mean(parts) for name, parts in scored(judged, names).items()}
    drawn = bootstrap(judged, names, draws, seed)
    best = max(NAIVE, key=lambda name: means[name][1])
    low, high = np.quantile(drawn[MODEL][:, 1] - drawn[best][:, 1], [0.025, 0.975]).tolist()
    error = max(float(drawn[MODEL][:, 0].std()), null_error(judged))
    certain = (means[MODEL][0] - 0.5) / error > CERTAIN
    outcome = NO_SIGNAL if not certain else BETTER if low > 0 else AS_GOOD
    gain = means[MODEL][1] - means[best][1]
    signal = outcome in NEEDS[needs]
    figures = (
        f"mean average precision {means[MODEL][1]:.3f}, {named(best)} {means[best][1]:.3f} (gain "
        f"{gain:+.3f}, 95% interval {low:+.3f} to {high:+.3f}; validation cutoffs: "
        f"{judged['cutoff_date'].n_unique()})"
    )
    sentence = (
        f"Quality gate {'passed' if signal else 'failed'}: {words(outcome, best)}; {figures}."
    )
    return Verdict.of(
        signal=signal,
        baseline=best,
        gain=gain,
        low=low,
        high=high,
        sentence=sentence,
        outcome=outcome,
    )


def _nobody(evidence: pl.DataFrame, division: str) -> Verdict:
    sentence = (
        f"Quality gate failed: {evidence['bought'].sum()} of {evidence.height} rows of validation "
        f"are buyers of {division}, too few to tell buyers from others."
    )
    nothing = dict.fromkeys(("gain", "low", "high"))
    return Verdict.of(
        signal=False, baseline="none", outcome=NO_SIGNAL, **nothing, sentence=sentence
    )


def words(outcome: str, best: str) -> str:
    """Return an outcome with the baseline named."""
    if outcome == AS_GOOD:
        return f"{AS_GOOD}, {named(best)}"
    return f"{BETTER}, {named(best)}" if outcome == BETTER else "no better than chance"


def scored(evidence: pl.DataFrame, names: tuple[str, ...]) -> dict[str, list[Scored]]:
    """Return the rows of each score by cutoff, best first; one sort serves all the samples."""
    who = evidence["customer_id"].rank("dense").to_numpy().astype(np.intp) - 1
    numbered = evidence.select("cutoff_date", "bought", *names).with_columns(who=pl.Series(who))
    scores: dict[str, list[Scored]] = {name: [] for name in names}
    for part in numbered.partition_by("cutoff_date"):
        bought, customer = part["bought"].to_numpy().astype(float), part["who"].to_numpy()
        for name in names:
            score = part[name].to_numpy().astype(float)
            order = np.argsort(-score, kind="stable")
            scores[name].append((bought[order], score[order], customer[order]))
    return scores


def _mean(parts: list[Scored], weight: metrics.Weights | None = None) -> tuple[float, float]:
    """Return the mean AUC and average precision over the cutoffs; 0.5 and 0 without a buyer."""
    means = []
    for bought, score, who in parts:
        here = None if weight is None else weight[who]
        count = bought.sum() if here is None else here @ bought
        if 0 < count < (bought.size if here is None else here.sum()):
            measured = metrics.auc(bought, score, here)
            means.append((measured, metrics.average_precision(bought, score, here)))
    auc, precision = np.mean(means, axis=0) if means else (0.5, 0.0)
    return float(auc), float(precision)


def bootstrap(
    evidence: pl.DataFrame, names: tuple[str, ...], draws: int, seed: int
) -> Mapping[str, Floats]:
    """Return by score the mean AUC and average precision of each bootstrap sample: draws x 2."""
    parts, people = scored(evidence, names), evidence["customer_id"].n_unique()
    values: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for weight in metrics.resamples(people, draws, seed):
        for name in names:
            values[name].append(_mean(parts[name], weight))
    return {name: np.asarray(drawn) for name, drawn in values.items()}


def null_error(evidence: pl.DataFrame) -> float:
    """Return the standard error of the mean AUC of a ranking by pure chance (Mann-Whitney).

    It is the mean over the cutoffs, as if each cutoff repeated the same evidence: mostly the same
    customers buy in them, so more cutoffs do not make a chance ranking more certain.
    """
    counts = evidence.group_by("cutoff_date").agg(
        positive=pl.col("bought").cast(pl.Float64).sum(), rows=pl.len()
    )
    positive, rows = counts["positive"].to_numpy(), counts["rows"].to_numpy().astype(float)
    variance = (rows + 1) / (12 * positive * (rows - positive))
    return float(np.sqrt(variance).mean())
