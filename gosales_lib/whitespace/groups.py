"""Groups of accounts: a parent company and all its subsidiaries, from the layout's `accounts`."""

from __future__ import annotations

import polars as pl

GROUP = {"customer_id": pl.String, "group": pl.String, "parent": pl.String}
PARENT, CHILD, SISTER = "parent company", "subsidiary", "company of the group"


def of(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return every account of a group: customer_id, group (the account at its top), parent.

    An account without a parent and without a subsidiary has no group.
    """
    above = dict(accounts.drop_nulls("parent").select("customer_id", "parent").iter_rows())
    names = sorted({*above, *above.values()})
    rows = [(name, _top(name, above), above.get(name)) for name in names]
    return pl.DataFrame(rows, GROUP, orient="row")


def _top(name: str, above: dict[str, str]) -> str:
    """Return the account at the top; 01_etl has refused accounts that are above themselves."""
    while name in above:
        name = above[name]
    return name


def others(groups: pl.DataFrame) -> pl.DataFrame:
    """Return each account's group without itself: customer_id, other, relation.

    `relation` is the role of the other account: parent company, subsidiary, or else a company of
    the group.
    """
    other = groups.select("group", other="customer_id", above="parent")
    pairs = groups.join(other, "group").filter(pl.col("customer_id") != pl.col("other"))
    relation = (
        pl.when(pl.col("parent") == pl.col("other"))
        .then(pl.lit(PARENT))
        .when(pl.col("above") == pl.col("customer_id"))
        .then(pl.lit(CHILD))
        .otherwise(pl.lit(SISTER))
    )
    return pairs.select("customer_id", "other", relation=relation).sort("customer_id", "other")
