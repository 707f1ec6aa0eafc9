"""The dashboard's widget: what it answers, and to whom."""

import base64
import json

import dashboards as toy
import nbformat
import pytest

from gosales_lib.core import settings
from gosales_lib.dashboard import STATIC
from gosales_lib.dashboard.serve.widget import Dashboard


@pytest.fixture
def widget(tmp_path):
    toy.write_run(tmp_path / "runs")
    made = Dashboard(tmp_path / "runs")
    made.told = []
    made.send = lambda content, buffers=None: made.told.append(content)
    return made


def heard(widget, content):
    widget._heard(widget, content, [])
    return widget.told[-1] if widget.told else None


def test_a_link_is_answered_with_its_page(widget):
    told = heard(widget, {"id": "1", "open": "?tab=data"})
    assert told["id"] == "1"
    assert "Where did every row" in told["html"]
    assert told["link"] == "?tab=data"
    assert len(told["figures"]) == told["html"].count("data-figure=")
    json.dumps(told)


def test_a_file_comes_as_text_with_its_name(widget):
    told = heard(widget, {"id": "2", "open": "?tab=whitespace", "download": "csv"})
    assert told["name"] == "whitespace-2025-06-30.csv"
    assert base64.b64decode(told["file"]).startswith(b"\xef\xbb\xbfrank,customer_id")


def test_customers_are_suggested(widget):
    assert heard(widget, {"id": "3", "suggest": "CUSTOMER 7"})["found"] == [
        ("C07", "Customer 7 (C07)")
    ]


@pytest.mark.parametrize(
    "content", [None, [], "open", {}, {"id": 1, "open": "?"}, {"open": "?tab=data"}]
)
def test_a_message_that_is_not_a_question_is_not_answered(widget, content):
    assert heard(widget, content) is None


@pytest.mark.parametrize(
    "asked", [{"download": "../x"}, {"download": "csv", "open": "?run=../../etc"}]
)
def test_a_question_that_fails_is_answered_in_words(widget, asked):
    told = heard(widget, {"id": "4", **asked})
    assert told["problem"].startswith("That did not work")
    assert "html" not in told and "file" not in told


def test_an_unknown_request_is_answered_with_a_greeting(widget):
    assert heard(widget, {"id": "5", "execute": "1+1", "open": 7}) == {"hello": True, "id": "5"}


def test_two_widgets_share_nothing(widget, tmp_path):
    other = Dashboard(tmp_path / "runs")
    assert widget.site is not other.site
    assert widget.model_id != other.model_id


def test_no_part_of_the_widget_comes_from_another_host():
    for name in ("dashboard.js", "dashboard.css", "favicon.svg"):
        text = (STATIC / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text and "@import" not in text


def test_the_notebook_is_thin_and_clean():
    nb = nbformat.read(settings.project_root() / "notebooks" / "dashboard.ipynb", as_version=4)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert all(len(cell.source.splitlines()) <= 6 for cell in code)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert "def " not in "".join(cell.source for cell in code)
