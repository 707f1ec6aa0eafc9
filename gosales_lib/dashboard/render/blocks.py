"""The blocks of a page. Their texts are plain; the renderer escapes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gosales_lib.dashboard.render.columns import Column

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl
    from markupsafe import Markup

Tone = Literal["plain", "info", "good", "warning", "error"]
MOST_NARROW = 3
"""Number of columns that fit on a phone."""


class Block:
    """A part of a page."""


@dataclass(frozen=True)
class Heading(Block):
    """A heading with one sentence below it."""

    text: str
    below: str = ""


@dataclass(frozen=True)
class Note(Block):
    """A paragraph; `tone` is info, warning (something to know) or error (something to mend)."""

    text: str
    tone: Tone = "plain"
    link: str = ""
    label: str = ""


@dataclass(frozen=True)
class Cards(Block):
    """Key figures: label, value as text, and one line of explanation."""

    cards: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Table(Block):
    """A small table, shown whole."""

    columns: Sequence[Column]
    rows: pl.DataFrame
    caption: str = ""
    unit: str = ""

    @property
    def stacked(self) -> bool:
        """Whether a narrow screen shows its rows as cards: it has no room for the columns."""
        return len(self.columns) > MOST_NARROW


@dataclass(frozen=True)
class Picture(Block):
    """A Plotly figure; `said` is what a reader who cannot see it is told."""

    figure: go.Figure
    said: str


@dataclass(frozen=True)
class Chapter(Block):
    """An executed notebook, folded: its HTML, which is clean already, and the pictures in it."""

    title: str
    state: str
    parts: Sequence[Markup | Picture]


@dataclass(frozen=True)
class Beside(Block):
    """Blocks side by side, below each other on a narrow screen."""

    blocks: Sequence[Block]


@dataclass(frozen=True)
class Section(Block):
    """Blocks that belong together, in a frame of their own."""

    blocks: Sequence[Block]

    @property
    def title(self) -> str:
        """The heading, which names the tables below it."""
        return next((block.text for block in self.blocks if isinstance(block, Heading)), "")


@dataclass(frozen=True)
class Headline(Block):
    """The page in one sentence, for a reader in a hurry, and a second one that qualifies it."""

    text: str
    below: str = ""
    tone: Literal["plain", "good", "fair", "poor"] = "plain"


@dataclass(frozen=True)
class Facts(Block):
    """Names and values, as a list."""

    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Choice(Block):
    """A choice that changes one value of the view: a list, or a search where `options` is None."""

    name: str
    label: str
    shown: str
    options: Sequence[tuple[str, str]] | None = None
    hint: str = ""


@dataclass(frozen=True)
class Head:
    """The head of a column of the ranked list: where a click leads, and how it is sorted now.

    `place` is 1 for the column that the list is sorted by first, 0 for one that it is not.
    """

    name: str
    label: str
    kind: str = "text"
    link: str = ""
    sorted: str = "none"
    help: str = ""
    place: int = 0

    @property
    def arrow(self) -> str:
        """The sign behind the label."""
        sign = {"ascending": " ↑", "descending": " ↓"}.get(self.sorted, "")
        return sign + (str(self.place) if self.place > 1 else "")


@dataclass(frozen=True)
class Many:
    """A choice of several values at once: (value, text) each, and those that are chosen."""

    name: str
    label: str
    values: Sequence[tuple[str, str]]
    chosen: Sequence[str]
    hint: str


@dataclass(frozen=True)
class Offers(Block):
    """One page of the ranked list with its filters; only what is shown is in `rows`.

    Where a row is an account, `accounts` holds them in place of `rows`, each with its offers.
    """

    which: Sequence[tuple[str, str]]
    filters: Sequence[tuple[str, str, Sequence[str]]]
    several: Sequence[Many]
    columns: Many
    summary: str
    filtered: bool
    heads: Sequence[Head]
    rows: Sequence[dict[str, Any]] = ()
    accounts: Sequence[dict[str, Any]] = ()
    rows_of: Sequence[tuple[str, str]] = ()
    offers: int = 0
    range: str = ""
    first: str = ""
    back: str = ""
    next: str = ""
    sizes: Sequence[tuple[int, str]] = ()
    note: Note | None = None
    excel: str = "Download Excel"


@dataclass(frozen=True)
class Page:
    """The blocks of one page, from the top."""

    blocks: Sequence[Block] = field(default_factory=list)


def section(title: str, below: str, *parts: Block) -> Section:
    """Return blocks in a frame of their own, under a heading with a sentence below it."""
    return Section([Heading(title, below), *parts])


def problem(text: str) -> Page:
    """Return a page that says in plain words why there is nothing to see, and what to do."""
    return Page([Note(text, "error")])
