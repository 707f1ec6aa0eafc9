"""Files of one log whose headers drifted: columns renamed, added or in another order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import product

import polars as pl

from gosales_lib.layout_init import evidence, words
from gosales_lib.layout_init.evidence import Table
from gosales_lib.sales_log.numbers import Sign

Header = tuple[str, ...]
"""The names of a file's columns, in order."""
SIMILAR = 0.6
"""Share of the columns that a file must share with the log to be of it."""
ALIKE = 0.4
"""Share of the kinds of words that two names must share to name the same column."""
KINDS = (
    "quantity", "profit", "revenue", "price", "cost", "tax", "discount", "party", "key", "name",
    "date", "order", "product", "division", "rep", "branch", "currency", "status",
)  # fmt: skip
TOLD = (
    "tax", "discount", "freight", "running", "percent", "list", "gross", "cost", "profit", "ship",
    "local", "excluded",
)  # fmt: skip
"""Kinds of words that say of which money, day or customer a column is."""
OTHERWISE = words.OTHER_DAYS | {"net", "netto", "ordered", "invoiced", "returned", "planned"}
SAME = {"shipped": "ship", "delivered": "delivery", "netto": "net"}
ONE_OF_SEVERAL = {"currency", "status"}
"""Kinds of columns that tell nothing where all rows say the same."""
LISTED = words.PARTY | words.PRODUCT | words.DIVISION
"""Columns whose values come again from file to file."""
FEWEST_VALUES, AGAIN, MOSTLY = 4, 0.3, 0.9
"""Values that are compared, and the share of the rows whose value another file must hold; MOSTLY
where the name says nothing."""


@dataclass(frozen=True)
class Drift:
    """The log's name for each header of a file, and the pairs that are only likely."""

    aliases: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def of_headers(table: Table, others: Mapping[Header, pl.DataFrame]) -> dict[Header, Drift]:
    """Return by header the log's names for it, for rows of other headers that are of the log.

    A header that gives a name another meaning than an earlier one does is left out.
    """
    found, names = dict[Header, Drift](), dict[str, str]()
    for header, rows in others.items():
        drift = of(table, rows)
        if drift and all(names.get(theirs, mine) == mine for theirs, mine in drift.aliases.items()):
            found[header] = drift
            names |= drift.aliases
    return found


def of(table: Table, other: pl.DataFrame) -> Drift | None:
    """Return the log's names for a file's headers; None where the file is not part of the log.

    Two names are the same column where both files lack the other one, their values are both dates,
    numbers or texts, and their words are of the same kinds; where nobody knows the words of one,
    its texts stand in the other or have its form, or both stand at one place among the others.
    """
    log = table.rows
    lacking = [name for name in log.columns if name not in other.columns]
    fresh = [name for name in other.columns if name not in log.columns]
    ranks: dict[tuple[str, str], tuple[float, int, int, str]] = {}
    for mine, theirs in product(lacking, fresh):
        if (kind := _holds(log, mine, table.decimal)) == _holds(other, theirs, table.decimal):
            points = _alike(theirs, mine, log[mine], other[theirs], kind)
            apart = abs(log.columns.index(mine) - other.columns.index(theirs))
            if points >= ALIKE:
                marks = len(_marks(mine) ^ _marks(theirs))
                ranks[mine, theirs] = (-points, marks, apart, mine)
    aliases: dict[str, str] = {}
    doubts = []
    for mine, theirs in sorted(ranks, key=ranks.__getitem__):
        if theirs in aliases or mine in aliases.values():
            continue
        free = [p for p in ranks if p[0] not in aliases.values() and p[1] not in aliases]
        equal = [p for p in free if ranks[p][:2] == ranks[mine, theirs][:2]]
        candidates = [p for p in equal if (p[0] == mine) != (p[1] == theirs)]
        aliases[theirs] = mine
        if why := _doubt(log[mine], other[theirs], mine, theirs, candidates):
            doubts.append(f"{theirs!r} is taken for {mine!r}, but {why}")
    for mine, theirs in _at_one_place(log.columns, [aliases.get(n, n) for n in other.columns]):
        same = _holds(log, mine, table.decimal) == _holds(other, theirs, table.decimal)
        if same and not (_kinds(mine) and _kinds(theirs)):
            aliases[theirs] = mine
            if not _is_shortened(mine, theirs):
                doubts.append(f"{theirs!r} is taken for {mine!r}, but only its place says so")
    doubts += [
        f"only it has {name!r}"
        for name in fresh
        if name not in aliases and _kinds(name) & ONE_OF_SEVERAL and _varies(other[name])
    ]
    shared = len(log.columns) - len(lacking) + len(aliases)
    lost = [n for n in lacking if n not in aliases.values() and _matters(n, log[n])]
    widest = max(len(log.columns), len(other.columns))
    return Drift(aliases, tuple(doubts)) if shared > SIMILAR * widest and not lost else None


def _doubt(
    mine: pl.Series, theirs: pl.Series, name: str, other: str, candidates: list[tuple[str, str]]
) -> str:
    """Return why a column may not be that of the log; empty where names and values say so."""
    if marks := sorted(_marks(name) ^ _marks(other)):
        return f"one of them says {' and '.join(map(repr, marks))}"
    if _is_shortened(name, other):
        return ""
    if candidates:
        others = sorted({column for pair in candidates for column in pair} - {name, other})
        return f"{' and '.join(map(repr, others))} may be it as well"
    if not any(LISTED & words.of(column) for column in (name, other)):
        return ""
    again = _again(mine, theirs)
    if again is None or again >= AGAIN:
        return ""
    return f"{again:.0%} of its values stand in the other files"


def _at_one_place(mine: list[str], theirs: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the columns that only one of two headers has, and equally many between shared ones."""
    for tag, a, b, c, d in SequenceMatcher(None, mine, theirs).get_opcodes():
        if tag == "replace" and b - a == d - c:
            yield from zip(mine[a:b], theirs[c:d], strict=True)


def _is_shortened(name: str, other: str) -> bool:
    """Return whether two names are the same words, with other signs between or cut short."""
    one, two = words.parts(name), words.parts(other)
    pairs = zip(one, two, strict=False)
    return len(one) == len(two) and all(a.startswith(b) or b.startswith(a) for a, b in pairs)


def _kinds(name: str) -> set[str]:
    return {kind for kind in KINDS if words.spelled(kind) & words.of(name)}


def _marks(name: str) -> set[str]:
    """Return the marks in a name that separate kinds of money, days and customers."""
    parts = words.of(name)
    plain = {SAME.get(word, word) for word in (OTHERWISE | words.CODES) & parts}
    return plain | {kind for kind in TOLD if words.spelled(kind) & parts}


def _alike(name: str, other: str, column: pl.Series, of: pl.Series, kind: str) -> float:
    first, second = _kinds(name), _kinds(other)
    if first and second:
        return len(first & second) / len(first | second)
    same = (_again(column, of) or 0) >= MOSTLY or _form(column) == _form(of) != ""
    return ALIKE if kind == "text" and same else 0.0


def _form(column: pl.Series) -> str:
    """Return the form of nearly all values, `A-99`; empty where there is none, or no digit."""
    here = evidence.texts(column.to_frame(), column.name).drop_nulls()
    forms = here.str.replace_all(r"\d", "9").str.replace_all(r"\p{L}", "A").value_counts(sort=True)
    usual = forms.filter(pl.col("count") >= MOSTLY * here.len())["text"].to_list()
    return usual[0] if usual and "9" in usual[0] else ""


def _again(column: pl.Series, of: pl.Series) -> float | None:
    """Return the share of rows whose value the other column holds; None of too few values."""
    there, here = (evidence.texts(one.to_frame(), one.name).drop_nulls() for one in (column, of))
    if min(there.n_unique(), here.n_unique()) < FEWEST_VALUES:
        return None
    return evidence.within(here, there.unique())


def _holds(rows: pl.DataFrame, name: str, decimal: Sign) -> str:
    e = evidence.of(rows.head(2000), name, decimal)
    return "date" if e.is_date else "number" if e.is_number else "text"


def _matters(name: str, column: pl.Series) -> bool:
    """Return whether a column is of a kind that the log may need."""
    kinds = _kinds(name) - {"key", "name", "rep", "branch", "tax"}
    return bool(kinds) and (not kinds <= ONE_OF_SEVERAL or _varies(column))


def _varies(column: pl.Series) -> bool:
    return evidence.texts(column.to_frame(), column.name).drop_nulls().n_unique() > 1
