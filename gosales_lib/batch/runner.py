"""Executes a run from beginning to end: the plan, the workers, the record, and how it stops.

Every notebook passes the same three questions, in a new run and in a resumed one: have the
notebooks before it ended well, is its receipt still valid, and if not, which worker is free?
"""

from __future__ import annotations

import contextlib
import errno
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from gosales_lib.batch import failures, outlook, parameters, request, tasks, workers
from gosales_lib.batch.execute import Outcome, Task
from gosales_lib.batch.failures import of_error
from gosales_lib.batch.request import How, Request
from gosales_lib.batch.workers import Crew
from gosales_lib.core import locks, settings
from gosales_lib.core.masking import masked
from gosales_lib.run_folders import Run, artifacts, plan, receipts
from gosales_lib.run_folders.plan import Board, Job, Selection
from gosales_lib.run_folders.record import Record, now

READINGS = 3
"""How often 01_etl reads files that change meanwhile before the run gives up."""
Watch = Callable[[Mapping[str, Any]], None]


class Batch:
    """One run at work. `execute` returns its final state: done, failed or interrupted."""

    def __init__(
        self,
        run: Run,
        wanted: Request,
        how: How | None = None,
        select: Selection | None = None,
        watch: Watch = lambda event: None,
        inputs: Mapping[str, str] | None = None,
    ) -> None:
        self.inputs = inputs if inputs is not None else request.fingerprints(wanted)
        self.run, self.request = run, wanted
        self.how, self.select = how or How(), select or Selection()
        self.record = Record(run)
        self.board = Board([plan.ETL])
        self._watch = watch
        self._planned = False
        self._readings = 0

    def execute(self) -> str:
        """Work until nothing is left to do; Ctrl-C and SIGTERM stop it in good order.

        RuntimeError: another runner is at work on the same run. ValueError: a parameter looks like
        a secret, or no division has enough purchases.
        """
        for name, value in (asdict(self.request) | dict(self.request.parameters)).items():
            parameters.refuse_secret(name, value)
        tasks.check_notebooks(self.request)
        other = f"another process is working on {self.run.path}"
        with locks.hold(self.run.path / locks.RUNNER, seconds=1, held=other), _stoppable():
            return self._execute()

    def emit(self, event: dict[str, Any]) -> None:
        """Write an event down and show it; workers' threads call this too."""
        if event["event"] == "started":
            self.record.set(event["key"], "running", started=now())
        self.record.event(event)
        self._watch(event)

    def _execute(self) -> str:
        artifacts.sweep(self.run.path)
        then = self.record.content.get("inputs") if "started" in self.record.content else None
        self.record.begin(asdict(self.request), self.inputs)
        self.record.plan([plan.ETL])
        self.emit({"event": "run started", "run": self.run.id, "jobs": self.how.jobs})
        if then and (changed := _changed(then, self.inputs)):
            self.emit({"event": "inputs changed", "files": changed})
        state, why = "failed", ""
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
        except Exception as error:
            why = failures.shorten(masked(str(error) or type(error).__name__))
            raise
        finally:
            self.record.finish(state, why)
            self.emit({"event": "run ended", "state": state} | ({"why": why} if why else {}))
        return state

    def _crew(self) -> AbstractContextManager[Crew]:
        imports = tasks.notebook_imports(Path(settings.resolve(self.request.notebooks)))
        libraries = (*self.how.libraries, *imports) if self.how.warm else ()
        common = (self.how.jobs, libraries, self.how.fork)
        if self.how.dask:
            return workers.dask(self.how.dask, *common, self.run.path, self.emit)
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
            self._close(job, "skipped", reason=obstacle)
            return None
        task = self._task(job, crew)
        stale = tasks.why_run(task)
        if self.select.wants(job) and (stale or self.select.forces(job)):
            self.board.states[job.key] = "running"
            return task
        if stale == "missing":  # the record keeps how an earlier attempt ended
            self.board.states[job.key] = "skipped"
            self.emit({"event": "skipped", "key": job.key, "why": "not asked for"})
        else:
            self._close(job, "done", reason="kept")
        return None

    def _task(self, job: Job, crew: Crew) -> Task:
        reads = tasks.reads_of(self.run, job, self.board, self.inputs)
        return tasks.task_of(self.run, self.request, self.how, job, reads, crew.threads)

    def _close(self, job: Job, state: str, reason: str) -> None:
        self.board.states[job.key] = state
        self.record.set(job.key, state, reason=None if reason == "kept" else reason)
        self.emit({"event": "kept" if reason == "kept" else state, "key": job.key, "why": reason})

    def _end(self, job: Job, future: Future[Outcome]) -> None:
        try:
            outcome = future.result()
        except Exception as error:  # the worker itself failed, not the notebook
            outcome = Outcome(job.key, "failed", 0.0, failure=of_error(error))
        if job == plan.ETL and outcome.state == "done":
            try:
                if self._reads_again():
                    return
            except (OSError, RuntimeError) as error:
                outcome = Outcome(job.key, "failed", outcome.seconds, failure=of_error(error))
        self.board.states[job.key] = outcome.state
        failure = asdict(outcome.failure) if outcome.failure else None
        seconds = round(outcome.seconds, 3)
        details = {"seconds": seconds, "timings": outcome.timings or None, "error": failure}
        self.record.set(job.key, outcome.state, **details)
        ended = {"event": "ended", "key": job.key, "state": outcome.state, "seconds": seconds}
        self.emit(ended | ({"error": failure} if failure else {}))
        if failure and failures.FULL.search(failure["error"]):  # every other notebook would fail
            raise OSError(errno.ENOSPC, f"{job.key}: {failure['error']}")

    def _reads_again(self) -> bool:
        """Take the fingerprints of the input files again, now that 01_etl has read them.

        If a file has changed since the run began, it is unknown which version was read. 01_etl
        then runs once more, so that the run keeps the fingerprint of what it holds. RuntimeError:
        the files have changed at each of `READINGS` readings.
        """
        now = request.fingerprints(self.request)
        if not (changed := _changed(self.inputs, now)):
            return False
        self._readings += 1
        if self._readings == READINGS:
            raise RuntimeError(
                f"{', '.join(changed)} changed while 01_etl read it, {READINGS} times: run again "
                "when no program writes there, or copy the files and pass the copy with --data"
            )
        self.inputs = now
        self.record.content["inputs"] = now
        self.board.states[plan.ETL.key] = "pending"
        self.record.set(plan.ETL.key, "pending")
        self.emit({"event": "input changed", "key": plan.ETL.key, "files": changed})
        return True

    def _plan_divisions(self) -> None:
        """Plan the rest as soon as 01_etl has reported the divisions."""
        if self._planned or self.board.states[plan.ETL.key] != "done":
            return
        self._planned = True
        chosen = outlook.choose(self.run, self.request)
        self._prepare(chosen)
        jobs = plan.build(chosen)
        self.board.add(jobs)
        for job in jobs:
            if job.division and job.cutoff:
                self.run.at(job.division, job.cutoff).claim()
        self.record.content["cutoffs"] = {day.isoformat(): names for day, names in chosen.items()}
        self.record.content["holdouts"] = outlook.holdouts(self.run, self.request, chosen)
        missing = [asdict(each) for each in outlook.left_out(self.run, self.request, chosen)]
        self.record.content["left_out"] = missing
        self.record.plan(jobs)
        for sentence in outlook.sentences(self.run, chosen):
            self.emit({"event": "outlook", "sentence": sentence})
        for each in missing:
            self.emit({"event": "left out", **each})
        self.emit({"event": "planned", "notebooks": len(jobs)})
        for day, judged in self.record.content["holdouts"].items():
            self.emit({"event": "holdout", "cutoff": day, **judged})

    def _prepare(self, chosen: Mapping[date, Sequence[str]]) -> None:
        """Get ready for the divisions of each cutoff, before they are planned."""


def _changed(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the input files whose fingerprints differ, with those that came or went."""
    return sorted(name for name in {*then, *now} if then.get(name) != now.get(name))


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Treat SIGTERM and a closed terminal as Ctrl-C, in the main thread (others get no signal).

    What `nohup` told the process to ignore stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stops = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    heard = {stop: old for stop in stops if (old := signal.getsignal(stop)) != signal.SIG_IGN}
    for stop in heard:
        signal.signal(stop, signal.default_int_handler)
    try:
        yield
    finally:
        for stop, handler in heard.items():
            signal.signal(stop, handler)
