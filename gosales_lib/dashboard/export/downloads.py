"""What is shown, as a file: through the writers that let no text become a formula."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from gosales_lib.core import workbook
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.dashboard.tabs import offers
from gosales_lib.run_folders.artifacts import Folder
from gosales_lib.whitespace import outputs

TYPES = {
    "csv": "text/csv;charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class File:
    """A file for a viewer."""

    name: str
    type: str
    content: bytes


def of(site: Site, query: str, kind: str) -> File:
    """Return the filtered list of a view, in its order, as `csv` (all of it) or `xlsx`.

    The workbook holds the first 5,000 offers, as the run's own does.
    """
    if kind not in TYPES:
        raise ValueError(f"download {kind!r}: csv or xlsx")
    shown, view = site.offers(query)
    rows = shown.whole(offers.select(shown.listed, view))
    name = "-".join(filter(None, ("whitespace", view.cutoff, _plain(view.division))))
    return File(f"{name}.{kind}", TYPES[kind], written(rows, kind))


def written(rows: pl.DataFrame, kind: str) -> bytes:
    """Return a frame as the bytes of a file."""
    with tempfile.TemporaryDirectory() as place:
        folder = Folder(Path(place))
        if kind == "csv":
            return folder.write_csv("list", rows).read_bytes()
        target = folder.path / "list.xlsx"
        workbook.write(target, {"offers": rows.head(outputs.EXCEL_ROWS)})
        return target.read_bytes()


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40]
