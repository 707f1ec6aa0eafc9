"""Neighbours: what customers with a similar history bought of the division on sale."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from gosales_lib.core.arrays import Floats, one_thread
from gosales_lib.features.family import Block, Feature, Sentence, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History
from gosales_lib.features.owned import Owned, log_ratio

RANK = 8  # dimensions of taste
LANDMARKS = 500  # customers that all customers are compared with, spread evenly over the sorted ids
NEAREST = 10  # the distance to this landmark is the reach of a neighbourhood
PRIOR = 1.0  # average neighbours added to every customer
SLICE = 20_000  # customers per step: 40 MB
SEED = 17
OWNED = "Share of similar customers who own this division"
RECENT = "Share of similar customers who recently bought this division, relative to all"
SENTENCES = (
    Sentence("neighbours_owned_share", "{n:.0%} of similar customers own {division}"),
    Sentence("neighbours_recent_lift", "similar customers lately bought {division} {often}"),
)


@family(sentences=SENTENCES)
@one_thread
def neighbours(history: History) -> list[Block]:
    """Shares of similar customers who own the division, and who bought it in the last window.

    Customers are similar if they are close in a low-rank embedding of customers x products (ever
    owned, and recently bought), learned at the cutoff. A neighbour's weight falls with the squared
    distance; a customer is never its own neighbour. All customers are compared with the same 500
    customers, so the cost is linear. The recent share becomes the logarithm of its ratio to the
    share of all customers, so that a season does not move it.
    Source: latent taste by SVD, Sarwar et al. (2000); weights, Nadaraya (1964), Watson (1964).
    """
    owned = history.owned
    points, landmarks = embedding(owned), spread(np.arange(len(owned.customers)))
    recent = owned.divisions(recent=True)
    bought = np.hstack([owned.divisions(), recent])
    share, lately = np.hsplit(shares(points, points[landmarks], landmarks, bought), 2)
    features = [
        Feature("neighbours_owned_share", None, OWNED, "share"),
        Feature("neighbours_recent_lift", None, RECENT, "log lift", "window"),
    ]
    values = (share, log_ratio(lately, average(recent)))
    scores = {feature.name: score for feature, score in zip(features, values, strict=True)}
    return [Block.finished(owned.by_division(scores), features, (CUSTOMER, DIVISION))]


def embedding(owned: Owned) -> Floats:
    """Return customers x dimensions: products owned and lately bought, the common ones damped."""
    parts = [owned.products(), owned.products(recent=True)]
    history = sparse.csr_array(sparse.hstack([part * damping(part) for part in parts]))
    answer: Floats = history @ axes(history)
    return answer


def damping(products: sparse.csr_array) -> Floats:
    """Return the weight of each product: products with many owners say less."""
    return (5 + np.asarray(products.sum(axis=0))).ravel() ** -0.5


def axes(history: sparse.csr_array) -> Floats:
    """Return products x dimensions: the directions in which customers differ most."""
    from sklearn.utils.extmath import randomized_svd  # late: its import takes a second

    rank = min(RANK, *history.shape)
    if rank == 0:
        return np.zeros((history.shape[1], 1))
    *_, components = randomized_svd(history, rank, n_iter=4, random_state=SEED)
    answer: Floats = components.T
    return answer


def spread(customers: np.ndarray) -> np.ndarray:
    """Return at most `LANDMARKS` of the customers, evenly spread."""
    some = np.unique(np.linspace(0, len(customers) - 1, LANDMARKS).astype(int))
    answer: np.ndarray = customers[some[: len(customers)]]
    return answer


def shares(points: Floats, there: Floats, landmarks: np.ndarray, bought: Floats) -> Floats:
    """Return customers x columns of `bought`: the weighted share of the landmarks that bought.

    It is shrunk towards the average by `PRIOR`. Customers are weighted `SLICE` at a time.

    Parameters
    ----------
    points, there
        Where the customers stand, and where the landmarks do.
    landmarks
        Which customers the landmarks are.
    bought
        Customers x what may have been bought: 0 or 1.
    """
    usual, taken = average(bought), bought[landmarks].astype(np.float32)
    near = reach(points[landmarks], there)
    parts = [np.empty((0, bought.shape[1]))]
    for start in range(0, len(points), SLICE):
        away = distances(points[start : start + SLICE], there, landmarks - start)
        weight = np.exp(away / -near) if near else np.zeros_like(away)
        total = weight.sum(axis=1, keepdims=True, dtype=float)
        parts.append((weight @ taken + PRIOR * usual) / (total + PRIOR))
    return np.concatenate(parts)


def distances(points: Floats, there: Floats, landmarks: np.ndarray) -> Floats:
    """Return customers x landmarks, squared; a customer's own is infinite: nobody is their own."""
    here, other = points.astype(np.float32), there.astype(np.float32)  # precise enough
    distance = (here**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)
    distance -= 2 * here @ other.T
    np.maximum(distance, 0.0, out=distance)
    among = (landmarks >= 0) & (landmarks < len(points))
    distance[landmarks[among], np.flatnonzero(among)] = np.inf
    answer: Floats = distance
    return answer


def reach(points: Floats, there: Floats) -> float:
    """Return the squared distance at which a weight falls to 1 / e; 0 where none has another.

    It is that from a landmark to its `NEAREST`, in the median, and not under a tenth of the mean:
    many equal customers would make it 0.
    """
    if len(points) < 2:
        return 0.0
    distance = distances(points, there, np.arange(len(points)))
    nth = min(NEAREST, len(points) - 1) - 1
    nearest = np.median(np.partition(distance, nth, axis=1)[:, nth])
    return float(max(nearest, distance[np.isfinite(distance)].mean() / 10, 1e-9))


def average(bought: Floats) -> Floats:
    """Return the share of all customers that bought, by division; 0 without customers."""
    return bought.mean(axis=0) if len(bought) else np.zeros(bought.shape[1])
