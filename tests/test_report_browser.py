"""A run's report in a real browser without a network: every picture is drawn."""

import json
import shutil

import nbformat
import plotly.graph_objects as go
import pytest
import reported

from gosales_lib import reports, run_folders
from gosales_lib.dashboard.export import snapshot
from gosales_lib.run_folders import artifacts

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CUTOFF = "2024-12-31"
DRAWN = "[...document.querySelectorAll('.picture')].map(p => p.querySelectorAll('.trace').length)"


def write_run(folder):
    """Write a finished run of one training, whose notebook shows a picture and hostile text."""
    run = run_folders.create(folder, {})
    at = run.at("A", CUTOFF)
    reports.write(at, reported.training("A"))
    figure = json.loads(go.Figure([go.Scatter(y=[1, 3, 2]), go.Bar(y=[1, 2, 3])]).to_json())
    hostile = "<img src='https://example.org/x.png' onerror='document.title=1'><b>kept</b>"
    outputs = [
        nbformat.v4.new_output("display_data", {"application/vnd.plotly.v1+json": figure}),
        nbformat.v4.new_output("display_data", {"text/html": hostile}),
    ]
    cells = [
        nbformat.v4.new_markdown_cell("## Look"),
        nbformat.v4.new_code_cell("x", outputs=outputs),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), at.path / "03_train.ipynb")
    item = {"key": f"03_train A {CUTOFF}", "notebook": "03_train", "division": "A"}
    item |= {"cutoff": CUTOFF, "folder": f"a/{CUTOFF}", "state": "done"}
    artifacts.write_json(run.path / "run.json", {"state": "done", "notebooks": [item]})
    return run


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: no report was opened")
def test_every_picture_is_drawn_without_a_network(tmp_path):
    from playwright.sync_api import sync_playwright

    page_file = snapshot.write(write_run(tmp_path / "runs"), tmp_path / "report.html")
    wrong, asked = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(offline=True).new_page()
        page.on("console", lambda said: wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        assert "stopped before a division was planned" in page.inner_text("#panel")
        page.click(".tabs a:text-is('Notebooks')")
        assert page.evaluate(DRAWN) == [0], "a closed chapter waits with its pictures"
        page.click("summary:has-text('03_train')")
        page.wait_for_function(f"{DRAWN}[0] > 0")
        assert page.evaluate(DRAWN) == [2]
        text = page.inner_text("details[open]")
        title = page.title()
        browser.close()
    assert "kept" in text
    assert "copy of run" in title
    assert wrong == []
    assert asked == [page_file.as_uri()]
