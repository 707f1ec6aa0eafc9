"""`voila notebooks/dashboard.ipynb` shows the same pages as the dashboard."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import dashboards as toy
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "dashboard.ipynb"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="chromium is not installed: Voila's page was not looked at"
    ),
]


@pytest.fixture
def voila(tmp_path):
    """The address of Voila over the notebook, which finds a small run."""
    toy.write_run(tmp_path / "runs")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("voila"), NOTEBOOK, "--no-browser", f"--port={port}"]
    environment = {**os.environ, "GOSALES_RUNS_DIR": str(tmp_path / "runs")}
    log = (tmp_path / "voila.log").open("w")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def test_voila_shows_the_dashboard_and_its_list(voila):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(voila, timeout=180_000)
        page.wait_for_selector(".gosales .headline", timeout=120_000)
        page.click(".gosales .tabs a:text-is('Whitespace')")
        page.wait_for_selector(".offers tbody tr", timeout=60_000)
        assert page.locator(".offers tbody tr").count() == 16
        assert page.evaluate("window.hit ?? 0") == 0
        browser.close()
