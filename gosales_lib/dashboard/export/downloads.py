"""Downloads of the list, written so that no text becomes a formula."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from gosales_lib.core import workbook
from gosales_lib.dashboard.read.scope import Scope
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.dashboard.tabs import offers
from gosales_lib.run_folders import distinct
from gosales_lib.run_folders.artifacts import Folder
from gosales_lib.whitespace import sheets
from gosales_lib.whitespace.ranking import is_priced

TYPES = {
    "csv": "text/csv;charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class File:
    """A file for a viewer, in a folder of its own until `remove` is called."""

    name: str
    type: str
    path: Path

    def remove(self) -> None:
        """Delete the file and its folder."""
        shutil.rmtree(self.path.parent, ignore_errors=True)


def of(site: Site, query: str, kind: str, scope: Scope | None = None) -> File:
    """Return the filtered list of a view, in its order, as `csv` (all of it) or `xlsx`.

    The workbook holds the first `workbook.MOST_ROWS` offers, and its button says so.
    """
    if kind not in TYPES:
        raise ValueError(f"download {kind!r}: csv or xlsx")
    shown, view, other = site.shown(query, scope)
    listed, rows = offers.selected(shown, view, other)
    whose = view.rep[0] if len(view.rep) == 1 else scope.name if scope else ""
    parts = [distinct(part) for part in (whose, view.division) if part]
    name = "-".join(("whitespace", view.cutoff, *parts))
    return File(f"{name}.{kind}", TYPES[kind], written(listed.whole(rows), kind))


def written(rows: pl.DataFrame, kind: str) -> Path:
    """Write offers to a file in a new folder and return its path.

    The workbook shows them as a rep's own workbook does, and then with all columns.
    """
    folder = Folder(Path(tempfile.mkdtemp(prefix="gosales-")))
    if kind == "csv":
        return folder.write_csv("list", rows)
    target = folder.path / "list.xlsx"
    first = rows.head(workbook.MOST_ROWS)
    trusted = is_priced(first)
    pages = {"As read": sheets.as_read(first, trusted)}
    pages[sheets.all_offers(rows.height)] = sheets.priced(first, trusted)
    workbook.write(target, pages)
    return target
