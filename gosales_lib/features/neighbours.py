"""Neighbours: what customers with the like history bought of the division on sale."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from gosales_lib.features.known import CUSTOMER, DIVISION, Known
from gosales_lib.features.owned import Floats, Owned, log_ratio
from gosales_lib.features.registry import Block, Feature, family

RANK = 8  # dimensions of taste
LANDMARKS = 500  # customers that everybody is compared with, spread evenly over the sorted ids
NEAREST = 10  # the distance to this landmark is the reach of a neighbourhood
PRIOR = 1.0  # neighbours of average taste added to every customer
SEED = 17


@family()
def neighbours(known: Known) -> list[Block]:
    """How many of the nearest customers own the division, or bought it in the last window.

    Near is near in a low-rank embedding of customers x products (ever owned, and lately bought),
    learned at the cutoff; a neighbour's weight falls with the squared distance, and a customer is
    never their own neighbour. Everybody is compared with the same 500 customers, so the cost is
    linear. What was lately bought is told as the logarithm of its ratio to the share of all
    customers, which a season does not move.
    Source: latent taste by SVD, Sarwar et al. (2000); weights, Nadaraya (1964), Watson (1964).
    """
    owned = known.owned
    place, landmarks = embedding(owned), spread(np.arange(len(owned.customers)))
    weights = neighbourhood(place, place[landmarks], landmarks), landmarks
    own, recent = owned.divisions(), owned.divisions(recent=True)
    scores = {
        "neighbours_owned_share": smoothed(*weights, own),
        "neighbours_recent_lift": log_ratio(smoothed(*weights, recent), average(recent)),
    }
    features = [
        Feature("neighbours_owned_share", None, "Share of like customers who own it", "share"),
        Feature(
            "neighbours_recent_lift",
            None,
            "How many more like customers lately bought it than others",
            "log lift",
            "window",
        ),
    ]
    return [Block.finished(owned.by_division(scores), features, (CUSTOMER, DIVISION))]


def embedding(owned: Owned) -> Floats:
    """Return customers x dimensions: products owned and lately bought, the common ones damped."""
    parts = [owned.products(), owned.products(recent=True)]
    history = sparse.csr_array(sparse.hstack([part * damping(part) for part in parts]))
    return history @ axes(history)


def damping(products: sparse.csr_array) -> Floats:
    """Return the weight of each product: the more own it, the less it tells."""
    return (5 + np.asarray(products.sum(axis=0))).ravel() ** -0.5


def axes(history: sparse.csr_array) -> Floats:
    """Return products x dimensions: the directions in which customers differ most."""
    rank = min(RANK, *history.shape)
    if rank == 0:
        return np.zeros((history.shape[1], 1))
    *_, found = randomized_svd(history, rank, n_iter=4, random_state=SEED)
    return found.T


def spread(customers: np.ndarray) -> np.ndarray:
    """Return at most `LANDMARKS` of the customers, evenly spread."""
    some = np.unique(np.linspace(0, len(customers) - 1, LANDMARKS).astype(int))
    return customers[some[: len(customers)]]


def neighbourhood(place: Floats, there: Floats, landmarks: np.ndarray) -> Floats:
    """Return customers x landmarks: the weight of each.

    Parameters
    ----------
    place, there
        Where the customers stand, and where the landmarks do.
    landmarks
        Which customers the landmarks are.
    """
    here, other = place.astype(np.float32), there.astype(np.float32)  # finer than taste is known
    distance = (here**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)
    distance -= 2 * here @ other.T
    np.maximum(distance, 0.0, out=distance)
    distance[landmarks, np.arange(len(landmarks))] = np.inf  # nobody is their own neighbour
    if len(landmarks) < 2:
        return np.zeros_like(distance)
    nth = min(NEAREST, len(landmarks) - 1) - 1
    nearest = np.partition(distance[landmarks], nth, axis=1)[:, nth]
    usual = distance[np.isfinite(distance)].mean()  # many twins leave no distance to go by
    reach = max(np.median(nearest), usual / 10, np.float32(1e-9))
    distance /= -reach
    return np.exp(distance, out=distance)


def average(bought: Floats) -> Floats:
    """Return the share of all customers that bought, by division; 0 where there is nobody."""
    return bought.mean(axis=0) if len(bought) else np.zeros(bought.shape[1])


def smoothed(weight: Floats, landmarks: np.ndarray, bought: Floats) -> Floats:
    """Return the weighted share of the landmarks that bought, drawn to the average by `PRIOR`."""
    total = weight.sum(axis=1, keepdims=True, dtype=float)
    buyers = weight @ bought[landmarks].astype(weight.dtype)
    return (buyers + PRIOR * average(bought)) / (total + PRIOR)
