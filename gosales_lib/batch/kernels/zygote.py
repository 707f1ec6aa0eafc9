"""The process that kernels are forked from: it has imported the libraries once, and waits.

    python -m gosales_lib.batch.kernels.zygote CONTROL MODULE...  # CONTROL: an open socket

It forks only while it has one thread, so that no lock can be held by a thread the kernel lacks.
That is why Polars, which starts one when it is imported, is imported by each kernel for itself.
When the socket ends, the runner has ended: then so do all kernels, and this process.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""Variables that keep libraries from starting threads on import; each kernel has its own."""

MESSAGE_BYTES = 65536
PR_SET_PDEATHSIG = 1


def main(control: socket.socket, modules: list[str]) -> None:
    """Import the modules, report that all is ready, then fork a kernel for each message."""
    for name in ("ipykernel.kernelapp", "ipykernel.zmqshell", "IPython", *modules):
        with contextlib.suppress(Exception):  # the notebook that needs it will say so
            __import__(name)
    if (threads := len([*Path("/proc/self/task").iterdir()])) != 1:
        sys.exit(f"{threads} threads after importing {', '.join(modules)}: unsafe to fork")
    gc.collect()
    gc.freeze()  # what no collection touches stays shared with the kernels
    control.send(b"ready")
    _serve(control)


def _serve(control: socket.socket) -> None:
    """Fork kernels, and write into each one's pipe how it ended."""
    pipes: dict[int, int] = {}  # of each kernel, by its process
    woken, alarm = os.pipe()
    os.set_blocking(alarm, False)
    signal.set_wakeup_fd(alarm, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, MESSAGE_BYTES)
            _reap(pipes)
        if control.fileno() in ready:
            message, handles, _, _ = socket.recv_fds(control, MESSAGE_BYTES, 2)
            if not message:
                return  # and all kernels end with this process
            words, pipe = handles
            zygote, process = os.getpid(), _fork()
            if process == 0:
                closed = (control.detach(), woken, alarm, *pipes.values())
                _kernel(json.loads(message), zygote, words, pipe, closed)
            os.close(words)
            if process is None:
                os.close(pipe)  # the runner sees the end of the pipe
            else:
                pipes[process] = pipe


def _fork() -> int | None:
    """Fork; None if the system refuses a process or memory, which does not harm living kernels."""
    try:
        return os.fork()
    except OSError:
        traceback.print_exc()
        return None


def _reap(pipes: dict[int, int]) -> None:
    """Collect the kernels that have ended and tell their runner."""
    while pipes:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        pipe = pipes.pop(process)
        with contextlib.suppress(OSError):  # the reader is gone
            os.write(pipe, f"ended {os.waitstatus_to_exitcode(status)}\n".encode())
        os.close(pipe)


def _kernel(
    wanted: dict[str, Any], zygote: int, words: int, pipe: int, closed: Iterable[int]
) -> NoReturn:
    """Become the kernel that was asked for: a session of its own, own threads, own error file."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for handle in closed:
            os.close(handle)
        os.dup2(words, 2)
        os.close(words)
        os.setsid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != zygote:  # it died before it could be bound to it
            os._exit(1)
        os.write(pipe, f"began {os.getpid()}\n".encode())
        os.close(pipe)
        _settle(wanted["environment"])
        sys.argv = ["ipykernel_launcher.py", *wanted["arguments"]]
        from ipykernel import kernelapp

        kernelapp.launch_new_instance(sys.argv[1:])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(1)


def _settle(environment: dict[str, str]) -> None:
    """Undo what was only meant for the zygote: its threads, and a random state that all share."""
    for name in ONE_THREAD:
        os.environ.pop(name, None)
    os.environ |= environment
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


if __name__ == "__main__":
    del sys.path[0]  # as ipykernel's own launcher does; IPython adds the folder again
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # whom ipykernel watches, read on import
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
