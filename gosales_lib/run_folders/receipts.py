"""Receipts: the inputs and outputs of a notebook, so that it need not be run again.

A receipt is written last, when every file of the notebook is whole. It lies beside them as
`<step>.receipt.json` and holds fingerprints only, no time: two equal runs have equal receipts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gosales_lib.run_folders import artifacts, imports

PLACES = {"run_dir", "threads", "layout", "data_dir", "holdout_dir"}
"""Parameters for paths and speed. The files are fingerprinted, so they may move."""


def path(folder: Path, step: str) -> Path:
    """Return where the receipt of a notebook lies."""
    return folder / f"{step}.receipt.json"


def read(folder: Path, step: str) -> dict[str, Any] | None:
    """Return a notebook's receipt, None when it did not finish there."""
    try:
        answer: dict[str, Any] | None = json.loads(path(folder, step).read_text(encoding="utf-8"))
        return answer
    except FileNotFoundError:
        return None


def order(
    notebook: Path, parameters: Mapping[str, Any], inputs: Mapping[str, str]
) -> dict[str, Any]:
    """Return the first half of a receipt: everything that decides what the notebook will write.

    `notebook` is the print of its own code, `library` that of the modules which its imports reach.
    """
    code = code_of(notebook)
    return {
        "notebook": hashlib.sha256("\0".join(code).encode()).hexdigest(),
        "library": imports.fingerprint("\n".join(code)),
        "parameters": {k: v for k, v in sorted(parameters.items()) if k not in PLACES},
        "inputs": dict(sorted(inputs.items())),
    }


def why_not_current(folder: Path, step: str, wanted: Mapping[str, Any]) -> str | None:
    """Return why a notebook must run, in a few words; None if its receipt and files are valid."""
    receipt = read(folder, step)
    if receipt is None:
        return "missing"
    for part, value in wanted.items():
        if receipt.get(part) != value:
            return f"{part} changed"
    for name, written in receipt["outputs"].items():
        file = folder / name
        if not file.is_file() or artifacts.file_fingerprint(file) != written:
            return f"{name} is not as it was written"
    return None


def write(folder: Path, step: str, wanted: Mapping[str, Any], outputs: Iterable[Path]) -> Path:
    """Write the receipt of a notebook that has ended well."""
    digests = {
        file.relative_to(folder).as_posix(): artifacts.file_fingerprint(file) for file in outputs
    }
    content = {**wanted, "outputs": dict(sorted(digests.items()))}
    return artifacts.write_json(path(folder, step), content)


def withdraw(folder: Path, step: str) -> None:
    """Remove a receipt, then the files that it names."""
    receipt = read(folder, step) or {"outputs": {}}
    path(folder, step).unlink(missing_ok=True)
    for name in receipt["outputs"]:
        (folder / name).unlink(missing_ok=True)


def outputs(folder: Path, step: str) -> dict[str, str]:
    """Return the SHA-256 of each file that a notebook wrote, none when it did not finish."""
    answer: dict[str, str] = (read(folder, step) or {}).get("outputs", {})
    return answer


def digest(outputs: Mapping[str, str]) -> str:
    """Return one digest over many."""
    return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()


def code_of(notebook: Path) -> list[str]:
    """Return the sources of a notebook's code cells: prose and outputs change no result."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
