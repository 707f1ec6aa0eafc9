"""Wide or long: what the rows of a log hold, and the part of the layout that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from gosales_lib.layout import Product
from gosales_lib.layout_init import divisions, money, pairs, roles, words, writing
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.pairs import Pair
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning
from gosales_lib.sales_log.numbers import Sign

SHARED = "products that share a word lie together: move them as your business divides them"
LONG = (
    "product", "division", "quantity", "unit_price", "revenue", "gross_profit", "cost", "unit_cost",
    "discount", "currency",
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """The shape, the columns that it uses up, and its lines of YAML."""

    name: str
    note: str
    used: set[str]
    divisions: Mapping[str, list[Any]]
    purchase: dict[str, Any]
    pair: tuple[str, str] | None = None
    notes: Mapping[str, str] | None = None

    def lines(self, notes: Mapping[str, str]) -> list[str]:
        """Return pair and divisions as YAML."""
        found: list[str] = []
        if self.pair:
            note = "the columns of a product: gross profit, quantity"
            found += writing.entry("pair", list(self.pair), note, notes.get("pair", ""))
        known = self.notes or {}
        return [*found, *writing.divisions(self.divisions, known, notes.get("divisions", ""))]


def wide(every: list[Evidence], found: Roles, rows: pl.DataFrame) -> Shape | None:
    """Return the shape of a log with columns for each product; None where it is no such log."""
    if set(found.columns) & set(LONG):
        return None
    free = [e for e in every if e.name not in found.used]
    products = pairs.find(free)
    one_product = any(e.says(words.PRODUCT) and e.is_text and e.distinct > 1 for e in free)
    if not products or one_product:
        return None
    return _shape_of(products, found, rows)


def _shape_of(products: list[Pair], found: Roles, rows: pl.DataFrame) -> Shape:
    kinds = {pair.kind for pair in products}
    if products[0].value == products[0].quantity:
        found.note("pair", "no quantities: the value of a product counts as its quantity too")
        names = [one.product for one in products]
        answer = Answer("divisions as proposed", {})
        found.ask("divisions", "are these columns products?", names, [answer])
    elif "" in kinds:
        found.note("pair", "columns called like the product alone are taken as gross profit")
    if "price" in kinds:
        found.keys["pair_holds"] = "price"
    if kinds & {"revenue", "price"}:
        found.note("pair", "the names say revenue: it stands in for gross profit everywhere")
    pair = pairs.template(products)
    by_name = {one.product: _item(one, pair) for one in products}
    mapped = divisions.by_words(by_name)
    found.note("divisions", SHARED)
    used = {column for one in products for column in (one.value, one.quantity)}
    filled = {one.product: _filled(rows, one.value) for one in products}
    notes = {n: f"{sum(filled[p] for p in group):,} sales" for n, group in mapped.items()}
    return Shape(
        "wide",
        "one row per order, columns for each product",
        used,
        {name: [by_name[product] for product in group] for name, group in mapped.items()},
        {"measure": "quantity", "aggregate": "net", "above": 0},
        pair,
        notes=notes,
    )


def _filled(rows: pl.DataFrame, column: str) -> int:
    return int(rows.select(cleaning.text(column).is_not_null().sum()).item())


def _item(one: Pair, pair: tuple[str, str] | None) -> str | Product:
    """Return a product's name alone where the pair gives its columns, else with its columns."""
    if pair and tuple(part.replace("{product}", one.product) for part in pair) == (
        one.value,
        one.quantity,
    ):
        return one.product
    return Product(product=one.product, gross_profit=one.value, quantity=one.quantity)


def long(every: list[Evidence], found: Roles, rows: pl.DataFrame, decimal: Sign) -> Shape:
    """Return the shape of order lines; or of a wide log without quantities, as a last resort.

    Raises
    ------
    ValueError
        No column holds money; the message lists every column.
    """
    roles.things([e for e in every if e.name not in found.used], found, rows)
    group = found.columns.get("division")
    if "product" not in found.columns and group is None:
        free = [e for e in every if e.name not in found.used]
        if len(products := pairs.alone(free)) > 1:
            return _shape_of(products, found, rows)
        found.keys["product"] = divisions.EVERYTHING
        found.note("product", "no column looks like a product: all lines are of one")
        _ask_for_product(every, found)
    elif "product" not in found.columns:
        found.columns["product"] = str(group)
        found.note("product", "no column below the division was found: the division is the product")
    money.settle([e for e in every if e.name not in found.used], found, rows, decimal)
    purchase = _money(found, every)
    if "product" not in found.columns:
        used = {str(found.columns[role]) for role in LONG if role in found.columns}
        one = {divisions.EVERYTHING: [divisions.EVERYTHING]}
        return Shape("long", "one row per order, of one product", used, one, purchase)
    column = str(group or found.columns["product"])
    names = rows.select(cleaning.text(column)).to_series().drop_nulls()
    counts = dict(names.value_counts().sort(column, descending=False).iter_rows())
    mapped = {n: [n] for n in counts} if group else divisions.by_words(counts)
    if not group:
        found.note("divisions", f"no column groups the products: {SHARED}")
    notes = {
        name: f"{sum(counts[product] for product in products):,} lines"
        for name, products in mapped.items()
    }
    used = {str(found.columns[role]) for role in LONG if role in found.columns}
    note = "one row per line of an order"
    return Shape("long", note, used, mapped, purchase, notes=notes)


def _ask_for_product(every: list[Evidence], found: Roles) -> None:
    """Ask where some column may name products, though it is not called so."""
    free = [e for e in every if e.name not in found.used and e.is_text and e.distinct > 1]
    some = [e for e in free if e.distinct <= max(e.filled / 2, 2) and not _is_trait(e)]
    change = {"product": None, "divisions": [divisions.EVERYTHING], "other": divisions.EVERYTHING}
    answers = [
        Answer(f"columns: {{product: {e.name}}}", change | {"columns.product": e.name})
        for e in some[:4]
    ]
    if some:
        one = Answer(f"product: {divisions.EVERYTHING}", {})
        names = ", ".join(repr(e.name) for e in some)
        asks = f"no column is called a product; is it one of {names}, or are all lines of one?"
        found.ask("product", asks, [e.example for e in some], [*answers, one])


def _is_trait(e: Evidence) -> bool:
    known = words.TRAIT | words.REP | words.BRANCH | words.CURRENCY | words.STATUS | words.PARTY
    return bool(e.says(known | words.NAME | words.SHIP | words.EMAIL | words.PLACE))


def _money(found: Roles, every: list[Evidence]) -> dict[str, Any]:
    """Return what a purchase is; settle what stands for gross profit and for quantity."""
    columns = found.columns
    held = next((r for r in ("gross_profit", "revenue", "unit_price") if r in columns), None)
    if held is None or (held == "unit_price" and "quantity" not in columns):
        raise ValueError(
            "no column looks like gross profit, revenue or (with a quantity) a price among "
            f"{roles.listed(every)}: name one with --column revenue=COLUMN"
        )
    if held != "gross_profit" and "gross_profit" not in found.keys:
        found.keys["gross_profit"] = "revenue"
        found.note("gross_profit", "no profit in the log: revenue stands in for it")
    if "quantity" in columns:
        return {"measure": "quantity", "aggregate": "net", "above": 0}
    columns["quantity"] = columns[held]
    found.note("quantity", f"no quantity in the log: {held.replace('_', ' ')} counts as such")
    return {"measure": held, "aggregate": "net", "above": 0}
