"""The sample's files: written aside, then renamed; files of others stay untouched."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from pathlib import Path

import polars as pl

MANIFEST = "sample.json"  # beside the truth: what was written, so that it may be replaced
CHUNKS = 5  # blank lines stand between them


def csv(rows: pl.DataFrame, separator: str = ",", mark: bool = False, footer: str = "") -> bytes:
    """Return a CSV file with blank lines in it; `;` comes with decimal commas."""
    if separator == ";":
        rows = rows.with_columns(_comma(c) for c in rows.columns[7:])
    size = max(1, -(-rows.height // CHUNKS))
    out = io.BytesIO(b"\xef\xbb\xbf" if mark else b"")
    out.seek(0, io.SEEK_END)
    for first in range(0, max(1, rows.height), size):
        if first:
            out.write(b"\n")
        rows[first : first + size].write_csv(out, include_header=first == 0, separator=separator)
    out.write(footer.encode())
    return out.getvalue()


def _comma(column: str) -> pl.Expr:
    """Return numbers with `,` for `.` and `.` for `,`; what is no number stays as it is."""
    number = pl.col(column).str.contains(r"^[$(]?-?[\d,]+(\.\d+)?\)?$")
    swapped = pl.col(column).str.replace_all(",", "_").str.replace_all(".", ",", literal=True)
    return pl.when(number).then(swapped.str.replace_all("_", ".")).otherwise(column).alias(column)


def parquet(rows: pl.DataFrame) -> bytes:
    """Return a Parquet file."""
    out = io.BytesIO()
    rows.write_parquet(out, compression="zstd", statistics=True)
    return out.getvalue()


def packed(content: bytes) -> bytes:
    """Return gzip without a time in it, so that the same rows are the same bytes."""
    return gzip.compress(content, 6, mtime=0)


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def refuse(folders: list[Path], manifest: Path) -> None:
    """Raise FileExistsError where a folder holds a file that no earlier sample wrote.

    Hidden files (`.gitkeep`) do not count. A file of an earlier sample that somebody has changed
    since is theirs.
    """
    earlier = {}
    if manifest.is_file():
        earlier = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path.name.startswith(".") or path == manifest:
                continue
            if not path.is_file() or earlier.get(path.name) != digest(path.read_bytes()):
                raise FileExistsError(
                    f"{folder} holds {path.name!r}, which no earlier sample wrote: move it away or "
                    "choose another folder"
                )


def publish(contents: dict[Path, bytes], manifest: Path) -> None:
    """Write all files aside, then rename them; the manifest is first and marks leftovers."""
    digests = {path.name: digest(content) for path, content in contents.items()}
    text = json.dumps({"files": digests}, indent=2, sort_keys=True) + "\n"
    aside = []
    for path, content in {manifest: text.encode(), **contents}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(content)
        aside.append((part, path))
    for part, path in aside:
        part.replace(path)
