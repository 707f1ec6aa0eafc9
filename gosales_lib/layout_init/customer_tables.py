"""Tables beside the log about customers: their attributes, and which ids are one account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import Literal

import polars as pl

from gosales_lib.core.columns import DIM_CUSTOMER
from gosales_lib.layout import Attribute
from gosales_lib.layout_init import evidence, questions, words
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.peek import Seen
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import spellings

Kind = Literal["category", "number"]
MOST_VALUES, ACCOUNT_COLUMNS = 100, 4
"""Values of a category, and columns of a table of accounts, at most."""
UNIQUE, LISTED = 0.98, 0.5
"""Share of a table's rows with a key of their own, and of its customers that the log must hold."""
LETTERS_AND_NUMBER = r"^(\D{0,8})0*(\d{3,})$"
"""A key such as `cust10450`, in the form that its spellings share."""
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


def beside(roles: Roles) -> None:
    """Mark the table beside the log that has one row per customer, where there is one."""
    looked = roles.looked
    if not (customer := roles.column("customer_id")):
        return
    ids = spellings.forms(roles.log.ids(customer).unique())
    mapped = roles.keys.get("accounts", {}).get("file")
    for table in looked.tables:
        key = _key(table, customer, ids) or _key_by_names(table, roles, ids)
        if key and (table.name != mapped or key == customer):
            others = [other for other in looked.others if other.file != table.name]
            competing = [name for name in looked.competing if name != table.path.name]
            looked = replace(looked, others=others, competing=competing)
            roles.looked = replace(looked, customers=table, customer_key=key)
            return
    for table in looked.tables:
        if table.name != mapped:
            _ask_for_letters(roles, table, customer, ids)


def _unique(table: Seen, customer: str) -> dict[str, pl.Series]:
    """Return the columns that may hold a customer's key, with its forms: no two rows share one."""
    about = words.of(table.entry.part or table.path.name.split(".")[0]) & words.PARTY
    columns = {}
    for name in sorted(table.columns, key=lambda name: name != customer):
        parts = words.of(name)
        called = parts & words.PARTY or (about and parts & words.KEY)
        if called and table.rows[name].n_unique() >= UNIQUE * table.rows.height:
            columns[name] = spellings.forms(table.table.ids(name))
    return columns


def _key(table: Seen, customer: str, ids: pl.Series) -> str:
    """Return the column with the customer's key, empty where no column has unique, known keys."""
    columns = _unique(table, customer).items()
    known = (n for n, v in columns if n == customer or evidence.within(ids, v) >= LISTED)
    return next(known, "")


def _key_by_names(table: Seen, roles: Roles, ids: pl.Series) -> str:
    """Return the column, of any name, whose keys have the log's names beside them; else empty."""
    name, log = roles.column("customer_name"), roles.log
    if not name:
        return ""
    key = spellings.forms(log.ids(roles.column("customer_id")))
    named = pl.DataFrame({"key": key, "name": log.texts(name)}).unique().drop_nulls()
    for column in table.columns:
        keys = spellings.forms(table.table.ids(column))
        is_key = keys.n_unique() >= UNIQUE * len(keys) and evidence.within(ids, keys) >= LISTED
        for other in table.columns if is_key else ():
            there = pl.DataFrame({"key": keys, "name": table.table.texts(other)})
            if named.join(there, ["key", "name"], "semi").height >= LISTED * len(ids):
                return column
    return ""


def _ask_for_letters(roles: Roles, table: Seen, customer: str, ids: pl.Series) -> None:
    """Ask about a table whose keys are the log's but for the same letters in front of each."""
    for name, values in _unique(table, customer).items():
        mine, theirs = _parted(ids), _parted(values)
        differ = mine[0].n_unique() == theirs[0].n_unique() == 1 and mine[0][0] != theirs[0][0]
        if differ and evidence.within(mine[1], theirs[1]) >= LISTED:
            log, beside_it = roles.log.ids(customer).drop_nulls()[0], table.table.ids(name)[0]
            asks = f"the keys in {table.name} are those of the log but for the letters in front, as"
            asks += f" {beside_it!r} and {log!r}: write them alike in the source, then propose the "
            asks += "layout again; as they are, the log's customers have no names and attributes"
            return roles.ask("customers", asks, [])


def _parted(forms: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the letters in front of each key, and its number; null where it has none."""
    keys = forms.drop_nulls()
    return keys.str.extract(LETTERS_AND_NUMBER, 1), keys.str.extract(LETTERS_AND_NUMBER, 2)


def describe(roles: Roles) -> Described | None:
    """Return the proposal for a customers file, None where there is none."""
    if (seen := roles.looked.customers) is None:
        return None
    key, name = roles.looked.customer_key, roles.column("customer_name")
    named = name if name in seen.columns else _name(seen.table.every, key)
    attributes, left_out = [], {}
    for e in seen.table.every:
        if e.name in (key, named):
            continue
        if why := _useless(e):
            left_out[e.name] = why
        else:
            unit = _unit(e, roles.keys["currency"]) if e.is_number else ""
            kind: Kind = "number" if e.is_number else "category"
            attributes.append(Attribute(column=e.name, kind=kind, unit=unit))
    return Described(seen.name, key, named, attributes, left_out)


def _name(every: list[Evidence], key: str) -> str | None:
    """Return the column with the customers' names, which are mostly distinct."""
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


def accounts(roles: Roles) -> None:
    """Propose `accounts`, and ask unless the header says that ids were merged."""
    if (customer := roles.column("customer_id")) not in roles.log.rows.columns:
        return
    ids = roles.log.ids(customer).unique()
    for table in roles.looked.tables:
        if len(table.columns) > ACCOUNT_COLUMNS or (pair := _pair(table, ids)) is None:
            continue
        by, gives = pair
        key = {"file": table.name, "by": by, "gives": gives}
        roles.keys["accounts"] = key
        listed = int(table.table.ids(by).is_in(ids.implode()).sum())
        what = f"{table.name} says which account {listed:,} of {len(ids):,} customer ids belong to"
        answers = questions.with_or_without("accounts", key)
        if words.MERGED & words.of(*pair):
            roles.settle("accounts", what, answers)
        else:
            roles.ask("accounts", f"{what}: is each account one customer?", (), answers)
        return


def _pair(table: Seen, ids: pl.Series) -> tuple[str, str] | None:
    """Return the columns of ids and of the accounts they belong to; None where there are none."""
    named = [n for n in table.columns if words.of(n) & (words.KEY | words.PARTY)]
    for by, gives in permutations(named, 2):
        mine, account = table.table.ids(by), table.table.ids(gives)
        several = evidence.share(mine != account) > 0 and mine.n_unique() == len(mine)
        every_id = pl.concat([ids, mine]).unique()
        here = evidence.within(mine, ids), evidence.within(account, every_id)
        if several and not mine.null_count() and min(here) >= LISTED:
            return by, gives
    return None
