"""A run from beginning to end: the plan, who works on it, what is kept, and how it stops.

Every notebook goes through the same three questions, on the first run as on a resumed one: have
its forerunners ended well, does its receipt still hold, and if not, which worker is free?
"""

from __future__ import annotations

import ast
import contextlib
import json
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gosales_lib import execute, kernels, locks, plan, receipts, settings, timeline, workers
from gosales_lib.execute import Outcome, Task
from gosales_lib.failures import of_error
from gosales_lib.plan import Board, Job, Selection
from gosales_lib.record import Record, now
from gosales_lib.runs import Run, shown
from gosales_lib.workers import Crew

Watch = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Request:
    """What a run is asked for; kept in `run.json`, so that a resumed run asks for the same."""

    layout: str
    data_dir: str = ""  # "": the layout's
    holdout_dir: str = ""
    divisions: tuple[str, ...] = ()  # none: those with enough purchases by the cutoff
    all_divisions: bool = False
    cutoffs: tuple[str, ...] = ()  # none: the last month's end that the log reaches
    window_months: int = 6
    notebooks: str = "notebooks"
    engine: str | None = None
    families: str | None = None
    training_cutoffs: int | None = None
    step_months: int | None = None
    seed: int | None = None
    max_missing_days: int | None = None
    top_n: int | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Request:
        """Return the request that `run.json` keeps."""
        lists = {name: tuple(parameters[name]) for name in ("divisions", "cutoffs")}
        return cls(**{**parameters, **lists})


@dataclass(frozen=True)
class How:
    """By what means a run is worked on: none of it changes a result."""

    jobs: int = 1
    warm: bool = True
    dask: str | None = None
    cell_seconds: float | None = None
    notebook_seconds: float | None = None
    libraries: tuple[str, ...] = kernels.LIBRARIES


class Batch:
    """One run at work. `execute` returns its final state: done, failed or interrupted."""

    def __init__(
        self,
        run: Run,
        request: Request,
        how: How | None = None,
        select: Selection | None = None,
        watch: Watch = lambda event: None,
    ) -> None:
        self.run, self.request = run, request
        self.how, self.select = how or How(), select or Selection()
        self.record = Record(run)
        self.board = Board([plan.ETL])
        self._watch = watch
        self._planned = False

    def execute(self) -> str:
        """Work until nothing is left to do; Ctrl-C and SIGTERM stop it in good order.

        Raises
        ------
        RuntimeError
            When another runner is at work on the same run.
        ValueError
            When a parameter looks like a secret, or no division has enough purchases.
        """
        for name, value in asdict(self.request).items():
            execute.refuse_secret(name, value)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locks.hold(self.run.path / locks.RUNNER, seconds=1))
            except TimeoutError:
                raise RuntimeError(f"another runner is at work on {self.run.path}") from None
            stack.enter_context(_stoppable())
            return self._execute()

    def emit(self, event: dict[str, Any]) -> None:
        """Write an event down and show it; workers' threads call this too."""
        if event["event"] == "started":
            self.record.set(event["key"], "running", started=now())
        self.record.event(event)
        self._watch(event)

    def _execute(self) -> str:
        self.inputs = fingerprints(self.request)
        self.record.begin(asdict(self.request), self.inputs)
        self.record.plan([plan.ETL])
        self.emit({"event": "run started", "run": self.run.id, "jobs": self.how.jobs})
        state = "failed"
        try:
            with self._crew() as crew:
                try:
                    self._work(crew)
                except KeyboardInterrupt:
                    self.emit({"event": "stopping"})
                    crew.stop()
                    raise
            state = "done" if set(self.board.states.values()) == {"done"} else "failed"
        except KeyboardInterrupt:
            state = "interrupted"
        finally:
            self.record.finish(state)
            self.emit({"event": "run ended", "state": state})
        return state

    def _crew(self) -> AbstractContextManager[Crew]:
        imports = notebook_imports(Path(settings.resolve(self.request.notebooks)))
        common = (self.how.jobs, (*self.how.libraries, *imports), self.how.warm)
        if self.how.dask:
            return workers.dask(self.how.dask, *common, f"gosales-{self.run.id}", self.emit)
        return workers.local(*common, self.emit)

    def _work(self, crew: Crew) -> None:
        running: dict[Future[Outcome], Job] = {}
        while True:
            while ready := self.board.ready():
                for job in ready:
                    if task := self._decide(job, crew):
                        running[crew.submit(task)] = job
                self._plan_divisions()
            if self._planned:
                crew.expect(self.board.left())
            if not running:
                return
            for future in wait(running, timeout=1, return_when=FIRST_COMPLETED).done:
                self._end(running.pop(future), future)
            self._plan_divisions()

    def _decide(self, job: Job, crew: Crew) -> Task | None:
        """Return the task of a job that must run; keep or skip it otherwise."""
        folder = job.folder(self.run)
        if obstacle := self.board.obstacle(job):
            receipts.withdraw(folder, job.step)  # what it once wrote came from other input
            self._close(job, "skipped", reason=f"{obstacle} did not end well")
            return None
        task = self._task(job, crew)
        stale = why_run(task)
        if self.select.wants(job) and (stale or self.select.forces(job)):
            self.board.states[job.key] = "running"
            return task
        self._close(job, "skipped" if stale == "missing" else "done", reason="kept")
        return None

    def _task(self, job: Job, crew: Crew) -> Task:
        reads = reads_of(self.run, job, self.board, self.inputs)
        return task_of(self.run, self.request, self.how, job, reads, crew.threads)

    def _close(self, job: Job, state: str, reason: str) -> None:
        self.board.states[job.key] = state
        if reason != "kept":
            self.record.set(job.key, state, reason=reason)
        elif state == "done":
            self.record.set(job.key, state)
        self.emit({"event": "kept" if reason == "kept" else state, "key": job.key, "why": reason})

    def _end(self, job: Job, future: Future[Outcome]) -> None:
        try:
            outcome = future.result()
        except Exception as error:  # the worker itself failed, not the notebook
            outcome = Outcome(job.key, "failed", 0.0, failure=of_error(error))
        self.board.states[job.key] = outcome.state
        failure = outcome.failure and outcome.failure.as_dict()
        seconds = round(outcome.seconds, 3)
        details = {"seconds": seconds, "timings": outcome.timings or None, "error": failure}
        self.record.set(job.key, outcome.state, **details)
        ended = {"event": "ended", "key": job.key, "state": outcome.state, "seconds": seconds}
        self.emit(ended | ({"error": failure} if failure else {}))

    def _plan_divisions(self) -> None:
        """Plan the rest as soon as 01_etl has said what there is."""
        if self._planned or self.board.states[plan.ETL.key] != "done":
            return
        self._planned = True
        chosen = choose(self.run, self.request)
        jobs = plan.build(chosen)
        self.board.add(jobs)
        for job in jobs:
            if job.division:
                self.run.at(job.division, job.cutoff).claim()
        self.record.content["cutoffs"] = {day.isoformat(): names for day, names in chosen.items()}
        self.record.plan(jobs)
        self.emit({"event": "planned", "notebooks": len(jobs)})


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
    forerunners = [board.by_key[key] for key in dict.fromkeys((plan.ETL.key, *job.waits_for))]
    digests = {one.key: receipts.outputs(one.folder(run), one.step) for one in forerunners}
    return {key: digest for key, digest in digests.items() if digest}


def why_run(task: Task) -> str | None:
    """Return why a task must run, None when its receipt still holds."""
    notebook, folder = settings.resolve(task.notebook), settings.resolve(task.folder)
    if not Path(notebook).is_file():
        return "missing"  # running it will say which file is not there
    wanted = receipts.order(Path(notebook), task.parameters, task.inputs)
    return receipts.why_not_current(Path(folder), task.step, wanted)


def choose(run: Run, request: Request) -> dict[date, list[str]]:
    """Return the divisions of each cutoff, after 01_etl: those asked for, or those worth it.

    Raises
    ------
    ValueError
        When no division had enough purchases by the cutoff.
    """
    from gosales_lib import labels

    sales = run.read("fact_transactions")
    last_day = sales["order_day"].max()
    if last_day is None:
        raise ValueError("the log holds no sale: see rejected_rows.parquet in the run folder")
    default = [timeline.default_cutoff(last_day)]
    cutoffs = [timeline.parse_date(text) for text in request.cutoffs] or default
    if request.all_divisions:
        return {day: list(run.layout().divisions) for day in cutoffs}
    if request.divisions:
        return {day: list(request.divisions) for day in cutoffs}
    chosen = {day: labels.sellable_divisions(sales, day, request.window_months) for day in cutoffs}
    for day, names in chosen.items():
        if not names:
            raise ValueError(
                f"no division had enough buyers in the {request.window_months} months up to {day}: "
                "choose another --cutoff, or name a --division"
            )
    return chosen


def fingerprints(request: Request) -> dict[str, str]:
    """Return the SHA-256 of the layout and of each input file, by its name."""
    file = Path(settings.resolve(request.layout))
    found = {"layout": receipts.file_fingerprint(file)}
    for name, given in (("data", request.data_dir), ("holdout", request.holdout_dir)):
        if folder := given or _default_folder(file, name):
            found |= receipts.folder_fingerprints(Path(settings.resolve(folder)), name)
    return found


def _default_folder(layout_file: Path, name: str) -> str | None:
    """Return the layout's own data or holdout folder."""
    from gosales_lib import layout

    return getattr(layout.load(layout_file), name)


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


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Treat SIGTERM and a closed terminal as Ctrl-C, in the main thread (others get no signal)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    old = {name: signal.getsignal(getattr(signal, name)) for name in names}
    for name in names:
        signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        yield
    finally:
        for name, handler in old.items():
            signal.signal(getattr(signal, name), handler)
