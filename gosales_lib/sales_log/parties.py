"""Customers who may not be what they seem: two spellings of one, many under one key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import numpy as np
import polars as pl

from gosales_lib.core.alarms import Alarm, Raised, warning
from gosales_lib.layout import Layout
from gosales_lib.sales_log import spellings
from gosales_lib.sales_log.log import SalesLog, size

SCIENTIFIC = r"^\d[.,]\d+[eE]\+?\d+$|^\dE\+\d\d$"
PLACEHOLDER = re.compile(
    r"(?i)^(cash([ _-]?(sale|customer|account))?s?|walk[ -]?in.*|misc.*|various|divers[eo]?s?|"
    r"anonym.*|guest|unknown|unbekannt|no (name|customer)|counter sale|one[ -]?time.*|cpd|"
    r"barverkauf|laufkunde.*|comptant|contado|dummy|test|tbd|n\.?n\.?|x{3,}|#[A-Z/0]+[!?]?|\?+|"
    r"k\.? ?a\.?|s/n|n\.?d\.?|ohne|kein[er]?|aucune?|ning[uú]no|"
    r"(ohne|keine?|sin|sem|sans|senza|no|without|bez|zonder|uden|utan) "
    r"(kunden?|[ck]li[ae]n[ct]\w*|klanti?|custom\w*|account|name|nombre|nome?|asignar)|"
    r"(consumi?dor|cliente) final|privatkunden?|particuliers?|passant|散客|現金)$"
)
FILLER = re.compile(r"^(9{4,}|0+|-1)$")
"""Numbers that stand for nobody where they have far more orders than others."""
MANY_CUSTOMERS = 20
FEW_SHARE = 0.4  # of fewer customers, one may well have a fifth of the orders
FEWEST_CUSTOMERS = 5
TWO_NAMES = 5  # fewer are companies that were renamed, unless they are most of all
MOST_KEYS = 0.5


def _level(rows: pl.DataFrame, log: SalesLog, layout: Layout) -> Raised:
    """Return the level of an alarm on these rows, which fails where they are many."""
    many = rows.height > layout.alarms.rejected_warning * log.transactions.height
    return "failed" if many else "warning"


def _spellings(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge keys of customers that differ by case, zeros, signs or look-alike letters only."""
    groups = spellings.groups(log.transactions["customer_id"])
    keys = groups["id"].explode()
    if groups.height:
        rows = log.transactions.filter(pl.col("customer_id").is_in(keys.implode()))
        yield Alarm(
            name="alike-customers",
            level=_level(rows, log, layout),
            sentence=f"{len(keys):,} customer keys are {groups.height:,} when case, leading zeros, "
            "signs and look-alike letters are ignored; each key counts as a separate customer.",
            count=len(keys),
            money=size(rows),
            example=" and ".join(repr(key) for key in groups["id"][0][:3]),
            mend="`keys: alike` makes one customer of each, `accounts:` maps them by a file, and "
            "`alarms: {accept: [alike-customers]}` says that they are different customers.",
        )


def _prefixed(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge keys that are other keys with letters in front: `41260` and `CUST-41260`.

    Where both have names, these must be the same.
    """
    names = log.customers.select("customer_id", name=pl.col("customer_name").str.to_lowercase())
    keys = log.transactions.select("customer_id").unique().join(names, "customer_id", how="left")
    number = pl.col("customer_id").str.extract(r"^\D{1,8}0*(\d{3,})$")
    led = keys.with_columns(number=number).drop_nulls("number")
    both = led.join(keys, left_on="number", right_on="customer_id", suffix="_bare")
    both = both.filter(pl.col("name").eq_missing(pl.col("name_bare"))).sort("customer_id")
    if both.height < TWO_NAMES or 2 * both.height < led.height:
        return
    key, bare = both.select("customer_id", "number").row(0)
    yield warning(
        name="prefixed-customers",
        sentence=f"{both.height:,} customer keys are other keys with letters in front; each key "
        "counts as a separate customer.",
        count=both.height,
        money=size(log.transactions.join(both, "customer_id", "semi")),
        example=f"{key!r} and {bare!r}",
        mend="`accounts:` maps them by a file; `alarms: {accept: [prefixed-customers]}` says that "
        "they are different customers.",
    )


def _spoiled(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    rows = log.transactions.filter(pl.col("customer_id").str.contains(SCIENTIFIC))
    if rows.height:
        yield Alarm(
            name="scientific-keys",
            level=_level(rows, log, layout),
            sentence=f"{rows['customer_id'].n_unique():,} customer keys are in scientific "
            "notation: a spreadsheet has removed digits, so several customers share a key.",
            count=rows.height,
            money=size(rows),
            example=rows["customer_id"][0],
            mend="Export the log again with the customer's key as text; "
            "`alarms: {accept: [scientific-keys]}` says that they are right as they are.",
        )


def _two_names(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge keys that stand for two customers, as the numbers of two companies in one log do."""
    apart, named = log.two_names, log.customers["customer_name"].count()
    share = apart.height / named if named else 0.0
    is_rare = apart.height < TWO_NAMES and share <= MOST_KEYS
    if is_rare or share <= layout.alarms.rejected_warning:
        return
    key, first, other = apart.row(0)
    rows = log.transactions.filter(pl.col("customer_id").is_in(apart["customer_id"].implode()))
    yield Alarm(
        name="one-key-two-names",
        level="failed" if share > layout.alarms.rejected_failed else "warning",
        sentence=f"{apart.height:,} of {named:,} customer keys have names without a word in "
        "common: two customers may share a key, such as those of two companies.",
        count=apart.height,
        money=size(rows),
        example=f"{key!r} is {first!r} and {other!r}",
        mend="Put the company in front of the key (`customer_id: [COMPANY, KEY]`), or map a better "
        "column to `customer_name`; `alarms: {accept: [one-key-two-names]}` says that each is one "
        "customer.",
    )


def _dominant(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge placeholders and a customer with an implausible share of the orders."""
    orders = _orders(log)
    nobody, number = placeholders(log, orders), orders["orders"]
    if nobody.height:
        what = "look like placeholders" if nobody.height > 1 else "looks like a placeholder"
        yield _no_customer("placeholder-customer", what, nobody, orders, log, layout)
        return
    share = layout.alarms.one_customer
    share = share if len(number) >= MANY_CUSTOMERS else max(share, FEW_SHARE)
    if len(number) >= FEWEST_CUSTOMERS and number[0] > max(
        share * int(number.sum()), 3 * number[1]
    ):
        what = "is hardly one customer"
        yield _no_customer("one-customer", what, orders.head(1), orders, log, layout)


def _orders(log: SalesLog) -> pl.DataFrame:
    """Return customer_id, orders, customer_name, most orders first."""
    facts = log.transactions
    keys = pl.col("customer_id"), pl.col("invoice")
    begins = pl.any_horizontal(key.ne_missing(key.shift()) for key in keys)
    begun = facts.select(keys).filter(begins)  # most lines follow another one of their order
    orders = begun.group_by("customer_id").agg(orders=pl.col("invoice").hash(17).n_unique())
    names = log.customers.select("customer_id", "customer_name")
    orders = orders.join(names, on="customer_id", how="left")
    return orders.sort("orders", "customer_id", descending=[True, False])


def placeholders(log: SalesLog, orders: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the customers that stand for nobody, by their key or by their name: see `_orders`.

    A number or a name that a company may have, too, counts only with far more orders than usual.
    """
    orders = _orders(log) if orders is None else orders
    usual = float(np.median(orders["orders"])) if orders.height else 0.0
    by_key, by_name = (
        pl.col(column).map_elements(lambda text: bool(PLACEHOLDER.match(text)), pl.Boolean)
        for column in ("customer_id", "customer_name")
    )
    filler = pl.col("customer_id").str.contains(FILLER.pattern) | by_name.fill_null(False)
    return orders.filter(by_key | (filler & (pl.col("orders") > 3 * usual)))


def _no_customer(
    name: str, what: str, nobody: pl.DataFrame, orders: pl.DataFrame, log: SalesLog, layout: Layout
) -> Alarm:
    number, keys = int(nobody["orders"].sum()), nobody["customer_id"].to_list()
    customers = [
        repr(key) if customer_name in (None, key) else f"{key!r} ({customer_name})"
        for key, _, customer_name in nobody.head(3).iter_rows()
    ]
    more = f" and {len(keys) - 3:,} more" if len(keys) > 3 else ""
    column = layout.columns.customer_id
    rule = json.dumps([{"column": column, "leave_out": keys}], ensure_ascii=False)
    if not isinstance(column, str):
        rule = f"… a rule on {' or '.join(map(repr, column))}"
    return warning(
        name=name,
        sentence=f"{'customer' if len(keys) == 1 else 'customers'} {', '.join(customers)}{more} "
        f"{what}: {number:,} of {int(orders['orders'].sum()):,} orders.",
        count=number,
        money=size(log.transactions.join(nobody, "customer_id", "semi")),
        example=keys[0],
        mend=f"`where: {rule}` leaves these rows out; "
        f"`alarms: {{accept: [{name}]}}` keeps them.",
    )


CHECKS = (_spellings, _prefixed, _spoiled, _two_names, _dominant)
