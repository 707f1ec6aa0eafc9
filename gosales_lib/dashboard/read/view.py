"""What a viewer looks at, as a link: every click on the dashboard is one, and can be mailed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

TABS = ("overview", "whitespace", "customer", "division", "holdout", "data")
SORTS = ("rank", "customer", "division", "motion", "probability", "if_sold", "expected", "grade")
SIZES = (25, 50, 100)
LONGEST = 200
"""Characters of a value in a link; what is longer is cut, nobody types that."""


@dataclass(frozen=True)
class View:
    """One view of one run.

    Parameters
    ----------
    run, cutoff
        Empty: the latest that is finished.
    other
        A second run to compare with.
    division, customer, rep, branch, motion, search
        Values as they stand in the data; they are compared with it and never used otherwise.
    least
        The smallest probability, in percent.
    offers
        `chosen` are those that there is time for, `all` is the whole ranked list.
    """

    run: str = ""
    cutoff: str = ""
    tab: str = "overview"
    other: str = ""
    division: str = ""
    customer: str = ""
    rep: str = ""
    branch: str = ""
    motion: str = ""
    search: str = ""
    least: int = 0
    offers: str = "chosen"
    sort: str = "rank"
    page: int = 1
    size: int = SIZES[0]

    def link(self, **changes: Any) -> str:
        """Return the link to this view with some values changed; what is usual is left out."""
        changed = replace(self, **changes)
        usual = View()
        names = [f.name for f in fields(View)]
        given = {n: getattr(changed, n) for n in names if getattr(changed, n) != getattr(usual, n)}
        return "?" + urlencode(given)

    def at(self, tab: str, **changes: Any) -> str:
        """Return the link to another tab of the same run; filters of the list stay behind."""
        kept: dict[str, Any] = {"run": self.run, "cutoff": self.cutoff, "other": self.other}
        kept |= {"customer": self.customer}
        if tab != "whitespace":
            kept["division"] = self.division
        return View(**kept).link(**{"tab": tab, **changes})

    def kept(self, *but: str) -> list[tuple[str, Any]]:
        """Return the names and values that a form of this view must send along, all but some."""
        usual = View()
        names = [f.name for f in fields(View) if f.name not in but]
        return [(n, getattr(self, n)) for n in names if getattr(self, n) != getattr(usual, n)]

    def __getitem__(self, name: str) -> Any:
        """Return one value by name, for the templates."""
        return getattr(self, name)

    @property
    def descending(self) -> bool:
        """Whether the list is sorted from the largest value down."""
        return self.sort.startswith("-")

    @property
    def sorted_by(self) -> str:
        """The column that the list is sorted by."""
        return self.sort.removeprefix("-")


def parse(query: str) -> View:
    """Return the view of a query string; what it misspells or does not know is the usual value."""
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=False, max_num_fields=50)
    given = {name: value.strip()[:LONGEST] for name, value in pairs}
    known: dict[str, Any] = {f.name: given[f.name] for f in fields(View) if given.get(f.name)}
    for name, read in READERS.items():
        if name in known:
            known[name] = read(known[name])
    return View(**known)


def _one_of(allowed: tuple[Any, ...]) -> Callable[[str], Any]:
    return lambda text: next((value for value in allowed if str(value) == text), allowed[0])


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            return min(high, max(low, round(float(text))))
        except (ValueError, OverflowError):
            return low

    return read


READERS: dict[str, Callable[[str], Any]] = {
    "tab": _one_of(TABS),
    "offers": _one_of(("chosen", "all")),
    "sort": _one_of((*SORTS, *(f"-{name}" for name in SORTS))),
    "size": _one_of(SIZES),
    "least": _number(0, 100),
    "page": _number(1, 1_000_000),
}
