"""Wide logs: which columns are the value and the quantity of one product."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from gosales_lib.layout_init import arithmetic, words
from gosales_lib.layout_init.evidence import Evidence, Table

HALF = 0.5
"""A product that is sold twice a year may hold one number and one `#REF!`."""
STEADY = 0.25
"""Relative spread of a product's prices up to which they tell a price from money."""
UNIT = re.compile(r"[(\[]\s*([$€£¥]|[A-Z]{3})?\s*[)\]]")
FORMS = (
    re.compile(r"^(?P<product>.+?)[\s_:/(\[-]+(?P<word>[^\s_:/()\[\]-]+)[)\]]?$"),
    re.compile(r"^[(\[]?(?P<word>[^\s_:/()\[\]-]+)[)\]]?[\s_:/-]+(?P<product>.+)$"),
)
"""A product with one word behind it, or before it."""
VALUES = ((words.PROFIT, "gross profit"), (words.REVENUE, "revenue"), (words.PRICE, "price"))


@dataclass(frozen=True)
class Pair:
    """A product of a wide log with its two columns; one column alone stands for both."""

    product: str
    value: str
    quantity: str
    kind: str = ""  # what the name of the value says: gross profit, revenue, or nothing


def find(seen: Iterable[Evidence]) -> list[Pair]:
    """Return the pairs in the order of the header: `A` and `A_Qty`, `B GP` and `B Qty`."""
    groups: dict[str, list[Evidence]] = {}
    every = words.QUANTITY | words.PROFIT | words.REVENUE | words.PRICE | words.COST
    for e in seen:
        stem = words.without(e.name, every)
        if stem and not e.is_date and (e.numbers > HALF or not e.filled):
            groups.setdefault(stem, []).append(e)
    return [pair for group in groups.values() if (pair := _pair(group))]


def _pair(group: list[Evidence]) -> Pair | None:
    quantity = next((e for e in group if e.says(words.QUANTITY)), None)
    others = [e for e in group if e is not quantity and not e.says(words.COST)]
    if quantity is None or not others:
        return None
    kind, value = _value(others)
    return Pair(_product(value.name), value.name, quantity.name, kind)


def _value(group: list[Evidence]) -> tuple[str, Evidence]:
    """Return the column that is used as gross profit, and the kind of money in its name."""
    for kind, kind_words in VALUES:
        for e in group:
            if e.says(kind):
                return kind_words, e
    return "", group[0]


def _product(value: str) -> str:
    """Return the product's name: the value's name without the word for its kind."""
    drop = "|".join(sorted(words.PROFIT | words.REVENUE | words.PRICE, key=len, reverse=True))
    bare = re.sub(rf"(?i)(?<![a-z])({drop})(?![a-z])", " ", UNIT.sub(" ", value))
    return re.sub(r"\s+", " ", bare).strip(" _-./:()[]") or value.strip()


def by_form(seen: Iterable[Evidence], log: Table) -> list[Pair]:
    """Return pairs by the form of their names alone: each product with the same two words.

    Small whole numbers are the quantity where the other numbers are a price, or money by a steady
    price, of each product.
    """
    names = [e.name for e in seen if not e.is_date and (e.numbers > HALF or not e.filled)]
    for form in FORMS:
        by_word: dict[str, dict[str, str]] = {}
        for cut in filter(None, map(form.match, names)):
            by_word.setdefault(cut["word"], {})[cut["product"]] = cut[0]
        words_of = [columns for columns in by_word.values() if len(columns) > 1]
        if len(words_of) == 2 and words_of[0].keys() == words_of[1].keys():
            return _told(words_of, arithmetic.numbers(log, names))
    return []


def _told(sides: list[dict[str, str]], numbers: arithmetic.Numbers) -> list[Pair]:
    """Return the pairs of two columns per product that arithmetic tells apart, else none."""
    named = list(sides[0])
    stacked = [np.concatenate([numbers[side[product]] for product in named]) for side in sides]
    if np.nanmedian(stacked[0]) > np.nanmedian(stacked[1]):
        sides, stacked = sides[::-1], stacked[::-1]
    quantity, value = stacked
    products = pl.Series(np.repeat(named, len(quantity) // len(named)))
    whole = np.isnan(quantity) | (quantity == np.round(quantity))
    units = np.where(quantity == 0, np.nan, quantity)
    spreads = {"price": arithmetic.spread(value, products)}
    spreads["revenue"] = arithmetic.spread(value / units, products)
    kind = min(spreads, key=spreads.__getitem__)
    if not spreads[kind] <= STEADY < max(spreads.values()) or not whole.all():
        return []
    return [Pair(product, sides[1][product], sides[0][product], kind) for product in named]


def template(pairs: Iterable[Pair]) -> tuple[str, str] | None:
    """Return the pair of names that most products follow, such as `{product} GP`."""
    counts: Counter[tuple[str, str]] = Counter()
    for pair in pairs:
        parts = [_around(column, pair.product) for column in (pair.value, pair.quantity)]
        if None not in parts:
            counts[(str(parts[0]), str(parts[1]))] += 1
    return counts.most_common(1)[0][0] if counts else None


def _around(column: str, product: str) -> str | None:
    """Return a column's name with `{product}` in place of the product; None where unclear."""
    if column.count(product) != 1 or set("{}") & set(column):
        return None
    return column.replace(product, "{product}")


def alone(seen: Iterable[Evidence]) -> list[Pair]:
    """Return products of one column each, where a pivoted log has no quantities at all."""
    every = words.QUANTITY | words.PRICE | words.COST | words.KEY
    return [
        Pair(e.name.strip(), e.name, e.name, "revenue")
        for e in seen
        if e.is_number and not e.says(every) and words.without(e.name, words.REVENUE)
    ]
