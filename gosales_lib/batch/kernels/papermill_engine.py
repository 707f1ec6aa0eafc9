"""The Papermill engine that runs a notebook in a kernel of the pool.

Papermill finds it by entry point (`papermill --engine gosales in.ipynb out.ipynb`); the runner
passes it a kernel and is informed of every cell that begins. A dead kernel or a time limit becomes
an error output of the cell that was running, so that the saved copy shows the cell that failed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager
from papermill.log import logger as papermill_logger

from gosales_lib.batch import failures
from gosales_lib.batch.kernels import launch, sharing

papermill_logger.setLevel("CRITICAL")  # the runner reports what matters, once


class PooledEngine(Engine):  # type: ignore[misc]
    """Runs one notebook in a kernel that is used only once."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        kernel: launch.Kernel | None = None,
        on_cell: Callable[[Any, int], None] | None = None,
        cell_seconds: float | None = None,
        notebook_seconds: float | None = None,
        on_notebook: Callable[[Any], None] | None = None,
        **_: Any,
    ) -> None:
        """Execute the cells; raise nothing for a failed one, leave the error in its outputs."""
        if on_notebook:
            on_notebook(nb_man.nb)
        own = kernel is None
        kernel = kernel or launch.start(sharing.threads_per_job(1))
        running = Running(nb_man, on_cell)
        client = PapermillNotebookClient(
            nb_man,
            km=kernel,
            startup_timeout=launch.START_SECONDS,
            timeout_func=limit(cell_seconds, notebook_seconds),
            log=papermill_logger,
            on_cell_start=running,
        )
        try:
            client.execute(cleanup_kc=False)  # who gave the kernel ends it, and waits for nothing
        except CellTimeoutError:
            running.fail("TimeoutError", f"still running after {running.seconds:.0f} s")
        except DeadKernelError:
            running.fail("DeadKernelError", failures.death(kernel.exit_code, kernel.words()))
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            if own:
                launch.stop(kernel)


class Running:
    """The cell that runs, and its start time; a sudden end of the kernel is attributed to it."""

    def __init__(
        self, nb_man: NotebookExecutionManager, on_cell: Callable[[Any, int], None] | None
    ) -> None:
        self.nb_man = nb_man
        self.on_cell = on_cell
        self.index = 0
        self.began = time.monotonic()

    def __call__(self, cell: Any, cell_index: int) -> None:
        """Note the cell that begins."""
        self.index, self.began = cell_index, time.monotonic()
        if self.on_cell:
            self.on_cell(self.nb_man.nb, cell_index)

    @property
    def seconds(self) -> float:
        """Return for how long the cell has run."""
        return time.monotonic() - self.began

    def fail(self, name: str, message: str) -> None:
        """Write an error into the running cell, as if the kernel had raised it."""
        cell = self.nb_man.nb.cells[self.index]
        error = {"ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
        cell.outputs = [*cell.get("outputs", []), nbformat.v4.new_output("error", **error)]
        self.nb_man.cell_exception(cell, cell_index=self.index)


def limit(cell: float | None, notebook: float | None) -> Callable[[Any], float | None]:
    """Return the seconds that the next cell may take: its own limit or what is left in all."""
    deadline = None if notebook is None else time.monotonic() + notebook

    def seconds(_: Any) -> float | None:
        left = None if deadline is None else max(0.1, deadline - time.monotonic())
        return min((value for value in (cell, left) if value is not None), default=None)

    return seconds
