"""Which columns hold the parties of an order: the payer and who receives it, keys and names."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gosales_lib.layout_init import words
from gosales_lib.layout_init.evidence import SAME, Table

FEWEST, ENDING = 8, 2
"""Keys of a party at least; letters in which two forms of one word may differ at their end."""
_NO_PARTY = words.PRODUCT | words.DIVISION | words.REP | words.BRANCH | words.PLACE | words.EMAIL
_NO_PARTY |= words.CURRENCY | words.STATUS | words.KIND


def names_of_keys(log: Table) -> dict[str, str]:
    """Return the keys of parties, and the column of their names that repeats the key's header.

    Such as `Payer` and `Payer Name`, or `Payer No` and `Payer`: one to one, whole numbers or codes
    beside texts.
    """
    every = [e for e in log.every if e.distinct >= FEWEST and not e.says(_NO_PARTY)]
    names = [e for e in every if e.is_text and not e.says(words.KEY)]
    keys = [e for e in every if not e.is_date and not e.says(words.NAME)]
    return {
        key.name: name.name
        for name in names
        for key in keys
        if name.says(words.NAME) or key.says(words.KEY)
        if _are_alike(words.without(key.name, words.KEY), words.without(name.name, words.NAME))
        if (key.is_number and key.whole == 1) or (key.is_text and log.is_code(key.name))
        if log.is_readable(name.name) and log.is_one_to_one(key.name, name.name)
    }


def coarser(log: Table, keys: Sequence[str], most: float = math.inf) -> set[str]:
    """Return the columns on which another of the keys depends: one payer has several addresses.

    `most` is the largest number of addresses per payer.
    """
    sizes = {name: log.of[name].distinct for name in keys}
    pairs = [(a, b) for a in keys for b in keys if sizes[a] < sizes[b] <= most * sizes[a]]
    bound = {one for one, other in pairs if log.determined(other, one) >= SAME}
    return {name for name in bound if sizes[name] >= FEWEST}


def _are_alike(one: str, other: str) -> bool:
    """Return whether two headers are the same word, but for its ending: `nabywca`, `nabywcy`."""
    if not one or abs(len(one) - len(other)) > ENDING:
        return False
    stem = max(len(one), len(other)) - ENDING
    return one == other or (stem > 2 * ENDING and one[:stem] == other[:stem])
