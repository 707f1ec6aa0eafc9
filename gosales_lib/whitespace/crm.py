"""Open deals and recent contacts, from the CRM.

An open deal or a contact counts whatever its date, because nobody offers what is already discussed.
A list of an earlier cutoff is therefore judged without these files, or with those of its day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from gosales_lib.core import states
from gosales_lib.core.columns import ACCOUNTS, DIM_CUSTOMER, KEYS
from gosales_lib.layout import Layout
from gosales_lib.sales_log import spellings
from gosales_lib.sales_log.merging import belonging
from gosales_lib.whitespace import exclusions, lists
from gosales_lib.whitespace.rules import Rules, refuse_unknown

DEALS = {
    "customer_id": pl.String,
    "division": pl.String,  # or product; both empty: the deal is about every division
    "product": pl.String,
    "stage": pl.String,  # empty: open; one that is over (`states.OVER`) is no open deal
    "owner": pl.String,
    "date": pl.Date,
}
"""The columns of the deals; all but customer_id may be missing."""
CONTACTS = {"customer_id": pl.String, "division": pl.String, "date": pl.Date}
"""The columns of the contacts; division may be missing: the contact was about all."""
OPEN = "open"


def refuse_unreadable(rules: Rules, layout: Layout) -> None:
    """Raise what `read` would raise whatever the log holds: a run ends before it begins."""
    nobody = pl.DataFrame(schema=DIM_CUSTOMER)
    lists.read(rules.prospects, "prospects", {"customer_id": pl.String}, strict=False)
    refuse_unknown(rules, layout.divisions)
    deals(rules.open_deals, layout, nobody, pl.DataFrame(schema=ACCOUNTS))
    barred(rules, layout, nobody, pl.DataFrame(schema=ACCOUNTS))


def read(
    rules: Rules,
    layout: Layout,
    customers: pl.DataFrame,
    accounts: pl.DataFrame,
    sales: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return who must not be called (`barred`), and the open deals (`deals`).

    A rule that names nobody is refused (`rules.refuse_unknown`). `sales` are the rows of
    fact_transactions: they tell the division of a product where the layout does not.
    """
    refuse_unknown(rules, layout.divisions, customers)
    sold_in = dict(sales.select("product", "division").unique(maintain_order=True).iter_rows())
    going = deals(rules.open_deals, layout, customers, accounts, sold_in | layout.sold_in)
    return barred(rules, layout, customers, accounts), going


def deals(
    source: lists.ListSource,
    layout: Layout,
    customers: pl.DataFrame,
    accounts: pl.DataFrame,
    sold_in: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Return the open deals: the columns of `DEALS`, division null where all are meant.

    A deal may name a product: `sold_in` gives its division, else the layout. `customers` holds
    customer_id as the log spells it, `accounts` which ids are one account (`columns.ACCOUNTS`).
    FileNotFoundError and ValueError name the file, and the column, customer, division, product or
    date that is wrong.
    """
    rows = lists.read(source, "open_deals", DEALS, layout.date_formats)
    rows = spelled(rows, source, layout, customers, accounts)
    names = rows.filter(pl.col("division").is_null()).drop_nulls("product")["product"].unique()
    known = sold_in or layout.sold_in
    told_by_log = sold_in is None and layout.columns.division is not None
    if (strangers := sorted(set(names) - set(known))) and not told_by_log:
        what = f"product {strangers[0]!r} is in no division of the layout or the log"
        raise ValueError(f"{lists.shown(source)}: {what}")
    of = pl.col("product").replace_strict(known, default=None, return_dtype=pl.String)
    named = rows.with_columns(division=pl.coalesce("division", of))
    named = exclusions.known_divisions(source, named, layout.divisions)
    over = [
        stage for stage in named["stage"].unique() if states.words_of(stage or "") & states.OVER
    ]
    return named.filter(~pl.col("stage").is_in(over).fill_null(False)).select(*DEALS)


def barred(
    rules: Rules, layout: Layout, customers: pl.DataFrame, accounts: pl.DataFrame
) -> pl.DataFrame:
    """Return the customers that must not be called: exclusions and recent contacts.

    A contact excludes a customer for `contact_cooldown_days` from its day on; the columns are those
    of `exclusions.EXCLUDED`. `customers`, `accounts` and the errors are those of `deals`.
    """
    excluded = exclusions.read(rules.exclusions, layout.divisions, layout.date_formats)
    excluded = spelled(excluded, rules.exclusions, layout, customers, accounts)
    contacts = lists.read(rules.contacts, "contacts", CONTACTS, layout.date_formats)
    contacts = contacts.drop_nulls("date")
    contacts = exclusions.known_divisions(rules.contacts, contacts, layout.divisions)
    contacts = spelled(contacts, rules.contacts, layout, customers, accounts)
    until = pl.col("date") + timedelta(days=rules.contact_cooldown_days)
    lately = contacts.with_columns(reason=pl.lit("contacted"), until=until)
    return pl.concat([excluded, lately.select(*exclusions.EXCLUDED)])


def spelled(
    rows: pl.DataFrame,
    source: lists.ListSource,
    layout: Layout,
    customers: pl.DataFrame,
    accounts: pl.DataFrame,
) -> pl.DataFrame:
    """Return a list with the ids of accounts, spelled as the log spells them.

    ValueError: under `keys: exact`, an id is no customer's but differs from one only in case, zeros
    or signs, so that the list would pass over a customer that it means.
    """
    rows = rows.with_columns(belonging("customer_id", accounts, layout.keys))
    ids = customers["customer_id"]
    strangers = rows.join(customers, on="customer_id", how="anti")["customer_id"].unique().sort()
    if strangers.is_empty():
        return rows
    spelling = spellings.chosen(ids)
    if layout.keys == "alike":
        return rows.with_columns(spellings.unified(rows["customer_id"], spelling))
    meant = spellings.unified(strangers, spelling)
    if (differ := meant != strangers).any():
        theirs, mine = strangers.filter(differ)[0], meant.filter(differ)[0]
        raise ValueError(
            f"{lists.shown(source)}: customer {theirs!r} is not in the log, but {mine!r} is: write "
            "the key as the log does, or set `keys: alike` in the layout"
        )
    return rows


def opened(cells: pl.DataFrame, going: pl.DataFrame) -> pl.DataFrame:
    """Return the grid with the state `open` where a deal (`deals`) is open: it is not offered."""
    everywhere = going.filter(pl.col("division").is_null())["customer_id"].unique()
    pairs = going.drop_nulls("division").select(KEYS).unique().with_columns(deal=pl.lit(True))
    rows = cells.join(pairs, KEYS, "left", maintain_order="left")
    is_open = pl.col("deal").fill_null(False) | pl.col("customer_id").is_in(everywhere.implode())
    state = pl.when(is_open).then(pl.lit(OPEN)).otherwise("state")
    return rows.with_columns(state=state).drop("deal")
