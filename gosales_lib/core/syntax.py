"""Parses Python source in one thread at a time.

CPython 3.11 and 3.12 count the depth of all syntax trees under construction in one place: two
threads that parse at once can end in "AST constructor recursion depth mismatch", a SystemError
(python/cpython#106905). A lock keeps the library's own threads apart; a parse that another
library's thread disturbed is made again.
"""

from __future__ import annotations

import ast
from threading import Lock

_LOCK = Lock()
TRIES = 5


def parsed(source: str) -> ast.Module:
    """Return the syntax tree of source code; SyntaxError where it is no Python."""
    with _LOCK:
        for _ in range(TRIES - 1):
            try:
                return ast.parse(source)
            except SystemError:
                continue
        return ast.parse(source)
