"""Accounts: customer ids that belong to one account, and the parent of an account."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import polars as pl

from gosales_lib.core import keys
from gosales_lib.core.columns import ACCOUNTS
from gosales_lib.layout import Accounts, Layout
from gosales_lib.sales_log import beside, spellings


def read(layout: Layout, folder: Path | None) -> pl.DataFrame:
    """Return the accounts of a layout's file: the columns of `ACCOUNTS`, one row per id.

    It is a ValueError where a column is missing, an id is given two accounts or an account two
    parents, or accounts are merged into each other, or each other's parents.
    """
    source = layout.accounts
    if source is None:
        return pl.DataFrame(schema=ACCOUNTS)
    columns = {"id": source.by, "customer_id": source.gives, "parent": source.parent}
    rows = beside.read(source.file, folder, list(filter(None, columns.values())))
    rows = rows.select(
        (keys.normal(column) if column else pl.lit(None, pl.String)).alias(name)
        for name, column in columns.items()
    )
    rows = _merged(source, rows.drop_nulls("id"), layout.keys)
    parents = _parents(source, rows)
    accounts = rows.select("id", "customer_id").unique().join(parents, "customer_id", "left")
    return accounts.select(*ACCOUNTS).cast(ACCOUNTS).sort("id")


def _merged(source: Accounts, rows: pl.DataFrame, keys: str) -> pl.DataFrame:
    """Return the rows with the last account that each id was merged into; one id has one account.

    A parent is such an account, too.
    """
    rows = rows.with_columns(pl.coalesce("customer_id", "id"))
    pairs = rows.select("id", "customer_id").unique(maintain_order=True)
    refuse_twins(source.file, source.by, pairs["id"])
    ends = [spellings.forms(e) if keys == "alike" else e for e in pairs.get_columns()]
    if circle := _circle({one: other for one, other in zip(*ends, strict=True) if one != other}):
        raise ValueError(f"{source.file}: {circle!r} belongs to itself: correct {source.gives}")
    merged = rows.with_columns(belonging("customer_id", pairs, keys))
    if not merged["customer_id"].equals(rows["customer_id"]):  # merged again, years later
        return _merged(source, merged, keys)
    return rows.with_columns(belonging("parent", pairs, keys))


def refuse_twins(file: str, column: str, keys: pl.Series) -> None:
    """Refuse a file beside the log, in which a key has several rows."""
    twins = keys.filter(~keys.is_first_distinct())
    if twins.len():
        raise ValueError(f"{file}: {column} {twins[0]!r} occurs twice and means different rows")


def _parents(source: Accounts, rows: pl.DataFrame) -> pl.DataFrame:
    """Return customer_id and the one parent of each account; no account is its own."""
    own = rows.filter(pl.col("parent") != pl.col("customer_id"))
    pairs = own.select("customer_id", "parent").unique(maintain_order=True).sort("customer_id")
    twice = pairs.filter(~pl.col("customer_id").is_first_distinct())
    if twice.height:
        name = twice["customer_id"][0]
        both = " and ".join(
            map(repr, pairs.filter(customer_id=name)["parent"].sort().to_list()[:2])
        )
        raise ValueError(f"{source.file}: account {name!r} has two parents, {both}")
    if circle := _circle(dict(pairs.iter_rows())):
        raise ValueError(
            f"{source.file}: account {circle!r} is its own ancestor: correct {source.parent}"
        )
    return pairs


def _circle(above: dict[str, str]) -> str:
    """Return an account that is above itself, empty without one."""
    try:
        TopologicalSorter({name: [parent] for name, parent in above.items()}).prepare()
    except CycleError as error:
        return str(error.args[1][0])
    return ""


def belonging(column: str, accounts: pl.DataFrame, keys: str = "exact") -> pl.Expr:
    """Return a column of ids as the accounts they belong to; an id that is not listed is its own.

    With `alike` keys, ids that differ only in case, zeros or signs are one (`spellings`).
    """
    if accounts.is_empty():
        return pl.col(column)
    return pl.coalesce(account_of(column, accounts, keys), column)


def account_of(column: str, accounts: pl.DataFrame, keys: str = "exact") -> pl.Expr:
    """Return the accounts of a column of ids, null where the accounts do not list it."""
    ids, listed = pl.col(column), accounts["id"]
    if keys == "alike":
        ids, listed = ids.map_batches(spellings.forms, pl.String), spellings.forms(listed)
    given = dict(zip(listed, accounts["customer_id"], strict=True))
    return ids.replace_strict(given, default=None, return_dtype=pl.String)
