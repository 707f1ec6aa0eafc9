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


@dataclass(frozen=True)
class Champion:
    """The chosen candidate, its members (itself, unless it is a blend) and its validated odds."""

    name: str
    candidate: Candidate
    members: tuple[str, ...]
    odds: Floats


def choose(validation: Validation) -> Champion:
    """Return the champion: the candidate or blend that ranks best on the validation cutoffs.

    Average precision is averaged over the cutoffs. A lead below `TIE` may be chance: then the best
    blend is chosen, because the errors of its members cancel out.
    """
    names = [name for name in validation.odds if name != baselines.LEARNED]
    groups = [g for size in range(1, len(names) + 1) for g in itertools.combinations(names, size)]
    means = {group: precision_of(validation, odds_of(validation, group)) for group in groups}
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


def precision_of(validation: Validation, score: Floats) -> float:
    """Return the mean average precision of the validation cutoffs with buyers; 0 without any."""
    pairs = zip(validation.by_cutoff(validation.bought), validation.by_cutoff(score), strict=True)
    values = [metrics.average_precision(b, s) for b, s in pairs if 0 < b.sum() < b.size]
    return float(np.mean(values)) if values else 0.0
