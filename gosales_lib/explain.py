"""Reasons: what moved a customer's probability, in plain words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from gosales_lib.learning import Model, to_pandas

MOST_REASONS = 3
SMALL = 0.05
"""A contribution to the log odds that is not worth a sentence."""


def family_of(dictionary: pl.DataFrame) -> dict[str, str]:
    """Return the family of every feature."""
    return dict(dictionary.select("name", "family").iter_rows())


def reasons(
    model: Model,
    features: pl.DataFrame,
    dictionary: pl.DataFrame,
    *,
    most: int = MOST_REASONS,
) -> pl.DataFrame:
    """Return the strongest reasons for each row, one a family, so windows do not repeat.

    Contributions are exact SHAP values of the trees or coefficient times standardised value,
    summed by family; the sentence is of the feature that moved most within it.

    Parameters
    ----------
    features
        The rows to explain: those that someone will see (1 ms a row).
    dictionary
        The feature dictionary: name, family, meaning, unit.

    Returns
    -------
    pl.DataFrame
        customer_id, rank (1 is the strongest up, -1 the strongest down), family, feature, effect
        (on the log odds), reason.
    """
    families = family_of(dictionary)
    contributions = model.candidate.contributions(to_pandas(features))
    contributions = contributions[[c for c in contributions.columns if c in families]]
    values = features.to_dicts()
    words = {row["name"]: row for row in dictionary.to_dicts()}
    rows: list[dict[str, Any]] = []
    for value, (_, effects) in zip(values, contributions.iterrows(), strict=True):
        by_family = effects.groupby(families).sum()
        strongest = effects.groupby(families).agg(lambda e: e.abs().idxmax())
        ranked = by_family.sort_values(kind="stable")
        up = [f for f in ranked.index[::-1] if ranked[f] > SMALL][:most]
        down = [f for f in ranked.index if ranked[f] < -SMALL][:most]
        for sign, chosen in ((1, up), (-1, down)):
            for rank, name in enumerate(chosen, 1):
                feature = strongest[name]
                rows.append(
                    {
                        "customer_id": value["customer_id"],
                        "rank": sign * rank,
                        "family": name,
                        "feature": feature,
                        "effect": float(by_family[name]),
                        "reason": sentence(words[feature], value[feature], model.division),
                    }
                )
    return pl.DataFrame(rows, schema=SCHEMA)


SCHEMA = {
    "customer_id": pl.String,
    "rank": pl.Int8,
    "family": pl.String,
    "feature": pl.String,
    "effect": pl.Float64,
    "reason": pl.String,
}


def sentence(word: dict[str, Any], value: Any, division: str) -> str:
    """Return a feature's value in words: its meaning, the number and the unit."""
    meaning = word["meaning"].replace("this division", division)
    if value is None:
        return f"{meaning}: never" if word["unit"] == "days" else f"{meaning}: unknown"
    window = "" if word["window"] in ("all", "") else f" in {word['window']}"
    return f"{meaning}{window}: {number(value, word['unit'])}"


def number(value: Any, unit: str) -> str:
    """Return a value with its unit, as one would say it."""
    if isinstance(value, str):
        return value
    if unit == "share":
        return f"{value:.0%}"
    if unit == "currency":
        return f"{value:,.0f}"
    text = f"{value:,.0f}" if abs(value) >= 10 or float(value).is_integer() else f"{value:.1f}"
    return f"{text} {unit}" if unit not in ("", "ratio", "category", "number") else text


def drivers(model: Model, features: pl.DataFrame, dictionary: pl.DataFrame) -> pl.DataFrame:
    """Return what moves the division's odds most: family, and its mean absolute contribution."""
    families = family_of(dictionary)
    contributions = model.candidate.contributions(to_pandas(features))
    if contributions.empty or not len(contributions.columns):
        return pl.DataFrame(schema={"family": pl.String, "effect": pl.Float64})
    known: Sequence[str] = [c for c in contributions.columns if c in families]
    by_family = contributions[known].T.groupby(families).sum().T.abs().mean()
    table = pl.DataFrame({"family": list(by_family.index), "effect": by_family.to_numpy()})
    return table.sort(["effect", "family"], descending=[True, False])
