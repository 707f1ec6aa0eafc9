"""Products: their number, the growth of the installed base, and products that the layout marks."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core import timeline
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.grains import PRODUCT
from gosales_lib.features.history import History


@family()
def products(history: History) -> list[Block]:
    """Distinct products, growth of the quantity, days since a new product, marked products.

    Growth is the units of the last year less those of the year before. An expansion is the first
    purchase of a product. The layout's `flags`, a name and its products (`seat: [PDM]`,
    `support: [Success Plan]`), give for each name whether it was ever bought, units in a year and
    ever, growth of the units and days since the last; its `features` may have `products`, a list,
    which gives the same for each product in it.
    Source: cross-selling and up-selling, Blattberg, Kim and Neslin, Database Marketing (2008).
    """
    year = timeline.last_months(history.cutoff, 12, day="last_day")
    in_year = nw.when(year).then(1).otherwise(0).sum()
    newest = history.days_since(nw.col("first_day").max())
    growth = history.within(12, "quantity") - history.within(12, "quantity", back=12)
    bought = nw.from_native(history.products.lazy())
    blocks = []
    for prefix, grain, keys in history.views:
        adopted = [
            Feature(f"{prefix}products_12m", in_year, "Products bought", "products", "12m", 0),
            Feature(f"{prefix}products_all", nw.len(), "Products bought", "products", "all", 0),
            Feature(f"{prefix}days_since_new_product", newest, "Since an expansion", "days"),
        ]
        name = f"{prefix}quantity_growth_1y"
        grown = [Feature(name, growth.sum(), "Units more than a year before", "units", "24m", 0)]
        blocks += [Block(bought, adopted, keys=keys), Block(grain, grown, keys=keys)]
    marks = [
        feature for name, members in marked(history) for feature in mark(history, name, members)
    ]
    return [*blocks, Block(history.lines, marks)] if marks else blocks


def marked(history: History) -> list[tuple[str, list[str]]]:
    """Return the layout's flags, then its single products, each with the products it covers."""
    flags = {f"flag_{name}": list(m) for name, m in history.options.get("flags", {}).items()}
    singles = {f"product__{name}": [name] for name in history.options.get("products", [])}
    return list((flags | singles).items())


def mark(history: History, name: str, members: list[str]) -> list[Feature]:
    """Return whether, how many, how fast and when the products in `members` were bought."""
    here = nw.col(PRODUCT).is_in(members) & history.purchased
    units = nw.when(here).then(nw.col("quantity").fill_null(0.0)).otherwise(0.0)
    year, before = history.within(12, units), history.within(12, units, back=12)
    ever = nw.when(here).then(1).otherwise(0).max()
    last = history.days_since(nw.when(here).then(nw.col("order_day")).max())
    what = ", ".join(members)
    return [
        Feature(f"{name}_attached", ever, f"Ever bought {what}", "flag", "all", 0),
        Feature(f"{name}_quantity_12m", year.sum(), f"Units of {what}", "units", "12m", 0),
        Feature(f"{name}_quantity_all", units.sum(), f"Units of {what}", "units", "all", 0),
        Feature(
            f"{name}_growth_1y",
            (year - before).sum(),
            f"Units of {what} more than a year before",
            "units",
            "24m",
            0,
        ),
        Feature(f"{name}_days_since", last, f"Since {what} was bought", "days"),
    ]
