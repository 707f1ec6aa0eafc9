"""Which columns hold the parties of an order: the payer and who receives it, keys and names."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from itertools import product

import polars as pl

from gosales_lib.core.keys import normal
from gosales_lib.layout_init import order_numbers, questions, words
from gosales_lib.layout_init.evidence import (
    FEWEST,
    JOINED,
    MOST,
    MOST_VALUES,
    SAME,
    Evidence,
    Table,
)
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning, customers

REUSED, ENDING = 3, 2
"""Keys that stand for several parties; letters in which two forms of one word may differ at their
end."""
_NAME = words.NAME | words.DESCRIBED
_NO_PARTY = words.PRODUCT | words.REP | words.BRANCH | words.PLACE | words.EMAIL | words.CURRENCY
_NO_PARTY |= words.STATUS | words.KIND


def names_of_keys(log: Table) -> dict[str, str]:
    """Return the keys of parties, and the column of their names that repeats the key's header.

    Such as `Payer` and `Payer Name`, or `Payer No` and `Payer`: one to one, numbers or codes beside
    texts.
    """
    every = [e for e in log.every if e.distinct >= FEWEST and not e.says(_NO_PARTY - _NAME)]
    names = [e for e in every if e.is_text and not e.says(words.KEY)]
    keys = [e for e in every if not e.is_date and not e.says(_NAME)]
    return _paired(log, ((key, name) for name in names for key in keys if _belong(key, name)))


def names_by_values(log: Table, seen: list[Evidence]) -> dict[str, str]:
    """Return the keys among columns, the finest first, and the names that their values tell."""
    names = [e for e in seen if e.is_text and not e.says(words.KEY)]
    by_size = sorted((e for e in seen if e.is_text or e.whole == 1), key=lambda e: -e.distinct)
    return _paired(log, product(by_size, names))


def _paired(log: Table, pairs: Iterable[tuple[Evidence, Evidence]]) -> dict[str, str]:
    """Return the numbers or codes that are one to one with texts, and these names."""
    return {
        key.name: name.name
        for key, name in pairs
        if key.is_number or (key.is_text and log.is_code(key.name))
        if log.is_readable(name.name) and log.is_one_to_one(key.name, name.name)
    }


def coarser(
    log: Table, keys: Collection[str], of: Collection[str] = (), most: float = math.inf
) -> set[str]:
    """Return the keys on which one of `of` depends, or another one: a payer has several addresses.

    `most` is the largest number of addresses per payer.
    """
    sizes = {name: log.of[name].distinct for name in {*keys, *of}}
    pairs = [(a, b) for a in keys for b in of or keys if sizes[a] < sizes[b] <= most * sizes[a]]
    bound = {one for one, other in pairs if log.determined(other, one) >= SAME}
    return {name for name in bound if sizes[name] >= FEWEST}


def take_reused(roles: Roles, keys: list[str], names: list[str]) -> None:
    """Take a company and a number, where the names say that companies reuse numbers.

    It is asked where the names of a number are alike, as spellings of one customer are.
    """
    found = None if "customer_id" in roles.columns else _reused(roles.log, keys, names)
    if found:
        both, roles.columns["customer_name"], is_sure = found
        roles.join_customers(both)
        what = f"each {both[0]!r} has numbers of its own: the names of one {both[1]!r} differ"
        answers = [questions.of_column("customer_id", key) for key in (both, both[1])]
        if is_sure:
            roles.settle("customer_id", what, answers)
        else:
            examples = roles.log.first_values(found[1])
            roles.ask("customer_id", f"{what}, but are alike: is it so?", examples, answers)


def take_pair(roles: Roles) -> bool:
    """Take the only key that recurs with names of its own, in a log whose products are named.

    Such as the account of a deal, where each row is an order.
    """
    log = roles.log
    free = [
        e
        for e in order_numbers.codes(roles, words.ORDER | words.DATE)
        if 2 * e.distinct <= e.filled
    ]
    names = [e for e in free if e.is_text and log.is_readable(e.name)]
    keys = [e for e in free if e.is_number or log.is_code(e.name)]
    pairs = [(k, n) for k, n in product(keys, names) if log.is_one_to_one(k.name, n.name)]
    if len(pairs) != 1 or not any(e.says(words.PRODUCT) for e in log.every):
        return False
    roles.columns["customer_id"], roles.columns["customer_name"] = (e.name for e in pairs[0])
    what = "the only key of the log has one name each in"
    roles.note("customer_id", f"no column is called a customer; {what} {pairs[0][1].name!r}")
    return True


def _reused(log: Table, keys: list[str], names: list[str]) -> tuple[list[str], str, bool] | None:
    """Return two columns that are a key only together, and the names that say so; else None.

    Such as a company and the number of its customer: each pair has one name and each name one
    pair, while the number alone stands for names. The last says whether these are surely of
    several parties, as they have no word in common.
    """
    few = [e for e in log.every if 1 < e.distinct <= MOST_VALUES and e.share_filled == 1]
    for key, name in product(keys, names):
        if key == name or log.determined(key, name) >= SAME:
            continue
        parties = log.rows.select(customer_id=normal(key), customer_name=cleaning.text(name))
        names_of = parties.unique()["customer_id"].value_counts()
        twice = names_of.filter(pl.col("count") > 1).height
        is_sure = customers.two_names(parties).height >= max(REUSED, MOST * twice)
        is_named = any(log.determined(key, other) >= SAME for other in names if other != key)
        if not is_sure and (is_named or twice < max(REUSED, names_of.height / 2)):
            continue
        for part in (e.name for e in few if e.distinct < log.of[key].distinct and e.name != name):
            if log.with_joined([part, key]).is_one_to_one(JOINED.join([part, key]), name):
                return [part, key], name, is_sure
    return None


def _belong(key: Evidence, name: Evidence) -> bool:
    """Return whether the headers of a key and of its names are one but for a word such as `No`."""
    own, other = set(key.words), set(name.words)
    if own < other or other < own:
        return True
    said = name.says(_NAME) or key.says(words.KEY)
    bare = words.without(key.name, words.KEY), words.without(name.name, _NAME)
    return bool(said) and _are_alike(*bare)


def _are_alike(one: str, other: str) -> bool:
    """Return whether two headers are the same word, but for its ending: `nabywca`, `nabywcy`."""
    if not one or abs(len(one) - len(other)) > ENDING:
        return False
    stem = max(len(one), len(other)) - ENDING
    return one == other or (stem > 2 * ENDING and one[:stem] == other[:stem])
