"""The steps before columns are read: fill down, join, months, accounts, rates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePath

import polars as pl

from gosales_lib.core import keys
from gosales_lib.core.spelling import refuse_missing
from gosales_lib.layout import Join, Layout
from gosales_lib.layout.parts import JOINED_KEY
from gosales_lib.sales_log import beside, cleaning, left_out_rows, merging, rates
from gosales_lib.sales_log.left_out_rows import RULE
from gosales_lib.sales_log.log import Matches
from gosales_lib.sales_log.records import LINE, TOTAL
from gosales_lib.sales_log.required_columns import HEADING, MONTH, months_of, needed
from gosales_lib.sales_log.text import Text

BARE = ("name", "title", "description")
ID = "__id__"
MATCH = "__match__"
Step = Callable[[Text], Text]
ByMonth = Mapping[str, Mapping[str, str]]
"""The columns of each month by their measure."""


def rows(
    texts: Iterable[Text], layout: Layout, folder: Path | None, matches: Matches
) -> Iterator[Text]:
    """Yield the texts after the steps that the layout names; `matches` counts what is looked up.

    A file beside the log that is missing is a FileNotFoundError, and one that cannot be looked up
    by its key a ValueError.
    """
    steps = list(_steps(layout, folder, matches))
    for text in texts:
        for step in steps:
            text = step(text)
        yield text


def _steps(layout: Layout, folder: Path | None, matches: Matches) -> Iterator[Step]:
    if layout.aliases:
        yield partial(_renamed, aliases=layout.aliases)
    if layout.name_as:
        yield partial(_named, column=layout.name_as)
    if layout.fill_down:
        yield FillDown(layout.fill_down)
    if layout.join:
        tables = [(join, table_of(join, folder)) for join in layout.join]
        yield partial(_joined, tables=tables, wanted=set(needed(layout)), matches=matches)
    if layout.months:
        yield partial(_melted, by_month=months_of(layout.months), named=needed(layout))
    if layout.year_in_name:
        yield partial(_dated, column=layout.columns.given()["order_date"][-1])
    if not isinstance(layout.columns.customer_id, str):
        yield partial(_keyed, columns=layout.columns.customer_id)
    if layout.accounts:
        accounts = merging.read(layout, folder)
        yield partial(_accounts, layout=layout, accounts=accounts, matches=matches)
    if layout.rates and layout.columns.currency:
        yield partial(rates.rated, layout=layout, rates=rates.read(layout.rates, layout, folder))
    if columns := {column for column, _ in layout.selections}:
        yield partial(matches.collect, columns=columns)


def _renamed(text: Text, aliases: Mapping[str, str]) -> Text:
    """Return a text with the layout's names for columns that have other names in this file."""
    header = text.rows.columns
    named = {k: v for k, v in aliases.items() if k in header and v not in header}
    return replace(text, rows=text.rows.rename(named), renamed=named) if named else text


def _named(text: Text, column: str) -> Text:
    """Return a text with a column of the name of its sheet or file."""
    if column in text.rows.columns:
        raise ValueError(
            f"{text.file}: it has a column {column!r} of its own: give `name_as` another"
        )
    name = pl.lit(name_of(text.file)).alias(column)
    return replace(text, rows=text.rows.with_columns(name), lines=None)


def name_of(file: str) -> str:
    """Return the name of a sheet, or of a file without its folder and ending."""
    sheet = re.search(r" \[(.+)\]$", file)
    return sheet[1] if sheet else PurePath(file).name.split(".")[0]


class FillDown:
    """Blanks take the value above them in the same file; its last values pass to the next piece.

    A row that holds nothing else is a heading, and one that begins with `Total` sums up: both get
    a rule, and are no part of the log. The column HEADING is made of the rows with one value.
    """

    def __init__(self, columns: list[str]) -> None:
        self.columns = columns
        self.file, self.last = "", dict[str, str | None]()

    def __call__(self, text: Text) -> Text:
        """Return the text with filled columns and the rule of rows that are none."""
        if text.file != self.file:
            self.file, self.last = text.file, {}
        if HEADING in self.columns and HEADING not in text.rows.columns:
            text = replace(text, rows=with_headings(text.rows))
        named = [name for name in self.columns if name in text.rows.columns]
        others = [c for c in text.rows.columns if c not in (LINE, *named)]
        blank = [pl.col(c).cast(pl.String).str.strip_chars().fill_null("") == "" for c in others]
        texts = [cleaning.text(name) for name in named]
        total = pl.any_horizontal(column.str.contains(TOTAL) for column in texts).fill_null(False)
        filled = pl.any_horizontal(column.is_not_null() for column in texts)
        rule = (
            pl.when(total).then(pl.lit("a total")).when(pl.all_horizontal(blank) & filled)
        ).then(pl.lit("a heading"))
        rows = text.rows.with_columns(rule.alias(RULE))
        kept = pl.when(pl.col(RULE).is_null() | (pl.col(RULE) != "a total"))
        rows = rows.with_columns(
            pl.coalesce(kept.then(column).forward_fill(), pl.lit(self.last.get(name))).alias(name)
            for name, column in zip(named, texts, strict=True)
        )
        if rows.height:
            self.last = {name: rows[name][-1] for name in named}
        return replace(text, rows=rows, lines=None)


def with_headings(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the only value of a line that holds one moved into the column HEADING."""
    names = [name for name in rows.columns if name != LINE]
    texts = [cleaning.text(name) for name in names]
    only = pl.coalesce(texts)
    alone = pl.sum_horizontal(text.is_not_null() for text in texts) == 1
    alone &= ~only.str.contains(TOTAL).fill_null(False)
    moved = [pl.when(~alone).then(pl.col(name)).alias(name) for name in names]
    return rows.with_columns(pl.when(alone).then(only).alias(HEADING), *moved)


def table_of(join: Join, folder: Path | None) -> pl.DataFrame:
    """Return the rows of a table to join, one a key."""
    columns = [*join.on.values(), *(rule.column for rule in join.where)]
    table = beside.read(join.file, folder, columns)
    for rule in join.where:
        table = table.filter(~left_out_rows.excluded(rule))
    key = pl.concat_str([cleaning.text(c) for c in join.on.values()], separator="\x1f")
    keys = table.select(key.alias("key")).to_series().drop_nulls()
    merging.refuse_twins(join.file, " and ".join(join.on.values()), keys)
    return table


def _joined(
    text: Text, tables: list[tuple[Join, pl.DataFrame]], wanted: set[str], matches: Matches
) -> Text:
    """Return the lines with those columns of the tables that the layout names."""
    rows, own = text.rows, set(text.rows.columns)
    for join, table in tables:
        rows = joined(rows, join, table.with_columns(pl.lit(True).alias(MATCH)))
        matches.count(join.file, rows[MATCH].is_not_null())
        rows = rows.drop(MATCH)
    kept = [name for name in rows.columns if name in own or name in wanted]
    return replace(text, rows=rows.select(kept), lines=None)


def joined(lines: pl.DataFrame, join: Join, table: pl.DataFrame) -> pl.DataFrame:
    """Return lines with the columns of a table; an ambiguous name becomes `file.column`.

    Those are names that both have, and a bare `Name`.
    """
    refuse_missing("the log", lines.columns, join.on.keys())
    stem = re.split(r"[/\[]", join.file)[-1].split(".")[0].rstrip("]")
    twins = [
        name
        for name in table.columns
        if name not in join.on.values() and (name in lines.columns or name.lower() in BARE)
    ]
    on = [f"__{number}__" for number in range(len(join.on))]
    keys = dict(zip(on, map(cleaning.text, join.on.values()), strict=True))
    renamed = table.with_columns(**keys).rename({name: f"{stem}.{name}" for name in twins})
    own = renamed.drop(name for name in join.on.values() if name in lines.columns)
    left = lines.with_columns(**dict(zip(on, map(cleaning.text, join.on), strict=True)))
    return left.join(own, on=on, how="left", maintain_order="left").drop(on)


def _melted(text: Text, by_month: ByMonth, named: Mapping[str, str]) -> Text:
    months = {column for columns in by_month.values() for column in columns.values()}
    keys = [name for name in text.rows.columns if name in named and name not in months]
    told = [pl.col(RULE)] if RULE in text.rows.columns else []
    rows = text.rows.with_columns(pl.coalesce(*told, total(text.rows, keys)).alias(RULE))
    return replace(text, rows=melted(rows, by_month), lines=None)


def _dated(text: Text, column: str) -> Text:
    """Return a text whose dates have the year that its name says."""
    if (year := year_of(text.file)) is None:
        raise ValueError(f"{text.file}: its name has no year, or several (`year_in_name`)")
    dated = with_year(column, pl.lit(year))
    return replace(text, rows=text.rows.with_columns(dated.alias(column)), lines=None)


def with_year(column: str, year: pl.Expr) -> pl.Expr:
    """Return dates with a year behind them: `Jan` is `Jan 2024`, and `31/12` is `31/12/2024`."""
    text = cleaning.text(column)
    between = text.str.extract(r"^\d{1,2}([/.-])\d{1,2}$").fill_null(" ")
    return pl.concat_str(text, between, year)


def year_of(name: str) -> str | None:
    """Return the one year that the name of a file or sheet says, else None."""
    years = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", name))
    return years.pop() if len(years) == 1 else None


def total(rows: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Return `a total` where a row says so in these columns and names nothing else, else null."""
    if not columns:
        return pl.Series(RULE, [None] * rows.height, dtype=pl.String)
    totals = [cleaning.text(name).str.contains(TOTAL) for name in columns]  # null of a blank
    is_total = pl.any_horizontal(totals) & pl.all_horizontal(*totals).fill_null(True)
    return rows.select(pl.when(is_total).then(pl.lit("a total")).alias(RULE)).to_series()


def melted(rows: pl.DataFrame, by_month: ByMonth) -> pl.DataFrame:
    """Return one record a row and month, in the order of the rows, with one column per measure."""
    here = set(rows.columns)
    measures = list(dict.fromkeys(m for columns in by_month.values() for m in columns))
    used = {column for columns in by_month.values() for column in columns.values()}
    keep = ["__row__", *(name for name in rows.columns if name not in used)]
    numbered, parts = rows.with_row_index("__row__"), []
    for month, columns in by_month.items():
        own = {measure: columns.get(measure, "") for measure in measures}
        if here & set(own.values()):
            values = [(pl.col(c) if c in here else pl.lit(None)).alias(m) for m, c in own.items()]
            parts.append(numbered.select(*keep, pl.lit(month).alias(MONTH), *values))
    long = pl.concat(parts, how="vertical_relaxed").sort("__row__", maintain_order=True)
    return long.drop("__row__")


def _keyed(text: Text, columns: list[str]) -> Text:
    """Return rows with the one key that several columns make; blank where one of them is."""
    refuse_missing(text.file, text.rows.columns, columns)
    key = pl.concat_str(map(keys.normal, columns), separator=" ").alias(JOINED_KEY)
    return replace(text, rows=text.rows.with_columns(key), lines=None)


def _accounts(text: Text, layout: Layout, accounts: pl.DataFrame, matches: Matches) -> Text:
    """Return rows with the account in place of an id that is listed; others stay as written."""
    name = layout.columns.customer_key
    refuse_missing(text.file, text.rows.columns, [name])
    ids = text.rows.select(keys.normal(name).alias(ID))
    account = ids.select(merging.account_of(ID, accounts, layout.keys)).to_series()
    matches.count(str(layout.accounts and layout.accounts.file), account.is_not_null())
    own = pl.coalesce(account, pl.col(name).cast(pl.String)).alias(name)
    return replace(text, rows=text.rows.with_columns(own))
