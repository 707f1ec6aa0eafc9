"""From purchases to the rows of a wide sales log: invoices, prices, names, and honest dirt."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gosales_lib import timeline
from gosales_lib.sample.market import DIVISIONS, INDUSTRIES, REGIONS, Bools, Customers, Floats

FIRST_DAY = date(2021, 7, 1)
PRODUCTS: dict[str, tuple[tuple[str, float, float], ...]] = {  # name, list price USD, share
    "Solidworks": (
        ("SWX_Core", 4200, 0.45),
        ("SWX_Pro_Prem", 7200, 0.25),
        ("Core_New_UAP", 1500, 0.2),
        ("Pro_Prem_New_UAP", 2300, 0.1),
    ),
    "Simulation": (("Simulation", 5400, 0.7), ("HV_Simulation", 14000, 0.3)),
    "PDM": (("PDM", 2900, 1.0),),
    "CAMWorks": (("CAMWorks", 6100, 1.0),),
    "DraftSight": (("DraftSight", 420, 1.0),),
    "CPE": (("CATIA", 16000, 0.7), ("Delmia_Apriso", 24000, 0.3)),
    "Services": (("Services", 1900, 1.0),),
    "Training": (("Training", 1300, 1.0),),
    "Supplies": (("Supplies", 380, 1.0),),
    "Success Plan": (("Success Plan", 1700, 1.0),),
}
MARGIN = np.array([0.28, 0.32, 0.35, 0.25, 0.3, 0.22, 0.45, 0.5, 0.18, 0.6])
SEATS = np.array([1.0, 0.3, 1.2, 0.3, 1.5, 0.4, 0.5, 0.6, 2.5, 1.0])
"""Mean number of further units of a purchase by a firm of middle size."""
REPS = 3  # of each branch
HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "Grüße & Söhne 🚀 GmbH",
    "株式会社サンプル",
    "شركة المثال",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "O'Brien; DROP TABLE runs;--",
    "Very long name " + "x" * 185,
)
STEMS = (
    "Acme",
    "Apex",
    "Atlas",
    "Beacon",
    "Birch",
    "Cobalt",
    "Delta",
    "Ember",
    "Falcon",
    "Granite",
)
STEMS += ("Harbor", "Iron", "Juniper", "Keystone", "Lumen", "Maple", "North", "Orion", "Pioneer")
ENDS = ("Tool", "Design", "Machine Works", "Robotics", "Engineering", "Plastics", "Devices")
ENDS += ("Systems", "Dynamics", "Fabrication", "Products")


def ids(count: int) -> list[str]:
    """Return the customers' keys; the leading zeros must survive."""
    return [f"{number:06d}" for number in range(1001, 1001 + count)]


def names(count: int, rng: np.random.Generator) -> list[str]:
    """Return the customers' names; the first few are those that break careless programs."""
    stem, end = rng.integers(0, len(STEMS), count), rng.integers(0, len(ENDS), count)
    plain = [
        f"{STEMS[a]} {ENDS[b]} {i + 1}" for i, (a, b) in enumerate(zip(stem, end, strict=True))
    ]
    hostile = HOSTILE[:count]
    return [*hostile, *plain[len(hostile) :]]


def customers_file(
    customers: Customers, called: list[str], rng: np.random.Generator
) -> pl.DataFrame:
    """Return customers.csv: some blanks, as in life."""
    count = len(called)
    industry = pl.Series([INDUSTRIES[i] for i in customers.industry])
    blank = pl.Series(rng.random(count) < 0.06)
    return pl.DataFrame(
        {
            "CustomerId": ids(count),
            "Customer": called,
            "Industry": industry.set(blank, None),
            "Employees": customers.employees,
            "Region": [REGIONS[r] for r in customers.region],
        }
    )


def units(customers: Customers) -> Floats:
    """Return the mean of the further units of a purchase: customers x divisions."""
    size = np.exp(0.35 * (np.log(customers.employees) - 4.0))
    return np.minimum(SEATS * size[:, None], 40)


def mean_gross_profit(customers: Customers) -> Floats:
    """Return the mean gross profit of one purchase in USD: customers x divisions."""
    price = np.array([sum(p * share for _, p, share in PRODUCTS[d]) for d in DIVISIONS])
    return price * MARGIN * (1 + units(customers))


def lines(
    bought: Bools, customers: Customers, month: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Return one month's purchases: customer (row number), day, product, gross profit, quantity.

    A customer's purchases of a month share a day and an invoice, mostly. One in fifty of several
    units sends one back before the month is over, so a purchase stays one.
    """
    who, what = np.nonzero(bought)
    start = timeline.add_months(FIRST_DAY, month)
    length = timeline.to_day(timeline.add_months(start, 1)) - timeline.to_day(start)
    own_day = np.ceil(length * rng.beta(1.6, 1.1, len(customers.churn))).astype(int)
    alone = rng.random(len(who)) < 0.15
    day = np.where(alone, rng.integers(1, length + 1, len(who)), own_day[who]).clip(1, length)
    quantity = 1 + rng.poisson(units(customers)[who, what])
    product, price = products(what, rng)
    margin = rng.normal(MARGIN[what], 0.09) - (rng.random(len(who)) < 0.05) * 0.4
    profit = np.round(price * quantity * margin, 2)
    sold = pl.DataFrame(
        {
            "customer": who,
            "day": timeline.to_day(start) + day - 1,
            "product": product,
            "gross_profit": profit,
            "quantity": quantity,
        }
    )
    back = (quantity >= 3) & (rng.random(len(who)) < 0.02) & (day < length)
    returned = sold.filter(pl.Series(back)).with_columns(
        day=pl.col("day") + 1,
        gross_profit=-(pl.col("gross_profit") / pl.col("quantity")).round(2),
        quantity=pl.lit(-1, pl.Int64),
    )
    return pl.concat([sold, returned.cast(sold.schema)])


def products(what: NDArray[np.int64], rng: np.random.Generator) -> tuple[list[str], Floats]:
    """Return the product of each purchase, by the shares in its division, and its price."""
    draw = rng.random(len(what))
    found: list[str] = []
    price = np.empty(len(what))
    edges = {d: np.cumsum([share for *_, share in PRODUCTS[d]]) for d in DIVISIONS}
    for row, division in enumerate(what):
        options = PRODUCTS[DIVISIONS[division]]
        chosen = min(int(np.searchsorted(edges[DIVISIONS[division]], draw[row])), len(options) - 1)
        found.append(options[chosen][0])
        price[row] = options[chosen][1]
    return found, price


def wide(rows: pl.DataFrame, customers: Customers, called: list[str]) -> pl.DataFrame:
    """Return the rows as the GoSales wide log: a line an invoice, a pair of columns a product."""
    keys = ["day", "customer", "back"]
    marked = rows.with_columns(back=pl.col("quantity") < 0)
    invoices = marked.select(keys).unique().sort(keys).with_row_index("number")
    log = invoices.with_columns(pl.format("INV-{}", pl.col("number") + 100001).alias("Invoice"))
    for division in DIVISIONS:
        for product, *_ in PRODUCTS[division]:
            mine = (
                marked.filter(product=product)
                .group_by(keys)
                .agg(
                    pl.col("gross_profit").sum().round(2).alias(gp_column(product)),
                    pl.col("quantity").sum().alias(quantity_column(product)),
                )
            )
            log = log.join(mine, on=keys, how="left")
    who = log["customer"].to_numpy()
    region = customers.region[who]
    key = np.array(ids(len(called)))
    head = pl.DataFrame(
        {
            "CustomerId": key[who],
            "Customer": [called[i] for i in who],
            "Rec Date": log["day"].cast(pl.Int32).cast(pl.Date),
            "Invoice": log["Invoice"],
            "Division": ["Design" if i % 3 else "Manufacturing" for i in who],
            "Branch": [REGIONS[r] for r in region],
            "Rep": [f"{REGIONS[r]} rep {i % REPS + 1}" for r, i in zip(region, who, strict=True)],
        }
    )
    return pl.concat([head, log.drop("number", "Invoice", *keys)], how="horizontal")


def gp_column(product: str) -> str:
    """Return the name of a product's column of gross profit."""
    return "Success Plan GP" if product == "Success Plan" else product


def quantity_column(product: str) -> str:
    """Return the name of a product's column of quantity."""
    return f"{product.replace(' ', '_')}_Qty"


def dirty(text: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return a log of text with dirt in about one row of a hundred; no purchase is lost by it.

    Gross profit is rewritten as `$1,234.50` and `(12.00)`. Added are exact duplicates of
    supplies, rows without a customer, with a date or a number that nobody can read.
    """
    count = max(3, text.height // 400)
    written = text.with_columns(
        pl.when(pl.Series(rng.random(text.height) < 0.01))
        .then(pl.col("Services").str.replace(r"^(\d+)(\d{3}\.\d+)$", "$$$1,$2"))
        .otherwise(
            pl.when(pl.Series(rng.random(text.height) < 0.3))
            .then(pl.col("Services").str.replace(r"^-(.+)$", "($1)"))
            .otherwise(pl.col("Services"))
        )
        .alias("Services")
    )
    spoiled = [
        picked(text, count, rng).with_columns(CustomerId=pl.lit("")),
        picked(text, count, rng).with_columns(pl.lit("31/31/2024").alias("Rec Date")),
        picked(text, count, rng).with_columns(Supplies=pl.lit("n.a. (see mail)")),
    ]
    again = picked(text.filter(pl.col("Supplies") != ""), count, rng)
    return pl.concat([written, *spoiled, again])


def picked(text: pl.DataFrame, count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return some rows, drawn at random, in their order."""
    count = min(count, text.height)
    return text[np.sort(rng.choice(text.height, count, replace=False))]
