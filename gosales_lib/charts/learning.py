"""Pictures of a model: gains, reliability, scores, and predicted against observed purchases."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import plotly.graph_objects as go
import polars as pl
from numpy.typing import ArrayLike

from gosales_lib.charts.style import BASELINES, INK, MODEL, framed
from gosales_lib.learning import metrics
from gosales_lib.reports.measures import named

CHANCE = {"color": "#999999", "dash": "dot"}


def gains(bought: ArrayLike, scores: Mapping[str, ArrayLike], title: str) -> go.Figure:
    """Return the gains curves: share of buyers found by share of customers called, best first."""
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", name="by chance", line=CHANCE)
    for name, score in scores.items():
        share, captured = metrics.gains(bought, score)
        figure.add_scatter(x=share, y=captured, name=named(name), line=_line(name))
    figure.update_xaxes(title="share of customers called", tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title="share of buyers found", tickformat=".0%", range=[0, 1.02])
    return framed(figure, title)


def reliability(
    bought: ArrayLike, probabilities: Mapping[str, ArrayLike], title: str, bins: int = 10
) -> go.Figure:
    """Return predicted against observed shares in equal parts of the customers.

    On the diagonal, as many customers bought as were predicted.
    """
    figure, top = go.Figure(), 0.01
    y = np.asarray(bought, float)
    for name, probability in probabilities.items():
        p = np.asarray(probability, float)
        parts = [i for i in np.array_split(np.argsort(p, kind="stable"), bins) if len(i)]
        predicted, observed = [p[i].mean() for i in parts], [y[i].mean() for i in parts]
        label, top = named(name), max([top, *predicted, *observed])
        figure.add_scatter(
            x=predicted, y=observed, mode="lines+markers", name=label, line=_line(name)
        )
    ends = [0, top * 1.05]
    figure.add_scatter(x=ends, y=ends, mode="lines", name="as predicted", line=CHANCE)
    figure.update_xaxes(title="predicted: mean probability of a tenth", tickformat=".0%")
    figure.update_yaxes(title="observed: share that bought", tickformat=".0%")
    return framed(figure, title)


def _line(name: str) -> dict[str, str]:
    return MODEL if name == "model" else BASELINES.get(name, {"color": INK})


def evidence(labels: Mapping[str, pl.DataFrame]) -> go.Figure:
    """Return the buyers in the training data of each division, beside those of all others.

    `labels` holds customer_id, cutoff_date and bought, by division.
    """
    buyers = {escape(name): int(rows["bought"].sum()) for name, rows in labels.items()}
    names = sorted(buyers, key=lambda name: (buyers[name], name))
    own, total = [buyers[name] for name in names], sum(buyers.values())
    labels_of = [f"{name}: {count:,}" for name, count in zip(names, own, strict=True)]
    figure = go.Figure()
    figure.add_bar(x=own, y=labels_of, name="its own", marker=MODEL)
    rest = [total - count for count in own]
    figure.add_bar(x=rest, y=labels_of, name="of all others", marker=BASELINES["base_rate"])
    figure.update_traces(orientation="h")
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    figure.update_xaxes(title="purchases to learn from, one per customer and cutoff")
    figure.update_yaxes(automargin=True)
    return framed(figure, "Training data of each division")


def importance(table: pl.DataFrame, most: int = 12) -> go.Figure:
    """Return the features that trees split on most, by their share of the gain: feature, gain."""
    share = table.with_columns(pl.col("gain") / pl.col("gain").sum())
    rows = share.sort(["gain", "feature"], descending=[True, False]).head(most).reverse()
    names = [escape(name) for name in rows["feature"]]
    text = [f"{gain:.1%}" for gain in rows["gain"]]
    figure = go.Figure(go.Bar(x=rows["gain"].to_list(), y=names, orientation="h", text=text))
    figure.update_traces(marker=MODEL)
    figure.update_xaxes(title="share of the gain of all splits", tickformat=".0%")
    figure.update_yaxes(automargin=True)
    return framed(figure, "Features that the pooled trees use")


def score_distribution(scores: pl.DataFrame, title: str) -> go.Figure:
    """Return the histogram of probabilities by purchase type."""
    figure = go.Figure()
    kinds = scores.partition_by("purchase_type", as_dict=True)
    for (kind,), rows in sorted(kinds.items()):
        figure.add_histogram(x=rows["probability"].to_list(), name=kind, nbinsx=40)
    figure.update_layout(barmode="stack")
    figure.update_xaxes(title="probability of a purchase in the window", tickformat=".0%")
    figure.update_yaxes(title="customers")
    return framed(figure, title)


def deciles(table: pl.DataFrame, title: str) -> go.Figure:
    """Return predicted (line) against observed (bars, 95% interval) shares by decile."""
    observed = table["happened"].to_numpy()
    figure = go.Figure()
    error = {
        "type": "data",
        "array": table["high"].to_numpy() - observed,
        "arrayminus": observed - table["low"].to_numpy(),
        "color": INK,
    }
    x = table["decile"].to_list()
    figure.add_bar(x=x, y=observed, error_y=error, name="observed", marker=BASELINES["frequency"])
    figure.add_scatter(x=x, y=table["promised"].to_list(), name="predicted", line=MODEL)
    figure.update_xaxes(title="decile of the score, 1 is the best", dtick=1)
    figure.update_yaxes(title="share that bought", tickformat=".0%")
    return framed(figure, title)


def drivers(table: pl.DataFrame, title: str) -> go.Figure:
    """Return the mean effects on the odds, by family of features."""
    rows = table.sort("effect")
    figure = go.Figure(
        go.Bar(x=rows["effect"].to_list(), y=rows["family"].to_list(), orientation="h")
    )
    figure.update_traces(marker=MODEL)
    figure.update_xaxes(title="mean effect on the log odds")
    return framed(figure, title)


def drifted(moved: pl.DataFrame, title: str, most: int = 12) -> go.Figure:
    """Return the PSI of the features that moved most (`drift.between`), with its thresholds."""
    rows = moved.drop_nulls("psi").head(most).reverse()
    colors = {"stable": "#999999", "moderate": "#E69F00", "large": "#D55E00"}
    bar = go.Bar(
        x=rows["psi"].to_list(),
        y=rows["feature"].to_list(),
        orientation="h",
        marker={"color": [colors[word] for word in rows["level"]]},
    )
    figure = go.Figure(bar)
    for limit in (0.1, 0.25):
        figure.add_vline(x=limit, line={"color": INK, "dash": "dot"})
    figure.update_xaxes(title="population stability index")
    figure.update_yaxes(automargin=True)
    return framed(figure, title)
