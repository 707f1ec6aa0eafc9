"""What one file holds: a table, or the tables of an archive, a workbook or a SQLite file."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from gosales_lib.sales_log import books, encodings, memory_limits

Kind = Literal["text", "parquet", "json", "workbook", "sqlite", "archive"]
TEXTS = (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".asc", ".prn", ".ssv", ".lst", ".rpt")
OBJECTS = (".json", ".jsonl", ".ndjson")
BOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
TABLES = (*BOOKS, ".parquet", ".pq", ".db", ".sqlite", ".sqlite3")
PACKED = (".gz", ".bz2", ".xz", ".zst")
UNREAD: tuple[str, ...] = (".7z", ".rar", ".tar", ".tgz", ".numbers", ".mdb", ".accdb", ".dbf")
UNREAD += (".fdb", ".qvd", ".sav", ".sas7bdat", ".dta", ".rds", ".rdata", ".feather", ".arrow")
UNREAD += (".avro", ".orc")
"""Archives and tables of other programs that are not read, and may hold sales."""
SUFFIXES = (*TEXTS, *OBJECTS, *TABLES, ".zip")
MARKUP = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?<(?:!doctype|html|head|table|meta|style|\?xml)", re.IGNORECASE
)
WRITTEN = re.compile(rb"\xff\xfe|\xfe\xff|[^\x00-\x08\x0e-\x1f]*[\t;,|]")
"""How a delimited text begins, which many systems export under the name of a workbook."""
NOTHING = (b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
"""A file without text, some with a byte-order mark."""
MAGIC: dict[bytes, Kind] = {
    b"PAR1": "parquet",
    b"SQLite format 3\x00": "sqlite",
    b"\xd0\xcf\x11\xe0": "workbook",  # of Excel before 2007
    b"PK\x03\x04": "archive",
}
"""First bytes of files; those of a workbook may be an archive's."""


@dataclass(frozen=True)
class Entry:
    """One table to read."""

    path: Path
    name: str  # in accounts and messages: the file's name, with its folder, and its part
    kind: Kind
    part: str | None = None  # sheet of a workbook, or table of a SQLite file
    member: str | None = None  # path inside an archive
    inner: bool = False  # it lies in a sub-folder, or beside other tables of one file
    partitions: tuple[tuple[str, str], ...] = ()  # of all rows, by folders such as `year=2024`

    @property
    def size(self) -> int:
        """Bytes of the file on disk."""
        return self.path.stat().st_size

    def raw(self) -> io.BufferedIOBase:
        """Open the bytes of the file, or of the archive's member."""
        if self.member is None:
            return self.path.open("rb")
        with zipfile.ZipFile(self.path) as archive:
            size = archive.getinfo(self.member).file_size
            memory_limits.refuse_expansion(self.name, self.size, size)
            return io.BytesIO(archive.read(self.member))

    def whole(self) -> bytes:
        """Return all bytes, unpacked."""
        with self.raw() as raw, encodings.unpacked(raw, self.name, self.size) as stream:
            return stream.read()


SEPARATORS = (b";", b"\t", b"|", b"^", b"~", b",")
PROSE, MOST_PROSE = 16_384, 60
"""Bytes and lines of a note in sentences that lies beside a log, at most."""


class NoTableError(ValueError):
    """A file that holds no table: it is left out. One that is broken or locked is refused."""


@dataclass(frozen=True)
class LeftOut:
    """A file of the folder that is not read, and why."""

    file: str
    reason: str


def suffix(name: str) -> str:
    """Return a name's suffix in lower case, without that of its packing."""
    path = Path(name.lower())
    return Path(path.stem).suffix if path.suffix in PACKED else path.suffix


def unwanted(end: str) -> str:
    """Return why a file of a suffix is not read."""
    if end in UNREAD:
        return f"it may hold sales, and {end} is not read: unpack it, or export it as .csv or .xlsx"
    return f"no sales file by its name ({end or 'no suffix'})"


def kind_of(entry: Entry) -> Kind:
    """Return what a file is: by its first bytes, else by its name."""
    with entry.raw() as raw, encodings.unpacked(raw, entry.name, entry.size) as stream:
        head = stream.peek(64)[:64]
    if head in NOTHING:
        raise NoTableError("the file is empty")
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return _zipped(entry) if kind == "archive" else kind
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")):
        raise NoTableError("it is a document or a picture, not a table")
    if MARKUP.match(head):
        raise ValueError("it is a web page or XML: open it in a spreadsheet and save it as .xlsx")
    name = suffix(entry.member or entry.name)
    if name in OBJECTS or (name not in TEXTS and head.lstrip().startswith((b"{", b"[{"))):
        return "json"
    if name in TABLES and not (name in BOOKS and WRITTEN.match(head)):
        raise ValueError(f"its content is not a {name} file")
    if name == ".txt" and entry.size <= PROSE and _is_prose(entry):
        raise NoTableError("it is text in sentences, not a table")
    return "text"


def _is_prose(entry: Entry) -> bool:
    """Return whether no two lines that follow each other have the same fields, nor columns."""
    with entry.raw() as raw, encodings.unpacked(raw, entry.name, entry.size) as stream:
        data = stream.read(PROSE)
    lines = [line for line in data.splitlines() if line.strip()]
    if b"\0" in data or len(lines) > MOST_PROSE:
        return False
    fields = [[max(0, line.count(sign) - (sign == b",")) for sign in SEPARATORS] for line in lines]
    are_alike = any(
        a == b > 0 for one, two in pairwise(fields) for a, b in zip(one, two, strict=True)
    )
    spaced = sum(b"  " in line.strip() for line in lines)
    return not are_alike and spaced <= len(lines) / 2


def _zipped(entry: Entry) -> Kind:
    """Return what a zip file is: a workbook, or an archive of files."""
    members = zipfile.ZipFile(io.BytesIO(entry.whole())).infolist()
    names = [info.filename for info in members]
    if not any(n.startswith(("xl/", "Index/")) or n == "content.xml" for n in names):
        return "archive"
    memory_limits.refuse_expansion(entry.name, entry.size, sum(i.file_size for i in members))
    return "workbook"


def tables(entry: Entry, sheets: Sequence[str]) -> Iterator[Entry | LeftOut]:
    """Yield the tables of a file, and those of its parts that are left out."""
    if entry.kind == "archive":
        yield from _members(entry, sheets)
        return
    if entry.kind not in ("workbook", "sqlite"):
        yield entry
        return
    parts = _in_workbook(entry) if entry.kind == "workbook" else _in_sqlite(entry)
    whole = [part for part, reason in parts.items() if not reason]
    if not whole:
        raise NoTableError("no visible sheet or table holds rows")
    for part, reason in parts.items():
        name = f"{entry.name} [{part}]" if len(parts) > 1 else entry.name
        if reason or (sheets and part not in sheets):
            yield LeftOut(name, reason or "not named in `sheet`")
        else:
            inner = entry.inner or (len(whole) > 1 and not sheets)
            yield replace(entry, name=name, part=part, inner=inner)


def _in_workbook(entry: Entry) -> dict[str, str]:
    data = entry.whole()
    memory_limits.refuse_far_cells(entry.name, data)
    return books.sheets(data)


def _members(entry: Entry, sheets: Sequence[str]) -> Iterator[Entry | LeftOut]:
    with zipfile.ZipFile(entry.path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
    members = [m for m in members if not m.filename.startswith(("__MACOSX", "."))]
    for info in members:
        name, end = f"{entry.name}/{info.filename}", suffix(info.filename)
        if info.flag_bits & 1:
            yield LeftOut(name, "it is locked with a password")
        elif end == ".zip":
            raise ValueError(f"{info.filename!r} in it is an archive as well: unpack it")
        elif end not in SUFFIXES:
            yield LeftOut(name, unwanted(end))
        else:
            inner = entry.inner or len(members) > 1
            inside = replace(entry, name=name, member=info.filename, inner=inner)
            try:
                yield from tables(replace(inside, kind=kind_of(inside)), sheets)
            except NoTableError as error:
                yield LeftOut(name, str(error))


def _in_sqlite(entry: Entry) -> dict[str, str]:
    """Return the tables and views of a SQLite file that hold rows."""
    from gosales_lib.database import reading

    if entry.member or entry.path.suffix in PACKED:
        raise ValueError("a database inside of an archive cannot be read: unpack it")
    return dict.fromkeys(reading.tables_of(entry.path), "")
