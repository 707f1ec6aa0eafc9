"""Prospects: companies that never ordered, ranked by their attributes alone.

Prospects are not customers and are in no list of offers. A division's ranking is judged on real
first orders if earlier windows hold enough of them among known companies without orders, otherwise
by cross-validation on new customers. If neither is possible, no prospect is ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from gosales_lib.core import terms, timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.features.families.attributes import UNKNOWN
from gosales_lib.layout import Attribute, Layout
from gosales_lib.learning import metrics
from gosales_lib.learning.models.base import expit
from gosales_lib.sales_log.merging import belonging
from gosales_lib.whitespace import lists, odds

FEWEST = 20
"""Least number of buyers, and of others, for training a model."""
JUDGED = 10
"""Least number of first orders for judging a ranking."""
FOLDS = 5
DRAWS = 200
CHANCE = 0.5
"""A ranking is shown if the whole interval of its AUC lies above that of chance."""
PENALTY = 0.01
Proof = tuple[Floats, Floats] | None
"""The outcomes and the predicted probabilities; None if nothing can be judged."""
FIRST_ORDERS = "first orders of companies that had not ordered"
NEW_CUSTOMERS = "cross-validation on new customers"
NOTHING = "not measurable here"
RANKED = pl.Schema(
    {
        "division": pl.String(),
        "rank": pl.Int32(),  # within the division
        "customer_id": pl.String(),
        "customer_name": pl.String(),
        "probability": pl.Float64(),  # see `measured` of the division
    }
)


@dataclass(frozen=True)
class Examples:
    """Companies with their attributes on some days, and whether they bought the division later."""

    features: pd.DataFrame
    bought: Floats

    @classmethod
    def together(cls, many: Sequence[Examples]) -> Examples:
        """Return several sets of examples as one."""
        bought = np.concatenate([each.bought for each in many])
        return cls(pd.concat([each.features for each in many], ignore_index=True), bought)

    @property
    def enough(self) -> bool:
        """Whether the examples are enough to train a model."""
        return bool(min(self.bought.sum(), len(self.bought) - self.bought.sum()) >= FEWEST)

    def predict(self, rows: pd.DataFrame, like: Examples | None = None) -> Floats:
        """Return the probabilities of other companies, by a model trained on these.

        With `like` they are moved to the level of some examples (`odds.correction`).
        """
        from gosales_lib.learning.models.logistic import Logistic

        model = Logistic(PENALTY).fit(self.features, self.bought)
        chance = expit(model.odds(rows))
        if like is None:
            return chance
        shift = odds.correction(expit(model.odds(like.features)), like.bought)
        return odds.corrected(chance, shift)

    def at(self, rows: NDArray[np.bool_]) -> Examples:
        """Return some of the examples."""
        return Examples(self.features[rows], self.bought[rows])


def of(
    source: lists.ListSource,
    layout: Layout,
    customers: pl.DataFrame,
    accounts: pl.DataFrame,
    sales: pl.DataFrame,
    window: Window,
    earlier: Sequence[date],
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Return the prospects of a run, from the customers file and from a list: see `rank`.

    Parameters
    ----------
    source
        The list of the rules file; empty without one.
    earlier
        The cutoffs whose windows had closed by that of `window`, oldest first.
    """
    further = listed(source, layout, accounts)
    people = companies(customers, further, layout.attributes)
    spans = [Window(day, window.length, window.buffer_days, window.cutoff) for day in earlier]
    named = (layout.attributes, layout.divisions, layout.purchase)
    return rank(people, sales, [*spans, window], *named)


def listed(source: lists.ListSource, layout: Layout, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the companies of a list: customer_id, customer_name and the layout's attributes.

    Parameters
    ----------
    source
        A file or table with customer_id, customer_name and any of the attributes; other columns
        are left aside.
    accounts
        Which ids are one account (`columns.ACCOUNTS`).

    Raises
    ------
    FileNotFoundError, ValueError
        The list is missing or broken, or names no customer_id.
    """
    from gosales_lib.sales_log import numbers

    texts = dict.fromkeys(["customer_id", "customer_name"], pl.String)
    texts |= dict.fromkeys([attribute.column for attribute in layout.attributes], pl.String)
    rows = lists.read(source, "prospects", texts, strict=False)
    values = [
        numbers.number(rows[each.column], numbers.sign_of(rows[each.column], layout.decimal, ","))
        for each in layout.attributes
        if each.is_number
    ]
    return rows.with_columns(values).with_columns(belonging("customer_id", accounts))


def companies(
    customers: pl.DataFrame, listed: pl.DataFrame, attributes: Sequence[Attribute]
) -> pl.DataFrame:
    """Return all companies with a known attribute: customer_id, customer_name, attributes.

    Parameters
    ----------
    customers
        `dim_customer`.
    listed
        Further companies, with the same columns as far as they are known; customers are left out.
    """
    names = [attribute.column for attribute in attributes]
    here = [name for name in names if name in customers.columns]
    if not here:
        return pl.DataFrame(schema={"customer_id": pl.String, "customer_name": pl.String})
    ours = customers.select("customer_id", "customer_name", *here)
    fresh = listed.join(ours, "customer_id", "anti").unique("customer_id", keep="first")
    fresh = fresh.select([c for c in ours.columns if c in fresh.columns])
    every = pl.concat([ours, fresh], how="diagonal_relaxed")
    return every.filter(pl.any_horizontal(pl.col(here).is_not_null())).sort("customer_id")


def rank(
    people: pl.DataFrame,
    sales: pl.DataFrame,
    windows: Sequence[Window],
    attributes: Sequence[Attribute],
    divisions: Sequence[str],
    purchase: Purchase = UNITS,
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Return the prospects by division (`RANKED`), and the quality of each ranking.

    Parameters
    ----------
    people
        The result of `companies`.
    sales
        `fact_transactions`; rows after the list's cutoff are not looked at.
    windows
        The windows that had closed, oldest first, then the window of the list.

    Returns
    -------
    tuple
        The second is one dict per division: division, prospects, measured (on what), buyers, auc,
        low and high (95%), ranked (whether it is better than chance), expected_buyers, sentence.
    """
    cutoff = windows[-1].cutoff
    sales = nw.from_native(sales).filter(timeline.known(timeline.to_day(cutoff))).to_native()
    first = first_orders(sales, purchase)
    now = waiting(people, first, cutoff)
    frames, qualities = [pl.DataFrame(schema=RANKED)], list[dict[str, Any]]()
    for division in divisions if now.height else ():
        lines = sales.filter(division=division)
        before = [_waited(people, first, lines, w, attributes, purchase) for w in windows[:-1]]
        how, examples, proof = _first_orders(before, windows)
        like = before[year_before(windows)] if how == FIRST_ORDERS else None
        if how == NOTHING:
            how, examples, proof = _new_customers(people, first, lines, windows[-1], attributes)
        row = {"division": division, "prospects": now.height, **judged(how, proof)}
        row["expected_buyers"] = None
        if row["ranked"] and examples is not None:
            chance = examples.predict(features(now, attributes, cutoff), like)
            row["expected_buyers"] = float(chance.sum())
            frames.append(_ordered(now, division, chance))
        qualities.append(row | {"sentence": sentence(row)})
    return pl.concat(frames), qualities


def year_before(windows: Sequence[Window]) -> int:
    """Return which closed window gives the level: the one a year before, else the newest.

    Companies come in waves: on AdventureWorks' windows that had closed, the share of the same
    season a year before came nearer to the observed one than that of the newest window, both times
    (1.4 for 3.5 and 1.3 for 4.5 in log odds).
    """
    same = timeline.add_months(windows[-1].cutoff, -12)
    days = [window.cutoff for window in windows[:-1]]
    return days.index(same) if same in days else len(days) - 1


def first_orders(sales: pl.DataFrame, purchase: Purchase) -> pl.DataFrame:
    """Return the day of every customer's first purchase: customer_id, first_day."""
    lines = nw.from_native(sales).filter(terms.purchased(purchase)).to_native()
    return lines.group_by("customer_id").agg(first_day=pl.col("order_day").min())


def waiting(people: pl.DataFrame, first: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the companies that had not ordered by a day, sorted by customer_id."""
    ordered = nw.from_native(first).filter(timeline.known(timeline.to_day(cutoff), "first_day"))
    return people.join(ordered.to_native(), "customer_id", "anti").sort("customer_id")


def features(people: pl.DataFrame, attributes: Sequence[Attribute], cutoff: date) -> pd.DataFrame:
    """Return the attributes as the models take them; a year becomes the years since."""
    columns = dict[str, pl.Expr]()
    for attribute in attributes:
        if attribute.column not in people.columns:
            continue
        value = pl.col(attribute.column)
        if attribute.is_number:
            number = value.cast(pl.Float64)
            columns[attribute.column] = cutoff.year - number if attribute.kind == "year" else number
        else:
            columns[attribute.column] = value.cast(pl.String).fill_null(UNKNOWN)
    return people.select(**columns).to_pandas()


def _waited(
    people: pl.DataFrame,
    first: pl.DataFrame,
    lines: pl.DataFrame,
    window: Window,
    attributes: Sequence[Attribute],
    purchase: Purchase,
) -> Examples:
    """Return the companies without orders on an earlier cutoff, and whether they bought later."""
    rows = waiting(people, first, window.cutoff)
    bought = terms.bought(lines, window, purchase).filter(pl.col("bought") == 1)["customer_id"]
    hit = rows["customer_id"].is_in(bought.implode()).cast(pl.Float64).to_numpy()
    return Examples(features(rows, attributes, window.cutoff), hit)


def _first_orders(
    before: Sequence[Examples], windows: Sequence[Window]
) -> tuple[str, Examples | None, Proof]:
    """Return the judged examples of a division, all examples, and those of the newest window."""
    closed = [w.end <= windows[-2].cutoff for w in windows[:-1]] if len(windows) > 1 else []
    earlier = [each for each, over in zip(before, closed, strict=True) if over]
    if not earlier or not (train := Examples.together(earlier)).enough:
        return NOTHING, None, None
    newest = before[-1]
    if min(newest.bought.sum(), len(newest.bought) - newest.bought.sum()) < JUDGED:
        return NOTHING, None, None
    proof = (newest.bought, train.predict(newest.features))
    return FIRST_ORDERS, Examples.together(before), proof


def _new_customers(
    people: pl.DataFrame,
    first: pl.DataFrame,
    lines: pl.DataFrame,
    window: Window,
    attributes: Sequence[Attribute],
) -> tuple[str, Examples | None, Proof]:
    """Return outcomes and out-of-fold predictions of customers who began at least a window ago.

    Bought means within a window's length of the first order.
    """
    length = window.end_day - window.cutoff_day
    began = people.join(first, "customer_id").filter(
        pl.col("first_day") + length <= window.cutoff_day
    )
    days = lines.join(began.select("customer_id", "first_day"), "customer_id")
    soon = days.filter(pl.col("order_day") <= pl.col("first_day") + length, pl.col("quantity") > 0)
    hit = began["customer_id"].is_in(soon["customer_id"].implode()).cast(pl.Float64).to_numpy()
    examples = Examples(features(began, attributes, window.cutoff), hit)
    if not examples.enough:
        return NOTHING, None, None
    fold = np.random.default_rng(17).permutation(len(hit)) % FOLDS
    chance = np.zeros(len(hit))
    for number in range(FOLDS):
        out = fold == number
        chance[out] = examples.at(~out).predict(examples.features[out])
    return NEW_CUSTOMERS, examples, (hit, chance)


def _ordered(now: pl.DataFrame, division: str, chance: Floats) -> pl.DataFrame:
    """Return the prospects of one division, the likeliest first: the columns of `RANKED`."""
    rows = now.with_columns(probability=pl.Series(chance), division=pl.lit(division))
    order = rows.sort(["probability", "customer_id"], descending=[True, False])
    ranked = order.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))
    return ranked.select(*RANKED).cast(RANKED)


def judged(how: str, proof: Proof) -> dict[str, Any]:
    """Return the quality of a ranking: measured, buyers, auc, low, high, ranked."""
    if proof is None:
        empty = dict.fromkeys(("auc", "low", "high"))
        return {"measured": how, "buyers": 0, **empty, "ranked": False}
    bought, chance = proof
    auc = metrics.auc(bought, chance)
    draw = np.random.default_rng(17).poisson(1.0, (DRAWS, len(bought))).astype(float)
    low, high = metrics.interval(np.array([metrics.auc(bought, chance, w) for w in draw])) or (0, 1)
    return {"measured": how, "buyers": int(bought.sum()), "auc": auc} | {
        "low": low,
        "high": high,
        "ranked": bool(low > CHANCE),
    }


def checked(
    ranked: pl.DataFrame, qualities: list[dict[str, Any]], outcome: pl.DataFrame | None
) -> list[dict[str, Any]]:
    """Return the quality with the later result of the prospects: later_buyers and later_auc.

    Both are null where the window's sales are not known, the AUC also where too few bought.

    Parameters
    ----------
    outcome
        customer_id, division and bought of the window.
    """
    rows = []
    for row in qualities:
        later: dict[str, Any] = {"later_buyers": None, "later_auc": None}
        mine = ranked.filter(division=row["division"])
        if outcome is not None and mine.height:
            both = mine.join(outcome, KEYS, "left", maintain_order="left")
            bought = both["bought"].fill_null(0).to_numpy()
            later["later_buyers"] = int(bought.sum())
            if JUDGED <= bought.sum() < len(bought):
                later["later_auc"] = metrics.auc(bought, mine["probability"].to_numpy())
        rows.append(row | later)
    return rows


def sentence(row: Mapping[str, Any]) -> str:
    """Return one sentence on the reliability of a division's ranking of prospects."""
    name = row["division"]
    if row["measured"] == NOTHING:
        return f"{name}: {NOTHING}, too few first orders of companies whose attributes are known."
    text = (
        f"{name}: AUC {row['auc']:.2f} ({row['low']:.2f} to {row['high']:.2f}) on "
        f"{row['buyers']:,} buyers by {row['measured']}"
    )
    if not row["ranked"]:
        return f"{text}: no better than chance, so nobody is ranked."
    of = (
        "a purchase in the window, at the level of the same season a year before where there is "
        "one; still too high where companies entered the file as they became customers"
    )
    if row["measured"] == NEW_CUSTOMERS:
        of = "a purchase by a company that becomes a customer; which ones do is not measurable here"
    return f"{text}; the probability is of {of}."
