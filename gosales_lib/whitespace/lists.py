"""Lists from the CRM, as a file or from the database: exclusions, deals, contacts, prospects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from gosales_lib.core import keys
from gosales_lib.layout import Source

ListSource = str | Source
"""A file, relative to the project's root, or a table or query; empty: there is no such list."""


def read(
    source: ListSource,
    key: str,
    schema: Mapping[str, type[pl.DataType]],
    date_formats: Sequence[str] = (),
    *,
    strict: bool = True,
) -> pl.DataFrame:
    """Return a list with the columns of a schema, texts in their normal form; no row without one.

    `key` is its name in the rules file, and `date_formats` are those of the layout. All columns but
    customer_id may be missing; others are refused if `strict`, else ignored. No list is read in
    part: FileNotFoundError and ValueError name the file, and the wrong column, row or date.
    """
    if not source:
        return pl.DataFrame(schema=dict(schema))
    name, rows = records(source, key, list(schema))
    rows, has = _named(rows, schema), ", ".join(map(repr, rows.columns))
    odd = sorted(set(rows.columns) - set(schema)) if strict else []
    if "customer_id" not in rows.columns or odd:
        what = ", ".join(odd) if "customer_id" in rows.columns else "no customer_id"
        raise ValueError(f"{name}: {what}; columns are {', '.join(schema)}; the list has {has}")
    missing = [pl.lit(None, pl.String).alias(c) for c in schema if c not in rows.columns]
    every = rows.with_columns(missing)
    typed = pl.DataFrame(
        {
            c: _days(name, every[c], date_formats) if kind == pl.Date else keys.normalised(every[c])
            for c, kind in schema.items()
        }
    )
    given = pl.any_horizontal(pl.all().is_not_null())
    nobody = typed.filter(pl.col("customer_id").is_null() & given)
    if nobody.height:
        raise ValueError(f"{name}: a row has no customer_id: {nobody.row(0)[1:]}")
    return typed.drop_nulls("customer_id")


def _named(rows: pl.DataFrame, schema: Iterable[str]) -> pl.DataFrame:
    """Return a list with the columns of its schema, which may be written as `Customer ID`."""
    bare = {name.replace("_", ""): name for name in schema}
    named = {c: bare.get(re.sub(r"[\W_]+", "", c).casefold(), c) for c in rows.columns}
    meant = [*named.values()]
    return rows.rename({c: name for c, name in named.items() if meant.count(name) == 1})


def shown(source: ListSource) -> str:
    """Return the name of a list in messages."""
    return source if isinstance(source, str) else f"{source.table or 'the query'} of the database"


def records(source: ListSource, key: str, columns: list[str]) -> tuple[str, pl.DataFrame]:
    """Return the name of a list and its rows as text; a broken file is refused."""
    from gosales_lib.core import settings
    from gosales_lib.sales_log import files, inventory, tables
    from gosales_lib.sales_log.records import LINE

    if isinstance(source, Source):
        return shown(source), tables.whole(source).rows.drop(LINE)
    file = Path(settings.resolve(source))
    if not file.is_file():
        raise FileNotFoundError(f"{key} {source} does not exist")
    entries = inventory.take(file).entries
    if not entries:
        raise ValueError(f"{source}: the file is empty; columns are {', '.join(columns)}")
    text = files.whole(list(files.texts(entries[0], None, columns)))
    for line, reason in text.ragged.select("line", "reason").iter_rows():
        raise ValueError(f"{source}, line {line}: {reason}")
    return source, text.rows.drop(LINE)


def _days(name: str, column: pl.Series, date_formats: Sequence[str]) -> pl.Series:
    """Return days; ValueError with the first that neither ISO 8601 nor a format reads."""
    from gosales_lib.sales_log import dates

    texts = column if column.dtype.is_temporal() else keys.normalised(column)
    days = dates.days(texts, date_formats)
    unread = days.is_null() & texts.is_not_null()
    if column.name == "until":  # 9999-12-31 is no end
        unread &= ~dates.endless(texts.cast(pl.String))
    wrong = texts.filter(unread)
    if wrong.len():
        known = " or ".join(["2024-12-31", *(form for form in date_formats if form != dates.ISO)])
        raise ValueError(f"{name}: {column.name} {str(wrong[0])!r} is not a date like {known}")
    return days
