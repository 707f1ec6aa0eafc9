"""A calendar of the months that a log covers, with the windows of a cutoff."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING

from gosales_lib.charts.style import INK, framed
from gosales_lib.core import coverage as measured
from gosales_lib.core import timeline
from gosales_lib.core.spelling import counted
from gosales_lib.core.timeline import Length, Window

if TYPE_CHECKING:
    import plotly.graph_objects as go
    import polars as pl

    from gosales_lib.core.coverage import Aside, Coverage, Month

STATES = {
    "covered": ("#9ecae1", "covered"),
    "quiet": ("#eeeeee", "no sale, and none usual"),
    "thin": ("#E69F00", "far fewer than usual"),
    "missing": ("#D55E00", "missing"),
    "set aside": ("#777777", "set aside: dated far from the rest"),
}
"""Colour and meaning of a month's state."""
MOST_FILES = 16
"""With more files, the rows of all of them are one line."""
MONTHS = 6
"""The length of a window where no run has named one."""
NEAR = 400  # days beyond the covered ones that the picture still reaches to


@dataclass(frozen=True)
class Windows:
    """The marks on the calendar: the cutoff, the training windows, and the holdout's window."""

    cutoff: date
    training: Sequence[Window]  # oldest first; the last one validates
    holdout: Window

    @classmethod
    def of(cls, cutoff: date, earlier: Sequence[date], window_months: Length) -> Windows:
        """Return the windows of a cutoff and of the earlier ones that train its models."""
        trained = [Window(day, window_months, anchor=cutoff) for day in earlier]
        return cls(cutoff, trained, Window(cutoff, window_months))


def latest(sales: pl.DataFrame) -> Windows | None:
    """Return the windows of the latest cutoff of a log; None where it is too short to have any."""
    seen = measured.of(sales)
    if seen.last is None:
        return None
    cutoff = seen.default_cutoff()
    trained: Sequence[date] = ()
    with suppress(ValueError):
        trained = measured.training_cutoffs(sales, cutoff, MONTHS).cutoffs
    return Windows.of(cutoff, trained, MONTHS)


def coverage(
    seen: Coverage, windows: Windows | None = None, aside: Sequence[Aside] = ()
) -> go.Figure:
    """Return the months of a log (and its holdout) by file, and below them the windows of a cutoff.

    `aside` are rows that were set aside beside those of `seen`: the log's, where `seen` has its
    holdout too.
    """
    from plotly.subplots import make_subplots

    lines = _lines(seen)
    below = windows is not None
    heights = [30 * len(lines) + 30, 24 * (len(windows.training) + 2)] if windows else [1]
    figure = make_subplots(
        rows=1 + below, cols=1, shared_xaxes=True, row_heights=heights, vertical_spacing=0.04
    )
    _months(figure, lines)
    if windows is not None:
        _windows(figure, windows)
    title = "Which months the log covers, and the windows on them"
    framed(figure, title if below else "Which months the log covers")
    figure.update_layout(height=150 + sum(heights) if below else 150 + 30 * len(lines))
    figure.update_layout(legend={"y": -0.12, "yanchor": "top", "x": 0, "xanchor": "left"})
    figure.update_xaxes(range=_range(seen, windows), showgrid=False)
    figure.update_yaxes(showgrid=False, zeroline=False)
    _beyond(figure, [*aside, *seen.aside])
    return figure


def _lines(seen: Coverage) -> list[tuple[str, list[Month]]]:
    """Return the lines of the strip, the whole log last: name and months."""
    every = ("all rows", list(seen.months))
    if not 1 < len(seen.files) <= MOST_FILES:
        return [every]
    by_file = [
        (file.name, [month for month in seen.months if month.month in file.months])
        for file in seen.files
    ]
    return [*by_file[::-1], every]


def _months(figure: go.Figure, lines: list[tuple[str, list[Month]]]) -> None:
    """Draw one square per month and line, in the colour of the month's state."""
    for state, (color, meaning) in STATES.items():
        cells = [(name, m) for name, months in lines for m in months if m.state == state]
        if not cells:
            continue
        figure.add_bar(
            base=[month.month for _, month in cells],
            x=[_length(month.month) for _, month in cells],
            y=[escape(_short(name)) for name, _ in cells],
            orientation="h",
            width=0.8,
            name=meaning,
            marker={"color": color, "line": {"color": "white", "width": 1}},
            customdata=[(m.label, m.rows, m.customers, m.money, m.files) for _, m in cells],
            hovertemplate="%{customdata[0]}: %{customdata[1]:,} rows, "
            "%{customdata[2]:,} customers, %{customdata[3]:,.0f} gross profit"
            f"<extra>{meaning}</extra>",
            row=1,
            col=1,
        )
    figure.update_layout(barmode="overlay")
    order = [escape(_short(name)) for name, _ in lines]
    figure.update_yaxes(categoryorder="array", categoryarray=order, row=1, col=1)
    figure.update_xaxes(type="date")


def _length(month: date) -> float:
    """Return the length of a month in milliseconds, as bars on an axis of dates have it."""
    return float((timeline.month_end(month) - month).days + 1) * 86_400_000


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27]}…"


def _windows(figure: go.Figure, windows: Windows) -> None:
    """Draw the label windows as lines and the cutoff as an upright one."""
    parts = [(window, "training window", "#0072B2") for window in windows.training[:-1]]
    parts += [(window, "validation window", "#009E73") for window in windows.training[-1:]]
    parts.append((windows.holdout, "holdout window", "#CC79A7"))
    named = set()
    for number, (window, name, color) in enumerate(parts):
        figure.add_scatter(
            x=[window.cutoff + timedelta(days=1), window.end],
            y=[-number, -number],
            mode="lines",
            line={"color": color, "width": 7},
            name=name,
            legendgroup=name,
            showlegend=name not in named,
            hovertemplate=f"{name} after {window.cutoff}, to {window.end}<extra></extra>",
            row=2,
            col=1,
        )
        named.add(name)
    figure.update_yaxes(showticklabels=False, range=[-len(parts), 1], row=2, col=1)
    ends = windows.cutoff + timedelta(days=1)
    for row in (1, 2):
        figure.add_vline(x=ends, line={"color": INK, "dash": "dot"}, row=row, col=1)
    figure.add_annotation(
        x=ends, y=1, text=f"cutoff {windows.cutoff}", showarrow=False, xanchor="right", row=2, col=1
    )


def _range(seen: Coverage, windows: Windows | None) -> list[date] | None:
    """Return the days that the picture spans; a note below names rows far from them."""
    if seen.first is None or seen.last is None:
        return None
    ends = [seen.last]
    if windows is not None:
        ends += [window.end for window in (*windows.training, windows.holdout)]
    near = [m.month for m in seen.months if (m.month - seen.last).days < NEAR]
    last = max(*ends, timeline.month_end(max(near)))
    return [seen.first.replace(day=1) - timedelta(days=10), last + timedelta(days=10)]


def _beyond(figure: go.Figure, aside: Sequence[Aside]) -> None:
    """Add a note on the rows that were set aside, many of which lie outside the picture."""
    parts = []
    for part in aside:
        days = str(part.first) if part.first == part.last else f"{part.first} to {part.last}"
        parts.append(f"{counted(part.rows, 'row')} dated {days}")
    if parts:
        figure.add_annotation(
            text="set aside: " + "; ".join(parts),
            xref="paper",
            yref="paper",
            x=1,
            y=1.02,
            yanchor="bottom",
            showarrow=False,
            font={"color": "#555555"},
        )
