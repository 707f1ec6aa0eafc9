"""Products: their number, the growth of the units bought, and products that a layout chooses."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core import timeline
from gosales_lib.features.family import Block, Feature, Sentence, family
from gosales_lib.features.grains import PRODUCT
from gosales_lib.features.history import History

YEAR = " in the last 12 months"
GROWTH = f"{YEAR} minus those of the 12 months before"
DISTINCT = "Number of distinct products bought"
NEWEST = "Days since a product was bought for the first time"
NO_PRODUCT = "never bought {other} products"
SENTENCES = (
    Sentence(r"(?P<own>own_)?products_(?P<span>\d+m|all)", "{n:,.0f} products{of} {within}"),
    Sentence(
        "(?P<own>own_)?days_since_new_product", "last took up a new product{of} {n:,.0f} days ago"
    ),
    Sentence("(?P<own>own_)?quantity_growth_1y", "{n:+,.0f} units{of} against the year before"),
    Sentence("flag_(?P<other>.+)_attached", "{ever} among the {other} products", NO_PRODUCT),
    Sentence(
        r"flag_(?P<other>.+)_quantity_(?P<span>\d+m|all)",
        "{n:,.0f} units of {other} products {within}",
        NO_PRODUCT,
    ),
    Sentence(
        "flag_(?P<other>.+)_growth_1y",
        "{n:+,.0f} units of {other} products against the year before",
        NO_PRODUCT,
    ),
    Sentence(
        "flag_(?P<other>.+)_days_since",
        "last bought {other} products {n:,.0f} days ago",
        NO_PRODUCT,
    ),
)


@family(sentences=SENTENCES)
def products(history: History) -> list[Block]:
    """Distinct products, growth of the quantity, days since a new product, chosen products.

    Growth is the units of the last 12 months minus those of the 12 months before. The layout's
    `flags` name groups of products (`seat: [PDM]`, `support: [Success Plan]`). Each group has five
    features: whether it was ever bought, units in the last 12 months and ever, growth of the units,
    and days since the last purchase. `products`, a list under the layout's `features`, gives the
    same five for each product in it.
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
            Feature(f"{prefix}products_12m", in_year, DISTINCT + YEAR, "products", "12m", 0),
            Feature(f"{prefix}products_all", nw.len(), DISTINCT, "products", "all", 0),
            Feature(f"{prefix}days_since_new_product", newest, NEWEST, "days"),
        ]
        name = f"{prefix}quantity_growth_1y"
        grown = [Feature(name, growth.sum(), f"Units{GROWTH}", "units", "24m", 0)]
        blocks += [Block(bought, adopted, keys=keys), Block(grain, grown, keys=keys)]
    marks = [
        feature for name, members in marked(history) for feature in mark(history, name, members)
    ]
    return [*blocks, Block(history.lines, marks)] if marks else blocks


def marked(history: History) -> list[tuple[str, list[str]]]:
    """Return the layout's flags, then its single products, each with the products it covers."""
    flags = {f"flag_{name}": list(m) for name, m in history.options.flags.items()}
    singles = {f"product__{name}": [name] for name in history.options.products}
    return list((flags | singles).items())


def mark(history: History, name: str, members: list[str]) -> list[Feature]:
    """Return the five features of the products in `members`."""
    here = nw.col(PRODUCT).is_in(members) & history.purchased
    units = nw.when(here).then(nw.col("quantity").fill_null(0.0)).otherwise(0.0)
    year, before = history.within(12, units), history.within(12, units, back=12)
    growth = (year - before).sum()
    ever = nw.when(here).then(1).otherwise(0).max()
    last = history.days_since(nw.when(here).then(nw.col("order_day")).max())
    what = ", ".join(members)
    return [
        Feature(f"{name}_attached", ever, f"Whether {what} was ever bought", "flag", "all", 0),
        Feature(f"{name}_quantity_12m", year.sum(), f"Units of {what}{YEAR}", "units", "12m", 0),
        Feature(f"{name}_quantity_all", units.sum(), f"Units of {what}", "units", "all", 0),
        Feature(f"{name}_growth_1y", growth, f"Units of {what}{GROWTH}", "units", "24m", 0),
        Feature(f"{name}_days_since", last, f"Days since the last purchase of {what}", "days"),
    ]
