"""Facts from what customers bought together, in sequence, and like similar customers."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl

from gosales_lib.core import sums, terms, timeline
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import LAPSED_MONTHS, UNITS, Purchase
from gosales_lib.whitespace.facts import words
from gosales_lib.whitespace.facts.words import ABOVE, MONTH, either, percent, tenths, told

FEWEST = 15
"""A share of fewer customers is not mentioned."""
PRIOR = 10.0
"""Number of average customers that every share is shrunk towards."""
MANY = 0.3
"""From this share on an opener says `about 3 in 10`; below it only `more often than others`."""
LATEST = 0.9
"""A customer is behind the followers when this share of them needed less time."""
POPULAR = 0.5
"""A division that this share of the customers buys is worth telling those who do not."""
OPEN = ("cross-sell", "win-back")
"""The sales plays to a customer who does not buy the division now."""
NAME = pl.col("division")
TOGETHER = "would it make sense to look at it together?"


def firsts(
    sales: pl.DataFrame,
    cutoff: date,
    purchase: Purchase = UNITS,
    lapsed_months: int = LAPSED_MONTHS,
) -> pl.DataFrame:
    """Return what customers had bought by the cutoff: one row per owner of a division.

    customer_id, division, first_day and last_day of the purchases, days (number of order days),
    active (bought it in the last `lapsed_months`), kept (not all of it was returned).
    """
    by_then = nw.from_native(sales).filter(timeline.known(timeline.to_day(cutoff)))
    marked = by_then.with_columns(
        amount=terms.amount(purchase), bought=terms.purchased(purchase)
    ).to_native()
    day = pl.col("order_day").filter("bought")
    owners = marked.group_by(KEYS).agg(
        first_day=day.min(),
        last_day=day.max(),
        days=day.n_unique(),
        kept=sums.total("amount") > 0,
    )
    active = terms.standing(cutoff, lapsed_months) == "active"
    told_of = nw.from_native(owners.drop_nulls("first_day")).with_columns(active=active)
    return told_of.to_native().sort(KEYS)


def owned(offers: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Return the owned divisions whose buyers buy the offered one more often than all customers."""
    shares = together(bought)
    rows = beside(open_to(offers), bought).join(shares, ["other", "division"])
    high = pl.col("share") >= ABOVE * pl.col("base")
    top = best(rows.filter(high, percent("observed") > percent("base")), "share")
    reason = pl.format(
        "You {}; {}% of the customers who buy {} also buy {}, compared with {}% of all customers.",
        words.bought(pl.col("other")), percent("observed"), "other", "division", percent("base"),
    )  # fmt: skip
    many = pl.format("about {} in 10 {} customers also buy {}", tenths("observed"), "other", NAME)
    opener = pl.format(
        "You {}, and {}; may I show you what it could do for you?",
        words.bought(pl.format("{} from us", "other"), "have been buying"),
        either(
            pl.col("observed") >= MANY,
            many,
            pl.format("{} customers buy {} more often than others", "other", NAME),
        ),
    )
    return told(top, "owned", (pl.col("share") / pl.col("base")).log(), reason, opener)


def together(bought: pl.DataFrame) -> pl.DataFrame:
    """Return how many of a division's buyers also buy another, as counted and for a comparison.

    other, division, base (the share of all customers), observed (the share of the other's buyers,
    which a sentence tells), share (the same shrunk to `base` by `PRIOR` customers).
    """
    size = max(1, bought["customer_id"].n_unique())
    counts = bought.group_by("division").agg(buyers=pl.len())
    both = pairs(bought).group_by("other", "division").agg(both=pl.len())
    table = both.join(counts.rename({"division": "other", "buyers": "owners"}), "other")
    table = table.join(counts.with_columns(base=pl.col("buyers") / size), "division")
    share = (pl.col("both") + PRIOR * pl.col("base")) / (pl.col("owners") + PRIOR)
    enough = table.filter(pl.col("owners") >= FEWEST)
    observed = pl.col("both") / pl.col("owners")
    return enough.select("other", "division", "base", observed=observed, share=share)


def open_to(offers: pl.DataFrame) -> pl.DataFrame:
    """Return the offers of divisions that the customer does not buy now: never, or lapsed."""
    return offers.filter(pl.col("motion").is_in(OPEN))


def popular(bought: pl.DataFrame) -> pl.DataFrame:
    """Return the divisions that most customers buy: division, base (share of all customers)."""
    size = max(1, bought["customer_id"].n_unique())
    shares = bought.group_by("division").agg(base=pl.len() / size, buyers=pl.len())
    return shares.filter(pl.col("base") >= POPULAR, pl.col("buyers") >= FEWEST).drop("buyers")


def followed(
    offers: pl.DataFrame, bought: pl.DataFrame, cutoff: date, names: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return what buyers of an owned division bought next, and after how long.

    It speaks for an offer only while the customer has not owned the other division for longer than
    nine in ten of those who followed needed. `names` holds customer_id and customer_name where
    customers may be named; without it nobody is.
    """
    table = next_bought(bought)
    new = offers.filter(pl.col("motion") == "cross-sell")
    rows = beside(new, bought).join(table, ["other", "division"])
    waited = timeline.to_day(cutoff) - pl.col("first_day")
    speaks = pl.col("rate") >= ABOVE * pl.col("usual")
    top = best(rows.filter(speaks, waited <= pl.col("longest")), "rate")
    named = pl.lit("")
    if names is not None:
        top = top.join(names, left_on="newest", right_on="customer_id", how="left")
        named = pl.format(", most recently {}", "customer_name").fill_null("")
    months = (pl.col("gap") / MONTH).round().clip(1).cast(pl.Int64)
    within = either(months == 1, "a month", pl.format("{} months", months))
    reason = pl.format(
        "{} customers who, like you, had bought {} went on to buy {}{}, half of them within {}.",
        "followers", "other", "division", named, within,
    )  # fmt: skip
    opener = pl.format(
        "Many customers who bought {}, as you did, went on to {}; would it make sense to "
        "look at it together?",
        "other", "division",
    )  # fmt: skip
    return told(top, "followed", (pl.col("rate") / pl.col("usual")).log(), reason, opener)


def next_bought(bought: pl.DataFrame) -> pl.DataFrame:
    """Return how many customers bought one division after another.

    other, division, followers (customers who bought the division later than the other), rate (their
    share of the buyers of the other who had not bought it before, drawn to `usual` by `PRIOR`),
    usual (the same over all others), gap (median days between), longest (days within which `LATEST`
    of them bought), newest (the follower who bought last).
    """
    both = pairs(bought.select(*KEYS, "first_day"))
    later = both.filter(pl.col("first_day") > pl.col("other_day"))
    gap = pl.col("first_day") - pl.col("other_day")
    newest = pl.col("customer_id").sort_by("first_day", "customer_id").last()
    after = later.group_by("other", "division").agg(
        followers=pl.len(), gap=gap.median(), longest=gap.quantile(LATEST), newest=newest
    )
    owners = bought.group_by(pl.col("division").alias("other")).agg(owners=pl.len())
    before = both.filter(pl.col("first_day") <= pl.col("other_day"))
    had = before.group_by("other", "division").agg(had=pl.len())
    table = after.join(owners, "other").join(had, ["other", "division"], "left")
    table = table.with_columns(free=pl.col("owners") - pl.col("had").fill_null(0))
    total = pl.col("followers").sum() / pl.col("free").sum()
    usual = table.with_columns(usual=total.over("division"))
    rate = (pl.col("followers") + PRIOR * pl.col("usual")) / (pl.col("free") + PRIOR)
    enough = usual.filter(pl.col("followers") >= FEWEST)
    kept = ["other", "division", "followers", "usual", "gap", "longest", "newest"]
    return enough.select(*kept, rate=rate)


def similar(offers: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Return the share of the most similar customers who buy the division, if it is high."""
    size = max(1, bought["customer_id"].n_unique())
    base = bought.group_by("division").agg(base=pl.len() / size)
    rows = open_to(offers).join(base, "division").drop_nulls("similarity")
    above = pl.col("similarity") >= ABOVE * pl.col("base")
    high = rows.filter(above, percent("similarity") > percent("base"))
    reason = pl.format(
        "{}% of the customers most like you buy {}, compared with {}% of all customers.",
        percent("similarity"), "division", percent("base"),
    )  # fmt: skip
    many = f"About {{}} in 10 of the customers most like you buy {{}}; {TOGETHER}"
    opener = either(
        pl.col("similarity") >= MANY,
        pl.format(many, tenths("similarity"), "division"),
        pl.format(f"Customers like you buy {{}} more often than others; {TOGETHER}", "division"),
    )
    return told(high, "similar", (pl.col("similarity") / pl.col("base")).log(), reason, opener)


def pairs(bought: pl.DataFrame) -> pl.DataFrame:
    """Return the customers' pairs of two divisions: other and division, with their days."""
    other = bought.select("customer_id", other="division", other_day="first_day")
    return bought.join(other, "customer_id").filter(pl.col("other") != pl.col("division"))


def beside(offers: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Return the offers with every other division that the customer bought and kept: other, days.

    To name what was sent back would remind the customer of it.
    """
    when = ["first_day", "last_day", "active"]
    mine = bought.filter("kept").select("customer_id", *when, other="division")
    rows = offers.select(KEYS).join(mine, "customer_id")
    return rows.filter(pl.col("other") != pl.col("division"))


def best(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return the row of each offer with the highest value, ties by the other division's name."""
    order = rows.sort(*KEYS, by, "other", descending=[False, False, True, False])
    return order.unique(KEYS, keep="first", maintain_order=True)
