"""The executed notebooks of a run as a page: what failed, what each one shows, how it was made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import markupsafe
import nbformat
import plotly.graph_objects as go
import polars as pl
from nbconvert import HTMLExporter
from nbconvert.preprocessors.sanitize import SanitizeHTML

from gosales_lib.dashboard.render.blocks import (
    Block,
    Chapter,
    Facts,
    Heading,
    Note,
    Page,
    Picture,
    Section,
    Table,
)
from gosales_lib.dashboard.render.columns import Column
from gosales_lib.reports import summary
from gosales_lib.run_folders import Run

PLOTLY = "application/vnd.plotly.v1+json"
MARK = "picture-{}-stands-here"
TAGS = ["h1", "h2", "h3", "h4", "p", "a", "b", "i", "em", "strong", "code", "pre", "small", "br"]
TAGS += ["hr", "ul", "ol", "li", "div", "span", "table", "thead", "tbody", "tr", "th", "td"]
SECONDS = ("total", "kernel", "imports", "work", "save")
TIMED = (
    Column("notebook", "Notebook"),
    Column("division", "Division"),
    Column("cutoff", "Cutoff"),
    *(Column(name, name.capitalize(), "number") for name in SECONDS),
)


def page(run: Run) -> Page:
    """Return the notebooks of a run, whatever became of it."""
    status = summary.of(run)
    numbers = ", ".join(f"{n} {state}" for state, n in summary.counts(status).items())
    ends = f"started {status['started'] or '-'}, ended {status['finished'] or '-'}"
    blocks: list[Block] = [
        Heading(f"Run {status['run']}: {status['state']}", f"Notebooks: {numbers}; {ends}.")
    ]
    blocks += [Note(problem, "error") for problem in summary.problems(status)]
    blocks += [Note(in_words(failure), "error") for failure in summary.failures(status)]
    blocks += [chapter(*notebook) for notebook in _notebooks(status)]
    blocks.append(Section([Heading("How it was made"), Facts(list(_made(status)))]))
    seconds = pl.DataFrame(list(_seconds(status)), {c.name: c.dtype for c in TIMED})
    blocks.append(Section([Heading("Seconds"), Table(TIMED, seconds)]))
    return Page(blocks)


def in_words(failure: Mapping[str, Any]) -> str:
    """Return why a notebook failed: which cell, the error, its place, and a hint."""
    text = f"{failure['notebook']} {failure['parameters']} in “{failure['cell']}”: "
    text += str(failure["error"]) + (f", at {failure['frame']}" if failure["frame"] else "")
    return f"{text}. {failure['hint']}" if failure["hint"] else text


def chapter(title: str, state: str, path: Path) -> Chapter:
    """Return a notebook: what it shows is cleaned of scripts, its pictures are put back."""
    nb = nbformat.read(path, as_version=4)
    pictures: list[Picture] = []
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if figure := output.get("data", {}).get(PLOTLY):
                output["data"] = {"text/plain": MARK.format(len(pictures))}
                pictures.append(_picture(figure))
            elif html := output.get("data", {}).get("text/html"):
                output["data"]["text/html"] = re.sub(r"(?s)<style.*?</style>", "", html)
    body, _ = _exporter().from_notebook_node(nb)
    parts: list[markupsafe.Markup | Picture] = []
    for number, picture in enumerate(pictures):
        before, _, body = body.partition(f"<pre>{MARK.format(number)}</pre>")
        parts += [markupsafe.Markup(before), picture]
    return Chapter(title, state, [*parts, markupsafe.Markup(body)])


def code_style() -> str:
    """Return the style of the notebooks' code."""
    from pygments.formatters import HtmlFormatter

    answer: str = HtmlFormatter(style="default").get_style_defs(".highlight")
    return answer


def _picture(figure: Mapping[str, Any]) -> Picture:
    drawn = go.Figure(figure.get("data"), figure.get("layout"), skip_invalid=True)
    return Picture(drawn, str(drawn.layout.title.text or "Picture"))


@cache
def _exporter() -> HTMLExporter:
    """Return an exporter of bare bodies that lets no tag pass which could run or fetch anything."""
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True)
    exporter.register_preprocessor(SanitizeHTML(tags=TAGS, strip=True, enabled=True), enabled=True)
    return exporter


def _notebooks(status: Mapping[str, Any]) -> Iterator[tuple[str, str, Path]]:
    """Yield title, state and path of each executed notebook there is."""
    for entry in summary.entries(status):
        for step, notebook in entry["notebooks"].items():
            parts = (step, entry.get("division"), entry.get("cutoff"))
            if Path(notebook["path"]).exists():
                title = " · ".join(part for part in parts if part)
                yield title, notebook["state"], Path(notebook["path"])


def _made(status: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the parameters, versions and prints of the input files."""
    for part in ("parameters", "versions", "inputs"):
        yield from ((str(name), str(value)) for name, value in (status[part] or {}).items())
    yield "git commit", str(status["git_commit"] or "-")


def _seconds(status: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in summary.entries(status):
        for step, notebook in entry["notebooks"].items():
            if "seconds" in notebook:
                named = {name: entry.get(name) for name in ("division", "cutoff")}
                timings = {"total": notebook["seconds"], **notebook.get("timings", {})}
                yield {"notebook": step, **named, **{n: timings.get(n) for n in SECONDS}}
