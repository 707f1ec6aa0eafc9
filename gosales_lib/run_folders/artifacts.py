"""Files of a run folder. Each is written aside and renamed.

A reader sees a whole file or none, even after a kill or a power cut.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

WRITTEN = {
    "01_etl": (
        "fact_transactions",
        "holdout_transactions",
        "dim_customer",
        "assets",
        "accounts",
        "rejected_rows",
        "layout",
    ),
    "02_features": ("features", "labels", "feature_dictionary"),
    "02b_pooled": ("pooled",),
    "03_train": ("model", "selection"),
    "04_score": ("scores", "reasons", "drivers"),
    "05_holdout": ("holdout",),
    "06_whitespace": ("whitespace", "icp", "icp_customers"),
}
"""The files of each notebook, for the error when one is missing."""
WRITER = {name: step for step, names in WRITTEN.items() for name in names}

FORMULA = r"^([=+\-@\t\r])"


def link(source: str, target: str) -> None:
    """Give a file a second name; copy it where the disk has no links. Missing folders are made."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or a file system without links
        shutil.copy2(source, target)


class StepMissingError(FileNotFoundError):
    """A file that an earlier notebook writes is not there yet; the message names the notebook."""

    @classmethod
    def of(cls, name: str, where: str) -> StepMissingError:
        """Return the error for a file that is not in a folder."""
        stem = Path(name).parts[0].split(".")[0]
        writer = WRITER.get(stem, stem if stem[:2].isdigit() else "an earlier notebook")
        return cls(f"{name} is not in {where}: {writer} writes it, run that first")

    def _render_traceback_(self) -> list[str]:
        """Return the sentence alone. IPython calls this method to show an error."""
        return [str(self)]


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: dates as text, numpy scalars as numbers, NaN as null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in (sorted(value) if isinstance(value, set) else value)]
    if hasattr(value, "tolist"):  # a numpy scalar or array, a pandas column
        return plain(value.tolist())
    if isinstance(value, pl.Series):
        return plain(value.to_list())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date | Path):
        return value.isoformat() if isinstance(value, date) else value.as_posix()
    return value


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; rename it to `target` when the block succeeds.

    The file reaches the disk before its name does, so a power cut leaves no empty file behind.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.tmp{target.suffix}")
    try:
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def file_fingerprint(file: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file with one per line; a line that a kill cut off is left out."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    for line in text.split("\n"):
        with suppress(json.JSONDecodeError):
            yield json.loads(line)


def write_json(target: Path, content: Any) -> Path:
    """Write `content` atomically, as JSON that every parser reads."""
    text = json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    with writing(target) as aside:
        aside.write_text(text + "\n", encoding="utf-8")
    return target


@dataclass(frozen=True)
class Folder:
    """The files of one division and cutoff (or of the whitespace, or of the run itself)."""

    path: Path
    division: str | None = None
    cutoff: date | None = None

    def read(self, name: str) -> pl.DataFrame:
        """Return `<name>.parquet`; StepMissingError says which notebook writes it."""
        return pl.read_parquet(self.find(f"{name}.parquet"))

    def find(self, name: str) -> Path:
        """Return the path of an existing file; StepMissingError says which notebook writes it."""
        path = self.path / name
        if not path.exists():
            raise StepMissingError.of(name, str(self.path))
        return path

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Yield a temporary path for the file `name` (any format); rename it after the block.

        Example: `with folder.writing("model/model.joblib") as path: joblib.dump(model, path)`.
        """
        self.claim()
        with writing(self.path / name) as aside:
            yield aside

    def write(self, name: str, frame: pl.DataFrame) -> Path:
        """Write `<name>.parquet` (zstd) and return its path."""
        with self.writing(f"{name}.parquet") as aside:
            frame.write_parquet(aside, compression="zstd")
        return self.path / f"{name}.parquet"

    def write_csv(self, name: str, frame: pl.DataFrame) -> Path:
        """Write `<name>.csv` (UTF-8 with BOM, for Excel); a text never opens as a formula.

        A text that starts with `=`, `+`, `-`, `@`, tab or return gets a `'` in front (OWASP, CSV
        injection); the Parquet file beside it keeps the exact text.
        """
        safe = frame.with_columns(cs.string().str.replace(FORMULA, "'$1"))
        with self.writing(f"{name}.csv") as aside:
            safe.write_csv(aside, include_bom=True)
        return self.path / f"{name}.csv"

    def claim(self) -> None:
        """Make the folder, and write the division's real name into the one above it."""
        if self.division is not None:
            claim(self.path.parent, self.division)
        self.path.mkdir(parents=True, exist_ok=True)


def sweep(folder: Path) -> None:
    """Remove the leftovers of killed writers anywhere in a folder without other writers."""
    for aside in sorted(folder.rglob(".*"), reverse=True):
        if re.search(r"\.[0-9a-f]{8}(\.tmp|$)", aside.name):
            shutil.rmtree(aside) if aside.is_dir() else aside.unlink(missing_ok=True)


def owner(folder: Path) -> str | None:
    """Return the division whose folder this is, None if it is not claimed yet."""
    marker = folder / "division.json"
    if not marker.exists():
        return None
    answer: str | None = json.loads(marker.read_text(encoding="utf-8"))["division"]
    return answer


def claim(folder: Path, division: str) -> None:
    """Make a division's folder together with its name, in one rename: only one process wins."""
    if not (folder / "division.json").exists():
        aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
        write_json(aside / "division.json", {"division": division})
        try:
            aside.rename(folder)
        except OSError:  # another process was faster, or made the bare folder
            with suppress(FileExistsError):
                folder.mkdir(parents=True)
            if owner(folder) is None:
                (aside / "division.json").replace(folder / "division.json")
            else:
                (aside / "division.json").unlink()
            aside.rmdir()
    if (other := owner(folder)) != division:
        raise FileExistsError(f"folder {folder} is of division {other!r}, not of {division!r}")
