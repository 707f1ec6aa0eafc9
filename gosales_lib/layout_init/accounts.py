"""A small table beside the log that says which customer ids are one account."""

from __future__ import annotations

from itertools import permutations

import polars as pl

from gosales_lib.core import keys
from gosales_lib.layout_init import evidence, words, writing
from gosales_lib.layout_init.peek import Looked, Seen
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles

MOST_COLUMNS = 4
LISTED = 0.5
"""Share of a table's ids, and of its accounts, that must be customers of the log."""


def find(looked: Looked, roles: Roles, rows: pl.DataFrame) -> None:
    """Propose `accounts`; ask unless its header says that ids were merged, as a parent may be."""
    customer = roles.columns.get("customer_id")
    if not isinstance(customer, str) or customer not in rows.columns:
        return
    ids = _ids(rows, customer).unique()
    for table in looked.tables:
        if len(table.columns) > MOST_COLUMNS or (pair := _pair(table, ids)) is None:
            continue
        by, gives = pair
        key = {"file": table.name, "by": by, "gives": gives}
        roles.keys["accounts"] = key
        listed = int(_ids(table.rows, by).is_in(ids.implode()).sum())
        told = f"{table.name} says which account {listed:,} of {len(ids):,} customer ids belong to"
        answers = [
            Answer(f"accounts: {writing.scalar(key)}", {}),
            Answer("no `accounts`", {"accounts": None}),
        ]
        if words.MERGED & {word for name in pair for word in words.parts(name)}:
            roles.settle("accounts", told, answers)
        else:
            roles.ask("accounts", f"{told}: is each account one customer?", (), answers)
        return


def _pair(table: Seen, ids: pl.Series) -> tuple[str, str] | None:
    """Return the columns of ids and of the accounts they belong to; None where there are none."""
    named = [n for n in table.columns if set(words.parts(n)) & (words.KEY | words.PARTY)]
    for by, gives in permutations(named, 2):
        mine, account = _ids(table.rows, by), _ids(table.rows, gives)
        several = evidence.share(mine != account) > 0 and mine.n_unique() == len(mine)
        known = pl.concat([ids, mine]).unique().implode()
        here = evidence.share(mine.is_in(ids.implode())), evidence.share(account.is_in(known))
        if several and not mine.null_count() and min(here) >= LISTED:
            return by, gives
    return None


def _ids(rows: pl.DataFrame, name: str) -> pl.Series:
    return rows.select(keys.normal(name).alias("id")).to_series()
