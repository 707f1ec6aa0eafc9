"""Reasons: the features that moved a customer's probability, in plain words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.core.arrays import Floats
from gosales_lib.learning import wording
from gosales_lib.learning.rows import inputs
from gosales_lib.learning.training import Model

MOST_REASONS = 3
SMALL = 0.05
"""Contributions to the log odds below this get no sentence."""


@dataclass(frozen=True)
class Effects:
    """The effects of features on a model's predictions for some rows.

    `features` are the rows, `dictionary` is the feature dictionary, `names` are the features that
    the model uses, and `values` their effects on the log odds: rows x names.
    """

    division: str
    features: pl.DataFrame
    dictionary: pl.DataFrame
    names: list[str]
    values: Floats

    @property
    def family(self) -> dict[str, str]:
        """The family of every feature of the dictionary."""
        return dict(self.dictionary.select("name", "family").iter_rows())


def effects(model: Model, features: pl.DataFrame, dictionary: pl.DataFrame) -> Effects:
    """Return the effects of the features on the model's predictions for rows of features.

    Parameters
    ----------
    features
        The rows to explain: those that someone will see (1 ms a row).
    dictionary
        The feature dictionary: name, family, meaning, unit.
    """
    by_feature = model.candidate.contributions(inputs(features))
    described = set(dictionary["name"])
    names = [name for name in by_feature.columns if name in described]
    values = by_feature[names].to_numpy()
    return Effects(model.division, features, dictionary, names, values)


def reasons(moved: Effects) -> pl.DataFrame:
    """Return the strongest reasons for each row, one per family, so that windows do not repeat.

    Contributions are the exact SHAP values of the trees, or coefficient times standardised value,
    and are summed by family. The sentence describes the feature of the family with the largest one.

    Returns
    -------
    pl.DataFrame
        customer_id, rank (1 is the strongest up, -1 the strongest down), family, feature, effect
        (on the log odds), reason.
    """
    names, families = moved.names, moved.family
    words = {row["name"]: row for row in moved.dictionary.iter_rows(named=True)}
    groups: dict[str, list[int]] = {
        family: [] for family in sorted({families[name] for name in names})
    }
    for column, name in enumerate(names):
        groups[families[name]].append(column)
    rows: list[dict[str, Any]] = []
    for value, effect in zip(moved.features.iter_rows(named=True), moved.values, strict=True):
        total = {family: float(effect[columns].sum()) for family, columns in groups.items()}
        ranked = sorted(total, key=lambda family: (total[family], family))
        up = [family for family in ranked[::-1] if total[family] > SMALL][:MOST_REASONS]
        down = [family for family in ranked if total[family] < -SMALL][:MOST_REASONS]
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
                        "reason": sentence(words[feature], value, moved.division),
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


def sentence(word: Mapping[str, Any], row: Mapping[str, Any], division: str) -> str:
    """Return a feature of a customer in words, or its meaning, the number and the unit."""
    if phrase := wording.say(word["name"], row, division):
        return phrase
    value = row[word["name"]]
    meaning = word["meaning"].replace("this division", division)
    if value is None:
        return f"{meaning}: never" if word["unit"] == "days" else f"{meaning}: unknown"
    return f"{meaning}: {number(value, word['unit'])}"


def number(value: Any, unit: str) -> str:
    """Return a value with its unit, for a person to read."""
    if isinstance(value, str):
        return value
    if unit == "share":
        return f"{value:.0%}"
    if unit == "currency":
        return f"{value:,.0f}"
    text = f"{value:,.0f}" if abs(value) >= 10 or float(value).is_integer() else f"{value:.1f}"
    return f"{text} {unit}" if unit not in ("", "ratio", "category", "number", "flag") else text


def drivers(moved: Effects) -> pl.DataFrame:
    """Return the families by mean absolute effect on the division's odds, the largest first."""
    families = moved.family
    chosen = sorted({families[name] for name in moved.names})
    sizes = [
        float(np.abs(moved.values[:, [families[n] == f for n in moved.names]].sum(axis=1)).mean())
        for f in chosen
    ]
    schema = {"family": pl.String, "effect": pl.Float64}
    table = pl.DataFrame({"family": chosen, "effect": sizes}, schema=schema)
    return table.sort(["effect", "family"], descending=[True, False])
