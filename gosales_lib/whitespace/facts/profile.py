"""Facts from the ideal customer profile: what first-time buyers had in common."""

from __future__ import annotations

import polars as pl

from gosales_lib.core.columns import KEYS
from gosales_lib.whitespace.facts.words import ABOVE, either, likelier, plain, told

HABITS = {
    ("orders_12m", "above"): "You order often",
    ("gp_12m", "above"): "You buy more than most of our customers",
    ("quantity_12m", "above"): "You buy large quantities",
    ("days_since_order", "up to"): "You ordered recently",
    ("tenure_days", "above"): "You have been with us for a long time",
    ("tenure_days", "up to"): "You became our customer recently",
    ("divisions_all", "above"): "You buy from many of our product lines",
    ("products_12m", "above"): "You buy many different products",
}
"""The words of a trait of the ideal customer profile, by source and third."""


def shared(offers: pl.DataFrame, traits: pl.DataFrame) -> pl.DataFrame:
    """Return the company's best trait of first-time buyers, and the best one of its habits.

    Only a division that was never bought has them: the profile is of first-time buyers. Several
    habits in a row would repeat one sentence, so only the best is told. `traits` are the surest of
    the profile (`icp.speaking`), one row per customer who has one.
    """
    new = offers.filter(pl.col("motion") == "cross-sell").select(KEYS)
    rows = new.join(traits.filter(pl.col("lift") >= ABOVE), KEYS)
    third_of = pl.col("trait").str.contains
    habit = pl.coalesce(
        pl.when(pl.col("source") == source, third_of(f": {third} ", literal=True)).then(
            pl.lit(text)
        )
        for (source, third), text in HABITS.items()
    )
    company = pl.format("Companies like yours ({})", plain("trait"))
    is_company = pl.col("kind") == "attribute"
    who = either(is_company, company, pl.format("{}, and customers like that", habit))
    facts = rows.with_columns(fact=either(is_company, "company", "habit"), who=who)
    facts = facts.drop_nulls("who")
    order = facts.sort(*KEYS, "fact", "lift", "trait", descending=[False] * 3 + [True, False])
    top = order.unique([*KEYS, "fact"], keep="first", maintain_order=True)
    reason = pl.format(
        "{} are {} as the average customer to start buying {}.", "who", likelier("lift"), "division"
    )
    opener = pl.format(
        "{} start with {} more often than others; would it make sense to look at it together?",
        pl.col("who").str.replace(r" \(.*\)$", ""),
        "division",
    )
    return told(top, pl.col("fact"), pl.col("lift").log(), reason, opener)
