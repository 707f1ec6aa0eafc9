"""Detects the encoding of a file, and decodes its bytes to UTF-8."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from gosales_lib.sales_log import memory_limits

MARK, MARKS_16 = codecs.BOM_UTF8, (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
WINDOWS = "gosales-windows-1252"
BROKEN = (gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError, OSError)
SIGNS = set("€£§°«»„…·ºª™®©²½¼№\u00a0\u2018\u2019\u201c\u201d\u2013\u2014")
MARKED = set("ºª™®©±")
"""Signs that follow the number that they mark."""
NUMBER = {before + sign for before in "nN" for sign in "°º"}
"""Short for number: `N° client`, `Nº factura`."""


def _letters(*languages: str) -> tuple[set[str], ...]:
    """Return the letters of languages beside A to Z, small and capital."""
    return tuple(set(letters) | (set(letters.upper()) - set("S")) for letters in languages)


WEST = _letters(
    "äöüß", "àâæçèéêëîïôœùûüÿ", "áéíñóúü", "áâãàçéêíóôõúü", "àèéìîòóù", "åäöéøæ", "áðéíóúýþæö"
)
CENTRAL = _letters("ąćęłńóśźż", "áčďéěíňóřšťúůýžäľĺôŕ", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß")
BALTIC = _letters("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž")
TURKISH = (set("ğĞ\u0131İşŞçÇöÖüÜâîûÂÎÛ"),)
CYRILLIC = ({chr(sign) for sign in (*range(0x410, 0x450), 0x401, 0x451)} | set("іїєґІЇЄҐ"),)
GREEK = ({chr(sign) for sign in range(0x386, 0x3CF)},)
HEBREW, ARABIC = ({chr(n) for n in range(0x5D0, 0x5EB)},), ({chr(n) for n in range(0x621, 0x64B)},)
EXPECTED: dict[str, tuple[set[str], ...] | Sequence[int]] = {
    "cp1252": WEST,
    "cp1250": CENTRAL,
    "cp1254": TURKISH,
    "cp1257": BALTIC,
    "cp1255": HEBREW,
    "cp1256": ARABIC,
    "cp1251": CYRILLIC,
    "cp1253": GREEK,
    "iso8859_2": CENTRAL,
    "cp932": (*range(0x81, 0x84), *range(0x88, 0x98)),
    "cp949": range(0xB0, 0xC9),
    "gb18030": range(0xB0, 0xD8),
    "big5": range(0xA4, 0xC7),
    "euc_jp": (0xA4, 0xA5, *range(0xB0, 0xD0)),
    "cp850": WEST,
    "cp857": TURKISH,
    "cp852": CENTRAL,
    "mac_roman": WEST,
    "mac_latin2": CENTRAL,
    "mac_turkish": TURKISH,
    "koi8_r": CYRILLIC,
    "cp866": CYRILLIC,
    "mac_cyrillic": CYRILLIC,
    "mac_greek": GREEK,
}
"""The letters of an encoding's languages, or the first bytes of such signs where they have two.

A file is mostly of one language, so that `ñ` beside `Œ` is none. Of encodings that fit alike the
first one is taken.
"""
NARROW = ("cp932", "big5")  # whose second bytes may be ASCII
LIKELY, EVEN = 0.75, 0.5
"""Share of a page's signs that make it likely; and for the commonest one, if no other has more."""
COMMONEST = next(iter(EXPECTED))
SAMPLE = 2**15
BUFFER = 2**17  # bytes per step of unpacking


@contextmanager
def opened(
    raw: io.BufferedIOBase, name: str, encoding: str | None, packed: int
) -> Iterator[io.BufferedIOBase]:
    """Give a text stream behind its byte-order mark, unpacked where it is compressed.

    UTF-16, known by its mark or its zeros, and any encoding that is named are read at once and come
    as UTF-8; the bytes of all others still have to go through a `Decoder`. It is a ValueError where
    the compressed file is broken or expands too far (see `unpacked`), or the encoding is unknown.
    """
    kind = ""
    try:
        kind = packing(stream := buffered(raw))
        stream = unpacked(stream, name, packed)
        encoding = encoding or _utf16(stream.peek(1024)[:1024])
        if encoding is not None:
            text = stream.read().decode(encoding, errors="replace")
            yield io.BytesIO(text.removeprefix("\ufeff").encode("utf-8", errors="replace"))
            return
        if stream.peek(len(MARK)).startswith(MARK):
            stream.read(len(MARK))
        yield stream
    except LookupError:
        raise ValueError(f"encoding {encoding!r} is unknown: such as utf-8 or cp1250") from None
    except (FileNotFoundError, PermissionError):
        raise
    except BROKEN as error:
        raise ValueError(f"{name}: the {kind} file is broken: {error}") from None


def buffered(raw: io.BufferedIOBase) -> io.BufferedReader:
    """Return a stream whose first bytes can be looked at."""
    return raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, raw))


def unpacked(raw: io.BufferedIOBase, name: str, packed: int) -> io.BufferedReader:
    """Return a stream unpacked, where its first bytes say how it is packed: see OPENERS.

    While it is read, a TooLargeError says that it expands further than a sales log does.

    Parameters
    ----------
    packed
        Bytes of the file on disk, which bound what it may expand to.
    """
    stream = buffered(raw)
    if not (kind := packing(stream)):
        return stream
    source = OPENERS[kind](stream)
    return io.BufferedReader(memory_limits.Unpacked(source, name, packed), BUFFER)


def packing(stream: io.BufferedReader) -> str:
    """Return how a stream is compressed by its first bytes, empty where it is not."""
    head = stream.peek(6)[:6]
    return next((kind for magic, kind in PACKED.items() if head.startswith(magic)), "")


def _zstandard(stream: io.BufferedReader) -> memory_limits.Readable:
    import pyarrow as pa

    return cast(memory_limits.Readable, pa.CompressedInputStream(stream, "zstd"))


OPENERS: dict[str, Callable[[io.BufferedReader], memory_limits.Readable]] = {
    "gzip": lambda stream: gzip.GzipFile(fileobj=stream),
    "bzip2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
    "zstandard": _zstandard,
}
PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
}


def _utf16(head: bytes) -> str | None:
    """Return the UTF-16 of a stream's first bytes: by its mark, else by where zeros stand."""
    if head[:2] in MARKS_16:
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    few, many = len(head) / 20, len(head) / 5
    if odd > many and even < few:
        return "utf-16-le"
    return "utf-16-be" if even > many and odd < few else None


class Decoder:
    """Whole lines as UTF-8; the first that are none tell how the file is encoded."""

    def __init__(self) -> None:
        self.encoding = "utf-8"

    def utf8(self, data: bytes) -> bytes:
        """Return lines as UTF-8.

        Where most foreign lines are UTF-8, the bytes that are none are read as Windows-1252: one
        such row changes no other one.
        """
        if data.isascii():
            return data
        if self.encoding == "utf-8":
            if _reads(data, "utf-8"):
                return data
            self.encoding = guessed(data)
        if self.encoding == "utf-8":
            return data.decode("utf-8", errors=WINDOWS).encode()
        return b"".join(self._line(line) for line in data.splitlines(keepends=True))

    def _line(self, line: bytes) -> bytes:
        """Return one line as UTF-8, which it may be already where files were joined."""
        if line.isascii() or _reads(line, "utf-8"):
            return line
        return line.decode(self.encoding, errors="replace").encode()


def guessed(data: bytes) -> str:
    """Return the encoding of lines of which some are no UTF-8; `utf-8` where most are it."""
    foreign = [line for line in data.splitlines() if not line.isascii()]
    other = [line for line in foreign if not _reads(line, "utf-8")]
    if len(other) <= len(foreign) / 2:
        return "utf-8"
    sample = b"\n".join(dict.fromkeys(other))[:SAMPLE]
    shares = {name: share(sample, name) for name in EXPECTED}
    best = max(shares, key=shares.__getitem__)
    if shares[best] >= (EVEN if best == COMMONEST else LIKELY):
        return best
    from charset_normalizer import from_bytes

    guess = from_bytes(sample).best()
    return guess.encoding if guess and _reads(sample, guess.encoding) else "cp1252"


def _reads(data: bytes, encoding: str) -> bool:
    """Return whether bytes are text; in steps that stay in the cache of the processor."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        for at in range(0, len(data), BUFFER):
            decoder.decode(data[at : at + BUFFER])
        decoder.decode(b"", final=True)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def share(sample: bytes, encoding: str) -> float:
    """Return how well an encoding fits: the share of foreign signs that are everyday ones.

    The mean of the share that one of its languages has, and of all of them together.
    """
    if not _reads(sample, encoding):
        return 0.0
    text, everyday = sample.decode(encoding), EXPECTED[encoding]
    around = zip(" " + text, text, text[1:] + " ", strict=False)
    foreign = [(before, sign, after) for before, sign, after in around if ord(sign) > 127]
    count = max(1, len(foreign))
    if isinstance(everyday, tuple) and isinstance(everyday[0], set):
        languages = [letters for letters in everyday if isinstance(letters, set)]
        each = [sum(_usual(*pair, letters) for pair in foreign) for letters in languages]
        every = sum(_usual(*pair, set().union(*languages)) for pair in foreign)
        return (max(each) + every) / 2 / count
    foreign = [signs for signs in foreign if not _is_within_latin(*signs)]
    written = [sign.encode(encoding) for _, sign, _ in foreign]
    low = 0x3F if encoding in NARROW else 0xA0
    return sum(letters[0] in everyday and letters[-1] > low for letters in written) / count


def _is_within_latin(before: str, _: str, after: str) -> bool:
    """Return whether a sign stands between two Latin letters, as an Asian one hardly does."""
    return (before + after).isascii() and before.isalpha() and after.isalpha()


def _usual(before: str, sign: str, after: str, everyday: set[str]) -> bool:
    """Return whether a sign may stand between two others: no `ódŸ`, no Greek behind Latin."""
    if sign not in everyday:
        if before + sign in NUMBER:
            return not after.isalpha()
        return sign in SIGNS and not before.isalpha() and not (sign in MARKED and after.isalpha())
    if sign in "õÕ" and "ã" in everyday and after not in "eE":  # Portuguese: before `e` only
        return False
    if sign.isupper() and before.islower():
        return False
    return sign < "\u0370" or not (before.isascii() and before.isalpha())


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Return the Windows-1252 reading of bytes that are no UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(WINDOWS, _as_windows)
