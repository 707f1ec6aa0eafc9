"""The customers file beside the log: its key, its name, and what describes a customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from gosales_lib.core import keys
from gosales_lib.core.columns import DIM_CUSTOMER
from gosales_lib.layout import Attribute
from gosales_lib.layout_init import evidence, words
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.peek import Looked, Seen
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import spellings

Kind = Literal["category", "number"]
MOST_VALUES = 100
UNIQUE, LISTED = 0.98, 0.5
"""Share of a table's rows with a key of their own, and of the log's customers it describes."""
PRIVATE = words.spelled("private")
UNITS = {"employees": "people", "staff": "people", "headcount": "people", "year": "year"}
UNITS |= {"opened": "year", "founded": "year"}


@dataclass(frozen=True)
class Described:
    """The proposal for `customers:`."""

    file: str
    key: str
    name: str | None
    attributes: list[Attribute]
    left_out: dict[str, str]  # column: why


def beside(looked: Looked, roles: Roles, rows: pl.DataFrame) -> Looked:
    """Return what was looked at with the table that describes customers, one row each, if any."""
    customer, accounts = roles.columns.get("customer_id"), roles.keys.get("accounts", {})
    if not isinstance(customer, str):
        return looked
    ids = spellings.forms(rows.select(keys.normal(customer).alias("id")).to_series().unique())
    for table in looked.tables:
        key = _key(table, customer, ids)
        if key and (table.name != accounts.get("file") or key == customer):
            others = [other for other in looked.others if other.file != table.name]
            competing = [name for name in looked.competing if name != table.path.name]
            looked = replace(looked, others=others, competing=competing)
            return replace(looked, customers=table, customer_key=key)
    return looked


def _key(table: Seen, customer: str, ids: pl.Series) -> str:
    """Return the column of a customer's key: the log's name, or most of its customers, no twins."""
    about = set(words.parts(table.entry.part or table.path.name.split(".")[0])) & words.PARTY
    for name in sorted(table.columns, key=lambda name: name != customer):
        parts = set(words.parts(name))
        called = parts & words.PARTY or (about and parts & words.KEY)
        if not called or table.rows[name].n_unique() < UNIQUE * table.rows.height:
            continue
        values = spellings.forms(table.rows.select(keys.normal(name).alias("id")).to_series())
        if name == customer or evidence.share(ids.is_in(values.implode())) >= LISTED:
            return name
    return ""


def describe(seen: Seen, key: str, name: str | None, currency: str) -> Described:
    """Return the proposal for a customers file."""
    every = [evidence.of(seen.rows, column, seen.decimal) for column in seen.columns]
    named = name if name in seen.columns else _name(every, key)
    attributes, left_out = [], {}
    for e in every:
        if e.name in (key, named):
            continue
        if why := _useless(e):
            left_out[e.name] = why
        else:
            unit = _unit(e, currency) if e.is_number else ""
            kind: Kind = "number" if e.is_number else "category"
            attributes.append(Attribute(column=e.name, kind=kind, unit=unit))
    return Described(seen.name, key, named, attributes, left_out)


def _name(every: list[Evidence], key: str) -> str | None:
    """Return the column with the customers' names: nearly as many as customers."""
    texts = [e for e in every if e.is_text and e.name != key and e.distinct > e.filled / 2]
    named = [e for e in texts if e.says(words.PARTY) or e.says(words.NAME)]
    return named[0].name if named else None


def _useless(e: Evidence) -> str | None:
    """Return why a column is no attribute, else None."""
    if not e.filled:
        return "blank"
    if e.name in DIM_CUSTOMER:
        return "the name is taken by the product's own tables"
    if e.says(PRIVATE):
        return "personal data, which does not predict need"
    if e.is_date:
        return "a date"
    if e.distinct < 2:
        return "one value"
    if e.is_text and (e.distinct > MOST_VALUES or e.distinct > e.filled / 5):
        return f"{e.distinct} values are too many to learn from"
    if e.is_number and e.words[-1:] and e.words[-1] in words.KEY and e.whole == 1:
        return "a key"
    return None


def _unit(e: Evidence, currency: str) -> str:
    if e.says(words.REVENUE | words.PROFIT):
        return currency
    return next((unit for word, unit in UNITS.items() if word in e.words), "")
