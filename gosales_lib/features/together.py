"""The matrices of all divisions at once, for a process that needs one after the other.

A kernel makes only the matrix of its own division. The process of `gosales score` runs the
notebooks of all divisions, so it sums the log once, and each division takes its matrix.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib.core import process_cache
from gosales_lib.features import engines

Made = dict[str, pl.DataFrame]
_made: dict[str, Made] = {}


def take(
    division: str, frames: list[nw.LazyFrame[Any] | None], asked: Any, build: Callable[[], Made]
) -> pl.DataFrame | None:
    """Return the matrix of a division, made with all others; None if each is made alone.

    Each matrix is returned once, and only those of one set of arguments are kept.

    Parameters
    ----------
    frames
        The tables that it is made of; other content is another question, and so is another `asked`.
    build
        Makes the matrices of all divisions.
    """
    global _made
    if not process_cache.begun() or any(
        f is not None and engines.name_of(f) != "polars" for f in frames
    ):
        return None
    question = hashlib.sha256(repr(asked).encode())
    for frame in frames:
        question.update(b"-" if frame is None else _content(frame))
    key = question.hexdigest()
    if division not in _made.get(key, {}):
        _made = {key: build()}
    return _made[key].pop(division)


def _content(frame: nw.LazyFrame[Any]) -> bytes:
    rows: pl.DataFrame = frame.to_native().collect()
    return rows.hash_rows().to_numpy().tobytes()
