"""The nearest correct spelling of a misspelt name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def hint(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` with the nearest known name, or a list of the known names."""
    names = list(names)
    lowered = {k.lower(): k for k in reversed(names)}
    near = difflib.get_close_matches(name.lower(), lowered, 1, cutoff=0.5)
    if near:
        return f"; did you mean {lowered[near[0]]!r}?"
    return f"; known: {', '.join(names[:12])}" if names else ""
