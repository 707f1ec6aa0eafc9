"""Next purchases: what customers who were in the same position bought next."""

from __future__ import annotations

import numpy as np

from gosales_lib.features.families import neighbours
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History
from gosales_lib.features.owned import log_ratio


@family(default=False)
def next_purchases(history: History) -> list[Block]:
    """The share of customers with similar products one window ago who bought the division since.

    The window is as long as the one that is predicted and ends on the cutoff. One low-rank
    embedding holds this customer by the products owned on the cutoff, and the others by those owned
    when the window began; weights and prior as in `neighbours`, as a logarithm of the ratio.
    Source: collaborative filtering by the like's next step, Sarwar et al. (2000).
    """
    owned = history.owned
    before = owned.before()
    scale = neighbours.damping(before)
    axes = neighbours.axes(before * scale)
    here, there = (products * scale @ axes for products in (owned.products(), before))
    landmarks = neighbours.spread(np.flatnonzero(before.sum(axis=1)))
    bought = owned.divisions(recent=True)
    share = neighbours.shares(here, there[landmarks], landmarks, bought)
    feature = Feature(
        "next_purchases_lift",
        None,
        "How many more of those who owned the like bought it next than of others",
        "log lift",
        "window",
    )
    scores = {feature.name: log_ratio(share, neighbours.average(bought))}
    return [Block.finished(owned.by_division(scores), [feature], (CUSTOMER, DIVISION))]
