"""The files of a folder: each is read, or left out with a reason that is told.

A folder, a file or a pattern becomes entries. Files that hold several tables (archives, workbooks,
SQLite) become one entry per table. A file of a sub-folder or container that does not hold the
layout's columns is left out; a file of the folder itself is not, so that it is refused in words.
"""

from __future__ import annotations

import fnmatch
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from gosales_lib.sales_log import books, bounds, encodings

Kind = Literal["text", "parquet", "json", "workbook", "sqlite", "archive"]
TEXTS = (".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".asc", ".prn", ".ssv")
OBJECTS = (".json", ".jsonl", ".ndjson")
TABLES = (
    ".parquet",
    ".pq",
    ".xlsx",
    ".xlsm",
    ".xlsb",
    ".xls",
    ".ods",
    ".db",
    ".sqlite",
    ".sqlite3",
)
PACKED = (".gz", ".bz2", ".xz", ".zst")
SUFFIXES = (*TEXTS, *OBJECTS, *TABLES, ".zip")
LEGACY_BOOK, SQLITE = b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00"


@dataclass(frozen=True)
class Entry:
    """One table to read.

    Parameters
    ----------
    name
        What accounts and messages call it: the file's name, with its folder, and its part.
    part
        Sheet of a workbook or table of a SQLite file.
    member
        Path inside an archive.
    inner
        Whether it lies in a sub-folder or beside other tables of one file.
    partitions
        What folders such as `year=2024` say of all rows.
    """

    path: Path
    name: str
    kind: Kind
    part: str | None = None
    member: str | None = None
    inner: bool = False
    partitions: tuple[tuple[str, str], ...] = ()

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
            bounds.refuse_expansion(self.name, self.size, size)
            return io.BytesIO(archive.read(self.member))

    def whole(self) -> bytes:
        """Return all bytes, unpacked."""
        with self.raw() as raw, encodings.unpacked(raw, self.name, self.size) as stream:
            return stream.read()


class NoTableError(ValueError):
    """A file that holds no table: it is left out. One that is broken or locked is refused."""


@dataclass(frozen=True)
class LeftOut:
    """A file of the folder that is not read, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Inventory:
    """What a folder holds: the tables that are read and the files that are left out."""

    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def paths(self) -> list[Path]:
        """The files that are read, each once."""
        return list(dict.fromkeys(entry.path for entry in self.entries))


def take(
    root: Path,
    pattern: str = "*",
    beside: Sequence[str] = (),
    apart: Path | None = None,
    sheets: Sequence[str] = (),
) -> Inventory:
    """Return what a file, a folder or a pattern of names (`data/2024*.csv`) holds.

    Parameters
    ----------
    pattern
        Names of the files that are sales; one without a wildcard is read whatever its suffix.
    beside
        Files of customers and assets, which are read on their own.
    apart
        Folder of later sales, which is never read with the log.
    sheets
        Sheets or tables to read, all where empty.
    """
    if root.is_file():
        return _opened([(root, root.name)], sheets)
    if not root.is_dir() and any(sign in root.name for sign in "*?["):
        root, pattern = root.parent, root.name
    left: list[LeftOut] = []
    files: list[tuple[Path, str]] = []
    for path in sorted(root.rglob("*")) if root.is_dir() else []:
        name = shown(path.relative_to(root))
        if path.is_dir() or name in beside:
            continue
        reason = _unwanted(path, name, pattern, root, apart)
        if reason is None:
            files.append((path, name))
        elif reason:
            left.append(LeftOut(name, reason))
    opened = _opened(files, sheets)
    entries = tuple(entry for entry in opened.entries if entry.name not in beside)
    return Inventory(entries, (*left, *opened.left_out))


def named(folder: Path, name: str) -> tuple[Entry, ...]:
    """Return the tables of a file by the name that an inventory gives it.

    Raises
    ------
    FileNotFoundError
        There is no such file or table.
    """
    bare = name.split(" [")[0] if name.endswith("]") else name
    archive = next((p for p in (folder / bare).parents if p.is_file()), None)
    if (folder / name).is_file():
        return take(folder / name).entries
    file = archive or folder / bare
    entries = take(file).entries if file.is_file() else ()
    fitting = tuple(entry for entry in entries if f"{folder / name}".endswith(entry.name))
    if not fitting:
        raise FileNotFoundError(f"{folder / name}: no such file; the layout looks for it there")
    return fitting


def holds(folder: Path | None, name: str) -> bool:
    """Return whether a file or table lies beside the log."""
    try:
        return folder is not None and bool(named(folder, name))
    except FileNotFoundError:
        return False


def shown(path: Path) -> str:
    """Return a path as text that can be written everywhere."""
    return path.as_posix().encode("utf-8", errors="replace").decode()


def _unwanted(path: Path, name: str, pattern: str, root: Path, apart: Path | None) -> str | None:
    """Return why a file is not read, None where it is; empty where nobody needs to hear of it."""
    parts = path.relative_to(root).parts
    if any(part.startswith((".", "__MACOSX")) for part in parts):
        return ""
    if path.name.startswith("~"):
        return "a lock file that a spreadsheet left behind"
    later = apart.resolve() if apart and apart.resolve() != root.resolve() else None
    real = path.resolve()
    if (parts[0] == "holdout" and len(parts) > 1) or later in (real, *real.parents):
        return "later sales, which are never read with the log"
    if pattern != "*" and not (
        fnmatch.fnmatch(path.name, pattern) or fnmatch.fnmatch(name, pattern)
    ):
        return f"its name is not one of `files: {pattern}`"
    if pattern == path.name or _suffix(path.name) in SUFFIXES:
        return None
    return f"no sales file by its name ({_suffix(path.name) or 'no suffix'})"


def _suffix(name: str) -> str:
    """Return a name's suffix in lower case, without that of its packing."""
    path = Path(name.lower())
    return Path(path.stem).suffix if path.suffix in PACKED else path.suffix


def _opened(files: Sequence[tuple[Path, str]], sheets: Sequence[str]) -> Inventory:
    """Return the tables of files, and the files that hold none.

    Raises
    ------
    ValueError
        A file is broken or locked: nobody would miss its sales in what is read of the others.
    """
    entries: list[Entry] = []
    left: list[LeftOut] = []
    for path, name in files:
        folders = name.split("/")[:-1]
        pairs = [part.partition("=") for part in folders if "=" in part]
        partitions = tuple((key, value) for key, _, value in pairs)
        try:
            entry = Entry(path, name, "text", inner=bool(folders), partitions=partitions)
            parts = list(_tables(replace(entry, kind=_kind(entry)), sheets))
        except NoTableError as error:
            left.append(LeftOut(name, str(error)))
            continue
        except bounds.TooLargeError:
            raise
        except (ValueError, *encodings.BROKEN, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{name} cannot be read: {error}; take it away or export it again"
            ) from None
        entries += [part for part in parts if isinstance(part, Entry)]
        left += [part for part in parts if isinstance(part, LeftOut)]
    return Inventory(tuple(entries), tuple(left))


def _kind(entry: Entry) -> Kind:
    """Return what a file is: by its first bytes, else by its name."""
    with entry.raw() as raw, encodings.unpacked(raw, entry.name, entry.size) as stream:
        head = stream.peek(64)[:64]
    if not head:
        raise NoTableError("the file is empty")
    name = _suffix(entry.member or entry.name)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(SQLITE):
        return "sqlite"
    if head.startswith(LEGACY_BOOK):
        return "workbook"
    if head.startswith(b"PK\x03\x04"):
        inside = zipfile.ZipFile(io.BytesIO(entry.whole())).infolist()
        names = [info.filename for info in inside]
        if any(n.startswith(("xl/", "Index/")) or n == "content.xml" for n in names):
            bounds.refuse_expansion(entry.name, entry.size, sum(i.file_size for i in inside))
            return "workbook"
        return "archive"
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")):
        raise NoTableError("it is a document or a picture, no table")
    if name in OBJECTS or (name not in TEXTS and head.lstrip().startswith((b"{", b"[{"))):
        return "json"
    if name in TABLES:
        raise ValueError(f"its content is no {name} file")
    return "text"


def _tables(entry: Entry, sheets: Sequence[str]) -> Iterator[Entry | LeftOut]:
    """Yield the tables of a file, and those of its parts that are left out."""
    if entry.kind == "archive":
        yield from _members(entry, sheets)
        return
    if entry.kind not in ("workbook", "sqlite"):
        yield entry
        return
    parts = _in_workbook(entry) if entry.kind == "workbook" else _in_sqlite(entry)
    tables = [part for part, reason in parts.items() if not reason]
    if not tables:
        raise NoTableError("no visible sheet or table holds rows")
    for part, reason in parts.items():
        name = f"{entry.name} [{part}]" if len(parts) > 1 else entry.name
        if reason or (sheets and part not in sheets):
            yield LeftOut(name, reason or "not named in `sheet`")
        else:
            inner = entry.inner or (len(tables) > 1 and not sheets)
            yield replace(entry, name=name, part=part, inner=inner)


def _in_workbook(entry: Entry) -> dict[str, str]:
    data = entry.whole()
    bounds.refuse_far_cells(entry.name, data)
    return books.sheets(data)


def _members(entry: Entry, sheets: Sequence[str]) -> Iterator[Entry | LeftOut]:
    with zipfile.ZipFile(entry.path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
    members = [m for m in members if not m.filename.startswith(("__MACOSX", "."))]
    for info in members:
        name = f"{entry.name}/{info.filename}"
        inside = replace(
            entry, name=name, member=info.filename, inner=entry.inner or len(members) > 1
        )
        if info.flag_bits & 1:
            yield LeftOut(name, "it is locked with a password")
        elif _suffix(info.filename) == ".zip":
            raise ValueError(f"{info.filename!r} in it is an archive as well: unpack it")
        elif _suffix(info.filename) not in SUFFIXES:
            yield LeftOut(name, f"no sales file by its name ({_suffix(info.filename)})")
        elif info.file_size == 0:
            yield LeftOut(name, "the file is empty")
        else:
            yield from _tables(replace(inside, kind=_kind(inside)), sheets)


def _in_sqlite(entry: Entry) -> dict[str, str]:
    """Return the tables and views of a SQLite file that hold rows."""
    from gosales_lib.database import reading

    if entry.member or entry.path.suffix in PACKED:
        raise ValueError("a database inside of an archive cannot be read: unpack it")
    return dict.fromkeys(reading.tables_of(entry.path), "")
