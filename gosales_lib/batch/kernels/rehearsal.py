"""Importing this module draws a first picture, so that a kernel is warm before its notebook.

Plotly and nbformat import most of what they need only then, which takes 1.7 seconds of a core.
"""

from __future__ import annotations

import plotly.graph_objects as go

_TITLE = {"title": "first", "showgrid": True}
go.Figure(
    [go.Bar(x=[1], y=[1]), go.Scatter(x=[1], y=[1]), go.Heatmap(z=[[1]])],
    {"title": "first", "xaxis": _TITLE, "yaxis": _TITLE, "legend": {"orientation": "h"}},
)._repr_mimebundle_()
