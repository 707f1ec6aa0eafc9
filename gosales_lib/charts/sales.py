"""Pictures of the log and of the feature matrix."""

from __future__ import annotations

from html import escape

import plotly.graph_objects as go
import polars as pl

from gosales_lib.charts.style import COLORWAY, framed


def reconciliation(table: pl.DataFrame, currency: str) -> go.Figure:
    """Return gross profit in, kept and rejected by file: the first equals the other two."""
    figure = go.Figure()
    files = table["file"].to_list()
    figure.add_bar(x=files, y=table["gross_profit_in"].to_list(), name="in", offsetgroup="in")
    for part in ("kept", "rejected"):
        figure.add_bar(
            x=files, y=table[f"gross_profit_{part}"].to_list(), name=part, offsetgroup="out"
        )
    figure.update_layout(barmode="stack")
    figure.update_yaxes(title=f"gross profit, {currency}")
    return framed(figure, "What came in equals what was kept and rejected")


def monthly(sales: pl.DataFrame, currency: str) -> go.Figure:
    """Return gross profit by month and division."""
    months = (
        sales.group_by(pl.col("order_date").dt.truncate("1mo").alias("month"), "division")
        .agg(pl.col("gross_profit").sum())
        .sort("month")
    )
    figure = go.Figure()
    for (division,), rows in sorted(months.partition_by("division", as_dict=True).items()):
        figure.add_bar(x=rows["month"].to_list(), y=rows["gross_profit"].to_list(), name=division)
    figure.update_layout(barmode="relative")
    figure.update_yaxes(title=f"gross profit, {currency}")
    return framed(figure, "Gross profit by month and division").update_layout(
        legend={"orientation": "v", "y": 1, "x": 1.02, "xanchor": "left"}
    )


def by_quarter(sales: pl.DataFrame, currency: str) -> go.Figure:
    """Return one customer's gross profit by quarter and division."""
    quarters = (
        sales.group_by(pl.col("order_date").dt.truncate("1q").alias("quarter"), "division")
        .agg(pl.col("gross_profit").sum())
        .sort("quarter")
    )
    figure = go.Figure()
    for (division,), rows in sorted(quarters.partition_by("division", as_dict=True).items()):
        label = [f"{day.year} Q{(day.month + 2) // 3}" for day in rows["quarter"]]
        figure.add_bar(x=label, y=rows["gross_profit"].to_list(), name=escape(division))
    figure.update_layout(barmode="relative")
    figure.update_xaxes(categoryorder="category ascending")
    figure.update_yaxes(title=f"gross profit, {currency}")
    return framed(figure, "")


def recency_frequency(features: pl.DataFrame, division: str) -> go.Figure:
    """Return the map of customers: days since the last order against orders in a year."""
    owned = features["own_orders_all"].fill_null(0) > 0
    figure = go.Figure()
    for name, rows, color in (
        (f"bought {division} before", features.filter(owned), COLORWAY[0]),
        (f"never bought {division}", features.filter(~owned), COLORWAY[1]),
    ):
        figure.add_scatter(
            x=rows["days_since_order"].to_list(),
            y=rows["orders_12m"].to_list(),
            mode="markers",
            name=name,
            marker={"color": color, "size": 5, "opacity": 0.5},
        )
    figure.update_xaxes(title="days since the last order")
    figure.update_yaxes(title="orders in 12 months")
    return framed(figure, "Recency and frequency on the cutoff day")


def coverage(dictionary: pl.DataFrame) -> go.Figure:
    """Return the mean coverage of the features of each family."""
    table = dictionary.group_by("family").agg(pl.col("coverage").mean(), pl.len().alias("features"))
    table = table.sort("coverage", "family")
    figure = go.Figure(
        go.Bar(
            x=table["coverage"].to_list(),
            y=table["family"].to_list(),
            text=[f"{n} features" for n in table["features"]],
            orientation="h",
            marker={"color": COLORWAY[0]},
        )
    )
    figure.update_xaxes(title="share of customers with a value", tickformat=".0%", range=[0, 1])
    return framed(figure, "How much is known, by family of features")
