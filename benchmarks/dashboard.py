"""The dashboard in a real browser: first paint, the list, a filter; bytes and memory.

    python benchmarks/dashboard.py RUNS_DIR            the latest run of a folder
    python benchmarks/dashboard.py --customers 50000   a list made up: customers x 10 divisions

Cold is the first page of a server that has just started; warm is any later one. Painted is the
browser's own first contentful paint; drawn is when the rows of the list are in the page; live is
when a click is answered. Then twenty viewers read at once. The load of the machine is printed, too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from gosales_lib import reports
from gosales_lib.reports.whitespace import Whitespace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

SETTLE, VIEWERS = 3.0, 20
"""Seconds after which the server has surely warmed up, and viewers that read at once."""


@contextmanager
def served(runs_dir: Path) -> Iterator[tuple[str, int]]:
    """Serve a folder; give the address and the server's process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("gosales")), "dashboard", "--no-browser"]
    command += ["--runs", str(runs_dir), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    try:
        yield f"http://127.0.0.1:{port}/", server.pid
    finally:
        server.terminate()
        server.wait(20)


def made_up(folder: Path, customers: int) -> Path:
    """Write the small run of the tests with a list of so many customers x 10 divisions."""
    import dashboards as toy

    run = toy.write_run(folder / "runs")
    size, draw = customers * 10, np.random.default_rng(17)
    chance = np.sort(draw.beta(1, 9, size))[::-1]
    value = draw.lognormal(7, 1, size)
    who = draw.permutation(np.tile(np.arange(customers), 10))
    reasons = pl.Series(draw.integers(1, 400, size)).cast(pl.String)
    first = run.whitespace(toy.CUTOFF).read("whitespace")
    ranked = pl.DataFrame(
        {
            "rank": np.arange(1, size + 1),
            "customer_id": pl.Series(who).cast(pl.String),
            "customer_name": "Customer " + pl.Series(who).cast(pl.String),
            "division": pl.Series(who * 7 % 10).cast(pl.String).str.replace("^", "Division "),
            "motion": np.where(who % 2, "cross-sell", "win-back"),
            "chosen": np.arange(size) < 5_000,
            "probability": chance,
            "expected_gp_if_sold": value,
            "expected_gp": chance * value,
            "grade": np.repeat(list("ABCDEF"), -(-size // 6))[:size],
            "rep": pl.Series(who % 300).cast(pl.String).str.replace("^", "Rep "),
            "branch": pl.Series(who % 40).cast(pl.String).str.replace("^", "Branch "),
            "reason_1": "last bought PDM " + reasons + " days ago",
            "reason_2": reasons + " units in the last 12 months",
            "reason_3": reasons + "% of similar customers own it",
        }
    )
    missing = [name for name in first.columns if name not in ranked.columns]
    filled = ranked.with_columns(pl.lit(None, first.schema[name]).alias(name) for name in missing)
    whole = filled.select(pl.col(name).cast(first.schema[name]) for name in first.columns)
    run.whitespace(toy.CUTOFF).write("whitespace", whole)
    report = reports.read(run.whitespace(toy.CUTOFF), Whitespace)
    larger = report.model_copy(update={"offers": size, "top_n": 5_000})
    reports.write(run.whitespace(toy.CUTOFF), larger)
    return folder / "runs"


def seen(browser: Browser, address: str) -> dict[str, float]:
    """Open the list as a new viewer would and return seconds and bytes."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    received = []
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(f"{address}?tab=whitespace", wait_until="commit")
    page.wait_for_selector(".offers tbody tr")
    drawn = time.perf_counter() - began
    page.wait_for_selector("#gosales-page[data-live]")
    live = time.perf_counter() - began
    paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
    found = {"painted": page.evaluate(paint) / 1000, "drawn": drawn, "live": live}
    found["filter"] = filtered(page)
    page.wait_for_timeout(300)
    found["MB"] = sum(received) / 1e6
    page.close()
    return found


FILTER = """async change => {
  const root = document.getElementById('gosales-page'), before = root.dataset.link;
  const began = performance.now();
  const field = document.querySelector(change[0]);
  if (field.type === 'checkbox') field.checked = !field.checked;
  else field.value = change[1] === null ? field.options[2].value : change[1];
  field.dispatchEvent(new Event(change[2], {bubbles: true}));
  while (root.dataset.link === before) await new Promise(done => setTimeout(done, 2));
  return performance.now() - began;
}"""


def filtered(page: Page) -> float:
    """Return the median milliseconds of some filters, from the change to the new rows."""
    changes = [("#division", None, "change"), ("#rep-2", "", "change"), ("#rep-2", "", "change")]
    changes += [("#division", "", "change"), ("#least", "20", "input"), ("#search", "7", "input")]
    times = [page.evaluate(FILTER, list(change)) for change in changes]
    typed = 160  # the page waits so long for the next key
    return statistics.median([*times[:4], *(t - typed for t in times[4:])])


def memory(server: int) -> float:
    """Return the megabytes that a server holds (Linux)."""
    status = Path(f"/proc/{server}/status").read_text()
    return int(next(x for x in status.splitlines() if x.startswith("VmRSS")).split()[1]) / 1024


def crowd(address: str) -> list[float]:
    """Return the seconds that each of many viewers waits who ask for another page at once."""
    tabs = ("overview", "whitespace", "whitespace&sort=-probability", "data", "holdout")

    def ask(number: int) -> float:
        began = time.perf_counter()
        with urllib.request.urlopen(f"{address}part?tab={tabs[number % len(tabs)]}") as answer:
            answer.read()
        return time.perf_counter() - began

    with ThreadPoolExecutor(VIEWERS) as threads:
        return sorted(threads.map(ask, range(VIEWERS)))


def main() -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="?", type=Path)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--repeat", type=int, default=3)
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as driver:
        runs = asked.runs or made_up(Path(place), asked.customers)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, seconds; filter in ms")
        with served(runs) as (address, server):
            print("cold", said(seen(browser, address)))
            for _ in range(asked.repeat):
                time.sleep(SETTLE)
                print("warm", said(seen(browser, address)), flush=True)
            print(f"the server holds {memory(server):.0f} MB after {asked.repeat + 1} viewers")
            waits = crowd(address)
            print(f"{VIEWERS} at once: median {waits[VIEWERS // 2]:.2f} s, last {waits[-1]:.2f} s")
            print(f"the server holds {memory(server):.0f} MB")
        browser.close()


def said(found: dict[str, float]) -> str:
    """Return figures in one line."""
    return "  ".join(f"{name} {value:.2f}" for name, value in found.items())


if __name__ == "__main__":
    main()
