"""Quantities under a name that nobody knows: a column of small whole numbers that is left over."""

from __future__ import annotations

import numpy as np
import polars as pl

from gosales_lib.layout_init import arithmetic, evidence, questions, running, words
from gosales_lib.layout_init.book import Book, is_quantity
from gosales_lib.layout_init.evidence import MOST_VALUES, Evidence
from gosales_lib.layout_init.roles import PURCHASE

SMALL, FEWEST = 1000, 3
"""Quantities lie below SMALL on 95% of the lines, and a column of them holds FEWEST numbers."""
OTHER_KINDS = words.KNOWN - words.KEY - words.NAME - words.QUANTITY - words.ORDER - words.LINE
OTHER_KINDS -= words.PER_UNIT - words.COST
NO_STEADIER, MOST_SPREAD = 1.2, 9.0
"""Times the spread of another quantity's prices up to which a count is as steady; no such price."""
APART = 5
"""Times the least usual price of a product that the largest is, where a number with decimals is a
quantity."""
BOUND = 0.9
"""Share of the lines on which another column determines the number: it is no quantity then."""


def find(book: Book) -> None:
    """Take the column by which money is a steady price of each product; else ask about it."""
    if not book.has("product", "revenue") or "quantity" in book.roles.given:
        return
    candidates = [e for e in book.seen if _may_count(book, e)]
    if book.has("quantity"):
        return _replace(book, candidates)
    money = [book["revenue"]]
    measures = [e for e in book.free if _is_measure(book, e)]
    counts = (e for e in (*candidates, *measures) if np.isfinite(_spread(book, e, money)))
    if e := next(counts, None):
        if book.taken.get("unit_price") == e.name:  # a column such as `Each`
            del book.taken["unit_price"]
        return _take(book, e, "no column is called a quantity")
    steadier = [e for e in candidates if arithmetic.is_unit(money[0], book.values[e.name]) is False]
    candidates = [e for e in candidates if e in steadier or not _is_bound(book, e)]
    if candidates and "months" not in book.roles.keys:
        as_money = [questions.of_column("quantity", str(book.taken["revenue"]))]
        names = [e.name for e in candidates[:3]]
        asks = f"no column is called a quantity; is it {' or '.join(map(repr, names))}, or does "
        asks += "the money count as such?"
        book.roles.ask_column("quantity", asks, names, {"purchase": PURCHASE}, as_money)


def proven(book: Book, named: list[Evidence]) -> list[Evidence]:
    """Return the quantities by which an amount is a steady price of each product; all without one.

    A count of another name, and no multiple of the money, goes before a weight or measure that is
    no steadier.
    """
    amounts = [book.values[e.name] for e in book.amounts]
    if not named or not amounts or not book.has("product"):
        return named
    spreads = {e: _spread(book, e, amounts) for e in named}
    bound = NO_STEADIER * min(spreads.values())
    kept = [e for e in named if spreads[e] <= bound]
    if not all(e.says(words.WEIGHT | words.MEASURE) for e in kept):
        return kept
    counts = [e for e in book.seen if e not in named and _may_count(book, e)]
    counts = [
        e
        for e in counts
        if all(len(arithmetic.multiples(book.values[e.name], one)) != 1 for one in amounts)
    ]
    return [e for e in counts if _spread(book, e, amounts) <= min(bound, MOST_SPREAD)][:1] or kept


def as_money(book: Book) -> list[Evidence]:
    """Return what is called a quantity and is the money, by a steady price, of another one.

    `Jumlah` is either in Indonesian.
    """
    named = sorted(filter(is_quantity, book.seen), key=lambda e: np.nansum(book.values[e.name]))
    if len(named) < 2 or "quantity" not in book.taken:
        return []
    units, money = named[0], named[-1]
    if book.is_unit(book.values[money.name], book.values[units.name]) is not False:
        return []
    book.taken["quantity"] = units.name
    what = f"{money.name!r} is a steady price of each product times {units.name!r}"
    book.roles.note("revenue", what)
    return [money]


def _replace(book: Book, candidates: list[Evidence]) -> None:
    """Take another column instead of a weight, or of a number that gives no steady price."""
    now, money = book.of.get(str(book.taken["quantity"])), [book["revenue"]]
    if now is None or "unit_price" in book.taken:
        return
    spread, apart = _spread(book, now, money), words.WEIGHT | words.MEASURE
    if np.isfinite(spread) and not now.says(apart):
        return
    others = [e for e in book.seen if is_quantity(e) and not e.says(apart | words.RETURNED)]
    for e in (*others, *candidates):
        if e is not now and _spread(book, e, money) <= min(NO_STEADIER * spread, MOST_SPREAD):
            why = f"{now.name!r} is a weight or a measure, or does not fit the money"
            return _take(book, e, why)
    counts = [e.name for e in candidates if not _is_bound(book, e)]
    if now.says(words.WEIGHT) and counts and not np.isfinite(spread):
        book.taken["quantity"] = counts[0]
        asks = f"is the quantity {' or '.join(map(repr, counts[:3]))}, or the weight {now.name!r}?"
        book.roles.ask_column("quantity", asks, [*counts[:3], now.name])


def _take(book: Book, e: Evidence, why: str) -> None:
    """Take a column for the quantity, and say why."""
    book.taken["quantity"] = e.name
    what = f"money divided by {e.name!r} is a steady price of each product"
    book.roles.note("quantity", f"{why}; {what}")


def _spread(book: Book, e: Evidence, amounts: list[np.ndarray]) -> float:
    """Return how money divided by a number varies within a product; infinite if no less than it."""
    return min(book.price_spread(amount, book.values[e.name]) for amount in amounts)


def _is_measure(book: Book, e: Evidence) -> bool:
    """Return whether a number has decimals and money by it is a steady price of each product.

    Products have prices far apart: a cost is a like share of the money of all products.
    """
    if e.whole == 1 or set(e.words) & OTHER_KINDS:
        return False
    prices = arithmetic.ratio(book["revenue"], book.values[e.name])
    frame = pl.DataFrame({"by": book.texts("product").head(len(prices)), "price": prices})
    frame = frame.drop_nulls().filter(pl.col("price").is_finite(), pl.col("price") > 0)
    usual = frame.group_by("by").agg(pl.col("price").median())["price"].to_numpy()
    apart = len(usual) > 1 and usual.max() >= APART * usual.min()
    return bool(apart and book.price_spread(prices) <= arithmetic.STEADY)


def _may_count(book: Book, e: Evidence) -> bool:
    """Return whether a column holds small whole numbers, and no code or number of a line."""
    taken = {str(column) for role, column in book.taken.items() if role != "unit_price"}
    if e.name in taken or e.whole < 1 or e.distinct < FEWEST:
        return False
    values = book.values[e.name]
    has_cents = any(amount.whole < 1 for amount in book.amounts)  # which a profit has as well
    if set(e.words) & (OTHER_KINDS - words.PROFIT if has_cents else OTHER_KINDS):
        return False
    values = values[np.isfinite(values)]
    if values.size < evidence.MOST * len(book.values[e.name]) or np.median(np.abs(values)) < 1:
        return False
    if np.quantile(np.abs(values), arithmetic.MOST) > SMALL:
        return False
    return not running.counts_lines(book.values[e.name], book.texts("invoice"))


def _is_bound(book: Book, e: Evidence) -> bool:
    """Return whether another column determines a number, as it does a code or a probability."""
    by = {str(book.taken[role]) for role in ("product", "customer_id") if role in book.taken}
    by |= {one.name for one in book.log.every if one.is_text and one.distinct <= MOST_VALUES}
    return any(book.log.determined(one, e.name) >= BOUND for one in by)
