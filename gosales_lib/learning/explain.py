"""Reasons: the features that moved a customer's probability, in plain words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.core.arrays import Floats
from gosales_lib.learning import wording
from gosales_lib.learning.rows import to_pandas
from gosales_lib.learning.training import Model

MOST_REASONS = 3
SMALL = 0.05
"""Contributions to the log odds below this get no sentence."""


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
    """Return the strongest reasons for each row, one per family, so that windows do not repeat.

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
    names, effects = contributions(model, features, dictionary)
    families = family_of(dictionary)
    words = {row["name"]: row for row in dictionary.iter_rows(named=True)}
    groups: dict[str, list[int]] = {
        family: [] for family in sorted({families[name] for name in names})
    }
    for column, name in enumerate(names):
        groups[families[name]].append(column)
    rows: list[dict[str, Any]] = []
    for value, effect in zip(features.iter_rows(named=True), effects, strict=True):
        total = {family: float(effect[columns].sum()) for family, columns in groups.items()}
        ranked = sorted(total, key=lambda family: (total[family], family))
        up = [family for family in ranked[::-1] if total[family] > SMALL][:most]
        down = [family for family in ranked if total[family] < -SMALL][:most]
        for sign, chosen in ((1, up), (-1, down)):
            for rank, family in enumerate(chosen, 1):
                columns = groups[family]
                feature = names[columns[int(np.argmax(sign * effect[columns]))]]
                rows.append(
                    {
                        "customer_id": value["customer_id"],
                        "rank": sign * rank,
                        "family": family,
                        "feature": feature,
                        "effect": total[family],
                        "reason": sentence(words[feature], value, model.division),
                    }
                )
    return pl.DataFrame(rows, schema=SCHEMA)


def contributions(
    model: Model, features: pl.DataFrame, dictionary: pl.DataFrame
) -> tuple[list[str], Floats]:
    """Return the features of the dictionary that the model uses, and their effects, row by row."""
    values = model.candidate.contributions(to_pandas(features))
    described = set(dictionary["name"])
    names = [name for name in values.columns if name in described]
    return names, values[names].to_numpy()


SCHEMA = {
    "customer_id": pl.String,
    "rank": pl.Int8,
    "family": pl.String,
    "feature": pl.String,
    "effect": pl.Float64,
    "reason": pl.String,
}


def sentence(word: Mapping[str, Any], row: Mapping[str, Any], division: str) -> str:
    """Return a feature of a customer in words, or its meaning, the number and the unit."""
    if phrase := wording.say(word["name"], row, division):
        return phrase
    value = row[word["name"]]
    meaning = word["meaning"].replace("this division", division)
    if value is None:
        return f"{meaning}: never" if word["unit"] == "days" else f"{meaning}: unknown"
    window = "" if word["window"] in ("all", "now", "") else f" in {word['window']}"
    return f"{meaning}{window}: {number(value, word['unit'])}"


def number(value: Any, unit: str) -> str:
    """Return a value with its unit, as a person would say it."""
    if isinstance(value, str):
        return value
    if unit == "share":
        return f"{value:.0%}"
    if unit == "currency":
        return f"{value:,.0f}"
    text = f"{value:,.0f}" if abs(value) >= 10 or float(value).is_integer() else f"{value:.1f}"
    return f"{text} {unit}" if unit not in ("", "ratio", "category", "number", "flag") else text


def drivers(model: Model, features: pl.DataFrame, dictionary: pl.DataFrame) -> pl.DataFrame:
    """Return the families that move the division's odds most, with their mean absolute effects."""
    names, effects = contributions(model, features, dictionary)
    families = family_of(dictionary)
    chosen = sorted({families[name] for name in names})
    moved = [
        float(np.abs(effects[:, [families[n] == family for n in names]].sum(axis=1)).mean())
        for family in chosen
    ]
    schema = {"family": pl.String, "effect": pl.Float64}
    table = pl.DataFrame({"family": chosen, "effect": moved}, schema=schema)
    return table.sort(["effect", "family"], descending=[True, False])
