"""What is taken off the money of sales: a discount, or the other side of a ledger."""

from __future__ import annotations

from typing import Any

import numpy as np

from gosales_lib.layout_init import arithmetic, questions, running, words
from gosales_lib.layout_init.arithmetic import agree, filled
from gosales_lib.layout_init.book import (
    FEWEST,
    Book,
    is_plain,
    is_quantity,
    kind_of_discount,
    ways_off,
)
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer

SOME = 1000
"""Rows, from all over the log, that tell what reduces money."""
FEW_RETURNS = 0.25
"""What one side of a ledger holds of the other at most, where it surely takes sales back."""


def prove(book: Book) -> None:
    """Find what reduces money under any name: an amount, or price times quantity, less another one.

    It is 0 on many lines, or one of few shares of the money, unlike a cost.
    """
    apart = words.COST | words.PROFIT | words.KEY | words.PERIOD | words.WEIGHT
    seen = [e for e in book.seen if not e.says(apart)]
    some = {e: book.values[e.name][:: max(1, book.log.rows.height // SOME)] for e in seen}
    counts = [
        e for e in seen if e.whole == 1 and (is_quantity(e) or not words.KNOWN & set(e.words))
    ]
    money = [e for e in seen if e.distinct >= FEWEST and not is_quantity(e) and is_plain(e)]
    wholes = [((count, one), some[count] * some[one]) for count in counts for one in money]
    for parts, gross in [*(((one,), some[one]) for one in money), *wholes]:
        units = some[parts[0]] if parts[1:] else 0.0
        for net in (e for e in money if e not in parts):
            off = gross - some[net]
            off = np.where(np.abs(off) <= arithmetic.slack(units), 0.0, off)
            if arithmetic.like_levy(off, gross):
                book.reductions |= {
                    e: kind
                    for e in seen
                    if e not in (*parts, net, *book.discounts, *book.levies)
                    for kind, way in ways_off(some[e], gross).items()
                    if agree(filled(way), off, units)
                }


def find(book: Book) -> None:
    """Subtract a discount from price times quantity; ask whether a revenue column includes it."""
    left = [e for e in book.discounts if e.name not in book.roles.used]
    if not left or "discount" in book.taken:
        return
    discount = left[0]
    kind = kind_of_discount(discount, book.values[discount.name])
    if not np.any(filled(book.values[discount.name])):
        return
    revenue = book.taken.get("revenue")
    if revenue is None and book.has_price():
        book.taken["discount"], book.roles.keys["discount"] = discount.name, kind
        if discount.name in book.below:
            book.roles.keys.setdefault("negate", []).append(discount.name)
            book.roles.note("negate", f"{discount.name!r} is written below zero, and taken off")
    elif revenue and book.has_price():
        quantity = book["quantity"]
        if agree(book["revenue"], quantity * book["unit_price"], quantity):
            _ask_discount(book, discount, str(revenue), kind)
    elif revenue and kind == "amount" and "gross_profit" not in book.taken:
        off = [filled(book.values[e.name]) for e in left]
        befores = [book["revenue"] + one for one in (off[0], sum(off))]
        if any(agree(book.values[e.name], one) for e in book.seen for one in befores):
            return  # another column is the money before it, or before all of them
        _ask_discount(book, discount, str(revenue), kind)


def _ask_discount(book: Book, discount: Evidence, revenue: str, kind: str) -> None:
    if book.has("quantity", "product"):
        money, off = book["revenue"], book.off(discount, book["revenue"])
        share = arithmetic.ratio(off, money + off * (kind == "amount"))
        prices = arithmetic.ratio(money, book["quantity"])
        if arithmetic.fall_by(prices, share, book.texts("product")):
            what = f"prices of products fall by {discount.name!r}, so {revenue!r} is without it"
            return book.roles.note("discount", what)
    beside: dict[str, Any] = {"discount": kind}
    if discount.name in book.below:
        beside["negate"] = [*book.roles.keys.get("negate", []), discount.name]
    taken_off = questions.of_column("discount", discount.name, beside)
    book.roles.ask(
        "discount",
        f"is {discount.name!r} still in {revenue!r}, or has it been taken off?",
        [discount.example],
        [Answer("nothing more", {}), taken_off],
    )


def sides(book: Book) -> bool:
    """Take the larger side of a ledger less the smaller; ask unless the smaller is small."""
    kinds = words.DEBIT, words.CREDIT
    sides = [e.name for kind in kinds for e in [e for e in book.seen if e.says(kind)][:1]]
    if len(sides) < 2:
        return len(sides) == 1 and not book.amounts and _side_alone(book, sides[0])
    totals = {name: float(np.nansum(np.abs(book.values[name]))) for name in sides}
    more, less = sorted(totals, key=totals.__getitem__, reverse=True)
    answers = [_less(more, less), _less(less, more)]
    book.taken |= {"revenue": more, "discount": less}
    book.roles.keys["discount"] = "amount"
    what = f"{more!r} and {less!r} are the sides of a ledger"
    if totals[less] <= FEW_RETURNS * totals[more]:
        book.roles.settle("revenue", f"{what}: {less!r} takes sales back", answers)
    else:
        asks = f"{what}: which one holds sales, and does the other one take them back?"
        alone = {"columns.discount": None, "discount": None}
        answers.append(questions.of_column("revenue", more, alone))
        book.roles.ask("revenue", asks, book.roles.examples(totals), answers)
    return True


def _side_alone(book: Book, name: str) -> bool:
    """Take one side of a ledger; ask unless a running balance sums it."""
    if book.has_price():
        return False
    book.taken["revenue"] = name
    customers, side = book.texts("customer_id"), {name: book.values[name]}
    named = [e.name for e in book.free if e.says(words.RUNNING)]
    balance = next((n for n in named if running.follows(book.values[n], customers, side)), "")
    if balance:
        book.roles.note("revenue", f"{balance!r} is the running sum of {name!r}")
    else:
        asks = f"{name!r} is one side of a ledger: does it hold the sales?"
        book.roles.ask_column("revenue", asks, [name])
    return True


def _less(sales: str, returns: str) -> Answer:
    beside = {"columns.discount": returns, "discount": "amount"}
    return questions.of_column("revenue", sales, beside)
