"""A baseline that a user would try: EASE on customers x products, with decay.

Source: Steck, "Embarrassingly shallow autoencoders for sparse data" (2019).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from gosales_lib.core import timeline

HALF_LIFE = 180  # days
MOST = 1500  # products, the most bought; the inverse costs their cube
FEWEST = 5  # buyers of a product
PENALTY = 0.5  # times the mean of the diagonal


def scores(sales: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return customer_id, division and `recommender`: the division's products' scores, summed.

    Nothing is learned from labels: a product is predicted from the other products of a customer,
    each order day weighted by its age.
    """
    day = timeline.to_day(cutoff)
    known = sales.filter(pl.col("order_day") <= day, pl.col("quantity") > 0)
    days = known.select("customer_id", "product", "division", "order_day").unique()
    weights = days.group_by("customer_id", "product", "division").agg(
        weight=(0.5 ** ((day - pl.col("order_day")) / HALF_LIFE)).sum().clip(0, 1)
    )
    common = weights.group_by("product").len().filter(pl.col("len") >= FEWEST)
    products = common.sort("len", "product", descending=[True, False])["product"].head(MOST)
    some = weights.filter(pl.col("product").is_in(products.implode()))
    customers = known["customer_id"].unique().sort()
    row = some["customer_id"].replace_strict(customers, range(len(customers))).to_numpy()
    column = some["product"].replace_strict(products, range(len(products))).to_numpy()
    bought = np.zeros((len(customers), len(products)), np.float32)
    np.maximum.at(bought, (row, column), some["weight"].to_numpy())
    recommended = bought @ autoencoder(bought)
    division = dict(some.select("product", "division").unique("product").iter_rows())
    of = np.array([division[product] for product in products])
    frames = [
        pl.DataFrame({"customer_id": customers, "recommender": recommended[:, of == name].sum(1)})
        .with_columns(division=pl.lit(name))
        for name in sorted(set(of))
    ]  # fmt: skip
    return pl.concat(frames)


def autoencoder(bought: np.ndarray) -> np.ndarray:
    """Return products x products: the ridge regression of each product on the others."""
    gram = (bought.T @ bought).astype(np.float64)
    gram[np.diag_indices_from(gram)] += PENALTY * np.mean(np.diag(gram))
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(weights, 0.0)
    return weights.astype(np.float32)
