"""Runs notebooks in one process, without kernels and pictures, where kernels would cost the most.

Scoring a month takes a tenth of a run, and most of that would be kernels, Papermill's messages and
charts. Here one process runs the code of every notebook. The executed copies hold the tables and
sentences; statements that only draw are left out.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

import nbformat
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from gosales_lib.batch import execute, failures
from gosales_lib.batch.execute import Emit, Executed, Task
from gosales_lib.batch.failures import Failure
from gosales_lib.batch.kernels import forking, single
from gosales_lib.core import syntax

CHARTS = "gosales_lib.charts"
"""Modules of pictures; its `show` says tables and sentences, which stay."""


def in_process(process: Process) -> Executed:
    """Return what executes each notebook in the process."""

    def executed(
        task: Task, notebook: Path, folder: Path, emit: Emit, timings: dict[str, float]
    ) -> Failure | None:
        nb = load_notebook_node(str(notebook))
        nb = parameterize_notebook(nb, task.parameters, kernel_name="python3", language="python")
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        with execute.timed(timings, "work"):
            outputs = process.outputs([cell.source for cell in code], task.notebook_seconds)
        for cell, made in zip(code, outputs, strict=False):
            cell.outputs = [nbformat.from_dict(each) for each in made]
        with execute.timed(timings, "save"):
            execute.save(nb, folder / f"{task.step}.ipynb", task.notebook)
        return failures.of_notebook(nb)

    return executed


def without_pictures(cells: Sequence[str]) -> list[str]:
    """Return the code cells of a notebook with a blank line for each statement that only draws."""
    trees = [syntax.parsed(source) for source in cells]
    drawers = {name for tree in trees for node in tree.body for name in _drawers(node)}
    return [_blanked(*each, drawers) for each in zip(cells, trees, strict=True)]


def _drawers(node: ast.stmt) -> list[str]:
    """Return the names under which a statement imports modules of pictures."""
    if not isinstance(node, ast.ImportFrom) or node.module != CHARTS:
        return []
    return [alias.asname or alias.name for alias in node.names if alias.name != "show"]


def _blanked(source: str, tree: ast.Module, drawers: Collection[str]) -> str:
    lines = source.splitlines()
    for node in tree.body:
        if _draws(node, drawers):
            last = node.end_lineno or node.lineno
            lines[node.lineno - 1 : last] = [""] * (last - node.lineno + 1)
    return "\n".join(lines)


def _draws(node: ast.stmt, drawers: Collection[str]) -> bool:
    """Return whether a statement is a bare call such as `pictures.gains(…)`."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    return isinstance(call.func.value, ast.Name) and call.func.value.id in drawers


class Process:
    """Controls the process that runs notebooks; that process ends when this one does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._answers: SimpleQueue[str] = SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", single.__name__],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            start_new_session=True,  # Ctrl-C is the runner's to answer
            text=True,
            encoding="utf-8",
        )
        threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True).start()

    def _listen(self, answers: IO[str]) -> None:
        """Collect answers; an empty one says that the process has ended."""
        for line in answers:
            self._answers.put(line)
        self._answers.put("")

    def outputs(self, cells: Sequence[str], seconds: float | None) -> list[list[dict[str, Any]]]:
        """Return the outputs of each code cell, up to the first that fails.

        TimeoutError: the notebook still runs after `seconds`, and the process is ended.
        ChildProcessError: the process died.
        """
        with self._lock:
            try:
                print(json.dumps(without_pictures(cells)), file=self.process.stdin, flush=True)
                answer = self._answers.get(timeout=seconds)
            except Empty:
                self.close()
                raise TimeoutError(f"still running after {seconds:.0f} s") from None
            except OSError:
                answer = ""
        if not answer:
            self.process.wait()
            words = forking.written(self._words)
            raise ChildProcessError(failures.death(self.process.returncode, words))
        made: list[list[dict[str, Any]]] = json.loads(answer)
        return made

    def answer(self, function: str, *given: Any) -> Any:
        """Return what a function of the library answers there, such as `package.module.function`.

        What it is given and what it answers are what JSON can hold. A ValueError of the function is
        raised as it was, anything else as a RuntimeError in words.
        """
        module = function.rpartition(".")[0]
        call = f"{function}(*json.loads({json.dumps(given)!r}))"
        ((*_, last),) = self.outputs([f"import json, {module}\nprint(json.dumps({call}))"], None)
        if last["output_type"] != "error":
            return json.loads(last["text"])
        if last["ename"] == "ValueError":
            raise ValueError(last["evalue"])
        raise RuntimeError(f"{last['ename']}: {last['evalue']}")

    def close(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.wait()
