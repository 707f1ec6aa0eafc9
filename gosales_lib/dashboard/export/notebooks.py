"""One HTML page of a run that opens anywhere: tables, pictures and executed notebooks, no network.

Plotly's library is in the page once; a picture is drawn when its notebook is opened. The page's
own content policy forbids every request, so a reader can trust that none is made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
import nbformat
import plotly.graph_objects as go
from nbconvert import HTMLExporter
from nbconvert.preprocessors.sanitize import SanitizeHTML
from plotly.offline import get_plotlyjs

from gosales_lib.reports import division, summary
from gosales_lib.reports.division import Evidence
from gosales_lib.run_folders import Run, artifacts

PLOTLY = "application/vnd.plotly.v1+json"
TEMPLATE = Path(__file__).with_name("notebooks.html.jinja")
TAGS = ["h1", "h2", "h3", "h4", "p", "a", "b", "i", "em", "strong", "code", "pre", "small", "br"]
TAGS += ["hr", "ul", "ol", "li", "div", "span", "table", "thead", "tbody", "tr", "th", "td"]
COLOURS = {"model": "#1f5fa8", "best baseline": "#b9bfc7"}


@dataclass(frozen=True)
class Chapter:
    """One executed notebook as HTML, and the pictures that belong into it."""

    title: str
    state: str
    html: markupsafe.Markup


def write(run: Run, to: Path | None = None) -> Path:
    """Write the page of a run, `report.html` in its folder unless told otherwise."""
    status = summary.of(run)
    pictures: list[Mapping[str, Any]] = []
    overview = [_placed(figure, pictures) for figure in overviews(status)]
    chapters = [_chapter(*found, pictures) for found in _notebooks(status)]
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        status=status,
        rows=summary.rows(status),
        counts=summary.counts(status),
        failures=list(summary.failures(status)),
        problems=summary.problems(status),
        seconds=list(_seconds(status)),
        overview=overview,
        chapters=chapters,
        pictures=_json(pictures),
        plotly=markupsafe.Markup(get_plotlyjs()),
        code_style=markupsafe.Markup(_code_style()),
    )
    target = to or run.path / "report.html"
    with artifacts.writing(Path(target).resolve()) as aside:
        aside.write_text(page, encoding="utf-8")
    return Path(target)


def overviews(status: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a picture a cutoff: lift at 10% by division, beside the best baseline's."""
    figures = (_overview(cutoff) for cutoff in status["cutoffs"])
    return [json.loads(figure.to_json()) for figure in figures if figure is not None]


def _overview(cutoff: Mapping[str, Any]) -> go.Figure | None:
    found = [division.of(e["division"], Path(e["folder"])) for e in cutoff["divisions"]]
    known = {each.name: pair for each in found if (pair := _lifts(each.evidence))}
    if not known:
        return None
    bars = [
        go.Bar(
            name=name, x=list(known), y=[pair[i] for pair in known.values()], marker_color=colour
        )
        for i, (name, colour) in enumerate(COLOURS.items())
    ]
    layout = {"template": "plotly_white", "height": 360, "legend": {"orientation": "h", "y": 1.12}}
    title = f"Lift at 10%, cutoff {cutoff['cutoff']} (holdout where checked, else validation)"
    return go.Figure(bars, layout | {"title": title, "yaxis": {"title": "times the base rate"}})


def _lifts(evidence: Evidence | None) -> tuple[float, float] | None:
    """Return the model's lift at 10% and its best baseline's, of the figures that count."""
    if evidence is None or evidence.model.lift_10 is None or evidence.baseline is None:
        return None
    return evidence.model.lift_10, evidence.baseline.figure


def _seconds(status: Mapping[str, Any]) -> Iterator[tuple[str, str, str, dict[str, float]]]:
    for entry in summary.entries(status):
        for step, notebook in entry["notebooks"].items():
            if "seconds" in notebook:
                timings = {"total": notebook["seconds"], **notebook.get("timings", {})}
                yield step, entry.get("division", ""), entry.get("cutoff", ""), timings


def _notebooks(status: Mapping[str, Any]) -> Iterator[tuple[str, str, Path]]:
    """Yield title, state and path of each executed notebook there is."""
    for entry in summary.entries(status):
        for step, notebook in entry["notebooks"].items():
            parts = (step, entry.get("division"), entry.get("cutoff"))
            if Path(notebook["path"]).exists():
                title = " · ".join(part for part in parts if part)
                yield title, notebook["state"], Path(notebook["path"])


def _chapter(title: str, state: str, path: Path, pictures: list[Mapping[str, Any]]) -> Chapter:
    """Return a notebook as HTML: what it shows is cleaned of scripts, its pictures are put back."""
    nb = nbformat.read(path, as_version=4)
    places: dict[str, str] = {}
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if figure := output.get("data", {}).get(PLOTLY):
                mark = f"picture-{len(pictures)}-stands-here"
                places[mark] = _placed(figure, pictures)
                output["data"] = {"text/plain": mark}
            elif html := output.get("data", {}).get("text/html"):
                output["data"]["text/html"] = re.sub(r"(?s)<style.*?</style>", "", html)
    body, _ = _exporter().from_notebook_node(nb)
    for mark, place in places.items():
        body = body.replace(f"<pre>{mark}</pre>", place)
    return Chapter(title, state, markupsafe.Markup(body))


@cache
def _exporter() -> HTMLExporter:
    """Return an exporter of bare bodies that lets no tag pass which could run or fetch anything."""
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True)
    exporter.register_preprocessor(SanitizeHTML(tags=TAGS, strip=True, enabled=True), enabled=True)
    return exporter


def _placed(figure: Mapping[str, Any], pictures: list[Mapping[str, Any]]) -> markupsafe.Markup:
    """Keep a figure for the page's script and return the empty place it is drawn into."""
    pictures.append({"data": figure.get("data", []), "layout": figure.get("layout", {})})
    return markupsafe.Markup('<div class="picture" data-number="{}"></div>').format(
        len(pictures) - 1
    )


def _json(content: Any) -> markupsafe.Markup:
    """Return JSON that no text within can leave: `</script>` cannot occur in it."""
    text = json.dumps(artifacts.plain(content), separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return markupsafe.Markup(text)


def _code_style() -> str:
    from pygments.formatters import HtmlFormatter

    answer: str = HtmlFormatter(style="default").get_style_defs(".highlight")
    return answer
