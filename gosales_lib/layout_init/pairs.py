"""Wide logs: which columns are the value and the quantity of one product."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from gosales_lib.core.spelling import plain
from gosales_lib.layout_init import arithmetic, questions, words
from gosales_lib.layout_init.evidence import Evidence, Table
from gosales_lib.layout_init.roles import Roles

UNITS = "units"
"""The kind of a pair without money: its quantity stands for it."""
HALF = 0.5
"""A product that is sold twice a year may hold one number and one `#REF!`."""
WORD = re.compile(r"[^\W_]+")
UNIT = re.compile(r"[(\[]\s*([$€£¥]|[A-Z]{3})?\s*[)\]]")
FORMS = (
    re.compile(r"^(?P<product>.+?)[\s_:/(\[-]+(?P<word>[^\s_:/()\[\]-]+)[)\]]?$"),
    re.compile(r"^[(\[]?(?P<word>[^\s_:/()\[\]-]+)[)\]]?[\s_:/-]+(?P<product>.+)$"),
)
"""A product with one word behind it, or before it."""
MONEY = words.PROFIT | words.REVENUE | words.PRICE
KINDS = words.QUANTITY | MONEY | words.COST
VALUES = ((words.PROFIT, "gross profit"), (words.REVENUE, "revenue"), (words.PRICE, "price"))


@dataclass(frozen=True)
class Pair:
    """A product of a wide log with its two columns; one column alone stands for both."""

    product: str
    value: str
    quantity: str
    kind: str = ""  # what the name of the value says: gross profit, revenue, or nothing


def find(seen: Iterable[Evidence]) -> list[Pair]:
    """Return the pairs in the order of the header: `A` and `A_Qty`, `Price B` and `Billed Qty B`.

    A word that all quantities share, or all columns named as money, is no word of a product.
    """
    numbers = [e for e in seen if not e.is_date and (e.numbers > HALF or not e.filled)]
    quantities = [e for e in numbers if e.says(words.QUANTITY)]
    money = [e for e in numbers if e.says(MONEY) and e not in quantities]
    alike = {e.name: _shared(side) for side in (quantities, money) for e in side}
    groups: dict[str, list[Evidence]] = {}
    for e in numbers:
        if stem := words.without(e.name, KINDS | alike.get(e.name, set())):
            groups.setdefault(stem, []).append(e)
    return [pair for group in groups.values() if (pair := _pair(group, alike))]


def of_quantities(seen: Iterable[Evidence]) -> list[Pair]:
    """Return products of which each has a quantity and no money: `Widget qty`, `Gasket qty`."""
    named = [e for e in seen if e.is_number and e.says(words.QUANTITY)]
    shared = _shared(named)
    named = [e for e in named if (own := set(e.words) - KINDS - shared) and not own & words.KNOWN]
    products = [_product(e.name, shared | words.QUANTITY) for e in named]
    pairs = zip(products, named, strict=True)
    return [Pair(one, e.name, e.name, UNITS) for one, e in pairs] if len(named) > 1 else []


def _shared(side: list[Evidence]) -> set[str]:
    """Return the words that all columns of a side share, where each has others too."""
    named = [set(e.words) - KINDS for e in side]
    shared = set.intersection(*named) if len(named) > 1 else set()
    return shared if all(words - shared for words in named) else set()


def _pair(group: list[Evidence], alike: Mapping[str, set[str]]) -> Pair | None:
    quantity = next((e for e in group if e.says(words.QUANTITY)), None)
    others = [e for e in group if e is not quantity and not e.says(words.COST)]
    if quantity is None or not others:
        return None
    kind, value = _value(others)
    product = _product(value.name, alike.get(value.name, set()))
    return Pair(product, value.name, quantity.name, kind)


def _value(group: list[Evidence]) -> tuple[str, Evidence]:
    """Return the column that is used as gross profit, and the kind of money in its name."""
    for kind, kind_words in VALUES:
        for e in group:
            if e.says(kind):
                is_price = e.says(words.PRICE) and not e.says(words.WHOLE | words.PROFIT)
                return "price" if is_price else kind_words, e
    return "", group[0]


def _product(value: str, shared: set[str]) -> str:
    """Return the product's name: the value's name without the words for its kind."""
    drop = "|".join(sorted(MONEY, key=len, reverse=True))
    bare = re.sub(rf"(?i)(?<![a-z])({drop})(?![a-z])", " ", UNIT.sub(" ", value))
    own = WORD.sub(lambda word: " " if plain(word[0].casefold()) in shared else word[0], bare)
    return re.sub(r"\s+", " ", own).strip(" _-./:()[]") or value.strip()


def ask_what_is_held(found: list[Pair], roles: Roles, log: Table) -> None:
    """Ask whether the values are prices per unit where numbers say other than names do.

    A price stays as it is when the quantity grows; the money of an order grows with it.
    """
    sides = arithmetic.numbers(log, {name for one in found for name in (one.value, one.quantity)})
    values, quantities = (
        np.concatenate([sides[name] for name in names])
        for names in ([one.value for one in found], [one.quantity for one in found])
    )
    named = np.repeat([one.product for one in found], len(values) // len(found))
    is_unit = arithmetic.is_unit(values, quantities, pl.Series(named), arithmetic.STEADY)
    holds = roles.keys.get("pair_holds", "money")
    if is_unit is None or is_unit == (holds == "price"):
        return
    what = "hardly change" if is_unit else "grow"
    asks = f"the values of {found[0].value!r} and such {what} with the quantity: are they prices "
    asks += "per unit, or the money of the order?"
    other = "price" if holds == "money" else "money"
    answers = questions.of_key("pair_holds", [other, holds])
    roles.ask("pair_holds", asks, roles.examples([found[0].value, found[0].quantity]), answers)


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
    if not spreads[kind] <= arithmetic.STEADY < max(spreads.values()) or not whole.all():
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
    every = words.QUANTITY | words.PRICE | words.COST | words.KEY | words.NO_MONEY | words.WHOLE
    return [
        Pair(e.name.strip(), e.name, e.name, "revenue")
        for e in seen
        if e.is_number and not e.says(every) and words.without(e.name, words.REVENUE)
    ]
