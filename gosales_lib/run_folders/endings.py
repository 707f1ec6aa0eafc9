"""How a run that did not end well stopped, and how to go on with it: one sentence for all doors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gosales_lib.run_folders.record import STOPPED

PLAIN = "ValueError: "
"""What the library says of the user's own things needs no class of error before it."""


def why(content: Mapping[str, Any]) -> str | None:
    """Return why a run stopped: its runner's reason, else the error of its first failed notebook.

    None where the run has ended well, is at work, or says nothing of it.
    """
    if content.get("state") != "failed":
        return None
    if reason := content.get(STOPPED):
        return str(reason)
    for item in content.get("notebooks") or []:
        if item.get("state") == "failed" and (error := (item.get("error") or {}).get("error")):
            return f"{item['key']}: {str(error).removeprefix(PLAIN)}"
    return None


def go_on(name: str, content: Mapping[str, Any], program: str = "gosales") -> str:
    """Return how to go on with a run; a failed one fails again until its cause is mended.

    `name` is the run's in commands, `content` what `run.json` holds.
    """
    resume = f"`{program} run --resume {name}`"
    if content.get("state") != "failed":
        return f"{resume} completes the run"
    new = "" if content.get("cutoffs") else ", or start a new run with other options"
    return f"mend the cause, then {resume}{new}"
