"""Limits on the memory that a file needs: its expansion, and the length of a line."""

from __future__ import annotations

import io
from typing import Any, Protocol

MIB = 2**20
ROOM = 64 * MIB  # a packed file may always expand to this size, in bytes
RATIO = 200  # beyond it, to this many times its size; sales logs expand 5 to 20 times
LONGEST = 4 * MIB  # bytes of a line of text


class TooLargeError(ValueError):
    """A file needs more memory than any sales log; the message names it."""


class Readable(Protocol):
    """A source of bytes, such as a file that unpacks itself."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


class Unpacked(io.RawIOBase):
    """The unpacked bytes of a file; too many raise an error while reading.

    Parameters
    ----------
    file
        Its name in the message.
    packed
        Bytes of the packed file.
    """

    def __init__(self, stream: Readable, file: str, packed: int) -> None:
        self.stream, self.file, self.packed, self.size = stream, file, packed, 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read the next bytes, and refuse those beyond the bound."""
        data = self.stream.read(len(buffer))
        self.size += len(data)
        refuse_expansion(self.file, self.packed, self.size)
        buffer[: len(data)] = data
        return len(data)


def refuse_expansion(file: str, packed: int, size: int) -> None:
    """Refuse a packed file that expands to `size` bytes or more.

    Raises
    ------
    TooLargeError
        That is more than `ROOM` and more than `RATIO` times the packed bytes.
    """
    if size > max(ROOM, RATIO * packed):
        raise TooLargeError(
            f"{file} expands to more than {max(ROOM, RATIO * packed) // MIB:,} MiB, {RATIO} times "
            "its size or more, as no sales log does: unpack it and look what it holds"
        )


def refuse_long_lines(file: str, data: bytes) -> None:
    """Refuse text with a line that is longer than any record of sales.

    Raises
    ------
    TooLargeError
        A line has more than `LONGEST` bytes.
    """
    start = 0
    while len(data) - start > LONGEST:
        end = data.rfind(b"\n", start, start + LONGEST + 1)
        if end < 0:
            raise TooLargeError(
                f"{file} has a line of more than {LONGEST // MIB} MiB, as no record of sales has: "
                "export it again as one line per record"
            )
        start = end + 1
