"""Pictures of the whitespace: the grid and the ranked list."""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl

from gosales_lib.charts.style import COLORWAY, framed


def grid(counts: pl.DataFrame) -> go.Figure:
    """Return customers by division: active, lapsed and whitespace, as shares of all."""
    states = [c for c in counts.columns if c != "division"]
    total = counts.select(pl.sum_horizontal(states)).to_series()
    figure = go.Figure()
    for state, color in zip(states, (COLORWAY[3], COLORWAY[1], COLORWAY[0]), strict=False):
        figure.add_bar(
            x=(counts[state] / total).to_list(),
            y=counts["division"].to_list(),
            text=[f"{n:,}" for n in counts[state]],
            name=state,
            orientation="h",
            marker={"color": color},
        )
    figure.update_layout(barmode="stack", yaxis={"autorange": "reversed"})
    figure.update_xaxes(title="share of known customers", tickformat=".0%")
    return framed(figure, "The grid: who owns what")


def expected_by_division(ranked: pl.DataFrame, currency: str) -> go.Figure:
    """Return the expected gross profit of a list by division and grade."""
    table = ranked.group_by("division", "grade").agg(pl.col("expected_gp").sum())
    figure = go.Figure()
    for (grade,), rows in sorted(table.partition_by("grade", as_dict=True).items()):
        rows = rows.sort("division")
        figure.add_bar(x=rows["division"].to_list(), y=rows["expected_gp"].to_list(), name=grade)
    figure.update_layout(barmode="stack")
    figure.update_yaxes(title=f"expected gross profit, {currency}")
    return framed(figure, "What the list is worth, by division and grade")
