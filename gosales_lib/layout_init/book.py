"""The numeric columns of a log: what their names and their arithmetic say of each other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import combinations, permutations, product

import numpy as np
import polars as pl

from gosales_lib.layout_init import arithmetic, running, words
from gosales_lib.layout_init.arithmetic import Numbers, agree, filled
from gosales_lib.layout_init.evidence import SAME, Evidence, Table
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning

FEWEST = 8
"""Different numbers that a column of money under an unknown name holds at least."""
LEVY = words.TAX | words.FREIGHT | words.DISCOUNT
GROUP = words.DIVISION - words.LINE - words.LINE_ITEM
"""Words of a group to which a code assigns customers or products, such as one of discounts."""
NO_AMOUNT = words.QUANTITY | words.COST | words.PROFIT | words.PERCENT | words.RUNNING | words.KEY
NO_AMOUNT |= words.WEIGHT | words.MEASURE | words.RETURNED | words.PERIOD | words.LIST


class Book:
    """The numeric columns of a log and what they say of each other."""

    def __init__(self, seen: list[Evidence], values: Numbers, log: Table, roles: Roles) -> None:
        self.seen, self.log, self.roles = seen, log, roles
        self._texts: dict[tuple[str, ...], pl.Series] = {}
        self.of = {e.name: e for e in seen}
        self.taken = roles.columns
        self.amounts = [e for e in seen if is_amount(e)]
        self.levies = [e for e in seen if e.says(words.TAX | words.FREIGHT) and is_plain(e)]
        off = words.DISCOUNT | words.RETURNED
        self.discounts = [
            e for e in seen if e.says(off) and not is_amount(e) and not e.says(words.QUANTITY)
        ]
        self.discounts = [e for e in self.discounts if not (e.says(GROUP) and self.is_code(e))]
        before = self._before_discounts(values)
        self.amounts += before
        self.discounts = [e for e in self.discounts if e not in before]
        self.reductions: dict[Evidence, str] = {}  # what `discounts.prove` finds, with its kind
        self.below = [e.name for e in self.discounts if np.nansum(values[e.name]) < 0]
        self.values = values | {name: -values[name] for name in self.below}

    def is_code(self, e: Evidence) -> bool:
        """Return whether whole numbers are codes, such as of a cost centre.

        They are one per customer, few of which products have several, or a group's per product.
        """
        if e.whole < 1:
            return False
        if self.roles.is_of(self.roles.column("customer_id"), e.name):
            return True
        product = self.roles.column("product")
        is_bound = bool(product) and self.log.determined(product, e.name) >= SAME
        few = e.distinct < FEWEST and bool(product)
        return is_bound if e.says(GROUP) else few and not is_bound

    def _before_discounts(self, values: Numbers) -> list[Evidence]:
        """Return money before or after a discount, whose names say discount as well.

        It is more than half of an amount, or differs from another one by the discount itself.
        """
        named = [e for e in self.discounts if is_before_discount(e)]
        sums = {e: abs(float(np.nansum(values[e.name]))) for e in (*self.amounts, *named)}
        if self.amounts:
            half = max(sums[e] for e in self.amounts) / 2
            return [e for e in named if sums[e] > half]
        for gross, net in permutations(named, 2):
            rest = [e for e in self.discounts if e not in (gross, net)]
            sides = [values[net.name] + filled(values[e.name]) for e in rest]
            if sums[net] > sums[gross] / 2 and any(agree(values[gross.name], s) for s in sides):
                return [gross, net]
        return []

    def __getitem__(self, role: str) -> np.ndarray:
        """Return the numbers of the column that has a role."""
        return self.values[str(self.taken[role])]

    def has(self, *roles: str) -> bool:
        """Return whether each of the roles has a column."""
        return set(roles) <= set(self.taken)

    @property
    def free(self) -> list[Evidence]:
        """The numeric columns that have no role."""
        return [e for e in self.seen if e.name not in self.roles.used]

    def line_totals(self, quantity: Evidence, price: Evidence) -> list[str]:
        """Return the amounts that are price times quantity, a discount taken off or not."""
        q, p = self.values[quantity.name], self.values[price.name]
        if not arithmetic.varies(p):
            return []
        steps = [0.0 * q, *(-off for off in self._offs(q * p))]
        others = [e for e in self.seen if e not in (quantity, price) and not e.says(words.COST)]
        return [e.name for e in others if self.is_sum(e, q * p, steps, q)]

    def is_sum(
        self, e: Evidence, base: np.ndarray, steps: list[np.ndarray], per_unit: np.ndarray | float
    ) -> bool:
        """Return whether a column is the base with one of the steps added."""
        return any(agree(self.values[e.name], base + step, per_unit) for step in steps)

    def under_unknown_names(self) -> list[Evidence]:
        """Return the numbers that may be money by their values: no code, rate, count or levy."""
        owners = [str(self.taken[r]) for r in ("product", "customer_id") if r in self.taken]
        return [
            e
            for e in self.free
            if e.distinct >= FEWEST and not e.says(NO_AMOUNT)
            if e.says(words.EXCLUDED | words.GROSS) or not e.says(LEVY)
            if e.whole < 1 or all(self.log.determined(o, e.name) < SAME for o in owners)
        ]

    def off(self, discount: Evidence, gross: np.ndarray) -> np.ndarray:
        """Return the money by which a discount reduces a gross amount."""
        value = self.values[discount.name]
        kind = self.reductions.get(discount) or kind_of_discount(discount, value)
        return ways_off(filled(value), gross)[kind]

    def _offs(self, gross: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the money by which each discount reduces a gross amount, by less than a half."""
        for discount in (*self.discounts, *self.reductions):
            value = self.off(discount, gross)
            if abs(np.nansum(value)) <= abs(np.nansum(gross)) / 2:
                yield value

    def has_price(self) -> bool:
        """Return whether there are a quantity and a unit price."""
        return self.has("quantity", "unit_price")

    def steps(self, seen: list[Evidence], gross: np.ndarray | None = None) -> list[np.ndarray]:
        """Return the amounts of taxes, freights and discounts, alone and in pairs.

        Discounts in percent, or as shares, are of a gross amount.
        """
        steps = [filled(self.values[e.name]) for e in seen if e.name in self.values]
        steps += [] if gross is None else self._offs(gross)
        steps = [step for step in steps if np.any(step)]
        return steps + [one + other for one, other in combinations(steps, 2)]

    def total_of(self, money: np.ndarray) -> str:
        """Return the column that holds the sum of money of each order; empty without one."""
        if not self.has("invoice", "quantity"):
            return ""
        orders, units = self.texts("invoice"), self["quantity"]
        free = [e.name for e in self.free if e.distinct >= FEWEST]
        sums = (n for n in free if running.sum_up(money, units, self.values[n], orders))
        return next(sums, "")

    def is_no_line(self, name: str) -> bool:
        """Return whether an amount is an order's total, a running total or a line's number."""
        value = self.values[name]
        others = {n: v for n, v in self.values.items() if n != name}
        orders = self.texts("invoice")
        return (
            running.repeats(value, orders)
            or running.counts_lines(value, orders)
            or running.stands_first(value, orders)
            or running.follows(value, self.texts("customer_id"), others)
            or any(running.rises(value, by, self._days) for by in self._spans)
        )

    @cached_property
    def _spans(self) -> list[pl.Series]:
        """The groups within which a running total may accumulate.

        Per customer, or customer and product; over all time, per year or per month.
        """
        by = [self.texts("customer_id")]
        item = next((role for role in ("product", "division") if role in self.taken), None)
        if item:
            by.append(by[0] + "\t" + self.texts(item))
        days = self._days
        return [
            one + "\t" + days.dt.strftime(span) if span else one
            for one, span in product(by, ("", "%Y", "%Y-%m"))
        ]

    @cached_property
    def _days(self) -> pl.Series:
        return self.roles.days(self.log.rows.head(arithmetic.SOME))

    def texts(self, role: str) -> pl.Series:
        """Return the column of a role in the first rows as text, several joined by a blank."""
        columns = self.taken[role]
        names = (columns,) if isinstance(columns, str) else tuple(columns)
        if names not in self._texts:
            parts = [cleaning.text(name).fill_null("") for name in names]
            whole = pl.concat_str(parts, separator=" ").replace("", None).alias("text")
            some = self.log.rows.head(arithmetic.SOME)
            self._texts[names] = some.select(whole).to_series()
        return self._texts[names]

    def is_unit(self, numbers: np.ndarray, quantity: np.ndarray) -> bool | None:
        """Return whether a column is per unit of each product; None if nothing shows it."""
        if not self.has("product"):
            return None
        return arithmetic.is_unit(numbers, quantity, self.texts("product"))

    def price_spread(self, money: np.ndarray, quantity: np.ndarray | None = None) -> float:
        """Return the relative spread of a product's prices: of numbers, or of money per unit.

        It is infinite where money does not grow with the quantity.
        """
        if quantity is None:
            return arithmetic.spread(money, self.texts("product"))
        if self.is_unit(money, quantity) is not False:
            return np.inf
        return self.price_spread(arithmetic.ratio(money, quantity))

    def several_currencies(self) -> bool:
        """Return whether a column holds several codes of currencies: not all money is in one."""
        named = [e.name for e in self.roles.log.every if e.says(words.CURRENCY)]
        codes = [set(map(str.lower, self.log.counts(name))) for name in named]
        return any(len(names) > 1 and names <= words.CODES for names in codes)


def ways_off(value: np.ndarray, gross: np.ndarray) -> dict[str, np.ndarray]:
    """Return the money by which a discount reduces a gross amount, by the kind of the discount."""
    share = gross * value
    return {"amount": value, "below": -value, "share": share, "percent": share / 100}


def kind_of_discount(e: Evidence, values: np.ndarray) -> str:
    """Return whether a discount is an `amount`, a `share` of 1 or a `percent` of 100."""
    some = values[np.isfinite(values) & (values != 0)]
    if some.size and np.max(np.abs(some)) <= 1 and np.any(some != np.round(some)):
        return "share"
    return "percent" if e.says(words.PERCENT) else "amount"


def is_before_discount(e: Evidence) -> bool:
    """Return whether a name that says discount may stand for money before it, if it is large."""
    money = words.REVENUE | words.GROSS | words.PRICE
    return bool(e.says(money)) and is_plain(e) and e.distinct >= FEWEST


def is_plain(e: Evidence) -> bool:
    """Return whether a name does not mention percent."""
    return not e.says(words.PERCENT)


def is_price(e: Evidence) -> bool:
    """Return whether a name may stand for a unit's price."""
    if not e.says(words.PRICE) or e.says(words.QUANTITY) or e.says(words.COST):
        return False
    return not e.says(words.LIST | words.WHOLE)


def is_quantity(e: Evidence) -> bool:
    """Return whether a name may stand for a quantity."""
    return bool(e.says(words.QUANTITY | words.MEASURE)) and not e.says(
        words.PRICE | words.COST | words.PROFIT
    )


def is_amount(e: Evidence) -> bool:
    """Return whether a name may stand for a sale's money."""
    if e.says(words.QUANTITY | words.COST | words.PROFIT | words.PERCENT | words.RUNNING):
        return False
    if e.says(words.WEIGHT | words.RETURNED) or set(e.words) <= words.LINE_ITEM | words.KEY:
        return False
    excluded = e.says(words.EXCLUDED) or e.says(words.GROSS)
    if e.says(LEVY) and not excluded:
        return False
    if e.says(words.PRICE) and is_price(e):
        return False
    return bool(e.says(words.REVENUE | words.PRICE | words.LINE | words.ACTUAL))
