"""The files that a layout is proposed for: which hold sales, which one describes customers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from gosales_lib.layout_init import evidence, words
from gosales_lib.sales_log import encodings, files, headers, numbers
from gosales_lib.sales_log.files import LINE
from gosales_lib.sales_log.numbers import Sign, Signs

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")
MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Seen:
    """One file: its records as text (Parquet keeps its types), and how it writes numbers."""

    path: Path
    rows: pl.DataFrame
    delimiter: str
    decimal: Sign

    @property
    def columns(self) -> list[str]:
        """The header."""
        return self.rows.columns


@dataclass(frozen=True)
class Looked:
    """The sales files, all with the same columns; and what else lay beside them."""

    folder: Path
    log: list[Seen]
    customers: Seen | None
    others: list[str]
    chosen: bool  # a file was named, not its folder

    @property
    def holdout(self) -> Path | None:
        """A folder `holdout` inside or beside the log's whose files have the same columns."""
        for folder in (self.folder / "holdout", self.folder.resolve().parent / "holdout"):
            later = sorted(folder.glob("*")) if folder.is_dir() else []
            found = [_read_quietly(path) for path in later if _is_log(path.name)]
            if any(one and set(one.columns) == set(self.log[0].columns) for one in found):
                return folder
        return None

    @property
    def rows(self) -> pl.DataFrame:
        """All rows of the sales files."""
        order = self.log[0].columns
        return pl.concat([one.rows.select(order) for one in self.log], how="vertical_relaxed")


def look(path: Path) -> Looked:
    """Return the sales files of a file or folder, and the customers file beside them.

    Raises
    ------
    FileNotFoundError, ValueError
        Nothing is there, it is empty, or it is a workbook; the message says what to do.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: name a sales log or its folder")
    folder = path.parent if path.is_file() else path
    refuse_workbook(path)
    there = sorted(p for p in folder.iterdir() if p.is_file() and _is_log(p.name))
    seen = {p: read(p) for p in ([path] if path.is_file() else there)}
    if not seen:
        books = sorted(p for p in folder.iterdir() if p.suffix.lower() in WORKBOOKS)
        if books:
            refuse_workbook(books[0])
        raise FileNotFoundError(f"{path} holds no {', '.join(files.SUFFIXES)}: name a sales log")
    log = _alike(list(seen.values()))
    columns = set(log[0].columns)
    rest = [p for p in there if p not in {one.path for one in log}]
    described, others = None, []
    for one in rest:
        found = seen[one] if one in seen else _read_quietly(one)
        if found and path.is_file() and set(found.columns) == columns:
            others.append(one.name)  # more sales, left out because one file was named
        elif found and described is None and describes(found, columns):
            described = found
        else:
            others.append(one.name)
    return Looked(folder, log, described, others, path.is_file())


def read(path: Path) -> Seen:
    """Return the records of one file.

    Raises
    ------
    ValueError
        The file is empty, has no rows, or its header cannot be used.
    """
    refuse_workbook(path)
    if path.stat().st_size == 0:
        raise ValueError(f"{path.name} is empty: a sales log has a header and rows")
    if path.name.lower().endswith(".parquet"):
        try:
            rows = pl.read_parquet(path)
        except pl.exceptions.PolarsError as error:
            raise ValueError(f"{path.name} is no Parquet file: {error}") from None
        return _not_empty(Seen(path, rows, ",", "."))
    with encodings.opened(path, None) as stream:
        found = files.whole(list(files.records_of(path.name, stream, None, [])))
    rows = found.rows.drop(LINE)
    refuse_nameless(path.name, rows.columns)
    return _not_empty(Seen(path, rows, found.delimiter, _decimal(rows, found.delimiter)))


def refuse_nameless(file: str, columns: list[str]) -> None:
    """Refuse a file whose first line names few of its columns: a title, not a header."""
    names = [name for i, name in enumerate(columns, start=1) if name != headers.by_place(i)]
    if not names:
        raise ValueError(f"{file}: the first line names no columns")
    if len(names) <= len(columns) / 2:
        raise ValueError(
            f"{file}: the first line names {len(names)} of {len(columns)} columns "
            f"({', '.join(map(repr, names[:3]))}): delete the lines above the header"
        )


def refuse_workbook(path: Path) -> None:
    """Refuse an Excel file by its name or its first bytes."""
    suffix = path.suffix.lower() in WORKBOOKS
    if path.is_file() and not suffix and path.suffix.lower() not in (".parquet", ".gz"):
        with path.open("rb") as file:
            suffix = file.read(4) in MAGIC
    if suffix:
        raise ValueError(
            f"{path.name} is a workbook, and a log is read as text: save the sheet that holds the "
            "sales as CSV (in Excel: File, Save As, CSV UTF-8) and name that file"
        )


def _not_empty(seen: Seen) -> Seen:
    if seen.rows.height == 0:
        raise ValueError(f"{seen.path.name} holds a header and no rows: nothing to look at")
    return seen


def _read_quietly(path: Path) -> Seen | None:
    """Return a file that only lies beside the log; None where it cannot be read."""
    try:
        return read(path)
    except (ValueError, OSError):
        return None


def _is_log(name: str) -> bool:
    return name.lower().endswith(files.SUFFIXES) and not name.startswith((".", "~"))


def _decimal(rows: pl.DataFrame, delimiter: str) -> Sign:
    """Return the decimal sign that most columns show; else the delimiter's usual one."""
    signs = {name: numbers.judge(rows[name]) for name in rows.columns}
    every = numbers.resolve({**signs, "": Signs()}, numbers.usual(delimiter))
    return every[""]


def _alike(seen: list[Seen]) -> list[Seen]:
    """Return the files with the same columns that hold dates and the most rows."""
    groups: dict[frozenset[str], list[Seen]] = {}
    for one in seen:
        groups.setdefault(frozenset(one.columns), []).append(one)
    dated = [group for group in groups.values() if _has_date(group[0])]
    return max(dated or groups.values(), key=lambda group: sum(one.rows.height for one in group))


def _has_date(seen: Seen) -> bool:
    return any(evidence.of(seen.rows, name, seen.decimal).is_date for name in seen.columns)


def describes(seen: Seen, columns: set[str]) -> bool:
    """Return whether a file looks like one row a customer: a key that the log has, no twins."""
    for name in seen.columns:
        party = set(words.parts(name)) & words.PARTY
        if name in columns and party and seen.rows[name].n_unique() >= 0.98 * seen.rows.height:
            return True
    return False
