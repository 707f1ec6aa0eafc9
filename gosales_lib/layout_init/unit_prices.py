"""Which columns are a unit price, and which of several prices was paid."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np

from gosales_lib.layout_init import arithmetic, counted, questions, words
from gosales_lib.layout_init.arithmetic import STEADY, agree
from gosales_lib.layout_init.book import Book, is_price, is_quantity
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer


def called(book: Book, quantities: list[Evidence]) -> list[Evidence]:
    """Return what is called a price, without those that are the money of lines.

    They grow with the quantity, as several do, or beside a price per unit of any name.
    """
    prices = [e for e in book.seen if is_price(e) and e not in book.amounts]
    if quantities:
        units = book.values[quantities[0].name]
        grown = [e for e in prices if not e.says(words.PER_UNIT)]
        grown = [e for e in grown if book.is_unit(book.values[e.name], units) is False]
        one = grown[0] if len(grown) == 1 else None
        if len(grown) > 1 or (one and _has_unit_price(book, quantities[0], one, prices)):
            book.amounts += grown
            return [e for e in prices if e not in grown]
    return prices


def _has_unit_price(book: Book, quantity: Evidence, line: Evidence, prices: list[Evidence]) -> bool:
    """Return whether another price is per unit, or a number times the quantity is the line's."""
    units = book.values[quantity.name]
    if any(book.is_unit(book.values[e.name], units) for e in prices if e is not line):
        return True
    others = [e for e in book.seen if e.distinct >= counted.FEWEST and e not in (line, quantity)]
    return any(line.name in book.line_totals(quantity, e) for e in others)


def by_arithmetic(book: Book, quantity: Evidence) -> list[Evidence]:
    """Return amounts that give another amount when multiplied by the quantity: unit prices.

    Else numbers under any name that do so on many lines, and give a multiple of it on all others.
    """
    units = book.values[quantity.name]
    candidates = [
        e
        for e in book.amounts
        if arithmetic.varies(units)
        if set(book.line_totals(quantity, e)) & {other.name for other in book.amounts}
    ]
    book.amounts = [e for e in book.amounts if e not in candidates]
    if candidates or "product" not in book.taken:
        return candidates
    kinds = words.NO_MONEY | words.COST | words.PROFIT
    others = [e for e in book.free if e.distinct >= counted.FEWEST and not e.says(kinds)]
    steady = [e for e in others if book.price_spread(book.values[e.name]) < STEADY]
    factors = [
        (e, arithmetic.multiples(book.values[amount.name], units * book.values[e.name]))
        for e in steady
        for amount in book.amounts
        if e is not amount
    ]
    return [e for e, times in factors if times and max(times, key=times.__getitem__) == 1]


def listed(book: Book) -> list[Evidence]:
    """Return list prices where nothing else is money; ask about them without a discount."""
    candidates = [e for e in book.seen if e.says(words.LIST)]
    candidates = [] if book.amounts or "revenue" in book.taken else candidates
    if candidates and not book.discounts:
        name = candidates[0].name
        asks = f"{name!r} is a list price, and nothing else is money: was this price paid?"
        book.roles.ask_column("unit_price", asks, [name])
    return candidates


def ask_which(book: Book) -> None:
    """Ask which of several prices was paid where no amount tells, a net price first."""
    taken = str(book.taken["unit_price"])
    prices = [e for e in book.seen if is_price(e) or e.name == taken]
    prices += [e for e in book.amounts if e not in prices and e.says(words.PRICE)]
    prices.sort(key=lambda e: (e.says(words.GROSS) - e.says(words.LINE), e.name != taken))
    joined = tuple(f"{PurePath(one['file']).stem}." for one in book.roles.keys.get("join", []))
    prices = [e for e in prices if not e.name.startswith(joined) or e.name == taken]
    others = [e for e in prices if not agree(book.values[e.name], book.values[taken])]
    if others and "revenue" not in book.taken and not book.discounts:
        book.taken["unit_price"] = prices[0].name
        names = ", ".join(repr(e.name) for e in prices)
        book.roles.ask_column(
            "unit_price", f"which price was paid: {names}?", [e.name for e in prices]
        )


def ask_for_unit(book: Book) -> None:
    """Ask where a price may be of several units, and money is price times quantity.

    A column says of how many, or a second quantity is one number per product.
    """
    values = {e: book.values[e.name] for e in book.free if e.whole == 1}
    units = [e for e in values if set(e.words) <= words.PRICE_UNIT and np.any(values[e] > 1)]
    packs = [e for e in values if book.has("product") and is_quantity(e)]
    packs = [e for e in packs if arithmetic.varies(values[e]) and np.nanmin(values[e]) >= 1]
    packs = [e for e in packs if book.price_spread(values[e]) == 0]
    for e in packs[:1]:
        asks = f"{e.name!r} is one number per product: is the price per unit of it? No key "
        asks += "multiplies by it: add a column of the line's money"
        answers = [Answer("quantity times price, without it", {})]
        book.roles.ask("unit_price", asks, [e.example], answers)
    for e in units[:1]:
        asks = f"{e.name!r} says how many units a price is of, which no key reads: add a column "
        asks += "of the line's money, or say that prices are of one unit"
        book.roles.ask("unit_price", asks, [e.example], [Answer("prices of one unit", {})])


def unit_or_line(book: Book) -> None:
    """Ask where numbers show that a unit price is per line, or that revenue is per unit.

    A steady price of each product settles it.
    """
    role = "revenue" if "revenue" in book.taken else "unit_price"
    if not book.has(role, "quantity", "product") or role in book.roles.given:
        return
    name = str(book.taken[role])
    if role == "revenue" and ("unit_price" in book.taken or "gross_profit" in book.taken):
        return
    unit = book.is_unit(book[role], book["quantity"])
    is_steady = book.price_spread(book[role], None if unit else book["quantity"]) < STEADY
    if unit and role == "revenue" and not is_steady:
        return
    asked = {question.key for question in book.roles.questions}
    if unit is None or unit == (role == "unit_price") or role in asked:
        return
    other = "unit_price" if role == "revenue" else "revenue"
    book.taken[other] = book.taken.pop(role)
    what = "does not grow" if unit else "grows"
    none = {"columns.revenue": None, "columns.unit_price": None}
    answers = [questions.of_column(one, name, none) for one in (other, role)]
    what = f"{name!r} {what} with the quantity of a product"
    is_called = name in book.of and book.of[name].says(words.PRICE)
    if unit and is_called:
        return book.roles.settle(other, what, answers)
    if not unit and is_steady:
        return book.roles.settle(other, f"{what}, and is a steady price per unit", answers)
    money = book.values[name] * (book["quantity"] if unit else 1)
    if total := book.total_of(money):
        return book.roles.settle(other, f"{what}, and {total!r} sums it up per order", answers)
    asks = f"{what}: is it per unit or per line?"
    book.roles.ask(other, asks, book.roles.examples([name]), answers)
