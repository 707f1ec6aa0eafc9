"""Which columns are quantity, price, revenue, cost and profit: by name, then by arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.layout_init import arithmetic, words, writing
from gosales_lib.layout_init.arithmetic import Numbers, agree, filled
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning, dates
from gosales_lib.sales_log.numbers import Sign

CLOSE = 0.75
"""A column with so few points less than the best is a question, unless it says the same numbers."""
NUMBERED = words.KEY | words.PERIOD


def settle(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame, decimal: Sign) -> None:
    """Give the columns of money and quantity their roles, and ask where arithmetic leaves two."""
    seen = [e for e in seen if e.is_number and not _is_key(e)]
    known = [str(c) for r in ROLES if (c := roles.columns.get(r))]
    names = list(dict.fromkeys([*(e.name for e in seen), *known]))
    book = Book(seen, arithmetic.numbers(rows, names, decimal), rows, roles)
    book.quantity_and_price()
    book.revenue()
    book.profit()
    book.signs()


ROLES = ("quantity", "unit_price", "revenue", "gross_profit", "cost", "unit_cost", "discount")


class Book:
    """The numeric columns of a log and what they say of each other."""

    def __init__(
        self, seen: list[Evidence], values: Numbers, rows: pl.DataFrame, roles: Roles
    ) -> None:
        self.seen, self.rows, self.roles = seen, rows, roles
        self.of = {e.name: e for e in seen}
        self.taken = roles.columns
        self.amounts = [e for e in seen if _is_amount(e)]
        self.levies = [e for e in seen if e.says(words.TAX | words.FREIGHT) and _is_plain(e)]
        off = words.DISCOUNT | words.RETURNED
        self.discounts = [e for e in seen if e.says(off) and not _is_amount(e)]
        self.discounts = [e for e in self.discounts if not e.says(words.QUANTITY)]
        self.below = [e.name for e in self.discounts if np.nansum(values[e.name]) < 0]
        self.values = values | {name: -values[name] for name in self.below}

    def quantity_and_price(self) -> None:
        """Take the pair whose product is an amount; else the pair that the names say."""
        quantities = [e for e in self.seen if _is_quantity(e)]
        prices = [e for e in self.seen if _is_price(e)]
        if quantities and not prices and "unit_price" not in self.taken:
            prices = self._prices_by_arithmetic(quantities[0]) or self._list_prices()
        ranked = sorted(
            product(quantities, prices),
            key=lambda pair: (bool(self._line_totals(*pair)), -self._place(pair)),
            reverse=True,
        )
        if ranked:
            quantities, prices = [ranked[0][0], *quantities], [ranked[0][1], *prices]
        for role, found in (("quantity", quantities), ("unit_price", prices)):
            if role not in self.taken and found:
                self.taken[role] = found[0].name

    def _prices_by_arithmetic(self, quantity: Evidence) -> list[Evidence]:
        """Return amounts that, times the quantity, are another amount: prices in other words."""
        found = [
            e
            for e in self.amounts
            if arithmetic.varies(self.values[quantity.name])
            if set(self._line_totals(quantity, e)) & {other.name for other in self.amounts}
        ]
        self.amounts = [e for e in self.amounts if e not in found]
        return found

    def _list_prices(self) -> list[Evidence]:
        """Return list prices where nothing else is money; ask about them without a discount."""
        found = [e for e in self.seen if e.says(words.LIST)]
        found = [] if self.amounts or "revenue" in self.taken else found
        if found and not self.discounts:
            name = found[0].name
            answers = [Answer(f"columns: {{unit_price: {name}}}", {"columns.unit_price": name})]
            asks = f"{name!r} is a price of a list, and nothing else is money: was it paid?"
            self.roles.ask("unit_price", asks, [found[0].example], answers)
        return found

    def _place(self, pair: tuple[Evidence, Evidence]) -> float:
        first = pair[0].says(words.DELIVERED)
        return self.seen.index(pair[0]) + self.seen.index(pair[1]) - 99 * bool(first)

    def _line_totals(self, quantity: Evidence, price: Evidence) -> list[str]:
        """Return the amounts that are price times quantity, a discount taken off or not."""
        q, p = self.values[quantity.name], self.values[price.name]
        if not arithmetic.varies(p):
            return []
        offs = [0.0 * q, *(self._off(d, q * p) for d in self.discounts)]
        others = [e for e in self.seen if e not in (quantity, price) and not e.says(words.COST)]
        return [
            e.name
            for e in others
            if any(agree(self.values[e.name], q * p - off, q) for off in offs)
        ]

    def _off(self, discount: Evidence, gross: np.ndarray) -> np.ndarray:
        kind = kind_of_discount(discount, self.values[discount.name])
        value = filled(self.values[discount.name])
        return value if kind == "amount" else gross * value / (1 if kind == "share" else 100)

    def revenue(self) -> None:
        """Take the line's own money, net of tax and discount; a price alone is no money."""
        if "revenue" in self.taken or ("gross_profit" in self.taken and not self.amounts):
            return self._discount()
        points = {e.name: self._points(e) for e in self.amounts}
        for name in self._explained():
            points.setdefault(name, 2.0)
            points[name] += 3
        for gross, net in self._gross_and_net():
            if gross in points and net in points:
                points[gross], points[net] = points[gross] - 3, points[net] + 1
        for name in self._gross_totals():
            if name in points:
                points[name] -= 3
        for name in points:
            points[name] -= 6 * self._is_no_line(name)
            points[name] += 2 * self.of[name].says(words.LOCAL)
            points[name] += 3 * (self.of[name].says(words.CODES) and self._several_currencies())
        good = sorted((name for name in points if points[name] > 0), key=lambda n: -points[n])
        if good:
            self.taken["revenue"] = good[0]
            self._ask_which(good, points)
            self._ask_for_tax(good[0])
        elif points and not self._has_price():
            self._ask_for_total(max(points, key=points.__getitem__))
        elif self._has_price():
            self._ask_for_price_unit()
        self._unit_or_line()
        self._discount()

    def _gross_totals(self) -> list[str]:
        """Return amounts that are price times quantity and a tax or freight on top."""
        if not self._has_price():
            return []
        q, p = (self.values[str(self.taken[role])] for role in ("quantity", "unit_price"))
        steps = self._steps(self.levies)
        names = [e.name for e in self.amounts]
        return [n for n in names if any(agree(self.values[n], q * p + s, q) for s in steps)]

    def _ask_for_tax(self, name: str) -> None:
        """Ask whether a tax is to be taken off where only money with tax is there."""
        taxes = [e for e in self.levies if e.says(words.TAX)]
        if not self.of[name].says(words.GROSS) or "discount" in self.taken:
            return
        if not taxes:
            return self._ask_for_tax_rate(name)
        tax = taxes[0].name
        change = {"columns.discount": tax, "discount": "amount"}
        line = f"columns: {{discount: {tax}}}, discount: amount"
        asks = f"{name!r} seems to hold {tax!r}: is the tax to be taken off?"
        answers = [Answer(line, change), Answer("nothing more", {})]
        self.roles.ask("revenue", asks, [taxes[0].example], answers)

    def _ask_for_tax_rate(self, name: str) -> None:
        """Ask whether a tax of one rate is to be taken off; of several no key takes it off."""
        rates = [e for e in self.seen if e.says(words.TAX) and e.says(words.PERCENT)]
        if not rates:
            return
        values = np.unique(filled(self.values[rates[0].name]))
        answers = [Answer("nothing more", {})]
        if values.size == 1:
            net = {name: round(float(1 / (1 + values[0] / (1 if values[0] < 1 else 100))), 9)}
            answers.insert(0, Answer(f"scale: {writing.scalar(net)}", {"scale": net}))
        asks = f"{name!r} seems to hold the tax of {rates[0].name!r}: is it to be taken off?"
        self.roles.ask("revenue", asks, [rates[0].example], answers)

    def _ask_for_price_unit(self) -> None:
        """Ask where a price is of several units, and money is price times quantity."""
        units = [e for e in self.seen if set(e.words) <= words.PRICE_UNIT and e.whole == 1]
        if units and "revenue" not in self.taken and np.any(self.values[units[0].name] > 1):
            name = units[0].name
            asks = f"{name!r} says how many units a price is of, which no key reads: add a column "
            asks += "of the line's money, or say that prices are of one unit"
            answers = [Answer("prices of one unit", {})]
            self.roles.ask("unit_price", asks, [units[0].example], answers)

    def _unit_or_line(self) -> None:
        """Ask where a price is of the line, or money of a unit, as the numbers of products tell."""
        role = "revenue" if "revenue" in self.taken else "unit_price"
        if not {role, "quantity", "product"} <= set(self.taken) or role in self.roles.given:
            return
        name = str(self.taken[role])
        if role == "revenue" and ("unit_price" in self.taken or "gross_profit" in self.taken):
            return
        values = (self.values[name], self.values[str(self.taken["quantity"])])
        unit = arithmetic.is_unit(*values, self._texts(self.taken["product"]))
        if (
            unit
            and role == "revenue"
            and not arithmetic.keeps(values[0], self._texts(self.taken["product"]))
        ):
            return
        asked = {question.key for question in self.roles.questions}
        if unit is None or unit == (role == "unit_price") or role in asked:
            return
        other = "unit_price" if role == "revenue" else "revenue"
        del self.taken[role]
        self.taken[other] = name
        what = "does not grow" if unit else "grows"
        answers = [
            Answer(
                f"columns: {{{one}: {name}}}",
                {"columns.revenue": None, "columns.unit_price": None, f"columns.{one}": name},
            )
            for one in (other, role)
        ]
        asks = f"{name!r} {what} with the quantity of a product: is it per unit or of the line?"
        self.roles.ask(other, asks, [self.of[name].example] if name in self.of else [], answers)

    def _points(self, e: Evidence) -> float:
        order = e.says(words.ORDER) and not e.says(words.LINE)
        return 2 + e.says(words.LINE) - e.says(words.GROSS) - order / 2 - 2 * (not _is_plain(e))

    def _several_currencies(self) -> bool:
        """Return whether a column holds several codes of currencies: not all money is in one."""
        return any(
            1 < values.n_unique() <= len(words.CODES)
            and set(values.str.to_lowercase()) <= words.CODES
            for values in (
                self.rows[name].drop_nulls().unique()
                for name, dtype in self.rows.schema.items()
                if dtype == pl.String and set(words.parts(name)) & words.CURRENCY
            )
        )

    def _explained(self) -> list[str]:
        if not self._has_price():
            return []
        quantity, price = (self.of.get(str(self.taken[r])) for r in ("quantity", "unit_price"))
        return self._line_totals(quantity, price) if quantity and price else []

    def _has_price(self) -> bool:
        return "quantity" in self.taken and "unit_price" in self.taken

    def _gross_and_net(self) -> list[tuple[str, str]]:
        """Return pairs of amounts that differ by a tax, by freight, by both or by a discount."""
        steps = self._steps([*self.levies, *self.discounts])
        values = {e.name: self.values[e.name] for e in self.amounts}
        return [
            (gross, net)
            for gross, net in product(values, values)
            for step in steps
            if gross != net and agree(values[gross], values[net] + step)
        ]

    def _steps(self, seen: list[Evidence]) -> list[np.ndarray]:
        """Return what taxes, freights and discounts may add, alone or two together."""
        steps = [filled(self.values[e.name]) for e in seen if e.name in self.values]
        steps = [step for step in steps if np.any(step)]
        return steps + [one + other for one, other in combinations(steps, 2)]

    def _is_no_line(self, name: str) -> bool:
        """Return whether an amount is an order's total or a running one, and no line's."""
        value = self.values[name]
        others = {n: v for n, v in self.values.items() if n != name}
        orders = self._texts(self.taken["invoice"])
        return (
            arithmetic.repeats(value, orders)
            or arithmetic.stands_first(value, orders)
            or arithmetic.follows(value, self._texts(self.taken["customer_id"]), others)
            or any(arithmetic.rises(value, by, self._days) for by in self._spans)
        )

    @cached_property
    def _spans(self) -> list[pl.Series]:
        """By what a running total may run and begin anew.

        Of a customer, or of a product with a customer; for ever, by year or by month.
        """
        by = [self._texts(self.taken["customer_id"])]
        if isinstance(self.taken.get("product"), str):
            by.append(by[0] + "\t" + self._texts(self.taken["product"]))
        days = self._days
        return [
            one + "\t" + days.dt.strftime(span) if span else one
            for one, span in product(by, ("", "%Y", "%Y-%m"))
        ]

    @cached_property
    def _days(self) -> pl.Series:
        """The days of the rows; null where they stand in several columns."""
        some, column = self.rows.head(arithmetic.SOME), self.taken["order_date"]
        if not isinstance(column, str):
            return pl.repeat(None, some.height, dtype=pl.Date, eager=True)
        formats = self.roles.keys.get("date_format", [])
        return dates.days(some[column], [formats] if isinstance(formats, str) else formats)

    def _texts(self, columns: str | list[str]) -> pl.Series:
        names = [columns] if isinstance(columns, str) else columns
        some = self.rows.head(arithmetic.SOME)
        parts = [cleaning.text(name).fill_null("") for name in names]
        whole = pl.concat_str(parts, separator=" ").replace("", None)
        return some.select(whole.alias("text")).to_series()

    def _ask_which(self, good: list[str], points: dict[str, float]) -> None:
        best = good[0]
        others = [
            name
            for name in good[1:]
            if points[name] > points[best] - CLOSE
            and not agree(self.values[name], self.values[best])
        ]
        if others:
            names = ", ".join(map(repr, others))
            self._ask(
                "revenue", f"is the money of a line in {best!r} or in {names}?", [best, *others]
            )

    def _ask_for_total(self, name: str) -> None:
        self.taken["revenue"] = name
        what = f"{name!r} looks like an order's or a running total, and no other column is money"
        self._ask("revenue", f"{what}: is it of the line?", [name])

    def _ask(self, role: str, asks: str, names: list[str]) -> None:
        answers = [Answer(f"columns: {{{role}: {n}}}", {f"columns.{role}": n}) for n in names]
        self.roles.ask(role, asks, [self.of[n].example for n in names if n in self.of], answers)

    def _discount(self) -> None:
        """Take a discount off where money is price times quantity, or is shown to be before it."""
        if not self.discounts or "discount" in self.taken:
            return
        one = self.discounts[0]
        kind = kind_of_discount(one, self.values[one.name])
        if not np.any(filled(self.values[one.name])):
            return
        revenue = self.taken.get("revenue")
        change: dict[str, Any] = {"columns.discount": one.name, "discount": kind}
        if revenue is None and self._has_price():
            self.taken["discount"], self.roles.keys["discount"] = one.name, kind
            if one.name in self.below:
                self.roles.keys.setdefault("negate", []).append(one.name)
                self.roles.note("negate", f"{one.name!r} is written below zero, and taken off")
        elif revenue and self._has_price():
            q, p = (self.values[str(self.taken[r])] for r in ("quantity", "unit_price"))
            if agree(self.values[str(revenue)], q * p, q):
                self._ask_discount(one, str(revenue), change)
        elif revenue and kind == "amount" and "gross_profit" not in self.taken:
            before = self.values[str(revenue)] + filled(self.values[one.name])
            if any(agree(self.values[e.name], before) for e in self.amounts):
                return  # another column is the money before it
            self._ask_discount(one, str(revenue), change)

    def _ask_discount(self, one: Evidence, revenue: str, change: dict[str, Any]) -> None:
        line = f"columns: {{discount: {one.name}}}, discount: {change['discount']}"
        if one.name in self.below:
            change = change | {"negate": [*self.roles.keys.get("negate", []), one.name]}
            line = f"{line}, negate: {change['negate']}"
        self.roles.ask(
            "discount",
            f"is {one.name!r} still in {revenue!r}, or has it been taken off?",
            [one.example],
            [Answer("nothing more", {}), Answer(line, change)],
        )

    def profit(self) -> None:
        """Take the profit of the line, or cost to reckon it from; else revenue stands in."""
        profits = [e for e in self.seen if e.says(words.PROFIT) and _is_plain(e)]
        profits = [e for e in profits if not self._is_ratio(e) and not e.says(words.COST)]
        if "gross_profit" not in self.taken and profits:
            best = max(profits, key=lambda e: e.says(words.LINE) - (not e.name))
            self.taken["gross_profit"] = best.name
        if "gross_profit" in self.taken or {"cost", "unit_cost"} & set(self.taken):
            return
        costs = [e for e in self.seen if e.says(words.COST) and not e.says(words.NO_MONEY)]
        if costs and ("revenue" in self.taken or self._has_price()):
            self._cost(costs)
        else:
            self._ask_for_margin()

    def _ask_for_margin(self) -> None:
        """Ask where a margin in percent is all that tells the profit: no key reads it."""
        shares = [e for e in self.seen if e.says(words.PROFIT) and e.says(words.PERCENT)]
        if shares and ("revenue" in self.taken or self._has_price()):
            name = shares[0].name
            asks = f"{name!r} is a margin in percent, which no key reads: add a column of its money"
            answers = [Answer("gross_profit: revenue", {})]
            self.roles.ask("gross_profit", asks, [shares[0].example], answers)

    def _cost(self, costs: list[Evidence]) -> None:
        total = next((e for e in costs if e.says(words.LINE | {"total"})), None)
        one = total or costs[0]
        unit = total is None and self._is_unit_cost(one)
        if unit is None:
            answers = [
                Answer(
                    f"columns: {{{role}: {one.name}}}",
                    {"columns.cost": None, f"columns.{role}": one.name},
                )
                for role in ("cost", "unit_cost")
            ]
            self.roles.ask(
                "cost", f"is {one.name!r} of the line or per unit?", [one.example], answers
            )
        self.taken["unit_cost" if unit else "cost"] = one.name
        self.roles.keys["gross_profit"] = "cost"

    def _is_unit_cost(self, one: Evidence) -> bool | None:
        """Return whether a cost is per unit; None where neither names nor numbers tell."""
        quantity = self.values.get(str(self.taken.get("quantity", "")))
        if quantity is None or not arithmetic.varies(quantity):
            return False
        if one.says(words.PER_UNIT):
            return True
        cost, totals = np.abs(self.values[one.name]), [self.taken.get("revenue")]
        if self._has_price():
            price = np.abs(self.values[str(self.taken["unit_price"])])
            line = price * np.abs(quantity)
            spread = [_spread(cost, price), _spread(cost, line)]
            if min(spread) < 0.8 * max(spread):
                return spread[0] < spread[1]
        if "product" in self.taken:
            told = arithmetic.is_unit(cost, np.abs(quantity), self._texts(self.taken["product"]))
            if told is not None:
                return told
        if totals[0]:
            line = np.abs(self.values[str(totals[0])])
            spread = [_spread(cost * np.abs(quantity), line), _spread(cost, line)]
            if min(spread) < 0.8 * max(spread):
                return spread[0] < spread[1]
        return None

    def _is_ratio(self, e: Evidence) -> bool:
        """Return whether a profit is a share of the money rather than money."""
        value = self.values[e.name]
        value = np.abs(value[np.isfinite(value)])
        money = self.values.get(str(self.taken.get("revenue", "")))
        small = bool(value.size) and float(np.max(value)) <= 1
        return small and money is not None and float(np.nanmedian(np.abs(money))) > 1

    def signs(self) -> None:
        """Turn the sign of what the source writes negative while its sales are positive."""
        money = next(
            (r for r in ("revenue", "gross_profit", "unit_price") if r in self.taken), None
        )
        if money is None:
            return
        value = self.values[str(self.taken[money])]
        for role in ("quantity", "cost", "unit_cost"):
            column = str(self.taken.get(role, ""))
            other = self.values.get(column)
            if other is None or column == self.taken[money]:
                continue
            both = np.isfinite(value) & np.isfinite(other) & (value != 0) & (other != 0)
            if both.sum() >= ENOUGH and np.mean(value[both] * other[both] < 0) >= arithmetic.MOST:
                self.roles.keys.setdefault("negate", []).append(column)
                self.roles.note(
                    "negate", f"{column!r} is negative where {self.taken[money]!r} is not"
                )


ENOUGH = arithmetic.ENOUGH


def kind_of_discount(e: Evidence, values: np.ndarray) -> str:
    """Return whether a discount is an `amount`, a `share` of 1 or a `percent` of 100."""
    some = values[np.isfinite(values) & (values != 0)]
    if some.size and np.max(np.abs(some)) <= 1 and np.any(some != np.round(some)):
        return "share"
    return "percent" if e.says(words.PERCENT) else "amount"


def _spread(one: np.ndarray, other: np.ndarray) -> float:
    """Return the relative spread of a ratio."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = one / other
    ratio = ratio[np.isfinite(ratio)]
    return float(np.std(ratio) / (abs(np.mean(ratio)) or 1)) if ratio.size else 9.0


def _is_key(e: Evidence) -> bool:
    """Return whether a number is a number of something, or a part of a date."""
    if e.says(words.PERIOD) and e.whole == 1:
        return True
    amount = e.says(words.REVENUE | words.PRICE | words.COST | words.PROFIT | words.QUANTITY)
    return bool(set(e.words[-1:]) & words.KEY) and e.whole == 1 and not amount


def _is_plain(e: Evidence) -> bool:
    return not e.says(words.PERCENT)


def _is_quantity(e: Evidence) -> bool:
    return bool(e.says(words.QUANTITY | words.MEASURE)) and not e.says(
        words.PRICE | words.COST | words.PROFIT
    )


def _is_price(e: Evidence) -> bool:
    if not e.says(words.PRICE) or e.says(words.QUANTITY) or e.says(words.COST):
        return False
    return not e.says(words.LIST | words.WHOLE)


def _is_amount(e: Evidence) -> bool:
    """Return whether a name may stand for a sale's money."""
    if e.says(words.QUANTITY | words.COST | words.PROFIT | words.PERCENT | words.RUNNING):
        return False
    if e.says(words.WEIGHT | words.RETURNED):
        return False
    excluded = e.says(words.EXCLUDED) or e.says(words.GROSS)
    if e.says(words.TAX | words.FREIGHT | words.DISCOUNT) and not excluded:
        return False
    if e.says(words.PRICE) and _is_price(e):
        return False
    return bool(e.says(words.REVENUE | words.PRICE | words.LINE))
