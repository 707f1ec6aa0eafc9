"""The quality of a division's ranking of prospects.

It is measured on real first orders, if earlier windows hold enough of them among known companies
without orders, otherwise by cross-validation on new customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from gosales_lib.core import terms
from gosales_lib.core.arrays import Floats
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.layout import Attribute
from gosales_lib.learning import metrics
from gosales_lib.learning.models.base import expit
from gosales_lib.whitespace import odds
from gosales_lib.whitespace.prospects.population import features, waiting

FEWEST = 20
"""Least number of buyers, and of others, for training a model."""

JUDGED = 10
"""Least number of first orders for judging a ranking."""

FOLDS = 5

DRAWS = 200

CHANCE = 0.5
"""A ranking is shown only if the whole interval of its AUC lies above that of chance."""

BY_CHANCE = 0.025
"""Largest share by chance among the shown rankings, whatever the number of divisions."""

PENALTY = 0.01

Proof = tuple[Floats, Floats] | None
"""The outcomes and the predicted probabilities; None if nothing can be judged."""

FIRST_ORDERS = "first orders of companies that had not ordered"

NEW_CUSTOMERS = "cross-validation on new customers"

NOTHING = "not measurable here"


@dataclass(frozen=True)
class Examples:
    """Companies with their attributes on some days, and whether they bought the division later."""

    features: pd.DataFrame
    bought: Floats

    @classmethod
    def together(cls, many: Sequence[Examples]) -> Examples:
        """Return several sets of examples as one."""
        bought = np.concatenate([each.bought for each in many])
        return cls(pd.concat([each.features for each in many], ignore_index=True), bought)

    @property
    def rarer(self) -> float:
        """Number of buyers or of others, whichever are fewer."""
        return float(min(self.bought.sum(), len(self.bought) - self.bought.sum()))

    @property
    def enough(self) -> bool:
        """Whether the examples are enough to train a model."""
        return self.rarer >= FEWEST

    @property
    def judge(self) -> bool:
        """Whether the examples are enough to judge a ranking."""
        return self.rarer >= JUDGED

    def predict(self, rows: pd.DataFrame, like: Examples | None = None) -> Floats:
        """Return the probabilities of other companies, by a model trained on these.

        With `like` they are moved to the level of some examples (`odds.correction`).
        """
        from gosales_lib.learning.models.logistic import Logistic

        model = Logistic(PENALTY).fit(self.features, self.bought)
        chance = expit(model.odds(rows))
        if like is None:
            return chance
        shift = odds.correction(expit(model.odds(like.features)), like.bought)
        return odds.corrected(chance, shift)

    def at(self, rows: NDArray[np.bool_]) -> Examples:
        """Return some of the examples."""
        return Examples(self.features[rows], self.bought[rows])


Measured = tuple[str, Examples | None, Proof]
"""How a ranking is measured, the examples that train it, and what judges it."""


def waited(
    people: pl.DataFrame,
    first: pl.DataFrame,
    lines: pl.DataFrame,
    window: Window,
    attributes: Sequence[Attribute],
    purchase: Purchase,
) -> Examples:
    """Return the companies without orders on an earlier cutoff, and whether they bought later."""
    rows = waiting(people, first, window.cutoff)
    bought = terms.bought(lines, window, purchase).filter(pl.col("bought") == 1)["customer_id"]
    hit = rows["customer_id"].is_in(bought.implode()).cast(pl.Float64).to_numpy()
    return Examples(features(rows, attributes, window.cutoff), hit)


def by_first_orders(before: Sequence[Examples], windows: Sequence[Window]) -> Measured:
    """Return the judged examples of a division, all examples, and those of the newest window.

    `before` has the examples of each closed window; none where the newest cannot judge.
    """
    closed = [w.end <= windows[-2].cutoff for w in windows[: len(before)]]
    earlier = [each for each, over in zip(before, closed, strict=True) if over]
    if not earlier or not (train := Examples.together(earlier)).enough:
        return NOTHING, None, None
    newest = before[-1]
    if not newest.judge:
        return NOTHING, None, None
    proof = (newest.bought, train.predict(newest.features))
    return FIRST_ORDERS, Examples.together(before), proof


def by_new_customers(
    people: pl.DataFrame,
    first: pl.DataFrame,
    lines: pl.DataFrame,
    window: Window,
    attributes: Sequence[Attribute],
) -> Measured:
    """Return outcomes and out-of-fold predictions of customers who began at least a window ago.

    Bought means within a window's length of the first order.
    """
    length = window.end_day - window.cutoff_day
    began = people.join(first, "customer_id").filter(
        pl.col("first_day") + length <= window.cutoff_day
    )
    days = lines.join(began.select("customer_id", "first_day"), "customer_id")
    soon = days.filter(pl.col("order_day") <= pl.col("first_day") + length, pl.col("quantity") > 0)
    hit = began["customer_id"].is_in(soon["customer_id"].implode()).cast(pl.Float64).to_numpy()
    examples = Examples(features(began, attributes, window.cutoff), hit)
    if not examples.enough:
        return NOTHING, None, None
    fold = np.random.default_rng(17).permutation(len(hit)) % FOLDS
    chance = np.zeros(len(hit))
    for number in range(FOLDS):
        out = fold == number
        chance[out] = examples.at(~out).predict(examples.features[out])
    return NEW_CUSTOMERS, examples, (hit, chance)


def judged(how: str, proof: Proof) -> tuple[dict[str, Any], float]:
    """Return the quality of a ranking (measured, buyers, auc, low, high), and its p-value.

    The p-value is the probability of such an order without skill (Mann and Whitney, 1947); 1 where
    nothing is measured.
    """
    if proof is None:
        return {"measured": how, "buyers": 0} | dict.fromkeys(("auc", "low", "high")), 1.0
    from scipy import stats

    bought, chance = proof
    auc = metrics.auc(bought, chance)
    draw = np.random.default_rng(17).poisson(1.0, (DRAWS, len(bought))).astype(float)
    low, high = metrics.interval(np.array([metrics.auc(bought, chance, w) for w in draw])) or (0, 1)
    test = stats.mannwhitneyu(chance[bought == 1], chance[bought != 1], alternative="greater")
    figures = {"auc": auc, "low": low, "high": high}
    return {"measured": how, "buyers": int(bought.sum()), **figures}, float(test.pvalue)


def better_than_chance(figures: Sequence[Mapping[str, Any]], p_values: Floats) -> list[bool]:
    """Return which rankings are shown; both arguments are as of `judged`, one per division.

    Among many divisions without skill some would pass a test by chance. Their p-values are
    therefore corrected for the number of measured rankings (Benjamini and Hochberg, 1995).
    """
    from scipy import stats

    measured = np.array([row["auc"] is not None for row in figures], bool)
    corrected = np.ones(len(measured))
    if measured.any():
        corrected[measured] = stats.false_discovery_control(p_values[measured])
    above = [row["low"] is not None and row["low"] > CHANCE for row in figures]
    return [*map(bool, (corrected <= BY_CHANCE) & np.array(above, bool))]


def checked(
    ranked: pl.DataFrame, qualities: list[dict[str, Any]], outcome: pl.DataFrame | None
) -> list[dict[str, Any]]:
    """Return the quality with the later result of the prospects: later_buyers and later_auc.

    Both are null where the window's sales are not known, the AUC also where too few bought.

    Parameters
    ----------
    outcome
        customer_id, division and bought of the window.
    """
    rows = []
    for row in qualities:
        later: dict[str, Any] = {"later_buyers": None, "later_auc": None}
        mine = ranked.filter(division=row["division"])
        if outcome is not None and mine.height:
            both = mine.join(outcome, KEYS, "left", maintain_order="left")
            bought = both["bought"].fill_null(0).to_numpy()
            later["later_buyers"] = int(bought.sum())
            if JUDGED <= bought.sum() < len(bought):
                later["later_auc"] = metrics.auc(bought, mine["probability"].to_numpy())
        rows.append(row | later)
    return rows


def sentence(row: Mapping[str, Any]) -> str:
    """Return one sentence on the reliability of a division's ranking of prospects."""
    name = row["division"]
    if row["measured"] == NOTHING:
        return f"{name}: {NOTHING}, too few first orders of companies whose attributes are known."
    text = (
        f"{name}: AUC {row['auc']:.2f} ({row['low']:.2f} to {row['high']:.2f}) on "
        f"{row['buyers']:,} buyers by {row['measured']}"
    )
    if not row["ranked"]:
        above = "above chance, but too weak for one of several rankings"
        why = above if row["low"] > CHANCE else "no better than chance"
        return f"{text}: {why}, so no prospect is ranked."
    of = (
        "a purchase in the window, at the level of the same season a year before where there is "
        "one; still too high where companies entered the file as they became customers"
    )
    if row["measured"] == NEW_CUSTOMERS:
        of = "a purchase by a company that becomes a customer; which ones do is not measurable here"
    return f"{text}; the probability is of {of}."
