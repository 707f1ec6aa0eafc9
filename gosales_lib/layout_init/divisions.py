"""Groups products into divisions by a shared word, as a first proposal."""

from __future__ import annotations

from collections.abc import Iterable

from gosales_lib.layout_init import words

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
