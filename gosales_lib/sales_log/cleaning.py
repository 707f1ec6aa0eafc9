"""Names and other texts of a log, without invisible characters at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import normalize

import polars as pl

from gosales_lib.core import keys

_ZEROS = "\u0660\u06f0\u0966\u09e6\u0e50"
"""The digit 0 of Arabic, Persian, Devanagari, Bengali and Thai."""
_OWN_SIGNS = {chr(ord(zero) + n): str(n) for zero in _ZEROS for n in range(10)}
_OWN_SIGNS |= {"\u066b": ".", "\u066c": ","}


def in_ascii(column: pl.Series) -> pl.Series:
    """Return texts with the digits and decimal signs of other scripts written as `0` to `9`."""
    if (column.str.len_bytes() == column.str.len_chars()).all():
        return column
    return column.str.normalize("NFKC").str.replace_many(_OWN_SIGNS)


def text(name: str) -> pl.Expr:
    """Return a column in Unicode's composed form, without white space at its ends.

    No-break spaces are white space, too, and a blank is null.
    """
    return pl.col(name).map_batches(clean, pl.String, is_elementwise=True)


def clean(column: pl.Series) -> pl.Series:
    """Return the texts of a column, see `text`; each distinct one is read once."""
    texts = column.cast(pl.String)
    distinct = keys.distinct(texts)
    plain = distinct.str.strip_chars().replace("", None)
    foreign = (plain.str.len_bytes() != plain.str.len_chars()).arg_true()
    plain = plain.scatter(foreign, plain.gather(foreign).str.normalize("NFC"))
    if plain.equals(distinct):
        return texts
    if distinct is texts:
        return plain
    return texts.replace_strict(distinct, plain, return_dtype=pl.String)


def folded(name: str) -> pl.Expr:
    """Return a column as rules compare it: clean and in lower case; blank is empty."""
    return text(name).fill_null("").str.to_lowercase()


def is_one_of(name: str, values: Sequence[str]) -> pl.Expr:
    """Return which values of a column are listed; case does not matter, and "" is a blank."""
    return folded(name).is_in([normalize("NFC", value.strip().lower()) for value in values])


def begins(name: str, starts: Sequence[str]) -> pl.Expr:
    """Return which values of a column begin with one of some texts; case does not matter."""
    texts = [folded(name).str.starts_with(normalize("NFC", s.strip().lower())) for s in starts]
    return pl.any_horizontal(pl.lit(False), *texts)
