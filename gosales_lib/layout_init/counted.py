"""Quantities under a name that nobody knows: a column of small whole numbers that is left over."""

from __future__ import annotations

import numpy as np

from gosales_lib.layout_init import arithmetic, evidence, questions, words
from gosales_lib.layout_init.book import Book, is_quantity
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.roles import PURCHASE

SMALL, FEWEST = 1000, 3
"""Quantities lie below SMALL on 95% of the lines, and a column of them holds FEWEST numbers."""
OTHER_KINDS = words.KNOWN - words.KEY - words.NAME - words.QUANTITY - words.ORDER - words.LINE
OTHER_KINDS -= words.PER_UNIT - words.COST
BOUND = 0.9
"""Share of the lines on which a product or customer determines the number: it is a code then."""


def find(book: Book) -> None:
    """Take the column by which money is a steady price of each product; else ask about it."""
    if not book.has("product", "revenue") or "quantity" in book.roles.given:
        return
    amount = book["revenue"]
    candidates = [e for e in book.seen if _may_count(book, e)]
    if book.has("quantity"):
        return _replace(book, candidates)
    if e := next((e for e in candidates if _is_steady(book, e)), None):
        if book.taken.get("unit_price") == e.name:  # a column such as `Each`
            del book.taken["unit_price"]
        return _take(book, e, "no column is called a quantity")
    steadier = [e for e in candidates if arithmetic.is_unit(amount, book.values[e.name]) is False]
    candidates = [e for e in candidates if e in steadier or not _is_bound(book, e)]
    if candidates and "months" not in book.roles.keys:
        money = [questions.of_column("quantity", str(book.taken["revenue"]))]
        names = [e.name for e in candidates[:3]]
        asks = f"no column is called a quantity; is it {' or '.join(map(repr, names))}, or does "
        asks += "the money count as such?"
        book.roles.ask_column("quantity", asks, names, {"purchase": PURCHASE}, money)


def _replace(book: Book, candidates: list[Evidence]) -> None:
    """Take another column instead of a weight, or of a number that gives no steady price."""
    now = book.of.get(str(book.taken["quantity"]))
    if now is None or "unit_price" in book.taken:
        return
    is_steady, bound = _is_steady(book, now), 1.1 * _spread(book, now)
    apart = words.WEIGHT | words.MEASURE | words.RETURNED
    if is_steady and not now.says(words.WEIGHT | words.MEASURE):
        return
    named = [e for e in book.seen if is_quantity(e) and not e.says(apart) and e is not now]
    for e in (*named, *candidates):
        if _is_steady(book, e) and (not is_steady or _spread(book, e) <= bound):
            return _take(
                book, e, f"{now.name!r} is a weight or a measure, or does not fit the money"
            )


def _take(book: Book, e: Evidence, why: str) -> None:
    """Take a column for the quantity, and say why."""
    book.taken["quantity"] = e.name
    what = f"money divided by {e.name!r} is a steady price of each product"
    book.roles.note("quantity", f"{why}; {what}")


def _is_steady(book: Book, e: Evidence) -> bool:
    """Return whether money divided by a column is a steady price of each product."""
    values, products = book.values[e.name], book.texts("product")
    return arithmetic.is_unit(book["revenue"], values, products) is False


def _spread(book: Book, e: Evidence) -> float:
    """Return how much money divided by a column varies within a product."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return arithmetic.spread(book["revenue"] / book.values[e.name], book.texts("product"))


def _may_count(book: Book, e: Evidence) -> bool:
    """Return whether a column holds small whole numbers, and no code or number of a line."""
    taken = {str(column) for role, column in book.taken.items() if role != "unit_price"}
    if e.name in taken or e.whole < 1 or e.distinct < FEWEST or set(e.words) & OTHER_KINDS:
        return False
    values = book.values[e.name]
    values = values[np.isfinite(values)]
    if values.size < evidence.MOST * len(book.values[e.name]) or np.median(values) < 1:
        return False
    if np.quantile(np.abs(values), arithmetic.MOST) > SMALL:
        return False
    return not arithmetic.counts_lines(book.values[e.name], book.texts("invoice"))


def _is_bound(book: Book, e: Evidence) -> bool:
    """Return whether the product or the customer determines a number, as it does a code."""
    by = [book.taken[role] for role in ("product", "customer_id") if role in book.taken]
    return any(book.log.determined(str(one), e.name) >= BOUND for one in by)
