"""Sums over very many small groups in Polars: rows are sorted by one whole number per key.

A log has nearly as many orders as rows. Hashing several text keys per row and sorting the result
takes twice as long as one sort by a number and sums over runs of equal numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

BITS = 63  # of a whole number that is not negative
FEWEST = 16  # bits of a text's hash: with fewer too many would be alike
PLACE = "_place"


def keyed(rows: pl.LazyFrame, keys: Sequence[str]) -> pl.LazyFrame:
    """Return the rows with text keys as Enum: whole numbers with the keys' text and order.

    The keys stay in memory, so that each text is looked up only once.
    """
    names = rows.collect_schema().names()
    texts = rows.select(keys).collect().get_columns()
    with ThreadPoolExecutor(len(keys)) as pool:
        numbers = pl.DataFrame(list(pool.map(numbered, texts))).lazy()
    return pl.concat([rows.drop(keys), numbers], how="horizontal").select(names)


def numbered(texts: pl.Series) -> pl.Series:
    """Return texts as Enum; a run of equal texts, as in an invoice, is looked up once."""
    begins = texts.ne_missing(texts.shift()) | (pl.int_range(len(texts), eager=True) == 0)
    each = texts.filter(begins)
    return each.cast(pl.Enum(each.unique().drop_nulls().sort())).gather(begins.cum_sum() - 1)


def positions(column: pl.Series, among: pl.Series | Sequence[str]) -> pl.Series:
    """Return where each value stands in `among`, null where it does not."""
    if isinstance(column.dtype, pl.Enum):  # of its few values each is looked up once
        return positions(column.dtype.categories, among).gather(column.to_physical())
    values = pl.Series(among, dtype=pl.String)
    return column.cast(pl.Enum(values), strict=False).to_physical().cast(pl.Int64)


def summed(rows: pl.DataFrame, keys: Sequence[str], values: Sequence[nw.Expr]) -> pl.DataFrame:
    """Return one row per key, in the order of the keys: the keys, then `values` added up.

    Parameters
    ----------
    keys
        Enum and whole-number columns, of which the last may be a text: that is in no order.
    """
    ranks = places(rows.select(keys))
    if ranks is None:
        return hashed(rows, keys, values)
    ordered = rows.with_columns(pl.Series(PLACE, ranks)).sort(PLACE)
    begins = (ordered[PLACE] != ordered[PLACE].shift()).fill_null(True)
    differs = ordered.select(pl.any_horizontal(pl.col(keys) != pl.col(keys).shift()))
    if (differs.to_series() & ~begins).any():  # two texts with one hash
        return hashed(rows, keys, values)
    run = begins.cum_sum().to_numpy() - 1
    added = [
        pl.Series(v.name, np.bincount(run, v.to_numpy())).cast(v.dtype)
        for v in evaluated(ordered, values)
    ]
    return ordered.select(keys).filter(begins).with_columns(added)


def hashed(rows: pl.DataFrame, keys: Sequence[str], values: Sequence[nw.Expr]) -> pl.DataFrame:
    """Return the same by Polars' own group-by: slower, and for keys of any kind."""
    every = rows.select(keys).with_columns(evaluated(rows, values).get_columns())
    return every.group_by(keys).agg(pl.all().sum()).sort(keys)


def evaluated(rows: pl.DataFrame, values: Sequence[nw.Expr]) -> pl.DataFrame:
    """Return the values of each row."""
    return nw.from_native(rows).select(*values).to_native()


def places(keys: pl.DataFrame) -> NDArray[np.int64] | None:
    """Return one whole number per row, in the order of the keys; None if it cannot hold them."""
    ranks, left = np.zeros(keys.height, dtype=np.int64), BITS
    for key in keys:
        if key.is_empty() or key.has_nulls():
            return None
        if key.dtype == pl.String:
            bits, low = max(left, FEWEST), 0
            number = (key.hash(seed=17) // 2 ** (64 - bits)).to_numpy()
        else:
            number = key.to_physical().to_numpy()
            low = int(number.min())
            bits = (int(number.max()) - low).bit_length()
        left -= bits
        if left < 0:
            return None
        ranks <<= bits
        np.add(ranks, number, out=ranks, casting="unsafe")
        ranks -= low
    return ranks
