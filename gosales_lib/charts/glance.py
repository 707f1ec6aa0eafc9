"""Pictures to take in at a glance: sorted bars, counted bins, a rate over the cutoffs."""

from __future__ import annotations

from datetime import date

import plotly.graph_objects as go
import polars as pl

from gosales_lib.charts.style import COLORWAY, INK, MODEL, framed, intervals
from gosales_lib.charts.whitespace import said
from gosales_lib.core import sums

KINDS = ("new to division", "lapsed", "repeat")
BIN = 0.05


def ranked_bars(names: pl.Series, values: pl.Series, text: list[str], title: str) -> go.Figure:
    """Return bars from the longest down, each with its value written beside it."""
    bars = go.Bar(
        x=values.to_list(),
        y=said(names),
        text=text,
        textposition="outside",
        cliponaxis=False,
        orientation="h",
        marker=MODEL,
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    figure = framed(go.Figure(bars), "")
    reach = values.cast(pl.Float64).drop_nulls().to_list()
    top = max(reach, default=0.0) or 1.0
    figure.update_xaxes(title=title, range=[min(0.0, *reach, 0.0), top * 1.22])
    figure.update_yaxes(autorange="reversed", automargin=True, showgrid=False)
    return figure.update_layout(height=max(220, 90 + 32 * len(names)))


def probabilities(scores: pl.DataFrame) -> go.Figure:
    """Return how many customers have which probability, by purchase type, in bins of 5%."""
    lower = (pl.col("probability") / BIN).floor().clip(0, 1 / BIN - 1)
    counted = scores.group_by("purchase_type", lower=lower * BIN).len("customers")
    figure = go.Figure()
    for kind, color in zip(KINDS, COLORWAY, strict=False):
        rows = counted.filter(purchase_type=kind).sort("lower")
        figure.add_bar(
            x=(rows["lower"] + BIN / 2).to_list(),
            y=rows["customers"].to_list(),
            width=BIN * 0.92,
            name=kind,
            marker={"color": color},
        )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title="probability of a purchase", tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title="customers")
    return framed(figure, "")


def quarters(sales: pl.DataFrame, currency: str) -> go.Figure:
    """Return one customer's gross profit by quarter and division; quarters without sales too."""
    quarter = pl.col("order_date").dt.truncate("1q").alias("quarter")
    table = sales.group_by(quarter, "division").agg(sums.total("gross_profit"))
    first, last = table.select(low=pl.min("quarter"), high=pl.max("quarter")).row(0)
    every = pl.date_range(first, last, "1q", eager=True).to_list() if first else []
    figure = go.Figure()
    for (division,), rows in sorted(table.partition_by("division", as_dict=True).items()):
        rows = rows.sort("quarter")
        labels = [_quarter(day) for day in rows["quarter"]]
        name = said(pl.Series([division]))[0]
        figure.add_bar(x=labels, y=rows["gross_profit"].to_list(), name=name)
    figure.update_layout(barmode="relative")
    figure.update_xaxes(categoryorder="array", categoryarray=[_quarter(day) for day in every])
    figure.update_xaxes(range=[-0.6, len(every) - 0.4], type="category")
    figure.update_yaxes(title=f"gross profit, {currency}")
    return framed(figure, "")


def _quarter(day: date) -> str:
    return f"{day.year} Q{(day.month + 2) // 3}"


def rates(table: pl.DataFrame, predicted: tuple[str, float] | None) -> go.Figure:
    """Return the share that bought after each cutoff, and the share predicted for the last one.

    `table` holds cutoff (date), rate, low and high, `predicted` the scoring cutoff and the mean
    probability.
    """
    rate = table["rate"]
    error = intervals(rate, table["low"], table["high"]) | {"color": INK, "thickness": 1}
    figure = go.Figure()
    days = table["cutoff"].to_list()
    line = {"x": days, "y": rate.to_list(), "mode": "lines+markers", "name": "bought"}
    figure.add_scatter(**line, error_y=error, line={"color": COLORWAY[2]})
    if predicted:
        marker = {"symbol": "diamond", "size": 12, **MODEL}
        x, y = [predicted[0]], [predicted[1]]
        figure.add_scatter(x=x, y=y, mode="markers", name="predicted", marker=marker)
    figure.update_xaxes(title="cutoff")
    figure.update_yaxes(title="share that bought after it", tickformat=".0%", rangemode="tozero")
    return framed(figure, "").update_layout(height=320)
