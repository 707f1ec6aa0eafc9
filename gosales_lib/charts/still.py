"""Still pictures: figures as PNG, for executed notebooks outside JupyterLab.

Plotly's own export needs a Chrome. This draws the kinds of traces that the project uses with
Matplotlib; a figure with another kind has no still picture, never a wrong one.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from plotly.io.base_renderers import MimetypeRenderer

from gosales_lib.charts.traces import DRAWN, Trace, plain, values, words, wrapped
from gosales_lib.core.log import logger

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from matplotlib.axes import Axes

PNG, RENDERER = "image/png", "still"
WIDTH, DPI = 9.0, 80
"""Inches and dots per inch: 720 dots wide, some 20 kB."""
ROOM = 0.14
"""Share of the width for labels."""


def register() -> None:
    """Let each figure that a notebook shows carry its PNG beside Plotly's own content."""
    import plotly.io as pio

    pio.renderers[RENDERER] = Still()
    pio.renderers.default = f"plotly_mimetype+{RENDERER}"


class Still(MimetypeRenderer):  # type: ignore[misc]
    """Adds the PNG to what a notebook's cell puts out."""

    def to_mimebundle(self, fig_dict: dict[str, Any]) -> dict[str, str]:
        """Return {"image/png": base64}; nothing where the figure cannot be drawn."""
        import plotly.graph_objects as go

        try:
            picture = png(go.Figure(fig_dict, skip_invalid=True))
        except Exception as error:  # a cell must not fail because its PNG cannot be drawn
            logger.warning("no still picture of a figure: %s", type(error).__name__)
            return {}
        return {PNG: base64.b64encode(picture).decode("ascii")} if picture else {}


def png(figure: go.Figure) -> bytes:
    """Return a figure as PNG; empty where it holds a kind of trace that is not drawn here."""
    from matplotlib.figure import Figure

    drawn = plain(figure.to_plotly_json())
    layout = drawn["layout"]
    traces = [trace for trace in drawn["data"] if trace.get("visible", True) is True]
    if not traces or any(trace.get("type", "scatter") not in DRAWN for trace in traces):
        return b""
    height = float(layout.get("height", 400)) / 720 * WIDTH
    paper = Figure(figsize=(WIDTH, height), dpi=DPI)
    panels = _panels(paper, traces, layout)
    for names, axes in panels.items():
        mine = [t for t in traces if _names(t) == names]
        _draw(axes, mine, layout)
        _dress(axes, names, mine, layout)
    paper.text(0.01, 1 - 0.12 / height, _title(layout), va="top", fontsize=12)
    lines = [_wrap_names(axes) for axes in panels.values()][-1]
    longest = max((len(name) for axes in panels.values() for name in _labels(axes)), default=0)
    left = min(0.5, 0.13 + 0.0088 * max(0, longest - 9))
    edges = {"bottom": (0.45 + 0.15 * lines) / height, "top": 1 - 0.95 / height, "hspace": 0.3}
    paper.subplots_adjust(left=left, right=0.97, **edges)
    file = io.BytesIO()
    paper.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _title(layout: dict[str, Any]) -> str:
    """Return the title, and the choice of a menu that is shown: a still picture has no others."""
    menus = [menu for menu in layout.get("updatemenus") or () if menu.get("buttons")]
    chosen = [menu["buttons"][max(0, menu.get("active") or 0)]["label"] for menu in menus]
    return words(" ".join([layout.get("title", {}).get("text") or "", *map("({})".format, chosen)]))


def _wrap_names(axes: Axes) -> int:
    """Write the names below an axis in lines that do not reach into each other; return how many."""
    units: Any = axes.xaxis.units
    names = wrapped(list(getattr(units, "_mapping", ())))
    if names:
        axes.set_xticks(range(len(names)), names)
    return 1 + max((name.count("\n") for name in names), default=0)


def _labels(axes: Axes) -> list[str]:
    """Return the names at the upright axis; numbers are short and not counted."""
    units: Any = axes.yaxis.units
    texts = [label.get_text() for label in axes.get_yticklabels()]
    return [*texts, *getattr(units, "_mapping", ())]


def _names(trace: Trace) -> tuple[str, str]:
    return trace.get("xaxis", "x"), trace.get("yaxis", "y")


def _panels(paper: Any, traces: list[Trace], layout: dict[str, Any]) -> dict[tuple[str, str], Axes]:
    """Return the axes of a figure, from the top down, as high as the figure says."""
    names = list(dict.fromkeys(_names(trace) for trace in traces))
    domains = [_axis(layout, y).get("domain", [0, 1]) for _, y in names]
    order = sorted(range(len(names)), key=lambda i: -domains[i][0])
    heights = [domains[i][1] - domains[i][0] for i in order]
    panels = paper.subplots(len(names), 1, squeeze=False, sharex=True, height_ratios=heights)
    return {names[i]: panels[row][0] for row, i in enumerate(order)}


def _axis(layout: dict[str, Any], name: str) -> dict[str, Any]:
    axis: dict[str, Any] = layout.get(f"{name[0]}axis{name[1:]}", {})
    return axis


def _draw(axes: Axes, traces: list[Trace], layout: dict[str, Any]) -> None:
    """Draw traces over each other, bars beside or upon each other as the figure says."""
    bars = [trace for trace in traces if trace.get("type") in ("bar", "histogram")]
    colors = layout.get("colorway") or [None]
    for number, trace in enumerate(traces):
        marker, line = trace.get("marker", {}), trace.get("line", {})
        color = marker.get("color") or line.get("color") or colors[number % len(colors)]
        label = words(trace.get("name") or "") if trace.get("showlegend", True) else ""
        DRAWN[trace.get("type", "scatter")](axes, trace, color, label or "_", bars, layout)


def _dress(axes: Axes, names: tuple[str, str], traces: list[Trace], layout: dict[str, Any]) -> None:
    """Write titles, ticks, legend, lines and notes."""
    from matplotlib.ticker import FuncFormatter, ScalarFormatter, StrMethodFormatter

    heat = traces[0].get("type") == "heatmap"
    for name, axis, limits in zip(names, (axes.xaxis, axes.yaxis), ("xlim", "ylim"), strict=True):
        given = _axis(layout, name)
        axis.set_label_text(words(given.get("title", {}).get("text") or ""))
        if str(given.get("tickformat", "")).endswith("%"):
            axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.10g}%"))
        elif isinstance(axis.get_major_formatter(), ScalarFormatter):
            axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
        if given.get("showticklabels") is False:
            axis.set_tick_params(labelbottom=False, labelleft=False)
        ends = given.get("range")
        if ends and not heat and all(isinstance(end, int | float) for end in ends):
            axes.set(**{limits: ends})
        elif given.get("rangemode") == "tozero":
            axes.set(**{limits: (0, None)})
        if given.get("autorange") == "reversed" and not heat:
            axis.set_inverted(True)
    if any(trace.get("orientation") == "h" and trace.get("text") is not None for trace in traces):
        low, high = axes.get_xlim()
        axes.set_xlim(low, high + ROOM * (high - low))
    if not heat:
        axes.grid(color="#e6eaf0", linewidth=0.7)
        axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    for shape in layout.get("shapes", []):
        if shape.get("type") == "line" and shape.get("x0") == shape.get("x1"):
            axes.axvline(values(axes, [shape["x0"]], "x")[0], color="#333333", linestyle=":")
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(fontsize=8, frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0))
