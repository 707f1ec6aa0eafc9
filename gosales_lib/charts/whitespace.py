"""Pictures of the whitespace: the grid, the list, the ideal customer, and the payoff."""

from __future__ import annotations

from html import escape

import plotly.graph_objects as go
import polars as pl

from gosales_lib.charts.style import COLORWAY, INK, framed, intervals
from gosales_lib.whitespace.capacity import MODES

WORTH, PURCHASES = (
    ("expected_gp", "expected gross profit"),
    ("expected_buyers", "expected purchases"),
)
"""The column of a list's worth and its words, with trusted money and without."""


def said(texts: pl.Series) -> list[str]:
    """Return texts from data as a picture may show them: Plotly would read `<b>` as markup."""
    return [escape(text, quote=False) for text in texts.to_list()]


def grid(counts: pl.DataFrame) -> go.Figure:
    """Return the heatmap of divisions and states: the share of customers, with their number.

    `counts` holds division, and a column of numbers per state.
    """
    states = [c for c in counts.columns if c != "division"]
    numbers = counts.select(states)
    total = counts.select(pl.sum_horizontal(states)).to_series()
    figure = go.Figure(
        go.Heatmap(
            z=numbers.select(pl.all() / total).rows(),
            x=states,
            y=said(counts["division"]),
            text=[[f"{n:,}" for n in row] for row in numbers.rows()],
            texttemplate="%{text}",
            hovertemplate="%{y}, %{x}: %{text} customers (%{z:.0%})<extra></extra>",
            colorscale=[[0, "#ffffff"], [1, COLORWAY[0]]],
            zmin=0,
            zmax=1,
            colorbar={"tickformat": ".0%", "title": "share"},
        )
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure = framed(figure, "The grid: states of customers in each division")
    return figure.update_layout(height=max(380, 120 + 26 * counts.height))


def what_if(table: pl.DataFrame, currency: str, by_money: bool = True) -> go.Figure:
    """Return the expected result of lists of other lengths (`capacity.what_if`).

    Where the expected gross profit is not trusted (`by_money`), purchases are shown. Without a rep
    in the log the picture is empty.
    """
    column, unit = WORTH if by_money else PURCHASES
    figure = go.Figure()
    figure.add_bar(
        x=[f"{n} per rep" for n in table["per_rep"]],
        y=table[column].to_list(),
        text=[
            f"{offers:,} offers, {full:,} of {reps:,} lists full"
            for offers, full, reps in table.select("offers", "full_lists", "reps").iter_rows()
        ],
        name=unit,
        marker={"color": COLORWAY[0]},
    )
    title = f"{unit}, {currency}" if by_money else unit
    figure.update_yaxes(title=title, rangemode="tozero")
    return framed(figure, "What another capacity would bring").update_layout(showlegend=False)


def potential(table: pl.DataFrame, currency: str) -> go.Figure:
    """Return the open potential by name, of it what was never bought and what lapsed.

    `table` holds rows of `potential.table` of one kind (divisions, branches or reps), the largest
    first. Where no expected gross profit is given, the expected purchases are shown.
    """
    figure = go.Figure()
    unknown = pl.when(pl.col("expected_buyers").is_null()).then(pl.lit(" (not measurable)"))
    names = table.select(pl.concat_str("name", unknown.otherwise(pl.lit(""))))["name"]
    bars = {"never_bought_gp": "never bought", "lapsed_gp": "lapsed"}
    by_money = table["open_gp"].count() > 0
    for column, label in (bars if by_money else dict([PURCHASES])).items():
        figure.add_bar(y=said(names), x=table[column].to_list(), name=label)
    for bar in figure.data:
        bar.orientation = "h"
    figure.update_layout(barmode="stack", height=max(320, 120 + 26 * table.height))
    figure.update_yaxes(autorange="reversed", automargin=True)
    title = f"{WORTH[1]} in the window, {currency}" if by_money else PURCHASES[1]
    figure.update_xaxes(title=title)
    return framed(figure, "Open potential of the whole grid")


def paid(table: pl.DataFrame, currency: str) -> go.Figure:
    """Return the result of each list (`payoff.compare`) by capacity mode, with 95% intervals."""
    figure = go.Figure()
    for name in table["list"].unique(maintain_order=True):
        rows = table.filter(list=name)
        y = rows["gross_profit"]
        error = intervals(y, rows["low"], rows["high"]) | {"color": INK}
        modes = [MODES.get(mode, mode) for mode in rows["mode"]]
        figure.add_bar(x=modes, y=y.to_list(), error_y=error, name=name)
    figure.update_layout(barmode="group")
    figure.update_yaxes(title=f"gross profit in the window, {currency}")
    return framed(figure, "Does it pay? What each list brought")


def ideal_customers(surest: pl.DataFrame) -> go.Figure:
    """Return the surest traits of a division, chosen from a menu: how many times likelier to buy.

    The columns of `icp.surest`: division, trait, customers, buyers, lift, low, high.
    """
    figure = go.Figure()
    names = surest["division"].unique().sort().to_list()
    for number, name in enumerate(names):
        figure.add_trace(_traits(surest.filter(division=name), visible=number == 0))
    buttons = [
        {"label": text, "method": "update", "args": [{"visible": [n == name for n in names]}]}
        for text, name in zip(said(pl.Series(names, dtype=pl.String)), names, strict=True)
    ]
    figure = _against_average(figure, "Who buys for the first time?")
    menu = {"buttons": buttons, "x": 1, "xanchor": "right", "y": 1.2}
    return figure.update_layout(updatemenus=[menu] if buttons else [], showlegend=False)


def traits_of(surest: pl.DataFrame) -> go.Figure:
    """Return the surest traits of one division: how many times likelier to buy, with intervals."""
    figure = _against_average(go.Figure(_traits(surest, visible=True)), "")
    return figure.update_layout(showlegend=False, height=max(260, 110 + 30 * surest.height))


def _against_average(figure: go.Figure, title: str) -> go.Figure:
    figure.add_vline(x=1, line={"color": INK, "dash": "dot"})
    figure.update_xaxes(title="times as likely to buy as the average customer", rangemode="tozero")
    figure.update_yaxes(automargin=True)
    return framed(figure, title)


def _traits(rows: pl.DataFrame, visible: bool) -> go.Scatter:
    rows = rows.sort("lift", "trait")
    lift = rows["lift"]
    error = intervals(lift, rows["low"], rows["high"])
    counts = rows.select("buyers", "customers").iter_rows()
    labels = [
        f"{trait} ({buyers:,} of {customers:,} bought)"
        for trait, (buyers, customers) in zip(said(rows["trait"]), counts, strict=True)
    ]
    marker = {"size": 10, "color": COLORWAY[0]}
    return go.Scatter(
        x=lift.to_list(), y=labels, error_x=error, mode="markers", marker=marker, visible=visible
    )
