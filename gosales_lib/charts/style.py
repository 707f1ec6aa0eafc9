"""One style for all pictures, with the colours of Okabe and Ito for colour-blind readers."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

INK = "#333333"
COLORWAY = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999"]
MODEL = {"color": "#0072B2"}
BASELINES = {
    "base_rate": {"color": "#999999"},
    "recency": {"color": "#E69F00"},
    "frequency": {"color": "#009E73"},
    "rfm_logistic": {"color": "#CC79A7"},
}


def intervals(values: pl.Series, low: pl.Series, high: pl.Series) -> dict[str, Any]:
    """Return error bars from `low` to `high` around values."""
    above, below = (high - values).to_list(), (values - low).to_list()
    return {"type": "data", "array": above, "arrayminus": below}


def framed(figure: go.Figure, title: str) -> go.Figure:
    """Return the figure with the project's title, colours and margins."""
    figure.update_layout(
        title={"text": title, "x": 0, "xanchor": "left"},
        template="plotly_white",
        colorway=COLORWAY,
        height=400,
        margin={"l": 60, "r": 20, "t": 80, "b": 50},
        font={"color": INK, "size": 13},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
    )
    return figure
