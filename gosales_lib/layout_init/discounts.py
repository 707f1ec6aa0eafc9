"""A discount that is still in the money, or has been taken off it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gosales_lib.layout_init.arithmetic import agree, filled
from gosales_lib.layout_init.book import Book, kind_of_discount
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer


def find(book: Book) -> None:
    """Take a discount off where money is price times quantity, or is shown to be before it."""
    if not book.discounts or "discount" in book.taken:
        return
    one = book.discounts[0]
    kind = kind_of_discount(one, book.values[one.name])
    if not np.any(filled(book.values[one.name])):
        return
    revenue = book.taken.get("revenue")
    change: dict[str, Any] = {"columns.discount": one.name, "discount": kind}
    if revenue is None and book.has_price():
        book.taken["discount"], book.roles.keys["discount"] = one.name, kind
        if one.name in book.below:
            book.roles.keys.setdefault("negate", []).append(one.name)
            book.roles.note("negate", f"{one.name!r} is written below zero, and taken off")
    elif revenue and book.has_price():
        q, p = (book.values[str(book.taken[r])] for r in ("quantity", "unit_price"))
        if agree(book.values[str(revenue)], q * p, q):
            _ask_discount(book, one, str(revenue), change)
    elif revenue and kind == "amount" and "gross_profit" not in book.taken:
        before = book.values[str(revenue)] + filled(book.values[one.name])
        if any(agree(book.values[e.name], before) for e in book.amounts):
            return  # another column is the money before it
        _ask_discount(book, one, str(revenue), change)


def _ask_discount(book: Book, one: Evidence, revenue: str, change: dict[str, Any]) -> None:
    line = f"columns: {{discount: {one.name}}}, discount: {change['discount']}"
    if one.name in book.below:
        change = change | {"negate": [*book.roles.keys.get("negate", []), one.name]}
        line = f"{line}, negate: {change['negate']}"
    book.roles.ask(
        "discount",
        f"is {one.name!r} still in {revenue!r}, or has it been taken off?",
        [one.example],
        [Answer("nothing more", {}), Answer(line, change)],
    )
