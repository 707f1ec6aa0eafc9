"""The proposal so far, and the columns of product, division, sales rep and branch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from gosales_lib.core.spelling import hint
from gosales_lib.layout import Columns
from gosales_lib.layout_init import evidence, questions, words
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer, Question
from gosales_lib.sales_log import dates

Score = Callable[[Evidence], float]
FEW = 60
"""A division, branch or rep has no more values than this, or than a tenth of the rows."""
NEAR = 0.4
"""A column with so few points less than the best is a question, unless it says the same."""
CODE = r"^\S{0,6}\d\S*$"
SAME = 0.99
PURCHASE: dict[str, Any] = {"measure": "quantity", "aggregate": "net", "above": 0}
"""The `purchase` of a log with quantities."""


@dataclass
class Roles:
    """The proposal so far: columns by role, other keys, notes and questions."""

    columns: dict[str, str | list[str]] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)  # of the layout, besides its columns
    notes: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    settled: list[Question] = field(default_factory=list)  # by evidence, with what else it could be
    given: frozenset[str] = frozenset()  # roles that the user named, which nobody asks about

    @property
    def used(self) -> set[str]:
        """The columns that have a role."""
        columns = self.columns.values()
        return {name for c in columns for name in ([c] if isinstance(c, str) else c)}

    def column(self, role: str) -> str:
        """Return the column of a role; empty where it has none, or several."""
        column = self.columns.get(role, "")
        return column if isinstance(column, str) else ""

    def days(self, rows: pl.DataFrame) -> pl.Series:
        """Return the day of each row; null where days stand in several columns."""
        column, formats = self.column("order_date"), self.keys.get("date_format", [])
        if not column:
            return pl.repeat(None, rows.height, dtype=pl.Date, eager=True)
        return dates.days(rows[column], [formats] if isinstance(formats, str) else formats)

    def note(self, key: str, text: str) -> None:
        """Add a sentence to what is assumed about a key."""
        self.notes[key] = f"{self.notes[key]}; {text}" if key in self.notes else text

    def settle(self, key: str, evidence: str, answers: Sequence[Answer]) -> None:
        """Add an assumption that the evidence settles; its note gives the result of each answer."""
        self.settled.append(Question(key, evidence, answers=tuple(answers)))

    def ask(
        self, key: str, asks: str, examples: Sequence[str] = (), answers: Sequence[Answer] = ()
    ) -> None:
        """Add a question that could change money, dates or identity."""
        if key not in self.given:
            self.questions.append(Question(key, asks, tuple(examples), tuple(answers)))


def given(named: Mapping[str, str], columns: Iterable[str]) -> Roles:
    """Return the roles that the user named; a role or column that is not known is refused."""
    columns, roles_known = list(columns), list(Columns.model_fields)
    for role, column in named.items():
        if role not in roles_known:
            raise ValueError(f"--column {role}={column}: no such role{hint(role, roles_known)}")
        if column not in columns:
            raise ValueError(f"--column {role}={column}: no such column{hint(column, columns)}")
    return Roles(dict(named), given=frozenset(named))


def people(seen: Iterable[Evidence], roles: Roles, rows: int) -> None:
    """Find the columns of the sales rep and the branch."""
    few = max(FEW, rows // 10)
    seen = [e for e in seen if 1 < e.distinct <= few and not e.is_date]
    named = [e for e in seen if not (e.is_number and e.whole < 1)]  # commissions are money
    take(roles, "rep", named, lambda e: e.says(words.REP))
    take(roles, "branch", seen, lambda e: _branch(e) if e.is_text else 0)


def things(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame) -> None:
    """Find the columns of the product and its division."""
    names = [e for e in seen if not e.is_date and e.distinct > 1 and not e.says(words.PARTY)]
    take(roles, "product", [e for e in names if e.distinct > FEW], _product)
    take(roles, "product", names, _product)
    if "division" in roles.columns:
        return
    group = [e for e in names if e.distinct <= FEW]
    if "product" in roles.columns:
        product = str(roles.columns["product"])
        group = [e for e in group if e.is_text]
        take(roles, "division", group, lambda e: _division(e, product, rows))
    else:
        group = [e for e in group if e.is_text or e.says(words.KEY)]
        take(roles, "division", group, lambda e: 3 * e.says(words.DIVISION))


def take(
    roles: Roles,
    role: str,
    seen: Iterable[Evidence],
    score: Score,
    rows: pl.DataFrame | None = None,
) -> None:
    """Give a role to the best column that has none.

    With `rows`, a column that is nearly as good and has other values is a question.
    """
    if role in roles.columns:
        return
    free = [e for e in seen if e.name not in roles.used and e.filled]
    points = {e.name: score(e) for e in free}
    ranked = sorted((e for e in free if points[e.name] > 0), key=lambda e: -points[e.name])
    if not ranked:
        return
    best = ranked[0]
    roles.columns[role] = best.name
    if rows is None:
        return
    near = [e for e in ranked[1:4] if points[e.name] >= points[best.name] - NEAR]
    names = [best.name, *(e.name for e in near if not _same(rows, best, e))]
    if len(names) > 1:
        answers = [questions.of_column(role, name) for name in names]
        examples = [value for name in names for value in first_values(rows, name)[:1]]
        asks = f"is it {names[0]!r}, or {' or '.join(map(repr, names[1:]))}?"
        roles.ask(role, asks, examples, answers)


def listed(seen: Iterable[Evidence]) -> str:
    """Return every column's name, for a refusal."""
    return ", ".join(repr(e.name) for e in seen)


def first_values(rows: pl.DataFrame, name: str) -> list[str]:
    """Return the first three values of a column."""
    some = evidence.texts(rows.head(5000), name).drop_nulls()
    return [str(value)[:40] for value in some.unique(maintain_order=True).head(3)]


def _same(rows: pl.DataFrame, column: Evidence, other: Evidence) -> bool:
    """Return whether two columns hold the same values, or the same days."""
    if column.is_date and other.is_date:
        pair = [dates.days(rows[e.name], e.reading.formats) for e in (column, other)]
    else:
        pair = [evidence.texts(rows, e.name) for e in (column, other)]
    return evidence.share(pair[0].eq_missing(pair[1])) >= SAME


def is_code(rows: pl.DataFrame, name: str) -> bool:
    """Return whether most values of a column are written like keys."""
    some = evidence.texts(rows.head(evidence.SOME), name).drop_nulls()
    return evidence.share(some.str.contains(CODE)) >= evidence.MOST


def _branch(e: Evidence) -> float:
    order = ("branch", "office", "filiale", "niederlassung", "territory", "region")
    ranks = [1 + (len(order) - order.index(w)) / 10 for w in e.words if w in order]
    return max(ranks, default=e.says(words.BRANCH) - e.says(words.PARTY) / 2)


def _product(e: Evidence) -> float:
    money = e.says(words.QUANTITY | words.PRICE | words.COST | words.REVENUE | words.NO_MONEY)
    if not e.says(words.PRODUCT) or (e.is_number and e.whole < 1) or (e.is_number and money):
        return 0
    readable = e.is_text + e.says(words.DESCRIBED)
    return 1 + readable - e.says(words.DIVISION) - 0.5 * e.says(words.ORDER)


def _division(e: Evidence, product: str, rows: pl.DataFrame) -> float:
    """Return how much a column looks like a group of products, one per product."""
    apart = words.BRANCH | words.REP | words.PARTY | words.CURRENCY | words.STATUS | words.EMAIL
    apart |= words.ORDER | words.SHIP
    if e.says(apart):
        return 0
    values = evidence.texts(rows, e.name).drop_nulls()
    counts = values.value_counts()["count"].to_list()
    usual = max(counts, default=1) / max(values.len(), 1)
    bound = evidence.determined(rows, product, e.name)
    gain = (bound - usual) / (1 - usual) if usual < 1 else 0.0  # beside guessing the usual one
    if not e.says(words.DIVISION) and evidence.determined(rows, e.name, product) > SAME:
        return 0  # another name of the product
    return 3 * e.says(words.DIVISION) * (gain > 0.5) + (gain if gain > 0.95 else 0)
