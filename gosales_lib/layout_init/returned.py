"""Credits and refunds whose numbers are positive like those of sales."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath

import polars as pl

from gosales_lib.layout_init import evidence, questions, words
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles
from gosales_lib.layout_init.states import (
    MONEY,
    MOST_VALUES,
    STATES,
    affirmed,
    counts_of,
    words_of,
)
from gosales_lib.sales_log import cleaning, numbers
from gosales_lib.sales_log.numbers import Sign

BACK, LEDGER = words.spelled("credit"), words.spelled("ledger")
OF_DOCUMENTS = words.spelled("of_documents")
OF_SALES = STATES | words.spelled("channel")
"""What a rare kind of document is called that is a sale as others are."""
RARE = 0.25
"""Share of the rows up to which a kind of document may be that of returns."""
SIDES = [set(pair.split("/")) for pair in words.TABLE["sides"]]
"""The two sides of a ledger, as a column beside an amount without a sign names them; single letters
are sides where a word of LEDGER names the column."""
DASH = re.compile(numbers.DASHES)


def ask(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame, usual: Sign) -> None:
    """Ask about rows that a column calls returns, although their numbers are positive."""
    signs = {name: numbers.judge(rows[name]).sign or usual for name in _columns(roles)}
    for e in seen:
        if e.distinct > MOST_VALUES or e.is_date or e.says(words.PRODUCT, words.PARTY):
            continue
        counts = _signs(rows, e.name) or counts_of(rows, e.name)
        sides = _sides(e, counts)
        back = sides[:1] or _back(e, counts)
        unknown = [] if back else _documents(e, counts, roles, rows)
        back = back or unknown[:1]
        if not back or len(back) == len(counts):
            continue
        returned_rows = rows.filter(cleaning.text(e.name).is_in(back))
        if _are_positive(returned_rows, signs):
            _ask(e.name, [back, *([side] for side in sides[1:])], roles, is_known=not unknown)
            return


def ask_by_file(looked: Looked, roles: Roles) -> None:
    """Ask about files whose names say credit or return, beside others that do not."""
    named = [t for t in looked.log if BACK & set(words.parts(PurePath(t.name).stem))]
    signs = {t.name: {c: t.decimal for c in _columns(roles) if c in t.columns} for t in named}
    positive = [table for table in named if _are_positive(table.rows, signs[table.name])]
    if not positive or len(named) == len(looked.log) or "returns" in roles.keys:
        return
    names = [table.name for table in positive]
    rows = sum(table.rows.height for table in positive)
    roles.keys["returns"] = key = {"files": [glob.escape(name) for name in names]}
    answers = questions.with_or_without("returns", key)
    asks = f"{rows:,} rows of {', '.join(names[:3])} are positive like sales: are they returns?"
    roles.ask("returns", asks, (), answers)


def _columns(roles: Roles) -> list[str]:
    """Return the column of money and that of quantities, where there are such."""
    money = next(filter(None, map(roles.column, MONEY)), "")
    return [column for column in (money, roles.column("quantity")) if column]


def _are_positive(rows: pl.DataFrame, signs: Mapping[str, Sign]) -> bool:
    """Return whether most numbers of each column, read by its decimal sign, are positive."""
    values = [numbers.number(rows[name], sign).drop_nulls() for name, sign in signs.items()]
    return bool(values) and all(evidence.share(value > 0) > 0.5 for value in values)


def _back(e: Evidence, counts: dict[str, int]) -> list[str]:
    """Return the values of returns; of a column `Is return` the one that says yes."""
    is_flag = e.says(BACK | words.RETURNED) and not e.says(words.QUANTITY | words.REVENUE)
    if is_flag and e.distinct == 2:
        return affirmed(counts)
    return [value for value in counts if e.is_text and words_of(value) & BACK]


def _signs(rows: pl.DataFrame, name: str) -> dict[str, int]:
    """Return the rows of each sign in a column of nothing but `+` and `-`, which is no blank here.

    It is empty where a column holds anything else, or no `+`.
    """
    written = rows.select(cleaning.text(name).alias("text")).to_series().drop_nulls()
    counts = dict(written.value_counts().iter_rows()) if "+" in written else {}
    return (
        counts if len(counts) == 2 and {DASH.sub("-", sign) for sign in counts} == {*"+-"} else {}
    )


def _sides(e: Evidence, counts: dict[str, int]) -> list[str]:
    """Return the two sides of a ledger, such as debit and credit, the rarer one first; else none.

    Which side a sale is on depends on whose account it is: the rarer one is likelier the return.
    """
    plain = {DASH.sub("-", words.plain(value.casefold())).strip(". ") for value in counts}
    told = "".join(plain)
    spelled_out = (told.isalpha() and len(told) > len(plain)) or not told.isascii() or "+" in plain
    is_ledger = (
        len(counts) == 2
        and plain in SIDES
        and (spelled_out or e.says(LEDGER) or set(e.words) == plain)
    )
    return sorted(counts, key=lambda value: counts[value]) if is_ledger else []


def _documents(e: Evidence, counts: dict[str, int], roles: Roles, rows: pl.DataFrame) -> list[str]:
    """Return two kinds of documents, the rarer first, of which nobody knows here what it is.

    An order has one kind; a kind of product or of customer is none of a document.
    """
    ranked = sorted(counts, key=counts.__getitem__)
    is_called = e.says(words.KIND) and set(e.words) <= words.KIND | OF_DOCUMENTS
    settled = {rule["column"] for rule in roles.keys.get("where", [])}
    if not is_called or len(ranked) != 2 or e.name in settled or words_of(ranked[0]) & OF_SALES:
        return []
    if counts[ranked[0]] > RARE * sum(counts.values()):
        return []
    order, *others = map(roles.column, ("invoice", "product", "customer_id"))
    of_order = bool(order) and evidence.determined(rows, order, e.name) == 1
    of_others = any(evidence.determined(rows, other, e.name) == 1 for other in others if other)
    return ranked if of_order and not of_others else []


def _ask(column: str, sides: list[list[str]], roles: Roles, is_known: bool) -> None:
    """Ask whether rows are returns: those of the first values, or others in their place.

    Until the answer those of words that are not known count as sales.
    """
    keys = [{"column": column, "values": values} for values in sides]
    if is_known:
        roles.keys["returns"] = keys[0]
    answers = questions.of_key("returns", keys)
    asks = f"rows whose {column!r} is {', '.join(map(repr, sides[0]))} are positive like sales"
    answers.append(Answer("no `returns`", {"returns": None}))
    roles.ask("returns", f"{asks}: are they returns?", sides[0], answers)
