"""The progress of a run: a live display in a terminal, plain lines where there is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID


class Lines:
    """One line for each notebook that ends, and one for the run: for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.began = time.monotonic()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """Close nothing: there is no live display."""

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Print a line for an event that deserves one."""
        if text := line(event):
            minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
            self.console.print(f"{minutes:02d}:{seconds:02d} {text}", markup=False)


def line(event: Mapping[str, Any]) -> str | None:
    """Return an event as a line of text; None for events that only the live display shows."""
    kind, key = event["event"], event.get("key", "")
    if kind == "ended":
        error = f": {event['error']['error']}" if "error" in event else ""
        return f"{event['state']:7} {key} ({event['seconds']:.1f} s){error}"
    texts = {
        "run started": f"run {event.get('run')}, {event.get('jobs')} at a time",
        "planned": f"{event.get('notebooks')} notebooks planned",
        "input changed": f"changed while it was read: {', '.join(event.get('files', []))}; "
        "01_etl reads again",
        "inputs changed": f"changed since the run began: {', '.join(event.get('files', []))}; "
        "01_etl reads again",
        "outlook": str(event.get("sentence")),
        "left out": f"left out {event.get('division')}: {event.get('reason')}",
        "skipped": f"skipped {key}: {event.get('why')}",
        "kept": f"kept    {key}",
        "holdout": f"holdout of {event.get('cutoff')}: {event.get('sentence')}",
        "stopping": "stopping: the kernels are being ended",
    }
    return texts.get(kind)


class Live:
    """A bar over all notebooks, and a line with title and time for each one that runs."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed

        text = TextColumn("{task.description}", markup=False)
        columns = (SpinnerColumn(), text, BarColumn(bar_width=24), MofNCompleteColumn(), Elapsed())
        self.progress = Progress(*columns, console=console, transient=True)
        self.total = self.progress.add_task("notebooks", total=None)
        self._running: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Live:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Show an event; called from the workers' threads."""
        with self._lock:
            self._show(event, event.get("key", ""))

    def _show(self, event: Mapping[str, Any], key: str) -> None:
        kind = event["event"]
        if kind == "planned":
            self.progress.update(self.total, total=event["notebooks"])
        elif kind == "started":
            self._running[key] = self.progress.add_task(key, total=None)
        elif kind == "cell" and key in self._running:
            description = f"{key} · {event['title']}"
            counts = {"completed": event["cell"] - 1, "total": event["of"]}
            self.progress.update(self._running[key], description=description, **counts)
        elif kind in ("ended", "skipped", "kept"):
            if key in self._running:
                self.progress.remove_task(self._running.pop(key))
            self.progress.advance(self.total)
        told = ("skipped", "stopping", "left out", "outlook", "holdout")
        shown = kind in (*told, "input changed", "inputs changed")
        if shown or (event.get("state") == "failed" and key):
            self.progress.console.print(line(event), markup=False)


def watcher(console: Console) -> Lines | Live:
    """Return the display that suits the console."""
    return Live(console) if console.is_terminal else Lines(console)
