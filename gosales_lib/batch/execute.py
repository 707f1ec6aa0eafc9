"""Executes one notebook, from its parameters to its receipt, in the process the runner chose."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from gosales_lib.batch import failures, parameters
from gosales_lib.batch.failures import Failure
from gosales_lib.batch.kernels.launch import Kernel
from gosales_lib.batch.kernels.papermill_engine import PooledEngine
from gosales_lib.batch.kernels.pool import Pool
from gosales_lib.core import settings
from gosales_lib.core.masking import masked
from gosales_lib.run_folders import artifacts, receipts

ENGINE = "gosales"
papermill_engines.register(ENGINE, PooledEngine)

RUNNERS_OWN = re.compile(
    r"run\.json|division\.json|.*\.jsonl|.*\.lock|.*\.ipynb|.*\.receipt\.json|\..*"
)


@dataclass(frozen=True)
class Task:
    """All that a worker needs to run one notebook; it travels to other processes."""

    key: str
    step: str
    notebook: str  # like `folder`, relative to the project's root where it lies inside
    folder: str
    parameters: dict[str, Any]
    inputs: dict[str, str]
    cell_seconds: float | None = None
    notebook_seconds: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How a notebook ended."""

    key: str
    state: str  # done or failed
    seconds: float
    timings: dict[str, float] = field(default_factory=dict)  # kernel, imports, work, save
    failure: Failure | None = None


Emit = Callable[[dict[str, Any]], None]


Executed = Callable[[Task, Path, Path, Emit, dict[str, float]], Failure | None]
"""Executes a task's notebook and saves its copy in a folder; returns how it failed, or None."""


def run(task: Task, executed: Executed, emit: Emit) -> Outcome:
    """Run a notebook, write its executed copy and, last, its receipt if the notebook succeeded."""
    began = time.monotonic()
    folder, notebook = Path(settings.resolve(task.folder)), Path(settings.resolve(task.notebook))
    emit({"event": "started", "key": task.key})
    receipts.withdraw(folder, task.step)
    timings: dict[str, float] = {}
    try:
        parameters.check(notebook, task.parameters)
        wanted = receipts.order(notebook, task.parameters, task.inputs)
        before = snapshot(folder, task.step)
        failure = executed(task, notebook, folder, emit, timings)
        if failure is None:
            after = snapshot(folder, task.step)
            written = [folder / name for name in after if after[name] != before.get(name)]
            receipts.write(folder, task.step, wanted, written)
    except Exception as error:
        failure = failures.of_error(error)
    return Outcome(
        task.key, "failed" if failure else "done", time.monotonic() - began, timings, failure
    )


def in_kernels(pool: Pool) -> Executed:
    """Return what executes each notebook in a kernel of its own.

    The notebook runs once more if its kernel died with the process that it was forked from.
    """

    def executed(
        task: Task, notebook: Path, folder: Path, emit: Emit, timings: dict[str, float]
    ) -> Failure | None:
        failure, kernel = _execute(task, notebook, folder, pool, emit, timings)
        if failure and kernel.forked and pool.forker_died:
            failure, _ = _execute(task, notebook, folder, pool, emit, timings)
        return failure

    return executed


def _execute(
    task: Task, notebook: Path, folder: Path, pool: Pool, emit: Emit, timings: dict[str, float]
) -> tuple[Failure | None, Kernel]:
    """Execute a notebook through Papermill and save its copy once; return how it failed, if it did.

    The kernel comes second; it is being ended.
    """
    with timed(timings, "kernel"):
        kernel = pool.take()
    seen: list[Any] = []
    try:
        with timed(timings, "work"):
            _papermill(task, notebook, kernel, seen, emit)
        return None, kernel
    except PapermillExecutionError:
        return next(failures.of_notebook(nb) for nb in seen), kernel
    except RuntimeError as error:  # the kernel died before the first cell
        return failures.of_error(error), kernel
    finally:
        pool.discard(kernel)
        with timed(timings, "save"):
            for nb in seen:
                save(nb, folder / f"{task.step}.ipynb", task.notebook)
        for nb in seen:
            timings["imports"] = _import_seconds(nb)
            timings["work"] = round(timings["work"] - timings["imports"], 3)


def _papermill(task: Task, notebook: Path, kernel: Kernel, seen: list[Any], emit: Emit) -> None:
    def on_cell(nb: Any, index: int) -> None:
        cells = sum(cell.cell_type == "code" for cell in nb.cells)
        if nb.cells[index].cell_type == "code":
            number = sum(cell.cell_type == "code" for cell in nb.cells[: index + 1])
            title = failures.title(nb, index)
            emit({"event": "cell", "key": task.key, "cell": number, "of": cells, "title": title})

    papermill.execute_notebook(
        notebook,
        None,  # written once, by `save`
        parameters=task.parameters,
        engine_name=ENGINE,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
        autosave_cell_every=0,
        kernel=kernel,
        on_notebook=seen.append,
        on_cell=on_cell,
        cell_seconds=task.cell_seconds,
        notebook_seconds=task.notebook_seconds,
    )


def _import_seconds(nb: Any) -> float:
    """Return the seconds of the cells that begin with an import."""
    cells = [cell for cell in nb.cells if cell.source.startswith(("import ", "from "))]
    durations = [cell.metadata.get("papermill", {}).get("duration") for cell in cells]
    return round(sum(seconds or 0.0 for seconds in durations), 3)


@contextmanager
def timed(timings: dict[str, float], name: str) -> Iterator[None]:
    """Measure a block and add its seconds under a name."""
    began = time.monotonic()
    try:
        yield
    finally:
        timings[name] = round(time.monotonic() - began, 3)


def save(nb: Any, target: Path, source: str) -> None:
    """Write the executed copy without the paths of this machine."""
    nb.metadata.papermill.update(input_path=source, output_path=target.name)
    with artifacts.writing(target) as aside:
        aside.write_text(masked(nbformat.writes(nb)) + "\n", encoding="utf-8")


def snapshot(folder: Path, step: str) -> dict[str, tuple[int, int, int]]:
    """Return size, time and inode of each file a notebook may have written, by its name.

    01_etl writes into the run's own folder, where the divisions' folders are others' business.
    """
    files = _files(folder, deep=step != "01_etl")
    return {file.relative_to(folder).as_posix(): _identity(file) for file in files}


def _files(folder: Path, deep: bool) -> Iterator[Path]:
    paths = folder.rglob("*") if deep else folder.glob("*")
    return (p for p in sorted(paths) if p.is_file() and not RUNNERS_OWN.fullmatch(p.name))


def _identity(file: Path) -> tuple[int, int, int]:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
