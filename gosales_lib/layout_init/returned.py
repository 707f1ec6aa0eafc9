"""Credits and refunds whose numbers are positive like those of sales."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable

import polars as pl

from gosales_lib.core import spelling, states
from gosales_lib.layout_init import evidence, questions, words
from gosales_lib.layout_init.evidence import MOST_VALUES, Evidence, Table
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import MONEY, Roles
from gosales_lib.layout_init.states import STATES, affirmed
from gosales_lib.sales_log import cleaning, numbers

BACK, LEDGER = words.spelled("credit"), words.spelled("ledger")
CREDIT_NOTE = words.spelled("credit_note")
"""How the number of a credit note begins."""
OF_DOCUMENTS = words.spelled("of_documents")
OF_SALES = STATES | words.spelled("channel")
"""What a rare kind of document is called that is a sale as others are."""
RARE = 0.25
"""Share of the rows up to which a kind of document may be that of returns."""
RETURNS = 0.4
"""Share of the rows above which a word of returns is not believed: `Nota de venta` is a sale."""
SIDES = [set(pair.split("/")) for pair in words.TABLE["sides"]]
"""The two sides of a ledger, as a column beside an amount without a sign names them; single letters
are sides where a word of LEDGER names the column."""
DASH = re.compile(numbers.DASHES)


def ask(seen: Iterable[Evidence], roles: Roles) -> None:
    """Ask about rows that a column calls returns, although their numbers are positive."""
    log = roles.log
    for e in seen:
        if e.distinct > MOST_VALUES or e.is_date or e.says(words.PRODUCT, words.PARTY):
            continue
        counts = _signs(log, e.name) or log.counts(e.name)
        sides = _sides(e, counts)
        back = sides[:1] or _back(e, counts)
        unknown = [] if back else _documents(e, counts, roles)
        back = back or unknown[:1]
        if not back or len(back) == len(counts):
            continue
        returned = log.rows.select(cleaning.text(e.name).is_in(back).fill_null(False)).to_series()
        if _are_positive(log, roles, returned):
            is_known = not unknown and returned.sum() <= RETURNS * returned.len()
            others = [s for s in sides[1:] if counts[s] <= (1 - RARE) * sum(counts.values())]
            _ask(e.name, [back, *([side] for side in others)], roles, is_known)
            return
    _ask_by_number(roles)


def _ask_by_number(roles: Roles) -> None:
    """Ask about rows whose order numbers begin as those of credit notes do, such as `NC/520257`."""
    column = roles.column("invoice")
    if not column:
        return
    begins = roles.log.texts(column).str.extract(r"^(\D+)\d").fill_null("")
    told = {text: words.of(text) & (BACK | CREDIT_NOTE) for text in begins.unique()}
    back = sorted(text for text, in_it in told.items() if in_it)
    returned = begins.is_in(back)
    if back and returned.sum() <= RARE * begins.len() and _are_positive(roles.log, roles, returned):
        roles.keys["returns"] = key = {"column": column, "begins": back}
        asks = f"{returned.sum():,} rows whose {column!r} begins with {', '.join(map(repr, back))}"
        answers = questions.with_or_without("returns", key)
        roles.ask("returns", f"{asks} are positive like sales: are they returns?", back, answers)


def ask_by_file(roles: Roles) -> None:
    """Ask about files whose names say credit or return, beside others that do not."""
    named = roles.looked.called(BACK)
    positive = [table for table in named if _are_positive(table.table, roles)]
    if not positive or len(named) == len(roles.looked.log) or "returns" in roles.keys:
        return
    names = [table.name for table in positive]
    rows = sum(table.rows.height for table in positive)
    roles.keys["returns"] = key = {"files": [glob.escape(name) for name in names]}
    answers = questions.with_or_without("returns", key)
    asks = f"{rows:,} rows of {', '.join(names[:3])} are positive like sales: are they returns?"
    roles.ask("returns", asks, (), answers)


def _are_positive(table: Table, roles: Roles, which: pl.Series | None = None) -> bool:
    """Return whether most numbers of money, and of quantities, are positive in some of the rows."""
    names = [name for name in (roles.first(*MONEY), roles.column("quantity")) if name]
    values = [table.numbers(name) for name in names if name in table.rows.columns]
    values = [(v if which is None else v.filter(which)).drop_nulls() for v in values]
    return bool(values) and all(evidence.share(value > 0) > 0.5 for value in values)


def _back(e: Evidence, counts: dict[str, int]) -> list[str]:
    """Return the values of returns; of a column `Is return` the one that says yes."""
    is_flag = e.says(BACK | words.RETURNED) and not e.says(words.QUANTITY | words.REVENUE)
    if is_flag and e.distinct == 2:
        return affirmed(counts)
    return [value for value in counts if e.is_text and states.words_of(value) & BACK]


def _signs(log: Table, name: str) -> dict[str, int]:
    """Return the rows of each sign in a column of nothing but `+` and `-`, which is no blank here.

    It is empty where a column holds anything else, or no `+`.
    """
    written = log.texts(name).drop_nulls()
    counts = dict(written.value_counts().iter_rows()) if "+" in written else {}
    return counts if len(counts) == 2 and {DASH.sub("-", s) for s in counts} == {*"+-"} else {}


def _sides(e: Evidence, counts: dict[str, int]) -> list[str]:
    """Return the two sides of a ledger, such as debit and credit, the rarer one first; else none.

    Which side a sale is on depends on whose account it is: the rarer one is likelier the return.
    """
    plain = {DASH.sub("-", spelling.plain(value.casefold())).strip(". ") for value in counts}
    told = "".join(plain)
    spelled_out = (told.isalpha() and len(told) > len(plain)) or not told.isascii() or "+" in plain
    is_ledger = (
        len(counts) == 2
        and plain in SIDES
        and (spelled_out or e.says(LEDGER) or set(e.words) == plain)
    )
    return sorted(counts, key=lambda value: counts[value]) if is_ledger else []


def _documents(e: Evidence, counts: dict[str, int], roles: Roles) -> list[str]:
    """Return two kinds of documents, the rarer first, of which nobody knows here what it is.

    An order has one kind; a kind of product or of customer is none of a document.
    """
    ranked = sorted(counts, key=counts.__getitem__)
    is_called = e.says(words.KIND) and set(e.words) <= words.KIND | OF_DOCUMENTS
    settled = {rule["column"] for rule in roles.keys.get("where", [])}
    if not is_called or len(ranked) != 2 or e.name in settled:
        return []
    if states.words_of(ranked[0]) & OF_SALES or counts[ranked[0]] > RARE * sum(counts.values()):
        return []
    order, *others = map(roles.column, ("invoice", "product", "customer_id"))
    of_order = bool(order) and roles.log.determined(order, e.name) == 1
    of_others = any(roles.log.determined(other, e.name) == 1 for other in others if other)
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
