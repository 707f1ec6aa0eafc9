"""Text whose columns stand at fixed widths, parted by blanks: made into text with tabs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

VALUE = re.compile(r"\S+(?: \S+)*")
"""A value with single blanks inside; two part it from the next one."""
FEWEST, MOST = 3, 0.75
"""Columns of such a table, and the share of its lines that have so many values."""


def is_such(lines: Sequence[str]) -> bool:
    """Return whether most lines hold several values with blanks between them."""
    filled = [len(VALUE.findall(line)) for line in lines if line.strip()]
    return len(filled) > 1 and sum(n >= FEWEST for n in filled) >= MOST * len(filled)


def with_tabs(text: str) -> str | None:
    """Return a text with tabs between its columns; None where no blanks part at least FEWEST.

    A column ends where two places are blank in all lines of several values.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    taken = np.zeros(max(map(len, lines), default=0), dtype=bool)
    values = [[match.span() for match in VALUE.finditer(line)] for line in lines]
    for spans in values:
        for start, end in spans if len(spans) >= FEWEST else ():
            taken[start:end] = True
    edges = np.diff(np.concatenate(([False], taken, [False])).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    begins = [0, *(int(s) for s, e in zip(starts[1:], ends[:-1], strict=True) if s - e > 1)]
    if len(begins) < FEWEST:
        return None
    cuts = list(zip(begins, [*begins[1:], None], strict=True))
    rows = ("\t".join(line[a:b].strip() for a, b in cuts) for line in lines)
    return "\n".join(
        row if len(spans) >= FEWEST else line.strip()
        for row, line, spans in zip(rows, lines, values, strict=True)
    )
