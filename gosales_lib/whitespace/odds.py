"""Corrects the probability of a first purchase where the model predicts too much for newcomers.

A model is calibrated over all customers. Customers who own the division outweigh those who never
bought it, and the latter may buy less (or more) than predicted. The validation cutoff shows by how
much: a model that had not seen its customers predicted them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from gosales_lib.core.arrays import Floats

PRIOR_SD = 1.0
"""Prior standard deviation of the correction, on the log odds."""
EDGE = 1e-6
STEPS = 50


def correction(predicted: ArrayLike, bought: ArrayLike) -> float:
    """Return the log odds to add so that predicted purchases equal observed ones (0 or 1).

    The intercept of a logistic regression with the predicted log odds as offset, shrunk to 0 by a
    normal prior of `PRIOR_SD` (maximum a posteriori, by Newton's steps): without rows it is 0.
    """
    offset = _odds(predicted)
    observed = float(np.sum(np.asarray(bought, float)))
    shift = 0.0
    for _ in range(STEPS):
        p = expit(offset + shift)
        slope = observed - p.sum() - shift / PRIOR_SD**2
        step = slope / ((p * (1 - p)).sum() + 1 / PRIOR_SD**2)
        shift += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-10:
            break
    return shift


def corrected(probability: ArrayLike, shift: ArrayLike) -> Floats:
    """Return the probabilities with `shift` added to their log odds: their order stays."""
    answer: Floats = expit(_odds(probability) + np.asarray(shift, float))
    return answer


def _odds(probability: ArrayLike) -> Floats:
    answer: Floats = logit(np.clip(np.asarray(probability, float), EDGE, 1 - EDGE))
    return answer
