"""The truth: many independent futures from the one state at the cutoff."""

from __future__ import annotations

import numpy as np

from gosales_lib.sample import process
from gosales_lib.sample.population import Population

ELEMENTS = 400_000  # customers x divisions x futures held at once


def truth(
    state: process.State,
    people: Population,
    months: range,
    count: int,
    rng: np.random.Generator,
    prices: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return P(net quantity > 0) and expected gross profit over the months, by division, customer.

    Parameters
    ----------
    prices
        (months, divisions, customers): the mean gross profit of a unit.
    """
    shape = state.owned.shape
    hits, profit = np.zeros(shape), np.zeros(shape)
    batch = max(1, ELEMENTS // max(1, state.owned.size))
    for first in range(0, count, batch):
        futures = state.copies(min(batch, count - first))
        net = np.zeros_like(futures.owned)
        for number, month in enumerate(months):
            bought, back = process.step(futures, people, month, rng)
            change = bought - back
            net += change
            profit += change.sum(1) * prices[number]
        hits += (net > 0).sum(1)
    return hits / count, profit / count
