"""The result of a leakage check, and the checks as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

Build = Callable[[pl.DataFrame, int], tuple[pl.DataFrame, pl.DataFrame]]
"""From `fact_transactions` and days to set the cutoffs back: features and labels, as 02 does."""

Past = Callable[[Sequence[str]], set[str]]
"""From the names of features: those that are the same without the rows after the cutoff."""


@dataclass(frozen=True)
class Check:
    """One leakage check: whether it found a leak, and what was seen, in one sentence.

    `look` marks a result that is unusual but does not prove a leak.
    """

    name: str
    ok: bool
    sentence: str
    look: bool = False

    @property
    def result(self) -> str:
        """The result in a word: ok, look or LEAK."""
        return "LEAK" if not self.ok else "look" if self.look else "ok"


def table(checks: list[Check]) -> pl.DataFrame:
    """Return the checks as a frame: name, result, seen."""
    rows = [{"name": c.name, "result": c.result, "seen": c.sentence} for c in checks]
    return pl.DataFrame(rows, schema={"name": pl.String, "result": pl.String, "seen": pl.String})
