"""Products: how many seats or units the customer took, of how many products."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.features.known import CUSTOMER, DIVISION, Known, distinct
from gosales_lib.features.registry import Block, Feature, family


@family()
def products(known: Known) -> list[Block]:
    """Distinct products bought in a year and ever, over all and in the division on sale."""
    bought = nw.col("quantity") > 0
    year = distinct(nw.when(bought & (known.within(12, nw.lit(1)) > 0)).then(nw.col("product")))
    ever = distinct(nw.when(bought).then(nw.col("product")))
    blocks = []
    for prefix, keys in (("", (CUSTOMER,)), ("own_", (CUSTOMER, DIVISION))):
        features = [
            Feature(f"{prefix}products_12m", year, "Products bought", "products", "12m", 0),
            Feature(f"{prefix}products_all", ever, "Products bought", "products", "all", 0),
        ]
        blocks.append(Block(known.lines, features, keys=keys))
    return blocks
