"""Alarms on a log that becomes another one midway: customers numbered anew, another unit of money.

A new system often gives all customers new keys, or books thousands instead of units. Each row is
in order then, but nobody comes back, or money grows a thousandfold, on one day.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import log10

import numpy as np
import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.alarms import Alarm
from gosales_lib.layout import Layout
from gosales_lib.sales_log import exports, spellings
from gosales_lib.sales_log.log import SalesLog

MONTHS = 6  # whose customers are looked for on the other side of a month's beginning
EXPECTED = 15  # customers who usually are on both sides: with fewer, chance explains their absence
FEWER = 1 / 3  # of the usual share; on real logs one of both sides stays above 0.78 of it
FACTOR = 10.0  # of amounts per unit; real logs stay between 0.5 and 1.9
NEAR_TEN = 0.1  # of the log10 of a factor: a value of any column may have dearer products
ROWS = 20  # rows whose products are known from the year before, or from other files
TURNED = 0.9  # of a month's amounts are negative; returns of another month are fewer
FEWEST_TWICE = 5  # names with two keys; fewer are customers who registered again
ANEW = (
    "Bring old and new keys together with `accounts:`; "
    "`alarms: {accept: [customers-numbered-anew]}` says that they are other customers."
)
MONTH = (
    pl.col("order_date").dt.year() * 12 + pl.col("order_date").dt.month().cast(pl.Int32) - 1
).alias("month")
SHARES = {
    "month": pl.Int32, "before": pl.UInt32, "after": pl.UInt32,
    "stay": pl.Float64, "came": pl.Float64,
}  # fmt: skip


def customers(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm where hardly any customer is found both before and after one day."""
    found = itertools.chain(_two_keys_in_turn(log), _numbered_anew(log.transactions, first=0))
    yield from itertools.islice(found, 1)


def of_holdout(log: SalesLog, later: SalesLog) -> Iterator[Alarm]:
    """Yield the same alarms where a holdout has other customers, unit or signs than its log."""
    if log.transactions.is_empty() or later.transactions.is_empty():
        return
    parts = {"log": log.transactions, "holdout": later.transactions}
    both = pl.concat(facts.with_columns(file=pl.lit(name)) for name, facts in parts.items())
    first = later.transactions.select(MONTH.min()).item()
    yield from _numbered_anew(both, first)
    yield from _turned(both, first)
    ratio = _by(_cells(both), "file").filter(pl.col("file") == "holdout")
    yield from _in_another_unit(ratio, "the holdout", "in the log")


def _two_keys_in_turn(log: SalesLog) -> Iterator[Alarm]:
    """Yield an alarm where most names have one key up to a day, and another one from then on."""
    day = pl.col("order_date")
    spans = log.transactions.group_by("customer_id").agg(first=day.min(), last=day.max())
    called = log.customers.select("customer_id", name=pl.col("customer_name").str.to_lowercase())
    keys = spans.join(called.drop_nulls(), "customer_id").sort("name", "first")
    keys = keys.with_columns(form=spellings.forms(keys["customer_id"]))  # else `alike-customers`
    ended = pl.col("last").shift().over("name") < pl.col("first")
    ended &= pl.col("form").shift().over("name") != pl.col("form")
    turns = keys.with_columns(ended=ended).filter(pl.len().over("name") == 2, "ended")
    names = keys["name"].n_unique()
    if turns.height < FEWEST_TWICE or 2 * turns.height < names:
        return
    yield Alarm(
        name="customers-numbered-anew",
        level="failed",
        sentence=f"{turns.height:,} of {names:,} names have one key up to a day and another one "
        f"from then on: each customer counts as one lost and one new customer.",
        count=turns.height,
        example=turns["customer_id"][0],
        mend=ANEW,
    )


def _numbered_anew(facts: pl.DataFrame, first: int) -> Iterator[Alarm]:
    stay, came = pl.col("stay").median(), pl.col("came").median()
    shares = _on_both_sides(facts).with_columns(
        usual_stay=stay,
        usual_came=came,
        left=pl.max_horizontal(pl.col("stay") / stay, pl.col("came") / came),
        expected=pl.min_horizontal(pl.col("before") * stay, pl.col("after") * came),
    )
    broken = shares.filter(
        pl.col("month") >= first, pl.col("expected") >= EXPECTED, pl.col("left") < FEWER
    )
    for row in broken.sort("left", "month").head(1).iter_rows(named=True):
        day = f"{_month(row['month'])}-01"
        yield Alarm(
            name="customers-numbered-anew",
            level="failed",
            sentence=f"of {row['before']:,} customers before {day} {row['stay']:.0%} ordered "
            f"after it (usual: {row['usual_stay']:.0%}), and of {row['after']:,} customers after "
            f"it {row['came']:.0%} had ordered before (usual: {row['usual_came']:.0%}): their "
            "keys seem to have changed, so each customer counts as one lost and one new customer.",
            count=row["after"],
            example=facts.filter(row["month"] == MONTH)["customer_id"].min(),
            mend=ANEW,
        )


def _on_both_sides(facts: pl.DataFrame) -> pl.DataFrame:
    """Return per month how many customers there are before and from its first day, and who stays.

    Columns: month, before, after (customers of six months), stay (the share of those before who
    order later), came (the share of those after who ordered earlier).
    """
    if facts.is_empty():
        return pl.DataFrame(schema=SHARES)
    keys = facts["customer_id"].cast(pl.Categorical).to_physical().to_numpy()
    months = facts.select(MONTH).to_series().to_numpy()
    start = months.min()
    active = np.zeros((keys.max() + 1, months.max() - start + 1), dtype=bool)
    active[keys, months - start] = True
    first, last = active.argmax(axis=1), active.shape[1] - 1 - active[:, ::-1].argmax(axis=1)
    rows = []
    for month in np.flatnonzero(active.any(axis=0))[1:]:
        before = active[:, max(0, month - MONTHS) : month].any(axis=1)
        after = active[:, month : month + MONTHS].any(axis=1)
        stay = (last[before] >= month).mean() if before.any() else None
        came = (first[after] < month).mean()
        rows.append((start + month, before.sum(), after.sum(), stay, came))
    return pl.DataFrame(rows, schema=SHARES, orient="row")


def amounts(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm where a file, a branch or a month has many times the amounts of the others.

    Amounts per unit are compared product by product: those of a file or branch with those of the
    others, those of a month with the year before it. A log without quantities has amounts per row.
    """
    cells = _cells(exports.with_files(log))
    alarms = itertools.chain(
        _in_another_unit(_by(cells, "file"), "the file {}", "in other files"),
        _in_another_unit(_by(cells, "branch"), "the branch {}", "in other branches"),
        _in_another_unit(_by_month(cells), "{}", "in the year before"),
    )
    yield from itertools.islice(alarms, 1)


def signs(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm where nearly all amounts of some months are negative, and of others are not.

    A system that books sales as negative amounts turns the sales of its months into returns.
    """
    yield from _turned(log.transactions, first=0)


def _turned(facts: pl.DataFrame, first: int) -> Iterator[Alarm]:
    amount = pl.col("gross_profit" if facts["revenue"].has_nulls() else "revenue")
    booked = facts.filter(amount != 0).select(MONTH, below=amount < 0, money=amount)
    below = pl.col("below").sum()
    months = booked.group_by("month").agg(below=below, rows=pl.len(), money=sums.total("money"))
    turned = months.filter(pl.col("below") > TURNED * pl.col("rows")).sort("month")
    rows = int(turned.filter(pl.col("month") >= first)["rows"].sum())
    if rows < ROWS or turned.height == months.height:
        return
    began, ended = (_month(turned["month"][place]) for place in (0, -1))
    yield Alarm(
        name="signs-turned",
        level="failed",
        sentence=f"nearly all amounts of {turned.height:,} of {months.height:,} months, {began} to "
        f"{ended}, are negative: each counts as a return.",
        count=rows,
        money=abs(float(turned["money"].sum())),
        mend="Where the source writes these sales as negative, turn their sign there, or read them "
        "with a separate layout; `alarms: {accept: [signs-turned]}` says that they are returns.",
    )


def _in_another_unit(ratios: pl.DataFrame, what: str, others: str) -> Iterator[Alarm]:
    """Yield an alarm on the group whose amounts are farthest from the others'."""
    odd = ratios.filter(pl.col("rows") >= ROWS, pl.col("ratio").abs() >= log10(FACTOR))
    for where, ratio, rows in odd.sort(pl.col("ratio").abs(), descending=True).head(1).iter_rows():
        times = f"{10**ratio:,.0f} times" if ratio > 0 else f"1/{10**-ratio:,.0f} of"
        named = what.format(where if isinstance(where, str) else _month(where))
        yield Alarm(
            name="amounts-in-another-unit",
            level="failed",
            sentence=f"the amounts of {named} are about {times} those of the same products "
            f"{others}: thousands, cents or another currency.",
            count=rows,
            mend="Write all amounts in one unit, or read these with a separate layout; "
            "`alarms: {accept: [amounts-in-another-unit]}` says that they are right.",
        )


def by_column(facts: pl.DataFrame, column: str) -> Iterator[str]:
    """Yield what is odd of the amounts per unit of one value of a column, the facts' `branch`.

    `facts` are as in `fact_transactions`; only product, file, branch, day and amounts are read.
    """
    what = f"the rows whose {column!r} is ".replace("{", "{{").replace("}", "}}") + "{!r}"
    ratio = pl.col("ratio")
    near_ten = _by(_cells(facts), "branch").filter((ratio - ratio.round()).abs() < NEAR_TEN)
    for alarm in _in_another_unit(near_ten, what, "elsewhere"):
        yield alarm.sentence


def _cells(facts: pl.DataFrame) -> pl.DataFrame:
    """Return product, file, branch, month, size (the sum of log10 of amounts per unit), rows."""
    amount = pl.col("gross_profit" if facts["revenue"].has_nulls() else "revenue")
    units = pl.lit(1.0) if facts["quantity"].null_count() == facts.height else pl.col("quantity")
    names = ("product", "file", "branch")
    key = pl.struct(names).hash(seed=17)  # one number is much faster to group by than three texts
    size = (amount / units).abs().log10()
    rows = facts.select(*names, MONTH, key.alias("key"), size=size)
    groups = rows.filter(pl.col("size").is_finite()).group_by("month", "key")
    return groups.agg(pl.first(*names), size=sums.total("size"), rows=pl.len()).drop("key")


def _by(cells: pl.DataFrame, group: str) -> pl.DataFrame:
    """Return group, log10 of the ratio, rows; usual is the mean of a product's other groups."""
    each, size = _sizes(cells.drop_nulls(group), group), pl.col("size")
    others = each.filter(pl.len().over("product") > 1)
    usual = (sums.total(size) - size) / (pl.len() - 1)
    return _ratios(others.with_columns(usual=usual.over("product")), group)


def _by_month(cells: pl.DataFrame) -> pl.DataFrame:
    """Return month, log10 of the ratio, rows; usual is the median of the twelve months before."""
    each = _sizes(cells, "month").sort("month")
    before = each.rolling("month", period="12i", closed="left", group_by="product")
    usual = before.agg(usual=pl.col("size").median()).drop_nulls()
    return _ratios(each.join(usual, on=["product", "month"]), "month")


def _sizes(cells: pl.DataFrame, group: str) -> pl.DataFrame:
    """Return product, group, size (the mean log10 of the amounts), rows."""
    each = cells.group_by("product", group).agg(sums.total("size"), pl.col("rows").sum())
    return each.with_columns(size=pl.col("size") / pl.col("rows"))


def _ratios(each: pl.DataFrame, group: str) -> pl.DataFrame:
    distance = (pl.col("size") - pl.col("usual")) * pl.col("rows")
    ratio = sums.total(distance) / pl.col("rows").sum()
    return each.group_by(group).agg(ratio=ratio, rows=pl.col("rows").sum()).sort(group)


def _month(index: int) -> str:
    return f"{index // 12}-{index % 12 + 1:02}"


CHECKS = (customers, amounts, signs)
