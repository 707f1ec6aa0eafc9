"""Shows tables and sentences in notebooks."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import polars as pl
from IPython import get_ipython
from IPython.display import HTML, display

MOST = 20
"""Number of rows that a table shows."""
WRAPS = 36
"""A text of more characters may take several lines."""


class Sentence(str):
    """A text that breaks between words in a notebook, where a print breaks within them."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<p>{escape(self)}</p>"


def say(*sentences: str) -> None:
    """Show sentences, one a paragraph."""
    for sentence in sentences:
        display(Sentence(sentence))


def tables() -> None:
    """Make this notebook show Polars frames as `html` does."""
    shell = get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["text/html"].for_type(pl.DataFrame, html)


def whole(frame: pl.DataFrame, title: str) -> None:
    """Show all rows of a frame, folded below its title."""
    table = html(frame, frame.height)
    display(HTML(f"<details><summary>{escape(title)}</summary>{table}</details>"))


def html(frame: pl.DataFrame, most: int = MOST) -> str:
    """Return a frame as an HTML table: thousands parted, texts without quotes, blanks blank."""
    rows = frame.head(most)
    columns = [_cells(rows[name]) for name in rows.columns]
    head = "".join(map(_heading, rows))
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    more = frame.height - rows.height
    rest = f"<p>… and {more:,} more rows</p>" if more else ""
    return f'<table class="dataframe">{table}</table>{rest}'


def _heading(values: pl.Series) -> str:
    """Return the heading of a column, which may break after a low line."""
    name = escape(values.name).replace("_", "_<wbr>")
    return f'<th style="text-align:{_side(values)}">{name}</th>'


def _side(values: pl.Series) -> str:
    return "right" if values.dtype.is_numeric() else "left"


def _cells(values: pl.Series) -> list[str]:
    """Return the cells of a column; a short text never breaks."""
    write = _number(values) if values.dtype.is_numeric() else str
    texts = ["" if value is None else escape(write(value)) for value in values]
    wraps = "normal" if max(map(len, texts), default=0) > WRAPS else "nowrap"
    style = f"text-align:{_side(values)};white-space:{wraps}"
    return [f'<td style="{style}">{text}</td>' for text in texts]


def _number(values: pl.Series) -> Callable[[Any], str]:
    """Return how a column writes its numbers: the larger they are, the fewer decimals."""
    size = values.drop_nulls().abs().cast(pl.Float64).to_numpy().max(initial=0)
    if not values.dtype.is_float() or (values == values.round()).all():
        return "{:,.0f}".format
    return ("{:,.0f}" if size >= 1000 else "{:.1f}" if size >= 10 else "{:.3f}").format
