"""Small reports as the notebooks write them: measured, judged and summed by the real functions."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.learning import calibration, card, comparison
from gosales_lib.reports.training import Training

CUTOFF = date(2024, 12, 31)
SELECTION = date(2024, 6, 30)
SIZE = 40
BASELINES = ("base_rate", "recency", "frequency", "rfm_logistic")


@cache
def scored(quality: float = 1.0) -> pl.DataFrame:
    """Return customers with a probability of that quality, each baseline's score, and purchases."""
    rng = np.random.default_rng(17)
    truth = np.linspace(0.9, 0.1, SIZE)
    bought = (rng.random(SIZE) < truth).astype(int)
    noise = rng.random((len(BASELINES), SIZE))
    mixed = 0.05 + 0.9 * (quality * truth + (1 - quality) * noise[0])
    return pl.DataFrame(
        {
            "customer_id": [f"C{n:02}" for n in range(1, SIZE + 1)],
            "bought": bought,
            "new": [n % 2 == 0 for n in range(SIZE)],
            "gp_window": 100.0 * bought,
            "probability": mixed,
            "base_rate": np.full(SIZE, bought.mean()),
            **{n: (truth + noise[i]) / 2 for i, n in enumerate(BASELINES[1:], 1)},
        }
    )


@cache
def measured(quality: float = 1.0) -> pl.DataFrame:
    """Return the table of a blend and its baselines on those customers."""
    rows = scored(quality)
    scores: dict[str, Any] = {"blend": ("candidate", rows["probability"].to_numpy(), True)}
    for name in BASELINES:
        scores[name] = ("baseline", rows[name].to_numpy(), name in ("base_rate", "rfm_logistic"))
    new = rows["new"].to_numpy()
    return comparison.measure(rows["bought"].to_numpy(), new, scores, rows["gp_window"].to_numpy())


def training(
    division: str, *, signal: bool = True, beats: bool = False, quality: float = 1.0, **more: Any
) -> Training:
    """Return the report of 03_train of a division that passed its quality gate, or did not."""
    rows, table = scored(quality), measured(quality)
    passed = "better than the best baseline" if beats else "as good as a simple baseline"
    outcome = passed if signal else "no signal"
    sizes = {"rows": 80, "features": 9, "customers": SIZE, "buyers": int(rows["bought"].sum())}
    found: dict[str, Any] = {
        "division": division,
        "cutoff": CUTOFF,
        "data": sizes | {"fingerprints": {"labels.parquet": "0" * 64}},
        "selection_cutoff": SELECTION,
        "validation_cutoffs": [SELECTION],
        "training_cutoffs": [date(2024, 3, 31), SELECTION],
        "judged": "out of time",
        "champion": "blend",
        "members": ["logistic", "lightgbm"],
        "calibration": {"method": "platt", "odds_slope": 1.1, "season_shift": 0.1}
        | {"trend_shift": -0.05, "level_error": 0.2}
        | calibration.summary(rows["probability"].to_numpy(), rows["bought"].to_numpy()),
        **card.segment(table, "all"),
        "new_to_division": card.segment(table, "new to division"),
        "verdict": {
            "signal": signal,
            "beats_rival": signal and beats,
            "rival": "recency",
            "gain": 0.1,
            "low": 0.01 if beats else -0.01,
            "high": 0.2,
            "sentence": f"{division} is judged.",
            "outcome": outcome,
        },
        "params": {"seed": 17, "logistic": {"c": 0.1}},
    }
    return Training.of(**found | more)
