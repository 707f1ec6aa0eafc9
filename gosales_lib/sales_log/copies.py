"""Exact copies of records, over all pieces and files of a log."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import polars as pl

from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.text import Text

COPY = "exact duplicate of an earlier row"


def hashes(text: Text) -> pl.Series:
    """Return a number for each record, the same for exact copies.

    Records of a file are copies where their lines are the same to the letter, but for the line
    end: `1.50` and `1.5` are not, nor are `Ann` and `"Ann"`. Those of a table are where all values
    are the same.
    """
    if text.lines is not None:
        return text.lines.hash(seed=17)
    return text.rows.drop(LINE).hash_rows(seed=17)


def repeated(hashes: pl.Series, pieces: Sequence[pl.Series]) -> pl.Series:
    """Return which records are exact copies of an earlier one, of this piece or of `pieces`."""
    earlier = pl.concat([hashes.clear(), *pieces])
    twice = earlier.filter(earlier.is_in(hashes.implode()))  # few keys, probed by many
    again = ~hashes.is_first_distinct()
    return again | hashes.is_in(twice.implode()) if twice.len() else again


def counted(pieces: Sequence[pl.Series]) -> list[int]:
    """Return how many records of each piece are exact copies of an earlier one."""
    every = pl.concat(pieces)
    ordered = np.sort(every.to_numpy())  # the quickest way to see that there is none
    twice = pl.Series(ordered[1:][ordered[1:] == ordered[:-1]], dtype=every.dtype)
    at = every.is_in(twice.implode()).arg_true()
    again = at.filter(~every.gather(at).is_first_distinct())
    ends = itertools.accumulate(map(len, pieces), initial=0)
    counts: list[int] = np.diff(np.searchsorted(again.to_numpy(), list(ends))).tolist()
    return counts
