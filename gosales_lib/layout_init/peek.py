"""The files that a layout is proposed for: those with sales, and the tables beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePath

import polars as pl

from gosales_lib.layout import Layout, Source
from gosales_lib.layout_init import drift, words
from gosales_lib.layout_init.drift import Drift
from gosales_lib.layout_init.evidence import Table
from gosales_lib.sales_log import (
    beside,
    files,
    headers,
    inventory,
    no_records,
    numbers,
    tables,
)  # fmt: skip
from gosales_lib.sales_log.entries import Entry, LeftOut
from gosales_lib.sales_log.numbers import Sign, Signs
from gosales_lib.sales_log.records import LINE

NONE = Drift()
NO_HEADER = "the first line names no columns"


@dataclass(frozen=True)
class Seen:
    """One table: its records, encoding and decimal sign."""

    entry: Entry
    rows: pl.DataFrame
    delimiter: str
    decimal: Sign
    encoding: str = "utf-8"
    by_words: bool = False  # the header's words tell the encoding, and its letters another one
    drift: Drift = NONE  # how the file's own header differs
    titles: tuple[str, ...] = ()  # what stands above the header

    @property
    def path(self) -> Path:
        """The file that holds the table."""
        return self.entry.path

    @property
    def name(self) -> str:
        """What a layout calls the table: its file, with sheet or table where it has several."""
        return self.entry.name

    @cached_property
    def table(self) -> Table:
        """Its rows with the evidence of their columns."""
        return Table(self.rows, self.decimal)

    @property
    def columns(self) -> list[str]:
        """The header."""
        return self.rows.columns


@dataclass(frozen=True)
class Looked:
    """The sales files, with common columns, and the other files beside them."""

    folder: Path
    log: list[Seen]
    others: list[LeftOut]
    chosen: bool  # a file was named, not its folder
    competing: list[str]  # names of files of the folder that no sales are in
    tables: list[Seen]  # other tables beside the log
    source: Source | None = None  # the database's table or query, where it is no file
    customers: Seen | None = None  # the table that describes customers, see `customer_tables`
    customer_key: str = ""  # its column with their keys

    def called(self, kind: set[str]) -> list[Seen]:
        """Return the sales files whose names hold a word of this kind."""
        return [t for t in self.log if kind & words.of(PurePath(t.name).stem)]

    @property
    def aliases(self) -> dict[str, str]:
        """The headers that some files have instead of the log's."""
        return {k: v for table in self.log for k, v in table.drift.aliases.items()}

    @property
    def holdout(self) -> Path | None:
        """A folder `holdout` inside or beside the log's whose files have the same columns."""
        if self.source:
            return None
        for folder in (self.folder / "holdout", self.folder.resolve().parent / "holdout"):
            later = inventory.take(folder).entries if folder.is_dir() else ()
            tables = [_read_quietly(entry) for entry in later]
            if any(table and set(table.columns) == set(self.log[0].columns) for table in tables):
                return folder
        return None

    @property
    def rows(self) -> pl.DataFrame:
        """All rows of the sales files, with the columns that all of them have."""
        return _stacked(self.log)

    @property
    def columns(self) -> list[str]:
        """The columns that any of the sales files has."""
        return list(dict.fromkeys(name for table in self.log for name in table.columns))


def _stacked(tables: Sequence[Seen]) -> pl.DataFrame:
    """Return the rows of tables, with the columns that all of them have."""
    order = [n for n in tables[0].columns if all(n in table.columns for table in tables)]
    parts = [table.rows.select(order) for table in tables]
    mixed = [n for n in order if len({part[n].dtype for part in parts}) > 1]
    parts = [part.with_columns(_as_text(part[n]) for n in mixed) for part in parts]
    return pl.concat(parts, how="vertical_relaxed")


def _as_text(column: pl.Series) -> pl.Series:
    """Return a column as text, where another file has it as text: a day without midnight."""
    if column.dtype == pl.Datetime and (column == column.dt.truncate("1d")).all():
        column = column.cast(pl.Date)
    return column.cast(pl.String)


def look(path: Path, how: Layout | None = None) -> Looked:
    """Return the sales files of a file, folder or pattern, and the tables beside them.

    Parameters
    ----------
    how
        Its encoding, delimiter, decimal sign and sheet, where the user knows them.

    Raises
    ------
    FileNotFoundError, ValueError
        Nothing is there, it is empty, or it holds no table; the message says what to do.
    """
    folder = path if path.is_dir() else path.parent
    if not path.exists() and not any(sign in path.name for sign in "*?["):
        raise FileNotFoundError(f"{path} does not exist: name a sales log or its folder")
    sheets = [how.sheet] if how and isinstance(how.sheet, str) else ()
    asked = inventory.take(path, sheets=sheets)
    others = list(asked.left_out)
    near, seen = list(asked.entries), list[Seen]()
    for entry in asked.entries:
        try:
            seen.append(_read(entry, how))
        except (ValueError, OSError) as error:
            if len(asked.entries) == 1:
                raise
            others.append(LeftOut(entry.name, str(error).removeprefix(f"{entry.name}: ")))
    if len(asked.entries) == 1:
        _not_empty(seen[0])
    empty = [table for table in seen if table.rows.is_empty()]
    others += [LeftOut(table.name, "it holds a header and no rows") for table in empty]
    seen = [table for table in seen if table.rows.height]
    if not seen:
        left = "; ".join(f"{table.file} is left out: {table.reason}" for table in others[:5])
        raise FileNotFoundError(f"{path} holds no sales file{f' ({left})' if left else ''}")
    log = _drifted(_alike(seen), seen)
    columns = set(log[0].columns)
    rest = [table for table in seen if table.entry not in {part.entry for part in log}]
    if not path.is_dir():
        near = list(inventory.take(folder).entries)
        named = {entry.path.name for entry in asked.entries}
        there = [_read_quietly(entry) for entry in near if entry.path.name not in named]
        rest += [table for table in there if table]
    for table in rest:
        same = set(table.columns) == columns
        others.append(LeftOut(table.entry.name, "not named" if same else "it has other columns"))
    harmless = [table for table in empty if set(table.columns) == columns]
    used = {table.entry.path.name for table in (*log, *harmless)}
    competing = [e.path.name for e in near if not e.inner and e.path.name not in used]
    return Looked(folder, log, others, not path.is_dir(), competing, rest)


def of_source(source: Source) -> Looked:
    """Return the rows of a table, view or query of the database.

    Raises
    ------
    ValueError, RuntimeError
        There is no such table, it holds no rows, or the database cannot be reached.
    """
    name = tables.name(source)
    rows = tables.whole(source).rows.drop(LINE)
    seen = Seen(Entry(Path(name), name, "sqlite"), rows, ",", numbers.POINT)
    return Looked(Path(), [_not_empty(seen)], [], True, [], [], source)


def _read(entry: Entry, how: Layout | None) -> Seen:
    """Return the records of one table; ValueError: it is empty, or its header cannot be used."""
    text = files.whole(list(files.texts(entry, how, [])))
    if by_words := words.encoding(text.rows.columns, text.encoding):
        how = (how or beside.PLAIN).model_copy(update={"encoding": by_words})
        text = files.whole(list(files.texts(entry, how, [])))
    rows = _records(text.rows.drop(LINE))
    _refuse_nameless(entry.name, rows.columns)
    decimal = (how and how.decimal) or _decimal(rows, text.delimiter)
    rows = Table(rows, decimal).without_sums()
    seen = Seen(entry, rows, text.delimiter, decimal, by_words or text.encoding, bool(by_words))
    return replace(seen, titles=text.titles)


def _records(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows without totals, repeated headers, and lines of text at the end.

    Lines of text between records may be headings of groups, see `tables`.
    """
    rule = no_records.rules(rows)
    is_text = (rule == no_records.TEXT).fill_null(False)
    last = next((i for i in range(rows.height, 0, -1) if not is_text[i - 1]), rows.height)
    return rows.head(last).filter((rule.is_null() | is_text).head(last))


def _refuse_nameless(file: str, columns: list[str]) -> None:
    """Refuse a file whose first line names few of its columns: a title, not a header."""
    names = [name for i, name in enumerate(columns, start=1) if name != headers.by_place(i)]
    if not names:
        raise ValueError(f"{file}: {NO_HEADER}")
    if len(names) <= len(columns) / 2:
        raise ValueError(
            f"{file}: the first line names {len(names)} of {len(columns)} columns "
            f"({', '.join(map(repr, names[:3]))}): delete the lines above the header"
        )


def _not_empty(seen: Seen) -> Seen:
    if seen.rows.height == 0:
        raise ValueError(f"{seen.path.name} holds a header and no rows: nothing to look at")
    return seen


def _read_quietly(entry: Entry) -> Seen | None:
    """Return a table beside the log; None where it cannot be read."""
    try:
        return _not_empty(_read(entry, None))
    except (ValueError, OSError):
        return None


def _decimal(rows: pl.DataFrame, delimiter: str) -> Sign:
    """Return the decimal sign that most columns show; else the delimiter's usual one."""
    signs = numbers.judge_each(rows)
    every = numbers.resolve({**signs, "": Signs()}, numbers.usual(delimiter))
    return every[""]


def _alike(seen: list[Seen]) -> list[Seen]:
    """Return the files with the same columns that hold dates and the most rows."""
    groups: dict[frozenset[str], list[Seen]] = {}
    for table in seen:
        groups.setdefault(frozenset(table.columns), []).append(table)
    dated = [group for group in groups.values() if group[0].table.has_date]
    return max(
        dated or groups.values(), key=lambda group: sum(table.rows.height for table in group)
    )


def _drifted(log: list[Seen], seen: list[Seen]) -> list[Seen]:
    """Return the log with the files whose headers drifted, renamed to the log's headers.

    Files of the same other headers are judged together.
    """
    dated = [table for table in seen if table not in log and table.table.has_date]
    others: dict[tuple[str, ...], list[Seen]] = {}
    for table in dated:
        others.setdefault(tuple(table.columns), []).append(table)
    rows = {header: _stacked(tables) for header, tables in others.items()}
    names = drift.of_headers(Table(_stacked(log), log[0].decimal), rows) if others else {}
    every = list[Seen]()
    for table in seen:
        if table in log:
            every.append(table)
        elif table in dated and (drifted := names.get(tuple(table.columns))):
            renamed = table.rows.rename(drifted.aliases)
            every.append(replace(table, rows=renamed, drift=drifted))
    return every
