"""One customer in several spellings: keys that differ by case, zeros, signs or look-alike letters.

`keys: alike` of a layout makes one of them. It keeps the spelling that the log before (of a
holdout) has, else the one with the most rows, else the longest.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

CYRILLIC = "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406"
GREEK = "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
LOOK_ALIKE = str.maketrans(CYRILLIC + GREEK, "ABEKMHOPCTYXIABEZHIKMNOPTYX")
"""Capital letters that look like Latin ones; keys are compared in capitals."""


def alike(key: str) -> str:
    """Return a customer's key in the form that its different spellings share."""
    key = unicodedata.normalize("NFKD", key.upper().translate(LOOK_ALIKE)).casefold()
    letters = "".join(sign for sign in key if sign.isalnum())
    return re.sub(r"(?<!\d)0+(?=\d)", "", letters) or key


def forms(keys: pl.Series) -> pl.Series:
    """Return the form of each key that its other spellings share."""
    distinct = keys.unique().drop_nulls()
    return keys.replace_strict(
        distinct, [alike(key) for key in distinct], default=None, return_dtype=pl.String
    )


def groups(keys: pl.Series) -> pl.DataFrame:
    """Return the forms with more than one spelling: alike, id (the spellings, sorted)."""
    ids = keys.unique().drop_nulls()
    spelled = pl.DataFrame({"id": ids, "alike": forms(ids)}, schema_overrides={"id": pl.String})
    spelled = spelled.group_by("alike").agg(pl.col("id").sort())
    return spelled.filter(pl.col("id").list.len() > 1).sort("alike")


def of_names(values: pl.Series) -> dict[str, str]:
    """Return the other spellings of names that differ by case or blanks, with the usual one."""
    counts = values.drop_nulls().rename("name").value_counts(name="rows")
    usual: dict[str, str] = {}
    others: dict[str, str] = {}
    for name in counts.sort("rows", "name", descending=[True, False])["name"]:
        first = usual.setdefault(" ".join(name.casefold().split()), name)
        if first != name:
            others[name] = first
    return others


def chosen(keys: pl.Series, reference: pl.Series | None = None) -> dict[str, str]:
    """Return the chosen spelling of each form of the keys of all rows.

    The spelling of the `reference` wins, which are the keys of the log before.
    """
    counts = keys.drop_nulls().rename("id").value_counts(name="rows")
    first = pl.DataFrame({"id": [] if reference is None else reference.unique()}, {"id": pl.String})
    every = pl.concat([first.with_columns(is_first=True), counts.select("id", is_first=False)])
    every = every.join(counts, on="id", how="left").with_columns(alike=forms(every["id"]))
    order = [pl.col("is_first"), pl.col("rows").fill_null(0), pl.col("id").str.len_chars()]
    every = every.sort(*order, "id", descending=[True, True, True, False])
    return dict(every.unique("alike", keep="first").select("alike", "id").iter_rows())


def unified(keys: pl.Series, spelling: dict[str, str]) -> pl.Series:
    """Return keys in their chosen spelling; a key without one stays as it is."""
    spelled = forms(keys).replace_strict(spelling, default=None, return_dtype=pl.String)
    return spelled.zip_with(spelled.is_not_null(), keys).alias(keys.name)
