"""Arrange rows before columns are judged: join heads and lines, fill down, unpivot months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.layout import Join
from gosales_lib.layout_init import arithmetic, blanks, evidence, month_columns, words
from gosales_lib.layout_init.evidence import Evidence, Table
from gosales_lib.layout_init.peek import Looked, Seen
from gosales_lib.sales_log import date_formats, dates, prepare
from gosales_lib.sales_log.entries import LeftOut
from gosales_lib.sales_log.left_out_rows import RULE
from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.required_columns import MONTH, months_of
from gosales_lib.sales_log.text import Text

YEAR, SHEET = "__year__", "sheet"
REACHED = 0.95
"""Share of the lines whose key a joined table must hold."""
MEASURED = words.QUANTITY | words.PRICE | words.REVENUE | words.PARTY | words.PRODUCT
"""What a column is called that never holds the key of an order."""
COSTS = words.COST | words.PROFIT
MONEY = words.REVENUE | words.PRICE | words.PROFIT


@dataclass(frozen=True)
class Arranged:
    """The log's arranged rows, and the keys of the layout that arrange them so."""

    looked: Looked
    rows: pl.DataFrame
    keys: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def table(self) -> Table:
        """The rows with the evidence of their columns."""
        return Table(self.rows, self.looked.log[0].decimal)

    @property
    def names(self) -> list[str]:
        """The names of the log's sheets and files."""
        return [prepare.name_of(table.name) for table in self.looked.log]

    def then(self, rows: pl.DataFrame, **keys: object) -> Arranged:
        """Return the log with the rows that further keys arrange."""
        return Arranged(self.looked, rows, self.keys | keys)


def arranged(looked: Looked) -> Arranged:
    """Return the rows of a log: joined with its tables, filled down, and one month a row."""
    joined = _joined(looked)
    for step in (_with_products, _with_months, _with_sheets, _filled_down, _dated, _melted):
        joined = step(joined)
    return joined


def _with_products(tables: Arranged) -> Arranged:
    """Join tables of products that hold a cost, or groups of products, which the lines lack."""
    looked, rows = tables.looked, tables.rows
    joins = list(tables.keys.get("join", []))
    for table in [] if looked.source else looked.tables:
        said = words.of(*rows.columns)
        lacks = [k for k in (COSTS, words.DIVISION) if k & words.of(*table.columns) - said]
        on = _product_of(rows, table) if any(not kind & said for kind in lacks) else None
        if on is None:
            continue
        join = Join(file=table.name, on=on)
        rows = prepare.joined(rows, join, table.rows.with_columns(pl.all().cast(pl.String)))
        joins.append(join.model_dump(exclude_defaults=True))
        competing = [name for name in looked.competing if name != table.path.name]
        others = [other for other in looked.others if other.file != table.name]
        left = [other for other in looked.tables if other is not table]
        looked = replace(looked, others=others, competing=competing, tables=left)
    if looked is tables.looked:
        return tables
    return Arranged(looked, rows, tables.keys | {"join": joins})


def _product_of(rows: pl.DataFrame, table: Seen) -> dict[str, str] | None:
    """Return the column of products and the table's key that holds each once, None without one."""
    for key, column in product(table.columns, rows.columns):
        parts = words.of(column) & words.of(key)
        if not parts & words.PRODUCT:
            continue
        values, here = table.table.texts(key), evidence.texts(rows, column).drop_nulls()
        is_key = not values.null_count() and values.n_unique() == values.len() > 1
        if is_key and here.n_unique() > 1 and evidence.within(here, values) >= REACHED:
            return {column: key}
    return None


def _with_months(tables: Arranged) -> Arranged:
    """Add the names of files and sheets as months, where all are and no column holds dates."""
    names = tables.names
    if not _are_months(names) or any(e.is_date for e in tables.table.every):
        return tables
    log = [
        replace(table, rows=table.rows.with_columns(pl.lit(name).alias(MONTH)))
        for table, name in zip(tables.looked.log, names, strict=True)
    ]
    rows = tables.rows.with_columns(_of_files(log, MONTH, names))
    looked = replace(tables.looked, log=log)
    return Arranged(looked, rows, tables.keys | {"name_as": MONTH})


def _are_months(names: list[str]) -> bool:
    """Return whether all names are those of months, with or without a year."""
    return any(month_columns.of(names, year).get("") == names for year in ("", " 2000"))


def _with_sheets(tables: Arranged) -> Arranged:
    """Add the names of several sheets as customers, where no column is called a customer."""
    log, names = tables.looked.log, tables.names
    are_sheets = len(names) > 1 and all(table.entry.kind == "workbook" for table in log)
    if (
        not are_sheets
        or len(set(names)) < len(names)
        or words.of(*tables.rows.columns) & words.PARTY
    ):
        return tables
    if _are_months(names) or any(map(prepare.year_of, names)):
        return tables
    return tables.then(tables.rows.with_columns(_of_files(log, SHEET, names)), name_as=SHEET)


def _of_files(log: Sequence[Seen], name: str, values: Sequence[str | None]) -> pl.Series:
    """Return a value per file as one per row."""
    heights = pl.Series([table.rows.height for table in log])
    return pl.Series(name, values).repeat_by(heights).explode()


def _joined(looked: Looked) -> Arranged:
    """Join order heads to their lines where only both together are a log."""
    alone = Arranged(looked, looked.rows)
    chosen = looked.chosen and not looked.log[0].entry.inner
    if chosen or not looked.tables or len(looked.log) > 1:
        return alone
    seen = [*looked.log, *looked.tables]
    best, points = alone, _covered(looked.rows, looked.log[0])
    for base in sorted(seen, key=_is_head):
        rows, joins = _reachable(base, [table for table in seen if table is not base])
        if joins and _covered(rows, base) > points:
            best, points = _with_joins(looked, base, seen, rows, joins), _covered(rows, base)
    return best


def _is_head(seen: Seen) -> bool:
    """Return whether a table has no quantity of its own: a head of orders is joined to lines."""
    return not words.of(*seen.columns) & words.QUANTITY


def _with_joins(
    looked: Looked, base: Seen, seen: Sequence[Seen], rows: pl.DataFrame, joins: list[Join]
) -> Arranged:
    used = {base.name, *(join.file for join in joins)}
    left = [other for other in seen if other.name not in used]
    others = [LeftOut(other.name, "no part of the log") for other in left]
    others += [other for other in looked.others if other.file not in {table.name for table in seen}]
    fresh = replace(looked, log=[base], others=others, tables=left)
    keys = [join.model_dump(exclude_defaults=True) for join in joins]
    return Arranged(fresh, rows, {"files": base.path.name, "join": keys})


def _reachable(base: Seen, others: Sequence[Seen]) -> tuple[pl.DataFrame, list[Join]]:
    """Return a file's rows with every table whose key they hold, and the joins."""
    rows, joins, left = base.rows, list[Join](), list(others)
    while True:
        step = next(((other, on) for other in left if (on := _key_of(rows, other))), None)
        if step is None:
            return rows, joins
        table, on = step
        left.remove(table)
        join = Join(file=table.name, on=on)
        joins.append(join)
        rows = prepare.joined(rows, join, table.rows.with_columns(pl.all().cast(pl.String)))


def _key_of(rows: pl.DataFrame, table: Seen) -> dict[str, str] | None:
    """Return the column of the rows and the table's own key that it names, None without one.

    That of a head of orders has its values alone, too, whatever it is called.
    """
    name = table.entry.part or table.path.name.split(".")[0]
    stem = words.of(name, name.rstrip("s"))
    alike = list[dict[str, str]]()
    is_head = Table(table.rows.head(2000), table.decimal).has_date
    for key in table.columns:
        values = table.table.texts(key)
        if values.null_count() or values.n_unique() < values.len():
            continue
        for column in rows.columns:
            same = words.parts(column) == words.parts(key)
            names_key = words.of(key) <= words.KEY and stem & words.of(column)
            if (same or names_key) and words.of(column) & (words.KEY | words.ORDER):
                here = evidence.texts(rows, column).drop_nulls()
                if evidence.within(here, values) >= REACHED:
                    return {column: key}
            if is_head and not words.of(column) & MEASURED:
                here = evidence.texts(rows, column)
                is_alike = here.n_unique() == values.len() < here.len()
                if is_alike and here.is_in(values.implode()).all():
                    alike.append({column: key})
    return alike[0] if len(alike) == 1 else None


def _covered(rows: pl.DataFrame, base: Seen) -> int:
    """Return how many parts of a sale have a column: day, customer, product, quantity, money."""
    every = Table(rows.head(2000), base.decimal).every
    numbers = [e for e in every if e.is_number]
    return (
        any(e.is_date for e in every)
        + any(e.says(words.PARTY) for e in every)
        + any(e.says(words.PRODUCT) for e in every)
        + any(e.says(words.QUANTITY) for e in numbers)
        + any(e.says(MONEY) and not e.says(words.NO_MONEY) for e in numbers)
    )


def _filled_down(tables: Arranged) -> Arranged:
    """Fill down what rows of a group hold only once, without the headings that it came from."""
    names = blanks.filled_down(tables.table)
    if not names:
        return tables
    text = Text("", tables.rows.with_row_index(LINE, 2), pl.DataFrame(), ",")
    filled = prepare.FillDown(names)(text).rows.drop(LINE)
    kept = filled.filter(pl.col(RULE).is_null()).drop(RULE)
    return tables.then(kept, fill_down=names)


def _is_sum(table: Table, e: Evidence, months: list[str]) -> bool:
    """Return whether a column is called a total, or is the sum of months that follow each other."""
    values = arithmetic.numbers(table, [e.name, *months])
    sums = np.cumsum([0 * values[e.name], *(arithmetic.filled(values[m]) for m in months)], axis=0)
    parts = (after - before for before, after in combinations(sums, 2))
    return bool(e.says(words.WHOLE | words.RUNNING)) or any(
        arithmetic.agree(values[e.name], part) for part in parts
    )


def _years(tables: Arranged) -> pl.Series | None:
    """Return each row's year from the name of its file or sheet; None where one lacks it."""
    years = [prepare.year_of(table.name) for table in tables.looked.log]
    of_rows = _of_files(tables.looked.log, YEAR, years)
    return of_rows if all(years) and len(of_rows) == tables.rows.height else None


def _dated(tables: Arranged) -> Arranged:
    """Add the year in the name of the file or sheet to dates that lack one."""
    if (years := _years(tables)) is None:
        return tables
    rows = tables.rows
    if any(e.is_date for e in tables.table.every):
        return tables
    for e in tables.table.every:
        if e.says(words.DATE) or (e.says(words.PERIOD) and not e.says(words.KEY | words.ORDER)):
            whole = rows.select(prepare.with_year(e.name, pl.lit(years)).alias(e.name)).to_series()
            if date_formats.judge(whole, is_named_date=True).share >= evidence.MOST:
                return tables.then(rows.with_columns(whole.alias(e.name)), year_in_name=True)
    return tables


def _melted(tables: Arranged) -> Arranged:
    """Make one row per month where months stand as columns and no column holds dates."""
    rows = tables.rows
    months = month_columns.of(rows.columns)
    beside = [] if months else [e.name for e in tables.table.years]
    years = None if months or beside else _years(tables)
    if beside or years is not None:
        months = month_columns.of(rows.columns, " 2000")
    if years is not None:
        rows = rows.with_columns(years)
    if not months:
        return tables
    used = [column for columns in months.values() for column in columns]
    free = [e for e in tables.table.every if e.name not in {*used, *beside}]
    if any(e.is_date for e in free):
        return tables
    keys: dict[str, Any] = {"months": months.get("", months)}
    called = pl.Series(list(months_of(keys["months"])))
    forms = [form for form in month_columns.FIRST_DAYS if dates.day(called, form).null_count() == 0]
    keys |= {"date_format": forms[0]} if forms else {}
    numbers = [e for e in free if e.is_number]
    for columns in months.values():
        sums = [e.name for e in numbers if _is_sum(tables.table, e, columns)]
        rows = rows.drop(sums, strict=False)
    month_columns.refuse_between(rows.columns, used, {e.name for e in numbers})
    rule = prepare.total(rows, [name for name in rows.columns if name not in {*used, YEAR}])
    melted = prepare.melted(rows.filter(rule.is_null()), months_of(keys["months"]))
    if years is not None:
        keys["year_in_name"] = True
        melted = melted.with_columns(pl.col(MONTH) + " " + pl.col(YEAR)).drop(YEAR)
    return tables.then(melted, **keys)
