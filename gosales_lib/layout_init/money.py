"""Which columns are quantity, price and revenue: by name, then by arithmetic."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

from gosales_lib.layout_init import (
    arithmetic,
    counted,
    discounts,
    parties,
    profit,
    tax,
    unit_prices,
    words,
)  # fmt: skip
from gosales_lib.layout_init.arithmetic import agree
from gosales_lib.layout_init.book import Book, is_plain, is_quantity
from gosales_lib.layout_init.evidence import Evidence, Table
from gosales_lib.layout_init.roles import Roles

CLOSE = 0.75
"""A column with so few points less than the best is a question, unless it says the same numbers."""
UNPAID = 0.02
"""Share of the lines without any payment that tells what is paid from what is due."""
MOSTLY = 0.5
"""Share of the lines that are 0 in a column of what is still open."""
ROLES = ("quantity", "unit_price", "revenue", "gross_profit", "cost", "unit_cost", "discount")


def settle(roles: Roles, log: Table) -> None:
    """Assign the roles of money and quantity, and ask where two columns remain possible."""
    keys = parties.names_of_keys(log)
    seen = [e for e in roles.free if e.is_number and not _is_key(e) and e.name not in keys]
    given = [str(c) for r in ROLES if (c := roles.columns.get(r))]
    names = list(dict.fromkeys([*(e.name for e in seen), *given]))
    book = Book(seen, arithmetic.numbers(log, names), log, roles)
    discounts.prove(book)
    _quantity_and_price(book)
    _revenue(book)
    counted.find(book)
    discounts.find(book)
    profit.find(book)
    profit.signs(book)
    profit.ask(book)


def _quantity_and_price(book: Book) -> None:
    """Take the pair whose product is an amount; else the pair that the names say."""
    quantities = sorted((e for e in book.seen if is_quantity(e)), key=_is_no_plain_quantity)
    quantities = counted.proven(book, quantities)
    prices = unit_prices.called(book, quantities)
    if prices and not quantities and "quantity" not in book.taken:
        quantities = _quantities_by_arithmetic(book, prices)
    if quantities and not prices and "unit_price" not in book.taken:
        prices = unit_prices.by_arithmetic(book, quantities[0]) or unit_prices.listed(book)
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
        if quantity.whole == 1 and price.distinct >= counted.FEWEST and not is_quantity(price):
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
    amounts = {e.name for e in book.amounts or book.under_unknown_names()}
    return [e for e in counts if any(amounts & set(book.line_totals(e, p)) for p in prices)]


def _revenue(book: Book) -> None:
    """Take the line's own amount, net of tax and discount."""
    if "revenue" in book.taken or ("gross_profit" in book.taken and not book.amounts):
        return
    if is_unnamed := not book.amounts and "unit_price" not in book.taken:
        if discounts.sides(book):
            return
        book.amounts = book.under_unknown_names()
        if not book.amounts and (money := counted.as_money(book)):
            book.amounts, is_unnamed = money, False
    quantity, price = (book.of.get(str(book.taken.get(r))) for r in ("quantity", "unit_price"))
    totals = book.line_totals(quantity, price) if quantity and price else []
    if quantity and price and not book.amounts and not totals:
        totals = _often_totals(book)
    book.amounts += [book.of[name] for name in totals if book.of[name] not in book.amounts]
    book.amounts += _net_under_unknown_names(book)
    paid = _payments(book)
    book.amounts += [book.of[n] for n in set(paid.values()) if book.of[n] not in book.amounts]
    points = {e.name: _points(book, e) for e in book.amounts}
    for payment, due in paid.items():
        points[payment] -= 3
        points[due] += 1
    for name in totals:
        points[name] = points.get(name, 2.0) + 3
    for gross, net in permutations(book.amounts, 2):
        is_list = not is_unnamed and _is_steadier(book, gross, net)
        if is_list:
            what = f"{gross.name!r} is never less, and its prices of products vary far more"
            book.roles.note("revenue", what)
        if is_list or _differ(book, gross, net):
            points[gross.name] -= 3
            points[net.name] += 1
    for name in {*_gross_totals(book), *_shares(book)}:
        points[name] -= 3
    for name in points:
        points[name] -= 6 * (book.is_no_line(name) and not _is_steady(book, name))
        points[name] -= is_unnamed and book.of[name].whole == 1  # rather a quantity
        points[name] += 2 * book.of[name].says(words.LOCAL)
        points[name] += 3 * (book.of[name].says(words.CODES) and book.several_currencies())
    good = sorted((name for name in points if points[name] > 0), key=lambda n: -points[n])
    if is_unnamed:  # what does not grow with the quantity, such as a stock, is no sale
        good = [name for name in good if _counts(book, name)] or good
    if not good and discounts.sides(book):
        return
    if good:
        book.taken["revenue"] = good[0]
        counts = _counts(book, good[0]) if is_unnamed else []
        good = [name for name in good if name not in counts]
        best = book.of[good[0]]
        is_net = best.whole < 1 and not best.says(words.GROSS)
        if counts and len(good) == 1 and is_net:
            what = f"{good[0]!r} is a steady price of each product times {counts[0]!r}"
            book.roles.note("revenue", f"no column is called an amount; {what}")
        elif is_unnamed:
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
        unit_prices.ask_which(book)
        unit_prices.ask_for_unit(book)
    unit_prices.unit_or_line(book)


def _counts(book: Book, amount: str) -> list[str]:
    """Return the whole numbers with which an amount grows, of each product."""
    money = book.values[amount]
    whole = [e.name for e in book.seen if e.whole == 1 and e.name != amount]
    return [name for name in whole if book.is_unit(money, book.values[name]) is False]


def _is_steady(book: Book, amount: str) -> bool:
    """Return whether an amount is a steady price of each product times a whole number.

    No order's or running total is, however fast the sales grow.
    """
    money, counts = book.values[amount], [book.values[name] for name in _counts(book, amount)]
    return any(book.price_spread(money, count) < arithmetic.STEADY for count in counts)


def _gross_totals(book: Book) -> list[str]:
    """Return amounts that are price times quantity plus a tax or freight."""
    if not book.has_price():
        return []
    quantity, steps = book["quantity"], book.steps(book.levies)
    gross = quantity * book["unit_price"]
    return [e.name for e in book.amounts if book.is_sum(e, gross, steps, quantity)]


def _payments(book: Book) -> dict[str, str]:
    """Return amounts that are 0 on some lines and few multiples of another elsewhere, and that one.

    Such as what is paid of an invoice, its tax included; or 0 on most lines, as what is still open.
    """
    found = {}
    money = [e for e in book.free if e.whole < 1 and not e.says(words.COST | words.PROFIT)]
    for e, other in product(book.amounts, money):
        paid, due = book.values[e.name], book.values[other.name]
        lines = np.isfinite(due) & (due != 0)
        is_paid = lines & (np.abs(paid) > 0)
        above = is_paid & (np.abs(paid) > np.abs(due))
        unpaid = (lines.sum() - is_paid.sum()) / max(1, lines.sum())
        is_above = is_paid.any() and above.sum() >= arithmetic.MOST * is_paid.sum()
        is_part = unpaid >= UNPAID if is_above else unpaid > MOSTLY
        if is_part and arithmetic.multiples(paid, due):
            found[e.name] = other.name
    return found


def _often_totals(book: Book) -> list[str]:
    """Return numbers under unknown names that are price times quantity, less on some lines."""
    gross = book["quantity"] * book["unit_price"]
    names = [e.name for e in book.under_unknown_names()]
    return [n for n in names if max(arithmetic.multiples(book.values[n], gross), default=0) == 1]


def _net_under_unknown_names(book: Book) -> list[Evidence]:
    """Return numbers under other names that are an amount less its tax or discount."""
    gross = [e for e in book.amounts if not e.says(words.PRICE)]
    others = [e for e in book.under_unknown_names() if e not in book.amounts]
    return [e for e in others if any(_differ(book, whole, e) for whole in gross)]


def _differ(book: Book, gross: Evidence, net: Evidence) -> bool:
    """Return whether two amounts differ by a tax, by freight, by both or by a discount.

    What differs may have any name where it is 0 on many lines or one of few shares of the money.
    """
    base, whole = book.values[net.name], book.values[gross.name]
    kinds = words.COST | words.PROFIT | words.QUANTITY
    others = [e for e in book.seen if e not in (gross, net) and not e.says(kinds)]
    values = [book.values[e.name] for e in others]
    levies = [one for one in values if arithmetic.like_levy(one, whole)]
    steps = book.steps(book.levies, whole)
    return book.is_sum(gross, base, [*steps, *levies], 0.0)


def _is_steadier(book: Book, gross: Evidence, net: Evidence) -> bool:
    """Return whether an amount is at most another one, and by far the steadier price.

    Such as what was paid beside the value at list prices, which are equal on some lines.
    """
    if not book.has("quantity", "product"):
        return False
    whole, paid = book.values[gross.name], book.values[net.name]
    spreads = [book.price_spread(one, book["quantity"]) for one in (paid, whole)]
    is_less = np.mean(whole >= paid) >= arithmetic.MOST > np.mean(whole > paid)
    return bool(is_less) and spreads[0] <= spreads[1] / 2


def _shares(book: Book) -> list[str]:
    """Return amounts that are one small share of another one on all lines, as a tax is."""
    return [
        e.name
        for e, other in permutations(book.amounts, 2)
        if arithmetic.is_share(book.values[e.name], book.values[other.name])
    ]


def _points(book: Book, e: Evidence) -> float:
    order = e.says(words.ORDER) and not e.says(words.LINE)
    net = e.says(words.LINE) or (e.says(words.EXCLUDED) and e.says(words.TAX))
    return 2 + bool(net) - e.says(words.GROSS) - order / 2 - 2 * (not is_plain(e))


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
