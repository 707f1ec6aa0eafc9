"""Facts of the account: what it owns, what expires, and its growth, size and rhythm."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl

from gosales_lib.core import sums, terms, timeline
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.whitespace.facts import bought as bought_facts
from gosales_lib.whitespace.facts.words import (
    count,
    day_of,
    either,
    every,
    month,
    often,
    percent,
    told,
)

RECENT_DAYS = 90
LARGEST = 0.25
GROWTH = 1.1
LATE = 1.5
"""A customer who has not ordered for this many times the usual gap has left the rhythm."""


def of_owners(offers: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Return the fact of customers who own or owned the division: rhythm, last purchase."""
    rows = offers.filter(pl.col("motion") != "cross-sell").join(bought, KEYS)
    gap = (pl.col("due_date") - pl.col("last_bought")).dt.total_days()
    due, last = pl.col("due_date").dt.strftime("%B %Y"), pl.col("last_bought").dt.strftime("%B %Y")
    once, name = pl.col("days") == 1, pl.col("division")
    times = pl.format("{}, {} {}", often("days"), either(once, "in", "most recently in"), last)
    falls = either(pl.col("due_date") <= pl.col("cutoff_date"), "was due", "is due")
    reasons = {
        "renewal": pl.format(
            "You have bought {} since {}, {}; the next order {} in {}.",
            name,
            month("first_day"),
            every(gap),
            falls,
            due,
        ),
        "win-back": pl.format("You bought {} {}.", name, times),
        "up-sell": either(
            once,
            pl.format("You bought {} in {}.", name, last),
            pl.format("You have bought {} {}.", name, times),
        ),
    }
    openers = {
        "renewal": pl.format(
            "Your next order of {} {} in {}; shall I prepare it?", name, falls, due
        ),
        "win-back": pl.format(
            "You last bought {} from us in {}; may I ask how you cover that today?", name, last
        ),
        "up-sell": pl.format(
            "You bought {} from us in {}; is there more that we can do for you there?", name, last
        ),
    }
    reason, opener = (
        pl.coalesce(pl.when(pl.col("motion") == m).then(text) for m, text in texts.items())
        for texts in (reasons, openers)
    )
    return told(rows, "owner", pl.lit(9.0), reason, opener)


def expiring(offers: pl.DataFrame, assets: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return the assets of the division that expire within the window."""
    low, high = window.cutoff_day, window.end_day
    day = pl.col("expiry_day")
    ending = assets.filter(day > low, day <= high, pl.col("start_day") <= low)
    rows = offers.join(ending, KEYS).sort(*KEYS, "expiry_day", "product")
    first = rows.unique(KEYS, keep="first", maintain_order=True)
    on = day.cast(pl.Int32).cast(pl.Date).dt.strftime("%-d %B %Y")
    reason = pl.format("Your {} ends on {}.", "product", on)
    opener = pl.format("Your {} ends on {}; shall we talk about what comes next?", "product", on)
    return told(first, "expiry", pl.lit(8.0), reason, opener)


def of_customers(
    offers: pl.DataFrame, sales: pl.DataFrame, window: Window, purchase: Purchase = UNITS
) -> pl.DataFrame:
    """Return facts of the customers that support any offer: growth, size, rhythm.

    A rhythm supports an offer if the next order is expected before the window ends.
    """
    people = account(sales, window.cutoff, purchase)
    rows = offers.join(people, "customer_id")
    name = pl.col("division")
    ask = pl.format("would {} be of use to you next?", name)
    more = (pl.col("units_before") > 0) & (pl.col("units") >= GROWTH * pl.col("units_before"))
    grew = rows.filter(more, pl.col("both_years"))
    growth = pl.format(
        "Your orders with us are growing: {} units in the last 12 months, after {} in the year "
        "before.",
        count("units"), count("units_before"),
    )  # fmt: skip
    large = rows.filter(pl.col("top") <= LARGEST, pl.col("gp") > 0)
    size = pl.format(
        "You are among the largest {}% of our customers over the last 12 months.",
        (pl.col("top") * 100).ceil().clip(1).cast(pl.Int64),
    )
    expected = pl.col("last_day") + pl.col("gap") <= window.end_day
    lately = pl.col("ago") <= pl.min_horizontal(pl.lit(RECENT_DAYS), LATE * pl.col("gap"))
    regular = rows.filter(lately, expected)
    last = pl.col("last_order").dt.strftime("%-d %B %Y")
    rhythm = pl.format("You order from us {}, most recently on {}.", every(pl.col("gap")), last)
    recently = pl.format("Thank you for your order in {}; {}", month("last_day"), ask)
    since = pl.format("You have been our customer since {}; {}", month("first_day"), ask)
    return pl.concat(
        [
            told(grew, "growth", pl.lit(0.15), growth, since),
            told(large, "size", pl.lit(0.1), size, since),
            told(regular, "rhythm", pl.lit(0.05), rhythm, recently),
            unowned(offers, people, sales, window.cutoff, purchase),
        ]
    )


def unowned(
    offers: pl.DataFrame,
    people: pl.DataFrame,
    sales: pl.DataFrame,
    cutoff: date,
    purchase: Purchase = UNITS,
) -> pl.DataFrame:
    """Return what can be told of every division that a customer never bought."""
    shares = bought_facts.popular(bought_facts.firsts(sales, cutoff, purchase))
    rows = (
        offers.filter(pl.col("motion") == "cross-sell")
        .join(since_when(sales, cutoff), "customer_id")
        .join(people.select("customer_id", "last_day", "ago"), "customer_id", "left")
        .join(shares, "division", "left")
    )
    name = pl.col("division")
    known_since = pl.format("You have been our customer since {}", month("first_day"))
    many = pl.format("{}% of our customers buy {}, and you do not yet.", percent("base"), name)
    bare = pl.format("{} and have not bought {} yet.", known_since, name)
    lately = pl.when(pl.col("ago") <= RECENT_DAYS).then(
        pl.format("Thank you for your order in {}", month("last_day"))
    )
    begins = pl.coalesce(lately, known_since)
    opener = pl.format("{}; would {} be of use to you next?", begins, name)
    return pl.concat(
        [
            told(rows, "popular", pl.lit(0.2), many, opener),
            told(rows, "customer", pl.lit(0.0), bare, opener),
        ]
    )


def since_when(sales: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the first day of every customer known on the cutoff: customer_id, first_day."""
    until_cutoff = nw.from_native(sales).filter(timeline.known(timeline.to_day(cutoff))).to_native()
    return until_cutoff.group_by("customer_id").agg(first_day=pl.col("order_day").min())


def account(sales: pl.DataFrame, cutoff: date, purchase: Purchase = UNITS) -> pl.DataFrame:
    """Return one row per customer who bought up to the cutoff: orders, growth and size.

    customer_id, first_day, last_day, last_order (date), ago (days to the cutoff), gap (median days
    between order days, null below 3), units and units_before (net, of the last 12 months and of the
    12 before), both_years (at least 2 order days in each), gp (12 months, net), top (share of
    customers with as much or more gross profit).
    """
    last = timeline.to_day(cutoff)
    marked = (
        nw.from_native(sales)
        .filter(timeline.known(last))
        .with_columns(
            year=timeline.last_months(cutoff, 12),
            before=timeline.last_months(cutoff, 12, back=12),
            bought=terms.purchased(purchase),
        )
        .to_native()
        .sort("customer_id")
    )
    day, units = pl.col("order_day").filter("bought"), pl.col("quantity")
    days = marked.filter("bought").select("customer_id", "order_day").unique()
    days = days.sort("customer_id", "order_day")
    gaps = days.group_by("customer_id", maintain_order=True).agg(
        gap=pl.when(pl.len() >= 3).then(pl.col("order_day").diff().median())
    )
    table = (
        marked.group_by("customer_id", maintain_order=True)
        .agg(
            first_day=day.min(),
            last_day=day.max(),
            units=sums.total(units.filter("year")),
            units_before=sums.total(units.filter("before")),
            both_years=pl.all_horizontal(
                pl.col("order_day").filter(pl.col("bought") & pl.col(span)).n_unique() >= 2
                for span in ("year", "before")
            ),
            gp=sums.total(pl.col("gross_profit").filter("year")),
        )
        .drop_nulls("first_day")
    )
    top = pl.col("gp").rank("max", descending=True) / max(1, table.height)
    dated = table.with_columns(
        last_order=day_of("last_day"), ago=last - pl.col("last_day"), top=top
    )
    return dated.join(gaps, "customer_id").sort("customer_id")
