"""Kernels for notebooks: this very interpreter, with bounded threads and its imports done.

If this process dies, even by SIGKILL, ipykernel's parent poller ends the kernels within seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from gosales_lib.batch.kernels import forking, sharing
from gosales_lib.batch.kernels.forking import Zygote
from gosales_lib.core.log import logger

LIBRARIES = ("polars", *forking.THREADLESS)
"""What nearly every notebook imports; absent ones are passed over."""

START_SECONDS = 60
PORTS_LOST, TAKEN = 5, "Address already in use"
"""A port is chosen before the kernel binds it, so that a busy machine may lose it in between."""
WARM_UP_SECONDS = 120
_IMPORTS = """
for name in names:
    try:
        __import__(name)
    except Exception:
        pass  # the notebook that needs it will say so, in its own cell
"""
_ARGV = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
_IN_MEMORY = "--HistoryManager.hist_file=:memory:"  # no lock on the user's IPython history


class Client(AsyncKernelClient):
    """A client that is ready as soon as it hears the kernel, on every channel."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Ask until the answer arrives on the shell channel and its echo on iopub.

        jupyter_client's own waits 0.2 s for silence on iopub, in every notebook. The echo is a
        better proof that the subscription stands, and no output can be lost.
        """
        deadline = time.monotonic() + (timeout or START_SECONDS)
        while time.monotonic() < deadline:
            message_id = self.kernel_info()
            with contextlib.suppress(queue.Empty):
                await self.get_shell_msg(timeout=1)
                while (message := await self.get_iopub_msg(timeout=0.2)) is not None:
                    if _is_idle(message, message_id):
                        return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout:.0f} seconds")


def _is_idle(message: dict[str, Any], message_id: str) -> bool:
    state = message["content"].get("execution_state")
    answer: bool = message["parent_header"].get("msg_id") == message_id and state == "idle"
    return answer


class Kernel(KernelManager):
    """A kernel of this interpreter, independent of any kernelspec named python3."""

    forked = False  # from a process that has the libraries imported, and that it ends with

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return a spec of `sys.executable` that can encrypt what it sends."""
        metadata = {"supported_encryption": ["curve"]}
        return KernelSpec(argv=[*_ARGV, _IN_MEMORY], language="python", metadata=metadata)

    def client(self, **kwargs: Any) -> AsyncKernelClient:  # type: ignore[override]
        """Return the asynchronous client that nbclient works with.

        It asks this manager whether the process lives. A client on its own would ask the
        heartbeat, which a busy machine delays: then a kernel that starts is taken for dead.
        """
        client = Client(parent=self, context=zmq.asyncio.Context.instance(), **kwargs)
        client.load_connection_info(self.get_connection_info())
        return client

    def begin(self, threads: int, zygote: Zygote | None = None) -> None:
        """Start the process; what it says outside of cells goes to a file, not to the terminal."""
        if zygote:
            self.forked = True
            self.provisioner = zygote.provisioner(self)
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        quiet = {"stdout": subprocess.DEVNULL, "stderr": self._words}
        self.start_kernel(env=sharing.environment(threads), **quiet)

    def words(self) -> str:
        """Return what the process wrote to its standard error."""
        return forking.written(self._words)

    @property
    def exit_code(self) -> int | None:
        """The exit status of a kernel that ended by itself, negative for a signal."""
        process = getattr(self.provisioner, "process", None)
        return process.poll() if process else None


class NotWantedError(RuntimeError):
    """The kernel is no longer needed."""


def start(
    threads: int,
    libraries: Iterable[str] = (),
    zygote: Zygote | None = None,
    begun: Callable[[Kernel], None] = lambda kernel: None,
) -> Kernel:
    """Return a running kernel that has imported `libraries`.

    A failed start is tried once more, and then without the zygote. A kernel whose port another
    process took first does not count, up to `PORTS_LOST` of them. `begun` receives each process
    before this waits for it; it may raise `NotWantedError`.
    """
    why, lost, parents = "", 0, [zygote, None]
    while parents:
        parent = parents.pop(0)
        kernel = Kernel(transport_encryption="auto", context=zmq.Context.instance())
        try:
            kernel.begin(threads, parent)
            begun(kernel)
            if why:
                logger.warning("a kernel failed to start (%s), it is tried once more", why)
            _warm_up(kernel, list(libraries))
            return kernel
        except NotWantedError:
            stop(kernel)
            raise
        except Exception as error:
            stop(kernel)
            why = " ".join([str(error), *kernel.words().splitlines()[-1:]])
            if TAKEN in why and lost < PORTS_LOST:
                lost, parents = lost + 1, [parent, *parents]
    raise RuntimeError(f"a kernel failed to start twice: {why}")


def _warm_up(kernel: Kernel, libraries: list[str]) -> None:
    """Wait until the kernel answers, import `libraries` in it and leave its namespace empty."""
    client = BlockingKernelClient(parent=kernel, context=zmq.Context.instance())
    client.load_connection_info(kernel.get_connection_info())
    client.start_channels()
    try:
        client.wait_for_ready(timeout=START_SECONDS)
        if libraries:
            code = f"exec({_IMPORTS!r}, {{'names': {json.dumps(libraries)}}})"
            _await_reply(kernel, client, client.execute(code, silent=True, store_history=False))
    finally:
        client.stop_channels()


def _await_reply(kernel: Kernel, client: BlockingKernelClient, message_id: str) -> None:
    """Wait for an answer, but not for one of a kernel that is dead or hangs."""
    deadline = time.monotonic() + WARM_UP_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(queue.Empty):
            if client.get_shell_msg(timeout=1)["parent_header"].get("msg_id") == message_id:
                return
        if not kernel.is_alive():
            raise RuntimeError(f"it ended while it imported (status {kernel.exit_code})")
    raise RuntimeError(f"it still imports after {WARM_UP_SECONDS} s")


def stop(kernel: Kernel) -> None:
    """Kill a kernel at once, its children too, and remove its connection file.

    The process is killed at once: jupyter_client's orderly shutdown touches sockets of other
    threads, and was seen to wait for ever. For the same reason all kernels share a context.
    """
    provisioner: Any = kernel.provisioner
    process = getattr(provisioner, "process", None)
    if process is not None:
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)  # it leads a group of its own
            else:
                process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(forking.END_SECONDS)
        provisioner.process = None  # its number may be another's from now on
    kernel._close_control_socket()  # else it stays open until the next collection of garbage
    kernel.cleanup_connection_file()
