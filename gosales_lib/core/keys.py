"""The one rule for reading keys, for every file: the log, customers, assets and exclusions.

A key is text without white space at its ends and without invisible characters (no-break
and zero-width spaces, byte-order marks), in Unicode's composed form (NFC). A whole number that a
spreadsheet wrote as `13085.0` or `13085,00` is `13085`; `="007"` and `'007`, written so that a
spreadsheet keeps zeros, are `007`. A placeholder (`NULL`, `N/A`, `-`) is null.
Upper and lower case and leading zeros are kept: they may tell two customers apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

BLANKS: tuple[str, ...] = (
    "",
    "-",
    "--",
    "\u2013",
    "\u2014",
    "null",
    "none",
    "nan",
    "nat",
    "n/a",
    "na",
    "n.a.",
)
BLANKS += ("#n/a", "#na", "<na>", "<null>", "(null)", "(blank)", "(none)", "\\n")
BLANKS += ("#nv", "#yok", "#saknas!", "#puuttuu!", "#puudub!", "#hiányzik", "#nedostupný")
BLANKS += ("#není_k_dispozici", "#n/d!")  # Excel's #N/A elsewhere, and (blank)
BLANKS += ("(leer)", "(vide)", "(en blanco)", "(vuoto)", "(em branco)", "(leeg)", "(tom)")
BLANKS += ("(vazio)", "(vacío)", "n/d", "(puste)", "(prázdné)", "(boş)", "(пусто)", "(空白)")
BLANKS += ("(tühi)", "(tyhjä)", "(üres)", "(tuščia)", "(tukšs)", "(prazno)", "(празно)", "(κενό)")
"""Placeholders for a missing value, in lower case."""
NOT_AVAILABLE = r"^#\p{Lu}{1,3}/\p{Lu}{1,5}$"
"""Excel's `#N/A` in any language: `#N/D`, `#I/T`."""
SPELLED_BLANKS = sorted({way(b) for b in BLANKS for way in (str, str.upper, str.title)} | {"NaN"})
UNSEEN = "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
"""Characters without width: they change a key, but a reader cannot see them."""
UNUSUAL = ["  ", "\t", "\n", "\r", ".0", ",0", '="', "'"]
WHOLE = r"^(\d+)(?:\.0+|,00?)$"
WRAPPED = r"""^="([^"]*)"$|^'([^']+)$"""
"""How spreadsheets mark a number as text: `="007"` or `'007`."""
EXAMPLES = 3
LOOKED_AT = 1_000
"""Values that show whether the texts of a column recur."""


@dataclass(frozen=True)
class Changed:
    """What the normaliser changed: how many values, and examples as (written, read)."""

    values: int = 0
    examples: tuple[tuple[str, str], ...] = ()

    def __add__(self, other: Changed) -> Changed:
        examples = (*self.examples, *other.examples)[:EXAMPLES]
        return Changed(self.values + other.values, examples)


NOTHING = Changed()


def normal(name: str) -> pl.Expr:
    """Return a column of keys in their normal form; a blank is null."""
    return pl.col(name).cast(pl.String).map_batches(normalised, is_elementwise=True)


def normalised(keys: pl.Series) -> pl.Series:
    """Return keys in their normal form; a blank is null."""
    return read(keys)[0]


def read(written: pl.Series) -> tuple[pl.Series, Changed]:
    """Return keys in their normal form, and the changes other than blanks and outer spaces.

    A column whose distinct values are normal is returned as it is.
    """
    keys = written.cast(pl.String)
    some = distinct(keys)
    read_as = _normal(some.str.strip_chars())
    if read_as.equals(some):
        return keys, NOTHING
    plain = keys.str.strip_chars()
    keys = read_as if some is keys else _normal(plain)
    return keys, NOTHING if keys.equals(plain) else changes(plain, keys)


def distinct(texts: pl.Series) -> pl.Series:
    """Return the distinct texts of a column, or the column itself where few of them recur."""
    some = texts.head(LOOKED_AT)
    return texts if 2 * some.n_unique() > len(some) else texts.unique()


def _normal(keys: pl.Series) -> pl.Series:
    """Return keys without outer spaces in their normal form.

    The costly steps run only where a look at the whole column shows a value that needs them.
    """
    foreign = not keys.str.len_bytes().equals(keys.str.len_chars())
    if foreign:
        keys = keys.str.replace_all(UNSEEN, "").str.normalize("NFC").str.strip_chars()
    if foreign or keys.str.contains_any(UNUSUAL).any():
        keys = keys.str.replace_all(r"\s+", " ").str.replace(WHOLE, "$1")
        keys = keys.str.replace(WRAPPED, "$1$2")
    return without_blanks(keys)


def without_blanks(texts: pl.Series) -> pl.Series:
    """Return texts in which each placeholder is null."""
    blanks = blank(texts)
    return texts.set(blanks, None) if blanks.any() else texts


def blank(texts: pl.Series) -> pl.Series:
    """Return where a text is a placeholder such as `#N/A`; false where it is null."""
    blanks = texts.is_in(SPELLED_BLANKS)
    if texts.str.starts_with("#").any():
        blanks |= texts.str.contains(NOT_AVAILABLE)
    return blanks.fill_null(False)


def changes(plain: pl.Series, keys: pl.Series) -> Changed:
    """Return the changes of keys that are not blank: their number, and examples."""
    other = plain.ne_missing(keys) & keys.is_not_null()
    rows = other.arg_true().head(EXAMPLES)
    pairs = zip(plain.gather(rows).to_list(), keys.gather(rows).to_list(), strict=True)
    return Changed(int(other.sum()), tuple(pairs))
