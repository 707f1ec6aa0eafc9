"""Describes a failure of a notebook: where to look and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gosales_lib.core.masking import masked

ANSI = re.compile(r"\x1b\[[0-9;]*m")
FRAME = re.compile(
    r"File (?P<file>\S+?\.py):(?P<line>\d+)(?:, in (?P<function>[\w<>.]+))?"
    r"|Cell In\[(?P<cell>\d+)\], line (?P<cell_line>\d+)"
)
SHORTAGE = re.compile(r"memory allocation of \d+ bytes failed|bad_alloc|out of memory", re.I)
FULL = re.compile(r"No space left on device|not enough space on the disk|Disk quota exceeded")
HINTS = {
    rf"^(Arrow)?MemoryError|^OutOfMemory|{SHORTAGE.pattern}": "too little memory: fewer --jobs",
    r"Too many open files|EMFILE": "too few open files: `ulimit -n 1024` here, then resume",
    r"can't start new thread|Resource temporarily unavailable": "too few processes, or too "
    "little memory for their threads: raise `ulimit -u` and `ulimit -v`, or fewer --jobs",
    r"Cannot assign requested address|Can't assign requested address": "kernels need the loopback "
    "interface 127.0.0.1: bring it up (`ip link set lo up`)",
    r"^(CancelledError|KilledWorker|CommClosedError)": "the Dask scheduler or its worker ended: "
    "start it again, then `gosales run --resume`",
    r"Kernel died before replying|failed to map segment": "a kernel could not start, most often "
    "for want of memory: `ulimit -v unlimited`, fewer --jobs; `gosales doctor` tests the limits",
    r"crashed \(signal 6\)": "a library gave up, most often for want of memory: `ulimit -v "
    "unlimited`, fewer --jobs; `gosales doctor` tests the limits",
    r"^DeadKernelError": "`gosales run --resume` tries it again; `gosales logs` has the details",
    r"^TimeoutError: still running": "raise --timeout or --cell-timeout, or look at this cell",
    r"^ModuleNotFoundError": "a package is missing: `gosales doctor` says which command adds it",
    r"^StepMissingError": "`gosales run --resume` runs what is missing",
    r"^FileNotFoundError": "check --data, --holdout and the paths in the layout file",
    rf"^PermissionError|^OSError.*Read-only|{FULL.pattern}": "check rights and space of the runs "
    "folder",
    r"^AssertionError": "a check of the notebook failed: open the executed copy at this cell",
    r"^(ColumnNotFoundError|SchemaError|KeyError)": "check the column names in the layout file",
}


@dataclass(frozen=True)
class Failure:
    """Where and why a notebook stopped."""

    cell: str  # the nearest heading above the cell
    error: str  # class and message
    frame: str  # the last own line of code that ran
    hint: str


def of_notebook(nb: Any) -> Failure | None:
    """Return the failure in a cell of an executed notebook; None if there is none."""
    for index, cell in enumerate(nb.cells):
        for error in cell.get("outputs", []):
            if error.output_type == "error":
                text = masked(f"{error.ename}: {error.evalue}".strip().removesuffix(":"))
                return Failure(title(nb, index), shorten(text), frame(error.traceback), hint(text))
    return None


def of_error(error: BaseException) -> Failure:
    """Return the failure of what went wrong outside the notebook's own cells."""
    text = masked(f"{type(error).__name__}: {error}")
    return Failure("before the first cell", shorten(text), "", hint(text))


def title(nb: Any, index: int) -> str:
    """Return the nearest heading at or above a cell, without its marks."""
    for cell in reversed(nb.cells[: index + 1]):
        headings = re.findall(r"^#+ +(.+)$", cell.source, re.M) if is_text(cell) else []
        if headings:
            answer: str = headings[-1].strip()
            return answer
    return f"cell {index}"


def is_text(cell: Any) -> bool:
    """Return whether a cell is prose of the author, not papermill's note about an error."""
    tags = cell.get("metadata", {}).get("tags", [])
    return cell.cell_type == "markdown" and "papermill-error-cell-tag" not in tags


def frame(traceback: list[str]) -> str:
    """Return the last own line of a traceback: `gosales_lib/features/labels.py:40 in at`."""
    own = ""
    for match in FRAME.finditer(ANSI.sub("", "\n".join(traceback))):
        if match["cell"]:
            own = f"In [{match['cell']}] line {match['cell_line']}"
        elif "gosales_lib" in Path(match["file"]).parts:
            path = match["file"][match["file"].rindex("gosales_lib") :]
            inside = f" in {match['function']}" if match["function"] else ""
            own = f"{path}:{match['line']}{inside}"
    return own


def hint(text: str) -> str:
    """Return what the reader can do about an error, judged by its message."""
    return next((advice for pattern, advice in HINTS.items() if re.search(pattern, text, re.S)), "")


def death(exit_code: int | None, words: str) -> str:
    """Return why a kernel is gone, from its exit status and what it wrote to standard error."""
    if exit_code == -9:
        return "the kernel was killed (signal 9): most often the machine was out of memory"
    if shortage := SHORTAGE.search(words):
        return f"the kernel was out of memory: {shortage[0]}"
    if exit_code is None:
        return "the kernel died"
    crashed = exit_code < 0
    text = f"the kernel crashed (signal {-exit_code})" if crashed else f"it ended ({exit_code})"
    last = next((line.strip() for line in reversed(words.splitlines()) if line.strip()), "")
    return f"{text}: {last}" if last else text


def shorten(text: str) -> str:
    """Return a text of at most 500 characters."""
    return text if len(text) <= 500 else text[:499] + "…"
