"""Which column is the customer, the date, the product: by its name first, then by its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from gosales_lib.core.spelling import hint
from gosales_lib.layout import Columns
from gosales_lib.layout_init import evidence, words
from gosales_lib.layout_init.evidence import Evidence

Score = Callable[[Evidence], float]
FEW = 60
"""A division, branch or rep has no more values than this, or than a tenth of the rows."""


@dataclass
class Roles:
    """Our names and the columns proposed for them, and what is unsure about each."""

    columns: dict[str, str | list[str]] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)

    @property
    def used(self) -> set[str]:
        """The columns that have a role."""
        found = self.columns.values()
        return {name for one in found for name in ([one] if isinstance(one, str) else one)}

    def doubt(self, key: str, text: str) -> None:
        """Add a sentence to what is unsure about a key."""
        self.doubts[key] = f"{self.doubts[key]}; {text}" if key in self.doubts else text


def given(named: Mapping[str, str], columns: Iterable[str]) -> Roles:
    """Return the roles that the user named; a role or column that is not known is refused."""
    columns, known = list(columns), list(Columns.model_fields)
    for role, column in named.items():
        if role not in known:
            raise ValueError(f"--column {role}={column}: no such role{hint(role, known)}")
        if column not in columns:
            raise ValueError(f"--column {role}={column}: no such column{hint(column, columns)}")
    return Roles(dict(named))


def common(seen: Iterable[Evidence], roles: Roles) -> None:
    """Find what every log needs: the date, the customer and the order.

    Raises
    ------
    ValueError
        No column can be the date or the customer; the message says how to name it.
    """
    seen = list(seen)
    take(roles, "order_date", seen, _date)
    if "order_date" not in roles.columns:
        raise ValueError(no_date(seen))
    take(roles, "invoice", seen, _order)
    take(roles, "customer_id", seen, _customer)
    take(roles, "customer_name", seen, _customer_name)
    if "customer_id" not in roles.columns and "customer_name" in roles.columns:
        roles.columns["customer_id"] = roles.columns.pop("customer_name")
        roles.doubt("customer_id", "no key was found: names stand for customers, typos split them")
    if "customer_id" not in roles.columns:
        names = ", ".join(repr(e.name) for e in seen[:12])
        raise ValueError(
            f"no column looks like a customer among {names}: if one is, name it with "
            "--column customer_id=COLUMN; without one nobody can be scored"
        )
    if "invoice" not in roles.columns:
        parts = [roles.columns["customer_id"], roles.columns["order_date"]]
        roles.columns["invoice"] = [str(part) for part in parts]
        roles.doubt("invoice", "no order number was found: an order is a customer at a date")


def people(seen: Iterable[Evidence], roles: Roles, rows: int) -> None:
    """Find who sold it, and where."""
    few = max(FEW, rows // 10)
    seen = [e for e in seen if 1 < e.distinct <= few and not e.is_date]
    take(roles, "rep", seen, lambda e: 3 * e.says(words.REP) - (e.says(words.REP) and _money(e)))
    take(roles, "branch", seen, lambda e: _branch(e) if e.is_text else 0)


def lines(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame) -> None:
    """Find what order lines hold: product, division, quantity, price, revenue, gross profit."""
    seen = list(seen)
    numbers = [e for e in seen if e.is_number]
    take(roles, "quantity", numbers, lambda e: 3 * e.says(words.QUANTITY) - e.says(words.PRICE))
    take(roles, "unit_price", numbers, lambda e: _if(e, words.PRICE, not e.says(words.COST)))
    take(roles, "gross_profit", numbers, lambda e: _if(e, words.PROFIT, not e.says(words.COST)))
    take(roles, "revenue", numbers, lambda e: _if(e, words.REVENUE, not e.says(words.COST)))
    names = [e for e in seen if not e.is_date and e.distinct > 1]
    take(roles, "product", [e for e in names if not _few(e)], _product)
    take(roles, "product", names, _product)
    if "product" in roles.columns and "division" not in roles.columns:
        product = str(roles.columns["product"])
        group = [e for e in names if _few(e) and e.is_text]
        take(roles, "division", group, lambda e: _division(e, product, rows))
    elif "division" not in roles.columns:
        take(roles, "division", [e for e in names if _few(e)], lambda e: 3 * e.says(words.DIVISION))


def take(roles: Roles, role: str, seen: Iterable[Evidence], score: Score) -> None:
    """Give a role to the best column that has none; a near rival is a doubt."""
    if role in roles.columns:
        return
    free = [e for e in seen if e.name not in roles.used and e.filled]
    ranked = sorted(((score(e), -i, e) for i, e in enumerate(free)), reverse=True)
    ranked = [one for one in ranked if one[0] > 0]
    if not ranked:
        return
    roles.columns[role] = ranked[0][2].name
    rivals = [e.name for points, _, e in ranked[1:4] if points >= ranked[0][0] - 0.5]
    if rivals:
        roles.doubt(role, f"could also be {', '.join(map(repr, rivals))}")


def no_date(seen: Iterable[Evidence]) -> str:
    """Return what to say where no column reads as a date."""
    named = [e for e in seen if e.says(words.DATE)]
    if any(e.is_number for e in named):
        return (
            f"column {named[0].name!r} holds plain numbers where dates should be: format it as a "
            "date in the spreadsheet, and save the log again"
        )
    if named:
        return (
            f"no format known here reads the dates of column {named[0].name!r}, such as "
            f"{named[0].example!r}: write the layout from docs/layouts.md with `date_format`, or "
            "save the dates as 2024-12-31"
        )
    return "no column holds dates, and a sales log needs the day of each order: add one"


def _date(e: Evidence) -> float:
    return e.dates + e.says(words.DATE) + e.says(words.ORDER) / 2 if e.is_date else 0


def _order(e: Evidence) -> float:
    blocked = e.is_date or e.says(words.QUANTITY, words.PRICE, words.COST, words.PARTY)
    if blocked or not e.says(words.ORDER) or (e.is_number and e.whole < 1):
        return 0
    return 2 + e.says(words.KEY) + e.share_filled / 2


def _customer(e: Evidence) -> float:
    if e.is_date or e.distinct < 2 or not e.says(words.PARTY) or (e.is_number and e.whole < 1):
        return 0
    repeats, bare = e.distinct < e.filled, e.is_number and set(e.words) <= words.PARTY
    return 2.0 + repeats / 4 if e.says(words.KEY) or bare else 0


def _customer_name(e: Evidence) -> float:
    if not e.is_text or not e.says(words.PARTY) or e.distinct < 2 or e.says(words.DIVISION):
        return 0
    return 1.0 + e.says(words.NAME) - e.says(words.BRANCH)


def _branch(e: Evidence) -> float:
    order = ("branch", "office", "filiale", "niederlassung", "territory", "region")
    found = [1 + (len(order) - order.index(w)) / 10 for w in e.words if w in order]
    return max(found, default=e.says(words.BRANCH) - e.says(words.PARTY) / 2)


def _product(e: Evidence) -> float:
    if not e.says(words.PRODUCT) or (e.is_number and e.whole < 1):
        return 0
    readable = e.is_text + bool({"description", "name", "desc", "bezeichnung"} & set(e.words))
    return 1 + readable - e.says(words.DIVISION)


def _division(e: Evidence, product: str, rows: pl.DataFrame) -> float:
    """Return how much a column looks like a group of products: each product lies in one of it."""
    if e.says(words.BRANCH, words.REP, words.PARTY):
        return 0
    bound = evidence.determined(rows, product, e.name)
    return 3 * e.says(words.DIVISION) * (bound > 0.5) + (bound if bound > 0.97 else 0)


def _few(e: Evidence) -> bool:
    return e.distinct <= FEW


def _money(e: Evidence) -> int:
    return 3 * e.is_number * (e.whole < 1)


def _if(e: Evidence, kind: set[str], condition: bool) -> float:
    return (
        float(2 * e.says(kind) + ("unit" in e.words or "line" in e.words))
        if (condition and e.says(kind))
        else 0.0
    )
