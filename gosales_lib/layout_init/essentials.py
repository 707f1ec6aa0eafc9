"""What every log needs: the day, the customer and the number of an order."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from gosales_lib.layout_init import date_column, evidence, questions, words
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.roles import SAME, Roles, first_values, is_code, listed, take
from gosales_lib.sales_log import dates

FEWEST, MOST_ORDERS = 8, 1.5
"""Customers that a log has at least, and orders of each, where a column is taken for them."""
AGAIN = 0.3
"""Points that a customer's column loses where each order has another one: it stays a question."""
_NO_ORDER = words.PRODUCT | words.DIVISION | words.REP | words.BRANCH | words.STATUS | words.SHIP
_NO_ORDER |= words.CURRENCY | words.KIND | words.PLACE | words.PERIOD | words.MEASURE | words.COST
_NO_ORDER |= words.REVENUE | words.QUANTITY | words.PRICE | words.NO_MONEY
MOSTLY, WHOLE = 0.9, 0.98
"""Share of the rows that a customer's name must be filled in to stand for a key."""
GROUPED = r"^\d+(?:[.,' ]\d{3})*$"
"""A whole number as a spreadsheet may write a key: `41,207` beside `41207`."""


def find(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame, looked: Looked) -> None:
    """Find what every log needs: the date, the customer and the order.

    Raises
    ------
    ValueError
        No column can be the date or the customer; the message lists every column.
    """
    seen = list(seen)
    date_column.find(seen, roles, rows, looked)
    codes = {e.name for e in seen if e.is_text and is_code(rows, e.name)}
    numbers = [e.name for e in seen if e.is_number]
    codes |= {n for n in numbers if evidence.texts(rows, n).str.contains(GROUPED).all()}
    of_order = _one_per_order(seen, rows)
    points = {e.name: _customer(e, codes) - AGAIN * (e.name in of_order) for e in seen}
    take(roles, "customer_id", seen, lambda e: points[e.name], rows)
    take(roles, "customer_name", seen, _customer_name)
    if "customer_id" not in roles.columns:
        _names_for_keys(seen, roles, rows)
    if "customer_name" not in roles.columns:
        key = roles.columns["customer_id"]
        bare = [e for e in seen if e.is_text and e.words and set(e.words) <= words.NAME | {"1"}]
        bound = [e for e in bare if evidence.determined(rows, str(key), e.name) > SAME]
        take(roles, "customer_name", bound, lambda e: 1 + e.distinct / 1e9)
    _invoice(seen, roles, rows)


def _one_per_order(seen: list[Evidence], rows: pl.DataFrame) -> set[str]:
    """Return the columns with another value for each order, such as the customer's order number."""
    order = max((e for e in seen if _order(e) > 1), key=_order, default=None)
    if order is None or order.distinct >= SAME * order.filled:
        return set()  # of orders of one line, each column may have as many values
    alike = [e for e in seen if SAME * order.distinct <= e.distinct <= order.distinct]
    return {e.name for e in alike if evidence.determined(rows, order.name, e.name) >= SAME}


def _names_for_keys(seen: list[Evidence], roles: Roles, rows: pl.DataFrame) -> None:
    """Use names, e-mail addresses or shops as customers where there is no key."""
    take(roles, "customer_id", seen, _mail)
    named = next((e for e in seen if e.name == roles.columns.get("customer_name")), None)
    if named and "customer_id" in roles.columns and named.share_filled > MOSTLY:
        del roles.columns["customer_id"]
    if "customer_name" in roles.columns and "customer_id" not in roles.columns:
        name = str(roles.columns["customer_name"])
        keys = [
            e for e in seen if e.words and set(e.words) <= words.KEY and e.name not in roles.used
        ]
        if key := next((e.name for e in keys if _one_to_one(rows, e.name, name)), None):
            roles.columns["customer_id"] = key
            return roles.note("customer_id", f"each value of {key!r} has one name in {name!r}")
        roles.columns["customer_id"] = roles.columns.pop("customer_name")
        roles.note("customer_id", "no key was found: names stand for customers, typos split them")
        return
    if "customer_id" in roles.columns or _by_structure(seen, roles, rows):
        return
    kinds = words.STORE | words.PLACE
    shops = [e for e in seen if e.says(kinds) and not e.says(words.NAME) and e.distinct > 1]
    shops = [e for e in seen if e.name == roles.keys.get("name_as")] or shops
    take(roles, "customer_id", shops, lambda e: e.says(words.STORE) + e.says(words.KEY) / 2 + 0.5)
    if "customer_id" not in roles.columns:
        raise ValueError(
            f"no column looks like a customer among {listed(seen)}: if one is, name it with "
            "--column customer_id=COLUMN; without one nobody can be scored"
        )
    name = str(roles.columns["customer_id"])
    answer = questions.of_column("customer_id", name)
    asks = f"no column is called a customer; are the customers in {name!r}?"
    roles.ask("customer_id", asks, first_values(rows, name), [answer])


def _one_to_one(rows: pl.DataFrame, one: str, other: str) -> bool:
    return min(evidence.determined(rows, *pair) for pair in ((one, other), (other, one))) >= SAME


def _by_structure(seen: list[Evidence], roles: Roles, rows: pl.DataFrame) -> bool:
    """Take the column with one value per order and the most values, whatever its name.

    A bare number or name, or a number with a name that goes with it, needs no question.
    """
    orders = sorted((e for e in seen if _order(e) > 1 and e.distinct > 2), key=_order)
    if not orders or orders[-1].name in roles.used:
        return False
    other = _NO_ORDER | words.ORDER
    candidates = [
        e
        for e in seen
        if not e.is_date and e.name not in roles.used and not e.says(other)
        if (e.is_text or e.whole == 1) and FEWEST <= e.distinct <= MOSTLY * e.filled
        if e.distinct < SAME * orders[-1].distinct  # else it is another number of the order
        if e.share_filled > MOSTLY and evidence.determined(rows, orders[-1].name, e.name) >= SAME
    ]
    if not candidates or orders[-1].distinct < MOST_ORDERS * max(e.distinct for e in candidates):
        return False
    most = max(e.distinct for e in candidates)
    named = [e for e in candidates if e.distinct >= SAME * most]
    codes = [e for e in named if e.says(words.KEY) or not e.is_text or is_code(rows, e.name)]
    best = (codes or named)[0]
    name = next((e for e in named if e is not best and e.is_text), None)
    roles.columns["customer_id"] = best.name
    if name and "customer_name" not in roles.columns:
        roles.columns["customer_name"] = name.name
    roles.note("customer_id", "no column is called a customer; an order has one of these")
    bare = set(best.words) <= words.KEY | words.NAME | {"co", "contact", "internal", "external"}
    if not bare and name is None:
        answers = [questions.of_column("customer_id", e.name) for e in candidates]
        asks = f"no column is called a customer; are the customers in {best.name!r}?"
        roles.ask("customer_id", asks, first_values(rows, best.name), answers)
    return True


def _invoice(seen: list[Evidence], roles: Roles, rows: pl.DataFrame) -> None:
    """Find the order's number: each has one day; else an order is a customer at a date."""
    day, customer = roles.columns["order_date"], roles.columns["customer_id"]
    days = [day] if isinstance(day, str) else day
    date = days[0]
    reading = next((e.reading for e in seen if e.name == date), None)
    if reading and reading.formats and isinstance(day, str):
        rows = rows.with_columns(dates.days(rows[date], reading.formats).alias(date))
    if "invoice" not in roles.columns:
        taken = {date, str(customer)}
        bound = [
            e
            for e in seen
            if e.name not in taken and not e.is_date and _order(e)
            if e.distinct > 2 or e.distinct == e.filled
            if evidence.determined(rows, e.name, date) > evidence.MOST
        ]
        take(roles, "invoice", bound, _order)
    if "invoice" not in roles.columns:
        _order_by_structure(seen, roles, rows, str(customer), date)
    if "invoice" not in roles.columns:
        roles.columns["invoice"] = [str(customer), *days]
        roles.note("invoice", "no order number was found: an order is a customer at a date")


def _order_by_structure(
    seen: list[Evidence], roles: Roles, rows: pl.DataFrame, customer: str, date: str
) -> None:
    """Take a column whose values repeat only within one customer and day."""
    other = _NO_ORDER | words.PARTY | words.DATE
    candidates = [
        e
        for e in seen
        if not e.is_date and e.name not in roles.used and not e.says(other)
        if (e.is_text or e.whole == 1) and e.share_filled == 1 and FEWEST <= e.distinct < e.filled
        if evidence.determined(rows, e.name, date) == 1
        if evidence.determined(rows, e.name, customer) == 1
    ]
    if candidates:
        roles.columns["invoice"] = name = candidates[0].name
        what = f"each value of {name!r} stands on lines of one customer and day"
        roles.note("invoice", f"no column is called an order's number; {what}")


def _order(e: Evidence) -> float:
    """Return how much a name suggests an order's number; a bare `Num` or `Name` may be one."""
    blocked = e.says(words.QUANTITY, words.PRICE, words.COST, words.PARTY, words.KIND - words.ORDER)
    blocked += e.says(words.REP, words.BRANCH, words.STATUS, words.CURRENCY)
    if e.is_date or blocked or (e.is_number and e.whole < WHOLE):
        return 0
    line = e.says(words.LINE_ITEM)
    if e.says(words.ORDER):
        return 2 + e.says(words.KEY) + e.share_filled / 2 - line + e.says({"invoice"}) / 4
    bare = set(e.words) <= (words.KEY | words.NAME) - {"id"} and len(e.words) == 1
    return 0.5 + e.says(words.KEY) / 4 if bare and e.distinct < e.filled * 1.01 else 0


def _customer(e: Evidence, codes: set[str]) -> float:
    if e.is_date or e.distinct < 2 or not e.says(words.PARTY) or e.says(words.REP):
        return 0
    others = e.says(words.TRAIT | words.PRODUCT | words.REVENUE) or set(e.words) & {"po"}
    if others or (e.is_number and e.whole < WHOLE and e.name not in codes):
        return 0
    repeats, code = e.distinct < e.filled, e.is_number or e.name in codes
    bare = code and not e.says(words.NAME)
    ship, sold = e.says(words.SHIP), e.says({"soldto", "billto", "kunag", "payer"})
    if e.says(words.KEY) or bare:
        return 2.0 + repeats / 4 - ship + sold / 4
    return 1.0 if e.is_number else 0  # a `Customer Name` of numbers is a key all the same


def _customer_name(e: Evidence) -> float:
    if not e.is_text or not e.says(words.PARTY) or e.distinct < 2 or e.says(words.REP):
        return 0
    if e.says(words.DIVISION - words.PRODUCT) or e.says(words.TRAIT) or e.says(words.KEY):
        return 0
    return 1.0 + e.says(words.NAME) - e.says(words.BRANCH) / 2 - e.says(words.SHIP) / 2


def _mail(e: Evidence) -> float:
    return e.says(words.EMAIL) * e.share_filled * (e.is_text and e.distinct > 1)
