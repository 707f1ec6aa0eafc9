"""Pictures of the log and of the feature matrix."""

from __future__ import annotations

from html import escape

import plotly.graph_objects as go
import polars as pl

from gosales_lib.charts.style import COLORWAY, framed
from gosales_lib.core import sums

ACCOUNT = {"in": "#999999", "kept": "#0072B2", "rejected": "#D55E00", "left_out": "#CC79A7"}
"""The parts of the account, each with its colour; `left_out` is by rules of the layout."""
SHOWN = 6
OTHERS = "all others"
RECENCY = {30: "30 days", 90: "90 days", 180: "half a year", 365: "a year", 10**6: "longer ago"}
FREQUENCY = {0: "none", 1: "1", 2: "2", 4: "3 or 4", 9: "5 to 9", 10**6: "10 or more"}
FEW = 10


def reconciliation(table: pl.DataFrame, currency: str) -> go.Figure:
    """Return gross profit in, kept, rejected and left out by file: the first equals the others.

    `table` holds file and `gross_profit_` of each part of `ACCOUNT`, one row per file.
    """
    figure = go.Figure()
    files = [escape(name) for name in table["file"]]
    total = table["gross_profit_in"]
    for part, color in ACCOUNT.items():
        value = table[f"gross_profit_{part}"]
        if part == "left_out" and not sum(value):
            continue
        name = part.replace("_", " ")
        share = [f"{v / whole:.1%}" if whole else "" for v, whole in zip(value, total, strict=True)]
        figure.add_bar(
            x=files,
            y=value.to_list(),
            name=name,
            offsetgroup="in" if part == "in" else "out",
            marker={"color": color},
            text=[f"{v:,.0f}" for v in value] if part == "in" else [f"{s} {name}" for s in share],
            textposition="outside" if part not in ("in", "kept") else "inside",
            insidetextanchor="end",
        )
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    figure.update_yaxes(title=f"gross profit, {currency}")
    return framed(figure, "What came in equals what was kept, rejected and left out")


def monthly(sales: pl.DataFrame, currency: str) -> go.Figure:
    """Return gross profit by month and division; the largest have a colour of their own."""
    totals = sales.group_by("division").agg(sums.total(pl.col("gross_profit").abs()))
    largest = totals.sort(["gross_profit", "division"], descending=[True, False])["division"]
    shown = largest.head(SHOWN if largest.len() > SHOWN + 1 else SHOWN + 1).to_list()
    named = pl.when(pl.col("division").is_in(shown)).then("division").otherwise(pl.lit(OTHERS))
    months = (
        sales.group_by(pl.col("order_date").dt.truncate("1mo").alias("month"), name=named)
        .agg(sums.total("gross_profit"))
        .sort("month")
    )
    figure = go.Figure()
    for color, name in zip(COLORWAY, [*shown, OTHERS], strict=False):
        rows = months.filter(name=name)
        if rows.height:
            figure.add_bar(
                x=rows["month"].to_list(),
                y=rows["gross_profit"].to_list(),
                name=escape(name),
                marker={"color": "#999999" if name == OTHERS else color},
            )
    figure.update_layout(barmode="relative")
    figure.update_yaxes(title=f"gross profit, {currency}")
    return framed(figure, "Gross profit by month and division").update_layout(
        legend={"orientation": "v", "y": 1, "x": 1.02, "xanchor": "left"}
    )


def recency_frequency(features: pl.DataFrame, bought: pl.DataFrame, division: str) -> go.Figure:
    """Return the map of who bought afterwards, by the last order and the orders in a year.

    The matrix and the labels are of earlier cutoffs; a field with few customers stays white, and
    who never ordered (returns only) is in none.
    """
    buyers = features.filter(pl.col("days_since_order").is_not_null())
    labelled = buyers.join(bought, on=["customer_id", "cutoff_date"]).with_columns(
        row=_binned("orders_12m", FREQUENCY), column=_binned("days_since_order", RECENCY)
    )
    fields = labelled.group_by("row", "column").agg(pl.col("bought").mean(), pl.len().alias("n"))
    share_of = {(row, column): (share, n) for row, column, share, n in fields.iter_rows()}
    grid = [[share_of.get((row, column), (0, 0)) for column in RECENCY] for row in FREQUENCY]
    figure = go.Figure(
        go.Heatmap(
            z=[[share if n >= FEW else None for share, n in row] for row in grid],
            x=list(RECENCY.values()),
            y=list(FREQUENCY.values()),
            text=[[f"{share:.0%}<br>of {n:,}" if n >= FEW else "" for share, n in r] for r in grid],
            texttemplate="%{text}",
            hoverinfo="skip",
            colorscale=[[0, "#f7fbff"], [1, COLORWAY[0]]],
            zmin=0,
            colorbar={"tickformat": ".0%", "title": "bought"},
        )
    )
    figure.update_xaxes(title="last order within", type="category")
    figure.update_yaxes(title="orders in 12 months", type="category")
    figure = framed(figure, f"Who bought {escape(division)} afterwards?")
    return figure.update_layout(height=440)


def _binned(column: str, edges: dict[int, str]) -> pl.Expr:
    """Return the smallest edge that is not below the value."""
    edge_of = pl.lit(None, pl.Int64)
    for edge in sorted(edges, reverse=True):
        edge_of = pl.when(pl.col(column).fill_null(0) <= edge).then(edge).otherwise(edge_of)
    return edge_of


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
