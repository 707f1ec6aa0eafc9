"""The one logger of the project."""

from __future__ import annotations

import logging
import sys

from gosales_lib.core.streams import lasting

logger = logging.getLogger("gosales")
"""Library code logs here and never prints; the command line decides where it goes."""


def set_up(level: str = "INFO") -> None:
    """Send the logger's lines to standard error through rich."""
    from rich.console import Console
    from rich.logging import RichHandler

    err = Console(file=lasting(sys.stderr), stderr=True)
    handler = RichHandler(console=err, show_path=False, rich_tracebacks=False)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.handlers[:] = [handler]
    logger.setLevel(level)
