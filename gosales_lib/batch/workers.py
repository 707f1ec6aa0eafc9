"""The workers that run notebooks: threads of this machine or a Dask cluster, behind one executor.

A thread is enough for a local worker, because the work is done in the kernel's own process. On a
cluster each worker process keeps a pool of kernels, and the run folder lies on a file system
that all of them see.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gosales_lib.batch import cluster, execute, inline
from gosales_lib.batch.execute import Emit, Executed, Outcome, Task
from gosales_lib.batch.kernels.pool import Pool
from gosales_lib.batch.kernels.sharing import threads_per_job

CONNECT_SECONDS = 5
Submit = Callable[[Task], Future[Outcome]]


@dataclass
class Crew:
    """What runs notebooks, with functions to announce how many are left and to stop it."""

    submit: Submit
    expect: Callable[[int], None]  # how many notebooks have not begun
    stop: Callable[[], None]  # kills every kernel; notebooks that run end as failed
    threads: int  # that each notebook may use


def _submits(executor: Executor, executed: Executed, emit: Emit) -> Submit:
    return lambda task: executor.submit(execute.run, task, executed, emit)


@contextmanager
def local(jobs: int, libraries: tuple[str, ...], fork: bool, emit: Emit) -> Iterator[Crew]:
    """Yield `jobs` workers of this machine that share its cores; no libraries: cold kernels."""
    threads = threads_per_job(jobs)
    pool = Pool(threads, libraries, jobs if libraries else 0, fork)
    executed = execute.in_kernels(pool)
    executor = ThreadPoolExecutor(jobs, thread_name_prefix="notebook")
    try:
        yield Crew(_submits(executor, executed, emit), pool.expect, pool.close, threads)
    finally:
        pool.close()
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def single(
    process: inline.Process, emit: Emit, more: Callable[[Executed], Executed]
) -> Iterator[Crew]:
    """Yield one worker that runs all notebooks in one process and thread, without pictures.

    `more` wraps what executes a notebook. The process ends with the crew.
    """
    executor = ThreadPoolExecutor(1, thread_name_prefix="notebook")
    executed = more(inline.in_process(process))
    try:
        yield Crew(
            _submits(executor, executed, emit), lambda notebooks: None, process.close, threads=1
        )
    finally:
        process.close()
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def dask(
    address: str, jobs: int, libraries: tuple[str, ...], fork: bool, folder: Path, emit: Emit
) -> Iterator[Crew]:
    """Yield the workers of a Dask scheduler; `local` starts one with `jobs` processes here.

    Workers may serve several runs, and each ends only its own kernels. Those that an earlier,
    killed runner of the same run has left at work are ended first. ValueError: no scheduler
    answers, or a worker has other code or does not see the run `folder`.
    """
    client, topic = _client(address, jobs), f"gosales {folder}"
    try:
        cluster.examine(client, str(folder))
        client.run(_close_pools, topic)
        client.subscribe_topic(topic, lambda event: emit(event[1]))
        threads = threads_per_job(_tasks_per_host(client))
        executor = client.get_executor(pure=False, retries=0)
        yield Crew(
            lambda task: executor.submit(_on_worker, task, threads, libraries, fork, topic),
            lambda notebooks: None,
            lambda: client.run(_close_pools, topic),
            threads,
        )
        executor.shutdown(wait=True)
    finally:
        with suppress(Exception):  # a worker may be gone, and its kernels with it
            client.run(_close_pools, topic)
        client.close()
        if address == "local":
            client.cluster.close()


def _client(address: str, jobs: int) -> Any:
    """Return a connected client; ValueError says what is missing or unreachable."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ValueError("--dask needs the extra `dask`: uv sync --extra dask") from None
    if address == "local":
        return Client(LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None))
    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ValueError(f"no Dask scheduler answers at {address!r}: {error}") from error
    if not client.scheduler_info(n_workers=-1)["workers"]:
        client.close()
        raise ValueError(f"the Dask scheduler at {address} has no workers yet")
    return client


def _tasks_per_host(client: Any) -> int:
    """Return how many notebooks may run side by side on the busiest machine of a cluster."""
    tasks = Counter[str]()
    for worker in client.scheduler_info(n_workers=-1)["workers"].values():
        tasks[worker["host"]] += worker["nthreads"]
    return max(tasks.values())


_pools: dict[tuple[Any, ...], Pool] = {}  # of this worker's process; the run's topic comes first
_pools_lock = threading.Lock()


def _on_worker(
    task: Task, threads: int, libraries: tuple[str, ...], fork: bool, topic: str
) -> Outcome:
    """Run one notebook in a Dask worker's process."""
    from distributed import get_worker

    worker = get_worker()
    executed = execute.in_kernels(_pool(topic, threads, libraries, fork))
    return execute.run(task, executed, lambda event: worker.log_event(topic, event))


def _pool(topic: str, threads: int, libraries: tuple[str, ...], fork: bool) -> Pool:
    """Return a run's kernels in this worker's process."""
    key = (topic, threads, libraries, fork)
    with _pools_lock:
        if key not in _pools:
            _pools[key] = Pool(threads, libraries, 1 if libraries else 0, fork)
        return _pools[key]


def _close_pools(topic: str) -> None:
    """Kill a run's kernels in this worker's process."""
    with _pools_lock:
        for key in [key for key in _pools if key[0] == topic]:
            _pools.pop(key).close()
