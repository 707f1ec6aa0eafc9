"""A discount that is still in the money, or has been taken off it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gosales_lib.layout_init.arithmetic import agree, filled
from gosales_lib.layout_init.book import Book, kind_of_discount
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer


def find(book: Book) -> None:
    """Subtract a discount from price times quantity; ask whether a revenue column includes it."""
    if not book.discounts or "discount" in book.taken:
        return
    discount = book.discounts[0]
    kind = kind_of_discount(discount, book.values[discount.name])
    if not np.any(filled(book.values[discount.name])):
        return
    revenue = book.taken.get("revenue")
    change: dict[str, Any] = {"columns.discount": discount.name, "discount": kind}
    if revenue is None and book.has_price():
        book.taken["discount"], book.roles.keys["discount"] = discount.name, kind
        if discount.name in book.below:
            book.roles.keys.setdefault("negate", []).append(discount.name)
            book.roles.note("negate", f"{discount.name!r} is written below zero, and taken off")
    elif revenue and book.has_price():
        quantity = book["quantity"]
        if agree(book["revenue"], quantity * book["unit_price"], quantity):
            _ask_discount(book, discount, str(revenue), change)
    elif revenue and kind == "amount" and "gross_profit" not in book.taken:
        before = book["revenue"] + filled(book.values[discount.name])
        if any(agree(book.values[e.name], before) for e in book.amounts):
            return  # another column is the money before it
        _ask_discount(book, discount, str(revenue), change)


def _ask_discount(book: Book, discount: Evidence, revenue: str, change: dict[str, Any]) -> None:
    line = f"columns: {{discount: {discount.name}}}, discount: {change['discount']}"
    if discount.name in book.below:
        change = change | {"negate": [*book.roles.keys.get("negate", []), discount.name]}
        line = f"{line}, negate: {change['negate']}"
    book.roles.ask(
        "discount",
        f"is {discount.name!r} still in {revenue!r}, or has it been taken off?",
        [discount.example],
        [Answer("nothing more", {}), Answer(line, change)],
    )
