"""Turns a job of the plan into the task of a worker: its parameters and input fingerprints."""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

from gosales_lib.batch import parameters
from gosales_lib.batch.execute import Task
from gosales_lib.batch.request import How, Request
from gosales_lib.core import settings, syntax
from gosales_lib.run_folders import Run, plan, receipts, shown
from gosales_lib.run_folders.plan import Board, Job


def task_of(
    run: Run, request: Request, how: How, job: Job, reads: Mapping[str, str], threads: int
) -> Task:
    """Return all that a worker needs for a job.

    The notebook gets the parameters of its job, and those of the run's other parameters that it
    takes; its own defaults fill in the rest.
    """
    notebook = notebook_of(request, job.step)
    takes = parameters.of(notebook)
    wanted = {"threads": threads, **request.parameters}
    extra = {name: value for name, value in wanted.items() if name in takes}
    return Task(
        key=job.key,
        step=job.step,
        notebook=shown(notebook),
        folder=shown(job.folder(run)),
        parameters=extra | job.parameters(asdict(request), shown(run.path)),
        inputs=dict(reads),
        cell_seconds=how.cell_seconds,
        notebook_seconds=how.notebook_seconds,
    )


def notebook_of(request: Request, step: str) -> Path:
    """Return a step's notebook; FileNotFoundError when it is not there."""
    notebook = Path(settings.resolve(request.notebooks)) / f"{step}.ipynb"
    if not notebook.is_file():
        where = shown(notebook)  # a way out of the project is shorter from the root
        where = str(notebook) if where.startswith("..") else where
        raise FileNotFoundError(f"{where} is missing: check --notebooks")
    return notebook


def reads_of(run: Run, job: Job, board: Board, inputs: Mapping[str, str]) -> dict[str, str]:
    """Return fingerprints of what a job may read: input files, or the outputs of earlier jobs."""
    if job == plan.ETL:
        return dict(inputs)
    earlier = {key: board.by_key[key] for key in board.before(job)}
    outputs = {key: receipts.outputs(j.folder(run), j.step) for key, j in earlier.items()}
    if job.step in plan.BLIND:
        etl = outputs[plan.ETL.key]
        outputs[plan.ETL.key] = {k: v for k, v in etl.items() if k not in plan.NOT_FOR_THE_BLIND}
    return {key: receipts.digest(written) for key, written in outputs.items() if written}


def check_notebooks(request: Request) -> None:
    """Refuse, before anything runs, a notebook that is missing or lacks a parameter.

    FileNotFoundError and ValueError name the notebook, and the parameter with the nearest one that
    it takes.
    """
    run = Run(Path(settings.resolve("runs")))  # nothing is written there
    names = parameters.taken(notebook_of(request, step) for step in plan.STEPS)
    parameters.typed((f"{name}={value}" for name, value in request.parameters.items()), names)
    for job in plan.build({date(2000, 1, 31): ["division"]}):
        task = task_of(run, request, How(), job, {}, threads=1)
        parameters.check(notebook_of(request, job.step), task.parameters)


def why_run(task: Task) -> str | None:
    """Return why a task must run, None when its receipt still holds."""
    notebook, folder = settings.resolve(task.notebook), settings.resolve(task.folder)
    wanted = receipts.order(Path(notebook), task.parameters, task.inputs)
    return receipts.why_not_current(Path(folder), task.step, wanted)


def notebook_imports(folder: Path) -> tuple[str, ...]:
    """Return the modules that the notebooks of a folder import, for kernels to import ahead."""
    modules: dict[str, None] = {}
    for path in sorted(folder.glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        source = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        with contextlib.suppress(SyntaxError):
            for node in ast.walk(syntax.parsed(source)):
                modules |= dict.fromkeys(_modules(node))
    return tuple(modules)


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        # `from gosales_lib import runs` names a module; `from datetime import date` does not,
        # and then importing `datetime.date` fails in silence
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []
