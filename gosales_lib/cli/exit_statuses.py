"""The exit statuses of the commands; 0 is success."""

FAILED = 1
"""A notebook, a check or an alarm failed."""
REFUSED = 2
"""Wrong options, files or settings; nothing was done."""
OPEN = 3
"""A warning under `--strict`, or a layout with open questions."""
INTERRUPTED = 130
"""Stopped by Ctrl-C."""
