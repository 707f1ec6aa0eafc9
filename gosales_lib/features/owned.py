"""The products that customers own, as sparse matrices, for families that learn from all customers.

Rows and columns are sorted and the values are whole numbers, so the matrices are the same to the
bit on every engine, and so is what is learned from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from gosales_lib.core.arrays import Floats
from gosales_lib.features.grains import CUSTOMER, DIVISION, PRODUCT
from gosales_lib.features.run_lengths import positions


def log_ratio(share: Floats, average: Floats) -> Floats:
    """Return ln(share / average): how far a share is above that of all, at any level or season.

    A thousandth is added to both, so that a division without buyers has the value 0.
    """
    return np.log((share + 1e-3) / (average + 1e-3))


@dataclass(frozen=True)
class Owned:
    """The products that each customer bought by the cutoff, and in the last window.

    Parameters
    ----------
    pairs
        customer_id, division, product, recent (bought in the window before the cutoff too),
        earlier (bought before that window): one row per customer and product.
    names
        The divisions, in the layout's order: the columns of what is by division.
    """

    pairs: pl.DataFrame
    names: Sequence[str]

    @cached_property
    def customers(self) -> pl.Series:
        """The customers with a purchase by the cutoff, sorted."""
        return self.pairs[CUSTOMER].unique().sort()

    @cached_property
    def catalogue(self) -> pl.DataFrame:
        """The products bought by the cutoff, each with its division, sorted."""
        return self.pairs.select(DIVISION, PRODUCT).unique().sort(DIVISION, PRODUCT)

    @cached_property
    def _codes(self) -> pl.DataFrame:
        """The pairs with the row of the customer and the column of product and division."""
        row = positions(self.pairs[CUSTOMER], self.customers)
        group = positions(self.pairs[DIVISION], self.names)
        names = [DIVISION, PRODUCT]
        column = self.pairs.select(names).join(
            self.catalogue.with_row_index("column"), names, "left", maintain_order="left"
        )["column"]
        codes = pl.DataFrame([row.alias("row"), column, group.alias("group")])
        codes = codes.with_columns(self.pairs["recent"], self.pairs["earlier"])
        return codes.sort(pl.col("row").cast(pl.Int64) * self.catalogue.height + pl.col("column"))

    def products(self, *, recent: bool = False) -> sparse.csr_array:
        """Return customers x products: 1 where bought (in the last window: `recent`)."""
        return self._matrix("column", self.catalogue.height, "recent" if recent else "")

    def before(self) -> sparse.csr_array:
        """Return customers x products: 1 where bought before the last window."""
        return self._matrix("column", self.catalogue.height, "earlier")

    def divisions(self, *, recent: bool = False) -> Floats:
        """Return customers x divisions: 1 where bought (in the last window: `recent`)."""
        many = self._matrix("group", len(self.names), "recent" if recent else "")
        answer: Floats = np.minimum(many.toarray(), 1.0)
        return answer

    def _matrix(self, column: str, width: int, only: str) -> sparse.csr_array:
        codes = self._codes.drop_nulls(column)
        codes = codes.filter(only) if only else codes
        positions = (codes["row"].to_numpy(), codes[column].to_numpy())
        shape = (len(self.customers), width)
        return sparse.csr_array((np.ones(codes.height), positions), shape=shape)

    @cached_property
    def division_of(self) -> NDArray[np.int64]:
        """The number of each product's division."""
        numbers = {division: i for i, division in enumerate(self.names)}
        return np.array([numbers.get(d, -1) for d in self.catalogue[DIVISION]], dtype=np.int64)

    def spread(self, pairs: pl.DataFrame, value: str) -> Floats:
        """Return a column of customer and division as customers x divisions, 0 where absent."""
        row = positions(pairs[CUSTOMER], self.customers)
        group = positions(pairs[DIVISION], self.names)
        placed = pairs.select(row.alias("row"), group.alias("group"), value).drop_nulls()
        matrix = np.zeros((len(self.customers), len(self.names)))
        matrix[placed["row"].to_numpy(), placed["group"].to_numpy()] = placed[value].to_numpy()
        return matrix

    def by_division(self, scores: dict[str, Floats]) -> pl.DataFrame:
        """Return matrices of customers x divisions as columns: a row per customer and division."""
        people, names = len(self.customers), pl.Series(self.names, dtype=pl.String)
        keys = {
            CUSTOMER: self.customers.gather(np.tile(np.arange(people), len(names))),
            DIVISION: names.gather(np.repeat(np.arange(len(names)), people)),
        }
        return pl.DataFrame(keys | {name: score.T.ravel() for name, score in scores.items()})
