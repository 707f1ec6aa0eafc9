"""The numbers of a file's records: by product of a wide log, by our names of order lines."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl
import polars.selectors as cs

from gosales_lib.core.columns import UNREADABLE
from gosales_lib.layout import Layout
from gosales_lib.sales_log import cleaning, currencies, numbers
from gosales_lib.sales_log.numbers import Sign, Signs
from gosales_lib.sales_log.text import Text

Values = dict[str, pl.Series]
SOME = 2_000
"""Numbers read at once of which one with decimals shows that these have a point."""
RATE = "__rate__"
"""Column of the exchange rate: what one unit of the row's currency is in the layout's."""


@dataclass(frozen=True)
class Evidence:
    """The evidence of the pieces read so far on each column's decimal sign, and on currencies.

    `currencies` counts the amounts by what they are written with, nothing or `€`.
    """

    signs: Mapping[str, Signs] = field(default_factory=dict)
    used: Mapping[str, Sign] = field(default_factory=dict)  # for values with two readings
    currencies: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Read:
    """The numeric columns by `<product>|gp` and `|qty` (wide) or by our name (long)."""

    values: Values
    reason: pl.Series  # where a record holds a number that cannot be read, else null
    evidence: Evidence


def read(text: Text, layout: Layout, before: Evidence) -> Read:
    """Return the numbers of a piece of a file, whose earlier pieces told `before`; see `kept`."""
    rows, columns = text.rows, numeric_columns(layout)
    if strange := {*layout.negate, *layout.scale}.difference(columns.values()):
        raise ValueError(
            f"negate, scale: {min(strange)!r} is not a column of numbers of the layout"
        )
    names = list(dict.fromkeys(columns.values()))
    evidence = judged(text, names, before)
    amounts = {column for key, column in columns.items() if is_amount(key)}
    evidence = replace(evidence, currencies=before.currencies + currencies_of(text, amounts))
    signs = numbers.resolve(evidence.signs, numbers.usual(text.delimiter))
    evidence = kept(text.file, evidence, signs, layout)
    values: Values = {}
    reason = pl.Series("number", [None] * rows.height, dtype=pl.String)
    plain = rows.select(pl.col(names).cast(pl.Float64, strict=False))  # parallel
    for key, column in columns.items():
        number = numbers.number(rows[column], layout.decimal or signs[column], plain[column])
        values[key] = _in_units(number, column, layout).alias(key)
        if number.null_count() == rows[column].null_count():
            continue
        bad = numbers.unreadable(rows[column], number)
        if bad.any():
            shown = text.written(bad)[column].rechunk().cast(pl.String).str.slice(0, 40)
            more = pl.format(f"{UNREADABLE} {{}}: {{}}", pl.lit(repr(column)), shown)
            both = pl.concat_str([reason.filter(bad), more], separator="; ", ignore_nulls=True)
            reason = reason.scatter(bad.arg_true(), pl.select(both).to_series())
    if layout.shape == "long":
        values = long_values(values, layout)
    elif layout.pair_holds == "price":
        for key in filter(is_money, list(values)):
            values[key] = values[key] * values[key.removesuffix("|gp") + "|qty"]
    return Read(adjusted(values, text, layout), reason, evidence)


def _in_units(number: pl.Series, column: str, layout: Layout) -> pl.Series:
    """Return a column's numbers with the sign and in the unit that the layout says."""
    unit = layout.scale.get(column, 1.0)
    if unit != 1:
        number = number * unit if unit > 1 else number / round(1 / unit, 9)  # cents stay exact
    return -number if column in layout.negate else number


def judged(text: Text, columns: list[str], before: Evidence) -> Evidence:
    """Return the evidence with that of one more piece; numbers read at once have a point."""
    some = text.rows.head(SOME if text.lines is not None else 0)
    shown = some.select(((cs.by_name(columns) & cs.by_dtype(pl.Float64)) % 1 != 0).any())
    pointed = {column.name for column in shown if column.item()}
    told = numbers.judge_each(text.rows.select(columns)) | dict.fromkeys(pointed, Signs(point=1))
    signs = {name: before.signs.get(name, Signs()) + told[name] for name in columns}
    return replace(before, signs=signs)


def currencies_of(text: Text, columns: Iterable[str]) -> Counter[str]:
    """Return how many amounts of the columns are written with which sign, and with none."""
    counts, own = Counter[str](), {new: name for name, new in text.renamed.items()}
    for column in columns:
        values = text.rows[column]
        shown = Counter(currencies.marked(values))
        shown.update(text.formats.get(own.get(column, column), {}))
        counts.update(shown)
        counts[""] += max(0, len(values) - values.null_count() - shown.total())
    return +counts


def kept(file: str, evidence: Evidence, signs: Mapping[str, Sign], layout: Layout) -> Evidence:
    """Return the evidence with the signs that are now used.

    It is a ValueError where a column holds both decimal signs and values with two readings, or its
    later values ask for another sign than its earlier ones were read by.
    """
    used = dict(evidence.used)
    for column, sign in evidence.signs.items():
        if layout.decimal or not (sign.open_point or sign.open_comma):
            continue
        if sign.mixed or used.setdefault(column, signs[column]) != signs[column]:
            shown = [sign.example_point, sign.example_comma]
            others = " and ".join(repr(value) for value in shown if value)
            raise ValueError(
                f"{file}: column {column!r} holds {others}, and nothing shows what its "
                f'{sign.example_open!r} means: write `decimal: "."` or `decimal: ","` in the '
                "layout, or correct the file"
            )
    return replace(evidence, used=used)


def plain_columns(layout: Layout, sample: pl.DataFrame, delimiter: str) -> list[str]:
    """Return the columns that a text may be read with as numbers: `1,5` is none, a key neither.

    Parameters
    ----------
    sample
        The first records as text: none of a column's may have another reading.
    """
    numeric = numeric_columns(layout)
    given = layout.columns.given().items()
    names = {column for key, columns in given if key not in numeric for column in columns}
    free = [c for c in dict.fromkeys(numeric.values()) if c not in names and c in sample.columns]
    signs = numbers.judge_each(sample.select(free))
    decimal = numbers.resolve(signs, numbers.usual(delimiter))
    return [
        column
        for column in free
        if (layout.decimal or decimal[column]) == numbers.POINT and not signs[column].comma
        if layout.decimal or not (signs[column].open_point or signs[column].open_comma)
    ]


def numeric_columns(layout: Layout) -> dict[str, str]:
    """Return the columns of the file that must be numbers, by our name."""
    if layout.shape == "wide":
        products = layout.products
        columns = {f"{p.product}|gp": str(p.gross_profit) for p in products}
        return columns | {f"{p.product}|qty": str(p.quantity) for p in products}
    names = ("quantity", "unit_price", "revenue", "gross_profit", "cost", "unit_cost", "discount")
    return {name: c for name in names if (c := getattr(layout.columns, name))}


def long_values(values: Values, layout: Layout) -> Values:
    """Return quantity, revenue and gross profit of order lines."""
    revenue = values.get("revenue")
    if revenue is None and "unit_price" in values:
        revenue = values["quantity"] * values["unit_price"]
    if revenue is not None and "discount" in values:
        off = values["discount"].fill_null(0.0)
        if layout.discount == "amount":  # the other side of a ledger stands alone in its row
            revenue = revenue.set(revenue.is_null() & (off != 0), 0.0)
        parts = {"amount": off, "share": revenue * off, "percent": revenue * off / 100}
        revenue = revenue - parts[layout.discount]
    columns = {"quantity": values["quantity"]}
    if revenue is not None:
        columns["revenue"] = revenue.alias("revenue")
    if layout.gross_profit == "cost":
        cost = values["cost"] if "cost" in values else values["unit_cost"] * values["quantity"]
        return columns | {"gross_profit": (columns["revenue"] - cost).alias("gross_profit")}
    profit = columns["revenue"] if layout.gross_profit == "revenue" else values["gross_profit"]
    return columns | {"gross_profit": profit.alias("gross_profit")}


def adjusted(values: Values, text: Text, layout: Layout) -> Values:
    """Return the values with the sign of returns, and money in the layout's currency."""
    if returns := layout.returns:
        back = pl.lit(any(fnmatch.fnmatch(text.file, pattern) for pattern in returns.files))
        if returns.column:
            back = cleaning.is_one_of(returns.column, returns.values)
            back |= cleaning.begins(returns.column, returns.begins)
        negative = [pl.when(back).then(-v.abs()).otherwise(v).alias(k) for k, v in values.items()]
        values = {column.name: column for column in text.rows.select(negative)}
    if RATE in text.rows.columns:
        rate = text.rows[RATE]
        values = {k: (v * rate if is_money(k) else v).alias(k) for k, v in values.items()}
    return values


def currency_of_row(layout: Layout) -> pl.Expr:
    """Return what the column of currencies says; of an amount, what it is written with."""
    column = str(layout.columns.currency)
    text, amounts = cleaning.text(column), numeric_columns(layout).values()
    return text.str.extract(currencies.MARK) if column in amounts else text


def is_amount(key: str) -> bool:
    """Return whether a column holds money, by its key in `numeric_columns`."""
    return key not in ("quantity", "discount") and not key.endswith("|qty")


def is_money(key: str) -> bool:
    """Return whether a value is money, and no quantity."""
    return key in ("revenue", "gross_profit") or key.endswith("|gp")


def sum_of_rows(values: Values) -> pl.Series:
    """Return the gross profit that can be read in each record, over all its products."""
    names = [key for key in values if key.endswith("|gp") or key == "gross_profit"]
    total = sum((pl.col(name).fill_null(0.0) for name in names), pl.lit(0.0))
    return pl.DataFrame(values).select(gross_profit=total).to_series()
