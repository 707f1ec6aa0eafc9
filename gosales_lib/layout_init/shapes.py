"""The shape of a log, wide or long, with its products, divisions and definition of a purchase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from gosales_lib.core.spelling import counted
from gosales_lib.layout import Product
from gosales_lib.layout_init import (
    divisions,
    evidence,
    money,
    named,
    pairs,
    roles,
    words,
    writing,
)
from gosales_lib.layout_init.evidence import Evidence, Table
from gosales_lib.layout_init.pairs import Pair
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import PURCHASE, TRAITS, Roles, are_units
from gosales_lib.sales_log import cleaning

SHARED = "products that share a word lie together: move them as your business divides them"
SEVERAL, MOSTLY = 0.3, 0.7
"""Share of the rows in orders of several rows, and of such orders with several products."""
FEWEST_SOLD = 5
"""Lines with money of a division, none with a quantity, that tell how it is sold."""
LONG = (
    "product", "division", "quantity", "unit_price", "revenue", "gross_profit", "cost", "unit_cost",
    "discount", "currency",
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """The shape, the columns that it uses, its divisions and its definition of a purchase."""

    name: str
    note: str
    used: set[str]
    divisions: Mapping[str, list[Any]]
    purchase: dict[str, Any]
    pair: tuple[str, str] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)  # of divisions

    def lines(self, notes: Mapping[str, str]) -> list[str]:
        """Return pair and divisions as YAML."""
        written: list[str] = []
        if self.pair:
            note = "the columns of a product: gross profit, quantity"
            written += writing.entry("pair", list(self.pair), note, notes.get("pair", ""))
        doubt = notes.get("divisions", "")
        return [*written, *writing.divisions(self.divisions, self.notes, doubt)]


def wide(roles: Roles, log: Table) -> Shape | None:
    """Return the shape of a log with columns for each product; None where it is no such log."""
    if set(roles.columns) & set(LONG):
        return None
    free = roles.free
    products = pairs.find(free) or pairs.by_form(free, log) or pairs.of_quantities(free)
    one_product = any(e.says(words.PRODUCT) and e.is_text and e.distinct > 1 for e in free)
    if not products or one_product or _of_lines(roles):
        return None
    _ask_for_costs(free, products, roles)
    return _shape_of(products, roles, log)


def _ask_for_costs(free: list[Evidence], products: list[Pair], roles: Roles) -> None:
    """Ask whether revenue may stand in for the profit where products have columns of their cost."""
    names = {words.without(pair.product, set()) for pair in products if pair.kind == "revenue"}
    costs = [e for e in free if e.says(words.COST) and words.without(e.name, words.COST) in names]
    if costs:
        asks = f"{costs[0].name!r} and such are costs of products, which no key of a wide log "
        asks += "takes off: does revenue stand in for gross profit? Else write columns of the "
        asks += "profit"
        answers = [Answer("revenue as it is", {})]
        roles.ask("pair", asks, [e.example for e in costs[:3]], answers)


def _shape_of(products: list[Pair], roles: Roles, log: Table) -> Shape:
    kinds = {pair.kind for pair in products}
    if kinds == {pairs.UNITS}:
        asks = "no column is the money of a product: do its units stand in for it? Else add columns"
        roles.ask("pair", asks, [products[0].value], [Answer("units as they are", {})])
    elif products[0].value == products[0].quantity:
        roles.note("pair", "no quantities: the value of a product counts as its quantity too")
        names = [item.product for item in products]
        answer = Answer("divisions as proposed", {})
        roles.ask("divisions", "are these columns products?", names, [answer])
    elif "" in kinds:
        roles.note("pair", "columns called like the product alone are taken as gross profit")
    if "price" in kinds:
        roles.keys["pair_holds"] = "price"
    if products[0].value != products[0].quantity:
        pairs.ask_what_is_held(products, roles, log)
    if kinds & {"revenue", "price"}:
        roles.note("pair", "the names say revenue: it stands in for gross profit everywhere")
    pair = pairs.template(products)
    by_name = {item.product: _item(item, pair) for item in products}
    mapped = divisions.by_words(by_name)
    roles.note("divisions", SHARED)
    used = {column for item in products for column in (item.value, item.quantity)}
    filled = {item.product: log.texts(item.value).count() for item in products}
    notes = {n: f"{sum(filled[p] for p in group):,} sales" for n, group in mapped.items()}
    return Shape(
        "wide",
        "one row per order, columns for each product",
        used,
        {name: [by_name[product] for product in group] for name, group in mapped.items()},
        PURCHASE,
        pair,
        notes,
    )


def _item(item: Pair, pair: tuple[str, str] | None) -> str | Product:
    """Return a product's name alone where the pair gives its columns, else with its columns."""
    called = pair and tuple(part.replace("{product}", item.product) for part in pair)
    if called == (item.value, item.quantity):
        return item.product
    return Product(product=item.product, gross_profit=item.value, quantity=item.quantity)


def long(chosen: Roles, log: Table) -> Shape:
    """Return the shape of order lines; or of a wide log without quantities, as a last resort."""
    roles.things(chosen)
    lines = [] if {"product", "division"} & set(chosen.columns) else _of_lines(chosen)
    if lines and all(chosen.log.determined(lines[0], e) >= evidence.SAME for e in lines):
        chosen.columns["product"] = name = chosen.log.readable_of(lines)
        chosen.note("product", f"no column is called a product; orders have several {name!r}")
        roles.things(chosen)
    group, product = chosen.columns.get("division"), chosen.column("product")
    if group is None and product and len(finer := divisions.below(product, chosen)) == 1:
        chosen.columns |= {"division": product, "product": finer[0]}
        chosen.note("product", f"each value of {finer[0]!r} lies in one of {product!r}")
        group = product
    if "product" not in chosen.columns and group is None:
        if not lines and len(products := pairs.alone(chosen.free)) > 1:
            return _shape_of(products, chosen, log)
        chosen.keys["product"] = divisions.EVERYTHING
        chosen.note("product", "no column looks like a product: all lines are of one")
        _ask_for_product(chosen)
    elif "product" not in chosen.columns and (finer := divisions.below(str(group), chosen)):
        chosen.columns["product"] = finer[0]
        chosen.note("product", f"each value of {finer[0]!r} lies in one division")
        if len(finer) > 1:
            asks = f"no column is called a product; is it {' or '.join(map(repr, finer))}?"
            chosen.ask_column("product", asks, finer)
    elif "product" not in chosen.columns:
        chosen.columns["product"] = str(chosen.columns.pop("division"))
        roles.things(chosen)  # what it may lie in
        if group == chosen.columns.setdefault("division", str(group)):
            what = "no column below the division was found: the division is the product"
            chosen.note("product", what)
        group = chosen.columns["division"]
    named.take_readable(chosen)
    money.settle(chosen, log)
    purchase = _money(chosen) | _measured(chosen, str(group or ""))
    used = {str(chosen.columns[role]) for role in LONG if role in chosen.columns}
    if "product" not in chosen.columns:
        single = {divisions.EVERYTHING: [divisions.EVERYTHING]}
        return Shape("long", "one row per order, of one product", used, single, purchase)
    mapped, notes = _divided(chosen, log)
    named.shorten(chosen, log)
    named.ask_for_placeholders(chosen, log)
    return Shape("long", "one row per line of an order", used, mapped, purchase, notes=notes)


def _divided(chosen: Roles, log: Table) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the names of each division as the log has them, and the number of its lines."""
    group = chosen.column("division")
    names = log.texts(group or chosen.column("product")).drop_nulls()
    counts = dict(names.value_counts().sort("text").iter_rows())
    if group:
        mapped = named.united(chosen, log, group)
    else:
        mapped = divisions.by_words(counts)
        chosen.note("divisions", f"{divisions.ungrouped(chosen)}: {SHARED}")
    lines = {name: sum(counts[value] for value in values) for name, values in mapped.items()}
    return mapped, {name: counted(number, "line") for name, number in lines.items()}


def _of_lines(chosen: Roles) -> list[str]:
    """Return the texts that differ within most orders of several rows, the finest first.

    A wide log has none: each order is a row.
    """
    log, order = chosen.log, chosen.column("invoice")
    free = [e for e in chosen.free if e.is_text and 1 < e.distinct <= e.filled / 2]
    names = [e.name for e in free if not e.says(TRAITS)]
    if not order or not names:
        return []
    texts = [cleaning.text(name) for name in names]
    rows = log.rows.select(cleaning.text(order).alias("an order"), *texts)
    each = rows.drop_nulls("an order").group_by("an order").agg(pl.n_unique(*names), rows=pl.len())
    several = each.filter(pl.col("rows") > 1)
    if several["rows"].sum() < SEVERAL * rows.height:
        return []
    of_lines = [name for name in names if evidence.share(several[name] > 1) >= MOSTLY]
    return sorted(of_lines, key=lambda name: -log.of[name].distinct)


def _ask_for_product(roles: Roles) -> None:
    """Ask where some column may name products, though it is not called so."""
    free = [e for e in roles.free if e.is_text and e.distinct > 1]
    candidates = [e for e in free if e.distinct <= max(e.filled / 2, 2) and not _is_trait(e)]
    candidates = [e for e in candidates if not are_units(roles.log, e)]
    charged = [e.name for e in roles.free if e.is_number and e.says(words.TAX | words.FREIGHT)]
    if charged and not candidates:
        asks = "rows are whole orders, with tax or freight and no product: are their lines in "
        asks += "another file? Else all orders are of one product"
        answer = Answer(f"product: {divisions.EVERYTHING}", {})
        roles.ask("product", asks, charged[:3], [answer])
    change = {"product": None, "divisions": [divisions.EVERYTHING], "other": divisions.EVERYTHING}
    if candidates:
        answer = Answer(f"product: {divisions.EVERYTHING}", {})
        names = ", ".join(repr(e.name) for e in candidates)
        asks = f"no column is called a product; is it one of {names}, or are all lines of one?"
        roles.ask_column("product", asks, [e.name for e in candidates[:4]], change, [answer])


def _is_trait(e: Evidence) -> bool:
    is_bare = set(e.words) <= words.NAME  # `Name` may be of anything
    return bool(e.says(TRAITS) or (e.says(words.NAME) and not is_bare))


def _measured(chosen: Roles, group: str) -> dict[str, Any]:
    """Return how a purchase is measured where some division has money and no quantity at all."""
    names = group, chosen.column("quantity"), chosen.column("revenue")
    if not all(names) or names[1] == names[2]:
        return {}
    units, money = (pl.Series(chosen.log.numbers(name)) for name in names[1:])
    lines = pl.DataFrame({"of": chosen.log.texts(group), "units": units, "money": money})
    sold = lines.filter(pl.col("money") > 0).drop_nulls("of")
    never = sold.group_by("of").agg(pl.col("units").fill_null(0).ne(0).any(), rows=pl.len())
    never = never.filter(~pl.col("units"), pl.col("rows") >= FEWEST_SOLD).sort("of")
    if never.is_empty():
        return {}
    named = ", ".join(map(repr, never["of"]))
    chosen.note("purchase", f"no line of {named} has a quantity: revenue says what was bought")
    return {"measure": "revenue"}


def _money(chosen: Roles) -> dict[str, Any]:
    """Return the definition of a purchase; use revenue or money where profit or quantity lack."""
    columns = chosen.columns
    held = next((r for r in ("gross_profit", "revenue", "unit_price") if r in columns), None)
    if held is None or (held == "unit_price" and "quantity" not in columns):
        raise ValueError(
            "no column looks like gross profit, revenue or (with a quantity) a price among "
            f"{roles.listed(chosen.log.every)}: name one with --column revenue=COLUMN"
        )
    if held != "gross_profit" and "gross_profit" not in chosen.keys:
        chosen.keys["gross_profit"] = "revenue"
        chosen.note("gross_profit", "no profit in the log: revenue stands in for it")
    if "quantity" in columns:
        return PURCHASE
    columns["quantity"] = columns[held]
    chosen.note("quantity", f"no quantity in the log: {held.replace('_', ' ')} counts as such")
    return PURCHASE | {"measure": held}
