"""Next purchases: what customers who were in the same position bought next."""

from __future__ import annotations

import numpy as np

from gosales_lib.features.families import neighbours
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History
from gosales_lib.features.owned import log_ratio

MEANING = "Share of similar customers a window ago who then bought this division, relative to all"


@family(default=False)
def next_purchases(history: History) -> list[Block]:
    """Share of customers with similar products one window ago who have bought the division since.

    The window is as long as the one to predict and ends on the cutoff. One low-rank embedding holds
    this customer by the products owned on the cutoff, and the others by those owned when the window
    began. Weights, prior and the logarithm of the ratio are those of `neighbours`.
    Source: collaborative filtering on the next step of similar customers, Sarwar et al. (2000).
    """
    owned = history.owned
    before = owned.before()
    scale = neighbours.damping(before)
    axes = neighbours.axes(before * scale)
    here, there = (products * scale @ axes for products in (owned.products(), before))
    landmarks = neighbours.spread(np.flatnonzero(before.sum(axis=1)))
    bought = owned.divisions(recent=True)
    share = neighbours.shares(here, there[landmarks], landmarks, bought)
    feature = Feature("next_purchases_lift", None, MEANING, "log lift", "window")
    scores = {feature.name: log_ratio(share, neighbours.average(bought))}
    return [Block.finished(owned.by_division(scores), [feature], (CUSTOMER, DIVISION))]
