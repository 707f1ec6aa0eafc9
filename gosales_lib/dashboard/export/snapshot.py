"""A run's pages and notebooks as one file: no network, no kernel, nothing to install."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import markupsafe
import polars as pl

from gosales_lib.dashboard import STATIC
from gosales_lib.dashboard.read import choice, records
from gosales_lib.dashboard.read.scope import Scope
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render import blocks
from gosales_lib.dashboard.render.blocks import Block, Heading, Page, Picture, Section
from gosales_lib.dashboard.render.paper import Paper, embedded
from gosales_lib.dashboard.tabs import customer, data, division, holdout, offers, overview
from gosales_lib.run_folders import Run, artifacts, distinct

MOST_OFFERS = 200
"""Of the offers to call so many are in the file; the run's workbook holds all."""


def write(run: Run, to: Path | None = None) -> Path:
    """Write the pages of a run at its latest cutoff and its notebooks, `report.html` in its folder.

    A run that has not ended or is damaged has its notebooks, and the reason in place of the pages.
    """
    from gosales_lib.dashboard.export import notebooks

    view = View(run=run.id, size=MOST_OFFERS)
    try:
        shown = Shown(run, latest(run))
        view = replace(view, cutoff=shown.cutoff)
        pages = [(name, name.capitalize(), told(shown, name, view)) for name in PAGES]
    except NotShownError as reason:
        pages = [("overview", "Overview", blocks.problem(str(reason)))]
    pages.append(("notebooks", "Notebooks", notebooks.page(run)))
    below = f"The list shows the first {MOST_OFFERS} offers to call; the run's workbook holds all."
    html = document(view, pages, below, notebooks.code_style())
    return written(to or run.path / "report.html", html)


def write_reps(run: Run, to: Path | None = None) -> list[Path]:
    """Write a file per rep: the calls, and a page of each account to call; `report/CUTOFF` in it.

    A file holds the rep's own accounts only, and no picture, so that it is small enough to mail.
    NotShownError: the run has not ended, is damaged, or names no rep.
    """
    day = latest(run)
    chosen = Shown(run, day).listed.filter("chosen")
    reps = sorted(chosen["rep"].drop_nulls().unique().cast(pl.String).to_list())
    if not reps:
        raise NotShownError(f"Run {run.id} has no offer to call that belongs to a rep.")
    folder = to or run.path / "report" / day
    folder.mkdir(parents=True, exist_ok=True)
    return [written(folder / f"{distinct(rep)}.html", of_rep(run, day, rep)) for rep in reps]


def of_rep(run: Run, cutoff: str, rep: str) -> str:
    """Return the file of one rep as HTML."""
    shown = Shown(run, cutoff, Scope(name=rep, reps=(rep,)))
    view = View(run=run.id, cutoff=cutoff, tab="whitespace", rep=(rep,))
    _, rows = offers.selected(shown, view)
    view = replace(view, size=max(1, rows.height))
    pages = [("whitespace", f"Calls of {rep}", told(shown, "whitespace", view))]
    accounts = rows.unique("customer_id", keep="first", maintain_order=True)
    for number, name in accounts.select("customer_id", "customer_name").iter_rows():
        page = Page(list(mailed(customer.of(shown, number).blocks)))
        pages.append((f"customer-{number}", name or number, page))
    below = f"The accounts of {rep} only. A name in the list opens the page of the account."
    return document(view, pages, below)


def mailed(parts: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks without their pictures."""
    for part in parts:
        if isinstance(part, Section):
            yield Section(list(mailed(part.blocks)))
        elif not isinstance(part, Picture):
            yield part


def latest(run: Run) -> str:
    """Return the latest cutoff of a run that can be shown."""
    if obstacle := records.obstacle(run, choice.entry(run).state):
        raise NotShownError(obstacle)
    return records.cutoffs(run)[0]


def written(to: Path, html: str) -> Path:
    """Write a file whole or not at all."""
    target = to.resolve()
    with artifacts.writing(target) as aside:
        aside.write_text(html, encoding="utf-8")
    return target


def document(
    view: View, pages: Sequence[tuple[str, str, Page]], below: str, style: str = ""
) -> str:
    """Return pages (name, title, blocks) as one HTML file with everything that it needs inside."""
    from plotly.offline import get_plotlyjs

    paper = Paper()
    html = paper.write(
        "snapshot.jinja",
        view=view,
        pages=pages,
        below=below,
        style=markupsafe.Markup((STATIC / "dashboard.css").read_text(encoding="utf-8") + style),
        script=markupsafe.Markup((STATIC / "dashboard.js").read_text(encoding="utf-8")),
    )
    before, _, rest = html.partition("PLOTLY-STANDS-HERE")  # the first one: no data comes before
    inside, _, after = rest.rpartition("FIGURES-STAND-HERE")  # the last one: none comes after
    plotly = get_plotlyjs() if paper.figures else ""
    return "".join((before, plotly, inside, embedded(paper.figures), after))


PAGES = ("overview", "whitespace", "divisions", "holdout", "data")


def told(shown: Shown, name: str, view: View) -> Page:
    """Return one page; what cannot be shown says why."""
    try:
        if name == "divisions":
            return Page([block for each in shown.divisions for block in _division(shown, each)])
        pages = {"overview": overview.page, "whitespace": offers.page, "holdout": holdout.page}
        page = pages.get(name, data.page)
        return page(shown, view if name == "whitespace" else View())
    except NotShownError as reason:
        return blocks.problem(str(reason))


def _division(shown: Shown, name: str) -> list[Block]:
    try:
        return [Heading(name), *division.of(shown, name).blocks]
    except NotShownError as reason:
        return [Heading(name), *blocks.problem(str(reason)).blocks]
