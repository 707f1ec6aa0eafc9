"""Text whose columns stand at fixed widths, parted by blanks: made into text with tabs."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

VALUE = re.compile(r"\S+(?: \S+)*")
"""A value with single blanks inside; two part it from the next one."""
RULE = re.compile(r"\s*[-=]+(?: +[-=]+){2,}\s*")
"""What a database client draws below the header: for each column a line as long as it is wide."""
FEWEST, MOST = 3, 0.75
"""Columns of such a table, and the share of its lines that have so many values."""


def is_such(lines: Sequence[str], delimited: int) -> bool:
    """Return whether columns are drawn, or most lines hold several values with blanks between.

    `delimited` is the number of columns that a delimiter makes.
    """
    filled = [len(VALUE.findall(line)) for line in lines if line.strip()]
    is_wide = len(filled) > 1 and sum(n >= FEWEST for n in filled) >= MOST * len(filled)
    return (is_wide and delimited < FEWEST) or any(map(RULE.fullmatch, lines))


def with_tabs(text: str) -> str | None:
    """Return a text with tabs between its columns; None where no blanks part at least FEWEST.

    A column ends where the line that is drawn below its name ends. Where none is drawn, it ends
    where two places are blank in all lines of several values.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    drawn = next(filter(RULE.fullmatch, lines), "").rstrip()
    gaps = [match.span() for match in re.finditer(r"(?<=\S) +", drawn)] or _blank_places(lines)
    if len(gaps) + 1 < FEWEST:
        return None
    begins = [0, *(end for _, end in gaps)]
    cuts = list(zip(begins, [*begins[1:], None], strict=True))
    table = []
    for line in lines:
        is_row = bool(drawn) or len(VALUE.findall(line)) >= FEWEST
        if is_row and not any(line[start:end].strip() for start, end in gaps):
            line = "" if RULE.fullmatch(line) else "\t".join(line[a:b].strip() for a, b in cuts)
        table.append(line.strip(" \r"))
    return "\n".join(table)


def _blank_places(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return where at least two places are blank in all lines of several values."""
    taken = np.zeros(max(map(len, lines), default=0), dtype=bool)
    for spans in ([match.span() for match in VALUE.finditer(line)] for line in lines):
        for start, end in spans if len(spans) >= FEWEST else ():
            taken[start:end] = True
    edges = np.diff(np.concatenate(([False], taken, [False])).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    between = zip(ends[:-1].tolist(), starts[1:].tolist(), strict=True)
    return [(end, start) for end, start in between if start - end > 1]
