"""A pattern that the names of some files have, and no other one of their folder."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterable, Sequence


def of(names: Iterable[str], others: Sequence[str]) -> str:
    """Return the pattern that all names have and no other one; empty where there is none."""
    names = list(dict.fromkeys(names))
    if len(names) == 1:
        return glob.escape(names[0])
    start = os.path.commonprefix(names)  # noqa: RUF071 of names, not of paths
    end = os.path.commonprefix([name[::-1] for name in names])[::-1]  # noqa: RUF071
    both = (f"{glob.escape(start)}*", f"*{glob.escape(end)}")
    apart = (p for p in both if not any(fnmatch.fnmatch(other, p) for other in others))
    return next(apart, "")
