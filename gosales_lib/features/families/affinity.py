"""Affinity: how strongly the customer's products predict the division on sale."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from gosales_lib.core.arrays import Floats
from gosales_lib.features.family import Block, Feature, Sentence, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History
from gosales_lib.features.owned import Owned

SHRINKAGE = 20.0  # average customers added to every product
SENTENCES = (
    Sentence("affinity_recent_lift", "what it bought lately goes {well} with {division}"),
    Sentence("affinity_owned_lift", "what it owns goes {well} with {division}"),
)


def log_lift(owners: sparse.csr_array, bought: Floats) -> Floats:
    """Return products x divisions: how much likelier an owner is to buy, as a logarithm.

    Lift is P(buys | owns) / P(buys); adding `SHRINKAGE` customers who buy at the average rate
    keeps a product of few owners near 0, which is no effect.
    Source: lift, Brin et al., "Dynamic itemset counting" (1997); the shrinkage is a Beta prior.
    """
    rate = np.maximum(bought.mean(axis=0), 1e-9) if len(bought) else np.ones(bought.shape[1])
    owner_count = np.asarray(owners.sum(axis=0)).reshape(-1, 1)
    both = owners.T @ bought
    answer: Floats = np.log((both + SHRINKAGE * rate) / (owner_count + SHRINKAGE) / rate)
    return answer


@family(sentences=SENTENCES)
def affinity(history: History) -> list[Block]:
    """Sums of log lifts over the customer's products of other divisions.

    `affinity_recent_lift` uses the products that the customer bought in the last window (as long
    as the window to predict), with lifts between purchases in that window. `affinity_owned_lift`
    uses all products that the customer ever bought, with lifts from what their owners bought in
    the last window. All lifts come from rows up to the cutoff and shrink to no effect where a
    product has few owners.
    Source: lift, Brin et al., "Dynamic itemset counting" (1997).
    """
    owned = history.owned
    recent = owned.divisions(recent=True)
    features, scores = [], {}
    for name, lately in (("affinity_recent_lift", True), ("affinity_owned_lift", False)):
        when, window = ("recently", "window") if lately else ("ever", "all")
        meaning = f"Association of products {when} bought with this division"
        features.append(Feature(name, None, meaning, "log lift", window, 0))
        scores[name] = evidence(owned, recent, lately)
    return [Block.finished(owned.by_division(scores), features, (CUSTOMER, DIVISION))]


def evidence(owned: Owned, bought: Floats, lately: bool) -> Floats:
    """Return customers x divisions: the sum of log lifts of the products of other divisions."""
    products = owned.products(recent=lately)
    elsewhere = owned.division_of[:, None] != np.arange(bought.shape[1])[None, :]
    answer: Floats = products @ (log_lift(products, bought) * elsewhere)
    return answer
