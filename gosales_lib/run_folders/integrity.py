"""Checks whether files of a run are as their notebooks wrote them, by the receipts' SHA-256."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gosales_lib.run_folders import Run, receipts
from gosales_lib.run_folders.artifacts import file_fingerprint

CHANGED = "changed since it was written; `gosales run` makes the run again"
ENDING = ".receipt.json"


def changed(file: Path) -> bool:
    """Return whether a file differs from its entry in its notebook's receipt.

    A file that no receipt names, such as one of a notebook that was run by hand, has not changed.
    A file is hashed again only when its size or its modification time changes.
    """
    for folder in file.parents[:2]:  # a model lies in a folder of its own, below its receipt
        written = vouched(folder).get(file.relative_to(folder).as_posix())
        if written is not None:
            return fingerprint(file) != written
    return False


def vouched(folder: Path) -> dict[str, str]:
    """Return the SHA-256 that a folder's receipts hold of each file, by its path there."""
    steps = [path.name.removesuffix(ENDING) for path in sorted(folder.glob(f"*{ENDING}"))]
    return {name: sha for step in steps for name, sha in receipts.outputs(folder, step).items()}


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a file, taken again only where its size or its time has changed."""
    status = file.stat()
    return _fingerprint(str(file), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=10_000)
def _fingerprint(file: str, size: int, changed_ns: int) -> str:
    return file_fingerprint(Path(file))


@dataclass(frozen=True)
class Difference:
    """A file that is not as it was written: `changed`, `missing` or `receipt damaged`."""

    file: str
    state: str


def differences(run: Run) -> Iterator[Difference]:
    """Yield each file of a run that differs from its receipt; every byte is read anew."""
    for receipt in sorted(run.path.rglob(f"*{ENDING}")):
        folder, step = receipt.parent, receipt.name.removesuffix(ENDING)
        try:
            outputs = receipts.outputs(folder, step)
        except (ValueError, AttributeError):
            yield Difference(receipt.relative_to(run.path).as_posix(), "receipt damaged")
            continue
        for name, written in outputs.items():
            file = folder / name
            shown = file.relative_to(run.path).as_posix()
            if not file.is_file():
                yield Difference(shown, "missing")
            elif file_fingerprint(file) != written:
                yield Difference(shown, "changed")


def count(run: Run) -> int:
    """Return how many files of a run its receipts name."""
    folders = {receipt.parent for receipt in run.path.rglob(f"*{ENDING}")}
    return sum(len(vouched(folder)) for folder in folders)
