"""The runner's side of forked kernels: one process has imported the libraries and forks kernels.

To import them all costs two seconds of a core, a fork some milliseconds. On Linux only: there the
threads of a process can be counted, and a process can be bound to the life of its parent.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from gosales_lib.batch.kernels import zygote

POSSIBLE = sys.platform == "linux"
THREADLESS = (
    "narwhals", "numpy", "pandas", "sklearn.linear_model", "sklearn.pipeline", "lightgbm",
    "plotly.graph_objects", "joblib", "duckdb", "pydantic_settings", "yaml",
    "gosales_lib.batch.kernels.rehearsal",
)  # fmt: skip
"""Modules that start no thread on import. Polars, and modules that import it, start one."""

START_SECONDS = 60
BEGIN_SECONDS = 30
"""A zygote that is not ready or does not fork within this time is not used again."""

END_SECONDS = 10
"""The runner does not wait longer than this for a killed process to end."""


class Forked:
    """A forked kernel, with the part of `subprocess.Popen` that a kernel manager uses."""

    stdin = stdout = stderr = None

    def __init__(self, pipe: IO[str]) -> None:
        self._pipe, self._lock = pipe, threading.Lock()
        self.returncode: int | None = None
        answered = _is_readable(pipe, BEGIN_SECONDS)
        word, _, number = (pipe.readline() if answered else "").partition(" ")
        if word != "began":
            raise ChildProcessError
        self.pid = int(number)

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; None while the process lives."""
        with self._lock:
            if self.returncode is None and _is_readable(self._pipe, 0):
                self._collect()
            return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit status when it has ended; -9 if it was killed together with its parent.

        subprocess.TimeoutExpired: it is still alive, or its parent hangs.
        """
        with self._lock:
            if self.returncode is None:
                if not _is_readable(self._pipe, timeout):
                    raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
                self._collect()
            return self.returncode

    def _collect(self) -> None:
        word, _, number = self._pipe.readline().partition(" ")
        self._pipe.close()
        self.returncode = int(number) if word == "ended" else -signal.SIGKILL

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)


class Zygote:
    """The process that forks kernels. It ends, with all of them, when this one does.

    Its kernels get the `environment`, and so their number of threads. Of the `libraries` that they
    will need it imports those that are `THREADLESS`.
    """

    def __init__(self, environment: Mapping[str, str], libraries: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._own = {name: environment[name] for name in zygote.ONE_THREAD if name in environment}
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        modules = [name for name in dict.fromkeys(libraries) if name in THREADLESS]
        with other:
            self.process = subprocess.Popen(
                [sys.executable, "-m", zygote.__name__, str(other.fileno()), *modules],
                env={**environment, **zygote.ONE_THREAD},
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._words,
                start_new_session=True,  # Ctrl-C is the runner's to answer
            )
        self._control.settimeout(START_SECONDS)
        self._ready = False
        self.broken = False

    def fork(self, arguments: Sequence[str], words: IO[bytes]) -> Forked:
        """Return a new kernel that writes its errors to `words`; wait until all is imported.

        RuntimeError: no kernel can be forked, because a library started a thread, or the process
        died or hangs. This zygote is not used again.
        """
        message = json.dumps({"arguments": list(arguments), "environment": self._own}).encode()
        reading, writing = os.pipe()
        pipe = os.fdopen(reading, encoding="ascii")
        try:
            try:
                with self._lock:
                    self._await()
                    socket.send_fds(self._control, [message], [words.fileno(), writing])
            finally:
                os.close(writing)
            return Forked(pipe)
        except OSError as error:
            pipe.close()
            self.broken = True
            why = " ".join(written(self._words).splitlines()[-1:])
            raise RuntimeError(f"no kernel can be forked: {why}") from error

    def _await(self) -> None:
        if not self._ready and not self._control.recv(zygote.MESSAGE_BYTES):
            raise ConnectionResetError
        self._ready = True

    @property
    def died(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def provisioner(self, manager: KernelManager) -> _Provisioner:
        """Return what lets a kernel manager have its kernel forked here."""
        provider = _Provisioner(parent=manager, kernel_spec=manager.kernel_spec)
        provider.zygote = self
        return provider

    def close(self) -> None:
        """Kill the process, and with it all kernels."""
        self.process.kill()
        self.process.wait()
        self._control.close()  # last: threads that wait for it have seen the end


class _Provisioner(LocalProvisioner):
    """Gives jupyter_client a fork where it would start a process."""

    zygote: Zygote
    process: Forked | None  # type: ignore[assignment]

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel with the arguments of a command."""
        self.process = self.zygote.fork(cmd[cmd.index("-f") :], kwargs["stderr"])
        self.pid = self.pgid = self.process.pid
        return self.connection_info


def _is_readable(pipe: IO[str], seconds: float | None) -> bool:
    """Return whether a pipe has an answer within some seconds; None waits for ever.

    `select.select` fails where a process has more than 1,024 files open.
    """
    with selectors.PollSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        return bool(selector.select(seconds))


def written(file: IO[bytes]) -> str:
    """Return what a process wrote."""
    file.seek(0)
    return file.read().decode(errors="replace").strip()
