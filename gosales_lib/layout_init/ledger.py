"""Money in a ledger, whose debits and credits are columns of their own."""

from __future__ import annotations

import numpy as np

from gosales_lib.layout_init import arithmetic, questions, words, writing
from gosales_lib.layout_init.book import Book
from gosales_lib.layout_init.questions import Answer

FEW_RETURNS = 0.25
"""What one side of a ledger holds of the other at most, where it surely takes sales back."""


def sides(book: Book) -> bool:
    """Take the larger side of a ledger less the smaller; ask unless the smaller is small."""
    kinds = words.DEBIT, words.CREDIT
    sides = [e for kind in kinds for e in [e for e in book.seen if e.says(kind)][:1]]
    if len(sides) < 2:
        return len(sides) == 1 and not book.amounts and _side_alone(book, sides[0].name)
    totals = {e.name: float(np.nansum(np.abs(book.values[e.name]))) for e in sides}
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
        book.roles.ask("revenue", asks, [book.of[name].example for name in totals], answers)
    return True


def _side_alone(book: Book, name: str) -> bool:
    """Take one side of a ledger; ask unless a running balance sums it."""
    if book.has_price():
        return False
    book.taken["revenue"] = name
    customers = book.texts("customer_id")
    side = {name: book.values[name]}
    running = [e.name for e in book.seen if e.says(words.RUNNING) and e.name != name]
    balance = next((n for n in running if arithmetic.follows(book.values[n], customers, side)), "")
    if balance:
        book.roles.note("revenue", f"{balance!r} is the running sum of {name!r}")
    else:
        book.ask("revenue", f"{name!r} is one side of a ledger: does it hold the sales?", [name])
    return True


def _less(sales: str, returns: str) -> Answer:
    pair = {"revenue": sales, "discount": returns}
    change = {f"columns.{role}": name for role, name in pair.items()} | {"discount": "amount"}
    return Answer(f"columns: {writing.scalar(pair)}, discount: amount", change)
