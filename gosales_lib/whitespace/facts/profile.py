"""Facts from the ideal customer profile: what first-time buyers had in common."""

from __future__ import annotations

import polars as pl

from gosales_lib.core.columns import KEYS
from gosales_lib.whitespace.facts.words import ABOVE, plain, told

HABITS = {
    ("orders_12m", "above"): ("rhythm", "You order often"),
    ("gp_12m", "above"): ("size", "You buy more than most of our customers"),
    ("quantity_12m", "above"): ("size", "You buy large quantities"),
    ("days_since_order", "up to"): ("rhythm", "You ordered recently"),
    ("tenure_days", "above"): ("habit", "You have been with us for long"),
    ("tenure_days", "up to"): ("habit", "You joined us recently"),
    ("divisions_all", "above"): ("habit", "You buy from many of our divisions"),
    ("products_12m", "above"): ("habit", "You buy many different products"),
}
"""The kind of fact and the words of a trait of the ideal customer profile, by source and third."""


def shared(offers: pl.DataFrame, traits: pl.DataFrame) -> pl.DataFrame:
    """Return the trait of first-time buyers that a customer shares, the best of each kind.

    Parameters
    ----------
    traits
        customer_id, division, kind, source, trait, lift: the surest traits of the profile
        (`icp.speaking`), one row per customer who has one.
    """
    rows = offers.select(KEYS).join(traits.filter(pl.col("lift") >= ABOVE), KEYS)
    company = pl.col("kind") == "attribute"
    trait = plain("trait")
    mine = {
        (source, third): pl.when(
            pl.col("source") == source, pl.col("trait").str.contains(f": {third} ", literal=True)
        )
        for source, third in HABITS
    }
    kinds = [mine[key].then(pl.lit(kind)) for key, (kind, _) in HABITS.items()]
    words = [mine[key].then(pl.lit(text)) for key, (_, text) in HABITS.items()]
    facts = rows.with_columns(
        fact=pl.when(company).then(pl.lit("company")).otherwise(pl.coalesce(*kinds)),
        habit=pl.coalesce(*words),
    ).drop_nulls("fact")
    order = facts.sort(*KEYS, "fact", "lift", "trait", descending=[False] * 3 + [True, False])
    top = order.unique([*KEYS, "fact"], keep="first", maintain_order=True)
    often = pl.format("{} times as often as the average customer.", pl.col("lift").round(1))
    reason = (
        pl.when(pl.col("fact") == "company")
        .then(pl.format("Companies like yours ({}) take up {} {}", trait, "division", often))
        .otherwise(
            pl.format("{}, and such customers take up {} {}", "habit", "division", often),
        )
    )
    opener = pl.format(
        "{} take up {} more often than others; would it make sense to look at it together?",
        pl.when(pl.col("fact") == "company")
        .then(pl.lit("Companies like yours"))
        .otherwise(pl.lit("Customers who work with us as you do")),
        "division",
    )
    return told(top, pl.col("fact"), pl.col("lift").log(), reason, opener)
