"""The files of a folder: each is read, or left out with a reason that is told.

A folder, a file or a pattern becomes entries. Files that hold several tables (archives, workbooks,
SQLite) become one entry per table. A file of a sub-folder or container that does not hold the
layout's columns is left out; a file of the folder itself is not, so that it is refused in words.
"""

from __future__ import annotations

import fnmatch
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gosales_lib.sales_log import encodings, memory_limits
from gosales_lib.sales_log.entries import (
    SUFFIXES,
    Entry,
    LeftOut,
    NoTableError,
    kind_of,
    suffix,
    tables,
    unwanted,
)

HIDDEN = (".", "__MACOSX")
SYSTEM = ("thumbs.db", "ehthumbs.db", "desktop.ini")
PROGRAMS = ("node_modules", "__pycache__", "site-packages")
"""How the names of files and folders begin that hold no data, files of Windows, and programs."""


@dataclass(frozen=True)
class Inventory:
    """What a folder holds: the tables that are read and the files that are left out."""

    entries: tuple[Entry, ...] = ()
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
    left, files = list[LeftOut](), list[tuple[Path, str]]()
    for path in _below(root):
        name = shown(path.relative_to(root))
        if name in beside:
            continue
        reason = _unwanted(path, name, pattern, root, apart)
        if reason is None:
            files.append((path, name))
        else:
            left.append(LeftOut(name, reason))
    opened = _opened(files, sheets)
    entries = tuple(entry for entry in opened.entries if entry.name not in beside)
    return Inventory(entries, (*left, *opened.left_out))


def named(folder: Path, name: str) -> tuple[Entry, ...]:
    """Return the tables of a file by the name that an inventory gives it.

    FileNotFoundError where there is no such file or table.
    """
    if (folder / name).is_file():
        return take(folder / name).entries
    bare = folder / (name.split(" [")[0] if name.endswith("]") else name)
    file = next((path for path in bare.parents if path.is_file()), bare)  # an archive, else itself
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


def _below(root: Path) -> list[Path]:
    """Return the files below a folder by name; nobody needs to hear of hidden and program files."""
    found = list[Path]()
    for folder, inner, names in os.walk(root):
        inner[:] = [n for n in inner if not (n.startswith(HIDDEN) or _holds_programs(folder, n))]
        kept = (n for n in names if not n.startswith(HIDDEN) and n.casefold() not in SYSTEM)
        found += [Path(folder, name) for name in kept]
    return sorted(found)


def _holds_programs(folder: str, name: str) -> bool:
    return name in PROGRAMS or Path(folder, name, "pyvenv.cfg").is_file()


def _unwanted(path: Path, name: str, pattern: str, root: Path, apart: Path | None) -> str | None:
    """Return why a file is not read, None where it is."""
    parts = path.relative_to(root).parts
    if path.name.startswith("~"):
        return "a lock file that a spreadsheet left behind"
    later, real = apart.resolve() if apart else root.resolve(), path.resolve()
    is_later = later != root.resolve() and later in (real, *real.parents)
    if is_later or (parts[0] == "holdout" and len(parts) > 1):
        return "later sales, which are never read with the log"
    if pattern != "*" and not any(fnmatch.fnmatch(each, pattern) for each in (path.name, name)):
        return f"its name is not one of `files: {pattern}`"
    if pattern == path.name or suffix(path.name) in SUFFIXES:
        return None
    return unwanted(suffix(path.name))


def _opened(files: Sequence[tuple[Path, str]], sheets: Sequence[str]) -> Inventory:
    """Return the tables of files, and the files that hold none.

    A file that is broken or locked is a ValueError: nobody would miss its sales in what is read of
    the others.
    """
    parts: list[Entry | LeftOut] = []
    for path, name in files:
        folders = name.split("/")[:-1]
        pairs = (part.partition("=") for part in folders if "=" in part)
        partitions = tuple((key, value) for key, _, value in pairs)
        entry = Entry(path, name, "text", inner=bool(folders), partitions=partitions)
        try:
            parts += tables(replace(entry, kind=kind_of(entry)), sheets)
        except NoTableError as error:
            parts.append(LeftOut(name, str(error)))
        except memory_limits.TooLargeError:
            raise
        except (ValueError, *encodings.BROKEN, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{name} cannot be read: {error}; take it away or export it again"
            ) from None
    return Inventory(
        tuple(part for part in parts if isinstance(part, Entry)),
        tuple(part for part in parts if isinstance(part, LeftOut)),
    )
