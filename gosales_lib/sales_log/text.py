"""The records of one file as columns: text as it stands, or the values of a table with types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from gosales_lib.core.columns import REJECTED_ROWS
from gosales_lib.sales_log import books, headers, records
from gosales_lib.sales_log.records import LINE, unquoted


@dataclass(frozen=True)
class Text:
    """The records of one file as columns and `__line__`, and the rows that are no record.

    The columns are text, but for numbers that are plainly written, and all columns of a table.
    """

    file: str
    rows: pl.DataFrame
    ragged: pl.DataFrame  # REJECTED_ROWS
    delimiter: str
    names: tuple[str, ...] = ()
    lines: pl.Series | None = None  # every record as it stands in the file; a table has none
    titles: tuple[str, ...] = ()  # lines above the header, with the first piece
    encoding: str = "utf-8"
    renamed: Mapping[str, str] = field(default_factory=dict)  # own headers: the layout's names
    formats: Mapping[str, Counter[str]] = field(default_factory=dict)  # currencies of own headers

    def written(self, which: pl.Series) -> pl.DataFrame:
        """Return some records as the file has them: `1.50`, where the number is 1.5."""
        rows = self.rows.filter(which)
        if self.lines is None or rows.is_empty() or pl.Float64 not in rows.dtypes:
            return rows
        text = records.header(len(self.names), self.delimiter)
        text += self.lines.filter(which).str.join("\n").item().encode()
        whole = records.renamed(unquoted(records.columns(text, self.delimiter)), self.names)
        return whole.rename(self.renamed).select(rows.columns).with_columns(rows[LINE])

    def rejected(
        self, bad: pl.Series, reasons: pl.Series, money: pl.Series | None = None
    ) -> pl.DataFrame:
        """Return the rejected records as REJECTED_ROWS, each whole as JSON, and the ragged ones.

        `bad` and `money` are of all records, `reasons` of the rejected ones alone.
        """
        lost = self.written(bad).select(
            file=pl.lit(self.file),
            line=LINE,
            reason=reasons,
            gross_profit=pl.lit(None) if money is None else money.filter(bad),
            row=pl.struct(pl.exclude(LINE)).struct.json_encode(),
        )
        return pl.concat([lost.cast(REJECTED_ROWS), self.ragged])


def from_cells(name: str, cells: books.Cells, names: Sequence[str]) -> Text:
    """Return rows of cells as records, with the header found and blank rows and columns dropped."""
    top = headers.in_cells(cells, names)
    numbered = enumerate(cells[top.above :], top.above + 1)
    below = [(line, row) for line, row in numbered if any(value is not None for value in row)]
    columns = [
        books.column(column, [row[number] if number < len(row) else None for _, row in below])
        for number, column in enumerate(top.names)
    ]
    lines = pl.Series(LINE, [line for line, _ in below], pl.UInt32)
    rows = without_nameless(pl.DataFrame([lines, *columns]), names)
    return Text(name, rows, pl.DataFrame(schema=REJECTED_ROWS), "", top.names, titles=top.titles)


def without_nameless(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return records without columns that have neither a name nor a value."""
    nameless = [c for c in rows.columns if headers.is_by_place(c) and c not in columns]
    return rows.drop(c for c in nameless if rows[c].null_count() == rows.height)


TEXT_OF: Mapping[type[pl.DataType], Callable[[pl.Expr], pl.Expr]] = {
    **dict.fromkeys([pl.Binary, pl.Categorical, pl.Enum], lambda column: column.cast(pl.String)),
    pl.List: lambda column: column.cast(pl.List(pl.String)).list.join(", "),
}
"""Types of a table that are read as text."""


def typed(name: str, rows: pl.DataFrame) -> Text:
    """Return a table that has types (Parquet, a database) as records; NaN is a blank there.

    Structs become a column per field (`customer.id`), and lists of structs a row per line. A
    column of bytes that are no text is a ValueError.
    """
    rows = _flat(rows)
    for column, dtype in rows.schema.items():
        try:
            if as_text := TEXT_OF.get(dtype.base_type()):
                rows = rows.with_columns(as_text(pl.col(column)))
        except pl.exceptions.PolarsError:
            raise ValueError(f"{name}: column {column!r} holds bytes that are not text") from None
    numbered = rows.with_columns(pl.selectors.float().fill_nan(None)).with_row_index(LINE, 1)
    return Text(name, numbered, pl.DataFrame(schema=REJECTED_ROWS), ",", tuple(rows.columns))


def is_nested(schema: Mapping[str, pl.DataType]) -> bool:
    """Return whether columns of a table hold structs, or lists of them."""
    return any(isinstance(dtype, pl.Struct) or _holds_lines(dtype) for dtype in schema.values())


def _holds_lines(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct)


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a table with a row per line, where orders hold lists of structs: the longest one."""
    lines = {n: int(rows[n].list.len().sum()) for n, t in rows.schema.items() if _holds_lines(t)}
    longest = max(lines, key=lines.__getitem__, default="")
    if longest and books.are_lines(lines[longest], rows.height):
        rows = rows.explode(longest)
    while structs := [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Struct)]:
        rows = rows.unnest(structs, separator=".")
    return rows
