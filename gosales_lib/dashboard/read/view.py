"""The view as a link: every click on the dashboard is a link that can be mailed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

TABS = ("overview", "whitespace", "customer", "division", "holdout", "prospects", "data")
SORTS = ("rank", "customer", "division", "motion", "probability", "if_sold", "expected")
SIZES = (25, 50, 100)
COLUMNS = ("division", "when", "probability", "if_sold", "expected", "reasons")
"""Columns of the list that can be hidden."""
OFFERS = ("chosen", "all", "new", "gone")
ROWS = ("offer", "account", "rep", "branch", "division")
MANY = ("rep", "branch", "columns")
"""Values that may occur several times in a link."""
MOST_SORTS, MOST_VALUES, MOST_PAIRS = 3, 40, 200
"""Largest number of values in a link; further ones are left out."""
FREE = ("run", "cutoff")
"""Values that a link leaves out when it follows the run in use."""
UNFILTERED: dict[str, Any] = {"division": "", "motion": "", "search": "", "least": 0}
UNFILTERED |= {"rep": (), "branch": ()}
"""The filters of the list when none is set."""
LONGEST = 200
"""Largest number of characters of a value in a link; longer values are cut."""


@dataclass(frozen=True)
class View:
    """One view of one run.

    Parameters
    ----------
    run, cutoff
        Empty: the run in use (`choice.front`) and its latest cutoff.
    other
        A second run to compare with.
    division, customer, `motion`, search
        Values as they stand in the data; they are compared with it and never used otherwise.
    least
        The smallest probability, in percent.
    rep, branch, columns
        Several values each; no column stands for all of them.
    offers
        `chosen` are those that there is time for, `all` is the whole ranked list; beside a second
        run, `new` are those that it does not call, and `gone` those that it calls and this one not.
    by, sort
        What one row of the list is: an offer, or an account, a rep, a branch or a division with its
        offers summed up; and up to three columns with commas between them, `-` is descending.
    pinned
        Whether links name run and cutoff. One that does not follows the run in use.
    """

    run: str = ""
    cutoff: str = ""
    tab: str = "overview"
    other: str = ""
    division: str = ""
    customer: str = ""
    rep: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    motion: str = ""
    search: str = ""
    least: int = 0
    offers: str = "chosen"
    by: str = "offer"
    columns: tuple[str, ...] = ()
    sort: str = "rank"
    page: int = 1
    size: int = SIZES[0]
    pinned: bool = field(default=True, metadata={"link": False})

    def link(self, **changes: Any) -> str:
        """Return the link to this view with some values changed; defaults are left out."""
        changed = replace(self, **changes)
        names = [n for n in changed._names() if n not in FREE or changed.pinned or n in changes]
        return "?" + urlencode({name: getattr(changed, name) for name in names}, doseq=True)

    def _names(self) -> list[str]:
        """Return the names of the values that differ from the defaults."""
        usual = View()
        names = [f.name for f in fields(View) if f.metadata.get("link", True)]
        return [name for name in names if getattr(self, name) != getattr(usual, name)]

    def at(self, tab: str, **changes: Any) -> str:
        """Return the link to another tab; filters, sort and division go along.

        A link into the list that sets a filter shows offers; from another tab, with that filter
        alone.
        """
        into = {"by": "offer"} if tab == "whitespace" and changes else {}
        plain = UNFILTERED if into and self.tab != tab else {}
        page = 1 if tab != self.tab or into else self.page
        return self.link(**{"tab": tab, "page": page, **into, **plain, **changes})

    def cleared(self) -> str:
        """Return the link to the list without filters."""
        return self.link(**UNFILTERED, page=1)

    def kept(self, *but: str) -> list[tuple[str, Any]]:
        """Return the names and values that a form of this view must send, without some."""
        free = () if self.pinned else FREE
        names = [name for name in self._names() if name not in (*but, *free)]
        given = {name: getattr(self, name) for name in names}
        several = {n: v if isinstance(v, tuple) else (v,) for n, v in given.items()}
        return [(name, value) for name, values in several.items() for value in values]

    def __getitem__(self, name: str) -> Any:
        """Return one value by name, for the templates."""
        return getattr(self, name)

    @property
    def sorts(self) -> list[tuple[str, bool]]:
        """The columns that the list is sorted by, each with whether its largest value is first."""
        return [(name.removeprefix("-"), name.startswith("-")) for name in self.sort.split(",")]

    def sorted_by(self, name: str, descending: bool) -> str:
        """Return the link that sorts by a column; those sorted by so far break its ties."""
        mine = f"-{name}" if descending else name
        rest = [old for old in self.sort.split(",") if old.lstrip("-") not in (name, "rank")]
        kept = [] if name == "rank" else rest[: MOST_SORTS - 1]
        return self.link(sort=",".join([mine, *kept]), page=1)


def parse(query: str) -> View:
    """Return the view of a query string; unknown names and values become the defaults."""
    short = "&".join(query.removeprefix("?").split("&")[:MOST_PAIRS])
    pairs = parse_qsl(short, keep_blank_values=False)
    given = {name: value.strip()[:LONGEST] for name, value in pairs}
    names = [f.name for f in fields(View) if f.metadata.get("link", True)]
    chosen: dict[str, Any] = {name: given[name] for name in names if given.get(name)}
    for name in MANY:
        if name in chosen:
            several = [value.strip()[:LONGEST] for key, value in pairs if key == name]
            chosen[name] = tuple(dict.fromkeys(filter(None, several)))[:MOST_VALUES]
    for name, read in READERS.items():
        if name in chosen:
            chosen[name] = read(chosen[name])
    return View(**chosen)


def _one_of(allowed: tuple[Any, ...]) -> Callable[[str], Any]:
    return lambda text: next((value for value in allowed if str(value) == text), allowed[0])


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            return min(high, max(low, round(float(text))))
        except (ValueError, OverflowError):
            return low

    return read


def _sorts(text: str) -> str:
    """Return the existing columns to sort by, each once; the rank if there are none."""
    names: dict[str, str] = {}
    for name in text.split(","):
        if (column := name.removeprefix("-")) in SORTS:
            names.setdefault(column, name)
    return ",".join(list(names.values())[:MOST_SORTS]) or SORTS[0]


def _columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the existing columns, in the list's order; empty if all of them are shown."""
    chosen = tuple(name for name in COLUMNS if name in names)
    return () if chosen == COLUMNS else chosen


READERS: dict[str, Callable[[Any], Any]] = {
    "tab": _one_of(TABS),
    "offers": _one_of(OFFERS),
    "by": _one_of(ROWS),
    "columns": _columns,
    "sort": _sorts,
    "size": _one_of(SIZES),
    "least": _number(0, 100),
    "page": _number(1, 1_000_000),
}
