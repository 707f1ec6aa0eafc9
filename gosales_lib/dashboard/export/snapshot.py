"""The main pages of a run as one file: no network, no kernel, nothing to install."""

from __future__ import annotations

from pathlib import Path

import markupsafe

from gosales_lib.dashboard import STATIC
from gosales_lib.dashboard.read import choice, source
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render import blocks
from gosales_lib.dashboard.render.blocks import Block, Heading, Page
from gosales_lib.dashboard.render.paper import Paper, embedded
from gosales_lib.dashboard.tabs import data, division, holdout, offers, overview
from gosales_lib.run_folders import Run, artifacts

MOST_OFFERS = 200
"""Of the offers to call so many are in the file; the run's workbook holds all."""


def write(run: Run, to: Path | None = None, cutoff: str | None = None) -> Path:
    """Write the pages of a run at its latest cutoff, `dashboard.html` in its folder.

    Raises
    ------
    NotShownError
        The run has not ended, is damaged, or has no such cutoff.
    """
    if obstacle := source.obstacle(run, choice.entry(run).state):
        raise NotShownError(obstacle)
    days = source.cutoffs(run)
    if cutoff and cutoff not in days:
        raise NotShownError(f"Run {run.id} has no cutoff {cutoff}: it has {', '.join(days)}")
    shown = Shown(run, cutoff or days[0])
    target = Path(to or run.path / "dashboard.html").resolve()
    with artifacts.writing(target) as aside:
        aside.write_text(page(shown), encoding="utf-8")
    return target


def page(shown: Shown) -> str:
    """Return the page as HTML with everything that it needs inside."""
    from plotly.offline import get_plotlyjs

    paper = Paper()
    view = View(run=shown.run.id, cutoff=shown.cutoff, size=MOST_OFFERS)
    pages = [(name, title, told(shown, name, view)) for name, title in PAGES]
    html = paper.write(
        "snapshot.jinja",
        shown=shown,
        view=view,
        pages=pages,
        style=markupsafe.Markup((STATIC / "dashboard.css").read_text(encoding="utf-8")),
        plotly=markupsafe.Markup(get_plotlyjs()),
        script=markupsafe.Markup((STATIC / "dashboard.js").read_text(encoding="utf-8")),
    )
    return str(html).replace("FIGURES-STAND-HERE", str(embedded(paper.figures)), 1)


PAGES = (
    ("overview", "Overview"),
    ("whitespace", "Whitespace"),
    ("divisions", "Divisions"),
    ("holdout", "Holdout"),
    ("data", "Data"),
)


def told(shown: Shown, name: str, view: View) -> Page:
    """Return one page; what cannot be shown says why."""
    try:
        if name == "overview":
            return overview.page(shown)
        if name == "whitespace":
            return offers.page(shown, view)
        if name == "divisions":
            return Page([block for each in shown.divisions for block in _division(shown, each)])
        return holdout.page(shown) if name == "holdout" else data.page(shown)
    except NotShownError as reason:
        return blocks.problem(str(reason))


def _division(shown: Shown, name: str) -> list[Block]:
    try:
        return [Heading(name), *division.of(shown, name).blocks]
    except NotShownError as reason:
        return [Heading(name), *blocks.problem(str(reason)).blocks]
