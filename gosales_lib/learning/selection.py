"""Model selection: the champion among the candidates and their blends, over all cutoffs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gosales_lib.core.arrays import Floats
from gosales_lib.learning import baselines, metrics
from gosales_lib.learning.models import Blend, Candidate
from gosales_lib.learning.validation import Validation

TIE = 0.02
MEASURES = {
    "average_precision": metrics.average_precision,
    "capture_10": lambda bought, score: metrics.capture(bought, score, 0.1),
}


@dataclass(frozen=True)
class Champion:
    """The chosen candidate, its members (itself, unless it is a blend) and its validated odds."""

    name: str
    candidate: Candidate
    members: tuple[str, ...]
    odds: Floats


def choose(validation: Validation, by: str = "average_precision") -> Champion:
    """Return the champion: the candidate or blend that ranks best on the validation cutoffs.

    `by` is averaged over the cutoffs. A lead below `TIE` may be chance: then the best blend is
    chosen, because the errors of its members cancel out.

    Raises
    ------
    ValueError
        `by` is not one of `MEASURES`.
    """
    if by not in MEASURES:
        raise ValueError(f"select_by {by!r}: write {' or '.join(MEASURES)}")
    names = [name for name in validation.odds if name != baselines.LEARNED]
    groups = [g for size in range(1, len(names) + 1) for g in itertools.combinations(names, size)]
    means = {group: mean_of(validation, odds_of(validation, group), by) for group in groups}
    best = max(groups, key=means.__getitem__)
    blends = [group for group in groups if len(group) > 1]
    if blends:
        blend = max(blends, key=means.__getitem__)
        best = blend if means[best] - means[blend] < TIE else best
    members = [validation.candidates[name] for name in best]
    candidate, name = (Blend(members), "blend") if len(best) > 1 else (members[0], best[0])
    return Champion(name, candidate, best, odds_of(validation, best))


def odds_of(validation: Validation, names: Sequence[str]) -> Floats:
    """Return the mean log odds of some candidates, one per row of the validation."""
    answer: Floats = np.mean([validation.odds[name] for name in names], axis=0)
    return answer


def mean_of(validation: Validation, score: Floats, by: str) -> float:
    """Return a measure's mean over the validation cutoffs that have buyers; 0 without any."""
    pairs = zip(validation.by_cutoff(validation.bought), validation.by_cutoff(score), strict=True)
    values = [MEASURES[by](b, s) for b, s in pairs if 0 < b.sum() < b.size]
    return float(np.mean(values)) if values else 0.0
