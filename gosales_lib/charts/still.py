"""Still pictures: figures as PNG, for executed notebooks outside JupyterLab.

Plotly's own export needs a Chrome. This draws the kinds of traces that the project uses with
Matplotlib; a figure with another kind has no still picture, never a wrong one.
"""

from __future__ import annotations

import base64
import io
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import numpy as np
from plotly.io.base_renderers import MimetypeRenderer

from gosales_lib.core.log import logger

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from matplotlib.axes import Axes

PNG, RENDERER = "image/png", "still"
WIDTH, DPI = 9.0, 80
"""Inches and dots per inch: 720 dots wide, some 20 kB."""
LIGHT, ROOM = 1.6, 0.14
"""From this sum of red, green and blue on, ink is dark; and the share of the width for labels."""
DASHES = {"dot": ":", "dash": "--"}
Trace = dict[str, Any]


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
    if title := layout.get("title", {}).get("text"):
        paper.text(0.01, 1 - 0.12 / height, words(title), va="top", fontsize=12)
    longest = max((len(name) for axes in panels.values() for name in _labels(axes)), default=0)
    left = min(0.5, 0.13 + 0.0088 * max(0, longest - 9))
    edges = {"bottom": 0.6 / height, "top": 1 - 0.95 / height, "hspace": 0.3}
    paper.subplots_adjust(left=left, right=0.97, **edges)
    file = io.BytesIO()
    paper.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _labels(axes: Axes) -> list[str]:
    """Return the names at the upright axis; numbers are short and not counted."""
    units: Any = axes.yaxis.units
    texts = [label.get_text() for label in axes.get_yticklabels()]
    return [*texts, *getattr(units, "_mapping", ())]


def plain(content: Any) -> Any:
    """Return a figure's content without arrays in binary: lists, numbers and texts."""
    if isinstance(content, dict) and "bdata" in content:
        numbers = np.frombuffer(base64.b64decode(content["bdata"]), content["dtype"])
        shape = str(content.get("shape", numbers.size)).split(",")
        return numbers.reshape([int(size) for size in shape]).tolist()
    if isinstance(content, dict):
        return {name: plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple | np.ndarray):
        return [plain(value) for value in content]
    return content


def words(text: Any) -> str:
    """Return a text of a figure without Plotly's markup; a dollar sign begins no formula."""
    return unescape(re.sub(r"<[^>]*>", " ", str(text))).replace("$", r"\$")


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


def _values(axes: Axes, values: Any, which: str) -> Any:
    """Return values as an axis takes them: days as days, names in the order of their coming."""
    listed = list(values if values is not None else [])
    texts = [value for value in listed if isinstance(value, str)]
    if texts and all(re.match(r"\d{4}-\d\d-\d\d", text) for text in texts):
        return np.array(listed, "datetime64[D]")
    if texts or (listed and hasattr(listed[0], "isoformat")):
        return [words(value) for value in listed] if texts else np.array(listed, "datetime64[D]")
    return np.array([np.nan if value is None else value for value in listed], float)


def _bar(axes: Axes, trace: Trace, color: Any, label: str, bars: list[Trace], layout: Any) -> None:
    """Draw bars, upright or lying, with their texts and intervals."""
    lying = trace.get("orientation") == "h"
    along, across = ("y", "x") if lying else ("x", "y")
    places = _values(axes, trace[along], along)
    sizes = np.array([value or 0.0 for value in trace[across]], float)
    mode = layout.get("barmode", "group")
    numbers: Any = places
    if isinstance(places, list):
        unit: Any = axes.yaxis if lying else axes.xaxis
        unit.update_units(places)
        numbers = np.asarray(unit.convert_units(places), float)
    elif places.dtype.kind == "M":
        numbers = places.astype(float)
        (axes.yaxis if lying else axes.xaxis).axis_date()
    gap = float(np.min(np.diff(np.unique(numbers)), initial=np.inf)) if len(numbers) > 1 else 1.0
    width = trace.get("width") or 0.8 * gap
    base: Any = trace.get("base")
    places_of = _beside(bars, mode)
    if len(set(places_of)) > 1:
        width = width / len(set(places_of))
        mine = places_of[bars.index(trace)]
        numbers = numbers + (mine - (len(set(places_of)) - 1) / 2) * width
    if base is not None:
        base = _values(axes, base, across)
        sizes = sizes.astype("timedelta64[ms]") if base.dtype.kind == "M" else sizes
    elif mode in ("stack", "relative"):
        at = bars.index(trace)
        below = [
            bar
            for bar, position in zip(bars[:at], places_of, strict=False)
            if position == places_of[at]
        ]
        base = _below(below, trace, along, across, sizes)
    if isinstance(color, list):
        color = [c or "#999999" for c in color]
    error = trace.get(f"error_{across}")
    spread = None
    if error:
        up = np.array(error["array"], float)
        spread = np.abs([np.array(error.get("arrayminus", up), float), up])
    draw = axes.barh if lying else axes.bar
    kept: dict[str, Any] = {"left" if lying else "bottom": base} if base is not None else {}
    kept |= {"xerr" if lying else "yerr": spread} if spread is not None else {}
    made = draw(numbers, sizes, width, color=color, label=label, capsize=2, **kept)
    if trace.get("text") is not None and base is None:
        given = trace["text"] if isinstance(trace["text"], list) else [trace["text"]] * len(sizes)
        axes.bar_label(made, [words(text) for text in given], padding=2, fontsize=8)


def _beside(bars: list[Trace], mode: str) -> list[int]:
    """Return the place of each series of bars among those side by side; 0 where all share one."""
    if mode == "group":
        return list(range(len(bars)))
    groups = [bar.get("offsetgroup") for bar in bars]
    names = list(dict.fromkeys(groups))
    return [names.index(group) for group in groups]


def _below(before: list[Trace], trace: Trace, along: str, across: str, sizes: Any) -> Any:
    """Return where the bars of a stack begin: on those before them, of the same sign."""
    sums: dict[tuple[Any, bool], float] = {}
    for other in before:
        for position, size in zip(other[along], other[across], strict=True):
            key = (position, (size or 0) < 0)
            sums[key] = sums.get(key, 0.0) + (size or 0.0)
    return np.array([sums.get((p, s < 0), 0.0) for p, s in zip(trace[along], sizes, strict=True)])


def _histogram(
    axes: Axes, trace: Trace, color: Any, label: str, bars: list[Trace], layout: Any
) -> None:
    """Draw how many values lie in each of so many bins, on those drawn before."""
    every = np.concatenate([np.array(other["x"], float) for other in bars])
    edges = np.histogram_bin_edges(every, int(trace.get("nbinsx", 30)))
    counts = [np.histogram(np.array(other["x"], float), edges)[0] for other in bars]
    mine = bars.index(trace)
    base = np.sum(counts[:mine], axis=0) if mine else np.zeros(len(edges) - 1)
    width = np.diff(edges)
    axes.bar(edges[:-1], counts[mine], width, bottom=base, align="edge", color=color, label=label)


def _scatter(
    axes: Axes, trace: Trace, color: Any, label: str, bars: list[Trace], layout: Any
) -> None:
    """Draw a line, points, or both, with intervals."""
    y = _values(axes, trace["y"], "y")
    x = _values(axes, trace["x"], "x") if trace.get("x") is not None else np.arange(len(y))
    mode = trace.get("mode") or "lines"
    style = DASHES.get(trace.get("line", {}).get("dash"), "-") if "lines" in mode else ""
    point = "D" if trace.get("marker", {}).get("symbol") == "diamond" else "o"
    color = color[0] if isinstance(color, list) else color
    for which in ("x", "y"):
        error = trace.get(f"error_{which}")
        if error:
            up = np.array(error["array"], float)
            spread = np.abs([np.array(error.get("arrayminus", up), float), up])
            kept: dict[str, Any] = {f"{which}err": spread}
            axes.errorbar(x, y, fmt="none", ecolor=error.get("color") or color, capsize=2, **kept)
    marker = point if "markers" in mode else ""
    axes.plot(x, y, linestyle=style, marker=marker, markersize=4, color=color, label=label)


def _heatmap(
    axes: Axes, trace: Trace, color: Any, label: str, bars: list[Trace], layout: Any
) -> None:
    """Draw a table of shades with its numbers."""
    from matplotlib.colors import LinearSegmentedColormap

    z = np.array(trace["z"], float)
    scale = trace.get("colorscale") or [[0, "#ffffff"], [1, "#0072B2"]]
    shades = LinearSegmentedColormap.from_list("own", [tuple(stop) for stop in scale])
    table = axes.imshow(
        z, cmap=shades, aspect="auto", vmin=trace.get("zmin"), vmax=trace.get("zmax")
    )
    axes.set_xticks(range(z.shape[1]), [words(name) for name in trace["x"]])
    axes.set_yticks(range(z.shape[0]), [words(name) for name in trace["y"]])
    for (row, column), text in np.ndenumerate(np.array(trace.get("text", np.empty(z.shape, str)))):
        light = sum(shades(table.norm(z[row, column]))[:3]) > LIGHT
        ink = "#17202c" if light else "white"
        axes.text(column, row, words(text), ha="center", va="center", fontsize=8, color=ink)


DRAWN = {"bar": _bar, "histogram": _histogram, "scatter": _scatter, "heatmap": _heatmap}
"""The kinds of traces that are drawn."""


def _dress(axes: Axes, names: tuple[str, str], traces: list[Trace], layout: dict[str, Any]) -> None:
    """Write titles, ticks, legend, lines and notes."""
    from matplotlib.ticker import PercentFormatter, ScalarFormatter, StrMethodFormatter

    heat = traces[0].get("type") == "heatmap"
    for name, axis, limits in zip(names, (axes.xaxis, axes.yaxis), ("xlim", "ylim"), strict=True):
        given = _axis(layout, name)
        axis.set_label_text(words(given.get("title", {}).get("text") or ""))
        if str(given.get("tickformat", "")).endswith("%"):
            axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
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
            axes.axvline(_values(axes, [shape["x0"]], "x")[0], color="#333333", linestyle=":")
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend(fontsize=8, frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0))
