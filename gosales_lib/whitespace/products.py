"""The lead products of an offer: the likely products of a purchase, with quantity and price.

Learned from the first purchases of the division up to the cutoff. A customer's own history before
the first purchase finds similar customers; without any, the division's best sellers fill in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from scipy import sparse

from gosales_lib.core import sums, terms, timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import UNITS, Purchase

LEAD = 3
"""Number of lead products per offer."""
SPAN_DAYS = 92
"""A first purchase covers this many days from the first order of the division on: on average a
buyer has half of a six-month window left."""
HALF_LIFE_DAYS = 180
"""The weight of a first purchase halves after each span of this length."""
PRIOR_LIKE = 5.0
"""Prior weight of the average customer, in first purchases, against those of similar customers.
It and the half-life were chosen on windows that closed before the cutoffs of three data sets."""
PRIOR_SOLD = 5.0
"""Prior weight of the division's buyers of 12 months, against its first purchases."""
PRIOR_OWN = 2.0
"""Prior weight of the average buyer, in orders, against a customer's own orders of the division."""
FEWEST = 10
"""With fewer first purchases the lead products are the division's best sellers, with a note."""
SLICE = 20_000
"""Number of customers per step."""
BEST_SELLERS = "best sellers of the division: too few first purchases to learn from"
OWN_ORDERS = "own orders of the division"
ONLY = "the division's only product"
LEADS = pl.Schema(
    {"customer_id": pl.String(), "division": pl.String(), "place": pl.Int8()}
    | {"product": pl.String(), "probability": pl.Float64()}
    | dict.fromkeys(("quantity", "unit_price", "unit_gp"), pl.Float64())
    | {"source": pl.String()}
)


def lines(sales: pl.DataFrame, cutoff: date, purchase: Purchase = UNITS) -> pl.DataFrame:
    """Return the purchases by the cutoff: one row per customer, product and day, sorted.

    customer_id, division, product, order_day, quantity, gross_profit, revenue (null where no line
    has one). Only purchase lines count.
    """
    keys = [*KEYS, "product", "order_day"]
    purchases = terms.purchases(sales, cutoff, purchase)
    table = purchases.sort(*keys, "invoice").group_by(keys, maintain_order=True)
    totals = [sums.total(c) for c in ("quantity", "gross_profit")]
    money = pl.when(pl.col("revenue").count() > 0).then(sums.total("revenue"))
    return table.agg(*totals, revenue=money)


def leads(offers: pl.DataFrame, bought: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the lead products of each offer, the likeliest first: the columns of `LEADS`.

    `probability` is the chance that a purchase of the division includes the product; quantity,
    unit_price and unit_gp are the medians of first purchases (of all orders for owners of the
    division), price null where the log tells no revenue. `offers` has customer_id, division and
    `motion`, `bought` comes from `lines`.
    """
    frames = [pl.DataFrame(schema=LEADS)]
    for (division,), mine in sorted(offers.partition_by("division", as_dict=True).items()):
        taste = Taste.learn(bought, str(division), cutoff)
        new = pl.col("motion") == "cross-sell"
        for rows, chances in ((mine.filter(new), taste.alike), (mine.filter(~new), taste.own)):
            for part in rows.sort("customer_id").iter_slices(SLICE):
                frames.append(taste.named(part["customer_id"], *chances(part["customer_id"])))
    return pl.concat(frames)


@dataclass(frozen=True)
class Taste:
    """The first purchases of a division, and the histories of their buyers.

    Parameters
    ----------
    sold, others
        The lines of the division (`lines`); customer_id, product, first_day of other divisions.
    catalogue, elsewhere
        The division's products, and those of the others, sorted.
    usual
        The chance of each product in the average first purchase.
    held, weight
        Products of other divisions x products of the division: the weight of first purchases of the
        second by owners of the first; and the weight of all first purchases by these owners.
    first
        The number of first purchases.
    """

    division: str
    sold: pl.DataFrame
    others: pl.DataFrame
    catalogue: pl.Series
    elsewhere: pl.Series
    damping: Floats
    usual: Floats
    held: sparse.csr_array
    weight: Floats
    first: int

    @classmethod
    def learn(cls, bought: pl.DataFrame, division: str, cutoff: date) -> Taste:
        """Return the first purchases of one division from the lines up to the cutoff."""
        sold = bought.filter(division=division)
        rest = bought.filter(pl.col("division") != division)
        others = rest.group_by("customer_id", "product").agg(first_day=pl.col("order_day").min())
        catalogue, elsewhere = (rows["product"].unique().sort() for rows in (sold, others))
        begun = sold.group_by("customer_id").agg(day=pl.col("order_day").min()).sort("customer_id")
        people = begun["customer_id"]
        event = sold.join(begun, "customer_id").filter(
            pl.col("order_day") <= pl.col("day") + SPAN_DAYS
        )
        basket = matrix(event, people, catalogue)
        before = others.join(begun, "customer_id").filter(pl.col("first_day") < pl.col("day"))
        history = matrix(before, people, elsewhere)
        damping = (5 + np.asarray(history.sum(axis=0)).ravel()) ** -0.5
        history = unit_rows(history, damping)
        age = timeline.to_day(cutoff) - begun["day"].to_numpy()
        recent = 0.5 ** (age / HALF_LIFE_DAYS)
        year = sold.filter(pl.col("order_day") > timeline.to_day(cutoff) - 365)
        sellers = share_of_buyers(year if year.height else sold, catalogue)
        usual = (recent @ basket + PRIOR_SOLD * sellers) / (recent.sum() + PRIOR_SOLD)
        held = sparse.csr_array(history.T @ sparse.diags_array(recent) @ basket)
        weight, first = np.asarray(history.T @ recent).ravel(), begun.height
        spread = (damping, sellers if first < FEWEST else usual, held, weight, first)
        return cls(division, sold, others, catalogue, elsewhere, *spread)

    def alike(self, people: pl.Series) -> tuple[Floats, str]:
        """Return the chances of customers who never bought it (customers x products), and why."""
        if len(self.catalogue) < 2:
            return np.tile(self.usual, (len(people), 1)), ONLY
        if self.first < FEWEST:
            return np.tile(self.usual, (len(people), 1)), BEST_SELLERS
        mine = self.others.join(people.to_frame(), "customer_id", "semi")
        taste = unit_rows(matrix(mine, people, self.elsewhere), self.damping)
        total = np.asarray(taste @ self.weight).ravel()[:, None] + PRIOR_LIKE
        chance = ((taste @ self.held).toarray() + PRIOR_LIKE * self.usual) / total
        return chance, f"{self.first:,} first purchases, similar customers with more weight"

    def own(self, people: pl.Series) -> tuple[Floats, str]:
        """Return the chances of customers who own or owned it, from their own order days."""
        usual = share_of_orders(self.sold, self.catalogue)
        mine = self.sold.join(people.to_frame(), "customer_id", "semi")
        days = mine.select("customer_id", "order_day").unique()["customer_id"]
        counts = dict(days.value_counts().iter_rows())
        orders = np.array([counts.get(name, 0) for name in people], float)[:, None]
        held = matrix(mine, people, self.catalogue, repeat=True).toarray()
        chance = (held + PRIOR_OWN * usual) / (orders + PRIOR_OWN)
        return chance, ONLY if len(self.catalogue) < 2 else OWN_ORDERS

    def named(self, people: pl.Series, chance: Floats, source: str) -> pl.DataFrame:
        """Return the likeliest products of each customer: the columns of `LEADS`."""
        top = np.argsort(-chance, axis=1, kind="stable")[:, :LEAD]
        row = np.arange(len(people))[:, None]
        table = pl.DataFrame(
            {
                "customer_id": people.gather(np.repeat(np.arange(len(people)), top.shape[1])),
                "place": np.tile(np.arange(1, top.shape[1] + 1), len(people)),
                "product": self.catalogue.gather(top.ravel()),
                "probability": chance[row, top].ravel(),
            }
        ).with_columns(division=pl.lit(self.division), source=pl.lit(source))
        usual = typical(self.sold).filter(pl.col("product").is_in(self.catalogue.implode()))
        return table.join(usual, "product", "left").select(*LEADS).cast(LEADS).sort(*KEYS, "place")


def typical(sold: pl.DataFrame) -> pl.DataFrame:
    """Return the typical order of each product: product, quantity, unit_price, unit_gp.

    Medians over customers and days; unit_price is null where the log tells no revenue.
    """
    units = pl.when(pl.col("quantity") > 0).then(pl.col("quantity"))
    return sold.group_by("product").agg(
        quantity=units.median(),
        unit_price=(pl.col("revenue") / units).median(),
        unit_gp=(pl.col("gross_profit") / units).median(),
    )


def share_of_buyers(sold: pl.DataFrame, catalogue: pl.Series) -> Floats:
    """Return the share of a division's buyers who bought each product."""
    buyers = max(1, sold["customer_id"].n_unique())
    people = sold["customer_id"].unique().sort()
    return np.asarray(matrix(sold, people, catalogue).sum(axis=0)).ravel() / buyers


def share_of_orders(sold: pl.DataFrame, catalogue: pl.Series) -> Floats:
    """Return the share of a division's order days that held each product."""
    orders = max(1, sold.select("customer_id", "order_day").n_unique())
    people = sold["customer_id"].unique().sort()
    return np.asarray(matrix(sold, people, catalogue, repeat=True).sum(axis=0)).ravel() / orders


def matrix(
    rows: pl.DataFrame, people: pl.Series, catalogue: pl.Series, *, repeat: bool = False
) -> sparse.csr_array:
    """Return customers x products: 1 where bought, or with `repeat` on how many days."""
    keys = ["customer_id", "product", *(["order_day"] if repeat else [])]
    pairs = rows.select(keys).unique()
    row = pairs["customer_id"].replace_strict(people, np.arange(len(people)), default=None)
    column = pairs["product"].replace_strict(catalogue, np.arange(len(catalogue)), default=None)
    inside = (row.is_not_null() & column.is_not_null()).to_numpy()
    where = (row.to_numpy()[inside].astype(int), column.to_numpy()[inside].astype(int))
    shape = (len(people), len(catalogue))
    return sparse.csr_array((np.ones(inside.sum()), where), shape=shape)


def unit_rows(history: sparse.csr_array, damping: Floats) -> sparse.csr_array:
    """Return rows of length 1, products weighed by `damping`; an empty row stays empty."""
    weighed = sparse.csr_array(history * damping)
    length = np.sqrt(np.asarray((weighed * weighed).sum(axis=1)).ravel())
    return sparse.csr_array(sparse.diags_array(1 / np.where(length > 0, length, 1.0)) @ weighed)


def beside(ranked: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Return the ranked list with product_1 to product_3 and their columns, from `leads`."""
    order, wide = ranked.columns, table.select(*KEYS, product_source="source").unique(KEYS)
    for number in range(1, LEAD + 1):
        further = ("probability", "quantity", "unit_price", "unit_gp")
        names = {name: f"product_{number}_{name}" for name in further}
        names["product"] = f"product_{number}"
        mine = table.filter(place=number).select(*KEYS, *names).rename(names)
        wide = wide.join(mine, KEYS, "left")
    bare = ranked.drop([c for c in wide.columns if c not in KEYS])
    return bare.join(wide, KEYS, "left", maintain_order="left").select(order)
