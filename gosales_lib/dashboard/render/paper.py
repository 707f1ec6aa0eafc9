"""Renders blocks as HTML: jinja escapes every text; a figure becomes an empty place and data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import markupsafe

from gosales_lib.dashboard.render import blocks

TEMPLATES = Path(__file__).with_name("html")
MOST_POINTS = 400
"""Largest number of points of a curve that are sent: more than a screen can show."""
FONT = {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 12.5}


@dataclass
class Paper:
    """The figures of a page, gathered while its blocks are written."""

    figures: list[dict[str, Any]] = field(default_factory=list)

    def write(self, template: str, **context: Any) -> markupsafe.Markup:
        """Return a template as HTML; what stands in `context` is escaped."""
        page = environment().get_template(template)
        return markupsafe.Markup(page.render(**context, paper=self))

    def place(self, picture: blocks.Picture) -> int:
        """Keep a figure and return its number on the page."""
        self.figures.append(slim(picture.figure))
        return len(self.figures) - 1


@cache
def environment() -> jinja2.Environment:
    """Return the templates; a name that a template misspells is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["block"] = lambda block, name: type(block).__name__ == name
    return made


def embedded(content: Any) -> markupsafe.Markup:
    """Return JSON that no text within can leave: `</script>` cannot occur in it."""
    text = json.dumps(content, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return markupsafe.Markup(text)


def slim(figure: Any) -> dict[str, Any]:
    """Return a Plotly figure as plain JSON for a card: no title of its own, long curves thinned."""
    drawn = json.loads(figure.to_json())
    for trace in drawn["data"]:
        _thin(trace)
    layout = drawn["layout"]
    layout.pop("title", None)
    layout.pop("template", None)
    layout |= {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "font": FONT}
    layout["margin"] = {"l": 56, "r": 16, "t": 16, "b": 48}
    layout["legend"] = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    for name in [n for n in layout if n.startswith(("xaxis", "yaxis"))] + ["xaxis", "yaxis"]:
        layout[name] = AXIS | layout.get(name, {})
        if isinstance(layout[name].get("title"), dict):
            layout[name]["title"] |= {"font": {"size": 12, "color": "#4b5768"}, "standoff": 10}
    return {"data": drawn["data"], "layout": layout}


AXIS = {
    "gridcolor": "#e6eaf0",
    "linecolor": "#c3ccd8",
    "zerolinecolor": "#c3ccd8",
    "automargin": True,
    "fixedrange": True,  # a finger that scrolls the page must not zoom the picture
}


def _thin(trace: dict[str, Any]) -> None:
    """Thin a long line to a number of points, with the first and the last."""
    x, y = trace.get("x"), trace.get("y")
    if trace.get("type") != "scatter" or not (isinstance(x, list) and isinstance(y, list)):
        return
    if len(x) != len(y) or len(x) <= MOST_POINTS:
        return
    last = len(x) - 1
    kept = [round(i * last / (MOST_POINTS - 1)) for i in range(MOST_POINTS)]
    trace["x"], trace["y"] = ([values[i] for i in kept] for values in (x, y))
