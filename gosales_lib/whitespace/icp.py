"""The ideal customer profile: the traits of a division's first-time buyers before they bought."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.spelling import in_words
from gosales_lib.learning.metrics import wilson
from gosales_lib.learning.rows import KEYS

ATTRIBUTE = "attribute__"
BEHAVIOURS = {
    "orders_12m": "orders in 12 months",
    "gp_12m": "gross profit in 12 months",
    "quantity_12m": "units in 12 months",
    "days_since_order": "days since the last order",
    "tenure_days": "days since the first order",
    "divisions_all": "divisions bought from",
    "products_12m": "different products in 12 months",
}
OWNED = "days_since_order__"
MOST_LEVELS = 8
"""Number of the most common levels of a category that are considered."""
FEWEST = 5
"""A trait of fewer customers is left out."""
SHRINKAGE = 10.0
"""Number of average customers that every trait's lift is shrunk towards."""
CLOSEST = 20
PROFILE = pl.Schema(
    dict.fromkeys(("division", "kind", "source", "trait"), pl.String())
    | dict.fromkeys(("customers", "buyers"), pl.Int64())
    | dict.fromkeys(("rate", "base_rate", "lift", "low", "high"), pl.Float64())
)
FIT = pl.Schema(
    {"division": pl.String, "customer_id": pl.String, "fit": pl.Float64, "traits": pl.String}
)
SPEAKING = pl.Schema(
    dict.fromkeys(("customer_id", "division", "kind", "source", "trait"), pl.String())
    | {"lift": pl.Float64()}
)


def before_buying(labels: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
    """Return each customer who had never bought the division, once, in the state of one cutoff.

    A first-time buyer is taken at the last closed cutoff before the purchase. The others take the
    closed cutoffs in turn (by customer_id): at the newest ones alone they would look older and
    larger than the buyers only because time had passed.
    """
    rows = labels.join(features, on=KEYS, how="inner")
    never = rows.filter(pl.col("own_orders_all").fill_null(0) == 0).sort(KEYS)
    buyers = never.filter(pl.col("bought") == 1)
    last = buyers.unique("customer_id", keep="last", maintain_order=True)
    rest = never.join(last, on="customer_id", how="anti", maintain_order="left")
    turn = pl.col("customer_id").rank("dense") % pl.len().over("customer_id")
    number = pl.int_range(pl.len()).over("customer_id")
    return pl.concat([last, rest.filter(number == turn)]).sort("customer_id")


def traits(rows: pl.DataFrame, division: str, edges_of: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the traits of customers: customer_id, kind, source, trait; one row per trait.

    Categories stand for themselves, numbers fall into low, middle and high thirds (bounds from
    `edges_of`, the compared customers), and each other division is bought from or not.
    """
    rows = counted(rows)
    base = rows if edges_of is None else counted(edges_of)
    parts = [pl.DataFrame(schema=dict.fromkeys(("customer_id", *TRAIT), pl.String))]
    for name, dtype in rows.schema.items():
        if name.startswith(ATTRIBUTE):
            words = in_words(name.removeprefix(ATTRIBUTE))
            levels = (
                _thirds(base, name, words) if dtype.is_numeric() else _levels(base, name, words)
            )
            parts.append(_told(rows, "attribute", name, levels))
        elif name in BEHAVIOURS:
            parts.append(_told(rows, "behaviour", name, _thirds(base, name, BEHAVIOURS[name])))
        elif name.startswith(OWNED) and name != OWNED + division:
            other = pl.lit(f"has bought {name.removeprefix(OWNED)}")
            bought = pl.when(pl.col(name).is_not_null())
            parts.append(_told(rows, "behaviour", name, bought.then(other)))
    return pl.concat(parts)


def counted(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the customers with `divisions_all`, the number of divisions that they ever bought."""
    bought = [pl.col(name).is_not_null() for name in rows.columns if name.startswith(OWNED)]
    return rows.with_columns(divisions_all=pl.sum_horizontal(bought)) if bought else rows


TRAIT = ("kind", "source", "trait")
YEARS = (1800, 2100)


def _told(rows: pl.DataFrame, kind: str, source: str, trait: pl.Expr) -> pl.DataFrame:
    named = {"kind": pl.lit(kind), "source": pl.lit(source), "trait": trait.cast(pl.String)}
    return rows.select("customer_id", **named).drop_nulls("trait")


def _levels(base: pl.DataFrame, name: str, words: str) -> pl.Expr:
    common = (
        base[name].drop_nulls().value_counts(name="n").sort(["n", name], descending=[True, False])
    )
    kept = common.head(MOST_LEVELS)[name]
    text = pl.concat_str(pl.lit(f"{words}: "), pl.col(name).cast(pl.String))
    return pl.when(pl.col(name).is_in(kept.implode())).then(text)


def _thirds(base: pl.DataFrame, name: str, words: str) -> pl.Expr:
    low, high = (base[name].quantile(q, "linear") for q in (1 / 3, 2 / 3))
    form = ".0f" if are_years(base[name]) else ",.0f"
    below, above = (format(value or 0, form) for value in (low, high))
    if low is None or low == high:  # no thirds: the customer has any, or none
        return pl.when(pl.col(name) > (low or 0)).then(pl.lit(f"{words}: above {below}"))
    return (
        pl.when(pl.col(name) <= low)
        .then(pl.lit(f"{words}: up to {below}"))
        .when(pl.col(name) > high)
        .then(pl.lit(f"{words}: above {above}"))
        .when(pl.col(name).is_not_null())
        .then(pl.lit(f"{words}: {below} to {above}"))
    )


def are_years(numbers: pl.Series) -> bool:
    """Return whether all numbers are years, which are written without a thousands separator."""
    known = numbers.drop_nulls()
    return bool(known.len() and known.is_between(*YEARS).all() and (known == known.round()).all())


def profile(rows: pl.DataFrame, division: str) -> pl.DataFrame:
    """Return the traits of the division's first-time buyers (`PROFILE`), the most certain first.

    `rows` comes from `before_buying`. kind is attribute or behaviour, source the feature; customers
    have the trait, buyers are among them; base_rate is that of all, lift is rate / base_rate with
    its 95% interval (Wilson's of the rate, over the base rate), whose lower end sorts the traits.
    Empty where nobody bought for the first time.
    """
    size, buyers = rows.height, int(rows["bought"].sum() or 0)
    if not buyers:
        return pl.DataFrame(schema=PROFILE)
    bought = rows.select("customer_id", pl.col("bought").cast(pl.Int64))
    table = (
        traits(rows, division)
        .join(bought, on="customer_id")
        .group_by(TRAIT)
        .agg(customers=pl.len(), buyers=pl.col("bought").sum())
        .filter(pl.col("customers") >= FEWEST, pl.col("customers") < size)
        .with_columns(division=pl.lit(division), base_rate=pl.lit(buyers / size))
        .with_columns(rate=pl.col("buyers") / pl.col("customers"))
    )
    low, high = wilson(table["rate"].to_numpy(), table["customers"].to_numpy())
    base = buyers / size
    rates = table.with_columns(
        lift=pl.col("rate") / base, low=pl.Series(low / base), high=pl.Series(high / base)
    )
    order = ["low", "lift", "kind", "trait"]
    return rates.sort(order, descending=[True, True, False, False]).select(*PROFILE).cast(PROFILE)


def surest(profile: pl.DataFrame, most: int = 12) -> pl.DataFrame:
    """Return the traits whose interval excludes 1, at most two per source.

    `most` is by division; profiles of several divisions may be given at once.
    """
    sure = profile.filter((pl.col("low") > 1) | (pl.col("high") < 1))
    two = sure.filter(pl.int_range(pl.len()).over("division", "source") < 2)
    return two.filter(pl.int_range(pl.len()).over("division") < most)


def closest(now: pl.DataFrame, rows: pl.DataFrame, profile: pl.DataFrame) -> pl.DataFrame:
    """Return the customers closest to the profile who never bought the division (`FIT`).

    `now` holds the features of the scoring cutoff; `rows` (`before_buying`) sets the bounds of the
    thirds. `fit` is the sum of the logarithms of the shrunken lifts of the profile's certain
    traits: 0 is the average customer. Like naive Bayes it counts overlapping traits several times.
    `traits` are those that support the customer.
    """
    certain = surest(profile, most=profile.height)
    if certain.is_empty():
        return pl.DataFrame(schema=FIT)
    division = certain["division"][0]
    expected = pl.col("customers") * pl.col("base_rate")
    lift = (pl.col("buyers") + SHRINKAGE * pl.col("base_rate")) / (
        expected + SHRINKAGE * pl.col("base_rate")
    )
    weight = certain.select(*TRAIT, weight=lift.log())
    never = now.filter(pl.col("own_orders_all").fill_null(0) == 0)
    has = traits(never, division, edges_of=rows).join(weight, on=TRAIT)
    named = (
        pl.col("trait")
        .sort_by("weight", descending=True)
        .filter(pl.col("weight").sort(descending=True) > 0)
    )
    fit = has.sort("customer_id", "trait").group_by("customer_id", maintain_order=True)
    table = fit.agg(fit=sums.total("weight"), traits=named.head(3).str.join("; "))
    table = table.with_columns(division=pl.lit(division)).select(*FIT).cast(FIT)
    return table.sort(["fit", "customer_id"], descending=[True, False]).head(CLOSEST)


def speaking(now: pl.DataFrame, rows: pl.DataFrame, profile: pl.DataFrame) -> pl.DataFrame:
    """Return the traits of customers that certainly support one division: `SPEAKING`.

    A trait supports the division if the 95% interval of its lift lies above 1. `now` and `rows` are
    those of `closest`.
    """
    sure = profile.filter(pl.col("low") > 1)
    if sure.is_empty() or now.is_empty():
        return pl.DataFrame(schema=SPEAKING)
    has = traits(now, sure["division"][0], edges_of=rows)
    matched = has.join(sure.select("division", *TRAIT, "lift"), on=TRAIT)
    return matched.select(*SPEAKING).cast(SPEAKING)


def spread(profiles: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    """Return the tables of all divisions as one."""
    return pl.concat([pl.DataFrame(schema=schema), *profiles])
