"""Files of one log whose headers drifted: columns renamed, added or in another order."""

from __future__ import annotations

from itertools import product

import polars as pl

from gosales_lib.layout_init import evidence, words
from gosales_lib.sales_log.numbers import Sign

SIMILAR = 0.6
"""Share of the columns that a file must share with the log to be of it."""
ALIKE = 0.4
"""Share of the kinds of words that two names must share to name the same column."""
KINDS = (
    "quantity", "profit", "revenue", "price", "cost", "tax", "discount", "party", "key", "name",
    "date", "order", "product", "division", "rep", "branch", "currency", "status",
)  # fmt: skip


def aliases(log: pl.DataFrame, other: pl.DataFrame, decimal: Sign) -> dict[str, str] | None:
    """Return what a file's own headers are called in the log; None where it is no part of it.

    Two names are the same column where both files lack the other one, their words are of the same
    kinds, and their values are both dates, numbers or texts.
    """
    known, header = log.columns, other.columns
    lacking = [name for name in known if name not in header]
    fresh = [name for name in header if name not in known]
    ranked = sorted(
        ((_alike(theirs, mine), -fresh.index(theirs), mine, theirs)
         for mine, theirs in product(lacking, fresh)),
        reverse=True,
    )  # fmt: skip
    found: dict[str, str] = {}
    for points, _, mine, theirs in ranked:
        free = theirs not in found and mine not in found.values()
        if (
            points >= ALIKE
            and free
            and _holds(log, mine, decimal) == _holds(other, theirs, decimal)
        ):
            found[theirs] = mine
    shared = len(known) - len(lacking) + len(found)
    lost = [name for name in lacking if name not in found.values() and _matters(name)]
    return found if shared > SIMILAR * max(len(known), len(header)) and not lost else None


def _kinds(name: str) -> set[str]:
    return {kind for kind in KINDS if words.spelled(kind) & set(words.parts(name))}


def _alike(one: str, other: str) -> float:
    first, second = _kinds(one), _kinds(other)
    return len(first & second) / len(first | second) if first | second else 0.0


def _holds(rows: pl.DataFrame, name: str, decimal: Sign) -> str:
    e = evidence.of(rows.head(2000), name, decimal)
    return "date" if e.is_date else "number" if e.is_number else "text"


def _matters(name: str) -> bool:
    """Return whether a name may be money, a date, a customer, an order or a thing."""
    return bool(_kinds(name) - {"key", "name", "rep", "branch", "currency", "status", "tax"})
