"""File locks of the operating system: they end with their process, however that ends.

So whoever finds the runner's lock free knows that no runner is at work, even after a kill.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

RUNNER = "runner.lock"


@contextlib.contextmanager
def hold(path: Path, seconds: float | None = None) -> Iterator[None]:
    """Hold a lock file, waiting for whoever has it; TimeoutError after `seconds`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with path.open("a+b") as file:
        while not _try_lock(file):
            if seconds is not None and time.monotonic() - began > seconds:
                raise TimeoutError(f"{path} is held by another process")
            time.sleep(0.05)
        try:
            yield
        finally:
            _unlock(file)


def is_held(path: Path) -> bool:
    """Return whether a living process holds a lock file."""
    if not path.exists():
        return False
    with path.open("a+b") as file:
        if not _try_lock(file):
            return True
        _unlock(file)
    return False


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
