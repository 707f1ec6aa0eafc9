"""Who must not be called: a file of customers, or of customers and divisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import narwhals as nw
import polars as pl

from gosales_lib.core import keys, timeline

EXCLUDED = {
    "customer_id": pl.String,
    "division": pl.String,  # empty: all divisions
    "reason": pl.String,  # do not contact, open opportunity …
    "until": pl.Date,  # last day on which it holds; empty: for good
}
"""The columns of an exclusion file; all but customer_id may be missing."""


def read(path: str, divisions: Sequence[str]) -> pl.DataFrame:
    """Return an exclusion file: the columns of `EXCLUDED`; no row without a file.

    `divisions` are those of the layout: a misspelt one is refused.

    Raises
    ------
    FileNotFoundError, ValueError
        The file, and the column or the line that is wrong: a list of people who must not be called
        is never read half.
    """
    from gosales_lib.core import settings

    if not path:
        return pl.DataFrame(schema=EXCLUDED)
    file = Path(settings.resolve(path))
    if not file.is_file():
        raise FileNotFoundError(f"exclusions {path} does not exist")
    found = _records(path, file)
    if "customer_id" not in found.columns or (odd := set(found.columns) - set(EXCLUDED)):
        odd = {"no customer_id"} if "customer_id" not in found.columns else odd
        raise ValueError(f"{path}: {', '.join(sorted(odd))}; columns are {', '.join(EXCLUDED)}")
    rows = pl.DataFrame(
        [keys.normalised(_column(found, name)).alias(name) for name in EXCLUDED if name != "until"]
    )
    nobody = rows.filter(
        pl.col("customer_id").is_null() & pl.any_horizontal(pl.all().is_not_null())
    )
    if nobody.height:
        raise ValueError(f"{path}: a row has no customer_id: {nobody.row(0)[1:]}")
    rows = rows.with_columns(_until(path, _column(found, "until")).alias("until"))
    rows = rows.select(*EXCLUDED).drop_nulls("customer_id")
    known_divisions(path, rows, divisions)
    return rows


def _records(path: str, file: Path) -> pl.DataFrame:
    """Return the rows of a file that is read as a sales file is; one that is broken is refused."""
    from gosales_lib.sales_log import files, inventory
    from gosales_lib.sales_log.records import LINE

    entries = inventory.take(file).entries
    if not entries:
        raise ValueError(f"{path}: the file is empty; columns are {', '.join(EXCLUDED)}")
    text = files.whole(list(files.texts(entries[0], None, list(EXCLUDED))))
    for line, reason in text.ragged.select("line", "reason").iter_rows():
        raise ValueError(f"{path}, line {line}: {reason}")
    return text.rows.drop(LINE)


def _column(rows: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of a file, all blank where it has none."""
    if name in rows.columns:
        return rows[name]
    return pl.repeat(None, rows.height, dtype=pl.String, eager=True)


def _until(path: str, column: pl.Series) -> pl.Series:
    """Return the last days of exclusions; ValueError with the first that is no ISO date."""
    from gosales_lib.sales_log import dates

    texts = column if column.dtype.is_temporal() else keys.normalised(column)
    days = dates.days(texts, [])
    wrong = texts.filter(days.is_null() & texts.is_not_null())
    if wrong.len():
        raise ValueError(f"{path}: until {str(wrong[0])!r} is not a date like 2024-12-31")
    return days


def known_divisions(path: str, excluded: pl.DataFrame, divisions: Sequence[str]) -> None:
    """Raise ValueError where an exclusion names a division that the layout does not have."""
    from gosales_lib.core.spelling import hint

    for name in excluded["division"].drop_nulls().unique().sort():
        if name not in divisions:
            raise ValueError(f"{path}: division {name!r} is unknown{hint(name, divisions)}")


def still_held(excluded: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the exclusions that hold after the cutoff: `until` is the last day of one."""
    days = excluded.with_columns(until_day=pl.col("until").cast(pl.Int32))
    over = nw.from_native(days).select(timeline.known(timeline.to_day(cutoff), "until_day"))
    return excluded.filter(~over.to_native().to_series().fill_null(False))


def bars(held: pl.DataFrame) -> pl.Expr:
    """Return the condition that an exclusion bars the cell: the customer's, or this division's."""
    everywhere = held.filter(pl.col("division").is_null())["customer_id"].unique()
    single = held.drop_nulls("division").select("customer_id", "division").unique()
    pairs = pl.Series([{"customer_id": c, "division": d} for c, d in single.iter_rows()])
    cell = pl.struct("customer_id", "division")
    barred = cell.is_in(pairs.implode()) if len(pairs) else pl.lit(False)
    return pl.col("customer_id").is_in(everywhere.implode()) | barred


def summary(excluded: pl.DataFrame, cells: pl.DataFrame) -> dict[str, int]:
    """Return how many rows the file has, and how many name no customer of the grid.

    The latter bar nobody: ids that were written otherwise (007 and 7) show themselves here.
    """
    strangers = excluded.join(cells, on="customer_id", how="anti").height
    return {"rows": excluded.height, "of_no_customer": strangers}
