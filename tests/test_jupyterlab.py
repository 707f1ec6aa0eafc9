"""The notebooks in JupyterLab, in a real browser: each opens, and its cells run without an error.

All are run, in order: each reads what the one before has written.
"""

from __future__ import annotations

import os
import runpy
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dashboards
import pytest

from gosales_lib import sample
from gosales_lib.core import settings

pytestmark = pytest.mark.slow
ROOT = Path(settings.project_root())
LAB = runpy.run_path(str(ROOT / "start.py"))["LAB"]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("0*.ipynb"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CELLS = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = Array.from(panel.content.model.cells).map(c => c.toJSON());
  const code = cells.filter(c => c.cell_type === "code" && c.source.length);
  return {
    all: code.length,
    run: code.filter(c => c.execution_count).length,
    busy: panel.sessionContext.session?.kernel?.status !== "idle",
    errors: code.flatMap(c => c.outputs).filter(o => o.output_type === "error")
                .map(o => o.ename + ": " + o.evalue),
    pictures: code.flatMap(c => c.outputs)
                  .filter(o => o.data && o.data["application/vnd.plotly.v1+json"]).length,
  };
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """The address of JupyterLab over a checkout of its own, with its token."""
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt install chromium")
    root = tmp_path_factory.mktemp("lab")
    for name in ("notebooks", "layouts"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns(".ipynb_*"))
    shutil.copy(ROOT / "pyproject.toml", root)
    dashboards.write_run(root / "runs")
    data = root / "data"
    sample.write(data / "database_samples", data / "holdout", data / "truth", customers=200)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GOSALES_", "JUPYTER"))}
    own = {name: str(root / "jupyter") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
            *(f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True", *LAB),
        ],
        cwd=root,
        env=env | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait(f"http://127.0.0.1:{port}/api?token={token}", process)
        yield f"http://127.0.0.1:{port}/lab/tree/notebooks/{{}}?token={token}&reset"
    finally:
        process.terminate()
        process.wait(20)


def wait(address: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail("JupyterLab did not answer")


@pytest.fixture(scope="module")
def page(server):
    """A page of a real browser that asks nobody but this machine."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        yield page
        browser.close()


def opened(page, server: str, name: str) -> None:
    """Open a notebook and wait until its kernel stands."""
    page.goto(server.format(name))
    page.wait_for_function(
        "name => window.jupyterapp?.shell.currentWidget?.content?.model?.cells.length > 3"
        " && window.jupyterapp.shell.currentWidget.context.path.endsWith(name)"
        " && window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status"
        " === 'idle'",
        arg=name,
        timeout=90_000,
    )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_opens_in_jupyterlab_and_runs_all_its_cells(page, server, name):
    opened(page, server, name)
    assert page.evaluate(CELLS)["all"] > 5
    run_all(page)
    assert page.evaluate(CELLS)["pictures"] > 0
    close(page)


def test_the_dashboard_s_notebook_shows_the_latest_run_and_keeps_its_look(page, server):
    opened(page, server, "dashboard.ipynb")
    run_all(page)
    page.wait_for_selector(".gosales .cards dt", timeout=60_000)
    assert "Can the models be trusted?" in page.locator(".gosales").first.inner_text()
    floats = "all => all.map(dt => getComputedStyle(dt).float)"
    assert set(page.locator(".gosales dt").evaluate_all(floats)) == {
        "none"
    }  # JupyterLab's own: left
    close(page)


def run_all(page) -> None:
    """Run all cells of the notebook in sight; each must end well."""
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        page.wait_for_timeout(300)
        found = page.evaluate(CELLS)
        if found["errors"] or (found["run"] == found["all"] and not found["busy"]):
            break
    assert found["errors"] == []
    assert found["run"] == found["all"]


def close(page) -> None:
    page.evaluate(
        "async () => { const p = window.jupyterapp.shell.currentWidget;"
        " await p.context.save(); await p.sessionContext.shutdown(); }"
    )
