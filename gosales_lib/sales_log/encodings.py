"""A file's bytes as they come, and as UTF-8."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK, MARKS_16 = codecs.BOM_UTF8, (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
WINDOWS = "gosales-windows-1252"


@contextmanager
def opened(path: Path, encoding: str | None) -> Iterator[io.BufferedIOBase]:
    """Open a text file, plain or gzip, behind its byte-order mark.

    UTF-16, known by its mark, and any encoding that is named are read at once and come as UTF-8;
    the bytes of all others still have to go through `utf8`.

    Raises
    ------
    ValueError
        The gzip file is broken.
    """
    try:
        with path.open("rb") as plain:
            zipped = plain.peek(2)[:2] == b"\x1f\x8b"
            stream = gzip.GzipFile(fileobj=plain) if zipped else plain
            if encoding is None and stream.peek(2)[:2] in (
                codecs.BOM_UTF16_LE,
                codecs.BOM_UTF16_BE,
            ):
                encoding = "utf-16"
            if encoding is not None:
                text = stream.read().decode(encoding, errors="replace")
                yield io.BytesIO(text.removeprefix("\ufeff").encode())
                return
            if stream.peek(len(MARK)).startswith(MARK):
                stream.read(len(MARK))
            yield stream
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path.name}: the gzip file is broken: {error}") from None


def utf8(data: bytes) -> bytes:
    """Return whole lines as UTF-8, where single bytes that are none are read as Windows-1252.

    So one such row changes no other one.
    """
    if data.isascii():
        return data
    try:
        data.decode("utf-8")
        return data
    except UnicodeDecodeError:
        return data.decode("utf-8", errors=WINDOWS).encode()


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Return the Windows-1252 reading of bytes that are no UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(WINDOWS, _as_windows)
