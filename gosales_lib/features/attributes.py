"""Attributes: what the customers file says of the customer."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.features.known import Known
from gosales_lib.features.registry import Block, Feature, family

UNKNOWN = "unknown"


@family()
def attributes(known: Known) -> list[Block]:
    """The layout's customer attributes: size, industry, region. A blank one stays unknown.

    They carry no date: a file of today describes customers as they are today.
    """
    if known.customers is None or not known.attributes:
        return []
    derived = []
    for column, kind in known.attributes:
        name, meaning = f"attribute__{column}", f"{column} of the customer"
        if kind == "category":
            text = nw.col(column).cast(nw.String).fill_null(UNKNOWN)
            derived.append(Feature(name, text, meaning, kind, "now", UNKNOWN))
        else:
            derived.append(Feature(name, nw.col(column).cast(nw.Float64), meaning, kind, "now"))
    return [Block(known.customers, [], derived)]
