"""Which column numbers the orders, and which ones hold codes of any kind."""

from __future__ import annotations

from gosales_lib.layout_init import evidence, words
from gosales_lib.layout_init.evidence import FEWEST, SAME, Evidence, Table
from gosales_lib.layout_init.roles import Roles, take
from gosales_lib.sales_log import cleaning, dates

WHOLE = 0.98
"""Share of the numbers of a code that are whole."""
_NO_CODE = words.PRODUCT | words.DIVISION | words.REP | words.BRANCH | words.STATUS | words.SHIP
_NO_CODE |= words.CURRENCY | words.KIND | words.PLACE | words.PERIOD | words.MEASURE | words.COST
_NO_CODE |= words.REVENUE | words.QUANTITY | words.PRICE | words.NO_MONEY


def find(roles: Roles) -> None:
    """Find the order's number: each has one day; else an order is a customer at a date."""
    day, customer = roles.columns["order_date"], str(roles.columns["customer_id"])
    days, log = [day] if isinstance(day, str) else day, roles.log
    date, of = days[0], roles.log.of.get(days[0])
    if of and of.reading.formats and isinstance(day, str):
        rows = log.rows.with_columns(dates.days(log.rows[date], of.reading.formats).alias(date))
        log = Table(rows, log.decimal)
    free = [e for e in roles.log.every if e.name not in {date, customer} and not e.is_date]
    named = [e for e in free if called(e) and (e.distinct > 2 or e.distinct == e.filled)]
    bound = [e for e in named if log.determined(e.name, date) > evidence.MOST]
    if best := max(bound, key=called, default=None):  # the delivery note of an invoice, or a line
        wider = [e for e in bound if e.distinct < best.distinct]
        wider = [e for e in wider if log.determined(best.name, e.name) >= SAME]
        wider = [e for e in wider if log.determined(e.name, customer) >= SAME]
        take(roles, "invoice", lambda e: called(e) - e.distinct / 1e9, wider)
    take(roles, "invoice", called, bound)
    if "invoice" in roles.columns:
        return
    orders = log.rows.select(map(cleaning.text, (customer, *days))).n_unique()
    is_alone = orders >= evidence.MOST * log.rows.height
    of_one = [e.name for e in of_one_day(roles, log, is_alone)]
    if name := next((n for n in of_one if log.determined(n, customer) >= SAME), None):
        roles.columns["invoice"] = name
        what = f"each value of {name!r} stands on lines of one customer and day"
        return roles.note("invoice", f"no column is called an order's number; {what}")
    roles.columns["invoice"] = [customer, *days]
    roles.note("invoice", "no order number was found: an order is a customer at a date")


def called(e: Evidence) -> float:
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


def one_per_order(log: Table) -> set[str]:
    """Return the columns with another value for each order, such as the customer's order number."""
    order = max((e for e in log.every if called(e) > 1), key=called, default=None)
    if order is None or order.distinct >= SAME * order.filled:
        return set()  # of orders of one line, each column may have as many values
    alike = [e.name for e in log.every if SAME * order.distinct <= e.distinct <= order.distinct]
    return {name for name in alike if log.determined(order.name, name) >= SAME}


def of_one_day(roles: Roles, log: Table, is_alone: bool = False) -> list[Evidence]:
    """Return columns of keys whose rows of one value have one day; a party's only if of orders.

    Values that never recur count where each row `is_alone` an order, if they are called a key.
    """
    day = roles.columns["order_date"]
    seen = codes(roles, words.DATE, words.QUANTITY)  # no quantity tells the day
    seen = [e for e in seen if not e.says(words.PARTY) or e.says(words.ORDER)]
    again = [
        e
        for e in seen
        if e.share_filled == 1
        if e.distinct < e.filled or (is_alone and e.says(words.KEY) and not e.says(words.LINE_ITEM))
    ]
    days = [day] if isinstance(day, str) else day
    return [e for e in again if log.determined(e.name, days[0]) >= SAME]


def codes(roles: Roles, other: set[str], but: set[str] | None = None) -> list[Evidence]:
    """Return the texts and whole numbers whose names say no other kind of column, `but` these."""
    kinds = (_NO_CODE | other) - (but or set())
    free = [
        e
        for e in roles.free  # a `Sale No` holds keys, and no money
        if not e.is_date and not e.says(kinds - words.REVENUE if e.says(words.KEY) else kinds)
    ]
    return [e for e in free if (e.is_text or e.whole == 1) and e.distinct >= FEWEST]
