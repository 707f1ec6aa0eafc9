"""Which columns are quantity, price and revenue: by name, then by arithmetic."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import PurePath

import numpy as np

from gosales_lib.layout_init import arithmetic, counted, discounts, profit, questions, tax, words
from gosales_lib.layout_init.arithmetic import agree
from gosales_lib.layout_init.book import Book, is_plain, is_price
from gosales_lib.layout_init.evidence import Evidence, Table
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles

CLOSE = 0.75
"""A column with so few points less than the best is a question, unless it says the same numbers."""
NEAR_ONE = 0.25
"""Relative spread below which the values of a product are prices of it."""
ROLES = ("quantity", "unit_price", "revenue", "gross_profit", "cost", "unit_cost", "discount")


def settle(roles: Roles, log: Table) -> None:
    """Assign the roles of money and quantity, and ask where two columns remain possible."""
    seen = [e for e in roles.free if e.is_number and not _is_key(e)]
    given = [str(c) for r in ROLES if (c := roles.columns.get(r))]
    names = list(dict.fromkeys([*(e.name for e in seen), *given]))
    book = Book(seen, arithmetic.numbers(log, names), log, roles)
    _quantity_and_price(book)
    _revenue(book)
    counted.find(book)
    profit.find(book)
    profit.signs(book)
    profit.ask(book)


def _quantity_and_price(book: Book) -> None:
    """Take the pair whose product is an amount; else the pair that the names say."""
    quantities = sorted((e for e in book.seen if _is_quantity(e)), key=_is_no_plain_quantity)
    prices = [e for e in book.seen if is_price(e)]
    if prices and not quantities and "quantity" not in book.taken:
        quantities = _quantities_by_arithmetic(book, prices)
    if quantities and not prices and "unit_price" not in book.taken:
        prices = _prices_by_arithmetic(book, quantities[0]) or _list_prices(book)
    if quantities and prices:

        def rank(pair: tuple[Evidence, Evidence]) -> tuple[bool, int]:
            plain = 50 * _is_no_plain_quantity(pair[0]) - 99 * bool(pair[0].says(words.DELIVERED))
            return not book.line_totals(*pair), plain + sum(map(book.seen.index, pair))

        best = min(product(quantities, prices), key=rank)
        quantities, prices = [best[0]], [best[1]]
    elif not book.taken.keys() & {"quantity", "unit_price"}:
        quantities, prices = _by_multiplication(book) or (quantities, prices)
    for role, candidates in (("quantity", quantities), ("unit_price", prices)):
        if role not in book.taken and candidates:
            book.taken[role] = candidates[0].name


def _by_multiplication(book: Book) -> tuple[list[Evidence], list[Evidence]] | None:
    """Return the quantity and the price whose product a third column holds, under any name.

    Of several products, such as the cost and the price of a line, the largest is the money.
    """
    free = [e for e in book.free if arithmetic.varies(book.values[e.name])]
    found: dict[tuple[str, str], float] = {}
    for quantity, price in permutations(free, 2):
        if quantity.whole == 1 and price.distinct >= counted.FEWEST and not _is_quantity(price):
            totals = set(book.line_totals(quantity, price)) & {e.name for e in free}
            sums = [float(np.nansum(book.values[name])) for name in totals]
            found |= {(quantity.name, price.name): max(sums)} if sums else {}
    if not found:
        return None
    most = max(found.values())
    best = [pair for pair in found if found[pair] == most]  # of whole prices, both ways round
    by = book.texts("product") if book.has("product") else book.texts("customer_id")
    names = min(best, key=lambda pair: arithmetic.spread(book.values[pair[1]], by))
    return [book.of[names[0]]], [book.of[names[1]]]


def _quantities_by_arithmetic(book: Book, prices: list[Evidence]) -> list[Evidence]:
    """Return whole numbers that give an amount when multiplied by a price: quantities."""
    counts = [e for e in book.free if e.whole == 1 and arithmetic.varies(book.values[e.name])]
    amounts = {e.name for e in book.amounts}
    return [e for e in counts if any(amounts & set(book.line_totals(e, p)) for p in prices)]


def _prices_by_arithmetic(book: Book, quantity: Evidence) -> list[Evidence]:
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
    kinds, products = words.NO_MONEY | words.COST | words.PROFIT, book.texts("product")
    others = [e for e in book.free if e.distinct >= counted.FEWEST and not e.says(kinds)]
    steady = [e for e in others if arithmetic.spread(book.values[e.name], products) < NEAR_ONE]
    factors = [
        (e, arithmetic.multiples(book.values[amount.name], units * book.values[e.name]))
        for e in steady
        for amount in book.amounts
        if e is not amount
    ]
    return [e for e, times in factors if times and max(times, key=times.__getitem__) == 1]


def _list_prices(book: Book) -> list[Evidence]:
    """Return list prices where nothing else is money; ask about them without a discount."""
    candidates = [e for e in book.seen if e.says(words.LIST)]
    candidates = [] if book.amounts or "revenue" in book.taken else candidates
    if candidates and not book.discounts:
        name = candidates[0].name
        asks = f"{name!r} is a list price, and nothing else is money: was this price paid?"
        book.roles.ask_column("unit_price", asks, [name])
    return candidates


def _revenue(book: Book) -> None:
    """Take the line's own amount, net of tax and discount."""
    if "revenue" in book.taken or ("gross_profit" in book.taken and not book.amounts):
        return discounts.find(book)
    if is_unnamed := not book.amounts and "unit_price" not in book.taken:
        if discounts.sides(book):
            return
        book.amounts = book.under_unknown_names()
    points = {e.name: _points(book, e) for e in book.amounts}
    quantity, price = (book.of.get(str(book.taken.get(r))) for r in ("quantity", "unit_price"))
    for name in book.line_totals(quantity, price) if quantity and price else ():
        points[name] = points.get(name, 2.0) + 3
    for gross, net in _gross_and_net(book):
        points[gross] -= 3
        points[net] += 1
    for name in _gross_totals(book):
        points[name] -= 3
    for name in points:
        points[name] -= 6 * book.is_no_line(name)
        points[name] -= is_unnamed and book.of[name].whole == 1  # rather a quantity
        points[name] += 2 * book.of[name].says(words.LOCAL)
        points[name] += 3 * (book.of[name].says(words.CODES) and book.several_currencies())
    good = sorted((name for name in points if points[name] > 0), key=lambda n: -points[n])
    if not good and discounts.sides(book):
        return
    if good:
        book.taken["revenue"] = good[0]
        if is_unnamed:
            asks = "no column is called an amount; is the money in "
            book.roles.ask_column("revenue", f"{asks}{', '.join(map(repr, good))}?", good)
        else:
            _ask_which(book, good, points)
        tax.ask(book, good[0])
        tax.ask_for_factor(book, good[0])
    elif points and not book.has_price():
        name = book.taken["revenue"] = max(points, key=points.__getitem__)
        what = f"{name!r} looks like an order's or a running total, and no other column is money"
        book.roles.ask_column("revenue", f"{what}: is it the amount of a line?", [name])
    elif book.has_price():
        _ask_which_price(book)
        _ask_for_price_unit(book)
    _unit_or_line(book)
    discounts.find(book)


def _gross_totals(book: Book) -> list[str]:
    """Return amounts that are price times quantity plus a tax or freight."""
    if not book.has_price():
        return []
    quantity, steps = book["quantity"], book.steps(book.levies)
    gross = quantity * book["unit_price"]
    return [e.name for e in book.amounts if book.is_sum(e, gross, steps, quantity)]


def _ask_which_price(book: Book) -> None:
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


def _ask_for_price_unit(book: Book) -> None:
    """Ask where a price may be of several units, and money is price times quantity.

    A column says of how many, or a second quantity is one number per product.
    """
    values = {e: book.values[e.name] for e in book.free if e.whole == 1}
    units = [e for e in values if set(e.words) <= words.PRICE_UNIT and np.any(values[e] > 1)]
    packs = [e for e in values if book.has("product") and _is_quantity(e)]
    packs = [e for e in packs if arithmetic.varies(values[e]) and np.nanmin(values[e]) >= 1]
    packs = [e for e in packs if arithmetic.spread(values[e], book.texts("product")) == 0]
    for e in packs[:1]:
        asks = f"{e.name!r} is one number per product: is the price per unit of it? No key "
        asks += "multiplies by it: add a column of the line's money"
        answers = [Answer("quantity times price, without it", {})]
        book.roles.ask("unit_price", asks, [e.example], answers)
    for e in units[:1]:
        asks = f"{e.name!r} says how many units a price is of, which no key reads: add a column "
        asks += "of the line's money, or say that prices are of one unit"
        book.roles.ask("unit_price", asks, [e.example], [Answer("prices of one unit", {})])


def _unit_or_line(book: Book) -> None:
    """Ask where numbers show that a unit price is per line, or that revenue is per unit."""
    role = "revenue" if "revenue" in book.taken else "unit_price"
    if not book.has(role, "quantity", "product") or role in book.roles.given:
        return
    name = str(book.taken[role])
    if role == "revenue" and ("unit_price" in book.taken or "gross_profit" in book.taken):
        return
    values, products = book[role], book.texts("product")
    unit = arithmetic.is_unit(values, book["quantity"], products)
    is_near_one = arithmetic.spread(values, products) < NEAR_ONE
    if unit and role == "revenue" and not is_near_one:
        return
    asked = {question.key for question in book.roles.questions}
    if unit is None or unit == (role == "unit_price") or role in asked:
        return
    other = "unit_price" if role == "revenue" else "revenue"
    book.taken[other] = book.taken.pop(role)
    what = "does not grow" if unit else "grows"
    none = {"columns.revenue": None, "columns.unit_price": None}
    answers = [questions.of_column(one, name, none) for one in (other, role)]
    if unit and name in book.of and book.of[name].says(words.PRICE):
        return book.roles.settle(other, f"{name!r} {what} with the quantity of a product", answers)
    asks = f"{name!r} {what} with the quantity of a product: is it per unit or per line?"
    book.roles.ask(other, asks, book.roles.examples([name]), answers)


def _points(book: Book, e: Evidence) -> float:
    order = e.says(words.ORDER) and not e.says(words.LINE)
    net = e.says(words.LINE) or (e.says(words.EXCLUDED) and e.says(words.TAX))
    return 2 + bool(net) - e.says(words.GROSS) - order / 2 - 2 * (not is_plain(e))


def _gross_and_net(book: Book) -> list[tuple[str, str]]:
    """Return pairs of amounts that differ by a tax, by freight, by both or by a discount."""
    steps = book.steps([*book.levies, *book.discounts])
    pairs = [(gross, net, book.values[net.name]) for gross, net in permutations(book.amounts, 2)]
    return [(g.name, n.name) for g, n, base in pairs if book.is_sum(g, base, steps, 0.0)]


def _ask_which(book: Book, good: list[str], points: dict[str, float]) -> None:
    best, *others = good
    others = [n for n in others if points[n] > points[best] - CLOSE]
    others = [n for n in others if not agree(book.values[n], book.values[best])]
    if others:
        names = ", ".join(map(repr, others))
        book.roles.ask_column(
            "revenue", f"is the money of a line in {best!r} or in {names}?", [best, *others]
        )


def _is_key(e: Evidence) -> bool:
    """Return whether a column of numbers holds keys, or parts of dates."""
    if e.says(words.PERIOD) and e.whole == 1:
        return True
    amount = e.says(words.REVENUE | words.PRICE | words.COST | words.PROFIT | words.QUANTITY)
    return bool(set(e.words[-1:]) & words.KEY) and e.whole == 1 and not amount


def _is_no_plain_quantity(e: Evidence) -> int:
    """Return 0 for a name such as `Qty`, 1 for one that says more, 2 for a weight or a measure."""
    if e.says(words.WEIGHT | words.MEASURE):
        return 2
    return int(not set(e.words) <= words.KNOWN)


def _is_quantity(e: Evidence) -> bool:
    return bool(e.says(words.QUANTITY | words.MEASURE)) and not e.says(
        words.PRICE | words.COST | words.PROFIT
    )
