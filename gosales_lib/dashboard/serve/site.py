"""The dashboard: turns a query string into a page as HTML. It never raises; errors become pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import markupsafe

from gosales_lib.core.log import logger
from gosales_lib.dashboard import tabs
from gosales_lib.dashboard.read import choice, records
from gosales_lib.dashboard.read.choice import Entry
from gosales_lib.dashboard.read.scope import Scope
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.read.view import TABS, View, parse
from gosales_lib.dashboard.render import blocks
from gosales_lib.dashboard.render.paper import Paper
from gosales_lib.run_folders import Run

SCOPED_TABS = ("whitespace", "customer")
"""Tabs about accounts; viewers of some accounts see only these tabs."""
KEPT = 8
"""Runs that stay in memory as one scope sees them."""
MOST_RUNS = 60
"""Number of runs in the chooser; older ones still open by their link."""
NO_RUN = "There is no run yet. `gosales run` makes one; then open this page again."


@dataclass(frozen=True)
class Answer:
    """A page: its HTML, the figures for the places in it, its title and the link that opens it."""

    html: markupsafe.Markup
    figures: list[dict[str, Any]]
    title: str
    link: str

    def message(self) -> dict[str, Any]:
        """Return the page as JSON for a page that is open already."""
        shown = {"html": str(self.html), "figures": self.figures}
        return shown | {"title": self.title, "link": self.link}


class Site:
    """The pages over one folder of runs; the latest runs stay in memory."""

    def __init__(self, runs_dir: Path) -> None:
        self.runs_dir = runs_dir
        self._shown: dict[tuple[str, str, Scope | None], Shown] = {}
        self._lock = Lock()

    def open(self, query: str, scope: Scope | None = None) -> Answer:
        """Return the page of a query string, for a viewer who may see a scope only."""
        view = parse(query)
        if scope is not None and view.tab not in SCOPED_TABS:
            view = replace(view, tab=SCOPED_TABS[0])
        try:
            return self._open(view, scope)
        except Exception as error:  # after any error the viewer gets a page that says so
            logger.exception("the dashboard could not show %r", query[:200])
            return self._written(view, blocks.problem(self._in_words(error)), [], [], scope)

    def warm(self) -> None:
        """Do once what the first pages need: imports, templates, the files of the latest run."""
        for tab in ("whitespace", "overview"):
            self.open(f"?tab={tab}")

    def _open(self, view: View, scope: Scope | None) -> Answer:
        entries = choice.listed(self.runs_dir)
        if not entries:
            return self._written(View(), blocks.problem(NO_RUN), [], [], scope)
        try:
            entry, view = chosen(entries, view, scope)
            shown = self._of(entry.run, view.cutoff, scope)
            page = self._page(shown, view, self._other(entries, view, scope))
            page = blocks.Page([*remarks(entries, entry, view), *page.blocks])
        except NotShownError as reason:
            page = blocks.problem(str(reason))
        days = [str(d) for e in entries if e.run.id == view.run for d in records.cutoffs(e.run)]
        return self._written(view, page, entries, days, scope)

    def _page(self, shown: Shown, view: View, other: Shown | None) -> blocks.Page:
        """Return the open tab; only its module is imported and only its files are read."""
        module = import_module(f"{tabs.__name__}.{tabs.MODULES.get(view.tab, view.tab)}")
        page: blocks.Page = module.page(shown, view, other)
        return page

    def _of(self, run: Run, cutoff: str, scope: Scope | None = None) -> Shown:
        """Return a run at a cutoff, as one scope sees it; the last ones stay in memory."""
        key = (run.id, cutoff, scope)
        with self._lock:
            shown = self._shown.pop(key, None) or Shown(run, cutoff, scope)
            self._shown = dict(list(self._shown.items())[1 - KEPT :]) | {key: shown}
        return shown

    def _other(self, listed: Sequence[Entry], view: View, scope: Scope | None) -> Shown | None:
        """Return the run to compare with, at the same cutoff where it has it."""
        if not view.other:
            return None
        entry, other = chosen(listed, View(run=view.other), scope)
        days = records.cutoffs(entry.run)
        return self._of(entry.run, view.cutoff if view.cutoff in days else other.cutoff, scope)

    def shown(self, query: str, scope: Scope | None = None) -> tuple[Shown, View, Shown | None]:
        """Return the run of a view, the view, and the run to compare with.

        NotShownError: there is no such run.
        """
        entries = choice.listed(self.runs_dir)
        entry, view = chosen(entries, parse(query), scope)
        other = self._other(entries, view, scope)
        return self._of(entry.run, view.cutoff, scope), view, other

    def suggest(self, query: str, text: str, scope: Scope | None = None) -> list[tuple[str, str]]:
        """Return customers of a view's run whose name or number holds a text: (id, label)."""
        from gosales_lib.dashboard.tabs import search

        try:
            shown, _, _ = self.shown(query, scope)
            return [(number, label) for label, number in search.matching(shown, text)]
        except NotShownError:
            return []

    def _written(
        self,
        view: View,
        page: blocks.Page,
        listed: Sequence[Entry],
        days: list[str],
        scope: Scope | None,
    ) -> Answer:
        paper = Paper()
        runs = [(entry.run.id, entry.label) for entry in listed[:MOST_RUNS]]
        html = paper.write(
            "app.jinja",
            view=view,
            page=page,
            tabs=TABS if scope is None else SCOPED_TABS,
            viewer=scope.name if scope else "",
            runs=runs,
            others=[pair for pair in runs if pair[0] != view.run],
            cutoffs=days,
            run_line=f"run {view.run}, cutoff {view.cutoff}" if view.cutoff else "",
        )
        title = " · ".join(part for part in (view.tab.capitalize(), view.cutoff, "GoSales") if part)
        return Answer(html, paper.figures, title, view.link())

    def _in_words(self, error: Exception) -> str:
        """Return the error in words, without the paths of this machine."""
        text = str(error).replace(f"{self.runs_dir.resolve()}/", "").strip()
        text = f"{type(error).__name__}: {text[:300]}"
        return (
            f"This page could not be drawn ({text}). The files of the run may be damaged: "
            "choose another run or page, or make this run again with `gosales run`."
        )


def chosen(entries: Sequence[Entry], view: View, scope: Scope | None = None) -> tuple[Entry, View]:
    """Return the run that a view names, and the view with run and cutoff filled in.

    A name is only ever looked up among the runs that lie in the runs folder; it is never a path.
    NotShownError: there is no such run or cutoff, or the run cannot be shown.
    """
    current = choice.front(entries)
    if current is None:
        raise NotShownError(NO_RUN)
    by_id = {entry.run.id: entry for entry in entries}
    if view.run and view.run not in by_id:
        raise NotShownError(f"There is no run {view.run!r} here. Choose one from the list above.")
    entry = by_id[view.run] if view.run else current
    if obstacle := records.obstacle(entry.run, entry.state, scoped=scope is not None):
        raise NotShownError(obstacle)
    days = records.cutoffs(entry.run)
    if view.cutoff and view.cutoff not in days:
        raise NotShownError(
            f"Run {entry.run.id} has no cutoff {view.cutoff!r}. Choose one from the list above."
        )
    cutoff = view.cutoff or days[0]
    free = entry is current and cutoff == days[0]
    return entry, replace(view, run=entry.run.id, cutoff=cutoff, pinned=not free)


def remarks(entries: Sequence[Entry], entry: Entry, view: View) -> list[blocks.Block]:
    """Return the remarks above the page: a newer run, or that this one is not in use."""
    notes = choice.remarks(entries, entry)
    return [
        blocks.Note(text, "warning", View(run=run, tab=view.tab).link(), "Open that run")
        for text, run in notes
    ]
