"""The reasons of each offer: facts that support it, those that moved the model first."""

from __future__ import annotations

import polars as pl

from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import LAPSED_MONTHS, UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.whitespace.facts import account, bought, group, profile, season

MOST_REASONS = 3
REASONS = [f"reason_{n}" for n in range(1, MOST_REASONS + 1)]
EFFECTS = pl.Schema(dict.fromkeys((*KEYS, "family"), pl.String()) | {"effect": pl.Float64()})
"""The effects on the model: customer_id, division, feature family, effect on the log odds."""
FAMILIES = {
    "owned": ("affinity", "division_mix", "products"),
    "followed": ("next_purchases", "affinity"),
    "similar": ("neighbours",),
    "company": ("attributes",),
    "habit": ("frequency_monetary", "money", "recency", "lifecycle", "context"),
    "owner": ("recency", "lifecycle"),
    "expiry": ("assets",),
    "growth": ("trend",),
    "size": ("frequency_monetary", "money"),
    "rhythm": ("recency", "lifecycle"),
}
"""The feature families that a kind of fact stands for."""
OPENING = (
    "owner", "expiry", "group", "owned", "similar", "followed", "season", "company", "habit",
    "rhythm", "popular", "growth", "size", "customer",
)  # fmt: skip
"""Kinds of fact, in the order in which they open a conversation best."""
GENERAL = ("rhythm", "growth", "size", "popular", "customer")
"""Kinds that say nothing of this customer and the division together."""


def of_offers(
    ranked: pl.DataFrame,
    sales: pl.DataFrame,
    window: Window,
    *,
    traits: pl.DataFrame,
    assets: pl.DataFrame,
    accounts: pl.DataFrame,
    names: pl.DataFrame | None = None,
    purchase: Purchase = UNITS,
    lapsed_months: int = LAPSED_MONTHS,
) -> pl.DataFrame:
    """Return all facts that support the offers: the columns of `facts.words.FACTS`.

    Rows of `sales` after the cutoff are not looked at. `traits` are those of the profile that the
    customers have (`inputs.profiles`), `assets` what is installed or under subscription; `names` is
    `dim_customer` where customers may be named to each other, else None. `purchase` and
    `lapsed_months` are the layout's.
    """
    owned = bought.firsts(sales, window.cutoff, purchase, lapsed_months)
    return pl.concat(
        [
            bought.owned(ranked, owned),
            bought.followed(ranked, owned, window.cutoff, names),
            bought.similar(ranked, owned),
            profile.shared(ranked, traits),
            season.ahead(ranked, sales, window, purchase),
            account.of_owners(ranked, owned),
            group.owned(ranked, owned, accounts, names),
            account.expiring(ranked, assets, window),
            account.of_customers(ranked, sales, window, purchase),
        ]
    )


def ordered(speaking: pl.DataFrame, effects: pl.DataFrame) -> pl.DataFrame:
    """Return the facts of each offer, the strongest first, one per kind.

    A fact weighs its strength plus what its feature families added to the model's log odds.
    """
    pairs = [(kind, family) for kind, families in FAMILIES.items() for family in families]
    kinds = pl.DataFrame(pairs, {"kind": pl.String, "family": pl.String}, orient="row")
    moved = effects.filter(pl.col("effect") > 0).join(kinds, "family")
    backed = moved.group_by(*KEYS, "kind").agg(pl.col("effect").max())
    rows = speaking.join(backed, [*KEYS, "kind"], "left")
    weight = pl.col("strength") + pl.col("effect").fill_null(0.0)
    order = rows.with_columns(weight=weight.round(9)).sort(
        *KEYS, "weight", "kind", "reason", descending=[False, False, True, False, False]
    )
    return order.unique([*KEYS, "kind"], keep="first", maintain_order=True)


def beside(ranked: pl.DataFrame, speaking: pl.DataFrame, effects: pl.DataFrame) -> pl.DataFrame:
    """Return the ranked list with reason_1 to reason_3, strongest first, and `opener`.

    The opener is of the first kind in `OPENING` that the offer has. That a division is popular is
    a reason only where nothing speaks for this customer and the division, and since when one is a
    customer only where there is no other fact.
    """
    rows = ordered(speaking, effects)
    kind = pl.col("kind")
    alone = (kind == "customer").all().over(KEYS)
    unspecific = kind.is_in(GENERAL).all().over(KEYS)
    told = ((kind != "customer") | alone) & ((kind != "popular") | unspecific)
    by_offer = rows.filter(told).group_by(KEYS, maintain_order=True)
    texts = [pl.col("reason").get(n, null_on_oob=True).alias(c) for n, c in enumerate(REASONS)]
    position = pl.col("kind").replace_strict(list(OPENING), range(len(OPENING)))
    wide = by_offer.agg(*texts, opener=pl.col("opener").sort_by(position).first())
    order = ranked.columns
    bare = ranked.drop(*REASONS, "opener")
    return bare.join(wide, KEYS, "left", maintain_order="left").select(order)
