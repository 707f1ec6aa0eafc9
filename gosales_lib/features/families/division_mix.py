"""Division mix: how the customer's orders spread over the divisions, and which came first."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from gosales_lib.features import engines
from gosales_lib.features.family import Block, Feature, Sentence, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.history import History

NONE = "none"
WEIGHT = (0.5, 50.0)  # orders that the prior of a share weighs at least and at most
NOT_BOUGHT = "never bought {other}"
SENTENCES = (
    Sentence(
        r"orders_(?P<span>\d+m|all)__(?P<other>.+)",
        "{n:,.0f} orders of {other} {within}",
        NOT_BOUGHT,
    ),
    Sentence("gp_all__(?P<other>.+)", "{n:,.0f} gross profit from {other} so far", NOT_BOUGHT),
    Sentence("share__(?P<other>.+)", "{other} is {n:.0%} of its orders", NOT_BOUGHT),
    Sentence(r"divisions_(?P<span>\d+m|all)", "bought from {n:.0f} divisions {within}"),
    Sentence("first_division", "began with {value}"),
    Sentence("days_since_new_division", "last took up a new division {n:,.0f} days ago"),
)


@family(default=False, sentences=SENTENCES)
def division_mix(history: History) -> list[Block]:
    """Orders and gross profit per division over 12 months and ever, shares, breadth, entropy.

    A share refers to all of the customer's orders. It is shrunk towards the mix of all customers,
    so that one small order does not look like loyalty; the less customers differ, the more.
    Entropy is in nats: 0 means a single division. The days since the last new division show
    which customers still extend to new divisions.
    Source: entropy, Shannon (1948); empirical Bayes, Robbins (1956), here `prior`.
    """
    features, shares = [], []
    [pairs] = engines.fetch([history.division_sums.filter(nw.col("orders") > 0)])
    mean, weight = prior(pairs)
    for division in history.divisions:
        features += sums(division)
        drawn = nw.col(f"orders_all__{division}") + weight * mean.get(division, 0.0)
        share = drawn / (nw.col("_orders") + weight)
        meaning = f"Share of the orders in {division}"
        shares.append(Feature(f"share__{division}", share, meaning, "share"))
    year = nw.when(nw.col("orders_12m") > 0).then(1).otherwise(0).sum()
    lately = "Number of divisions bought in the last 12 months"
    features.append(Feature("_orders", nw.col("orders").sum()))
    features.append(Feature("divisions_12m", year, lately, "divisions", "12m", 0))
    return [Block(history.division_sums, features, shares), breadth(history)]


def prior(pairs: pl.DataFrame) -> tuple[dict[str, float], float]:
    """Return each division's share of all orders, and how many orders that mix weighs as much as.

    The counts of a customer are Dirichlet-multinomial: with a prior of `s` orders, the squared
    distances from the mean mix are (n + s) / (1 + s) times those of `n` orders drawn from it, on
    which `s` is solved for.
    Source: Mosimann, "On the compound multinomial distribution" (1962).

    Parameters
    ----------
    pairs
        customer_id, division, orders: one row per customer and division with an order.
    """
    least, most = WEIGHT
    count = pl.col("orders").cast(pl.Int64)
    rows = pairs.select(DIVISION, n=count, all=count.sum().over(CUSTOMER))
    total = rows.group_by(DIVISION).agg(
        pl.col("n").sum(), squares=(pl.col("n") ** 2).sum(), both=pl.col("n").dot("all")
    )
    total = total.sort(DIVISION)
    n, squares, both = (total[c].to_numpy().astype(float) for c in ("n", "squares", "both"))
    mean = n / n.sum()
    random = 1 - float((mean**2).sum())
    usual = dict(zip(total[DIVISION], mean.tolist(), strict=True))
    if random <= 0:  # all bought of one division
        return usual, most
    apart = (squares.sum() - 2 * mean @ both + both.sum() * (1 - random)) / random
    weight = (both.sum() - apart) / max(apart - n.sum(), 1e-9)
    return usual, float(min(max(weight, least), most))


def sums(division: str) -> list[Feature]:
    """Return orders in a year and ever, and gross profit ever, in one division."""
    here = nw.col(DIVISION) == division
    named = ("orders_12m", "orders", "gp")
    year, ever, gp = (nw.when(here).then(nw.col(n)).otherwise(0).sum() for n in named)
    orders = f"Number of orders in {division}"
    lately = f"{orders} in the last 12 months"
    return [
        Feature(f"orders_12m__{division}", year, lately, "orders", "12m", 0),
        Feature(f"orders_all__{division}", ever, orders, "orders", "all", 0),
        Feature(f"gp_all__{division}", gp, f"Gross profit in {division}", "currency", "all", 0),
    ]


def breadth(history: History) -> Block:
    """Return the number of divisions, their evenness, the first one, and the date of the newest."""
    count = nw.col("orders") * 1.0
    index = nw.lit(0)
    for i, division in enumerate(history.divisions):
        index = nw.when(nw.col(DIVISION) == division).then(i).otherwise(index)
    width = len(history.divisions) + 1
    first = nw.lit(NONE)
    for i, division in enumerate(history.divisions):
        first = nw.when(nw.col("_first") % width == i).then(nw.lit(division)).otherwise(first)
    entropy = nw.col("_orders").log() - nw.col("_orders_log_orders") / nw.col("_orders")
    evenness = "Entropy of the orders over the divisions"
    since = history.days_since(nw.col("_newest"))
    newest = "Days since a division was bought for the first time"
    ever = "Number of divisions ever bought"
    return Block(
        history.division_sums.filter(nw.col("orders") > 0),
        [
            Feature("_first", (nw.col("first_day") * width + index).min()),
            Feature("_newest", nw.col("first_day").max()),
            Feature("_orders", count.sum()),
            Feature("_orders_log_orders", (count * count.log()).sum()),
            Feature("divisions_all", nw.len(), ever, "divisions", "all", 0),
        ],
        [
            Feature("division_entropy", entropy, evenness, "nats", "all", 0),
            Feature(
                "first_division", first, "Division of the first order", "category", "all", NONE
            ),
            Feature("days_since_new_division", since, newest, "days"),
        ],
    )
