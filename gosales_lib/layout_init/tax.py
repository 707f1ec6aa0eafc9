"""Questions about an amount that may hold a tax, or be in another unit than the price."""

from __future__ import annotations

import numpy as np
import polars as pl

from gosales_lib.layout_init import arithmetic, questions, states, words
from gosales_lib.layout_init.arithmetic import agree, filled, ratio
from gosales_lib.layout_init.book import Book
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import MONEY, Roles
from gosales_lib.sales_log import breaks
from gosales_lib.sales_log.numbers import judge

MOST_PARTS = 20
"""Values of a column that may each have a unit of money of its own."""
NEARLY, PART = 0.85, 0.2
"""Share of negative amounts, and of all rows, from which on a source turns the sign of sales."""
FEWEST_LOST = 8
"""Lines of one unit whose amount is several prices, and others, that show lost quantities."""
FEW_FLAGS, NET = 4, words.EXCLUDED | words.LINE
"""Values of a column that says whether the money holds the tax, and what says that it does not."""
FAR_LESS = 0.05
"""Share of price and quantity below which an amount is no discounted one."""


def ask(book: Book, name: str) -> None:
    """Ask whether a tax is to be taken off where only money with tax is there.

    A layout can take off a tax given as a rate where all lines have the same one.
    """
    taxes = [e for e in book.levies if e.says(words.TAX)]
    money, rated = book.values[name], arithmetic.is_taxed
    held = [e for e in taxes if rated(money, book.values[e.name])]
    if any(rated(money + book.values[e.name], book.values[e.name]) for e in taxes):
        return  # the tax is a round rate of the money itself, which is net
    if "discount" in book.taken or not (book.of[name].says(words.GROSS) or held):
        return
    rates = [e for e in book.seen if e.says(words.TAX) and e.says(words.PERCENT)]
    answers = [Answer("nothing more", {})]
    if taxes:
        tax = taxes[0].name
        answers.insert(0, questions.of_column("discount", tax, {"discount": "amount"}))
        asks = f"{name!r} seems to hold {tax!r}: should the tax be subtracted?"
        book.roles.ask("revenue", asks, [taxes[0].example], answers)
    elif rates:
        values = np.unique(filled(book.values[rates[0].name]))
        if values.size == 1:
            net = {name: round(float(1 / (1 + values[0] / (1 if values[0] < 1 else 100))), 9)}
            answers = [*questions.of_key("scale", [net]), *answers]
        asks = f"{name!r} seems to hold the tax of {rates[0].name!r}: should it be subtracted?"
        book.roles.ask("revenue", asks, [rates[0].example], answers)


def ask_for_factor(book: Book, name: str) -> None:
    """Ask about an amount that is many times price and quantity, as cents or with a tax in it.

    Less than them is a discount, unless it is far less, as thousands are.
    """
    if not book.has_price() or any(question.key == "revenue" for question in book.roles.questions):
        return
    amount, gross = book.values[name], book["quantity"] * book["unit_price"]
    taken = str(book.taken["quantity"])
    if judge(book.log.rows[taken]).undecided or _is_of_units(book, amount, gross):
        return
    if _lacks_quantities(book, amount, gross):
        return
    factors = arithmetic.multiples(amount, gross)
    odd = {factor: rows for factor, rows in factors.items() if not FAR_LESS < factor <= 1.005}
    if odd:
        price = str(book.taken["unit_price"])
        times = " or ".join(f"{factor:g}" for factor in odd)
        asks = (
            f"{name!r} is {times} times quantity and {price!r} on {sum(odd.values()):,} rows: is "
        )
        asks += "it in another unit, or does it hold a tax? Which is the money of a line?"
        answers = [
            questions.of_column("revenue", name, {"columns.unit_price": None}),
            questions.of_column("unit_price", price, {"columns.revenue": None}),
        ]
        book.roles.ask("revenue", asks, [book.of[name].example], answers)


def _lacks_quantities(book: Book, amount: np.ndarray, gross: np.ndarray) -> bool:
    """Ask where the quantity is 1 on lines whose amount is several times the price."""
    times = ratio(amount, gross)
    lost = (book["quantity"] == 1) & (times > 1.5) & (np.abs(times - np.round(times)) < 0.005)
    right = np.abs(times - 1) < 0.005
    is_so = lost.sum() >= FEWEST_LOST and (right & (book["quantity"] > 1)).sum() >= FEWEST_LOST
    if not is_so or (lost | right).sum() < arithmetic.MOST * np.isfinite(times).sum():
        return False
    name, price = str(book.taken["quantity"]), str(book.taken["unit_price"])
    asks = f"{name!r} is 1 on {lost.sum():,} lines whose amount is 2 or more times {price!r}: are "
    asks += "these quantities lost? Else export them again"
    answers = [Answer("quantities as they are", {})]
    book.roles.ask("quantity", asks, [book.of[price].example], answers)
    return True


def ask_for_unit(roles: Roles) -> None:
    """Ask about a column without a role, one value of which has amounts in another unit."""
    log, money = roles.log, roles.first(*MONEY)
    product = roles.first("product", "division")
    several = [e for e in roles.free if 1 < e.distinct <= MOST_PARTS and not e.is_date]
    if not (money and product in log.of and several):
        return
    amount = log.numbers(money).cast(pl.Float64)
    quantity = roles.column("quantity")
    has_units = quantity not in ("", money)
    units = log.numbers(quantity).cast(pl.Float64) if has_units else amount / amount
    facts = pl.DataFrame({"product": log.texts(product), "revenue": amount, "gross_profit": amount})
    facts = facts.with_columns(quantity=units, order_date=roles.days(log.rows), file=pl.lit(""))
    for e in several:
        here = facts.with_columns(branch=log.texts(e.name)).drop_nulls()
        turned = None if e.says(words.KIND | words.RETURNED) else _turned(here)
        if turned:
            asks = f"nearly all amounts of the rows whose {e.name!r} is {turned!r} are negative, "
            asks += "unlike the others: are they returns? Else turn their sign in the source"
            return roles.ask("negate", asks, [turned], [Answer("returns, as they are", {})])
        for odd in breaks.by_column(here, e.name):
            asks = f"{odd.rstrip('.')}: are they right as they are?"
            return roles.ask("scale", asks, [e.example], [Answer("amounts as they are", {})])


def ask_by_row(roles: Roles) -> None:
    """Ask about a column that says of each row whether its money holds the tax."""
    money = roles.first(*MONEY)
    if money not in roles.log.of or roles.log.of[money].says(NET | words.GROSS):
        return
    for e in (e for e in roles.free if e.is_text and 1 < e.distinct <= FEW_FLAGS):
        counts = roles.log.counts(e.name)
        said = {value: words.of(value) for value in counts}
        with_tax = [value for value, in_it in said.items() if in_it & words.GROSS]
        without = [value for value, in_it in said.items() if in_it & NET - words.GROSS]
        if with_tax and without and len(said) == len(with_tax) + len(without):
            rows = states.rows_of(e.name, with_tax, counts)
            asks = f"{rows}: does {money!r} hold the tax there, and not in the other rows? Then "
            asks += "export it without the tax in all"
            states.ask_left_out(roles, e.name, asks, with_tax, [[], with_tax])


def _turned(facts: pl.DataFrame) -> str | None:
    """Return a `branch` of which nearly all amounts are negative, and nearly none of the others."""
    below = pl.col("revenue") < 0
    each = facts.group_by("branch").agg(pl.len(), below=below.mean()).sort("branch")
    many = max(breaks.ROWS, PART * facts.height)  # fewer may be credit notes
    turned = each.filter(pl.col("below") > NEARLY, pl.col("len") >= many)
    others = each.join(turned, "branch", "anti")
    is_odd = turned.height and others.height and others["below"].max() < 1 - NEARLY  # type: ignore[operator]
    return str(turned["branch"][0]) if is_odd else None


def _is_of_units(book: Book, amount: np.ndarray, gross: np.ndarray) -> bool:
    """Return whether a third column makes price and quantity the amount: the units of a price."""
    others = [book.values[e.name] for e in book.free if e.whole == 1]
    return any(
        agree(amount, way) for other in others for way in (ratio(gross, other), gross * other)
    )
