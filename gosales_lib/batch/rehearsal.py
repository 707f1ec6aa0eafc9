"""What a kernel does ahead of its notebook: importing this draws a first picture.

Plotly and nbformat import most of what they need only then, which takes 1.7 seconds of a core.
"""

from __future__ import annotations

import plotly.graph_objects as go

go.Figure([go.Bar(x=[1], y=[1]), go.Scatter(x=[1], y=[1])])._repr_mimebundle_()
