"""Divisions as a first proposal: columns that group products, or words that these share."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from gosales_lib.layout_init import words
from gosales_lib.layout_init.evidence import SAME
from gosales_lib.layout_init.roles import TRAITS, Roles, are_units

MANY = 40
EVERYTHING = "All products"
EMPTY = words.spelled("no_group")


def by_words(products: Iterable[str]) -> dict[str, list[str]]:
    """Return divisions of products that share their last word, else their first word.

    A word of all products groups none, and their label is no word. A product that shares neither
    is a division of its own; above 40 divisions all become one.
    """
    whole = dict.fromkeys(products)
    bare = without_label(whole) or {name: name for name in whole}
    groups = _by_words(list(bare.values()))
    named = {short: name for name, short in bare.items()}
    return {division: [named[name] for name in group] for division, group in groups.items()}


def without_label(names: Iterable[str]) -> dict[str, str]:
    """Return names without the label before a colon that all share; none where they share none."""
    cut = {name: name.partition(":")[::2] for name in names}
    labels = {label for label, _ in cut.values()}
    bare = {name: rest.strip() for name, (_, rest) in cut.items()}
    is_label = len(cut) > 1 and len(labels) == 1 and all(bare.values())
    return bare if is_label and len(set(bare.values())) == len(bare) else {}


def _by_words(every: list[str]) -> dict[str, list[str]]:
    left = every
    groups: dict[str, list[str]] = {}
    for position in (-1, 0):
        for word, group in _groups(left, position).items():
            if 1 < len(group) < len(every):
                groups.setdefault(_title(word, group), []).extend(group)
                left = [product for product in left if product not in group]
    if len(left) + len(groups) > MANY:
        return {EVERYTHING: every}
    for product in left:
        groups.setdefault(product, []).append(product)
    return dict(sorted(groups.items(), key=lambda item: every.index(item[1][0])))


def _groups(products: list[str], position: int) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for product in products:
        word = next(iter(words.parts(product)[position:]), "")
        if len(word) > 1 and not word.isdigit() and word not in EMPTY:
            groups.setdefault(word, []).append(product)
    return groups


def _title(word: str, group: list[str]) -> str:
    """Return the shared word as it is written, or the product that has this name."""
    for product in group:
        for part in product.replace("_", " ").split():
            if "".join(words.parts(part)) == word:
                return part
    return word.title()


def ungrouped(chosen: Roles) -> str:
    """Return that no column groups the products, or which ones do that are not called so."""
    log, product = chosen.log, chosen.column("product")
    most = log.of[product].distinct if product in log.of else 0
    texts = [e for e in chosen.free if e.is_text and 1 < e.distinct < most]
    texts = [e for e in texts if not are_units(log, e)]
    groups = [e.name for e in texts if log.determined(product, e.name) >= SAME]
    if not groups:
        return "no column groups the products"
    named = f"--column division={groups[0]!r}"
    return f"each product has one value of {' and of '.join(map(repr, groups))}, see {named}"


def below(group: str, chosen: Roles) -> list[str]:
    """Return columns of text that divide a division, and are no trait of an order or customer."""
    log, owners = chosen.log, [chosen.first("invoice"), chosen.first("customer_id")]
    owners = [o for o in owners if o in log.of and log.of[o].distinct < log.of[o].filled]
    finer = [
        e.name
        for e in chosen.free
        if e.is_text and log.of[group].distinct < e.distinct <= e.filled / 2 and not e.says(TRAITS)
        if not are_units(log, e)
        if log.determined(e.name, group) >= SAME
        if all(log.determined(owner, e.name) < SAME for owner in owners)
    ]
    pairs_of = permutations(finer, 2)
    if finer and all(log.determined(*pair) >= SAME for pair in pairs_of):  # code and name
        return [log.readable_of(finer)]
    return finer
