"""Open deals and recent contacts, from the CRM.

An open deal or a contact counts whatever its date, because nobody offers what is already discussed.
A list of an earlier cutoff is therefore judged without these files, or with those of its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import polars as pl

from gosales_lib.core.columns import KEYS
from gosales_lib.sales_log.merging import belonging
from gosales_lib.whitespace import exclusions, lists
from gosales_lib.whitespace.rules import Rules

DEALS = {
    "customer_id": pl.String,
    "division": pl.String,  # or product; both empty: the deal is about every division
    "product": pl.String,
    "stage": pl.String,  # empty: open; won, lost and closed ones are over
    "owner": pl.String,
    "date": pl.Date,
}
"""The columns of the deals; all but customer_id may be missing."""
CONTACTS = {"customer_id": pl.String, "division": pl.String, "date": pl.Date}
"""The columns of the contacts; division may be missing: the contact was about all."""
OVER = r"(?i)^\s*(closed|won|lost)\b"
OPEN = "open"


def deals(
    source: lists.ListSource,
    sold_in: Mapping[str, str],
    divisions: Sequence[str],
    accounts: pl.DataFrame,
) -> pl.DataFrame:
    """Return the open deals: the columns of `DEALS`, division null where all are meant.

    Parameters
    ----------
    sold_in
        The division of every product (`layout.sold_in`), for deals that name a product.
    accounts
        Which ids are one account (`columns.ACCOUNTS`).

    Raises
    ------
    FileNotFoundError, ValueError
        The file, and the column, the division, the product or the date that is wrong.
    """
    rows = lists.read(source, "open_deals", DEALS).with_columns(belonging("customer_id", accounts))
    names = rows.filter(pl.col("division").is_null()).drop_nulls("product")["product"].unique()
    if strangers := sorted(set(names) - set(sold_in)):
        raise ValueError(
            f"{lists.shown(source)}: product {strangers[0]!r} is in no division of the layout"
        )
    of = pl.col("product").replace_strict(dict(sold_in), default=None, return_dtype=pl.String)
    named = rows.with_columns(division=pl.coalesce("division", of))
    exclusions.known_divisions(source, named, divisions)
    going = ~pl.col("stage").fill_null("").str.contains(OVER)
    return named.filter(going).select(*DEALS)


def barred(rules: Rules, divisions: Sequence[str], accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the customers that must not be called: exclusions and recent contacts.

    A contact excludes a customer for `contact_cooldown_days` from its day on; the columns are those
    of `exclusions.EXCLUDED`, an id that `accounts` lists is the account that it belongs to.
    """
    excluded = exclusions.read(rules.exclusions, divisions)
    contacts = lists.read(rules.contacts, "contacts", CONTACTS).drop_nulls("date")
    exclusions.known_divisions(rules.contacts, contacts, divisions)
    until = pl.col("date") + timedelta(days=rules.contact_cooldown_days)
    lately = contacts.with_columns(reason=pl.lit("contacted"), until=until)
    every = pl.concat([excluded, lately.select(*exclusions.EXCLUDED)])
    return every.with_columns(belonging("customer_id", accounts))


def opened(cells: pl.DataFrame, going: pl.DataFrame) -> pl.DataFrame:
    """Return the grid with the state `open` where a deal is open. Such a cell is not offered again.

    Parameters
    ----------
    going
        The result of `deals`.
    """
    everywhere = going.filter(pl.col("division").is_null())["customer_id"].unique()
    pairs = going.drop_nulls("division").select(KEYS).unique().with_columns(deal=pl.lit(True))
    rows = cells.join(pairs, KEYS, "left", maintain_order="left")
    is_open = pl.col("deal").fill_null(False) | pl.col("customer_id").is_in(everywhere.implode())
    state = pl.when(is_open).then(pl.lit(OPEN)).otherwise("state")
    return rows.with_columns(state=state).drop("deal")
