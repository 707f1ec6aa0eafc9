"""File locks of the operating system. A lock ends with its process, even after a kill.

A free lock means that no process is working on the run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

RUNNER = "runner.lock"
POLL_SECONDS = 0.05


@contextlib.contextmanager
def hold(path: Path, seconds: float | None = None, held: str = "") -> Iterator[None]:
    """Hold a lock file; wait for another holder, and raise RuntimeError after `seconds`.

    `held` is the sentence of that error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=-1 if seconds is None else seconds, poll_interval=POLL_SECONDS)
    except Timeout:
        raise RuntimeError(held or f"{path} is held by another process") from None
    try:
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Return whether a living process holds a lock file."""
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
