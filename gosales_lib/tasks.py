"""From a job of the plan to the task of a worker: its parameters, and prints of what it reads."""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

from gosales_lib import execute, plan, receipts, settings
from gosales_lib.execute import Task
from gosales_lib.plan import Board, Job
from gosales_lib.request import How, Request
from gosales_lib.runs import Run, shown


def task_of(
    run: Run, request: Request, how: How, job: Job, reads: Mapping[str, str], threads: int
) -> Task:
    """Return all that a worker needs for a job."""
    given = {**asdict(request), "threads": threads}
    return Task(
        key=job.key,
        step=job.step,
        notebook=shown(Path(settings.resolve(request.notebooks)) / f"{job.step}.ipynb"),
        folder=shown(job.folder(run)),
        parameters=job.parameters(given, shown(run.path)),
        inputs=dict(reads),
        cell_seconds=how.cell_seconds,
        notebook_seconds=how.notebook_seconds,
    )


def reads_of(run: Run, job: Job, board: Board, inputs: Mapping[str, str]) -> dict[str, str]:
    """Return fingerprints of what a job reads: input files, or what its forerunners wrote."""
    if job == plan.ETL:
        return dict(inputs)
    found = {key: receipts.outputs(*_place(run, board.by_key[key])) for key in job.waits_for}
    etl = receipts.outputs(run.path, plan.ETL.step)
    if job.step in plan.BLIND:
        etl = {name: etl[name] for name in etl if name not in plan.NOT_FOR_THE_BLIND}
    found[plan.ETL.key] = etl
    return {key: receipts.digest(written) for key, written in found.items() if written}


def _place(run: Run, job: Job) -> tuple[Path, str]:
    return job.folder(run), job.step


def check_notebooks(run: Run, request: Request) -> None:
    """Refuse, before anything runs, a notebook that is missing or lacks a parameter.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the notebook, and the parameter with the nearest one that it takes.
    """
    for job in plan.build({date(2000, 1, 31): ["division"]}):
        task = task_of(run, request, How(), job, {}, threads=1)
        notebook = Path(settings.resolve(task.notebook))
        if not notebook.is_file():
            raise FileNotFoundError(f"{task.notebook} is missing: check --notebooks")
        execute.check_parameters(notebook, task.parameters)


def why_run(task: Task) -> str | None:
    """Return why a task must run, None when its receipt still holds."""
    notebook, folder = settings.resolve(task.notebook), settings.resolve(task.folder)
    wanted = receipts.order(Path(notebook), task.parameters, task.inputs)
    return receipts.why_not_current(Path(folder), task.step, wanted)


def notebook_imports(folder: Path) -> tuple[str, ...]:
    """Return the modules that the notebooks of a folder import, for kernels to import ahead."""
    found: dict[str, None] = {}
    for path in sorted(folder.glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        source = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        with contextlib.suppress(SyntaxError):
            for node in ast.walk(ast.parse(source)):
                found |= dict.fromkeys(_modules(node))
    return tuple(found)


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        # `from gosales_lib import runs` names a module; `from datetime import date` does not,
        # and then importing `datetime.date` fails in silence
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []
