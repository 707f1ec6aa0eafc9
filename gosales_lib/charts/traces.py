"""The kinds of traces of a still picture, drawn with Matplotlib."""

from __future__ import annotations

import base64
import re
from html import unescape
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LIGHT = 1.6
"""From this sum of red, green and blue on, ink is dark."""
ACROSS = 90
"""Signs that fit side by side into the width of a picture."""
DASHES = {"dot": ":", "dash": "--"}

Trace = dict[str, Any]


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


def wrapped(texts: list[str]) -> list[str]:
    """Return the texts of places side by side, each in lines that fit into its share of a width."""
    width = max(1, ACROSS // max(1, len(texts)))
    return [fill(text, width, break_long_words=False, break_on_hyphens=False) for text in texts]


def values(axes: Axes, given: Any, which: str) -> Any:
    """Return values as an axis takes them: days as days, names in the order of their coming."""
    listed = list(given if given is not None else [])
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
    places = values(axes, trace[along], along)
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
    places_of, at = _beside(bars, mode), bars.index(trace)
    if (series := len(set(places_of))) > 1:
        width = width / series
        numbers = numbers + (places_of[at] - (series - 1) / 2) * width
    if base is not None:
        base = values(axes, base, across)
        sizes = sizes.astype("timedelta64[ms]") if base.dtype.kind == "M" else sizes
    elif mode in ("stack", "relative"):
        below = [bars[n] for n in range(at) if places_of[n] == places_of[at]]
        base = _below(below, trace, along, across, sizes)
    if isinstance(color, list):
        color = [c or "#999999" for c in color]
    draw = axes.barh if lying else axes.bar
    kept: dict[str, Any] = {"left" if lying else "bottom": base} if base is not None else {}
    if error := trace.get(f"error_{across}"):
        kept["xerr" if lying else "yerr"] = _ends(error)
    made = draw(numbers, sizes, width, color=color, label=label, capsize=2, **kept)
    if trace.get("text") is not None and base is None:
        given = trace["text"] if isinstance(trace["text"], list) else [trace["text"]] * len(sizes)
        texts = [words(text) for text in given]
        axes.bar_label(made, texts if lying else wrapped(texts), padding=2, fontsize=8)


def _ends(error: dict[str, Any]) -> Any:
    """Return how far intervals reach below and above their values."""
    up = np.array(error["array"], float)
    return np.abs([np.array(error.get("arrayminus", up), float), up])


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
    y = values(axes, trace["y"], "y")
    x = values(axes, trace["x"], "x") if trace.get("x") is not None else np.arange(len(y))
    mode = trace.get("mode") or "lines"
    style = DASHES.get(trace.get("line", {}).get("dash"), "-") if "lines" in mode else ""
    point = "D" if trace.get("marker", {}).get("symbol") == "diamond" else "o"
    color = color[0] if isinstance(color, list) else color
    for which in ("x", "y"):
        if error := trace.get(f"error_{which}"):
            kept: dict[str, Any] = {f"{which}err": _ends(error)}
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
