"""The proposal so far, and the columns of product, division, sales rep and branch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from gosales_lib.core.spelling import hint
from gosales_lib.layout import Columns
from gosales_lib.layout_init import evidence, questions, words
from gosales_lib.layout_init.evidence import FEWEST, JOINED, SAME, Evidence, Table
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.questions import Answer, Question
from gosales_lib.sales_log import dates

Score = Callable[[Evidence], float]
FEW = 60
"""A division, branch or rep has no more values than this, or than a tenth of the rows."""
NEAR = 0.4
"""A column with so few points less than the best is a question, unless it says the same."""
FEW_DOCUMENTS = 8
DOCUMENTS = words.spelled("invoice") | words.spelled("payment_state") | words.spelled("credit")
"""Kinds of documents that a log holds at most, and what says them: no group of products."""
RECUR = 3
"""Lines per value of a key from which what each value has once is a trait of it."""
AGAIN = 4
"""Rows of each address of a customer that show that no product stands in a column."""
TRAITS = words.TRAIT | words.REP | words.BRANCH | words.CURRENCY | words.STATUS | words.PARTY
TRAITS |= words.SHIP | words.EMAIL | words.PLACE
"""Words of columns that tell something of a customer or an order, and name no product."""
UNITS = words.spelled("units")
"""Values that measure a product, which never name it: pieces, boxes, hours."""
BRANCHES = ("branch", "office", "filiale", "niederlassung", "territory", "region")
"""Words of a branch, the surest first."""
MONEY = ("revenue", "gross_profit", "unit_price")
PURCHASE: dict[str, Any] = {"measure": "quantity", "aggregate": "net", "above": 0}
"""The `purchase` of a log with quantities."""


@dataclass
class Roles:
    """The proposal so far: the log, columns by role, other keys, notes and questions."""

    looked: Looked
    log: Table
    columns: dict[str, str | list[str]] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)  # of the layout, besides its columns
    notes: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    settled: list[Question] = field(default_factory=list)  # by evidence, with what else it could be
    joined: dict[str, list[str]] = field(default_factory=dict)  # columns that were made of several
    given: frozenset[str] = frozenset()  # roles that the user named, which nobody asks about

    @property
    def used(self) -> set[str]:
        """The columns that have a role."""
        columns = self.columns.values()
        return {name for c in columns for name in ([c] if isinstance(c, str) else c)}

    @property
    def free(self) -> list[Evidence]:
        """The columns that have no role."""
        used = self.used
        return [e for e in self.log.every if e.name not in used]

    def column(self, role: str) -> str:
        """Return the column of a role; empty where it has none, or several."""
        column = self.columns.get(role, "")
        return column if isinstance(column, str) else ""

    def first(self, *roles: str) -> str:
        """Return the column of the first of these roles that has one; empty without any."""
        return next(filter(None, map(self.column, roles)), "")

    def is_of(self, key: str, name: str) -> bool:
        """Return whether each value of a key has one of a column, on several lines in the mean."""
        lines = self.log.rows.height
        recurs = key in self.log.of and lines >= RECUR * self.log.of[key].distinct
        return recurs and self.log.determined(key, name) >= SAME

    def days(self, rows: pl.DataFrame) -> pl.Series:
        """Return the day of each row; null where days stand in several columns."""
        column, formats = self.column("order_date"), self.keys.get("date_format", [])
        if not column:
            return pl.repeat(None, rows.height, dtype=pl.Date, eager=True)
        by_file = isinstance(formats, dict)  # whose days are ISO 8601 by now
        listed = [formats] if isinstance(formats, str) else [] if by_file else formats
        return dates.days(rows[column], listed)

    def note(self, key: str, text: str) -> None:
        """Add a sentence to what is assumed about a key."""
        self.notes[key] = f"{self.notes[key]}; {text}" if key in self.notes else text

    def settle(self, key: str, evidence: str, answers: Sequence[Answer]) -> None:
        """Add an assumption that the evidence settles; its note gives the result of each answer."""
        self.settled.append(Question(key, evidence, answers=tuple(answers)))

    def join_customers(self, names: list[str]) -> None:
        """Take the key that several columns make together as the customers'."""
        self.log, name = self.log.with_joined(names), JOINED.join(names)
        self.columns["customer_id"], self.joined[name] = name, names

    def part_keys(self) -> None:
        """Name in place of a joined key the columns that make it."""
        for role, column in self.columns.items():
            named = [column] if isinstance(column, str) else column
            if set(named) & set(self.joined):
                self.columns[role] = [part for n in named for part in self.joined.get(n, [n])]

    def ask(
        self, key: str, asks: str, examples: Sequence[str] = (), answers: Sequence[Answer] = ()
    ) -> None:
        """Add a question that could change money, dates or identity."""
        if key not in self.given:
            self.questions.append(Question(key, asks, tuple(examples), tuple(answers)))

    def ask_column(
        self,
        role: str,
        asks: str,
        names: Iterable[str],
        beside: Mapping[str, Any] | None = None,
        more: Sequence[Answer] = (),
    ) -> None:
        """Ask which of several columns has a role, or what `more` answers say."""
        names = list(dict.fromkeys(names))
        answers = [*(questions.of_column(role, name, beside) for name in names), *more]
        self.ask(role, asks, self.examples(names), answers)

    def examples(self, names: Iterable[str]) -> list[str]:
        """Return a value of each column."""
        return [self.log.of[name].example for name in names if name in self.log.of]


def given(named: Mapping[str, str], looked: Looked, log: Table) -> Roles:
    """Return the roles that the user named; a role or column that is not known is refused."""
    columns, roles_known = log.rows.columns, list(Columns.model_fields)
    for role, column in named.items():
        if role not in roles_known:
            raise ValueError(f"--column {role}={column}: no such role{hint(role, roles_known)}")
        if column not in columns:
            raise ValueError(f"--column {role}={column}: no such column{hint(column, columns)}")
    return Roles(looked, log, dict(named), given=frozenset(named))


def people(roles: Roles, seen: Iterable[Evidence]) -> None:
    """Find the columns of the sales rep and the branch."""
    few = max(FEW, roles.log.rows.height // 10)
    seen = [e for e in seen if 1 < e.distinct <= few and not e.is_date]
    named = [e for e in seen if not (e.is_number and e.whole < 1)]  # commissions are money
    take(roles, "rep", lambda e: e.says(words.REP), named)
    take(roles, "branch", _branch, [e for e in seen if e.is_text and not _is_address(roles, e)])


def things(roles: Roles) -> None:
    """Find the columns of the product and its division."""
    names = [e for e in roles.free if not e.is_date and e.distinct > 1 and not e.says(words.PARTY)]
    names = [e for e in names if not are_units(roles.log, e) and not _of_one_customer(roles, e)]
    again = [e for e in names if e.distinct < SAME * e.filled]  # not the number of a line
    take(roles, "product", _product, [e for e in again if e.distinct > FEW])
    take(roles, "product", _product, again)
    take(roles, "product", _product, names)
    group = [e for e in names if e.distinct <= FEW]
    if product := str(roles.columns.get("product", "")):
        group = [e for e in group if e.is_text]
        take(roles, "division", lambda e: _division(e, product, roles.log), group)
    else:
        group = [e for e in group if e.is_text or e.says(words.KEY)]
        take(roles, "division", lambda e: 3 * e.says(words.DIVISION), group)


def take(
    roles: Roles,
    role: str,
    score: Score,
    seen: Iterable[Evidence] | None = None,
    asks: bool = False,
) -> None:
    """Give a role to the best column that has none.

    If `asks`, a column that is nearly as good and has other values is a question.
    """
    if role in roles.columns:
        return
    used, seen = roles.used, roles.log.every if seen is None else seen
    points = {e.name: score(e) for e in seen if e.name not in used and e.filled}
    ranked = sorted((n for n in points if points[n] > 0), key=lambda n: -points[n])
    if not ranked:
        return
    roles.columns[role] = best = ranked[0]
    near = [n for n in ranked[1:4] if asks and points[n] >= points[best] - NEAR]
    names = [best, *(n for n in near if not _same(roles.log, best, n))]
    if len(names) > 1:
        answers = [questions.of_column(role, name) for name in names]
        examples = [value for name in names for value in roles.log.first_values(name)[:1]]
        question = f"is it {names[0]!r}, or {' or '.join(map(repr, names[1:]))}?"
        roles.ask(role, question, examples, answers)


def are_units(log: Table, e: Evidence) -> bool:
    """Return whether a column says in what a product is measured."""
    counts = log.counts(e.name) if e.is_text else {}
    return bool(counts) and all(value.casefold().strip(". ") in UNITS for value in counts)


def listed(seen: Iterable[Evidence]) -> str:
    """Return every column's name, for a refusal."""
    return ", ".join(repr(e.name) for e in seen)


def _same(log: Table, *names: str) -> bool:
    """Return whether two columns hold the same values, or the same days."""
    if all(log.of[name].is_date for name in names):
        one, other = (dates.days(log.rows[n], log.of[n].reading.formats) for n in names)
    else:
        one, other = map(log.texts, names)
    return evidence.share(one.eq_missing(other)) >= SAME


def _of_one_customer(roles: Roles, e: Evidence) -> bool:
    """Return whether each value, such as an address, is of one customer, as no product is."""
    customer = roles.column("customer_id")
    is_known = customer in roles.log.of and roles.log.of[customer].distinct >= FEWEST
    recurs = e.distinct >= FEWEST and AGAIN * e.distinct <= e.filled
    return is_known and recurs and roles.log.determined(e.name, customer) >= SAME


def _is_address(roles: Roles, e: Evidence) -> bool:
    """Return whether a town or country is the customer's, and no branch of the seller."""
    said = e.says(words.SHIP | words.ORDER | words.PARTY | words.REVENUE)
    is_town = e.says(words.TOWN) and not set(e.words) & {*BRANCHES}
    return bool(is_town and (said or roles.is_of(roles.column("customer_id"), e.name)))


def _branch(e: Evidence) -> float:
    ranks = [1 + (len(BRANCHES) - BRANCHES.index(w)) / 10 for w in e.words if w in BRANCHES]
    return max(ranks, default=e.says(words.BRANCH) - e.says(words.PARTY) / 2)


def _product(e: Evidence) -> float:
    money = e.says(words.QUANTITY | words.PRICE | words.COST | words.REVENUE | words.NO_MONEY)
    if not e.says(words.PRODUCT) or (e.is_number and e.whole < 1) or (e.is_number and money):
        return 0
    readable = e.is_text + e.says(words.DESCRIBED)
    return 1 + readable - e.says(words.DIVISION) - 0.5 * e.says(words.ORDER)


def _division(e: Evidence, product: str, log: Table) -> float:
    """Return how much a column looks like a group of products, one per product.

    A word for an order speaks against it unless each product has one group: `orderItemCategory`.
    """
    apart = words.BRANCH | words.REP | words.PARTY | words.CURRENCY | words.STATUS | words.EMAIL
    if e.says(apart | words.SHIP | words.TAX):
        return 0
    values = log.texts(e.name).drop_nulls()
    if e.distinct <= FEW_DOCUMENTS and all(DOCUMENTS & words.of(v) for v in values.unique()):
        return 0
    counts = values.value_counts()["count"].to_list()
    usual = max(counts, default=1) / max(values.len(), 1)
    bound = log.determined(product, e.name)
    gain = (bound - usual) / (1 - usual) if usual < 1 else 0.0  # beside guessing the usual one
    called = e.says(words.DIVISION) * (gain > 0.5)
    if e.says(words.ORDER) and not (called and bound >= SAME):
        return 0
    if log.determined(e.name, product) > SAME:  # another name of the product, unless nothing else
        return called / 2
    return 3 * called + (gain if gain > 0.95 else 0)
