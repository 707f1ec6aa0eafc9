"""Streams of a console that may go away while a command is at work."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast


def lasting(stream: IO[str]) -> IO[str]:
    """Return the stream; what a closed pipe or a full disk refuses is dropped."""
    return cast("IO[str]", Lasting(stream))


class Lasting:
    """A stream that outlasts its reader: what a closed pipe or a full disk refuses is dropped.

    A run goes on without its console, for `events.jsonl` is its log.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, or drop it."""
        return self._tried(self._stream.write, text) or 0

    def flush(self) -> None:
        """Write what is left, or drop it."""
        self._tried(self._stream.flush)

    def _tried(self, write: Callable[..., Any], *text: str) -> Any:
        try:
            return write(*text)
        except OSError:  # nothing can be written any more, so all that follows goes nowhere
            with contextlib.suppress(OSError), Path(os.devnull).open("w") as nowhere:
                os.dup2(nowhere.fileno(), self._stream.fileno())
            return None
