"""The fact that another company of the customer's group owns the division already."""

from __future__ import annotations

import polars as pl

from gosales_lib.core.columns import KEYS
from gosales_lib.whitespace import groups
from gosales_lib.whitespace.facts import words
from gosales_lib.whitespace.facts.words import either, told

STRENGTH = 3.0
"""This fact outweighs all facts about other customers."""


def owned(
    offers: pl.DataFrame,
    bought: pl.DataFrame,
    accounts: pl.DataFrame,
    names: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return which company of the customer's group owns the division: its parent first.

    `names` holds customer_id and customer_name where customers may be named; without it nobody is.
    """
    new = offers.filter(pl.col("motion") == "cross-sell")
    owners = bought.filter("kept").rename({"customer_id": "other"})
    related = new.join(groups.others(groups.of(accounts)), "customer_id")
    rows = related.join(owners, ["other", "division"])
    order_of = {groups.PARENT: 0, groups.CHILD: 1, groups.SISTER: 2}
    nearest = pl.col("relation").replace_strict(order_of, return_dtype=pl.Int8)
    order = rows.sort(*KEYS, nearest, "first_day", "other")
    first = order.unique(KEYS, keep="first", maintain_order=True)
    named = pl.lit("")
    if names is not None:
        first = first.join(names, left_on="other", right_on="customer_id", how="left")
        named = pl.format(", {},", "customer_name").fill_null("")
    who = either(pl.col("relation") == groups.SISTER, "a", "your")
    reason = pl.format(
        "Your group already owns {}: {} {}{} {}.",
        "division", who, "relation", named, words.bought(pl.lit("it"), "has bought"),
    )  # fmt: skip
    opener = pl.format(
        "Your group {} {} from us; shall we see whether it would serve you as well?",
        either(pl.col("active"), "already buys", "has already bought"),
        "division",
    )
    return told(first, "group", pl.lit(STRENGTH), reason, opener)
