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
        value = nw.col(column)
        expr = value.fill_null(UNKNOWN) if kind == "category" else value
        derived.append(Feature(f"attribute__{column}", expr, f"{column} of the customer", kind))
    return [Block(known.customers, [], derived)]
