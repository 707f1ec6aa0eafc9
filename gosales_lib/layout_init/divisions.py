"""Products into divisions: by the word they share, until somebody who knows better moves them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gosales_lib.layout_init import words

MANY = 40
EVERYTHING = "All products"
EMPTY = {"new", "hv", "pro", "set", "of", "and", "the", "pack", "small", "large", "mini"}


def by_words(products: Iterable[str]) -> dict[str, list[str]]:
    """Return divisions of products that end in the same word, else begin with it, else are alone.

    More than forty products that share nothing would be as many models: they become one division.
    """
    left = list(dict.fromkeys(products))
    found: dict[str, list[str]] = {}
    for place in (-1, 0):
        for word, group in _groups(left, place).items():
            if len(group) > 1:
                found.setdefault(_title(word, group), []).extend(group)
                left = [product for product in left if product not in group]
    if len(left) + len(found) > MANY:
        return {EVERYTHING: list(dict.fromkeys(products))}
    for product in left:
        found.setdefault(product, []).append(product)
    return _in_order(found, list(products))


def _groups(products: list[str], place: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for product in products:
        said = words.parts(product)
        if said and len(said[place]) > 1 and not said[place].isdigit() and said[place] not in EMPTY:
            found.setdefault(said[place], []).append(product)
    return found


def _title(word: str, group: list[str]) -> str:
    """Return the shared word as it is written, unless a product is called so: then that."""
    for product in group:
        for part in product.replace("_", " ").split():
            if "".join(words.parts(part)) == word:
                return part
    return word.title()


def _in_order(found: Mapping[str, list[str]], products: list[str]) -> dict[str, list[str]]:
    return dict(sorted(found.items(), key=lambda item: products.index(item[1][0])))
