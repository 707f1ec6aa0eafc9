"""What a viewer looks at, as a link: every click on the dashboard is one, and can be mailed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

TABS = ("overview", "whitespace", "customer", "division", "holdout", "data")
SORTS = ("rank", "customer", "division", "motion", "probability", "if_sold", "expected", "grade")
SIZES = (25, 50, 100)
FREE = ("run", "cutoff")
"""What a link leaves out where it follows the run in use."""
LONGEST = 200
"""Characters of a value in a link; what is longer is cut, nobody types that."""


@dataclass(frozen=True)
class View:
    """One view of one run.

    Parameters
    ----------
    run, cutoff
        Empty: the run in use (`choice.front`) and its latest cutoff.
    other
        A second run to compare with.
    division, customer, rep, branch, motion, search
        Values as they stand in the data; they are compared with it and never used otherwise.
    least
        The smallest probability, in percent.
    offers
        `chosen` are those that there is time for, `all` is the whole ranked list.
    pinned
        Whether links name run and cutoff. One that does not follows the run in use.
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
    pinned: bool = field(default=True, metadata={"link": False})

    def link(self, **changes: Any) -> str:
        """Return the link to this view with some values changed; what is usual is left out."""
        changed = replace(self, **changes)
        names = [n for n in changed._names() if n not in FREE or changed.pinned or n in changes]
        return "?" + urlencode({name: getattr(changed, name) for name in names})

    def _names(self) -> list[str]:
        """Return the names of the values that are not the usual ones."""
        usual = View()
        names = [f.name for f in fields(View) if f.metadata.get("link", True)]
        return [name for name in names if getattr(self, name) != getattr(usual, name)]

    def at(self, tab: str, **changes: Any) -> str:
        """Return the link to another tab; filters, sort and division go along."""
        return self.link(**{"tab": tab, "page": 1 if tab != self.tab else self.page, **changes})

    def cleared(self) -> str:
        """Return the link to the list without filters."""
        plain: dict[str, Any] = dict.fromkeys(("division", "rep", "branch", "motion", "search"), "")
        return self.link(**plain, least=0, page=1)

    def kept(self, *but: str) -> list[tuple[str, Any]]:
        """Return the names and values that a form of this view must send along, all but some."""
        free = () if self.pinned else FREE
        names = [name for name in self._names() if name not in (*but, *free)]
        return [(name, getattr(self, name)) for name in names]

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
    names = [f.name for f in fields(View) if f.metadata.get("link", True)]
    known: dict[str, Any] = {name: given[name] for name in names if given.get(name)}
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
