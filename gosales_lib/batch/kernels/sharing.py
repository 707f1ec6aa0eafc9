"""Shares the cores of a machine among kernels by limiting the threads of each."""

from __future__ import annotations

import os
import socket
import sys
import threading
from pathlib import Path

from gosales_lib.core import settings

LOOPBACK_SECONDS = 5.0
THREADS_OF_A_KERNEL = 12
"""Threads and processes that a kernel and its runner start at least; ZeroMQ aborts without them."""

MEMORY_OF_A_KERNEL = 2 * 2**30
"""Bytes of addresses that a kernel's libraries take beyond those of this process at its start."""


def threads_per_job(jobs: int) -> int:
    """Return how many threads a notebook may use when `jobs` of them share the cores."""
    return max(1, min(cores(), settings.load().threads) // max(1, jobs))


def cores() -> int:
    """Return how many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def environment(threads: int) -> dict[str, str]:
    """Return the environment of a kernel: as this process's, with bounded threads.

    The kernels of all jobs share the cores; a library that uses all cores in each kernel makes
    every job ten times slower. BLAS has one thread, as its last digits depend on their number, and
    so on the number of jobs. OpenMP's threads sleep while they wait for each other: where
    another program has a core, spinning ones make training four times slower. Byte code is cached,
    or every import would cost double.
    """
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    env |= {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "NUMEXPR")}
    env |= {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "MKL")}
    env |= {"POLARS_MAX_THREADS": str(threads), "GOSALES_THREADS": str(threads)}
    env.setdefault("OMP_WAIT_POLICY", "passive")
    env |= {"PYTHONHASHSEED": "0", "PLOTLY_RENDERER": "plotly_mimetype"}
    env |= {"PYDEVD_DISABLE_FILE_VALIDATION": "1", "TQDM_DISABLE": "1"}
    return env


def refuse_no_loopback() -> None:
    """Raise RuntimeError where processes cannot talk over 127.0.0.1, as kernels do."""
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname(), timeout=LOOPBACK_SECONDS),
        ):
            return
    except OSError as error:
        raise RuntimeError(
            f"the loopback interface 127.0.0.1 does not answer ({error.strerror or error}), and "
            "notebooks run in kernels that need it: bring it up with `ip link set lo up`"
        ) from None


def refuse_few_threads(jobs: int) -> None:
    """Raise RuntimeError where this account may not start the threads that `jobs` kernels need."""
    done, started = threading.Event(), list[threading.Thread]()
    try:
        for _ in range(THREADS_OF_A_KERNEL * jobs):
            started.append(threading.Thread(target=done.wait))
            started[-1].start()
    except RuntimeError:
        started.pop()
        raise RuntimeError(
            f"this account may not start the {THREADS_OF_A_KERNEL * jobs} threads that {jobs} "
            "kernels need: raise `ulimit -u`, or fewer --jobs"
        ) from None
    finally:
        done.set()
        for thread in started:
            thread.join()


def refuse_little_memory() -> None:
    """Raise RuntimeError where the shell's limit (`ulimit -v`) is too low for a kernel's libraries.

    There a thread may end before it has begun, and Python waits for it for ever.
    """
    if sys.platform != "linux":
        return
    import resource

    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    least = pages * resource.getpagesize() + MEMORY_OF_A_KERNEL
    if 0 <= allowed < least:  # no limit is -1
        raise RuntimeError(
            f"a process may take {allowed / 2**30:.1f} GiB of memory here, and a notebook's kernel "
            f"takes at least {least / 2**30:.1f}: `ulimit -v unlimited` in this shell"
        )
