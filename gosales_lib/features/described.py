"""The feature dictionary: what each column of a matrix means."""

from __future__ import annotations

import inspect
from datetime import date

import polars as pl

from gosales_lib.features.family import FAMILIES, Family, Feature, choose
from gosales_lib.features.grains import no_grains
from gosales_lib.features.history import History, Options


def dictionary(cutoff: date, options: Options, matrix: pl.DataFrame) -> pl.DataFrame:
    """Return the feature dictionary: name, family, meaning, unit, window and coverage of each.

    Coverage is the share of the matrix's rows that have a value; features that the matrix does
    not have (no assets table was given) are left out.
    """
    history = History(no_grains(), cutoff, options)
    rows = [
        describe(feature, chosen.name, matrix)
        for chosen in choose(options.families)
        for block in chosen.build(history)
        for feature in block.kept
        if feature.name in matrix.columns
    ]
    return pl.DataFrame(rows)


def meaning(feature: Feature) -> str:
    """Return what a feature means; "this division" is the one on sale."""
    return feature.meaning + ", in this division" * feature.name.startswith("own_")


def describe(feature: Feature, family_name: str, matrix: pl.DataFrame) -> dict[str, object]:
    """Return the dictionary row of one feature."""
    coverage = 1 - matrix[feature.name].null_count() / max(1, matrix.height)
    return {
        "name": feature.name,
        "family": family_name,
        "meaning": meaning(feature),
        "unit": feature.unit,
        "window": feature.window,
        "coverage": round(coverage, 4),
    }


def markdown() -> str:
    """Return the dictionary of docs/features.md: every feature, with one `DIVISION`."""
    options = Options(
        ["DIVISION"],
        6,
        [("ATTRIBUTE", "category")],
        flags={"FLAG": ["PRODUCT"]},
        products=["PRODUCT"],
    )
    history = History(no_grains(), date(2024, 12, 31), options)
    return "\n".join(section(family, history) for family in FAMILIES.values())


def section(family: Family, history: History) -> str:
    """Return the heading, docstring and table of a family."""
    state = "" if family.default else " (off unless asked for)"
    head = ["column", "meaning", "unit", "window", "without a row"]
    rows = [
        [f"`{f.name}`", meaning(f), f.unit, f.window, "null" if f.empty is None else str(f.empty)]
        for block in family.build(history)
        for f in block.kept
    ]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])
    return f"### {family.name}{state}\n\n{inspect.cleandoc(family.doc)}\n\n{table}\n"
