"""The contest: every candidate on the selection cutoff, which it has not seen."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gosales_lib.learning import baselines, metrics, models
from gosales_lib.learning.models import Candidate, Floats
from gosales_lib.learning.rows import FEW_BUYERS, Span, inputs, rarer, recency_weight

FOLDS = 5
OUT_OF_TIME = "out of time"


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
    other customers ("out of fold"); where hardly anybody bought, or hardly anybody did not, by the
    base rate.
    """
    taught = rows.filter(pl.col("cutoff_date").is_in(list(span.teaching)))
    later, later_bought = inputs(judged), judged["bought"].to_numpy()
    unseen = pooled if pooled is not None and pooled.first is not None else None
    if rarer(taught["bought"]) >= FEW_BUYERS:
        how = OUT_OF_TIME
        candidates |= {"pooled": unseen} if unseen is not None else {}
        known, bought = inputs(taught), taught["bought"].to_numpy()
        weight = recency_weight(taught, half_life_months)
        odds = {
            name: candidate.tune(known, bought, weight, later, later_bought).odds(later)
            for name, candidate in candidates.items()
        }
    elif min(rarer(rows["bought"]), rarer(judged["bought"])) >= FEW_BUYERS:
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
