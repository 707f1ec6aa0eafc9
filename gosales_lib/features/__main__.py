"""`python -m gosales_lib.features` prints the feature dictionary that docs/features.md keeps."""

from __future__ import annotations

import inspect
from datetime import date

from gosales_lib.features.described import meaning
from gosales_lib.features.family import FAMILIES, Family, Feature
from gosales_lib.features.grains import no_grains
from gosales_lib.features.history import History


def dictionary() -> str:
    """Return every feature of every family as Markdown, with one `DIVISION`."""
    options = {"flags": {"FLAG": ["PRODUCT"]}, "products": ["PRODUCT"]}
    attributes = [("ATTRIBUTE", "category")]
    history = History(no_grains(), date(2024, 12, 31), 6, ["DIVISION"], attributes, options)
    return "\n".join(section(family, history) for family in FAMILIES.values())


def section(family: Family, history: History) -> str:
    """Return a family's heading, docstring and table."""
    state = "" if family.default else " (off unless asked for)"
    head = ["column", "meaning", "unit", "window", "without a row"]
    rows = [
        [f"`{feature.name}`", meaning(feature), feature.unit, feature.window, never(feature)]
        for block in family.build(history)
        for feature in block.kept
    ]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])
    return f"### {family.name}{state}\n\n{inspect.cleandoc(family.doc)}\n\n{table}\n"


def never(feature: Feature) -> str:
    """Return the value for a customer without a row."""
    return "null" if feature.empty is None else str(feature.empty)


if __name__ == "__main__":
    print(dictionary())
