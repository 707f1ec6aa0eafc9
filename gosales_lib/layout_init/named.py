"""The values that name products and divisions: spellings, placeholders, lists of whole lines."""

from __future__ import annotations

import re

from gosales_lib.core import keys
from gosales_lib.core.spelling import counted
from gosales_lib.layout_init import divisions, words
from gosales_lib.layout_init.evidence import MOST, Table
from gosales_lib.layout_init.roles import TRAITS, Roles
from gosales_lib.layout_init.states import ask_left_out
from gosales_lib.sales_log import spellings

FIELD = re.compile(r"(?:^|[|;,{\[\n])\s*[\"']?([^\W\d][\w ]{0,30}?)[\"']?\s*[:=](?!//)")
"""The name of a field within a cell: `name:Bolt|quantity:8; name:Nut|quantity:2`."""
SOME, MANY = 2000, 0.05
"""Cells that tell what a column holds, and the share of them that hold several lines."""

MOST_NAMES = 200
"""Products whose names a layout lists without their label."""


def refuse_lists(roles: Roles) -> None:
    """Refuse a column whose cells hold several lines of an order, where no other is the product."""
    for e in roles.log.every:
        if not e.is_text or roles.column("product") not in ("", e.name):
            continue
        cells = roles.log.texts(e.name).drop_nulls().head(SOME).to_list()
        fields = [FIELD.findall(cell) for cell in cells]
        several = sum(len(set(names)) < len(names) for names in fields)
        of_fields = sum(len(set(names)) > 1 for names in fields)
        if several >= max(2, MANY * len(cells)) and of_fields >= MOST * len(cells):
            longest = max(fields, key=len)
            named = ", ".join(dict.fromkeys(longest))
            raise ValueError(
                f"the cells of {e.name!r} hold several lines of an order each ({named}): "
                "export one row per line"
            )


def united(roles: Roles, log: Table, column: str) -> dict[str, list[str]]:
    """Return the divisions that a column names, each with its spellings, the usual one first."""
    usual = _usual(roles, log, column, "divisions")
    names = log.texts(column).drop_nulls().unique().sort().to_list()
    mapped = {name: [name] for name in names if name not in usual}
    for other, name in usual.items():
        mapped[name].append(other)
    return mapped


def shorten(roles: Roles, log: Table) -> None:
    """Give the spellings of a product's name one name without a label, by `short_names`."""
    column = roles.column("product")
    usual = _usual(roles, log, column, "short_names")
    names = log.texts(column).drop_nulls().unique().sort()
    bare = divisions.without_label(names) if len(names) <= MOST_NAMES else {}
    short = {name: bare[usual.get(name, name)] for name in bare} or usual
    if short:
        roles.keys["short_names"] = short


def _usual(roles: Roles, log: Table, column: str, key: str) -> dict[str, str]:
    usual = spellings.of_names(log.texts(column))
    if usual:
        other, name = next(iter(usual.items()))
        what = f"{counted(len(usual), 'name')} in {column!r} differ from another one"
        roles.note(key, f"{what} by case or blanks only, such as {other!r} and {name!r}")
    return usual


def ask_for_placeholders(roles: Roles, log: Table) -> None:
    """Ask whether lines whose product or division is a placeholder, such as `#N/A`, are sales."""
    for column in dict.fromkeys(filter(None, map(roles.column, ("division", "product")))):
        values = log.texts(column).drop_nulls()
        blank = values.filter(keys.blank(values))
        if blank.is_empty():
            continue
        named = blank.unique().sort().to_list()
        what = f"{counted(blank.len(), 'line')} of {column!r} are {', '.join(map(repr, named))}"
        asks = f"{what}: is that a name, or are they no sales?"
        ask_left_out(roles, column, asks, named, ([], named))


def take_readable(roles: Roles) -> None:
    """Take the names of products for their codes where each code has one name, and the reverse."""
    log, product = roles.log, roles.column("product")
    is_code = product in log.of and (log.of[product].is_number or log.is_code(product))
    if not is_code or "product" in roles.given:
        return
    other = TRAITS | (words.DIVISION - words.PRODUCT - words.LINE_ITEM)
    texts = [e.name for e in roles.free if e.is_text and not e.says(other)]
    names = [n for n in texts if log.is_readable(n) and log.is_one_to_one(product, n)]
    if names:
        roles.columns["product"] = names[0]
        roles.note("product", f"each value of {product!r} has one name in {names[0]!r}")
