"""The MBG/NBD model: customers buy at random, each at its own rate, until they drop out."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

from gosales_lib.core.arrays import Floats

SAMPLE = 2000  # customers that the four parameters are fitted to, spread evenly over the rows
LIMIT = 6.0  # of a parameter's logarithm
YEAR = 365.25


def log_likelihood(parameters: Floats, x: Floats, last: Floats, age: Floats) -> Floats:
    """Return the log likelihood of each customer; dropout may follow any purchase.

    Parameters
    ----------
    parameters
        r and alpha (the pace's gamma distribution), a and b (the dropout's beta distribution).
    x, last, age
        Repeated purchases, time from the first purchase to the last, and to the cutoff.
    Source: Batislam, Denizel and Filiztekin, "Empirical validation and comparison of models for
    customer base analysis" (2007).
    """
    r, alpha, a, b = parameters
    pace = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x + 1) - (r + x) * np.log(alpha + age)
    gone = betaln(a + 1, b + x) - (r + x) * np.log(alpha + last)
    answer: Floats = pace - betaln(a, b) + np.logaddexp(alive, gone)
    return answer


def fit(x: Floats, last: Floats, age: Floats) -> Floats:
    """Return r, alpha (in the unit of `age`), a and b of the greatest likelihood."""
    some = np.unique(np.linspace(0, len(x) - 1, SAMPLE).astype(int))

    def loss(logs: Floats) -> float:
        mean = log_likelihood(np.exp(logs), x[some], last[some], age[some]).mean()
        return float(-mean + 1e-3 * (logs**2).sum())  # a weak prior: one customer fits anything

    answer: Floats = np.exp(
        minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=[(-LIMIT, LIMIT)] * 4).x
    )
    return answer


def purchase_probability(
    parameters: Floats, x: Floats, last: Floats, age: Floats, window: float
) -> Floats:
    """Return the probability that a customer is active and buys at least once in the window."""
    r, alpha, a, b = parameters
    odds = np.log(a) - np.log(b + x) + (r + x) * np.log((alpha + age) / (alpha + last))
    alive = 1 / (1 + np.exp(np.minimum(odds, 700.0)))
    answer: Floats = alive * -np.expm1((r + x) * np.log((alpha + age) / (alpha + age + window)))
    return answer
