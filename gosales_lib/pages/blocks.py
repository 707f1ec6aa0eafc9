"""What a page is made of. Texts are plain texts here: who shows them escapes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl

Kind = Literal["text", "number", "money", "percent", "ratio", "date", "badge", "reasons"]


@dataclass(frozen=True)
class Column:
    """One column of a table: its name in the frame, its heading, and how its values are written.

    Parameters
    ----------
    kind
        number, money (whole units), percent and ratio are right-aligned; a badge is a short word
        in a box; reasons are lines of one cell.
    wide
        Whether the column may take what room is left.
    """

    name: str
    label: str
    kind: Kind = "text"
    wide: bool = False

    def said(self, value: Any) -> str:
        """Return a value as a reader expects it; a dash where nothing is known."""
        if value is None or value != value or value == "":
            return "-"
        if self.kind == "number":
            return f"{value:,.0f}"
        if self.kind == "money":
            return f"{value:,.0f}"
        if self.kind == "percent":
            return f"{value:.1%}"
        if self.kind == "ratio":
            return f"{value:.2f}"
        return str(value)


@dataclass(frozen=True)
class Heading:
    """A heading with one sentence below it."""

    text: str
    below: str = ""


@dataclass(frozen=True)
class Note:
    """A paragraph; `tone` is info, warning (something to know) or error (something to mend)."""

    text: str
    tone: Literal["plain", "info", "warning", "error"] = "plain"


@dataclass(frozen=True)
class Cards:
    """Key figures: label, value as text, and one line that says what it means."""

    cards: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Table:
    """A small table, shown whole."""

    columns: Sequence[Column]
    rows: pl.DataFrame
    caption: str = ""


@dataclass(frozen=True)
class Picture:
    """A Plotly figure; `said` is what a reader who cannot see it is told."""

    figure: go.Figure
    said: str


@dataclass(frozen=True)
class Beside:
    """Blocks side by side, below each other on a narrow screen."""

    blocks: Sequence[Block]


Block = Heading | Note | Cards | Table | Picture | Beside


@dataclass(frozen=True)
class Page:
    """The blocks of one page, from the top."""

    blocks: Sequence[Block] = field(default_factory=list)


def problem(text: str) -> Page:
    """Return a page that says in plain words why there is nothing to see, and what to do."""
    return Page([Note(text, "error")])
