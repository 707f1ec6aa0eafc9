"""Kernels that are started and warmed up while earlier notebooks run.

A kernel that has run a notebook is killed, never handed out again: no state leaks from one to
the next.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from gosales_lib.batch.kernels import forking
from gosales_lib.batch.kernels.forking import Zygote
from gosales_lib.batch.kernels.launch import LIBRARIES, Kernel, NotWantedError, start, stop
from gosales_lib.batch.kernels.sharing import environment


class Pool:
    """Single-use kernels, started ahead of time, never more spare ones than `spares`.

    The libraries in a kernel may use so many `threads`. A kernel imports `libraries` before it is
    handed out; none makes the pool cold, as no spares do: then each starts when it is asked for.
    Warm kernels fork from a process that has the libraries imported, where that is possible
    (`fork`).
    """

    def __init__(
        self,
        threads: int,
        libraries: Iterable[str] = LIBRARIES,
        spares: int = 1,
        fork: bool = forking.POSSIBLE,
    ) -> None:
        self.threads = threads
        self.libraries = tuple(libraries)
        self.spares = spares
        self._reaper = ThreadPoolExecutor(1, thread_name_prefix="kernel-end")
        self._starters = ThreadPoolExecutor(max(1, spares), thread_name_prefix="kernel-start")
        self._ready: deque[Future[Kernel]] = deque()
        self._live: set[Kernel] = set()
        self._lock = threading.Lock()
        self._wanted: int | None = None
        self._closed = False
        self._zygote = Zygote(environment(threads), self.libraries) if fork and spares else None

    def expect(self, notebooks: int) -> None:
        """Set how many notebooks are still to begin, which limits the number of spare kernels."""
        with self._lock:
            self._wanted = notebooks
        self._top_up()

    def take(self) -> Kernel:
        """Return an unused kernel; wait for one when none is ready."""
        with self._lock:
            future = self._ready.popleft() if self._ready else None
        self._top_up()
        kernel = future.result() if future else self._start()
        if not kernel.is_alive():  # it died while it waited
            self.discard(kernel)
            kernel = self._start()
        return kernel

    @property
    def forker_died(self) -> bool:
        """Whether the process that kernels are forked from died, and they with it."""
        return not self._closed and self._zygote is not None and self._zygote.died

    def discard(self, kernel: Kernel) -> None:
        """Kill a kernel that has run its notebook, while the next one may already begin."""
        with contextlib.suppress(RuntimeError):  # closed meanwhile, which killed it
            self._reaper.submit(self._kill, kernel)

    def _kill(self, kernel: Kernel) -> None:
        stop(kernel)
        with self._lock:
            self._live.discard(kernel)

    def close(self) -> None:
        """Kill every kernel, the busy ones too: their notebooks end with a dead kernel."""
        with self._lock:
            self._closed = True
            waiting, self._ready = list(self._ready), deque()
        for future in waiting:
            future.cancel()
        if self._zygote:
            self._zygote.close()
        for kernel in list(self._live):
            self._kill(kernel)
        self._reaper.shutdown(wait=True)
        self._starters.shutdown(wait=True, cancel_futures=True)

    def _top_up(self) -> None:
        with self._lock:
            target = self.spares if self._wanted is None else min(self.spares, self._wanted)
            missing = 0 if self._closed else target - len(self._ready)
            self._ready.extend(self._starters.submit(self._start) for _ in range(missing))

    def _start(self) -> Kernel:
        self._check_open()
        zygote = self._zygote if self._zygote and not self._zygote.broken else None
        return start(self.threads, self.libraries, zygote, self._begun)

    def _begun(self, kernel: Kernel) -> None:
        with self._lock:
            self._check_open()
            self._live.add(kernel)

    def _check_open(self) -> None:
        if self._closed:
            raise NotWantedError("the run is stopping")
