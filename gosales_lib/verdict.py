"""The verdict: whether a model beats the best naive rival beyond its interval."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from gosales_lib import metrics
from gosales_lib.baselines import NAIVE

NO_SIGNAL = "no signal"


@dataclass(frozen=True)
class Verdict:
    """What may be said of a model.

    `gain` is the model's average precision less the rival's, `low` and `high` its 95% interval by
    a bootstrap over customers; `signal` is true where the whole interval lies above 0.
    """

    signal: bool
    rival: str
    gain: float | None
    low: float | None
    high: float | None
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def judge(selection: pl.DataFrame, division: str, *, draws: int = 400, seed: int = 17) -> Verdict:
    """Return the verdict on the selection cutoff's rows.

    Parameters
    ----------
    selection
        bought, probability (calibrated out of fold) and a column of scores for each naive rival.
    """
    bought = selection["bought"].to_numpy().astype(float)
    buyers = int(bought.sum())
    if buyers < 2 or buyers == len(bought):
        reason = f"{buyers} of {len(bought)} known customers bought {division} in the window"
        return Verdict(False, "none", None, None, None, f"No signal: {reason} that judges.")
    scores = {name: selection[name].to_numpy() for name in NAIVE}
    found = {n: metrics.average_precision(bought, s) for n, s in scores.items()}
    rival = max(found, key=found.__getitem__)
    model = selection["probability"].to_numpy()
    drawn = metrics.bootstrap(
        bought,
        {"model": model, "rival": scores[rival]},
        metrics.average_precision,
        draws=draws,
        seed=seed,
    )
    gain = metrics.average_precision(bought, model) - found[rival]
    low, high = metrics.interval(drawn["model"] - drawn["rival"]) or (None, None)
    signal = low is not None and low > 0
    figures = f"average precision {found[rival] + gain:.3f} against {found[rival]:.3f} of {rival}"
    band = f"gain {gain:+.3f}, 95% interval {low:+.3f} to {high:+.3f}"
    word = "Beats" if signal else "No signal: does not beat"
    sentence = f"{word} the best naive rival beyond its interval: {figures} ({band})."
    return Verdict(signal, rival, gain, low, high, sentence)
