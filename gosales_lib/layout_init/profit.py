"""Gross profit of a line: a column, or revenue less a cost; and signs that must be reversed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.layout_init import arithmetic, questions, words
from gosales_lib.layout_init.book import FEWEST, Book, is_plain
from gosales_lib.layout_init.evidence import SAME, Evidence, share
from gosales_lib.layout_init.questions import Answer

FEW_RATES = 5
"""Percentages that a tax or a discount may have; margins have more."""
ALIKE = 1.5
"""Ratio of high and low margins up to which revenue ranks like profit."""
NO_PROFIT = questions.of_key("gross_profit", ["revenue"])
NO_COST = words.TAX | words.FREIGHT | words.DISCOUNT | words.PERCENT | words.KEY | words.PERIOD
NO_COST |= words.RUNNING | words.WEIGHT | words.MEASURE | words.LIST | words.QUANTITY
CLEARLY = 0.8
"""Ratio of two spreads up to which the smaller one tells a cost per unit from one per line."""


def find(book: Book) -> None:
    """Take the profit of the line, or a cost to compute it; `ask` asks where neither was found."""
    profits = [e for e in book.seen if e.says(words.PROFIT) and is_plain(e)]
    profits = [e for e in profits if not _is_ratio(book, e) and not e.says(words.COST)]
    profits = [e for e in profits if not book.is_code(e)]
    other = {book.taken.get(role) for role in ("revenue", "quantity")}  # quantity times price
    profits = [e for e in profits if e.name not in other]
    pieces = [e for e in profits if not book.has("quantity") and _are_pieces(book, e)]
    if pieces:
        book.taken["quantity"] = pieces[0].name
        profits.remove(pieces[0])
    if "gross_profit" not in book.taken and profits:
        book.taken["gross_profit"] = max(profits, key=lambda e: e.says(words.LINE)).name
    if "gross_profit" in book.taken:
        return
    if {"cost", "unit_cost"} & set(book.taken):
        book.roles.keys["gross_profit"] = "cost"
        return
    costs = [e for e in book.seen if e.says(words.COST) and not e.says(words.NO_MONEY)]
    costs = [e for e in costs if not book.is_code(e) and not _is_of_orders(book, e)]
    prices = [e for e in costs if _is_price(book, e)]
    costs = [e for e in costs if e not in prices]
    for e in (e for e in prices if e.name not in map(str, book.taken.values())):
        book.roles.note("gross_profit", f"{e.name!r} is the money itself, and no cost")
    if costs and ("revenue" in book.taken or book.has_price()):
        _cost(book, costs)


def ask(book: Book) -> None:
    """Ask about columns that may be the profit or a cost where neither was found."""
    if {"gross_profit", "cost", "unit_cost"} & set(book.taken):
        return
    _ask_for_margin(book)
    _ask_for_profit(book)
    if all(question.key != "gross_profit" for question in book.roles.questions):
        _ask_for_cost(book)


def _is_of_orders(book: Book, e: Evidence) -> bool:
    """Return whether a cost is one amount, or one per order, for all products: their freight."""
    if "product" not in book.taken or book.texts("product").n_unique() < 2:
        return False
    if not arithmetic.varies(book.values[e.name]):
        return True
    if "invoice" not in book.taken:
        return False
    lines = pl.DataFrame({"order": book.texts("invoice"), "product": book.texts("product")})
    lines = lines.with_columns(cost=pl.Series(book.values[e.name])).drop_nulls().drop_nans()
    orders = lines.group_by("order").agg(pl.all().n_unique()).filter(pl.col("product") > 1)
    return orders.height >= FEWEST and share(orders["cost"] == 1) >= SAME


def _is_price(book: Book, e: Evidence) -> bool:
    """Return whether what is called a cost is a price or the money itself: no line has a profit."""
    if e.name in map(str, book.taken.values()):
        return True
    if "revenue" not in book.taken:
        return False
    cost, money = book.values[e.name], book["revenue"]
    quantity = book["quantity"] if "quantity" in book.taken else 1.0
    return arithmetic.agree(money, cost * quantity, quantity) or arithmetic.agree(money, cost)


def _are_pieces(book: Book, e: Evidence) -> bool:
    """Return whether a column called a profit is a quantity: money per unit keeps to its product.

    `DB` is a contribution margin in German and pieces in Hungarian.
    """
    money = book.of.get(str(book.taken.get("revenue", "")))
    if e.whole < 1 or money is None or money.whole == 1:
        return False
    return book.is_unit(book.values[money.name], book.values[e.name]) is False


def _ask_for_cost(book: Book) -> None:
    """Ask whether a column of an unknown name is the cost or profit of a line, as numbers say."""
    if not book.has("revenue"):
        return
    money, name = book["revenue"], str(book.taken["revenue"])
    units = book["quantity"] if book.has("quantity") else None
    price = book.of.get(str(book.taken.get("unit_price", "")))
    if price and units is not None and book.is_unit(book.values[price.name], units) is False:
        del book.taken["unit_price"]  # it grows with the quantity
    is_whole = name in book.of and book.of[name].whole == 1
    for e in (e for e in book.free if not e.says(NO_COST) and (e.whole < 1 or is_whole)):
        beside: dict[str, Any] = {"gross_profit": "cost"}
        value = book.values[e.name]
        if _mostly_negative(value * money):
            value, beside["negate"] = -value, [*book.roles.keys.get("negate", []), e.name]
        is_unit = units is not None and book.is_unit(value, units)
        if is_unit and arithmetic.like_cost(value * units, money):
            answers = [questions.of_column("unit_cost", e.name, beside), *NO_PROFIT]
            asks = f"{e.name!r} by the quantity lies below the money of its line and rises with it"
            return book.roles.ask("cost", f"{asks}: is it a cost?", [e.example], answers)
        if arithmetic.like_cost(value, money):
            answers = [questions.of_column("cost", e.name, beside), *_as_profit(e, beside)]
            asks = f"{e.name!r} lies below the money of its line and rises with it: is it the "
            return _ask_once(book, e, f"{asks}cost, or the profit?", answers)
        if arithmetic.like_profit(value, money):
            asks = f"{e.name!r} is a part of the money of its line, and below 0 on some: is it the "
            answers = _as_profit(e, beside)
            return book.roles.ask("gross_profit", f"{asks}profit?", [e.example], answers)


def _ask_once(book: Book, e: Evidence, asks: str, answers: list[Answer]) -> None:
    """Ask about a cost, within the question whether the column is the money where there is one."""
    asked = book.roles.questions
    for at, other in enumerate(asked):
        if any(answer.change.get("columns.revenue") == e.name for answer in other.answers):
            every = *other.answers, *(answer for answer in answers if answer not in NO_PROFIT)
            asked[at] = replace(other, asks=f"{other.asks} {asks}", answers=every)
            return
    book.roles.ask("cost", asks, [e.example], answers)


def _as_profit(e: Evidence, beside: Mapping[str, Any]) -> list[Answer]:
    """Return the answers that a column is the profit, or that the log has none."""
    change = {"gross_profit": None} | {k: v for k, v in beside.items() if k == "negate"}
    return [questions.of_column("gross_profit", e.name, change), *NO_PROFIT]


def _ask_for_profit(book: Book) -> None:
    """Ask whether a column is the profit, where another one is its percentage of the money."""
    if not book.has("revenue"):
        return
    free = [e for e in book.free if not e.says(words.NO_MONEY - words.PERCENT | words.COST)]
    shares = {e: 100 * arithmetic.ratio(book.values[e.name], book["revenue"]) for e in free}
    for e, percent in permutations(free, 2):
        rounded = 100 if percent.whole == 1 else 10
        told = book.values[percent.name]
        if percent.distinct > FEW_RATES and arithmetic.agree(told, shares[e], rounded):
            asks = f"{percent.name!r} is {e.name!r} in percent of the money: is this the profit?"
            examples = [e.example, percent.example]
            return book.roles.ask("gross_profit", asks, examples, _as_profit(e, {}))


def _ask_for_margin(book: Book) -> None:
    """Ask where margins in percent, which no key reads, differ: revenue is no profit then."""
    shares = [e for e in book.seen if e.says(words.PROFIT)]
    shares = [e for e in shares if e.says(words.PERCENT) or _is_margin(book, e)]
    if shares and ("revenue" in book.taken or book.has_price()):
        name = shares[0].name
        asks = f"{name!r} is a margin in percent, which no key reads"
        low, high = np.nanquantile(book.values[name], (0.1, 0.9))
        if 0 < high <= ALIKE * low:
            asks += f"; on most rows it is from {low:g} to {high:g}"
            return book.roles.note("gross_profit", asks)
        asks = f"{asks}: add a column of its money"
        book.roles.ask("gross_profit", asks, [shares[0].example], NO_PROFIT)


def _cost(book: Book, costs: list[Evidence]) -> None:
    total = next((e for e in costs if e.says(words.LINE | {"total"})), None)
    cost = total or costs[0]
    unit = total is None and _is_unit_cost(book, cost)
    if unit is None:
        roles = ("cost", "unit_cost")
        answers = [questions.of_column(r, cost.name, {"columns.cost": None}) for r in roles]
        book.roles.ask("cost", f"is {cost.name!r} per line or per unit?", [cost.example], answers)
    book.taken["unit_cost" if unit else "cost"] = cost.name
    book.roles.keys["gross_profit"] = "cost"


def _is_unit_cost(book: Book, one: Evidence) -> bool | None:
    """Return whether a cost is per unit; None where neither names nor numbers tell."""
    if "quantity" not in book.taken or not arithmetic.varies(book["quantity"]):
        return False
    if one.says(words.PER_UNIT) and not one.says(words.REVENUE):
        return True
    cost, quantity = np.abs(book.values[one.name]), np.abs(book["quantity"])
    tells: list[bool | None] = []
    if book.has_price():
        rate = arithmetic.ratio(cost, np.abs(book["unit_price"]))
        tells.append(arithmetic.is_unit(rate, quantity, most=CLEARLY))
    tells.append(book.is_unit(cost, quantity))
    if book.has("revenue"):
        rate = arithmetic.ratio(cost * quantity, np.abs(book["revenue"]))
        tells.append(arithmetic.is_unit(rate, quantity, most=CLEARLY))
    return next((is_unit for is_unit in tells if is_unit is not None), None)


def _is_ratio(book: Book, e: Evidence) -> bool:
    """Return whether a profit is a share of the money, or a percentage of it, and no money.

    Such a column does not rise with the money, or it is what a cost leaves of it in percent.
    """
    shares = book.values[e.name]
    some = np.abs(shares[np.isfinite(shares)])
    money = book.values.get(str(book.taken.get("revenue", "")))
    if money is None and book.has_price():
        money = book["quantity"] * book["unit_price"]
    if money is None or not some.size or np.max(some) > 100:
        return False
    if np.max(some) <= 1:
        return float(np.nanmedian(np.abs(money))) > 1
    costs = [book.values[one.name] for one in book.seen if one != e]
    left = [100 - 100 * arithmetic.ratio(cost, money) for cost in costs]
    rounded = 100 if e.whole == 1 else 10
    is_left = any(arithmetic.agree(shares, percent, rounded) for percent in left)
    return is_left or arithmetic.rank(shares, money) < arithmetic.RISES_SOME


def _is_margin(book: Book, e: Evidence) -> bool:
    """Return whether a ratio stands on most lines, as a margin does and an eco tax does not."""
    return _is_ratio(book, e) and share(pl.Series(book.values[e.name]) > 0) > 0.5


def signs(book: Book) -> None:
    """Negate columns that the source writes with a negative sign for sales.

    Where money and quantity or cost have opposite signs, the negative ones are reversed.
    """
    money = next((r for r in ("revenue", "gross_profit", "unit_price") if r in book.taken), None)
    if money is None:
        return
    name, value = str(book.taken[money]), book[money]
    sides: dict[bool, list[str]] = {True: [name], False: []}
    for role in ("quantity", "cost", "unit_cost"):
        column = str(book.taken.get(role, ""))
        other = book.values.get(column)
        if other is not None and column != name:
            sides[not _mostly_negative(value * other)].append(column)
    turned = sides[bool(np.nanmedian(value) < 0)] if sides[False] else []
    if turned:
        book.roles.keys.setdefault("negate", []).extend(turned)
        others = ", ".join(map(repr, sides[turned == sides[False]]))
        shown = ", ".join(map(repr, turned))
        book.roles.note("negate", f"{shown}: negative where {others} is not")


def _mostly_negative(values: np.ndarray) -> bool:
    """Return whether most numbers that are not 0 are below it."""
    some = values[np.isfinite(values) & (values != 0)]
    return some.size >= arithmetic.ENOUGH and bool(np.mean(some < 0) >= arithmetic.MOST)
