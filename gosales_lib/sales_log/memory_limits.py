"""Limits on the memory that a file needs: its expansion, and the length of a line."""

from __future__ import annotations

import io
import re
import zipfile
from functools import reduce
from typing import Any, Protocol

MIB = 2**20
ROOM = 64 * MIB  # a packed file may always expand to this size, in bytes
RATIO = 200  # beyond it, to this many times its size; sales logs expand 5 to 20 times
LONGEST = 4 * MIB  # bytes of a line of text
DOCUMENT = 256 * MIB  # bytes of JSON, which is held whole as objects that take several times more
MOST_CELLS = 40_000_000  # of a sheet, the blank ones counted: all rows of Excel by 38 columns
ROW, FAR_COLUMN = re.compile(rb'<row [^>]*?r="(\d{1,7})"'), re.compile(rb'r="([A-Z]{2,3})\d')
CELL_BYTES = 64
"""A row and a far column in the XML of a sheet, and how many bytes their beginning takes."""


class TooLargeError(ValueError):
    """A file needs more memory than any sales log; the message names it."""


class Readable(Protocol):
    """A source of bytes, such as a file that unpacks itself."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


class Unpacked(io.RawIOBase):
    """The unpacked bytes of a file of `packed` bytes; too many raise an error while reading."""

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
    """Raise TooLargeError where `packed` bytes expand beyond ROOM and beyond RATIO times them."""
    if size > (limit := max(ROOM, RATIO * packed)):
        raise TooLargeError(
            f"{file} expands to more than {limit // MIB:,} MiB, {RATIO} times its size or more, as "
            "no sales log does: unpack it and check its content"
        )


def refuse_long_document(size: int) -> None:
    """Raise TooLargeError for JSON of more than DOCUMENT bytes, before it is parsed.

    The message does not name the file.
    """
    if size > DOCUMENT:
        raise TooLargeError(
            f"JSON of {size / MIB:,.0f} MiB is held whole in memory, and takes several times as "
            f"much: export it as CSV or Parquet, or in files of up to {DOCUMENT // MIB} MiB"
        )


def refuse_far_cells(file: str, data: bytes) -> None:
    """Raise TooLargeError for a workbook with a sheet that spans more than MOST_CELLS cells.

    A stray cell in the last column makes blank cells of all between: a reader holds them all. Only
    Excel's `xlsx` and `xlsm` tell the area of a sheet.
    """
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.namelist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part):
                with archive.open(part) as stream:
                    rows, columns = _area(stream)
                if rows * columns > MOST_CELLS:
                    raise TooLargeError(
                        f"{file} has a sheet that spans {rows:,} rows and {columns:,} columns, as "
                        "no sales log does: delete the stray cells far from its table"
                    )


def _area(stream: Readable) -> tuple[int, int]:
    """Return the last row and column of a sheet, blank cells between counted.

    Columns A to Z are not told apart: however long, such a sheet is within bounds.
    """
    rows, columns, rest = 0, 26, b""
    while data := stream.read(MIB):
        piece = rest + data
        columns = max([columns, *map(place, set(FAR_COLUMN.findall(piece)))])
        rows = max([rows, *map(int, ROW.findall(piece[piece.rfind(b"<row ") :]))])
        rest = data[-CELL_BYTES:]
    return rows, columns


def place(letters: bytes) -> int:
    """Return the place of a column of a sheet: 1 for A, 27 for AA."""
    return reduce(lambda number, letter: 26 * number + letter - 64, letters, 0)


def refuse_long_lines(file: str, data: bytes) -> None:
    """Raise TooLargeError for text with a line of more than LONGEST bytes."""
    start = 0
    while len(data) - start > LONGEST:
        end = data.rfind(b"\n", start, start + LONGEST + 1)
        if end < 0:
            raise TooLargeError(
                f"{file} has a line of more than {LONGEST // MIB} MiB, as no record of sales has: "
                "export it again as one line per record"
            )
        start = end + 1
