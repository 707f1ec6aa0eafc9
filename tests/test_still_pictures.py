"""Still pictures: what a notebook keeps for readers who have no Plotly."""

from __future__ import annotations

import base64
import io

import nbformat
import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import polars as pl
import pytest
from PIL import Image

from gosales_lib.charts import glance, learning, still

BLUE, ORANGE = (0, 114, 178), (230, 159, 0)


def image(figure):
    return Image.open(io.BytesIO(still.png(figure))).convert("RGB")


def dots(figure, color):
    """Return how many dots of a picture have a colour, and where the first and last row lie."""
    rows, columns = np.nonzero((np.asarray(image(figure)) == color).all(axis=2))
    return len(rows), columns.min(initial=9999), columns.max(initial=0)


def bars(**more):
    blue = go.Bar(x=["a", "b"], y=[3, 1], marker={"color": "#0072B2"})
    orange = go.Bar(x=["a", "b"], y=[3, 1], marker={"color": "#E69F00"})
    return go.Figure([blue, orange], {"height": 300, **more})


def test_twice_as_high_a_bar_has_twice_the_dots():
    low, high = (
        go.Figure(go.Bar(x=["a", "b"], y=[size, 4], marker={"color": ["#0072B2", "#E69F00"]}))
        for size in (1, 2)
    )
    assert dots(high, BLUE)[0] == pytest.approx(2 * dots(low, BLUE)[0], rel=0.03)


def test_bars_of_a_stack_share_a_place_and_bars_of_a_group_do_not():
    _, left, right = dots(bars(barmode="stack"), BLUE)
    assert dots(bars(barmode="stack"), ORANGE)[1:] == (left, right)
    assert dots(bars(barmode="group"), ORANGE)[1] > dots(bars(barmode="group"), BLUE)[1]


def test_a_hidden_series_is_not_drawn():
    figure = bars(barmode="stack")
    figure.data[1].visible = False
    assert dots(figure, ORANGE)[0] == 0 and dots(figure, BLUE)[0] > 0


def test_a_kind_that_is_not_drawn_has_no_picture_rather_than_a_wrong_one():
    assert still.png(go.Figure(go.Pie(labels=["a"], values=[1]))) == b""
    assert still.Still().to_mimebundle(go.Figure(go.Pie(values=[1])).to_dict()) == {}


def test_the_same_figure_is_the_same_bytes():
    assert still.png(bars()) == still.png(bars())


@pytest.mark.parametrize(
    "figure",
    [
        learning.gains([0, 1, 0, 1], {"model": [0.1, 0.9, 0.2, 0.8]}, "$5 <b>of</b> $6"),
        glance.ranked_bars(pl.Series(["a", "$x$"]), pl.Series([2.0, 1.0]), ["2", "1"], "t"),
        go.Figure(go.Heatmap(z=[[1, 2]], x=["a", "b"], y=["c"], text=[["1", "2"]])),
        go.Figure(go.Histogram(x=[1.0, 2.0, 2.5], nbinsx=3)),
        go.Figure(go.Scatter(x=["2024-01-31", "2024-02-29"], y=[1, None], mode="markers")),
    ],
    ids=["lines", "lying bars", "heat map", "histogram", "days"],
)
def test_every_kind_of_trace_is_drawn(figure):
    picture = np.asarray(image(figure))
    assert picture.shape[1] == 720
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10


def texts_of(figure, monkeypatch):
    """Return every text of a still picture with its box, as Matplotlib draws it."""
    from matplotlib.figure import Figure

    papers, save = [], Figure.savefig

    def savefig(paper, *given, **more):
        papers.append(paper)
        return save(paper, *given, **more)

    monkeypatch.setattr(Figure, "savefig", savefig)
    still.png(figure)
    axes = papers[0].axes[0]
    shown = [*axes.get_xticklabels(), *axes.texts, *papers[0].texts]
    return {text.get_text(): text.get_window_extent() for text in shown if text.get_text()}


def test_long_names_and_notes_of_bars_do_not_reach_into_each_other(monkeypatch):
    names = [f"half by rank, half by divisions in turn {number}" for number in range(6)]
    notes = [f"1,308 offers, {number} of 45 lists full" for number in range(6)]
    found = texts_of(go.Figure(go.Bar(x=names, y=[1, 2, 3, 3, 3, 3], text=notes)), monkeypatch)
    boxes = list(found.values())
    assert [" ".join(text.split()) for text in found] == names + notes
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[:n])
    assert all(box.y0 >= 0 for box in boxes)


def test_a_tick_of_a_share_is_not_rounded(monkeypatch):
    figure = go.Figure(go.Bar(x=[0.164, 0.02], y=["a", "b"], orientation="h"))
    found = texts_of(figure.update_xaxes(tickformat=".0%"), monkeypatch)
    shares = [float(text.removesuffix("%")) for text in found]
    assert np.diff(shares) == pytest.approx(shares[1] - shares[0])


def test_the_choice_of_a_menu_that_is_shown_is_named(monkeypatch):
    buttons = [{"label": name, "method": "update"} for name in ("PDM", "CPE")]
    figure = bars(updatemenus=[{"buttons": buttons}], title="Who buys?")
    assert "Who buys? (PDM)" in texts_of(figure, monkeypatch)


def test_a_notebook_s_output_carries_both_and_nbconvert_shows_the_picture():
    from nbconvert import HTMLExporter

    (renderer,) = (pio.renderers[name] for name in pio.renderers.default.split("+")[1:])
    bundle = renderer.to_mimebundle(bars().to_dict())
    assert Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).size == (720, 300)
    bundle |= {"application/vnd.plotly.v1+json": bars().to_plotly_json()}
    outputs = [nbformat.v4.new_output("display_data", bundle)]
    cell = nbformat.v4.new_code_cell("figure", outputs=outputs)
    html, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert 'src="data:image/png;base64,' in html


def test_an_executed_cell_keeps_the_picture_beside_plotly_s_content():
    from nbclient import NotebookClient

    lines = "import polars as pl\nfrom gosales_lib.charts import glance\n"
    lines += "glance.ranked_bars(pl.Series(['a']), pl.Series([1.0]), ['1'], 't')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(lines)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    assert {"image/png", "application/vnd.plotly.v1+json"} <= output["data"].keys()


def test_a_picture_that_cannot_be_drawn_does_not_fail_the_cell(monkeypatch):
    monkeypatch.setattr(still, "png", lambda figure: 1 / 0)
    assert still.Still().to_mimebundle(bars().to_dict()) == {}
