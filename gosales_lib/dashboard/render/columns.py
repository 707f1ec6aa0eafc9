"""The columns of a table: how their values are written, and where they lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from gosales_lib.dashboard.render import words
from gosales_lib.reports.division import NOT_AVAILABLE, NOT_TRAINED
from gosales_lib.reports.holdout import KEPT, LESS, MORE
from gosales_lib.reports.training import AS_GOOD, BETTER, FAILED, UNMEASURED, WITHHELD

Kind = Literal[
    "text", "number", "money", "percent", "ratio", "bar", "date", "range", "badge", "reasons",
    "heat", "gain",
]  # fmt: skip
NUMBERS = ("number", "money", "percent", "ratio", "bar", "heat", "gain")
TONES = (
    dict.fromkeys((BETTER, KEPT, "stable", "better than chance"), "good")
    | dict.fromkeys((AS_GOOD, MORE, "moderate", "no better than chance", "too weak"), "fair")
    | dict.fromkeys(
        (WITHHELD, FAILED, UNMEASURED, NOT_TRAINED, NOT_AVAILABLE, LESS, "large"), "poor"
    )
)
"""The tone of each badge; its word says the same for readers who see no colour."""


@dataclass(frozen=True)
class Column:
    """One column of a table: its name in the frame, its heading, and how its values are written.

    Parameters
    ----------
    kind
        number, money (whole units), percent and ratio are right-aligned; a badge is a short word
        in a box; reasons are lines of one cell.
        A bar is a percentage with a bar before it; a range is a text on one line.
    wide
        Whether the column may take what room is left.
    link, key
        The tab that a value leads to, and the column that holds what the link names (a customer's
        number or a division), the column itself unless told otherwise.
    sets
        What of the view a link sets: a customer or a division where it is not given.
    below
        The column whose text stands small below the value, such as its interval.
    also
        What else of the view a link sets: (name, value).
    """

    name: str
    label: str
    kind: Kind = "text"
    wide: bool = False
    link: str = ""
    key: str = ""
    sets: str = ""
    below: str = ""
    also: tuple[tuple[str, str], ...] = ()

    @property
    def dtype(self) -> pl.DataType:
        """The type of the column in a frame: a number, or text."""
        return pl.Float64() if self.kind in NUMBERS else pl.String()

    def opens(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of the view that a row's link sets; empty if the row names nothing."""
        key = row[self.key or self.name]
        name = self.sets or ("customer" if self.link == "customer" else "division")
        return {name: key, **dict(self.also)} if self.link and key else {}

    @staticmethod
    def tone(text: str) -> str:
        """Return the tone of a badge: good, fair, poor or plain."""
        return TONES.get(text, "plain")

    @staticmethod
    def filled(value: float) -> int:
        """Return the filled share of a bar, in percent."""
        return round(100 * min(1.0, max(0.0, value)))

    def said(self, value: Any, unit: str = "") -> str:
        """Return a value as a reader expects it, money in its unit; a dash if it is missing."""
        if value is None or value != value or value == "":
            return words.NOTHING
        writers: dict[str, Callable[..., str]] = {
            "number": words.count,
            "heat": words.count,
            "percent": words.percent,
            "bar": words.percent,
            "ratio": words.times if self.name.startswith("lift") else words.plain,
            "gain": words.signed,
            "date": words.day,
        }
        if self.kind == "money":
            return words.money(value, unit)
        return writers.get(self.kind, str)(value)


def priced(columns: Sequence[Column], trusted: bool) -> Sequence[Column]:
    """Return columns of a list without those of its expected money, where that is not trusted."""
    return [c for c in columns if trusted or c.kind != "money"]
