"""Context: how well the division sells among other customers of the same rep and branch."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib.core.arrays import Floats
from gosales_lib.features import engines
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History
from gosales_lib.features.owned import log_ratio

PRIOR = 10.0  # average customers added to every rep and branch
PLACES = ("rep", "branch")


@family(default=False)
def context(history: History) -> list[Block]:
    """Share of the rep's and the branch's other customers who recently bought the division.

    "Recently" means in the last window up to the cutoff. The customer itself is left out (an
    out-of-fold target encoding). Ten average customers shrink the share towards that of all
    customers; the feature is the logarithm of the ratio to that share. The rep is that of the
    customer's newest order; of several reps on that day, the first by name counts.
    Source: Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes"
    (2001).
    """
    owned = history.owned
    bought = owned.divisions(recent=True)
    features, scores = [], {}
    for column in PLACES:
        name = f"{column}_buyer_lift"
        scores[name] = others_lift(newest(history, column, owned.customers), bought)
        meaning = f"Share of the {column}'s other customers who bought, relative to all"
        features.append(Feature(name, None, meaning, "log lift", "window"))
    return [Block.finished(owned.by_division(scores), features, (CUSTOMER, DIVISION))]


def newest(history: History, column: str, customers: pl.Series) -> np.ndarray:
    """Return the number of each customer's newest rep or branch; all unknown ones are one."""
    bought = history.lines.filter(history.purchased)
    days = bought.group_by(CUSTOMER, column).agg(nw.col("order_day").max())
    [rows] = engines.fetch([days])
    rows = rows.drop_nulls(column).sort("order_day", column, descending=[True, False])
    first = rows.unique(CUSTOMER, keep="first", maintain_order=True)
    names = pl.DataFrame({CUSTOMER: customers}).join(first, CUSTOMER, "left", maintain_order="left")
    return names[column].fill_null("").rank("dense").to_numpy().astype(int) - 1


def others_lift(group: np.ndarray, bought: Floats) -> Floats:
    """Return customers x divisions: the share of buyers among the rest of a group, as log ratio."""
    if not len(bought):
        return bought
    average = bought.mean(axis=0)
    buyers = np.zeros((group.max() + 1, bought.shape[1]))
    np.add.at(buyers, group, bought)
    size = np.bincount(group)[group][:, None]
    share = (buyers[group] - bought + PRIOR * average) / (size - 1 + PRIOR)
    return log_ratio(share, average)
