"""The verdict: whether a model beats the best naive rival beyond its interval."""

from __future__ import annotations

import polars as pl

from gosales_lib.learning import metrics
from gosales_lib.learning.baselines import NAIVE
from gosales_lib.reports.training import Verdict

NO_SIGNAL = "no signal"
NEEDS = ("chance", "rival")
CERTAIN = 2.326
"""Standard errors above chance: the 1% level of a one-sided normal test."""


def judge(
    selection: pl.DataFrame,
    division: str,
    *,
    needs: str = "chance",
    draws: int = 400,
    seed: int = 17,
) -> Verdict:
    """Return the verdict on the selection cutoff's rows.

    Parameters
    ----------
    selection
        bought, probability (calibrated out of fold) and a column of scores for each naive rival.
    needs
        What a signal needs: to beat chance, or ("rival") to beat the best naive rival beyond its
        interval. With few customers the second silences models that rank as well as the best
        rival and, unlike it, say how likely a purchase is and what it will bring.

    Raises
    ------
    ValueError
        `needs` is neither.
    """
    if needs not in NEEDS:
        raise ValueError(f"signal_needs {needs!r}: write {' or '.join(NEEDS)}")
    bought = selection["bought"].to_numpy().astype(float)
    buyers = int(bought.sum())
    if buyers < 2 or buyers == len(bought):
        reason = f"{buyers} of {len(bought)} known customers bought {division} in the window"
        nothing = dict.fromkeys(("gain", "low", "high"))
        sentence = f"No signal: {reason} that judges the model."
        return Verdict.of(
            signal=False, beats_rival=False, rival="none", **nothing, sentence=sentence
        )
    scores = {name: selection[name].to_numpy() for name in NAIVE}
    scores["model"] = selection["probability"].to_numpy()
    found = {n: metrics.average_precision(bought, s) for n, s in scores.items()}
    drawn = metrics.bootstrap(bought, scores, metrics.average_precision, draws=draws, seed=seed)
    rival = max(NAIVE, key=found.__getitem__)
    low, high = metrics.interval(drawn["model"] - drawn[rival]) or (0.0, 0.0)
    gain = found["model"] - found[rival]
    better = metrics.auc_above_chance(bought, scores["model"]) > CERTAIN
    beats = better and low > 0
    signal = beats if needs == "rival" else better
    figures = f"average precision {found['model']:.3f} against {found[rival]:.3f} of {named(rival)}"
    band = f"gain {gain:+.3f}, 95% interval {low:+.3f} to {high:+.3f}"
    if not better:
        word = "No signal: not better than chance beyond its interval"
    elif beats:
        word = "Beats the best naive rival beyond its interval"
    else:
        word = "Better than chance, but not than the best naive rival beyond its interval"
        word = word if signal else f"No signal: {word[0].lower()}{word[1:]}"
    return Verdict.of(
        signal=bool(signal),
        beats_rival=bool(beats),
        rival=rival,
        gain=gain,
        low=low,
        high=high,
        sentence=f"{word}: {figures} ({band}).",
    )


def named(rival: str) -> str:
    """Return a rival's name as one would say it."""
    names = {"base_rate": "chance", "rfm_logistic": "RFM with logistic regression"}
    return names.get(rival, rival)
