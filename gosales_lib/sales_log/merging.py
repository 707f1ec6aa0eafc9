"""Accounts: customer ids that belong to one account, and the parent of an account."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gosales_lib.core import keys
from gosales_lib.core.columns import ACCOUNTS
from gosales_lib.layout import Accounts, Layout
from gosales_lib.sales_log import beside, spellings


def read(layout: Layout, folder: Path | None) -> pl.DataFrame:
    """Return the accounts of a layout's file: the columns of `ACCOUNTS`, one row per id.

    Raises
    ------
    ValueError
        A column is missing, an id is given two accounts or an account two parents, or accounts are
        each other's parents.
    """
    source = layout.accounts
    if source is None:
        return pl.DataFrame(schema=ACCOUNTS)
    wanted = list(filter(None, (source.by, source.gives, source.parent)))
    rows = beside.read(source.file, folder, wanted)
    given = rows.select(
        keys.normal(source.by).alias("id"),
        keys.normal(source.gives).alias("customer_id"),
        (keys.normal(source.parent) if source.parent else pl.lit(None, pl.String)).alias("parent"),
    )
    named = given.drop_nulls("id").with_columns(pl.coalesce("customer_id", "id"))
    return _with_parents(source, _merged(source, named, layout.keys))


def _merged(source: Accounts, rows: pl.DataFrame, keys: str) -> pl.DataFrame:
    """Return the rows with the parent's account in place of its id; one id has one account."""
    pairs = rows.select("id", "customer_id").unique(maintain_order=True)
    twice = pairs.filter(~pl.col("id").is_first_distinct())
    if twice.height:
        raise ValueError(
            f"{source.file}: {source.by} {twice['id'][0]!r} occurs twice and means different rows"
        )
    return rows.with_columns(belonging("parent", pairs, keys))


def _with_parents(source: Accounts, rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per id, each with the one parent of its account; no account is its own."""
    own = rows.filter(pl.col("parent").is_not_null(), pl.col("parent") != pl.col("customer_id"))
    pairs = own.select("customer_id", "parent").unique(maintain_order=True).sort("customer_id")
    twice = pairs.filter(~pl.col("customer_id").is_first_distinct())
    if twice.height:
        name = twice["customer_id"][0]
        both = pairs.filter(customer_id=name)["parent"].sort().to_list()
        raise ValueError(
            f"{source.file}: account {name!r} has two parents, {both[0]!r} and {both[1]!r}"
        )
    if circle := _circle(dict(pairs.iter_rows())):
        raise ValueError(
            f"{source.file}: account {circle!r} is its own ancestor: correct {source.parent}"
        )
    kept = rows.select("id", "customer_id").unique().join(pairs, "customer_id", "left")
    return kept.select(*ACCOUNTS).cast(ACCOUNTS).sort("id")


def _circle(above: dict[str, str]) -> str:
    """Return an account that is above itself, empty without one."""
    for name in above:
        seen, at = {name}, above[name]
        while at in above and at not in seen:
            seen.add(at)
            at = above[at]
        if at in seen:
            return at
    return ""


def belonging(column: str, accounts: pl.DataFrame, keys: str = "exact") -> pl.Expr:
    """Return a column of ids as the accounts they belong to; an id that is not listed is its own.

    Parameters
    ----------
    accounts
        id and customer_id, as `read` returns them.
    keys
        `exact`, or `alike`: ids that differ only in case, zeros or signs are one (`spellings`).
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
